/*
 * convert.c
 *	  Amounts rounded in a stated way: from numbers, to cash steps, by percent,
 *	  at a rate.
 *
 * Invariant: each result is rounded once from its exact value, by the mode
 * that the caller named.
 */
#include "types/types.h"

#include "base/base.h"

#include "funcapi.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/tuplestore.h"

PG_FUNCTION_INFO_V1(amount_from_numeric_by_mode);
PG_FUNCTION_INFO_V1(amount_round_to);
PG_FUNCTION_INFO_V1(amount_percent);
PG_FUNCTION_INFO_V1(amount_convert);
PG_FUNCTION_INFO_V1(types_rounding_modes);

static Numeric
multiply(Numeric left, Numeric right)
{
	return DatumGetNumeric(DirectFunctionCall2(numeric_mul, NumericGetDatum(left), NumericGetDatum(right)));
}

static bool
is_positive(Numeric value)
{
	return !numeric_is_nan(value) && !numeric_is_inf(value) &&
		DatumGetBool(DirectFunctionCall2(numeric_gt, NumericGetDatum(value), NumericGetDatum(int64_to_numeric(0))));
}

/* the units of an amount from their exact number */
static Amount
amount_by_mode(int currency, Numeric units, RoundingMode mode)
{
	/* what that function does anyway is the mode most asked for */
	return sp_amount_rounded(currency, mode == ROUND_HALF_AWAY ? units : sp_round_numeric(units, mode));
}

Datum
amount_from_numeric_by_mode(PG_FUNCTION_ARGS)
{
	const Currency *currency = sp_currency_named(text_to_cstring(PG_GETARG_TEXT_PP(1)));
	RoundingMode mode = sp_rounding_mode(PG_GETARG_TEXT_PP(2));

	PG_RETURN_AMOUNT(amount_by_mode(currency->number,
									multiply(PG_GETARG_NUMERIC(0), sp_power_of_ten(currency->digits)), mode));
}

/* a cash step as whole minor units */
static int64
step_units(Numeric step, const Currency *currency)
{
	WideUnits	units = 0;
	int64		narrow = 0;
	Numeric		exact = multiply(step, sp_power_of_ten(currency->digits));
	bool		usable = is_positive(step) &&
	DatumGetBool(DirectFunctionCall2(numeric_eq, NumericGetDatum(exact),
									 DirectFunctionCall1(numeric_floor, NumericGetDatum(exact)))) &&
	sp_numeric_wide(exact, &units) && money_narrow(units, &narrow);

	if (!usable)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("step of rounding must be a positive whole number of minor units"),
				 errdetail("The step is %s, and %s has %d digits after the point.",
						   DatumGetCString(DirectFunctionCall1(numeric_out, NumericGetDatum(step))),
						   currency->code, currency->digits),
				 errhint("Type it as 0.05 for CHF, or 1 for whole units of any currency.")));
	return narrow;
}

Datum
amount_round_to(PG_FUNCTION_ARGS)
{
	Amount		amount = PG_GETARG_AMOUNT(0);
	const Currency *currency = sp_currency(amount_currency(amount));
	int64		step = step_units(PG_GETARG_NUMERIC(1), currency);
	WideUnits	rounded;

	if (!rounding_to_step(amount_units(amount), step, sp_rounding_mode(PG_GETARG_TEXT_PP(2)), &rounded))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("amount is not a multiple of the step"),
				 errdetail("The rounding mode is exact, and something is left to round."),
				 errhint("Name another mode, such as half_away.")));
	PG_RETURN_AMOUNT(sp_amount(currency->number, rounded));
}

Datum
amount_percent(PG_FUNCTION_ARGS)
{
	Amount		amount = PG_GETARG_AMOUNT(0);
	Numeric		hundredfold = multiply(int64_to_numeric(amount_units(amount)), PG_GETARG_NUMERIC(1));

	PG_RETURN_AMOUNT(amount_by_mode(amount_currency(amount), multiply(hundredfold, sp_power_of_ten(-2)),
									sp_rounding_mode(PG_GETARG_TEXT_PP(2))));
}

Datum
amount_convert(PG_FUNCTION_ARGS)
{
	Amount		amount = PG_GETARG_AMOUNT(0);
	const Currency *from = sp_currency(amount_currency(amount));
	const Currency *to = sp_currency_named(text_to_cstring(PG_GETARG_TEXT_PP(1)));
	Numeric		rate = PG_GETARG_NUMERIC(2);
	Numeric		units;

	if (!is_positive(rate))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("rate of exchange must be a positive number"),
				 errdetail("The rate is %s.",
						   DatumGetCString(DirectFunctionCall1(numeric_out, NumericGetDatum(rate)))),
				 errhint("Give the price of one %s in %s.", from->code, to->code)));
	units = multiply(int64_to_numeric(amount_units(amount)), rate);
	PG_RETURN_AMOUNT(amount_by_mode(to->number, multiply(units, sp_power_of_ten(to->digits - from->digits)),
									sp_rounding_mode(PG_GETARG_TEXT_PP(3))));
}

/* the aliases of a mode as text[] */
static Datum
alias_array(const char *aliases)
{
	Datum		words[8];
	int			n = 0;

	for (const char *at = aliases; *at != '\0' && n < lengthof(words); at += strspn(at, " "))
	{
		size_t		length = strcspn(at, " ");

		words[n++] = PointerGetDatum(cstring_to_text_with_len(at, (int) length));
		at += length;
	}
	return PointerGetDatum(construct_array(words, n, TEXTOID, -1, false, TYPALIGN_INT));
}

Datum
types_rounding_modes(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	const RoundingName *mode;

	InitMaterializedSRF(fcinfo, 0);
	for (int i = 0; (mode = rounding_at(i)) != NULL; i++)
	{
		Datum		values[3] = {
			CStringGetTextDatum(mode->name), alias_array(mode->aliases), CStringGetTextDatum(mode->meaning)
		};
		bool		nulls[3] = {false, false, false};

		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	return (Datum) 0;
}
