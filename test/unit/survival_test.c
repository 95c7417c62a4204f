/*
 * survival_test.c
 *	  The product-limit estimate against tables worked by hand.
 *
 * sources: src/stats/survival.c
 */
#include "check.h"

#include <math.h>
#include <stdlib.h>

#include "stats/survival.h"

#define MOST 2000

static Observation seen[MOST];
static int	seen_count;

static void
see(double duration, int64_t happened, int64_t censored)
{
	seen[seen_count++] = (Observation)
	{
		duration, happened, censored
	};
}

static SurvivalSummary
curve(SurvivalStep *steps)
{
	SurvivalSummary summary;

	seen_count = survival_compact(seen, seen_count);
	survival_curve(seen, seen_count, steps, &summary);
	seen_count = 0;
	return summary;
}

static int
close_to(double got, double expected)
{
	return fabs(got - expected) < 1e-12;
}

/*
 * Remission of 21 patients under 6-MP (Freireich and others, 1963), the table
 * in every textbook: 6 6 6 6+ 7 9+ 10 10+ 11+ 13 16 17+ 19+ 20+ 22 23 25+ 32+
 * 32+ 34+ 35+.  Survival: 18/21, x 16/17, x 14/15, x 11/12, x 10/11, x 6/7, x 5/6.
 */
static void
test_remission(void)
{
	static const int happened[] = {6, 6, 6, 7, 10, 13, 16, 22, 23};
	static const int censored[] = {6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35};
	static const double expected[] = {0.857142857142857, 0.806722689075630, 0.752941176470588,
	0.690196078431373, 0.627450980392157, 0.537815126050420, 0.448179271708683};
	static const int at_risk[] = {21, 17, 15, 12, 11, 7, 6};
	static const int left[] = {1, 1, 2, 0, 3, 0, 5};
	SurvivalStep steps[MOST];
	SurvivalSummary summary;

	for (size_t i = 0; i < sizeof(censored) / sizeof(censored[0]); i++)
		see(censored[i], 0, 1);
	for (size_t i = 0; i < sizeof(happened) / sizeof(happened[0]); i++)
		see(happened[i], 1, 0);
	summary = curve(steps);
	CHECK_EQ(summary.steps, 7);
	for (int i = 0; i < 7; i++)
	{
		CHECK(close_to(steps[i].survival, expected[i]));
		CHECK_EQ(steps[i].at_risk, at_risk[i]);
		CHECK_EQ(steps[i].censored, left[i]);
	}
	CHECK_EQ(steps[0].happened, 3);
	CHECK(summary.has_median && summary.median == 23);

	/*
	 * 6 + .857143 + 3(.806723) + 3(.752941) + 3(.690196) + 6(.627451) +
	 * .537815 + 12(.448179)
	 */
	CHECK(close_to(summary.mean, 23.287394957983193));
}

static void
test_ties_at_one_half(void)
{
	SurvivalSummary summary;

	/* 3/4 x 2/3 is one half at 2, in no binary fraction */
	for (int i = 1; i <= 4; i++)
		see(i, 1, 0);
	summary = curve(NULL);
	CHECK(summary.has_median && summary.median == 2);
	CHECK(close_to(summary.mean, 2.5));

	/* 1+, then 5/6 x 4/5 x 3/4 = one half at 4; the censored one is out */
	see(1, 0, 1);
	for (int i = 2; i <= 7; i++)
		see(i, 1, 0);
	summary = curve(NULL);
	CHECK(summary.has_median && summary.median == 4);

	/* 9/10, 9+, then 7/8 ... : 9/10 x 5/8 = 45/80 at 5, x 4/5 = 36/80 at 6 */
	see(1, 1, 0);
	see(2, 0, 1);
	for (int i = 3; i <= 10; i++)
		see(i, 1, 0);
	summary = curve(NULL);
	CHECK(summary.has_median && summary.median == 6);

	/* one in two at the same duration, the other last seen then */
	see(3, 1, 1);
	summary = curve(NULL);
	CHECK(summary.has_median && summary.median == 3);
}

static void
test_edges(void)
{
	SurvivalStep steps[4];
	SurvivalSummary summary;

	see(5, 0, 3);
	summary = curve(steps);
	CHECK(!summary.has_median);
	CHECK_EQ(summary.steps, 0);
	CHECK(close_to(summary.mean, 5));

	see(0, 1, 0);
	summary = curve(steps);
	CHECK(summary.has_median && summary.median == 0);
	CHECK(close_to(summary.mean, 0));

	/* 2 of 5 happened: never one half */
	see(1, 2, 0);
	see(9, 0, 3);
	summary = curve(steps);
	CHECK(!summary.has_median);
	CHECK(close_to(summary.mean, 1 + 8 * 0.6));

	/* weights: 30 and 70 of 100 */
	see(10, 30, 0);
	see(20, 70, 0);
	summary = curve(steps);
	CHECK(summary.has_median && summary.median == 20);
	CHECK(close_to(steps[0].survival, 0.7));

	/* the largest weights add up in 128 bits, not in 64 */
	see(1, INT64_MAX, 0);
	see(2, INT64_MAX, 0);
	summary = curve(steps);
	CHECK(summary.has_median && summary.median == 1);
	see(1, INT64_MAX, 0);
	see(1, 1, 0);
	CHECK_EQ(survival_compact(seen, seen_count), -1);
	seen_count = 0;
}

/* Without censoring it is the plain share; with it, the plain product. */
static void
test_random(void)
{
	srandom(7);
	for (int round = 0; round < 200; round++)
	{
		int			n = 1 + random() % 60;
		int			durations[60];
		bool		happened[60];
		bool		all = round % 2 == 0;
		SurvivalStep steps[MOST];
		SurvivalSummary summary;
		double		product = 1;

		for (int i = 0; i < n; i++)
		{
			durations[i] = random() % 30;
			happened[i] = all || random() % 3 > 0;
			see(durations[i], happened[i], !happened[i]);
		}
		summary = curve(steps);
		for (int i = 0; i < summary.steps; i++)
		{
			int			at_risk = 0;
			int			now = 0;

			for (int j = 0; j < n; j++)
			{
				at_risk += durations[j] >= steps[i].duration;
				now += happened[j] && durations[j] == steps[i].duration;
			}
			product *= (double) (at_risk - now) / at_risk;
			CHECK(close_to(steps[i].survival, product));
			if (all)
				CHECK(close_to(steps[i].survival, (double) (at_risk - now) / n));
			if (summary.has_median && steps[i].duration < summary.median)
				CHECK(product > 0.5);
		}
	}
}

/* more steps than 128 bits hold as a fraction: still the same curve */
static void
test_long_curve(void)
{
	SurvivalStep steps[MOST];
	SurvivalSummary summary;
	double		product = 1;
	double		median = -1;
	int			at_risk = MOST;

	for (int i = 0; i < MOST; i++)
		see(i, i % 2, (i + 1) % 2);
	summary = curve(steps);
	for (int i = 0; i < MOST; i++, at_risk--)
		if (i % 2 == 1)
		{
			product *= (at_risk - 1.0) / at_risk;
			if (median < 0 && product <= 0.5)
				median = i;
			CHECK(fabs(steps[i / 2].survival - product) < 1e-11);
		}
	CHECK(summary.has_median && summary.median == median);
}

int
main(void)
{
	test_remission();
	test_ties_at_one_half();
	test_edges();
	test_random();
	test_long_curve();
	return check_done();
}
