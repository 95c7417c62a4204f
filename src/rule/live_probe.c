/*
 * live_probe.c
 *	  Rows of the engine's tables, found by index without the executor.
 *
 * A slice asks for thousands of rows one by one: what a plan costs for each would
 * be most of it.  Rows are those that the active snapshot sees when the probe is
 * opened; the row found stands until the next is asked for.
 */
#include "rule/live_probe.h"

#include "base/base.h"

#include "access/table.h"
#include "access/tableam.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/snapmgr.h"

void
sp_probe_open(LiveProbe *probe, const char *table, const char *index, int key_count,
			  const char *const *columns, int count)
{
	Assert(count <= PROBE_COLUMNS);
	probe->rel = table_open(sp_internal_relid(table, false), AccessShareLock);
	probe->index = index_open(sp_internal_relid(index, false), AccessShareLock);
	probe->slot = table_slot_create(probe->rel, NULL);
	probe->scan = BeginIndexScan(probe->rel, probe->index, GetActiveSnapshot(), key_count);
	for (int i = 0; i < count; i++)
	{
		probe->places[i] = get_attnum(RelationGetRelid(probe->rel), columns[i]);
		if (probe->places[i] == InvalidAttrNumber)
			elog(ERROR, "pulse_internal.%s has no column %s", table, columns[i]);
	}
}

void
sp_probe_find(LiveProbe *probe, ScanKey keys, int key_count)
{
	index_rescan(probe->scan, keys, key_count, NULL, 0);
}

void
sp_probe_find_bigint(LiveProbe *probe, int64 value)
{
	ScanKeyData key;

	ScanKeyInit(&key, 1, BTEqualStrategyNumber, F_INT8EQ, Int64GetDatum(value));
	sp_probe_find(probe, &key, 1);
}

bool
sp_probe_next(LiveProbe *probe)
{
	if (!index_getnext_slot(probe->scan, ForwardScanDirection, probe->slot))
		return false;
	slot_getallattrs(probe->slot);
	return true;
}

void
sp_probe_close(LiveProbe *probe)
{
	ExecDropSingleTupleTableSlot(probe->slot);
	index_endscan(probe->scan);
	index_close(probe->index, NoLock);
	table_close(probe->rel, NoLock);
}
