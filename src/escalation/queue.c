/*
 * queue.c
 *	  The hot tables of the outbox: found by their key, written row by row.
 *
 * A claim and its answer are all that most messages ever see, thousands of
 * times a second, so they do without parsing, planning and the executor.
 * Constraints are kept by who writes: only claim.c and answer.c do.
 */
#include "escalation/queue.h"

#include "access/relscan.h"
#include "access/table.h"
#include "access/xact.h"
#include "executor/executor.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

void
sp_hot_open(HotTable *table, const char *name, LOCKMODE lockmode)
{
	memset(table, 0, sizeof(HotTable));
	table->rel = table_open(sp_internal_relid(name, false), lockmode);
	table->key_index = index_open(sp_internal_relid(psprintf("%s_pkey", name), false), lockmode);
	table->row = table_slot_create(table->rel, NULL);
}

void
sp_hot_close(HotTable *table)
{
	sp_hot_rewind(table);
	ExecDropSingleTupleTableSlot(table->row);
	if (table->locked != NULL)
		ExecDropSingleTupleTableSlot(table->locked);
	if (table->target != NULL)
		ExecCloseIndices(table->target);
	if (table->estate != NULL)
		FreeExecutorState(table->estate);
	index_close(table->key_index, NoLock);
	table_close(table->rel, NoLock);
}

void
sp_hot_rewind(HotTable *table)
{
	ExecClearTuple(table->row);
	if (table->scan != NULL)
		index_endscan(table->scan);
	table->scan = NULL;
}

/* The row of that id, with all its columns at hand in table->row. */
bool
sp_hot_find(HotTable *table, Snapshot snapshot, int64 id)
{
	ScanKeyData key;

	if (table->scan == NULL)
		table->scan = BeginIndexScan(table->rel, table->key_index, snapshot, 1);
	ScanKeyInit(&key, 1, BTEqualStrategyNumber, F_INT8EQ, Int64GetDatum(id));
	index_rescan(table->scan, &key, 1, NULL, 0);
	if (!index_getnext_slot(table->scan, ForwardScanDirection, table->row))
		return false;
	slot_getallattrs(table->row);
	return true;
}

/* What index entries need. */
static void
prepare_to_write(HotTable *table)
{
	if (table->target != NULL)
		return;
	table->estate = CreateExecutorState();
	table->target = makeNode(ResultRelInfo);
	InitResultRelInfo(table->target, table->rel, 0, NULL, 0);
	ExecOpenIndices(table->target, false);
}

static void
enter_into_indexes(HotTable *table, TupleTableSlot *row, bool is_update)
{
	prepare_to_write(table);
	(void) ExecInsertIndexTuples(table->target, row, table->estate, is_update, false, NULL, NIL, false);
	ResetPerTupleExprContext(table->estate);
}

/* False: somebody else has the row, or had it since the snapshot. */
static bool
lock_or_skip(HotTable *table, ItemPointer tid, Snapshot snapshot)
{
	TM_FailureData failure;
	bool		locked;

	if (table->locked == NULL)
		table->locked = table_slot_create(table->rel, NULL);
	locked = table_tuple_lock(table->rel, tid, snapshot, table->locked, GetCurrentCommandId(true),
							  LockTupleNoKeyExclusive, LockWaitSkip, 0, &failure) == TM_Ok;
	ExecClearTuple(table->locked);
	return locked;
}

/* False as above.  Never waits: an update has no such mode, a lock has. */
bool
sp_hot_update(HotTable *table, ItemPointer tid, TupleTableSlot *fresh, Snapshot snapshot)
{
	TM_FailureData failure;
	LockTupleMode lockmode;
	TU_UpdateIndexes changed;

	if (!lock_or_skip(table, tid, snapshot) ||
		table_tuple_update(table->rel, tid, fresh, GetCurrentCommandId(true), snapshot,
						   InvalidSnapshot, true, &failure, &lockmode, &changed) != TM_Ok)
		return false;
	if (changed != TU_None)
		enter_into_indexes(table, fresh, true);
	return true;
}

TM_Result
sp_hot_delete(HotTable *table, ItemPointer tid, Snapshot snapshot, bool wait)
{
	TM_FailureData failure;

	return table_tuple_delete(table->rel, tid, GetCurrentCommandId(true), snapshot,
							  InvalidSnapshot, wait, &failure, false);
}

void
sp_hot_insert(HotTable *table, TupleTableSlot **rows, int count)
{
	if (count == 0)
		return;
	table_multi_insert(table->rel, rows, count, GetCurrentCommandId(true), 0, NULL);
	for (int i = 0; i < count; i++)
		enter_into_indexes(table, rows[i], false);
}

TupleTableSlot *
sp_delivery_row(HotTable *delivery, TupleTableSlot *queued, const char *state, TimestampTz now,
				Datum provider_id, bool has_provider, const char *reason)
{
	TupleTableSlot *row = table_slot_create(delivery->rel, NULL);
	Datum	   *values = row->tts_values - 1;
	bool	   *isnull = row->tts_isnull - 1;

	memset(row->tts_isnull, 0, sizeof(bool) * DELIVERY_COLUMNS);
	values[DELIVERY_MESSAGE_ID] = QUEUE_VALUE(queued, QUEUE_MESSAGE_ID);
	values[DELIVERY_CHANGED_AT] = TimestampTzGetDatum(now);
	values[DELIVERY_LEASE_TOKEN] = QUEUE_VALUE(queued, QUEUE_LEASE_TOKEN);
	values[DELIVERY_ATTEMPT] = QUEUE_VALUE(queued, QUEUE_ATTEMPT);
	values[DELIVERY_STATE] = CStringGetTextDatum(state);
	values[DELIVERY_WORKER] = QUEUE_VALUE(queued, QUEUE_WORKER);
	isnull[DELIVERY_WORKER] = QUEUE_IS_NULL(queued, QUEUE_WORKER);
	values[DELIVERY_PROVIDER_ID] = provider_id;
	isnull[DELIVERY_PROVIDER_ID] = !has_provider;
	values[DELIVERY_LAST_ERROR] = reason != NULL ? CStringGetTextDatum(reason) :
		QUEUE_VALUE(queued, QUEUE_LAST_ERROR);
	isnull[DELIVERY_LAST_ERROR] = reason == NULL && QUEUE_IS_NULL(queued, QUEUE_LAST_ERROR);
	ExecStoreVirtualTuple(row);
	ExecMaterializeSlot(row);	/* what it came from will move on */
	return row;
}
