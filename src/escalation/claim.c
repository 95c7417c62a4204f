/*
 * claim.c
 *	  pulse.claim_messages(): messages for a worker, no message to two workers.
 *
 * A claim is one update of a queue's row that touches no index, made without
 * waiting: a row that somebody else is at is passed.  What a worker has not
 * answered when its lease ends may be claimed again, with a later token.
 */
#include "escalation/claim.h"

#include "access/table.h"
#include "access/xact.h"
#include "commands/sequence.h"
#include "escalation/channel.h"
#include "executor/tuptable.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"
#include "utils/uuid.h"

/* what a worker gets, in this order; lease_token and attempt are the queue's */
static const char *const result_columns[] = {
	"message_id", NULL, "channel", "recipient", "recipient_name", "copies", "subject", "body",
	"variables", "idempotency_key", NULL, "created_at"
};

#define RESULT_TOKEN	1
#define RESULT_RECIPIENT 3
#define RESULT_KEY		9
#define RESULT_ATTEMPT	10
#define RESULT_COLUMNS	lengthof(result_columns)

typedef struct Claim
{
	int			max;
	int			claimed;
	Datum		worker;
	TimestampTz now;
	TimestampTz until;			/* end of the lease */
	int64		token;			/* of this claim, once something was claimed */
	HotTable	queue;
	HotTable	message;
	HotTable	delivery;		/* open once something was given up */
	RecipientRooms recipients;
	AttrNumber	columns[RESULT_COLUMNS];	/* of message */
	TupleTableSlot *fresh;
	ReturnSetInfo *result;
} Claim;

static int64
lease_token(Claim *claim)
{
	if (claim->token == 0)
		claim->token = nextval_internal(sp_internal_relid("lease_token", false), false);
	return claim->token;
}

/* The queue's row as it is once claimed. */
static TupleTableSlot *
claimed_row(Claim *claim, TupleTableSlot *row)
{
	TupleTableSlot *fresh = claim->fresh;
	Datum	   *values = fresh->tts_values - 1;

	ExecClearTuple(fresh);
	memcpy(fresh->tts_values, row->tts_values, sizeof(Datum) * QUEUE_COLUMNS);
	memcpy(fresh->tts_isnull, row->tts_isnull, sizeof(bool) * QUEUE_COLUMNS);
	values[QUEUE_HELD_UNTIL] = TimestampTzGetDatum(claim->until);
	values[QUEUE_LEASE_TOKEN] = Int64GetDatum(lease_token(claim));
	values[QUEUE_ATTEMPT] = Int32GetDatum(DatumGetInt32(QUEUE_VALUE(row, QUEUE_ATTEMPT)) + 1);
	values[QUEUE_CLAIMED] = BoolGetDatum(true);
	values[QUEUE_CHANGED_AT] = TimestampTzGetDatum(claim->now);
	values[QUEUE_WORKER] = claim->worker;
	fresh->tts_isnull[QUEUE_WORKER - 1] = false;
	return ExecStoreVirtualTuple(fresh);
}

/* It was tried often enough, and its workers came to no end. */
static void
give_up(Claim *claim, TupleTableSlot *row, Snapshot snapshot)
{
	TupleTableSlot *ended;
	const char *reason = QUEUE_IS_NULL(row, QUEUE_LAST_ERROR) ? "its workers came to no end" : NULL;

	if (sp_hot_delete(&claim->queue, &row->tts_tid, snapshot, false) != TM_Ok)
		return;
	if (claim->delivery.rel == NULL)
		sp_hot_open(&claim->delivery, "delivery", RowExclusiveLock);
	ended = sp_delivery_row(&claim->delivery, row, "dead", claim->now, (Datum) 0, false, reason);
	sp_hot_insert(&claim->delivery, &ended, 1);
	ExecDropSingleTupleTableSlot(ended);
}

static Datum
recipient(const Claim *claim)
{
	return claim->message.row->tts_values[claim->columns[RESULT_RECIPIENT] - 1];
}

static void
give_to_worker(Claim *claim)
{
	TupleTableSlot *message = claim->message.row;
	Datum		values[RESULT_COLUMNS];
	bool		nulls[RESULT_COLUMNS] = {false};

	for (int i = 0; i < RESULT_COLUMNS; i++)
		if (result_columns[i] != NULL)
		{
			values[i] = message->tts_values[claim->columns[i] - 1];
			nulls[i] = message->tts_isnull[claim->columns[i] - 1];
		}
	values[RESULT_TOKEN] = Int64GetDatum(claim->token);
	values[RESULT_ATTEMPT] = QUEUE_VALUE(claim->fresh, QUEUE_ATTEMPT);
	values[RESULT_KEY] = CStringGetTextDatum(DatumGetCString(DirectFunctionCall1(uuid_out, values[RESULT_KEY])));
	tuplestore_putvalues(claim->result->setResult, claim->result->setDesc, values, nulls);
	claim->claimed++;
}

