/*
 * hours_test.c
 *	  Working time against counting minute by minute, with clocks that change.
 *
 * sources: src/calendar/hours.c src/calendar/hours_text.c src/calendar/working.c
 */
#include "check.h"

#include <stdlib.h>

#include "calendar/hours.h"

#define DAYS		40
#define MINUTES		(DAYS * 1440)
#define MINUTE		(60 * MOMENT_SECOND)
#define DAY			(1440 * MINUTE)

static uint32_t seed = 20260101;

static int
any(int below)
{
	seed = seed * 1664525 + 1013904223;
	return (int) ((seed >> 8) % below);
}

/* ---- a place whose clocks change ---- */

typedef struct Zone
{
	int			n;
	Moment		at[4];			/* ascending; before the first the offset is 0 */
	int64_t		offset[4];		/* microseconds */
} Zone;

static Moment
local_of(const Zone *zone, Moment at)
{
	int64_t		offset = 0;

	for (int i = 0; i < zone->n && at >= zone->at[i]; i++)
		offset = zone->offset[i];
	return at + offset;
}

static int32_t
floor_day(Moment local)
{
	return (int32_t) (local >= 0 ? local / DAY : -((DAY - 1 - local) / DAY));
}

static Moment
zone_moment(const void *place, int32_t day, int32_t second)
{
	const Zone *zone = place;
	Moment		local = day * DAY + second * MOMENT_SECOND;
	int64_t		before = 0;

	for (int i = 0; i < zone->n; i++)
	{
		if (local - before < zone->at[i])
			return local - before;
		if (local - zone->offset[i] <= zone->at[i])
			return zone->at[i];
		before = zone->offset[i];
	}
	return local - before;
}

static int32_t
zone_day(const void *zone, Moment at)
{
	return floor_day(local_of(zone, at));
}

/* ---- a calendar of random hours ---- */

typedef struct Fixture
{
	Zone		zone;
	int32_t		first;
	DayHours	hours[DAY_KINDS];
	DayException day_exceptions[DAYS + 4];
	DaySpan		span;
	WorkingDays days;
	int32_t		changes[32];
	int			n_changes;
	TimeException exceptions[DAYS + 40];
	WorkingHours working;
	int64_t		before[MINUTES + 1];	/* minutes open before each minute */
} Fixture;

static Fixture f;

static void
make_zone(void)
{
	static const int64_t steps[] = {60, -60, 30, -30, 1440, -120};
	int64_t		offset = 0;

	f.zone.n = any(4);
	for (int i = 0; i < f.zone.n; i++)
	{
		offset += steps[any(6)] * MINUTE;
		f.zone.at[i] = f.first * DAY + (5 + i * 10) * DAY + any(2880) * MINUTE - offset;
		f.zone.offset[i] = offset;
		for (int32_t day = zone_day(&f.zone, f.zone.at[i] - 1) - 2; day <= zone_day(&f.zone, f.zone.at[i]) + 2; day++)
			if (f.n_changes == 0 || day > f.changes[f.n_changes - 1])
				f.changes[f.n_changes++] = day;
	}
}

static void
make_hours(void)
{
	for (int i = 0; i < DAY_KINDS; i++)
	{
		int			second = any(3) == 0 ? 0 : any(600) * 60;
		int			n = any(10) == 0 ? 0 : any(3) + 1;

		memset(&f.hours[i], 0, sizeof(DayHours));
		for (int k = 0; k < n && second < 86400; k++)
		{
			int			closes = any(8) == 0 ? 86400 : second + 60 + any(360) * 60;

			if (closes > 86400)
				closes = 86400;
			f.hours[i].windows[k].opens = second;
			f.hours[i].windows[k].closes = closes;
			f.hours[i].n_windows++;
			second = closes + any(200) * 60;
		}
	}
}

static int
opening_of(int kind)
{
	return f.hours[kind].n_windows > 0 ? f.hours[kind].windows[0].opens : 86400;
}

/* the last window of some days runs on past midnight, as far as the next day may allow */
static void
make_nights(void)
{
	int			earliest = 86400;

	for (int i = 0; i < DAY_KINDS; i++)
		earliest = opening_of(i) < earliest ? opening_of(i) : earliest;
	for (int i = 0; i < DAY_KINDS; i++)
	{
		DayHours   *day = &f.hours[i];
		DayWindow  *last = &day->windows[day->n_windows - 1];
		int			room = earliest;

		if (day->n_windows == 0 || any(3) == 0)
			continue;
		if (i != MAKEUP_DAY)
			room = opening_of((i + 1) % 7) < opening_of(MAKEUP_DAY) ? opening_of((i + 1) % 7) : opening_of(MAKEUP_DAY);
		if (room > last->opens)
			room = last->opens;
		last->closes = 86400 + (any(4) == 0 ? room : any(room / 60 + 1) * 60);
	}
}

