/*
 * value.c
 *	  A column's value as a measure: the types that can be, times, categories
 *	  and numeric.
 */
#include "health/value.h"

#include "aging/numeric_value.h"
#include "base/base.h"
#include "calendar/daytime.h"
#include "utils/date.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"

static bool
is_time(Oid type)
{
	return type == DATEOID || type == TIMESTAMPOID || type == TIMESTAMPTZOID;
}

static bool
is_text(Oid type)
{
	return type == TEXTOID || type == VARCHAROID || type == BPCHAROID;
}

static bool
is_category(Oid type)
{
	return is_text(type) || type == BOOLOID || type == INT2OID || type == INT4OID ||
		type == INT8OID || type_is_enum(type);
}

static bool
is_measure(Oid type)
{
	return is_time(type) || type == BOOLOID || type == INT2OID || type == INT4OID ||
		type == INT8OID || type == FLOAT4OID || type == FLOAT8OID || type == NUMERICOID ||
		type == INTERVALOID;
}

const char *
measure_type_problem(Oid type, const HealthInput *input)
{
	type = getBaseType(type);
	if (input->is_time)
		return is_time(type) ? NULL : "It says when something was measured: give a date or a timestamp.";
	if (input->curve != NULL && input->curve->kind == CURVE_MAP)
		return is_category(type) ? NULL : "A map reads text, enums, booleans and integers: cast it in a view, and score the view.";
	if (is_measure(type))
		return NULL;
	if (is_text(type) || type_is_enum(type))
		return "Give its dimension a map, as in \"map red=>0 green=>100\", or cast it to numeric in a view.";
	return "Cast it to numeric in a view, and score the view.";
}

/* of a type without a problem */
void
measure_source(MeasureSource *source, Oid type, const HealthInput *input, MemoryContext context)
{
	Oid			output;
	bool		is_varlena;

	source->type = getBaseType(type);
	source->curve = input->curve;
	source->category_type = source->type;
	if (input->curve == NULL || input->curve->kind != CURVE_MAP)
		return;
	source->type = InvalidOid;
	getTypeOutputInfo(source->category_type, &output, &is_varlena);
	source->output = MemoryContextAlloc(context, sizeof(FmgrInfo));
	fmgr_info_cxt(output, source->output, context);
}

void
health_instant_set(HealthInstant *instant, TimestampTz at)
{
	pg_tz	   *zone = sp_business_timezone();

	if (instant->at == at && instant->zone == zone)
		return;
	instant->at = at;
	instant->zone = zone;
	instant->day = sp_wall_day(at, zone);
}

/* a time on the wall of the business */
static int64
instant_of_wall(Timestamp wall)
{
	int64		day = wall / USECS_PER_DAY - (wall % USECS_PER_DAY < 0);
	int64		rest = wall - day * USECS_PER_DAY;

	if (TIMESTAMP_NOT_FINITE(wall))
		return wall;
	return sp_wall_instant((DateADT) day, (int32) (rest / USECS_PER_SEC), sp_business_timezone()) +
		rest % USECS_PER_SEC;
}

/* what an age is counted from; infinities lie far away */
AgeKind
measure_age(Oid type, Datum datum, int64 *origin)
{
	if (type == DATEOID)
	{
		DateADT		day = DatumGetDateADT(datum);

		*origin = DATE_IS_NOBEGIN(day) ? PG_INT64_MIN : DATE_IS_NOEND(day) ? PG_INT64_MAX : day;
		return AGE_DAY;
	}
	if (type != TIMESTAMPOID && type != TIMESTAMPTZOID)
		return AGE_NONE;
	*origin = type == TIMESTAMPOID ? instant_of_wall(DatumGetTimestamp(datum)) : DatumGetTimestampTz(datum);
	return AGE_INSTANT;
}

static int64
days_of_interval(const Interval *interval)
{
	Wide		microseconds = ((Wide) interval->month * DAYS_PER_MONTH + interval->day) * USECS_PER_DAY + interval->time;

	return age_clamp(microseconds / MICROSECONDS_PER_MILLIONTH);
}

static void
read_category(MeasureSource *source, Datum datum, Measure *measure)
{
	const char *name;
	size_t		length;
	int			place;

	if (is_text(source->category_type))
	{
		struct varlena *packed = PG_DETOAST_DATUM_PACKED(datum);

		name = VARDATA_ANY(packed);
		length = VARSIZE_ANY_EXHDR(packed);
		while (source->category_type == BPCHAROID && length > 0 && name[length - 1] == ' ')
			length--;
	}
	else
	{
		if (source->category_type == BOOLOID)
			name = DatumGetBool(datum) ? "true" : "false";
		else
			name = OutputFunctionCall(source->output, datum);
		length = strlen(name);
	}
	place = curve_category(source->curve, name, length);
	measure->value = place;
	measure->missing = place < 0;
}

void
read_other_measure(MeasureSource *source, Datum datum, const HealthInstant *instant, Measure *measure)
{
	int64		origin;

	switch (measure_age(source->type, datum, &origin))
	{
		case AGE_DAY:
			measure->value = age_of_day(origin, instant->day);
			break;
		case AGE_INSTANT:
			measure->value = age_of_instant(origin, instant->at);
			break;
		case AGE_NONE:
			if (source->type == INTERVALOID)
				measure->value = days_of_interval(DatumGetIntervalP(datum));
			else
				read_category(source, datum, measure);
			break;
	}
}

/* from units of 10^-8 */
static int64
millionths_of_units(Wide units)
{
	Wide		result = (units + (units < 0 ? -50 : 50)) / 100;

	return result > PG_INT64_MAX ? PG_INT64_MAX : result < PG_INT64_MIN ? PG_INT64_MIN : (int64) result;
}

/* of a measure that is zero and not missing so far */
void
read_numeric_measure(Datum datum, Measure *measure)
{
	struct varlena *packed = PG_DETOAST_DATUM_PACKED(datum);
	NumericValue value = numeric_value(packed);
	Wide		units;

	if (numeric_is_quick(&value, 2))
		measure->value = millionths_of_units(numeric_quick_units(&value, 2));
	else if (numeric_is_nan(DatumGetNumeric(datum)))
		measure->missing = true;
	else if (value.special)
		measure->value = numeric_word(VARDATA_ANY(packed)) & 0x2000 ? PG_INT64_MIN : PG_INT64_MAX;
	else
	{
		Datum		rounded = DirectFunctionCall2(numeric_round, datum, Int32GetDatum(6));

		value = numeric_value((struct varlena *) DatumGetPointer(rounded));
		if (numeric_units(&value, 2, &units))
			measure->value = millionths_of_units(units);
		else
			measure->value = value.negative ? PG_INT64_MIN : PG_INT64_MAX;
	}
}
