/*
 * transition.c
 *	  One row into the state of pulse.aging.
 *
 * This is called for every open item there is, so the usual row takes a few
 * comparisons and one addition; whatever is unusual leaves by a function of
 * its own.  Invariant: within one call of an aggregate, equal edges are one
 * pointer, so "the edges differ" is one comparison.
 */
#include "aging/aging.h"

#include "aging/numeric_value.h"
#include "nodes/primnodes.h"
#include "types/amount.h"
#include "utils/date.h"

enum
{
	ARG_STATE, ARG_AMOUNT, ARG_DUE, ARG_AS_OF, ARG_EDGES, ARG_RULE
};

typedef struct EdgeSet
{
	struct EdgeSet *next;
	AgingEdges	edges;
} EdgeSet;

/* in fn_extra: what one aggregate of one query remembers between rows */
typedef struct AgingCall
{
	EdgeSet    *sets;			/* every set seen, the latest first */
	bool		constant;		/* edges and rule cannot change from row to
								 * row */
} AgingCall;

static bool
edges_are_constant(FunctionCallInfo fcinfo)
{
	Aggref	   *aggref = AggGetAggref(fcinfo);

	if (aggref == NULL)
		return false;
	for (int i = ARG_EDGES - 1; i < list_length(aggref->args); i++)
		if (!IsA(((TargetEntry *) list_nth(aggref->args, i))->expr, Const))
			return false;
	return true;
}

static void
read_arguments(FunctionCallInfo fcinfo, AgingEdges *edges)
{
	AgingRule	rule = {0};
	ArrayType  *array;

	if (PG_ARGISNULL(ARG_EDGES) || (PG_NARGS() > ARG_RULE && PG_ARGISNULL(ARG_RULE)))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("edges and rule must not be null"),
				 errdetail("They say where the buckets of an aging profile end and what goes into them."),
				 errhint("Type ARRAY[30, 60, 90] and 'inclusive', or leave the arguments out.")));
	if (PG_NARGS() > ARG_RULE)
		read_rule(PG_GETARG_TEXT_PP(ARG_RULE), &rule);
	array = PG_GETARG_ARRAYTYPE_P(ARG_EDGES);
	read_edges(array, &rule, edges);
	PG_FREE_IF_COPY(array, ARG_EDGES);
}

static const AgingEdges *
intern_edges(FunctionCallInfo fcinfo)
{
	AgingCall  *call = (AgingCall *) fcinfo->flinfo->fn_extra;
	MemoryContext context = fcinfo->flinfo->fn_mcxt;
	AgingEdges	edges;
	EdgeSet    *set;

	if (call == NULL)
	{
		call = MemoryContextAllocZero(context, sizeof(AgingCall));
		call->constant = edges_are_constant(fcinfo);
		fcinfo->flinfo->fn_extra = call;
	}
	read_arguments(fcinfo, &edges);
	for (set = call->sets; set != NULL; set = set->next)
		if (aging_edges_equal(&set->edges, &edges))
			return &set->edges;
	set = MemoryContextAlloc(context, sizeof(EdgeSet));
	set->edges = edges;
	set->next = call->sets;
	call->sets = set;
	return &set->edges;
}

static inline const AgingEdges *
call_edges(FunctionCallInfo fcinfo)
{
	AgingCall  *call = (AgingCall *) fcinfo->flinfo->fn_extra;

	if (PG_NARGS() == ARG_EDGES)
		return &aging_default_edges;
	if (call != NULL && call->constant)
		return &call->sets->edges;
	return intern_edges(fcinfo);
}

/* The first row of a group, or a row that does not belong into it. */
static Profile *
unusual_state(FunctionCallInfo fcinfo, Profile *state, const AgingEdges *edges,
			  int currency)
{
	int32		as_of;

	if (PG_ARGISNULL(ARG_AS_OF))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("as_of must not be null"),
				 errdetail("Days past due are counted from the due date to as_of."),
				 errhint("Type a date such as date '2026-06-30'.")));
	as_of = PG_GETARG_DATEADT(ARG_AS_OF);
	if (state == NULL)
		return aging_state_new(fcinfo, edges, as_of, currency);
	if (state->as_of != as_of || state->currency != currency ||
		!aging_edges_equal(state->edges, edges))
		report_mismatch(state, currency, as_of, edges);
	return state;
}

