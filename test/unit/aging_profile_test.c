/*
 * aging_profile_test.c
 *	  Profiles and decimals: buckets, merging, text, random ledgers.
 *
 * sources: src/aging/profile.c src/aging/profile_text.c src/aging/decimal.c src/types/currency.c
 */
#include "check.h"

#include <stdlib.h>

#include "aging/profile.h"
#include "types/amount.h"

typedef union Room
{
	Profile		profile;
	char		bytes[offsetof(Profile, figures) + AGING_MAX_FIGURES * sizeof(Wide)];
} Room;

static void
test_decimals(void)
{
	char		text[DECIMAL_TEXT_SIZE];
	Wide		units = 0;
	int			scale = 0;
	Wide		largest = (Wide) (~(unsigned __int128) 0 >> 1);

	decimal_print(text, -5, 2);
	CHECK_STR(text, "-0.05");
	decimal_print(text, 0, 0);
	CHECK_STR(text, "0");
	decimal_print(text, -largest - 1, DECIMAL_MAX_SCALE);
	CHECK_STR(text, "-170.141183460469231731687303715884105728");
	CHECK(decimal_parse("12.340,", &units, &scale) != NULL);
	CHECK_EQ(units, 12340);
	CHECK_EQ(scale, 3);
	CHECK(decimal_parse("170141183460469231731687303715884105727", &units, &scale) != NULL);
	CHECK(units == largest);
	CHECK(decimal_parse("170141183460469231731687303715884105728", &units, &scale) == NULL);
	CHECK(decimal_parse(".5", &units, &scale) == NULL);
	CHECK(decimal_parse("-", &units, &scale) == NULL);
	units = largest;
	CHECK(!decimal_add(&units, 1));
	CHECK(units == largest);
	CHECK(!decimal_shift(&units, 1));
	units = 1;
	CHECK(decimal_shift(&units, 38));
	CHECK(decimal_shift(&units, -38));
	CHECK_EQ(units, 1);
}

/* edges are inclusive at their end: day 30 is in 1-30, day 31 is not */
static void
test_buckets(void)
{
	const AgingEdges *edges = &aging_default_edges;
	const struct
	{
		int64_t		age;
		int			bucket;
	}			cases[] = {
		{INT64_MIN / 2, 0}, {-1, 0}, {0, 0}, {1, 1}, {30, 1}, {31, 2}, {60, 2},
		{61, 3}, {90, 3}, {91, 4}, {INT64_MAX / 2, 4}
	};
	const int32_t good[] = {1, 2, INT32_MAX - 1};
	const int32_t zero[] = {0, 30};
	const int32_t twice[] = {30, 30};
	const int32_t last[] = {INT32_MAX};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		CHECK_EQ(aging_bucket(edges, cases[i].age), cases[i].bucket);
	CHECK_EQ(aging_figure(edges, 100, true), PROFILE_CREDITS(edges));
	CHECK(aging_edges_valid(good, 3));
	CHECK(aging_edges_valid(NULL, 0));
	CHECK(!aging_edges_valid(zero, 2));
	CHECK(!aging_edges_valid(twice, 2));
	CHECK(!aging_edges_valid(last, 1));
}

static void
test_merge(void)
{
	Room		a;
	Room		b;
	Room		before;
	AgingEdges	other = {1, {0, 7}};

	aging_profile_init(&a.profile, &aging_default_edges, 100, 0, 2);
	aging_profile_init(&b.profile, &aging_default_edges, 100, 0, 4);
	a.profile.figures[1] = 150;
	b.profile.figures[1] = 15000;
	b.profile.figures[5] = -1;
	CHECK(!aging_profile_equal(&a.profile, &b.profile));
	CHECK_EQ(aging_profile_merge(&a.profile, &b.profile), PROFILE_OK);
	CHECK_EQ(a.profile.scale, 4);
	CHECK_EQ(a.profile.shown, 4);
	CHECK_EQ(a.profile.figures[1], 30000);
	CHECK_EQ(a.profile.figures[5], -1);

	/* what cannot be merged stays as it was */
	memcpy(&before, &a, sizeof(Room));
	b.profile.as_of = 101;
	CHECK_EQ(aging_profile_merge(&a.profile, &b.profile), PROFILE_OTHER_DATE);
	b.profile.as_of = 100;
	b.profile.currency = 156;
	CHECK_EQ(aging_profile_merge(&a.profile, &b.profile), PROFILE_OTHER_CURRENCY);
	aging_profile_init(&b.profile, &other, 100, 0, 4);
	CHECK_EQ(aging_profile_merge(&a.profile, &b.profile), PROFILE_OTHER_EDGES);
	aging_profile_init(&b.profile, &aging_default_edges, 100, 0, 4);
	b.profile.figures[0] = (Wide) (~(unsigned __int128) 0 >> 1);
	a.profile.figures[0] = before.profile.figures[0] = 1;
	CHECK_EQ(aging_profile_merge(&a.profile, &b.profile), PROFILE_OVERFLOW);
	CHECK(aging_profile_equal(&a.profile, &before.profile));

	/* 1.50 equals 1.5000 */
	aging_profile_init(&a.profile, &aging_default_edges, 100, 0, 2);
	aging_profile_init(&b.profile, &aging_default_edges, 100, 0, 4);
	a.profile.figures[1] = 150;
	b.profile.figures[1] = 15000;
	CHECK(aging_profile_equal(&a.profile, &b.profile));
}

