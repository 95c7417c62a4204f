/*
 * health_fit_test.c
 *	  Figures of an evaluation against all pairs; logistic regression against
 *	  what its equations demand.
 *
 * sources: src/health/evaluation.c src/health/logistic.c
 */
#include "check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "health/evaluation.h"
#include "health/logistic.h"

#define ROWS	300

static Evaluation evaluation;

static void
test_against_pairs(void)
{
	srandom(5);
	for (int round = 0; round < 50; round++)
	{
		int			score[ROWS];
		bool		bad[ROWS];
		double		wins = 0;
		double		pairs = 0;
		double		ks = 0;
		EvaluationFigures figures;

		memset(&evaluation, 0, sizeof(evaluation));
		for (int i = 0; i < ROWS; i++)
		{
			bad[i] = random() % 3 == 0;
			score[i] = random() % (round % 2 ? 20 : HEALTH_MOST) + (bad[i] ? 0 : 1);
			(bad[i] ? evaluation.bad : evaluation.good)[score[i]]++;
		}
		CHECK(evaluation_figures(&evaluation, &figures));
		for (int i = 0; i < ROWS; i++)
		{
			double		bad_below = 0;
			double		good_below = 0;

			for (int j = 0; j < ROWS; j++)
			{
				if (bad[i] && !bad[j])
				{
					pairs++;
					wins += score[i] < score[j] ? 1 : score[i] == score[j] ? 0.5 : 0;
				}
				(*(bad[j] ? &bad_below : &good_below)) += score[j] <= score[i];
			}
			ks = fmax(ks, fabs(bad_below / figures.bad - good_below / figures.good));
		}
		CHECK(fabs(figures.auc - wins / pairs) < 1e-12);
		CHECK(fabs(figures.ks - ks) < 1e-12);
	}
	memset(&evaluation, 0, sizeof(evaluation));
	evaluation.bad[10] = 5;
	CHECK(!evaluation_figures(&evaluation, &(EvaluationFigures)
							  {
		0
	}));
}

/* two columns that matter, one that repeats the first, one that misleads */
static void
test_logistic(void)
{
	static double values[4000 * 4];
	static bool bad[4000];
	LogisticSample sample = {4, 4000, values, bad};
	double		weights[4];

	srandom(3);
	for (int i = 0; i < 4000; i++)
	{
		double	   *row = values + 4 * i;

		for (int k = 0; k < 4; k++)
			row[k] = random() % 2000 / 1000.0 - 1;
		row[2] = row[0];
		bad[i] = random() % 10000 > 10000 / (1 + exp(-(2 * row[0] + row[1] - row[3])));
	}
	logistic_fit(&sample, weights);
	CHECK(fabs(weights[0] + weights[2] - 2) < 0.2);
	CHECK(fabs(weights[0] - weights[2]) < 1e-6);
	CHECK(fabs(weights[1] - 1) < 0.2);
	CHECK(weights[3] == 0);

	/* told apart without error: the weights stay finite */
	for (int i = 0; i < 4000; i++)
		bad[i] = values[4 * i] < 0;
	logistic_fit(&sample, weights);
	for (int k = 0; k < 4; k++)
		CHECK(isfinite(weights[k]) && weights[k] >= 0);
	CHECK(weights[0] > 2);
}

int
main(void)
{
	test_against_pairs();
	test_logistic();
	return check_done();
}
