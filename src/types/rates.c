/*
 * rates.c
 *	  Conversion at dated rates, read from a relation of the application.
 *
 * The core owns no rates: pulse_internal.rate_source says which relation has
 * them and which columns are what.  They are read with the rights of whoever
 * converts, by the snapshot of his statement.  Invariant: a rate is a fraction
 * until the one division, so neither an inverse nor a cross rate is rounded
 * before the result is.
 */
#include "types/bag.h"

#include "base/base.h"

#include "access/genam.h"
#include "access/table.h"
#include "catalog/pg_type_d.h"
#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"

PG_FUNCTION_INFO_V1(types_rate);
PG_FUNCTION_INFO_V1(types_convert_amount);
PG_FUNCTION_INFO_V1(types_convert_bag);

/* A row of the table. */
typedef struct RateSource
{
	char	   *name;
	Oid			relation;
	char	   *day_column;
	char	   *rate_column;
	char	   *from_column;	/* NULL: all rows have from_currency */
	char	   *from_currency;
	char	   *to_column;
	char	   *to_currency;
	char	   *pivot;			/* or NULL */
	int			max_age;		/* days; -1: any */
	SPIPlanPtr	plan;			/* NULL, or for the relation of this name */
	char	   *planned_name;
	struct RateSource *next;
} RateSource;

/* The latest row up to a day: its rate, or NULL, and its day. */
typedef struct RateRow
{
	Numeric		rate;
	DateADT		day;
} RateRow;

/* One unit costs price / units. */
typedef struct Rate
{
	Numeric		price;
	Numeric		units;
} Rate;

static SpWatchedTable source_table = {.table_name = "rate_source"};
static MemoryContext source_context = NULL;
static RateSource *sources = NULL;
static uint64 source_changes;

/* ---- the cached mappings ---- */

static char *
text_column(HeapTuple tuple, int column, TupleDesc desc)
{
	bool		isnull;
	Datum		value = heap_getattr(tuple, column, desc, &isnull);

	return isnull ? NULL : TextDatumGetCString(value);
}

static RateSource *
read_source(HeapTuple tuple, TupleDesc desc)
{
	RateSource *source = palloc0(sizeof(RateSource));
	Datum		max_age;
	bool		isnull;

	source->name = text_column(tuple, 1, desc);
	source->relation = DatumGetObjectId(heap_getattr(tuple, 2, desc, &isnull));
	source->day_column = text_column(tuple, 3, desc);
	source->rate_column = text_column(tuple, 4, desc);
	source->from_column = text_column(tuple, 5, desc);
	source->from_currency = text_column(tuple, 6, desc);
	source->to_column = text_column(tuple, 7, desc);
	source->to_currency = text_column(tuple, 8, desc);
	source->pivot = text_column(tuple, 9, desc);
	max_age = heap_getattr(tuple, 10, desc, &isnull);
	source->max_age = isnull ? -1 : DatumGetInt32(max_age);
	return source;
}

static void
load_sources(void)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "salespulse rates", ALLOCSET_SMALL_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	Relation	rel = table_open(sp_watched_relid(&source_table), AccessShareLock);
	uint64		changes = source_table.changes; /* after the lock, before the
												 * first row */
	SysScanDesc scan = systable_beginscan(rel, InvalidOid, false, NULL, 0, NULL);
	RateSource *first = NULL;
	HeapTuple	tuple;

	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		RateSource *source = read_source(tuple, RelationGetDescr(rel));

		source->next = first;
		first = source;
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);

	/* from here nothing can fail */
	MemoryContextSwitchTo(caller);
	MemoryContextSetParent(context, CacheMemoryContext);
	for (RateSource *old = sources; old != NULL; old = old->next)
		if (old->plan != NULL)
			SPI_freeplan(old->plan);
	if (source_context != NULL)
		MemoryContextDelete(source_context);
	source_context = context;
	sources = first;
	source_changes = changes;
}

static RateSource *
find_source(const char *name)
{
	AcceptInvalidationMessages();
	if (source_context == NULL || source_changes != source_table.changes)
		load_sources();
	for (RateSource *source = sources; source != NULL; source = source->next)
		if (strcmp(source->name, name) == 0)
			return source;
	ereport(ERROR,
			(errcode(ERRCODE_SP_UNKNOWN_RATES),
			 errmsg("unknown rates \"%s\"", name),
			 errdetail("No relation with rates of exchange was named so."),
			 errhint("Type SELECT pulse.map_rates('app.fx', day => 'valid_from', rate => 'rate', from_currency => 'EUR', to_currency => 'code').")));
	return NULL;
}

/* ---- reading one rate ---- */

