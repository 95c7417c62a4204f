/*
 * collection.c
 *	  pulse.collection_days: how long money takes to come in, over any relation.
 *
 * An open item has taken as long as it is old, and is not paid yet: leaving it
 * out, as an average over the paid ones does, makes the figure too small.
 */
#include "base/base.h"

#include "aging/aging.h"
#include "aging/source.h"
#include "calendar/daytime.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/tuplestore.h"

PG_FUNCTION_INFO_V1(sp_collection_days);

enum
{
	ARG_RELATION, ARG_AMOUNT, ARG_ISSUED, ARG_PAID, ARG_AS_OF, ARG_BY, ARG_CONDITION
};

/* per group, counted and weighted; what is paid before it is issued took no time */
static void
append_facts(StringInfo sql, const AgingSource *source, const char *paid, const char *condition)
{
	appendStringInfoString(sql, "SELECT item.currency, pg_catalog.count(*) AS items,"
						   " pg_catalog.count(*) FILTER (WHERE NOT item.collected) AS open_items,"
						   " pulse.km_median(item.days, item.collected) AS median, pulse.km_mean(item.days, item.collected) AS mean,"
						   " pg_catalog.avg(item.days) FILTER (WHERE item.collected) AS paid_mean,"
						   " pulse.km_median(item.days, item.collected, item.amount) AS amount_median,"
						   " pulse.km_mean(item.days, item.collected, item.amount) AS amount_mean,"
						   " pg_catalog.sum(item.days OPERATOR(pg_catalog.*) item.amount) FILTER (WHERE item.collected)"
						   " OPERATOR(pg_catalog./) pg_catalog.sum(item.amount) FILTER (WHERE item.collected) AS amount_paid_mean");
	aging_source_append_keys(source, sql);
	appendStringInfoString(sql, " FROM (SELECT dated.*, GREATEST(LEAST(dated.paid, $1), dated.issued) OPERATOR(pg_catalog.-) dated.issued AS days,"
						   " coalesce(dated.paid OPERATOR(pg_catalog.<=) $1, false) AS collected FROM (");
	aging_source_append_items(source, sql);
	appendStringInfo(sql, ", %s AS issued, %s AS paid FROM %s%s%s) AS dated WHERE dated.amount OPERATOR(pg_catalog.>) 0"
					 " AND dated.issued OPERATOR(pg_catalog.<=) $1 AND pg_catalog.isfinite(dated.issued)) AS item GROUP BY item.currency",
					 source->due, paid, source->relation,
					 condition != NULL ? " WHERE " : "", condition != NULL ? condition : "");
	aging_source_append_keys(source, sql);
}

static char *
collection_sql(const AgingSource *source, const char *paid, const char *condition)
{
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfoString(&sql, "SELECT ");
	aging_source_append_object(source, &sql, "facts");
	appendStringInfoString(&sql, ", facts.currency, by_method.method, facts.items, facts.open_items, by_method.median,"
						   " by_method.mean, by_method.paid_mean, CASE WHEN by_method.median IS NULL THEN 'short_history' ELSE 'ok' END FROM (");
	append_facts(&sql, source, paid, condition);
	appendStringInfoString(&sql, ") AS facts CROSS JOIN LATERAL (VALUES"
						   " ('count', facts.median, facts.mean, facts.paid_mean::pg_catalog.float8),"
						   " ('amount', facts.amount_median, facts.amount_mean, facts.amount_paid_mean::pg_catalog.float8)"
						   ") AS by_method(method, median, mean, paid_mean)");
	aging_source_append_order(source, &sql, "facts", "2, 3 DESC");
	return sql.data;
}

static const char *
required_text(FunctionCallInfo fcinfo, int n)
{
	if (PG_ARGISNULL(n) || PG_ARGISNULL(ARG_RELATION) || PG_ARGISNULL(ARG_BY))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("only as_of and condition may be null"),
				 errdetail("Collection days need a relation, an amount, and the dates of issue and payment."),
				 errhint("Type pulse.collection_days('app.invoice', amount => 'total', issued => 'issue_date', paid => 'paid_date').")));
	return text_to_cstring(PG_GETARG_TEXT_PP(n));
}

Datum
sp_collection_days(PG_FUNCTION_ARGS)
{
	Oid			types[1] = {DATEOID};
	Datum		values[1];
	const char *amount = required_text(fcinfo, ARG_AMOUNT);
	const char *issued = required_text(fcinfo, ARG_ISSUED);
	const char *paid = required_text(fcinfo, ARG_PAID);
	const char *condition = NULL;
	Oid			relid = PG_GETARG_OID(ARG_RELATION);
	AgingSource source;

	InitMaterializedSRF(fcinfo, 0);
	values[0] = PG_ARGISNULL(ARG_AS_OF) ? DateADTGetDatum(sp_day_of(sp_clock())) : PG_GETARG_DATUM(ARG_AS_OF);
	check_as_of(DatumGetDateADT(values[0]));

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	aging_source_read(&source, relid, amount, issued, PG_GETARG_ARRAYTYPE_P(ARG_BY));
	paid = aging_source_date(&source, relid, "paid", paid);
	if (!PG_ARGISNULL(ARG_CONDITION))
		condition = aging_source_condition(&source, relid, text_to_cstring(PG_GETARG_TEXT_PP(ARG_CONDITION)));
	if (SPI_execute_with_args(collection_sql(&source, paid, condition), 1, types, values, NULL, true, 0) != SPI_OK_SELECT)
		elog(ERROR, "the statement of collection_days failed");
	sp_return_rows(fcinfo);
	SPI_finish();
	return (Datum) 0;
}
