/*
 * evaluation.h
 *	  How well scores tell outcomes apart.  Pure C.
 *
 * A score has one of 10001 values, so counting the good and the bad at each of
 * them loses nothing: the figures are exact, equal scores are ties, and the
 * order of the rows does not matter.
 */
#ifndef SP_EVALUATION_H
#define SP_EVALUATION_H

#include "health/score.h"

typedef struct Evaluation
{
	int64_t		good[HEALTH_MOST + 1];
	int64_t		bad[HEALTH_MOST + 1];
} Evaluation;

typedef struct EvaluationFigures
{
	int64_t		good;
	int64_t		bad;
	double		auc;			/* a bad one scores below a good one */
	double		ks;				/* greatest distance of the distributions */
	double		brier;			/* of 1 - score / 100 as the chance of bad */
	double		lift;			/* share of bad among the lowest tenth, to all */
} EvaluationFigures;

extern bool evaluation_figures(const Evaluation *evaluation, EvaluationFigures *figures);

#endif							/* SP_EVALUATION_H */
