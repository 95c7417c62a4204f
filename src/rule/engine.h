/*
 * engine.h
 *	  The rule engine: one rule, one key: waits x events -> waits x firings.
 *
 * Pure C: no SPI, no clock, no I/O.  Keys of one rule are independent, so a
 * driver calls engine_run() once per touched key, with that key's open waits
 * and its new events in order (at, event_id), and stores what comes out.  The
 * semantics of time are those of the design: a window is half-open; of an event
 * and a due time at one instant the due time goes first.
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

typedef struct EngineEvent
{
	Instant		at;
	int64_t		event_id;
	unsigned	input;			/* INPUT_ flags */
	Instant		anchor;			/* where the window starts when the rule says AFTER
								 * column; INSTANT_NONE when that column is null */
} EngineEvent;

typedef enum EndReason
{
	END_NONE,					/* still open */
	END_ANSWERED,				/* the awaited event came */
	END_UNTIL,					/* the event after UNTIL came */
	END_ANSWERED_LATE,			/* it came in time but was learnt after a firing */
	END_COMPLETED				/* all steps done, and nothing could end it */
} EndReason;

typedef struct EngineWait
{
	int64_t		wait_id;		/* the driver's; 0: opened by this run */
	Instant		opened_at;		/* the trigger's instant */
	int64_t		trigger_event;
	Instant		anchor;			/* start of the window */
	int			next_step;		/* == step_count: all have fired */
	Instant		due_at;			/* of next_step; INSTANT_NONE: waits only for its end */
	Instant		first_due;		/* due instant of the first firing, or INSTANT_NONE */
	Instant		previous_due;	/* of the latest firing, or INSTANT_NONE */
	EndReason	end_reason;
	Instant		ended_at;
	int64_t		end_event;
} EngineWait;

typedef struct EngineFiring
{
	int			wait;			/* index in EngineResult.waits */
	int			step;
	Instant		due_at;
	bool		superseded;		/* a later step of this wait was due in the same run:
								 * recorded, but acts no more */
} EngineFiring;

typedef struct EngineInput
{
	const Rule *rule;
	const Timekeeper *timekeeper;
	Instant		active_since;	/* nothing fires for a due time before it */
	Instant		swept_until;	/* where the previous run of this key's lane ended:
								 * an event before it is late */
	Instant		until;			/* due times up to and including this come due */
	const EngineWait *waits;	/* open ones, by opened_at, trigger_event */
	int			wait_count;
	const EngineEvent *events;
	int			event_count;

	/*
	 * Was there, among the events consumed by earlier runs, an answer or until
	 * (as "input" asks) of this key after (since, since_event) and before
	 * "before"?  Asked for late triggers only.  May be NULL: no.
	 */
	bool		(*find_earlier) (void *context, unsigned input, Instant since,
								 int64_t since_event, Instant before, EngineEvent *found);
	void	   *find_context;
} EngineInput;

typedef struct EngineResult
{
	EngineWait *waits;			/* all waits given and opened, ended ones included */
	int			wait_count;
	EngineFiring *firings;		/* by due_at, step */
	int			firing_count;
} EngineResult;

extern void engine_run(Arena *arena, const EngineInput *input, EngineResult *result);

#endif							/* SP_ENGINE_H */
