/*
 * measures.c
 *	  A row as measures: the columns that a model names, found once per type.
 *
 * Values are read in millionths, half away from zero; what lies beyond 64 bits
 * is the largest or smallest of them, where every curve is level anyway.  NULL
 * and NaN are missing.
 */
#include "health/health.h"

#include <math.h>

#include "access/tupdesc.h"
#include "aging/numeric_value.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/numeric.h"
#include "utils/typcache.h"

typedef struct MeasureColumn
{
	int			index;			/* of the row's attributes */
	Oid			type;			/* under its domains */
} MeasureColumn;

struct MeasureReader
{
	int			count;
	Oid			row_type;
	int32		row_typmod;
	TypeCacheEntry *entry;		/* of a named type, to see that it changed */
	uint64		entry_version;
	TupleDesc	descriptor;
	Datum	   *values;
	bool	   *nulls;
	MeasureColumn columns[FLEXIBLE_ARRAY_MEMBER];
};

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

static int
column_index(TupleDesc descriptor, const char *name)
{
	for (int i = 0; i < descriptor->natts; i++)
	{
		Form_pg_attribute column = TupleDescAttr(descriptor, i);

		if (!column->attisdropped && strcmp(NameStr(column->attname), name) == 0)
			return i;
	}
	return -1;
}

static void
bind_column(MeasureColumn *column, const HealthModel *model,
			const HealthDimension *dimension, TupleDesc descriptor)
{
	const char *hint;

	column->index = column_index(descriptor, dimension->column);
	if (column->index < 0)
		ereport(ERROR,
				(errcode(ERRCODE_SP_INVALID_MODEL),
				 errmsg("the row has no column \"%s\"", dimension->column),
				 errdetail("Dimension \"%s\" of health model \"%s\" reads it.", dimension->name, model->name),
				 errhint("Give a row with that column, or name another one with pulse.alter_model().")));
	column->type = getBaseType(TupleDescAttr(descriptor, column->index)->atttypid);
	hint = measure_type_problem(column->type);
	if (hint != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_SP_INVALID_MODEL),
				 errmsg("column \"%s\" cannot be scored", dimension->column),
				 errdetail("It is of type %s; a curve reads a number or a boolean.", format_type_be(column->type)),
				 errhint("%s", hint)));
}

MeasureReader *
measure_reader(const HealthModel *model, Oid type, int32 typmod, MemoryContext context)
{
	MemoryContext caller = MemoryContextSwitchTo(context);
	TupleDesc	descriptor = lookup_rowtype_tupdesc_copy(type, typmod);
	MeasureReader *reader = palloc0(offsetof(MeasureReader, columns) +
									model->n_dimensions * sizeof(MeasureColumn));

	reader->count = model->n_dimensions;
	reader->row_type = type;
	reader->row_typmod = typmod;
	if (type != RECORDOID)
	{
		reader->entry = lookup_type_cache(type, TYPECACHE_TUPDESC);
		reader->entry_version = reader->entry->tupDesc_identifier;
	}
	for (int i = 0; i < reader->count; i++)
		bind_column(&reader->columns[i], model, &model->dimensions[i], descriptor);
	reader->descriptor = descriptor;
	reader->values = palloc(descriptor->natts * sizeof(Datum));
	reader->nulls = palloc(descriptor->natts * sizeof(bool));
	MemoryContextSwitchTo(caller);
	return reader;
}

bool
measure_reader_fits(const MeasureReader *reader, HeapTupleHeader row)
{
	return HeapTupleHeaderGetTypeId(row) == reader->row_type &&
		HeapTupleHeaderGetTypMod(row) == reader->row_typmod &&
		(reader->entry == NULL || reader->entry->tupDesc_identifier == reader->entry_version);
}

static int64
millionths_of_integer(int64 value)
{
	int64		result;

	if (likely(!__builtin_mul_overflow(value, (int64) CURVE_UNIT, &result)))
		return result;
	return value < 0 ? PG_INT64_MIN : PG_INT64_MAX;
}

static int64
millionths_of_float(double value)
{
	value *= CURVE_UNIT;
	if (value >= 9.2e18)
		return PG_INT64_MAX;
	if (value <= -9.2e18)
		return PG_INT64_MIN;
	return (int64) (value < 0 ? value - 0.5 : value + 0.5);
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

	if (numeric_quick_units(&value, 2, &units) && !value.special)
		measure->value = millionths_of_units(units);
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

static void
read_float(double value, Measure *measure)
{
	if (isnan(value))
		measure->missing = true;
	else
		measure->value = millionths_of_float(value);
}

void
read_measures(MeasureReader *reader, HeapTupleHeader row, Measure *measures)
{
	HeapTupleData tuple = {.t_len = HeapTupleHeaderGetDatumLength(row),.t_data = row};

	heap_deform_tuple(&tuple, reader->descriptor, reader->values, reader->nulls);
	for (int i = 0; i < reader->count; i++)
	{
		MeasureColumn *column = &reader->columns[i];
		Datum		datum = reader->values[column->index];
		Measure    *measure = &measures[i];

		measure->value = 0;
		measure->missing = reader->nulls[column->index];
		if (measure->missing)
			continue;
		switch (column->type)
		{
			case BOOLOID:
				measure->value = DatumGetBool(datum) ? CURVE_UNIT : 0;
				break;
			case INT2OID:
				measure->value = (int64) DatumGetInt16(datum) * CURVE_UNIT;
				break;
			case INT4OID:
				measure->value = (int64) DatumGetInt32(datum) * CURVE_UNIT;
				break;
			case INT8OID:
				measure->value = millionths_of_integer(DatumGetInt64(datum));
				break;
			case FLOAT4OID:
				read_float(DatumGetFloat4(datum), measure);
				break;
			case FLOAT8OID:
				read_float(DatumGetFloat8(datum), measure);
				break;
			default:
				read_numeric_measure(datum, measure);
		}
	}
}
