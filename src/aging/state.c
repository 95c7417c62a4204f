/*
 * state.c
 *	  States of the aging aggregates: made, combined, handed over, finished.
 *
 * A state is a Profile in the aggregate's context.  Invariant: NULL stands for
 * a group without a row that counts, and finishing changes no state.
 */
#include "aging/aging.h"

#include "lib/stringinfo.h"
#include "libpq/pqformat.h"
#include "types/amount.h"

static MemoryContext
aggregate_context(FunctionCallInfo fcinfo)
{
	MemoryContext context;

	if (!AggCheckCallContext(fcinfo, &context))
		elog(ERROR, "aging support function called in non-aggregate context");
	return context;
}

/*
 * Amounts are counted in their minor units, plain numbers in units of a power
 * of 10000, as the digits of numeric are; what numbers show, their rows say.
 */
Profile *
aging_state_new(FunctionCallInfo fcinfo, const AgingEdges *edges, int32 as_of, int currency)
{
	Profile    *state = MemoryContextAlloc(aggregate_context(fcinfo), PROFILE_SIZE(edges));

	check_as_of(as_of);
	if (currency != 0)
		aging_profile_init(state, edges, as_of, currency, currency_by_number(currency)->digits);
	else
	{
		aging_profile_init(state, edges, as_of, 0, 4);
		state->shown = 0;
	}
	return state;
}

/* a copy with edges of its own: the other state is short-lived */
static Profile *
copy_state(MemoryContext context, const Profile *state)
{
	Profile    *copy = MemoryContextAlloc(context, PROFILE_SIZE(state->edges));

	memcpy(copy, state, PROFILE_SIZE(state->edges));
	if (state->edges != &aging_default_edges)
	{
		AgingEdges *edges = MemoryContextAlloc(context, sizeof(AgingEdges));

		*edges = *state->edges;
		copy->edges = aging_edges_equal(edges, &aging_default_edges) ? &aging_default_edges : edges;
	}
	return copy;
}

PG_FUNCTION_INFO_V1(sp_aging_combine);
PG_FUNCTION_INFO_V1(sp_aging_serialize);
PG_FUNCTION_INFO_V1(sp_aging_deserialize);
PG_FUNCTION_INFO_V1(sp_aging_final);
PG_FUNCTION_INFO_V1(sp_aging_add_profile);

/* the state with a profile added; the profile is short-lived and copied out of */
static Profile *
add_to_state(MemoryContext context, Profile *state, const Profile *added)
{
	if (state == NULL)
		return copy_state(context, added);
	merge_profiles(state, added);
	return state;
}

static Profile *
state_argument(FunctionCallInfo fcinfo)
{
	return PG_ARGISNULL(0) ? NULL : (Profile *) PG_GETARG_POINTER(0);
}

Datum
sp_aging_combine(PG_FUNCTION_ARGS)
{
	MemoryContext context = aggregate_context(fcinfo);
	Profile    *state = state_argument(fcinfo);

	if (!PG_ARGISNULL(1))
		state = add_to_state(context, state, (Profile *) PG_GETARG_POINTER(1));
	if (state == NULL)
		PG_RETURN_NULL();
	PG_RETURN_POINTER(state);
}

Datum
sp_aging_serialize(PG_FUNCTION_ARGS)
{
	StringInfoData buffer;

	(void) aggregate_context(fcinfo);
	pq_begintypsend(&buffer);
	aging_profile_send(&buffer, (Profile *) PG_GETARG_POINTER(0));
	PG_RETURN_BYTEA_P(pq_endtypsend(&buffer));
}

Datum
sp_aging_deserialize(PG_FUNCTION_ARGS)
{
	bytea	   *bytes = PG_GETARG_BYTEA_PP(0);
	StringInfoData buffer;
	Profile    *state;

	(void) aggregate_context(fcinfo);
	initStringInfo(&buffer);
	appendBinaryStringInfo(&buffer, VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes));
	state = aging_profile_receive(&buffer);
	pq_getmsgend(&buffer);
	PG_RETURN_POINTER(state);
}

Datum
sp_aging_final(PG_FUNCTION_ARGS)
{
	(void) aggregate_context(fcinfo);
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	PG_RETURN_PROFILE((Profile *) PG_GETARG_POINTER(0));
}

/* transition of sum(aging_profile) */
Datum
sp_aging_add_profile(PG_FUNCTION_ARGS)
{
	MemoryContext context = aggregate_context(fcinfo);
	Profile    *state = state_argument(fcinfo);

	if (!PG_ARGISNULL(1))
		state = add_to_state(context, state, PG_GETARG_PROFILE(1));
	if (state == NULL)
		PG_RETURN_NULL();
	PG_RETURN_POINTER(state);
}