static void
make_days(void)
{
	int			balance = 0;

	f.days.week = (uint8_t) (any(127) + 1);
	f.span.first = f.first - 10;
	f.span.past = f.first + DAYS + 10;
	f.days.n_spans = 1;
	f.days.spans = &f.span;
	f.days.exceptions = f.day_exceptions;
	f.days.n_exceptions = 0;
	for (int32_t day = f.first; day < f.first + DAYS; day++)
		if (any(6) == 0)
		{
			balance += working_weekday(f.days.week, day) ? -1 : 1;
			f.day_exceptions[f.days.n_exceptions].day = day;
			f.day_exceptions[f.days.n_exceptions++].balance = balance;
		}
}

/* the second counts from the day's midnight, and may be on the next */
static bool
is_open_on(int32_t day, int32_t second)
{
	const DayHours *hours = &f.hours[working_weekday(f.days.week, day) ? working_weekday_of(day) : MAKEUP_DAY];

	if (!working_is(&f.days, day))
		return false;
	for (int i = 0; i < hours->n_windows; i++)
		if (second >= hours->windows[i].opens && second < hours->windows[i].closes)
			return true;
	return false;
}

static bool
is_open_by_definition(Moment local)
{
	int32_t		day = floor_day(local);
	int32_t		second = (int32_t) ((local - day * DAY) / MOMENT_SECOND);

	return is_open_on(day, second) || is_open_on(day - 1, second + 86400);
}

static Moment
minute_at(int i)
{
	return f.first * DAY + i * MINUTE;
}

/* the wall never goes back: the latest time it has shown so far decides */
static void
count_minutes(void)
{
	Moment		latest = INT64_MIN;

	for (int i = -2880; i < 0; i++)
		latest = local_of(&f.zone, minute_at(i)) > latest ? local_of(&f.zone, minute_at(i)) : latest;
	f.before[0] = 0;
	for (int i = 0; i < MINUTES; i++)
	{
		if (local_of(&f.zone, minute_at(i)) > latest)
			latest = local_of(&f.zone, minute_at(i));
		f.before[i + 1] = f.before[i] + is_open_by_definition(latest);
	}
}

static void
make_fixture(bool nights)
{
	memset(&f, 0, sizeof(f));
	f.first = any(20000) - 10000;
	make_zone();
	make_hours();
	if (nights)
		make_nights();
	make_days();
	f.working.days = &f.days;
	f.working.hours = f.hours;
	f.working.wall = (Wall) {&f.zone, zone_moment, zone_day};
	f.working.first = f.span.first;
	f.working.past = f.span.past;
	hours_prepare(&f.working, f.changes, f.n_changes, f.exceptions);
	count_minutes();
}

static void
check_counts(void)
{
	int64_t		origin = hours_before(&f.working, minute_at(0));
	int			wrong = 0;

	for (int i = 0; i <= MINUTES; i++)
	{
		if (hours_before(&f.working, minute_at(i)) - origin != f.before[i] * MINUTE)
			wrong++;
		if (i < MINUTES && hours_open(&f.working, minute_at(i)) != (f.before[i + 1] > f.before[i]))
			wrong++;
	}
	CHECK_EQ(wrong, 0);
}

/* what is open is said by the days that have a say, and these are at most two */
static void
check_days(void)
{
	Moment		latest = INT64_MIN;
	int			wrong = 0;

	for (int i = -2880; i < MINUTES; i++)
	{
		bool		open = false;
		int32_t		first;
		int32_t		last;

		if (local_of(&f.zone, minute_at(i)) > latest)
			latest = local_of(&f.zone, minute_at(i));
		hours_days(&f.working, minute_at(i), &first, &last);
		for (int32_t day = first; day <= last; day++)
			open = open || is_open_on(day, (int32_t) ((latest - day * DAY) / MOMENT_SECOND));
		if (i >= 0 && (open != (f.before[i + 1] > f.before[i]) || last - first > 1 || last < first))
			wrong++;
	}
	CHECK_EQ(wrong, 0);
}

/* the first and the last minute mark with a count, by walking */
static void
check_inverse(void)
{
	int64_t		origin = hours_before(&f.working, minute_at(0));

	for (int k = 0; k < 400 && f.before[MINUTES] > 0; k++)
	{
		int			i = any(MINUTES);
		int64_t		count = f.before[i];
		int			first = i;
		int			last = i;
		Moment		at = 0;

		while (first > 0 && f.before[first - 1] == count)
			first--;
		while (last < MINUTES && f.before[last + 1] == count)
			last++;
		if (first > 0)
		{
			CHECK(hours_earliest(&f.working, f.working.first, f.working.past, origin + count * MINUTE, &at));
			CHECK_EQ(at, minute_at(first));
		}
		if (last < MINUTES)
		{
			CHECK(hours_latest(&f.working, f.working.first, f.working.past, origin + count * MINUTE, &at));
			CHECK_EQ(at, minute_at(last));
		}
	}
}

/* half a minute into anything is half a minute more, or nothing */
static void
check_seconds(void)
{
	for (int k = 0; k < 200; k++)
	{
		int			i = any(MINUTES);
		int64_t		open = f.before[i + 1] - f.before[i];

		CHECK_EQ(hours_before(&f.working, minute_at(i) + MINUTE / 2) - hours_before(&f.working, minute_at(i)), open * MINUTE / 2);
	}
}

