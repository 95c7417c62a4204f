/*
 * live_run.c
 *	  One rule in one sweep: its events and waits, key by key, through the engine.
 *
 * Invariant: events, waits, past events and used keys are in the order of their
 * keys (strcmp), so one walk over the lists meets each key once.
 */
#include "rule/live.h"

#include "rule/engine_pattern.h"

#include "miscadmin.h"

typedef struct KeyRange
{
	const RuleEventRow *rows;
	int			count;
} KeyRange;

/* those that earlier sweeps took in, in order */
typedef struct PastEvents
{
	EngineEvent *events;
	int			count;
} PastEvents;

typedef struct RuleRun
{
	Sweep	   *sweep;
	BoundRule  *rule;
	const RuleEventList *events;
	LiveWaitList waits;
	RuleEventList past;
	char	  **keys;
	int			key_count;
	char	  **used_keys;
	int			used_count;
	CooldownList cooldowns;
	int			next_event;
	int			next_wait;
	int			next_past;
	int			next_used;
	Outcomes   *outcomes;
} RuleRun;

/* The events of one key from *next on; *next moves past them. */
static KeyRange
events_of(const RuleEventList *list, int *next, const char *key)
{
	KeyRange	range;

	while (*next < list->count && strcmp(list->rows[*next].key, key) < 0)
		(*next)++;
	range.rows = list->rows + *next;
	range.count = 0;
	while (*next < list->count && strcmp(list->rows[*next].key, key) == 0)
	{
		(*next)++;
		range.count++;
	}
	return range;
}

static void
list_keys(RuleRun *run)
{
	const RuleEventList *events = run->events;

	run->keys = palloc(sizeof(char *) * (events->count + 1));
	for (int i = 0; i < events->count; i++)
		if (run->key_count == 0 ||
			strcmp(run->keys[run->key_count - 1], events->rows[i].key) != 0)
			run->keys[run->key_count++] = unconstify(char *, events->rows[i].key);
}

static int
compare_keys(const void *a, const void *b)
{
	return strcmp(*(char *const *) a, *(char *const *) b);
}

static int
compare_waits(const void *a, const void *b)
{
	const LiveWait *x = a;
	const LiveWait *y = b;
	int			order = strcmp(x->key, y->key);

	if (order != 0)
		return order;
	if (x->wait.opened_at != y->wait.opened_at)
		return x->wait.opened_at < y->wait.opened_at ? -1 : 1;
	return (x->wait.trigger_event > y->wait.trigger_event) -
		(x->wait.trigger_event < y->wait.trigger_event);
}

/*
 * Does a trigger say nothing to waits that are open already?  With EACH TIME each
 * wait is by itself, unless a cooldown or a pattern makes one depend on others.
 */
static bool
waits_stand_alone(const Rule *rule)
{
	return rule->form == FORM_EVENT && rule->rearm == REARM_EACH_TIME &&
		rule->cooldown.count == 0 && !rule_has_pattern(rule);
}

/* The keys whose open waits the slice's events may touch, sorted. */
static int
touched_keys(const RuleRun *run, char **keys)
{
	bool		all = !waits_stand_alone(run->rule->rule);
	int			count = 0;

	for (int i = 0; i < run->events->count; i++)
	{
		const RuleEventRow *row = &run->events->rows[i];

		if ((all || (row->event.input & ~INPUT_TRIGGER) != 0) &&
			(count == 0 || strcmp(keys[count - 1], row->key) != 0))
			keys[count++] = unconstify(char *, row->key);
	}
	return count;
}

/* All open waits of the keys that are touched, and the due ones of other keys. */
static void
gather_waits(RuleRun *run)
{
	const LiveWaitList *due = &run->sweep->due;
	char	  **keys = palloc(sizeof(char *) * (run->key_count + 1));
	int			count = touched_keys(run, keys);

	sp_read_open_waits(run->rule, keys, count, &run->waits);
	for (int i = 0; i < due->count; i++)
	{
		if (due->waits[i].rule != run->rule ||
			bsearch(&due->waits[i].key, keys, count, sizeof(char *), compare_keys) != NULL)
			continue;
		GROW(&run->waits, waits, count, room);
		run->waits.waits[run->waits.count++] = due->waits[i];
	}
	pfree(keys);
	if (run->waits.count > 1)
		qsort(run->waits.waits, run->waits.count, sizeof(LiveWait), compare_waits);
}

