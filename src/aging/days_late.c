/*
 * days_late.c
 *	  pulse.weighted_days_late: days from due to paid, weighted by amount.
 *
 * The state is a profile without edges, of which two figures are used: the sum
 * of amount x days, and the sum of amounts.  So it is combined and handed over
 * as the states of aging are.
 */
#include "aging/aging.h"

#include "access/htup_details.h"
#include "aging/numeric_value.h"
#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/fmgrprotos.h"

PG_FUNCTION_INFO_V1(sp_days_late_add);
PG_FUNCTION_INFO_V1(sp_days_late_final);

enum
{
	ARG_STATE, ARG_AMOUNT, ARG_DUE, ARG_PAID
};

enum
{
	FIGURE_PRODUCT, FIGURE_AMOUNT
};

static const AgingEdges no_edges = {0, 0, {0}};

static int64
days_late(DateADT due, DateADT paid)
{
	if (DATE_NOT_FINITE(due) || DATE_NOT_FINITE(paid))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("a due date or a date of payment is infinite"),
				 errdetail("Days from one to the other cannot be counted."),
				 errhint("Leave such rows out with FILTER (WHERE isfinite(due) AND isfinite(paid)).")));
	return (int64) paid - due;
}

Datum
sp_days_late_add(PG_FUNCTION_ARGS)
{
	Profile    *state = PG_ARGISNULL(ARG_STATE) ? NULL : (Profile *) PG_GETARG_POINTER(ARG_STATE);
	struct varlena *datum;
	Wide		units;
	__int128	product;

	if (PG_ARGISNULL(ARG_AMOUNT) || PG_ARGISNULL(ARG_DUE) || PG_ARGISNULL(ARG_PAID))
	{
		if (state == NULL)
			PG_RETURN_NULL();
		PG_RETURN_POINTER(state);
	}
	if (state == NULL)
		state = aging_state_new(fcinfo, &no_edges, 0, 0);
	datum = PG_GETARG_VARLENA_PP(ARG_AMOUNT);
	units = aging_numeric_units(state, datum);
	if (__builtin_mul_overflow((__int128) units, (__int128) days_late(PG_GETARG_DATEADT(ARG_DUE), PG_GETARG_DATEADT(ARG_PAID)), &product) ||
		!decimal_add(&state->figures[FIGURE_PRODUCT], product) ||
		!decimal_add(&state->figures[FIGURE_AMOUNT], units))
		report_total_overflow();
	PG_FREE_IF_COPY(datum, ARG_AMOUNT);
	PG_RETURN_POINTER(state);
}

Datum
sp_days_late_final(PG_FUNCTION_ARGS)
{
	Profile    *state = PG_ARGISNULL(0) ? NULL : (Profile *) PG_GETARG_POINTER(0);
	TupleDesc	row;
	Wide		amount;
	Datum		values[2];
	bool		nulls[2] = {false};

	if (state == NULL)
		PG_RETURN_NULL();
	if (get_call_result_type(fcinfo, NULL, &row) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "a metric is a composite");
	amount = state->figures[FIGURE_AMOUNT];
	nulls[0] = amount <= 0;
	values[0] = nulls[0] ? (Datum) 0 :
		DirectFunctionCall2(numeric_div, numeric_of_units(state->figures[FIGURE_PRODUCT], 0),
							numeric_of_units(amount, 0));
	values[1] = CStringGetTextDatum(amount > 0 ? "ok" : amount == 0 ? "no_receivable" : "negative");
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(row), values, nulls)));
}
