/*
 * period_instant.c
 *	  Instants in periods, by the days of the business time zone.
 *
 * To the planner "at <@ period" is at >= day_start(first day) AND at <
 * day_start(past the last); these calls are stable, so that a change of the
 * zone reaches plans that are kept.
 */
#include "types/period_type.h"

#include "base/base.h"
#include "calendar/daytime.h"

#include "catalog/pg_type_d.h"
#include "nodes/makefuncs.h"
#include "nodes/supportnodes.h"
#include "parser/parse_func.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(period_contains_instant);
PG_FUNCTION_INFO_V1(instant_within_period);
PG_FUNCTION_INFO_V1(period_instant_support);

static bool
holds_instant(Period period, TimestampTz at)
{
	return at >= sp_day_start(period_first_date(period)) && at < sp_day_start(period_past_date(period));
}

Datum
period_contains_instant(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(holds_instant(PG_GETARG_PERIOD(0), PG_GETARG_TIMESTAMPTZ(1)));
}

Datum
instant_within_period(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(holds_instant(PG_GETARG_PERIOD(1), PG_GETARG_TIMESTAMPTZ(0)));
}

static Expr *
instant_bound(DateADT day)
{
	Oid			date = DATEOID;
	List	   *name = list_make2(makeString("pulse"), makeString("day_start"));
	Const	   *value = makeConst(DATEOID, -1, InvalidOid, sizeof(DateADT), DateADTGetDatum(day), false, true);

	return (Expr *) makeFuncExpr(LookupFuncName(name, 1, &date, false), TIMESTAMPTZOID, list_make1(value),
								 InvalidOid, InvalidOid, COERCE_EXPLICIT_CALL);
}

Datum
period_instant_support(PG_FUNCTION_ARGS)
{
	Node	   *request = (Node *) PG_GETARG_POINTER(0);

	if (!IsA(request, SupportRequestSimplify))
		PG_RETURN_POINTER(NULL);
	PG_RETURN_POINTER(period_simplify(((SupportRequestSimplify *) request)->fcall, TIMESTAMPTZOID, instant_bound));
}
