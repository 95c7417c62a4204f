/*
 * walk.c
 *	  pulse_internal.walk_health(): a standing through time, from where it was
 *	  last looked at to an instant, and what new data or a new version make of
 *	  it there.
 *
 * Both the refresh and its recomputation are this walk over different starts.
 * Invariant: where it begins makes no difference, as long as no step lies
 * between.
 */
#include "health/health.h"

#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"

enum
{
	ARG_MODEL, ARG_VERSION, ARG_INPUTS, ARG_HELD, ARG_HELD_SINCE, ARG_SINCE,
	ARG_NEW_MODEL, ARG_NEW_VERSION, ARG_NEW_INPUTS, ARG_UNTIL, ARG_OVERRIDE_UNTIL, ARG_IS_GONE
};

enum
{
	COLUMN_STEP, COLUMN_AT, COLUMN_CAUSE, COLUMN_MODEL, COLUMN_VERSION, COLUMN_INPUTS, COLUMN_HEALTH, COLUMN_HELD,
	COLUMN_HELD_SINCE, COLUMN_IS_LAST, COLUMN_DUE_AT, COLUMN_NEXT_CHANGE, N_COLUMNS
};

/* how many changes that do not show are passed over to find one that does */
#define MOST_HIDDEN		100

typedef struct WalkCall
{
	MemoryContext context;
	uint64		changes;
	ReadModel  *models;
} WalkCall;

typedef struct Walk
{
	ReturnSetInfo *result;
	const HealthModel *model;
	Jsonb	   *inputs;
	HealthStanding standing;
	HealthScore score;
	int64		at;
	int			steps;
	const char *cause;			/* of the step to be put next; NULL: none */
	Measure		measures[MODEL_MAX_INPUTS];
	Motion		motions[MODEL_MAX_INPUTS];
} Walk;

static const HealthModel *
kept_model(FunctionCallInfo fcinfo, const char *name, int version)
{
	WalkCall   *call = fcinfo->flinfo->fn_extra;

	if (call == NULL || call->changes != health_model_changes())
	{
		MemoryContext context;

		AcceptInvalidationMessages();
		if (call != NULL)
		{
			fcinfo->flinfo->fn_extra = NULL;
			MemoryContextDelete(call->context);
		}
		context = AllocSetContextCreate(fcinfo->flinfo->fn_mcxt, "salespulse walk", ALLOCSET_SMALL_SIZES);
		call = MemoryContextAllocZero(context, sizeof(WalkCall));
		call->context = context;
		(void) health_model_relid();	/* from here on changes are counted */
		call->changes = health_model_changes();
		fcinfo->flinfo->fn_extra = call;
	}
	return health_read_once(&call->models, name, version, call->context);
}

static const HealthModel *
model_argument(FunctionCallInfo fcinfo, int argument)
{
	return kept_model(fcinfo, text_to_cstring(PG_GETARG_TEXT_PP(argument)), PG_GETARG_INT32(argument + 1));
}

static HealthCourse
course_of(Walk *walk)
{
	return (HealthCourse)
	{
		walk->model, walk->measures, walk->motions, health_day_of
	};
}

/* a band of this name, or -1 */
static int
rank_named(const HealthModel *model, const char *name)
{
	int			rank = model->n_bands - 1;

	while (rank >= 0 && (name == NULL || strcmp(health_band_names[model->bands[rank].band], name) != 0))
		rank--;
	return rank;
}

/* The standing under this model and these inputs, from "at" on. */
static void
enter(Walk *walk, const HealthModel *model, Jsonb *inputs, const char *held, int64 since, int64 at)
{
	HealthCourse course;

	walk->model = model;
	walk->inputs = inputs;
	walk->at = at;
	health_read_inputs(model, inputs, at, walk->measures, walk->motions);
	walk->standing.held = rank_named(model, held);
	walk->standing.since = since;
	course = course_of(walk);
	health_stand(&course, at, &walk->standing, &walk->score);
}

static const char *
held_name(const Walk *walk)
{
	return walk->standing.held < 0 ? NULL : health_band_names[walk->model->bands[walk->standing.held].band];
}

