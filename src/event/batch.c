/*
 * batch.c
 *	  Slices of batches: sp_batch_next() and sp_batch_done().
 *
 * A batch is read and sorted into a run of at most maintenance_work_mem, which
 * the session keeps while it works off slices of it; a larger batch takes a run
 * after another, a session that takes over reads the first one again.  A run
 * follows from the two positions and the events alone, so it stays good
 * whatever becomes of the transaction that filled it.  Lanes of a batch go through
 * the same runs.  Invariant: a run is used only for the span it was filled for.
 */
#include "base/base.h"

#include "access/xact.h"
#include "event/batch.h"
#include "event/batch_consumer.h"
#include "event/batch_core.h"
#include "event/writer.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#define LEAST_RUN	1000

typedef struct SessionRun
{
	MemoryContext context;		/* holds this struct and the rest */
	char	   *consumer;
	char	   *span;			/* its two positions, as text */
	uint64		kind_changes;
	TimestampTz late_before;	/* the old watermark */
	Run			run;
	struct SessionRun *next;
} SessionRun;

/* What sp_batch_done() has to know. */
typedef struct BatchState
{
	ConsumerRow row;
	TimestampTz high;			/* as it was offered */
} BatchState;

static SessionRun *session_runs = NULL;

static void *
resize_run(void *context, void *memory, size_t size)
{
	if (memory == NULL)
		return MemoryContextAllocHuge((MemoryContext) context, size);
	return repalloc_huge(memory, size);
}

static char *
span_text(BatchSpan *span)
{
	return psprintf("%d %s " INT64_FORMAT " " INT64_FORMAT " %d %s " INT64_FORMAT,
					span->from.incarnation, snapshot_print(&span->from, &span->arena),
					span->from.watermark, span->from.recorded_floor,
					span->to.incarnation, snapshot_print(&span->to, &span->arena),
					span->to.watermark);
}

static void
drop_session_run(const char *consumer)
{
	for (SessionRun **link = &session_runs; *link != NULL; link = &(*link)->next)
	{
		SessionRun *old = *link;

		if (strcmp(old->consumer, consumer) != 0)
			continue;
		*link = old->next;
		MemoryContextDelete(old->context);
		return;
	}
}

static size_t
run_limit(int max_events)
{
	size_t		limit = (size_t) maintenance_work_mem * 1024 / (sizeof(RunEvent) * 3 / 2);

	return Max(limit, Max((size_t) max_events, LEAST_RUN));
}

static void
add_to_run(void *context, int32 kind_id, const EventHeader *header)
{
	SessionRun *filled = context;
	RunEvent	event = {
		.at = header->at,
		.event_id = header->event_id,
		.recorded = header->recorded,
		.kind_id = kind_id,
		.late = header->at < filled->late_before
	};

	run_add(&filled->run, &event);
}

/* Reads by the active snapshot. */
static Run *
fill_session_run(ConsumerRow *row, const char *span, int max_events)
{
	uint64		kind_changes = sp_kind_changes();
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "salespulse batch",
												  ALLOCSET_DEFAULT_SIZES);
	SessionRun *result = MemoryContextAllocZero(context, sizeof(SessionRun));

	result->context = context;
	result->consumer = MemoryContextStrdup(context, row->span.consumer);
	result->span = MemoryContextStrdup(context, span);
	result->kind_changes = kind_changes;
	result->late_before = row->span.from.watermark;
	run_begin(&result->run, run_limit(max_events), row->slice_at, row->slice_event,
			  resize_run, context);
	sp_scan_span(&row->span, row->slice_at, add_to_run, result);
	run_end(&result->run);

	/* from here nothing can fail */
	MemoryContextSetParent(context, TopMemoryContext);
	result->next = session_runs;
	session_runs = result;
	return &result->run;
}

