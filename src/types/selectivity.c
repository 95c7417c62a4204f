/*
 * selectivity.c
 *	  Row estimates for "<" "<=" ">" ">=" between amounts.
 *
 * These are true only within the comparand's currency, so what counts is the
 * share of the column between the comparand and that end of its currency.  The
 * server's own estimators would count every row of the currencies beyond.
 * Statistics are in the total order; a histogram bucket that runs from one
 * currency into another is taken as half of each.
 */
#include "types/types.h"

#include "base/base.h"

#include "catalog/pg_statistic.h"
#include "nodes/nodeFuncs.h"
#include "nodes/pathnodes.h"
#include "utils/lsyscache.h"
#include "utils/selfuncs.h"

#include "types/support.h"

/* amounts from low to high, both included, in the total order */
typedef struct AmountRange
{
	Amount		low;
	Amount		high;
	bool		empty;
} AmountRange;

static AmountRange
selected_range(StrategyNumber strategy, Amount comparand)
{
	AmountRange range = {amount_first(comparand), amount_last(comparand), false};

	switch (strategy)
	{
		case BTLessStrategyNumber:
			range.empty = comparand == range.low;
			range.high = comparand - 1;
			break;
		case BTLessEqualStrategyNumber:
			range.high = comparand;
			break;
		case BTGreaterEqualStrategyNumber:
			range.low = comparand;
			break;
		default:
			range.empty = comparand == range.high;
			range.low = comparand + 1;
			break;
	}
	return range;
}

/* The share of a bucket's rows that lie below x. */
static double
bucket_share_below(Amount low, Amount high, Amount x)
{
	if (x <= low)
		return 0.0;
	if (x > high)
		return 1.0;
	if (amount_currency(low) == amount_currency(high))
		return (double) (x - low) / (double) (high - low);
	/* where in its half x stands is unknown */
	if (amount_currency(x) == amount_currency(low) && x != amount_last(low))
		return 0.25;
	if (amount_currency(x) == amount_currency(high) && x != amount_first(high))
		return 0.75;
	return 0.5;
}

/* The share of the histogram's rows that lie below x. */
static double
histogram_share_below(const AttStatsSlot *slot, Amount x)
{
	int			low = 0;
	int			high = slot->nvalues - 1;

	if (x <= DatumGetAmount(slot->values[low]))
		return 0.0;
	if (x > DatumGetAmount(slot->values[high]))
		return 1.0;
	/* values[low] < x <= values[high] */
	while (high - low > 1)
	{
		int			middle = (low + high) / 2;

		if (DatumGetAmount(slot->values[middle]) < x)
			low = middle;
		else
			high = middle;
	}
	return (low + bucket_share_below(DatumGetAmount(slot->values[low]),
									 DatumGetAmount(slot->values[high]), x)) /
		(slot->nvalues - 1);
}

/* Of the rows that are neither NULL nor common values; 0.5 without a histogram. */
static double
histogram_selectivity_of(VariableStatData *variable, AmountRange range)
{
	AttStatsSlot slot;
	double		share = 0.5;
	double		least;

	if (!get_attstatsslot(&slot, variable->statsTuple, STATISTIC_KIND_HISTOGRAM,
						  InvalidOid, ATTSTATSSLOT_VALUES))
		return share;
	if (slot.nvalues > 1)
	{
		share = histogram_share_below(&slot, range.high) - histogram_share_below(&slot, range.low);
		/* a sample proves neither none nor all */
		least = 0.01 / (slot.nvalues - 1);
		share = Min(Max(share, least), 1.0 - least);
	}
	free_attstatsslot(&slot);
	return share;
}