/* when the band that shows changes, which the next step need not bring */
static bool
next_shown(Walk *walk, int64 due_at, int64 *at)
{
	HealthCourse course = course_of(walk);
	HealthStanding standing = walk->standing;
	HealthScore score;

	*at = due_at;
	for (int i = 0; i < MOST_HIDDEN; i++)
	{
		health_stand(&course, *at, &standing, &score);
		if (standing.band != walk->standing.band)
			return true;
		if (!health_next_standing(&course, &standing, *at, health_horizon(walk->at), at))
			return false;
	}
	return false;
}

/* When the row says that it will be another one: still to come? */
static bool
row_due(const Walk *walk, int64 *at)
{
	JsonbValue	value;

	if (walk->inputs == NULL ||
		getKeyJsonValueFromContainer(&walk->inputs->root, HEALTH_DUE_INPUT, strlen(HEALTH_DUE_INPUT), &value) == NULL ||
		value.type != jbvString)
		return false;
	*at = DatumGetTimestamp(DirectFunctionCall3(timestamp_in, CStringGetDatum(pnstrdup(value.val.string.val, value.val.string.len)),
												ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1)));
	return *at > walk->at && !TIMESTAMP_NOT_FINITE(*at);
}

/* "at", unless there is none or it is later */
static void
put_earliest(Datum *value, bool *isnull, int64 at)
{
	if (*isnull || DatumGetTimestampTz(*value) > at)
		*value = TimestampTzGetDatum(at);
	*isnull = false;
}

static void
put_step(Walk *walk, bool is_last)
{
	HealthCourse course = course_of(walk);
	Datum		values[N_COLUMNS] = {0};
	bool		nulls[N_COLUMNS] = {false};
	int64		due_at;
	int64		next_change;

	values[COLUMN_STEP] = Int32GetDatum(walk->steps++);
	values[COLUMN_AT] = TimestampTzGetDatum(walk->at);
	nulls[COLUMN_CAUSE] = walk->cause == NULL;
	if (walk->cause != NULL)
		values[COLUMN_CAUSE] = CStringGetTextDatum(walk->cause);
	values[COLUMN_MODEL] = CStringGetTextDatum(walk->model->name);
	values[COLUMN_VERSION] = Int32GetDatum(walk->model->version);
	nulls[COLUMN_INPUTS] = walk->inputs == NULL;
	if (walk->inputs != NULL)
		values[COLUMN_INPUTS] = JsonbPGetDatum(walk->inputs);
	values[COLUMN_HEALTH] = HealthGetDatum(health_pack(&walk->score));
	nulls[COLUMN_HELD] = nulls[COLUMN_HELD_SINCE] = walk->standing.held < 0;
	if (walk->standing.held >= 0)
	{
		values[COLUMN_HELD] = CStringGetTextDatum(held_name(walk));
		values[COLUMN_HELD_SINCE] = TimestampTzGetDatum(walk->standing.since);
	}
	values[COLUMN_IS_LAST] = BoolGetDatum(is_last);
	nulls[COLUMN_DUE_AT] = !is_last || walk->inputs == NULL ||
		!health_next_standing(&course, &walk->standing, walk->at, health_horizon(walk->at), &due_at);
	nulls[COLUMN_NEXT_CHANGE] = nulls[COLUMN_DUE_AT] || !next_shown(walk, due_at, &next_change);
	if (!nulls[COLUMN_DUE_AT])
		values[COLUMN_DUE_AT] = TimestampTzGetDatum(due_at);
	if (!nulls[COLUMN_NEXT_CHANGE])
		values[COLUMN_NEXT_CHANGE] = TimestampTzGetDatum(next_change);
	if (is_last && row_due(walk, &due_at))
	{
		put_earliest(&values[COLUMN_DUE_AT], &nulls[COLUMN_DUE_AT], due_at);
		put_earliest(&values[COLUMN_NEXT_CHANGE], &nulls[COLUMN_NEXT_CHANGE], due_at);
	}
	tuplestore_putvalues(walk->result->setResult, walk->result->setDesc, values, nulls);
	walk->cause = NULL;
}

