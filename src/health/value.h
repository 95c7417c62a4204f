/*
 * value.h
 *	  A column's value as a measure.  Server side.
 *
 * Values are read in millionths, half away from zero; what lies beyond 64 bits
 * is the largest or smallest of them, where every curve is level anyway.  NULL
 * and NaN are missing.  Dates and instants are their age in days (age.h), an
 * interval its days (a month has 30), a category the place that the curve's map
 * gives it; one that the map lacks is missing.
 */
#ifndef SP_HEALTH_VALUE_H
#define SP_HEALTH_VALUE_H

#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "datatype/timestamp.h"
#include "fmgr.h"
#include "health/age.h"
#include "health/score.h"
#include "pgtime.h"

/* the instant of scoring, and its day by the wall of the business */
typedef struct HealthInstant
{
	TimestampTz at;
	int32		day;
	pg_tz	   *zone;			/* that the day was found in */
} HealthInstant;

/* how to read one input of a model */
typedef struct MeasureSource
{
	Oid			type;			/* under its domains; InvalidOid: a category */
	Oid			category_type;
	FmgrInfo   *output;			/* of a category that is no text */
	const Curve *curve;
} MeasureSource;

extern const char *measure_type_problem(Oid type, const HealthInput *input);	/* NULL: it can be
																				 * scored */
extern void measure_source(MeasureSource *source, Oid type, const HealthInput *input,
						   MemoryContext context);
extern AgeKind measure_age(Oid type, Datum datum, int64 *origin);

static inline bool
source_moves(const MeasureSource *source)
{
	return source->type == DATEOID || source->type == TIMESTAMPOID || source->type == TIMESTAMPTZOID;
}

extern void health_instant_set(HealthInstant *instant, TimestampTz at);
extern void read_other_measure(MeasureSource *source, Datum datum,
							   const HealthInstant *instant, Measure *measure);
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

static inline void
read_measure(MeasureSource *source, Datum datum, bool isnull,
			 const HealthInstant *instant, Measure *measure)
{
	measure->value = 0;
	measure->missing = isnull;
	if (isnull)
		return;
	switch (source->type)
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
		case NUMERICOID:
			read_numeric_measure(datum, measure);
			break;
		default:
			read_other_measure(source, datum, instant, measure);
	}
}

#endif							/* SP_HEALTH_VALUE_H */
