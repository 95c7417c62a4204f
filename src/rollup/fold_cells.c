/*
 * fold_cells.c
 *	  Deltas into cells, without SQL: one pass over the deltas, one look into the
 *	  index per cell.
 *
 * The caller holds the lock that keeps other folders out, and nobody else writes
 * cells; so a cell that is not found may simply be inserted, which a unique
 * index would refuse if it were there after all.  Whatever an owner has added to
 * the table of cells (indexes, constraints) is kept up; rows of triggers and of
 * a table that was altered otherwise are left to the statement in text.c.
 */
#include "base/base.h"
#include "rollup/cells.h"

#include "access/genam.h"
#include "access/heapam.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/index.h"
#include "catalog/pg_am.h"
#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/numeric.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#define INSERT_BATCH	500

typedef struct CellWriter
{
	RollupPlan *plan;			/* of the deltas */
	Relation	cells;
	EState	   *estate;
	ResultRelInfo *target;
	Relation	index;
	int			key_count;
	ScanKey		keys;
	IndexScanDesc scan;
	TupleTableSlot *found;
	TupleTableSlot *changed;
	BulkInsertState bulk;
	TupleTableSlot **fresh;		/* rows to insert */
	int			fresh_count;
	MemoryContext context;		/* of one cell */
	Tuplestorestate *touched;	/* where to tell which, or NULL */
	TupleDesc	delta_desc;
	int			numbers_end;	/* columns before the figures */
	bool		redo;			/* of some cell, figures are to be computed
								 * anew */
} CellWriter;

/* ---- what it can be used for ---- */

static Relation
key_index(Relation cells, int key_count)
{
	ListCell   *lc;

	foreach(lc, RelationGetIndexList(cells))
	{
		Relation	index = index_open(lfirst_oid(lc), RowExclusiveLock);
		Form_pg_index form = index->rd_index;
		bool		fits = form->indisunique && form->indisvalid && form->indimmediate &&
		form->indnullsnotdistinct && form->indnkeyatts == key_count &&
		RelationGetIndexPredicate(index) == NIL;

		for (int i = 0; fits && i < key_count; i++)
			fits = form->indkey.values[i] == i + 1;
		if (fits)
			return index;
		index_close(index, RowExclusiveLock);
	}
	return NULL;
}

/* Cells have the columns of deltas, and their figures behind them; deltas that have them end with pulse_redo. */
static bool
columns_fit(TupleDesc deltas, TupleDesc cells, int figures, bool merges)
{
	int			shared = merges ? deltas->natts - 1 : deltas->natts;

	if (cells->natts != shared + (merges ? 0 : figures))
		return false;
	for (int i = 0; i < shared; i++)
		if (TupleDescAttr(cells, i)->atttypid != TupleDescAttr(deltas, i)->atttypid ||
			TupleDescAttr(cells, i)->attisdropped || TupleDescAttr(deltas, i)->attisdropped)
			return false;
	return true;
}

/* The shape that capture writes, and nothing that wants more than a plain write. */
static bool
is_plain(Relation rel, bool has_indexes)
{
	return rel->rd_rel->relkind == RELKIND_RELATION && rel->rd_rel->relam == HEAP_TABLE_AM_OID &&
		rel->trigdesc == NULL && RelationGetDescr(rel)->constr == NULL && !rel->rd_rel->relrowsecurity &&
		!rel->rd_rel->relispartition && (has_indexes || !rel->rd_rel->relhasindex);
}

static bool
has_sums(RollupDef *def, TupleDesc desc, int key_count)
{
	int			end = key_count + 1 + 2 * list_length(def->sums);

	if (desc->natts != end + (sp_merges(def) ? list_length(def->figures) + 1 : 0) ||
		TupleDescAttr(desc, 0)->atttypid != DATEOID || TupleDescAttr(desc, key_count)->atttypid != INT8OID)
		return false;
	for (int i = key_count + 1; i < end; i += 2)
		if (TupleDescAttr(desc, i)->atttypid != INT8OID || TupleDescAttr(desc, i + 1)->atttypid != NUMERICOID)
			return false;
	return true;
}

