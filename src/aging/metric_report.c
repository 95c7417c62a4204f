/*
 * metric_report.c
 *	  pulse.receivable_metrics: the DSO family of any relation of invoices.
 *
 * One statement is built and run: the sums that the formulas need, once per
 * group, then the functions over figures.  Invariant: no formula is here.
 */
#include "aging/aging.h"

#include "aging/source.h"
#include "calendar/daytime.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/tuplestore.h"

PG_FUNCTION_INFO_V1(sp_receivable_metrics);

enum
{
	ARG_RELATION, ARG_AMOUNT, ARG_ISSUED, ARG_DUE, ARG_PAID, ARG_AS_OF, ARG_MONTHS, ARG_BY, ARG_CONDITION
};

/* the caller's path may hold operators of somebody else's */
#define OP(name)		" OPERATOR(pg_catalog." name ") "

#define MAX_MONTHS		120
#define COUNT_BACK_MONTHS	24

/* the last day before n months that end with as_of; of a month's end, a month's end */
static char *
month_start(int n)
{
	return psprintf("(($1" OP("+") "1" OP("-") "pg_catalog.make_interval(months => %d))::pg_catalog.date" OP("-") "1)", n);
}

static void
append_sum(StringInfo sql, const char *condition, const char *name)
{
	appendStringInfo(sql, ", coalesce(pg_catalog.sum(item.amount) FILTER (WHERE %s), 0) AS %s", condition, name);
}

static void
append_months(StringInfo sql)
{
	appendStringInfoString(sql, ", ARRAY[");
	for (int n = 1; n <= COUNT_BACK_MONTHS; n++)
		appendStringInfo(sql, "%scoalesce(pg_catalog.sum(item.amount) FILTER (WHERE item.issued" OP(">") "%s"
						 " AND item.issued" OP("<=") "%s), 0)", n > 1 ? ", " : "", month_start(n), month_start(n - 1));
	appendStringInfoString(sql, "] AS months");
}

/* per group: what was open, then and now, and what was sold between */
static void
append_facts(StringInfo sql, const AgingSource *source, const char *issued, const char *paid,
			 const char *condition)
{
	appendStringInfoString(sql, "SELECT item.currency");
	aging_source_append_keys(source, sql);
	append_sum(sql, "item.paid IS NULL OR item.paid" OP(">") "$1", "receivable");
	append_sum(sql, "(item.paid IS NULL OR item.paid" OP(">") "$1) AND (item.due" OP(">=") "$1 OR item.due IS NULL)", "not_due");
	append_sum(sql, "item.issued" OP("<=") "span.start AND (item.paid IS NULL OR item.paid" OP(">") "span.start)", "opening");
	append_sum(sql, "item.issued" OP(">") "span.start", "sales");
	append_months(sql);
	appendStringInfoString(sql, ", pg_catalog.min(item.issued)" OP(">") "span.start AS short_history, span.days"
						   ", pulse.weighted_days_late(item.amount, item.due, item.paid) FILTER (WHERE item.amount" OP(">") "0"
						   " AND item.paid" OP(">") "span.start AND item.paid" OP("<=") "$1) AS days_late FROM (");
	aging_source_append_items(source, sql);
	appendStringInfo(sql, ", %s AS issued, %s AS due, %s AS paid FROM %s%s%s) AS item CROSS JOIN"
					 " (SELECT from_day.start, $1" OP("-") "from_day.start AS days FROM (SELECT ($1" OP("+") "1" OP("-")
					 "pg_catalog.make_interval(months => $2))::pg_catalog.date" OP("-") "1 AS start) AS from_day) AS span"
					 " WHERE item.amount IS NOT NULL AND item.issued" OP("<=") "$1 GROUP BY item.currency, span.start, span.days",
					 issued, source->due, paid, source->relation,
					 condition != NULL ? " WHERE " : "", condition != NULL ? condition : "");
	aging_source_append_keys(source, sql);
}

