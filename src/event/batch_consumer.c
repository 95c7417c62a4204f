/*
 * batch_consumer.c
 *	  Rows of pulse_internal.consumer: read under a lock, written once per slice.
 *
 * Invariant: while a batch is worked off, the row holds both its ends and the
 * key of the last event whose results are committed; so a crash anywhere goes on
 * from there, and the other session that comes by finds the row locked.
 */
#include "base/base.h"

#include "catalog/pg_type.h"
#include "event/batch.h"
#include "event/batch_consumer.h"
#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#define CONSUMER_COLUMNS \
	"incarnation, snapshot, watermark, recorded_floor," \
	" batch_incarnation, batch_snapshot, batch_watermark, batch_floor," \
	" slice_at, slice_event, name, lanes"

/* A value of a row found, or what stands for NULL. */
static Datum
value_or(HeapTuple found, int column, Datum otherwise)
{
	bool		isnull;
	Datum		value = SPI_getbinval(found, SPI_tuptable->tupdesc, column, &isnull);

	return isnull ? otherwise : value;
}

static void
read_position(HeapTuple found, int first_column, Position *position, Arena *arena)
{
	char	   *snapshot = SPI_getvalue(found, SPI_tuptable->tupdesc, first_column + 1);

	position->incarnation = DatumGetInt32(value_or(found, first_column, Int32GetDatum(0)));
	position->watermark = DatumGetTimestampTz(value_or(found, first_column + 2, Int64GetDatum(0)));
	position->recorded_floor = DatumGetTimestampTz(value_or(found, first_column + 3, Int64GetDatum(0)));
	if (snapshot == NULL || !snapshot_parse(snapshot, arena, position))
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("the position of a consumer cannot be read"),
				 errdetail("Its snapshot is \"%s\".", snapshot == NULL ? "" : snapshot),
				 errhint("Look at pulse_internal.consumer.")));
}

static void
read_row(HeapTuple found, ConsumerRow *row)
{
	read_position(found, 1, &row->span.from, &row->span.arena);
	row->in_batch = DatumGetInt32(value_or(found, 5, Int32GetDatum(0))) != 0;
	if (row->in_batch)
		read_position(found, 5, &row->span.to, &row->span.arena);
	row->slice_at = DatumGetTimestampTz(value_or(found, 9, Int64GetDatum(DT_NOBEGIN)));
	row->slice_event = DatumGetInt64(value_or(found, 10, Int64GetDatum(PG_INT64_MIN)));
	row->lanes = DatumGetInt32(value_or(found, 12, Int32GetDatum(0)));
}

static bool
find_row(const char *name, bool lock, ConsumerRow *row)
{
	Oid			types[] = {TEXTOID};
	Datum		values[] = {CStringGetTextDatum(name)};
	SpSpiScope	scope;
	bool		found;

	sp_spi_begin_as(&scope, sp_owner_role());
	if (SPI_execute_with_args(lock
							  ? "SELECT " CONSUMER_COLUMNS " FROM pulse_internal.consumer WHERE name = $1 FOR UPDATE SKIP LOCKED"
							  : "SELECT " CONSUMER_COLUMNS " FROM pulse_internal.consumer WHERE name = $1",
							  1, types, values, NULL, false, 0) != SPI_OK_SELECT)
		elog(ERROR, "consumer \"%s\" could not be read", name);
	found = SPI_processed > 0;
	if (found)
		read_row(SPI_tuptable->vals[0], row);
	sp_spi_end(&scope);
	return found;
}

void
sp_consumer_wait(const char *name)
{
	Oid			types[] = {TEXTOID};
	Datum		values[] = {CStringGetTextDatum(name)};

	(void) sp_execute_as_owner("SELECT FROM pulse_internal.consumer WHERE name = $1 FOR UPDATE",
							   SPI_OK_SELECT, 1, types, values, NULL);
}

/* Asked before it is made: INSERT would wait for whoever works on the row. */
static bool
consumer_exists(const char *name)
{
	Oid			types[] = {TEXTOID};
	Datum		values[] = {CStringGetTextDatum(name)};

	return sp_execute_as_owner("SELECT FROM pulse_internal.consumer WHERE name = $1",
							   SPI_OK_SELECT, 1, types, values, NULL) > 0;
}

int
sp_consumers(ConsumerRow **rows)
{
	MemoryContext caller = CurrentMemoryContext;
	SpSpiScope	scope;
	int			count;

	sp_spi_begin_as(&scope, sp_owner_role());
	if (SPI_execute("SELECT " CONSUMER_COLUMNS " FROM pulse_internal.consumer ORDER BY name",
					true, 0) != SPI_OK_SELECT)
		elog(ERROR, "consumers could not be read");
	count = SPI_processed;
	*rows = MemoryContextAllocZero(caller, sizeof(ConsumerRow) * Max(count, 1));
	for (int i = 0; i < count; i++)
	{
		HeapTuple	found = SPI_tuptable->vals[i];

		sp_arena_init(&(*rows)[i].span.arena, caller);
		(*rows)[i].span.consumer =
			MemoryContextStrdup(caller, SPI_getvalue(found, SPI_tuptable->tupdesc, 11));
		read_row(found, &(*rows)[i]);
	}
	sp_spi_end(&scope);
	for (int i = 0; i < count; i++)
		if ((*rows)[i].lanes > 0)
			sp_lane_least(&(*rows)[i]);
	return count;
}

