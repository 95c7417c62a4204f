/*
 * engine.h
 *	  The rule engine: one rule, one key: waits x events -> waits x firings.
 *
 * Pure C: no SPI, no clock, no I/O.  Keys of one rule are independent, so a
 * driver calls engine_run() once per touched key, with that key's open waits
 * and its new events in order (at, event_id), and stores what comes out.
 *
 * Time.  The window is [anchor, anchor + d), the rule fires at anchor + d, and
 * of an event and a due time at one instant the due time goes first.  An answer
 * counts from the trigger on, also before the anchor (paid before it is due);
 * a trigger whose anchor is null opens no wait.  "d BEFORE column" fires at
 * anchor - d.  With one open wait per key, a trigger that has another date than
 * the open wait, or none, ends that wait and opens the next.  A due time before
 * active_since passes in silence, unless the sentence says FIRE PAST; the later
 * steps keep their times.  The n-th
 * repetition of a repeat is due n periods after the step before it, not one
 * after the last repetition, so that months and working days do not drift.
 *
 * "AT MOST ONCE IN d": a wait whose first step comes due before the rule's last
 * firing for this key plus d ends there, silently; at exactly that instant it
 * fires.  So of what is learnt late nothing fires before the last firing.
 *
 * Late events (before swept_until) change what they would have prevented and
 * nothing else: an answer that was in time for a step that has fired ends the
 * wait as END_ANSWERED_LATE; a trigger opens its wait in the past unless an
 * earlier one is open, and takes over a later one that has not fired.
 *
 * Members.  A member's wait is opened by its joining, with the last event of
 * before as its anchor; that event, when it comes again, is an answer and the
 * next trigger in one.  Being overdue is a state, so who joins overdue is due
 * at once; but who was a member when the rule became active is due when he was,
 * before it.  An answer that is learnt of later counts where it belongs: before
 * the joining it moves the anchor, or shows that the wait was not overdue after
 * all.
 *
 * States.  The driver tells when a state begins (a trigger) and when it holds
 * no more (an answer), or is cleared, which ends a wait that has fired where
 * the sentence says CLEARED WHEN.  It is known from then on, so one that holds
 * when the rule becomes active begins with the first look.
 */
#ifndef SP_ENGINE_H
#define SP_ENGINE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "rule/duration.h"
#include "rule/lang.h"

/* what an event is to the rule; one event may be several */
#define INPUT_TRIGGER	1
#define INPUT_ANSWER	2		/* the event after NOT */
#define INPUT_UNTIL		4
#define INPUT_EARLIER	8		/* what the trigger follows: see
								 * engine_pattern.h */
#define INPUT_LACKING	16		/* what must not have come before the trigger */
#define INPUT_CLEARED	32		/* the state is over, the member has left */
#define INPUT_STANDING	64		/* with INPUT_TRIGGER: the member was one when
								 * the rule became active */

typedef struct EngineEvent
{
	Instant		at;
	int64_t		event_id;
	unsigned	input;			/* INPUT_ flags */
	Instant		anchor;			/* what the rule's date column stands for;
								 * INSTANT_NONE when that column is null; of
								 * members and states, what the window counts
								 * from */
} EngineEvent;

/* a trigger that is none: what was looked for in vain has come to light */
typedef struct EngineWithdrawal
{
	int64_t		trigger_event;
	Instant		trigger_at;
	Instant		anchor;			/* as the trigger's */
	int64_t		cause_event;
} EngineWithdrawal;

typedef enum EndReason
{
	END_NONE,					/* still open */
	END_ANSWERED,				/* the awaited event came */
	END_UNTIL,					/* the event after UNTIL came */
	END_ANSWERED_LATE,			/* it came in time but was learnt after a
								 * firing */
	END_MOVED,					/* a trigger came that has another date */
	END_CLEARED,				/* the state is over, the member has left */
	END_COMPLETED				/* all steps done, and nothing could end it */
} EndReason;

typedef struct EngineWait
{
	int64_t		wait_id;		/* the driver's; 0: opened by this run */
	Instant		opened_at;		/* the trigger's instant */
	int64_t		trigger_event;
	Instant		anchor;			/* start of the window */
	int			next_step;		/* == step_count: all have fired */
	int			repetition;		/* of next_step, a repeat: how often it has
								 * come */
	Instant		repeat_since;	/* and what it counts from, or INSTANT_NONE */
	Instant		due_at;			/* of next_step; INSTANT_NONE: waits only for
								 * its end */
	Instant		first_due;		/* due instant of the first firing, or
								 * INSTANT_NONE */
	Instant		previous_due;	/* of the latest firing, or INSTANT_NONE */
	EndReason	end_reason;
	Instant		ended_at;
	int64_t		end_event;
} EngineWait;

typedef struct EngineFiring
{
	int			wait;			/* index in EngineResult.waits */
	int			step;
	int			repetition;		/* from 1; 0: the step is no repeat */
	Instant		due_at;
	bool		superseded;		/* recorded, but acts no more: in the same run
								 * a later step or repetition came due, or the
								 * wait ended (but for the first step without
								 * absence) */
} EngineFiring;

typedef struct EngineInput
{
	const Rule *rule;
	const Timekeeper *timekeeper;
	Instant		active_since;	/* nothing fires for a due time before it */
	Instant		swept_until;	/* where the previous run of this key's lane
								 * ended: an event before it is late */
	Instant		until;			/* due times up to and including this come due */
	const EngineWait *waits;	/* open ones, by opened_at, trigger_event;
								 * then such as were over with their last step
								 * and whose trigger is withdrawn */
	int			wait_count;
	bool		had_wait;		/* REARM_ONCE: this key has had its wait */
	bool		has_fired;		/* AT MOST ONCE IN d: it has, at last_fired */
	Instant		last_fired;
	const EngineEvent *events;
	int			event_count;
	const EngineWithdrawal *withdrawn;
	int			withdrawn_count;

	/*
	 * The first event of this key, consumed by earlier runs, that is one of
	 * "input", after (since, since_event) and before "before".  Asked for
	 * when a late trigger opens a wait in the past, or a late event ends one
	 * that hid later triggers.  May be NULL: there is none.
	 */
	bool		(*find_earlier) (void *context, unsigned input, Instant since,
								 int64_t since_event, Instant before,
								 EngineEvent *found);
	void	   *find_context;
} EngineInput;

typedef struct EngineResult
{
	EngineWait *waits;			/* all waits given and opened, ended ones
								 * included */
	int			wait_count;
	EngineFiring *firings;		/* by due_at, step, repetition */
	int			firing_count;
	bool		has_fired;		/* as the input has it, for the next run */
	Instant		last_fired;
} EngineResult;

/* Does nothing end a wait of the rule but its own last step? */
extern bool engine_ends_itself(const Rule *rule);

extern void engine_run(Arena *arena, const EngineInput *input, EngineResult *result);

#endif							/* SP_ENGINE_H */
