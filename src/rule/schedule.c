/*
 * schedule.c
 *	  The next instant of a schedule; see schedule.h.
 *
 * Days are looked at one after the other: a schedule names at least one of
 * a month's, unless its calendar has none to work on.
 */
#include "rule/schedule.h"

#define DAYS_AHEAD	(366 * 3)	/* where a search that finds nothing ends */

typedef struct Date
{
	int			year;
	int			month;
	int			day;
} Date;

/* Days since 2000-01-01 as a date: years begin in March, so leap days are last. */
static Date
date_of(int days)
{
	int			shifted = days + 730425;	/* from 0000-03-01 */
	int			era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
	int			day_of_era = shifted - era * 146097;
	int			year = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
	int			day_of_year = day_of_era - (365 * year + year / 4 - year / 100);
	int			month = (5 * day_of_year + 2) / 153;
	Date		date;

	date.day = day_of_year - (153 * month + 2) / 5 + 1;
	date.month = month < 10 ? month + 3 : month - 9;
	date.year = year + era * 400 + (date.month <= 2);
	return date;
}

static int
month_length(Date date)
{
	static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool		leap = (date.year % 4 == 0 && date.year % 100 != 0) || date.year % 400 == 0;

	return lengths[date.month - 1] + (date.month == 2 && leap);
}

/* 2000-01-01 was a Saturday */
static int
weekday_of(int days)
{
	return ((days + 5) % 7 + 7) % 7;
}

/* Working days of the month among [from, until). */
static int
count_working(const ScheduleClock *clock, int from, int until)
{
	int			count = 0;

	for (int day = from; day < until; day++)
		count += clock->is_working(clock->context, day);
	return count;
}

static bool
names_month_day(const Schedule *schedule, const ScheduleClock *clock, int day)
{
	Date		date = date_of(day);
	int			length = month_length(date);
	int			first = day - date.day + 1;

	if (!schedule->working)
		return schedule->day < 0 || schedule->day > length ? date.day == length :
			date.day == schedule->day;
	if (!clock->is_working(clock->context, day))
		return false;
	return schedule->day < 0 ? count_working(clock, day + 1, first + length) == 0 :
		count_working(clock, first, day) == schedule->day - 1;
}

static bool
names_day(const Schedule *schedule, const ScheduleClock *clock, int day)
{
	switch (schedule->period)
	{
		case SCHEDULE_WEEK:
			return schedule->weekdays & (1u << weekday_of(day));
		case SCHEDULE_MONTH:
			return names_month_day(schedule, clock, day);
		case SCHEDULE_DAY:
			return !schedule->working || clock->is_working(clock->context, day);
		case SCHEDULE_NONE:
			break;
	}
	return false;
}

Instant
schedule_next(const Schedule *schedule, const ScheduleClock *clock, Instant since)
{
	int			first = clock->day_of(clock->context, since);

	for (int day = first; day < first + DAYS_AHEAD; day++)
	{
		Instant		at;

		if (!names_day(schedule, clock, day))
			continue;
		at = clock->instant_of(clock->context, day, schedule->minute);
		if (at > since)
			return at;
	}
	return INSTANT_NONE;
}
