/*
 * answer.c
 *	  pulse.ack_message() and ack_messages(): what became of claimed messages.
 *
 * The first answer of a lease takes the message from the queue and puts its
 * end into "delivery"; later ones (receipts) only move that end forward.
 */
#include "escalation/queue.h"
#include "escalation/steps.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "escalation/channel.h"
#include "executor/executor.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"

typedef struct Answers
{
	int			count;
	Datum	   *ids;
	Datum	   *tokens;
	Datum	   *provider_ids;
	bool	   *has_provider;
	const char *outcome;
	const char *reason;
	TimestampTz now;
	HotTable	queue;
	HotTable	delivery;
	TupleTableSlot **ended;		/* rows for "delivery" */
	int			ended_count;
	bool	   *held;			/* of each answer: its lease held */
	bool	   *late;			/* it is not about a claimed message */
	Datum	   *used_ids;		/* on channels with limits */
	int64	   *used_tokens;
	int			used_count;
} Answers;

static void
note_use(Answers *answers, int i)
{
	if (!sp_channel_is_limited(TextDatumGetCString(QUEUE_VALUE(answers->queue.row, QUEUE_CHANNEL))))
		return;
	answers->used_ids[answers->used_count] = answers->ids[i];
	answers->used_tokens[answers->used_count++] = DatumGetInt64(answers->tokens[i]);
}

/* Takes the message from the queue if this lease has it. */
static TM_Result
leave_queue(Answers *answers, int i, Snapshot snapshot)
{
	TupleTableSlot *row = answers->queue.row;
	TM_Result	result;

	if (!sp_hot_find(&answers->queue, snapshot, DatumGetInt64(answers->ids[i])) ||
		!DatumGetBool(QUEUE_VALUE(row, QUEUE_CLAIMED)) ||
		DatumGetInt64(QUEUE_VALUE(row, QUEUE_LEASE_TOKEN)) != DatumGetInt64(answers->tokens[i]))
		return TM_Deleted;
	result = sp_hot_delete(&answers->queue, &row->tts_tid, snapshot, true);
	if (result == TM_Ok)
	{
		note_use(answers, i);
		answers->ended[answers->ended_count++] =
			sp_delivery_row(&answers->delivery, row, answers->outcome, answers->now,
							answers->provider_ids[i], answers->has_provider[i], answers->reason);
	}
	return result;
}

/* Those that were claimed, in one pass; whoever was changed meanwhile is looked up again. */
static void
settle_claimed(Answers *answers)
{
	Snapshot	snapshot = RegisterSnapshot(GetLatestSnapshot());

	for (int i = 0; i < answers->count; i++)
	{
		TM_Result	result = leave_queue(answers, i, snapshot);

		while (result == TM_Updated)
		{
			sp_hot_rewind(&answers->queue);
			UnregisterSnapshot(snapshot);
			snapshot = RegisterSnapshot(GetLatestSnapshot());
			result = leave_queue(answers, i, snapshot);
		}
		answers->held[i] = result == TM_Ok;
		answers->late[i] = result != TM_Ok;
	}
	sp_hot_rewind(&answers->queue);
	UnregisterSnapshot(snapshot);
	sp_hot_insert(&answers->delivery, answers->ended, answers->ended_count);
	for (int i = 0; i < answers->ended_count; i++)
		ExecDropSingleTupleTableSlot(answers->ended[i]);
	CommandCounterIncrement();
}

static const char *const move_forward =
"UPDATE pulse_internal.delivery AS d"
" SET state = CASE WHEN pulse_internal.outcome_rank(d.state) < pulse_internal.outcome_rank($3) THEN $3 ELSE d.state END,"
" provider_id = coalesce($4, d.provider_id), last_error = coalesce($5, d.last_error), changed_at = clock_timestamp()"
" WHERE d.message_id = $1 AND d.lease_token = $2 AND d.state IN ('unknown', 'sent', 'delivered', 'failed')";

/* A receipt, or an answer that is told again: the state only goes forward. */
static void
settle_late(Answers *answers)
{
	for (int i = 0; i < answers->count; i++)
	{
		Oid			types[5] = {INT8OID, INT8OID, TEXTOID, TEXTOID, TEXTOID};
		Datum		values[5] = {answers->ids[i], answers->tokens[i], CStringGetTextDatum(answers->outcome),
			answers->provider_ids[i],
		answers->reason ? CStringGetTextDatum(answers->reason) : (Datum) 0};
		char		nulls[6] = "   nn";

		if (!answers->late[i])
			continue;
		if (answers->has_provider[i])
			nulls[3] = ' ';
		if (answers->reason != NULL)
			nulls[4] = ' ';
		answers->held[i] = sp_execute_as_owner(move_forward, SPI_OK_UPDATE, 5, types, values, nulls) > 0;
	}
}

