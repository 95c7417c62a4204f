/*
 * valve.h
 *	  How many messages of a channel may be claimed now: as many as its service's
 *	  rate limits still allow, none while its server is down.  No I/O, no clock.
 */
#ifndef RELAY_VALVE_H
#define RELAY_VALVE_H

#include "outcome.h"

typedef struct Valve Valve;

typedef enum ValveChange
{
	VALVE_SAME,
	VALVE_PAUSED,
	VALVE_RESUMED
} ValveChange;

/*
 * "now" is in seconds of any clock that only goes forward.  With full, the
 * limits count as used up then: a process before this one may have used them.
 */
extern Valve *valve_new(const Channel *channel, int batch, double now, bool full);
extern void valve_free(Valve *valve);

/* Nothing limits the channel: it may be claimed together with others. */
extern bool valve_open(const Valve *valve, double now);

/* How many more may be claimed; 0 while the channel pauses or is busy. */
extern int	valve_room(const Valve *valve, double now);

/* Seconds until room can grow by time alone; a day where it can't. */
extern double valve_next(const Valve *valve, double now);

extern int	valve_in_flight(const Valve *valve);
extern double valve_pause(const Valve *valve, double now);	/* seconds left */

extern void valve_begin(Valve *valve);
extern ValveChange valve_end(Valve *valve, double now, const Outcome *outcome);

#endif							/* RELAY_VALVE_H */
