/*
 * value.c
 *	  A column's value as a measure: the types that can be, and numeric.
 */
#include "health/value.h"

#include "aging/numeric_value.h"
#include "fmgr.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/numeric.h"

const char *
measure_type_problem(Oid type)
{
	switch (getBaseType(type))
	{
		case BOOLOID:
		case INT2OID:
		case INT4OID:
		case INT8OID:
		case FLOAT4OID:
		case FLOAT8OID:
		case NUMERICOID:
			return NULL;
		case DATEOID:
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
			return "Give the number of days instead, as in current_date - last_contact AS days_silent.";
		default:
			return "Cast it to numeric in a view, and score the view.";
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
