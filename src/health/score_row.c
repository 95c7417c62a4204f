/*
 * score_row.c
 *	  pulse.health(model, row [, as_of]) and what explains it.
 *
 * The model is parsed, and its columns are found in the row's type, once per
 * statement; a row then costs its deforming and the arithmetic.  What a call
 * remembers is dropped when a model changes, the name differs, or the rows
 * come to be of another type.
 */
#include "health/health.h"

#include "access/relation.h"
#include "aging/numeric_value.h"
#include "calendar/daytime.h"
#include "funcapi.h"
#include "health/value.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"

/* how far ahead to look: two hundred years */
#define AHEAD_MOST	(INT64CONST(73050) * USECS_PER_DAY)

typedef struct HealthCall
{
	MemoryContext context;		/* of all that follows */
	const HealthModel *model;
	uint64		changes;		/* when the model was read */
	bool		name_is_stable;
	MeasureReader *reader;
	bool		moves;			/* some input is a date or instant */
	HealthInstant instant;
	Measure    *measures;
} HealthCall;

static bool
same_name(const text *name, const char *other)
{
	size_t		length = VARSIZE_ANY_EXHDR(name);

	return strlen(other) == length && memcmp(VARDATA_ANY(name), other, length) == 0;
}

static HealthCall *
new_call(FunctionCallInfo fcinfo, const char *name)
{
	HealthCall *call = fcinfo->flinfo->fn_extra;
	MemoryContext context;

	AcceptInvalidationMessages();
	if (call != NULL)
	{
		fcinfo->flinfo->fn_extra = NULL;
		MemoryContextDelete(call->context);
	}
	context = AllocSetContextCreate(fcinfo->flinfo->fn_mcxt, "salespulse health", ALLOCSET_SMALL_SIZES);
	call = MemoryContextAllocZero(context, sizeof(HealthCall));
	call->context = context;
	call->name_is_stable = get_fn_expr_arg_stable(fcinfo->flinfo, 0);
	call->model = health_model_load(name, context, false);
	call->changes = health_model_changes();
	call->measures = MemoryContextAlloc(context, call->model->n_inputs * sizeof(Measure));
	fcinfo->flinfo->fn_extra = call;
	return call;
}

/* when to score: the third argument, or the statement's time */
static TimestampTz
call_instant(FunctionCallInfo fcinfo)
{
	TimestampTz at;

	if (PG_NARGS() < 3)
		return sp_statement_clock();
	at = PG_GETARG_TIMESTAMPTZ(2);
	if (TIMESTAMP_NOT_FINITE(at))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("as_of is not finite"),
				 errdetail("Ages are counted to an instant."),
				 errhint("Give a timestamp such as now().")));
	return at;
}

/* model and measures of a call (model text, row record [, as_of timestamptz]) */
static HealthCall *
read_call(FunctionCallInfo fcinfo, HeapTupleHeader row)
{
	HealthCall *call = fcinfo->flinfo->fn_extra;

	if (unlikely(call == NULL || call->changes != health_model_changes() ||
				 (!call->name_is_stable && !same_name(PG_GETARG_TEXT_PP(0), call->model->name))))
		call = new_call(fcinfo, text_to_cstring(PG_GETARG_TEXT_PP(0)));
	if (unlikely(call->reader == NULL || !measure_reader_fits(call->reader, row)))
	{
		call->reader = measure_reader(call->model, HeapTupleHeaderGetTypeId(row),
									  HeapTupleHeaderGetTypMod(row), call->context);
		call->moves = measure_reader_moves(call->reader);
	}
	if (call->moves || PG_NARGS() > 2)
		health_instant_set(&call->instant, call_instant(fcinfo));
	read_measures(call->reader, row, &call->instant, call->measures);
	return call;
}

PG_FUNCTION_INFO_V1(sp_health);
PG_FUNCTION_INFO_V1(sp_next_change);
PG_FUNCTION_INFO_V1(sp_explain_health);
PG_FUNCTION_INFO_V1(sp_check_model);
PG_FUNCTION_INFO_V1(sp_curve_points_of);

