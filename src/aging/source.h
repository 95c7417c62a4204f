/*
 * source.h
 *	  A relation of open items, described by its user in SQL.
 */
#ifndef SP_AGING_SOURCE_H
#define SP_AGING_SOURCE_H

#include "base/base.h"

#include "lib/stringinfo.h"
#include "nodes/pg_list.h"
#include "utils/array.h"

/*
 * What the user typed, as SQL that is safe to put into a statement.  A name of
 * a column of the relation is that column, whatever it looks like; anything
 * else is an expression.
 */
typedef struct AgingSource
{
	const char *relation;		/* qualified and quoted */
	const char *amount;			/* of type pulse.amount or numeric */
	const char *due;			/* of type date */
	bool		has_currency;	/* amount is a pulse.amount */
	List	   *key_names;		/* what the user typed */
	List	   *keys;			/* as SQL */
	int			currency_key;	/* the key called "currency", or -1 */
} AgingSource;

/* within SPI, under the caller's own search_path */
extern void aging_source_read(AgingSource *source, Oid relid, const char *amount,
							  const char *due, ArrayType *by);
extern void aging_source_open(AgingSource *source, Oid relid);	/* the relation only */
extern const char *aging_source_expression(const AgingSource *source, Oid relid, const char *what,
										   const char *text, Oid *type);
extern Oid	aging_amount_type(void);
extern const char *aging_source_condition(const AgingSource *source, Oid relid,
										  const char *condition);
extern const char *aging_source_as_of(const AgingSource *source, Oid relid, const char *condition,
									  const char *issued, const char *settled);
extern const char *aging_source_date(const AgingSource *source, Oid relid,
									 const char *what, const char *text);
extern void aging_source_append_object(const AgingSource *source, StringInfo sql,
									   const char *alias);
extern void aging_source_append_items(const AgingSource *source, StringInfo sql);
extern void aging_source_append_keys(const AgingSource *source, StringInfo sql);
extern void aging_source_append_order(const AgingSource *source, StringInfo sql,
									  const char *alias, const char *then);

/* the rows of the statement but those without "n", which it warns about if they have no currency */
extern void aging_return_counted(FunctionCallInfo fcinfo, const AgingSource *source, int n, bool grouped);

#endif							/* SP_AGING_SOURCE_H */
