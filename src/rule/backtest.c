/*
 * backtest.c
 *	  pulse.backtest(): what a rule would have fired on stored history.
 *
 * The same engine as live, fed key by key from the rule's event tables; see
 * history.h for what holds them meanwhile.  Nothing is written.
 */
#include "rule/backtest.h"

#include "calendar/daytime.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "rule/shell.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"

#define RESULT_COLUMNS	10

static void
reject_span(TimestampTz since, TimestampTz until)
{
	if (TIMESTAMP_NOT_FINITE(until) || since >= until)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the end of a backtest must come after its beginning"),
				 errdetail("Firings due from %s until before %s were asked for.",
						   pstrdup(timestamptz_to_str(since)),
						   pstrdup(timestamptz_to_str(until))),
				 errhint("Type it as backtest('name', '2026-01-01', '2026-04-01').")));
}

static bool
by_arrival(const char *history)
{
	if (strcmp(history, "arrived") == 0)
		return true;
	if (strcmp(history, "happened") == 0)
		return false;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("unknown history \"%s\"", history),
			 errdetail("History is replayed as it happened, or as it arrived here."),
			 errhint("Type history => 'happened' or history => 'arrived'.")));
	return false;
}

/* The stored rule of a name; not bound yet. */
void
sp_find_rule(const char *name, BoundRule *rule)
{
	Oid			types[1] = {TEXTOID};
	Datum		values[1] = {CStringGetTextDatum(name)};
	int			result = SPI_execute_with_args("SELECT " RULE_COLUMNS
											   " FROM pulse_internal.rule AS r WHERE r.name = $1",
											   1, types, values, NULL, true, 0);

	if (result != SPI_OK_SELECT)
		elog(ERROR, "could not read the rules");
	if (SPI_processed == 0)
		ereport(ERROR,
				(errcode(ERRCODE_SP_UNKNOWN_RULE),
				 errmsg("unknown rule \"%s\"", name),
				 errdetail("There is no rule of that name."),
				 errhint("Look at SELECT name FROM pulse.rules.")));
	sp_read_rule(0, rule);
}

/* What a relation was like is not known afterwards. */
static void
reject_state(const BoundRule *rule, TimestampTz since)
{
	if (rule->rule->form == FORM_STATE)
		ereport(ERROR,
				(errcode(ERRCODE_SP_RULE_UNSUPPORTED),
				 errmsg("the history of rule \"%s\" is not stored", rule->name),
				 errdetail("It is about a state of a relation, and only the present state is there to be read."),
				 errhint("Let it run in shadow for a while, or write the rule about events.")));
	if (rule->rule->form == FORM_MEMBER && TIMESTAMP_NOT_FINITE(since))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a backtest about members must begin at an instant"),
				 errdetail("From then on the members are under the rule."),
				 errhint("Type it as backtest('name', '2026-01-01', '2026-04-01').")));
}

/*
 * Members as of now, each under the rule since the span began or since it is a
 * member, and their events from then on; what came before gives the anchor.
 */
static void
append_member_history(StringInfo sql, const BoundRule *rule, bool arrived)
{
	const char *arrival = arrived ? "GREATEST(s.recorded, s.at)" : "s.at";

	appendStringInfoString(sql, "WITH member AS MATERIALIZED (SELECT p.key, p.since,"
						   " GREATEST($2, p.since) AS joined FROM (");
	sp_append_members(sql, rule);
	appendStringInfoString(sql, ") AS p), happened AS MATERIALIZED (SELECT s.*, m.joined FROM (");
	for (int i = 1; i < rule->source_count; i++)
	{
		if (i > 1)
			appendStringInfoString(sql, " UNION ALL ");
		sp_source_query(sql, rule, &rule->sources[i], "");
		appendStringInfoString(sql, arrived ? " AND e.at < $1 AND e.recorded < $1" : " AND e.at < $1");
	}
	appendStringInfo(sql, ") AS s JOIN member AS m ON m.key = s.key WHERE s.input <> 0),"
					 " before AS (SELECT s.key, max(s.at) AS at FROM happened AS s"
					 " WHERE s.input & %d <> 0 AND %s <= s.joined GROUP BY s.key)"
					 " SELECT q.* FROM (SELECT s.key, s.at, s.event_id, s.recorded, s.input, s.at AS anchor"
					 " FROM happened AS s WHERE %s > s.joined"
					 " UNION ALL SELECT m.key, m.joined, 0, m.joined, CASE WHEN m.since > $2 THEN %d ELSE %d END,"
					 " coalesce(b.at, m.since, m.joined)"
					 " FROM member AS m LEFT JOIN before AS b ON b.key = m.key WHERE m.joined < $1",
					 INPUT_ANSWER, arrival, arrival, INPUT_TRIGGER, INPUT_TRIGGER | INPUT_STANDING);
	appendStringInfoString(sql, ") AS q");
}

static void
append_history(StringInfo sql, const BoundRule *rule, bool arrived)
{
	bool		numbered;

	if (rule->rule->form == FORM_MEMBER)
	{
		append_member_history(sql, rule, arrived);
		return;
	}
	numbered = sp_has_number_key(rule);
	for (int i = 0; i < rule->source_count; i++)
	{
		if (i > 0)
			appendStringInfoString(sql, " UNION ALL ");
		sp_history_query(sql, rule, &rule->sources[i], numbered);
		appendStringInfoString(sql, arrived ? " WHERE e.at < $1 AND e.recorded < $1"
							   : " WHERE e.at < $1");
	}
}

