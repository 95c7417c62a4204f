/*
 * km.c
 *	  pulse.km_median, km_mean and km_curve: aggregates over survival.c.
 *
 * A state holds one entry per duration seen, besides those that came in since
 * it was last compacted; so for durations in days it stays small however many
 * rows there are.  Invariant: NULL stands for a group without a row that
 * counts, and finishing changes how a state is held, never what it says.
 */
#include "base/base.h"

#include "access/htup_details.h"
#include "aging/numeric_value.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "libpq/pqformat.h"
#include "stats/survival.h"
#include "stats/value.h"
#include "utils/array.h"
#include "utils/float.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

#define FIRST_ROOM		32
#define WEIGHT_PLACES	1		/* digits to the base 10000 after the point */

enum
{
	ARG_STATE, ARG_DURATION, ARG_HAPPENED, ARG_WEIGHT
};

typedef struct KmState
{
	int			count;
	int			room;
	int			scale;			/* decimal digits of the weights */
	Observation *seen;
} KmState;

static KmState *
new_state(MemoryContext context, int room, int scale)
{
	KmState    *state = MemoryContextAlloc(context, sizeof(KmState));

	state->count = 0;
	state->room = room;
	state->scale = scale;
	state->seen = MemoryContextAlloc(context, room * sizeof(Observation));
	return state;
}

static void
compact(KmState *state)
{
	state->count = survival_compact(state->seen, state->count);
	if (state->count < 0)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("weights at one duration are out of range"),
				 errdetail("Together they have more than 18 digits, four of them after the point."),
				 errhint("Give the weights in a larger unit, as in amount / 1000.")));
}

/* Half of the room is free after each sort, so a row costs few comparisons. */
static void
append(KmState *state, const Observation *observation)
{
	if (state->count == state->room)
	{
		compact(state);
		if (state->count > state->room / 2)
		{
			state->room *= 2;
			state->seen = repalloc_huge(state->seen, (Size) state->room * sizeof(Observation));
		}
	}
	state->seen[state->count++] = *observation;
}

static int64
row_weight(FunctionCallInfo fcinfo)
{
	struct varlena *datum;
	NumericValue value;
	Wide		units = 0;

	if (PG_NARGS() <= ARG_WEIGHT)
		return 1;
	datum = PG_GETARG_VARLENA_PP(ARG_WEIGHT);
	value = numeric_value(datum);
	if (value.special || value.negative)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a weight is negative or not a finite number"),
				 errdetail("A row counts by its weight, so that is zero or more."),
				 errhint("Leave such rows out with FILTER (WHERE weight > 0).")));
	if (!numeric_units(&value, WEIGHT_PLACES, &units) || units > PG_INT64_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("a weight is out of range"),
				 errdetail("A weight has up to four digits after the point, and up to 14 before."),
				 errhint("Round it, as in round(weight, 4), or give it in a larger unit.")));
	PG_FREE_IF_COPY(datum, ARG_WEIGHT);
	return (int64) units;
}

static double
row_duration(FunctionCallInfo fcinfo)
{
	double		duration = stats_duration(PG_GETARG_FLOAT8(ARG_DURATION));

	return duration == 0 ? 0 : duration;	/* there is a negative zero */
}

static bool
row_counts(FunctionCallInfo fcinfo)
{
	for (int i = ARG_DURATION; i < PG_NARGS(); i++)
		if (PG_ARGISNULL(i))
			return false;
	return true;
}

#define GETARG_STATE(n)	(PG_ARGISNULL(n) ? NULL : (KmState *) PG_GETARG_POINTER(n))

static Datum
return_state(FunctionCallInfo fcinfo, KmState *state)
{
	if (state == NULL)
		PG_RETURN_NULL();
	PG_RETURN_POINTER(state);
}

PG_FUNCTION_INFO_V1(sp_km_add);
PG_FUNCTION_INFO_V1(sp_km_combine);
PG_FUNCTION_INFO_V1(sp_km_serialize);
PG_FUNCTION_INFO_V1(sp_km_deserialize);
PG_FUNCTION_INFO_V1(sp_km_median);
PG_FUNCTION_INFO_V1(sp_km_mean);
PG_FUNCTION_INFO_V1(sp_km_curve);

Datum
sp_km_add(PG_FUNCTION_ARGS)
{
	MemoryContext context = stats_aggregate_context(fcinfo);
	KmState    *state = GETARG_STATE(ARG_STATE);
	Observation row = {0};
	int64		weight;

	if (!row_counts(fcinfo))
		return return_state(fcinfo, state);
	row.duration = row_duration(fcinfo);
	weight = row_weight(fcinfo);
	if (weight == 0)
		return return_state(fcinfo, state);
	if (PG_GETARG_BOOL(ARG_HAPPENED))
		row.happened = weight;
	else
		row.censored = weight;
	if (state == NULL)
		state = new_state(context, FIRST_ROOM, PG_NARGS() > ARG_WEIGHT ? 4 * WEIGHT_PLACES : 0);
	append(state, &row);
	PG_RETURN_POINTER(state);
}

