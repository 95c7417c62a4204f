/*
 * act_pair.h
 *	  What acting asks SQL with, and gets: pairs of texts, rows.
 */
#ifndef SP_ACT_PAIR_H
#define SP_ACT_PAIR_H

#include "escalation/act.h"

#include "executor/spi.h"

typedef struct Pair
{
	const char *first;
	const char *second;
} Pair;

/* pairs of texts that become two arrays; NULL: null */
typedef struct PairList
{
	Pair	   *pairs;
	int			count;
	int			room;
} PairList;

extern void sp_pair_add(PairList *list, const char *first, const char *second);
extern void sp_pair_sort(PairList *list);	/* each is there once then */
extern Datum sp_pair_array(const PairList *list, bool second);
extern bool sp_is_among(char *const *names, int count, const char *name);

/* A query that is planned once, and may write: what it calls notes what it cannot read. */
extern void sp_act_ask(SPIPlanPtr *plan, const char *sql, int nargs, Oid *types, Datum *values);

/* columns of the rows found */
extern char *sp_act_text(uint64 row, int column);
extern Datum sp_act_datum(uint64 row, int column, bool *isnull);
extern int32 sp_act_int(uint64 row, int column);
extern int64 sp_act_bigint(uint64 row, int column);
extern bool sp_act_bool(uint64 row, int column);	/* null: false */
extern char **sp_act_texts(uint64 row, int column, int *count);
extern int	sp_act_order(const char *a, const char *b); /* NULL first */

#endif							/* SP_ACT_PAIR_H */