/* one more step is known, so the one before is not the last */
static void
begin_step(Walk *walk, const char *cause)
{
	if (walk->cause != NULL)
		put_step(walk, false);
	walk->cause = cause;
}

/* what time alone does until then, and the end of an override on the way */
static void
pass_time(Walk *walk, int64 until, int64 override_until)
{
	for (;;)
	{
		HealthCourse course = course_of(walk);
		int64		at;
		bool		found = health_next_standing(&course, &walk->standing, walk->at, until, &at);
		bool		ends = override_until > walk->at && override_until <= until && (!found || override_until < at);

		if (!found && !ends)
			return;
		begin_step(walk, ends ? "override" : "time");
		walk->at = ends ? override_until : at;
		health_stand(&course, walk->at, &walk->standing, &walk->score);
	}
}

/* the new version, reading what the old one read and, of what is new, the rest */
static void
change_model(Walk *walk, const HealthModel *model, Jsonb *inputs, int64 at)
{
	const char *held = held_name(walk);

	begin_step(walk, "model");
	enter(walk, model, DatumGetJsonbP(DirectFunctionCall2(jsonb_concat, JsonbPGetDatum(inputs), JsonbPGetDatum(walk->inputs))),
		  held, walk->standing.since, at);
}

static void
change_data(Walk *walk, Jsonb *inputs, int64 at)
{
	const char *held = held_name(walk);

	begin_step(walk, "data");
	enter(walk, walk->model, inputs, held, walk->standing.since, at);
}

/* what is read at an instant, of a customer who may be new */
static void
read_anew(Walk *walk, const HealthModel *model, Jsonb *inputs, int64 at)
{
	if (walk->model == NULL)
	{
		begin_step(walk, "data");
		enter(walk, model, inputs, NULL, at, at);
		return;
	}
	if (model != walk->model)
		change_model(walk, model, inputs, at);
	if (!DatumGetBool(DirectFunctionCall2(jsonb_contains, JsonbPGetDatum(walk->inputs), JsonbPGetDatum(inputs))))
		change_data(walk, inputs, at);
}

/* its row is not there any more: nothing is known of it, and nothing due */
static void
leave(Walk *walk, int64 at)
{
	begin_step(walk, "gone");
	walk->inputs = NULL;
	walk->at = at;
}

PG_FUNCTION_INFO_V1(sp_walk_health);

/*
 * (model, version, inputs, held, held_since, since: the standing before, or
 * nulls; new_model, new_version, new_inputs: at "until", or nulls; until,
 * override_until, is_gone: from "until" on)
 */
Datum
sp_walk_health(PG_FUNCTION_ARGS)
{
	int64		until = PG_GETARG_TIMESTAMPTZ(ARG_UNTIL);
	bool		is_new = PG_ARGISNULL(ARG_MODEL);
	Walk		walk = {0};

	InitMaterializedSRF(fcinfo, 0);
	walk.result = (ReturnSetInfo *) fcinfo->resultinfo;
	if (!is_new)
	{
		enter(&walk, model_argument(fcinfo, ARG_MODEL), PG_GETARG_JSONB_P(ARG_INPUTS),
			  PG_ARGISNULL(ARG_HELD) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(ARG_HELD)),
			  PG_ARGISNULL(ARG_HELD_SINCE) ? 0 : PG_GETARG_TIMESTAMPTZ(ARG_HELD_SINCE), PG_GETARG_TIMESTAMPTZ(ARG_SINCE));
		pass_time(&walk, until, PG_ARGISNULL(ARG_OVERRIDE_UNTIL) ? PG_INT64_MIN : PG_GETARG_TIMESTAMPTZ(ARG_OVERRIDE_UNTIL));
	}
	if (!PG_ARGISNULL(ARG_NEW_MODEL))
		read_anew(&walk, model_argument(fcinfo, ARG_NEW_MODEL), PG_GETARG_JSONB_P(ARG_NEW_INPUTS), until);

	/*
	 * the scripts of 0.2.0, which may still be installed, put what is gone
	 * themselves
	 */
	if (!is_new && PG_NARGS() > ARG_IS_GONE && !PG_ARGISNULL(ARG_IS_GONE) && PG_GETARG_BOOL(ARG_IS_GONE))
		leave(&walk, until);
	if (walk.model != NULL)
		put_step(&walk, true);
	return (Datum) 0;
}

