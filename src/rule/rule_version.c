/*
 * rule_version.c
 *	  Versions of rules, and waits that begin anew under another sentence.
 *
 * A wait that begins anew is what the new sentence makes of its trigger, taken
 * for a late event: it looks back for its answer, and due times from before the
 * change pass in silence.  Invariant: rule_version has a row for every version
 * that ran, written in the transaction that made it.
 */
#include "rule/rule_version.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "rule/live.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

static const char *const running_names[] = {"keep", "restart", "end"};

RunningWaits
sp_running_waits(const char *name)
{
	for (int i = 0; i < lengthof(running_names); i++)
		if (strcmp(name, running_names[i]) == 0)
			return (RunningWaits) i;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("unknown treatment of running waits: \"%s\"", name),
			 errdetail("Open waits go on by the new steps, begin anew with their triggers, or end."),
			 errhint("Type 'keep', 'restart' or 'end'.")));
	return RUNNING_KEEP;
}

const char *
sp_running_name(RunningWaits running)
{
	return running_names[running];
}

/* The rule's row as it is now. */
void
sp_record_version(int32 rule_id, RunningWaits running)
{
	Oid			types[3] = {INT4OID, TEXTOID, TEXTOID};
	Datum		values[3] = {
		Int32GetDatum(rule_id), CStringGetTextDatum(sp_running_name(running)),
		CStringGetTextDatum(GetUserNameFromId(GetUserId(), false))
	};

	(void) sp_execute_as_owner("INSERT INTO pulse_internal.rule_version"
							   " (rule_id, version, name, sentence, language, rule, since, running, changed_by)"
							   " SELECT r.rule_id, r.version, r.name, r.sentence, r.language, r.rule, pulse.clock(),"
							   " CASE WHEN r.version > 1 THEN $2 END, $3"
							   " FROM pulse_internal.rule AS r WHERE r.rule_id = $1"
							   " ON CONFLICT (rule_id, version) DO UPDATE SET sentence = excluded.sentence,"
							   " language = excluded.language, rule = excluded.rule",
							   SPI_OK_INSERT, 3, types, values, NULL);
}

/* ---- waits that begin anew ---- */

