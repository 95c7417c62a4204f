/*
 * cox_value.c
 *	  The aggregate pulse.fit_cox, and what a fitted model says of a row:
 *	  pulse.hazard_ratio and pulse.survival.
 *
 * A state keeps the rows that count as they came; parts made by parallel
 * workers are put together in whatever order, which the fit does not mind.
 */
#include "base/base.h"

#include <math.h>

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "libpq/pqformat.h"
#include "stats/cox.h"
#include "stats/value.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/typcache.h"

#define FIRST_ROOM		256
#define LARGEST			1e100	/* of covariates, whose squares are summed */
#define MODEL_COLUMNS	10

enum
{
	MODEL_STATUS, MODEL_OBSERVATIONS, MODEL_HAPPENED, MODEL_COEFFICIENTS, MODEL_ERRORS, MODEL_MEANS,
	MODEL_LIKELIHOOD, MODEL_NULL_LIKELIHOOD, MODEL_DURATIONS, MODEL_HAZARDS
};

typedef struct CoxState
{
	int			width;
	Size		count;
	Size		room;
	double	   *durations;
	bool	   *happened;
	double	   *covariates;
} CoxState;

PG_FUNCTION_INFO_V1(sp_cox_add);
PG_FUNCTION_INFO_V1(sp_cox_combine);
PG_FUNCTION_INFO_V1(sp_cox_serialize);
PG_FUNCTION_INFO_V1(sp_cox_deserialize);
PG_FUNCTION_INFO_V1(sp_cox_final);
PG_FUNCTION_INFO_V1(sp_hazard_ratio);
PG_FUNCTION_INFO_V1(sp_survival);

static void
check_width(int width, int expected)
{
	if (width < 1 || width > COX_MOST || width != expected)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("rows differ in the number of their covariates, or have none"),
				 errdetail("There are %d here, and %d are expected; from 1 to %d are possible.", width, expected, COX_MOST),
				 errhint("Give the same covariates in each row, as in ARRAY[age, visits, discount].")));
}

/* the covariates of a row; NULL: one is missing */
static const double *
take_covariates(ArrayType *covariates, int *width)
{
	const double *values = (const double *) ARR_DATA_PTR(covariates);

	*width = ArrayGetNItems(ARR_NDIM(covariates), ARR_DIMS(covariates));
	if (ARR_HASNULL(covariates))
		return NULL;
	for (int i = 0; i < *width; i++)
	{
		if (!isfinite(values[i]))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("a covariate is not a finite number"),
					 errdetail("It is number %d of its row.", i + 1),
					 errhint("Leave such rows out with FILTER (WHERE ...).")));
		if (fabs(values[i]) > LARGEST)
			ereport(ERROR,
					(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
					 errmsg("a covariate is out of range"),
					 errdetail("It is number %d of its row, %g; up to %g is possible.", i + 1, values[i], LARGEST),
					 errhint("Give it in a larger unit.")));
	}
	return values;
}

static CoxState *
new_state(MemoryContext context, int width, Size room)
{
	CoxState   *state = MemoryContextAllocZero(context, sizeof(CoxState));

	state->width = width;
	state->room = room;
	state->durations = MemoryContextAllocHuge(context, room * sizeof(double));
	state->happened = MemoryContextAllocHuge(context, room * sizeof(bool));
	state->covariates = MemoryContextAllocHuge(context, room * width * sizeof(double));
	return state;
}

static void
make_room(CoxState *state, Size count)
{
	if (state->count + count <= state->room)
		return;
	state->room = Max(2 * state->room, state->count + count);
	state->durations = repalloc_huge(state->durations, state->room * sizeof(double));
	state->happened = repalloc_huge(state->happened, state->room * sizeof(bool));
	state->covariates = repalloc_huge(state->covariates, state->room * state->width * sizeof(double));
}

/* rows of another part, or a single one */
static void
append(CoxState *state, Size count, const double *durations, const bool *happened, const double *covariates)
{
	make_room(state, count);
	memcpy(state->durations + state->count, durations, count * sizeof(double));
	memcpy(state->happened + state->count, happened, count * sizeof(bool));
	memcpy(state->covariates + state->count * state->width, covariates, count * state->width * sizeof(double));
	state->count += count;
}

#define GETARG_STATE(n)	(PG_ARGISNULL(n) ? NULL : (CoxState *) PG_GETARG_POINTER(n))

static Datum
return_state(FunctionCallInfo fcinfo, CoxState *state)
{
	if (state == NULL)
		PG_RETURN_NULL();
	PG_RETURN_POINTER(state);
}

