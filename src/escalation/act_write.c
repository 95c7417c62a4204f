/*
 * act_write.c
 *	  Writes messages, puts them into the queue, and what it did into history.
 *
 * Texts are composed as they are written, some hundred at a time, so memory does
 * not follow the size of the slice.  That no message is written twice is kept by
 * the index message_once.
 */
#include "escalation/act_pair.h"
#include "escalation/steps.h"

#include "base/json.h"
#include "catalog/pg_type.h"
#include "commands/async.h"
#include "miscadmin.h"
#include "rule/live_param.h"
#include "rule/live_table.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

/* ---- messages ---- */

static const char *const message_columns[] = {
	"message_id", "case_id", "firing_id", "rule_id", "wait_id", "step", "repetition", "together", "action",
	"verb", "role", "found_by", "staff", "instead_of", "recipient_name", "channel", "recipient", "copies",
	"language", "subject", "body", "variables", "idempotency_key", "priority", "created_at", "not_before"
};

static bool
is_urgent(const ActMessage *message)
{
	return message->template != NULL && message->template->urgent;
}

/* Each system call brings enough for several. */
static Datum
random_uuid(void)
{
	static pg_uuid_t drawn[64];
	static int	left = 0;
	pg_uuid_t  *uuid = palloc(UUID_LEN);

	if (left == 0 && !pg_strong_random(drawn, sizeof(drawn)))
		ereport(ERROR,
				(errcode(ERRCODE_INTERNAL_ERROR),
				 errmsg("could not generate random values"),
				 errdetail("The system's source of random numbers failed."),
				 errhint("The next tick tries again.")));
	left = left == 0 ? lengthof(drawn) : left;
	*uuid = drawn[--left];
	uuid->data[6] = (uuid->data[6] & 0x0f) | 0x40;	/* version 4 */
	uuid->data[8] = (uuid->data[8] & 0x3f) | 0x80;
	return UUIDPGetDatum(uuid);
}

static Datum
array_of_cases(const ActMessage *message)
{
	ArrayParam	cases = {0};

	for (int i = 0; i < message->case_count; i++)
		sp_add_bigint(&cases, message->cases[i]);
	return sp_param_array(&cases);
}

static void
fill_message(LiveRow *row, const Act *act, const ActMessage *message)
{
	const ActFiring *firing = message->firing;
	const ActHolder *holder = message->holder;
	ActText text;

	sp_act_compose(act, message, &text);
	row->count = 0;
	sp_row_bigint(row, message->message_id);
	sp_row_bigint(row, firing->kase->case_id);
	sp_row_bigint(row, firing->firing_id);
	sp_row_int(row, firing->rule_id);
	sp_row_bigint(row, firing->wait_id);
	sp_row_int(row, firing->step);
	sp_row_int(row, firing->repetition);
	sp_row_datum(row, message->cases != NULL ? array_of_cases(message) : (Datum) 0, message->cases == NULL);
	sp_row_int(row, message->action->action);
	sp_row_text(row, message->action->verb);
	sp_row_text(row, message->action->role);
	sp_row_text(row, message->found_by);
	sp_row_text(row, holder != NULL ? holder->staff : NULL);
	sp_row_text(row, holder != NULL ? holder->instead_of : NULL);
	sp_row_text(row, holder != NULL ? holder->name : NULL);
	sp_row_text(row, message->channel);
	sp_row_text(row, message->recipient);
	sp_row_datum(row, sp_text_array(message->copies, message->copy_count), false);
	sp_row_text(row, message->chinese ? "zh" : "en");
	sp_row_text(row, text.subject);
	sp_row_text(row, text.body);
	sp_row_datum(row, JsonbPGetDatum(text.variables), false);
	sp_row_datum(row, random_uuid(), false);
	sp_row_int(row, is_urgent(message) ? -1 : 0);
	sp_row_instant(row, act->now);
	sp_row_instant(row, message->not_before);
}

