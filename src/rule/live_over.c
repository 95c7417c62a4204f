/*
 * live_over.c
 *	  Waits that were over with their last step, and come back to be withdrawn.
 *
 * A rule that nothing but its own steps ends keeps no wait after the last one.
 * Should it come to light that what was looked for in vain before the trigger
 * (AND NO) was there, its firings tell of the wait, and it is given to the engine
 * again, to end as answered late.  So nobody pays for it but what is withdrawn.
 */
#include "rule/live.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

static bool
is_among(const LiveWait *waits, int count, int64 trigger_event)
{
	for (int i = 0; i < count; i++)
		if (waits[i].wait.trigger_event == trigger_event)
			return true;
	return false;
}

/* Its row may still be there, while a step waits to be acted on. */
static void
take_firings(const EngineWithdrawal *withdrawal, LiveWait *wait)
{
	bool		isnull;
	Datum		tid = sp_datum_at(0, 6, &isnull);

	if (!isnull)
		wait->tid = *(ItemPointer) DatumGetPointer(tid);
	wait->wait = (EngineWait)
	{
		.wait_id = sp_bigint_at(0, 1),.opened_at = withdrawal->trigger_at,
			.trigger_event = withdrawal->trigger_event,.anchor = withdrawal->anchor,
			.next_step = wait->rule->rule->step_count,.due_at = INSTANT_NONE,
			.repeat_since = INSTANT_NONE,.ended_at = INSTANT_NONE,
			.first_due = DatumGetTimestampTz(sp_datum_at(0, 2, &isnull)),
			.previous_due = DatumGetTimestampTz(sp_datum_at(0, 3, &isnull))
	};
	wait->trigger_kind = sp_int_at(0, 4);
	wait->trigger_recorded = DatumGetTimestampTz(sp_datum_at(0, 5, &isnull));
}

/* False: it never fired, so there is nothing to withdraw. */
static bool
read_over_wait(const EngineWithdrawal *withdrawal, LiveWait *wait)
{
	static SPIPlanPtr plan = NULL;
	Oid			types[3] = {INT4OID, TEXTOID, INT8OID};
	Datum		values[3] = {
		Int32GetDatum(wait->rule->rule_id), CStringGetTextDatum(wait->key),
		Int64GetDatum(withdrawal->trigger_event)
	};
	bool		found;

	sp_run_kept(&plan, "SELECT f.wait_id, min(f.due_at), max(f.due_at), min(f.trigger_kind), min(f.trigger_recorded),"
				" (SELECT w.ctid FROM pulse_internal.wait AS w"
				" WHERE w.key = $2 AND w.rule_id = $1 AND w.wait_id = f.wait_id)"
				" FROM pulse_internal.firing AS f"
				" WHERE f.key = $2 AND f.rule_id = $1 AND f.trigger_event = $3 GROUP BY f.wait_id",
				3, types, values);
	found = SPI_processed > 0;
	if (found)
		take_firings(withdrawal, wait);
	SPI_freetuptable(SPI_tuptable);
	return found;
}

/* The open waits of a key, and after them those of its withdrawn triggers that were over. */
const LiveWait *
sp_add_over_waits(BoundRule *rule, const char *key, const EngineInput *input,
				  const LiveWait *open, int *count)
{
	int			open_count = *count;
	LiveWait   *waits;

	if (input->withdrawn_count == 0 || !engine_ends_itself(rule->rule))
		return open;
	waits = palloc(sizeof(LiveWait) * (open_count + input->withdrawn_count));
	if (open_count > 0)
		memcpy(waits, open, sizeof(LiveWait) * open_count);
	for (int i = 0; i < input->withdrawn_count; i++)
	{
		LiveWait	wait = {.rule = rule,.key = key,.sweep_at = INSTANT_NONE};

		if (!is_among(open, open_count, input->withdrawn[i].trigger_event) &&
			read_over_wait(&input->withdrawn[i], &wait))
			waits[(*count)++] = wait;
	}
	return waits;
}
