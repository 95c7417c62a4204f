/*
 * leaf_move.c
 *	  Moves rows out of the default leaf into the leaf of their month.
 *
 * A row is the same event before and after: triggers, which may count rows, do
 * not hear of it, and its id and transaction stay, so that no reader sees it
 * twice or never.  The caller holds the default leaf exclusively, and nobody
 * else knows the new leaf yet; its indexes are built when it is attached.
 */
#include "base/base.h"

#include "access/heapam.h"
#include "access/table.h"
#include "access/tupconvert.h"
#include "access/xact.h"
#include "event/batch_scan.h"
#include "event/event.h"
#include "event/leaf.h"
#include "executor/tuptable.h"
#include "miscadmin.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

static TimestampTz
recorded_at(HeapTuple tuple, TupleDesc desc)
{
	bool		isnull;

	return DatumGetTimestampTz(heap_getattr(tuple, EVENT_ATT_RECORDED, desc, &isnull));
}

/* Columns added later with a default, which the row lacks, are written out. */
static void
move_row(Relation from, Relation to, TupleConversionMap *map, HeapTuple tuple)
{
	HeapTuple	moved = map == NULL ? heap_copytuple(tuple)
	: execute_attr_map_tuple(tuple, map);

	simple_heap_delete(from, &tuple->t_self);
	simple_heap_insert(to, moved);
	heap_freetuple(moved);
}

/* Those recorded from "since" until before "until"; "to" has no index yet. */
void
sp_move_rows(Oid from_leaf, Oid to_leaf, TimestampTz since, TimestampTz until)
{
	Relation	from = table_open(from_leaf, AccessExclusiveLock);
	Relation	to = table_open(to_leaf, AccessExclusiveLock);
	TupleConversionMap *map = convert_tuples_by_name(RelationGetDescr(from), RelationGetDescr(to));
	Snapshot	snapshot = RegisterSnapshot(GetLatestSnapshot());
	TableScanDesc scan = table_beginscan(from, snapshot, 0, NULL);
	HeapTuple	tuple;

	while ((tuple = heap_getnext(scan, ForwardScanDirection)) != NULL)
	{
		TimestampTz recorded = recorded_at(tuple, RelationGetDescr(from));

		if (recorded >= since && recorded < until)
			move_row(from, to, map, tuple);
	}
	table_endscan(scan);
	UnregisterSnapshot(snapshot);
	if (map != NULL)
		free_conversion_map(map);
	table_close(to, NoLock);
	table_close(from, NoLock);
	CommandCounterIncrement();
}

static void
keep_least(void *context, const EventHeader *header)
{
	TimestampTz *least = context;

	*least = Min(*least, header->recorded);
}

/* DT_NOEND: it has no rows. */
TimestampTz
sp_leaf_least_recorded(Oid leaf)
{
	ScanRange	all = {PG_INT64_MIN, PG_INT64_MAX, PG_INT64_MIN, PG_INT64_MAX};
	TimestampTz least = DT_NOEND;

	PushActiveSnapshot(GetLatestSnapshot());
	sp_scan_leaf(leaf, &all, 1, keep_least, &least);
	PopActiveSnapshot();
	return least;
}
