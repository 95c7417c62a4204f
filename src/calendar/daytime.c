/*
 * daytime.c
 *	  Days and instants in the business time zone, across summer time.
 *
 * Nothing here depends on the session's time zone.  A day has 23 to 25 hours,
 * sometimes others; so instants are never had by adding 24 hours.
 */
#include "calendar/daytime.h"

#include "base/base.h"

#include "common/int.h"
#include "utils/datetime.h"
#include "utils/timestamp.h"

#define UNIX_EPOCH_SECONDS	((int64) (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * SECS_PER_DAY)

/* offsets are within a day, so that a day around an instant is enough */
#define AROUND	SECS_PER_DAY

static void
out_of_range(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
			 errmsg("instant out of range"),
			 errdetail("The result is before 4714 BC or after the year 294276."),
			 errhint("Look for a date that was entered by mistake.")));
}

static TimestampTz
instant_of_seconds(pg_time_t seconds)
{
	TimestampTz at = (seconds - UNIX_EPOCH_SECONDS) * USECS_PER_SEC;

	if (!IS_VALID_TIMESTAMP(at))
		out_of_range();
	return at;
}

/*
 * The first second, of those since the Unix epoch, at which the wall shows
 * local or later.
 */
static pg_time_t
first_second_at(int64 local, pg_tz *zone)
{
	pg_time_t	from = local - 2 * AROUND;
	pg_time_t	boundary;
	long int	before = 0;
	long int	after;
	int			before_dst;
	int			after_dst;
	int			found;

	/* the first change of the offset that ends after local can be shown */
	for (;;)
	{
		found = pg_next_dst_boundary(&from, &before, &before_dst, &boundary, &after, &after_dst, zone);
		if (found <= 0 || local - before < boundary)
			return local - before;	/* shown before any change */
		if (local - after <= boundary)
			return boundary;	/* jumped over, or just there */
		from = boundary;
	}
}

TimestampTz
sp_wall_instant(DateADT day, int32 second, pg_tz *zone)
{
	return instant_of_seconds(first_second_at((int64) day * SECS_PER_DAY + UNIX_EPOCH_SECONDS + second, zone));
}

TimestampTz
sp_day_start(DateADT day)
{

	if (DATE_NOT_FINITE(day))
		return DATE_IS_NOBEGIN(day) ? DT_NOBEGIN : DT_NOEND;
	if (day >= TIMESTAMP_END_JULIAN - POSTGRES_EPOCH_JDATE - 1)
		out_of_range();
	return sp_wall_instant(day, 0, sp_business_timezone());
}

/* The wall's reading at an instant. */
static void
read_wall(TimestampTz at, struct pg_tm *wall, fsec_t *fraction)
{
	int			zone;

	if (timestamp2tm(at, &zone, wall, fraction, NULL, sp_business_timezone()) != 0)
		out_of_range();
}

/* at is finite; cheaper than to take the whole reading apart */
DateADT
sp_wall_day(TimestampTz at, pg_tz *zone)
{
	pg_time_t	seconds = (at - ((at % USECS_PER_SEC) + USECS_PER_SEC) % USECS_PER_SEC) / USECS_PER_SEC + UNIX_EPOCH_SECONDS;
	struct pg_tm *wall = pg_localtime(&seconds, zone);
	int64		local;

	if (wall == NULL)
		out_of_range();
	local = seconds - UNIX_EPOCH_SECONDS + wall->tm_gmtoff;
	return (DateADT) (local >= 0 ? local / SECS_PER_DAY : -((SECS_PER_DAY - 1 - local) / SECS_PER_DAY));
}

/*
 * The days around which clocks change between two instants, ascending: the
 * number of them, at most "room", or -1 where that is not enough.
 */
int
sp_clock_changes(DateADT first, DateADT past, pg_tz *zone, int32 *days, int room)
{
	pg_time_t	from = (int64) first * SECS_PER_DAY + UNIX_EPOCH_SECONDS;
	pg_time_t	until = (int64) past * SECS_PER_DAY + UNIX_EPOCH_SECONDS;
	pg_time_t	boundary;
	long int	before;
	long int	after;
	int			before_dst;
	int			after_dst;
	int			n = 0;

	while (pg_next_dst_boundary(&from, &before, &before_dst, &boundary, &after, &after_dst, zone) > 0 &&
		   boundary < until)
	{
		TimestampTz at = instant_of_seconds(boundary);
		DateADT		last = sp_wall_day(at, zone) + 1;

		for (DateADT day = sp_wall_day(at - 1, zone) - 1; day <= last; day++)
		{
			if (n > 0 && day <= days[n - 1])
				continue;
			if (n == room)
				return -1;
			days[n++] = day;
		}
		from = boundary;
	}
	return n;
}

static TimestampTz
instant_of_wall(struct pg_tm *wall, fsec_t fraction)
{
	int			zone = DetermineTimeZoneOffset(wall, sp_business_timezone());
	TimestampTz at;

	if (tm2timestamp(wall, fraction, &zone, &at) != 0)
		out_of_range();
	return at;
}

DateADT
sp_day_of(TimestampTz at)
{
	struct pg_tm wall;
	fsec_t		fraction;
	DateADT		infinite;

	if (TIMESTAMP_NOT_FINITE(at))
	{
		if (TIMESTAMP_IS_NOBEGIN(at))
			DATE_NOBEGIN(infinite);
		else
			DATE_NOEND(infinite);
		return infinite;
	}
	read_wall(at, &wall, &fraction);
	return date2j(wall.tm_year, wall.tm_mon, wall.tm_mday) - POSTGRES_EPOCH_JDATE;
}

TimestampTz
sp_add_wall_days(TimestampTz at, int64 days)
{
	struct pg_tm wall;
	fsec_t		fraction;
	int64		julian;

	if (TIMESTAMP_NOT_FINITE(at))
		return at;
	read_wall(at, &wall, &fraction);
	if (pg_add_s64_overflow(date2j(wall.tm_year, wall.tm_mon, wall.tm_mday), days, &julian) ||
		julian < 0 || julian >= TIMESTAMP_END_JULIAN)
		out_of_range();
	j2date((int) julian, &wall.tm_year, &wall.tm_mon, &wall.tm_mday);
	return instant_of_wall(&wall, fraction);
}

TimestampTz
sp_add_wall_months(TimestampTz at, int64 months)
{
	struct pg_tm wall;
	fsec_t		fraction;
	int64		month;			/* counted from January of the year 0 */

	if (TIMESTAMP_NOT_FINITE(at))
		return at;
	read_wall(at, &wall, &fraction);
	if (pg_add_s64_overflow((int64) wall.tm_year * MONTHS_PER_YEAR + wall.tm_mon - 1, months, &month) ||
		month < -4713 * MONTHS_PER_YEAR || month > 294277 * MONTHS_PER_YEAR)
		out_of_range();
	wall.tm_mon = (int) (((month % MONTHS_PER_YEAR) + MONTHS_PER_YEAR) % MONTHS_PER_YEAR) + 1;
	wall.tm_year = (int) ((month - (wall.tm_mon - 1)) / MONTHS_PER_YEAR);
	wall.tm_mday = Min(wall.tm_mday, day_tab[isleap(wall.tm_year)][wall.tm_mon - 1]);
	return instant_of_wall(&wall, fraction);
}