static char *
metrics_sql(const AgingSource *source, const char *issued, const char *paid, const char *condition)
{
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfoString(&sql, "SELECT ");
	aging_source_append_object(source, &sql, "facts");
	appendStringInfoString(&sql, ", facts.currency, named.metric, (named.figure).value,"
						   " CASE WHEN facts.short_history AND (named.figure).status OPERATOR(pg_catalog.=) 'ok'"
						   " AND named.of_time THEN 'short_history' ELSE (named.figure).status END FROM (");
	append_facts(&sql, source, issued, paid, condition);
	appendStringInfoString(&sql, ") AS facts CROSS JOIN LATERAL (SELECT (facts.opening" OP("+") "facts.receivable)" OP("/") "2) AS mean(average)"
						   " CROSS JOIN LATERAL (VALUES"
						   " (1, 'dso', pulse.dso(facts.receivable, facts.sales, facts.days), true),"
						   " (2, 'count_back_dso', pulse.count_back_dso(facts.receivable, facts.months, $1), false),"
						   " (3, 'best_possible_dso', pulse.best_possible_dso(facts.not_due, facts.sales, facts.days), true),"
						   " (4, 'average_days_delinquent', pulse.average_days_delinquent(facts.receivable, facts.not_due, facts.sales, facts.days), true),"
						   " (5, 'collection_effectiveness', pulse.collection_effectiveness(facts.opening, facts.sales, $2, facts.receivable, facts.not_due), true),"
						   " (6, 'receivables_turnover', pulse.receivables_turnover(facts.sales, mean.average), true),"
						   " (7, 'average_collection_period', pulse.average_collection_period(facts.sales, mean.average, facts.days), true),"
						   " (8, 'weighted_days_late', coalesce(facts.days_late, ROW(NULL, 'no_receivable')::pulse.metric), false)"
						   ") AS named(n, metric, figure, of_time)");
	aging_source_append_order(source, &sql, "facts", "2, named.n");
	return sql.data;
}

static const char *
required_text(FunctionCallInfo fcinfo, int n)
{
	if (PG_ARGISNULL(n) || PG_ARGISNULL(ARG_RELATION) || PG_ARGISNULL(ARG_BY) || PG_ARGISNULL(ARG_MONTHS))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("only as_of and condition may be null"),
				 errdetail("The metrics need a relation, an amount, and the dates of issue, due date and payment."),
				 errhint("Type pulse.receivable_metrics('app.invoice', amount => 'total', issued => 'issue_date', due => 'due_date', paid => 'paid_date').")));
	return text_to_cstring(PG_GETARG_TEXT_PP(n));
}

static int32
checked_months(int32 months)
{
	if (months < 1 || months > MAX_MONTHS)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("months must be 1 to %d, not %d", MAX_MONTHS, months),
				 errdetail("It is the time before as_of in which the sales were made."),
				 errhint("Type 3 for a quarter.")));
	return months;
}

Datum
sp_receivable_metrics(PG_FUNCTION_ARGS)
{
	Oid			types[2] = {DATEOID, INT4OID};
	Datum		values[2];
	const char *amount = required_text(fcinfo, ARG_AMOUNT);
	const char *issued = required_text(fcinfo, ARG_ISSUED);
	const char *due = required_text(fcinfo, ARG_DUE);
	const char *paid = required_text(fcinfo, ARG_PAID);
	const char *condition = NULL;
	Oid			relid = PG_GETARG_OID(ARG_RELATION);
	AgingSource source;

	InitMaterializedSRF(fcinfo, 0);
	values[0] = PG_ARGISNULL(ARG_AS_OF) ? DateADTGetDatum(sp_day_of(sp_clock())) : PG_GETARG_DATUM(ARG_AS_OF);
	values[1] = Int32GetDatum(checked_months(PG_GETARG_INT32(ARG_MONTHS)));
	check_as_of(DatumGetDateADT(values[0]));

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	aging_source_read(&source, relid, amount, due, PG_GETARG_ARRAYTYPE_P(ARG_BY));
	issued = aging_source_date(&source, relid, "issued", issued);
	paid = aging_source_date(&source, relid, "paid", paid);
	if (!PG_ARGISNULL(ARG_CONDITION))
		condition = aging_source_condition(&source, relid, text_to_cstring(PG_GETARG_TEXT_PP(ARG_CONDITION)));
	if (SPI_execute_with_args(metrics_sql(&source, issued, paid, condition), 2, types, values, NULL, true, 0) != SPI_OK_SELECT)
		elog(ERROR, "the statement of the metrics failed");
	sp_return_rows(fcinfo);
	SPI_finish();
	return (Datum) 0;
}
