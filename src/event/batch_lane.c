/*
 * batch_lane.c
 *	  Lanes: a batch that several sessions work off, each from its own slice on.
 *
 * Whoever holds the row of a lane works for it.  Lanes are made and taken away by
 * a session that holds the consumer's row and, to take them away, all of theirs.
 * Invariant: while a consumer has lanes its batch stands still, and each lane's
 * row has the key of the last event whose results in this lane are committed.
 */
#include "base/base.h"

#include "catalog/pg_type.h"
#include "event/batch.h"
#include "event/batch_consumer.h"
#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

/* one that this session has a run in memory for is taken first */
static int	last_lane = 0;

static void
read_lane(uint64 number, ConsumerRow *row)
{
	HeapTuple	found = SPI_tuptable->vals[number];
	TupleDesc	desc = SPI_tuptable->tupdesc;
	bool		isnull;

	row->lane = DatumGetInt32(SPI_getbinval(found, desc, 1, &isnull));
	row->slice_at = DatumGetTimestampTz(SPI_getbinval(found, desc, 2, &isnull));
	row->slice_event = DatumGetInt64(SPI_getbinval(found, desc, 3, &isnull));
}

bool
sp_lane_lock(const char *name, ConsumerRow *row)
{
	Oid			types[] = {TEXTOID, INT4OID};
	Datum		values[] = {CStringGetTextDatum(name), Int32GetDatum(last_lane)};
	ConsumerRow found = {0};
	SpSpiScope	scope;
	bool		any;

	sp_spi_begin_as(&scope, sp_owner_role());
	if (SPI_execute_with_args("SELECT l.lane, l.slice_at, l.slice_event FROM pulse_internal.consumer_lane AS l"
							  " WHERE l.consumer = $1 AND NOT l.finished ORDER BY l.lane <> $2, l.lane"
							  " FOR UPDATE SKIP LOCKED LIMIT 1",
							  2, types, values, NULL, false, 0) != SPI_OK_SELECT)
		elog(ERROR, "lanes of consumer \"%s\" could not be read", name);
	any = SPI_processed > 0;
	if (any)
		read_lane(0, &found);
	sp_spi_end(&scope);
	if (!any)
		return false;
	sp_consumer_read(name, row);	/* after the lock: it can't change now */
	row->lane = last_lane = found.lane;
	row->slice_at = found.slice_at;
	row->slice_event = found.slice_event;
	return true;
}

/* rows: the consumer's, once for each */
int
sp_lane_wait_all(const char *name, ConsumerRow *rows, int room)
{
	Oid			types[] = {TEXTOID};
	Datum		values[] = {CStringGetTextDatum(name)};
	SpSpiScope	scope;
	int			count;

	sp_spi_begin_as(&scope, sp_owner_role());
	if (SPI_execute_with_args("SELECT l.lane, l.slice_at, l.slice_event FROM pulse_internal.consumer_lane AS l"
							  " WHERE l.consumer = $1 ORDER BY l.lane FOR UPDATE",
							  1, types, values, NULL, false, 0) != SPI_OK_SELECT)
		elog(ERROR, "lanes of consumer \"%s\" could not be read", name);
	count = (int) SPI_processed;
	if (count != room)
		elog(ERROR, "consumer \"%s\" has %d lanes, not %d", name, count, room);
	for (int i = 0; i < count; i++)
		read_lane(i, &rows[i]);
	sp_spi_end(&scope);
	return count;
}

/* Which of several is least far, for who looks on. */
void
sp_lane_least(ConsumerRow *row)
{
	Oid			types[] = {TEXTOID};
	Datum		values[] = {CStringGetTextDatum(row->span.consumer)};
	SpSpiScope	scope;

	sp_spi_begin_as(&scope, sp_owner_role());
	if (SPI_execute_with_args("SELECT l.lane, l.slice_at, l.slice_event FROM pulse_internal.consumer_lane AS l"
							  " WHERE l.consumer = $1 ORDER BY l.slice_at, l.slice_event LIMIT 1",
							  1, types, values, NULL, true, 0) != SPI_OK_SELECT)
		elog(ERROR, "lanes of consumer \"%s\" could not be read", row->span.consumer);
	if (SPI_processed > 0)
		read_lane(0, row);
	sp_spi_end(&scope);
}

