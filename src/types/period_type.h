/*
 * period_type.h
 *	  Periods inside the server: as datums, and their days as dates.
 */
#ifndef SP_PERIOD_TYPE_H
#define SP_PERIOD_TYPE_H

#include "postgres.h"

#include "datatype/timestamp.h"
#include "fmgr.h"
#include "nodes/primnodes.h"
#include "utils/date.h"

#include "types/period.h"

#define DatumGetPeriod(datum)	((Period) DatumGetInt32(datum))
#define PG_GETARG_PERIOD(n)		DatumGetPeriod(PG_GETARG_DATUM(n))
#define PG_RETURN_PERIOD(p)		return Int32GetDatum(p)

/* 0001-01-01 as the server counts days */
#define PERIOD_EPOCH	(-730119)

static inline DateADT
period_first_date(Period period)
{
	return period_first(period) + PERIOD_EPOCH;
}

static inline DateADT
period_past_date(Period period)
{
	return period_past(period) + PERIOD_EPOCH;
}

/* days of periods are well within the range of instants */
static inline Timestamp
period_midnight(DateADT day)
{
	return day * USECS_PER_DAY;
}

/* period_support.c: "column <@ period" as two comparisons, or NULL */
extern Node *period_simplify(FuncExpr *call, Oid type, Expr *(*bound) (DateADT day));

#endif							/* SP_PERIOD_TYPE_H */
