/*
 * live_write.c
 *	  Writes what came of a sweep, one statement per table, arrays as parameters.
 *
 * Order: new waits get their ids, waits are written, then firings, then waits
 * that ended without ever having fired go.  All as pulse_owner.
 */
#include "rule/live_param.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

/* ---- waits ------------------------------------------------------------------- */

const char *
sp_end_reason_name(EndReason reason)
{
	switch (reason)
	{
		case END_ANSWERED:
			return "answered";
		case END_UNTIL:
			return "until";
		case END_ANSWERED_LATE:
			return "answered_late";
		case END_MOVED:
			return "moved";
		case END_COMPLETED:
			return "completed";
		case END_CLEARED:
			return "cleared";
		case END_NONE:
			break;
	}
	return NULL;
}

/* Ended, and no step had come due: new, it leaves no row; stored, it goes. */
static bool
is_silent(const LiveWait *wait)
{
	return !wait->fired && wait->wait.end_reason != END_NONE &&
		(wait->is_new || wait->wait.first_due == INSTANT_NONE);
}

static bool
is_written(const LiveWait *wait)
{
	return wait->changed && !is_silent(wait);
}

static void
assign_wait_ids(Outcomes *outcomes)
{
	Oid			types[1] = {INT4OID};
	Datum		values[1];
	int			count = 0;
	int			next = 0;

	for (int i = 0; i < outcomes->waits.count; i++)
		count += outcomes->waits.waits[i].is_new && is_written(&outcomes->waits.waits[i]);
	if (count == 0)
		return;
	values[0] = Int32GetDatum(count);
	if (SPI_execute_with_args("SELECT pg_catalog.nextval('pulse_internal.wait_wait_id_seq')"
							  " FROM pg_catalog.generate_series(1, $1)",
							  1, types, values, NULL, false, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not number the waits");
	for (int i = 0; i < outcomes->waits.count; i++)
	{
		LiveWait   *wait = &outcomes->waits.waits[i];
		bool		isnull;

		if (wait->is_new && is_written(wait))
			wait->wait.wait_id = DatumGetInt64(SPI_getbinval(SPI_tuptable->vals[next++],
															 SPI_tuptable->tupdesc, 1, &isnull));
	}
	SPI_freetuptable(SPI_tuptable);
}

#define WAIT_PARAMS	17

static void
add_wait(ArrayParam *params, const LiveWait *wait)
{
	sp_add_bigint(&params[0], wait->wait.wait_id);
	sp_add_int(&params[1], wait->rule->rule_id);
	sp_add_text(&params[2], wait->key);
	sp_add_instant(&params[3], wait->wait.opened_at);
	sp_add_int(&params[4], wait->rule->sources[0].kind_id);
	sp_add_bigint(&params[5], wait->wait.trigger_event);
	sp_add_instant(&params[6], wait->trigger_recorded);
	sp_add_instant(&params[7], wait->wait.anchor);
	sp_add_int(&params[8], wait->wait.next_step);
	sp_add_instant(&params[9], wait->wait.due_at);
	sp_add_instant(&params[10], wait->wait.first_due);
	sp_add_instant(&params[11], wait->wait.previous_due);
	sp_add_text(&params[12], sp_end_reason_name(wait->wait.end_reason));
	sp_add_instant(&params[13], wait->wait.ended_at);
	sp_param_add(&params[14], Int64GetDatum(wait->wait.end_event),
				 wait->wait.end_reason == END_NONE || wait->wait.end_reason == END_COMPLETED);
	params[14].type = INT8OID;
	sp_add_int(&params[15], wait->wait.repetition);
	sp_add_instant(&params[16], wait->wait.repeat_since);
}

#define WAIT_ROWS \
	" FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)" \
	" AS u(wait_id, rule_id, key, opened_at, trigger_kind, trigger_event, trigger_recorded," \
	" anchor, next_step, due_at, first_due, previous_due, end_reason, ended_at, end_event," \
	" repetition, repeat_since)"

static void
write_waits(const Outcomes *outcomes)
{
	static SPIPlanPtr insert_plan = NULL;
	static SPIPlanPtr update_plan = NULL;
	ArrayParam	inserted[WAIT_PARAMS] = {0};
	ArrayParam	updated[WAIT_PARAMS] = {0};

	for (int i = 0; i < outcomes->waits.count; i++)
	{
		const LiveWait *wait = &outcomes->waits.waits[i];

		if (is_written(wait))
			add_wait(wait->is_new ? inserted : updated, wait);
	}
	if (inserted[0].count > 0)
		sp_run_write(&insert_plan,
					 "INSERT INTO pulse_internal.wait (wait_id, rule_id, key, opened_at, trigger_kind,"
					 " trigger_event, trigger_recorded, anchor, next_step, due_at, first_due,"
					 " previous_due, end_reason, ended_at, end_event, repetition, repeat_since) SELECT u.*" WAIT_ROWS,
					 SPI_OK_INSERT, inserted, WAIT_PARAMS);
	if (updated[0].count > 0)
		sp_run_write(&update_plan,
					 "UPDATE pulse_internal.wait AS w SET (opened_at, trigger_event, trigger_recorded,"
					 " anchor, next_step, due_at, first_due, previous_due, end_reason, ended_at,"
					 " end_event, repetition, repeat_since) = (u.opened_at, u.trigger_event, u.trigger_recorded, u.anchor,"
					 " u.next_step, u.due_at, u.first_due, u.previous_due, u.end_reason, u.ended_at,"
					 " u.end_event, u.repetition, u.repeat_since)" WAIT_ROWS " WHERE w.wait_id = u.wait_id",
					 SPI_OK_UPDATE, updated, WAIT_PARAMS);
}

/* Ended, and no firing tells of them. */
static void
delete_silent_waits(const Outcomes *outcomes)
{
	static SPIPlanPtr plan = NULL;
	ArrayParam	ended[1] = {0};

	for (int i = 0; i < outcomes->waits.count; i++)
	{
		const LiveWait *wait = &outcomes->waits.waits[i];

		if (!wait->is_new && !wait->fired && wait->wait.end_reason != END_NONE)
			sp_add_bigint(&ended[0], wait->wait.wait_id);
	}
	if (ended[0].count > 0)
		sp_run_write(&plan,
					 "DELETE FROM pulse_internal.wait AS w USING unnest($1) AS u(wait_id)"
					 " WHERE w.wait_id = u.wait_id AND NOT EXISTS"
					 " (SELECT FROM pulse_internal.firing AS f WHERE f.wait_id = w.wait_id)",
					 SPI_OK_DELETE, ended, 1);
}

static void
write_used_keys(const Outcomes *outcomes)
{
	static SPIPlanPtr plan = NULL;
	ArrayParam	params[2] = {0};

	for (int i = 0; i < outcomes->waits.count; i++)
	{
		const LiveWait *wait = &outcomes->waits.waits[i];

		if (wait->is_new && wait->rule->rule->rearm == REARM_ONCE)
		{
			sp_add_int(&params[0], wait->rule->rule_id);
			sp_add_text(&params[1], wait->key);
		}
	}
	if (params[0].count > 0)
		sp_run_write(&plan,
					 "INSERT INTO pulse_internal.rule_once (rule_id, key)"
					 " SELECT u.rule_id, u.key FROM unnest($1, $2) AS u(rule_id, key)"
					 " ON CONFLICT DO NOTHING", SPI_OK_INSERT, params, 2);
}

/* ---- firings ----------------------------------------------------------------- */

#define FIRING_PARAMS	23		/* and two instants of the sweep */

/* A step that says ONCE A DAY waits for the time of its digest. */
static Instant
digest_time(const RuleStep *step, TimestampTz now)
{
	return step->daily ? sp_next_minute(now, step->daily_at) : INSTANT_NONE;
}

static void
add_firing(ArrayParam *params, const LiveWait *wait, const EngineFiring *firing, TimestampTz now)
{
	const Rule *rule = wait->rule->rule;

	sp_add_int(&params[0], wait->rule->rule_id);
	sp_add_bigint(&params[1], wait->wait.wait_id);
	sp_add_text(&params[2], wait->key);
	sp_add_text(&params[3], wait->rule->key_name);
	sp_add_int(&params[4], firing->step);
	sp_add_instant(&params[5], firing->due_at);
	sp_add_bool(&params[6], firing->superseded);
	sp_add_text(&params[7], wait->rule->mode);
	sp_add_int(&params[8], wait->rule->sources[0].kind_id);
	sp_add_bigint(&params[9], wait->wait.trigger_event);
	sp_add_instant(&params[10], wait->trigger_recorded);
	/* the evidence */
	sp_add_text(&params[11], wait->trigger_row);
	sp_add_text(&params[12], rule->absent.event);
	sp_add_instant(&params[13], rule->form == FORM_MEMBER ? wait->wait.anchor : wait->wait.opened_at);
	sp_add_instant(&params[14], wait->wait.anchor);
	sp_add_instant(&params[15], wait->wait.first_due);
	sp_add_text(&params[16], sp_uses_calendar(rule) ? sp_setting("calendar") : NULL);
	sp_add_text(&params[17], wait->rule->name);
	sp_add_int(&params[18], firing->repetition);
	sp_add_text(&params[19], lang_guard_name(rule->steps[firing->step].guard));
	sp_add_text(&params[20], rule->steps[firing->step].together);
	sp_add_int(&params[21], wait->rule->version);
	sp_add_instant(&params[22], digest_time(&rule->steps[firing->step], now));
}

/* Nobody will act on it: it is released as it is written, not by an update. */
static bool
is_only_recorded(const Sweep *sweep, const LiveFiring *firing)
{
	const BoundRule *rule = sweep->outcomes.waits.waits[firing->wait].rule;

	return firing->firing.superseded || strcmp(rule->mode, "live") != 0;
}

static void
write_firings(Sweep *sweep)
{
	static SPIPlanPtr plan = NULL;
	const Outcomes *outcomes = &sweep->outcomes;
	ArrayParam	params[FIRING_PARAMS + 2] = {0};

	for (int i = 0; i < outcomes->firing_count; i++)
	{
		const LiveFiring *firing = &outcomes->firings[i];

		add_firing(params, &outcomes->waits.waits[firing->wait], &firing->firing, sweep->now);
		sp_add_instant(&params[FIRING_PARAMS], sweep->now);
		sp_add_instant(&params[FIRING_PARAMS + 1], is_only_recorded(sweep, firing) ? sweep->now : INSTANT_NONE);
	}
	if (outcomes->firing_count == 0)
		return;
	sp_run_write(&plan,
				 "INSERT INTO pulse_internal.firing (rule_id, wait_id, key, key_name, step, repetition, due_at,"
				 " swept_at, superseded, mode, guard, together, trigger_kind, trigger_event, trigger_recorded, version, acts_at, released_at, evidence)"
				 " SELECT u.rule_id, u.wait_id, u.key, u.key_name, u.step, u.repetition, u.due_at, u.swept_at,"
				 " u.superseded, u.mode, u.guard, u.together, u.trigger_kind, u.trigger_event, u.trigger_recorded, u.version, u.acts_at, u.released_at,"
				 " pg_catalog.jsonb_build_object('rule', u.rule_name, 'trigger', u.trigger_row::pg_catalog.jsonb,"
				 " 'anchor', u.anchor)"
				 " || CASE WHEN u.calendar IS NULL THEN '{}' ELSE"
				 " pg_catalog.jsonb_build_object('calendar', u.calendar) END"
				 " || CASE WHEN u.absent_event IS NULL THEN '{}' ELSE"
				 " pg_catalog.jsonb_build_object('window', pg_catalog.jsonb_build_object('since', u.opened_at,"
				 " 'until', u.first_due, 'event', u.absent_event, 'found', NULL)) END"
				 " FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14,"
				 " $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25) AS u(rule_id, wait_id, key, key_name, step, due_at, superseded, mode,"
				 " trigger_kind, trigger_event, trigger_recorded, trigger_row, absent_event, opened_at,"
				 " anchor, first_due, calendar, rule_name, repetition, guard, together, version, acts_at, swept_at, released_at)",
				 SPI_OK_INSERT, params, FIRING_PARAMS + 2);
}

/* Firings that an answer would have prevented, had it been known in time. */
static void
mark_late_answers(const Outcomes *outcomes)
{
	static SPIPlanPtr plan = NULL;
	ArrayParam	params[2] = {0};

	for (int i = 0; i < outcomes->waits.count; i++)
	{
		const LiveWait *wait = &outcomes->waits.waits[i];

		if (wait->wait.end_reason != END_ANSWERED_LATE)
			continue;
		sp_add_bigint(&params[0], wait->wait.wait_id);
		sp_add_instant(&params[1], wait->wait.ended_at);
	}
	if (params[0].count > 0)
		sp_run_write(&plan,
					 "UPDATE pulse_internal.firing AS f SET late_answer_at = u.ended_at"
					 " FROM unnest($1, $2) AS u(wait_id, ended_at)"
					 " WHERE f.wait_id = u.wait_id AND f.due_at > u.ended_at",
					 SPI_OK_UPDATE, params, 2);
}

/* ---- counters ---------------------------------------------------------------- */

typedef struct RuleCounts
{
	int64		waits;
	int64		firings;
	int64		superseded;
	int64		answered;
	int64		late;
} RuleCounts;

static RuleCounts
count_rule(const Outcomes *outcomes, const BoundRule *rule)
{
	RuleCounts	counts = {0};

	for (int i = 0; i < outcomes->waits.count; i++)
	{
		const LiveWait *wait = &outcomes->waits.waits[i];

		if (wait->rule != rule)
			continue;
		counts.waits += wait->is_new;
		counts.answered += wait->wait.end_reason == END_ANSWERED ||
			wait->wait.end_reason == END_UNTIL || wait->wait.end_reason == END_CLEARED;
		counts.late += wait->wait.end_reason == END_ANSWERED_LATE;
	}
	for (int i = 0; i < outcomes->firing_count; i++)
	{
		const LiveFiring *firing = &outcomes->firings[i];

		if (outcomes->waits.waits[firing->wait].rule != rule)
			continue;
		counts.firings++;
		counts.superseded += firing->firing.superseded;
	}
	return counts;
}

static void
write_counters(Sweep *sweep)
{
	static SPIPlanPtr plan = NULL;
	ArrayParam	params[8] = {0};

	for (int i = 0; i < sweep->rule_count; i++)
	{
		const BoundRule *rule = &sweep->rules[i];
		RuleCounts	counts = count_rule(&sweep->outcomes, rule);

		if (rule->events == 0 && counts.firings == 0)
			continue;
		sp_add_int(&params[0], rule->rule_id);
		sp_add_bigint(&params[1], rule->events);
		sp_add_bigint(&params[2], counts.waits);
		sp_add_bigint(&params[3], counts.firings);
		sp_add_bigint(&params[4], counts.superseded);
		sp_add_bigint(&params[5], counts.answered);
		sp_add_bigint(&params[6], counts.late);
		sp_add_instant(&params[7], sweep->now);
	}
	if (params[0].count == 0)
		return;
	sp_run_write(&plan,
				 "INSERT INTO pulse_internal.rule_stat AS s (rule_id, events, waits, firings, superseded,"
				 " answered, answered_late, last_event_at, last_firing_at)"
				 " SELECT u.rule_id, u.events, u.waits, u.firings, u.superseded, u.answered, u.late,"
				 " CASE WHEN u.events > 0 THEN u.swept_at END, CASE WHEN u.firings > 0 THEN u.swept_at END"
				 " FROM unnest($1, $2, $3, $4, $5, $6, $7, $8)"
				 " AS u(rule_id, events, waits, firings, superseded, answered, late, swept_at)"
				 " ON CONFLICT (rule_id) DO UPDATE SET events = s.events + excluded.events,"
				 " waits = s.waits + excluded.waits, firings = s.firings + excluded.firings,"
				 " superseded = s.superseded + excluded.superseded,"
				 " answered = s.answered + excluded.answered,"
				 " answered_late = s.answered_late + excluded.answered_late,"
				 " last_event_at = coalesce(excluded.last_event_at, s.last_event_at),"
				 " last_firing_at = coalesce(excluded.last_firing_at, s.last_firing_at)",
				 SPI_OK_INSERT, params, 8);
}

void
sp_write_outcomes(Sweep *sweep)
{
	assign_wait_ids(&sweep->outcomes);
	write_waits(&sweep->outcomes);
	sp_move_due_floor(sweep);
	write_firings(sweep);
	mark_late_answers(&sweep->outcomes);
	delete_silent_waits(&sweep->outcomes);
	write_used_keys(&sweep->outcomes);
	sp_write_cooldowns(&sweep->outcomes);
	write_counters(sweep);
	sp_write_looks(sweep);
}

/* Rules that failed in this sweep: shown with their reason, run no more. */
void
sp_suspend_rules(const BoundRule *rules, int count)
{
	static SPIPlanPtr plan = NULL;
	ArrayParam	params[2] = {0};

	for (int i = 0; i < count; i++)
	{
		if (rules[i].failure == NULL)
			continue;
		sp_add_int(&params[0], rules[i].rule_id);
		sp_add_text(&params[1], rules[i].failure);
	}
	if (params[0].count > 0)
		sp_run_write(&plan,
					 "UPDATE pulse_internal.rule AS r SET state = 'suspended', reason = u.reason"
					 " FROM unnest($1, $2) AS u(rule_id, reason)"
					 " WHERE r.rule_id = u.rule_id", SPI_OK_UPDATE, params, 2);
}
