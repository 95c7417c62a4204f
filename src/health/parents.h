/*
 * parents.h
 *	  When the band of a parent, whose score is the mean of its children's, will
 *	  change if nothing happens.  Pure C.
 */
#ifndef SP_PARENTS_H
#define SP_PARENTS_H

#include "health/ahead.h"

typedef struct HealthChild
{
	HealthCourse course;
	int64_t		weight;			/* in millionths, not negative */
	int			set_score;		/* by somebody, until then; or HEALTH_UNKNOWN */
	int64_t		set_until;
} HealthChild;

extern HealthBand health_parent_band(const HealthModel *bands, HealthChild *children, int count,
									 int64_t at);
extern bool health_parent_next_change(const HealthModel *bands, HealthChild *children, int count,
									  int64_t from, int64_t until, int64_t *at);

#endif							/* SP_PARENTS_H */
