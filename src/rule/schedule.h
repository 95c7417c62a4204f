/*
 * schedule.h
 *	  Rules that go by the clock: which instants a schedule names.
 *
 * Pure C.  A schedule names one wall-clock time on some days of the business
 * time zone.  What instant that is, and which days are worked on, is the
 * caller's knowledge.  A day of the month that a month lacks is its last day; a
 * working day that it lacks does not come.
 */
#ifndef SP_SCHEDULE_H
#define SP_SCHEDULE_H

#include <stdbool.h>

#include "rule/duration.h"

#pragma GCC visibility push(hidden)

typedef enum SchedulePeriod
{
	SCHEDULE_NONE,				/* the rule goes by events */
	SCHEDULE_DAY,
	SCHEDULE_WEEK,
	SCHEDULE_MONTH
} SchedulePeriod;

typedef struct Schedule
{
	SchedulePeriod period;
	bool		working;		/* working days only */
	unsigned	weekdays;		/* of SCHEDULE_WEEK: bit 0 is Monday */
	int			day;			/* of SCHEDULE_MONTH: the n-th (working) day;
								 * -1: the last */
	int			minute;			/* of the day, from midnight */
} Schedule;

/* days count from 2000-01-01, as those of the server do */
typedef struct ScheduleClock
{
	void	   *context;
	int			(*day_of) (void *context, Instant at);
	Instant		(*instant_of) (void *context, int day, int minute);
	bool		(*is_working) (void *context, int day);
} ScheduleClock;

/* The first instant after "since" that the schedule names; INSTANT_NONE: none for years. */
extern Instant schedule_next(const Schedule *schedule, const ScheduleClock *clock, Instant since);

#pragma GCC visibility pop

#endif							/* SP_SCHEDULE_H */
