/*
 * close_settle.c
 *	  Closes the cases of waits that a sweep has ended, without the executor.
 *
 * What close.c does with a statement, for thousands of cases that have nothing
 * but messages of their own.  Those that have tasks, or share a message or a task
 * with others, go that way; so do those that somebody else is changing.
 *
 * Locks are taken in the order of the statement: a case, then what is queued of
 * it, cases by their number.
 */
#include "escalation/act_pair.h"
#include "escalation/close.h"
#include "escalation/phrase.h"
#include "escalation/steps.h"

#include "access/tableam.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "rule/live_param.h"
#include "rule/live_probe.h"
#include "rule/live_table.h"
#include "utils/builtins.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#define REASON_COUNT	(END_CLEARED + 1)

/* a case that is to be closed, and where its row is */
typedef struct Ending
{
	int64		case_id;
	EndReason	reason;
	ItemPointerData tid;
} Ending;

typedef struct Settling
{
	TimestampTz now;
	TimestampTz system_time;
	Ending	   *endings;
	int			count;
	ArrayParam	open[REASON_COUNT]; /* for the statement */
	ArrayParam	waiting;		/* closed by people, and will hear no more */
	ArrayParam	marked;			/* messages that a worker has, or that changed */
	ArrayParam	unaddressed;	/* messages that nobody would have got */
	ArrayParam	closed;
	LiveProbe	tasks;
	LiveProbe	messages;
	LiveProbe	queued;
	LiveProbe	delivered;
	LiveTable	cases;
	LiveTable	queue;
	LiveTable	delivery;
	LiveTable	history;
	Oid			history_number;
} Settling;

/* ---- which cases ---- */

static int
compare_endings(const void *a, const void *b)
{
	const Ending *x = a;
	const Ending *y = b;

	return (x->case_id > y->case_id) - (x->case_id < y->case_id);
}

static bool
is_one_of(Datum state, const char *const *names, int count)
{
	text	   *name = DatumGetTextPP(state);

	return sp_is_named(names, count, VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name));
}

static void
add_ending(Settling *settling, int64 case_id, EndReason reason, const TupleTableSlot *row)
{
	Ending	   *ending = &settling->endings[settling->count++];

	ending->case_id = case_id;
	ending->reason = reason;
	ending->tid = row->tts_tid;
}

/* Those that stand open, by number; and those of people's closing. */
static void
find_cases(Settling *settling, const LiveWaitList *waits)
{
	enum
	{
		CASE_ID, STATE, WAITING
	};
	static const char *const columns[] = {"case_id", "state", "waiting"};
	static const char *const open_states[] = {"open", "acknowledged"};
	LiveProbe	cases;

	sp_probe_open(&cases, "cases", "cases_wait_id_key", 1, columns, lengthof(columns));
	settling->endings = palloc_extended(sizeof(Ending) * (waits->count + 1), MCXT_ALLOC_HUGE);
	for (int i = 0; i < waits->count; i++)
	{
		int64		case_id;

		if (!waits->waits[i].settled)
			continue;
		sp_probe_find_bigint(&cases, waits->waits[i].wait.wait_id);
		if (!sp_probe_next(&cases))
			continue;
		case_id = DatumGetInt64(sp_probe_datum(&cases, CASE_ID));
		if (is_one_of(sp_probe_datum(&cases, STATE), open_states, lengthof(open_states)))
			add_ending(settling, case_id, waits->waits[i].wait.end_reason, cases.slot);
		else if (DatumGetBool(sp_probe_datum(&cases, WAITING)))
			sp_add_bigint(&settling->waiting, case_id);
	}
	sp_probe_close(&cases);
	qsort(settling->endings, settling->count, sizeof(Ending), compare_endings);
}

static bool
holds_any(const char *table, const char *index)
{
	LiveProbe	probe;
	bool		found;

	sp_probe_open(&probe, table, index, 0, NULL, 0);
	sp_probe_find(&probe, NULL, 0);
	found = sp_probe_next(&probe);
	sp_probe_close(&probe);
	return found;
}