/* ---- looking up and writing ---- */

static void
make_keys(CellWriter *writer)
{
	TupleDesc	desc = RelationGetDescr(writer->index);

	writer->keys = palloc0(sizeof(ScanKeyData) * writer->key_count);
	for (int i = 0; i < writer->key_count; i++)
	{
		Oid			type = writer->index->rd_opcintype[i];
		Oid			equal = get_opfamily_member(writer->index->rd_opfamily[i], type, type, BTEqualStrategyNumber);

		if (!OidIsValid(equal))
			elog(ERROR, "no equality for column \"%s\" of the cells", NameStr(TupleDescAttr(desc, i)->attname));
		ScanKeyEntryInitialize(&writer->keys[i], 0, i + 1, BTEqualStrategyNumber, type,
							   writer->index->rd_indcollation[i], get_opcode(equal), (Datum) 0);
	}
}

static void
open_writer(CellWriter *writer, RollupPlan *plan, Relation cells, Relation index, Snapshot snapshot)
{
	writer->plan = plan;
	writer->cells = cells;
	writer->index = index;
	writer->key_count = plan->dimension_count + 1;
	writer->estate = CreateExecutorState();
	writer->target = makeNode(ResultRelInfo);
	InitResultRelInfo(writer->target, cells, 1, NULL, 0);
	ExecOpenIndices(writer->target, false);
	make_keys(writer);
	writer->scan = BeginIndexScan(cells, index, snapshot, writer->key_count);
	writer->found = table_slot_create(cells, NULL);
	writer->changed = table_slot_create(cells, NULL);
	writer->bulk = GetBulkInsertState();
	writer->fresh = palloc0(sizeof(TupleTableSlot *) * INSERT_BATCH);
	writer->context = AllocSetContextCreate(CurrentMemoryContext, "salespulse rollup cell",
											ALLOCSET_DEFAULT_SIZES);
}

static void
close_writer(CellWriter *writer)
{
	for (int i = 0; i < INSERT_BATCH && writer->fresh[i] != NULL; i++)
		ExecDropSingleTupleTableSlot(writer->fresh[i]);
	ExecDropSingleTupleTableSlot(writer->found);
	ExecDropSingleTupleTableSlot(writer->changed);
	FreeBulkInsertState(writer->bulk);
	index_endscan(writer->scan);
	ExecCloseIndices(writer->target);
	FreeExecutorState(writer->estate);
}

static bool
find_cell(CellWriter *writer, const Datum *values, const bool *nulls)
{
	for (int i = 0; i < writer->key_count; i++)
	{
		writer->keys[i].sk_flags = nulls[i] ? SK_ISNULL | SK_SEARCHNULL : 0;
		writer->keys[i].sk_argument = values[i];
	}
	index_rescan(writer->scan, writer->keys, writer->key_count, NULL, 0);
	return index_getnext_slot(writer->scan, ForwardScanDirection, writer->found);
}

static void
flush_fresh(CellWriter *writer)
{
	if (writer->fresh_count == 0)
		return;
	table_multi_insert(writer->cells, writer->fresh, writer->fresh_count, GetCurrentCommandId(true), 0, writer->bulk);
	for (int i = 0; i < writer->fresh_count; i++)
	{
		list_free(ExecInsertIndexTuples(writer->target, writer->fresh[i], writer->estate, false, false, NULL, NIL, false));
		ResetPerTupleExprContext(writer->estate);
		ExecClearTuple(writer->fresh[i]);
	}
	writer->fresh_count = 0;
}

static void
store(TupleTableSlot *slot, const Datum *values, const bool *nulls)
{
	int			count = slot->tts_tupleDescriptor->natts;

	ExecClearTuple(slot);
	memcpy(slot->tts_values, values, sizeof(Datum) * count);
	memcpy(slot->tts_isnull, nulls, sizeof(bool) * count);
	ExecStoreVirtualTuple(slot);
	ExecMaterializeSlot(slot);
}

