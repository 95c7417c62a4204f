/*
 * batch_now.c
 *	  The position of now.
 *
 * The clock is read first, then the writers' locks, then the snapshot.  A writer
 * takes its lock before it reads the clock, and its transaction ends before its
 * lock goes.  So a transaction that the snapshot does not see either held its
 * lock when the locks were read, and its events are not older than the lock, or
 * took it later, and they are not older than the clock.  Invariant: what is not
 * seen was stamped, and will be recorded, no earlier than the least of clock and
 * locks (recorded_floor); the watermark is that, but for writers that have been
 * open longer than max_hold, and never goes back.
 */
#include "base/base.h"

#include "access/transam.h"
#include "access/xact.h"
#include "event/batch_scan.h"
#include "event/writer.h"
#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"

/* Writers that began before this instant have been open too long. */
TimestampTz
sp_max_hold_since(TimestampTz clock)
{
	Interval   *hold = DatumGetIntervalP(DirectFunctionCall3(interval_in,
															 CStringGetDatum(sp_setting("max_hold")),
															 ObjectIdGetDatum(InvalidOid),
															 Int32GetDatum(-1)));

	return clock - hold->day * USECS_PER_DAY - hold->time;
}

static void
read_times(Position *now, TimestampTz least_watermark)
{
	TimestampTz clock = sp_clock();
	TimestampTz hold_since = sp_max_hold_since(clock);
	OpenWriter *writers;
	int			count = sp_open_writers(&writers);

	now->recorded_floor = now->watermark = clock;
	for (int i = 0; i < count; i++)
	{
		now->recorded_floor = Min(now->recorded_floor, writers[i].since);
		if (writers[i].since >= hold_since)
			now->watermark = Min(now->watermark, writers[i].since);
	}
	now->watermark = Max(now->watermark, least_watermark);
	pfree(writers);
}

/* A transaction's number in full; it is not far from the next one. */
static uint64
full_xid(TransactionId xid, FullTransactionId next)
{
	uint64		epoch = EpochFromFullTransactionId(next);

	if (xid > XidFromFullTransactionId(next))
		epoch--;
	return (epoch << 32) | xid;
}

static int
compare_xids(const void *a, const void *b)
{
	uint64		x = *(const uint64 *) a;
	uint64		y = *(const uint64 *) b;

	return x < y ? -1 : x > y;
}

/*
 * Our own transaction, which a snapshot does not list, counts as open: what it
 * writes after this is read by the next batch like anybody's.
 */
static void
read_snapshot(Position *now, Arena *arena)
{
	Snapshot	snapshot = GetActiveSnapshot();
	FullTransactionId next = ReadNextFullTransactionId();
	TransactionId own = GetTopTransactionIdIfAny();

	now->xmax = full_xid(snapshot->xmax, next);
	now->open = arena_alloc(arena, sizeof(uint64) * (snapshot->xcnt + 1));
	now->open_count = 0;
	for (uint32 i = 0; i < snapshot->xcnt; i++)
		now->open[now->open_count++] = full_xid(snapshot->xip[i], next);
	if (TransactionIdIsValid(own) && full_xid(own, next) < now->xmax)
		now->open[now->open_count++] = full_xid(own, next);
	if (now->open_count > 1)
		qsort(now->open, now->open_count, sizeof(uint64), compare_xids);
}

void
sp_position_now(Position *now, TimestampTz least_watermark, Arena *arena)
{
	now->incarnation = sp_incarnation();
	read_times(now, least_watermark);
	PushActiveSnapshot(GetLatestSnapshot());
	read_snapshot(now, arena);
}

PG_FUNCTION_INFO_V1(sp_open_writers_rows);

/* () -> (pid, since, passed): transactions that have written events and are open */
Datum
sp_open_writers_rows(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result;
	TimestampTz hold_since = sp_max_hold_since(sp_clock());
	OpenWriter *writers;
	int			count = sp_open_writers(&writers);

	InitMaterializedSRF(fcinfo, 0);
	result = (ReturnSetInfo *) fcinfo->resultinfo;
	for (int i = 0; i < count; i++)
	{
		Datum		values[3] = {
			Int32GetDatum(writers[i].pid),
			TimestampTzGetDatum(writers[i].since),
			BoolGetDatum(writers[i].since < hold_since)
		};
		bool		nulls[3] = {writers[i].pid == 0, false, false};

		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	return (Datum) 0;
}