Datum
sp_health(PG_FUNCTION_ARGS)
{
	HeapTupleHeader row = PG_GETARG_HEAPTUPLEHEADER(1);
	HealthCall *call = read_call(fcinfo, row);
	HealthScore score;

	health_score(call->model, call->measures, &score);
	PG_FREE_IF_COPY(row, 1);
	PG_RETURN_HEALTH(health_pack(&score));
}

static int64
day_of_instant(int64 at)
{
	return sp_day_of(at);
}

/* (model, row [, as_of]): NULL when the band stays for two hundred years */
Datum
sp_next_change(PG_FUNCTION_ARGS)
{
	HealthCall *call = read_call(fcinfo, PG_GETARG_HEAPTUPLEHEADER(1));
	Motion		motions[MODEL_MAX_INPUTS];
	HealthCourse course = {call->model, call->measures, motions, day_of_instant};
	int64		at;

	if (!call->moves)
		PG_RETURN_NULL();
	read_motions(call->reader, motions);
	if (!health_next_change(&course, call->instant.at,
							Min(call->instant.at + AHEAD_MOST, END_TIMESTAMP - USECS_PER_DAY), &at))
		PG_RETURN_NULL();
	PG_RETURN_TIMESTAMPTZ(at);
}

/* without zeros at the end */
static Datum
numeric_trimmed(int64 millionths)
{
	return DirectFunctionCall1(numeric_trim_scale, numeric_of_units(millionths, 6));
}

static const char *
contribution_status(const HealthDimension *dimension, const Measure *measure, const Measure *measures)
{
	if (dimension->weight == 0)
		return "not counted";
	if (!measure->missing)
		return "measured";
	if (dimension->measured_at != NULL && !measures[dimension->age_input].missing &&
		measures[dimension->age_input].value > dimension->valid)
		return psprintf("expired: %s", missing_policy_names[dimension->missing]);
	return missing_policy_names[dimension->missing];
}

/* a value as people write it: a category, or a number */
static Datum
measure_text(const Measure *measure, const Curve *curve)
{
	if (curve != NULL && curve->kind == CURVE_MAP)
	{
		const CurveName *name = &curve->names[measure->value];

		return PointerGetDatum(cstring_to_text_with_len(name->at, name->length));
	}
	return CStringGetTextDatum(DatumGetCString(DirectFunctionCall1(numeric_out, numeric_trimmed(measure->value))));
}

