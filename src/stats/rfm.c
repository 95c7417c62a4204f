/*
 * rfm.c
 *	  pulse.rfm: recency, frequency and monetary value, over any relation.
 *
 * Invariant: equal values get equal scores.  Cutting the sorted rows into equal
 * parts, as ntile() does, tears customers with the same value apart by chance.
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
#include "utils/numeric.h"
#include "utils/tuplestore.h"

#define MOST_BINS	100

PG_FUNCTION_INFO_V1(sp_rfm);

enum
{
	ARG_RELATION, ARG_AMOUNT, ARG_DAY, ARG_BY, ARG_AS_OF, ARG_BINS, ARG_CONDITION
};

/* of the statement's rows, as SPI counts them */
enum
{
	COLUMN_KEYS = 1, COLUMN_CURRENCY, COLUMN_RECENCY, COLUMN_FREQUENCY, COLUMN_MONETARY
};

/* one row per customer and currency, of what was bought by the date */
static void
append_facts(StringInfo sql, const AgingSource *source, const char *day, const char *condition)
{
	appendStringInfoString(sql, "SELECT item.currency, pg_catalog.max(item.day) AS last_day,"
						   " pg_catalog.min(item.day) AS first_day, pg_catalog.count(DISTINCT item.day) AS frequency, pg_catalog.sum(item.amount) AS monetary");
	aging_source_append_keys(source, sql);
	appendStringInfoString(sql, " FROM (");
	aging_source_append_items(source, sql);
	appendStringInfo(sql, ", %s AS day FROM %s%s%s) AS item WHERE item.day OPERATOR(pg_catalog.<=) $1"
					 " AND item.amount IS NOT NULL GROUP BY item.currency",
					 day, source->relation,
					 condition != NULL ? " WHERE " : "", condition != NULL ? condition : "");
	aging_source_append_keys(source, sql);
}

/* 1 and how many of the parts lie wholly below */
static void
append_score(StringInfo sql, const char *column)
{
	appendStringInfo(sql, ", (1 OPERATOR(pg_catalog.+) (($2::pg_catalog.int8 OPERATOR(pg_catalog.*)"
					 " (pg_catalog.rank() OVER (PARTITION BY facts.currency ORDER BY facts.%s) OPERATOR(pg_catalog.-) 1)"
					 ") OPERATOR(pg_catalog./) pg_catalog.count(*) OVER (PARTITION BY facts.currency)))::pg_catalog.int4", column);
}

static char *
rfm_sql(const AgingSource *source, const char *day, const char *condition)
{
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfoString(&sql, "SELECT ");
	aging_source_append_object(source, &sql, "facts");
	/* a customer with an infinite day has no recency: see check_rows() */
	appendStringInfoString(&sql, ", facts.currency, CASE WHEN pg_catalog.isfinite(facts.first_day) THEN $1 OPERATOR(pg_catalog.-) facts.last_day END,"
						   " facts.frequency, facts.monetary");
	append_score(&sql, "last_day");
	append_score(&sql, "frequency");
	append_score(&sql, "monetary");
	appendStringInfoString(&sql, " FROM (");
	append_facts(&sql, source, day, condition);
	appendStringInfoString(&sql, ") AS facts");
	aging_source_append_order(source, &sql, "facts", "2");
	return sql.data;
}

static void
check_arguments(FunctionCallInfo fcinfo)
{
	for (int i = ARG_RELATION; i <= ARG_BINS; i++)
		if (PG_ARGISNULL(i) && i != ARG_AS_OF)
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("only as_of and condition may be null"),
					 errdetail("RFM needs a relation with an amount, a day, and who bought."),
					 errhint("Type pulse.rfm('app.orders', amount => 'total', day => 'order_date', by => '{customer_id}').")));
	if (PG_GETARG_INT32(ARG_BINS) < 2 || PG_GETARG_INT32(ARG_BINS) > MOST_BINS)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%d is not a number of bins", PG_GETARG_INT32(ARG_BINS)),
				 errdetail("Scores go from 1 to the number of bins, which is 2 to %d.", MOST_BINS),
				 errhint("Type bins => 5.")));
}

static void
refuse_row(const char *what, uint64 row)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("%s of a purchase is not finite", what),
			 errdetail("It is one of the customer %s.", SPI_getvalue(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, COLUMN_KEYS)),
			 errhint("Leave such rows out, as in condition => $$isfinite(order_date) AND total < 'Infinity'$$.")));
}

/* What has no end cannot be summed or counted in days, and would rank above all. */
static void
check_rows(void)
{
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		bool		isnull;
		Datum		monetary = SPI_getbinval(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, COLUMN_MONETARY, &isnull);

		if (numeric_is_nan(DatumGetNumeric(monetary)) || numeric_is_inf(DatumGetNumeric(monetary)))
			refuse_row("an amount", i);
		(void) SPI_getbinval(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, COLUMN_RECENCY, &isnull);
		if (isnull)
			refuse_row("a day", i);
	}
}

Datum
sp_rfm(PG_FUNCTION_ARGS)
{
	Oid			types[2] = {DATEOID, INT4OID};
	Datum		values[2];
	const char *condition = NULL;
	const char *day;
	AgingSource source;
	Oid			relid;

	check_arguments(fcinfo);
	InitMaterializedSRF(fcinfo, 0);
	relid = PG_GETARG_OID(ARG_RELATION);
	values[0] = PG_ARGISNULL(ARG_AS_OF) ? DateADTGetDatum(sp_day_of(sp_clock())) : PG_GETARG_DATUM(ARG_AS_OF);
	values[1] = PG_GETARG_DATUM(ARG_BINS);
	check_as_of(DatumGetDateADT(values[0]));

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	aging_source_read(&source, relid, text_to_cstring(PG_GETARG_TEXT_PP(ARG_AMOUNT)),
					  "CURRENT_DATE", PG_GETARG_ARRAYTYPE_P(ARG_BY));
	day = aging_source_date(&source, relid, "day", text_to_cstring(PG_GETARG_TEXT_PP(ARG_DAY)));
	if (!PG_ARGISNULL(ARG_CONDITION))
		condition = aging_source_condition(&source, relid, text_to_cstring(PG_GETARG_TEXT_PP(ARG_CONDITION)));
	if (SPI_execute_with_args(rfm_sql(&source, day, condition), 2, types, values, NULL, true, 0) != SPI_OK_SELECT)
		elog(ERROR, "the statement of rfm failed");
	check_rows();
	sp_return_rows(fcinfo);
	SPI_finish();
	return (Datum) 0;
}