Datum
sp_km_combine(PG_FUNCTION_ARGS)
{
	MemoryContext context = stats_aggregate_context(fcinfo);
	KmState    *state = GETARG_STATE(0);
	KmState    *other = GETARG_STATE(1);

	if (other == NULL)
		return return_state(fcinfo, state);
	if (state == NULL)
		state = new_state(context, FIRST_ROOM, other->scale);
	for (int i = 0; i < other->count; i++)
		append(state, &other->seen[i]);
	PG_RETURN_POINTER(state);
}

/* between processes of one server, which agree on the layout of a struct */
Datum
sp_km_serialize(PG_FUNCTION_ARGS)
{
	KmState    *state = (KmState *) PG_GETARG_POINTER(0);
	StringInfoData buffer;

	(void) stats_aggregate_context(fcinfo);
	compact(state);
	pq_begintypsend(&buffer);
	pq_sendint32(&buffer, state->scale);
	pq_sendint32(&buffer, state->count);
	pq_sendbytes(&buffer, (char *) state->seen, state->count * sizeof(Observation));
	PG_RETURN_BYTEA_P(pq_endtypsend(&buffer));
}

Datum
sp_km_deserialize(PG_FUNCTION_ARGS)
{
	bytea	   *bytes = PG_GETARG_BYTEA_PP(0);
	StringInfoData buffer;
	KmState    *state;
	int			scale;
	int			count;

	(void) stats_aggregate_context(fcinfo);
	initStringInfo(&buffer);
	appendBinaryStringInfo(&buffer, VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes));
	scale = pq_getmsgint(&buffer, 4);
	count = pq_getmsgint(&buffer, 4);
	state = new_state(CurrentMemoryContext, Max(count, 1), scale);
	pq_copymsgbytes(&buffer, (char *) state->seen, count * sizeof(Observation));
	state->count = count;
	pq_getmsgend(&buffer);
	PG_RETURN_POINTER(state);
}

Datum
sp_km_median(PG_FUNCTION_ARGS)
{
	KmState    *state = GETARG_STATE(0);
	SurvivalSummary summary;

	if (state == NULL)
		PG_RETURN_NULL();
	compact(state);
	survival_curve(state->seen, state->count, NULL, &summary);
	if (!summary.has_median)
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(summary.median);
}

Datum
sp_km_mean(PG_FUNCTION_ARGS)
{
	KmState    *state = GETARG_STATE(0);
	SurvivalSummary summary;

	if (state == NULL)
		PG_RETURN_NULL();
	compact(state);
	survival_curve(state->seen, state->count, NULL, &summary);
	PG_RETURN_FLOAT8(summary.mean);
}

static Datum
step_datum(const SurvivalStep *step, int scale, TupleDesc row)
{
	Datum		values[5];
	bool		nulls[5] = {false};

	values[0] = Float8GetDatum(step->duration);
	values[1] = numeric_of_units(step->at_risk, scale);
	values[2] = numeric_of_units(step->happened, scale);
	values[3] = numeric_of_units(step->censored, scale);
	values[4] = Float8GetDatum(step->survival);
	return HeapTupleGetDatum(heap_form_tuple(row, values, nulls));
}

Datum
sp_km_curve(PG_FUNCTION_ARGS)
{
	KmState    *state = GETARG_STATE(0);
	Oid			type = get_element_type(get_func_rettype(fcinfo->flinfo->fn_oid));
	TupleDesc	row;
	SurvivalSummary summary;
	SurvivalStep *steps;
	Datum	   *values;

	if (state == NULL)
		PG_RETURN_NULL();
	compact(state);
	steps = MemoryContextAllocHuge(CurrentMemoryContext, (Size) state->count * sizeof(SurvivalStep));
	survival_curve(state->seen, state->count, steps, &summary);
	values = MemoryContextAllocHuge(CurrentMemoryContext, (Size) (summary.steps + 1) * sizeof(Datum));
	row = lookup_rowtype_tupdesc(type, -1);
	for (int i = 0; i < summary.steps; i++)
		values[i] = step_datum(&steps[i], state->scale, row);
	ReleaseTupleDesc(row);
	PG_RETURN_ARRAYTYPE_P(construct_array(values, summary.steps, type, -1, false, TYPALIGN_DOUBLE));
}
