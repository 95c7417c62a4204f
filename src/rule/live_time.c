/*
 * live_time.c
 *	  What durations and dates mean in the server: the engine's timekeeper.
 *
 * Minutes and hours are elapsed time; days, weeks and months keep the
 * wall-clock time in the business time zone; calendar and working days end
 * when the n-th following (working) day ends, or before an instant begin when
 * the n-th day before it does; working hours elapse within the windows of the
 * calendar.
 */
#include "rule/live.h"

#include "calendar/calendar.h"
#include "calendar/daytime.h"
#include "catalog/pg_type.h"
#include "rule/shell.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/fmgrprotos.h"
#include "utils/timestamp.h"

static Instant
after_working_days(const char *name, Instant from, int64 count)
{
	const Calendar *calendar = sp_calendar(name);

	return sp_day_start(calendar_add_days(calendar, sp_day_of(from), count) + (count > 0));
}

static Instant
add_duration(void *context, Instant from, Duration span)
{
	switch (span.unit)
	{
		case UNIT_MINUTE:
			return from + span.count * USECS_PER_MINUTE;
		case UNIT_HOUR:
			return from + span.count * USECS_PER_HOUR;
		case UNIT_DAY:
			return sp_add_wall_days(from, span.count);
		case UNIT_WEEK:
			return sp_add_wall_days(from, span.count * 7);
		case UNIT_MONTH:
			return sp_add_wall_months(from, span.count);
		case UNIT_CALENDAR_DAY:
			return sp_day_start(sp_day_of(from) + span.count + (span.count > 0));
		case UNIT_WORKING_DAY:
			return after_working_days(context, from, span.count);
		case UNIT_WORKING_HOUR:
			return calendar_add_time(sp_calendar(context), from, span.count * USECS_PER_HOUR);
	}
	return from;
}

const Timekeeper sp_timekeeper = {NULL, add_duration};

/* The calendar that the rule names; NULL: that of the setting holds. */
char *
sp_named_calendar(const Rule *rule)
{
	return rule->calendar == NULL ? NULL : sp_from_utf8(rule->calendar);
}

Timekeeper
sp_keeper_of(const Rule *rule)
{
	Timekeeper	keeper = sp_timekeeper;

	keeper.context = sp_named_calendar(rule);
	return keeper;
}

/* beyond these no window can be reckoned, and a slip of the pen is likely */
#define FIRST_DATE	(-730119)	/* 0001-01-01 */
#define LAST_DATE	2921939		/* 9999-12-31 */

/*
 * A date stands for its whole day, and a window after it counts from the day's
 * end.  Units that count whole days themselves begin with the day, so that they
 * count the day after it as the first.  A time before it counts from its start.
 */
static Instant
date_anchor(const Rule *rule, DateADT date)
{
	bool		whole_days = rule->window.unit == UNIT_CALENDAR_DAY ||
	rule->window.unit == UNIT_WORKING_DAY;

	if (date < FIRST_DATE || date > LAST_DATE)
		return INSTANT_NONE;
	return sp_day_start(whole_days || rule->lead.count != 0 ? date : date + 1);
}

/* The instant that the value of the column after AFTER stands for, or none. */
Instant
sp_anchor(const Rule *rule, Datum value, Oid type)
{
	TimestampTz at;

	if (type == DATEOID)
		return date_anchor(rule, DatumGetDateADT(value));
	if (type == TIMESTAMPTZOID)
		at = DatumGetTimestampTz(value);
	else if (type == TIMESTAMPOID)
	{
		Datum		zone = CStringGetTextDatum(sp_setting("timezone"));

		if (TIMESTAMP_NOT_FINITE(DatumGetTimestamp(value)))
			return INSTANT_NONE;
		at = DatumGetTimestampTz(DirectFunctionCall2(timestamp_zone, zone, value));
	}
	else
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("column \"%s\" is not a date or an instant", rule->date_column),
				 errdetail("It has type %s.", format_type_be(type)),
				 errhint("After AFTER and BEFORE stands a column of type date, timestamp or timestamptz.")));
	if (at < FIRST_DATE * USECS_PER_DAY || at > LAST_DATE * USECS_PER_DAY)
		return INSTANT_NONE;
	return at;
}

/* Of an event whose column of that is "anchor"; without a date column it counts from itself. */
Instant
sp_event_anchor(const Rule *rule, Datum anchor, bool isnull, Oid type, Instant at)
{
	if (rule->date_column == NULL)
		return isnull ? at : DatumGetTimestampTz(anchor);
	return isnull ? INSTANT_NONE : sp_anchor(rule, anchor, type);
}

/*
 * How far back a span reaches at most.  A working day is not further away than
 * the longest holidays; who looks too far only reads more.
 */
static int64
most_days(Duration span)
{
	switch (span.unit)
	{
		case UNIT_MINUTE:
			return span.count / (24 * 60) + 2;
		case UNIT_HOUR:
			return span.count / 24 + 2;
		case UNIT_DAY:
		case UNIT_CALENDAR_DAY:
			return span.count + 2;
		case UNIT_WEEK:
			return span.count * 7 + 2;
		case UNIT_MONTH:
			return span.count * 31 + 2;
		case UNIT_WORKING_DAY:
		case UNIT_WORKING_HOUR:
			break;
	}
	return span.count * 7 + 60;
}

/* No event before this instant can matter to the pattern of an event then. */
Instant
sp_pattern_since(const Rule *rule, Instant at)
{
	int64		days = 0;

	if (rule->count != 0)
		days = most_days(rule->count_within);
	if (rule->earlier.event != NULL)
		days = Max(days, most_days(rule->earlier_within));
	if (rule->lacking.event != NULL)
		days = Max(days, most_days(rule->lacking_within));
	return Max(at - days * USECS_PER_DAY, FIRST_DATE * USECS_PER_DAY);
}

/* The calendar that the rule goes by; NULL: it asks none. */
const char *
sp_calendar_of(const Rule *rule)
{
	const char *named;

	if (!lang_counts_working_time(rule))
		return NULL;
	named = sp_named_calendar(rule);
	return named != NULL ? named : sp_setting("calendar");
}