/* The share of common values in the range; *common is the share of all of them. */
static double
common_selectivity(VariableStatData *variable, AmountRange range, double *common)
{
	AttStatsSlot slot;
	double		share = 0.0;

	*common = 0.0;
	if (!get_attstatsslot(&slot, variable->statsTuple, STATISTIC_KIND_MCV,
						  InvalidOid, ATTSTATSSLOT_VALUES | ATTSTATSSLOT_NUMBERS))
		return share;
	for (int i = 0; i < slot.nvalues; i++)
	{
		Amount		value = DatumGetAmount(slot.values[i]);

		*common += slot.numbers[i];
		if (value >= range.low && value <= range.high)
			share += slot.numbers[i];
	}
	free_attstatsslot(&slot);
	return share;
}

static bool
has_statistics(VariableStatData *variable, Oid comparison)
{
	return HeapTupleIsValid(variable->statsTuple) &&
		statistic_proc_security_check(variable, comparison);
}

static double
null_share(VariableStatData *variable)
{
	return ((Form_pg_statistic) GETSTRUCT(variable->statsTuple))->stanullfrac;
}

static double
range_selectivity(VariableStatData *variable, AmountRange range)
{
	double		common;
	double		selectivity = common_selectivity(variable, range, &common);
	double		rest = Max(1.0 - null_share(variable) - common, 0.0);

	return selectivity + rest * histogram_selectivity_of(variable, range);
}

/* Adds up the column's share of each currency; their sum is at most 1. */
static void
currency_shares(VariableStatData *variable, double *shares)
{
	AttStatsSlot slot;
	double		rest = 1.0 - null_share(variable);

	if (get_attstatsslot(&slot, variable->statsTuple, STATISTIC_KIND_MCV,
						 InvalidOid, ATTSTATSSLOT_VALUES | ATTSTATSSLOT_NUMBERS))
	{
		for (int i = 0; i < slot.nvalues; i++)
		{
			shares[amount_currency(DatumGetAmount(slot.values[i]))] += slot.numbers[i];
			rest -= slot.numbers[i];
		}
		free_attstatsslot(&slot);
	}
	if (rest > 0 && get_attstatsslot(&slot, variable->statsTuple, STATISTIC_KIND_HISTOGRAM,
									 InvalidOid, ATTSTATSSLOT_VALUES))
	{
		for (int i = 0; i < slot.nvalues; i++)
			shares[amount_currency(DatumGetAmount(slot.values[i]))] += rest / slot.nvalues;
		free_attstatsslot(&slot);
	}
}

/* How likely two rows are in one currency. */
static double
same_currency_share(VariableStatData *left, VariableStatData *right)
{
	double	   *left_shares = palloc0(AMOUNT_CURRENCIES * sizeof(double));
	double	   *right_shares = palloc0(AMOUNT_CURRENCIES * sizeof(double));
	double		share = 0.0;

	currency_shares(left, left_shares);
	currency_shares(right, right_shares);
	for (int i = 0; i < AMOUNT_CURRENCIES; i++)
		share += left_shares[i] * right_shares[i];
	return share;
}

/* Whether a clause says that a column is at least something, and what. */
static bool
is_lower_bound(Expr *clause, Node *column, AmountRange *range)
{
	List	   *args = is_opclause(clause) ? ((OpExpr *) clause)->args : NIL;
	bool		on_left = args != NIL && equal(strip_implicit_coercions(linitial(args)), column);
	StrategyNumber strategy;
	Node	   *other;

	if (list_length(args) != 2 || (!on_left && !equal(strip_implicit_coercions(lsecond(args)), column)))
		return false;
	other = on_left ? lsecond(args) : linitial(args);
	strategy = amount_comparison_strategy(get_opcode(((OpExpr *) clause)->opno));
	if (strategy == InvalidStrategy || !IsA(other, Const) || ((Const *) other)->constisnull)
		return false;
	if (!on_left)
		strategy = amount_commuted_strategy(strategy);
	*range = selected_range(strategy, DatumGetAmount(((Const *) other)->constvalue));
	return strategy >= BTGreaterEqualStrategyNumber;
}

