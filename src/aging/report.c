/*
 * report.c
 *	  pulse.aging_report: aging over any relation, with the caller's rights.
 */
#include "aging/aging.h"

#include "aging/source.h"
#include "calendar/daytime.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "types/amount.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/tuplestore.h"

PG_FUNCTION_INFO_V1(sp_currency_number);
PG_FUNCTION_INFO_V1(sp_aging_report);

#define PROFILE_COLUMN	8

enum
{
	ARG_RELATION, ARG_AMOUNT, ARG_DUE, ARG_AS_OF, ARG_BY, ARG_EDGES, ARG_CONDITION, ARG_RULE, ARG_ISSUED, ARG_SETTLED
};

/* what rows are grouped by: a number costs less to make and to compare than a code */
Datum
sp_currency_number(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(amount_currency(PG_GETARG_AMOUNT(0)));
}

/* the grouped profiles, as a table with columns key1 ..., money, profile */
static void
append_profiles(StringInfo sql, const AgingSource *source, const char *condition)
{
	ListCell   *cell;

	appendStringInfoString(sql, "SELECT pulse.aging(item.amount, item.due, $1, $2, $3) AS profile");
	if (source->has_currency)	/* each row without one is in a group of such */
		appendStringInfoString(sql, ", pg_catalog.count(*) AS items");
	aging_source_append_keys(source, sql);
	appendStringInfo(sql, " FROM (SELECT %s AS amount, %s AS due", source->amount, source->due);
	foreach(cell, source->keys)
		appendStringInfo(sql, ", %s AS key%d", (char *) lfirst(cell), foreach_current_index(cell) + 1);
	appendStringInfo(sql, " FROM %s%s%s) AS item GROUP BY %s", source->relation,
					 condition != NULL ? " WHERE " : "", condition != NULL ? condition : "",
					 source->has_currency ? "pulse.currency_number(item.amount)" : "()");
	aging_source_append_keys(source, sql);
}

static char *
report_sql(const AgingSource *source, const char *condition)
{
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfoString(&sql, "SELECT ");
	aging_source_append_object(source, &sql, "aged");
	appendStringInfoString(&sql, ", ");
	if (source->currency_key >= 0)
		appendStringInfo(&sql, "aged.key%d::pg_catalog.text", source->currency_key + 1);
	else
		appendStringInfoString(&sql, "pulse.currency(aged.profile)");
	appendStringInfoString(&sql, ", pulse.not_due(aged.profile),"
						   " ARRAY(SELECT b.amount FROM pulse.buckets(aged.profile) AS b"
						   " WHERE b.bucket OPERATOR(pg_catalog.>) 0 ORDER BY b.bucket),"
						   " pulse.overdue(aged.profile), pulse.credits(aged.profile),"
						   " pulse.total(aged.profile), aged.profile");
	appendStringInfo(&sql, "%s FROM (", source->has_currency ? ", aged.items" : "");
	append_profiles(&sql, source, condition);
	appendStringInfo(&sql, ") AS aged%s", source->has_currency ? "" : " WHERE aged.profile IS NOT NULL");
	aging_source_append_order(source, &sql, "aged", "2");
	return sql.data;
}

static const char *
required_text(FunctionCallInfo fcinfo, int n, const char *name, const char *hint)
{
	if (PG_ARGISNULL(n))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("argument \"%s\" must not be null", name),
				 errdetail("The report needs a relation, an amount and a due date."),
				 errhint("%s", hint)));
	return text_to_cstring(PG_GETARG_TEXT_PP(n));
}

/* an argument that 0.1.0's SQL does not have yet is none */
static const char *
optional_text(FunctionCallInfo fcinfo, int n)
{
	return n >= PG_NARGS() || PG_ARGISNULL(n) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(n));
}

static void
check_arguments(FunctionCallInfo fcinfo)
{
	AgingEdges	edges;
	AgingRule	rule;

	if (PG_ARGISNULL(ARG_RELATION) || PG_ARGISNULL(ARG_BY) || PG_ARGISNULL(ARG_EDGES) ||
		PG_ARGISNULL(ARG_RULE))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("arguments \"relation\", \"by\", \"edges\" and \"rule\" must not be null"),
				 errdetail("Leave \"by\", \"edges\" and \"rule\" out to get one row with the usual buckets."),
				 errhint("Type pulse.aging_report('app.invoice', amount => 'total - paid', due => 'due_date').")));
	read_rule(PG_GETARG_TEXT_PP(ARG_RULE), &rule);
	read_edges(PG_GETARG_ARRAYTYPE_P(ARG_EDGES), &rule, &edges);
}

Datum
sp_aging_report(PG_FUNCTION_ARGS)
{
	Oid			types[3] = {DATEOID, INT4ARRAYOID, TEXTOID};
	Datum		values[3];
	const char *amount = required_text(fcinfo, ARG_AMOUNT, "amount", "Type a column or an expression such as 'total - paid'.");
	const char *due = required_text(fcinfo, ARG_DUE, "due", "Type a column or an expression such as 'issued + 30'.");
	const char *condition;
	AgingSource source;

	check_arguments(fcinfo);
	InitMaterializedSRF(fcinfo, 0);
	values[0] = PG_ARGISNULL(ARG_AS_OF) ? DateADTGetDatum(sp_day_of(sp_clock())) : PG_GETARG_DATUM(ARG_AS_OF);
	values[1] = PG_GETARG_DATUM(ARG_EDGES);
	values[2] = PG_GETARG_DATUM(ARG_RULE);
	check_as_of(DatumGetDateADT(values[0]));

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	aging_source_read(&source, PG_GETARG_OID(ARG_RELATION), amount, due, PG_GETARG_ARRAYTYPE_P(ARG_BY));
	condition = aging_source_as_of(&source, PG_GETARG_OID(ARG_RELATION), optional_text(fcinfo, ARG_CONDITION),
								   optional_text(fcinfo, ARG_ISSUED), optional_text(fcinfo, ARG_SETTLED));
	if (SPI_execute_with_args(report_sql(&source, condition), 3, types, values, NULL, true, 0) != SPI_OK_SELECT)
		elog(ERROR, "the report's statement failed");
	aging_return_counted(fcinfo, &source, PROFILE_COLUMN, source.has_currency);
	SPI_finish();
	return (Datum) 0;
}
