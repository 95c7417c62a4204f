/*
 * ahead.h
 *	  When a band will change if nothing happens, and how a band is held.
 *	  Pure C.
 *
 * A plain band is a function of the measures.  A standing has a past: it holds
 * a band against small changes of the score (hysteresis) and for a while
 * (dwell), both of the model's bands.  What is not known and what a veto
 * forbids show at once: grey and vetoes stand before the band that is held,
 * neither change it nor wait for it.  While a band is grey, it is held as it
 * is.
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

typedef struct HealthStanding
{
	int			held;			/* rank of the band that is held; -1: none yet */
	int64_t		since;			/* when it began to be */
	HealthBand	band;			/* that shows */
} HealthStanding;

extern void health_measures_at(const HealthCourse *course, int64_t at, Measure *measures);
extern bool health_course_moves(const HealthCourse *course);
extern bool health_span_scores(const HealthCourse *course, int64_t since, int64_t until,
							   HealthScore *least, HealthScore *most);
extern bool health_next_change(const HealthCourse *course, int64_t from, int64_t until,
							   int64_t *at);
extern void health_stand(const HealthCourse *course, int64_t at, HealthStanding *standing,
						 HealthScore *score);
extern bool health_next_standing(const HealthCourse *course, const HealthStanding *standing,
								 int64_t from, int64_t until, int64_t *at);

#endif							/* SP_AHEAD_H */
