/*
 * queue.h
 *	  The hot tables of the outbox, read and written without the executor.
 *
 * Column numbers are those of schema_outbox.sql.
 */
#ifndef SP_QUEUE_H
#define SP_QUEUE_H

#include "base/base.h"

#include "access/genam.h"
#include "access/tableam.h"
#include "executor/tuptable.h"
#include "nodes/execnodes.h"
#include "utils/snapshot.h"

#define MAX_ATTEMPTS	12

typedef enum QueueColumn
{
	QUEUE_MESSAGE_ID = 1,
	QUEUE_NOT_BEFORE,
	QUEUE_HELD_UNTIL,
	QUEUE_LEASE_TOKEN,
	QUEUE_PRIORITY,
	QUEUE_ATTEMPT,
	QUEUE_CLAIMED,
	QUEUE_WITHDRAW,
	QUEUE_CHANGED_AT,
	QUEUE_CHANNEL,
	QUEUE_WORKER,
	QUEUE_LAST_ERROR,
	QUEUE_COLUMNS = QUEUE_LAST_ERROR
} QueueColumn;

typedef enum DeliveryColumn
{
	DELIVERY_MESSAGE_ID = 1,
	DELIVERY_CHANGED_AT,
	DELIVERY_LEASE_TOKEN,
	DELIVERY_ATTEMPT,
	DELIVERY_STATE,
	DELIVERY_WORKER,
	DELIVERY_PROVIDER_ID,
	DELIVERY_LAST_ERROR,
	DELIVERY_COLUMNS = DELIVERY_LAST_ERROR
} DeliveryColumn;

/* a table whose rows are found by their id, with what writing it takes */
typedef struct HotTable
{
	Relation	rel;
	Relation	key_index;
	TupleTableSlot *row;		/* the row found last */
	TupleTableSlot *locked;		/* the row locked last, or NULL */
	IndexScanDesc scan;			/* of key_index by one snapshot, or NULL */
	EState	   *estate;			/* once something was written */
	ResultRelInfo *target;
} HotTable;

extern void sp_hot_open(HotTable *table, const char *name, LOCKMODE lockmode);
extern void sp_hot_close(HotTable *table);
extern bool sp_hot_find(HotTable *table, Snapshot snapshot, int64 id);
extern void sp_hot_rewind(HotTable *table); /* before its snapshot goes */
extern bool sp_hot_update(HotTable *table, ItemPointer tid, TupleTableSlot *fresh, Snapshot snapshot);
extern void sp_hot_insert(HotTable *table, TupleTableSlot **rows, int count);

/* Deletes the queue's row; *result says whether somebody else was first. */
extern TM_Result sp_hot_delete(HotTable *table, ItemPointer tid, Snapshot snapshot, bool wait);

/* What a row of the queue becomes, as a new slot of "delivery". */
extern TupleTableSlot *sp_delivery_row(HotTable *delivery, TupleTableSlot *queued, const char *state,
									   TimestampTz now, Datum provider_id, bool has_provider,
									   const char *reason);

/* ---- outbox.c ---- */

extern Datum sp_check_claim(PG_FUNCTION_ARGS);	/* or an error */
extern const char *sp_outcome(FunctionCallInfo fcinfo, int argument);
extern char *sp_shortened(char *reason);

#define QUEUE_VALUE(slot, column) ((slot)->tts_values[(column) - 1])
#define QUEUE_IS_NULL(slot, column) ((slot)->tts_isnull[(column) - 1])

#endif							/* SP_QUEUE_H */
