/*
 * amount.c
 *	  The type pulse.amount: input, output, and amounts from and to numeric.
 *
 * Invariant: every amount that leaves this file has a currency of the table in
 * currency.c; text, binary and numeric input all pass through sp_amount() or
 * the same check.
 */
#include "types/types.h"

#include "base/base.h"

#include "libpq/pqformat.h"
#include "utils/builtins.h"
#include "utils/numeric.h"

/* the currency of a stored amount */
const Currency *
sp_currency(int number)
{
	const Currency *currency = currency_by_number(number);

	if (currency == NULL)
		elog(ERROR, "amount with unknown currency number %d", number);
	return currency;
}

/* said softly by input, hard elsewhere */
#define UNKNOWN_CURRENCY(code) \
	errmsg("unknown currency \"%s\"", code), \
	errdetail("It is not the code of an ISO 4217 currency with minor units."), \
	errhint("Write the code in three capital letters, such as CNY.")

#define OUT_OF_RANGE \
	errmsg("amount out of range"), \
	errdetail("An amount holds from -2^53 to 2^53 - 1 minor units of its currency."), \
	errhint("Use numeric or pulse.bag for larger figures.")

const Currency *
sp_currency_named(const char *code)
{
	const Currency *currency = currency_by_code(code);

	if (currency == NULL)
		ereport(ERROR, (errcode(ERRCODE_SP_UNKNOWN_CURRENCY), UNKNOWN_CURRENCY(code)));
	return currency;
}

Amount
sp_amount(int currency, WideUnits units)
{
	int64		narrow;

	if (!money_narrow(units, &narrow))
		ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE), OUT_OF_RANGE));
	return amount_make(currency, narrow);
}

void
sp_currency_mismatch(int left, int right)
{
	ereport(ERROR,
			(errcode(ERRCODE_SP_CURRENCY_MISMATCH),
			 errmsg("amounts are in different currencies: %s and %s",
					sp_currency(left)->code, sp_currency(right)->code),
			 errdetail("Only amounts in one currency can be added, subtracted, divided or ordered."),
			 errhint("Convert at a dated rate, group by pulse.currency(amount), or use pulse.bag_sum(amount) for one total per currency.")));
}

PG_FUNCTION_INFO_V1(amount_in);
PG_FUNCTION_INFO_V1(amount_out);
PG_FUNCTION_INFO_V1(amount_recv);
PG_FUNCTION_INFO_V1(amount_send);
PG_FUNCTION_INFO_V1(amount_from_numeric);
PG_FUNCTION_INFO_V1(amount_to_numeric);
PG_FUNCTION_INFO_V1(amount_currency_code);

Datum
amount_in(PG_FUNCTION_ARGS)
{
	const char *text = PG_GETARG_CSTRING(0);
	MoneyText	money;
	int64		units;

	switch (money_parse(text, strlen(text), &money))
	{
		case MONEY_OK:
			if (money_narrow(money.units, &units))
				PG_RETURN_AMOUNT(amount_make(money.currency->number, units));
			/* FALLTHROUGH */
		case MONEY_OUT_OF_RANGE:
			ereturn(fcinfo->context, (Datum) 0,
					(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE), OUT_OF_RANGE));
		case MONEY_UNKNOWN_CURRENCY:
			ereturn(fcinfo->context, (Datum) 0,
					(errcode(ERRCODE_SP_UNKNOWN_CURRENCY), UNKNOWN_CURRENCY(money.code)));
		case MONEY_TOO_PRECISE:
			ereturn(fcinfo->context, (Datum) 0,
					(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
					 errmsg("too many digits for type %s: \"%s\"", "pulse.amount", text),
					 errdetail("%s has %d digits after the point.",
							   money.code, money.currency->digits),
					 errhint("Round first, as in pulse.round_amount(1.005, '%s').", money.code)));
		case MONEY_SYNTAX:
			break;
	}
	ereturn(fcinfo->context, (Datum) 0,
			(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
			 errmsg("invalid input syntax for type %s: \"%s\"", "pulse.amount", text),
			 errdetail("An amount is a currency code, a blank and a number without group separators."),
			 errhint("Type it as 'CNY 142800.00'.")));
}

