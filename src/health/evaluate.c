/*
 * evaluate.c
 *	  The aggregate pulse.evaluation(health, bad): its state is an
 *	  Evaluation, which parallel workers add up.
 */
#include "health/health.h"

#include "catalog/pg_type.h"
#include "health/evaluation.h"
#include "utils/array.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(sp_evaluation_add);
PG_FUNCTION_INFO_V1(sp_evaluation_combine);
PG_FUNCTION_INFO_V1(sp_evaluation_serialize);
PG_FUNCTION_INFO_V1(sp_evaluation_deserialize);
PG_FUNCTION_INFO_V1(sp_evaluation_final);

static MemoryContext
aggregate_context(FunctionCallInfo fcinfo)
{
	MemoryContext context;

	if (!AggCheckCallContext(fcinfo, &context))
		elog(ERROR, "evaluation called outside of an aggregate");
	return context;
}

/* a row without a score or an outcome says nothing */
Datum
sp_evaluation_add(PG_FUNCTION_ARGS)
{
	MemoryContext context = aggregate_context(fcinfo);
	Evaluation *state = PG_ARGISNULL(0) ? NULL : (Evaluation *) PG_GETARG_POINTER(0);
	HealthScore score;

	if (state == NULL)
		state = MemoryContextAllocZero(context, sizeof(Evaluation));
	if (!PG_ARGISNULL(1) && !PG_ARGISNULL(2))
	{
		health_unpack(PG_GETARG_HEALTH(1), &score);
		if (score.score != HEALTH_UNKNOWN)
			(PG_GETARG_BOOL(2) ? state->bad : state->good)[score.score]++;
	}
	PG_RETURN_POINTER(state);
}

Datum
sp_evaluation_combine(PG_FUNCTION_ARGS)
{
	MemoryContext context = aggregate_context(fcinfo);
	Evaluation *state = PG_ARGISNULL(0) ? NULL : (Evaluation *) PG_GETARG_POINTER(0);
	Evaluation *other = PG_ARGISNULL(1) ? NULL : (Evaluation *) PG_GETARG_POINTER(1);

	if (state == NULL)
		state = MemoryContextAllocZero(context, sizeof(Evaluation));
	for (int score = 0; other != NULL && score <= HEALTH_MOST; score++)
	{
		state->good[score] += other->good[score];
		state->bad[score] += other->bad[score];
	}
	PG_RETURN_POINTER(state);
}

Datum
sp_evaluation_serialize(PG_FUNCTION_ARGS)
{
	bytea	   *result = palloc(VARHDRSZ + sizeof(Evaluation));

	(void) aggregate_context(fcinfo);
	SET_VARSIZE(result, VARHDRSZ + sizeof(Evaluation));
	memcpy(VARDATA(result), PG_GETARG_POINTER(0), sizeof(Evaluation));
	PG_RETURN_BYTEA_P(result);
}

Datum
sp_evaluation_deserialize(PG_FUNCTION_ARGS)
{
	bytea	   *bytes = PG_GETARG_BYTEA_PP(0);
	Evaluation *state = palloc(sizeof(Evaluation));

	(void) aggregate_context(fcinfo);
	if (VARSIZE_ANY_EXHDR(bytes) != sizeof(Evaluation))
		elog(ERROR, "evaluation of another size");
	memcpy(state, VARDATA_ANY(bytes), sizeof(Evaluation));
	PG_RETURN_POINTER(state);
}

/* {good, bad, auc, ks, brier, lift}; the last four are NULL without both outcomes */
Datum
sp_evaluation_final(PG_FUNCTION_ARGS)
{
	EvaluationFigures figures = {0};
	Datum		values[6];
	bool		nulls[6] = {false, false, true, true, true, true};
	int			count = 6;
	int			bound = 1;

	if (!PG_ARGISNULL(0) && evaluation_figures((Evaluation *) PG_GETARG_POINTER(0), &figures))
		memset(nulls, 0, sizeof(nulls));
	values[0] = Float8GetDatum(figures.good);
	values[1] = Float8GetDatum(figures.bad);
	values[2] = Float8GetDatum(figures.auc);
	values[3] = Float8GetDatum(figures.ks);
	values[4] = Float8GetDatum(figures.brier);
	values[5] = Float8GetDatum(figures.lift);
	PG_RETURN_ARRAYTYPE_P(construct_md_array(values, nulls, 1, &count, &bound, FLOAT8OID,
											 sizeof(float8), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
}