/* (dimension, column_name, value, points, weight, share, contribution, status) */
static void
put_contribution(ReturnSetInfo *result, const HealthCall *call, int i,
				 const Contribution *part, int64 counted)
{
	const HealthDimension *dimension = &call->model->dimensions[i];
	const Measure *measure = &call->measures[i];
	Datum		values[8];
	bool		nulls[8] = {false};

	values[0] = CStringGetTextDatum(dimension->name);
	values[1] = CStringGetTextDatum(dimension->column);
	nulls[2] = measure->missing;
	values[2] = nulls[2] ? (Datum) 0 : measure_text(measure, &dimension->curve);
	nulls[3] = measure->missing && dimension->missing == MISSING_EXCLUDE;
	values[3] = nulls[3] ? (Datum) 0 : numeric_trimmed(part->points);
	values[4] = numeric_trimmed(dimension->given_weight);
	values[5] = numeric_of_units(counted > 0 ? ((Wide) part->weight * 1000000 + counted / 2) / counted : 0, 6);
	values[6] = numeric_of_hundredths(part->hundredths);
	values[7] = CStringGetTextDatum(contribution_status(dimension, measure, call->measures));
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

/* a veto has no points; its status is the band that it forces, or "no veto" */
static void
put_veto(ReturnSetInfo *result, const HealthCall *call, int i)
{
	const HealthVeto *veto = &call->model->vetoes[i];
	const Measure *measure = &call->measures[call->model->n_dimensions + i];
	bool		holds = health_veto_holds(call->model, call->measures, i);
	Datum		values[8] = {0};
	bool		nulls[8] = {false, false, false, true, true, true, true, false};

	values[0] = CStringGetTextDatum(veto->name);
	values[1] = CStringGetTextDatum(veto->column);
	nulls[2] = measure->missing;
	values[2] = nulls[2] ? (Datum) 0 : measure_text(measure, NULL);
	values[7] = CStringGetTextDatum(holds ? psprintf("veto: %s", health_band_names[veto->band]) : "no veto");
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

Datum
sp_explain_health(PG_FUNCTION_ARGS)
{
	HealthCall *call;
	Contribution *parts;
	HealthScore score;
	int64		counted = 0;

	InitMaterializedSRF(fcinfo, 0);
	call = read_call(fcinfo, PG_GETARG_HEAPTUPLEHEADER(1));
	parts = palloc(call->model->n_dimensions * sizeof(Contribution));
	health_score(call->model, call->measures, &score);
	health_contributions(call->model, call->measures, score.score, parts);
	for (int i = 0; i < call->model->n_dimensions; i++)
		counted += parts[i].weight;
	for (int i = 0; i < call->model->n_dimensions; i++)
		put_contribution((ReturnSetInfo *) fcinfo->resultinfo, call, i, &parts[i], counted);
	for (int i = 0; i < call->model->n_vetoes; i++)
		put_veto((ReturnSetInfo *) fcinfo->resultinfo, call, i);
	return (Datum) 0;
}

static void
put_problem(ReturnSetInfo *result, const char *dimension, const char *problem, const char *hint)
{
	Datum		values[3] = {CStringGetTextDatum(dimension), CStringGetTextDatum(problem),
	CStringGetTextDatum(hint)};
	bool		nulls[3] = {false};

	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

static void
check_input(ReturnSetInfo *result, const HealthInput *input, Oid relid)
{
	AttrNumber	column = get_attnum(relid, input->column);
	const char *hint;

	if (column == InvalidAttrNumber)
	{
		put_problem(result, input->reader,
					psprintf("%s has no column \"%s\"", get_rel_name(relid), input->column),
					"Score a view that has it, or name another column with pulse.alter_model().");
		return;
	}
	hint = measure_type_problem(get_atttype(relid, column), input);
	if (hint != NULL)
		put_problem(result, input->reader,
					psprintf("column \"%s\" is of type %s, which cannot be scored", input->column,
							 format_type_be(get_atttype(relid, column))), hint);
}

/* (model text, relation regclass): what is wrong, as rows */
Datum
sp_check_model(PG_FUNCTION_ARGS)
{
	const HealthModel *model = health_model_load(text_to_cstring(PG_GETARG_TEXT_PP(0)), CurrentMemoryContext, false);
	Oid			relid = PG_GETARG_OID(1);

	InitMaterializedSRF(fcinfo, 0);
	relation_close(relation_open(relid, AccessShareLock), AccessShareLock);
	for (int i = 0; i < model->n_inputs; i++)
		check_input((ReturnSetInfo *) fcinfo->resultinfo, &model->inputs[i], relid);
	return (Datum) 0;
}

/* (curve, value numeric): the points, for those who draw or check a curve */
Datum
sp_curve_points_of(PG_FUNCTION_ARGS)
{
	Curve		curve;
	Measure		measure = {0};
	const char *problem;

	if (!curve_parse(text_to_cstring(PG_GETARG_TEXT_PP(0)), &curve, &problem))
		elog(ERROR, "stored curve does not parse: %s", problem);
	if (curve.kind == CURVE_MAP)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a map gives points to categories, not to numbers"),
				 errdetail("The curve is \"%s\".", text_to_cstring(PG_GETARG_TEXT_PP(0))),
				 errhint("Read its points in the curve itself.")));
	read_numeric_measure(PG_GETARG_DATUM(1), &measure);
	if (measure.missing)
		PG_RETURN_NULL();
	return numeric_trimmed(curve_points(&curve, measure.value));
}
