/*
 * live_cooldown.c
 *	  AT MOST ONCE IN d: when a rule last fired for a key.
 *
 * Kept beside the firings, which may be forgotten sooner.  Invariant: fired_at is
 * the latest due time of a first step that was recorded for the key.
 */
#include "rule/live.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "rule/live_param.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

/* In the order of the keys (strcmp). */
void
sp_read_cooldowns(BoundRule *rule, char **keys, int key_count, CooldownList *list)
{
	Oid			types[2] = {INT4OID, TEXTARRAYOID};
	Datum		values[2] = {Int32GetDatum(rule->rule_id), sp_text_array(keys, key_count)};
	MemoryContext caller = CurrentMemoryContext;

	if (SPI_execute_with_args("SELECT c.key, c.fired_at FROM pulse_internal.rule_cooldown AS c"
							  " WHERE c.rule_id = $1 AND c.key = ANY ($2) ORDER BY c.key COLLATE \"C\"",
							  2, types, values, NULL, true, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not read cooldowns");
	MemoryContextSwitchTo(caller);
	list->keys = palloc(sizeof(char *) * (SPI_processed + 1));
	list->fired = palloc(sizeof(Instant) * (SPI_processed + 1));
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		bool		isnull;

		list->keys[list->count] = sp_text_at(i, 1);
		list->fired[list->count++] = DatumGetTimestampTz(sp_datum_at(i, 2, &isnull));
	}
	SPI_freetuptable(SPI_tuptable);
}

/* When it last fired for the key; false: never. */
bool
sp_last_fired(const CooldownList *list, const char *key, Instant *fired)
{
	int			low = 0;
	int			high = list->count;

	while (low < high)
	{
		int			middle = (low + high) / 2;

		if (strcmp(list->keys[middle], key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low >= list->count || strcmp(list->keys[low], key) != 0)
		return false;
	*fired = list->fired[low];
	return true;
}

/* First steps of rules that have a cooldown. */
void
sp_write_cooldowns(const Outcomes *outcomes)
{
	static SPIPlanPtr plan = NULL;
	ArrayParam	params[3] = {0};

	for (int i = 0; i < outcomes->firing_count; i++)
	{
		const EngineFiring *firing = &outcomes->firings[i].firing;
		const LiveWait *wait = &outcomes->waits.waits[outcomes->firings[i].wait];

		if (wait->rule->rule->cooldown.count == 0 || firing->step != 0 || firing->repetition > 1)
			continue;
		sp_add_int(&params[0], wait->rule->rule_id);
		sp_add_text(&params[1], wait->key);
		sp_add_instant(&params[2], firing->due_at);
	}
	if (params[0].count > 0)
		sp_run_write(&plan,
					 "INSERT INTO pulse_internal.rule_cooldown AS c (rule_id, key, fired_at)"
					 " SELECT u.rule_id, u.key, max(u.fired_at) FROM unnest($1, $2, $3) AS u(rule_id, key, fired_at)"
					 " GROUP BY u.rule_id, u.key"
					 " ON CONFLICT (rule_id, key) DO UPDATE SET fired_at = greatest(c.fired_at, excluded.fired_at)",
					 SPI_OK_INSERT, params, 3);
}