static void
check_text(const char *text, bool good)
{
	Room		room = {0};
	AgingEdges	edges;
	char		again[PROFILE_TEXT_SIZE];
	bool		parsed = aging_profile_parse(text, &room.profile, &edges);

	if (parsed != good)
		printf("    for \"%s\"\n", text);
	CHECK_EQ(parsed, good);
	if (parsed)
	{
		aging_profile_print(&room.profile, again);
		CHECK_STR(again, text);
	}
}

static void
test_text(void)
{
	check_text("CNY not_due 1.00, 1-30 2.00, 31-60 0.00, 61-90 0.00, 91+ 5.00, credits -3.00", true);
	check_text("not_due 1.5, 1+ 2.0, credits 0.0", true);
	check_text("JPY not_due 1, 1-7 2, 8+ 0, credits 0", true);
	check_text("", false);
	check_text("CNY", false);
	check_text("CNY not_due 1.000, 1+ 2.00, credits 0.00", false);
	check_text("XYZ not_due 1.00, 1+ 2.00, credits 0.00", false);
	check_text("CNY not_due 1.00, 1-30 2.00, 32+ 0.00, credits 0.00", false);
	check_text("CNY not_due 1.00, 1-30 2.00, 31-20 0.00, 21+ 0.00, credits 0.00", false);
	check_text("CNY not_due 1.00, 1-30 2.00, credits 0.00", false);
	check_text("CNY not_due 1.00, 2+ 2.00, credits 0.00", false);
	check_text("CNY not_due 1.00, 1+ 2.00, credits 0.00, ", false);
	check_text("CNY not_due 1.00, 1+ 2.00", false);
	check_text("not_due 1.00, 1+ x, credits 0.00", false);
	check_text("not_due 1.00, 1-99999999999 0, 1+ 2, credits 0.00", false);
}

/* Buckets and credits add up to the sum, however a ledger is cut into parts. */
static void
test_random_ledgers(void)
{
	srandom(42);
	for (int round = 0; round < 300; round++)
	{
		AgingEdges	edges = {0, {0}};
		Room		whole;
		Room		parts[3];
		Wide		sum;
		Wide		expected = 0;
		int			as_of = random() % 20000;

		for (int n = random() % 8, edge = 0; edges.count < n;)
			edges.bound[++edges.count] = edge += 1 + random() % 40;
		aging_profile_init(&whole.profile, &edges, as_of, 156, 2);
		for (int i = 0; i < 3; i++)
			aging_profile_init(&parts[i].profile, &edges, as_of, 156, 2);
		for (int i = random() % 200; i > 0; i--)
		{
			int64_t		units = (int64_t) random() * 1000 - (INT64_C(1) << 38);
			int64_t		age = random() % 400 - 100;
			int			figure = aging_figure(&edges, age, units < 0);

			expected += units;
			whole.profile.figures[figure] += units;
			parts[random() % 3].profile.figures[figure] += units;
		}
		CHECK(aging_profile_valid(&whole.profile));
		CHECK(aging_profile_sum(&whole.profile, 0, PROFILE_CREDITS(&edges), &sum) && sum == expected);
		CHECK_EQ(aging_profile_merge(&parts[0].profile, &parts[1].profile), PROFILE_OK);
		CHECK_EQ(aging_profile_merge(&parts[0].profile, &parts[2].profile), PROFILE_OK);
		CHECK(aging_profile_equal(&parts[0].profile, &whole.profile));
	}
}

int
main(void)
{
	test_decimals();
	test_buckets();
	test_merge();
	test_text();
	test_random_ledgers();
	return check_done();
}
