/*
 * report.c
 *	  Reports: named queries, owned and run by their authors.
 *
 * A report is a function of its author in the event schema, so PostgreSQL tracks
 * what it depends on.  Invariant: it is run as its author, restricted and read
 * only, within rule_time_limit; what it cannot do makes it broken and never
 * fails a tick.
 */
#include "base/base.h"

#include "access/htup_details.h"
#include "catalog/namespace.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "escalation/attempt.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "rule/live.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

typedef struct Report
{
	int32		report_id;
	Oid			author;
	int32		max_rows;
} Report;

/* False: there is no report of that name. */
static bool
find_report(Datum name, Report *report)
{
	SpSpiScope	scope;
	Oid			types[1] = {TEXTOID};
	bool		found;
	bool		isnull;

	sp_spi_begin_as(&scope, sp_owner_role());
	if (SPI_execute_with_args("SELECT report_id, author::oid, max_rows FROM pulse_internal.report WHERE name = $1",
							  1, types, &name, NULL, true, 1) != SPI_OK_SELECT)
		elog(ERROR, "could not read pulse_internal.report");
	found = SPI_processed == 1;
	if (found)
	{
		HeapTuple	row = SPI_tuptable->vals[0];

		report->report_id = DatumGetInt32(SPI_getbinval(row, SPI_tuptable->tupdesc, 1, &isnull));
		report->author = DatumGetObjectId(SPI_getbinval(row, SPI_tuptable->tupdesc, 2, &isnull));
		report->max_rows = DatumGetInt32(SPI_getbinval(row, SPI_tuptable->tupdesc, 3, &isnull));
	}
	sp_spi_end(&scope);
	return found;
}

/* Raises unless the caller may change the report of that name; false: there is none. */
static bool
own_report(Datum name, Report *report)
{
	if (!find_report(name, report))
		return false;
	if (!has_privs_of_role(GetUserId(), report->author) &&
		!has_privs_of_role(GetUserId(), get_role_oid("pulse_admin", false)))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("must be author of report \"%s\"", TextDatumGetCString(name)),
				 errdetail("It belongs to %s.", GetUserNameFromId(report->author, true)),
				 errhint("Ask its author, or take another name.")));
	return true;
}

PG_FUNCTION_INFO_V1(sp_own_report);

/* (name): the number of the caller's report of that name, or NULL */
Datum
sp_own_report(PG_FUNCTION_ARGS)
{
	Report		report;

	if (!own_report(PG_GETARG_DATUM(0), &report))
		PG_RETURN_NULL();
	PG_RETURN_INT32(report.report_id);
}

static char *
function_name(int32 report_id)
{
	return psprintf("report_%d", report_id);
}

/* InvalidOid: there is no such function. */
static Oid
function_owner(int32 report_id)
{
	Oid			argument = TEXTOID;
	HeapTuple	function = SearchSysCache3(PROCNAMEARGSNSP, CStringGetDatum(function_name(report_id)),
										   PointerGetDatum(buildoidvector(&argument, 1)),
										   ObjectIdGetDatum(get_namespace_oid(sp_setting("event_schema"), false)));
	Oid			owner;

	if (!HeapTupleIsValid(function))
		return InvalidOid;
	owner = ((Form_pg_proc) GETSTRUCT(function))->proowner;
	ReleaseSysCache(function);
	return owner;
}

/* Whoever registers a function lends his rights: so it must be his. */
static void
check_function(int32 report_id)
{
	Oid			owner = function_owner(report_id);

	if (!OidIsValid(owner) || !has_privs_of_role(GetUserId(), owner))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("must be owner of function %s", function_name(report_id)),
				 errdetail("A report runs with the rights of who made it."),
				 errhint("Use pulse.create_report().")));
}

PG_FUNCTION_INFO_V1(sp_save_report);

/* (report_id, name, query, max_rows, on_empty, layout): void */
Datum
sp_save_report(PG_FUNCTION_ARGS)
{
	Oid			types[7] = {INT4OID, TEXTOID, TEXTOID, INT4OID, TEXTOID, TEXTOID, REGROLEOID};
	Datum		values[7];
	Report		former;

	check_function(PG_GETARG_INT32(0));
	(void) own_report(PG_GETARG_DATUM(1), &former);
	for (int i = 0; i < 6; i++)
		values[i] = PG_GETARG_DATUM(i);
	values[6] = ObjectIdGetDatum(GetUserId());
	(void) sp_execute_as_owner("INSERT INTO pulse_internal.report (report_id, name, query, max_rows, on_empty, layout, author, created_at)"
							   " VALUES ($1, $2, $3, $4, $5, $6, $7, pulse.clock()) ON CONFLICT (name) DO UPDATE"
							   " SET report_id = excluded.report_id, query = excluded.query, max_rows = excluded.max_rows,"
							   " on_empty = excluded.on_empty, layout = excluded.layout, author = excluded.author,"
							   " state = 'ok', reason = NULL",
							   SPI_OK_INSERT, 7, types, values, NULL);
	PG_RETURN_VOID();
}

