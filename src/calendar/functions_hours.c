/*
 * functions_hours.c
 *	  The SQL face of working time, with pauses.
 *
 * A pause is time that does not count: a dispute, a promise, a customer who
 * has to answer first.  Pauses come as a multirange, so they are apart from
 * each other and ascend.
 */
#include "calendar/calendar_cache.h"

#include "base/base.h"

#include "catalog/pg_type_d.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/multirangetypes.h"
#include "utils/timestamp.h"
#include "utils/typcache.h"

PG_FUNCTION_INFO_V1(calendar_business_time_between);
PG_FUNCTION_INFO_V1(calendar_business_time_of);
PG_FUNCTION_INFO_V1(calendar_add_business_time);
PG_FUNCTION_INFO_V1(calendar_is_open_at);
PG_FUNCTION_INFO_V1(calendar_next_open_at);
PG_FUNCTION_INFO_V1(calendar_previous_open_at);
PG_FUNCTION_INFO_V1(calendar_check_hours);

/* From and until when; without a bound DT_NOBEGIN and DT_NOEND. */
typedef struct Pause
{
	TimestampTz from;
	TimestampTz until;
} Pause;

static Pause *
pause_argument(FunctionCallInfo fcinfo, int arg, int *n)
{
	MultirangeType *pauses;
	TypeCacheEntry *type;
	RangeType **ranges;
	Pause	   *result;

	*n = 0;
	if (PG_ARGISNULL(arg))
		return NULL;
	pauses = PG_GETARG_MULTIRANGE_P(arg);
	type = lookup_type_cache(MultirangeTypeGetOid(pauses), TYPECACHE_MULTIRANGE_INFO);
	multirange_deserialize(type->rngtype, pauses, n, &ranges);
	result = palloc(Max(*n, 1) * sizeof(Pause));
	for (int i = 0; i < *n; i++)
	{
		RangeBound	lower;
		RangeBound	upper;
		bool		empty;

		range_deserialize(type->rngtype, ranges[i], &lower, &upper, &empty);
		result[i].from = lower.infinite ? DT_NOBEGIN : DatumGetTimestampTz(lower.val);
		result[i].until = upper.infinite ? DT_NOEND : DatumGetTimestampTz(upper.val);
	}
	return result;
}

static const Calendar *
calendar_argument(FunctionCallInfo fcinfo, int n)
{
	return sp_calendar(PG_ARGISNULL(n) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(n)));
}

/* not strict: a NULL calendar is that of the setting, NULL pauses are none */
static bool
has_null(FunctionCallInfo fcinfo, int n)
{
	for (int i = 0; i < n; i++)
		if (PG_ARGISNULL(i))
			return true;
	return false;
}

/* since <= until */
static int64
time_without_pauses(const Calendar *calendar, TimestampTz since, TimestampTz until, const Pause *pauses, int n)
{
	int64		time = calendar_time_between(calendar, since, until);

	for (int i = 0; i < n; i++)
	{
		TimestampTz from = Max(pauses[i].from, since);
		TimestampTz to = Min(pauses[i].until, until);

		if (from < to)
			time -= calendar_time_between(calendar, from, to);
	}
	return time;
}

static Datum
interval_of_time(int64 time)
{
	Interval   *span = palloc0(sizeof(Interval));

	span->time = time;
	return IntervalPGetDatum(span);
}

Datum
calendar_business_time_between(PG_FUNCTION_ARGS)
{
	const Calendar *calendar;
	TimestampTz since;
	TimestampTz until;
	Pause	   *pauses;
	int			n;

	if (has_null(fcinfo, 2))
		PG_RETURN_NULL();
	since = PG_GETARG_TIMESTAMPTZ(0);
	until = PG_GETARG_TIMESTAMPTZ(1);
	pauses = pause_argument(fcinfo, 3, &n);
	calendar = calendar_argument(fcinfo, 2);
	if (until < since)
		return interval_of_time(-time_without_pauses(calendar, until, since, pauses, n));
	return interval_of_time(time_without_pauses(calendar, since, until, pauses, n));
}