Datum
sp_cox_add(PG_FUNCTION_ARGS)
{
	MemoryContext context = stats_aggregate_context(fcinfo);
	CoxState   *state = GETARG_STATE(0);
	const double *covariates;
	double		duration;
	bool		happened;
	int			width;

	if (PG_ARGISNULL(1) || PG_ARGISNULL(2) || PG_ARGISNULL(3))
		return return_state(fcinfo, state);
	duration = stats_duration(PG_GETARG_FLOAT8(1));
	happened = PG_GETARG_BOOL(2);
	covariates = take_covariates(PG_GETARG_ARRAYTYPE_P(3), &width);
	check_width(width, state == NULL ? width : state->width);
	if (covariates == NULL)
		return return_state(fcinfo, state);
	if (state == NULL)
		state = new_state(context, width, FIRST_ROOM);
	append(state, 1, &duration, &happened, covariates);
	PG_RETURN_POINTER(state);
}

Datum
sp_cox_combine(PG_FUNCTION_ARGS)
{
	MemoryContext context = stats_aggregate_context(fcinfo);
	CoxState   *state = GETARG_STATE(0);
	CoxState   *other = GETARG_STATE(1);

	if (other == NULL)
		return return_state(fcinfo, state);
	if (state == NULL)
		state = new_state(context, other->width, other->count);
	check_width(other->width, state->width);
	append(state, other->count, other->durations, other->happened, other->covariates);
	PG_RETURN_POINTER(state);
}

/* between processes of one server, which agree on the layout of a float */
Datum
sp_cox_serialize(PG_FUNCTION_ARGS)
{
	CoxState   *state = (CoxState *) PG_GETARG_POINTER(0);
	StringInfoData buffer;

	(void) stats_aggregate_context(fcinfo);
	pq_begintypsend(&buffer);
	pq_sendint32(&buffer, state->width);
	pq_sendint64(&buffer, state->count);
	pq_sendbytes(&buffer, (char *) state->durations, state->count * sizeof(double));
	pq_sendbytes(&buffer, (char *) state->covariates, state->count * state->width * sizeof(double));
	pq_sendbytes(&buffer, (char *) state->happened, state->count * sizeof(bool));
	PG_RETURN_BYTEA_P(pq_endtypsend(&buffer));
}

Datum
sp_cox_deserialize(PG_FUNCTION_ARGS)
{
	bytea	   *bytes = PG_GETARG_BYTEA_PP(0);
	StringInfoData buffer;
	CoxState   *state;
	int			width;
	Size		count;

	(void) stats_aggregate_context(fcinfo);
	initStringInfo(&buffer);
	appendBinaryStringInfo(&buffer, VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes));
	width = pq_getmsgint(&buffer, 4);
	count = pq_getmsgint64(&buffer);
	state = new_state(CurrentMemoryContext, width, Max(count, 1));
	pq_copymsgbytes(&buffer, (char *) state->durations, count * sizeof(double));
	pq_copymsgbytes(&buffer, (char *) state->covariates, count * width * sizeof(double));
	pq_copymsgbytes(&buffer, (char *) state->happened, count * sizeof(bool));
	pq_getmsgend(&buffer);
	state->count = count;
	PG_RETURN_POINTER(state);
}

static const char *
status_name(CoxStatus status)
{
	switch (status)
	{
		case COX_OK:
			return "ok";
		case COX_NOTHING_HAPPENED:
			return "nothing_happened";
		case COX_COLLINEAR:
			return "collinear";
		case COX_SEPARABLE:
			return "separable";
	}
	return NULL;				/* there is no other */
}

/* an array of numbers, NULL where they are not */
static Datum
array_datum(const double *numbers, size_t count)
{
	Datum	   *values = palloc(Max(count, 1) * sizeof(Datum));
	bool	   *nulls = palloc(Max(count, 1) * sizeof(bool));
	int			size = count;
	int			from = 1;

	for (size_t i = 0; i < count; i++)
	{
		values[i] = Float8GetDatum(numbers[i]);
		nulls[i] = isnan(numbers[i]);
	}
	return PointerGetDatum(construct_md_array(values, nulls, 1, &size, &from, FLOAT8OID, sizeof(float8),
											  FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
}

static Datum
model_datum(const CoxModel *model, Size observations, FunctionCallInfo fcinfo)
{
	Datum		values[MODEL_COLUMNS];
	bool		nulls[MODEL_COLUMNS] = {false};
	TupleDesc	row;

	if (get_call_result_type(fcinfo, NULL, &row) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "Cox model without its row type");
	values[MODEL_STATUS] = CStringGetTextDatum(status_name(model->status));
	values[MODEL_OBSERVATIONS] = Int64GetDatum(observations);
	values[MODEL_HAPPENED] = Int64GetDatum(model->happened);
	values[MODEL_COEFFICIENTS] = array_datum(model->coefficients, model->width);
	values[MODEL_ERRORS] = array_datum(model->errors, model->width);
	values[MODEL_MEANS] = array_datum(model->means, model->width);
	values[MODEL_LIKELIHOOD] = Float8GetDatum(model->log_likelihood);
	values[MODEL_NULL_LIKELIHOOD] = Float8GetDatum(model->null_log_likelihood);
	values[MODEL_DURATIONS] = array_datum(model->durations, model->steps);
	values[MODEL_HAZARDS] = array_datum(model->hazards, model->steps);
	for (int i = MODEL_COEFFICIENTS; i < MODEL_COLUMNS; i++)
		nulls[i] = model->status == COX_NOTHING_HAPPENED;
	return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(row), values, nulls));
}

