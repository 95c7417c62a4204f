/*
 * functions.c
 *	  The SQL face of calendars and of days in the business time zone.
 */
#include "base/base.h"
#include "calendar/calendar.h"
#include "calendar/daytime.h"

#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/multirangetypes.h"
#include "utils/timestamp.h"
#include "utils/typcache.h"

PG_FUNCTION_INFO_V1(calendar_is_working_day);
PG_FUNCTION_INFO_V1(calendar_add_business_days);
PG_FUNCTION_INFO_V1(calendar_roll_day);
PG_FUNCTION_INFO_V1(calendar_business_days_between);
PG_FUNCTION_INFO_V1(calendar_day_start);
PG_FUNCTION_INFO_V1(calendar_day_of);
PG_FUNCTION_INFO_V1(calendar_add_wall_days);
PG_FUNCTION_INFO_V1(calendar_add_wall_months);

/* not strict: a NULL calendar is that of the setting */
static const Calendar *
calendar_argument(FunctionCallInfo fcinfo, int n)
{
	return sp_calendar(PG_ARGISNULL(n) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(n)));
}

Datum
calendar_is_working_day(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	PG_RETURN_BOOL(calendar_is_working(calendar_argument(fcinfo, 1), PG_GETARG_DATEADT(0)));
}

Datum
calendar_add_business_days(PG_FUNCTION_ARGS)
{
	const Calendar *calendar;
	RollMode	roll;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || PG_ARGISNULL(3))
		PG_RETURN_NULL();
	roll = calendar_roll_mode(text_to_cstring(PG_GETARG_TEXT_PP(3)));
	calendar = calendar_argument(fcinfo, 2);
	PG_RETURN_DATEADT(calendar_add_days(calendar, calendar_roll(calendar, PG_GETARG_DATEADT(0), roll),
										PG_GETARG_INT32(1)));
}

Datum
calendar_roll_day(PG_FUNCTION_ARGS)
{
	RollMode	roll;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_NULL();
	roll = calendar_roll_mode(text_to_cstring(PG_GETARG_TEXT_PP(1)));
	PG_RETURN_DATEADT(calendar_roll(calendar_argument(fcinfo, 2), PG_GETARG_DATEADT(0), roll));
}

/* working days of [since, until) that are paused; since <= until */
static int64
paused_days(const Calendar *calendar, MultirangeType *pauses, DateADT since, DateADT until)
{
	TypeCacheEntry *type = lookup_type_cache(MultirangeTypeGetOid(pauses), TYPECACHE_MULTIRANGE_INFO);
	RangeType **ranges;
	int			n;
	int64		days = 0;

	multirange_deserialize(type->rngtype, pauses, &n, &ranges);
	for (int i = 0; i < n; i++)
	{
		RangeBound	lower;
		RangeBound	upper;
		bool		empty;
		DateADT		first;
		DateADT		past;

		/* date ranges are kept as [lower, upper) */
		range_deserialize(type->rngtype, ranges[i], &lower, &upper, &empty);
		first = lower.infinite ? since : Max(DatumGetDateADT(lower.val), since);
		past = upper.infinite ? until : Min(DatumGetDateADT(upper.val), until);
		if (first < past)
			days += calendar_days_between(calendar, first, past);
	}
	return days;
}

Datum
calendar_business_days_between(PG_FUNCTION_ARGS)
{
	MultirangeType *pauses;
	const Calendar *calendar;
	DateADT		since;
	DateADT		until;
	int64		days;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_NULL();
	since = PG_GETARG_DATEADT(0);
	until = PG_GETARG_DATEADT(1);
	pauses = PG_ARGISNULL(3) ? NULL : PG_GETARG_MULTIRANGE_P(3);
	calendar = calendar_argument(fcinfo, 2);
	days = calendar_days_between(calendar, since, until);
	if (pauses != NULL && since <= until)
		days -= paused_days(calendar, pauses, since, until);
	else if (pauses != NULL)
		days += paused_days(calendar, pauses, until, since);
	PG_RETURN_INT32((int32) days);
}

Datum
calendar_day_start(PG_FUNCTION_ARGS)
{
	PG_RETURN_TIMESTAMPTZ(sp_day_start(PG_GETARG_DATEADT(0)));
}

Datum
calendar_day_of(PG_FUNCTION_ARGS)
{
	PG_RETURN_DATEADT(sp_day_of(PG_GETARG_TIMESTAMPTZ(0)));
}

Datum
calendar_add_wall_days(PG_FUNCTION_ARGS)
{
	PG_RETURN_TIMESTAMPTZ(sp_add_wall_days(PG_GETARG_TIMESTAMPTZ(0), PG_GETARG_INT64(1)));
}

Datum
calendar_add_wall_months(PG_FUNCTION_ARGS)
{
	PG_RETURN_TIMESTAMPTZ(sp_add_wall_months(PG_GETARG_TIMESTAMPTZ(0), PG_GETARG_INT64(1)));
}
