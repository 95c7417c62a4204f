/*
 * functions.c
 *	  The SQL face of calendars and of days in the business time zone.
 */
#include "base/base.h"
#include "calendar/calendar.h"
#include "calendar/daytime.h"

#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(calendar_is_working_day);
PG_FUNCTION_INFO_V1(calendar_add_business_days);
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
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_NULL();
	PG_RETURN_DATEADT(calendar_add_days(calendar_argument(fcinfo, 2),
										PG_GETARG_DATEADT(0), PG_GETARG_INT32(1)));
}

Datum
calendar_business_days_between(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_NULL();
	PG_RETURN_INT32((int32) calendar_days_between(calendar_argument(fcinfo, 2),
												  PG_GETARG_DATEADT(0), PG_GETARG_DATEADT(1)));
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
