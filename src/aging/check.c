/*
 * check.c
 *	  What a caller of the aging functions may have got wrong, said in full.
 */
#include "aging/aging.h"

#include "catalog/pg_type.h"
#include "types/amount.h"
#include "utils/builtins.h"
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
read_rule(text *words, AgingRule *rule)
{
	const char *typed = text_to_cstring(words);
	const char *wrong = aging_rule_parse(typed, rule);

	if (wrong != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("invalid aging rule \"%s\"", typed),
				 errdetail("The word at \"%s\" is unknown, or answers a question a second time.", wrong),
				 errhint("Choose at most one of each: inclusive or exclusive; day_0_not_due or day_0_due; not_due_apart or not_due_in_first; credits_apart or credits_aged.")));
}

void
read_edges(ArrayType *array, const AgingRule *rule, AgingEdges *edges)
{
	int			count = ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));

	if (ARR_NDIM(array) > 1 || array_contains_nulls(array) ||
		!aging_edges_make(edges, (int32 *) ARR_DATA_PTR(array), count, rule))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("invalid edges of aging buckets"),
				 errdetail("Edges are up to %d ascending numbers of days, each above zero and not null, that leave a day for every bucket.",
						   AGING_MAX_EDGES),
				 errhint("Type ARRAY[30, 60, 90] for the buckets 1-30, 31-60, 61-90 and 91+.")));
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
			 errmsg("as_of differs within one group") : errmsg("edges or rules differ within one group"),
			 errdetail("An aging profile has one day, one set of edges and one rule."),
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

void
negate_profile(Profile *profile)
{
	if (!aging_profile_negate(profile))
		report_total_overflow();
}
