/*
 * backtest.h
 *	  A rule rehearsed on stored history, one key at a time.
 */
#ifndef SP_BACKTEST_H
#define SP_BACKTEST_H

#include "rule/history.h"

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
	KeyHistory	events;			/* in the order of the replay */
	EngineWait *waits;			/* ended ones too */
	int			wait_count;
	int			wait_room;
	int		   *open;			/* of them, in the order of their opening */
	int			open_count;
	int			open_room;
	RehearsedFiring *firings;
	int			firing_count;
	int			firing_room;
	bool		has_fired;		/* AT MOST ONCE IN d */
	Instant		last_fired;
} Rehearsal;

/* Runs the events of one key; waits and firings come in CurrentMemoryContext. */
extern void sp_rehearse(Rehearsal *rehearsal);

#endif							/* SP_BACKTEST_H */
