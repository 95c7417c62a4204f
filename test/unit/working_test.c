/*
 * working_test.c
 *	  Working-day arithmetic against counting day by day.
 *
 * sources: src/calendar/working.c
 */
#include "check.h"

#include <stdlib.h>

#include "calendar/working.h"

#define MON_TO_FRI	0x1f
#define SPAN		800

static uint32_t seed = 20260101;

static int
any(int below)
{
	seed = seed * 1664525 + 1013904223;
	return (int) ((seed >> 8) % below);
}

static void
test_weekdays(void)
{
	static const DaySpan always = {DAY_FIRST, DAY_PAST};
	WorkingDays days = {MON_TO_FRI, 0, NULL, 1, &always};
	int32_t		result;

	/* 2000-01-01 was a Saturday */
	CHECK(!working_is(&days, 0) && !working_is(&days, 1) && working_is(&days, 2));
	CHECK(working_is(&days, -1) && working_is(&days, 6) && !working_is(&days, 7));
	CHECK_EQ(working_before(&days, 9) - working_before(&days, 2), 5);
	CHECK_EQ(working_before(&days, 2) - working_before(&days, -5), 5);
	/* 366 days of 2000 from a Saturday: 260 */
	CHECK_EQ(working_before(&days, 366) - working_before(&days, 0), 260);
	CHECK(working_add(&days, 0, 1, &result));
	CHECK_EQ(result, 2);
	CHECK(working_add(&days, 0, -1, &result));
	CHECK_EQ(result, -1);
	CHECK(working_add(&days, 0, 0, &result));
	CHECK_EQ(result, 0);
	CHECK(!working_add(&days, 0, INT64_C(1) << 40, &result));
	CHECK(!working_add(&days, 0, -(INT64_C(1) << 40), &result));
	CHECK(working_span(&days, DAY_FIRST, DAY_PAST - 1) != NULL);
	CHECK(working_span(&days, DAY_FIRST - 1, 0) == NULL);
	CHECK(working_span(&days, 0, DAY_PAST) == NULL);
	CHECK_EQ(working_before(&days, DAY_PAST) - working_before(&days, DAY_PAST - 7), 5);
	CHECK_EQ(working_before(&days, DAY_FIRST + 7) - working_before(&days, DAY_FIRST), 5);
}

/* the n-th working day by walking; false: it left the span */
static bool
walk(const bool *works, int32_t first, int32_t day, int n, int32_t *result)
{
	int			step = n < 0 ? -1 : 1;

	for (int left = abs(n); left > 0;)
	{
		day += step;
		if (day < first || day >= first + SPAN)
			return false;
		if (works[day - first])
			left--;
	}
	*result = day;
	return true;
}

static void
check_counts(const WorkingDays *days, const bool *works, int32_t first)
{
	int64_t		before = working_before(days, first);

	for (int i = 0; i < SPAN; i++)
	{
		CHECK(working_is(days, first + i) == works[i]);
		CHECK_EQ(working_before(days, first + i), before);
		before += works[i];
	}
	CHECK_EQ(working_before(days, first + SPAN), before);
}

static void
check_steps(const WorkingDays *days, const bool *works, int32_t first)
{
	for (int i = 0; i < 2000; i++)
	{
		int32_t		day = first + any(SPAN);
		int			n = any(2 * SPAN) - SPAN;
		int32_t		expected = day;
		int32_t		result = day;

		CHECK(working_add(days, day, n, &result) == walk(works, first, day, n, &expected));
		CHECK_EQ(result, expected);
	}
}

static void
test_random_calendar(void)
{
	DayException exceptions[SPAN];
	bool		works[SPAN];
	int32_t		first = any(20000) - 10000;
	DaySpan		span = {first, first + SPAN};
	WorkingDays days = {(uint8_t) (any(127) + 1), 0, exceptions, 1, &span};
	int			rarity = any(30) + 1;
	int			balance = 0;

	for (int i = 0; i < SPAN; i++)
	{
		works[i] = working_weekday(days.week, first + i);
		if (any(rarity) > 0)
			continue;
		works[i] = !works[i];
		balance += works[i] ? 1 : -1;
		exceptions[days.n_exceptions].day = first + i;
		exceptions[days.n_exceptions++].balance = balance;
	}
	check_counts(&days, works, first);
	check_steps(&days, works, first);
}

static void
test_spans_with_a_gap(void)
{
	static const DaySpan spans[] = {{0, 366}, {731, 1096}};
	WorkingDays days = {MON_TO_FRI, 0, NULL, 2, spans};
	int32_t		result;

	CHECK(working_span(&days, 0, 365) == &spans[0]);
	CHECK(working_span(&days, 365, 366) == NULL);
	CHECK(working_span(&days, 365, 731) == NULL);
	CHECK(working_span(&days, 731, 1095) == &spans[1]);
	CHECK(working_add(&days, 0, 260, &result));
	CHECK_EQ(result, 363);		/* 2000-12-29, a Friday */
	CHECK(!working_add(&days, 0, 261, &result));
	CHECK(!working_add(&days, 731, -1, &result));
	CHECK(!working_add(&days, 400, 1, &result));
	CHECK(!working_add(&days, -1, 1, &result));
}

int
main(void)
{
	test_weekdays();
	for (int i = 0; i < 40; i++)
		test_random_calendar();
	test_spans_with_a_gap();
	return check_done();
}
