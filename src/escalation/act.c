/*
 * act.c
 *	  What firings become: cases, messages, and what history tells of them.
 *
 * A firing that needs nobody's leave is acted on by the sweep that writes it, in
 * its lane, and is written as released.  What is put together, asks for the state
 * of its case or of another rule's, waits for a digest, or does more than to tell
 * people, is acted on afterwards by one session at a time (release_firings).
 * Both come here.
 */
#include "escalation/act_pair.h"
#include "escalation/close.h"
#include "escalation/phrase.h"

#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/timestamp.h"

/* The planner is free again, which a sweep tells to go by index. */
static void
begin(SpSpiScope *scope, Act *act)
{
	static const char *const on[] = {"enable_seqscan", "enable_mergejoin"};

	act->context = CurrentMemoryContext;
	sp_spi_begin_as(scope, sp_owner_role());
	for (int i = 0; i < lengthof(on); i++)
		(void) set_config_option(on[i], "on", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
	act->now = sp_clock();
	act->chinese = strcmp(sp_setting("language"), "zh") == 0;
}

/* All that the firings do but for tasks, reports and effects; again: perhaps it was done before. */
static void
act_on(Act *act, bool again)
{
	sp_act_read_holders(act);
	sp_act_read_keys(act);
	sp_act_open_cases(act);
	sp_act_address(act, false);
	if (again)
		sp_act_leave_out_written(act);
	sp_act_put_together(act);
	if (act->message_count > 0)
	{
		sp_act_read_templates(act);
		sp_act_choose_templates(act);
		sp_act_read_times(act);
	}
	sp_act_write_messages(act);
}

/* ---- after the sweep ---- */

static Jsonb *
jsonb_at(uint64 row, int column)
{
	bool		isnull;
	Datum		value = sp_datum_at(row, column, &isnull);

	return isnull ? NULL : DatumGetJsonbP(value);
}

static void
read_firing(ActFiring *firing, uint64 row, TimestampTz now)
{
	TimestampTz acts_at;
	bool		isnull;

	memset(firing, 0, sizeof(ActFiring));
	firing->firing_id = sp_bigint_at(row, 1);
	firing->rule_id = sp_int_at(row, 2);
	firing->wait_id = sp_bigint_at(row, 3);
	firing->key_name = sp_text_at(row, 4);
	firing->key = sp_text_at(row, 5);
	firing->step = sp_int_at(row, 6);
	firing->repetition = sp_int_at(row, 7);
	firing->due_at = DatumGetTimestampTz(sp_datum_at(row, 8, &isnull));
	firing->event = sp_text_at(row, 9);
	firing->together = sp_text_at(row, 10);
	firing->together_key = sp_text_at(row, 11);
	firing->trigger = jsonb_at(row, 12);
	firing->by_clock = DatumGetBool(sp_datum_at(row, 13, &isnull));
	acts_at = DatumGetTimestampTz(sp_datum_at(row, 14, &isnull));
	firing->is_held = !isnull && acts_at > now;
}

static void
read_firings(Act *act)
{
	static SPIPlanPtr plan = NULL;

	sp_run_kept(&plan, "SELECT a.firing_id, a.rule_id, a.wait_id, a.key_name, a.key, a.step, a.repetition, a.due_at, a.event,"
				" a.together, a.together_key, a.facts, a.by_clock, a.acts_at"
				" FROM pulse_internal.acting AS a ORDER BY a.firing_id", 0, NULL, NULL);
	act->firings = palloc_extended(sizeof(ActFiring) * (SPI_processed + 1), MCXT_ALLOC_HUGE);
	act->firing_count = (int) SPI_processed;
	for (int i = 0; i < act->firing_count; i++)
		read_firing(&act->firings[i], i, act->now);
}

PG_FUNCTION_INFO_V1(sp_act_on_firings);

/* () -> void: all that stand in the view "acting" */
Datum
sp_act_on_firings(PG_FUNCTION_ARGS)
{
	SpSpiScope	scope;
	Act			act = {0};

	begin(&scope, &act);
	read_firings(&act);
	if (act.firing_count > 0)
	{
		sp_act_read_rules(&act);
		sp_act_find_cases(&act);
		act_on(&act, true);
	}
	sp_spi_end(&scope);
	PG_RETURN_VOID();
}

/* ---- reports ---- */

static Datum
text_or_null(const char *text, bool *isnull)
{
	*isnull = text == NULL;

	return *isnull ? (Datum) 0 : CStringGetTextDatum(text);
}

static void
put_addressed(ReturnSetInfo *result, const ActMessage *message)
{
	const ActHolder *holder = message->holder;
	Datum		values[13];
	bool		nulls[13] = {0};

	values[0] = Int64GetDatum(message->firing->firing_id);
	values[1] = Int32GetDatum(message->action->action);
	values[2] = text_or_null(message->action->role, &nulls[2]);
	values[3] = text_or_null(message->action->title, &nulls[3]);
	values[4] = text_or_null(message->found_by, &nulls[4]);
	values[5] = text_or_null(holder != NULL ? holder->staff : NULL, &nulls[5]);
	values[6] = text_or_null(holder != NULL ? holder->name : NULL, &nulls[6]);
	values[7] = text_or_null(message->channel, &nulls[7]);
	values[8] = text_or_null(message->recipient, &nulls[8]);
	values[9] = sp_text_array(message->copies, message->copy_count);
	values[10] = text_or_null(message->chinese ? "zh" : "en", &nulls[10]);
	values[11] = text_or_null(holder != NULL ? holder->instead_of : NULL, &nulls[11]);
	values[12] = text_or_null(message->firing->rule->fallback, &nulls[12]);
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

PG_FUNCTION_INFO_V1(sp_addressed_reports);

/* () -> setof record: whom the reports of acting firings are for */
Datum
sp_addressed_reports(PG_FUNCTION_ARGS)
{
	SpSpiScope	scope;
	Act			act = {0};

	InitMaterializedSRF(fcinfo, 0);
	begin(&scope, &act);
	read_firings(&act);
	if (act.firing_count > 0)
	{
		sp_act_read_rules(&act);
		sp_act_read_holders(&act);
		sp_act_address(&act, true);
	}
	for (int i = 0; i < act.message_count; i++)
		put_addressed((ReturnSetInfo *) fcinfo->resultinfo, &act.messages[i]);
	sp_spi_end(&scope);
	return (Datum) 0;
}

/* ---- within the sweep ---- */

static void
take_firing(Act *act, LiveWait *wait, const LiveFiring *live)
{
	ActFiring  *firing = &act->firings[act->firing_count++];

	memset(firing, 0, sizeof(ActFiring));
	firing->firing_id = live->firing_id;
	firing->rule_id = wait->rule->rule_id;
	firing->wait_id = wait->wait.wait_id;
	firing->key_name = wait->rule->key_name;
	firing->key = wait->key;
	firing->step = live->firing.step;
	firing->repetition = live->firing.repetition;
	firing->due_at = live->firing.due_at;
	firing->trigger = wait->trigger_row;
	firing->is_first = !wait->had_fired;
}

/* What people have closed the case of is only recorded: with those that are left their places. */
static void
leave_out_closed(Act *act, LiveFiring **places)
{
	int			kept = 0;

	for (int i = 0; i < act->firing_count; i++)
	{
		if (act->firings[i].kase->is_closed)
			continue;
		act->firings[kept] = act->firings[i];
		places[kept++] = places[i];
	}
	act->firing_count = kept;
}

static void
act_on_fired(Outcomes *outcomes, Act *act)
{
	LiveFiring **places = palloc(sizeof(LiveFiring *) * (outcomes->firing_count + 1));

	act->firings = palloc_extended(sizeof(ActFiring) * (outcomes->firing_count + 1), MCXT_ALLOC_HUGE);
	for (int i = 0; i < outcomes->firing_count; i++)
	{
		LiveFiring *live = &outcomes->firings[i];
		LiveWait   *wait = &outcomes->waits.waits[live->wait];

		if (live->firing.superseded || !sp_acts_at_once(wait, live->firing.step))
			continue;
		places[act->firing_count] = live;
		take_firing(act, wait, live);
	}
	if (act->firing_count == 0)
		return;
	sp_act_read_rules(act);
	for (int i = 0; i < act->firing_count; i++)
		act->firings[i].event = act->firings[i].rule->event;
	sp_act_find_cases(act);
	leave_out_closed(act, places);
	if (act->firing_count > 0)
		act_on(act, false);
	for (int i = 0; i < act->firing_count; i++)
	{
		places[i]->acted = true;
		places[i]->told = act->firings[i].told;
	}
}

static void
act_at_once(Sweep *sweep)
{
	SpSpiScope	scope;
	Act			act = {0};

	begin(&scope, &act);
	act_on_fired(&sweep->outcomes, &act);
	sp_settle_ended(&sweep->outcomes.waits);
	sp_spi_end(&scope);
}

PG_FUNCTION_INFO_V1(sp_sweep_lane);

/* (max_events) -> (events, firings, more, busy) */
Datum
sp_sweep_lane(PG_FUNCTION_ARGS)
{
	return sp_sweep(fcinfo, act_at_once);
}
