/*
 * aging_profile_test.c
 *	  Profiles and decimals: buckets, merging, text, random ledgers.
 *
 * sources: src/aging/profile.c src/aging/profile_text.c src/aging/rule_text.c src/aging/decimal.c src/types/currency.c
 */
#include "check.h"

#include <stdlib.h>

#include "aging/profile.h"
#include "types/amount.h"

typedef union Room
{
	Profile		profile;
	char		bytes[offsetof(Profile, figures) + AGING_MAX_FIGURES * sizeof(Wide)];
}			Room;

static void
test_decimals(void)
{
	char text[	DECIMAL_TEXT_SIZE];
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
	const AgingRule rule = {0};
	AgingEdges	made;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		CHECK_EQ(aging_bucket(edges, cases[i].age), cases[i].bucket);
	CHECK_EQ(aging_figure(edges, 100, true), PROFILE_CREDITS(edges));
	CHECK(aging_edges_make(&made, good, 3, &rule));
	CHECK(aging_edges_make(&made, NULL, 0, &rule));
	CHECK(!aging_edges_make(&made, zero, 2, &rule));
	CHECK(!aging_edges_make(&made, twice, 2, &rule));
	CHECK(!aging_edges_make(&made, last, 1, &rule));
}

/* the figure of a debit of each age by each rule; -1 in ages: no due date */
static void
test_rules(void)
{
	const struct
	{
		const char *rule;
		int			ages[6];	/* figures of -1, 0, 1, 29, 30, 31 days */
		const char *first;
		int			credit;		/* figure of a credit of 30 days */
	}			cases[] = {
		{"", {0, 0, 1, 1, 1, 2}, "1-30", 3},
		{" inclusive,day_0_not_due ", {0, 0, 1, 1, 1, 2}, "1-30", 3},
		{"exclusive", {0, 0, 1, 1, 2, 2}, "1-29", 3},
		{"day_0_due", {0, 1, 1, 1, 1, 2}, "0-30", 3},
		{"exclusive day_0_due", {0, 1, 1, 1, 2, 2}, "0-29", 3},
		{"not_due_in_first", {1, 1, 1, 1, 1, 2}, "up_to_30", 3},
		{"exclusive, not_due_in_first, credits_aged", {1, 1, 1, 1, 2, 2}, "up_to_29", 2},
		{"credits_aged", {0, 0, 1, 1, 1, 2}, "1-30", 1},
	};
	const int	ages[] = {-1, 0, 1, 29, 30, 31};
	const int32_t bounds[] = {30};
	AgingRule	rule;
	AgingEdges	edges;
	AgingEdges	again = {0};
	char		label[PROFILE_LABEL_SIZE];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		CHECK(aging_rule_parse(cases[i].rule, &rule) == NULL);
		CHECK(aging_edges_make(&edges, bounds, 1, &rule));
		for (int j = 0; j < 6; j++)
			CHECK_EQ(aging_figure(&edges, ages[j], false), cases[i].ages[j]);
		CHECK_EQ(aging_figure(&edges, 30, true), cases[i].credit);
		CHECK_EQ(aging_figure(&edges, aging_age(0, INT32_MAX), false), cases[i].ages[0]);
		aging_profile_label(&edges, 1, label);
		CHECK_STR(label, cases[i].first);
		again = edges;
		CHECK(aging_edges_take_shape(&again, aging_edges_shape(&edges)));
		CHECK(aging_edges_equal(&again, &edges));
	}
	CHECK_STR(aging_rule_parse("exclusive, day0", &rule), "day0");
	CHECK_STR(aging_rule_parse("exclusive inclusive", &rule), "inclusive");
	CHECK(!aging_edges_take_shape(&again, 3));
	CHECK(!aging_edges_take_shape(&again, 8));
	/* an edge of one day leaves no day for 1-0, but one for 0-0 */
	rule = (AgingRule)
	{
		.exclusive = true
	};
	CHECK(!aging_edges_make(&edges, (int32_t[])
							{
		1
	}, 1, &rule));
	rule.day_0_due = true;
	CHECK(aging_edges_make(&edges, (int32_t[])
						   {
		1
	}, 1, &rule));
}

