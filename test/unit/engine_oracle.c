/*
 * engine_oracle.c
 *	  The rule's definition, evaluated over a whole history at once.
 *
 * No state machine: the due times of a wait follow from its trigger alone, its
 * end is the first event that qualifies, and what has fired is what was due by
 * then.  Slow (every trigger looks at every event), short, and written without
 * a look at the engine's way of doing it.
 */
#include "engine_oracle.h"

#include <string.h>

static bool
after(const EngineEvent *a, const EngineEvent *b)
{
	return a->at > b->at || (a->at == b->at && a->event_id > b->event_id);
}

static Instant
plus(const EngineInput *input, Instant from, Duration span)
{
	return span.count == 0 ? from
		: input->timekeeper->add(input->timekeeper->context, from, span);
}

static void
add_due(OracleWait *wait, Instant at, int step, int repetition)
{
	int			n = wait->due_count++;

	wait->due[n] = n > 0 && at < wait->due[n - 1] ? wait->due[n - 1] : at;
	wait->step[n] = step;
	wait->repetition[n] = repetition;
}

/* Until far beyond all that a test looks at. */
static void
add_repeat(const EngineInput *input, OracleWait *wait, int step, Instant since)
{
	const RuleStep *repeat = &input->rule->steps[step];
	int			first = step == 0 ? 0 : 1;
	Duration	span = repeat->delay;

	for (int n = 0; n < (repeat->at_most ? repeat->at_most : 120); n++)
	{
		span.count = repeat->delay.count * (n + first);
		add_due(wait, plus(input, since, span), step, n + 1);
	}
	wait->endless = repeat->at_most == 0;
}

static Instant
first_due(const EngineInput *input, const EngineEvent *trigger)
{
	const Rule *rule = input->rule;
	Instant		start = rule->date_column ? trigger->anchor : trigger->at;
	Duration	lead = rule->lead;

	lead.count = -lead.count;
	if (lead.count != 0)
		return plus(input, start, lead);
	return rule->absent.event ? plus(input, start, rule->window) : start;
}

static void
all_due_times(const EngineInput *input, const EngineEvent *trigger, OracleWait *wait)
{
	const Rule *rule = input->rule;
	Instant		first = first_due(input, trigger);

	for (int k = 0; k < rule->step_count; k++)
	{
		const RuleStep *step = &rule->steps[k];
		Instant		previous = k == 0 ? first : wait->due[wait->due_count - 1];

		if (step->timing == STEP_EVERY)
			add_repeat(input, wait, k, previous);
		else
			add_due(wait, plus(input, step->timing == STEP_AFTER_FIRST ? first : previous,
							   step->delay), k, 0);
	}
}

static bool
qualifies(const EngineInput *input, const OracleWait *wait, const EngineEvent *event)
{
	if (!after(event, wait->trigger))
		return false;
	if (event->input & INPUT_UNTIL)
		return true;
	if (input->rule->date_column && input->rule->rearm == REARM_ONE_OPEN &&
		(event->input & INPUT_TRIGGER) && event->anchor != wait->trigger->anchor)
		return true;
	if (!(event->input & INPUT_ANSWER))
		return false;
	return event->at < wait->due[0] || input->rule->until.event == NULL;
}

static const EngineEvent *
first_end(const EngineInput *input, const OracleWait *wait)
{
	const EngineEvent *first = NULL;

	for (int i = 0; i < input->event_count; i++)
		if (qualifies(input, wait, &input->events[i]) &&
			(first == NULL || after(first, &input->events[i])))
			first = &input->events[i];
	return first;
}

/* What is known of one wait by input->until; "fired" may hold what was done before. */
static void
judge(const EngineInput *input, OracleWait *wait)
{
	const EngineEvent *end = first_end(input, wait);
	Instant		limit = end ? end->at : input->until;
	Instant		last = INSTANT_NONE;

	if (wait->end_reason != END_NONE)
		return;
	for (int k = 0; k < wait->due_count; k++)
	{
		if (wait->due[k] <= limit)
			wait->fired[k] = true;
		if (wait->fired[k])
			last = wait->due[k];
	}
	if (end)
	{
		wait->ended_at = end->at;
		wait->end_event = end->event_id;
		if (last != INSTANT_NONE && end->at < last)
			wait->end_reason = END_ANSWERED_LATE;
		else
			wait->end_reason = (end->input & INPUT_ANSWER) ? END_ANSWERED
				: (end->input & INPUT_UNTIL) ? END_UNTIL : END_MOVED;
	}
	else if (wait->fired[wait->due_count - 1] && !wait->endless &&
			 !(input->rule->date_column && input->rule->rearm == REARM_ONE_OPEN) &&
			 !input->rule->absent.event && !input->rule->until.event)
	{
		wait->end_reason = END_COMPLETED;
		wait->ended_at = last;
	}
}

/* What was due before the rule was active fires only if the sentence says FIRE PAST. */
bool
oracle_is_silent(const Rule *rule, Instant active_since, Instant due)
{
	return due < active_since && !rule->fire_past;
}

/* A due time before the trigger comes with it. */
static Instant
fires_at(const OracleWait *wait)
{
	return wait->due[0] > wait->trigger->at ? wait->due[0] : wait->trigger->at;
}

/*
 * AT MOST ONCE IN d.  In the order in which they fire, a wait that comes
 * before the last one that fired plus d does not fire and is over.
 */
