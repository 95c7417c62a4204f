/*
 * engine.c
 *	  The rule engine: waits x events -> waits x firings; see engine.h.
 *
 * One loop merges the run's events with the due times of its open waits.  Late
 * events make the run look back: events that earlier runs consumed are fed in
 * again from the late event on, in order, but only to what did not exist (or
 * was hidden by a wait that should have been over) when they were consumed.
 * The schedule of one wait is engine_step.c's.
 *
 * Invariant: "cursor" is the position of the last event taken, new or old; all
 * due times before the one being worked on have come due; "open" lists the
 * tracks that are neither ended nor dropped.
 */
#include "rule/engine_internal.h"

#include <stdlib.h>
#include <string.h>

static inline int
compare_positions(Instant at, int64_t id, Instant other_at, int64_t other_id)
{
	if (at != other_at)
		return at < other_at ? -1 : 1;
	return (id > other_id) - (id < other_id);
}

static inline bool
opened_before(const EngineWait *wait, const EngineEvent *event)
{
	return compare_positions(wait->opened_at, wait->trigger_event,
							 event->at, event->event_id) < 0;
}

/* ---- the open waits of the run ------------------------------------------- */

static Track *
add_track(Run *run, const EngineWait *wait)
{
	Track	   *track;

	run->tracks = engine_grow(run->arena, run->tracks, sizeof(Track),
							  run->track_count, &run->track_room);
	run->open = engine_grow(run->arena, run->open, sizeof(int), run->open_count, &run->open_room);
	run->open[run->open_count++] = run->track_count;
	track = &run->tracks[run->track_count++];
	memset(track, 0, sizeof(Track));
	track->wait = *wait;
	return track;
}

static void
forget_closed(Run *run)
{
	int			kept = 0;

	for (int i = 0; i < run->open_count; i++)
	{
		const Track *track = &run->tracks[run->open[i]];

		if (!track->dropped && track->wait.end_reason == END_NONE)
			run->open[kept++] = run->open[i];
	}
	run->open_count = kept;
}

/* Is the first of two waits, both due, to fire before the other? */
static bool
fires_before(const EngineWait *a, const EngineWait *b)
{
	return a->due_at != b->due_at ? a->due_at < b->due_at :
		compare_positions(a->opened_at, a->trigger_event, b->opened_at, b->trigger_event) < 0;
}

/* With a cooldown what one wait does depends on what others did before. */
static void
fire_in_order(Run *run, Instant limit)
{
	int			next;

	do
	{
		next = -1;
		for (int i = 0; i < run->open_count; i++)
		{
			const EngineWait *wait = &run->tracks[run->open[i]].wait;

			if (wait->due_at != INSTANT_NONE && wait->due_at <= limit &&
				(next < 0 || fires_before(wait, &run->tracks[next].wait)))
				next = run->open[i];
		}
		if (next >= 0)
			engine_fire_step(run, next);
	} while (next >= 0);
}

/* All that is due up to and including limit. */
static void
fire_due(Run *run, Instant limit)
{
	if (run->next_due > limit)
		return;
	run->next_due = INT64_MAX;
	if (run->rule->cooldown.count != 0)
		fire_in_order(run, limit);
	for (int i = 0; i < run->open_count; i++)
	{
		EngineWait *wait = &run->tracks[run->open[i]].wait;

		while (wait->due_at != INSTANT_NONE && wait->due_at <= limit)
			engine_fire_step(run, run->open[i]);
		if (wait->due_at != INSTANT_NONE && wait->due_at < run->next_due)
			run->next_due = wait->due_at;
	}
	forget_closed(run);
}

static bool
moves(const Run *run, const EngineWait *wait, const EngineEvent *event)
{
	return (event->input & INPUT_TRIGGER) && engine_follows_date(run) && event->anchor != wait->anchor;
}

/*
 * Before the first firing the answer and UNTIL end a wait; after it UNTIL does,
 * or, where the sentence has none, the answer.  What counts is the state at the
 * event's instant, not what is known now.
 */
