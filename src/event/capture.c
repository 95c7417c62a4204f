/*
 * capture.c
 *	  The trigger functions: which watches a firing serves, and with what rows.
 *
 * One function serves all watches of a table.  Where a row goes comes from the
 * watch catalog alone, never from the trigger: whoever attaches this function
 * to a table of his own captures nothing.
 */
#include "base/base.h"

#include "commands/trigger.h"
#include "event/watch.h"
#include "executor/executor.h"
#include "utils/rel.h"

static void
refuse_firing(const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
			 errmsg("pulse_internal.capture() was not fired the way it is made for"),
			 errdetail("%s", detail),
			 errhint("Create its triggers with pulse.watch(relation, event).")));
}

static int
fired_operation(TriggerData *trigdata)
{
	if (TRIGGER_FIRED_BY_INSERT(trigdata->tg_event))
		return CAPTURE_INSERT;
	if (TRIGGER_FIRED_BY_UPDATE(trigdata->tg_event))
		return CAPTURE_UPDATE;
	return TRIGGER_FIRED_BY_DELETE(trigdata->tg_event) ? CAPTURE_DELETE : 0;
}

static bool
watch_wants(WatchDef *watch, int operation, bool row_level)
{
	return watch->row_level == row_level && (watch->operations & operation) != 0 &&
		watch->state == WATCH_OK;
}

static bool
any_wants(List *watches, int operation, bool row_level)
{
	ListCell   *cell;

	foreach(cell, watches)
		if (watch_wants(lfirst(cell), operation, row_level))
		return true;
	return false;
}

static void
capture_for_all(List *watches, CaptureSource *source, int operation, bool row_level)
{
	ListCell   *cell;

	foreach(cell, watches)
		if (watch_wants(lfirst(cell), operation, row_level))
		(void) sp_capture_rows(lfirst(cell), source, operation);
}

static void
capture_statement(TriggerData *trigdata, List *watches, int operation)
{
	CaptureSource *source;

	if ((operation != CAPTURE_DELETE && trigdata->tg_newtable == NULL) ||
		(operation != CAPTURE_INSERT && trigdata->tg_oldtable == NULL))
		refuse_firing("The trigger has no transition tables.");
	source = sp_store_source(trigdata->tg_relation,
							 operation != CAPTURE_INSERT ? trigdata->tg_oldtable : NULL,
							 operation != CAPTURE_DELETE ? trigdata->tg_newtable : NULL);
	capture_for_all(watches, source, operation, false);
	sp_store_source_end(source);
}

/* For a DELETE the trigger's slot holds the old row, for an INSERT the new. */
static void
capture_one_row(TriggerData *trigdata, List *watches, int operation)
{
	TupleTableSlot *old_row = operation != CAPTURE_INSERT ? trigdata->tg_trigslot : NULL;
	TupleTableSlot *new_row = operation == CAPTURE_INSERT ? trigdata->tg_trigslot :
	operation == CAPTURE_UPDATE ? trigdata->tg_newslot : NULL;

	capture_for_all(watches, sp_row_source(trigdata->tg_relation, old_row, new_row),
					operation, true);
}

static void
capture_truncate(Relation rel, List *watches)
{
	ListCell   *cell;

	foreach(cell, watches)
	{
		WatchDef   *watch = lfirst(cell);

		sp_record_gap(watch->watch_id, false,
					  psprintf("TRUNCATE of %s", RelationGetRelationName(rel)));
	}
}

PG_FUNCTION_INFO_V1(sp_capture);

Datum
sp_capture(PG_FUNCTION_ARGS)
{
	TriggerData *trigdata = (TriggerData *) fcinfo->context;
	List	   *watches;
	int			operation;
	bool		row_level;

	if (!CALLED_AS_TRIGGER(fcinfo))
		refuse_firing("It was called as a function.");
	if (!TRIGGER_FIRED_AFTER(trigdata->tg_event))
		refuse_firing("The trigger fires before the change.");
	watches = sp_watches_of(trigdata->tg_relation);
	row_level = TRIGGER_FIRED_FOR_ROW(trigdata->tg_event);
	operation = fired_operation(trigdata);
	if (operation == 0)
		capture_truncate(trigdata->tg_relation, watches);
	else if (any_wants(watches, operation, row_level))
	{
		if (row_level)
			capture_one_row(trigdata, watches, operation);
		else
			capture_statement(trigdata, watches, operation);
	}
	return PointerGetDatum(NULL);
}