static void
cool_down(Oracle *oracle, const EngineInput *input)
{
	bool		looked_at[ORACLE_WAITS] = {false};
	bool		any = false;
	Instant		last = 0;

	for (int n = 0; input->rule->cooldown.count != 0 && n < oracle->wait_count; n++)
	{
		OracleWait *next = NULL;

		for (int i = 0; i < oracle->wait_count; i++)
		{
			OracleWait *wait = &oracle->waits[i];

			if (!looked_at[i] && (next == NULL || fires_at(wait) < fires_at(next) ||
								  (fires_at(wait) == fires_at(next) && after(next->trigger, wait->trigger))))
				next = wait;
		}
		looked_at[next - oracle->waits] = true;
		if (!next->fired[0] || oracle_is_silent(input->rule, input->active_since, next->due[0]))
			continue;
		if (!any || next->due[0] >= plus(input, last, input->rule->cooldown))
		{
			any = true;
			last = next->due[0];
			continue;
		}
		memset(next->fired, 0, sizeof(next->fired));
		next->end_reason = END_COMPLETED;
		next->ended_at = next->due[0];
		next->end_event = 0;
	}
}

/* Does an open wait stand in the way of this trigger? */
static bool
blocked(const Oracle *oracle, const EngineInput *input, const EngineEvent *trigger)
{
	if (input->rule->rearm == REARM_EACH_TIME || oracle->wait_count == 0)
		return false;
	if (input->rule->rearm == REARM_ONCE)
		return true;
	for (int i = 0; i < oracle->wait_count; i++)
	{
		const OracleWait *wait = &oracle->waits[i];

		if (wait->end_reason == END_NONE || wait->ended_at > trigger->at ||
			(wait->ended_at == trigger->at && wait->end_event > trigger->event_id))
			return true;
	}
	return false;
}

static bool
known(const Oracle *oracle, const EngineEvent *trigger)
{
	for (int i = 0; i < oracle->wait_count; i++)
		if (oracle->waits[i].trigger->event_id == trigger->event_id)
			return true;
	return false;
}

static void
add_wait(Oracle *oracle, const EngineInput *input, const EngineEvent *trigger)
{
	OracleWait *wait = &oracle->waits[oracle->wait_count++];

	memset(wait, 0, sizeof(*wait));
	wait->trigger = trigger;
	all_due_times(input, trigger, wait);
	judge(input, wait);
}

/* A history without late events, all of it at once. */
void
oracle_run(Oracle *oracle, const EngineInput *input)
{
	oracle->wait_count = 0;
	for (int i = 0; i < input->event_count; i++)
	{
		const EngineEvent *event = &input->events[i];

		if ((event->input & INPUT_TRIGGER) && event->anchor != INSTANT_NONE &&
			!blocked(oracle, input, event))
		{
			add_wait(oracle, input, event);
			if (input->rule->rearm == REARM_ONE_OPEN)
				cool_down(oracle, input);
		}
	}
	cool_down(oracle, input);
}

/*
 * EACH TIME, with events that arrive late: input->events is all that is known
 * by now, and what was done before stays done.
 */
void
oracle_learn(Oracle *oracle, const EngineInput *input)
{
	for (int i = 0; i < oracle->wait_count; i++)
		judge(input, &oracle->waits[i]);
	for (int i = 0; i < input->event_count; i++)
	{
		const EngineEvent *event = &input->events[i];

		if ((event->input & INPUT_TRIGGER) && event->anchor != INSTANT_NONE &&
			!known(oracle, event))
			add_wait(oracle, input, event);
	}
}

/* ---- patterns: which raw events are triggers, each by looking at all others ---- */

static bool
counts_for(const EngineInput *input, const EngineEvent *event, const EngineEvent *trigger, Duration span)
{
	return trigger->at < plus(input, event->at, span);
}

static bool
enough_times(const EngineInput *input, const EngineEvent *trigger)
{
	int			times = 0;

	for (int i = 0; i < input->event_count; i++)
	{
		const EngineEvent *event = &input->events[i];

		times += (event->input & INPUT_TRIGGER) && !after(event, trigger) &&
			counts_for(input, event, trigger, input->rule->count_within);
	}
	return input->rule->rearm == REARM_EACH_TIME ? times >= input->rule->count
		: times == input->rule->count;
}

static bool
trigger_between(const EngineInput *input, const EngineEvent *since, const EngineEvent *until)
{
	for (int i = 0; i < input->event_count; i++)
		if ((input->events[i].input & INPUT_TRIGGER) && after(&input->events[i], since) &&
			after(until, &input->events[i]))
			return true;
	return false;
}

static bool
came_before(const EngineInput *input, const EngineEvent *trigger, unsigned what, Duration span)
{
	for (int i = 0; i < input->event_count; i++)
	{
		const EngineEvent *event = &input->events[i];

		if ((event->input & what) && after(trigger, event) && counts_for(input, event, trigger, span) &&
			(what == INPUT_LACKING || input->rule->rearm == REARM_EACH_TIME ||
			 !trigger_between(input, event, trigger)))
			return true;
	}
	return false;
}

/* The events of the input, with INPUT_TRIGGER only where the pattern holds. */
void
oracle_triggers(const EngineInput *input, EngineEvent *events)
{
	const Rule *rule = input->rule;

	for (int i = 0; i < input->event_count; i++)
	{
		const EngineEvent *event = &input->events[i];

		events[i] = *event;
		if ((rule->count != 0 && !enough_times(input, event)) ||
			(rule->earlier.event && !came_before(input, event, INPUT_EARLIER, rule->earlier_within)) ||
			(rule->lacking.event && came_before(input, event, INPUT_LACKING, rule->lacking_within)))
			events[i].input &= ~INPUT_TRIGGER;
	}
}
