/*
 * fit.c
 *	  The aggregate pulse_internal.fit_weights(evidence, bad): keeps its rows,
 *	  in the order given, and fits at the end.
 */
#include "health/health.h"

#include "catalog/pg_type.h"
#include "health/logistic.h"
#include "utils/array.h"
#include "utils/memutils.h"

typedef struct FitState
{
	int			width;
	Size		count;
	Size		room;
	double	   *values;
	bool	   *bad;
} FitState;

PG_FUNCTION_INFO_V1(sp_fit_add);
PG_FUNCTION_INFO_V1(sp_fit_final);

static FitState *
new_state(MemoryContext context, int width)
{
	FitState   *state = MemoryContextAllocZero(context, sizeof(FitState));

	if (width < 1 || width > LOGISTIC_MAX)
		elog(ERROR, "fit of %d columns", width);
	state->width = width;
	state->room = 1024;
	state->values = MemoryContextAllocHuge(context, state->room * width * sizeof(double));
	state->bad = MemoryContextAllocHuge(context, state->room * sizeof(bool));
	return state;
}

Datum
sp_fit_add(PG_FUNCTION_ARGS)
{
	MemoryContext context;
	FitState   *state = PG_ARGISNULL(0) ? NULL : (FitState *) PG_GETARG_POINTER(0);
	ArrayType  *evidence;
	int			width;

	if (!AggCheckCallContext(fcinfo, &context))
		elog(ERROR, "fit_weights called outside of an aggregate");
	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
		elog(ERROR, "fit of a row that is not known");
	evidence = PG_GETARG_ARRAYTYPE_P(1);
	width = ArrayGetNItems(ARR_NDIM(evidence), ARR_DIMS(evidence));
	if (state == NULL)
		state = new_state(context, width);
	if (width != state->width || ARR_HASNULL(evidence))
		elog(ERROR, "fit of rows that differ in their columns");
	if (state->count == state->room)
	{
		state->room *= 2;
		state->values = repalloc_huge(state->values, state->room * width * sizeof(double));
		state->bad = repalloc_huge(state->bad, state->room * sizeof(bool));
	}
	memcpy(state->values + state->count * width, ARR_DATA_PTR(evidence), width * sizeof(double));
	state->bad[state->count++] = PG_GETARG_BOOL(2);
	PG_RETURN_POINTER(state);
}

Datum
sp_fit_final(PG_FUNCTION_ARGS)
{
	FitState   *state;
	LogisticSample sample;
	double		weights[LOGISTIC_MAX];
	Datum		values[LOGISTIC_MAX];

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	state = (FitState *) PG_GETARG_POINTER(0);
	sample = (LogisticSample)
	{
		state->width, state->count, state->values, state->bad
	};
	logistic_fit(&sample, weights);
	for (int i = 0; i < state->width; i++)
		values[i] = Float8GetDatum(weights[i]);
	PG_RETURN_ARRAYTYPE_P(construct_array(values, state->width, FLOAT8OID, sizeof(float8),
										  FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
}
