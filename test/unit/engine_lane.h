/*
 * engine_lane.h
 *	  One rule and one key, run after run, as a driver would keep them.
 *
 * The waits live outside the engine's memory between runs; events once given
 * are the past that the engine may look back to.
 */
#ifndef SP_ENGINE_LANE_H
#define SP_ENGINE_LANE_H

#include "check.h"
#include "engine_oracle.h"
#include "rule/engine_pattern.h"

#include <stdlib.h>

#define MAX_EVENTS	64
#define MAX_FIRINGS	4096
#define FAR			1000000

/* The n-th instant after, or before, at which a calendar is open: a mask of seven. */
static inline Instant
add_open(unsigned calendar, Instant from, int64_t count)
{
	int			step = count < 0 ? -1 : 1;

	for (; count != 0; count -= step)
		do
			from += step;
		while (!(calendar >> ((from % 7 + 7) % 7) & 1));
	return from;
}

static inline Instant
add_units(void *context, Instant from, Duration span)
{
	if (span.unit == UNIT_WORKING_DAY)
		return add_open(context == NULL ? 0x1f : *(unsigned *) context, from, span.count);
	return from + span.count * (span.unit == UNIT_HOUR ? 2 : 1);
}

static const Timekeeper keeper = {NULL, add_units};

/* what came of a history: everything that happened, wait by wait */
typedef struct Outcome
{
	EngineWait	waits[ORACLE_WAITS];
	int			wait_count;
	struct
	{
		int64_t		trigger;
		int			step;
		int			repetition;
		Instant		due_at;
		bool		superseded;
	}			firings[MAX_FIRINGS];
	int			firing_count;
} Outcome;

typedef struct Past
{
	EngineEvent events[MAX_EVENTS];
	int			count;
} Past;

typedef struct Lane
{
	Rule		rule;
	RuleStep	steps[ORACLE_STEPS];
	Timekeeper	keeper;			/* of the calendar that the rule names */
	Instant		active_since;
	Instant		swept_until;
	EngineWait	open[ORACLE_WAITS];
	int			open_count;
	bool		had_wait;
	bool		has_fired;
	Instant		last_fired;
	Past		past;
	Outcome		outcome;
} Lane;

static inline bool
find_in_past(void *context, unsigned input, Instant since, int64_t since_event,
			 Instant before, EngineEvent *found)
{
	const Past *past = context;
	bool		any = false;

	for (int i = 0; i < past->count; i++)
	{
		const EngineEvent *event = &past->events[i];

		if (!(event->input & input) || event->at >= before ||
			event->at < since || (event->at == since && event->event_id <= since_event))
			continue;
		if (!any || event->at < found->at ||
			(event->at == found->at && event->event_id < found->event_id))
			*found = *event;
		any = true;
	}
	return any;
}

static inline Lane *
lane_begin(Rearm rearm, bool absence, bool until, int64_t window)
{
	Lane	   *lane = calloc(1, sizeof(Lane));

	lane->rule.trigger.event = "a";
	lane->rule.rearm = rearm;
	lane->rule.absent.event = absence ? "b" : NULL;
	lane->rule.until.event = until ? "c" : NULL;
	lane->rule.window.count = window;
	lane->rule.window.unit = UNIT_DAY;
	lane->rule.steps = lane->steps;
	lane->rule.step_count = 1;
	lane->keeper = keeper;
	lane->active_since = -FAR;
	lane->swept_until = -FAR;
	return lane;
}

static inline void
lane_step(Lane *lane, StepTiming timing, int64_t delay)
{
	RuleStep   *step = &lane->steps[lane->rule.step_count++];

	step->timing = timing;
	step->delay.count = delay;
	step->delay.unit = UNIT_DAY;
}

static inline void
lane_repeat(Lane *lane, int64_t period, int at_most)
{
	lane_step(lane, STEP_EVERY, period);
	lane->steps[lane->rule.step_count - 1].at_most = at_most;
}

static inline void
keep_firings(Lane *lane, const EngineResult *result)
{
	Outcome    *outcome = &lane->outcome;

	for (int i = 0; i < result->firing_count; i++)
	{
		const EngineFiring *firing = &result->firings[i];

		outcome->firings[outcome->firing_count].trigger =
			result->waits[firing->wait].trigger_event;
		outcome->firings[outcome->firing_count].step = firing->step;
		outcome->firings[outcome->firing_count].repetition = firing->repetition;
		outcome->firings[outcome->firing_count].superseded = firing->superseded;
		outcome->firings[outcome->firing_count++].due_at = firing->due_at;
	}
}

