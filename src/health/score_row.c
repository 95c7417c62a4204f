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
#include "funcapi.h"
#include "health/value.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"

static bool
same_name(const text *name, const char *other)
{
	size_t		length = VARSIZE_ANY_EXHDR(name);

	return strlen(other) == length && memcmp(VARDATA_ANY(name), other, length) == 0;
}

static HealthRowCall *
new_call(FunctionCallInfo fcinfo, const char *name)
{
	HealthRowCall *call = health_call_new(fcinfo, name, 0, sizeof(HealthRowCall));

	call->name_is_stable = get_fn_expr_arg_stable(fcinfo->flinfo, 0);
	fcinfo->flinfo->fn_extra = call;
	return call;
}

/* when to score: the third argument, or the statement's time */
static TimestampTz
call_instant(FunctionCallInfo fcinfo)
{
	TimestampTz at;

	if (PG_NARGS() < 3 || PG_ARGISNULL(2))
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
HealthRowCall *
health_row_call(FunctionCallInfo fcinfo, HeapTupleHeader row)
{
	HealthRowCall *call = fcinfo->flinfo->fn_extra;

	if (unlikely(call == NULL || call->head.changes != health_model_changes() ||
				 (!call->name_is_stable && !same_name(PG_GETARG_TEXT_PP(0), call->head.model->name))))
		call = new_call(fcinfo, text_to_cstring(PG_GETARG_TEXT_PP(0)));
	if (unlikely(call->reader == NULL || !measure_reader_fits(call->reader, row)))
	{
		call->reader = measure_reader(call->head.model, HeapTupleHeaderGetTypeId(row),
									  HeapTupleHeaderGetTypMod(row), call->head.context);
		call->moves = measure_reader_moves(call->reader);
	}
	if (call->moves || PG_NARGS() > 2)
		health_instant_set(&call->instant, call_instant(fcinfo));
	read_measures(call->reader, row, &call->instant, call->head.measures);
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
	HealthRowCall *call = health_row_call(fcinfo, row);
	HealthScore score;

	health_score(call->head.model, call->head.measures, &score);
	PG_FREE_IF_COPY(row, 1);
	PG_RETURN_HEALTH(health_pack(&score));
}

/* (model, row [, as_of]): NULL when the band stays for two hundred years */
Datum
sp_next_change(PG_FUNCTION_ARGS)
{
	HealthRowCall *call = health_row_call(fcinfo, PG_GETARG_HEAPTUPLEHEADER(1));
	Motion		motions[MODEL_MAX_INPUTS];
	HealthCourse course = {call->head.model, call->head.measures, motions, health_day_of};
	int64		at;

	if (!call->moves)
		PG_RETURN_NULL();
	read_motions(call->reader, motions);
	if (!health_next_change(&course, call->instant.at,
							health_horizon(call->instant.at), &at))
		PG_RETURN_NULL();
	PG_RETURN_TIMESTAMPTZ(at);
}

/* (model, row, as_of, lang), the last two of them with defaults */
Datum
sp_explain_health(PG_FUNCTION_ARGS)
{
	HealthRowCall *call;
	AgeKind		kinds[MODEL_MAX_INPUTS];

	InitMaterializedSRF(fcinfo, 0);
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		return (Datum) 0;
	call = health_row_call(fcinfo, PG_GETARG_HEAPTUPLEHEADER(1));
	for (int i = 0; i < call->head.model->n_inputs; i++)
		kinds[i] = measure_reader_kind(call->reader, i);
	health_explain((ReturnSetInfo *) fcinfo->resultinfo, call->head.model, call->head.measures, kinds,
				   health_language(fcinfo, 3));
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
	return health_numeric(curve_points(&curve, measure.value));
}