static void
insert_cell(CellWriter *writer, const Datum *values, const bool *nulls)
{
	if (writer->fresh[writer->fresh_count] == NULL)
		writer->fresh[writer->fresh_count] = table_slot_create(writer->cells, NULL);
	store(writer->fresh[writer->fresh_count++], values, nulls);
	if (writer->fresh_count == INSERT_BATCH)
		flush_fresh(writer);
}

/* Whether what is new of a figure takes the place of what the cell has. */
static bool
replaces(const CellWriter *writer, int figure, Datum before, bool none_before, Datum now, bool none_now)
{
	const RollupExtreme *extreme;
	int			order;

	if (writer->plan->extreme_count == 0 || none_now)
		return false;
	if (none_before)
		return true;
	extreme = &writer->plan->extremes[figure];
	order = DatumGetInt32(FunctionCall2Coll(extreme->compare, extreme->collation, now, before));
	return extreme->largest ? order > 0 : order < 0;
}

/* What is new, added to the numbers of the cell found. */
static void
add_found(CellWriter *writer, Datum *values, bool *nulls)
{
	MemoryContext caller = MemoryContextSwitchTo(writer->context);
	const Datum *before;
	int			numbers = writer->key_count;

	slot_getallattrs(writer->found);
	before = writer->found->tts_values;
	for (int i = 0; i < numbers; i++)
		values[i] = before[i];
	values[numbers] = Int64GetDatum(DatumGetInt64(values[numbers]) + DatumGetInt64(before[numbers]));
	for (int i = numbers + 1; i < writer->numbers_end; i += 2)
	{
		values[i] = Int64GetDatum(DatumGetInt64(values[i]) + DatumGetInt64(before[i]));
		values[i + 1] = DirectFunctionCall2(numeric_add, before[i + 1], values[i + 1]);
	}
	for (int i = writer->numbers_end; i < writer->found->tts_tupleDescriptor->natts; i++)
		if (!replaces(writer, i - writer->numbers_end, before[i], writer->found->tts_isnull[i], values[i], nulls[i]))
		{
			values[i] = before[i];
			nulls[i] = writer->found->tts_isnull[i];
		}
	MemoryContextSwitchTo(caller);
}

static void
update_cell(CellWriter *writer, Datum *values, bool *nulls)
{
	TM_FailureData failure;
	LockTupleMode mode;
	TU_UpdateIndexes indexed;
	ItemPointerData at = writer->found->tts_tid;

	add_found(writer, values, nulls);
	store(writer->changed, values, nulls);
	if (table_tuple_update(writer->cells, &at, writer->changed, GetCurrentCommandId(true), GetActiveSnapshot(),
						   InvalidSnapshot, true, &failure, &mode, &indexed) != TM_Ok)
		ereport(ERROR,
				(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
				 errmsg("a cell of rollup \"%s\" is being changed by somebody else", writer->plan->def->name),
				 errdetail("Only folding and rebuilding write cells."),
				 errhint("The next tick tries again.")));
	if (indexed != TU_None)
		list_free(ExecInsertIndexTuples(writer->target, writer->changed, writer->estate, false, false, NULL, NIL, false));
	ResetPerTupleExprContext(writer->estate);
}

static void
write_cells(CellWriter *writer, CellFold *fold)
{
	int			columns = Max(RelationGetDescr(writer->cells)->natts, writer->delta_desc->natts);
	Datum	   *values = palloc(sizeof(Datum) * columns);
	bool	   *nulls = palloc(sizeof(bool) * columns);
	Cell	  **cells = sp_sorted_cells(fold);

	for (int i = 0; i < sp_fold_count(fold); i++)
	{
		MemoryContext caller = MemoryContextSwitchTo(writer->context);
		bool		changed = sp_cell_row(writer->plan, cells[i], values, nulls);

		/* an index scan keeps what it allocates */
		MemoryContextSwitchTo(caller);
		CHECK_FOR_INTERRUPTS();
		if (!changed)
			continue;
		writer->redo |= cells[i]->redo || writer->plan->extreme_count == 0;
		if (writer->touched != NULL)
			tuplestore_putvalues(writer->touched, writer->delta_desc, values, nulls);
		if (find_cell(writer, values, nulls))
			update_cell(writer, values, nulls);
		else
		{
			if (writer->plan->extreme_count == 0)
				memset(nulls + writer->numbers_end, true, sizeof(bool) * (columns - writer->numbers_end));
			insert_cell(writer, values, nulls);
		}
		MemoryContextReset(writer->context);
	}
	flush_fresh(writer);
}

