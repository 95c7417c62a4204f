/*
 * batch_functions.c
 *	  Batches in SQL: for administration and tests.  Consumers proper are C and
 *	  call sp_batch_next() themselves.
 */
#include "base/base.h"

#include "event/batch.h"
#include "event/batch_scan.h"
#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"

static const char *
kind_name(const KindTable *kinds, int count, int32 kind_id)
{
	for (int i = 0; i < count; i++)
		if (kinds[i].kind_id == kind_id)
			return get_rel_name(kinds[i].relid);
	return NULL;
}

PG_FUNCTION_INFO_V1(sp_next_batch);
PG_FUNCTION_INFO_V1(sp_register_consumer);

/* (consumer, max_events) -> (kind, event_id, at, late): a slice, which is consumed */
Datum
sp_next_batch(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result;
	KindTable  *kinds;
	int			kind_count;
	Batch		batch;

	InitMaterializedSRF(fcinfo, 0);
	result = (ReturnSetInfo *) fcinfo->resultinfo;
	if (!sp_batch_next(text_to_cstring(PG_GETARG_TEXT_PP(0)), PG_GETARG_INT32(1), &batch))
		return (Datum) 0;
	kind_count = sp_kind_tables(&kinds);
	for (int i = 0; i < batch.event_count; i++)
	{
		const BatchEvent *event = &batch.events[i];
		const char *name = kind_name(kinds, kind_count, event->kind_id);
		Datum		values[4] = {
			name == NULL ? (Datum) 0 : CStringGetTextDatum(name),
			Int64GetDatum(event->event_id),
			TimestampTzGetDatum(event->at),
			BoolGetDatum(event->late)
		};
		bool		nulls[4] = {name == NULL, false, false, false};

		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	sp_batch_done(&batch);
	return (Datum) 0;
}

/* (consumer, since) -> whether it is new */
Datum
sp_register_consumer(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(sp_batch_register(text_to_cstring(PG_GETARG_TEXT_PP(0)),
									 PG_GETARG_TIMESTAMPTZ(1)));
}