static void
write_texts(Act *act)
{
	Oid			sequence = sp_internal_relid("message_message_id_seq", false);
	MemoryContext texts = AllocSetContextCreate(CurrentMemoryContext, "texts of messages", ALLOCSET_DEFAULT_SIZES);
	LiveTable	table;
	LiveRow		row;

	sp_table_open(&table, "message", message_columns, lengthof(message_columns));
	for (int i = 0; i < act->message_count; i++)
	{
		ActMessage *message = &act->messages[i];
		MemoryContext caller;

		if (message->is_merged)
			continue;
		CHECK_FOR_INTERRUPTS();
		message->message_id = sp_next_number(sequence);
		message->not_before = is_urgent(message) ? act->now : Max(act->now, message->time->quiet_until);
		caller = MemoryContextSwitchTo(texts);
		fill_message(&row, act, message);
		MemoryContextSwitchTo(caller);
		if (sp_table_insert(&table, &row))
			MemoryContextReset(texts);
	}
	sp_table_close(&table);
	MemoryContextDelete(texts);
}

static void
leave_out(Act *act, const ActFiring *firing, int action, const char *staff)
{
	for (int i = 0; i < act->message_count; i++)
	{
		const ActMessage *message = &act->messages[i];

		if (message->firing != firing || message->action->action != action ||
			strcmp(message->holder != NULL ? message->holder->staff : "", staff) != 0)
			continue;
		act->message_count--;
		memmove(act->messages + i, act->messages + i + 1, sizeof(ActMessage) * (act->message_count - i));
		return;
	}
}

/* Idle when all stands there already; before what is put together is. */
void
sp_act_leave_out_written(Act *act)
{
	static SPIPlanPtr plan = NULL;
	ArrayParam	params[3] = {0};
	Oid			types[3] = {INT8ARRAYOID, INT4ARRAYOID, INT4ARRAYOID};
	Datum		values[3];

	for (int i = 0; i < act->firing_count; i++)
	{
		sp_add_bigint(&params[0], act->firings[i].kase->case_id);
		sp_add_int(&params[1], act->firings[i].step);
		sp_add_int(&params[2], act->firings[i].repetition);
	}
	for (int i = 0; i < lengthof(values); i++)
		values[i] = sp_param_array(&params[i]);
	sp_run_kept(&plan, "SELECT f.n::int, m.action, m.staff FROM unnest($1, $2, $3) WITH ORDINALITY AS f(case_id, step, repetition, n)"
				" CROSS JOIN LATERAL (SELECT x.action, coalesce(x.staff, '') AS staff FROM pulse_internal.message AS x"
				"  WHERE x.case_id = f.case_id AND x.step = f.step AND x.repetition = f.repetition OFFSET 0) AS m",
				3, types, values);
	for (uint64 row = 0; row < SPI_processed; row++)
	{
		int			n = sp_int_at(row, 1);

		leave_out(act, &act->firings[n - 1], sp_int_at(row, 2), sp_text_at(row, 3));
	}
}

/* ---- how far they have come ---- */

static const char *const queue_columns[] = {
	"message_id", "not_before", "held_until", "lease_token", "priority", "attempt", "claimed", "withdraw",
	"changed_at", "channel"
};

static bool
is_collected(const ActMessage *message)
{
	return message->time->digest_at != INSTANT_NONE && message->recipient != NULL && !is_urgent(message) &&
		message->copy_count == 0;
}

static TimestampTz
queued_until(const ActMessage *message)
{
	if (is_collected(message))
		return DT_NOEND;
	if (is_urgent(message) || message->cases != NULL)
		return message->not_before;
	return Max(message->not_before, message->firing->kase->snoozed_until);
}

static void
fill_queue(LiveRow *row, const ActMessage *message, TimestampTz system_time)
{
	row->count = 0;
	sp_row_bigint(row, message->message_id);
	sp_row_datum(row, TimestampTzGetDatum(queued_until(message)), false);
	sp_row_datum(row, TimestampTzGetDatum(DT_NOBEGIN), false);
	sp_row_bigint(row, 0);
	sp_row_int(row, is_urgent(message) ? -1 : 0);
	sp_row_int(row, 0);
	sp_row_bool(row, false);
	sp_row_bool(row, false);
	sp_row_instant(row, system_time);
	sp_row_text(row, message->channel);
}

