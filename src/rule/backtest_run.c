/*
 * backtest_run.c
 *	  The engine on one key's history, with a virtual clock.
 *
 * As it happened: one run over all events in their own order.  By arrival: a
 * sweep that never sleeps, so due times come due at their instant and each
 * event is met when it arrived, late or not.
 */
#include "rule/backtest.h"

typedef struct PastEvents
{
	const RuleEventRow *rows;
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
		const EngineEvent *event = &past->rows[i].event;

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

static void
run_engine(Rehearsal *rehearsal, int first_event, int event_count, Instant swept_until,
		   Instant until)
{
	PastEvents	past = {rehearsal->events.rows, first_event};
	EngineInput input = {
		.rule = rehearsal->rule->rule,.timekeeper = &sp_timekeeper,
		.active_since = rehearsal->since,.swept_until = swept_until,.until = until,
		.had_wait = rehearsal->wait_count > 0,.event_count = event_count,
		.find_earlier = find_arrived,.find_context = &past
	};
	EngineResult result;
	EngineEvent *events;
	int		   *places;
	Arena		arena;

	sp_arena_init(&arena, CurrentMemoryContext);
	events = arena_alloc(&arena, sizeof(EngineEvent) * (event_count + 1));
	for (int i = 0; i < event_count; i++)
		events[i] = rehearsal->events.rows[first_event + i].event;
	input.events = events;
	input.waits = open_waits(rehearsal, &arena, &places, &input.wait_count);
	engine_run(&arena, &input, &result);
	keep_run(rehearsal, &result, places, input.wait_count);
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
	if (rehearsal->arrived)
		rehearse_by_arrival(rehearsal);
	else
	{
		run_engine(rehearsal, 0, rehearsal->events.count, DT_NOBEGIN, rehearsal->until - 1);
		judge_awake(rehearsal, 0);
	}
}
