/*
 * evaluation.c
 *	  How well scores tell outcomes apart.  Pure C.
 */
#include "health/evaluation.h"

#include <math.h>

/* how many bad ones the lowest tenth holds; ties are shared out evenly */
static double
bad_in_lowest_tenth(const Evaluation *evaluation, int64_t rows)
{
	double		room = rows / 10.0;
	double		bad = 0;

	for (int score = 0; score <= HEALTH_MOST && room > 0; score++)
	{
		int64_t		here = evaluation->good[score] + evaluation->bad[score];

		if (here == 0)
			continue;
		bad += here <= room ? evaluation->bad[score] : evaluation->bad[score] * room / here;
		room -= here;
	}
	return bad;
}

/* false: all outcomes are the same, so nothing can be told apart */
bool
evaluation_figures(const Evaluation *evaluation, EvaluationFigures *figures)
{
	int64_t		good = 0;
	int64_t		bad = 0;
	double		wins = 0;
	double		squares = 0;

	figures->good = figures->bad = 0;
	figures->ks = 0;
	for (int score = 0; score <= HEALTH_MOST; score++)
	{
		figures->good += evaluation->good[score];
		figures->bad += evaluation->bad[score];
	}
	if (figures->good == 0 || figures->bad == 0)
		return false;
	for (int score = 0; score <= HEALTH_MOST; score++)
	{
		double		chance = 1.0 - (double) score / HEALTH_MOST;
		double		distance;

		wins += evaluation->good[score] * (bad + evaluation->bad[score] / 2.0);
		squares += evaluation->good[score] * chance * chance + evaluation->bad[score] * (1 - chance) * (1 - chance);
		good += evaluation->good[score];
		bad += evaluation->bad[score];
		distance = fabs((double) bad / figures->bad - (double) good / figures->good);
		if (distance > figures->ks)
			figures->ks = distance;
	}
	figures->auc = wins / figures->good / figures->bad;
	figures->brier = squares / (figures->good + figures->bad);
	figures->lift = bad_in_lowest_tenth(evaluation, figures->good + figures->bad) * 10 / figures->bad;
	return true;
}
