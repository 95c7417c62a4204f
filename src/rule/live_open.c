/*
 * live_open.c
 *	  Open waits: those of the keys of a slice, and those that are due.
 *
 * Each slice asks for thousands of keys, most of which have a wait or none.  They
 * come in the order of strcmp, which is nearly that of the index.  What is due
 * comes in the order of its index, from where the last slice stopped: no slice
 * costs more because many are due, whatever the table's statistics say.
 */
#include "rule/live.h"
#include "rule/live_probe.h"

#include "catalog/pg_collation_d.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/fmgrprotos.h"
#include "utils/timestamp.h"

typedef enum WaitField
{
	FIELD_WAIT_ID, FIELD_OPENED_AT, FIELD_TRIGGER_EVENT, FIELD_TRIGGER_RECORDED, FIELD_ANCHOR, FIELD_NEXT_STEP,
	FIELD_DUE_AT, FIELD_FIRST_DUE, FIELD_PREVIOUS_DUE, FIELD_REPETITION, FIELD_REPEAT_SINCE, FIELD_TRIGGER_KIND,
	FIELD_END_REASON, FIELD_SWEEP_AT, FIELD_RULE_ID, FIELD_KEY, FIELD_COUNT
} WaitField;

static const char *const field_names[] = {
	"wait_id", "opened_at", "trigger_event", "trigger_recorded", "anchor", "next_step",
	"due_at", "first_due", "previous_due", "repetition", "repeat_since", "trigger_kind",
	"end_reason", "sweep_at", "rule_id", "key"
};

static Instant
instant(const LiveProbe *probe, WaitField which)
{
	return sp_probe_is_null(probe, which) ? INSTANT_NONE : DatumGetTimestampTz(sp_probe_datum(probe, which));
}

static void
add_wait(const LiveProbe *probe, BoundRule *rule, const char *key, LiveWaitList *list)
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

/* NULL: it is none of this sweep's. */
BoundRule *
sp_running_rule(Sweep *sweep, int32 rule_id)
{
	int			low = 0;
	int			high = sweep->rule_count - 1;

	while (low <= high)
	{
		int			middle = (low + high) / 2;

		if (sweep->rules[middle].rule_id == rule_id)
			return &sweep->rules[middle];
		if (sweep->rules[middle].rule_id < rule_id)
			low = middle + 1;
		else
			high = middle - 1;
	}
	return NULL;
}

/* Of the rows of wait_due, is it an open wait that has a step ahead? */
static bool
is_due(const LiveProbe *probe)
{
	return !sp_probe_is_null(probe, FIELD_DUE_AT) && sp_probe_is_null(probe, FIELD_END_REASON);
}

/* Whose the row is, if it is due, of a rule that runs, and of this lane. */
static BoundRule *
rule_of_due(Sweep *sweep, const LiveProbe *probe, LaneOfKeys lane)
{
	if (!is_due(probe))
		return NULL;
	if (lane.divisor > 1)
	{
		int32		hash = DatumGetInt32(DirectFunctionCall1Coll(hashtext, DEFAULT_COLLATION_OID,
																 sp_probe_datum(probe, FIELD_KEY)));

		if ((hash & PG_INT32_MAX) % lane.divisor != lane.rest)
			return NULL;
	}
	return sp_running_rule(sweep, DatumGetInt32(sp_probe_datum(probe, FIELD_RULE_ID)));
}

/* (sweep_at, wait_id) >= place AND sweep_at <= high, as keys of wait_due */
static void
set_due_range(ScanKey range, ScanKey place, DuePlace floor, TimestampTz high)
{
	ScanKeyEntryInitialize(&place[0], SK_ROW_MEMBER, 1, BTGreaterEqualStrategyNumber, InvalidOid, InvalidOid,
						   F_TIMESTAMPTZ_CMP, TimestampTzGetDatum(floor.due_at));
	ScanKeyEntryInitialize(&place[1], SK_ROW_MEMBER | SK_ROW_END, 2, BTGreaterEqualStrategyNumber, InvalidOid,
						   InvalidOid, F_BTINT8CMP, Int64GetDatum(floor.wait_id));
	MemSet(&range[0], 0, sizeof(ScanKeyData));
	range[0].sk_flags = SK_ROW_HEADER;
	range[0].sk_attno = 1;
	range[0].sk_strategy = BTGreaterEqualStrategyNumber;
	range[0].sk_argument = PointerGetDatum(place);
	ScanKeyInit(&range[1], 1, BTLessEqualStrategyNumber, F_TIMESTAMPTZ_LE, TimestampTzGetDatum(high));
}

/* Are more than so many waits of these rules (sorted) due at that instant? */
bool
sp_more_are_due(DuePlace floor, TimestampTz high, const int32 *rule_ids, int rule_count, int many)
{
	LiveProbe	probe;
	ScanKeyData range[2];
	ScanKeyData place[2];
	int			count = 0;

	sp_probe_open(&probe, "wait", "wait_due", lengthof(range), field_names, FIELD_COUNT);
	set_due_range(range, place, floor, high);
	sp_probe_find(&probe, range, lengthof(range));
	while (count <= many && sp_probe_next(&probe))
		count += is_due(&probe) &&
			sp_has_id(rule_ids, rule_count, DatumGetInt32(sp_probe_datum(&probe, FIELD_RULE_ID)));
	sp_probe_close(&probe);
	return count > many;
}

static int
compare_waits_by_rule(const void *a, const void *b)
{
	const LiveWait *x = a;
	const LiveWait *y = b;

	if (x->rule != y->rule)
		return x->rule < y->rule ? -1 : 1;
	return strcmp(x->key, y->key);
}

/*
 * The next waits that are due, the longest due first.  What is left for the
 * next slice does no harm: the engine fires a wait before it looks at an event
 * that comes after the due time, late or not.
 */
void
sp_read_due_waits(Sweep *sweep, int max_waits)
{
	LiveWaitList *due = &sweep->due;
	LaneOfKeys	lane = sp_lane_of_keys(sweep);
	LiveProbe	probe;
	ScanKeyData range[2];
	ScanKeyData place[2];

	sp_probe_open(&probe, "wait", "wait_due", lengthof(range), field_names, FIELD_COUNT);
	set_due_range(range, place, sweep->floor, sweep->batch.high);
	sp_probe_find(&probe, range, lengthof(range));
	while (due->count < max_waits && sp_probe_next(&probe))
	{
		BoundRule  *rule = rule_of_due(sweep, &probe, lane);

		if (rule != NULL)
			add_wait(&probe, rule, TextDatumGetCString(sp_probe_datum(&probe, FIELD_KEY)), due);
	}
	sp_probe_close(&probe);
	sweep->more_due = due->count == max_waits;
	sweep->worked_until.due_at = sweep->batch.high;
	if (sweep->more_due)
		sweep->worked_until = (DuePlace)
	{
		due->waits[due->count - 1].wait.due_at, due->waits[due->count - 1].wait.wait_id
	};
	if (due->count > 1)
		qsort(due->waits, due->count, sizeof(LiveWait), compare_waits_by_rule);
}