/* The message at hand, unless somebody else is at it. */
static void
take(Claim *claim, ChannelScan *from, Snapshot snapshot)
{
	TupleTableSlot *row = from->row;
	int64		message_id = from->place.message_id;

	if (DatumGetInt32(QUEUE_VALUE(row, QUEUE_ATTEMPT)) >= MAX_ATTEMPTS)
	{
		give_up(claim, row, snapshot);
		return;
	}
	if (!sp_hot_find(&claim->message, snapshot, message_id) ||
		!sp_recipient_has_room(&claim->recipients, from->channel, recipient(claim)) ||
		!sp_hot_update(&claim->queue, &row->tts_tid, claimed_row(claim, row), snapshot))
		return;
	from->room--;
	sp_recipient_gets(&claim->recipients, from->channel, recipient(claim));
	if (sp_channel_is_limited(from->channel))
		sp_channel_use(from->channel, message_id, claim->token, recipient(claim), claim->until);
	give_to_worker(claim);
}

static int
channel_room(void *context, const char *channel)
{
	return sp_channel_room(channel, ((Claim *) context)->now);
}

/* Up to the claim's maximum, from what is remembered or from all there is. */
static void
take_from(Claim *claim, QueueScan *scan, bool from_memory)
{
	ChannelScan *next;

	scan->snapshot = RegisterSnapshot(GetLatestSnapshot());
	if (!from_memory)
		sp_scan_all(scan);
	else if (!sp_scan_remembered(scan))
	{
		UnregisterSnapshot(scan->snapshot);
		return;
	}
	while (claim->claimed < claim->max && (next = sp_scan_next(scan)) != NULL)
	{
		CHECK_FOR_INTERRUPTS();
		take(claim, next, scan->snapshot);
		sp_scan_pass(scan, next);
	}
	sp_scan_end(scan);
	/* a scan that is kept open goes by this snapshot, too */
	sp_hot_rewind(&claim->message);
	UnregisterSnapshot(scan->snapshot);
	CommandCounterIncrement();
}

static void
open_tables(Claim *claim, QueueScan *scan)
{
	sp_hot_open(&claim->queue, "queue", RowExclusiveLock);
	sp_hot_open(&claim->message, "message", AccessShareLock);
	for (int i = 0; i < RESULT_COLUMNS; i++)
		if (result_columns[i] != NULL)
			claim->columns[i] = get_attnum(RelationGetRelid(claim->message.rel), result_columns[i]);
	claim->fresh = MakeSingleTupleTableSlot(RelationGetDescr(claim->queue.rel), &TTSOpsVirtual);
	scan->queue = &claim->queue;
	scan->order_index = index_open(sp_internal_relid("queue_order", false), RowExclusiveLock);
}

static void
close_tables(Claim *claim, QueueScan *scan)
{
	index_close(scan->order_index, NoLock);
	ExecDropSingleTupleTableSlot(claim->fresh);
	sp_hot_close(&claim->queue);
	sp_hot_close(&claim->message);
	if (claim->delivery.rel != NULL)
		sp_hot_close(&claim->delivery);
}

PG_FUNCTION_INFO_V1(sp_claim_messages);

/* (worker, max_messages, lease, channels, except_channels) -> messages */
Datum
sp_claim_messages(PG_FUNCTION_ARGS)
{
	Claim		claim = {.worker = fcinfo->args[0].value,.now = GetCurrentTimestamp()};
	QueueScan	scan = {.now = claim.now,.clock = sp_clock(),.room = channel_room,.context = &claim};

	sp_check_claim(fcinfo);
	claim.recipients.now = claim.now;
	claim.max = PG_GETARG_INT32(1);
	claim.until = DatumGetTimestampTz(DirectFunctionCall2(timestamptz_pl_interval,
														  TimestampTzGetDatum(claim.now), PG_GETARG_DATUM(2)));
	scan.channels = PG_ARGISNULL(3) ? NULL : PG_GETARG_ARRAYTYPE_P(3);
	scan.except = PG_ARGISNULL(4) ? NULL : PG_GETARG_ARRAYTYPE_P(4);
	InitMaterializedSRF(fcinfo, 0);
	claim.result = (ReturnSetInfo *) fcinfo->resultinfo;
	open_tables(&claim, &scan);
	take_from(&claim, &scan, true);
	if (claim.claimed < claim.max)
		take_from(&claim, &scan, false);
	close_tables(&claim, &scan);
	return (Datum) 0;
}