static void
test_negation(void)
{
	Room		a;

	aging_profile_init(&a.profile, &aging_default_edges, 100, 0, 2);
	a.profile.figures[1] = 150;
	a.profile.figures[5] = -7;
	CHECK(aging_profile_negate(&a.profile));
	CHECK_EQ(a.profile.figures[1], -150);
	CHECK_EQ(a.profile.figures[5], 7);
	a.profile.figures[2] = DECIMAL_SMALLEST;
	CHECK(!aging_profile_negate(&a.profile));
	CHECK_EQ(a.profile.figures[1], -150);
}

static void
test_scale(void)
{
	Room		a;

	/* of a currency to its own digits, half away from zero */
	aging_profile_init(&a.profile, &aging_default_edges, 100, 156, 2);
	a.profile.figures[0] = 101;
	a.profile.figures[1] = -101;
	a.profile.figures[2] = 149;
	CHECK(aging_profile_scale(&a.profile, 5, 1));
	CHECK_EQ(a.profile.figures[0], 51);
	CHECK_EQ(a.profile.figures[1], -51);
	CHECK_EQ(a.profile.figures[2], 75);
	CHECK(aging_profile_scale(&a.profile, 49, 3));
	CHECK_EQ(a.profile.figures[0], 2);
	CHECK_EQ(a.profile.figures[1], -2);
	CHECK_EQ(a.profile.scale, 2);
	/* plain numbers exactly */
	aging_profile_init(&a.profile, &aging_default_edges, 100, 0, 2);
	a.profile.figures[0] = 101;
	CHECK(aging_profile_scale(&a.profile, 5, 1));
	CHECK_EQ(a.profile.figures[0], 505);
	CHECK_EQ(a.profile.scale, 3);
	/* what does not fit changes nothing */
	a.profile.figures[1] = DECIMAL_SMALLEST;
	CHECK(!aging_profile_scale(&a.profile, 2, 0));
	CHECK_EQ(a.profile.figures[0], 505);
	CHECK(!aging_profile_scale(&a.profile, 1, DECIMAL_MAX_SCALE));
}

static void
test_merge(void)
{
	Room		a;
	Room		b;
	Room		before;
	AgingEdges	other = {1, 0, {0, 7}};

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
	check_text("CNY not_due 1.00, 1+ 2.00", true);
	check_text("CNY not_due 1.00, 0-29 2.00, 30+ 0.00, credits 0.00", true);
	check_text("CNY up_to_30 -2.00, 31-60 0.00, 61+ 1.00", true);
	check_text("up_to_0 2, 1+ 0, credits 0", true);
	check_text("all 2", true);
	check_text("CNY all 2.00, credits -1.00", true);
	check_text("CNY not_due 1.00", false);
	check_text("CNY not_due 1.00, up_to_30 2.00, 31+ 0.00, credits 0.00", false);
	check_text("CNY 1-30 2.00, 31+ 0.00, credits 0.00", false);
	check_text("up_to_-1 2, 0+ 0, credits 0", false);
	check_text("up_to_30 2, credits 0", false);
	check_text("not_due 1, -1-30 2, 31+ 0, credits 0", false);
	check_text("all 2, 1+ 0, credits 0", false);
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
		AgingEdges	edges = {0, 0, {0}};
		Room		whole;
		Room		parts[3];
		Wide		sum;
		Wide		expected = 0;
		int			as_of = random() % 20000;

		(void) aging_edges_take_shape(&edges, (int[])
									  {
			0, 1, 2, 4, 5, 6
		}[random() % 6]);
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
		CHECK(aging_has_figure(&edges, 0) || whole.profile.figures[0] == 0);
		CHECK(!edges.aged_credits || whole.profile.figures[PROFILE_CREDITS(&edges)] == 0);
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
	test_rules();
	test_negation();
	test_scale();
	test_merge();
	test_text();
	test_random_ledgers();
	return check_done();
}