static void
append_currency(StringInfo sql, const RateSource *source, const char *column, const char *currency, int parameter)
{
	if (column == NULL)
		appendStringInfo(sql, "%s = $%d", quote_literal_cstr(currency), parameter);
	else if (getBaseType(get_atttype(source->relation, get_attnum(source->relation, column))) == BPCHAROID)
		appendStringInfo(sql, "r.%s = $%d::pg_catalog.bpchar", quote_identifier(column), parameter);
	else
		appendStringInfo(sql, "r.%s::pg_catalog.text = $%d", quote_identifier(column), parameter);
}

static char *
relation_name(const RateSource *source)
{
	const char *name = get_rel_name(source->relation);

	if (name == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("relation of rates \"%s\" does not exist", source->name),
				 errdetail("It was dropped after it had been named."),
				 errhint("Name another with pulse.map_rates(), or type SELECT pulse.unmap_rates('%s').", source->name)));
	return quote_qualified_identifier(get_namespace_name(get_rel_namespace(source->relation)), name);
}

/* the plan names the relation by text, so a relation renamed needs another */
static void
prepare_source(RateSource *source)
{
	static Oid	types[] = {TEXTOID, TEXTOID, DATEOID};
	const char *name = relation_name(source);
	const char *rate = quote_identifier(source->rate_column);
	const char *day = quote_identifier(source->day_column);
	StringInfoData sql;
	SPIPlanPtr	plan;

	if (source->plan != NULL && strcmp(source->planned_name, name) == 0)
		return;
	initStringInfo(&sql);
	appendStringInfo(&sql, "SELECT r.%s::pg_catalog.numeric, r.%s FROM %s AS r WHERE ", rate, day, name);
	append_currency(&sql, source, source->from_column, source->from_currency, 1);
	appendStringInfoString(&sql, " AND ");
	append_currency(&sql, source, source->to_column, source->to_currency, 2);
	appendStringInfo(&sql, " AND r.%s <= $3", day);
	if (source->max_age >= 0)
		appendStringInfo(&sql, " AND r.%s >= $3 - %d", day, source->max_age);
	appendStringInfo(&sql, " ORDER BY r.%s DESC LIMIT 1", day);
	plan = SPI_prepare(sql.data, lengthof(types), types);
	if (plan == NULL || SPI_keepplan(plan) != 0)
		elog(ERROR, "cannot prepare the query for rates");
	if (source->plan != NULL)
		SPI_freeplan(source->plan);
	source->planned_name = MemoryContextStrdup(source_context, name);
	source->plan = plan;
}

static void
check_rate(Numeric rate, const char *from, const char *to)
{
	if (numeric_is_nan(rate) || numeric_is_inf(rate) ||
		!DatumGetBool(DirectFunctionCall2(numeric_gt, NumericGetDatum(rate), NumericGetDatum(int64_to_numeric(0)))))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("rate of exchange must be a positive number"),
				 errdetail("The rate from %s to %s is %s.", from, to,
						   DatumGetCString(DirectFunctionCall1(numeric_out, NumericGetDatum(rate)))),
				 errhint("Correct the row in the relation of rates.")));
}

/* false: no row can be of these two, whatever the day */
static bool
may_have(const RateSource *source, const char *from, const char *to)
{
	return (source->from_currency == NULL || strcmp(source->from_currency, from) == 0) &&
		(source->to_currency == NULL || strcmp(source->to_currency, to) == 0);
}

static RateRow
read_rate(RateSource *source, const char *from, const char *to, DateADT day)
{
	MemoryContext caller = CurrentMemoryContext;
	RateRow		row = {NULL, 0};
	Datum		values[3] = {CStringGetTextDatum(from), CStringGetTextDatum(to), DateADTGetDatum(day)};
	SpSpiScope	scope;

	if (!may_have(source, from, to))
		return row;
	sp_spi_begin(&scope);
	prepare_source(source);
	if (SPI_execute_plan(source->plan, values, NULL, true, 1) != SPI_OK_SELECT)
		elog(ERROR, "cannot read rates");
	if (SPI_processed > 0)
	{
		bool		isnull;
		Datum		value = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull);
		MemoryContext spi = MemoryContextSwitchTo(caller);

		row.rate = isnull ? NULL : DatumGetNumericCopy(value);
		MemoryContextSwitchTo(spi);
		row.day = DatumGetDateADT(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 2, &isnull));
	}
	sp_spi_end(&scope);
	if (row.rate != NULL)
		check_rate(row.rate, from, to);
	return row;
}

/* ---- the rate of two currencies ---- */

/* by the latest row of theirs, in either direction; of one day by their own */
static bool
find_direct(RateSource *source, const char *from, const char *to, DateADT day, Rate *rate)
{
	RateRow		own = read_rate(source, from, to, day);
	RateRow		opposite = read_rate(source, to, from, day);
	bool		invert = own.rate == NULL || (opposite.rate != NULL && opposite.day > own.day);

	rate->price = invert ? int64_to_numeric(1) : own.rate;
	rate->units = invert ? opposite.rate : int64_to_numeric(1);
	return own.rate != NULL || opposite.rate != NULL;
}

