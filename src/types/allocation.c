/*
 * allocation.c
 *	  Dividing money into shares that add up.  Pure C: no server, no allocation.
 *
 * Invariant: the parts add up to what was divided, whatever the policy.  The
 * remainders add up to a whole number of units less than the number of parts
 * that have one, so no policy runs out of parts to give to.
 */
#include "types/allocation.h"

#include <stdlib.h>
#include <string.h>

static const AllocationName names[] = {
	{"largest_remainder", ALLOCATE_LARGEST_REMAINDER,
	"One unit each to the parts that lost most by rounding down; of equal ones to the first."},
	{"largest", ALLOCATE_LARGEST,
	"All that is left over to the largest share; of equal ones to the first."},
	{"first", ALLOCATE_FIRST,
	"All that is left over to the first share that is not zero."},
	{"last", ALLOCATE_LAST,
	"All that is left over to the last share that is not zero."},
	{"spread", ALLOCATE_SPREAD,
	"One unit each from the first share on that is not zero."},
	{"cumulative", ALLOCATE_CUMULATIVE,
	"Each part is the difference of two running totals, rounded half away from zero: what is left over is spread over the whole length."}
};

#define N_NAMES	((int) (sizeof(names) / sizeof(names[0])))

const AllocationName *
allocation_named(const char *name)
{
	for (int i = 0; i < N_NAMES; i++)
		if (strcmp(names[i].name, name) == 0)
			return &names[i];
	return NULL;
}

const AllocationName *
allocation_at(int position)
{
	return position >= 0 && position < N_NAMES ? &names[position] : NULL;
}

static int
compare_rests(const void *left, const void *right)
{
	const AllocationPart *a = left;
	const AllocationPart *b = right;

	if (a->rest != b->rest)
		return a->rest > b->rest ? -1 : 1;
	return a->order - b->order;
}

static int
compare_order(const void *left, const void *right)
{
	return ((const AllocationPart *) left)->order - ((const AllocationPart *) right)->order;
}

/* One unit each to the parts as they stand, but for those of weight zero. */
static void
give_one_each(AllocationPart *parts, int n, int64_t left)
{
	for (int i = 0; i < n && left > 0; i++)
		if (parts[i].weight > 0)
		{
			parts[i].units++;
			left--;
		}
}

static void
give_by_remainder(AllocationPart *parts, int n, int64_t left)
{
	if (left == 0)
		return;
	qsort(parts, n, sizeof(AllocationPart), compare_rests);
	give_one_each(parts, n, left);
	qsort(parts, n, sizeof(AllocationPart), compare_order);
}

static int
choose_part(const AllocationPart *parts, int n, AllocationPolicy policy)
{
	int			chosen = -1;

	for (int i = 0; i < n; i++)
	{
		if (parts[i].weight == 0)
			continue;
		if (chosen < 0 || policy == ALLOCATE_LAST ||
			(policy == ALLOCATE_LARGEST && parts[i].weight > parts[chosen].weight))
			chosen = i;
	}
	return chosen;
}

static void
give_rest(AllocationPart *parts, int n, AllocationPolicy policy, int64_t left)
{
	if (policy == ALLOCATE_LARGEST_REMAINDER)
		give_by_remainder(parts, n, left);
	else if (policy == ALLOCATE_SPREAD)
		give_one_each(parts, n, left);
	else
		parts[choose_part(parts, n, policy)].units += left;
}

/* size x running weight / total, half up; size is not negative */
static int64_t
running_units(WideUnits size, WideUnits running, WideUnits total)
{
	WideUnits	rest = size * running % total;

	return (int64_t) (size * running / total) + (rest >= total - rest);
}

static void
allocate_cumulative(WideUnits size, AllocationPart *parts, int n, WideUnits total)
{
	WideUnits	running = 0;
	int64_t		given = 0;

	for (int i = 0; i < n; i++)
	{
		int64_t		upto;

		running += parts[i].weight;
		upto = running_units(size, running, total);
		parts[i].units = upto - given;
		given = upto;
	}
}

static void
allocate_down(WideUnits size, AllocationPart *parts, int n, WideUnits total, AllocationPolicy policy)
{
	int64_t		left = (int64_t) size;

	for (int i = 0; i < n; i++)
	{
		WideUnits	worth = size * parts[i].weight;

		parts[i].order = i;
		parts[i].units = (int64_t) (worth / total);
		parts[i].rest = worth % total;
		left -= parts[i].units;
	}
	give_rest(parts, n, policy, left);
}

bool
allocate_units(int64_t units, AllocationPart *parts, int n, AllocationPolicy policy)
{
	WideUnits	size = units < 0 ? -(WideUnits) units : units;
	WideUnits	total = 0;

	for (int i = 0; i < n; i++)
	{
		total += parts[i].weight;
		if (total > ALLOCATION_WEIGHT_LIMIT)
			return false;
	}
	if (total == 0)
		return false;
	if (policy == ALLOCATE_CUMULATIVE)
		allocate_cumulative(size, parts, n, total);
	else
		allocate_down(size, parts, n, total, policy);
	for (int i = 0; i < n && units < 0; i++)
		parts[i].units = -parts[i].units;
	return true;
}