/*
 * The planner multiplies the estimates of "col >= x AND col <= y" as if they
 * were independent, and knows its own operators only.  So an upper bound is
 * estimated among the rows that the lower bounds beside it leave.
 */
static double
upper_bound_selectivity(VariableStatData *variable, AmountRange range)
{
	AmountRange before = {range.low, amount_last(range.low), false};
	ListCell   *cell;

	foreach(cell, variable->rel == NULL ? NIL : variable->rel->baserestrictinfo)
	{
		AmountRange bound;

		if (!is_lower_bound(lfirst_node(RestrictInfo, cell)->clause, variable->var, &bound))
			continue;
		if (bound.empty || bound.low > range.high || bound.high < range.low)
			return 0.0;
		before.low = Max(before.low, bound.low);
	}
	if (before.low == range.low)
		return range_selectivity(variable, range);
	range.low = before.low;
	return range_selectivity(variable, range) / Max(range_selectivity(variable, before), 1e-10);
}

static double
comparison_selectivity(VariableStatData *variable, Node *other, bool var_on_left, Oid comparison)
{
	StrategyNumber strategy = amount_comparison_strategy(comparison);
	AmountRange range;

	if (IsA(other, Const) && ((Const *) other)->constisnull)
		return 0.0;
	if (!has_statistics(variable, comparison) || strategy == InvalidStrategy)
		return DEFAULT_INEQ_SEL;
	if (!IsA(other, Const))		/* as likely in each currency as the column is */
		return DEFAULT_INEQ_SEL * same_currency_share(variable, variable);
	if (!var_on_left)
		strategy = amount_commuted_strategy(strategy);
	range = selected_range(strategy, DatumGetAmount(((Const *) other)->constvalue));
	if (range.empty)
		return 0.0;
	return strategy >= BTGreaterEqualStrategyNumber ? range_selectivity(variable, range) :
		upper_bound_selectivity(variable, range);
}

PG_FUNCTION_INFO_V1(amount_restriction_selectivity);
PG_FUNCTION_INFO_V1(amount_join_selectivity);

Datum
amount_restriction_selectivity(PG_FUNCTION_ARGS)
{
	PlannerInfo *root = (PlannerInfo *) PG_GETARG_POINTER(0);
	Oid			comparison = get_opcode(PG_GETARG_OID(1));
	List	   *args = (List *) PG_GETARG_POINTER(2);
	int			var_relid = PG_GETARG_INT32(3);
	VariableStatData variable;
	Node	   *other;
	bool		var_on_left;
	double		selectivity;

	if (!get_restriction_variable(root, args, var_relid, &variable, &other, &var_on_left))
		PG_RETURN_FLOAT8(DEFAULT_INEQ_SEL);
	selectivity = comparison_selectivity(&variable, other, var_on_left, comparison);
	ReleaseVariableStats(variable);
	CLAMP_PROBABILITY(selectivity);
	PG_RETURN_FLOAT8(selectivity);
}

Datum
amount_join_selectivity(PG_FUNCTION_ARGS)
{
	PlannerInfo *root = (PlannerInfo *) PG_GETARG_POINTER(0);
	Oid			comparison = get_opcode(PG_GETARG_OID(1));
	List	   *args = (List *) PG_GETARG_POINTER(2);
	SpecialJoinInfo *join = (SpecialJoinInfo *) PG_GETARG_POINTER(4);
	VariableStatData left;
	VariableStatData right;
	bool		reversed;
	double		selectivity = DEFAULT_INEQ_SEL;

	get_join_variables(root, args, join, &left, &right, &reversed);
	if (has_statistics(&left, comparison) && has_statistics(&right, comparison))
		selectivity *= same_currency_share(&left, &right);
	ReleaseVariableStats(left);
	ReleaseVariableStats(right);
	CLAMP_PROBABILITY(selectivity);
	PG_RETURN_FLOAT8(selectivity);
}