/* Of a rule whose row is locked; the tick stands still until the change is done. */
void
sp_list_restarts(int32 rule_id, RestartList *list)
{
	MemoryContext caller = CurrentMemoryContext;
	Oid			types[1] = {INT4OID};
	Datum		values[1] = {Int32GetDatum(rule_id)};
	SpSpiScope	scope;
	bool		isnull;
	HeapTuple	row;
	TupleDesc	desc;

	sp_spi_begin_as(&scope, sp_owner_role());
	if (SPI_execute_with_args("SELECT coalesce(array_agg(w.trigger_event), '{}'), coalesce(array_agg(w.key), '{}'),"
							  " min(w.trigger_recorded), max(w.trigger_recorded), count(*)::int"
							  " FROM pulse_internal.wait AS w WHERE w.rule_id = $1 AND w.end_reason IS NULL",
							  1, types, values, NULL, false, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not read the waits");
	row = SPI_tuptable->vals[0];
	desc = SPI_tuptable->tupdesc;
	list->count = DatumGetInt32(SPI_getbinval(row, desc, 5, &isnull));
	list->recorded_since = DatumGetTimestampTz(SPI_getbinval(row, desc, 3, &isnull));
	list->recorded_until = DatumGetTimestampTz(SPI_getbinval(row, desc, 4, &isnull));
	MemoryContextSwitchTo(caller);
	list->event_ids = PointerGetDatum(DatumGetArrayTypePCopy(SPI_getbinval(row, desc, 1, &isnull)));
	list->keys = PointerGetDatum(DatumGetArrayTypePCopy(SPI_getbinval(row, desc, 2, &isnull)));
	sp_spi_end(&scope);
}

/* The one rule of a sweep of its own, as it is now. */
BoundRule *
sp_read_rule_by_id(Sweep *sweep, int32 rule_id)
{
	Oid			types[1] = {INT4OID};
	Datum		values[1] = {Int32GetDatum(rule_id)};

	if (SPI_execute_with_args("SELECT " RULE_COLUMNS " FROM pulse_internal.rule AS r WHERE r.rule_id = $1",
							  1, types, values, NULL, false, 0) != SPI_OK_SELECT || SPI_processed != 1)
		elog(ERROR, "could not read rule %d", rule_id);
	sweep->rules = palloc(sizeof(BoundRule));
	sweep->rule_count = 1;
	sp_read_rule(0, sweep->rules);
	sp_bind_rule(&sweep->arena, sweep->rules);
	return sweep->rules;
}

/* The triggers that are triggers of the new sentence, too. */
static void
read_triggers(Sweep *sweep, const RestartList *list, RuleEventList *events)
{
	BoundRule  *rule = sweep->rules;
	Oid			types[3] = {INT8ARRAYOID, TIMESTAMPTZOID, TIMESTAMPTZOID};
	Datum		values[3] = {
		list->event_ids, TimestampTzGetDatum(list->recorded_since),
		TimestampTzGetDatum(list->recorded_until)
	};
	MemoryContext caller = CurrentMemoryContext;
	StringInfoData sql;
	SpSpiScope	scope;

	initStringInfo(&sql);
	appendStringInfoString(&sql, "SELECT s.key, s.at, s.event_id, s.recorded, s.input & 1, s.anchor FROM (");
	sp_source_query(&sql, rule, &rule->sources[0], "");
	appendStringInfoString(&sql, " AND e.event_id = ANY ($1) AND e.recorded BETWEEN $2 AND $3)"
						   " AS s WHERE s.input & 1 <> 0");
	sp_append_lane(&sql, sweep, "s.key");
	sp_spi_begin_as(&scope, rule->author);
	if (SPI_execute_with_args(sql.data, 3, types, values, NULL, true, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not read the triggers");
	MemoryContextSwitchTo(caller);
	for (uint64 i = 0; i < SPI_processed; i++)
		sp_add_event_row(events, rule->rule, i);
	sp_spi_end(&scope);
	sp_sort_events(events);
}

/* ONCE forgets what it does anew. */
static void
forget_used_keys(int32 rule_id, const RestartList *list)
{
	Oid			types[2] = {INT4OID, TEXTARRAYOID};
	Datum		values[2] = {Int32GetDatum(rule_id), list->keys};

	(void) sp_execute_as_owner("DELETE FROM pulse_internal.rule_once WHERE rule_id = $1 AND key = ANY ($2)",
							   SPI_OK_DELETE, 2, types, values, NULL);
}

/* Those of one lane, by its position. */
static void
restart_lane(int32 rule_id, const RestartList *list, const Batch *rest)
{
	Sweep		sweep = {.batch = *rest};
	RuleEventList events = {0};
	BoundRule  *rule;
	SpSpiScope	scope;

	sp_spi_begin_as(&scope, sp_owner_role());
	sweep.context = CurrentMemoryContext;
	sweep.now = sp_clock();
	sweep.floor.due_at = DT_NOBEGIN;	/* what begins anew is due after the
										 * sweep */
	sp_arena_init(&sweep.arena, sweep.context);
	sp_read_whole_rules(&sweep);
	rule = sp_read_rule_by_id(&sweep, rule_id);
	rule->active_since = Max(rule->active_since, sweep.now);
	if (sp_lane_has_rule(&sweep, rule))
	{
		read_triggers(&sweep, list, &events);
		sp_run_rule(&sweep, rule, &events, &sweep.outcomes);
		sp_write_outcomes(&sweep);
	}
	sp_spi_end(&scope);
}

/* After the old waits have ended and the rule has its new sentence. */
void
sp_restart_waits(int32 rule_id, RestartList *list)
{
	if (list->count == 0)
		return;
	forget_used_keys(rule_id, list);
	CommandCounterIncrement();
	PushActiveSnapshot(GetTransactionSnapshot());
	for (int i = 0; i < list->rest_count; i++)
		restart_lane(rule_id, list, &list->rests[i]);
	PopActiveSnapshot();
}