PG_FUNCTION_INFO_V1(sp_drop_report);

/* (name): forgets it, whose function the caller drops; its number */
Datum
sp_drop_report(PG_FUNCTION_ARGS)
{
	Oid			types[1] = {TEXTOID};
	Datum		values[1] = {PG_GETARG_DATUM(0)};
	Report		report;

	if (!own_report(values[0], &report))
		ereport(ERROR,
				(errcode(ERRCODE_SP_UNKNOWN_REPORT),
				 errmsg("unknown report \"%s\"", TextDatumGetCString(values[0])),
				 errdetail("There is no report of that name."),
				 errhint("See SELECT name FROM pulse.reports.")));
	(void) sp_execute_as_owner("DELETE FROM pulse_internal.report WHERE name = $1", SPI_OK_DELETE, 1, types, values, NULL);
	PG_RETURN_INT32(report.report_id);
}

/* ---- running ---- */

typedef struct ReportRun
{
	Report		report;
	Datum		recipient;
	MemoryContext caller;
	ArrayBuildState *rows;
	bool		cut;
} ReportRun;

static void
run_report(void *argument)
{
	ReportRun  *run = argument;
	Oid			types[1] = {TEXTOID};
	SpSpiScope	scope;
	uint64		count;

	if (!OidIsValid(sp_hold_own_function(function_name(run->report.report_id), run->report.author)))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_FUNCTION),
				 errmsg("function %s is gone, or belongs to another role now", function_name(run->report.report_id)),
				 errdetail("A report runs with the rights of its author; its function goes with what it reads."),
				 errhint("Have its author make the report again.")));
	sp_spi_begin_as(&scope, run->report.author);
	if (SPI_execute_with_args(psprintf("SELECT r::pg_catalog.text FROM %s($1) AS r",
									   quote_qualified_identifier(sp_setting("event_schema"),
																  function_name(run->report.report_id))),
							  1, types, &run->recipient, NULL, true, run->report.max_rows + 1) != SPI_OK_SELECT)
		elog(ERROR, "could not run report %d", run->report.report_id);
	count = Min(SPI_processed, (uint64) run->report.max_rows);
	run->cut = SPI_processed > count;
	for (uint64 i = 0; i < count; i++)
	{
		bool		isnull;
		Datum		row = SPI_getbinval(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 1, &isnull);

		run->rows = accumArrayResult(run->rows, row, isnull, TEXTOID, run->caller);
	}
	sp_spi_end(&scope);
}

static void
note_state(Datum name, const char *reason)
{
	Oid			types[2] = {TEXTOID, TEXTOID};
	Datum		values[2] = {name, reason == NULL ? (Datum) 0 : CStringGetTextDatum(reason)};

	(void) sp_execute_as_owner("UPDATE pulse_internal.report SET last_run_at = pulse.clock(), reason = $2,"
							   " state = CASE WHEN $2 IS NULL THEN 'ok' ELSE 'broken' END WHERE name = $1",
							   SPI_OK_UPDATE, 2, types, values, reason == NULL ? " n" : NULL);
}

PG_FUNCTION_INFO_V1(sp_run_report);

/* (name, recipient) -> (rows as JSON texts, cut, failure) */
Datum
sp_run_report(PG_FUNCTION_ARGS)
{
	ReportRun	run = {.recipient = PG_GETARG_DATUM(1),.caller = CurrentMemoryContext};
	TupleDesc	desc;
	Datum		values[3] = {0};
	bool		nulls[3] = {true, false, true};
	char	   *failure;

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "run_report() returns a row");
	if (!find_report(PG_GETARG_DATUM(0), &run.report))
		failure = "there is no report of that name";
	else
	{
		failure = sp_attempt_limited(run_report, &run, false);
		note_state(PG_GETARG_DATUM(0), failure);
	}
	values[1] = BoolGetDatum(run.cut && failure == NULL);
	if (failure != NULL)
		values[2] = CStringGetTextDatum(failure);
	else
		values[0] = run.rows == NULL ? PointerGetDatum(construct_empty_array(TEXTOID)) :
			makeArrayResult(run.rows, CurrentMemoryContext);
	nulls[0] = failure != NULL;
	nulls[2] = failure == NULL;
	return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls));
}
