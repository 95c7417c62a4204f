/*
 * bag_arithmetic.c
 *	  Bags times and by a number, and the sign of bags and amounts.
 *
 * A bag has a sign when all its totals have: positive, negative, or zero when
 * it is empty.  Totals of both signs have none between them, since they are in
 * different currencies; so such a bag compares with zero as unknown.
 */
#include "types/bag.h"

#include "base/base.h"

#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(bag_mul_numeric);
PG_FUNCTION_INFO_V1(numeric_mul_bag);
PG_FUNCTION_INFO_V1(bag_div_numeric);
PG_FUNCTION_INFO_V1(bag_sign);

static void
check_factor(Numeric factor)
{
	if (numeric_is_nan(factor) || numeric_is_inf(factor))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("bag out of range"),
				 errdetail("A bag cannot be multiplied or divided by NaN or infinity."),
				 errhint("Look for a value that was entered by mistake.")));
}

static WideUnits
wide_total(Numeric units)
{
	WideUnits	wide;

	if (!sp_numeric_wide(units, &wide) || !bag_units_fit(wide))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("total of a bag out of range"),
				 errdetail("A bag holds from -2^117 to 2^117 - 1 minor units in each currency."),
				 errhint("Look for a value that was entered by mistake.")));
	return wide;
}

/* each total times factor, rounded half away from zero */
static Bag *
multiply_bag(const Bag *bag, Numeric factor)
{
	Tally	   *tally = new_tally(CurrentMemoryContext);

	check_factor(factor);
	for (int i = 0; i < BAG_LENGTH(bag); i++)
	{
		int			currency = bag_currency(&bag->totals[i]);
		Datum		units = NumericGetDatum(sp_wide_numeric(&sp_whole_units, bag_units(&bag->totals[i])));
		Numeric		product = DatumGetNumeric(DirectFunctionCall2(numeric_mul, units, NumericGetDatum(factor)));

		*tally_total(tally, currency) = wide_total(sp_round_numeric(product, ROUND_HALF_AWAY));
	}
	return tally_bag(tally);
}

Datum
bag_mul_numeric(PG_FUNCTION_ARGS)
{
	PG_RETURN_BAG_P(multiply_bag(PG_GETARG_BAG_P(0), PG_GETARG_NUMERIC(1)));
}

Datum
numeric_mul_bag(PG_FUNCTION_ARGS)
{
	PG_RETURN_BAG_P(multiply_bag(PG_GETARG_BAG_P(1), PG_GETARG_NUMERIC(0)));
}

Datum
bag_div_numeric(PG_FUNCTION_ARGS)
{
	Bag		   *bag = PG_GETARG_BAG_P(0);
	Numeric		divisor = PG_GETARG_NUMERIC(1);
	bool		negative = DatumGetBool(DirectFunctionCall2(numeric_lt, NumericGetDatum(divisor),
															NumericGetDatum(int64_to_numeric(0))));
	Numeric		size = DatumGetNumeric(DirectFunctionCall1(numeric_abs, NumericGetDatum(divisor)));
	Tally	   *tally = new_tally(CurrentMemoryContext);

	check_factor(divisor);
	for (int i = 0; i < BAG_LENGTH(bag); i++)
	{
		WideUnits	units = bag_units(&bag->totals[i]);
		Numeric		dividend = sp_wide_numeric(&sp_whole_units, negative ? -units : units);

		*tally_total(tally, bag_currency(&bag->totals[i])) =
			wide_total(sp_divide_numeric(dividend, size, ROUND_HALF_AWAY));
	}
	PG_RETURN_BAG_P(tally_bag(tally));
}

/* ---- the sign ---- */

/* false: there are totals of both signs */
static bool
sign_of_bag(const Bag *bag, int *sign)
{
	bool		negative = false;
	bool		positive = false;

	for (int i = 0; i < BAG_LENGTH(bag); i++)
		if (bag_units(&bag->totals[i]) < 0)
			negative = true;
		else
			positive = true;
	*sign = (int) positive - (int) negative;
	return !(positive && negative);
}

Datum
bag_sign(PG_FUNCTION_ARGS)
{
	int			sign;

	if (!sign_of_bag(PG_GETARG_BAG_P(0), &sign))
		PG_RETURN_NULL();
	PG_RETURN_INT32(sign);
}

static void
check_zero(int32 number)
{
	if (number != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("money cannot be compared with the number %d", number),
				 errdetail("Zero is the same in all currencies; every other number needs one."),
				 errhint("Compare with an amount, such as 'CNY %d'.", number)));
}

/* = and <> are known for every bag: one without a sign is not zero */
#define COMPARISON_WITH_ZERO(suffix, sign_test, known) \
	PG_FUNCTION_INFO_V1(bag_##suffix##_zero); \
	PG_FUNCTION_INFO_V1(amount_##suffix##_zero); \
	Datum \
	bag_##suffix##_zero(PG_FUNCTION_ARGS) \
	{ \
		int			sign; \
		bool		has_sign = sign_of_bag(PG_GETARG_BAG_P(0), &sign); \
		check_zero(PG_GETARG_INT32(1)); \
		if (!has_sign && !(known)) \
			PG_RETURN_NULL(); \
		if (!has_sign) \
			sign = 1; \
		PG_RETURN_BOOL(sign sign_test 0); \
	} \
	Datum \
	amount_##suffix##_zero(PG_FUNCTION_ARGS) \
	{ \
		check_zero(PG_GETARG_INT32(1)); \
		PG_RETURN_BOOL(amount_units(PG_GETARG_AMOUNT(0)) sign_test 0); \
	} \
	extern Datum bag_##suffix##_zero(PG_FUNCTION_ARGS)

COMPARISON_WITH_ZERO(lt, <, false);
COMPARISON_WITH_ZERO(le, <=, false);
COMPARISON_WITH_ZERO(eq, ==, true);
COMPARISON_WITH_ZERO(ne, !=, true);
COMPARISON_WITH_ZERO(ge, >=, false);
COMPARISON_WITH_ZERO(gt, >, false);