/* ---- taking deltas ---- */

/* A delta that somebody else is deleting is not ours to fold. */
static bool
take(Relation deltas, TupleTableSlot *row, Snapshot snapshot)
{
	TM_FailureData failure;

	return table_tuple_delete(deltas, &row->tts_tid, GetCurrentCommandId(true), snapshot, InvalidSnapshot,
							  false, &failure, false) == TM_Ok;
}

static int
take_deltas(Relation deltas, CellFold *fold, Snapshot snapshot, int most)
{
	TupleTableSlot *row = table_slot_create(deltas, NULL);
	TableScanDesc scan = table_beginscan(deltas, snapshot, 0, NULL);
	int			taken = 0;

	while (taken < most && table_scan_getnextslot(scan, ForwardScanDirection, row))
	{
		CHECK_FOR_INTERRUPTS();
		if (!take(deltas, row, snapshot))
			continue;
		sp_fold_delta(fold, row);
		taken++;
	}
	table_endscan(scan);
	ExecDropSingleTupleTableSlot(row);
	return taken;
}

static int
fold_open(RollupDef *def, Relation deltas, Relation cells, Relation index, int most, Tuplestorestate *touched, bool *redo)
{
	RollupPlan *plan = sp_delta_plan(def, deltas);
	CellFold   *fold = sp_fold_begin(plan);
	CellWriter	writer = {0};
	int			taken;

	/*
	 * what was committed before the lock was got, whatever snapshot we came
	 * with
	 */
	CommandCounterIncrement();
	PushActiveSnapshot(GetLatestSnapshot());

	/*
	 * an extreme is merged before what takes it away, or with it: all that is
	 * visible together
	 */
	taken = take_deltas(deltas, fold, GetActiveSnapshot(), plan->extreme_count > 0 ? PG_INT32_MAX : most);
	if (taken > 0)
	{
		writer.touched = touched;
		writer.delta_desc = RelationGetDescr(deltas);
		writer.numbers_end = plan->dimension_count + 2 + 2 * plan->sum_count;
		open_writer(&writer, plan, cells, index, GetActiveSnapshot());
		write_cells(&writer, fold);
		*redo = writer.redo;
		close_writer(&writer);
	}
	PopActiveSnapshot();
	CommandCounterIncrement();
	return taken;
}

/* How many deltas were folded; -1: these tables are none for this. */
int
sp_fold_cells(RollupDef *def, int most, Tuplestorestate *touched, bool *redo)
{
	Relation	deltas = table_open(def->deltas, RowExclusiveLock);
	Relation	cells = table_open(def->cells, RowExclusiveLock);
	int			key_count = get_attnum(def->deltas, "row_count") - 1;
	Relation	index = NULL;
	int			taken = -1;

	if (is_plain(deltas, false) && is_plain(cells, true) && key_count > 0 &&
		has_sums(def, RelationGetDescr(deltas), key_count) &&
		columns_fit(RelationGetDescr(deltas), RelationGetDescr(cells), list_length(def->figures), sp_merges(def)))
		index = key_index(cells, key_count);
	if (index != NULL)
	{
		taken = fold_open(def, deltas, cells, index, most, touched, redo);
		index_close(index, RowExclusiveLock);
	}
	table_close(cells, NoLock);
	table_close(deltas, NoLock);
	return taken;
}
