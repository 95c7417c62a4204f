/*
 * anomaly.h
 *	  How far the values of many series are from what was to be expected.  Pure C.
 *
 * A grid holds the series of one group, a value per step (day, hour ...).  What
 * is expected at a step, and how sure that is, depends on the steps before it
 * only, and on the other series at that step: so the score of a day does not
 * change when later days come in.
 */
#ifndef SP_ANOMALY_H
#define SP_ANOMALY_H

#include <stdbool.h>

#include "base/arena.h"

#define ANOMALY_WINDOW		56	/* steps that an expectation rests on */
#define ANOMALY_LEAD		6	/* steps before the first that add to its
								 * score */
#define ANOMALY_FREQUENT	2500	/* the same for steps below a day */

/*
 * Scores from which on it is worth an alarm: with days, about one false alarm
 * in ten months of a series.
 */
#define ANOMALY_THRESHOLD			3.5
#define ANOMALY_THRESHOLD_FREQUENT	1.0

typedef struct AnomalyGrid
{
	int			series_count;
	int			steps;
	int			season;			/* steps after which things repeat: 7 of days;
								 * 1: none */
	bool		counts;			/* spread grows with the value, none is below
								 * 0 */
	bool		whole;			/* whole numbers: never less spread than
								 * Poisson's */
	const double *values;		/* [series * steps + step]; NAN: missing */
} AnomalyGrid;

typedef struct AnomalyPoint
{
	double		expected;		/* NAN: history too short, or value missing */
	double		score;			/* 0 or more; NAN likewise */
	double		common;			/* what the group as a whole had, of its usual
								 * (levels: above it); NAN: not taken out */
	double		distance;		/* of this step alone, in spreads; negative:
								 * lower than expected */
	int			direction;		/* of the score: -1 low, 1 high */
	int			length;			/* steps, up to this one, that make the score */
} AnomalyPoint;

/*
 * points[series * (steps - first) + step - first], for the steps from first on.
 */
extern void anomaly_score(Arena *arena, const AnomalyGrid *grid, int first, AnomalyPoint *points);

/*
 * The same for steps of minutes or hours, each series by itself: the score is
 * the distance as a multiple of what the series hardly ever reached before.
 */
extern void anomaly_score_frequent(Arena *arena, const AnomalyGrid *grid, int two_hours, int first,
								   AnomalyPoint *points);

/* Rearranges what it is given. */
extern double anomaly_median(double *values, int count);

#endif							/* SP_ANOMALY_H */
