/*
 * hours.h
 *	  Arithmetic of working time.  Pure C: no server, no clock, no allocation.
 *
 * A working day has windows by the wall ("09:00-12:00", "13:00-18:00"); a
 * window runs from the first instant at which the wall shows its opening, or
 * later, to the first at which it shows its closing, or later.  Working time
 * is what elapses within windows, so it is right on days of 23 or 25 hours.
 */
#ifndef SP_HOURS_H
#define SP_HOURS_H

#include <stddef.h>

#include "calendar/working.h"

typedef int64_t Moment;			/* microseconds since 2000-01-01 00:00 UTC */

#define MOMENT_SECOND	INT64_C(1000000)

/* Seconds of the day by the wall, 0 to 86400; opens < closes. */
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

/* the day whose windows decide at an instant */
extern int32_t hours_day(const WorkingHours *hours, Moment at);

/* Working time before an instant, counted from a fixed one; its day must be known. */
extern int64_t hours_before(const WorkingHours *hours, Moment at);
extern int64_t hours_before_day(const WorkingHours *hours, int32_t day);

/* An instant before which there is so much working time, within days [low, high). */
extern bool hours_earliest(const WorkingHours *hours, int32_t low, int32_t high, int64_t count, Moment *at);
extern bool hours_latest(const WorkingHours *hours, int32_t low, int32_t high, int64_t count, Moment *at);

extern bool hours_open(const WorkingHours *hours, Moment at);

/* ---- hours_text.c ---- */

/*
 * Reads "09:00-12:00" or, for certain weekdays only, "5 09:00-15:00" and
 * "1-4 09:00-18:00" into the days it speaks of.  Entries without weekdays hold
 * for the weekdays that no other entry names, and for make-up days.
 */
typedef struct HoursText
{
	DayHours	general;
	DayHours	special[7];
	bool		has_special[7];
} HoursText;

extern bool hours_add_text(HoursText *text, const char *entry, size_t length, const char **wrong);

/* false: a day of the week has no window; week is the set of working weekdays */
extern bool hours_of_text(const HoursText *text, uint8_t week, DayHours *hours);

#endif							/* SP_HOURS_H */
