/*
 * exact.c
 *	  Exact figures of the server (numeric) rounded by name, and to 128 bits.
 *
 * Invariant: a numeric is rounded here in one step from its exact value.  So a
 * quotient is never had from numeric division, which rounds to a scale of its
 * own first.
 */
#include "types/types.h"

#include "base/base.h"

#include "utils/builtins.h"

#define CALL1(function, a)		DirectFunctionCall1(function, a)
#define CALL2(function, a, b)	DirectFunctionCall2(function, a, b)

RoundingMode
sp_rounding_mode(text *name)
{
	const RoundingName *found = rounding_named(VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name));

	if (found == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("unknown rounding mode \"%s\"", text_to_cstring(name)),
				 errdetail("The modes are half_away, half_even, half_up, half_down, half_zero, away, zero, up, down and exact."),
				 errhint("What each does: SELECT * FROM pulse.rounding_modes.")));
	return found->mode;
}

static Datum
whole(int64 value)
{
	return NumericGetDatum(int64_to_numeric(value));
}

static bool
is_negative(Datum value)
{
	return DatumGetBool(CALL2(numeric_lt, value, whole(0)));
}

/* lower or the whole number above it, as twice the rest compares with one */
static Numeric
choose_neighbour(Datum lower, Datum twice, Datum one, bool negative, RoundingMode mode)
{
	int			order = DatumGetInt32(CALL2(numeric_cmp, twice, one));
	RoundingRest rest = DatumGetBool(CALL2(numeric_eq, twice, whole(0))) ? REST_NONE :
	order < 0 ? REST_BELOW_HALF : order == 0 ? REST_HALF : REST_ABOVE_HALF;
	bool		odd = !DatumGetBool(CALL2(numeric_eq, CALL2(numeric_mod, lower, whole(2)), whole(0)));

	if (mode == ROUND_EXACT && rest != REST_NONE)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("value has too many digits for its currency"),
				 errdetail("The rounding mode is exact, and something is left to round."),
				 errhint("Name another mode, such as half_even.")));
	if (rounding_takes_upper(mode, rest, negative, odd))
		lower = CALL2(numeric_add, lower, whole(1));
	return DatumGetNumeric(lower);
}

Numeric
sp_round_numeric(Numeric value, RoundingMode mode)
{
	Datum		given = NumericGetDatum(value);
	Datum		lower;
	Datum		rest;

	if (numeric_is_nan(value) || numeric_is_inf(value))
		return value;			/* for the caller's check of the range */
	lower = CALL1(numeric_floor, given);
	rest = CALL2(numeric_sub, given, lower);
	return choose_neighbour(lower, CALL2(numeric_add, rest, rest), whole(1), is_negative(given), mode);
}

/* both finite, the divisor positive */
Numeric
sp_divide_numeric(Numeric dividend, Numeric divisor, RoundingMode mode)
{
	Datum		above = NumericGetDatum(dividend);
	Datum		below = NumericGetDatum(divisor);
	Datum		lower = CALL2(numeric_div_trunc, above, below);
	Datum		rest = CALL2(numeric_mod, above, below);

	if (is_negative(rest))
	{
		lower = CALL2(numeric_sub, lower, whole(1));
		rest = CALL2(numeric_add, rest, below);
	}
	return choose_neighbour(lower, CALL2(numeric_add, rest, rest), below, is_negative(above), mode);
}

/* exact both ways, and small: the digits of currencies are 0 to 4 */
Numeric
sp_power_of_ten(int exponent)
{
	int64		power = 1;

	for (int i = 0; i < abs(exponent); i++)
		power *= 10;
	if (exponent >= 0)
		return int64_to_numeric(power);
	return int64_div_fast_to_numeric(1, -exponent);
}

const Currency sp_whole_units = {"XXX", 0, 0};

/* by way of text, which has no limit of 64 bits */
Numeric
sp_wide_numeric(const Currency *currency, WideUnits units)
{
	char		money[MONEY_TEXT_SIZE];

	(void) money_print(money, currency, units);
	return DatumGetNumeric(DirectFunctionCall3(numeric_in, CStringGetDatum(money + strlen("CNY ")),
											   ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1)));
}

#define WIDE_DIGITS		37		/* 10^37 < 2^123 */

/* value is whole; NaN and infinities are too large */
bool
sp_numeric_wide(Numeric value, WideUnits *units)
{
	const char *at = DatumGetCString(CALL1(numeric_out, NumericGetDatum(value)));
	bool		negative = *at == '-';
	size_t		length;

	at += negative;
	length = strspn(at, "0123456789");
	*units = 0;
	if (length == 0 || length > WIDE_DIGITS)
		return false;
	for (size_t i = 0; i < length; i++)
		*units = *units * 10 + (at[i] - '0');
	if (negative)
		*units = -*units;
	return true;
}
