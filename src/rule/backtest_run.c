/*
 * backtest_run.c
 *	  The engine on one key's history, with a virtual clock.
 *
 * As it happened: one run over all events in their own order.  By arrival: a
 * sweep that never sleeps, so due times come due at their instant and each
 * event is met when it arrived, late or not.
 */
#include "rule/backtest.h"

#include "rule/engine_pattern.h"

typedef struct PastEvents
{
	EngineEvent *events;
	int			count;
} PastEvents;

/* By arrival the past is in no order of its own: the first match is the least. */
static bool
find_arrived(void *context, unsigned input, Instant since, int64_t since_event,
			 Instant before, EngineEvent *found)
{
	const PastEvents *past = context;
	bool		any = false;

	for (int i = 0; i < past->count; i++)
	{
		const EngineEvent *event = &past->events[i];

		if (!(event->input & input) || event->at >= before || event->at < since ||
			(event->at == since && event->event_id <= since_event))
			continue;
		if (any && (event->at > found->at ||
					(event->at == found->at && event->event_id > found->event_id)))
			continue;
		*found = *event;
		any = true;
	}
	return any;
}

/* The open ones among the waits, in the engine's order, and where they stand. */
static EngineWait *
open_waits(const Rehearsal *rehearsal, Arena *arena, int **places, int *count)
{
	EngineWait *result = arena_alloc(arena, sizeof(EngineWait) * (rehearsal->wait_count + 1));

	*places = arena_alloc(arena, sizeof(int) * (rehearsal->wait_count + 1));
	*count = 0;
	for (int i = 0; i < rehearsal->wait_count; i++)
	{
		if (rehearsal->waits[i].end_reason != END_NONE)
			continue;
		(*places)[*count] = i;
		result[(*count)++] = rehearsal->waits[i];
	}
	return result;
}

static void
keep_run(Rehearsal *rehearsal, const EngineResult *result, const int *places, int given)
{
	int			first_new = rehearsal->wait_count - given;

	for (int i = 0; i < result->wait_count; i++)
	{
		if (i < given)
		{
			rehearsal->waits[places[i]] = result->waits[i];
			continue;
		}
		GROW(rehearsal, waits, wait_count, wait_room);
		rehearsal->waits[rehearsal->wait_count++] = result->waits[i];
	}
	for (int i = 0; i < result->firing_count; i++)
	{
		const EngineFiring *firing = &result->firings[i];
		RehearsedFiring *kept;

		GROW(rehearsal, firings, firing_count, firing_room);
		kept = &rehearsal->firings[rehearsal->firing_count++];
		kept->wait = firing->wait < given ? places[firing->wait] : first_new + firing->wait;
		kept->step = firing->step;
		kept->repetition = firing->repetition;
		kept->due_at = firing->due_at;
		kept->superseded = firing->superseded;
	}
}

static EngineEvent *
engine_events(Arena *arena, const RuleEventRow *rows, int count)
{
	EngineEvent *result = arena_alloc(arena, sizeof(EngineEvent) * (count + 1));

	for (int i = 0; i < count; i++)
		result[i] = rows[i].event;
	return result;
}

static int
compare_events(const void *a, const void *b)
{
	const EngineEvent *x = a;
	const EngineEvent *y = b;

	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	return (x->event_id > y->event_id) - (x->event_id < y->event_id);
}

static bool
was_trigger(void *context, int64_t event_id)
{
	const Rehearsal *rehearsal = context;

	for (int i = 0; i < rehearsal->wait_count; i++)
		if (rehearsal->waits[i].trigger_event == event_id)
			return true;
	return false;
}

/* Of patterns the engine hears what completes them. */
static void
hear_pattern(Arena *arena, Rehearsal *rehearsal, PastEvents *past, EngineInput *input)
{
	PatternInput pattern = {
		.rule = input->rule,.timekeeper = input->timekeeper,.past = past->events,
		.past_count = past->count,.events = input->events,.event_count = input->event_count,
		.was_trigger = was_trigger,.context = rehearsal
	};
	PatternResult heard;

	if (past->count > 1)
		qsort(past->events, past->count, sizeof(EngineEvent), compare_events);
	pattern_run(arena, &pattern, &heard);
	input->events = heard.events;
	input->event_count = heard.event_count;
	input->withdrawn = heard.withdrawn;
	input->withdrawn_count = heard.withdrawn_count;
}

