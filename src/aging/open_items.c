/*
 * open_items.c
 *	  pulse.open_items: the open items of any relation as of a day, with the
 *	  caller's rights.
 */
#include "aging/aging.h"

#include "aging/source.h"
#include "calendar/daytime.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/tuplestore.h"

PG_FUNCTION_INFO_V1(sp_open_items);

#define AMOUNT_COLUMN	4

enum
{
	ARG_RELATION, ARG_AMOUNT, ARG_DUE, ARG_AS_OF, ARG_ISSUED, ARG_SETTLED, ARG_BY, ARG_CONDITION
};

static char *
items_sql(const AgingSource *source, const char *condition)
{
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfoString(&sql, "SELECT ");
	aging_source_append_object(source, &sql, "item");
	appendStringInfoString(&sql, ", item.currency, item.due, item.amount,"
						   " CASE WHEN pg_catalog.isfinite(item.due) THEN $1 OPERATOR(pg_catalog.-) item.due END FROM (");
	aging_source_append_items(source, &sql);
	appendStringInfo(&sql, ", %s AS due FROM %s%s%s) AS item WHERE %s",
					 source->due, source->relation, condition != NULL ? " WHERE " : "", condition != NULL ? condition : "",
					 source->has_currency ? "item.amount IS DISTINCT FROM 0" : "item.amount OPERATOR(pg_catalog.<>) 0");
	aging_source_append_order(source, &sql, "item", "3, 4");
	return sql.data;
}

static const char *
optional_text(FunctionCallInfo fcinfo, int n)
{
	return PG_ARGISNULL(n) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(n));
}

Datum
sp_open_items(PG_FUNCTION_ARGS)
{
	Oid			types[1] = {DATEOID};
	Datum		values[1];
	const char *condition;
	AgingSource source;

	if (PG_ARGISNULL(ARG_RELATION) || PG_ARGISNULL(ARG_AMOUNT) || PG_ARGISNULL(ARG_DUE) || PG_ARGISNULL(ARG_BY))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("arguments \"relation\", \"amount\", \"due\" and \"by\" must not be null"),
				 errdetail("An item is an amount of a relation, with a due date."),
				 errhint("Type pulse.open_items('app.invoice', amount => 'total - paid', due => 'due_date').")));
	InitMaterializedSRF(fcinfo, 0);
	values[0] = PG_ARGISNULL(ARG_AS_OF) ? DateADTGetDatum(sp_day_of(sp_clock())) : PG_GETARG_DATUM(ARG_AS_OF);
	check_as_of(DatumGetDateADT(values[0]));

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	aging_source_read(&source, PG_GETARG_OID(ARG_RELATION), optional_text(fcinfo, ARG_AMOUNT),
					  optional_text(fcinfo, ARG_DUE), PG_GETARG_ARRAYTYPE_P(ARG_BY));
	condition = aging_source_as_of(&source, PG_GETARG_OID(ARG_RELATION), optional_text(fcinfo, ARG_CONDITION),
								   optional_text(fcinfo, ARG_ISSUED), optional_text(fcinfo, ARG_SETTLED));
	if (SPI_execute_with_args(items_sql(&source, condition), 1, types, values, NULL, true, 0) != SPI_OK_SELECT)
		elog(ERROR, "the statement of the items failed");
	aging_return_counted(fcinfo, &source, AMOUNT_COLUMN, false);
	SPI_finish();
	return (Datum) 0;
}