static Numeric
multiply(Numeric left, Numeric right)
{
	return DatumGetNumeric(DirectFunctionCall2(numeric_mul, NumericGetDatum(left), NumericGetDatum(right)));
}

static Rate
find_rate(RateSource *source, const char *from, const char *to, DateADT day)
{
	Rate		rate = {int64_to_numeric(1), int64_to_numeric(1)};
	Rate		other;

	if (DATE_NOT_FINITE(day))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("there are no rates of exchange on an infinite date"),
				 errdetail("Rates are those of a day."),
				 errhint("Type a date such as '2026-03-05'.")));
	if (strcmp(from, to) == 0 || find_direct(source, from, to, day, &rate))
		return rate;
	if (source->pivot != NULL && find_direct(source, from, source->pivot, day, &rate) &&
		find_direct(source, source->pivot, to, day, &other))
	{
		rate.price = multiply(rate.price, other.price);
		rate.units = multiply(rate.units, other.units);
		return rate;
	}
	ereport(ERROR,
			(errcode(ERRCODE_SP_MISSING_RATE),
			 errmsg("no rate of exchange from %s to %s on %s", from, to,
					DatumGetCString(DirectFunctionCall1(date_out, DateADTGetDatum(day)))),
			 errdetail("Rates \"%s\" have no row of these two up to that day%s.", source->name,
					   source->max_age >= 0 ? " that is not too old" : ""),
			 errhint("Add the rate to %s, or name a pivot currency with pulse.map_rates().",
					 get_rel_name(source->relation))));
	return rate;
}

/* so many units of "from" in units of "to" */
static Numeric
convert_units(Numeric units, const Currency *from, const Currency *to, const Rate *rate, RoundingMode mode)
{
	Numeric		price = multiply(multiply(units, rate->price), sp_power_of_ten(to->digits - from->digits));

	return sp_divide_numeric(price, rate->units, mode);
}

/* arguments: 1 currency, 2 as_of, 3 mode, 4 rates */
static const Currency *
currency_argument(FunctionCallInfo fcinfo)
{
	return sp_currency_named(text_to_cstring(PG_GETARG_TEXT_PP(1)));
}

static RateSource *
source_argument(FunctionCallInfo fcinfo, int n)
{
	return find_source(text_to_cstring(PG_GETARG_TEXT_PP(n)));
}

Datum
types_rate(PG_FUNCTION_ARGS)
{
	const Currency *from = sp_currency_named(text_to_cstring(PG_GETARG_TEXT_PP(0)));
	Rate		rate = find_rate(source_argument(fcinfo, 3), from->code, currency_argument(fcinfo)->code,
								 PG_GETARG_DATEADT(2));

	return DirectFunctionCall2(numeric_div, NumericGetDatum(rate.price), NumericGetDatum(rate.units));
}

Datum
types_convert_amount(PG_FUNCTION_ARGS)
{
	Amount		amount = PG_GETARG_AMOUNT(0);
	const Currency *from = sp_currency(amount_currency(amount));
	const Currency *to = currency_argument(fcinfo);
	RoundingMode mode = sp_rounding_mode(PG_GETARG_TEXT_PP(3));
	Rate		rate = find_rate(source_argument(fcinfo, 4), from->code, to->code, PG_GETARG_DATEADT(2));

	PG_RETURN_AMOUNT(sp_amount_rounded(to->number,
									   convert_units(int64_to_numeric(amount_units(amount)), from, to, &rate, mode)));
}

Datum
types_convert_bag(PG_FUNCTION_ARGS)
{
	Bag		   *bag = PG_GETARG_BAG_P(0);
	const Currency *to = currency_argument(fcinfo);
	RoundingMode mode = sp_rounding_mode(PG_GETARG_TEXT_PP(3));
	Datum		sum = NumericGetDatum(int64_to_numeric(0));

	for (int i = 0; i < BAG_LENGTH(bag); i++)
	{
		const Currency *from = sp_currency(bag_currency(&bag->totals[i]));
		Rate		rate = find_rate(source_argument(fcinfo, 4), from->code, to->code, PG_GETARG_DATEADT(2));
		Numeric		units = sp_wide_numeric(&sp_whole_units, bag_units(&bag->totals[i]));

		sum = DirectFunctionCall2(numeric_add, sum,
								  NumericGetDatum(convert_units(units, from, to, &rate, mode)));
	}
	PG_RETURN_AMOUNT(sp_amount_rounded(to->number, DatumGetNumeric(sum)));
}
