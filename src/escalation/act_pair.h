/*
 * act_pair.h
 *	  What acting asks SQL with, and gets: pairs of texts, rows.
 */
#ifndef SP_ACT_PAIR_H
#define SP_ACT_PAIR_H

#include "escalation/act.h"

#include "base/kept.h"

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

/* columns of the rows found, beside those of base/kept.h */
extern char **sp_act_texts(uint64 row, int column, int *count);
extern int	sp_act_order(const char *a, const char *b); /* NULL first */

#endif							/* SP_ACT_PAIR_H */
