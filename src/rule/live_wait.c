/*
 * live_wait.c
 *	  Writes the waits of a sweep.
 *
 * A wait that is new and over, and never fired, leaves no row; a stored one that
 * is over before any step came due goes.  So does one whose case is closed in
 * this sweep, since its rule does no more than to tell people.  Others that are
 * over are deleted when their cases are settled (settle_waits).  One that was over and
 * gone, and whose trigger is withdrawn, gets a row again for that.
 */
#include "rule/live.h"
#include "rule/live_table.h"

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

/*
 * Nobody else's state counts for the step, no other case gives way to its own,
 * nobody waits for it, and it only tells people.
 */
bool
sp_acts_at_once(const LiveWait *wait, int step)
{
	const Rule *rule = wait->rule->rule;
	const RuleStep *asked = &rule->steps[step];

	if (strcmp(wait->rule->mode, "live") != 0 || wait->rule->looks_around || asked->guard != GUARD_NONE ||
		asked->together != NULL || asked->daily || (rule->rearm == REARM_ONE_OPEN && engine_ends_itself(rule)))
		return false;
	for (int i = 0; i < asked->action_count; i++)
		if (asked->actions[i].verb > VERB_MAIL)
			return false;
	return true;
}

/* The case of one that is complete may go on (settle_waits). */
static bool
is_settled_here(const Sweep *sweep, const LiveWait *wait)
{
	if (sweep->act == NULL || wait->wait.end_reason == END_NONE || wait->wait.end_reason == END_COMPLETED || is_silent(wait))
		return false;
	for (int i = 0; i < wait->rule->rule->step_count; i++)
		if (strcmp(wait->rule->mode, "live") == 0 && !sp_acts_at_once(wait, i))
			return false;
	return true;
}

static bool
is_written(const LiveWait *wait)
{
	return wait->changed && !is_silent(wait) && !wait->settled;
}

static bool
has_row(const LiveWait *wait)
{
	return ItemPointerIsValid(&wait->tid);
}

static const char *const wait_columns[] = {
	"wait_id", "rule_id", "key", "opened_at", "trigger_kind", "trigger_event", "trigger_recorded",
	"anchor", "next_step", "repetition", "repeat_since", "due_at", "first_due", "previous_due",
	"end_reason", "ended_at", "end_event", "sweep_at"
};

static void
fill_wait(LiveRow *row, const LiveWait *wait)
{
	row->count = 0;
	sp_row_bigint(row, wait->wait.wait_id);
	sp_row_int(row, wait->rule->rule_id);
	sp_row_text(row, wait->key);
	sp_row_instant(row, wait->wait.opened_at);
	sp_row_int(row, wait->is_new ? wait->rule->sources[0].kind_id : wait->trigger_kind);
	sp_row_bigint(row, wait->wait.trigger_event);
	sp_row_instant(row, wait->trigger_recorded);
	sp_row_instant(row, wait->wait.anchor);
	sp_row_int(row, wait->wait.next_step);
	sp_row_int(row, wait->wait.repetition);
	sp_row_instant(row, wait->wait.repeat_since);
	sp_row_instant(row, wait->wait.due_at);
	sp_row_instant(row, wait->wait.first_due);
	sp_row_instant(row, wait->wait.previous_due);
	sp_row_text(row, sp_end_reason_name(wait->wait.end_reason));
	sp_row_instant(row, wait->wait.ended_at);
	sp_row_datum(row, Int64GetDatum(wait->wait.end_event),
				 wait->wait.end_reason == END_NONE || wait->wait.end_reason == END_COMPLETED);
	sp_row_instant(row, wait->wait.due_at != INSTANT_NONE ? wait->wait.due_at : wait->sweep_at);
}

/* New ones get their numbers. */
void
sp_write_waits(Sweep *sweep)
{
	Outcomes   *outcomes = &sweep->outcomes;
	Oid			sequence;
	LiveTable	table;
	LiveRow		row;

	if (outcomes->waits.count == 0)
		return;
	sequence = sp_internal_relid("wait_wait_id_seq", false);
	sp_table_open(&table, "wait", wait_columns, lengthof(wait_columns));
	for (int i = 0; i < outcomes->waits.count; i++)
	{
		LiveWait   *wait = &outcomes->waits.waits[i];

		wait->settled = is_settled_here(sweep, wait);
		if (has_row(wait) || is_silent(wait))
			continue;
		if (wait->is_new)
			wait->wait.wait_id = sp_next_number(sequence);
		if (wait->settled)
			continue;
		fill_wait(&row, wait);
		(void) sp_table_insert(&table, &row);
	}
	for (int i = 0; i < outcomes->waits.count; i++)
	{
		LiveWait   *wait = &outcomes->waits.waits[i];

		if (!has_row(wait))
			continue;
		if (is_silent(wait) || wait->settled)
			sp_table_delete(&table, &wait->tid);
		else if (is_written(wait))
		{
			fill_wait(&row, wait);
			sp_table_update(&table, &wait->tid, &row);
		}
	}
	sp_table_close(&table);
}
