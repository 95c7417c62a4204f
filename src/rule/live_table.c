/*
 * live_table.c
 *	  Writes waits and firings in bulk, without the executor.
 *
 * A slice writes thousands of rows of two tables, so they go the way COPY
 * writes: many on a page at a time, then the indexes; what changes is found by
 * its place, as the sweep has read it.  Who calls keeps the constraints: there
 * are no triggers and no foreign keys on these tables.
 *
 * Invariant: rows[0 .. row_count) are complete and not written yet.
 */
#include "rule/live_table.h"

#include "base/base.h"
#include "rule/engine.h"

#include "access/genam.h"
#include "access/heapam.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/index.h"
#include "commands/sequence.h"
#include "executor/executor.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#define ROWS_AT_ONCE	250

/* ---- rows ---- */

void
sp_row_datum(LiveRow *row, Datum value, bool isnull)
{
	Assert(row->count < LIVE_TABLE_COLUMNS);
	row->values[row->count] = value;
	row->nulls[row->count++] = isnull;
}

void
sp_row_int(LiveRow *row, int32 value)
{
	sp_row_datum(row, Int32GetDatum(value), false);
}

void
sp_row_bigint(LiveRow *row, int64 value)
{
	sp_row_datum(row, Int64GetDatum(value), false);
}

void
sp_row_instant(LiveRow *row, int64 value)
{
	sp_row_datum(row, TimestampTzGetDatum(value), value == INSTANT_NONE);
}

void
sp_row_text(LiveRow *row, const char *value)
{
	sp_row_datum(row, value == NULL ? (Datum) 0 : CStringGetTextDatum(value), value == NULL);
}

void
sp_row_bool(LiveRow *row, bool value)
{
	sp_row_datum(row, BoolGetDatum(value), false);
}

int64
sp_next_number(Oid sequence)
{
	return nextval_internal(sequence, false);
}

/* ---- tables ---- */

void
sp_table_open(LiveTable *table, const char *name, const char *const *columns, int count)
{
	memset(table, 0, sizeof(LiveTable));
	table->rel = table_open(sp_internal_relid(name, false), RowExclusiveLock);
	for (int i = 0; i < count; i++)
	{
		table->places[i] = get_attnum(RelationGetRelid(table->rel), columns[i]);
		if (table->places[i] == InvalidAttrNumber)
			elog(ERROR, "pulse_internal.%s has no column %s", name, columns[i]);
	}
	table->column_count = count;
	table->estate = CreateExecutorState();
	table->target = makeNode(ResultRelInfo);
	InitResultRelInfo(table->target, table->rel, 0, NULL, 0);
	ExecOpenIndices(table->target, false);
	table->rows = palloc0(sizeof(TupleTableSlot *) * ROWS_AT_ONCE);
}

static TupleTableSlot *
next_slot(LiveTable *table)
{
	if (table->row_count == table->rows_made)
		table->rows[table->rows_made++] = table_slot_create(table->rel, NULL);
	return table->rows[table->row_count];
}

static void
put_row(const LiveTable *table, TupleTableSlot *slot, const LiveRow *row)
{
	Assert(row->count == table->column_count);
	for (int i = 0; i < table->column_count; i++)
	{
		slot->tts_values[table->places[i] - 1] = row->values[i];
		slot->tts_isnull[table->places[i] - 1] = row->nulls[i];
	}
}

static void
fill_slot(const LiveTable *table, TupleTableSlot *slot, const LiveRow *row)
{
	ExecClearTuple(slot);
	memset(slot->tts_isnull, true, sizeof(bool) * slot->tts_tupleDescriptor->natts);
	put_row(table, slot, row);
	ExecStoreVirtualTuple(slot);
}

static void
enter_into_indexes(LiveTable *table, TupleTableSlot *slot, bool is_update)
{
	(void) ExecInsertIndexTuples(table->target, slot, table->estate, is_update, false, NULL, NIL, false);
	ResetPerTupleExprContext(table->estate);
}

