/*
 * duration.h
 *	  Instants and durations as the pure cores know them.
 *
 * An Instant has the representation of timestamptz.  What a duration means
 * (wall-clock days in the business time zone, working days of a calendar) is
 * the caller's knowledge, reached through Timekeeper.
 */
#ifndef SP_DURATION_H
#define SP_DURATION_H

#include <stdint.h>

typedef int64_t Instant;		/* microseconds since 2000-01-01 00:00 UTC */

#define INSTANT_NONE	INT64_MIN

typedef enum DurationUnit
{
	UNIT_MINUTE,				/* elapsed time */
	UNIT_HOUR,
	UNIT_DAY,					/* keeps the wall-clock time in the business
								 * zone */
	UNIT_WEEK,
	UNIT_MONTH,
	UNIT_CALENDAR_DAY,			/* ends when the n-th following day ends */
	UNIT_WORKING_DAY,			/* by the calendar */
	UNIT_WORKING_HOUR
} DurationUnit;

typedef struct Duration
{
	int64_t		count;
	DurationUnit unit;
} Duration;

typedef struct Timekeeper
{
	void	   *context;
	Instant		(*add) (void *context, Instant from, Duration span);
} Timekeeper;

#endif							/* SP_DURATION_H */
