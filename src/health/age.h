/*
 * age.h
 *	  Dates and instants as measures: their age in days.  Pure C.
 *
 * Positive before the instant of scoring, negative after: a visit 30 days ago
 * is 30, a contract that ends in 30 days is -30.  An instant's age is counted
 * in millionths of 24 hours, rounded down; a date's is the number of midnights
 * between.  So an age never goes down while time goes on.
 */
#ifndef SP_AGE_H
#define SP_AGE_H

#include <stdint.h>

#define MICROSECONDS_PER_MILLIONTH	86400	/* of a day */

/* where an age is taken from: an instant (microseconds) or a day */
typedef enum AgeKind
{
	AGE_NONE,					/* the measure does not move with time */
	AGE_INSTANT,
	AGE_DAY
} AgeKind;

static inline int64_t
age_clamp(__int128 age)
{
	return age > INT64_MAX ? INT64_MAX : age < INT64_MIN ? INT64_MIN : (int64_t) age;
}

static inline int64_t
age_of_instant(int64_t instant, int64_t at)
{
	__int128	passed = (__int128) at - instant;

	if (passed < 0)
		passed -= MICROSECONDS_PER_MILLIONTH - 1;
	return age_clamp(passed / MICROSECONDS_PER_MILLIONTH);
}

static inline int64_t
age_of_day(int64_t day, int64_t today)
{
	return age_clamp(((__int128) today - day) * 1000000);
}

#endif							/* SP_AGE_H */
