/*
 * calendar.h
 *	  Calendars of working days, by name.
 */
#ifndef SP_CALENDAR_H
#define SP_CALENDAR_H

#include "postgres.h"

#include "datatype/timestamp.h"
#include "nodes/pg_list.h"

typedef struct Calendar Calendar;

/*
 * NULL asks for the one of the setting "calendar".  Raises SP202 when there is
 * none of that name.  Good until the next call: do not keep it.
 */
extern const Calendar *sp_calendar(const char *name);

/* of all there are, in no order; char * */
extern List *sp_calendar_names(void);

/* Days are DateADT.  All raise SP201 where the calendar's years are not loaded. */
extern bool calendar_is_working(const Calendar *calendar, int32 day);

/* the n-th working day after, or with n < 0 before; n = 0 is the day itself */
extern int32 calendar_add_days(const Calendar *calendar, int32 day, int64 n);

/* working days in [since, until); negative when until is before since */
extern int64 calendar_days_between(const Calendar *calendar, int32 since, int32 until);

/* ---- rolling.c: a day that does not work moves to one that does ---- */

typedef enum RollMode
{
	ROLL_NONE,
	ROLL_FOLLOWING,
	ROLL_PRECEDING,
	ROLL_MODIFIED_FOLLOWING,	/* unless that is in the next month */
	ROLL_MODIFIED_PRECEDING,	/* unless that is in the month before */
	ROLL_NEAREST				/* of two as near the following */
} RollMode;

extern RollMode calendar_roll_mode(const char *name);	/* raises 22023 */
extern int32 calendar_roll(const Calendar *calendar, int32 day, RollMode mode);

/* ---- calendar_hours.c: working time, in microseconds ---- */

/*
 * Instants are finite.  Besides SP201 all raise 22008 outside the years for
 * which clocks are known, 1900 to 2199.
 */
extern int64 calendar_time_between(const Calendar *calendar, TimestampTz since, TimestampTz until);
extern int64 calendar_time_of_day(const Calendar *calendar, int32 day);

/*
 * The earliest instant so much working time after, or with a negative time the
 * latest so much before; with 0 the instant itself.  So eight hours from the
 * opening end at the closing, not at the next opening.
 */
extern TimestampTz calendar_add_time(const Calendar *calendar, TimestampTz at, int64 time);

/* whether [since, until) is within loaded years, so that the above do not raise */
extern bool calendar_knows_time(const Calendar *calendar, TimestampTz since, TimestampTz until);

extern bool calendar_is_open(const Calendar *calendar, TimestampTz at);

/* the instant itself when it is open; else the next opening, or the closing before */
extern TimestampTz calendar_next_open(const Calendar *calendar, TimestampTz at);
extern TimestampTz calendar_previous_open(const Calendar *calendar, TimestampTz at);

#endif							/* SP_CALENDAR_H */
