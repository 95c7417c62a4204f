/*
 * backtest.h
 *	  A rule rehearsed on stored history, one key at a time.
 */
#ifndef SP_BACKTEST_H
#define SP_BACKTEST_H

#include "rule/live.h"

/* a firing the rule would have produced */
typedef struct RehearsedFiring
{
	int			wait;			/* index in Rehearsal.waits */
	int			step;
	int			repetition;
	Instant		due_at;
	bool		superseded;
} RehearsedFiring;

typedef struct Rehearsal
{
	const BoundRule *rule;
	Instant		since;			/* firings due from here on */
	Instant		until;			/* and before here */
	bool		arrived;		/* by arrival, or as it happened */
	RuleEventList events;		/* of one key, in the order of the replay */
	EngineWait *waits;			/* ended ones too */
	int			wait_count;
	int			wait_room;
	RehearsedFiring *firings;
	int			firing_count;
	int			firing_room;
	bool		has_fired;		/* AT MOST ONCE IN d */
	Instant		last_fired;
} Rehearsal;

/* Runs the events of one key; waits and firings come in CurrentMemoryContext. */
extern void sp_rehearse(Rehearsal *rehearsal);

extern void sp_find_rule(const char *name, BoundRule *rule);

/* when the live driver would have met the event */
#define ARRIVAL(row)	Max((row)->recorded, (row)->event.at)

#endif							/* SP_BACKTEST_H */