/* The rows that are new, into one index. */
static void
enter_rows(LiveTable *table, Relation index, IndexInfo *info)
{
	ExprContext *context = GetPerTupleExprContext(table->estate);
	IndexUniqueCheck check = index->rd_index->indisunique ? UNIQUE_CHECK_YES : UNIQUE_CHECK_NO;
	Datum		values[INDEX_MAX_KEYS];
	bool		nulls[INDEX_MAX_KEYS];

	if (info->ii_Predicate != NIL && info->ii_PredicateState == NULL)
		info->ii_PredicateState = ExecPrepareQual(info->ii_Predicate, table->estate);
	for (int i = 0; i < table->row_count; i++)
	{
		TupleTableSlot *slot = table->rows[i];
		MemoryContext caller;

		context->ecxt_scantuple = slot;
		if (info->ii_Predicate != NIL && !ExecQual(info->ii_PredicateState, context))
			continue;
		caller = MemoryContextSwitchTo(context->ecxt_per_tuple_memory);
		FormIndexDatum(info, slot, table->estate, values, nulls);
		(void) index_insert(index, values, nulls, &slot->tts_tid, table->rel, check, false, info);
		MemoryContextSwitchTo(caller);
		ResetExprContext(context);
	}
}

/* Index by index: its upper pages are at hand then. */
static void
write_rows(LiveTable *table)
{
	if (table->row_count == 0)
		return;
	table_multi_insert(table->rel, table->rows, table->row_count, GetCurrentCommandId(true), 0, NULL);
	for (int i = 0; i < table->target->ri_NumIndices; i++)
		enter_rows(table, table->target->ri_IndexRelationDescs[i], table->target->ri_IndexRelationInfo[i]);
	table->row_count = 0;
}

bool
sp_table_insert(LiveTable *table, const LiveRow *row)
{
	fill_slot(table, next_slot(table), row);
	if (++table->row_count < ROWS_AT_ONCE)
		return false;
	write_rows(table);
	return true;
}

/* Only the sweep that holds the consumer changes open waits; else it is done again. */
static void
check_result(TM_Result result)
{
	if (result != TM_Ok)
		ereport(ERROR,
				(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
				 errmsg("a wait was changed while it was worked on"),
				 errdetail("The slice is undone."),
				 errhint("The next tick does it again.")));
}

static TM_Result
write_update(LiveTable *table, ItemPointer tid, TupleTableSlot *slot)
{
	TM_FailureData failure;
	LockTupleMode lockmode;
	TU_UpdateIndexes changed;
	TM_Result	result = table_tuple_update(table->rel, tid, slot, GetCurrentCommandId(true), GetActiveSnapshot(),
											InvalidSnapshot, true, &failure, &lockmode, &changed);

	if (result == TM_Ok && changed != TU_None)
		enter_into_indexes(table, slot, true);
	return result;
}

static TM_Result
write_delete(LiveTable *table, ItemPointer tid)
{
	TM_FailureData failure;

	return table_tuple_delete(table->rel, tid, GetCurrentCommandId(true), GetActiveSnapshot(),
							  InvalidSnapshot, true, &failure, false);
}

void
sp_table_update(LiveTable *table, ItemPointer tid, const LiveRow *row)
{
	TupleTableSlot *slot;

	write_rows(table);
	slot = next_slot(table);
	fill_slot(table, slot, row);
	check_result(write_update(table, tid, slot));
}

void
sp_table_delete(LiveTable *table, ItemPointer tid)
{
	check_result(write_delete(table, tid));
}

/* The columns that the table was not opened with keep their values. */
bool
sp_table_try_change(LiveTable *table, TupleTableSlot *old, const LiveRow *row)
{
	TupleTableSlot *slot;
	int			columns = old->tts_tupleDescriptor->natts;

	write_rows(table);
	slot = next_slot(table);
	slot_getallattrs(old);
	ExecClearTuple(slot);
	memcpy(slot->tts_values, old->tts_values, sizeof(Datum) * columns);
	memcpy(slot->tts_isnull, old->tts_isnull, sizeof(bool) * columns);
	put_row(table, slot, row);
	ExecStoreVirtualTuple(slot);
	return write_update(table, &old->tts_tid, slot) == TM_Ok;
}

bool
sp_table_try_delete(LiveTable *table, ItemPointer tid)
{
	return write_delete(table, tid) == TM_Ok;
}

/* The statements that follow see what was written. */
void
sp_table_close(LiveTable *table)
{
	write_rows(table);
	for (int i = 0; i < table->rows_made; i++)
		ExecDropSingleTupleTableSlot(table->rows[i]);
	ExecCloseIndices(table->target);
	FreeExecutorState(table->estate);
	table_close(table->rel, NoLock);
	CommandCounterIncrement();
}
