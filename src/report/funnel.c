/*
 * funnel.c
 *	  pulse.funnel and pulse.cycle_days: how far things come and how long it
 *	  takes, over any relation with a row per thing and a date per stage.
 *
 * What has not come further yet has taken as long as it is old, and counts as
 * longer than that (Kaplan and Meier): leaving it out, as an average over the
 * finished does, makes the figure too small.  Expressions are the caller's, with
 * his rights and search_path; what is ours in the statement is named in full.
 */
#include "base/base.h"

#include "aging/source.h"
#include "calendar/daytime.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "report/report.h"
#include "utils/builtins.h"
#include "utils/date.h"

PG_FUNCTION_INFO_V1(sp_funnel);
PG_FUNCTION_INFO_V1(sp_cycle_days);

#define MOST_STAGES		12

/* read to the end: which relation, with which keys, and which of its rows */
typedef struct CycleSource
{
	AgingSource items;
	Oid			relid;
	const char *condition;		/* or NULL */
} CycleSource;

static void
open_source(CycleSource *source, FunctionCallInfo fcinfo, const char *start, int by, int condition)
{
	if (PG_ARGISNULL(0) || PG_ARGISNULL(by))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("relation and by must not be null"),
				 errdetail("The figures are of a table or view, by columns of it."),
				 errhint("Type its name, as in 'app.lead', and leave by out for one group.")));
	source->relid = PG_GETARG_OID(0);
	aging_source_read(&source->items, source->relid, "1", start, PG_GETARG_ARRAYTYPE_P(by));
	source->condition = PG_ARGISNULL(condition) ? NULL
		: aging_source_condition(&source->items, source->relid, report_text_argument(fcinfo, condition));
}

static void
append_from(StringInfo sql, const CycleSource *source)
{
	ListCell   *cell;

	foreach(cell, source->items.keys)
		appendStringInfo(sql, ", %s AS key%d", (char *) lfirst(cell), foreach_current_index(cell) + 1);
	appendStringInfo(sql, " FROM %s%s%s", source->items.relation,
					 source->condition != NULL ? " WHERE " : "", source->condition != NULL ? source->condition : "");
}

static Datum
as_of_argument(FunctionCallInfo fcinfo, int n)
{
	return PG_ARGISNULL(n) ? DateADTGetDatum(sp_day_of(sp_clock())) : PG_GETARG_DATUM(n);
}

static void
return_rows(FunctionCallInfo fcinfo, const char *sql, Oid *types, Datum *values, int n)
{
	if (SPI_execute_with_args(sql, n, types, values, NULL, true, 0) != SPI_OK_SELECT)
		elog(ERROR, "the statement of the report failed");
	sp_return_rows(fcinfo);
}

/* ---- cycle_days(relation, started, finished, grain, as_of, by, condition, cohort) ---- */

static char *
cycle_sql(const CycleSource *source, const char *finished, bool by_end)
{
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfoString(&sql, "SELECT ");
	aging_source_append_object(&source->items, &sql, "f");
	appendStringInfo(&sql, ", f.cohort::pg_catalog.text, f.items, f.finished, f.items OPERATOR(pg_catalog.-) f.finished, f.median, f.mean,"
					 " f.finished_mean, CASE WHEN f.median IS NULL THEN 'short_history' WHEN %s THEN 'finished_only' ELSE 'ok' END FROM ("
					 "SELECT pulse.period_of(%s, $2) AS cohort, pg_catalog.count(*) AS items,"
					 " pg_catalog.count(*) FILTER (WHERE item.done) AS finished, pulse.km_median(item.days, item.done) AS median,"
					 " pulse.km_mean(item.days, item.done) AS mean, (pg_catalog.avg(item.days) FILTER (WHERE item.done))::pg_catalog.float8 AS finished_mean",
					 by_end ? "true" : "false", by_end ? "item.finished" : "item.started");
	aging_source_append_keys(&source->items, &sql);
	appendStringInfoString(&sql, " FROM (SELECT dated.*, GREATEST(LEAST(dated.finished, $1) OPERATOR(pg_catalog.-) dated.started, 0) AS days,"
						   " coalesce(dated.finished OPERATOR(pg_catalog.<=) $1, false) AS done FROM (");
	appendStringInfo(&sql, "SELECT %s AS started, %s AS finished", source->items.due, finished);
	append_from(&sql, source);
	appendStringInfo(&sql, ") AS dated WHERE dated.started OPERATOR(pg_catalog.<=) $1) AS item%s GROUP BY 1", by_end ? " WHERE item.done" : "");
	aging_source_append_keys(&source->items, &sql);
	appendStringInfoString(&sql, ") AS f");
	aging_source_append_order(&source->items, &sql, "f", "f.cohort USING OPERATOR(pulse.<)");
	return sql.data;
}

