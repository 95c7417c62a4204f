/*
 * incarnation.c
 *	  Which cluster and database the events' transaction numbers belong to.
 *
 * An incarnation is a pair of system identifier and database oid.  A copy or a
 * restore lives under another pair: numbers of transactions start anew there,
 * and nobody has said yet that it may send.  So the first write or tick that
 * finds another pair than the newest row's begins the next incarnation, with
 * delivery held.  Invariant: the cache below holds the newest row of
 * pulse_internal.incarnation as of "incarnation_changes".
 */
#include "base/base.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/xlog.h"
#include "catalog/pg_type.h"
#include "event/writer.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/inval.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

typedef struct Incarnation
{
	int32		number;			/* 0: none yet */
	int64		system_identifier;
	Oid			database;
	bool		delivery_held;
} Incarnation;

static SpWatchedTable incarnation_table = {.table_name = "incarnation"};
static Incarnation newest;
static bool newest_is_known = false;
static uint64 incarnation_changes;

static void
read_incarnation(HeapTuple tuple, TupleDesc desc, Incarnation *result)
{
	bool		isnull;

	result->number = DatumGetInt32(heap_getattr(tuple, 1, desc, &isnull));
	result->system_identifier = DatumGetInt64(heap_getattr(tuple, 2, desc, &isnull));
	result->database = DatumGetObjectId(heap_getattr(tuple, 3, desc, &isnull));
	result->delivery_held = DatumGetBool(heap_getattr(tuple, 5, desc, &isnull));
}

/* By a scan that sees the newest state whatever the caller's isolation level. */
static void
load_newest(void)
{
	Relation	rel = table_open(sp_watched_relid(&incarnation_table), AccessShareLock);
	uint64		changes = incarnation_table.changes;
	SysScanDesc scan = systable_beginscan(rel, InvalidOid, false, NULL, 0, NULL);
	Incarnation found = {0};
	HeapTuple	tuple;

	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Incarnation one;

		read_incarnation(tuple, RelationGetDescr(rel), &one);
		if (one.number > found.number)
			found = one;
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	newest = found;
	newest_is_known = true;
	incarnation_changes = changes;
}

static const Incarnation *
newest_incarnation(void)
{
	if (!newest_is_known || incarnation_changes != incarnation_table.changes)
		load_newest();
	return &newest;
}

static bool
is_here(const Incarnation *incarnation)
{
	return incarnation->database == MyDatabaseId &&
		incarnation->system_identifier == (int64) GetSystemIdentifier();
}

/* Two that begin it at once agree: the second waits for the first. */
static void
begin_incarnation(int32 number)
{
	Oid			types[] = {INT4OID, INT8OID, OIDOID, TIMESTAMPTZOID, BOOLOID};
	Datum		values[] = {
		Int32GetDatum(number),
		Int64GetDatum((int64) GetSystemIdentifier()),
		ObjectIdGetDatum(MyDatabaseId),
		TimestampTzGetDatum(GetCurrentTimestamp()),
		BoolGetDatum(number > 1)
	};

	(void) sp_execute_as_owner("INSERT INTO pulse_internal.incarnation"
							   " (number, system_identifier, database, began_at, delivery_held)"
							   " VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
							   SPI_OK_INSERT, lengthof(types), types, values, NULL);
	load_newest();
}

int
sp_incarnation(void)
{
	const Incarnation *incarnation = newest_incarnation();

	while (!is_here(incarnation))
	{
		begin_incarnation(incarnation->number + 1);
		incarnation = newest_incarnation();
	}
	return incarnation->number;
}

PG_FUNCTION_INFO_V1(sp_begin_incarnation);
PG_FUNCTION_INFO_V1(sp_delivery_held);
PG_FUNCTION_INFO_V1(sp_delivery_identity);

Datum
sp_begin_incarnation(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(sp_incarnation());
}

/* A copy in which nothing has happened yet is held as well. */
Datum
sp_delivery_held(PG_FUNCTION_ARGS)
{
	const Incarnation *incarnation;

	AcceptInvalidationMessages();	/* a statement that takes no lock hears
									 * nothing */
	incarnation = newest_incarnation();
	PG_RETURN_BOOL(incarnation->number > 0 &&
				   (incarnation->delivery_held || !is_here(incarnation)));
}

Datum
sp_delivery_identity(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(cstring_to_text(psprintf(UINT64_FORMAT "/%u", GetSystemIdentifier(),
											  MyDatabaseId)));
}
