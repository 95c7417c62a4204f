/*
 * numeric_value.c
 *	  From the digits of a numeric to units, and back.
 */
#include "aging/numeric_value.h"

#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/numeric.h"

/*
 * The value in units of 10000^-places, for any size.  False: it does not fit
 * into 38 digits, or has digits behind those places.
 */
bool
numeric_units(const NumericValue *value, int places, Wide *units)
{
	__int128	result = 0;

	for (int i = 0; i < value->ndigits; i++)
		if (__builtin_mul_overflow(result, (__int128) 10000, &result) ||
			__builtin_add_overflow(result, (__int128) numeric_word(value->digits + 2 * i), &result))
			return false;
	*units = value->negative ? -result : result;
	if (result == 0)
		return true;
	return places + value->exponent >= 0 && decimal_shift(units, 4 * (places + value->exponent));
}

Datum
numeric_of_units(Wide units, int scale)
{
	char text[	DECIMAL_TEXT_SIZE];

	if (units >= PG_INT64_MIN && units <= PG_INT64_MAX)
		return NumericGetDatum(int64_div_fast_to_numeric((int64) units, scale));
	decimal_print(text, units, scale);
	return DirectFunctionCall3(numeric_in, CStringGetDatum(text),
							   ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1));
}