Datum
calendar_business_time_of(PG_FUNCTION_ARGS)
{
	return interval_of_time(calendar_time_of_day(calendar_argument(fcinfo, 1), PG_GETARG_DATEADT(0)));
}

/* working time has no days: they differ in length */
static int64
working_time(const Interval *span)
{
	if (span->month != 0 || span->day != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("working time is given in hours, minutes and seconds"),
				 errdetail("The span has days or months, of which working time has no fixed number."),
				 errhint("Type it as interval '8 hours', or count days with pulse.add_business_days().")));
	return span->time;
}

/*
 * Onward: what is left of the time at each pause goes on at its end.  A pause
 * beyond the loaded years is one that the time either ends before or is an
 * error.
 */
static TimestampTz
add_onward(const Calendar *calendar, TimestampTz at, int64 time, const Pause *pauses, int n)
{
	for (int i = 0; i < n; i++)
	{
		if (pauses[i].until <= at)
			continue;
		if (pauses[i].from > at)
		{
			int64		before;

			if (!calendar_knows_time(calendar, at, pauses[i].from))
				break;
			before = calendar_time_between(calendar, at, pauses[i].from);
			if (before >= time)
				break;
			time -= before;
		}
		at = pauses[i].until;
		if (TIMESTAMP_IS_NOEND(at))
			return at;
	}
	return calendar_add_time(calendar, at, time);
}

static TimestampTz
add_backward(const Calendar *calendar, TimestampTz at, int64 time, const Pause *pauses, int n)
{
	for (int i = n - 1; i >= 0; i--)
	{
		if (pauses[i].from >= at)
			continue;
		if (pauses[i].until < at)
		{
			int64		after;

			if (!calendar_knows_time(calendar, pauses[i].until, at))
				break;
			after = calendar_time_between(calendar, pauses[i].until, at);
			if (after >= -time)
				break;
			time += after;
		}
		at = pauses[i].from;
		if (TIMESTAMP_IS_NOBEGIN(at))
			return at;
	}
	return calendar_add_time(calendar, at, time);
}

Datum
calendar_add_business_time(PG_FUNCTION_ARGS)
{
	const Calendar *calendar;
	TimestampTz at;
	int64		time;
	Pause	   *pauses;
	int			n;

	if (has_null(fcinfo, 2))
		PG_RETURN_NULL();
	at = PG_GETARG_TIMESTAMPTZ(0);
	time = working_time(PG_GETARG_INTERVAL_P(1));
	pauses = pause_argument(fcinfo, 3, &n);
	calendar = calendar_argument(fcinfo, 2);
	if (time > 0)
		PG_RETURN_TIMESTAMPTZ(add_onward(calendar, at, time, pauses, n));
	if (time < 0)
		PG_RETURN_TIMESTAMPTZ(add_backward(calendar, at, time, pauses, n));
	PG_RETURN_TIMESTAMPTZ(calendar_add_time(calendar, at, 0));
}

Datum
calendar_is_open_at(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	PG_RETURN_BOOL(calendar_is_open(calendar_argument(fcinfo, 1), PG_GETARG_TIMESTAMPTZ(0)));
}

Datum
calendar_next_open_at(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	PG_RETURN_TIMESTAMPTZ(calendar_next_open(calendar_argument(fcinfo, 1), PG_GETARG_TIMESTAMPTZ(0)));
}

Datum
calendar_previous_open_at(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	PG_RETURN_TIMESTAMPTZ(calendar_previous_open(calendar_argument(fcinfo, 1), PG_GETARG_TIMESTAMPTZ(0)));
}

/* before they are stored: a calendar that cannot be read would stop all */
Datum
calendar_check_hours(PG_FUNCTION_ARGS)
{
	DayHours	hours[DAY_KINDS];

	calendar_read_hours(PG_GETARG_ARRAYTYPE_P(0), calendar_week(PG_GETARG_ARRAYTYPE_P(1)), hours);
	PG_RETURN_VOID();
}
