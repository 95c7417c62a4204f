/*
 * purchase_history.c
 *	  The aggregate pulse.purchase_history(day, as_of): a customer's purchases
 *	  as the BG/NBD model sees them.
 *
 * Several purchases on one day are one.  Invariant: a state holds the days up
 * to as_of that came in, sorted and each once up to "sorted", as they came
 * behind it; NULL stands for none.
 */
#include "base/base.h"

#include "catalog/pg_type.h"
#include "funcapi.h"
#include "libpq/pqformat.h"
#include "stats/purchase_value.h"
#include "stats/value.h"
#include "utils/date.h"

#define FIRST_ROOM	16

typedef struct DayState
{
	DateADT		as_of;
	int			count;
	int			room;
	DateADT    *days;
} DayState;

PG_FUNCTION_INFO_V1(sp_purchase_days_add);
PG_FUNCTION_INFO_V1(sp_purchase_days_combine);
PG_FUNCTION_INFO_V1(sp_purchase_days_serialize);
PG_FUNCTION_INFO_V1(sp_purchase_days_deserialize);
PG_FUNCTION_INFO_V1(sp_purchase_days_final);

static DayState *
new_state(MemoryContext context, DateADT as_of, int room)
{
	DayState   *state = MemoryContextAlloc(context, sizeof(DayState));

	state->as_of = as_of;
	state->count = 0;
	state->room = room;
	state->days = MemoryContextAlloc(context, room * sizeof(DateADT));
	return state;
}

static int
compare_days(const void *left, const void *right)
{
	DateADT		a = *(const DateADT *) left;
	DateADT		b = *(const DateADT *) right;

	return (a > b) - (a < b);
}

static void
compact(DayState *state)
{
	int			kept = 0;

	qsort(state->days, state->count, sizeof(DateADT), compare_days);
	for (int i = 0; i < state->count; i++)
		if (kept == 0 || state->days[kept - 1] != state->days[i])
			state->days[kept++] = state->days[i];
	state->count = kept;
}

static void
append(DayState *state, DateADT day)
{
	if (state->count == state->room)
	{
		compact(state);
		if (state->count > state->room / 2)
		{
			state->room *= 2;
			state->days = repalloc(state->days, state->room * sizeof(DateADT));
		}
	}
	state->days[state->count++] = day;
}

static void
check_as_of(const DayState *state, DateADT as_of)
{
	if (state->as_of != as_of)
		ereport(ERROR,
				(errcode(ERRCODE_SP_VARYING_ARGUMENT),
				 errmsg("as_of varies within a group"),
				 errdetail("One history is what is known at one date."),
				 errhint("Group by it, or give one date for all rows.")));
}

Datum
sp_purchase_days_add(PG_FUNCTION_ARGS)
{
	MemoryContext context = stats_aggregate_context(fcinfo);
	DayState   *state = PG_ARGISNULL(0) ? NULL : (DayState *) PG_GETARG_POINTER(0);

	if (!PG_ARGISNULL(1) && !PG_ARGISNULL(2))
	{
		DateADT		day = PG_GETARG_DATEADT(1);
		DateADT		as_of = PG_GETARG_DATEADT(2);

		if (DATE_NOT_FINITE(day) || DATE_NOT_FINITE(as_of))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("a day of purchase is infinite"),
					 errdetail("A history is counted in days, from the first purchase to as_of."),
					 errhint("Leave such rows out with FILTER (WHERE isfinite(day)).")));
		if (state == NULL)
			state = new_state(context, as_of, FIRST_ROOM);
		check_as_of(state, as_of);
		if (day <= as_of)
			append(state, day);
	}
	if (state == NULL)
		PG_RETURN_NULL();
	PG_RETURN_POINTER(state);
}

Datum
sp_purchase_days_combine(PG_FUNCTION_ARGS)
{
	MemoryContext context = stats_aggregate_context(fcinfo);
	DayState   *state = PG_ARGISNULL(0) ? NULL : (DayState *) PG_GETARG_POINTER(0);
	DayState   *other = PG_ARGISNULL(1) ? NULL : (DayState *) PG_GETARG_POINTER(1);

	if (other != NULL)
	{
		if (state == NULL)
			state = new_state(context, other->as_of, FIRST_ROOM);
		check_as_of(state, other->as_of);
		for (int i = 0; i < other->count; i++)
			append(state, other->days[i]);
	}
	if (state == NULL)
		PG_RETURN_NULL();
	PG_RETURN_POINTER(state);
}

Datum
sp_purchase_days_serialize(PG_FUNCTION_ARGS)
{
	DayState   *state = (DayState *) PG_GETARG_POINTER(0);
	StringInfoData buffer;

	(void) stats_aggregate_context(fcinfo);
	compact(state);
	pq_begintypsend(&buffer);
	pq_sendint32(&buffer, state->as_of);
	pq_sendint32(&buffer, state->count);
	pq_sendbytes(&buffer, (char *) state->days, state->count * sizeof(DateADT));
	PG_RETURN_BYTEA_P(pq_endtypsend(&buffer));
}

Datum
sp_purchase_days_deserialize(PG_FUNCTION_ARGS)
{
	bytea	   *bytes = PG_GETARG_BYTEA_PP(0);
	StringInfoData buffer;
	DayState   *state;
	DateADT		as_of;
	int			count;

	(void) stats_aggregate_context(fcinfo);
	initStringInfo(&buffer);
	appendBinaryStringInfo(&buffer, VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes));
	as_of = pq_getmsgint(&buffer, 4);
	count = pq_getmsgint(&buffer, 4);
	state = new_state(CurrentMemoryContext, as_of, Max(count, 1));
	pq_copymsgbytes(&buffer, (char *) state->days, count * sizeof(DateADT));
	state->count = count;
	pq_getmsgend(&buffer);
	PG_RETURN_POINTER(state);
}

Datum
sp_purchase_days_final(PG_FUNCTION_ARGS)
{
	DayState   *state = PG_ARGISNULL(0) ? NULL : (DayState *) PG_GETARG_POINTER(0);
	PurchaseHistory history;

	if (state == NULL || state->count == 0)
		PG_RETURN_NULL();
	compact(state);
	history.repeats = state->count - 1;
	history.recency = state->days[state->count - 1] - state->days[0];
	history.age = state->as_of - state->days[0];
	PG_RETURN_DATUM(purchase_history_datum(&history, fcinfo));
}
