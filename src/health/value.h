/*
 * value.h
 *	  A column's value as a measure.  Server side.
 *
 * Values are read in millionths, half away from zero; what lies beyond 64 bits
 * is the largest or smallest of them, where every curve is level anyway.  NULL
 * and NaN are missing.
 */
#ifndef SP_HEALTH_VALUE_H
#define SP_HEALTH_VALUE_H

#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "health/score.h"

extern const char *measure_type_problem(Oid type);	/* NULL: it can be scored */
extern void read_numeric_measure(Datum datum, Measure *measure);

static inline int64
millionths_of_integer(int64 value)
{
	int64		result;

	if (likely(!__builtin_mul_overflow(value, (int64) CURVE_UNIT, &result)))
		return result;
	return value < 0 ? PG_INT64_MIN : PG_INT64_MAX;
}

static inline void
read_float_measure(double value, Measure *measure)
{
	value *= CURVE_UNIT;
	if (likely(fabs(value) < 9.2e18))
		measure->value = (int64) (value + copysign(0.5, value));
	else if (isnan(value))
		measure->missing = true;
	else
		measure->value = value < 0 ? PG_INT64_MIN : PG_INT64_MAX;
}

/* of one of the types that measure_type_problem() lets pass, without domains */
static inline void
read_measure(Oid type, Datum datum, bool isnull, Measure *measure)
{
	measure->value = 0;
	measure->missing = isnull;
	if (isnull)
		return;
	switch (type)
	{
		case FLOAT8OID:
			read_float_measure(DatumGetFloat8(datum), measure);
			break;
		case FLOAT4OID:
			read_float_measure(DatumGetFloat4(datum), measure);
			break;
		case INT4OID:
			measure->value = (int64) DatumGetInt32(datum) * CURVE_UNIT;
			break;
		case INT8OID:
			measure->value = millionths_of_integer(DatumGetInt64(datum));
			break;
		case INT2OID:
			measure->value = (int64) DatumGetInt16(datum) * CURVE_UNIT;
			break;
		case BOOLOID:
			measure->value = DatumGetBool(datum) ? CURVE_UNIT : 0;
			break;
		default:
			read_numeric_measure(datum, measure);
	}
}

#endif							/* SP_HEALTH_VALUE_H */