static void
write_unaddressed(const ArrayParam *ids)
{
	static SPIPlanPtr plan = NULL;

	if (ids->count > 0)
		sp_run_write(&plan, "INSERT INTO pulse_internal.delivery (message_id, changed_at, lease_token, attempt, state)"
					 " SELECT u, clock_timestamp(), 0, 0, 'unaddressed' FROM unnest($1) AS u",
					 SPI_OK_INSERT, unconstify(ArrayParam *, ids), 1);
}

static void
write_collected(ArrayParam *params)
{
	static SPIPlanPtr plan = NULL;

	if (params[0].count > 0)
		sp_run_write(&plan, "INSERT INTO pulse_internal.digest_wait (message_id, digest_at)"
					 " SELECT u.message_id, u.digest_at FROM unnest($1, $2) AS u(message_id, digest_at)",
					 SPI_OK_INSERT, params, 2);
}

static void
write_queue(Act *act)
{
	TimestampTz system_time = GetCurrentTimestamp();
	ArrayParam	unaddressed = {0};
	ArrayParam	collected[2] = {0};
	bool		any = false;
	LiveTable	table;
	LiveRow		row;

	sp_table_open(&table, "queue", queue_columns, lengthof(queue_columns));
	for (int i = 0; i < act->message_count; i++)
	{
		const ActMessage *message = &act->messages[i];

		if (message->is_merged)
			continue;
		if (message->recipient == NULL)
		{
			sp_add_bigint(&unaddressed, message->message_id);
			continue;
		}
		if (is_collected(message))
		{
			sp_add_bigint(&collected[0], message->message_id);
			sp_add_instant(&collected[1], message->time->digest_at);
		}
		fill_queue(&row, message, system_time);
		(void) sp_table_insert(&table, &row);
		any = true;
	}
	sp_table_close(&table);
	write_unaddressed(&unaddressed);
	write_collected(collected);
	if (any)
		Async_Notify("pulse_outbox", "");	/* one wakes all workers; its lock
											 * is database-wide */
}

/* ---- history ---- */

static const char *const history_columns[] = {"case_id", "at", "number", "what", "step", "detail"};

static void
add_line(LiveTable *table, const Act *act, Oid sequence, int64 case_id, const char *what, int step, const char *detail)
{
	LiveRow		row;

	row.count = 0;
	sp_row_bigint(&row, case_id);
	sp_row_instant(&row, act->now);
	sp_row_bigint(&row, sp_next_number(sequence));
	sp_row_text(&row, what);
	sp_row_int(&row, step);
	sp_row_text(&row, detail);
	(void) sp_table_insert(table, &row);
}

static const char *
told_in_words(const ActMessage *message)
{
	const ActHolder *holder = message->holder;
	const char *role = message->action->role;
	const char *fallback = message->firing->rule->fallback;

	if (holder == NULL)
		return psprintf("nobody was found as %s, nor as %s", role, fallback);
	if (strcmp(message->found_by, "fallback") == 0)
		return psprintf("nobody was found as %s: to %s (%s) as %s", role, holder->name != NULL ? holder->name : "",
						holder->staff, fallback);
	return psprintf("%s: %s (%s) by %s%s%s", role, holder->name != NULL ? holder->name : "", holder->staff,
					message->channel, holder->instead_of != NULL ? ", deputy of " : "",
					holder->instead_of != NULL ? holder->instead_of : "");
}

static int
compare_cases(const void *a, const void *b)
{
	const int64 x = *(const int64 *) a;
	const int64 y = *(const int64 *) b;

	return (x > y) - (x < y);
}

