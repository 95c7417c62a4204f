/*
 * capture_rows.c
 *	  From rows of an application's table to rows of an event table.
 *
 * Rows are taken in loads of up to a thousand: a load is evaluated, then
 * written.  Where evaluation can fail it is guarded; the row that fails is
 * reported and the load goes on behind it, so a million good rows cost one
 * guard per thousand and not one per row.
 */
#include "base/base.h"

#include "access/table.h"
#include "event/event.h"
#include "event/watch.h"
#include "executor/executor.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/typcache.h"

typedef struct RunColumn
{
	AttrNumber	target;
	AttrNumber	plain;			/* 0: expr */
	ExprState  *expr;
} RunColumn;

typedef struct CaptureRun
{
	WatchDef   *watch;
	WatchBinding *binding;
	CaptureSource *source;
	Relation	event;
	Bitmapset  *targets;		/* its columns that the source gives */
	EventWriter *writer;
	int			operation;
	ExprContext *econtext;
	TupleTableSlot *no_row;		/* old row of a row that is new; NULL: nobody
								 * asks */
	RunColumn  *columns;
	int			column_count;
	ExprState  *condition;
	bool		guarded;
	bool		exhausted;
	int64		rows_read;
	MemoryContext load_context;
	char	  **keys;			/* of the load, when writing may fail */
} CaptureRun;

/* ---- did the row change ---- */

/*
 * By value: what has the same bytes is the same, and so is what the type's own
 * "=" calls the same, such as 1.0 and 1.00.  Types of extensions go by bytes:
 * their code is not run for a client.
 */
static bool
column_changed(TupleDesc desc, AttrNumber attno, TupleTableSlot *old_row, TupleTableSlot *new_row)
{
	Form_pg_attribute att = TupleDescAttr(desc, attno - 1);
	bool		old_null;
	bool		new_null;
	Datum		old_value = slot_getattr(old_row, attno, &old_null);
	Datum		new_value = slot_getattr(new_row, attno, &new_null);
	TypeCacheEntry *type;

	if (old_null || new_null)
		return old_null != new_null;
	if (datum_image_eq(old_value, new_value, att->attbyval, att->attlen))
		return false;
	if (att->attbyval || att->atttypid >= FirstNormalObjectId)
		return true;
	type = lookup_type_cache(att->atttypid, TYPECACHE_EQ_OPR_FINFO);
	return !OidIsValid(type->eq_opr) ||
		!DatumGetBool(FunctionCall2Coll(&type->eq_opr_finfo, att->attcollation,
										old_value, new_value));
}

static bool
row_changed(CaptureRun *run)
{
	TupleDesc	desc = RelationGetDescr(run->source->relation);
	TupleTableSlot *old_row = run->source->old_row;
	TupleTableSlot *new_row = run->source->new_row;
	int			attno = -1;

	if (TTS_EMPTY(old_row))
		return true;
	if (run->binding->changes_of != NULL)
	{
		while ((attno = bms_next_member(run->binding->changes_of, attno)) >= 0)
			if (column_changed(desc, attno, old_row, new_row))
				return true;
		return false;
	}
	for (attno = 1; attno <= desc->natts; attno++)
		if (!TupleDescAttr(desc, attno - 1)->attisdropped &&
			column_changed(desc, attno, old_row, new_row))
			return true;
	return false;
}

/* ---- one row ---- */

static TupleTableSlot *
subject_row(CaptureRun *run)
{
	return run->operation == CAPTURE_DELETE ? run->source->old_row : run->source->new_row;
}

static bool
makes_an_event(CaptureRun *run)
{
	if (run->operation == CAPTURE_UPDATE && !row_changed(run))
		return false;
	return run->condition == NULL || ExecQual(run->condition, run->econtext);
}

static void
fill_event(CaptureRun *run, TupleTableSlot *row, TupleTableSlot *event)
{
	for (int i = 0; i < run->column_count; i++)
	{
		RunColumn  *column = &run->columns[i];
		bool		isnull;
		Datum		value = column->plain > 0 ?
		slot_getattr(row, column->plain, &isnull) :
		ExecEvalExprSwitchContext(column->expr, run->econtext, &isnull);

		if (isnull && column->target == EVENT_ATT_AT)
			continue;			/* then it happened when it arrived */
		event->tts_values[column->target - 1] = value;
		event->tts_isnull[column->target - 1] = isnull;
	}
}

static void
remember_key(CaptureRun *run, TupleTableSlot *row)
{
	MemoryContext caller = MemoryContextSwitchTo(run->load_context);

	run->keys[sp_writer_count(run->writer)] = sp_row_key(run->source->relation, row);
	MemoryContextSwitchTo(caller);
}

static void
capture_row(CaptureRun *run)
{
	TupleTableSlot *row = subject_row(run);
	TupleTableSlot *event;

	ResetExprContext(run->econtext);
	run->econtext->ecxt_scantuple = row;
	if (run->no_row != NULL)
		run->econtext->ecxt_outertuple = run->source->old_row == NULL ||
			TTS_EMPTY(run->source->old_row) ? run->no_row : run->source->old_row;
	slot_getsomeattrs(row, run->binding->last_source);
	if (!makes_an_event(run))
		return;
	event = sp_writer_slot(run->writer);
	fill_event(run, row, event);
	if (run->source->only_missing && sp_event_is_known(run->event, run->targets, event))
		return;
	if (run->keys != NULL)
		remember_key(run, row);
	sp_writer_add(run->writer);
}

/* ---- a load of rows ---- */