static void
put_firings(ReturnSetInfo *result, const Rehearsal *rehearsal)
{
	Datum		key = CStringGetTextDatum(rehearsal->events.key);

	for (int i = 0; i < rehearsal->firing_count; i++)
	{
		const RehearsedFiring *firing = &rehearsal->firings[i];
		const EngineWait *wait = &rehearsal->waits[firing->wait];
		const char *reason = sp_end_reason_name(wait->end_reason);
		const char *guard = lang_guard_name(rehearsal->rule->rule->steps[firing->step].guard);
		Datum		values[RESULT_COLUMNS] = {
			key, Int32GetDatum(firing->step + 1), Int32GetDatum(firing->repetition),
			TimestampTzGetDatum(firing->due_at), BoolGetDatum(firing->superseded),
			TimestampTzGetDatum(wait->opened_at), Int64GetDatum(wait->trigger_event),
			reason ? CStringGetTextDatum(reason) : (Datum) 0, TimestampTzGetDatum(wait->ended_at),
			guard ? CStringGetTextDatum(guard) : (Datum) 0
		};
		bool		nulls[RESULT_COLUMNS] = {0};

		nulls[2] = firing->repetition == 0;
		nulls[7] = nulls[8] = reason == NULL;
		nulls[9] = guard == NULL;
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
}

/* As the rule's author. */
static void
gather(const Rehearsal *rehearsal, History *history)
{
	Oid			types[2] = {TIMESTAMPTZOID, TIMESTAMPTZOID};
	SPIExecuteOptions options = {.params = makeParamList(2),.read_only = true,.dest = &history->receiver};
	const TimestampTz values[2] = {rehearsal->until, rehearsal->since};
	StringInfoData sql;
	SPIPlanPtr	plan;

	for (int i = 0; i < 2; i++)
		options.params->params[i] = (ParamExternData)
	{
		TimestampTzGetDatum(values[i]), false, PARAM_FLAG_CONST, TIMESTAMPTZOID
	};
	initStringInfo(&sql);
	append_history(&sql, rehearsal->rule, rehearsal->arrived);
	plan = SPI_prepare(sql.data, 2, types);
	if (plan == NULL || SPI_execute_plan_extended(plan, &options) != SPI_OK_SELECT)
		elog(ERROR, "could not read the history: %s", sql.data);
	SPI_freeplan(plan);
}

static void
replay(ReturnSetInfo *result, Rehearsal *rehearsal)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "salespulse backtest key",
												  ALLOCSET_DEFAULT_SIZES);
	History    *history = sp_history_begin(rehearsal->rule->rule, rehearsal->arrived);

	gather(rehearsal, history);
	while (sp_history_next(history, &rehearsal->events))
	{
		MemoryContext caller = MemoryContextSwitchTo(context);

		CHECK_FOR_INTERRUPTS();
		sp_rehearse(rehearsal);
		put_firings(result, rehearsal);
		MemoryContextSwitchTo(caller);
		MemoryContextReset(context);
	}
	sp_history_end(history);
	MemoryContextDelete(context);
}

static char *
day_text(int day)
{
	int			year;
	int			month;
	int			of_month;

	j2date(day + POSTGRES_EPOCH_JDATE, &year, &month, &of_month);
	return psprintf("%04d-%02d-%02d", year, month, of_month);
}

/* A schedule needs no history. */
static void
replay_schedule(ReturnSetInfo *result, const Rehearsal *rehearsal)
{
	const Schedule *schedule = &rehearsal->rule->rule->schedule;
	ScheduleClock clock = sp_clock_of(rehearsal->rule->rule);
	Instant		at = rehearsal->since - 1;

	while ((at = schedule_next(schedule, &clock, at)) != INSTANT_NONE && at < rehearsal->until)
	{
		Datum		values[RESULT_COLUMNS] = {0};
		bool		nulls[RESULT_COLUMNS] = {0};

		CHECK_FOR_INTERRUPTS();
		values[0] = CStringGetTextDatum(day_text(sp_day_of(at)));
		values[1] = Int32GetDatum(1);
		values[3] = values[5] = values[8] = TimestampTzGetDatum(at);
		values[4] = BoolGetDatum(false);
		values[7] = CStringGetTextDatum("completed");
		nulls[2] = nulls[6] = nulls[9] = true;
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
}

PG_FUNCTION_INFO_V1(sp_backtest);

/* (rule name, since, until, history) -> firings */
Datum
sp_backtest(PG_FUNCTION_ARGS)
{
	char	   *name = text_to_cstring(PG_GETARG_TEXT_PP(0));
	Rehearsal	rehearsal = {.since = PG_GETARG_TIMESTAMPTZ(1),.until = PG_GETARG_TIMESTAMPTZ(2)};
	BoundRule	rule;
	Oid			user = GetUserId();
	SpSpiScope	owner_scope;
	SpSpiScope	author_scope;
	Arena		arena;

	rehearsal.arrived = by_arrival(text_to_cstring(PG_GETARG_TEXT_PP(3)));
	reject_span(rehearsal.since, rehearsal.until);
	InitMaterializedSRF(fcinfo, 0);
	sp_arena_init(&arena, CurrentMemoryContext);
	sp_spi_begin_as(&owner_scope, sp_owner_role());
	sp_find_rule(name, &rule);
	sp_check_may_look(user, rule.author, name);
	sp_bind_rule(&arena, &rule);
	reject_state(&rule, rehearsal.since);
	rehearsal.rule = &rule;
	sp_spi_begin_as(&author_scope, rule.author);
	if (rule.rule->schedule.period != SCHEDULE_NONE)
		replay_schedule((ReturnSetInfo *) fcinfo->resultinfo, &rehearsal);
	else
		replay((ReturnSetInfo *) fcinfo->resultinfo, &rehearsal);
	sp_spi_end(&author_scope);
	sp_spi_end(&owner_scope);
	return (Datum) 0;
}