static void
add_message_line(LiveTable *table, const Act *act, Oid sequence, ActMessage *message)
{
	const char *what = strcmp(message->found_by, "role") == 0 ? message->action->verb : message->found_by;
	const char *words = told_in_words(message);
	int			step = message->firing->step;

	if (message->problem != NULL)
		add_line(table, act, sequence, message->firing->kase->case_id, "template", step, message->problem);
	if (message->cases == NULL)
	{
		add_line(table, act, sequence, message->firing->kase->case_id, what, step, words);
		return;
	}
	qsort(message->cases, message->case_count, sizeof(int64), compare_cases);
	for (int i = 0; i < message->case_count; i++)
		add_line(table, act, sequence, message->cases[i], what, step, words);
}

static void
write_history(Act *act)
{
	Oid			sequence = sp_internal_relid("case_event_number_seq", false);
	LiveTable	table;

	sp_table_open(&table, "case_event", history_columns, lengthof(history_columns));
	for (int i = 0; i < act->message_count; i++)
		if (!act->messages[i].is_merged)
			add_message_line(&table, act, sequence, &act->messages[i]);
	sp_table_close(&table);
}

/* ---- what firings keep ---- */

static void
push_pair(JsonbParseState **state, const char *name, const char *value)
{
	JsonbValue	pushed = sp_json_text(name);

	if (value == NULL)
		return;
	(void) pushJsonbValue(state, WJB_KEY, &pushed);
	pushed = sp_json_text(value);
	(void) pushJsonbValue(state, WJB_VALUE, &pushed);
}

static void
push_told(JsonbParseState **state, const ActMessage *message)
{
	(void) pushJsonbValue(state, WJB_BEGIN_OBJECT, NULL);
	push_pair(state, "role", message->action->role);
	push_pair(state, "staff", message->holder != NULL ? message->holder->staff : NULL);
	push_pair(state, "channel", message->channel);
	push_pair(state, "found_by", message->found_by);
	push_pair(state, "instead_of", message->holder != NULL ? message->holder->instead_of : NULL);
	(void) pushJsonbValue(state, WJB_END_OBJECT, NULL);
}

static Jsonb *
told_by(const ActMessage *messages, int count)
{
	JsonbParseState *state = NULL;
	bool		any = false;

	(void) pushJsonbValue(&state, WJB_BEGIN_ARRAY, NULL);
	for (int i = 0; i < count; i++)
		if (!messages[i].is_merged)
		{
			push_told(&state, &messages[i]);
			any = true;
		}
	return any ? JsonbValueToJsonb(pushJsonbValue(&state, WJB_END_ARRAY, NULL)) : NULL;
}

static bool
tell_the_same(const ActMessage *a, const ActMessage *b)
{
	return a->action == b->action && a->holder == b->holder && a->channel == b->channel &&
		strcmp(a->found_by, b->found_by) == 0 && a->is_merged == b->is_merged;
}

/* Messages are in the order of their firings; what is told by one like the one before is the same. */
static void
note_told(Act *act)
{
	MemoryContext caller = MemoryContextSwitchTo(act->context);
	const ActMessage *before = NULL;

	for (int i = 0, next; i < act->message_count; i = next)
	{
		ActMessage *message = &act->messages[i];

		for (next = i + 1; next < act->message_count && act->messages[next].firing == message->firing;)
			next++;
		if (next == i + 1 && before != NULL && tell_the_same(before, message))
			message->firing->told = before->firing->told;
		else
			message->firing->told = told_by(message, next - i);
		before = next == i + 1 ? message : NULL;
	}
	MemoryContextSwitchTo(caller);
}

static void
tell_of_messages(const Act *act)
{
	ArrayParam	ids = {0};

	for (int i = 0; i < act->message_count; i++)
		if (!act->messages[i].is_merged)
			sp_add_bigint(&ids, act->messages[i].message_id);
	if (ids.count > 0)
		sp_note_step("case_addressed", ids.values, ids.count);
}

void
sp_act_write_messages(Act *act)
{
	if (act->message_count > 0)
	{
		write_texts(act);
		write_queue(act);
	}
	write_history(act);
	note_told(act);
	tell_of_messages(act);
}