static bool
ends(const Run *run, const EngineWait *wait, const EngineEvent *event)
{
	bool		had_fired;

	if (!opened_before(wait, event))
		return false;
	if ((event->input & (INPUT_UNTIL | INPUT_CLEARED)) || moves(run, wait, event))
		return true;
	had_fired = wait->first_due != INSTANT_NONE && wait->first_due <= event->at;
	return (event->input & INPUT_ANSWER) &&
		(!had_fired || (run->rule->until.event == NULL && run->rule->cleared.event == NULL));
}

/*
 * An answer of before the member came under the rule, learnt of only now: its
 * wait counts from there.  True: it has fired, and should not have.
 */
static bool
answers_joining(const Run *run, EngineWait *wait, const EngineEvent *event)
{
	Instant		due;

	if (run->rule->form != FORM_MEMBER || !(event->input & INPUT_ANSWER) ||
		opened_before(wait, event) || event->at <= wait->anchor)
		return false;
	due = engine_member_due(run, wait, event->at);
	if (wait->first_due != INSTANT_NONE && due > wait->first_due)
		return true;
	wait->anchor = event->at;
	if (wait->first_due == INSTANT_NONE)
		wait->due_at = due;
	return false;
}

static EndReason
end_reason(const Run *run, const EngineWait *wait, const EngineEvent *event)
{
	if (wait->previous_due != INSTANT_NONE && event->at < wait->previous_due)
		return END_ANSWERED_LATE;
	if ((event->input & INPUT_CLEARED) || run->rule->form == FORM_STATE)
		return END_CLEARED;
	if (event->input & INPUT_ANSWER)
		return END_ANSWERED;
	return (event->input & INPUT_UNTIL) ? END_UNTIL : END_MOVED;
}

static void
take_end(Run *run, const EngineEvent *event, bool old)
{
	for (int i = 0; i < run->open_count; i++)
	{
		Track	   *track = &run->tracks[run->open[i]];

		if ((old && !track->look_back) ||
			(!answers_joining(run, &track->wait, event) && !ends(run, &track->wait, event)))
			continue;
		engine_end_wait(&track->wait, end_reason(run, &track->wait, event), event->at, event->event_id);
		if (old ? run->rule->form == FORM_MEMBER : track->given && event->at < run->input->swept_until)
			run->replay_triggers = run->rule->rearm == REARM_ONE_OPEN;
	}
	forget_closed(run);
}

/*
 * A late event was there before the trigger that must not have been.  A wait that
 * was over when it was given has hidden nothing since.
 */
static void
withdraw(Run *run, const EngineEvent *event)
{
	const EngineInput *input = run->input;

	for (int i = 0; i < run->open_count; i++)
	{
		EngineWait *wait = &run->tracks[run->open[i]].wait;

		for (int w = 0; w < input->withdrawn_count; w++)
			if (input->withdrawn[w].trigger_event == wait->trigger_event &&
				input->withdrawn[w].cause_event == event->event_id)
			{
				bool		was_over = wait->due_at == INSTANT_NONE && engine_ends_itself(run->rule);

				engine_end_wait(wait, END_ANSWERED_LATE, event->at, event->event_id);
				run->replay_triggers |= run->rule->rearm == REARM_ONE_OPEN && !was_over;
				break;
			}
	}
	forget_closed(run);
}

static bool
may_open(const Run *run, const EngineEvent *event)
{
	if (event->anchor == INSTANT_NONE || run->used_up)
		return false;
	for (int i = 0; i < run->open_count; i++)
	{
		const EngineWait *wait = &run->tracks[run->open[i]].wait;

		/* a look back may have met the same trigger */
		if (wait->trigger_event == event->event_id || run->rule->form == FORM_MEMBER ||
			(run->rule->rearm == REARM_ONE_OPEN && opened_before(wait, event)))
			return false;
	}
	return true;
}

