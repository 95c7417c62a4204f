/*
 * calendar_hours.c
 *	  Working time of a cached calendar: the server's zones under hours.c.
 *
 * The days on which clocks change are found when a calendar's hours are first
 * asked for, once per zone, for the years 1900 to 2199; so no later call
 * depends on the length of a span.  Invariant: "working" fits "zone".
 */
#include "calendar/calendar_cache.h"

#include "base/base.h"
#include "calendar/daytime.h"

#include "catalog/pg_type_d.h"
#include "common/int.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/datetime.h"

#define FIRST_YEAR		1900
#define PAST_YEAR		2200

/* a zone changes its clocks a few times a year, and each concerns a few days */
#define MAX_CHANGES		((PAST_YEAR - FIRST_YEAR) * 20)

static int64
wall_moment(const void *zone, int32 day, int32 second)
{
	return sp_wall_instant(day, second, unconstify(pg_tz *, (const pg_tz *) zone));
}

static int32
wall_day(const void *zone, int64 at)
{
	return sp_wall_day(at, unconstify(pg_tz *, (const pg_tz *) zone));
}

void
calendar_read_hours(ArrayType *entries, uint8 week, DayHours *hours)
{
	HoursText  *written = palloc0(sizeof(HoursText));
	Datum	   *elements;
	int			n;
	const char *wrong = "A working day of the week has no hours.";
	const char *entry = "";

	deconstruct_array(entries, TEXTOID, -1, false, TYPALIGN_INT, &elements, NULL, &n);
	for (int i = 0; i < n; i++)
	{
		entry = TextDatumGetCString(elements[i]);
		if (!hours_add_text(written, entry, strlen(entry), &wrong))
			break;
		wrong = NULL;
	}
	if (wrong == NULL && hours_of_text(written, week, hours, &wrong))
		wrong = NULL;
	if (wrong != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("invalid working hours near \"%s\"", entry),
				 errdetail("%s", wrong),
				 errhint("Type them as '{09:00-12:00,13:00-18:00}', with weekdays as '{1-4 09:00-18:00,5 09:00-15:00}', or for a night as '{22:00-06:00}'.")));
}

/* ---- the cached hours ---- */

static pg_tz *
zone_of(const Calendar *calendar)
{
	pg_tz	   *zone;

	if (calendar->timezone == NULL)
		return sp_business_timezone();
	if (calendar->hours_prepared)
		return calendar->zone;
	zone = pg_tzset(calendar->timezone);
	if (zone == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("time zone \"%s\" of calendar \"%s\" is not known", calendar->timezone, calendar->name),
				 errdetail("The server has no time zone of that name."),
				 errhint("Set another with pulse.alter_calendar('%s', timezone => 'Asia/Shanghai').", calendar->name)));
	return zone;
}

static void
prepare_hours(Calendar *calendar, pg_tz *zone)
{
	int32	   *changes = palloc(MAX_CHANGES * sizeof(int32));
	WorkingHours *working = &calendar->working;
	int			n;

	calendar->hours_prepared = false;
	if (working->exceptions != NULL)
		pfree(unconstify(TimeException *, working->exceptions));
	working->exceptions = NULL;
	working->first = date2j(FIRST_YEAR, 1, 1) - POSTGRES_EPOCH_JDATE;
	working->past = date2j(PAST_YEAR, 1, 1) - POSTGRES_EPOCH_JDATE;
	working->days = &calendar->days;
	working->hours = calendar->hours;
	working->wall.zone = zone;
	working->wall.moment = wall_moment;
	working->wall.day = wall_day;
	n = sp_clock_changes(working->first, working->past, zone, changes, MAX_CHANGES);
	if (n < 0)
		elog(ERROR, "time zone changes its clocks too often");
	hours_prepare(working, changes, n,
				  MemoryContextAlloc(calendar->context, (n + calendar->days.n_exceptions + 1) * sizeof(TimeException)));
	pfree(changes);
	calendar->zone = zone;
	calendar->hours_prepared = true;
}

/* the cache is ours to complete; what a caller sees of a calendar stays */
static const WorkingHours *
hours_of(const Calendar *calendar)
{
	pg_tz	   *zone = zone_of(calendar);

	if (!calendar->hours_prepared || calendar->zone != zone)
		prepare_hours(unconstify(Calendar *, calendar), zone);
	return &calendar->working;
}

/* ---- days that are known ---- */

static void
refuse_years(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
			 errmsg("instant out of range for working time"),
			 errdetail("Working time is known in the years %d to %d.", FIRST_YEAR, PAST_YEAR - 1),
			 errhint("Leave out rows with an infinite or mistaken instant, or count working days.")));
}

