/*
 * check.c
 *	  What a caller of the aging functions may have got wrong, said in full.
 */
#include "aging/aging.h"

#include "catalog/pg_type.h"
#include "types/amount.h"
#include "utils/date.h"
#include "utils/datetime.h"

/* Years 1 to 9999: what every reader of a profile can write down. */
void
check_as_of(int32 as_of)
{
	if (as_of < date2j(1, 1, 1) - POSTGRES_EPOCH_JDATE ||
		as_of > date2j(9999, 12, 31) - POSTGRES_EPOCH_JDATE)
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("as_of is out of range"),
				 errdetail("An aging profile is as of a day in the years 1 to 9999."),
				 errhint("Type a date such as date '2026-06-30'.")));
}

void
read_edges(ArrayType *array, AgingEdges *edges)
{
	int			count = ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));

	if (ARR_NDIM(array) > 1 || array_contains_nulls(array) ||
		!aging_edges_valid((int32 *) ARR_DATA_PTR(array), count))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("invalid edges of aging buckets"),
				 errdetail("Edges are up to %d ascending numbers of days, each above zero and not null.",
						   AGING_MAX_EDGES),
				 errhint("Type ARRAY[30, 60, 90] for the buckets 1-30, 31-60, 61-90 and 91+.")));
	edges->count = count;
	edges->bound[0] = 0;
	memcpy(&edges->bound[1], ARR_DATA_PTR(array), count * sizeof(int32));
}

static const char *
currency_name(int number)
{
	const Currency *currency = currency_by_number(number);

	return currency != NULL ? currency->code : "plain numbers";
}

/* Raises; the profiles differ in at least one of the three. */
void
report_mismatch(const Profile *state, int currency, int32 as_of, const AgingEdges *edges)
{
	if (currency != state->currency)
		ereport(ERROR,
				(errcode(ERRCODE_SP_CURRENCY_MISMATCH),
				 errmsg("cannot age amounts of different currencies together"),
				 errdetail("The group holds %s and %s.", currency_name(state->currency),
						   currency_name(currency)),
				 errhint("Add GROUP BY pulse.currency(amount), or convert the amounts first.")));
	ereport(ERROR,
			(errcode(ERRCODE_SP_VARYING_ARGUMENT),
			 as_of != state->as_of ?
			 errmsg("as_of differs within one group") : errmsg("edges differ within one group"),
			 errdetail("An aging profile has one day and one set of edges."),
			 errhint("Add it to GROUP BY, or give a constant.")));
}

void
report_total_overflow(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 errmsg("aging total out of range"),
			 errdetail("A figure of an aging profile has up to 38 digits, %d of them after the point.",
					   DECIMAL_MAX_SCALE),
			 errhint("Round the open amount, as in round(open_amount, 4).")));
}

void
merge_profiles(Profile *into, const Profile *from)
{
	ProfileResult result = aging_profile_merge(into, from);

	if (result == PROFILE_OVERFLOW)
		report_total_overflow();
	else if (result != PROFILE_OK)
		report_mismatch(into, from->currency, from->as_of, from->edges);
}