Datum
sp_cox_final(PG_FUNCTION_ARGS)
{
	CoxState   *state = GETARG_STATE(0);
	CoxSample	sample;
	CoxModel	model;
	Arena		arena;
	Datum		result;

	if (state == NULL)
		PG_RETURN_NULL();
	sample = (CoxSample)
	{
		state->width, state->count, state->durations, state->happened, state->covariates
	};
	sp_arena_init(&arena, CurrentMemoryContext);
	cox_fit(&arena, &sample, &model);
	result = model_datum(&model, state->count, fcinfo);
	arena_free(&arena);
	PG_RETURN_DATUM(result);
}

/* the columns of a model; false: it has no coefficients */
static bool
take_model(Datum composite, Datum *values)
{
	HeapTupleHeader header = DatumGetHeapTupleHeader(composite);
	HeapTupleData tuple = {.t_len = HeapTupleHeaderGetDatumLength(header),.t_data = header};
	TupleDesc	row = lookup_rowtype_tupdesc(HeapTupleHeaderGetTypeId(header), HeapTupleHeaderGetTypMod(header));
	bool		nulls[MODEL_COLUMNS];

	Assert(row->natts == MODEL_COLUMNS);
	heap_deform_tuple(&tuple, row, values, nulls);
	ReleaseTupleDesc(row);
	return !nulls[MODEL_COEFFICIENTS] && !nulls[MODEL_MEANS] && !nulls[MODEL_DURATIONS] && !nulls[MODEL_HAZARDS];
}

static const double *
array_numbers(Datum datum, int *count)
{
	ArrayType  *array = DatumGetArrayTypeP(datum);

	*count = ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
	if (ARR_HASNULL(array))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a Cox model has a null among its numbers"),
				 errdetail("Only standard errors may be unknown."),
				 errhint("Take the model from pulse.fit_cox(duration, happened, covariates).")));
	return (const double *) ARR_DATA_PTR(array);
}

/* the logarithm of the hazard against that of a row at the means; false: not known */
static bool
log_hazard_ratio(Datum *model, ArrayType *row, double *ratio)
{
	int			width;
	int			expected;
	int			means_count;
	const double *coefficients = array_numbers(model[MODEL_COEFFICIENTS], &expected);
	const double *means = array_numbers(model[MODEL_MEANS], &means_count);
	const double *covariates = take_covariates(row, &width);

	check_width(width, expected);
	check_width(means_count, expected);
	*ratio = 0;
	for (int i = 0; covariates != NULL && i < width; i++)
		*ratio += coefficients[i] * (covariates[i] - means[i]);
	return covariates != NULL;
}

Datum
sp_hazard_ratio(PG_FUNCTION_ARGS)
{
	Datum		model[MODEL_COLUMNS];
	double		ratio;

	if (!take_model(PG_GETARG_DATUM(0), model) || !log_hazard_ratio(model, PG_GETARG_ARRAYTYPE_P(1), &ratio))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(exp(ratio));
}

/* the cumulative hazard at a duration, of a row at the means */
static double
hazard_until(Datum *model, double duration)
{
	int			steps;
	int			hazard_steps;
	const double *durations = array_numbers(model[MODEL_DURATIONS], &steps);
	const double *hazards = array_numbers(model[MODEL_HAZARDS], &hazard_steps);
	int			low = 0;

	for (int high = Min(steps, hazard_steps); low < high;)
	{
		int			middle = low + (high - low) / 2;

		if (durations[middle] <= duration)
			low = middle + 1;
		else
			high = middle;
	}
	return low == 0 ? 0 : hazards[low - 1];
}

Datum
sp_survival(PG_FUNCTION_ARGS)
{
	Datum		model[MODEL_COLUMNS];
	double		duration = stats_duration(PG_GETARG_FLOAT8(2));
	double		ratio;

	if (!take_model(PG_GETARG_DATUM(0), model) || !log_hazard_ratio(model, PG_GETARG_ARRAYTYPE_P(1), &ratio))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(exp(-hazard_until(model, duration) * exp(ratio)));
}
