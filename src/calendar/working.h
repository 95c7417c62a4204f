/*
 * working.h
 *	  Arithmetic of working days.  Pure C: no server, no clock, no allocation.
 *
 * A calendar is a weekly pattern with exceptions: holidays on working weekdays
 * and make-up days at weekends (调休).  Days count from 2000-01-01, a Saturday,
 * as the server's dates do.
 */
#ifndef SP_WORKING_H
#define SP_WORKING_H

#include <stdbool.h>
#include <stdint.h>

/* A day that does not follow the week, and all before it. */
typedef struct DayException
{
	int32_t		day;
	int32_t		balance;		/* make-up days less holidays, up to and with
								 * this day */
} DayException;

/* Days [first, past) that the calendar speaks about. */
typedef struct DaySpan
{
	int32_t		first;
	int32_t		past;
} DaySpan;

typedef struct WorkingDays
{
	uint8_t		week;			/* bit 0 Monday ... bit 6 Sunday; never 0 */
	int			n_exceptions;	/* ascending by day */
	const DayException *exceptions;
	int			n_spans;		/* ascending, apart from each other */
	const DaySpan *spans;
} WorkingDays;

/* the days that a date may have */
#define DAY_FIRST	(-2451545)
#define DAY_PAST	2145031949

/* weeks since a Monday; Monday 0 ... Sunday 6 */
extern int64_t working_week_of(int32_t day);
extern int	working_weekday_of(int32_t day);

extern bool working_weekday(uint8_t week, int32_t day);
extern bool working_is(const WorkingDays *days, int32_t day);
extern int64_t working_before(const WorkingDays *days, int32_t day);

/* the span that holds all of [first, last]; NULL: not one */
extern const DaySpan *working_span(const WorkingDays *days, int32_t first, int32_t last);

/* the n-th working day after day, or before it; false: beyond the span of day */
extern bool working_add(const WorkingDays *days, int32_t day, int64_t n, int32_t *result);

#endif							/* SP_WORKING_H */
