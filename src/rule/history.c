/*
 * history.c
 *	  Stored events of a rule, key by key.
 *
 * A table has its events almost in time order, so there is nothing to sort but
 * the keys: a hash of them finds the chain that an event belongs to, and a
 * key's few events are put in order when its turn comes.  What does not fit in
 * maintenance_work_mem goes to a file as a run in the order of keys, and the
 * runs are merged; so memory is bounded by that setting and the events of one key.
 *
 * Invariant: space holds the events gathered since the last run, and the table
 * the last one of each key; texts of keys grow from the back of space.
 */
#include "rule/history.h"

#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "lib/binaryheap.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#define LEAST_BUDGET	(256 * 1024)
#define MOST_BUDGET		(1024L * 1024 * 1024)	/* its events are told apart
												 * by an int32 */
#define FIRST_KEYS		1024

/* a key as it comes: a number, with length 0, or a text with its first eight bytes */
typedef struct KeyName
{
	uint64		number;
	const char *text;
	uint32		length;
} KeyName;

struct PastKey
{
	KeyName		name;
	int32		last;			/* its newest event */
	char		status;
};

static inline uint32
hash_name(KeyName name)
{
	if (name.length > sizeof(name.number))
		return hash_bytes((const unsigned char *) name.text, name.length);
	return (uint32) (((name.number ^ name.length) * UINT64CONST(0x9E3779B97F4A7C15)) >> 32);
}

static inline bool
is_same_name(KeyName a, KeyName b)
{
	return a.number == b.number && a.length == b.length &&
		(a.length <= sizeof(a.number) || memcmp(a.text, b.text, a.length) == 0);
}

#define SH_PREFIX		past
#define SH_ELEMENT_TYPE PastKey
#define SH_KEY_TYPE		KeyName
#define SH_KEY			name
#define SH_HASH_KEY(table, name)	hash_name(name)
#define SH_EQUAL(table, a, b)		is_same_name(a, b)
#define SH_SCOPE		static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

struct KeyOrder
{
	uint64		begins;			/* the key's first eight bytes, as a number */
	const PastKey *key;
};

static inline int
compare_keys(const KeyOrder *a, const KeyOrder *b)
{
	if (a->begins != b->begins)
		return a->begins < b->begins ? -1 : 1;
	return strcmp(a->key->name.text, b->key->name.text);
}

#define ST_SORT			sort_keys
#define ST_ELEMENT_TYPE KeyOrder
#define ST_COMPARE(a, b)	compare_keys(a, b)
#define ST_SCOPE		static
#define ST_DEFINE
#include "lib/sort_template.h"

static inline int
compare_past(const PastEvent *a, const PastEvent *b, const History *history)
{
	if (history->arrived && a->more[history->anchored] != b->more[history->anchored])
		return a->more[history->anchored] < b->more[history->anchored] ? -1 : 1;
	if (a->at != b->at)
		return a->at < b->at ? -1 : 1;
	return (a->event_id > b->event_id) - (a->event_id < b->event_id);
}

#define ST_SORT			sort_past
#define ST_ELEMENT_TYPE PastEventRef
#define ST_COMPARE(a, b, history)	compare_past(*(a), *(b), history)
#define ST_COMPARE_ARG_TYPE const History
#define ST_SCOPE		static
#define ST_DEFINE
#include "lib/sort_template.h"

/* ---- gathering ------------------------------------------------------------- */

static inline PastEvent *
event_at(const History *history, int32 place)
{
	return (PastEvent *) (history->space + (Size) place * history->event_size);
}

/* The bytes of a short text as a number, in whose order the texts are. */
static uint64
first_bytes(const char *text, uint32 length)
{
	uint64		result = 0;

	for (uint32 i = 0; i < sizeof(result); i++)
		result = result << 8 | (i < length ? (unsigned char) text[i] : 0);
	return result;
}

static void
empty_space(History *history)
{
	history->keys = history->space + history->budget;
	history->count = 0;
	if (history->table != NULL)
		past_destroy(history->table);
	history->table = past_create(history->context, FIRST_KEYS, NULL);
}

static void
start_receiving(DestReceiver *self, int operation, TupleDesc row)
{
	History    *history = (History *) self;

	history->numbered = TupleDescAttr(row, 0)->atttypid == INT8OID;
	history->anchor_type = TupleDescAttr(row, 5)->atttypid;
}

static void spill(History *history);

static bool
has_room(const History *history, Size text_size)
{
	const		past_hash *table = history->table;
	Size		size = table->size * sizeof(PastKey);
	Size		taken = (history->count + 1) * history->event_size + text_size +
	(table->members + 1) * sizeof(KeyOrder);

	if (table->members >= table->grow_threshold)
		size *= 3;				/* the table and the one twice as large */
	return history->space + taken + size <= history->keys;
}