static Run *
find_session_run(const ConsumerRow *row, const char *span)
{
	for (SessionRun *found = session_runs; found != NULL; found = found->next)
		if (strcmp(found->consumer, row->span.consumer) == 0)
			return strcmp(found->span, span) == 0 &&
				found->kind_changes == sp_kind_changes() &&
				run_covers(&found->run, row->slice_at, row->slice_event) ? &found->run : NULL;
	return NULL;
}

/* The run that what follows the last slice is read from. */
static Run *
get_run(ConsumerRow *row, int max_events)
{
	char	   *span;
	Run		   *run;

	if (!row->in_batch)			/* leaves the snapshot active */
		sp_position_now(&row->span.to, row->span.from.watermark, &row->span.arena);
	else
		PushActiveSnapshot(GetLatestSnapshot());
	span = span_text(&row->span);
	run = find_session_run(row, span);
	if (run == NULL)
	{
		drop_session_run(row->span.consumer);
		run = fill_session_run(row, span, max_events);
	}
	PopActiveSnapshot();
	return run;
}

/* up to where due times were swept */
static TimestampTz
swept_until(const ConsumerRow *row)
{
	TimestampTz low = Max(row->span.from.watermark, row->slice_at);

	return row->lanes > 0 ? Min(low, row->span.to.watermark) : low;
}

static void
fill_batch(Batch *batch, const ConsumerRow *row, const Run *run, int max_events)
{
	size_t		first = run_seek(run, row->slice_at, row->slice_event);
	size_t		left = run->count - first;

	batch->event_count = Min(left, (size_t) max_events);
	batch->more = run->cut || left > batch->event_count;
	batch->events = palloc(sizeof(BatchEvent) * Max(batch->event_count, 1));
	batch->recorded_since = DT_NOEND;
	for (int i = 0; i < batch->event_count; i++)
	{
		const RunEvent *event = &run->events[first + i];

		batch->events[i].at = event->at;
		batch->events[i].event_id = event->event_id;
		batch->events[i].kind_id = event->kind_id;
		batch->events[i].late = event->late;
		batch->recorded_since = Min(batch->recorded_since, event->recorded);
	}

	/* what follows the slice is not before its last event */
	batch->low = swept_until(row);
	batch->lane = row->lane;
	batch->lanes = row->lanes;
	batch->high = batch->more ? Max(batch->low, batch->events[batch->event_count - 1].at)
		: row->span.to.watermark;
}

static void
check_caller(int max_events)
{
	if (max_events <= 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the number of events must be positive"),
				 errdetail("Got %d.", max_events),
				 errhint("Type 10000 to work in slices of ten thousand events.")));
	if (IsolationUsesXactSnapshot())
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TRANSACTION_STATE),
				 errmsg("events cannot be read under this isolation level"),
				 errdetail("A batch is bounded by the clock, the locks of writers and a snapshot taken"
						   " in this order; the snapshot of this transaction is older."),
				 errhint("Type BEGIN ISOLATION LEVEL READ COMMITTED.")));
}

/* A lane that has read all of its batch needs none. */
static const Run *
run_of(ConsumerRow *row, int max_events)
{
	static const Run nothing = {0};

	return row->lanes > 0 && TIMESTAMP_IS_NOEND(row->slice_at) ? &nothing : get_run(row, max_events);
}

/* The consumer, where its batch is not shared out, or a lane. */
static bool
lock_work(const char *consumer, ConsumerRow *row, bool *joined)
{
	ConsumerRow lane;
	bool		whole = sp_consumer_lock(consumer, row);

	*joined = false;
	if (whole && row->lanes == 0)
		return true;
	if (sp_lane_lock(consumer, &lane))
	{
		*row = lane;
		return true;
	}
	*joined = whole && sp_lane_join(row);
	return *joined;
}

/* A lane makes something of its part of what it reads. */
static int
lane_slice(const ConsumerRow *row, int max_events)
{
	return row->lanes == 0 ? max_events : (int) Min((int64) max_events * row->lanes, PG_INT32_MAX);
}

