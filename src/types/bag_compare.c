/*
 * bag_compare.c
 *	  Equality, hashing and a total order of bags.
 *
 * Bags are equal when their bytes are.  The order has no meaning for people:
 * it serves sorting, DISTINCT and indexes, and so has operators of its own.
 */
#include "types/bag.h"

#include "base/base.h"

#include "common/hashfn.h"

static int
compare_words(uint64 left, uint64 right)
{
	return (left > right) - (left < right);
}

/* total by total; of two that agree so far the shorter comes first */
static int
compare_bags(const Bag *left, const Bag *right)
{
	int			shorter = Min(BAG_LENGTH(left), BAG_LENGTH(right));
	int			order = 0;

	for (int i = 0; i < shorter && order == 0; i++)
	{
		order = compare_words(left->totals[i].high, right->totals[i].high);
		if (order == 0)
			order = compare_words(left->totals[i].low, right->totals[i].low);
	}
	return order != 0 ? order : compare_words(BAG_LENGTH(left), BAG_LENGTH(right));
}

/* sorting and indexes call this often in one context: leave nothing behind */
static int
compare_arguments(FunctionCallInfo fcinfo)
{
	Bag		   *left = PG_GETARG_BAG_P(0);
	Bag		   *right = PG_GETARG_BAG_P(1);
	int			order = compare_bags(left, right);

	PG_FREE_IF_COPY(left, 0);
	PG_FREE_IF_COPY(right, 1);
	return order;
}

#define BAG_COMPARISON(name, sign) \
	PG_FUNCTION_INFO_V1(name); \
	Datum \
	name(PG_FUNCTION_ARGS) \
	{ \
		PG_RETURN_BOOL(compare_arguments(fcinfo) sign 0); \
	} \
	extern Datum name(PG_FUNCTION_ARGS)

BAG_COMPARISON(bag_eq, ==);
BAG_COMPARISON(bag_ne, !=);
BAG_COMPARISON(bag_total_lt, <);
BAG_COMPARISON(bag_total_le, <=);
BAG_COMPARISON(bag_total_gt, >);
BAG_COMPARISON(bag_total_ge, >=);

PG_FUNCTION_INFO_V1(bag_cmp);
PG_FUNCTION_INFO_V1(bag_hash);
PG_FUNCTION_INFO_V1(bag_hash_extended);

Datum
bag_cmp(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(compare_arguments(fcinfo));
}

Datum
bag_hash(PG_FUNCTION_ARGS)
{
	Bag		   *bag = PG_GETARG_BAG_P(0);

	PG_RETURN_UINT32(hash_bytes((const unsigned char *) bag->totals,
								BAG_LENGTH(bag) * sizeof(BagTotal)));
}

Datum
bag_hash_extended(PG_FUNCTION_ARGS)
{
	Bag		   *bag = PG_GETARG_BAG_P(0);

	PG_RETURN_UINT64(hash_bytes_extended((const unsigned char *) bag->totals,
										 BAG_LENGTH(bag) * sizeof(BagTotal), PG_GETARG_INT64(1)));
}
