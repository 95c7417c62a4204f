/*
 * live_write.c
 *	  Writes what came of a sweep: rows in bulk, or a statement with arrays.
 *
 * Order: new waits get their ids, waits are written, then firings.  All as
 * pulse_owner.
 */
#include "rule/live_param.h"
#include "rule/live_table.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

/* ---- keys ------------------------------------------------------------------- */

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

static const char *const firing_columns[] = {
	"firing_id", "rule_id", "wait_id", "key", "key_name", "step", "repetition", "due_at", "swept_at",
	"released_at", "superseded", "mode", "guard", "together", "trigger_kind", "trigger_event",
	"trigger_recorded", "version", "acts_at", "evidence"
};

/* A step that says ONCE A DAY waits for the time of its digest. */
static Instant
digest_time(const RuleStep *step, TimestampTz now)
{
	return step->daily ? sp_next_minute(now, step->daily_at) : INSTANT_NONE;
}

/* Nobody will act on it any more: it is released as it is written, not by an update. */
static bool
is_done(const LiveWait *wait, const LiveFiring *firing)
{
	return firing->acted || firing->firing.superseded || strcmp(wait->rule->mode, "live") != 0;
}

static void
fill_firing(LiveRow *row, const LiveWait *wait, const LiveFiring *live, TimestampTz now)
{
	const EngineFiring *firing = &live->firing;
	const RuleStep *step = &wait->rule->rule->steps[firing->step];

	row->count = 0;
	sp_row_bigint(row, live->firing_id);
	sp_row_int(row, wait->rule->rule_id);
	sp_row_bigint(row, wait->wait.wait_id);
	sp_row_text(row, wait->key);
	sp_row_text(row, wait->rule->key_name);
	sp_row_int(row, firing->step);
	sp_row_int(row, firing->repetition);
	sp_row_instant(row, firing->due_at);
	sp_row_instant(row, now);
	sp_row_instant(row, is_done(wait, live) ? now : INSTANT_NONE);
	sp_row_bool(row, firing->superseded);
	sp_row_text(row, wait->rule->mode);
	sp_row_text(row, lang_guard_name(step->guard));
	sp_row_text(row, step->together);
	sp_row_int(row, wait->rule->sources[0].kind_id);
	sp_row_bigint(row, wait->wait.trigger_event);
	sp_row_instant(row, wait->trigger_recorded);
	sp_row_int(row, wait->rule->version);
	sp_row_instant(row, digest_time(step, now));
	sp_row_datum(row, sp_evidence(wait, live->told), false);
}

static void
number_firings(Outcomes *outcomes)
{
	Oid			sequence = sp_internal_relid("firing_firing_id_seq", false);

	for (int i = 0; i < outcomes->firing_count; i++)
		outcomes->firings[i].firing_id = sp_next_number(sequence);
}

/* What is acted on here is done when it is written. */
static void
write_firings(Sweep *sweep)
{
	Outcomes   *outcomes = &sweep->outcomes;
	MemoryContext rows;
	LiveTable	table;
	LiveRow		row;

	number_firings(outcomes);
	if (sweep->act != NULL)
		sweep->act(sweep);
	if (outcomes->firing_count == 0)
		return;
	rows = AllocSetContextCreate(CurrentMemoryContext, "firings", ALLOCSET_DEFAULT_SIZES);
	sp_table_open(&table, "firing", firing_columns, lengthof(firing_columns));
	for (int i = 0; i < outcomes->firing_count; i++)
	{
		const LiveFiring *firing = &outcomes->firings[i];
		MemoryContext caller = MemoryContextSwitchTo(rows);

		fill_firing(&row, &outcomes->waits.waits[firing->wait], firing, sweep->now);
		MemoryContextSwitchTo(caller);
		if (sp_table_insert(&table, &row))
			MemoryContextReset(rows);
	}
	sp_table_close(&table);
	MemoryContextDelete(rows);
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
	sp_write_waits(sweep);
	sp_move_due_floor(sweep);
	write_firings(sweep);
	mark_late_answers(&sweep->outcomes);
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
