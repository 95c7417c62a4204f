/*
 * live_open.c
 *	  The open waits of the keys of a slice.
 *
 * Each slice asks for thousands of keys, most of which have a wait or none.  They
 * come in the order of strcmp, which is nearly that of the index.
 */
#include "rule/live.h"
#include "rule/live_probe.h"

#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/timestamp.h"

typedef enum WaitField
{
	FIELD_WAIT_ID, FIELD_OPENED_AT, FIELD_TRIGGER_EVENT, FIELD_TRIGGER_RECORDED, FIELD_ANCHOR, FIELD_NEXT_STEP,
	FIELD_DUE_AT, FIELD_FIRST_DUE, FIELD_PREVIOUS_DUE, FIELD_REPETITION, FIELD_REPEAT_SINCE, FIELD_TRIGGER_KIND,
	FIELD_END_REASON, FIELD_SWEEP_AT, FIELD_COUNT
} WaitField;

static const char *const field_names[] = {
	"wait_id", "opened_at", "trigger_event", "trigger_recorded", "anchor", "next_step",
	"due_at", "first_due", "previous_due", "repetition", "repeat_since", "trigger_kind",
	"end_reason", "sweep_at"
};

static Instant
instant(const LiveProbe * probe, WaitField which)
{
	return sp_probe_is_null(probe, which) ? INSTANT_NONE : DatumGetTimestampTz(sp_probe_datum(probe, which));
}

static void
add_wait(const LiveProbe * probe, BoundRule *rule, const char *key, LiveWaitList *list)
{
	LiveWait   *item;

	GROW(list, waits, count, room);
	item = &list->waits[list->count++];
	*item = (LiveWait)
	{
		.rule = rule,.key = key,
			.wait.wait_id = DatumGetInt64(sp_probe_datum(probe, FIELD_WAIT_ID)),
			.wait.opened_at = instant(probe, FIELD_OPENED_AT),
			.wait.trigger_event = DatumGetInt64(sp_probe_datum(probe, FIELD_TRIGGER_EVENT)),
			.trigger_recorded = instant(probe, FIELD_TRIGGER_RECORDED),
			.wait.anchor = instant(probe, FIELD_ANCHOR),
			.wait.next_step = DatumGetInt32(sp_probe_datum(probe, FIELD_NEXT_STEP)),
			.wait.due_at = instant(probe, FIELD_DUE_AT),
			.wait.first_due = instant(probe, FIELD_FIRST_DUE),
			.wait.previous_due = instant(probe, FIELD_PREVIOUS_DUE),
			.wait.repetition = DatumGetInt32(sp_probe_datum(probe, FIELD_REPETITION)),
			.wait.repeat_since = instant(probe, FIELD_REPEAT_SINCE),
			.wait.ended_at = INSTANT_NONE,
			.trigger_kind = DatumGetInt32(sp_probe_datum(probe, FIELD_TRIGGER_KIND)),
			.tid = probe->slot->tts_tid,
			.sweep_at = instant(probe, FIELD_SWEEP_AT)
	};
}

/* Of one rule; what is read lives where the caller is. */
void
sp_read_open_waits(BoundRule *rule, char **keys, int key_count, LiveWaitList *list)
{
	LiveProbe	probe;
	ScanKeyData sought[2];

	if (key_count == 0)
		return;
	sp_probe_open(&probe, "wait", "wait_key", lengthof(sought), field_names, FIELD_COUNT);
	for (int i = 0; i < key_count; i++)
	{
		text	   *key = cstring_to_text(keys[i]);

		ScanKeyEntryInitialize(&sought[0], 0, 1, BTEqualStrategyNumber, InvalidOid, probe.index->rd_indcollation[0],
							   F_TEXTEQ, PointerGetDatum(key));
		ScanKeyInit(&sought[1], 2, BTEqualStrategyNumber, F_INT4EQ, Int32GetDatum(rule->rule_id));
		sp_probe_find(&probe, sought, lengthof(sought));
		while (sp_probe_next(&probe))
			if (sp_probe_is_null(&probe, FIELD_END_REASON))
				add_wait(&probe, rule, keys[i], list);
		pfree(key);
	}
	sp_probe_close(&probe);
}
