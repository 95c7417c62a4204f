/*
 * pilot.c
 *	  Pilots are written as pulse_owner and name their author; their figures are
 *	  read as him.
 */
#include "report/report.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/date.h"

PG_FUNCTION_INFO_V1(sp_save_pilot);
PG_FUNCTION_INFO_V1(sp_drop_pilot);
PG_FUNCTION_INFO_V1(sp_pilot_rows);

typedef struct PilotSource
{
	const char *query;
	Oid			author;
} PilotSource;

static void
load_pilot(const char *name, PilotSource *pilot)
{
	Oid			types[1] = {TEXTOID};
	Datum		values[1];
	MemoryContext caller = CurrentMemoryContext;
	SpSpiScope	scope;
	bool		isnull;

	values[0] = CStringGetTextDatum(name);
	sp_spi_begin_as(&scope, sp_owner_role());
	if (SPI_execute_with_args("SELECT query, author::oid FROM pulse_internal.pilot WHERE name = $1", 1, types, values, NULL, false, 1) != SPI_OK_SELECT)
		elog(ERROR, "the pilot could not be read");
	if (SPI_processed == 0)
		ereport(ERROR,
				(errcode(ERRCODE_SP_UNKNOWN_PILOT),
				 errmsg("unknown pilot \"%s\"", name),
				 errdetail("There is no pilot of that name."),
				 errhint("Look at SELECT name FROM pulse.pilots.")));
	pilot->query = MemoryContextStrdup(caller, SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1));
	pilot->author = DatumGetObjectId(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 2, &isnull));
	sp_spi_end(&scope);
}

/* (name, definition): the row, and its baseline as it is now */
Datum
sp_save_pilot(PG_FUNCTION_ARGS)
{
	Oid			types[3] = {TEXTOID, JSONBOID, OIDOID};
	Datum		values[3] = {PG_GETARG_DATUM(0), PG_GETARG_DATUM(1), ObjectIdGetDatum(GetUserId())};
	char	   *name = text_to_cstring(PG_GETARG_TEXT_PP(0));
	uint64		frozen;

	if (sp_execute_as_owner("INSERT INTO pulse_internal.pilot (name, query, by_member, has_control, baseline_since, baseline_until, started,"
							" until, unit, direction, target, cost, value_per_unit, currency, level, block, author, created_at)"
							" SELECT $1, d.query, d.by_member, d.has_control, d.baseline_since, d.baseline_until, d.started, d.until, d.unit,"
							" d.direction, d.target, d.cost, d.value_per_unit, d.currency, d.level, d.block, $3, pulse.clock()"
							" FROM jsonb_populate_record(NULL::pulse_internal.pilot, $2) AS d ON CONFLICT DO NOTHING",
							SPI_OK_INSERT, 3, types, values, NULL) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_OBJECT),
				 errmsg("pilot \"%s\" already exists", name),
				 errdetail("The baseline of a pilot is frozen; it is not changed."),
				 errhint("Take another name, or SELECT pulse.drop_pilot('%s');", name)));
	frozen = sp_execute_as_owner("INSERT INTO pulse_internal.pilot_baseline (pilot_id, member, day, control, value)"
								 " SELECT p.pilot_id, r.member, r.day, r.control, r.value FROM pulse_internal.pilot AS p,"
								 " LATERAL pulse_internal.pilot_rows(p.name, p.baseline_since, p.baseline_until) AS r"
								 " WHERE p.name = $1 AND $2 IS NOT NULL AND $3 IS NOT NULL", SPI_OK_INSERT, 3, types, values, NULL);
	if (frozen == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("pilot \"%s\" has no baseline", name),
				 errdetail("There are no figures of the days of the baseline."),
				 errhint("Look at the days, and at the condition.")));
	PG_RETURN_INT64((int64) frozen);
}

Datum
sp_drop_pilot(PG_FUNCTION_ARGS)
{
	Oid			types[1] = {TEXTOID};
	Datum		values[1] = {PG_GETARG_DATUM(0)};
	char	   *name = text_to_cstring(PG_GETARG_TEXT_PP(0));
	PilotSource pilot;

	load_pilot(name, &pilot);
	report_require_author(pilot.author, "pilot", name);
	(void) sp_execute_as_owner("DELETE FROM pulse_internal.pilot WHERE name = $1", SPI_OK_DELETE, 1, types, values, NULL);
	PG_RETURN_VOID();
}

static void
say_which_pilot(void *arg)
{
	errcontext("figures of pilot \"%s\"", (const char *) arg);
}

/* (name, since, until): member, day, control, value, read as the author */
Datum
sp_pilot_rows(PG_FUNCTION_ARGS)
{
	char	   *name = text_to_cstring(PG_GETARG_TEXT_PP(0));
	ErrorContextCallback context = {error_context_stack, say_which_pilot, name};
	Oid			types[2] = {DATEOID, DATEOID};
	Datum		values[2] = {PG_GETARG_DATUM(1), PG_GETARG_DATUM(2)};
	PilotSource pilot;
	SpSpiScope	scope;

	load_pilot(name, &pilot);
	report_require_reader(pilot.author, "pilot", name);
	InitMaterializedSRF(fcinfo, 0);
	error_context_stack = &context;
	sp_spi_begin_as(&scope, pilot.author);
	if (SPI_execute_with_args(psprintf("SELECT coalesce(q.member, ''), q.day, coalesce(q.control, false), sum(q.value)::pg_catalog.float8 FROM (%s) AS q"
									   " WHERE q.day IS NOT NULL AND q.value IS NOT NULL GROUP BY 1, 2, 3", pilot.query),
							  2, types, values, NULL, true, 0) != SPI_OK_SELECT)
		elog(ERROR, "the figures of the pilot could not be read");
	sp_return_rows(fcinfo);
	sp_spi_end(&scope);
	error_context_stack = context.previous;
	return (Datum) 0;
}
