/*
 * backtest_run.c
 *	  The engine on one key's history, with a virtual clock.
 *
 * As it happened: one run over all events in their own order.  By arrival: a
 * sweep that never sleeps, so due times come due at their instant and each
 * event is met when it arrived, late or not.
 *
 * A live rule hears nothing before it is active, so FIRE PAST is about what
 * events from then on make due.  Here the history of before opens waits, too:
 * what is due by "since" passes in silence with it, and only then FIRE PAST holds.
 */
#include "rule/backtest.h"

#include "rule/engine_pattern.h"

typedef struct PastEvents
{
	EngineEvent *events;		/* by at, event_id */
	int			count;
} PastEvents;

static bool
comes_after(const EngineEvent *event, Instant at, int64_t event_id)
{
	return event->at > at || (event->at == at && event->event_id > event_id);
}

/* Where the events after an instant and id begin. */
static int
place_after(const PastEvents *past, Instant at, int64_t event_id)
{
	int			low = 0;
	int			high = past->count;

	while (low < high)
	{
		int			middle = low + (high - low) / 2;

		if (comes_after(&past->events[middle], at, event_id))
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

static bool
find_arrived(void *context, unsigned input, Instant since, int64_t since_event,
			 Instant before, EngineEvent *found)
{
	const PastEvents *past = context;

	for (int i = place_after(past, since, since_event); i < past->count; i++)
	{
		if (past->events[i].at >= before)
			return false;
		if (!(past->events[i].input & input))
			continue;
		*found = past->events[i];
		return true;
	}
	return false;
}

/* By arrival the past is in no order of its own; most come at its end, though. */
static void
add_to_past(PastEvents *past, const EngineEvent *event)
{
	int			place = place_after(past, event->at, event->event_id);

	memmove(&past->events[place + 1], &past->events[place], sizeof(EngineEvent) * (past->count - place));
	past->events[place] = *event;
	past->count++;
}

/* The open ones among the waits, in the order of their opening. */
static EngineWait *
open_waits(const Rehearsal *rehearsal, Arena *arena)
{
	EngineWait *result = arena_alloc(arena, sizeof(EngineWait) * (rehearsal->open_count + 1));

	for (int i = 0; i < rehearsal->open_count; i++)
		result[i] = rehearsal->waits[rehearsal->open[i]];
	return result;
}

static void
keep_waits(Rehearsal *rehearsal, const EngineResult *result, int given)
{
	int			open = 0;

	for (int i = 0; i < result->wait_count; i++)
	{
		int			place = i < given ? rehearsal->open[i] : rehearsal->wait_count;

		if (i >= given)
		{
			GROW(rehearsal, waits, wait_count, wait_room);
			rehearsal->wait_count++;
		}
		rehearsal->waits[place] = result->waits[i];
		if (result->waits[i].end_reason != END_NONE)
			continue;
		GROW(rehearsal, open, open_count, open_room);
		rehearsal->open[open++] = place;
		rehearsal->open_count = Max(rehearsal->open_count, open);
	}
	rehearsal->open_count = open;
}

/* Of the waits of a run the given ones come first. */
static void
keep_run(Rehearsal *rehearsal, const EngineResult *result, int given)
{
	int			first_new = rehearsal->wait_count - given;

	for (int i = 0; i < result->firing_count; i++)
	{
		const EngineFiring *firing = &result->firings[i];
		RehearsedFiring *kept;

		GROW(rehearsal, firings, firing_count, firing_room);
		kept = &rehearsal->firings[rehearsal->firing_count++];
		kept->wait = firing->wait < given ? rehearsal->open[firing->wait] : first_new + firing->wait;
		kept->step = firing->step;
		kept->repetition = firing->repetition;
		kept->due_at = firing->due_at;
		kept->superseded = firing->superseded;
	}
	keep_waits(rehearsal, result, given);
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

/* Waits that were over with their last step, and whose trigger is withdrawn. */
static void
open_withdrawn(Rehearsal *rehearsal, const EngineInput *input)
{
	for (int w = 0; w < input->withdrawn_count; w++)
		for (int i = 0; i < rehearsal->wait_count; i++)
		{
			EngineWait *wait = &rehearsal->waits[i];

			if (wait->trigger_event != input->withdrawn[w].trigger_event ||
				wait->end_reason != END_COMPLETED || wait->first_due == INSTANT_NONE)
				continue;
			wait->end_reason = END_NONE;
			wait->ended_at = INSTANT_NONE;
			GROW(rehearsal, open, open_count, open_room);
			rehearsal->open[rehearsal->open_count++] = i;
		}
}

/*
 * Of patterns the engine hears what completes them.  They are told of as much of
 * the past as can matter to the new events.
 */
static void
hear_pattern(Arena *arena, Rehearsal *rehearsal, PastEvents *past, EngineInput *input)
{
	int			first = place_after(past, sp_pattern_since(input->rule, input->events[0].at), PG_INT64_MIN);
	PatternInput pattern = {
		.rule = input->rule,.timekeeper = input->timekeeper,.past_count = past->count - first,
		.events = input->events,.event_count = input->event_count,
		.was_trigger = was_trigger,.context = rehearsal
	};
	PatternResult heard;

	if (pattern.past_count > 0)
		past->events = arena_copy(arena, past->events + first, sizeof(EngineEvent) * pattern.past_count);
	past->count = pattern.past_count;
	pattern.past = past->events;
	pattern_run(arena, &pattern, &heard);
	input->events = heard.events;
	input->event_count = heard.event_count;
	input->withdrawn = heard.withdrawn;
	input->withdrawn_count = heard.withdrawn_count;
	open_withdrawn(rehearsal, input);
	input->wait_count = rehearsal->open_count;
}

/* The rule, or as it is for what comes before it is active: without FIRE PAST. */
static const Rule *
rule_until(const Rehearsal *rehearsal, Instant until, Rule *silent)
{
	const Rule *rule = rehearsal->rule->rule;

	if (!rule->fire_past || until >= rehearsal->since)
		return rule;
	*silent = *rule;
	silent->fire_past = false;
	return silent;
}

static void
run_engine(Rehearsal *rehearsal, PastEvents past, const EngineEvent *events, int event_count,
		   Instant swept_until, Instant until)
{
	Rule		silent;
	EngineInput input = {
		.rule = rule_until(rehearsal, until, &silent),.timekeeper = &rehearsal->rule->keeper,
		.active_since = rehearsal->since,.swept_until = swept_until,.until = until,
		.had_wait = rehearsal->wait_count > 0,.has_fired = rehearsal->has_fired,
		.last_fired = rehearsal->last_fired,.events = events,.event_count = event_count,
		.find_earlier = find_arrived,.find_context = &past,.wait_count = rehearsal->open_count
	};
	EngineResult result;
	Arena		arena;

	sp_arena_init(&arena, CurrentMemoryContext);
	if (rule_has_pattern(input.rule) && event_count > 0)
		hear_pattern(&arena, rehearsal, &past, &input);
	input.waits = open_waits(rehearsal, &arena);
	engine_run(&arena, &input, &result);
	keep_run(rehearsal, &result, input.wait_count);
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
	static const PastEvents no_past = {NULL, 0};
	int			first_firing = rehearsal->firing_count;
	bool		due = false;

	for (int i = 0; i < rehearsal->open_count; i++)
	{
		Instant		due_at = rehearsal->waits[rehearsal->open[i]].due_at;

		due |= due_at != INSTANT_NONE && due_at <= until;
	}
	if (!due)
		return;
	run_engine(rehearsal, no_past, NULL, 0, swept_until, until);
	judge_awake(rehearsal, first_firing);
}

/* With FIRE PAST, from before the rule is active to after: a cut there. */
static Instant
sweep_past(Rehearsal *rehearsal, Instant swept, Instant until)
{
	if (!rehearsal->rule->rule->fire_past || swept >= rehearsal->since || until < rehearsal->since)
		return swept;
	sweep_to(rehearsal, swept, rehearsal->since - 1);
	return rehearsal->since;
}

static void
rehearse_by_arrival(Rehearsal *rehearsal)
{
	const KeyHistory *events = &rehearsal->events;
	PastEvents	past = {palloc_extended(sizeof(EngineEvent) * events->count, MCXT_ALLOC_HUGE), 0};
	Instant		swept = DT_NOBEGIN;

	for (int first = 0; first < events->count;)
	{
		Instant		arrival = events->arrivals[first];
		int			next = first;

		while (next < events->count && events->arrivals[next] == arrival)
			next++;
		swept = sweep_past(rehearsal, swept, arrival);
		sweep_to(rehearsal, swept, arrival);
		run_engine(rehearsal, past, &events->events[first], next - first, arrival, arrival);
		while (first < next)
			add_to_past(&past, &events->events[first++]);
		swept = arrival;
	}
	swept = sweep_past(rehearsal, swept, rehearsal->until);
	sweep_to(rehearsal, swept, rehearsal->until - 1);
}

/* Nothing is late, so where the run is cut changes nothing but FIRE PAST. */
static void
rehearse_as_happened(Rehearsal *rehearsal)
{
	static const PastEvents no_past = {NULL, 0};
	const KeyHistory *events = &rehearsal->events;
	PastEvents	past = {events->events, 0};

	while (rehearsal->rule->rule->fire_past && past.count < events->count &&
		   events->events[past.count].at < rehearsal->since)
		past.count++;
	if (past.count > 0)
		run_engine(rehearsal, no_past, events->events, past.count, DT_NOBEGIN, rehearsal->since - 1);
	run_engine(rehearsal, past, events->events + past.count, events->count - past.count, DT_NOBEGIN,
			   rehearsal->until - 1);
	judge_awake(rehearsal, 0);
}

void
sp_rehearse(Rehearsal *rehearsal)
{
	rehearsal->waits = NULL;
	rehearsal->open = NULL;
	rehearsal->firings = NULL;
	rehearsal->wait_count = rehearsal->wait_room = 0;
	rehearsal->open_count = rehearsal->open_room = 0;
	rehearsal->firing_count = rehearsal->firing_room = 0;
	rehearsal->has_fired = false;
	if (rehearsal->arrived)
		rehearse_by_arrival(rehearsal);
	else
		rehearse_as_happened(rehearsal);
}
