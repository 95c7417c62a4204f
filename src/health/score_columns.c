/*
 * score_columns.c
 *	  pulse_internal.health_columns(model, names, values ...): what the planner
 *	  makes of pulse.health(model, row) where it can, see support.c.
 *
 * The columns come as arguments of their own, so no row is formed only to be
 * taken apart again.
 */
#include "health/health.h"

#include "catalog/pg_type.h"
#include "health/value.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

enum
{
	ARG_MODEL, ARG_NAMES, ARG_VALUES
};

typedef struct ColumnArgument
{
	int			n;				/* of the arguments */
	MeasureSource source;
} ColumnArgument;

typedef struct ColumnsCall
{
	HealthCall	head;
	bool		moves;			/* some input is a date or instant */
	HealthInstant instant;
	ColumnArgument *arguments;	/* one per input */
} ColumnsCall;

/*
 * A change of a model makes its plans anew; this is the instant between, when
 * a statement was planned by one version and runs by the next.
 */
static void
report_changed_model(const HealthModel *model)
{
	ereport(ERROR,
			(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
			 errmsg("health model \"%s\" has changed while the statement was planned", model->name),
			 errdetail("It reads other columns now."),
			 errhint("Run the statement again.")));
}

static void
find_arguments(FunctionCallInfo fcinfo, ColumnsCall *call)
{
	Datum	   *names;
	bool	   *nulls;
	int			n;

	deconstruct_array(PG_GETARG_ARRAYTYPE_P(ARG_NAMES), TEXTOID, -1, false, TYPALIGN_INT, &names, &nulls, &n);
	for (int i = 0; i < call->head.model->n_inputs; i++)
	{
		const HealthInput *input = &call->head.model->inputs[i];
		int			k = 0;
		Oid			type;

		while (k < n && (nulls[k] || strcmp(TextDatumGetCString(names[k]), input->column) != 0))
			k++;
		if (k == n || ARG_VALUES + k >= PG_NARGS())
			report_changed_model(call->head.model);
		type = get_fn_expr_argtype(fcinfo->flinfo, ARG_VALUES + k);
		if (measure_type_problem(type, input) != NULL)
			report_changed_model(call->head.model);
		call->arguments[i].n = ARG_VALUES + k;
		measure_source(&call->arguments[i].source, type, input, call->head.context);
		call->moves |= source_moves(&call->arguments[i].source);
	}
}

static ColumnsCall *
new_call(FunctionCallInfo fcinfo)
{
	ColumnsCall *call = health_call_new(fcinfo, text_to_cstring(PG_GETARG_TEXT_PP(ARG_MODEL)), 0, sizeof(ColumnsCall));

	call->arguments = MemoryContextAlloc(call->head.context, call->head.model->n_inputs * sizeof(ColumnArgument));
	find_arguments(fcinfo, call);
	fcinfo->flinfo->fn_extra = call;
	return call;
}

PG_FUNCTION_INFO_V1(sp_health_columns);

Datum
sp_health_columns(PG_FUNCTION_ARGS)
{
	ColumnsCall *call = fcinfo->flinfo->fn_extra;
	HealthScore score;

	if (PG_ARGISNULL(ARG_MODEL) || PG_ARGISNULL(ARG_NAMES))
		PG_RETURN_NULL();
	if (unlikely(call == NULL || call->head.changes != health_model_changes()))
		call = new_call(fcinfo);
	if (call->moves)
		health_instant_set(&call->instant, sp_statement_clock());
	for (int i = 0; i < call->head.model->n_inputs; i++)
	{
		ColumnArgument *argument = &call->arguments[i];

		read_measure(&argument->source, PG_GETARG_DATUM(argument->n),
					 PG_ARGISNULL(argument->n), &call->instant, &call->head.measures[i]);
	}
	health_expire(call->head.model, call->head.measures);
	health_score(call->head.model, call->head.measures, &score);
	PG_RETURN_HEALTH(health_pack(&score));
}
