/*
 * purchase_value.c
 *	  The aggregate pulse.fit_purchases, and what a fitted model says of a
 *	  history: pulse.p_alive and pulse.expected_purchases.
 *
 * A state of the fit holds one entry per history seen, besides those that came
 * in since it was last compacted.
 */
#include "stats/purchase_value.h"

#include <math.h>

#include "access/htup_details.h"
#include "funcapi.h"
#include "libpq/pqformat.h"
#include "stats/value.h"
#include "utils/builtins.h"
#include "utils/typcache.h"

#define FIRST_ROOM		64
#define HISTORY_COLUMNS 3
#define MODEL_COLUMNS	7

enum
{
	MODEL_STATUS, MODEL_CUSTOMERS, MODEL_R, MODEL_ALPHA, MODEL_A, MODEL_B, MODEL_LIKELIHOOD
};

typedef struct FitState
{
	Size		count;
	Size		room;
	PurchaseCount *seen;
} FitState;

PG_FUNCTION_INFO_V1(sp_purchase_fit_add);
PG_FUNCTION_INFO_V1(sp_purchase_fit_combine);
PG_FUNCTION_INFO_V1(sp_purchase_fit_serialize);
PG_FUNCTION_INFO_V1(sp_purchase_fit_deserialize);
PG_FUNCTION_INFO_V1(sp_purchase_fit_final);
PG_FUNCTION_INFO_V1(sp_p_alive);
PG_FUNCTION_INFO_V1(sp_expected_purchases);

/* a row of the composite type that the function returns */
static Datum
row_datum(Datum *values, bool *nulls, FunctionCallInfo fcinfo)
{
	TupleDesc	row;

	if (get_call_result_type(fcinfo, NULL, &row) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "purchase function without its row type");
	return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(row), values, nulls));
}

Datum
purchase_history_datum(const PurchaseHistory *history, FunctionCallInfo fcinfo)
{
	Datum		values[HISTORY_COLUMNS] = {
		Int32GetDatum(history->repeats), Float8GetDatum(history->recency), Float8GetDatum(history->age)
	};
	bool		nulls[HISTORY_COLUMNS] = {false};

	return row_datum(values, nulls, fcinfo);
}

/* the columns of a composite argument; false: one that is needed is null */
static bool
take_row(Datum composite, Datum *values, bool *nulls, int columns, int first_needed)
{
	HeapTupleHeader header = DatumGetHeapTupleHeader(composite);
	HeapTupleData tuple = {.t_len = HeapTupleHeaderGetDatumLength(header),.t_data = header};
	TupleDesc	row = lookup_rowtype_tupdesc(HeapTupleHeaderGetTypeId(header), HeapTupleHeaderGetTypMod(header));

	Assert(row->natts == columns);
	heap_deform_tuple(&tuple, row, values, nulls);
	ReleaseTupleDesc(row);
	for (int i = first_needed; i < columns; i++)
		if (nulls[i])
			return false;
	return true;
}

static bool
take_history(Datum composite, PurchaseHistory *history)
{
	Datum		values[HISTORY_COLUMNS];
	bool		nulls[HISTORY_COLUMNS];

	if (!take_row(composite, values, nulls, HISTORY_COLUMNS, 0))
		return false;
	history->repeats = DatumGetInt32(values[0]);
	history->recency = DatumGetFloat8(values[1]);
	history->age = DatumGetFloat8(values[2]);
	if (!purchase_history_valid(history))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a purchase history contradicts itself"),
				 errdetail("There are %d repeats, the last %g after the first of %g so far.",
						   history->repeats, history->recency, history->age),
				 errhint("0 <= recency <= age, and recency is 0 exactly when there are no repeats; "
						 "pulse.purchase_history(day, as_of) makes such rows.")));
	return true;
}

static FitState *
new_state(MemoryContext context, Size room)
{
	FitState   *state = MemoryContextAlloc(context, sizeof(FitState));

	state->count = 0;
	state->room = room;
	state->seen = MemoryContextAllocHuge(context, room * sizeof(PurchaseCount));
	return state;
}

static void
compact(FitState *state)
{
	state->count = purchase_compact(state->seen, state->count);
}

static void
append(FitState *state, const PurchaseCount *entry)
{
	if (state->count == state->room)
	{
		compact(state);
		if (state->count > state->room / 2)
		{
			state->room *= 2;
			state->seen = repalloc_huge(state->seen, state->room * sizeof(PurchaseCount));
		}
	}
	state->seen[state->count++] = *entry;
}

static Datum
return_state(FunctionCallInfo fcinfo, FitState *state)
{
	if (state == NULL)
		PG_RETURN_NULL();
	PG_RETURN_POINTER(state);
}

#define GETARG_STATE(n)	(PG_ARGISNULL(n) ? NULL : (FitState *) PG_GETARG_POINTER(n))

Datum
sp_purchase_fit_add(PG_FUNCTION_ARGS)
{
	MemoryContext context = stats_aggregate_context(fcinfo);
	FitState   *state = GETARG_STATE(0);
	PurchaseCount entry = {.customers = 1};

	if (PG_ARGISNULL(1) || !take_history(PG_GETARG_DATUM(1), &entry.history))
		return return_state(fcinfo, state);
	if (state == NULL)
		state = new_state(context, FIRST_ROOM);
	append(state, &entry);
	PG_RETURN_POINTER(state);
}