static inline int
by_position(const void *a, const void *b)
{
	const EngineEvent *x = a;
	const EngineEvent *y = b;

	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	return (x->event_id > y->event_id) - (x->event_id < y->event_id);
}

static inline bool
lane_was_trigger(void *context, int64_t event_id)
{
	const Lane *lane = context;

	for (int i = 0; i < lane->outcome.wait_count; i++)
		if (lane->outcome.waits[i].trigger_event == event_id)
			return true;
	for (int i = 0; i < lane->open_count; i++)
		if (lane->open[i].trigger_event == event_id)
			return true;
	return false;
}

/* Waits that were over with their last step, and whose trigger is withdrawn. */
static inline void
lane_open_withdrawn(Lane *lane, EngineInput *input)
{
	for (int w = 0; w < input->withdrawn_count; w++)
		for (int i = 0; i < lane->outcome.wait_count; i++)
		{
			EngineWait	wait = lane->outcome.waits[i];

			if (wait.trigger_event != input->withdrawn[w].trigger_event ||
				wait.end_reason != END_COMPLETED || wait.first_due == INSTANT_NONE)
				continue;
			lane->outcome.waits[i--] = lane->outcome.waits[--lane->outcome.wait_count];
			wait.end_reason = END_NONE;
			lane->open[lane->open_count++] = wait;
		}
	input->wait_count = lane->open_count;
}

/* Of patterns the engine hears what completes them. */
static inline void
lane_hear(Arena *arena, Lane *lane, EngineInput *input, Past *past)
{
	PatternInput pattern = {
		.rule = input->rule,.timekeeper = input->timekeeper,.past = past->events,
		.past_count = past->count,.events = input->events,.event_count = input->event_count,
		.was_trigger = lane_was_trigger,.context = lane
	};
	PatternResult heard;

	if (!rule_has_pattern(input->rule))
		return;
	qsort(past->events, past->count, sizeof(EngineEvent), by_position);
	pattern_run(arena, &pattern, &heard);
	input->events = heard.events;
	input->event_count = heard.event_count;
	input->withdrawn = heard.withdrawn;
	input->withdrawn_count = heard.withdrawn_count;
	lane_open_withdrawn(lane, input);
}

/* One run; the waits then go through memory that is not the engine's. */
static inline void
lane_run(Lane *lane, const EngineEvent *events, int count, Instant until)
{
	Arena		arena;
	EngineResult result;
	Past		past = lane->past;
	EngineInput input = {
		.rule = &lane->rule,.timekeeper = &lane->keeper,
		.active_since = lane->active_since,.swept_until = lane->swept_until,
		.until = until,.waits = lane->open,.wait_count = lane->open_count,
		.had_wait = lane->had_wait,.has_fired = lane->has_fired,.last_fired = lane->last_fired,.events = events,.event_count = count,
		.find_earlier = find_in_past,.find_context = &past
	};

	arena_init_malloc(&arena);
	lane_hear(&arena, lane, &input, &past);
	engine_run(&arena, &input, &result);
	keep_firings(lane, &result);
	lane->has_fired = result.has_fired;
	lane->last_fired = result.last_fired;
	lane->open_count = 0;
	for (int i = 0; i < result.wait_count; i++)
	{
		lane->had_wait = true;
		if (result.waits[i].end_reason == END_NONE)
			lane->open[lane->open_count++] = result.waits[i];
		else
			lane->outcome.waits[lane->outcome.wait_count++] = result.waits[i];
	}
	for (int i = 0; i < count; i++)
		lane->past.events[lane->past.count++] = events[i];
	lane->swept_until = until;
	arena_free(&arena);
}

static inline void
lane_finish(Lane *lane)
{
	for (int i = 0; i < lane->open_count; i++)
		lane->outcome.waits[lane->outcome.wait_count++] = lane->open[i];
}

static inline EngineEvent
event(Instant at, int64_t id, unsigned input)
{
	EngineEvent e = {at, id, input, at};

	return e;
}

#endif							/* SP_ENGINE_LANE_H */
