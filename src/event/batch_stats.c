/*
 * batch_stats.c
 *	  How many events wait for each consumer.
 *
 * Counted, not estimated: the cost is that of reading the backlog's headers.
 */
#include "base/base.h"

#include "event/batch_consumer.h"
#include "event/batch_core.h"
#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"

#define NO_INCARNATION	INT16_MAX	/* later than all: sees all that is
									 * committed */

typedef struct PendingCount
{
	const ConsumerRow *row;
	KindTable  *kinds;
	int64	   *pending;
	int			kind_count;
} PendingCount;

/* A batch in work has consumed what lies before the key of its last slice. */
static bool
is_behind_slice(const ConsumerRow *row, const EventHeader *header)
{
	if (header->at != row->slice_at)
		return header->at < row->slice_at;
	return header->event_id <= row->slice_event;
}

static void
count_event(void *context, int32 kind_id, const EventHeader *header)
{
	PendingCount *count = context;
	const ConsumerRow *row = count->row;

	if (row->in_batch && is_behind_slice(row, header) &&
		position_consumed(&row->span.to, header->txid, header->at))
		return;
	for (int i = 0; i < count->kind_count; i++)
		if (count->kinds[i].kind_id == kind_id)
			count->pending[i]++;
}

static void
put_counts(ReturnSetInfo *result, const PendingCount *count)
{
	for (int i = 0; i < count->kind_count; i++)
	{
		Datum		values[3] = {
			CStringGetTextDatum(count->row->span.consumer),
			Int32GetDatum(count->kinds[i].kind_id),
			Int64GetDatum(count->pending[i])
		};
		bool		nulls[3] = {false, false, false};

		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
}

PG_FUNCTION_INFO_V1(sp_pending_events);

/* () -> (consumer, kind_id, pending) */
Datum
sp_pending_events(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result;
	ConsumerRow *rows;
	int			consumers = sp_consumers(&rows);
	PendingCount count = {0};

	InitMaterializedSRF(fcinfo, 0);
	result = (ReturnSetInfo *) fcinfo->resultinfo;
	count.kind_count = sp_kind_tables(&count.kinds);
	for (int i = 0; i < consumers; i++)
	{
		BatchSpan	span = rows[i].span;

		span.to = (Position)
		{
			.incarnation = NO_INCARNATION,.watermark = DT_NOEND
		};
		count.row = &rows[i];
		count.pending = palloc0(sizeof(int64) * Max(count.kind_count, 1));
		sp_scan_span(&span, DT_NOBEGIN, count_event, &count);
		put_counts(result, &count);
		pfree(count.pending);
	}
	return (Datum) 0;
}