/* Until the writer is full; exhausted when there was no more. */
static void
read_load(CaptureRun *run)
{
	while (!sp_writer_full(run->writer))
	{
		if (!run->source->next_row(run->source))
		{
			run->exhausted = true;
			return;
		}
		run->rows_read++;
		capture_row(run);
		CHECK_FOR_INTERRUPTS();
	}
}

static void
init_expressions(CaptureRun *run)
{
	ListCell   *cell;
	int			i = 0;

	foreach(cell, run->binding->columns)
	{
		BoundColumn *column = lfirst(cell);

		run->columns[i].target = column->target;
		run->columns[i].plain = column->plain;
		if (column->plain == 0)
			run->columns[i].expr = ExecInitExpr((Expr *) column->expr, NULL);
		i++;
	}
	run->column_count = i;
	if (run->binding->condition != NULL)
		run->condition = ExecInitQual(list_make1(run->binding->condition), NULL);
}

static void
read_load_guarded(CaptureRun *run)
{
	CaptureGuard guard = {0};
	ErrorData  *volatile error = NULL;

	PG_TRY();
	{
		sp_guard_begin(&guard, run->watch->author);
		if (run->column_count == 0)
			init_expressions(run);	/* the author's right to call them is
									 * checked */
		read_load(run);
		sp_guard_end(&guard);
	}
	PG_CATCH();
	{
		error = sp_guard_failed(&guard);
	}
	PG_END_TRY();
	if (error == NULL)
		return;
	if (run->column_count == 0)
	{
		sp_watch_broken(run->watch, error);
		run->exhausted = true;
	}
	else
		sp_capture_failed(run->watch, sp_row_key(run->source->relation, subject_row(run)),
						  error);
}

static void
write_failed(void *arg, int row, ErrorData *error)
{
	CaptureRun *run = arg;

	sp_capture_failed(run->watch, run->keys[row], error);
}

static int64
capture_loads(CaptureRun *run)
{
	int64		captured = 0;

	while (!run->exhausted)
	{
		sp_writer_reserve(run->writer, Max(run->source->count - run->rows_read, 1));
		if (run->guarded)
			read_load_guarded(run);
		else
			read_load(run);
		if (sp_writer_full(run->writer) || run->exhausted)
		{
			captured += sp_writer_flush(run->writer, write_failed, run);
			if (run->load_context != NULL)
				MemoryContextReset(run->load_context);
		}
	}
	return captured;
}

/* ---- a statement ---- */

static Bitmapset *
targets_of(WatchBinding *binding)
{
	Bitmapset  *targets = NULL;
	ListCell   *cell;

	foreach(cell, binding->columns)
		targets = bms_add_member(targets, ((BoundColumn *) lfirst(cell))->target);
	return targets;
}

/* Binding anew runs parts of the author's expressions, and may fail. */
static WatchBinding *
bind_guarded(WatchDef *watch, Relation source, Relation event)
{
	CaptureGuard guard = {0};
	WatchBinding *volatile binding = NULL;

	PG_TRY();
	{
		sp_guard_begin(&guard, watch->author);
		binding = sp_watch_binding(watch, source, event);
		sp_guard_end(&guard);
	}
	PG_CATCH();
	{
		sp_watch_broken(watch, sp_guard_failed(&guard));
	}
	PG_END_TRY();
	return binding;
}

static void
event_table_lacks(WatchDef *watch, char *what)
{
	ErrorData	error = {.sqlerrcode = ERRCODE_UNDEFINED_TABLE,.message = what};

	sp_watch_broken(watch, &error);
}

static int64
run_capture(CaptureRun *run)
{
	EState	   *estate = CreateExecutorState();
	int64		captured;

	run->econtext = CreateExprContext(estate);
	if (run->binding->reads_old)
		run->no_row = ExecStoreAllNullTuple(MakeSingleTupleTableSlot(RelationGetDescr(run->source->relation),
																	 &TTSOpsVirtual));
	run->columns = palloc0(sizeof(RunColumn) * Max(list_length(run->binding->columns), 1));
	run->targets = targets_of(run->binding);
	run->writer = sp_writer_open(run->event, run->targets, run->source->count);
	if (run->writer == NULL)
	{
		event_table_lacks(run->watch, "the event table has no partition for rows of now");
		return 0;
	}
	run->guarded = run->binding->guarded || sp_writer_checks(run->writer);
	if (sp_writer_may_fail(run->writer))
	{
		run->keys = palloc0(sizeof(char *) * SP_WRITER_MAX_ROWS);
		run->load_context = AllocSetContextCreate(CurrentMemoryContext,
												  "salespulse capture load",
												  ALLOCSET_DEFAULT_SIZES);
	}
	if (!run->guarded)
		init_expressions(run);
	captured = capture_loads(run);
	sp_writer_close(run->writer);
	FreeExecutorState(estate);
	return captured;
}

int64
sp_capture_rows(WatchDef *watch, CaptureSource *source, int operation)
{
	CaptureRun	run = {.watch = watch,.source = source,.operation = operation};
	int64		captured = 0;

	if (watch->state != WATCH_OK || source->count == 0)
		return 0;
	if (OidIsValid(watch->event_relid))
		run.event = try_table_open(watch->event_relid, RowExclusiveLock);
	if (run.event == NULL)
	{
		event_table_lacks(watch, "the event table is gone");
		return 0;
	}
	source->rewind(source);
	run.binding = sp_known_binding(watch, source->relation, run.event);
	if (run.binding == NULL)
		run.binding = bind_guarded(watch, source->relation, run.event);
	if (run.binding != NULL)
		captured = run_capture(&run);
	table_close(run.event, NoLock);
	return captured;
}
