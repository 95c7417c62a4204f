/*
 * parents.c
 *	  pulse_internal.parent_turn(): when the band of a parent will change, from
 *	  the stored inputs of its children; health/parents.c looks for it.
 *
 * An aggregate, for its state holds the children of one parent only.  Models are
 * read once per statement, which has one snapshot, and live as long as it.
 */
#include "health/health.h"

#include "health/parents.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"

enum
{
	ARG_STATE, ARG_BANDS, ARG_MODEL, ARG_VERSION, ARG_INPUTS, ARG_WEIGHT, ARG_SET_SCORE, ARG_SET_UNTIL, ARG_SINCE, ARG_UNTIL
};

typedef struct ParentState
{
	const HealthModel *bands;
	int64		since;
	int64		until;
	int			count;
	int			room;
	HealthChild *children;
} ParentState;

/* version 0: the one in force */
static const HealthModel *
read_model(FunctionCallInfo fcinfo, int argument, int version)
{
	ReadModel  *models = fcinfo->flinfo->fn_extra;
	const HealthModel *model = health_read_once(&models, text_to_cstring(PG_GETARG_TEXT_PP(argument)), version,
												fcinfo->flinfo->fn_mcxt);

	fcinfo->flinfo->fn_extra = models;
	return model;
}

static int64
weight_of(Datum weight)
{
	Measure		measure = {0, false};

	read_numeric_measure(weight, &measure);
	return measure.missing ? 0 : Max(measure.value, 0);
}

/* an override's, to two decimals */
static int
hundredths_of(Datum score)
{
	Measure		measure = {0, false};

	read_numeric_measure(score, &measure);
	return (int) (measure.value / (CURVE_UNIT / 100));
}

static void *
copied(MemoryContext context, const void *from, Size size)
{
	return memcpy(MemoryContextAlloc(context, Max(size, 1)), from, size);
}

static HealthCourse
read_course(const HealthModel *model, Jsonb *inputs, int64 at, MemoryContext context)
{
	Measure		measures[MODEL_MAX_INPUTS];
	Motion		motions[MODEL_MAX_INPUTS];

	health_read_inputs(model, inputs, at, measures, motions);
	return (HealthCourse)
	{
		model, copied(context, measures, model->n_inputs * sizeof(Measure)),
			copied(context, motions, model->n_inputs * sizeof(Motion)), health_day_of
	};
}

static HealthChild *
new_child(ParentState *state)
{
	if (state->count == state->room)
	{
		state->room *= 2;
		state->children = repalloc_huge(state->children, state->room * sizeof(HealthChild));
	}
	return &state->children[state->count++];
}

static ParentState *
parent_state(FunctionCallInfo fcinfo, MemoryContext context)
{
	ParentState *state;

	if (!PG_ARGISNULL(ARG_STATE))
		return (ParentState *) PG_GETARG_POINTER(ARG_STATE);
	state = MemoryContextAlloc(context, sizeof(ParentState));
	state->bands = read_model(fcinfo, ARG_BANDS, 0);
	state->since = PG_GETARG_TIMESTAMPTZ(ARG_SINCE);
	state->until = Min(PG_GETARG_TIMESTAMPTZ(ARG_UNTIL), health_horizon(state->since));
	state->count = 0;
	state->room = 8;
	state->children = MemoryContextAlloc(context, state->room * sizeof(HealthChild));
	return state;
}

PG_FUNCTION_INFO_V1(sp_parent_turn_add);

/*
 * (state, bands: the model that has them; model, version, inputs of a child;
 * weight; set_score, set_until: of an override, or nulls; since, until)
 */
Datum
sp_parent_turn_add(PG_FUNCTION_ARGS)
{
	MemoryContext context;
	ParentState *state;
	HealthChild *child;
	const HealthModel *model;

	if (!AggCheckCallContext(fcinfo, &context))
		elog(ERROR, "parent_turn() is an aggregate");
	state = parent_state(fcinfo, context);
	model = read_model(fcinfo, ARG_MODEL, PG_GETARG_INT32(ARG_VERSION));
	child = new_child(state);
	child->course = read_course(model, PG_GETARG_JSONB_P(ARG_INPUTS), state->since, context);
	child->weight = weight_of(PG_GETARG_DATUM(ARG_WEIGHT));
	child->set_score = PG_ARGISNULL(ARG_SET_SCORE) ? HEALTH_UNKNOWN : hundredths_of(PG_GETARG_DATUM(ARG_SET_SCORE));
	child->set_until = PG_ARGISNULL(ARG_SET_UNTIL) ? PG_INT64_MAX : PG_GETARG_TIMESTAMPTZ(ARG_SET_UNTIL);
	PG_RETURN_POINTER(state);
}

PG_FUNCTION_INFO_V1(sp_parent_turn);

Datum
sp_parent_turn(PG_FUNCTION_ARGS)
{
	ParentState *state = PG_ARGISNULL(0) ? NULL : (ParentState *) PG_GETARG_POINTER(0);
	int64		at;

	if (state == NULL || !health_parent_next_change(state->bands, state->children, state->count, state->since, state->until, &at))
		PG_RETURN_NULL();
	PG_RETURN_TIMESTAMPTZ(at);
}