/* False: it is there already.  It has consumed what happened before "since". */
static bool
register_consumer(const char *name, TimestampTz since)
{
	Oid			types[] = {TEXTOID, INT4OID, TEXTOID, TIMESTAMPTZOID, TIMESTAMPTZOID};
	Datum		values[5];
	Position	now;
	Arena		arena;
	bool		registered;

	sp_arena_init(&arena, CurrentMemoryContext);
	sp_position_now(&now, DT_NOBEGIN, &arena);
	PopActiveSnapshot();
	values[0] = CStringGetTextDatum(name);
	values[1] = Int32GetDatum(now.incarnation);
	values[2] = CStringGetTextDatum(snapshot_print(&now, &arena));
	values[3] = TimestampTzGetDatum(Min(now.watermark, since));
	values[4] = TimestampTzGetDatum(DT_NOBEGIN);
	registered = sp_execute_as_owner("INSERT INTO pulse_internal.consumer"
									 " (name, incarnation, snapshot, watermark, recorded_floor)"
									 " VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
									 SPI_OK_INSERT, 5, types, values, NULL) > 0;
	arena_free(&arena);
	return registered;
}

bool
sp_batch_register(const char *consumer, TimestampTz since)
{
	if (consumer[0] == '\0' || strlen(consumer) >= NAMEDATALEN)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("invalid name of a consumer: \"%s\"", consumer),
				 errdetail("It is empty or longer than a name may be."),
				 errhint("Type a name of 1 to 63 bytes.")));
	return !consumer_exists(consumer) && register_consumer(consumer, since);
}

static void
begin_row(const char *name, ConsumerRow *row)
{
	memset(row, 0, sizeof(*row));
	row->span.consumer = name;
	sp_arena_init(&row->span.arena, CurrentMemoryContext);
}

bool
sp_consumer_lock(const char *name, ConsumerRow *row)
{
	begin_row(name, row);
	if (find_row(name, true, row))
		return true;
	return sp_batch_register(name, DT_NOEND) && find_row(name, true, row);
}

void
sp_consumer_read(const char *name, ConsumerRow *row)
{
	begin_row(name, row);
	if (!find_row(name, false, row))
		elog(ERROR, "there is no consumer \"%s\"", name);
}

/* The batch is over: its end is the position. */
static void
save_position(const ConsumerRow *row, Datum *values)
{
	static Oid	types[] = {TEXTOID, INT4OID, TEXTOID, TIMESTAMPTZOID, TIMESTAMPTZOID, INT4OID, INT4OID};

	(void) sp_execute_as_owner("UPDATE pulse_internal.consumer"
							   " SET incarnation = $2, snapshot = $3, watermark = $4, recorded_floor = $5,"
							   " batch_incarnation = NULL, batch_snapshot = NULL, batch_watermark = NULL,"
							   " batch_floor = NULL, slice_at = NULL, slice_event = NULL, lanes = NULL,"
							   " batches = batches + 1, events = events + $6, late_events = late_events + $7"
							   " WHERE name = $1",
							   SPI_OK_UPDATE, 7, types, values, NULL);
	sp_remember_leaves(&row->span);
}

static void
save_slice(const ConsumerRow *row, Datum *values)
{
	static Oid	types[] = {TEXTOID, INT4OID, TEXTOID, TIMESTAMPTZOID, TIMESTAMPTZOID, INT4OID, INT4OID,
	TIMESTAMPTZOID, INT8OID, INT4OID};

	values[7] = TimestampTzGetDatum(row->slice_at);
	values[8] = Int64GetDatum(row->slice_event);
	values[9] = Int32GetDatum(row->lanes);
	(void) sp_execute_as_owner("UPDATE pulse_internal.consumer"
							   " SET batch_incarnation = $2, batch_snapshot = $3, batch_watermark = $4,"
							   " batch_floor = $5, slice_at = $8, slice_event = $9, lanes = nullif($10, 0),"
							   " events = events + $6, late_events = late_events + $7"
							   " WHERE name = $1",
							   SPI_OK_UPDATE, 10, types, values, NULL);
}

void
sp_consumer_save(const ConsumerRow *row, bool finished, int events, int late_events)
{
	const Position *to = &row->span.to;
	Arena		arena;
	Datum		values[10];

	sp_arena_init(&arena, CurrentMemoryContext);
	values[0] = CStringGetTextDatum(row->span.consumer);
	values[1] = Int32GetDatum(to->incarnation);
	values[2] = CStringGetTextDatum(snapshot_print(to, &arena));
	values[3] = TimestampTzGetDatum(to->watermark);
	values[4] = TimestampTzGetDatum(to->recorded_floor);
	values[5] = Int32GetDatum(events);
	values[6] = Int32GetDatum(late_events);
	if (finished)
		save_position(row, values);
	else
		save_slice(row, values);
	arena_free(&arena);
}
