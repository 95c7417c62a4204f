/*
 * calendar_cache.h
 *	  What a cached calendar is made of, for the files that reckon with one.
 */
#ifndef SP_CALENDAR_CACHE_H
#define SP_CALENDAR_CACHE_H

#include "base/base.h"
#include "calendar/calendar.h"
#include "calendar/hours.h"

#include "pgtime.h"
#include "utils/array.h"
#include "utils/palloc.h"

struct Calendar
{
	char	   *name;
	bool		every_year;
	WorkingDays days;
	char	   *timezone;		/* NULL: the business time zone */
	DayHours	hours[DAY_KINDS];
	bool		hours_prepared; /* for "zone" */
	pg_tz	   *zone;
	WorkingHours working;
	MemoryContext context;
	Calendar   *next;
};

/* raises SP201 or 22008 for a day that the calendar does not speak about */
pg_noreturn extern void calendar_refuse_day(const Calendar *calendar, int32 day);

/* refuses the first day of [first, last] that is not loaded */
extern void calendar_require(const Calendar *calendar, int32 first, int32 last);

extern uint8 calendar_week(ArrayType *weekdays);	/* as WorkingDays has it */

/* reads hours as the table has them; raises 22023 */
extern void calendar_read_hours(ArrayType *entries, uint8 week, DayHours *hours);

#endif							/* SP_CALENDAR_CACHE_H */
