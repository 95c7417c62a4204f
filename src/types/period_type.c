/*
 * period_type.c
 *	  The type pulse.period: input, output, comparison, parts.
 *
 * Invariant: every period that leaves this file or period_functions.c is
 * canonical (period.h); text and binary input share the check.
 */
#include "types/period_type.h"

#include "base/base.h"

#include "common/hashfn.h"
#include "libpq/pqformat.h"
#include "utils/builtins.h"
#include "utils/rangetypes.h"

PG_FUNCTION_INFO_V1(period_in);
PG_FUNCTION_INFO_V1(period_out);
PG_FUNCTION_INFO_V1(period_recv);
PG_FUNCTION_INFO_V1(period_send);
PG_FUNCTION_INFO_V1(period_cmp);
PG_FUNCTION_INFO_V1(period_hash);
PG_FUNCTION_INFO_V1(period_hash_extended);
PG_FUNCTION_INFO_V1(period_first_day);
PG_FUNCTION_INFO_V1(period_last_day);
PG_FUNCTION_INFO_V1(period_days);
PG_FUNCTION_INFO_V1(period_grain_name);
PG_FUNCTION_INFO_V1(period_daterange);

Datum
period_in(PG_FUNCTION_ARGS)
{
	const char *string = PG_GETARG_CSTRING(0);
	Period		period;

	if (!period_parse(string, strlen(string), &period))
		ereturn(fcinfo->context, (Datum) 0,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("invalid input syntax for type %s: \"%s\"", "pulse.period", string),
				 errdetail("A period is a year, quarter, month, ISO week, day, or a fiscal year or quarter by the first day of its fiscal year; in the years 1 to 9999."),
				 errhint("Type it as 2026, 2026Q1, 2026-03, 2026W05, 2026-03-05, FY2026-04-01 or FY2026-04-01Q1.")));
	PG_RETURN_PERIOD(period);
}

Datum
period_out(PG_FUNCTION_ARGS)
{
	char	   *string = palloc(PERIOD_TEXT_SIZE);

	(void) period_print(string, PG_GETARG_PERIOD(0));
	PG_RETURN_CSTRING(string);
}

/* The external form is the word itself: 28 bits of first day, 4 of kind. */
Datum
period_recv(PG_FUNCTION_ARGS)
{
	StringInfo	buffer = (StringInfo) PG_GETARG_POINTER(0);
	Period		period = (Period) pq_getmsgint(buffer, 4);

	if (!period_valid(period))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("invalid binary form of type %s", "pulse.period"),
				 errdetail("No such period begins on that day."),
				 errhint("Send the days from 0001-01-01 to the first one times 16 plus the kind.")));
	PG_RETURN_PERIOD(period);
}

Datum
period_send(PG_FUNCTION_ARGS)
{
	StringInfoData buffer;

	pq_begintypsend(&buffer);
	pq_sendint32(&buffer, PG_GETARG_PERIOD(0));
	PG_RETURN_BYTEA_P(pq_endtypsend(&buffer));
}

/* ---- order: that of the words ---- */

#define PERIOD_COMPARISON(name, sign) \
	PG_FUNCTION_INFO_V1(name); \
	Datum \
	name(PG_FUNCTION_ARGS) \
	{ \
		PG_RETURN_BOOL(PG_GETARG_PERIOD(0) sign PG_GETARG_PERIOD(1)); \
	} \
	extern Datum name(PG_FUNCTION_ARGS)

PERIOD_COMPARISON(period_eq, ==);
PERIOD_COMPARISON(period_ne, !=);
PERIOD_COMPARISON(period_lt, <);
PERIOD_COMPARISON(period_le, <=);
PERIOD_COMPARISON(period_gt, >);
PERIOD_COMPARISON(period_ge, >=);

Datum
period_cmp(PG_FUNCTION_ARGS)
{
	Period		left = PG_GETARG_PERIOD(0);
	Period		right = PG_GETARG_PERIOD(1);

	PG_RETURN_INT32((left > right) - (left < right));
}

Datum
period_hash(PG_FUNCTION_ARGS)
{
	return hash_uint32((uint32) PG_GETARG_PERIOD(0));
}

Datum
period_hash_extended(PG_FUNCTION_ARGS)
{
	return hash_uint32_extended((uint32) PG_GETARG_PERIOD(0), PG_GETARG_INT64(1));
}

/* ---- its days ---- */

Datum
period_first_day(PG_FUNCTION_ARGS)
{
	PG_RETURN_DATEADT(period_first_date(PG_GETARG_PERIOD(0)));
}

Datum
period_last_day(PG_FUNCTION_ARGS)
{
	PG_RETURN_DATEADT(period_past_date(PG_GETARG_PERIOD(0)) - 1);
}

Datum
period_days(PG_FUNCTION_ARGS)
{
	Period		period = PG_GETARG_PERIOD(0);

	PG_RETURN_INT32(period_past(period) - period_first(period));
}

Datum
period_grain_name(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(cstring_to_text(period_grain(PG_GETARG_PERIOD(0))));
}

Datum
period_daterange(PG_FUNCTION_ARGS)
{
	Period		period = PG_GETARG_PERIOD(0);
	TypeCacheEntry *type = range_get_typcache(fcinfo, DATERANGEOID);
	RangeBound	lower = {.val = DateADTGetDatum(period_first_date(period)),.inclusive = true,.lower = true};
	RangeBound	upper = {.val = DateADTGetDatum(period_past_date(period))};

	PG_RETURN_RANGE_P(MakeRange(type, &lower, &upper));
}
