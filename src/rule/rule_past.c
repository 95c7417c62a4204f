/*
 * rule_past.c
 *	  What a rule that starts, or was changed, finds due already, before it acts.
 *
 * A rule about members or states looks at its relation as its next sweep will,
 * and nothing of it is written.  What can't be counted, as the relation fails or
 * takes too long, is the next sweep's to tell.
 */
#include "rule/rule_version.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "rule/live.h"
#include "rule/shell.h"
#include "utils/builtins.h"
#include "utils/snapmgr.h"

typedef struct PastLook
{
	int32		rule_id;
	bool		first_look;
	OverdueCount *count;
} PastLook;

/* ---- a look ---- */

/* Of what a look found, what is due by now. */
static void
count_found(const BoundRule *rule, const EngineEvent *event, Instant now, OverdueCount *count)
{
	Duration	window = rule->rule->window;
	Instant		due = event->anchor;
	bool		standing = (event->input & INPUT_STANDING) != 0;

	if (window.count != 0)
		due = rule->keeper.add(rule->keeper.context, due, window);
	if (due > now)
		return;
	if (rule->rule->form == FORM_MEMBER && !standing)
		due = now;				/* due when he joins */
	if (!rule->rule->fire_past && due < rule->active_since)
		count->silent++;
	else
		count->firing++;
}

static void
look_now(void *argument)
{
	PastLook   *past = argument;
	Sweep		sweep = {.context = CurrentMemoryContext,.now = sp_clock()};
	RuleEventList found = {0};
	BoundRule  *rule;

	sweep.batch.high = sweep.now;
	sp_arena_init(&sweep.arena, sweep.context);
	rule = sp_read_rule_by_id(&sweep, past->rule_id);
	rule->first_look = past->first_look;
	rule->looked_at = DT_NOBEGIN;
	rule->look_due = true;
	sp_look(&sweep, rule, &found);
	for (int i = 0; i < found.count; i++)
		if (found.rows[i].event.input & INPUT_TRIGGER)
			count_found(rule, &found.rows[i].event, sweep.now, past->count);
	sp_unhold_conditions(rule);
}

/* In a scope of SPI. */
static bool
is_looked_at(int32 rule_id)
{
	Oid			types[1] = {INT4OID};
	Datum		values[1] = {Int32GetDatum(rule_id)};

	sp_run_query("SELECT FROM pulse_internal.rule_look AS l WHERE l.rule_id = $1", 1, types, values);
	return SPI_processed > 0;
}

static void
count_looked(int32 rule_id, OverdueCount *count)
{
	OverdueCount found = {0};
	PastLook	past = {.rule_id = rule_id,.count = &found};
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "salespulse look ahead",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller;
	SpSpiScope	scope;

	CommandCounterIncrement();
	PushActiveSnapshot(GetTransactionSnapshot());
	sp_spi_begin_as(&scope, sp_owner_role());
	caller = MemoryContextSwitchTo(context);
	past.first_look = !is_looked_at(rule_id);
	if (sp_attempt_reading(look_now, &past) == NULL)
	{
		count->silent += found.silent;
		count->firing += found.firing;
	}
	MemoryContextSwitchTo(caller);
	sp_spi_end(&scope);
	PopActiveSnapshot();
	MemoryContextDelete(context);
}

/* ---- waits of before ---- */

static int64
count_waits(int32 rule_id)
{
	Oid			types[1] = {INT4OID};
	Datum		values[1] = {Int32GetDatum(rule_id)};

	return (int64) sp_execute_as_owner("SELECT FROM pulse_internal.wait AS w JOIN pulse_internal.rule AS r ON r.rule_id = w.rule_id"
									   " WHERE w.rule_id = $1 AND w.end_reason IS NULL AND w.due_at < r.active_since",
									   SPI_OK_SELECT, 1, types, values, NULL);
}

static const char *
hint_to_look(const char *mode)
{
	return strcmp(mode, "live") == 0 ? "See what they are in mode 'shadow' first, which sends nothing."
		: "Look at pulse.firings after it.";
}

/* A state is known from the first look on: what holds is no past. */
static void
notice_states(const char *name, const char *mode, int64 holding)
{
	if (holding > 0)
		ereport(NOTICE,
				(errmsg("keys for which the state of rule \"%s\" holds already: " INT64_FORMAT, name, holding),
				 errdetail("The next sweep fires for them."),
				 errhint("%s", hint_to_look(mode))));
}

static void
notice_overdue(const char *name, const char *mode, const OverdueCount *count)
{
	if (count->firing > 0)
		ereport(NOTICE,
				(errmsg("waits of rule \"%s\" that were due before it became active: " INT64_FORMAT, name, count->firing),
				 errdetail("It says FIRE PAST, so the next sweep fires them, with their true due times."),
				 errhint("%s", hint_to_look(mode))));
	if (count->silent > 0)
		ereport(NOTICE,
				(errmsg("waits of rule \"%s\" that were due before it became active: " INT64_FORMAT, name, count->silent),
				 errdetail("They pass in silence; later steps keep their times."),
				 errhint("Write FIRE PAST before THEN to be told of them.")));
}

/* A rule that starts: what was due before it fires, or does not, at the next sweep. */
void
sp_notice_past(int32 rule_id, const char *name, const char *mode, const Rule *rule)
{
	OverdueCount count = {0};
	int64		waits = count_waits(rule_id);

	if (rule->form != FORM_EVENT)
		count_looked(rule_id, &count);
	if (rule->form == FORM_STATE && rule->streak.count == 0)
	{
		notice_states(name, mode, count.firing);
		count.firing = 0;
	}
	if (rule->fire_past)
		count.firing += waits;
	else
		count.silent += waits;
	notice_overdue(name, mode, &count);
}

PG_FUNCTION_INFO_V1(sp_overdue_at_look);

/* (name) -> silent, firing: what the next look of a rule will find due */
Datum
sp_overdue_at_look(PG_FUNCTION_ARGS)
{
	OverdueCount count = {0};
	BoundRule	rule;
	TupleDesc	desc;
	SpSpiScope	scope;
	Datum		values[2];
	bool		nulls[2] = {0};
	Oid			user = GetUserId();
	char	   *name = text_to_cstring(PG_GETARG_TEXT_PP(0));

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	sp_spi_begin_as(&scope, sp_owner_role());
	sp_find_rule(name, &rule);
	sp_spi_end(&scope);
	sp_check_may_look(user, rule.author, name);
	if (sp_is_look(&rule))
		count_looked(rule.rule_id, &count);
	values[0] = Int64GetDatum(count.silent);
	values[1] = Int64GetDatum(count.firing);
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls)));
}
