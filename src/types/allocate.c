/*
 * allocate.c
 *	  The SQL face of allocation: an amount divided into parts that add up.
 *
 * Ratios are exact: numeric ones are taken to whole weights by the scale of
 * the finest of them.
 */
#include "types/allocation.h"

#include "base/base.h"
#include "types/types.h"

#include "funcapi.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/tuplestore.h"

PG_FUNCTION_INFO_V1(amount_allocate);
PG_FUNCTION_INFO_V1(amount_allocate_equally);
PG_FUNCTION_INFO_V1(types_allocation_policies);

#define MAX_PARTS	((int) (MaxAllocSize / sizeof(AllocationPart)))

static void
reject_ratios(const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("invalid ratios for an allocation"),
			 errdetail("%s", detail),
			 errhint("Type them as '{75,25}' or ARRAY[1,1,1]; round long fractions to 20 digits.")));
}

static AllocationPolicy
policy_argument(text *name)
{
	const AllocationName *found = allocation_named(text_to_cstring(name));

	if (found == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("unknown allocation policy \"%s\"", text_to_cstring(name)),
				 errdetail("The policies are largest_remainder, largest, first, last, spread and cumulative."),
				 errhint("What each does: SELECT * FROM pulse.allocation_policies.")));
	return found->policy;
}

static AllocationPart *
new_parts(int n)
{
	if (n < 1)
		reject_ratios("There must be at least one part.");
	if (n > MAX_PARTS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("too many parts for an allocation"),
				 errdetail("There can be %d parts.", MAX_PARTS),
				 errhint("Allocate to groups first, then within each.")));
	return palloc0(n * sizeof(AllocationPart));
}

static int
finest_scale(Datum *ratios, bool *nulls, int n)
{
	int			finest = 0;

	for (int i = 0; i < n; i++)
	{
		Numeric		ratio = nulls[i] ? NULL : DatumGetNumeric(ratios[i]);

		if (ratio == NULL)
			reject_ratios("A ratio is NULL.");
		if (numeric_is_nan(ratio) || numeric_is_inf(ratio))
			reject_ratios("A ratio is not finite.");
		finest = Max(finest, DatumGetInt32(DirectFunctionCall1(numeric_min_scale, ratios[i])));
	}
	return finest;
}

/* a ratio times ten to the scale, which is whole */
static WideUnits
ratio_weight(Datum ratio, int scale)
{
	Datum		shifted = DirectFunctionCall2(numeric_mul, ratio,
											  DirectFunctionCall2(numeric_power, NumericGetDatum(int64_to_numeric(10)),
																  NumericGetDatum(int64_to_numeric(scale))));
	WideUnits	weight;

	if (!sp_numeric_wide(DatumGetNumeric(shifted), &weight) || weight >= ALLOCATION_WEIGHT_LIMIT)
		reject_ratios("All ratios together have more than 21 digits before and after the point.");
	if (weight < 0)
		reject_ratios("A ratio is negative.");
	return weight;
}

static AllocationPart *
parts_of_ratios(ArrayType *array, int *n)
{
	Datum	   *ratios;
	bool	   *nulls;
	AllocationPart *parts;
	int			scale;

	deconstruct_array(array, NUMERICOID, -1, false, TYPALIGN_INT, &ratios, &nulls, n);
	parts = new_parts(*n);
	scale = finest_scale(ratios, nulls, *n);
	for (int i = 0; i < *n; i++)
		parts[i].weight = ratio_weight(ratios[i], scale);
	return parts;
}

static ArrayType *
amounts_of_parts(FunctionCallInfo fcinfo, Amount amount, AllocationPart *parts, int n, AllocationPolicy policy)
{
	Datum	   *amounts = palloc(n * sizeof(Datum));

	if (!allocate_units(amount_units(amount), parts, n, policy))
		reject_ratios("The ratios add up to zero, or to more than 21 digits.");
	for (int i = 0; i < n; i++)
		amounts[i] = AmountGetDatum(sp_amount(amount_currency(amount), parts[i].units));
	return construct_array(amounts, n, get_element_type(get_func_rettype(fcinfo->flinfo->fn_oid)),
						   sizeof(Amount), true, TYPALIGN_DOUBLE);
}

Datum
amount_allocate(PG_FUNCTION_ARGS)
{
	AllocationPolicy policy = policy_argument(PG_GETARG_TEXT_PP(2));
	int			n;
	AllocationPart *parts = parts_of_ratios(PG_GETARG_ARRAYTYPE_P(1), &n);

	PG_RETURN_ARRAYTYPE_P(amounts_of_parts(fcinfo, PG_GETARG_AMOUNT(0), parts, n, policy));
}

Datum
amount_allocate_equally(PG_FUNCTION_ARGS)
{
	int			n = PG_GETARG_INT32(1);
	AllocationPolicy policy = policy_argument(PG_GETARG_TEXT_PP(2));
	AllocationPart *parts = new_parts(n);

	for (int i = 0; i < n; i++)
		parts[i].weight = 1;
	PG_RETURN_ARRAYTYPE_P(amounts_of_parts(fcinfo, PG_GETARG_AMOUNT(0), parts, n, policy));
}

Datum
types_allocation_policies(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	const AllocationName *policy;

	InitMaterializedSRF(fcinfo, 0);
	for (int i = 0; (policy = allocation_at(i)) != NULL; i++)
	{
		Datum		values[2] = {CStringGetTextDatum(policy->name), CStringGetTextDatum(policy->meaning)};
		bool		nulls[2] = {false, false};

		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	return (Datum) 0;
}
