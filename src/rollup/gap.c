/*
 * gap.c
 *	  What makes a rollup stale: something happened that deltas cannot say.
 *
 * A gap is a row that is only ever added, by writers too, so nobody waits for
 * anybody; rebuild_rollup() takes it away.
 */
#include "base/base.h"
#include "rollup/rollup.h"

#include "access/genam.h"
#include "access/table.h"
#include "access/tableam.h"
#include "executor/tuptable.h"
#include "utils/builtins.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

static bool
gap_known(Relation gaps, int32 rollup_id)
{
	SysScanDesc scan = systable_beginscan(gaps, InvalidOid, false, NULL, 0, NULL);
	bool		found = false;
	HeapTuple	tuple;

	while (!found && HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		bool		isnull;

		found = DatumGetInt32(heap_getattr(tuple, 1, RelationGetDescr(gaps), &isnull)) == rollup_id;
	}
	systable_endscan(scan);
	return found;
}

/* One gap says it all: a stale rollup is not made staler; coarser ones are stale with it. */
void
sp_record_rollup_gap(RollupDef *def, const char *reason)
{
	ListCell   *lc;
	Relation	gaps = table_open(sp_internal_relid("rollup_gap", false), RowExclusiveLock);

	if (!gap_known(gaps, def->rollup_id))
	{
		TupleTableSlot *slot = table_slot_create(gaps, NULL);

		ExecClearTuple(slot);
		slot->tts_values[0] = Int32GetDatum(def->rollup_id);
		slot->tts_values[1] = TimestampTzGetDatum(sp_clock());
		slot->tts_values[2] = CStringGetTextDatum(reason);
		memset(slot->tts_isnull, 0, sizeof(bool) * 3);
		ExecStoreVirtualTuple(slot);
		simple_table_tuple_insert(gaps, slot);
		ExecDropSingleTupleTableSlot(slot);
	}
	table_close(gaps, RowExclusiveLock);
	foreach(lc, sp_coarser_rollups(def->rollup_id))
		sp_record_rollup_gap(lfirst(lc), reason);
}