Datum
sp_purchase_fit_combine(PG_FUNCTION_ARGS)
{
	MemoryContext context = stats_aggregate_context(fcinfo);
	FitState   *state = GETARG_STATE(0);
	FitState   *other = GETARG_STATE(1);

	if (other == NULL)
		return return_state(fcinfo, state);
	if (state == NULL)
		state = new_state(context, FIRST_ROOM);
	for (Size i = 0; i < other->count; i++)
		append(state, &other->seen[i]);
	PG_RETURN_POINTER(state);
}

/* between processes of one server, which agree on the layout of a struct */
Datum
sp_purchase_fit_serialize(PG_FUNCTION_ARGS)
{
	FitState   *state = (FitState *) PG_GETARG_POINTER(0);
	StringInfoData buffer;

	(void) stats_aggregate_context(fcinfo);
	compact(state);
	pq_begintypsend(&buffer);
	pq_sendbytes(&buffer, (char *) state->seen, state->count * sizeof(PurchaseCount));
	PG_RETURN_BYTEA_P(pq_endtypsend(&buffer));
}

Datum
sp_purchase_fit_deserialize(PG_FUNCTION_ARGS)
{
	bytea	   *bytes = PG_GETARG_BYTEA_PP(0);
	Size		count = VARSIZE_ANY_EXHDR(bytes) / sizeof(PurchaseCount);
	FitState   *state;

	(void) stats_aggregate_context(fcinfo);
	state = new_state(CurrentMemoryContext, Max(count, 1));
	memcpy(state->seen, VARDATA_ANY(bytes), count * sizeof(PurchaseCount));
	state->count = count;
	PG_RETURN_POINTER(state);
}

static const char *
status_name(PurchaseStatus status)
{
	switch (status)
	{
		case PURCHASE_OK:
			return "ok";
		case PURCHASE_NO_REPEATS:
			return "no_repeats";
		case PURCHASE_AT_BOUND:
			return "at_bound";
	}
	return NULL;				/* there is no other */
}

Datum
sp_purchase_fit_final(PG_FUNCTION_ARGS)
{
	FitState   *state = GETARG_STATE(0);
	PurchaseModel model;
	int64		customers = 0;
	Datum		values[MODEL_COLUMNS];
	bool		nulls[MODEL_COLUMNS] = {false};

	if (state == NULL)
		PG_RETURN_NULL();
	compact(state);
	purchase_fit(state->seen, state->count, &model);
	for (Size i = 0; i < state->count; i++)
		customers += state->seen[i].customers;
	values[MODEL_STATUS] = CStringGetTextDatum(status_name(model.status));
	values[MODEL_CUSTOMERS] = Int64GetDatum(customers);
	values[MODEL_R] = Float8GetDatum(model.r);
	values[MODEL_ALPHA] = Float8GetDatum(model.alpha);
	values[MODEL_A] = Float8GetDatum(model.a);
	values[MODEL_B] = Float8GetDatum(model.b);
	values[MODEL_LIKELIHOOD] = Float8GetDatum(model.log_likelihood);
	for (int i = MODEL_R; i < MODEL_COLUMNS; i++)
		nulls[i] = model.status == PURCHASE_NO_REPEATS;
	return row_datum(values, nulls, fcinfo);
}

/* false: the model has no parameters */
static bool
take_model(Datum composite, PurchaseModel *model)
{
	Datum		values[MODEL_COLUMNS];
	bool		nulls[MODEL_COLUMNS];
	double	   *parameters[] = {&model->r, &model->alpha, &model->a, &model->b};

	(void) take_row(composite, values, nulls, MODEL_COLUMNS, MODEL_R);
	for (int i = 0; i < lengthof(parameters); i++)
	{
		if (nulls[MODEL_R + i])
			return false;
		*parameters[i] = DatumGetFloat8(values[MODEL_R + i]);
		if (!(*parameters[i] > 0) || isinf(*parameters[i]))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("a parameter of a purchase model is not a positive number"),
					 errdetail("r, alpha, a and b are above 0."),
					 errhint("Take the model from pulse.fit_purchases(history).")));
	}
	return true;
}

Datum
sp_p_alive(PG_FUNCTION_ARGS)
{
	PurchaseModel model;
	PurchaseHistory history;

	if (!take_model(PG_GETARG_DATUM(0), &model) || !take_history(PG_GETARG_DATUM(1), &history))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(purchase_alive(&model, &history));
}

Datum
sp_expected_purchases(PG_FUNCTION_ARGS)
{
	PurchaseModel model;
	PurchaseHistory history;
	double		span = PG_GETARG_FLOAT8(2);
	double		expected;

	if (!(span >= 0) || isinf(span))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a span of time is negative or not a finite number"),
				 errdetail("It is how far to look ahead, in the unit of the histories."),
				 errhint("Type for instance pulse.expected_purchases(model, history, 90).")));
	if (!take_model(PG_GETARG_DATUM(0), &model) || !take_history(PG_GETARG_DATUM(1), &history))
		PG_RETURN_NULL();
	expected = purchase_expected(&model, &history, span);
	if (!isfinite(expected))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("the expected purchases are out of range"),
				 errdetail("The parameters are too far apart for a span of %g.", span),
				 errhint("Take the model from pulse.fit_purchases(history), and a shorter span.")));
	PG_RETURN_FLOAT8(expected);
}
