/*
 * period_test.c
 *	  Periods against counting day by day, text there and back, steps and order.
 *
 * sources: src/types/period.c
 */
#include "check.h"

#include "types/period.h"

static const FiscalStart january = {1, 1};
static const FiscalStart april = {4, 1};
static const FiscalStart odd_start = {10, 15};

static bool
is_leap(int year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/* every day of all years, counted by the rules of the calendar */
static void
test_all_days(void)
{
	static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	int32_t		day = 0;
	int			wrong = 0;

	for (int year = 1; year <= 9999; year++)
		for (int month = 1; month <= 12; month++)
			for (int i = 1; i <= lengths[month - 1] + (month == 2 && is_leap(year)); i++, day++)
			{
				CivilDate	date = {year, month, i};
				CivilDate	back = period_date(day);

				if (period_day(date) != day || back.year != year || back.month != month || back.day != i)
					wrong++;
			}
	CHECK_EQ(wrong, 0);
	CHECK_EQ(day, PERIOD_DAYS);
}

static const char *
printed(Period period)
{
	static char string[PERIOD_TEXT_SIZE];

	CHECK_EQ(period_print(string, period), strlen(string));
	return string;
}

static Period
parsed(const char *string)
{
	Period		period = -1;

	if (!period_parse(string, strlen(string), &period))
		printf("    not read: \"%s\"\n", string);
	CHECK(period >= 0 && period_valid(period));
	return period;
}

static void
test_text(void)
{
	static const char *const canonical[] = {
		"2026", "2026Q1", "2026Q4", "2026-03", "2026W05", "2026W53", "2026-03-05", "2024-02-29", "0001", "9999Q4", "9999-12-31",
		"0001W01", "FY2026-04-01", "FY2026-04-01Q1", "FY2026-04-01Q4", "FY2025-10-15Q3", "2020W53"
	};
	static const char *const refused[] = {
		"", " ", "26", "202", "20266", "2026Q0", "2026Q5", "2026Q", "2026Q11", "2026-13", "2026-00", "2026-3", "2026W00", "2026W54",
		"2025W53", "2026W5", "2026-02-29", "2026-04-31", "2026-03-05x", "2026-03-", "0000", "0000Q1", "0000W01", "2026/03", "FY2026",
		"FY2026-04-29", "FY2026-04-01Q5", "FY2026-04-01Q", "FY2026-13-01", "F2026-04-01", "-2026", "2026 Q1", "now", "9999W53", "FY9999-04-01Q4"
	};

	for (size_t i = 0; i < sizeof(canonical) / sizeof(canonical[0]); i++)
		CHECK_STR(printed(parsed(canonical[i])), canonical[i]);
	CHECK_STR(printed(parsed(" 2026q1 ")), "2026Q1");
	CHECK_STR(printed(parsed("2026-Q1")), "2026Q1");
	CHECK_STR(printed(parsed("2026-W05")), "2026W05");
	CHECK_STR(printed(parsed("FY2026-01-01")), "2026");
	CHECK_STR(printed(parsed("fy2026-01-01q3")), "2026Q3");
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
	{
		Period		period;
		bool		read = period_parse(refused[i], strlen(refused[i]), &period);

		if (read)
			printf("    read: \"%s\" as %s\n", refused[i], printed(period));
		CHECK(!read);
	}
}

static int32_t
day(int year, int month, int monthday)
{
	CivilDate	date = {year, month, monthday};

	return period_day(date);
}

static void
test_weeks_at_year_ends(void)
{
	static const struct
	{
		int			year,
					month,
					day;
		const char *week;
	}			cases[] = {
		{2025, 12, 28, "2025W52"}, {2025, 12, 29, "2026W01"}, {2026, 1, 4, "2026W01"}, {2026, 1, 5, "2026W02"},
		{2026, 12, 31, "2026W53"}, {2027, 1, 3, "2026W53"}, {2027, 1, 4, "2027W01"}, {2021, 1, 3, "2020W53"},
		{2024, 12, 30, "2025W01"}, {2023, 1, 1, "2022W52"}, {2000, 1, 1, "1999W52"}
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		Period		week;

		CHECK(period_of_day(day(cases[i].year, cases[i].month, cases[i].day), "week", january, &week));
		CHECK_STR(printed(week), cases[i].week);
	}
}

/* Periods of a grain cover all days, one after the other, and are what they print. */
static void
check_grain(const char *grain, FiscalStart start, int32_t first, int32_t past)
{
	Period		before = -1;

	for (int32_t d = first; d < past; d++)
	{
		Period		period;
		Period		step;
		Period		again;
		int64_t		n;
		char		string[PERIOD_TEXT_SIZE];

		CHECK(period_of_day(d, grain, start, &period));
		if (period == before)
		{
			CHECK(d < period_past(period));
			continue;
		}
		CHECK(period_valid(period) && (before < 0 || period_first(period) == d));
		CHECK(period_first(period) <= d && d < period_past(period));
		CHECK(strcmp(period_grain(period), grain) == 0 || start.month == 1);
		CHECK(period_parse(string, (size_t) period_print(string, period), &again) && again == period);
		if (before >= 0)
		{
			CHECK_EQ(period_past(before), d);
			CHECK(before < period);
			CHECK(period_shift(before, 1, &step) && step == period);
			CHECK(period_shift(period, -1, &step) && step == before);
			CHECK(period_distance(before, period, &n) && n == 1);
		}
		before = period;
	}
}

static void
test_grains(void)
{
	static const char *const grains[] = {"year", "quarter", "month", "week", "day"};

	for (size_t i = 0; i < sizeof(grains) / sizeof(grains[0]); i++)
		check_grain(grains[i], january, day(1998, 1, 1), day(2030, 1, 1));
	for (size_t i = 0; i < sizeof(grains) / sizeof(grains[0]); i++)
		check_grain(grains[i], january, day(9997, 1, 1), day(9999, 12, 31));
	check_grain("fiscal_year", april, day(1998, 1, 1), day(2030, 1, 1));
	check_grain("fiscal_quarter", april, day(1998, 1, 1), day(2030, 1, 1));
	check_grain("fiscal_year", odd_start, day(1998, 1, 1), day(2030, 1, 1));
	check_grain("fiscal_quarter", odd_start, day(1998, 1, 1), day(2030, 1, 1));
	check_grain("fiscal_quarter", january, day(1998, 1, 1), day(2002, 1, 1));
}

static void
test_fiscal(void)
{
	Period		period;

	CHECK(period_of_day(day(2026, 3, 31), "fiscal_quarter", april, &period));
	CHECK_STR(printed(period), "FY2025-04-01Q4");
	CHECK(period_of_day(day(2026, 4, 1), "fiscal_quarter", april, &period));
	CHECK_STR(printed(period), "FY2026-04-01Q1");
	CHECK(period_of_day(day(2026, 10, 14), "fiscal_year", odd_start, &period));
	CHECK_STR(printed(period), "FY2025-10-15");
	CHECK(period_of_day(day(2026, 4, 14), "fiscal_quarter", odd_start, &period));
	CHECK_STR(printed(period), "FY2025-10-15Q2");
	CHECK(!period_of_day(day(1, 2, 1), "fiscal_year", april, &period));
	CHECK(!period_of_day(day(1, 5, 1), "decade", april, &period));
	CHECK(period_of_day(day(9999, 12, 31), "fiscal_year", april, &period));
	CHECK_EQ(period_past(period), day(9999, 4, 1) + 366);
}

static void
test_order_and_limits(void)
{
	static const char *const ascending[] = {
		"2025", "2025-12-31", "2026", "FY2026-01-02", "2026-02", "2026Q2", "FY2026-04-01Q1", "2026-04", "2026-04-01", "2026W16", "2026-04-13"
	};
	Period		period;
	int64_t		n;

	for (size_t i = 1; i < sizeof(ascending) / sizeof(ascending[0]); i++)
		CHECK(strcmp(ascending[i], "FY2026-01-02") == 0 || parsed(ascending[i - 1]) < parsed(ascending[i]));
	CHECK(!period_shift(parsed("9999"), 1, &period));
	CHECK(!period_shift(parsed("0001"), -1, &period));
	CHECK(!period_shift(parsed("2026-03-05"), INT64_MAX, &period));
	CHECK(!period_shift(parsed("2026"), INT64_MIN, &period));
	CHECK(!period_shift(parsed("FY0001-04-01Q1"), -1, &period));
	CHECK(period_shift(parsed("2026-01"), 26, &period));
	CHECK_STR(printed(period), "2028-03");
	CHECK(period_distance(parsed("2026W01"), parsed("2027W01"), &n) && n == 53);
	CHECK(period_distance(parsed("2026Q4"), parsed("2026Q1"), &n) && n == -3);
	CHECK(period_distance(parsed("FY2026-04-01Q4"), parsed("FY2027-04-01Q2"), &n) && n == 2);
	CHECK(!period_distance(parsed("2026"), parsed("2026Q1"), &n));
	CHECK(!period_distance(parsed("FY2026-04-01"), parsed("FY2026-07-01"), &n));
	CHECK(!period_distance(parsed("FY2026-04-01Q1"), parsed("FY2026-07-01Q1"), &n));
}

/* every word of four bytes near real ones is either valid or refused, and valid ones print and parse */
static void
test_validity(void)
{
	int			valid = 0;

	for (int32_t d = day(2023, 12, 1); d < day(2027, 2, 1); d++)
		for (int kind = 0; kind < 16; kind++)
		{
			Period		period = (d << PERIOD_KIND_BITS) | kind;
			Period		again;
			char		string[PERIOD_TEXT_SIZE];

			if (!period_valid(period))
				continue;
			valid++;
			CHECK(period_parse(string, (size_t) period_print(string, period), &again) && again == period);
		}
	CHECK(valid > 5000);
	CHECK(!period_valid(-1) && !period_valid(INT32_MIN) && !period_valid(INT32_MAX));
	CHECK(!period_valid(PERIOD_DAYS << PERIOD_KIND_BITS | PERIOD_DAY));
}

int
main(void)
{
	test_all_days();
	test_text();
	test_weeks_at_year_ends();
	test_grains();
	test_fiscal();
	test_order_and_limits();
	test_validity();
	return check_done();
}