static void
take_trigger(Run *run, const EngineEvent *event)
{
	EngineWait	wait = {0};
	Track	   *track;

	if (!may_open(run, event))
		return;
	run->used_up = run->rule->rearm == REARM_ONCE;
	wait.opened_at = event->at;
	wait.trigger_event = event->event_id;
	wait.anchor = run->rule->date_column != NULL || run->rule->form != FORM_EVENT ? event->anchor : event->at;
	wait.first_due = wait.previous_due = wait.ended_at = wait.repeat_since = INSTANT_NONE;
	track = add_track(run, &wait);
	track->look_back = event->at < run->input->swept_until;
	if (event->input & INPUT_STANDING)
		track->wait.opened_at = wait.anchor;	/* due when he was, not now */
	engine_schedule(run, &track->wait);
	track->wait.opened_at = event->at;
}

/*
 * A wait opened by a late trigger is still open where a given wait was opened:
 * with one open wait per key the given one never should have been.  If it has
 * not fired it goes back to the earlier trigger; if it has, it stands for both.
 */
static void
merge_waits(Run *run, int from, int into)
{
	Track	   *late = &run->tracks[from];
	Track	   *given = &run->tracks[into];
	bool		take_over = given->wait.first_due == INSTANT_NONE;
	int			kept = 0;

	if (take_over)
	{
		int64_t		wait_id = given->wait.wait_id;

		given->wait = late->wait;
		given->wait.wait_id = wait_id;
		given->look_back = true;
	}
	late->dropped = true;
	for (int i = 0; i < run->firing_count; i++)
	{
		EngineFiring *firing = &run->firings[i];

		if (firing->wait == from && !take_over)
			continue;
		if (firing->wait == from)
			firing->wait = into;
		run->firings[kept++] = *firing;
	}
	run->firing_count = kept;
	forget_closed(run);
}

/* With one open wait per key there are two only after a late trigger. */
static void
merge_up_to(Run *run, Instant at, int64_t event_id)
{
	int			given = -1;
	int			late = -1;

	if (run->rule->rearm != REARM_ONE_OPEN || run->open_count < 2)
		return;
	for (int i = 0; i < run->open_count; i++)
	{
		if (run->tracks[run->open[i]].given)
			given = run->open[i];
		else
			late = run->open[i];
	}
	if (given >= 0 && late >= 0 &&
		compare_positions(run->tracks[given].wait.opened_at,
						  run->tracks[given].wait.trigger_event, at, event_id) < 0)
		merge_waits(run, late, given);
}

/* ---- the stream of events ------------------------------------------------ */

static unsigned
wanted_old_inputs(const Run *run)
{
	unsigned	wanted = run->replay_triggers ? INPUT_TRIGGER : 0;

	for (int i = 0; i < run->open_count; i++)
		if (run->tracks[run->open[i]].look_back)
			return wanted | INPUT_ANSWER | INPUT_UNTIL |
				(engine_follows_date(run) ? INPUT_TRIGGER : 0);
	return wanted;
}

/*
 * An event of an earlier run that comes before the next new one.  A slice may have
 * ended between two events of the same instant, so that of its end counts, too.
 */
static bool
find_old(Run *run, const EngineEvent *next, EngineEvent *old)
{
	const EngineInput *input = run->input;
	Instant		before = input->swept_until + 1;
	unsigned	wanted;

	if (input->find_earlier == NULL || run->cursor_at >= before)
		return false;
	wanted = wanted_old_inputs(run);
	if (wanted == 0)
		return false;
	if (next != NULL && next->at < before)
		before = next->at + 1;
	if (!input->find_earlier(input->find_context, wanted, run->cursor_at,
							 run->cursor_event, before, old))
		return false;
	return next == NULL || compare_positions(old->at, old->event_id,
											 next->at, next->event_id) < 0;
}

static bool
take_next(Run *run, EngineEvent *event, bool *old)
{
	const EngineInput *input = run->input;
	const EngineEvent *next = run->next_event < input->event_count
	? &input->events[run->next_event] : NULL;

	*old = find_old(run, next, event);
	if (!*old)
	{
		if (next == NULL)
			return false;
		*event = *next;
		run->next_event++;
	}
	run->cursor_at = event->at;
	run->cursor_event = event->event_id;
	return true;
}

