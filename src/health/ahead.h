/*
 * ahead.h
 *	  When a band will change if nothing happens.  Pure C.
 */
#ifndef SP_AHEAD_H
#define SP_AHEAD_H

#include "health/age.h"
#include "health/score.h"

/* how an input moves; AGE_NONE: it stays as it was measured */
typedef struct Motion
{
	AgeKind		kind;
	int64_t		origin;
} Motion;

typedef struct HealthCourse
{
	const HealthModel *model;
	const Measure *measures;	/* at the instant of departure */
	const Motion *motions;
	int64_t		(*day_of) (int64_t at); /* the day of an instant */
} HealthCourse;

extern void health_measures_at(const HealthCourse *course, int64_t at, Measure *measures);
extern bool health_next_change(const HealthCourse *course, int64_t from, int64_t until,
							   int64_t *at);

#endif							/* SP_AHEAD_H */
