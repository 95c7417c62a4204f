/*
 * metric.c
 *	  What the DSO family needs besides SQL: checked arguments, roll rates, the
 *	  provision matrix.
 */
#include "aging/aging.h"

#include "aging/numeric_value.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "types/amount.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/numeric.h"
#include "utils/tuplestore.h"

PG_FUNCTION_INFO_V1(sp_above_zero);
PG_FUNCTION_INFO_V1(sp_finite);
PG_FUNCTION_INFO_V1(sp_month_days);
PG_FUNCTION_INFO_V1(sp_roll_rates);
PG_FUNCTION_INFO_V1(sp_provision_matrix);

Datum
sp_above_zero(PG_FUNCTION_ARGS)
{
	int32		figure = PG_GETARG_INT32(0);

	if (figure <= 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must be above zero, not %d", text_to_cstring(PG_GETARG_TEXT_PP(1)), figure),
				 errdetail("It is the length of the time in which the sales were made."),
				 errhint("Type 90 for days, or 3 for months.")));
	PG_RETURN_INT32(figure);
}

/* Raises, or is true. */
Datum
sp_finite(PG_FUNCTION_ARGS)
{
	Datum	   *figures;
	bool	   *nulls;
	int			count;

	deconstruct_array(PG_GETARG_ARRAYTYPE_P(0), NUMERICOID, -1, false, TYPALIGN_INT, &figures, &nulls, &count);
	for (int i = 0; i < count; i++)
		if (!nulls[i] && (numeric_is_nan(DatumGetNumeric(figures[i])) || numeric_is_inf(DatumGetNumeric(figures[i]))))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("a figure is not a finite number"),
					 errdetail("NaN and infinity are no receivable and no sales."),
					 errhint("Leave the rows out that they come from.")));
	PG_RETURN_BOOL(true);
}

/* Two lists of one length, without nulls; days above zero.  Raises, or is true. */
Datum
sp_month_days(PG_FUNCTION_ARGS)
{
	ArrayType  *sales = PG_GETARG_ARRAYTYPE_P(0);
	ArrayType  *days = PG_GETARG_ARRAYTYPE_P(1);
	int			count = ArrayGetNItems(ARR_NDIM(days), ARR_DIMS(days));
	bool		good = ARR_NDIM(days) == 1 && ARR_NDIM(sales) == 1 &&
	count == ArrayGetNItems(1, ARR_DIMS(sales)) &&
	!array_contains_nulls(sales) && !array_contains_nulls(days);

	for (int i = 0; good && i < count; i++)
		good = ((int32 *) ARR_DATA_PTR(days))[i] > 0;
	if (!good)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("sales and days do not describe months"),
				 errdetail("They are lists of the same length, not empty and without nulls; days are above zero."),
				 errhint("Type ARRAY[120, 80], ARRAY[31, 28], the newest month first.")));
	PG_RETURN_BOOL(true);
}

/* left / right as a numeric; NULL (and why) where that makes no sense */
static Datum
share(Wide left, Wide right, bool *isnull, const char **status)
{
	*isnull = right <= 0 || left < 0;
	*status = right == 0 ? "no_receivable" : *isnull ? "negative" : "ok";
	if (*isnull)
		return (Datum) 0;
	return DirectFunctionCall2(numeric_div, numeric_of_units(left, 0), numeric_of_units(right, 0));
}

static Wide
units_at(const Profile *profile, int figure, int scale)
{
	Wide		units = profile->figures[figure];

	if (!decimal_shift(&units, scale - profile->scale))
		report_total_overflow();
	return units;
}

Datum
sp_roll_rates(PG_FUNCTION_ARGS)
{
	Profile    *before = PG_GETARG_PROFILE(0);
	Profile    *after = PG_GETARG_PROFILE(1);
	const AgingEdges *edges = before->edges;
	int			scale = Max(before->scale, after->scale);
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;

	if (before->currency != after->currency || !aging_edges_equal(edges, after->edges))
		report_mismatch(before, after->currency, before->as_of, after->edges);
	InitMaterializedSRF(fcinfo, 0);
	for (int i = aging_has_figure(edges, 0) ? 0 : 1; i <= edges->count; i++)
	{
		char		label[PROFILE_LABEL_SIZE];
		const char *status;
		Datum		values[6];
		bool		nulls[6] = {false};

		aging_profile_label(edges, i, label);
		values[0] = Int32GetDatum(i);
		values[1] = CStringGetTextDatum(label);
		values[2] = numeric_of_units(before->figures[i], before->scale);
		values[3] = numeric_of_units(after->figures[i + 1], after->scale);
		values[4] = share(units_at(after, i + 1, scale), units_at(before, i, scale), &nulls[4], &status);
		values[5] = CStringGetTextDatum(status);
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	return (Datum) 0;
}

static void
check_rates(ArrayType *array, int expected, Datum **rates)
{
	bool	   *nulls;
	int			count;
	bool		good;
	Datum		zero = numeric_of_units(0, 0);
	Datum		one = numeric_of_units(1, 0);

	deconstruct_array(array, NUMERICOID, -1, false, TYPALIGN_INT, rates, &nulls, &count);
	good = count == expected;
	for (int i = 0; good && i < count; i++)
		good = !nulls[i] && DatumGetBool(DirectFunctionCall2(numeric_ge, (*rates)[i], zero)) &&
			DatumGetBool(DirectFunctionCall2(numeric_le, (*rates)[i], one));
	if (!good)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("invalid rates of a provision matrix"),
				 errdetail("The profile needs %d rates from 0 to 1, one for each figure but credits.", expected),
				 errhint("Look at SELECT label FROM pulse.buckets(profile), and type 0.02 for 2 percent.")));
}

Datum
sp_provision_matrix(PG_FUNCTION_ARGS)
{
	Profile    *profile = PG_GETARG_PROFILE(0);
	const AgingEdges *edges = profile->edges;
	int			first = aging_has_figure(edges, 0) ? 0 : 1;
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	Datum	   *rates;

	check_rates(PG_GETARG_ARRAYTYPE_P(1), edges->count + 2 - first, &rates);
	InitMaterializedSRF(fcinfo, 0);
	for (int i = first; i <= edges->count + 1; i++)
	{
		char		label[PROFILE_LABEL_SIZE];
		Datum		values[5];
		bool		nulls[5] = {false};

		aging_profile_label(edges, i, label);
		values[0] = Int32GetDatum(i);
		values[1] = CStringGetTextDatum(label);
		values[2] = numeric_of_units(profile->figures[i], profile->scale);
		values[3] = rates[i - first];
		values[4] = DirectFunctionCall2(numeric_mul, values[2], values[3]);
		if (profile->currency != 0)
			values[4] = DirectFunctionCall2(numeric_round, values[4], Int32GetDatum(profile->scale));
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	return (Datum) 0;
}
