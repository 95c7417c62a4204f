/*
 * live_state.c
 *	  States of a relation: for which keys the condition holds now.
 *
 * The open waits of the rule are all that is known of before: a key that holds
 * and has none begins an episode, one that has none any more ends it, or, where
 * the sentence says CLEARED WHEN, an episode that has fired goes on until then.
 */
#include "rule/live.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "rule/shell.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

/* ---- the relation, as e ---- */

const char *
sp_subject_key(const BoundRule *rule)
{
	return psprintf("%s COLLATE \"C\"", sp_key_expression(rule));
}

static const char *
condition_of(const BoundRule *rule, int part)
{
	const char *function = rule->sources[0].condition[part];

	return function == NULL ? "true" :
		psprintf("%s(e)", quote_qualified_identifier(sp_setting("event_schema"), function));
}

const char *
sp_subject_holds(const BoundRule *rule)
{
	return psprintf("coalesce(%s, false)", condition_of(rule, 0));
}

/* key, holds, cleared; $1: keys with open episodes, wanted whether they hold or not */
char *
sp_state_query(const BoundRule *rule)
{
	StringInfoData sql;
	const char *relation = sp_relation_name(rule->subject);
	const char *key = sp_subject_key(rule);

	initStringInfo(&sql);
	appendStringInfo(&sql, "SELECT s.key, bool_or(s.holds), bool_and(s.cleared) FROM ("
					 "SELECT %s AS key, true AS holds, false AS cleared FROM %s AS e WHERE %s",
					 key, relation, condition_of(rule, 0));
	if (rule->rule->cleared.event != NULL)
		appendStringInfo(&sql, " UNION ALL SELECT %s, false, coalesce(%s, false) FROM %s AS e"
						 " WHERE %s = ANY ($1) AND NOT %s",
						 key, condition_of(rule, 1), relation, key, sp_subject_holds(rule));
	appendStringInfoString(&sql, ") AS s WHERE s.key IS NOT NULL GROUP BY s.key ORDER BY s.key");
	return sql.data;
}

/* ---- a look ---- */

typedef struct StateLook
{
	Sweep	   *sweep;
	BoundRule  *rule;
	RuleEventList *list;
	char	  **open;			/* keys with open waits, by key */
	int			open_count;
	int			next;
} StateLook;

static void
say(StateLook *look, const char *key, unsigned input)
{
	EngineEvent event = {
		.at = Max(look->sweep->batch.high, look->rule->active_since),.input = input
	};

	event.anchor = event.at;
	sp_add_look(look->sweep, look->list, key, &event);
}

/* The open ones before a key are not in the relation, or do not hold. */
static void
end_before(StateLook *look, const char *key)
{
	while (look->next < look->open_count && (key == NULL || strcmp(look->open[look->next], key) < 0))
		say(look, look->open[look->next++], INPUT_CLEARED);
}

static void
take_row(StateLook *look, const char *key, bool holds, bool cleared)
{
	bool		is_open;

	end_before(look, key);
	is_open = look->next < look->open_count && strcmp(look->open[look->next], key) == 0;
	look->next += is_open;
	if (holds && !is_open)
		say(look, key, INPUT_TRIGGER);
	if (!holds && is_open)
		say(look, key, cleared ? INPUT_CLEARED : INPUT_ANSWER);
}

/* Keys of open waits, by key (strcmp). */
static void
read_open(StateLook *look)
{
	Oid			types[1] = {INT4OID};
	Datum		values[1] = {Int32GetDatum(look->rule->rule_id)};
	MemoryContext caller;

	sp_run_query("SELECT DISTINCT w.key COLLATE \"C\" FROM pulse_internal.wait AS w"
				 " WHERE w.rule_id = $1 AND w.end_reason IS NULL ORDER BY 1", 1, types, values);
	caller = MemoryContextSwitchTo(look->sweep->context);
	look->open_count = (int) SPI_processed;
	look->open = MemoryContextAllocHuge(CurrentMemoryContext, sizeof(char *) * (look->open_count + 1));
	for (int i = 0; i < look->open_count; i++)
		look->open[i] = sp_text_at(i, 1);
	MemoryContextSwitchTo(caller);
	SPI_freetuptable(SPI_tuptable);
}

void
sp_look_at_state(Sweep *sweep, BoundRule *rule, RuleEventList *list)
{
	StateLook	look = {.sweep = sweep,.rule = rule,.list = list};
	Oid			types[1] = {TEXTARRAYOID};
	Datum		values[1];
	SpSpiScope	scope;

	read_open(&look);
	values[0] = sp_text_array(look.open, look.open_count);
	sp_begin_look(&scope, rule);
	sp_run_query(sp_state_query(rule), 1, types, values);
	for (uint64 row = 0; row < SPI_processed; row++)
	{
		CHECK_FOR_INTERRUPTS();
		take_row(&look, sp_text_at(row, 1), sp_bool_at(row, 2), sp_bool_at(row, 3));
	}
	end_before(&look, NULL);
	sp_spi_end(&scope);
}