static bool
cohort_is_end(const char *cohort)
{
	if (cohort != NULL && strcmp(cohort, "finished") == 0)
		return true;
	if (cohort == NULL || strcmp(cohort, "started") != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("unusable cohort"),
				 errdetail("Things are put together by when they started, or by when they finished."),
				 errhint("Type cohort => 'started' or 'finished'.")));
	return false;
}

Datum
sp_cycle_days(PG_FUNCTION_ARGS)
{
	Oid			types[2] = {DATEOID, TEXTOID};
	Datum		values[2];
	char	   *started = report_text_argument(fcinfo, 1);
	char	   *finished = report_text_argument(fcinfo, 2);
	char	   *grain = report_text_argument(fcinfo, 3);
	bool		by_end = cohort_is_end(report_text_argument(fcinfo, 7));
	CycleSource source;

	report_require(started, "started", "Name a column or an expression: started => 'created_at'.");
	report_require(finished, "finished", "Name a column or an expression: finished => 'first_payment'.");
	report_require(grain, "grain", "Type 'day', 'week', 'month', 'quarter' or 'year'.");
	InitMaterializedSRF(fcinfo, 0);
	values[0] = as_of_argument(fcinfo, 4);
	values[1] = CStringGetTextDatum(grain);
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	open_source(&source, fcinfo, started, 5, 6);
	return_rows(fcinfo, cycle_sql(&source, aging_source_date(&source.items, source.relid, "finished", finished), by_end), types, values, 2);
	SPI_finish();
	return (Datum) 0;
}

/* ---- funnel(relation, stages, names, as_of, by, condition) ---- */

/* the first of the dates from a stage on: when it, or a later one, was reached */
static void
append_first_from(StringInfo sql, int stage, int n_stages)
{
	appendStringInfo(sql, "LEAST(NULL::pg_catalog.date");
	for (int i = stage; i <= n_stages; i++)
		appendStringInfo(sql, ", item.d%d", i);
	appendStringInfoChar(sql, ')');
}

static void
append_stage(StringInfo sql, int stage, int n_stages)
{
	StringInfoData next;

	initStringInfo(&next);
	append_first_from(&next, stage + 1, n_stages);
	appendStringInfo(sql, "%s pg_catalog.count(*) FILTER (WHERE ", stage > 1 ? "," : "");
	append_first_from(sql, stage, n_stages);
	appendStringInfo(sql, " OPERATOR(pg_catalog.<=) $1) AS entered%d,"
					 " pg_catalog.count(*) FILTER (WHERE item.d%d OPERATOR(pg_catalog.<=) $1 AND coalesce(%s OPERATOR(pg_catalog.>) $1, true)) AS waiting%d,"
					 " pulse.km_median(GREATEST(LEAST(%s, $1) OPERATOR(pg_catalog.-) item.d%d, 0), coalesce(%s OPERATOR(pg_catalog.<=) $1, false))"
					 " FILTER (WHERE item.d%d OPERATOR(pg_catalog.<=) $1) AS median%d",
					 stage, stage, next.data, stage, next.data, stage, next.data, stage, stage);
}

