/*
 * daytime.h
 *	  Days and instants in the business time zone, across summer time.
 */
#ifndef SP_DAYTIME_H
#define SP_DAYTIME_H

#include "postgres.h"

#include "datatype/timestamp.h"
#include "pgtime.h"
#include "utils/date.h"

/*
 * The first instant of a day; 00:00 unless the clock jumps over it.  A day
 * that a zone skipped whole starts where the next one does.
 */
extern TimestampTz sp_day_start(DateADT day);

/* the day of an instant, by the wall */
extern DateADT sp_day_of(TimestampTz at);

/*
 * The same time on the wall, days or months away.  A time that does not exist
 * there moves on with the clock, one that comes twice is the later, a day that
 * the month lacks becomes its last: as timestamptz + interval has it.
 */
extern TimestampTz sp_add_wall_days(TimestampTz at, int64 days);
extern TimestampTz sp_add_wall_months(TimestampTz at, int64 months);

/*
 * In any zone: the first instant of a day at which the wall shows so many
 * seconds after midnight, or later; the day it shows at a finite instant; and
 * the days around which its clocks change.
 */
extern TimestampTz sp_wall_instant(DateADT day, int32 second, pg_tz *zone);
extern DateADT sp_wall_day(TimestampTz at, pg_tz *zone);
extern int	sp_clock_changes(DateADT first, DateADT past, pg_tz *zone, int32 *days, int room);

#endif							/* SP_DAYTIME_H */