static bool
any_together(void)
{
	return holds_any("message", "message_is_together") || holds_any("task", "task_is_together");
}

static bool
has_tasks(Settling *settling, int64 case_id)
{
	sp_probe_find_bigint(&settling->tasks, case_id);
	return sp_probe_next(&settling->tasks);
}

/* ---- what is theirs ---- */

enum
{
	QUEUE_CLAIMED, QUEUE_LEASE, QUEUE_ATTEMPT, QUEUE_WORKER, QUEUE_ERROR
};
static const char *const queue_columns[] = {"claimed", "lease_token", "attempt", "worker", "last_error"};
static const char *const delivery_columns[] = {
	"message_id", "changed_at", "lease_token", "attempt", "state", "worker", "last_error"
};
static const char *const case_columns[] = {"state", "closed_at", "reason", "resolved_late", "waiting"};
static const char *const history_columns[] = {"case_id", "at", "number", "what", "detail"};
static const char *const message_id_only[] = {"message_id"};
static const char *const state_only[] = {"state"};

static void
open_all(Settling *settling)
{
	sp_probe_open(&settling->tasks, "task", "task_by_case", 1, NULL, 0);
	sp_probe_open(&settling->messages, "message", "message_once", 1, message_id_only, 1);
	sp_probe_open(&settling->queued, "queue", "queue_pkey", 1, queue_columns, lengthof(queue_columns));
	sp_probe_open(&settling->delivered, "delivery", "delivery_pkey", 1, state_only, 1);
	sp_table_open(&settling->cases, "cases", case_columns, lengthof(case_columns));
	sp_table_open(&settling->queue, "queue", NULL, 0);
	sp_table_open(&settling->delivery, "delivery", delivery_columns, lengthof(delivery_columns));
	sp_table_open(&settling->history, "case_event", history_columns, lengthof(history_columns));
	settling->history_number = sp_internal_relid("case_event_number_seq", false);
}

static void
close_all(Settling *settling)
{
	sp_probe_close(&settling->tasks);
	sp_probe_close(&settling->messages);
	sp_probe_close(&settling->queued);
	sp_probe_close(&settling->delivered);
	sp_table_close(&settling->cases);
	sp_table_close(&settling->queue);
	sp_table_close(&settling->delivery);
	sp_table_close(&settling->history);
}

static void
put(LiveRow *row, const LiveProbe *from, int column)
{
	sp_row_datum(row, sp_probe_datum(from, column), sp_probe_is_null(from, column));
}

/* One that a worker has is withdrawn when he fails or is lost. */
static void
withdraw(Settling *settling, int64 message_id)
{
	static const char *const unaddressed = "unaddressed";
	LiveProbe  *queued = &settling->queued;
	LiveRow		row;

	sp_probe_find_bigint(queued, message_id);
	if (!sp_probe_next(queued))
	{
		sp_probe_find_bigint(&settling->delivered, message_id);
		if (sp_probe_next(&settling->delivered) &&
			is_one_of(sp_probe_datum(&settling->delivered, 0), &unaddressed, 1))
			sp_add_bigint(&settling->unaddressed, message_id);
		return;
	}
	if (DatumGetBool(sp_probe_datum(queued, QUEUE_CLAIMED)) ||
		!sp_table_try_delete(&settling->queue, &queued->slot->tts_tid))
	{
		sp_add_bigint(&settling->marked, message_id);
		return;
	}
	row.count = 0;
	sp_row_bigint(&row, message_id);
	sp_row_instant(&row, settling->system_time);
	put(&row, queued, QUEUE_LEASE);
	put(&row, queued, QUEUE_ATTEMPT);
	sp_row_text(&row, "withdrawn");
	put(&row, queued, QUEUE_WORKER);
	put(&row, queued, QUEUE_ERROR);
	(void) sp_table_insert(&settling->delivery, &row);
}