/* the state that the row's amount is to be added to */
static inline Profile *
row_state(FunctionCallInfo fcinfo, int currency)
{
	Profile    *state = PG_ARGISNULL(ARG_STATE) ? NULL : (Profile *) PG_GETARG_POINTER(ARG_STATE);
	const AgingEdges *edges = call_edges(fcinfo);

	if (likely(state != NULL && !PG_ARGISNULL(ARG_AS_OF) &&
			   state->as_of == PG_GETARG_DATEADT(ARG_AS_OF) &&
			   state->edges == edges && state->currency == currency))
		return state;
	return unusual_state(fcinfo, state, edges, currency);
}

/* without a due date nothing is past due */
static inline int64
row_age(FunctionCallInfo fcinfo, const Profile *state)
{
	return PG_ARGISNULL(ARG_DUE) ? AGING_NO_START + 1 : aging_age(state->as_of, PG_GETARG_DATEADT(ARG_DUE));
}

/* A row without an amount leaves the state as it was. */
#define RETURN_UNCHANGED_STATE() \
	do { \
		if (PG_ARGISNULL(ARG_STATE)) \
			PG_RETURN_NULL(); \
		PG_RETURN_DATUM(PG_GETARG_DATUM(ARG_STATE)); \
	} while (0)

PG_FUNCTION_INFO_V1(sp_aging_add_amount);
PG_FUNCTION_INFO_V1(sp_aging_add_numeric);

Datum
sp_aging_add_amount(PG_FUNCTION_ARGS)
{
	Amount		amount;
	int64		units;
	Profile    *state;

	if (PG_ARGISNULL(ARG_AMOUNT))
		RETURN_UNCHANGED_STATE();
	amount = PG_GETARG_AMOUNT(ARG_AMOUNT);
	units = amount_units(amount);
	state = row_state(fcinfo, amount_currency(amount));
	/* 128 bits hold 2^74 of the largest amounts: no check */
	state->figures[aging_figure(state->edges, row_age(fcinfo, state), units < 0)] += units;
	PG_RETURN_POINTER(state);
}

/*
 * A value with more digits than the quick way takes, or finer than the state.
 * It is decoded again, so that in the usual row nothing has an address.
 */
static Wide
unusual_units(Profile *state, const struct varlena *datum)
{
	NumericValue value = numeric_value(datum);
	int			places = state->scale / 4;
	Wide		units;

	if (value.special)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("an open amount is not a finite number"),
				 errdetail("NaN and infinity cannot be aged."),
				 errhint("Leave them out with FILTER (WHERE open_amount < 'Infinity').")));
	if (value.ndigits > 0 && -value.exponent > places)
	{
		places = -value.exponent;
		if (places * 4 > DECIMAL_MAX_SCALE || !aging_profile_rescale(state, places * 4))
			report_total_overflow();
	}
	if (!numeric_units(&value, places, &units))
		report_total_overflow();
	return units;
}

/* in units of the state's scale, which it may make finer */
Wide
aging_numeric_units(Profile *state, const struct varlena *datum)
{
	NumericValue value = numeric_value(datum);

	if (numeric_is_quick(&value, state->scale / 4))
		return numeric_quick_units(&value, state->scale / 4);
	return unusual_units(state, datum);
}

Datum
sp_aging_add_numeric(PG_FUNCTION_ARGS)
{
	struct varlena *datum;
	NumericValue value;
	Profile    *state;
	Wide		units;
	int			figure;

	if (PG_ARGISNULL(ARG_AMOUNT))
		RETURN_UNCHANGED_STATE();
	datum = PG_GETARG_VARLENA_PP(ARG_AMOUNT);
	value = numeric_value(datum);
	state = row_state(fcinfo, 0);
	if (likely(numeric_is_quick(&value, state->scale / 4)))
		units = numeric_quick_units(&value, state->scale / 4);
	else
		units = unusual_units(state, datum);
	if (unlikely(value.scale > state->shown))
		state->shown = Min(value.scale, DECIMAL_MAX_SCALE);
	figure = aging_figure(state->edges, row_age(fcinfo, state), units < 0);
	if (unlikely(!decimal_add(&state->figures[figure], units)))
		report_total_overflow();
	PG_FREE_IF_COPY(datum, ARG_AMOUNT);
	PG_RETURN_POINTER(state);
}
