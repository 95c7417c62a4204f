/*
 * measures.c
 *	  A row as measures: the columns that a model names, found once per type.
 */
#include "health/health.h"

#include "access/tupdesc.h"
#include "health/value.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

typedef struct MeasureColumn
{
	int			index;			/* of the row's attributes */
	MeasureSource source;
} MeasureColumn;

struct MeasureReader
{
	const HealthModel *model;
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
			const HealthInput *input, TupleDesc descriptor)
{
	const char *hint;
	Oid			type;

	column->index = column_index(descriptor, input->column);
	if (column->index < 0)
		ereport(ERROR,
				(errcode(ERRCODE_SP_INVALID_MODEL),
				 errmsg("the row has no column \"%s\"", input->column),
				 errdetail("\"%s\" of health model \"%s\" reads it.", input->reader, model->name),
				 errhint("Give a row with that column, or name another one with pulse.alter_model().")));
	type = TupleDescAttr(descriptor, column->index)->atttypid;
	hint = measure_type_problem(type, input);
	if (hint != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_SP_INVALID_MODEL),
				 errmsg("column \"%s\" cannot be scored", input->column),
				 errdetail("It is of type %s, which \"%s\" of health model \"%s\" cannot read.",
						   format_type_be(type), input->reader, model->name),
				 errhint("%s", hint)));
	measure_source(&column->source, type, input, CurrentMemoryContext);
}

MeasureReader *
measure_reader(const HealthModel *model, Oid type, int32 typmod, MemoryContext context)
{
	MemoryContext caller = MemoryContextSwitchTo(context);
	TupleDesc	descriptor = lookup_rowtype_tupdesc_copy(type, typmod);
	MeasureReader *reader = palloc0(offsetof(MeasureReader, columns) +
									model->n_inputs * sizeof(MeasureColumn));

	reader->model = model;
	reader->count = model->n_inputs;
	reader->row_type = type;
	reader->row_typmod = typmod;
	if (type != RECORDOID)
	{
		reader->entry = lookup_type_cache(type, TYPECACHE_TUPDESC);
		reader->entry_version = reader->entry->tupDesc_identifier;
	}
	for (int i = 0; i < reader->count; i++)
		bind_column(&reader->columns[i], model, &model->inputs[i], descriptor);
	reader->descriptor = descriptor;
	reader->values = palloc(descriptor->natts * sizeof(Datum));
	reader->nulls = palloc(descriptor->natts * sizeof(bool));
	MemoryContextSwitchTo(caller);
	return reader;
}

/* whether some input is a date or an instant */
bool
measure_reader_moves(const MeasureReader *reader)
{
	for (int i = 0; i < reader->count; i++)
		if (source_moves(&reader->columns[i].source))
			return true;
	return false;
}

bool
measure_reader_fits(const MeasureReader *reader, HeapTupleHeader row)
{
	return HeapTupleHeaderGetTypeId(row) == reader->row_type &&
		HeapTupleHeaderGetTypMod(row) == reader->row_typmod &&
		(reader->entry == NULL || reader->entry->tupDesc_identifier == reader->entry_version);
}

/* as they are, however old */
void
read_raw_measures(MeasureReader *reader, HeapTupleHeader row, const HealthInstant *instant,
				  Measure *measures)
{
	HeapTupleData tuple = {.t_len = HeapTupleHeaderGetDatumLength(row),.t_data = row};

	heap_deform_tuple(&tuple, reader->descriptor, reader->values, reader->nulls);
	for (int i = 0; i < reader->count; i++)
	{
		MeasureColumn *column = &reader->columns[i];

		read_measure(&column->source, reader->values[column->index],
					 reader->nulls[column->index], instant, &measures[i]);
	}
}

void
read_measures(MeasureReader *reader, HeapTupleHeader row, const HealthInstant *instant,
			  Measure *measures)
{
	read_raw_measures(reader, row, instant, measures);
	health_expire(reader->model, measures);
}

AgeKind
measure_reader_kind(const MeasureReader *reader, int input)
{
	Oid			type = reader->columns[input].source.type;

	return type == DATEOID ? AGE_DAY : type == TIMESTAMPOID || type == TIMESTAMPTZOID ? AGE_INSTANT : AGE_NONE;
}

/* an input of the row that was read last, and its type under its domains */
Datum
measure_reader_value(const MeasureReader *reader, int input, bool *isnull, Oid *type)
{
	const MeasureColumn *column = &reader->columns[input];

	*isnull = reader->nulls[column->index];
	*type = column->source.type == InvalidOid ? column->source.category_type : column->source.type;
	return reader->values[column->index];
}

/* how the inputs of the row that was read last move, missing ones not at all */
void
read_motions(const MeasureReader *reader, Motion *motions)
{
	for (int i = 0; i < reader->count; i++)
	{
		const MeasureColumn *column = &reader->columns[i];

		motions[i] = (Motion)
		{
			AGE_NONE, 0
		};
		if (!reader->nulls[column->index])
			motions[i].kind = measure_age(column->source.type, reader->values[column->index],
										  &motions[i].origin);
	}
}
