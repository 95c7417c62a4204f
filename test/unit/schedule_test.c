/*
 * schedule_test.c
 *	  The next instant of random schedules against a calendar that is counted
 *	  day by day.
 *
 * sources: src/rule/schedule.c
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "rule/schedule.h"

#define DAYS	4000			/* from 2000-01-01 on */
#define DAY		INT64_C(86400000000)
#define MINUTE	INT64_C(60000000)

typedef struct CountedDay
{
	int			month_day;
	int			days_left;		/* of its month */
	int			weekday;		/* 0 is Monday */
	bool		working;
	int			working_number; /* of its month, up to and with it */
	int			working_left;
}			CountedDay;

static CountedDay days[DAYS];

static int
length_of(int year, int month)
{
	static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	return month == 2 && (year % 400 == 0 || (year % 4 == 0 && year % 100 != 0)) ? 29 : lengths[month - 1];
}

static void
count_days(void)
{
	int			year = 2000;
	int			month = 1;
	int			month_day = 1;

	for (int i = 0; i < DAYS; i++)
	{
		CountedDay *day = &days[i];

		day->month_day = month_day;
		day->days_left = length_of(year, month) - month_day;
		day->weekday = (5 + i) % 7; /* a Saturday */
		day->working = day->weekday < 5 ? random() % 12 != 0 : random() % 15 == 0;
		if (month_day++ == length_of(year, month))
		{
			month_day = 1;
			if (month++ == 12)
			{
				month = 1;
				year++;
			}
		}
	}
	for (int i = 0; i < DAYS; i++)
		days[i].working_number = (i > 0 && days[i].month_day > 1 ? days[i - 1].working_number : 0) + days[i].working;
	for (int i = DAYS - 2; i >= 0; i--)
		days[i].working_left = days[i].days_left == 0 ? 0 : days[i + 1].working_left + days[i + 1].working;
}

static bool
is_named(const Schedule *schedule, int i)
{
	const		CountedDay *day = &days[i];

	if (schedule->working && !day->working)
		return false;
	if (schedule->period == SCHEDULE_WEEK)
		return schedule->weekdays >> day->weekday & 1;
	if (schedule->period == SCHEDULE_DAY)
		return true;
	if (schedule->working)
		return schedule->day < 0 ? day->working_left == 0 : day->working_number == schedule->day;
	if (schedule->day < 0)
		return day->days_left == 0;
	return day->month_day == schedule->day || (day->days_left == 0 && schedule->day > day->month_day);
}

static int
day_of(void *context, Instant at)
{
	return (int) (at / DAY);
}

static Instant
instant_of(void *context, int day, int minute)
{
	return day * DAY + minute * MINUTE;
}

static bool
is_working(void *context, int day)
{
	return day >= 0 && day < DAYS && days[day].working;
}

static const ScheduleClock clock_of_days = {NULL, day_of, instant_of, is_working};

static Instant
count_next(const Schedule *schedule, Instant since)
{
	for (int i = 0; i < DAYS; i++)
		if (is_named(schedule, i) && i * DAY + schedule->minute * MINUTE > since)
			return i * DAY + schedule->minute * MINUTE;
	return INSTANT_NONE;
}

static Schedule
random_schedule(void)
{
	Schedule	schedule = {.period = SCHEDULE_DAY + random() % 3,.minute = random() % 1440};

	if (schedule.period == SCHEDULE_WEEK)
		schedule.weekdays = 1 + random() % 127;
	else
		schedule.working = random() % 2;
	if (schedule.period == SCHEDULE_MONTH)
		schedule.day = random() % 4 == 0 ? -1 : 1 + random() % (schedule.working ? 23 : 31);
	return schedule;
}

int
main(void)
{
	Schedule	thirty_first = {.period = SCHEDULE_MONTH,.day = 31,.minute = 480};
	Schedule	never = {.period = SCHEDULE_DAY,.working = true};

	srandom(7);
	count_days();
	for (int round = 0; round < 3000; round++)
	{
		Schedule	schedule = random_schedule();
		Instant		since = random() % (DAYS - 400) * DAY + random() % 1440 * MINUTE;
		Instant		next = schedule_next(&schedule, &clock_of_days, since);

		CHECK_EQ(next, count_next(&schedule, since));
		if (next != INSTANT_NONE)
		{
			CHECK_EQ(schedule_next(&schedule, &clock_of_days, next - 1), next);
			CHECK(schedule_next(&schedule, &clock_of_days, next) != next);
		}
	}
	/* February 2001 has 28 days */
	CHECK_EQ(schedule_next(&thirty_first, &clock_of_days, 396 * DAY + 480 * MINUTE), (366 + 31 + 27) * DAY + 480 * MINUTE);
	/* beyond the counted days nothing is worked on */
	CHECK_EQ(schedule_next(&never, &clock_of_days, DAYS * DAY), INSTANT_NONE);
	return check_done();
}
