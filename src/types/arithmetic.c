/*
 * arithmetic.c
 *	  Operators that make amounts of amounts.
 *
 * Invariant: a result is exact, or it is rounded once, half away from zero
 * (amount * numeric, amount / numeric), or it is an error.
 */
#include "types/types.h"

#include "base/base.h"

#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(amount_pl);
PG_FUNCTION_INFO_V1(amount_mi);
PG_FUNCTION_INFO_V1(amount_um);
PG_FUNCTION_INFO_V1(amount_up);
PG_FUNCTION_INFO_V1(amount_abs);
PG_FUNCTION_INFO_V1(amount_sign);
PG_FUNCTION_INFO_V1(amount_mul_numeric);
PG_FUNCTION_INFO_V1(numeric_mul_amount);
PG_FUNCTION_INFO_V1(amount_div_numeric);
PG_FUNCTION_INFO_V1(amount_div_amount);

static int
common_currency(Amount left, Amount right)
{
	int			currency = amount_currency(left);

	if (unlikely(currency != amount_currency(right)))
		sp_currency_mismatch(currency, amount_currency(right));
	return currency;
}

Datum
amount_pl(PG_FUNCTION_ARGS)
{
	Amount		left = PG_GETARG_AMOUNT(0);
	Amount		right = PG_GETARG_AMOUNT(1);

	/* sp_amount() checks the range; in 64 bits the sum cannot wrap */
	PG_RETURN_AMOUNT(sp_amount(common_currency(left, right),
							   amount_units(left) + amount_units(right)));
}

Datum
amount_mi(PG_FUNCTION_ARGS)
{
	Amount		left = PG_GETARG_AMOUNT(0);
	Amount		right = PG_GETARG_AMOUNT(1);

	PG_RETURN_AMOUNT(sp_amount(common_currency(left, right),
							   amount_units(left) - amount_units(right)));
}

Datum
amount_um(PG_FUNCTION_ARGS)
{
	Amount		amount = PG_GETARG_AMOUNT(0);

	PG_RETURN_AMOUNT(sp_amount(amount_currency(amount), -amount_units(amount)));
}

Datum
amount_up(PG_FUNCTION_ARGS)
{
	PG_RETURN_AMOUNT(PG_GETARG_AMOUNT(0));
}

Datum
amount_abs(PG_FUNCTION_ARGS)
{
	Amount		amount = PG_GETARG_AMOUNT(0);
	int64		units = amount_units(amount);

	PG_RETURN_AMOUNT(sp_amount(amount_currency(amount), units < 0 ? -units : units));
}

Datum
amount_sign(PG_FUNCTION_ARGS)
{
	int64		units = amount_units(PG_GETARG_AMOUNT(0));

	PG_RETURN_INT32((units > 0) - (units < 0));
}

static Amount
multiply(Amount amount, Numeric factor)
{
	Datum		units = NumericGetDatum(int64_to_numeric(amount_units(amount)));
	Datum		product = DirectFunctionCall2(numeric_mul, units, NumericGetDatum(factor));

	return sp_amount_rounded(amount_currency(amount), DatumGetNumeric(product));
}

Datum
amount_mul_numeric(PG_FUNCTION_ARGS)
{
	PG_RETURN_AMOUNT(multiply(PG_GETARG_AMOUNT(0), PG_GETARG_NUMERIC(1)));
}

Datum
numeric_mul_amount(PG_FUNCTION_ARGS)
{
	PG_RETURN_AMOUNT(multiply(PG_GETARG_AMOUNT(1), PG_GETARG_NUMERIC(0)));
}

/*
 * The quotient rounded once: numeric division would round to its own scale
 * first, so the units are divided without rounding and the rest decides.
 */
static Datum
divide_half_away(Datum units, Datum divisor)
{
	Datum		quotient = DirectFunctionCall2(numeric_div_trunc, units, divisor);
	Datum		rest = DirectFunctionCall2(numeric_mod, units, divisor);
	Datum		twice = DirectFunctionCall1(numeric_abs, DirectFunctionCall2(numeric_add, rest, rest));
	Datum		away;

	if (DatumGetBool(DirectFunctionCall2(numeric_lt, twice, DirectFunctionCall1(numeric_abs, divisor))))
		return quotient;
	away = DirectFunctionCall2(numeric_mul, DirectFunctionCall1(numeric_sign, units),
							   DirectFunctionCall1(numeric_sign, divisor));
	return DirectFunctionCall2(numeric_add, quotient, away);
}

Datum
amount_div_numeric(PG_FUNCTION_ARGS)
{
	Amount		amount = PG_GETARG_AMOUNT(0);
	Datum		units = NumericGetDatum(int64_to_numeric(amount_units(amount)));
	Datum		quotient = divide_half_away(units, PG_GETARG_DATUM(1));

	PG_RETURN_AMOUNT(sp_amount_rounded(amount_currency(amount), DatumGetNumeric(quotient)));
}

Datum
amount_div_amount(PG_FUNCTION_ARGS)
{
	Amount		left = PG_GETARG_AMOUNT(0);
	Amount		right = PG_GETARG_AMOUNT(1);

	(void) common_currency(left, right);
	return DirectFunctionCall2(numeric_div,
							   NumericGetDatum(int64_to_numeric(amount_units(left))),
							   NumericGetDatum(int64_to_numeric(amount_units(right))));
}