static void
test_beyond(void)
{
	Moment		at;
	int64_t		end = hours_before_day(&f.working, f.working.past);

	CHECK(!hours_earliest(&f.working, f.working.first, f.working.past, end + 1, &at));
	CHECK(!hours_latest(&f.working, f.working.first, f.working.past, end, &at));
	CHECK(!hours_earliest(&f.working, f.working.first, f.working.past,
						  hours_before_day(&f.working, f.working.first) - 1, &at));
}

/* ---- text ---- */

static bool
reads(const char *entry, HoursText *text)
{
	const char *wrong;

	return hours_add_text(text, entry, strlen(entry), &wrong);
}

static void
test_text(void)
{
	static const char *const refused[] = {
		"", "09:00", "09:00-", "9:00-12:00", "09:00-12:60", "09:00-24:01", "09:00-09:00", "25:00-26:00", "0 09:00-12:00",
		"8 09:00-12:00", "5-1 09:00-12:00", "1-8 09:00-12:00", "1- 09:00-12:00", "1,2 09:00-12:00", "09:00-12:00 ", " 09:00-12:00", "09.00-12.00",
		"mon 09:00-12:00", "09:00-12:00,13:00-18:00", "24:00-06:00", "24:00-24:00", "00:00-00:00"
	};
	HoursText	text = {0};
	DayHours	hours[DAY_KINDS];
	const char *wrong;

	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		CHECK(!reads(refused[i], &(HoursText) {0}));
	CHECK(reads("13:00-18:00", &text) && reads("09:00-12:00", &text) && reads("5 09:00-15:00", &text));
	CHECK(reads("6-7 00:00-24:00", &text));
	CHECK(!reads("11:59-13:00", &(HoursText) {.general = text.general}));
	CHECK(!reads("17:00-17:30", &(HoursText) {.general = text.general}));
	CHECK(hours_of_text(&text, 0x7f, hours, &wrong));
	CHECK_EQ(hours[0].n_windows, 2);
	CHECK_EQ(hours[0].windows[0].opens, 9 * 3600);
	CHECK_EQ(hours[0].windows[1].closes, 18 * 3600);
	CHECK_EQ(hours[4].n_windows, 1);
	CHECK_EQ(hours[4].windows[0].closes, 15 * 3600);
	CHECK_EQ(hours[5].windows[0].closes, 86400);
	CHECK_EQ(hours[MAKEUP_DAY].n_windows, 2);
	memset(&text, 0, sizeof(text));
	CHECK(reads("2-3 08:00-10:00", &text));
	CHECK(hours_of_text(&text, 0x06, hours, &wrong) && hours[MAKEUP_DAY].n_windows == 1);
	CHECK(!hours_of_text(&text, 0x0e, hours, &wrong));
	CHECK(hours_add_text(&text, "09:00-12:00 and more", 11, &(const char *) {NULL}));
}

static bool
week_reads(uint8_t week, const char *first, const char *second, DayHours *hours)
{
	HoursText	text = {0};
	const char *wrong;

	return reads(first, &text) && (second == NULL || reads(second, &text)) && hours_of_text(&text, week, hours, &wrong);
}

/* what runs on past midnight */
static void
test_night_text(void)
{
	DayHours	hours[DAY_KINDS];

	CHECK(week_reads(0x1f, "22:00-06:00", NULL, hours));
	CHECK_EQ(hours[0].windows[0].opens, 22 * 3600);
	CHECK_EQ(hours[0].windows[0].closes, 30 * 3600);
	CHECK(week_reads(0x1f, "22:00-00:00", "00:00-06:00", hours));
	CHECK_EQ(hours[0].windows[1].closes, 86400);
	CHECK(week_reads(0x7f, "09:00-08:59", NULL, hours));
	CHECK(!week_reads(0x7f, "22:00-06:00", "23:00-23:30", hours));
	/* the next day's first window, of the week, a make-up day, or Monday after Sunday */
	CHECK(week_reads(0x1f, "22:00-06:00", "06:00-12:00", hours));
	CHECK(!week_reads(0x1f, "22:00-06:00", "05:59-12:00", hours));
	CHECK(!week_reads(0x01, "1 22:00-06:00", "05:00-12:00", hours));
	CHECK(week_reads(0x03, "1 05:00-20:00", "2 22:00-04:00", hours));
	CHECK(week_reads(0x7f, "1-6 22:00-06:00", "7 06:00-12:00", hours));
	CHECK(!week_reads(0x7f, "1-6 05:00-12:00", "7 22:00-06:00", hours));
	CHECK(!week_reads(0x7f, "1-6 22:00-06:00", "7 05:00-12:00", hours));
	/* Tuesday follows Monday, and a make-up day only on what is no working weekday */
	CHECK(week_reads(0x7e, "2-6 22:00-06:00", "7 06:00-12:00", hours));
}

int
main(void)
{
	for (int i = 0; i < 120; i++)
	{
		make_fixture(i % 2 == 1);
		check_counts();
		check_days();
		check_inverse();
		check_seconds();
		test_beyond();
	}
	test_text();
	test_night_text();
	return check_done();
}
