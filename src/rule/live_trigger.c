/*
 * live_trigger.c
 *	  The rows of the events behind what fired: the first part of its evidence.
 */
#include "rule/live.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

/* The triggers of what fired, as parameters: ids, their span, that of arrival. */
static int
triggers_of_fired(const Outcomes *outcomes, Datum *values)
{
	Datum	   *ids = palloc(sizeof(Datum) * Max(outcomes->waits.count, 1));
	int64		least = PG_INT64_MAX;
	int64		greatest = PG_INT64_MIN;
	TimestampTz since = DT_NOEND;
	TimestampTz until = DT_NOBEGIN;
	int			count = 0;

	for (int i = 0; i < outcomes->waits.count; i++)
	{
		const LiveWait *wait = &outcomes->waits.waits[i];

		if (!wait->fired)
			continue;
		ids[count++] = Int64GetDatum(wait->wait.trigger_event);
		least = Min(least, wait->wait.trigger_event);
		greatest = Max(greatest, wait->wait.trigger_event);
		since = Min(since, wait->trigger_recorded);
		until = Max(until, wait->trigger_recorded);
	}
	values[0] = PointerGetDatum(construct_array(ids, count, INT8OID, 8, true, TYPALIGN_DOUBLE));
	values[1] = Int64GetDatum(least);
	values[2] = Int64GetDatum(greatest);
	values[3] = TimestampTzGetDatum(since);
	values[4] = TimestampTzGetDatum(until);
	return count;
}

typedef struct TriggerRow
{
	int64		event_id;
	Jsonb	   *json;
} TriggerRow;

static int
compare_trigger_rows(const void *a, const void *b)
{
	const TriggerRow *x = a;
	const TriggerRow *y = b;

	return (x->event_id > y->event_id) - (x->event_id < y->event_id);
}

static void
hand_out_trigger_rows(Outcomes *outcomes, TriggerRow *rows, int count)
{
	qsort(rows, count, sizeof(TriggerRow), compare_trigger_rows);
	for (int i = 0; i < outcomes->waits.count; i++)
	{
		LiveWait   *wait = &outcomes->waits.waits[i];
		TriggerRow	sought = {wait->wait.trigger_event, NULL};
		TriggerRow *found;

		if (!wait->fired)
			continue;
		found = bsearch(&sought, rows, count, sizeof(TriggerRow), compare_trigger_rows);
		if (found != NULL)
			wait->trigger_row = found->json;
	}
}

/* The trigger rows of all waits that fired: the first part of their evidence. */
void
sp_read_trigger_rows(BoundRule *rule, Outcomes *outcomes)
{
	Oid			types[5] = {INT8ARRAYOID, INT8OID, INT8OID, TIMESTAMPTZOID, TIMESTAMPTZOID};
	MemoryContext context = CurrentMemoryContext;
	Oid			relid = rule->sources[0].relid;
	Datum		values[5];
	SpSpiScope	scope;
	TriggerRow *rows;
	int			count;

	count = triggers_of_fired(outcomes, values);
	if (count == 0)
		return;
	sp_begin_as_author(&scope, rule);
	sp_run_query(psprintf("SELECT e.event_id, pg_catalog.to_jsonb(e) FROM %s AS e"
						  " WHERE e.recorded BETWEEN $4 AND $5 AND%s",
						  sp_relation_name(relid), sp_among_ids(values, count)),
				 5, types, values);
	rows = MemoryContextAllocHuge(context, sizeof(TriggerRow) * (SPI_processed + 1));
	count = (int) SPI_processed;
	for (int i = 0; i < count; i++)
	{
		rows[i].event_id = sp_bigint_at(i, 1);
		rows[i].json = sp_copy_jsonb(context, SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 2);
	}
	sp_spi_end(&scope);
	hand_out_trigger_rows(outcomes, rows, count);
}