/* A key met for the first time since the last run: its text is kept. */
static void
keep_text(History *history, PastKey *key)
{
	char		digits[MAXINT8LEN + 1];
	const char *text = history->numbered ? digits : key->name.text;
	uint32		length = history->numbered
	? (uint32) pg_lltoa((int64) key->name.number, digits) : key->name.length;

	history->keys -= length + 1;
	memcpy(history->keys, text, length);
	history->keys[length] = '\0';
	key->name.text = history->keys;
	key->last = -1;
}

static KeyName
name_of(const History *history, Datum key)
{
	KeyName		name = {0};

	if (history->numbered)
		name.number = (uint64) DatumGetInt64(key);
	else
	{
		text	   *value = DatumGetTextPP(key);

		name.text = VARDATA_ANY(value);
		name.length = VARSIZE_ANY_EXHDR(value);
		name.number = first_bytes(name.text, name.length);
	}
	return name;
}

static void
take_event(History *history, const Datum *values, const bool *nulls)
{
	KeyName		name = name_of(history, values[0]);
	Size		text_size = history->numbered ? MAXINT8LEN + 1 : name.length + 1;
	PastEvent  *event;
	PastKey    *key;
	bool		found;

	if (!has_room(history, text_size) && history->count > 0)
		spill(history);
	if (!has_room(history, text_size))
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("a key is too long to be remembered"),
				 errdetail("It has %u bytes.", name.length),
				 errhint("Raise maintenance_work_mem, or write the rule PER a shorter column.")));
	key = past_insert(history->table, name, &found);
	if (!found)
		keep_text(history, key);
	event = event_at(history, history->count);
	event->at = DatumGetTimestampTz(values[1]);
	event->event_id = DatumGetInt64(values[2]);
	event->input = DatumGetInt32(values[4]);
	event->previous = key->last;
	if (history->anchored)
		event->more[0] = sp_event_anchor(history->rule, values[5], nulls[5], history->anchor_type, event->at);
	if (history->arrived)
		event->more[history->anchored] = Max(DatumGetTimestampTz(values[3]), event->at);
	key->last = history->count++;
}

/* key, at, event_id, recorded, input, anchor; without a key or an input it is no event */
static bool
receive_row(TupleTableSlot *slot, DestReceiver *self)
{
	History    *history = (History *) self;
	MemoryContext caller;

	slot_getallattrs(slot);
	if (slot->tts_isnull[0] || DatumGetInt32(slot->tts_values[4]) == 0)
		return true;
	caller = MemoryContextSwitchTo(history->scratch);
	take_event(history, slot->tts_values, slot->tts_isnull);
	MemoryContextSwitchTo(caller);
	MemoryContextReset(history->scratch);
	return true;
}

static void
ignore_end(DestReceiver *self)
{
}

History *
sp_history_begin(const Rule *rule, bool arrived)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "salespulse history",
												  ALLOCSET_DEFAULT_SIZES);
	History    *history = MemoryContextAllocZero(context, sizeof(History));
	MemoryContext caller;

	history->receiver.receiveSlot = receive_row;
	history->receiver.rStartup = start_receiving;
	history->receiver.rShutdown = history->receiver.rDestroy = ignore_end;
	history->receiver.mydest = DestTuplestore;	/* the nearest to what it is */
	history->rule = rule;
	history->arrived = arrived;
	history->anchored = rule->date_column != NULL || rule->form != FORM_EVENT;
	history->context = context;
	history->scratch = AllocSetContextCreate(context, "salespulse history row", ALLOCSET_SMALL_SIZES);
	history->event_size = offsetof(PastEvent, more) + sizeof(Instant) * (history->anchored + arrived);
	history->budget = Min(Max(maintenance_work_mem * (Size) 1024, LEAST_BUDGET), MOST_BUDGET);
	caller = MemoryContextSwitchTo(context);
	history->space = MemoryContextAllocHuge(context, history->budget);
	initStringInfo(&history->merged_key);
	MemoryContextSwitchTo(caller);
	empty_space(history);
	return history;
}

void
sp_history_end(History *history)
{
	MemoryContextDelete(history->context);
}

/* ---- in order -------------------------------------------------------------- */

static void
order_keys(History *history)
{
	past_iterator iterator;
	const PastKey *key;

	history->order = MemoryContextAllocHuge(history->context, sizeof(KeyOrder) * Max(history->table->members, 1));
	history->order_count = history->next = 0;
	past_start_iterate(history->table, &iterator);
	while ((key = past_iterate(history->table, &iterator)) != NULL)
		history->order[history->order_count++] = (KeyOrder)
	{
		first_bytes(key->name.text, strlen(key->name.text)), key
	};
	sort_keys(history->order, history->order_count);
}

static void
reserve_references(History *history, int count)
{
	if (count <= history->reference_room)
		return;
	history->reference_room = Max(count, history->reference_room * 2);
	if (history->references != NULL)
		pfree(history->references);
	history->references = MemoryContextAllocHuge(history->context, sizeof(PastEventRef) * history->reference_room);
}

