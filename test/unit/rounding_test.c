/*
 * rounding_test.c
 *	  Rounding modes by their definitions, and steps against a search.
 *
 * sources: src/types/rounding.c
 */
#include "check.h"

#include "types/rounding.h"

static WideUnits
rounded(WideUnits units, int64_t step, const char *name)
{
	const RoundingName *mode = rounding_named(name, strlen(name));
	WideUnits	result = 999999;

	CHECK(mode != NULL);
	if (mode != NULL)
		CHECK(rounding_to_step(units, step, mode->mode, &result));
	return result;
}

/* what 2.5, -2.5, 3.5, 2.4, -2.6 become, in tenths */
static void
test_table(void)
{
	static const struct
	{
		const char *name;
		int			expected[5];
	}			cases[] = {
		{"half_away", {30, -30, 40, 20, -30}},
		{"commercial", {30, -30, 40, 20, -30}},
		{"half_even", {20, -20, 40, 20, -30}},
		{"bankers", {20, -20, 40, 20, -30}},
		{"half_up", {30, -20, 40, 20, -30}},
		{"half_down", {20, -30, 30, 20, -30}},
		{"half_zero", {20, -20, 30, 20, -30}},
		{"away", {30, -30, 40, 30, -30}},
		{"zero", {20, -20, 30, 20, -20}},
		{"truncate", {20, -20, 30, 20, -20}},
		{"up", {30, -20, 40, 30, -20}},
		{"ceiling", {30, -20, 40, 30, -20}},
		{"down", {20, -30, 30, 20, -30}},
		{"floor", {20, -30, 30, 20, -30}},
	};
	static const int given[5] = {25, -25, 35, 24, -26};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		for (int j = 0; j < 5; j++)
			CHECK_EQ(rounded(given[j], 10, cases[i].name), cases[i].expected[j]);
}

static void
test_names(void)
{
	CHECK(rounding_named("half", 4) == NULL);
	CHECK(rounding_named("", 0) == NULL);
	CHECK(rounding_named("up down", 7) == NULL);
	CHECK(rounding_named("truncate trunc", 14) == NULL);
	CHECK(rounding_named("HALF_UP", 7) == NULL);
	CHECK(rounding_at(-1) == NULL && rounding_at(100) == NULL);
	CHECK_STR(rounding_named("ceil", 4)->name, "up");
	for (int i = 0; rounding_at(i) != NULL; i++)
		CHECK(rounding_named(rounding_at(i)->name, strlen(rounding_at(i)->name)) == rounding_at(i));
}

/* A rounded value is a multiple less than a step away; every mode keeps multiples. */
static void
test_steps(void)
{
	for (int m = 0; rounding_at(m) != NULL; m++)
		for (int64_t step = 1; step <= 12; step++)
			for (int units = -40; units <= 40; units++)
			{
				WideUnits	result;
				bool		whole = units % step == 0;

				if (!rounding_to_step(units, step, rounding_at(m)->mode, &result))
				{
					CHECK(rounding_at(m)->mode == ROUND_EXACT && !whole);
					continue;
				}
				CHECK(result % step == 0);
				CHECK(result - units < step && units - result < step);
				CHECK(!whole || result == units);
				if (rounding_at(m)->mode <= ROUND_HALF_ZERO)
					CHECK((result - units) * 2 <= step && (units - result) * 2 <= step);
			}
}

/* What is symmetric is so, and up is down mirrored. */
static void
test_mirrors(void)
{
	static const char *const pairs[][2] = {
		{"half_away", "half_away"}, {"half_even", "half_even"}, {"half_zero", "half_zero"},
		{"away", "away"}, {"zero", "zero"}, {"up", "down"}, {"half_up", "half_down"}
	};

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		for (int units = -60; units <= 60; units++)
			CHECK_EQ(rounded(units, 8, pairs[i][0]), -rounded(-units, 8, pairs[i][1]));
}

int
main(void)
{
	test_table();
	test_names();
	test_steps();
	test_mirrors();
	return check_done();
}