Datum
amount_out(PG_FUNCTION_ARGS)
{
	Amount		amount = PG_GETARG_AMOUNT(0);
	char	   *text = palloc(MONEY_TEXT_SIZE);

	(void) money_print(text, sp_currency(amount_currency(amount)), amount_units(amount));
	PG_RETURN_CSTRING(text);
}

/* The external form is the word itself: ten bits of currency, 54 of units. */
Datum
amount_recv(PG_FUNCTION_ARGS)
{
	StringInfo	buffer = (StringInfo) PG_GETARG_POINTER(0);
	Amount		amount = (Amount) pq_getmsgint64(buffer);

	if (currency_by_number(amount_currency(amount)) == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("invalid binary form of type %s", "pulse.amount"),
				 errdetail("The upper 10 bits hold %d, which is no ISO 4217 number of a currency.",
						   amount_currency(amount)),
				 errhint("Send the ISO number times 2^54 plus the minor units plus 2^53.")));
	PG_RETURN_AMOUNT(amount);
}

Datum
amount_send(PG_FUNCTION_ARGS)
{
	StringInfoData buffer;

	pq_begintypsend(&buffer);
	pq_sendint64(&buffer, PG_GETARG_AMOUNT(0));
	PG_RETURN_BYTEA_P(pq_endtypsend(&buffer));
}

/* the largest numeric that is taken to bigint without its own range check */
#define LARGEST_INT64	INT64CONST(0x7FFFFFFFFFFFFFFF)

/* Rounds to whole units, half away from zero. */
Amount
sp_amount_rounded(int currency, Numeric units)
{
	Numeric		size = DatumGetNumeric(DirectFunctionCall1(numeric_abs, NumericGetDatum(units)));
	Datum		limit = NumericGetDatum(int64_to_numeric(LARGEST_INT64));

	if (numeric_is_nan(units) || numeric_is_inf(units) ||
		DatumGetBool(DirectFunctionCall2(numeric_ge, NumericGetDatum(size), limit)))
		ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE), OUT_OF_RANGE));
	/* numeric_int8 rounds half away from zero */
	return sp_amount(currency,
					 DatumGetInt64(DirectFunctionCall1(numeric_int8, NumericGetDatum(units))));
}

static bool
is_whole(Numeric value)
{
	return DatumGetBool(DirectFunctionCall2(numeric_eq, NumericGetDatum(value),
											DirectFunctionCall2(numeric_round, NumericGetDatum(value),
																Int32GetDatum(0))));
}

Datum
amount_from_numeric(PG_FUNCTION_ARGS)
{
	Numeric		value = PG_GETARG_NUMERIC(0);
	const char *code = text_to_cstring(PG_GETARG_TEXT_PP(1));
	const Currency *currency = sp_currency_named(code);
	Numeric		units = DatumGetNumeric(DirectFunctionCall2(numeric_mul, NumericGetDatum(value),
															NumericGetDatum(sp_power_of_ten(currency->digits))));

	if (!is_whole(units))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("value has too many digits for an amount in %s", code),
				 errdetail("%s has %d digits after the point; the value is %s.", code, currency->digits,
						   DatumGetCString(DirectFunctionCall1(numeric_out, NumericGetDatum(value)))),
				 errhint("Use pulse.round_amount(value, '%s') to round half away from zero.", code)));
	PG_RETURN_AMOUNT(sp_amount_rounded(currency->number, units));
}

Datum
amount_to_numeric(PG_FUNCTION_ARGS)
{
	Amount		amount = PG_GETARG_AMOUNT(0);

	PG_RETURN_NUMERIC(int64_div_fast_to_numeric(amount_units(amount),
												sp_currency(amount_currency(amount))->digits));
}

Datum
amount_currency_code(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(cstring_to_text(sp_currency(amount_currency(PG_GETARG_AMOUNT(0)))->code));
}