static char *
funnel_sql(const CycleSource *source, const char **stages, const char **names, int n)
{
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfoString(&sql, "SELECT ");
	aging_source_append_object(&source->items, &sql, "f");
	appendStringInfo(&sql, ", s.stage, s.name, s.entered,"
					 " pg_catalog.round(s.entered OPERATOR(pg_catalog.*) 100.0 OPERATOR(pg_catalog./) nullif(f.entered1, 0), 2),"
					 " pg_catalog.round(s.entered OPERATOR(pg_catalog.*) 100.0 OPERATOR(pg_catalog./) nullif(s.before, 0), 2),"
					 " s.waiting, CASE WHEN s.stage OPERATOR(pg_catalog.<) %d THEN s.median END FROM (SELECT", n);
	for (int i = 1; i <= n; i++)
		append_stage(&sql, i, n);
	aging_source_append_keys(&source->items, &sql);
	appendStringInfoString(&sql, " FROM (SELECT ");
	for (int i = 1; i <= n; i++)
		appendStringInfo(&sql, "%s%s AS d%d", i > 1 ? ", " : "", stages[i - 1], i);
	append_from(&sql, source);
	appendStringInfoString(&sql, ") AS item GROUP BY ()");
	aging_source_append_keys(&source->items, &sql);
	appendStringInfoString(&sql, ") AS f CROSS JOIN LATERAL (VALUES ");
	for (int i = 1; i <= n; i++)
		appendStringInfo(&sql, "%s(%d, %s, f.entered%d, %s, f.waiting%d, f.median%d)", i > 1 ? ", " : "", i, quote_literal_cstr(names[i - 1]),
						 i, i > 1 ? psprintf("f.entered%d", i - 1) : "NULL::pg_catalog.int8", i, i);
	appendStringInfoString(&sql, ") AS s(stage, name, entered, before, waiting, median)");
	aging_source_append_order(&source->items, &sql, "f", "s.stage");
	return sql.data;
}

static const char **
read_texts(ArrayType *array, int *n)
{
	Datum	   *values;
	bool	   *nulls;
	const char **texts;

	deconstruct_array(array, TEXTOID, -1, false, TYPALIGN_INT, &values, &nulls, n);
	texts = palloc(sizeof(char *) * (*n + 1));
	for (int i = 0; i < *n; i++)
		texts[i] = nulls[i] ? NULL : TextDatumGetCString(values[i]);
	return texts;
}

static void
reject_stages(const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("unusable stages of a funnel"),
			 errdetail("%s", detail),
			 errhint("Type stages => '{created_at,qualified_at,ordered_at,paid_at}'.")));
}

Datum
sp_funnel(PG_FUNCTION_ARGS)
{
	Oid			types[1] = {DATEOID};
	Datum		values[1];
	const char **stages;
	const char **names;
	const char *dates[MOST_STAGES];
	int			n;
	int			n_names;
	CycleSource source;

	if (PG_ARGISNULL(1))
		reject_stages("They are null.");
	stages = read_texts(PG_GETARG_ARRAYTYPE_P(1), &n);
	names = PG_ARGISNULL(2) ? stages : read_texts(PG_GETARG_ARRAYTYPE_P(2), &n_names);
	if (n < 2 || n > MOST_STAGES)
		reject_stages(psprintf("There are %d; a funnel has 2 to %d.", n, MOST_STAGES));
	if (!PG_ARGISNULL(2) && n_names != n)
		reject_stages(psprintf("There are %d stages and %d names.", n, n_names));
	for (int i = 0; i < n; i++)
		if (stages[i] == NULL || names[i] == NULL)
			reject_stages("One of them, or its name, is null.");
	InitMaterializedSRF(fcinfo, 0);
	values[0] = as_of_argument(fcinfo, 3);
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	open_source(&source, fcinfo, stages[0], 4, 5);
	for (int i = 0; i < n; i++)
		dates[i] = aging_source_date(&source.items, source.relid, psprintf("stage %d", i + 1), stages[i]);
	return_rows(fcinfo, funnel_sql(&source, dates, names, n), types, values, 1);
	SPI_finish();
	return (Datum) 0;
}