static bool
has_open_wait(const RuleRun *run, const char *key)
{
	LiveWait	sought = {.key = key,.wait = {.opened_at = PG_INT64_MIN}};
	int			low = 0;
	int			high = run->waits.count;

	while (low < high)
	{
		int			middle = (low + high) / 2;

		if (compare_waits(&run->waits.waits[middle], &sought) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low < run->waits.count && strcmp(run->waits.waits[low].key, key) == 0;
}

/* Might the engine or a pattern ask for earlier events because of this one? */
static bool
looks_back(const RuleRun *run, const RuleEventRow *row)
{
	bool		patterned = rule_has_pattern(run->rule->rule);

	if (row->event.at >= run->sweep->batch.low)
		return patterned && (row->event.input & INPUT_TRIGGER);
	if (patterned && (row->event.input & (INPUT_EARLIER | INPUT_LACKING)))
		return true;
	if (row->event.input & INPUT_TRIGGER)
		return true;
	return run->rule->rule->rearm == REARM_ONE_OPEN && has_open_wait(run, row->key);
}

static void
gather_past(RuleRun *run)
{
	char	  **keys = palloc(sizeof(char *) * (run->key_count + 1));
	int			count = 0;
	TimestampTz since = DT_NOEND;

	for (int i = 0; i < run->events->count; i++)
	{
		const RuleEventRow *row = &run->events->rows[i];

		if (!looks_back(run, row))
			continue;
		since = Min(since, sp_pattern_since(run->rule->rule, row->event.at));
		if (count == 0 || strcmp(keys[count - 1], row->key) != 0)
			keys[count++] = unconstify(char *, row->key);
	}
	if (count > 0)
		sp_read_past(run->sweep, run->rule, since, keys, count, &run->past);
	pfree(keys);
}

static bool
find_earlier(void *context, unsigned input, Instant since, int64_t since_event,
			 Instant before, EngineEvent *found)
{
	const PastEvents *past = context;

	for (int i = 0; i < past->count; i++)
	{
		const EngineEvent *event = &past->events[i];

		if (event->at >= before)
			return false;
		if (!(event->input & input) || event->at < since ||
			(event->at == since && event->event_id <= since_event))
			continue;
		*found = *event;
		return true;
	}
	return false;
}

static TimestampTz
trigger_recorded(const EngineWait *wait, KeyRange events, KeyRange past)
{
	for (int i = 0; i < events.count; i++)
		if (events.rows[i].event.event_id == wait->trigger_event)
			return events.rows[i].recorded;
	for (int i = 0; i < past.count; i++)
		if (past.rows[i].event.event_id == wait->trigger_event)
			return past.rows[i].recorded;
	elog(ERROR, "trigger " INT64_FORMAT " of a wait is not at hand", wait->trigger_event);
	return 0;
}

static bool
same_state(const EngineWait *a, const EngineWait *b)
{
	return a->trigger_event == b->trigger_event && a->next_step == b->next_step && a->repetition == b->repetition &&
		a->due_at == b->due_at && a->anchor == b->anchor && a->end_reason == b->end_reason;
}

/* One wait of the engine's result: its place among the outcomes. */
static int
keep_wait(RuleRun *run, const LiveWait *given, const EngineWait *wait,
		  KeyRange events, KeyRange past, const char *key)
{
	LiveWaitList *list = &run->outcomes->waits;
	LiveWait   *kept;

	GROW(list, waits, count, room);
	kept = &list->waits[list->count];
	if (given != NULL)
		*kept = *given;
	else
		*kept = (LiveWait)
	{
		.sweep_at = INSTANT_NONE
	};
	kept->rule = run->rule;
	kept->key = key;
	kept->is_new = given == NULL;
	kept->had_fired = given != NULL && given->wait.first_due != INSTANT_NONE;
	kept->changed = given == NULL || !same_state(&given->wait, wait);
	if (given == NULL || given->wait.trigger_event != wait->trigger_event)
		kept->trigger_recorded = trigger_recorded(wait, events, past);
	kept->wait = *wait;
	return list->count++;
}

static void
keep_result(RuleRun *run, const EngineResult *result, const LiveWait *given, int given_count,
			KeyRange events, KeyRange past, const char *key)
{
	int			first = run->outcomes->waits.count;

	for (int i = 0; i < result->wait_count; i++)
		(void) keep_wait(run, i < given_count ? &given[i] : NULL, &result->waits[i],
						 events, past, key);
	for (int i = 0; i < result->firing_count; i++)
	{
		LiveFiring *firing;

		GROW(run->outcomes, firings, firing_count, firing_room);
		firing = &run->outcomes->firings[run->outcomes->firing_count++];
		*firing = (LiveFiring)
		{
			.firing = result->firings[i],.wait = first + result->firings[i].wait
		};
		run->outcomes->waits.waits[firing->wait].fired = true;
	}
}

static bool
key_is_used(RuleRun *run, const char *key)
{
	while (run->next_used < run->used_count && strcmp(run->used_keys[run->next_used], key) < 0)
		run->next_used++;
	return run->next_used < run->used_count && strcmp(run->used_keys[run->next_used], key) == 0;
}

static EngineEvent *
engine_events(Arena *arena, KeyRange range)
{
	EngineEvent *result = arena_alloc(arena, sizeof(EngineEvent) * (range.count + 1));

	for (int i = 0; i < range.count; i++)
		result[i] = range.rows[i].event;
	return result;
}

typedef struct KeyOfRule
{
	BoundRule  *rule;
	const char *key;
} KeyOfRule;

static bool
was_trigger(void *context, int64_t event_id)
{
	const KeyOfRule *asked = context;

	return sp_had_trigger(asked->rule, asked->key, event_id);
}

/* The events as the engine is to hear them: of patterns, what completes them. */
static void
hear_events(Arena *arena, KeyRange events, PastEvents *past, KeyOfRule *of, EngineInput *input)
{
	PatternInput pattern = {
		.rule = input->rule,.timekeeper = input->timekeeper,.past = past->events,
		.past_count = past->count,.events = engine_events(arena, events),
		.event_count = events.count,.was_trigger = was_trigger,.context = of
	};
	PatternResult heard;

	input->events = pattern.events;
	input->event_count = events.count;
	if (!rule_has_pattern(input->rule) || events.count == 0)
		return;
	pattern_run(arena, &pattern, &heard);
	input->events = heard.events;
	input->event_count = heard.event_count;
	input->withdrawn = heard.withdrawn;
	input->withdrawn_count = heard.withdrawn_count;
}

static void
run_key(RuleRun *run, const char *key)
{
	KeyRange	events = events_of(run->events, &run->next_event, key);
	KeyRange	past = events_of(&run->past, &run->next_past, key);
	const LiveWait *given = run->waits.waits + run->next_wait;
	int			given_count = 0;
	EngineInput input = {
		.rule = run->rule->rule,.timekeeper = &run->rule->keeper,
		.active_since = run->rule->active_since,
		.swept_until = run->sweep->batch.low,.until = run->sweep->batch.high,
		.had_wait = key_is_used(run, key),
		.find_earlier = find_earlier
	};
	EngineResult result;
	EngineWait *engine_waits;
	PastEvents	known;
	KeyOfRule	of = {run->rule, key};
	Arena		arena;

	while (run->next_wait < run->waits.count &&
		   strcmp(run->waits.waits[run->next_wait].key, key) == 0)
	{
		run->next_wait++;
		given_count++;
	}
	input.has_fired = sp_last_fired(&run->cooldowns, key, &input.last_fired);
	sp_arena_init(&arena, CurrentMemoryContext);
	known.events = engine_events(&arena, past);
	known.count = past.count;
	input.find_context = &known;
	hear_events(&arena, events, &known, &of, &input);
	given = sp_add_over_waits(run->rule, key, &input, given, &given_count);
	engine_waits = arena_alloc(&arena, sizeof(EngineWait) * (given_count + 1));
	for (int i = 0; i < given_count; i++)
		engine_waits[i] = given[i].wait;
	input.waits = engine_waits;
	input.wait_count = given_count;
	engine_run(&arena, &input, &result);
	keep_result(run, &result, given, given_count, events, past, key);
	arena_free(&arena);
}

/* When it last fired, for all keys that have events or waits. */
static void
gather_cooldowns(RuleRun *run)
{
	char	  **keys;
	int			count = 0;

	if (run->rule->rule->cooldown.count == 0)
		return;
	keys = palloc(sizeof(char *) * (run->key_count + run->waits.count + 1));
	for (int i = 0; i < run->key_count; i++)
		keys[count++] = run->keys[i];
	for (int i = 0; i < run->waits.count; i++)
		keys[count++] = unconstify(char *, run->waits.waits[i].key);
	sp_read_cooldowns(run->rule, keys, count, &run->cooldowns);
	pfree(keys);
}

/* What a bound rule makes of its events of the slice and of its waits. */
void
sp_run_rule(Sweep *sweep, BoundRule *rule, const RuleEventList *events, Outcomes *outcomes)
{
	RuleRun		run = {.sweep = sweep,.rule = rule,.events = events,.outcomes = outcomes};

	list_keys(&run);
	gather_waits(&run);
	gather_past(&run);
	gather_cooldowns(&run);
	if (rule->rule->rearm == REARM_ONCE && run.key_count > 0)
		run.used_keys = sp_read_used_keys(rule, run.keys, run.key_count, &run.used_count);
	outcomes->event_count += events->count;
	while (run.next_event < events->count || run.next_wait < run.waits.count)
	{
		const char *key;

		CHECK_FOR_INTERRUPTS();
		if (run.next_event >= events->count)
			key = run.waits.waits[run.next_wait].key;
		else if (run.next_wait >= run.waits.count ||
				 strcmp(events->rows[run.next_event].key, run.waits.waits[run.next_wait].key) < 0)
			key = events->rows[run.next_event].key;
		else
			key = run.waits.waits[run.next_wait].key;
		run_key(&run, key);
	}
}
