/*
 * capture.c
 *	  The trigger that turns a statement's rows into deltas.
 *
 * Writers only add rows to the deltas: two writers of one cell never wait for
 * each other.  No data makes a captured statement fail: what cannot be folded
 * (a column that is gone, a condition that raises) leaves a gap, and the rollup
 * is stale until it is rebuilt.  Conditions run as the owner of the deltas, in
 * a restricted context; the writer needs no right on the rollup's tables.
 */
#include "base/base.h"
#include "rollup/rollup.h"

#include "access/heapam.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/resowner.h"
#include "utils/tuplestore.h"

#define MAX_CELLS	65536		/* in memory; then they are written */
#define INSERT_BATCH	500

typedef struct DeltaWriter
{
	Relation	deltas;
	TupleTableSlot *slots[INSERT_BATCH];	/* made as they are needed */
	int			count;
	BulkInsertState bulk;
	MemoryContext context;
} DeltaWriter;

/* ---- writing deltas ---- */

static void
flush_deltas(DeltaWriter *writer)
{
	if (writer->count == 0)
		return;
	table_multi_insert(writer->deltas, writer->slots, writer->count, GetCurrentCommandId(true), 0, writer->bulk);
	for (int i = 0; i < writer->count; i++)
		ExecClearTuple(writer->slots[i]);
	writer->count = 0;
}

static void
write_delta(void *context, Datum *values, bool *nulls)
{
	DeltaWriter *writer = context;
	TupleTableSlot *slot = writer->slots[writer->count];
	int			natts = RelationGetDescr(writer->deltas)->natts;

	if (slot == NULL)
	{
		MemoryContext caller = MemoryContextSwitchTo(writer->context);

		slot = writer->slots[writer->count] = table_slot_create(writer->deltas, NULL);
		MemoryContextSwitchTo(caller);
	}
	memcpy(slot->tts_values, values, sizeof(Datum) * natts);
	memcpy(slot->tts_isnull, nulls, sizeof(bool) * natts);
	ExecStoreVirtualTuple(slot);
	ExecMaterializeSlot(slot);
	if (++writer->count == INSERT_BATCH)
		flush_deltas(writer);
}

static void
close_deltas(DeltaWriter *writer)
{
	flush_deltas(writer);
	for (int i = 0; i < INSERT_BATCH && writer->slots[i] != NULL; i++)
		ExecDropSingleTupleTableSlot(writer->slots[i]);
	FreeBulkInsertState(writer->bulk);
}

static bool
is_of(TupleDesc desc, int *column, Oid type)
{
	return TupleDescAttr(desc, (*column)++)->atttypid == type;
}

/* Rows are formed without a look at the types, so they must be those of cell_row(). */
static bool
types_fit(TupleDesc desc, RollupPlan *plan)
{
	int			column = 0;
	bool		fits = is_of(desc, &column, DATEOID);

	for (int i = 0; i < plan->dimension_count; i++)
		fits &= is_of(desc, &column, plan->dimensions[i].type);
	if (plan->amount_attno != 0)
		fits &= is_of(desc, &column, TEXTOID);
	fits &= is_of(desc, &column, INT8OID);
	for (int i = 0; i < plan->sum_count; i++)
	{
		fits &= is_of(desc, &column, INT8OID);
		fits &= is_of(desc, &column, NUMERICOID);
	}
	for (int i = 0; i < plan->extreme_count; i++)
		fits &= is_of(desc, &column, plan->extremes[i].type);
	if (plan->extreme_count > 0)
		fits &= is_of(desc, &column, BOOLOID);
	return fits;
}

/* Nothing but a plain insert is done, so the table must ask for nothing more. */
static const char *
deltas_problem(Relation deltas, RollupPlan *plan)
{
	if (deltas == NULL)
		return "its table of deltas is gone";
	if (deltas->rd_rel->relkind != RELKIND_RELATION || deltas->rd_rel->relhasindex ||
		deltas->trigdesc != NULL || RelationGetDescr(deltas)->constr != NULL ||
		RelationGetDescr(deltas)->natts != sp_fold_columns(plan) ||
		!types_fit(RelationGetDescr(deltas), plan))
		return "its table of deltas was altered";
	return NULL;
}

static void
write_deltas(RollupPlan *plan, CellFold *fold)
{
	DeltaWriter writer = {0};
	const char *problem;

	writer.deltas = try_table_open(plan->def->deltas, RowExclusiveLock);
	problem = deltas_problem(writer.deltas, plan);
	if (problem != NULL)
		sp_record_rollup_gap(plan->def, problem);
	else
	{
		writer.bulk = GetBulkInsertState();
		writer.context = CurrentMemoryContext;
		sp_fold_flush(fold, write_delta, &writer);
		close_deltas(&writer);
	}
	if (writer.deltas != NULL)
		table_close(writer.deltas, RowExclusiveLock);
}

/* ---- reading a statement's rows ---- */

