/*
 * allocation.h
 *	  Dividing money into shares that add up.  Pure C: no server, no allocation.
 *
 * A part is worth units x weight / total, which is hardly ever whole: each gets
 * the whole units below that, and a policy says who gets what is left over.
 * Everything is reckoned on the size and signed at the end, so a refund mirrors
 * the charge; a part of weight zero gets nothing.
 */
#ifndef SP_ALLOCATION_H
#define SP_ALLOCATION_H

#include "types/money.h"

typedef enum AllocationPolicy
{
	ALLOCATE_LARGEST_REMAINDER, /* one unit each to the largest remainders */
	ALLOCATE_LARGEST,			/* all to the largest share */
	ALLOCATE_FIRST,				/* all to the first share */
	ALLOCATE_LAST,				/* all to the last share */
	ALLOCATE_SPREAD,			/* one unit each from the first share on */
	ALLOCATE_CUMULATIVE			/* a part is the difference of rounded running
								 * totals */
} AllocationPolicy;

/* One share; of equal weights and remainders the first comes first. */
typedef struct AllocationPart
{
	WideUnits	weight;			/* given: 0 <= weight <
								 * ALLOCATION_WEIGHT_LIMIT */
	WideUnits	rest;
	int64_t		units;			/* found */
	int			order;
} AllocationPart;

/* units x weight and the sum of all weights stay within 128 bits */
#define ALLOCATION_WEIGHT_LIMIT	(((WideUnits) 1) << 73)

typedef struct AllocationName
{
	const char *name;
	AllocationPolicy policy;
	const char *meaning;
} AllocationName;

extern const AllocationName *allocation_named(const char *name);
extern const AllocationName *allocation_at(int position);

/* false: the weights add up to nothing, or to more than 2^73 */
extern bool allocate_units(int64_t units, AllocationPart *parts, int n, AllocationPolicy policy);

#endif							/* SP_ALLOCATION_H */