static Datum *
array_argument(FunctionCallInfo fcinfo, int argument, int *count)
{
	ArrayType  *array = PG_GETARG_ARRAYTYPE_P(argument);
	int16		length;
	bool		by_value;
	char		align;
	Datum	   *elements;

	get_typlenbyvalalign(ARR_ELEMTYPE(array), &length, &by_value, &align);
	deconstruct_array(array, ARR_ELEMTYPE(array), length, by_value, align, &elements, NULL, count);
	return elements;
}

PG_FUNCTION_INFO_V1(sp_walk_life);

/*
 * (models[], versions[], inputs[], at[], until, held, held_since): from the
 * first reading on, or from one in the midst, where a band was held already
 */
Datum
sp_walk_life(PG_FUNCTION_ARGS)
{
	int			count;
	Datum	   *models = array_argument(fcinfo, 0, &count);
	Datum	   *versions = array_argument(fcinfo, 1, &count);
	Datum	   *inputs = array_argument(fcinfo, 2, &count);
	Datum	   *instants = array_argument(fcinfo, 3, &count);
	Walk		walk = {0};

	InitMaterializedSRF(fcinfo, 0);
	walk.result = (ReturnSetInfo *) fcinfo->resultinfo;
	for (int i = 0; i < count; i++)
	{
		const HealthModel *model = kept_model(fcinfo, TextDatumGetCString(models[i]), DatumGetInt32(versions[i]));
		int64		at = DatumGetTimestampTz(instants[i]);

		if (i > 0)
			pass_time(&walk, at, PG_INT64_MIN);
		if (i == 0 && !PG_ARGISNULL(5))
			enter(&walk, model, DatumGetJsonbP(inputs[i]), text_to_cstring(PG_GETARG_TEXT_PP(5)), PG_GETARG_TIMESTAMPTZ(6), at);
		else
			read_anew(&walk, model, DatumGetJsonbP(inputs[i]), at);
	}
	if (count > 0)
	{
		pass_time(&walk, PG_GETARG_TIMESTAMPTZ(4), PG_INT64_MIN);
		put_step(&walk, true);
	}
	return (Datum) 0;
}

PG_FUNCTION_INFO_V1(sp_score_inputs);

/* (model, version, inputs, at): the plain health then */
Datum
sp_score_inputs(PG_FUNCTION_ARGS)
{
	Walk		walk = {0};
	Measure		measures[MODEL_MAX_INPUTS];
	HealthScore score;

	walk.model = model_argument(fcinfo, 0);
	health_read_inputs(walk.model, PG_GETARG_JSONB_P(2), PG_GETARG_TIMESTAMPTZ(3), measures, walk.motions);
	health_expire(walk.model, measures);
	health_score(walk.model, measures, &score);
	PG_RETURN_HEALTH(health_pack(&score));
}

PG_FUNCTION_INFO_V1(sp_explain_inputs);

/* (model, version, inputs, at, lang): rows as of explain_health() */
Datum
sp_explain_inputs(PG_FUNCTION_ARGS)
{
	const HealthModel *model = model_argument(fcinfo, 0);
	Measure		measures[MODEL_MAX_INPUTS];
	Motion		motions[MODEL_MAX_INPUTS];
	AgeKind		kinds[MODEL_MAX_INPUTS];

	InitMaterializedSRF(fcinfo, 0);
	if (PG_ARGISNULL(2) || PG_ARGISNULL(3))
		return (Datum) 0;
	health_read_inputs(model, PG_GETARG_JSONB_P(2), PG_GETARG_TIMESTAMPTZ(3), measures, motions);
	health_expire(model, measures);
	for (int i = 0; i < model->n_inputs; i++)
		kinds[i] = motions[i].kind;
	health_explain((ReturnSetInfo *) fcinfo->resultinfo, model, measures, kinds, health_language(fcinfo, 4));
	return (Datum) 0;
}
