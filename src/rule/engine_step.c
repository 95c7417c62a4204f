/*
 * engine_step.c
 *	  The schedule of one wait: when its next step is due, and firing it.
 */
#include "rule/engine_internal.h"

#include <string.h>

/* Room for one more item of an array that doubles. */
void *
engine_grow(Arena *arena, void *old, size_t size, int count, int *room)
{
	void	   *result;

	if (count < *room)
		return old;
	*room = *room < 4 ? 8 : *room * 2;
	result = arena_alloc(arena, size * *room);
	if (count > 0)
		memcpy(result, old, size * count);
	return result;
}

static Instant
later(const Run *run, Instant from, Duration delay)
{
	const Timekeeper *keeper = run->input->timekeeper;

	return delay.count == 0 ? from : keeper->add(keeper->context, from, delay);
}

/* When the rule as such fires: the window's end, or at once without absence. */
static Instant
fires_at(const Run *run, const EngineWait *wait)
{
	Duration	lead = run->rule->lead;

	lead.count = -lead.count;
	if (lead.count != 0)
		return later(run, wait->anchor, lead);
	return run->rule->absent.event == NULL ? wait->anchor
		: later(run, wait->anchor, run->rule->window);
}

/* A step never comes before the one it follows, whatever their delays say. */
void
engine_schedule(Run *run, EngineWait *wait)
{
	const RuleStep *step;
	Instant		base;

	wait->due_at = INSTANT_NONE;
	if (wait->next_step >= run->rule->step_count)
		return;
	step = &run->rule->steps[wait->next_step];
	if (wait->first_due == INSTANT_NONE)
		base = fires_at(run, wait);
	else
		base = step->timing == STEP_AFTER_FIRST ? wait->first_due : wait->previous_due;
	wait->due_at = step->timing == STEP_AT_ONCE ? base : later(run, base, step->delay);
	if (wait->previous_due != INSTANT_NONE && wait->due_at < wait->previous_due)
		wait->due_at = wait->previous_due;
	if (wait->due_at < run->next_due)
		run->next_due = wait->due_at;
}

/* With one open wait per key, the latest date stands. */
bool
engine_follows_date(const Run *run)
{
	return run->rule->date_column != NULL && run->rule->rearm == REARM_ONE_OPEN;
}

void
engine_end_wait(EngineWait *wait, EndReason reason, Instant at, int64_t event_id)
{
	wait->end_reason = reason;
	wait->ended_at = at;
	wait->end_event = event_id;
	wait->due_at = INSTANT_NONE;
}

void
engine_fire_step(Run *run, int track)
{
	EngineWait *wait = &run->tracks[track].wait;

	if (wait->due_at >= run->input->active_since)
	{
		EngineFiring *firing;

		run->firings = engine_grow(run->arena, run->firings, sizeof(EngineFiring),
								   run->firing_count, &run->firing_room);
		firing = &run->firings[run->firing_count++];
		firing->wait = track;
		firing->step = wait->next_step;
		firing->due_at = wait->due_at;
	}
	if (wait->first_due == INSTANT_NONE)
		wait->first_due = wait->due_at;
	wait->previous_due = wait->due_at;
	wait->next_step++;
	engine_schedule(run, wait);
	if (wait->due_at == INSTANT_NONE && !engine_follows_date(run) &&
		run->rule->absent.event == NULL && run->rule->until.event == NULL)
		engine_end_wait(wait, END_COMPLETED, wait->previous_due, 0);
}