static void
work_off(Run *run)
{
	EngineEvent event;
	bool		old;

	while (take_next(run, &event, &old))
	{
		merge_up_to(run, event.at, event.event_id);
		fire_due(run, event.at);
		if ((event.input & (INPUT_ANSWER | INPUT_UNTIL | INPUT_CLEARED)) || engine_follows_date(run))
			take_end(run, &event, old);
		if ((event.input & INPUT_LACKING) && run->input->withdrawn_count > 0)
			withdraw(run, &event);
		if ((event.input & INPUT_TRIGGER) && (!old || run->replay_triggers))
			take_trigger(run, &event);
	}
	merge_up_to(run, INT64_MAX, INT64_MAX);
	fire_due(run, run->input->until);
}

/* ---- the result ---------------------------------------------------------- */

static int
compare_firings(const void *a, const void *b)
{
	const EngineFiring *x = a;
	const EngineFiring *y = b;

	if (x->due_at != y->due_at)
		return x->due_at < y->due_at ? -1 : 1;
	if (x->step != y->step)
		return x->step < y->step ? -1 : 1;
	if (x->repetition != y->repetition)
		return x->repetition < y->repetition ? -1 : 1;
	return (x->wait > y->wait) - (x->wait < y->wait);
}

/*
 * A firing acts no more when a later step came due in the same run, or when its
 * wait ended in it: what it would say is not true any longer.  Only the first
 * step of a rule without absence stays true: it says that its trigger happened.
 */
static bool
is_superseded(const Run *run, const EngineFiring *firing)
{
	const EngineWait *wait = &run->tracks[firing->wait].wait;

	if (engine_is_overtaken(run, firing))
		return true;
	if (wait->end_reason == END_NONE || wait->end_reason == END_COMPLETED)
		return false;
	return firing->step > 0 || run->rule->absent.event != NULL || run->rule->form == FORM_STATE;
}

static void
hand_over(Run *run, EngineResult *result)
{
	result->waits = arena_alloc(run->arena, sizeof(EngineWait) * (run->track_count + 1));
	result->wait_count = 0;
	for (int i = 0; i < run->track_count; i++)
	{
		Track	   *track = &run->tracks[i];

		if (track->dropped)
			continue;
		track->index = result->wait_count;
		result->waits[result->wait_count++] = track->wait;
	}
	for (int i = 0; i < run->firing_count; i++)
	{
		run->firings[i].superseded = is_superseded(run, &run->firings[i]);
		run->firings[i].wait = run->tracks[run->firings[i].wait].index;
	}
	if (run->firing_count > 1)
		qsort(run->firings, run->firing_count, sizeof(EngineFiring), compare_firings);
	result->firings = run->firings;
	result->firing_count = run->firing_count;
}

/* The rule may have got another ladder since the wait was stored. */
static void
take_up(Run *run, const EngineWait *wait)
{
	Track	   *track = add_track(run, wait);

	track->given = true;
	if (wait->next_step >= run->rule->step_count ||
		run->rule->steps[wait->next_step].timing != STEP_EVERY)
	{
		track->wait.repetition = 0;
		track->wait.repeat_since = INSTANT_NONE;
	}
	if (wait->due_at == INSTANT_NONE || wait->next_step >= run->rule->step_count)
		engine_schedule(run, &track->wait);
	else if (wait->due_at < run->next_due)
		run->next_due = wait->due_at;
}

void
engine_run(Arena *arena, const EngineInput *input, EngineResult *result)
{
	Run			run = {.arena = arena,.input = input,.rule = input->rule};

	run.next_due = INT64_MAX;
	run.cursor_at = INT64_MAX;	/* until the first event there is no past */
	run.used_up = input->rule->rearm == REARM_ONCE && input->had_wait;
	run.has_fired = input->has_fired;
	run.last_fired = input->last_fired;
	for (int i = 0; i < input->wait_count; i++)
		take_up(&run, &input->waits[i]);
	work_off(&run);
	hand_over(&run, result);
	result->has_fired = run.has_fired;
	result->last_fired = run.last_fired;
}
