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

/* When a member counts as overdue: not before it came under the rule. */
Instant
engine_member_due(const Run *run, const EngineWait *wait, Instant anchor)
{
	Instant		due = later(run, anchor, run->rule->window);

	return due < wait->opened_at ? wait->opened_at : due;
}

/* When the rule as such fires: the window's end, or at once without absence. */
static Instant
fires_at(const Run *run, const EngineWait *wait)
{
	Duration	lead = run->rule->lead;

	if (run->rule->form == FORM_MEMBER)
		return engine_member_due(run, wait, wait->anchor);
	if (run->rule->form == FORM_STATE)
		return later(run, wait->anchor, run->rule->window);
	lead.count = -lead.count;
	if (lead.count != 0)
		return later(run, wait->anchor, lead);
	return run->rule->absent.event == NULL ? wait->anchor
		: later(run, wait->anchor, run->rule->window);
}

/* What the next step counts from. */
static Instant
counts_from(const Run *run, const EngineWait *wait, const RuleStep *step)
{
	if (wait->first_due == INSTANT_NONE)
		return fires_at(run, wait);
	return step->timing == STEP_AFTER_FIRST ? wait->first_due : wait->previous_due;
}

/* A repeat comes a period after the step before it; the first step, at once. */
static Instant
repeats_at(const Run *run, EngineWait *wait, const RuleStep *step)
{
	Duration	span = step->delay;

	if (wait->repetition == 0)
		wait->repeat_since = counts_from(run, wait, step);
	span.count *= wait->repetition + (wait->next_step > 0);
	return later(run, wait->repeat_since, span);
}

/* A step never comes before the one it follows, whatever their delays say. */
void
engine_schedule(Run *run, EngineWait *wait)
{
	const RuleStep *step;

	wait->due_at = INSTANT_NONE;
	if (wait->next_step >= run->rule->step_count)
		return;
	step = &run->rule->steps[wait->next_step];
	if (step->timing == STEP_EVERY)
		wait->due_at = repeats_at(run, wait, step);
	else
	{
		wait->due_at = counts_from(run, wait, step);
		if (step->timing != STEP_AT_ONCE)
			wait->due_at = later(run, wait->due_at, step->delay);
	}
	if (wait->previous_due != INSTANT_NONE && wait->due_at < wait->previous_due)
		wait->due_at = wait->previous_due;
	if (wait->due_at < run->next_due)
		run->next_due = wait->due_at;
}

/* With one open wait per key, the latest date stands. */
static bool
follows_date(const Rule *rule)
{
	return rule->date_column != NULL && rule->rearm == REARM_ONE_OPEN;
}

bool
engine_follows_date(const Run *run)
{
	return follows_date(run->rule);
}

bool
engine_ends_itself(const Rule *rule)
{
	return rule->form == FORM_EVENT && !follows_date(rule) &&
		rule->absent.event == NULL && rule->until.event == NULL;
}

void
engine_end_wait(EngineWait *wait, EndReason reason, Instant at, int64_t event_id)
{
	wait->end_reason = reason;
	wait->ended_at = at;
	wait->end_event = event_id;
	wait->due_at = INSTANT_NONE;
}

static bool
comes_again(const Run *run, const EngineWait *wait)
{
	const RuleStep *step = &run->rule->steps[wait->next_step];

	return step->timing == STEP_EVERY &&
		(step->at_most == 0 || wait->repetition + 1 < step->at_most);
}

static void
record_firing(Run *run, int track)
{
	const EngineWait *wait = &run->tracks[track].wait;
	EngineFiring *firing;

	run->firings = engine_grow(run->arena, run->firings, sizeof(EngineFiring),
							   run->firing_count, &run->firing_room);
	firing = &run->firings[run->firing_count++];
	firing->wait = track;
	firing->step = wait->next_step;
	firing->repetition = run->rule->steps[wait->next_step].timing == STEP_EVERY
		? wait->repetition + 1 : 0;
	firing->due_at = wait->due_at;
}

/* Was it due before the rule became active?  FIRE PAST says that it fires all the same. */
static bool
passes_in_silence(const Run *run, Instant due_at)
{
	return !run->rule->fire_past && due_at < run->input->active_since;
}

/* AT MOST ONCE IN d: is the first step of this wait too soon after the last one? */
static bool
cools_down(Run *run, const EngineWait *wait)
{
	if (run->rule->cooldown.count == 0 || wait->first_due != INSTANT_NONE ||
		passes_in_silence(run, wait->due_at))
		return false;
	if (run->has_fired && wait->due_at < later(run, run->last_fired, run->rule->cooldown))
		return true;
	run->has_fired = true;
	run->last_fired = wait->due_at;
	return false;
}

void
engine_fire_step(Run *run, int track)
{
	EngineWait *wait = &run->tracks[track].wait;

	if (cools_down(run, wait))
	{
		engine_end_wait(wait, END_COMPLETED, wait->due_at, 0);
		return;
	}
	if (!passes_in_silence(run, wait->due_at))
		record_firing(run, track);
	if (wait->first_due == INSTANT_NONE)
		wait->first_due = wait->due_at;
	wait->previous_due = wait->due_at;
	if (comes_again(run, wait))
		wait->repetition++;
	else
	{
		wait->next_step++;
		wait->repetition = 0;
		wait->repeat_since = INSTANT_NONE;
	}
	engine_schedule(run, wait);
	if (wait->due_at == INSTANT_NONE && engine_ends_itself(run->rule))
		engine_end_wait(wait, END_COMPLETED, wait->previous_due, 0);
}

/*
 * Has a later step or repetition of its wait come due in the firing's run?  One
 * that comes only WHEN DELIVERED takes no place: there would be nothing to deliver.
 */
bool
engine_is_overtaken(const Run *run, const EngineFiring *firing)
{
	const EngineWait *wait = &run->tracks[firing->wait].wait;
	const RuleStep *steps = run->rule->steps;
	int			last = wait->repetition > 0 ? wait->next_step : wait->next_step - 1;

	for (int later_step = firing->step + 1; later_step <= last; later_step++)
		if (steps[later_step].guard != GUARD_WHEN_DELIVERED)
			return true;
	if (firing->step == wait->next_step)
		return firing->repetition < wait->repetition;
	return steps[firing->step].timing == STEP_EVERY &&
		firing->repetition < steps[firing->step].at_most;
}
