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
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

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
	MemoryContext context;		/* of all that follows */
	const HealthModel *model;
	uint64		changes;		/* when the model was read */
	bool		moves;			/* some input is a date or instant */
	HealthInstant instant;
	ColumnArgument *arguments;	/* one per input */
	Measure    *measures;
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
	for (int i = 0; i < call->model->n_inputs; i++)
	{
		const HealthInput *input = &call->model->inputs[i];
		int			k = 0;
		Oid			type;

		while (k < n && (nulls[k] || strcmp(TextDatumGetCString(names[k]), input->column) != 0))
			k++;
		if (k == n || ARG_VALUES + k >= PG_NARGS())
			report_changed_model(call->model);
		type = get_fn_expr_argtype(fcinfo->flinfo, ARG_VALUES + k);
		if (measure_type_problem(type, input) != NULL)
			report_changed_model(call->model);
		call->arguments[i].n = ARG_VALUES + k;
		measure_source(&call->arguments[i].source, type, input, call->context);
		call->moves |= source_moves(&call->arguments[i].source);
	}
}

static ColumnsCall *
new_call(FunctionCallInfo fcinfo)
{
	ColumnsCall *call = fcinfo->flinfo->fn_extra;
	MemoryContext context;

	AcceptInvalidationMessages();
	if (call != NULL)
	{
		fcinfo->flinfo->fn_extra = NULL;
		MemoryContextDelete(call->context);
	}
	context = AllocSetContextCreate(fcinfo->flinfo->fn_mcxt, "salespulse health", ALLOCSET_SMALL_SIZES);
	call = MemoryContextAllocZero(context, sizeof(ColumnsCall));
	call->context = context;
	call->model = health_model_load(text_to_cstring(PG_GETARG_TEXT_PP(ARG_MODEL)), context, false);
	call->changes = health_model_changes();
	call->arguments = MemoryContextAlloc(context, call->model->n_inputs * sizeof(ColumnArgument));
	call->measures = MemoryContextAlloc(context, call->model->n_inputs * sizeof(Measure));
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
	if (unlikely(call == NULL || call->changes != health_model_changes()))
		call = new_call(fcinfo);
	if (call->moves)
		health_instant_set(&call->instant, sp_statement_clock());
	for (int i = 0; i < call->model->n_inputs; i++)
	{
		ColumnArgument *argument = &call->arguments[i];

		read_measure(&argument->source, PG_GETARG_DATUM(argument->n),
					 PG_ARGISNULL(argument->n), &call->instant, &call->measures[i]);
	}
	health_expire(call->model, call->measures);
	health_score(call->model, call->measures, &score);
	PG_RETURN_HEALTH(health_pack(&score));
}
