/*
 * streak.h
 *	  Runs of consecutive days: which one holds now, and where one was broken.
 *
 * Pure C.  Days are numbers; a day that the calendar closes is none at all.
 */
#ifndef SP_STREAK_H
#define SP_STREAK_H

#include <stdbool.h>
#include <stdint.h>

#include "rule/lang.h"

typedef struct StreakDay
{
	int			day;
	bool		good;			/* the condition held */
} StreakDay;

#define STREAK_NEVER	INT32_MAX

typedef struct StreakInput
{
	const StreakDay *days;		/* of one key, ascending, each day once */
	int			count;
	int			last_day;		/* the last complete one */
	int			need;			/* how many make a streak */
	MissingDays missing;		/* not the default */
	bool		(*counts) (void *context, int day);
	void	   *context;
} StreakInput;

typedef struct StreakRun
{
	bool		found;			/* long enough, and going on */
	int			start;
	int			reached;		/* the day that made it long enough */
} StreakRun;

/* the run that the last complete day belongs to */
extern StreakRun streak_current(const StreakInput *input);

/* the first day from "since" on that breaks a run, or STREAK_NEVER */
extern int	streak_broken(const StreakInput *input, int since);

/* what the default says of days without a row */
extern MissingDays streak_missing(const Rule *rule);

#endif							/* SP_STREAK_H */
