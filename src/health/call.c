/*
 * call.c
 *	  What a call of a health function remembers from row to row: its model.
 *
 * It lives in the call's fn_extra and is dropped when a model changes; then,
 * and at the first row, the model is read under the statement's snapshot.
 */
#include "health/health.h"

#include "calendar/daytime.h"
#include "utils/inval.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

/* how far ahead to look: two hundred years */
#define AHEAD_MOST	(INT64CONST(73050) * USECS_PER_DAY)

/* a new state of "size" bytes, which begins with a HealthCall; not in fn_extra yet */
void *
health_call_new(FunctionCallInfo fcinfo, const char *name, int version, Size size)
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
	call = MemoryContextAllocZero(context, size);
	call->context = context;
	call->model = health_model_version(name, version, context, false);
	call->changes = health_model_changes();
	call->measures = MemoryContextAlloc(context, call->model->n_inputs * sizeof(Measure));
	return call;
}

/* in this list, or read into it */
const HealthModel *
health_read_once(ReadModel **models, const char *name, int version, MemoryContext context)
{
	ReadModel  *read;

	for (read = *models; read != NULL; read = read->next)
		if (read->asked == version && strcmp(read->model->name, name) == 0)
			return read->model;
	read = MemoryContextAlloc(context, sizeof(ReadModel));
	read->model = health_model_version(name, version, context, false);
	read->asked = version;
	read->next = *models;
	*models = read;
	return read->model;
}

int64
health_day_of(int64 at)
{
	return sp_day_of(at);
}

int64
health_horizon(int64 from)
{
	return Min(from + AHEAD_MOST, END_TIMESTAMP - USECS_PER_DAY);
}
