/*
 * live.c
 *	  pulse_internal.sweep_rules(): one slice of events and due waits for all
 *	  running rules, in the caller's transaction.
 *
 * The consumer's position, or that of its lane, is locked, so one sweep runs at a
 * time, or one in each lane, and moves in the transaction that writes what came of
 * the slice: exactly once.  A rule that fails is suspended with its reason and the
 * others go on.
 */
#include "rule/live.h"

#include "executor/spi.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/snapmgr.h"

/* Rules that others are silent because of. */
static void
mark_looked_at(Sweep *sweep)
{
	for (int i = 0; i < sweep->rule_count; i++)
		for (int j = 0; sweep->rules[i].unless != NULL && j < sweep->rule_count; j++)
			sweep->rules[j].looks_around |= strcmp(sweep->rules[j].name, sweep->rules[i].unless) == 0;
}

/* KEY SHARE: nobody drops a rule while its waits are written */
static void
load_rules(Sweep *sweep)
{
	int			result = SPI_execute("SELECT " RULE_COLUMNS " FROM pulse_internal.rule AS r"
									 " WHERE r.mode IN ('shadow', 'live') AND r.state = 'ok' AND r.trigger_kind <> 0 AND NOT r.is_gate"
									 " ORDER BY r.rule_id FOR KEY SHARE", false, 0);

	if (result != SPI_OK_SELECT)
		elog(ERROR, "could not read the rules");
	sweep->rules = palloc(sizeof(BoundRule) * (SPI_processed + 1));
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		sp_read_rule(i, &sweep->rules[sweep->rule_count]);
		sweep->rule_count += sp_lane_has_rule(sweep, &sweep->rules[sweep->rule_count]);
	}
	SPI_freetuptable(SPI_tuptable);
	mark_looked_at(sweep);
	sp_find_looks(sweep);
}

static bool
kind_in_slice(const Sweep *sweep, int32 kind_id)
{
	for (int i = 0; i < sweep->kind_count; i++)
		if (sweep->kinds[i] == kind_id)
			return true;
	return false;
}

static void
list_kinds(Sweep *sweep)
{
	const Batch *batch = &sweep->batch;

	sweep->kinds = palloc(sizeof(int32) * Max(batch->event_count, 1));
	for (int i = 0; i < batch->event_count; i++)
		if (!kind_in_slice(sweep, batch->events[i].kind_id))
			sweep->kinds[sweep->kind_count++] = batch->events[i].kind_id;
}

static bool
has_work(Sweep *sweep, const BoundRule *rule)
{
	if (rule->look_due)
		return true;
	for (int i = 0; i < sweep->due.count; i++)
		if (sweep->due.waits[i].rule == rule)
			return true;
	for (int i = 0; i < rule->source_count; i++)
		if (kind_in_slice(sweep, rule->sources[i].kind_id))
			return sp_may_care(sweep, rule);
	return false;
}

/* What a rule that did not fail leaves behind. */
static void
add_outcomes(Outcomes *all, const Outcomes *more)
{
	int			first = all->waits.count;

	for (int i = 0; i < more->waits.count; i++)
	{
		GROW(&all->waits, waits, count, room);
		all->waits.waits[all->waits.count++] = more->waits.waits[i];
	}
	for (int i = 0; i < more->firing_count; i++)
	{
		GROW(all, firings, firing_count, firing_room);
		all->firings[all->firing_count] = more->firings[i];
		all->firings[all->firing_count++].wait += first;
	}
}

static void
run_rule(Sweep *sweep, BoundRule *rule, Outcomes *outcomes)
{
	RuleEventList events = {0};

	if (rule->by_clock)
	{
		sp_run_schedule(sweep, rule);
		return;
	}
	sp_bind_rule(&sweep->arena, rule);
	sp_read_slice(sweep, rule, &events);
	if (sp_is_look(rule))
		sp_look(sweep, rule, &events);
	sp_run_rule(sweep, rule, &events, outcomes);
	if (sp_is_look(rule))
		sp_read_subject_rows(sweep, rule, outcomes);
	else
		sp_read_trigger_rows(rule, outcomes);
}

typedef struct RuleAttempt
{
	Sweep	   *sweep;
	BoundRule  *rule;
	Outcomes	outcomes;
} RuleAttempt;

static void
attempt_rule(void *argument)
{
	RuleAttempt *attempt = argument;

	run_rule(attempt->sweep, attempt->rule, &attempt->outcomes);
	sp_unhold_conditions(attempt->rule);
}

static void
try_rule(Sweep *sweep, BoundRule *rule)
{
	RuleAttempt attempt = {.sweep = sweep,.rule = rule};

	rule->failure = sp_attempt_reading(attempt_rule, &attempt);
	if (rule->failure == NULL)
	{
		add_outcomes(&sweep->outcomes, &attempt.outcomes);
		rule->events = attempt.outcomes.event_count;
	}
}

