/*
 * live_open.c
 *	  The open waits of the keys of a slice, read without the executor.
 *
 * Each slice asks for thousands of keys, most of which have a wait or none: what
 * a plan costs for each would be most of it.  Keys come in the order of strcmp,
 * which is nearly that of the index.
 */
#include "rule/live.h"

#include "access/genam.h"
#include "access/relscan.h"
#include "access/table.h"
#include "access/tableam.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

typedef enum WaitField
{
	FIELD_WAIT_ID, FIELD_OPENED_AT, FIELD_TRIGGER_EVENT, FIELD_TRIGGER_RECORDED, FIELD_ANCHOR, FIELD_NEXT_STEP,
	FIELD_DUE_AT, FIELD_FIRST_DUE, FIELD_PREVIOUS_DUE, FIELD_REPETITION, FIELD_REPEAT_SINCE, FIELD_TRIGGER_KIND,
	FIELD_END_REASON, FIELD_COUNT
} WaitField;

static const char *const field_names[] = {
	"wait_id", "opened_at", "trigger_event", "trigger_recorded", "anchor", "next_step",
	"due_at", "first_due", "previous_due", "repetition", "repeat_since", "trigger_kind",
	"end_reason"
};

typedef struct WaitScan
{
	Relation	rel;
	Relation	index;
	TupleTableSlot *slot;
	IndexScanDesc scan;
	AttrNumber	places[FIELD_COUNT];
} WaitScan;

static void
begin_scan(WaitScan *scan)
{
	scan->rel = table_open(sp_internal_relid("wait", false), AccessShareLock);
	scan->index = index_open(sp_internal_relid("wait_key", false), AccessShareLock);
	scan->slot = table_slot_create(scan->rel, NULL);
	scan->scan = BeginIndexScan(scan->rel, scan->index, GetActiveSnapshot(), 2);
	for (int i = 0; i < FIELD_COUNT; i++)
	{
		scan->places[i] = get_attnum(RelationGetRelid(scan->rel), field_names[i]);
		if (scan->places[i] == InvalidAttrNumber)
			elog(ERROR, "pulse_internal.wait has no column %s", field_names[i]);
	}
}

static void
end_scan(WaitScan *scan)
{
	ExecDropSingleTupleTableSlot(scan->slot);
	index_endscan(scan->scan);
	index_close(scan->index, NoLock);
	table_close(scan->rel, NoLock);
}

static Datum
field(const WaitScan *scan, WaitField which)
{
	return scan->slot->tts_values[scan->places[which] - 1];
}

static bool
is_null(const WaitScan *scan, WaitField which)
{
	return scan->slot->tts_isnull[scan->places[which] - 1];
}

static Instant
instant(const WaitScan *scan, WaitField which)
{
	return is_null(scan, which) ? INSTANT_NONE : DatumGetTimestampTz(field(scan, which));
}

static void
add_wait(const WaitScan *scan, BoundRule *rule, const char *key, LiveWaitList *list)
{
	LiveWait   *item;

	GROW(list, waits, count, room);
	item = &list->waits[list->count++];
	*item = (LiveWait)
	{
		.rule = rule,.key = key,
			.wait.wait_id = DatumGetInt64(field(scan, FIELD_WAIT_ID)),
			.wait.opened_at = instant(scan, FIELD_OPENED_AT),
			.wait.trigger_event = DatumGetInt64(field(scan, FIELD_TRIGGER_EVENT)),
			.trigger_recorded = instant(scan, FIELD_TRIGGER_RECORDED),
			.wait.anchor = instant(scan, FIELD_ANCHOR),
			.wait.next_step = DatumGetInt32(field(scan, FIELD_NEXT_STEP)),
			.wait.due_at = instant(scan, FIELD_DUE_AT),
			.wait.first_due = instant(scan, FIELD_FIRST_DUE),
			.wait.previous_due = instant(scan, FIELD_PREVIOUS_DUE),
			.wait.repetition = DatumGetInt32(field(scan, FIELD_REPETITION)),
			.wait.repeat_since = instant(scan, FIELD_REPEAT_SINCE),
			.wait.ended_at = INSTANT_NONE,
			.trigger_kind = DatumGetInt32(field(scan, FIELD_TRIGGER_KIND)),
			.tid = scan->slot->tts_tid
	};
}

/* Of one rule; what is read lives where the caller is. */
void
sp_read_open_waits(BoundRule *rule, char **keys, int key_count, LiveWaitList *list)
{
	WaitScan	scan;
	ScanKeyData sought[2];

	if (key_count == 0)
		return;
	begin_scan(&scan);
	for (int i = 0; i < key_count; i++)
	{
		text	   *key = cstring_to_text(keys[i]);

		ScanKeyEntryInitialize(&sought[0], 0, 1, BTEqualStrategyNumber, InvalidOid, scan.index->rd_indcollation[0],
							   F_TEXTEQ, PointerGetDatum(key));
		ScanKeyInit(&sought[1], 2, BTEqualStrategyNumber, F_INT4EQ, Int32GetDatum(rule->rule_id));
		index_rescan(scan.scan, sought, 2, NULL, 0);
		while (index_getnext_slot(scan.scan, ForwardScanDirection, scan.slot))
		{
			slot_getallattrs(scan.slot);
			if (is_null(&scan, FIELD_END_REASON))
				add_wait(&scan, rule, keys[i], list);
		}
		pfree(key);
	}
	end_scan(&scan);
}