static void
fold_rows(RollupPlan *plan, CellFold *fold, Tuplestorestate *store, TupleDesc desc, int sign)
{
	TupleTableSlot *slot = MakeSingleTupleTableSlot(desc, &TTSOpsMinimalTuple);
	ExprContext *econtext = CreateStandaloneExprContext();
	ExprState  *condition = plan->condition == NULL ? NULL :
	ExecInitExpr((Expr *) plan->condition, NULL);

	tuplestore_rescan(store);
	while (tuplestore_gettupleslot(store, true, false, slot))
	{
		ResetExprContext(econtext);
		econtext->ecxt_scantuple = slot;
		if (condition != NULL)
		{
			bool		isnull;
			Datum		chosen = ExecEvalExprSwitchContext(condition, econtext, &isnull);

			if (isnull || !DatumGetBool(chosen))
				continue;
		}
		sp_fold_row(fold, slot, sign);
		if (sp_fold_count(fold) >= MAX_CELLS)
			write_deltas(plan, fold);
		CHECK_FOR_INTERRUPTS();
	}
	FreeExprContext(econtext, true);
	ExecDropSingleTupleTableSlot(slot);
}

/* A read pointer of our own: other triggers of the statement share the store. */
static void
fold_store(RollupPlan *plan, CellFold *fold, Tuplestorestate *store, TupleDesc desc, int sign)
{
	if (store == NULL)
		return;
	tuplestore_select_read_pointer(store, tuplestore_alloc_read_pointer(store, EXEC_FLAG_REWIND));
	fold_rows(plan, fold, store, desc, sign);
	tuplestore_select_read_pointer(store, 0);
}

/* ---- one rollup, so that its failure is only its own ---- */

static CellFold *
fold_statement(RollupDef *def, TriggerData *trigdata, RollupPlan **plan)
{
	TupleDesc	desc = RelationGetDescr(trigdata->tg_relation);
	CellFold   *fold;

	*plan = sp_rollup_plan(def, trigdata->tg_relation);
	fold = sp_fold_begin(*plan);
	fold_store(*plan, fold, trigdata->tg_oldtable, desc, -1);
	fold_store(*plan, fold, trigdata->tg_newtable, desc, 1);
	return fold;
}

/* What may fail, as the owner of the deltas; NULL and why when it did. */
static CellFold *
try_fold(RollupDef *def, TriggerData *trigdata, RollupPlan **plan, char **problem)
{
	MemoryContext context = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	CellFold   *volatile fold = NULL;
	Oid			user;
	int			security;
	int			nestlevel;

	GetUserIdAndSecContext(&user, &security);
	BeginInternalSubTransaction(NULL);	/* no xid unless cells overflow */
	MemoryContextSwitchTo(context);
	PG_TRY();
	{
		SetUserIdAndSecContext(sp_relation_owner(def->deltas), security |
							   SECURITY_LOCAL_USERID_CHANGE | SECURITY_RESTRICTED_OPERATION);
		nestlevel = NewGUCNestLevel();
		RestrictSearchPath();
		sp_work_begin(GetUserId());
		fold = fold_statement(def, trigdata, plan);
		AtEOXact_GUC(false, nestlevel);
		SetUserIdAndSecContext(user, security);
		ReleaseCurrentSubTransaction();
	}
	PG_CATCH();
	{
		ErrorData  *error;

		MemoryContextSwitchTo(context);
		error = CopyErrorData();
		if (error->sqlerrcode == ERRCODE_QUERY_CANCELED)
			PG_RE_THROW();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
		*problem = error->message;
		fold = NULL;
	}
	PG_END_TRY();
	MemoryContextSwitchTo(context);
	CurrentResourceOwner = owner;
	return fold;
}

static void
capture_statement(RollupDef *def, TriggerData *trigdata)
{
	RollupPlan *plan = NULL;
	char	   *problem = NULL;
	CellFold   *fold = try_fold(def, trigdata, &plan, &problem);

	if (fold == NULL)
		sp_record_rollup_gap(def, problem);
	else if (sp_fold_inexact(fold))
		sp_record_rollup_gap(def, "a NaN or an infinity was summed");
	else
		write_deltas(plan, fold);
}

PG_FUNCTION_INFO_V1(sp_rollup_statement);

/* AFTER ... FOR EACH STATEMENT, with transition tables, on each source and its partitions */
Datum
sp_rollup_statement(PG_FUNCTION_ARGS)
{
	TriggerData *trigdata = (TriggerData *) fcinfo->context;
	MemoryContext context;
	MemoryContext caller;
	ListCell   *lc;

	if (!CALLED_AS_TRIGGER(fcinfo) || !TRIGGER_FIRED_AFTER(trigdata->tg_event) ||
		!TRIGGER_FIRED_FOR_STATEMENT(trigdata->tg_event))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("rollup_statement() was not fired after a statement"),
				 errdetail("It turns the rows of a statement into deltas of a rollup."),
				 errhint("Create it with pulse.create_rollup().")));
	context = AllocSetContextCreate(CurrentMemoryContext, "salespulse rollup capture",
									ALLOCSET_DEFAULT_SIZES);
	caller = MemoryContextSwitchTo(context);
	foreach(lc, sp_rollups_of(trigdata->tg_relation))
	{
		if (TRIGGER_FIRED_BY_TRUNCATE(trigdata->tg_event))
			sp_record_rollup_gap(lfirst(lc), psprintf("%s was truncated",
													  RelationGetRelationName(trigdata->tg_relation)));
		else
			capture_statement(lfirst(lc), trigdata);
	}
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
	return PointerGetDatum(NULL);
}
