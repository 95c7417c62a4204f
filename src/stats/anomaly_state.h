/*
 * anomaly_state.h
 *	  The rows of one group, as an aggregate gathers them, and their scores.
 */
#ifndef SP_ANOMALY_STATE_H
#define SP_ANOMALY_STATE_H

#include "base/base.h"

#include "lib/stringinfo.h"
#include "stats/anomaly.h"
#include "utils/timestamp.h"

typedef struct AnomalyRow
{
	int32		series;
	int32		step;
	double		value;
} AnomalyRow;

typedef struct AnomalyOptions
{
	int64		step;			/* microseconds */
	bool		counts;
	double		threshold;
	int32		since;			/* steps; PG_INT32_MIN: from the first */
	int32		until;			/* PG_INT32_MAX: until the last that has a row */
} AnomalyOptions;

typedef struct AnomalyState
{
	MemoryContext context;
	AnomalyOptions options;
	struct anomalyname_hash *names;
	char	  **series;			/* by number */
	int			series_count;
	AnomalyRow *rows;
	int			row_count;
	int			row_room;
	bool		whole;
} AnomalyState;

/* Points of steps first .. first + steps - 1, row by row of the series. */
typedef struct AnomalyScores
{
	AnomalyState *state;
	char	  **names;			/* of the series, sorted */
	AnomalyGrid grid;			/* from step "origin" on */
	int32		origin;
	int32		first;			/* a step, as in the rows */
	int			steps;
	AnomalyPoint *points;
} AnomalyScores;

/* Raises what is wrong with them; any may be NULL, the threshold as a default. */
extern void sp_anomaly_options(AnomalyOptions *options, const Interval *step, text *scale,
							   const double *threshold);
extern Timestamp sp_anomaly_time(const AnomalyOptions *options, int32 step);

/* False: nothing to score.  lead: so many steps earlier are scored too. */
extern bool sp_anomaly_scores(AnomalyState *state, int lead, AnomalyScores *scores);

static inline const AnomalyPoint *
anomaly_point(const AnomalyScores *scores, int series, int step)
{
	return &scores->points[(Size) series * scores->steps + step];
}

static inline double
anomaly_value(const AnomalyScores *scores, int series, int step)
{
	return scores->grid.values[(Size) series * scores->grid.steps + step + scores->first - scores->origin];
}

/* A score that is at or above the threshold. */
static inline bool
anomaly_alarms(const AnomalyScores *scores, const AnomalyPoint *point)
{
	return point->score >= scores->state->options.threshold;
}

#endif							/* SP_ANOMALY_STATE_H */
