/*
 * allocation_test.c
 *	  Allocation: cases from its definition, and what must hold for all.
 *
 * sources: src/types/allocation.c
 */
#include "check.h"

#include <stdlib.h>

#include "types/allocation.h"

#define MAX_PARTS 12

static uint32_t seed = 20260305;

static int
any(int below)
{
	seed = seed * 1664525 + 1013904223;
	return (int) ((seed >> 8) % below);
}

static void
check_case(int64_t units, const char *policy, int n, const int *weights, const int *expected)
{
	AllocationPart parts[MAX_PARTS] = {0};

	for (int i = 0; i < n; i++)
		parts[i].weight = weights[i];
	CHECK(allocation_named(policy) != NULL);
	CHECK(allocate_units(units, parts, n, allocation_named(policy)->policy));
	for (int i = 0; i < n; i++)
		CHECK_EQ(parts[i].units, expected[i]);
}

#define CASE(units, policy, n, weights, ...) \
	check_case(units, policy, n, (const int[]) weights, (const int[]) __VA_ARGS__)
#define W(...) {__VA_ARGS__}

static void
test_cases(void)
{
	CASE(9999, "largest_remainder", 2, W(75, 25), {7499, 2500});
	CASE(-10000, "largest_remainder", 3, W(1, 1, 1), {-3334, -3333, -3333});
	CASE(10000, "largest_remainder", 3, W(1, 1, 1), {3334, 3333, 3333});
	CASE(5, "largest_remainder", 4, W(0, 1, 0, 1), {0, 3, 0, 2});
	CASE(1, "largest_remainder", 3, W(1, 1, 1), {1, 0, 0});
	CASE(0, "largest_remainder", 2, W(1, 2), {0, 0});
	CASE(100, "first", 4, W(0, 1, 1, 1), {0, 34, 33, 33});
	CASE(101, "first", 3, W(1, 1, 1), {35, 33, 33});
	CASE(101, "last", 4, W(1, 1, 1, 0), {33, 33, 35, 0});
	CASE(-101, "last", 4, W(1, 1, 1, 0), {-33, -33, -35, 0});
	CASE(101, "spread", 4, W(0, 1, 1, 1), {0, 34, 34, 33});
	CASE(101, "largest", 3, W(3, 7, 7), {17, 43, 41});
	CASE(100, "cumulative", 6, W(1, 1, 1, 1, 1, 1), {17, 16, 17, 17, 16, 17});
	CASE(-100, "cumulative", 3, W(1, 0, 2), {-33, 0, -67});
}

static void
test_limits(void)
{
	AllocationPart parts[3] = {0};

	CHECK(!allocate_units(5, parts, 3, ALLOCATE_FIRST));
	CHECK(!allocate_units(5, parts, 0, ALLOCATE_FIRST));
	parts[0].weight = parts[1].weight = ALLOCATION_WEIGHT_LIMIT - 1;
	CHECK(!allocate_units(5, parts, 2, ALLOCATE_FIRST));
	for (int p = 0; allocation_at(p) != NULL; p++)
	{
		memset(parts, 0, sizeof(parts));
		parts[0].weight = ALLOCATION_WEIGHT_LIMIT - 2;
		parts[1].weight = parts[2].weight = 1;
		CHECK(allocate_units(AMOUNT_UNIT_MIN, parts, 3, allocation_at(p)->policy));
		CHECK_EQ(parts[0].units + parts[1].units + parts[2].units, AMOUNT_UNIT_MIN);
	}
	CHECK(allocation_named("fair") == NULL && allocation_named("") == NULL);
	CHECK(allocation_at(-1) == NULL);
}

/* adds up; zero gets nothing; mirrored under sign; remainder policies stay within a unit */
static void
test_random(void)
{
	AllocationPart parts[MAX_PARTS];
	AllocationPart mirror[MAX_PARTS];
	int			n = any(MAX_PARTS) + 1;
	const AllocationName *policy = allocation_at(any(6));
	int64_t		units = (int64_t) any(1 << 20) * any(any(2) ? 3 : 1 << 20);
	WideUnits	total = 0;
	int64_t		sum = 0;

	memset(parts, 0, sizeof(parts));
	for (int i = 0; i < n; i++)
		total += parts[i].weight = any(4) == 0 ? 0 : any(any(2) ? 5 : 1 << 22);
	memcpy(mirror, parts, sizeof(parts));
	CHECK(allocate_units(units, parts, n, policy->policy) == (total > 0));
	if (total == 0)
		return;
	CHECK(allocate_units(-units, mirror, n, policy->policy));
	for (int i = 0; i < n; i++)
	{
		WideUnits	exact = (WideUnits) units * parts[i].weight;

		sum += parts[i].units;
		CHECK(parts[i].units >= 0);
		CHECK_EQ(mirror[i].units, -parts[i].units);
		CHECK(parts[i].weight > 0 || parts[i].units == 0);
		if (policy->policy == ALLOCATE_LARGEST_REMAINDER || policy->policy == ALLOCATE_SPREAD ||
			policy->policy == ALLOCATE_CUMULATIVE)
			CHECK(parts[i].units * total - exact <= total && exact - parts[i].units * total <= total);
	}
	CHECK_EQ(sum, units);
}

int
main(void)
{
	test_cases();
	test_limits();
	for (int i = 0; i < 20000; i++)
		test_random();
	return check_done();
}
