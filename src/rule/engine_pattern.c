/*
 * engine_pattern.c
 *	  Counts, sequences and absences before: see engine_pattern.h.
 *
 * One pass over a key's events in order says of each whether it triggers.  With
 * late events there are two passes, over what was known before and over all;
 * their difference is what the late events changed.  Invariant: spans are
 * monotone, so of two events the earlier one expires first.
 */
#include "rule/engine_pattern.h"

#include <string.h>

typedef enum Verdict
{
	VERDICT_NONE,
	VERDICT_HOLDS,
	VERDICT_LACKED_NOT			/* all but that the event after NO was there */
} Verdict;

/* one pass */
typedef struct Pass
{
	const PatternInput *input;
	const EngineEvent *events;
	int			count;
	Verdict    *verdicts;
	int64_t    *causes;			/* of VERDICT_LACKED_NOT: the event found */
	int			oldest;			/* no event before it counts any more */
	int			counted;		/* triggers from oldest on, that were passed */
	Instant		earlier_until;	/* until when the last a waits for its b */
	Instant		lacking_until;	/* until when the last b stands in the way */
	int64_t		lacking_event;
} Pass;

static Instant
expires(const PatternInput *input, const EngineEvent *event, Duration span)
{
	return input->timekeeper->add(input->timekeeper->context, event->at, span);
}

/* The event is the next trigger that counts: is the number reached? */
static bool
reaches_count(Pass *pass, const EngineEvent *event)
{
	const Rule *rule = pass->input->rule;

	for (; pass->counted > 0; pass->oldest++)
	{
		const EngineEvent *old = &pass->events[pass->oldest];

		if (!(old->input & INPUT_TRIGGER))
			continue;
		if (expires(pass->input, old, rule->count_within) > event->at)
			break;
		pass->counted--;
	}
	if (pass->counted == 0)
		pass->oldest = (int) (event - pass->events);
	pass->counted++;
	return rule->rearm == REARM_EACH_TIME ? pass->counted >= rule->count
		: pass->counted == rule->count;
}

static bool
follows(Pass *pass, const EngineEvent *event)
{
	bool		result = pass->earlier_until != INSTANT_NONE && pass->earlier_until > event->at;

	if (pass->input->rule->rearm != REARM_EACH_TIME)
		pass->earlier_until = INSTANT_NONE;
	return result;
}

static Verdict
judge(Pass *pass, const EngineEvent *event)
{
	const Rule *rule = pass->input->rule;
	bool		holds = true;

	if (!(event->input & INPUT_TRIGGER))
		return VERDICT_NONE;
	if (rule->count != 0)
		holds = reaches_count(pass, event);
	if (rule->earlier.event != NULL)
		holds = follows(pass, event);
	if (!holds)
		return VERDICT_NONE;
	return rule->lacking.event != NULL && pass->lacking_until != INSTANT_NONE &&
		pass->lacking_until > event->at ? VERDICT_LACKED_NOT : VERDICT_HOLDS;
}

static void
run_pass(Pass *pass)
{
	const Rule *rule = pass->input->rule;

	pass->earlier_until = pass->lacking_until = INSTANT_NONE;
	for (int i = 0; i < pass->count; i++)
	{
		const EngineEvent *event = &pass->events[i];

		pass->verdicts[i] = judge(pass, event);
		pass->causes[i] = pass->lacking_event;
		if (event->input & INPUT_EARLIER)
			pass->earlier_until = expires(pass->input, event, rule->earlier_within);
		if (event->input & INPUT_LACKING)
		{
			pass->lacking_until = expires(pass->input, event, rule->lacking_within);
			pass->lacking_event = event->event_id;
		}
	}
}

static Pass
make_pass(Arena *arena, const PatternInput *input, const EngineEvent *events, int count)
{
	Pass		pass = {.input = input,.events = events,.count = count};

	pass.verdicts = arena_alloc(arena, sizeof(Verdict) * (count + 1));
	pass.causes = arena_alloc(arena, sizeof(int64_t) * (count + 1));
	run_pass(&pass);
	return pass;
}

/* ---- old and new together ------------------------------------------------- */

static bool
comes_before(const EngineEvent *a, const EngineEvent *b)
{
	return a->at < b->at || (a->at == b->at && a->event_id < b->event_id);
}

typedef struct Merged
{
	EngineEvent *events;
	int		   *past;			/* its place in the past; -1: a new one */
	int			count;
} Merged;

static Merged
merge(Arena *arena, const PatternInput *input)
{
	int			total = input->past_count + input->event_count;
	Merged		merged = {.count = total};
	int			old = 0;
	int			new = 0;

	merged.events = arena_alloc(arena, sizeof(EngineEvent) * (total + 1));
	merged.past = arena_alloc(arena, sizeof(int) * (total + 1));
	for (int i = 0; i < total; i++)
	{
		bool		take_old = old < input->past_count &&
		(new == input->event_count || comes_before(&input->past[old], &input->events[new]));

		merged.past[i] = take_old ? old : -1;
		merged.events[i] = take_old ? input->past[old++] : input->events[new++];
	}
	return merged;
}

static EngineEvent *
hear(PatternResult *result, const EngineEvent *event, unsigned input)
{
	EngineEvent *heard = &result->events[result->event_count++];

	*heard = *event;
	heard->input = input;
	return heard;
}

/*
 * A past trigger is none any more.  Either what was lacking was there: then it
 * is withdrawn.  Or the same was reached earlier, as a late event shows: the
 * wait it opened stands for both.
 */
static void
lose(PatternResult *result, const EngineEvent *event, Verdict now, int64_t cause)
{
	if (now == VERDICT_LACKED_NOT)
	{
		EngineWithdrawal *withdrawal = &result->withdrawn[result->withdrawn_count++];

		withdrawal->trigger_event = event->event_id;
		withdrawal->trigger_at = event->at;
		withdrawal->anchor = event->anchor;
		withdrawal->cause_event = cause;
		return;
	}
	for (int i = result->event_count - 1; i >= 0; i--)
	{
		if (!(result->events[i].input & INPUT_TRIGGER))
			continue;
		result->events[i].input &= ~INPUT_TRIGGER;
		return;
	}
}

void
pattern_run(Arena *arena, const PatternInput *input, PatternResult *result)
{
	Pass		before = make_pass(arena, input, input->past, input->past_count);
	Merged		all = merge(arena, input);
	Pass		now = make_pass(arena, input, all.events, all.count);
	bool		changed = false;	/* from the first new event on */

	memset(result, 0, sizeof(*result));
	result->events = arena_alloc(arena, sizeof(EngineEvent) * (all.count + 1));
	result->withdrawn = arena_alloc(arena, sizeof(EngineWithdrawal) * (input->past_count + 1));
	for (int i = 0; i < all.count; i++)
	{
		const EngineEvent *event = &all.events[i];
		bool		holds = now.verdicts[i] == VERDICT_HOLDS;
		unsigned	rest = event->input & ~(unsigned) (INPUT_TRIGGER | INPUT_EARLIER);
		int			old = all.past[i];

		if (old < 0)
		{
			changed = true;
			(void) hear(result, event, rest | (holds ? INPUT_TRIGGER : 0));
			continue;
		}
		input->past[old].input = rest | (holds ? INPUT_TRIGGER : 0);
		if (!changed || holds == (before.verdicts[old] == VERDICT_HOLDS))
			continue;
		if (holds && !input->was_trigger(input->context, event->event_id))
			(void) hear(result, event, INPUT_TRIGGER);
		else if (!holds)
			lose(result, event, now.verdicts[i], now.causes[i]);
	}
}