static void
run_engine(Rehearsal *rehearsal, int first_event, int event_count, Instant swept_until,
		   Instant until)
{
	PastEvents	past;
	EngineInput input = {
		.rule = rehearsal->rule->rule,.timekeeper = &sp_timekeeper,
		.active_since = rehearsal->since,.swept_until = swept_until,.until = until,
		.had_wait = rehearsal->wait_count > 0,.has_fired = rehearsal->has_fired,
		.last_fired = rehearsal->last_fired,.event_count = event_count,
		.find_earlier = find_arrived,.find_context = &past
	};
	EngineResult result;
	int		   *places;
	Arena		arena;

	sp_arena_init(&arena, CurrentMemoryContext);
	past.events = engine_events(&arena, rehearsal->events.rows, first_event);
	past.count = first_event;
	input.events = engine_events(&arena, rehearsal->events.rows + first_event, event_count);
	if (rule_has_pattern(input.rule) && event_count > 0)
		hear_pattern(&arena, rehearsal, &past, &input);
	input.waits = open_waits(rehearsal, &arena, &places, &input.wait_count);
	engine_run(&arena, &input, &result);
	keep_run(rehearsal, &result, places, input.wait_count);
	rehearsal->has_fired = result.has_fired;
	rehearsal->last_fired = result.last_fired;
	arena_free(&arena);
}

/*
 * In runs that stand for a sweep that never sleeps, a step gives way to the
 * next one only when both come due, or are learnt of, at one instant.  The firings
 * of a run are in the order of their due times.
 */
static void
judge_awake(Rehearsal *rehearsal, int first_firing)
{
	const RuleStep *steps = rehearsal->rule->rule->steps;

	for (int i = first_firing; i < rehearsal->firing_count; i++)
	{
		RehearsedFiring *firing = &rehearsal->firings[i];
		Instant		learnt = Max(firing->due_at, rehearsal->waits[firing->wait].opened_at);

		firing->superseded = false;
		for (int j = i + 1; j < rehearsal->firing_count; j++)
		{
			if (rehearsal->firings[j].due_at > learnt)
				break;
			if (rehearsal->firings[j].wait == firing->wait &&
				(rehearsal->firings[j].step == firing->step ||
				 steps[rehearsal->firings[j].step].guard != GUARD_WHEN_DELIVERED))
				firing->superseded = true;
		}
	}
}

static void
sweep_to(Rehearsal *rehearsal, Instant swept_until, Instant until)
{
	int			first_firing = rehearsal->firing_count;
	bool		due = false;

	for (int i = 0; i < rehearsal->wait_count; i++)
		due |= rehearsal->waits[i].due_at != INSTANT_NONE && rehearsal->waits[i].due_at <= until;
	if (!due)
		return;
	run_engine(rehearsal, 0, 0, swept_until, until);
	judge_awake(rehearsal, first_firing);
}

static void
rehearse_by_arrival(Rehearsal *rehearsal)
{
	const RuleEventRow *rows = rehearsal->events.rows;
	int			count = rehearsal->events.count;
	Instant		swept = DT_NOBEGIN;

	for (int first = 0; first < count;)
	{
		Instant		arrival = ARRIVAL(&rows[first]);
		int			next = first;

		while (next < count && ARRIVAL(&rows[next]) == arrival)
			next++;
		sweep_to(rehearsal, swept, arrival);
		run_engine(rehearsal, first, next - first, arrival, arrival);
		swept = arrival;
		first = next;
	}
	sweep_to(rehearsal, swept, rehearsal->until - 1);
}

void
sp_rehearse(Rehearsal *rehearsal)
{
	rehearsal->waits = NULL;
	rehearsal->firings = NULL;
	rehearsal->wait_count = rehearsal->wait_room = 0;
	rehearsal->firing_count = rehearsal->firing_room = 0;
	rehearsal->has_fired = false;
	if (rehearsal->arrived)
		rehearse_by_arrival(rehearsal);
	else
	{
		run_engine(rehearsal, 0, rehearsal->events.count, DT_NOBEGIN, rehearsal->until - 1);
		judge_awake(rehearsal, 0);
	}
}
