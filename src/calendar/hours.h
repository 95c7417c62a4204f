/*
 * hours.h
 *	  Arithmetic of working time.  Pure C: no server, no clock, no allocation.
 *
 * A working day has windows by the wall ("09:00-12:00", "13:00-18:00"); a
 * window runs from the first instant at which the wall shows its opening, or
 * later, to the first at which it shows its closing, or later.  Working time
 * is what elapses within windows, so it is right on days of 23 or 25 hours.
 *
 * The last window of a day may run on past midnight ("22:00-06:00").  It is of
 * the day on which it opens, whatever the next day is, and has closed before
 * the next day opens: so windows ascend, and at most two days have a say in an
 * instant, its own and the one before.
 */
#ifndef SP_HOURS_H
#define SP_HOURS_H

#include <stddef.h>

#include "calendar/working.h"

typedef int64_t Moment;			/* microseconds since 2000-01-01 00:00 UTC */

#define MOMENT_SECOND	INT64_C(1000000)

/*
 * Seconds by the wall since the day's midnight: opens before 86400, closes
 * later, after 86400 where it is on the next day, and within 24 hours.
 */
typedef struct DayWindow
{
	int32_t		opens;
	int32_t		closes;
} DayWindow;

#define MAX_WINDOWS		12

/* The windows of one kind of day, ascending and apart from each other. */
typedef struct DayHours
{
	int			n_windows;
	DayWindow	windows[MAX_WINDOWS];
} DayHours;

#define MAKEUP_DAY		7
#define DAY_KINDS		8		/* Monday 0 ... Sunday 6, make-up days */

/* What the clocks of a place show. */
typedef struct Wall
{
	const void *zone;
	Moment		(*moment) (const void *zone, int32_t day, int32_t second);
	int32_t		(*day) (const void *zone, Moment at);
} Wall;

/* A day that has more or less working time than the week says, and all before it. */
typedef struct TimeException
{
	int32_t		day;
	int64_t		balance;		/* microseconds, up to and with this day */
} TimeException;

typedef struct WorkingHours
{
	const WorkingDays *days;
	const DayHours *hours;		/* DAY_KINDS of them */
	Wall		wall;
	int64_t		begun[8];		/* working time of the week before a weekday;
								 * the last is that of the week */
	int32_t		opens;			/* seconds: when the earliest window of all
								 * opens */
	int32_t		runs_on;		/* seconds past midnight at which the latest
								 * window closes; 0: none runs on */
	int			n_exceptions;
	const TimeException *exceptions;
	int32_t		first;			/* days [first, past) are known */
	int32_t		past;
} WorkingHours;

/*
 * Fills in all but first and past, which are given with days, hours and wall.
 * "changes" are the days on which clocks change, ascending; "exceptions" has
 * room for as many as there are changes and exceptional days.
 */
extern void hours_prepare(WorkingHours *hours, const int32_t *changes, int n_changes,
						  TimeException *exceptions);

/* the day that an instant is on, and the days whose windows have a say in it */
extern int32_t hours_day(const WorkingHours *hours, Moment at);
extern void hours_days(const WorkingHours *hours, Moment at, int32_t *first, int32_t *last);

/* Working time before an instant, counted from a fixed one; its day must be known. */
extern int64_t hours_before(const WorkingHours *hours, Moment at);
extern int64_t hours_before_day(const WorkingHours *hours, int32_t day);

/* An instant before which there is so much working time, within days [low, high). */
extern bool hours_earliest(const WorkingHours *hours, int32_t low, int32_t high, int64_t count, Moment *at);
extern bool hours_latest(const WorkingHours *hours, int32_t low, int32_t high, int64_t count, Moment *at);

extern bool hours_open(const WorkingHours *hours, Moment at);

/* ---- hours_text.c ---- */

/*
 * Reads "09:00-12:00", "22:00-06:00" or, for certain weekdays only,
 * "5 09:00-15:00" and "1-4 09:00-18:00" into the days it speaks of.  Entries without weekdays hold
 * for the weekdays that no other entry names, and for make-up days.
 */
typedef struct HoursText
{
	DayHours	general;
	DayHours	special[7];
	bool		has_special[7];
} HoursText;

extern bool hours_add_text(HoursText *text, const char *entry, size_t length, const char **wrong);

/*
 * false: a day of the week has no window, or one that runs into the next day's;
 * week is the set of working weekdays
 */
extern bool hours_of_text(const HoursText *text, uint8_t week, DayHours *hours, const char **wrong);

#endif							/* SP_HOURS_H */