static void
settle(Answers *answers)
{
	int			room = Max(answers->count, 1);

	answers->now = GetCurrentTimestamp();
	answers->ended = palloc(sizeof(TupleTableSlot *) * room);
	answers->held = palloc0(sizeof(bool) * room);
	answers->late = palloc0(sizeof(bool) * room);
	answers->used_ids = palloc(sizeof(Datum) * room);
	answers->used_tokens = palloc(sizeof(int64) * room);
	sp_hot_open(&answers->queue, "queue", RowExclusiveLock);
	sp_hot_open(&answers->delivery, "delivery", RowExclusiveLock);
	settle_claimed(answers);
	sp_hot_close(&answers->queue);
	sp_hot_close(&answers->delivery);
	settle_late(answers);
	sp_channel_used(answers->used_ids, answers->used_count, answers->used_tokens, answers->now);
	sp_note_outcome(answers->outcome, answers->ids, answers->held, answers->late, answers->count);
}

/* "what goes along with message_ids": an array of as many, or null for none */
static void
read_array(FunctionCallInfo fcinfo, int argument, Oid type, int expected, Datum **values, bool **nulls)
{
	int16		length;
	bool		by_value;
	char		align;
	int			count = 0;

	get_typlenbyvalalign(type, &length, &by_value, &align);
	if (!PG_ARGISNULL(argument))
		deconstruct_array(PG_GETARG_ARRAYTYPE_P(argument), type, length, by_value, align,
						  values, nulls, &count);
	if (count >= expected)
		return;
	*values = count == 0 ? palloc(sizeof(Datum) * Max(expected, 1)) : repalloc(*values, sizeof(Datum) * expected);
	*nulls = count == 0 ? palloc(sizeof(bool) * Max(expected, 1)) : repalloc(*nulls, sizeof(bool) * expected);
	for (int i = count; i < expected; i++)
		(*nulls)[i] = true;
}

PG_FUNCTION_INFO_V1(sp_ack_messages);

/* (message_ids, lease_tokens, outcome, provider_ids) -> the ids whose lease held */
Datum
sp_ack_messages(PG_FUNCTION_ARGS)
{
	Answers		answers = {.outcome = sp_outcome(fcinfo, 2)};
	ReturnSetInfo *result;
	bool	   *no_provider;
	bool	   *no_id;
	bool	   *no_token;

	if (!PG_ARGISNULL(0))
		answers.count = ArrayGetNItems(ARR_NDIM(PG_GETARG_ARRAYTYPE_P(0)), ARR_DIMS(PG_GETARG_ARRAYTYPE_P(0)));
	read_array(fcinfo, 0, INT8OID, answers.count, &answers.ids, &no_id);
	read_array(fcinfo, 1, INT8OID, answers.count, &answers.tokens, &no_token);
	read_array(fcinfo, 3, TEXTOID, answers.count, &answers.provider_ids, &no_provider);
	answers.has_provider = palloc(sizeof(bool) * Max(answers.count, 1));
	for (int i = 0; i < answers.count; i++)
	{
		answers.has_provider[i] = !no_provider[i];
		if (no_id[i] || no_token[i])
			answers.ids[i] = answers.tokens[i] = Int64GetDatum(-1); /* nobody's */
	}
	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	result = (ReturnSetInfo *) fcinfo->resultinfo;
	settle(&answers);
	for (int i = 0; i < answers.count; i++)
		if (answers.held[i])
		{
			bool		isnull = false;

			tuplestore_putvalues(result->setResult, result->setDesc, &answers.ids[i], &isnull);
		}
	return (Datum) 0;
}

PG_FUNCTION_INFO_V1(sp_ack_message);

/* (message_id, lease_token, provider_id, outcome, reason) -> whether the lease held */
Datum
sp_ack_message(PG_FUNCTION_ARGS)
{
	Answers		answers = {.count = 1,.outcome = sp_outcome(fcinfo, 3)};
	bool		has_provider = !PG_ARGISNULL(2);

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_BOOL(false);
	answers.ids = &fcinfo->args[0].value;
	answers.tokens = &fcinfo->args[1].value;
	answers.provider_ids = &fcinfo->args[2].value;
	answers.has_provider = &has_provider;
	answers.reason = PG_ARGISNULL(4) ? NULL : sp_shortened(text_to_cstring(PG_GETARG_TEXT_PP(4)));
	settle(&answers);
	PG_RETURN_BOOL(answers.held[0]);
}
