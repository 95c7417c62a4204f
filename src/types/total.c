/*
 * total.c
 *	  The aggregates sum and avg over amounts in one currency.
 *
 * The state adds up in 128 bits, so only the result can be out of range,
 * whatever the order of the rows.  Invariant: currency is that of all amounts
 * counted, and means nothing while count is zero.
 */
#include "types/types.h"

#include "base/base.h"

#include "libpq/pqformat.h"
#include "utils/builtins.h"

typedef struct AmountTotal
{
	int64		count;
	int64		currency;
	WideUnits	units;
} AmountTotal;

PG_FUNCTION_INFO_V1(amount_total_add);
PG_FUNCTION_INFO_V1(amount_total_remove);
PG_FUNCTION_INFO_V1(amount_total_combine);
PG_FUNCTION_INFO_V1(amount_total_serialize);
PG_FUNCTION_INFO_V1(amount_total_deserialize);
PG_FUNCTION_INFO_V1(amount_sum);
PG_FUNCTION_INFO_V1(amount_avg);

/* The high word first, as two words of 64 bits. */
void
sp_send_wide(StringInfo buffer, WideUnits units)
{
	pq_sendint64(buffer, (uint64) (units >> 64));
	pq_sendint64(buffer, (uint64) units);
}

WideUnits
sp_receive_wide(StringInfo buffer)
{
	uint64		high = pq_getmsgint64(buffer);
	uint64		low = pq_getmsgint64(buffer);

	return (WideUnits) (((unsigned __int128) high << 64) | low);
}

/* out of line: the path of every row needs no stack frame */
static pg_noinline AmountTotal *
new_total(FunctionCallInfo fcinfo)
{
	MemoryContext context;

	if (!AggCheckCallContext(fcinfo, &context))
		elog(ERROR, "aggregate support function called outside an aggregate");
	return MemoryContextAllocZero(context, sizeof(AmountTotal));
}

static pg_noinline void
change_currency(AmountTotal *total, int currency)
{
	if (total->count > 0)
		sp_currency_mismatch((int) total->currency, currency);
	total->currency = currency;
}

Datum
amount_total_add(PG_FUNCTION_ARGS)
{
	AmountTotal *total = PG_ARGISNULL(0) ? NULL : (AmountTotal *) PG_GETARG_POINTER(0);
	Amount		amount;

	if (unlikely(total == NULL))
		total = new_total(fcinfo);
	if (!PG_ARGISNULL(1))
	{
		amount = PG_GETARG_AMOUNT(1);
		if (unlikely(amount_currency(amount) != total->currency))
			change_currency(total, amount_currency(amount));
		total->count++;
		total->units += amount_units(amount);
	}
	PG_RETURN_POINTER(total);
}

/* A row leaves a window frame. */
Datum
amount_total_remove(PG_FUNCTION_ARGS)
{
	AmountTotal *total = PG_ARGISNULL(0) ? NULL : (AmountTotal *) PG_GETARG_POINTER(0);

	if (total == NULL)
		elog(ERROR, "row removed from an empty total");
	if (!PG_ARGISNULL(1))
	{
		total->count--;
		total->units -= amount_units(PG_GETARG_AMOUNT(1));
	}
	PG_RETURN_POINTER(total);
}

Datum
amount_total_combine(PG_FUNCTION_ARGS)
{
	AmountTotal *total = PG_ARGISNULL(0) ? NULL : (AmountTotal *) PG_GETARG_POINTER(0);
	AmountTotal *other = PG_ARGISNULL(1) ? NULL : (AmountTotal *) PG_GETARG_POINTER(1);

	if (total == NULL)
		total = new_total(fcinfo);
	if (other != NULL && other->count > 0)
	{
		if (other->currency != total->currency)
			change_currency(total, (int) other->currency);
		total->count += other->count;
		total->units += other->units;
	}
	PG_RETURN_POINTER(total);
}

Datum
amount_total_serialize(PG_FUNCTION_ARGS)
{
	AmountTotal *total = (AmountTotal *) PG_GETARG_POINTER(0);
	StringInfoData buffer;

	pq_begintypsend(&buffer);
	pq_sendint64(&buffer, total->count);
	pq_sendint64(&buffer, total->currency);
	sp_send_wide(&buffer, total->units);
	PG_RETURN_BYTEA_P(pq_endtypsend(&buffer));
}

Datum
amount_total_deserialize(PG_FUNCTION_ARGS)
{
	bytea	   *bytes = PG_GETARG_BYTEA_PP(0);
	AmountTotal *total = palloc(sizeof(AmountTotal));
	StringInfoData buffer;

	initStringInfo(&buffer);
	appendBinaryStringInfo(&buffer, VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes));
	total->count = pq_getmsgint64(&buffer);
	total->currency = pq_getmsgint64(&buffer);
	total->units = sp_receive_wide(&buffer);
	pq_getmsgend(&buffer);
	PG_RETURN_POINTER(total);
}

Datum
amount_sum(PG_FUNCTION_ARGS)
{
	AmountTotal *total = PG_ARGISNULL(0) ? NULL : (AmountTotal *) PG_GETARG_POINTER(0);
	int64		units;

	if (total == NULL || total->count == 0)
		PG_RETURN_NULL();
	if (!money_narrow(total->units, &units))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("sum of amounts out of range"),
				 errdetail("An amount holds from -2^53 to 2^53 - 1 minor units of its currency."),
				 errhint("Use pulse.bag_sum(amount), or sum(amount::numeric).")));
	PG_RETURN_AMOUNT(amount_make((int) total->currency, units));
}

/* between the least and the greatest amount, so always in range */
Datum
amount_avg(PG_FUNCTION_ARGS)
{
	AmountTotal *total = PG_ARGISNULL(0) ? NULL : (AmountTotal *) PG_GETARG_POINTER(0);

	if (total == NULL || total->count == 0)
		PG_RETURN_NULL();
	PG_RETURN_AMOUNT(sp_amount((int) total->currency, money_divide(total->units, total->count)));
}