static void
add_line(Settling *settling, const Ending *ending)
{
	const char *reason = sp_end_reason_name(ending->reason);
	LiveRow		row;

	row.count = 0;
	sp_row_bigint(&row, ending->case_id);
	sp_row_instant(&row, settling->now);
	sp_row_bigint(&row, sp_next_number(settling->history_number));
	sp_row_text(&row, "resolved");
	sp_row_text(&row, ending->reason == END_ANSWERED_LATE ? psprintf("%s" RESOLVED_LATE, reason) : reason);
	(void) sp_table_insert(&settling->history, &row);
}

/* The wait is gone: so nothing is waited for. */
static bool
change_case(Settling *settling, Ending *ending, TupleTableSlot *slot)
{
	LiveRow		row;

	row.count = 0;
	sp_row_text(&row, "resolved");
	sp_row_instant(&row, settling->now);
	sp_row_text(&row, sp_end_reason_name(ending->reason));
	sp_row_bool(&row, ending->reason == END_ANSWERED_LATE);
	sp_row_bool(&row, false);
	return table_tuple_fetch_row_version(settling->cases.rel, &ending->tid,
										 GetActiveSnapshot(), slot) &&
		sp_table_try_change(&settling->cases, slot, &row);
}

static void
close_one(Settling *settling, Ending *ending, TupleTableSlot *slot)
{
	if (has_tasks(settling, ending->case_id) || !change_case(settling, ending, slot))
	{
		sp_add_bigint(&settling->open[ending->reason], ending->case_id);
		return;
	}
	sp_probe_find_bigint(&settling->messages, ending->case_id);
	while (sp_probe_next(&settling->messages))
		withdraw(settling, DatumGetInt64(sp_probe_datum(&settling->messages, 0)));
	add_line(settling, ending);
	sp_add_bigint(&settling->closed, ending->case_id);
}

/* ---- with statements, what is left ---- */

static void
run_if_any(SPIPlanPtr *plan, const char *sql, ArrayParam *ids)
{
	if (ids->count > 0)
		sp_run_write(plan, sql, SPI_OK_UPDATE, ids, 1);
}

static void
settle_rest(Settling *settling)
{
	static SPIPlanPtr plans[3] = {NULL};

	run_if_any(&plans[0], "UPDATE pulse_internal.queue AS q SET withdraw = true WHERE q.message_id = ANY ($1)", &settling->marked);
	run_if_any(&plans[1], "UPDATE pulse_internal.delivery AS d SET state = 'withdrawn', changed_at = clock_timestamp()"
			   " WHERE d.message_id = ANY ($1) AND d.state = 'unaddressed'", &settling->unaddressed);
	run_if_any(&plans[2], "UPDATE pulse_internal.cases AS c SET waiting = false WHERE c.case_id = ANY ($1)", &settling->waiting);
	for (int reason = 0; reason < REASON_COUNT; reason++)
		if (settling->open[reason].count > 0)
			sp_close_ended(&settling->open[reason], reason);
	if (settling->marked.count > 0)
		sp_withdraw_marked();
	if (settling->closed.count > 0)
		sp_note_step("case_resolved", settling->closed.values, settling->closed.count);
}

static void
close_found(Settling *settling)
{
	TupleTableSlot *slot;

	open_all(settling);
	slot = table_slot_create(settling->cases.rel, NULL);
	for (int i = 0; i < settling->count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		close_one(settling, &settling->endings[i], slot);
	}
	ExecDropSingleTupleTableSlot(slot);
	close_all(settling);
}

void
sp_settle_ended(const LiveWaitList *waits)
{
	Settling	settling = {.now = sp_clock(),.system_time = GetCurrentTimestamp()};

	PushActiveSnapshot(GetTransactionSnapshot());
	find_cases(&settling, waits);
	if (settling.count > 0 && any_together())
		for (int i = 0; i < settling.count; i++)
			sp_add_bigint(&settling.open[settling.endings[i].reason], settling.endings[i].case_id);
	else if (settling.count > 0)
		close_found(&settling);
	PopActiveSnapshot();
	settle_rest(&settling);
}
