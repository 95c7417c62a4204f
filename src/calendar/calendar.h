/*
 * calendar.h
 *	  Calendars of working days, by name.
 */
#ifndef SP_CALENDAR_H
#define SP_CALENDAR_H

#include "postgres.h"

typedef struct Calendar Calendar;

/*
 * NULL asks for the one of the setting "calendar".  Raises SP202 when there is
 * none of that name.  Good until the next call: do not keep it.
 */
extern const Calendar *sp_calendar(const char *name);

/* Days are DateADT.  All raise SP201 where the calendar's years are not loaded. */
extern bool calendar_is_working(const Calendar *calendar, int32 day);

/* the n-th working day after, or with n < 0 before; n = 0 is the day itself */
extern int32 calendar_add_days(const Calendar *calendar, int32 day, int64 n);

/* working days in [since, until); negative when until is before since */
extern int64 calendar_days_between(const Calendar *calendar, int32 since, int32 until);

#endif							/* SP_CALENDAR_H */
