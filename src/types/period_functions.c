/*
 * period_functions.c
 *	  What is asked of periods: which holds a day, the next, all within a span.
 */
#include "types/period_type.h"

#include "base/base.h"

#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"

PG_FUNCTION_INFO_V1(period_contains_date);
PG_FUNCTION_INFO_V1(date_within_period);
PG_FUNCTION_INFO_V1(period_contains_timestamp);
PG_FUNCTION_INFO_V1(timestamp_within_period);
PG_FUNCTION_INFO_V1(period_contains_period);
PG_FUNCTION_INFO_V1(period_within_period);
PG_FUNCTION_INFO_V1(period_overlaps_period);
PG_FUNCTION_INFO_V1(period_next);
PG_FUNCTION_INFO_V1(period_previous);
PG_FUNCTION_INFO_V1(period_plus);
PG_FUNCTION_INFO_V1(period_minus);
PG_FUNCTION_INFO_V1(period_minus_period);
PG_FUNCTION_INFO_V1(period_of_date);
PG_FUNCTION_INFO_V1(period_fiscal_of_date);
PG_FUNCTION_INFO_V1(period_series);
PG_FUNCTION_INFO_V1(period_parts);

/* ---- containment ---- */

static bool
holds_date(Period period, DateADT day)
{
	return day >= period_first_date(period) && day < period_past_date(period);
}

static bool
holds_period(Period outer, Period inner)
{
	return period_first(outer) <= period_first(inner) && period_past(inner) <= period_past(outer);
}

Datum
period_contains_date(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(holds_date(PG_GETARG_PERIOD(0), PG_GETARG_DATEADT(1)));
}

Datum
date_within_period(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(holds_date(PG_GETARG_PERIOD(1), PG_GETARG_DATEADT(0)));
}

/* a timestamp without zone is what the wall shows */
static bool
holds_timestamp(Period period, Timestamp at)
{
	return at >= period_midnight(period_first_date(period)) && at < period_midnight(period_past_date(period));
}

Datum
period_contains_timestamp(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(holds_timestamp(PG_GETARG_PERIOD(0), PG_GETARG_TIMESTAMP(1)));
}

Datum
timestamp_within_period(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(holds_timestamp(PG_GETARG_PERIOD(1), PG_GETARG_TIMESTAMP(0)));
}

Datum
period_contains_period(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(holds_period(PG_GETARG_PERIOD(0), PG_GETARG_PERIOD(1)));
}

Datum
period_within_period(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(holds_period(PG_GETARG_PERIOD(1), PG_GETARG_PERIOD(0)));
}

Datum
period_overlaps_period(PG_FUNCTION_ARGS)
{
	Period		left = PG_GETARG_PERIOD(0);
	Period		right = PG_GETARG_PERIOD(1);

	PG_RETURN_BOOL(period_first(left) < period_past(right) && period_first(right) < period_past(left));
}

/* ---- steps ---- */

static void
out_of_range(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
			 errmsg("period out of range"),
			 errdetail("Periods begin in the years 1 to 9999, fiscal ones with their whole fiscal year."),
			 errhint("Look for a date or a number that was entered by mistake.")));
}

static Period
shift(Period period, int64 n)
{
	Period		shifted;

	if (!period_shift(period, n, &shifted))
		out_of_range();
	return shifted;
}

Datum
period_next(PG_FUNCTION_ARGS)
{
	PG_RETURN_PERIOD(shift(PG_GETARG_PERIOD(0), 1));
}

Datum
period_previous(PG_FUNCTION_ARGS)
{
	PG_RETURN_PERIOD(shift(PG_GETARG_PERIOD(0), -1));
}

Datum
period_plus(PG_FUNCTION_ARGS)
{
	PG_RETURN_PERIOD(shift(PG_GETARG_PERIOD(0), PG_GETARG_INT32(1)));
}

Datum
period_minus(PG_FUNCTION_ARGS)
{
	PG_RETURN_PERIOD(shift(PG_GETARG_PERIOD(0), -(int64) PG_GETARG_INT32(1)));
}