/* The events of a key that is in memory, in order. */
static int
follow_chain(History *history, const PastKey *key)
{
	int			count = 0;
	int			place = key->last;

	for (; place >= 0; place = event_at(history, place)->previous)
		count++;
	reserve_references(history, count);
	place = key->last;
	for (int i = count; i-- > 0; place = history->references[i]->previous)
		history->references[i] = event_at(history, place);
	sort_past(history->references, count, history);
	return count;
}

/* All that is in memory becomes a run. */
static void
spill(History *history)
{
	MemoryContext caller = MemoryContextSwitchTo(history->context);
	PastRun    *run = sp_past_create();

	order_keys(history);
	for (int i = 0; i < history->order_count; i++)
	{
		const PastKey *key = history->order[i].key;
		int			count = follow_chain(history, key);

		CHECK_FOR_INTERRUPTS();
		sp_past_begin_key(run, key->name.text, count);
		for (int j = 0; j < count; j++)
			sp_past_write(run, history->references[j], history->event_size);
	}
	pfree(history->order);
	history->order = NULL;
	empty_space(history);
	sp_past_rewind(run);
	history->runs = lappend(history->runs, run);
	MemoryContextSwitchTo(caller);
}

/* The greatest of a heap comes first: the least key. */
static int
compare_runs(Datum a, Datum b, void *arg)
{
	return strcmp(((PastRun *) DatumGetPointer(b))->key, ((PastRun *) DatumGetPointer(a))->key);
}

/* All has been gathered. */
static void
begin_order(History *history)
{
	ListCell   *cell;

	if (history->runs == NIL)
	{
		order_keys(history);
		return;
	}
	spill(history);
	history->merge = binaryheap_allocate(list_length(history->runs), compare_runs, NULL);
	foreach(cell, history->runs)
		if (sp_past_next_key(lfirst(cell)))
		binaryheap_add_unordered(history->merge, PointerGetDatum(lfirst(cell)));
	binaryheap_build(history->merge);
	history->order = palloc0(sizeof(KeyOrder)); /* has begun */
}

/* Reads a run's part of the key behind the "count" events that others had; where it goes on. */
static int
take_stretch(History *history, PastRun *run, int count)
{
	int			total = count + run->count;

	if (total * history->event_size > history->stretch_size)
	{
		history->stretch_size = Max(total * history->event_size, history->stretch_size * 2);
		history->stretch = history->stretch == NULL ? MemoryContextAllocHuge(history->context, history->stretch_size)
			: repalloc_huge(history->stretch, history->stretch_size);
	}
	sp_past_read(run, history->stretch + count * history->event_size, run->count * history->event_size);
	return total;
}

/* The least key of the runs, its events in order; 0 at the end. */
static int
merge_key(History *history, const char **key)
{
	PastRun    *run;
	int			count = 0;

	if (binaryheap_empty(history->merge))
		return 0;
	run = (PastRun *) DatumGetPointer(binaryheap_first(history->merge));
	resetStringInfo(&history->merged_key);
	appendStringInfoString(&history->merged_key, run->key);
	*key = history->merged_key.data;
	while (!binaryheap_empty(history->merge))
	{
		run = (PastRun *) DatumGetPointer(binaryheap_first(history->merge));
		if (strcmp(run->key, *key) != 0)
			break;
		count = take_stretch(history, run, count);
		if (sp_past_next_key(run))
			binaryheap_replace_first(history->merge, PointerGetDatum(run));
		else
			(void) binaryheap_remove_first(history->merge);
	}
	reserve_references(history, count);
	for (int i = 0; i < count; i++)
		history->references[i] = (PastEvent *) (history->stretch + i * history->event_size);
	sort_past(history->references, count, history);
	return count;
}

/* As the engine takes them. */
static void
hand_over(const History *history, int count, KeyHistory *found)
{
	found->count = count;
	if (count > found->room)
	{
		found->room = Max(count, found->room * 2);
		found->events = MemoryContextAllocHuge(history->context, sizeof(EngineEvent) * found->room);
		found->arrivals = MemoryContextAllocHuge(history->context, sizeof(TimestampTz) * found->room);
	}
	for (int i = 0; i < count; i++)
	{
		const PastEvent *past = history->references[i];

		found->events[i].at = past->at;
		found->events[i].event_id = past->event_id;
		found->events[i].input = past->input;
		found->events[i].anchor = history->anchored ? past->more[0] : past->at;
		if (history->arrived)
			found->arrivals[i] = past->more[history->anchored];
	}
}

/* The next key in the order of its bytes, and its events in that of the replay. */
bool
sp_history_next(History *history, KeyHistory *found)
{
	MemoryContext caller = MemoryContextSwitchTo(history->context);
	int			count = 0;

	if (history->order == NULL)
		begin_order(history);
	if (history->merge != NULL)
		count = merge_key(history, &found->key);
	else if (history->next < history->order_count)
	{
		const PastKey *key = history->order[history->next++].key;

		found->key = key->name.text;
		count = follow_chain(history, key);
	}
	hand_over(history, count, found);
	MemoryContextSwitchTo(caller);
	return count > 0;
}
