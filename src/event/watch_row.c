/*
 * watch_row.c
 *	  The event that a watch would make of one row, while that row is written.
 *
 * Rules that work inside the statement judge it before it happens; nothing is
 * written.  Expressions run as the watch's author, as capture does.
 */
#include "base/base.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "event/event.h"
#include "event/watch.h"
#include "executor/executor.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

typedef struct RowRun
{
	WatchDef   *watch;
	Relation	source;
	Relation	event;
	TupleTableSlot *old_row;	/* NULL: it is new */
	TupleTableSlot *new_row;
	WatchBinding *binding;
	ExprContext *econtext;
	Datum	   *values;
	bool	   *nulls;
} RowRun;

static bool
meets_condition(RowRun *run)
{
	return run->binding->condition == NULL ||
		ExecQual(ExecInitQual(list_make1(run->binding->condition), NULL), run->econtext);
}

static void
fill_columns(RowRun *run)
{
	ListCell   *cell;

	foreach(cell, run->binding->columns)
	{
		BoundColumn *column = lfirst(cell);
		bool		isnull;
		Datum		value = column->plain > 0 ? slot_getattr(run->new_row, column->plain, &isnull) :
		ExecEvalExprSwitchContext(ExecInitExpr((Expr *) column->expr, NULL), run->econtext, &isnull);

		if (column->target <= 0 || (isnull && column->target == EVENT_ATT_AT))
			continue;
		run->values[column->target - 1] = value;
		run->nulls[column->target - 1] = isnull;
	}
}

/* False: the watch makes no event of the row. */
static bool
evaluate(RowRun *run)
{
	run->binding = sp_known_binding(run->watch, run->source, run->event);
	if (run->binding == NULL)
		run->binding = sp_watch_binding(run->watch, run->source, run->event);
	run->econtext->ecxt_scantuple = run->new_row;
	if (run->binding->reads_old)
		run->econtext->ecxt_outertuple = run->old_row != NULL ? run->old_row :
			ExecStoreAllNullTuple(MakeSingleTupleTableSlot(RelationGetDescr(run->source), &TTSOpsVirtual));
	slot_getallattrs(run->new_row);
	if (!meets_condition(run))
		return false;
	fill_columns(run);
	return true;
}

static bool
evaluate_guarded(RowRun *run)
{
	CaptureGuard guard = {0};
	volatile bool makes = false;

	PG_TRY();
	{
		sp_guard_begin(&guard, run->watch->author);
		makes = evaluate(run);
		sp_guard_end(&guard);
	}
	PG_CATCH();
	{
		ErrorData  *error = sp_guard_failed(&guard);

		sp_capture_failed(run->watch, sp_row_key(run->source, run->new_row), error);
		makes = false;
	}
	PG_END_TRY();
	return makes;
}

/* Which table of the application, or what it is a part of, is watched for the event? */
Oid
sp_watched_for(Relation rel, int32 kind_id)
{
	ListCell   *cell;

	foreach(cell, sp_watches_of(rel))
	{
		WatchDef   *watch = lfirst(cell);

		if (watch->kind_id == kind_id && watch->state == WATCH_OK && OidIsValid(watch->event_relid))
			return watch->relid;
	}
	return InvalidOid;
}

/*
 * The row of the event, as a value of its type, or NULL where the watch makes
 * none.  What fails is told as capture tells it.
 */
HeapTuple
sp_event_of_row(Relation rel, int32 kind_id, TupleTableSlot *old_row, TupleTableSlot *new_row, TupleDesc *desc)
{
	RowRun		run = {.source = rel,.old_row = old_row,.new_row = new_row};
	EState	   *estate;
	HeapTuple	result = NULL;
	ListCell   *cell;

	foreach(cell, sp_watches_of(rel))
		if (((WatchDef *) lfirst(cell))->kind_id == kind_id && ((WatchDef *) lfirst(cell))->state == WATCH_OK)
		run.watch = lfirst(cell);
	if (run.watch == NULL || !OidIsValid(run.watch->event_relid) ||
		(run.event = try_table_open(run.watch->event_relid, AccessShareLock)) == NULL)
		return NULL;
	estate = CreateExecutorState();
	run.econtext = CreateExprContext(estate);
	*desc = CreateTupleDescCopy(RelationGetDescr(run.event));
	run.values = palloc0(sizeof(Datum) * (*desc)->natts);
	run.nulls = palloc(sizeof(bool) * (*desc)->natts);
	memset(run.nulls, true, sizeof(bool) * (*desc)->natts);
	for (int i = 0; i < EVENT_HEADER_ATTS; i++)
		run.nulls[i] = false;
	run.values[EVENT_ATT_AT - 1] = run.values[EVENT_ATT_RECORDED - 1] = TimestampTzGetDatum(sp_clock());
	if (evaluate_guarded(&run))
		result = heap_form_tuple(*desc, run.values, run.nulls);
	FreeExecutorState(estate);
	table_close(run.event, NoLock);
	return result;
}