bool
sp_batch_next(const char *consumer, int max_events, Batch *batch)
{
	BatchState *state = palloc0(sizeof(BatchState));

	check_caller(max_events);
	memset(batch, 0, sizeof(*batch));
	(void) sp_incarnation();
	if (!lock_work(consumer, &state->row, &batch->joined))
		return false;
	state->row.span.consumer = batch->consumer = pstrdup(consumer);
	max_events = lane_slice(&state->row, max_events);
	fill_batch(batch, &state->row, run_of(&state->row, max_events), max_events);
	state->high = batch->high;
	batch->private_state = state;
	return true;
}

void
sp_batch_split(Batch *batch, int lanes)
{
	BatchState *state = batch->private_state;

	if (batch->lanes > 0 || lanes < 1)
		elog(ERROR, "the batch of consumer \"%s\" cannot be shared out", batch->consumer);
	sp_lane_split(&state->row, lanes);
	batch->private_state = NULL;
}

static void
fill_held(const char *consumer, ConsumerRow *row, Batch *batch)
{
	BatchState *state = palloc0(sizeof(BatchState));

	state->row = *row;
	memset(batch, 0, sizeof(*batch));
	batch->consumer = pstrdup(consumer);
	batch->low = batch->high = swept_until(row);
	batch->recorded_since = DT_NOEND;
	batch->lane = row->lane;
	batch->lanes = row->lanes;
	batch->private_state = state;
}

int
sp_batch_hold(const char *consumer, Batch **batches)
{
	ConsumerRow row;
	ConsumerRow *rows = &row;
	int			count = 1;

	check_caller(1);
	sp_consumer_wait(consumer);
	if (!sp_consumer_lock(consumer, &row))
		elog(ERROR, "consumer \"%s\" could not be locked", consumer);
	if (row.lanes > 0)
	{
		rows = palloc(sizeof(ConsumerRow) * row.lanes);
		for (int i = 0; i < row.lanes; i++)
			rows[i] = row;
		count = sp_lane_wait_all(consumer, rows, row.lanes);
	}
	*batches = palloc(sizeof(Batch) * count);
	for (int i = 0; i < count; i++)
		fill_held(consumer, &rows[i], &(*batches)[i]);
	return count;
}

bool
sp_batch_consumed(const Batch *batch, int64 txid, TimestampTz at, int64 event_id)
{
	const ConsumerRow *row = &((const BatchState *) batch->private_state)->row;

	if (position_consumed(&row->span.from, txid, at))
		return true;
	return row->in_batch && position_consumed(&row->span.to, txid, at) &&
		(at < row->slice_at || (at == row->slice_at && event_id <= row->slice_event));
}

/* How many of the slice are consumed: all, unless the consumer lowered "high". */
static int
count_consumed(const Batch *batch, bool lowered, int *late)
{
	int			count = 0;

	*late = 0;
	while (count < batch->event_count &&
		   (!lowered || batch->events[count].late || batch->events[count].at < batch->high))
		*late += batch->events[count++].late;
	return count;
}

void
sp_batch_done(Batch *batch)
{
	BatchState *state = batch->private_state;
	TimestampTz high = Max(batch->high, batch->low);
	bool		lowered = high < state->high;
	bool		finished = !batch->more && !lowered;
	int			late;
	int			count = count_consumed(batch, lowered, &late);

	if (lowered && high > state->row.slice_at)
	{
		/* late events, being the first, lie in this slice or before it */
		state->row.slice_at = high;
		state->row.slice_event = PG_INT64_MIN;
	}
	else if (!lowered && count > 0)
	{
		state->row.slice_at = batch->events[count - 1].at;
		state->row.slice_event = batch->events[count - 1].event_id;
	}
	if (state->row.lanes == 0)
		sp_consumer_save(&state->row, finished, count, late);
	else
	{
		if (finished)
			state->row.slice_at = DT_NOEND;
		sp_lane_save(&state->row, finished && !batch->lingers, count, late);
	}
	if (finished && state->row.lanes == 0)	/* another lane may want it */
		drop_session_run(batch->consumer);
	batch->private_state = NULL;
}