/*
 * Plans are kept from when the tables were small, and guess at the length of
 * arrays.  Whatever they guess, waits are found by index: so the cost follows
 * the slice, and no nested loop reads a table over and over.  (The price put on
 * a sequential scan must not be taken for a reason to compile.)
 */
static void
go_by_index(void)
{
	static const char *const off[] = {"enable_seqscan", "enable_mergejoin", "jit"};

	for (int i = 0; i < lengthof(off); i++)
		(void) set_config_option(off[i], "off", PGC_USERSET, PGC_S_SESSION,
								 GUC_ACTION_SAVE, true, 0, false);
}

static void
sweep_schedules(Sweep *sweep)
{
	sp_load_schedules(sweep);
	for (int i = 0; i < sweep->schedule_count; i++)
	{
		try_rule(sweep, &sweep->schedules[i]);
		if (sweep->schedules[i].failure == NULL)
			sp_write_schedule(sweep, &sweep->schedules[i]);
	}
	sp_suspend_rules(sweep->schedules, sweep->schedule_count);
}

static void
sweep_slice(Sweep *sweep, int max_waits)
{
	SpSpiScope	scope;

	sp_spi_begin_as(&scope, sp_owner_role());
	go_by_index();
	sweep->context = CurrentMemoryContext;
	sp_arena_init(&sweep->arena, sweep->context);
	sweep->now = sp_clock();
	sp_read_whole_rules(sweep);
	sweep->floor = sp_read_due_floor(sp_floor_lane(&sweep->batch), &sweep->floor_resets);
	load_rules(sweep);

	/*
	 * it may have waited for a rule that changes: see its waits as they are
	 * now
	 */
	PopActiveSnapshot();
	PushActiveSnapshot(GetTransactionSnapshot());
	if (sweep->rule_count > 0)
	{
		list_kinds(sweep);
		sp_read_due_waits(sweep, max_waits);
		for (int i = 0; i < sweep->rule_count; i++)
			if (has_work(sweep, &sweep->rules[i]))
				try_rule(sweep, &sweep->rules[i]);
		sp_suspend_rules(sweep->rules, sweep->rule_count);
		sp_write_outcomes(sweep);
	}
	else if (sweep->batch.lanes > 0)
	{
		sweep->worked_until.due_at = sweep->batch.high;
		sp_move_due_floor(sweep);
	}
	if (sp_is_last_lane(sweep))
		sweep_schedules(sweep);
	sp_spi_end(&scope);
}

/* A batch that took long to work off leaves another one to do at once. */
static bool
fell_behind(const Sweep *sweep)
{
	return sweep->batch.event_count > 0 && sp_clock() - sweep->batch.high > USECS_PER_MINUTE;
}

/* (max_events) -> (events, firings, more), or these and busy: others do all there is to do */
Datum
sp_sweep(FunctionCallInfo fcinfo, void (*act) (Sweep *sweep))
{
	int			max_events = PG_GETARG_INT32(0);
	Sweep		sweep = {.act = act};
	TupleDesc	desc;
	Datum		values[4];
	bool		nulls[4] = {false, false, false, false};
	bool		found;
	bool		shared = false;

	if (max_events < 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("max_events must be positive"),
				 errdetail("Got %d.", max_events),
				 errhint("A slice of 10000 events is a good size.")));
	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "sweep_rules() returns a row");
	found = sp_batch_next("rules", max_events, &sweep.batch);
	if (found)
	{
		/* what the batch consumes is visible from here on */
		PushActiveSnapshot(GetTransactionSnapshot());
		if (sweep.batch.joined)
			sp_join_due_floor();
		shared = sp_share_out(&sweep, max_events);
		if (!shared)
			sweep_slice(&sweep, max_events);
		PopActiveSnapshot();
	}
	if (found && !shared)
	{
		sweep.batch.lingers = sweep.more_due;
		sp_batch_done(&sweep.batch);
	}
	values[0] = Int32GetDatum(shared ? 0 : sweep.batch.event_count);
	values[1] = Int32GetDatum(sweep.outcomes.firing_count + sweep.schedule_firings);
	values[2] = BoolGetDatum(sweep.batch.more || sweep.more_due || fell_behind(&sweep) ||
							 shared || sweep.batch.lanes > 0);
	values[3] = BoolGetDatum(!found);
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls)));
}

PG_FUNCTION_INFO_V1(sp_sweep_rules);

/* What it fires is left for release_firings() to act on. */
Datum
sp_sweep_rules(PG_FUNCTION_ARGS)
{
	return sp_sweep(fcinfo, NULL);
}
