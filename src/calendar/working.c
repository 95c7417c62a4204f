/*
 * working.c
 *	  Arithmetic of working days.  Pure C: no server, no clock, no allocation.
 *
 * Everything rests on one function: working_before(day), the number of working
 * days before a day, counted from a fixed one.  The weeks are a formula, the
 * exceptions a sorted list with running balances, so its cost does not depend
 * on the distance, and the number of days between is a difference.
 */
#include "calendar/working.h"

#include <stddef.h>

/* 2000-01-03, a Monday */
#define FIRST_MONDAY	2

/* weeks since the first Monday; negative before it */
int64_t
working_week_of(int32_t day)
{
	int64_t		since = (int64_t) day - FIRST_MONDAY;

	return since >= 0 ? since / 7 : -((6 - since) / 7);
}

/* Monday 0 ... Sunday 6 */
int
working_weekday_of(int32_t day)
{
	return (int) ((int64_t) day - FIRST_MONDAY - working_week_of(day) * 7);
}

static int
count_bits(unsigned int bits)
{
	int			n = 0;

	for (; bits != 0; bits &= bits - 1)
		n++;
	return n;
}

bool
working_weekday(uint8_t week, int32_t day)
{
	return (week >> working_weekday_of(day)) & 1;
}

/* How many exceptions lie before a day. */
static int
exceptions_before(const WorkingDays *days, int32_t day)
{
	int			low = 0;
	int			high = days->n_exceptions;

	while (low < high)
	{
		int			middle = (low + high) / 2;

		if (days->exceptions[middle].day < day)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

bool
working_is(const WorkingDays *days, int32_t day)
{
	int			i = exceptions_before(days, day);
	bool		exception = i < days->n_exceptions && days->exceptions[i].day == day;

	return working_weekday(days->week, day) != exception;
}

int64_t
working_before(const WorkingDays *days, int32_t day)
{
	int			i = exceptions_before(days, day);
	unsigned int begun = days->week & ((1u << working_weekday_of(day)) - 1);

	return working_week_of(day) * count_bits(days->week) + count_bits(begun) +
		(i > 0 ? days->exceptions[i - 1].balance : 0);
}

const DaySpan *
working_span(const WorkingDays *days, int32_t first, int32_t last)
{
	for (int i = 0; i < days->n_spans; i++)
		if (first >= days->spans[i].first && last < days->spans[i].past)
			return &days->spans[i];
	return NULL;
}

/* The first day in [low, high) with more than n working days up to its end. */
static int32_t
first_day_past(const WorkingDays *days, int32_t low, int32_t high, int64_t n)
{
	while (low < high)
	{
		int32_t		middle = (int32_t) (low + ((int64_t) high - low) / 2);

		if (working_before(days, middle + 1) > n)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

bool
working_add(const WorkingDays *days, int32_t day, int64_t n, int32_t *result)
{
	const DaySpan *span = working_span(days, day, day);
	int64_t		rank;			/* how many working days precede the result */

	if (span == NULL)
		return false;
	*result = day;
	if (n == 0)
		return true;
	rank = n > 0 ? working_before(days, day + 1) + n - 1 : working_before(days, day) + n;
	if (rank < working_before(days, span->first) || rank >= working_before(days, span->past))
		return false;
	*result = first_day_past(days, span->first, span->past, rank);
	return true;
}