Datum
period_minus_period(PG_FUNCTION_ARGS)
{
	Period		until = PG_GETARG_PERIOD(0);
	Period		since = PG_GETARG_PERIOD(1);
	int64		n;

	if (!period_distance(since, until, &n))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("periods are not of one series"),
				 errdetail("The number of periods between two is known only where both have the same grain and fiscal year."),
				 errhint("Take both by pulse.period_of(pulse.first_day(period), 'month') first.")));
	PG_RETURN_INT32((int32) n);
}

/* ---- the period of a day ---- */

static FiscalStart
read_fiscal_start(const char *text)
{
	FiscalStart start;
	char		rest;

	if (strlen(text) != 5 || sscanf(text, "%2d-%2d%c", &start.month, &start.day, &rest) != 2 ||
		start.month < 1 || start.month > 12 || start.day < 1 || start.day > 28)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("invalid first day of the fiscal year: \"%s\"", text),
				 errdetail("It is not a month and a day from 1 to 28."),
				 errhint("Type it as '04-01'.")));
	return start;
}

/* start may be NULL where the grain is of the calendar */
static Period
period_at(DateADT date, const char *grain, const char *start)
{
	static const FiscalStart january = {1, 1};
	Period		period;
	int64		day = (int64) date - PERIOD_EPOCH;

	if (start == NULL && strncmp(grain, "fiscal_", 7) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("fiscal periods need the first day of the fiscal year"),
				 errdetail("The grain is \"%s\".", grain),
				 errhint("Add fiscal_year_start => '04-01', or ask pulse.fiscal_period_of(day, grain) for that of the setting.")));
	if (!period_of_day(0, grain, january, &period))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("unknown grain \"%s\"", grain),
				 errdetail("A period is a year, quarter, month, week, day, fiscal_year or fiscal_quarter."),
				 errhint("Type it as 'month'.")));
	if (day < 0 || day >= PERIOD_DAYS ||
		!period_of_day((int32) day, grain, start != NULL ? read_fiscal_start(start) : january, &period))
		out_of_range();
	return period;
}

static const char *
start_argument(FunctionCallInfo fcinfo, int n)
{
	return PG_ARGISNULL(n) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(n));
}

/* not strict: grains of the calendar need no fiscal year */
Datum
period_of_date(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_NULL();
	PG_RETURN_PERIOD(period_at(PG_GETARG_DATEADT(0), text_to_cstring(PG_GETARG_TEXT_PP(1)),
							   start_argument(fcinfo, 2)));
}

Datum
period_fiscal_of_date(PG_FUNCTION_ARGS)
{
	PG_RETURN_PERIOD(period_at(PG_GETARG_DATEADT(0), text_to_cstring(PG_GETARG_TEXT_PP(1)),
							   sp_setting("fiscal_year_start")));
}

/* ---- series ---- */

/* the periods that hold days of [since, until) */
static void
return_series(FunctionCallInfo fcinfo, DateADT since, DateADT until, const char *grain, const char *start)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	Period		period;

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	period = period_at(since, grain, start);
	if (since >= until)
		return;
	while (period_first_date(period) < until)
	{
		Datum		value = Int32GetDatum(period);
		bool		isnull = false;

		CHECK_FOR_INTERRUPTS();
		tuplestore_putvalues(result->setResult, result->setDesc, &value, &isnull);
		if (!period_shift(period, 1, &period))
		{
			if (period_past_date(period) < until)
				out_of_range();
			break;
		}
	}
}

Datum
period_series(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || PG_ARGISNULL(2))
		PG_RETURN_NULL();
	return_series(fcinfo, PG_GETARG_DATEADT(0), PG_GETARG_DATEADT(1),
				  text_to_cstring(PG_GETARG_TEXT_PP(2)), start_argument(fcinfo, 3));
	return (Datum) 0;
}

Datum
period_parts(PG_FUNCTION_ARGS)
{
	Period		period = PG_GETARG_PERIOD(0);

	return_series(fcinfo, period_first_date(period), period_past_date(period),
				  text_to_cstring(PG_GETARG_TEXT_PP(1)), NULL);
	return (Datum) 0;
}