/* before any arithmetic: far instants have no day */
static void
days_of(const WorkingHours *hours, TimestampTz at, int32 *first, int32 *last)
{
	if (at < hours->first * USECS_PER_DAY - USECS_PER_DAY || at > hours->past * USECS_PER_DAY + USECS_PER_DAY)
		refuse_years();
	hours_days(hours, at, first, last);
}

/* [since, until) is loaded; of an empty range the instant itself must be */
static void
require_time(const Calendar *calendar, const WorkingHours *hours, TimestampTz since, TimestampTz until)
{
	int32		first;
	int32		last;
	int32		unused;

	days_of(hours, since, &first, &unused);
	days_of(hours, until > since ? until - 1 : since, &unused, &last);
	if (first < hours->first || last >= hours->past)
		refuse_years();
	calendar_require(calendar, first, last);
}

/* Days [low, high) around a known instant that can be reckoned with in one go. */
static void
known_around(const Calendar *calendar, const WorkingHours *hours, TimestampTz at, int32 *low, int32 *high)
{
	const DaySpan *span;
	int32		first;
	int32		last;

	days_of(hours, at, &first, &last);
	span = working_span(&calendar->days, first, last);

	*low = Max(span->first, hours->first);
	*high = Min(span->past, hours->past);
}

static void
refuse_beyond(const Calendar *calendar, const WorkingHours *hours, int32 day)
{
	if (day < hours->first || day >= hours->past)
		refuse_years();
	calendar_refuse_day(calendar, day);
}

/* ---- what is asked ---- */

bool
calendar_knows_time(const Calendar *calendar, TimestampTz since, TimestampTz until)
{
	const WorkingHours *hours = hours_of(calendar);
	Moment		first = hours->first * USECS_PER_DAY + USECS_PER_DAY;
	Moment		last = hours->past * USECS_PER_DAY - USECS_PER_DAY;

	int32		from;
	int32		to;
	int32		unused;

	if (since > until || since < first || until > last)
		return false;
	hours_days(hours, since, &from, &unused);
	hours_days(hours, until > since ? until - 1 : since, &unused, &to);
	return working_span(&calendar->days, from, to) != NULL;
}

int64
calendar_time_between(const Calendar *calendar, TimestampTz since, TimestampTz until)
{
	const WorkingHours *hours;

	if (until < since)
		return -calendar_time_between(calendar, until, since);
	hours = hours_of(calendar);
	require_time(calendar, hours, since, until);
	return hours_before(hours, until) - hours_before(hours, since);
}

/* that of the windows which open on a day, to their end */
int64
calendar_time_of_day(const Calendar *calendar, int32 day)
{
	const WorkingHours *hours = hours_of(calendar);

	if (day < hours->first || day >= hours->past)
		refuse_years();
	calendar_require(calendar, day, day);
	return hours_before_day(hours, day + 1) - hours_before_day(hours, day);
}

/* the instant before which there is count, on the side that latest says */
static TimestampTz
find_instant(const Calendar *calendar, const WorkingHours *hours, TimestampTz at, int64 count, bool latest, bool onward)
{
	int32		low;
	int32		high;
	int64		found;

	known_around(calendar, hours, at, &low, &high);
	if (latest ? !hours_latest(hours, low, high, count, &found) : !hours_earliest(hours, low, high, count, &found))
		refuse_beyond(calendar, hours, onward ? high : low - 1);
	return found;
}

TimestampTz
calendar_add_time(const Calendar *calendar, TimestampTz at, int64 time)
{
	const WorkingHours *hours = hours_of(calendar);
	int64		count;

	require_time(calendar, hours, at, at);
	if (time == 0)
		return at;
	if (pg_add_s64_overflow(hours_before(hours, at), time, &count))
		refuse_years();
	return find_instant(calendar, hours, at, count, time < 0, time > 0);
}

bool
calendar_is_open(const Calendar *calendar, TimestampTz at)
{
	const WorkingHours *hours = hours_of(calendar);

	require_time(calendar, hours, at, at);
	return hours_open(hours, at);
}

TimestampTz
calendar_next_open(const Calendar *calendar, TimestampTz at)
{
	const WorkingHours *hours = hours_of(calendar);

	require_time(calendar, hours, at, at);
	return find_instant(calendar, hours, at, hours_before(hours, at), true, true);
}

TimestampTz
calendar_previous_open(const Calendar *calendar, TimestampTz at)
{
	const WorkingHours *hours = hours_of(calendar);
	TimestampTz closing;

	require_time(calendar, hours, at, at);
	if (hours_open(hours, at))
		return at;
	closing = find_instant(calendar, hours, at, hours_before(hours, at), false, false);
	if (closing > at)			/* the first opening that is known */
	{
		int32		low;
		int32		high;

		known_around(calendar, hours, at, &low, &high);
		refuse_beyond(calendar, hours, low - 1);
	}
	return closing;
}
