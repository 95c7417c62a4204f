/*
 * effect.c
 *	  Actions that write an event or call a function of the application.
 *
 * Each runs as the rule's author, restricted, in a subtransaction within
 * rule_time_limit: what fails is told and undone, and the ladder goes on.  A
 * function is looked up when it is called, so that it may be replaced.
 */
#include "base/base.h"

#include "access/htup_details.h"
#include "catalog/namespace.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "escalation/attempt.h"
#include "executor/spi.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "rule/live.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/regproc.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"

typedef struct Effect
{
	Oid			author;
	char	   *verb;
	char	   *target;
	Datum		columns;		/* of an event: jsonb */
	int			count;			/* of a function: its arguments */
	char	  **arguments;		/* NULL: null */
} Effect;

/* ---- what is to be done ---- */

static const char *const effect_query =
"SELECT r.author::oid, ra.verb, ra.target,"
" coalesce((SELECT jsonb_object_agg(x.name, x.value) FROM ("
"   SELECT DISTINCT ON (g.name) g.name, g.value FROM ("
"     SELECT a ->> 'column' AS name, coalesce(a -> 'value', t.facts -> (a ->> 'from')) AS value, 1 AS rank"
"     FROM jsonb_array_elements(ra.arguments) AS a WHERE a ? 'column'"
"     UNION ALL SELECT k, t.facts -> k, 2 FROM unnest(string_to_array(f.key_name, ', ')) AS k"
"     WHERE EXISTS (SELECT FROM pulse_internal.event_kind AS e JOIN pg_attribute AS c ON c.attrelid = e.relation"
"                   WHERE e.name = ra.target AND c.attname = k AND c.attnum > 0 AND NOT c.attisdropped)) AS g"
"   ORDER BY g.name, g.rank) AS x), '{}'),"
" ARRAY(SELECT coalesce(a ->> 'value', t.facts ->> (a ->> 'from')) FROM jsonb_array_elements("
"   CASE WHEN ra.arguments <> '[]' OR f.evidence ? 'schedule' THEN ra.arguments"
"        ELSE (SELECT jsonb_agg(jsonb_build_object('from', k)) FROM unnest(string_to_array(f.key_name, ', ')) AS k) END) AS a)"
" FROM pulse_internal.firing AS f JOIN pulse_internal.rule AS r ON r.rule_id = f.rule_id"
" JOIN pulse_internal.rule_action AS ra ON ra.rule_id = f.rule_id AND ra.step = f.step,"
" LATERAL (SELECT coalesce(f.evidence -> 'trigger', '{}')) AS t(facts)"
" WHERE f.firing_id = $1 AND ra.action = $2";

static void
read_arguments(Effect *effect, Datum array)
{
	Datum	   *values;
	bool	   *nulls;

	deconstruct_array(DatumGetArrayTypeP(array), TEXTOID, -1, false, TYPALIGN_INT, &values, &nulls, &effect->count);
	effect->arguments = palloc(sizeof(char *) * Max(effect->count, 1));
	for (int i = 0; i < effect->count; i++)
		effect->arguments[i] = nulls[i] ? NULL : TextDatumGetCString(values[i]);
}

static bool
read_effect(Datum firing_id, Datum action, Effect *effect)
{
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext spi;
	Oid			types[2] = {INT8OID, INT4OID};
	Datum		values[2] = {firing_id, action};
	SpSpiScope	scope;
	HeapTuple	row;
	TupleDesc	desc;
	bool		isnull;
	bool		found;

	sp_spi_begin_as(&scope, sp_owner_role());
	if (SPI_execute_with_args(effect_query, 2, types, values, NULL, true, 1) != SPI_OK_SELECT)
		elog(ERROR, "could not read an action");
	found = SPI_processed == 1;
	spi = MemoryContextSwitchTo(caller);
	if (found)
	{
		row = SPI_tuptable->vals[0];
		desc = SPI_tuptable->tupdesc;
		effect->author = DatumGetObjectId(SPI_getbinval(row, desc, 1, &isnull));
		effect->verb = SPI_getvalue(row, desc, 2);
		effect->target = SPI_getvalue(row, desc, 3);
		effect->columns = JsonbPGetDatum(DatumGetJsonbPCopy(SPI_getbinval(row, desc, 4, &isnull)));
		read_arguments(effect, SPI_getbinval(row, desc, 5, &isnull));
	}
	MemoryContextSwitchTo(spi);
	sp_spi_end(&scope);
	return found;
}

/* ---- doing it ---- */

static void
emit(const Effect *effect)
{
	Oid			types[3] = {TEXTOID, JSONBOID, TIMESTAMPTZOID};
	Datum		values[3] = {CStringGetTextDatum(effect->target), effect->columns, TimestampTzGetDatum(sp_clock())};

	if (SPI_execute_with_args("SELECT pulse.emit_event($1, $2, $3)", 3, types, values, NULL, false, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not emit an event");
}

/* The one function of that name with so many arguments. */
static FuncCandidateList
find_function(const Effect *effect)
{
	FuncCandidateList candidate = FuncnameGetCandidates(QualifiedNameList(effect->target), effect->count,
														NIL, false, true, false, true);

	if (candidate == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_FUNCTION),
				 errmsg("function %s with %d argument(s) does not exist", effect->target, effect->count),
				 errdetail("It was dropped, or takes other arguments now."),
				 errhint("Make it again, or alter the rule.")));
	if (candidate->next != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_AMBIGUOUS_FUNCTION),
				 errmsg("function %s with %d argument(s) is not unique", effect->target, effect->count),
				 errdetail("Several functions of that name take as many."),
				 errhint("Give one of them another name.")));
	return candidate;
}

static void
call(const Effect *effect)
{
	FuncCandidateList function = find_function(effect);
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfo(&sql, "SELECT %s(", quote_qualified_identifier(get_namespace_name(get_func_namespace(function->oid)),
																	get_func_name(function->oid)));
	for (int i = 0; i < effect->count; i++)
		appendStringInfo(&sql, "%s%s::%s", i > 0 ? ", " : "",
						 effect->arguments[i] == NULL ? "NULL" : quote_literal_cstr(effect->arguments[i]),
						 format_type_be_qualified(function->args[i]));
	appendStringInfoChar(&sql, ')');
	(void) SPI_execute(sql.data, false, 0);
}

static void
perform(void *argument)
{
	const Effect *effect = argument;
	SpSpiScope	scope;

	sp_spi_begin_as(&scope, effect->author);
	if (strcmp(effect->verb, "emit") == 0)
		emit(effect);
	else
		call(effect);
	sp_spi_end(&scope);
}

PG_FUNCTION_INFO_V1(sp_perform_effect);

/* (firing_id, action) -> why it failed, or NULL */
Datum
sp_perform_effect(PG_FUNCTION_ARGS)
{
	Effect		effect = {0};
	char	   *reason;

	if (!read_effect(PG_GETARG_DATUM(0), PG_GETARG_DATUM(1), &effect))
		PG_RETURN_NULL();
	reason = sp_attempt_limited(perform, &effect, true);
	if (reason == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(reason));
}