bool
sp_lane_join(ConsumerRow *row)
{
	Oid			types[] = {TEXTOID, INT4OID};
	Datum		values[] = {CStringGetTextDatum(row->span.consumer), Int32GetDatum(row->lanes)};
	SpSpiScope	scope;
	int			events = 0;
	int			late_events = 0;
	bool		over;

	/* each lane reads all events, so one of them counts */
	sp_spi_begin_as(&scope, sp_owner_role());
	if (SPI_execute_with_args("WITH through AS MATERIALIZED (SELECT l.* FROM pulse_internal.consumer_lane AS l"
							  "  WHERE l.consumer = $1 AND l.finished FOR UPDATE SKIP LOCKED),"
							  " gone AS (DELETE FROM pulse_internal.consumer_lane AS l"
							  "  WHERE l.consumer = $1 AND (SELECT count(*) FROM through) = $2"
							  "  RETURNING l.lane, l.events, l.late_events)"
							  " SELECT g.events::int, g.late_events::int FROM gone AS g WHERE g.lane = 0",
							  2, types, values, NULL, false, 0) != SPI_OK_SELECT)
		elog(ERROR, "lanes of consumer \"%s\" could not be joined", row->span.consumer);
	over = SPI_processed > 0;
	if (over)
	{
		bool		isnull;

		events = DatumGetInt32(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull));
		late_events = DatumGetInt32(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 2, &isnull));
	}
	sp_spi_end(&scope);
	if (!over)
		return false;
	sp_consumer_save(row, true, events, late_events);
	row->span.from = row->span.to;
	row->in_batch = false;
	row->slice_at = DT_NOBEGIN;
	row->slice_event = PG_INT64_MIN;
	row->lanes = 0;
	return true;
}

void
sp_lane_split(ConsumerRow *row, int lanes)
{
	Oid			types[] = {TEXTOID, INT4OID, TIMESTAMPTZOID, INT8OID};
	Datum		values[4];

	row->lanes = lanes;
	sp_consumer_save(row, false, 0, 0);
	values[0] = CStringGetTextDatum(row->span.consumer);
	values[1] = Int32GetDatum(lanes);
	values[2] = TimestampTzGetDatum(row->slice_at);
	values[3] = Int64GetDatum(row->slice_event);
	(void) sp_execute_as_owner("INSERT INTO pulse_internal.consumer_lane (consumer, lane, slice_at, slice_event)"
							   " SELECT $1, g, $3, $4 FROM pg_catalog.generate_series(0, $2 - 1) AS g",
							   SPI_OK_INSERT, 4, types, values, NULL);
}

void
sp_lane_save(const ConsumerRow *row, bool finished, int events, int late_events)
{
	static Oid	types[] = {TEXTOID, INT4OID, TIMESTAMPTZOID, INT8OID, BOOLOID, INT4OID, INT4OID};
	Datum		values[] = {
		CStringGetTextDatum(row->span.consumer), Int32GetDatum(row->lane),
		TimestampTzGetDatum(row->slice_at), Int64GetDatum(row->slice_event), BoolGetDatum(finished),
		Int32GetDatum(events), Int32GetDatum(late_events)
	};

	(void) sp_execute_as_owner("UPDATE pulse_internal.consumer_lane"
							   " SET slice_at = $3, slice_event = $4, finished = $5,"
							   " events = events + $6, late_events = late_events + $7"
							   " WHERE consumer = $1 AND lane = $2",
							   SPI_OK_UPDATE, 7, types, values, NULL);
}
