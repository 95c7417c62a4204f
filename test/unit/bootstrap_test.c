/*
 * bootstrap_test.c
 *	  The interval keeps its promise: pilots of nothing are seldom called a success.
 *
 * sources: src/stats/bootstrap.c
 */
#include "check.h"

#include <math.h>
#include <stdlib.h>

#include "stats/bootstrap.h"

#define SIMULATIONS 1000
#define RESAMPLES	500

static double scratch[BOOTSTRAP_RESAMPLES + 800];
static uint64_t random_state = 42;

static double
uniform(void)
{
	random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return ((random_state >> 11) + 0.5) / 9007199254740992.0;
}

static double
normal(void)
{
	return sqrt(-2 * log(uniform())) * cos(2 * M_PI * uniform());
}

/* daily figures: nothing at all happens to them */
static double
plain(int day)
{
	return 100 + 15 * normal();
}

static double
skewed(int day)
{
	return 100 * exp(0.6 * normal());
}

static double
weekly(int day)
{
	return 100 + (day % 7 >= 5 ? 60 : 0) + 10 * normal();
}

static double carried;

static double
dragging(int day)
{
	carried = 0.4 * carried + normal();
	return 100 + 10 * carried;
}

typedef double (*Series) (int day);

/* in percent of the simulations: the interval lies wholly on one side of zero */
static void
simulate(Series series, int n_before, int n_after, int block, double effect,
		 double *up, double *down)
{
	double		before[400];
	double		after[400];

	*up = *down = 0;
	for (int i = 0; i < SIMULATIONS; i++)
	{
		int			n = n_before;
		int			m = n_after;
		BootstrapResult result;

		carried = normal();
		for (int j = 0; j < n; j++)
			before[j] = series(j);
		for (int j = 0; j < m; j++)
			after[j] = series(n + j) + effect;
		if (block > 1)
		{
			n = bootstrap_blocks(before, n, block);
			m = bootstrap_blocks(after, m, block);
		}
		result = bootstrap_difference(before, n, after, m, 0.95, i, scratch, RESAMPLES);
		*up += result.low > 0;
		*down += result.high < 0;
	}
	*up *= 100.0 / SIMULATIONS;
	*down *= 100.0 / SIMULATIONS;
}

/* A/A: at most 5 in 100 may succeed, whichever way success lies. */
static void
test_nothing_happens(void)
{
	static const struct
	{
		const char *what;
		Series		series;
		int			n;
		int			m;
		int			block;
	}			cases[] = {
		{"plain, 28 and 28 members", plain, 28, 28, 1},
		{"plain, 10 and 10", plain, 10, 10, 1},
		{"skewed, 30 and 30", skewed, 30, 30, 1},
		{"skewed, 12 and 40", skewed, 12, 40, 1},
		{"weekly, 8 and 8 weeks", weekly, 56, 56, 7},
		{"weekly, 8 and 3 weeks", weekly, 56, 21, 7},
		{"skewed, 8 and 3 weeks", skewed, 56, 21, 7},
		{"skewed, 40 and 3", skewed, 40, 3, 1},
		{"skewed, 40 and 6", skewed, 40, 6, 1},
		{"dragging, 12 and 12 weeks", dragging, 84, 84, 7},
		{"dragging, 8 and 4 weeks", dragging, 56, 28, 7},
	};

	for (int i = 0; i < (int) (sizeof(cases) / sizeof(cases[0])); i++)
	{
		double		up;
		double		down;

		simulate(cases[i].series, cases[i].n, cases[i].m, cases[i].block, 0, &up, &down);
		if (up > 5 || down > 5)
			printf("    %s: %.1f %% up, %.1f %% down\n", cases[i].what, up, down);
		CHECK(up <= 5);
		CHECK(down <= 5);
	}
}

/* members before and after, some skewed, some few; and against a control that a common change hits as well */
static void
test_members(void)
{
	static const int sizes[] = {5, 8, 20, 60};
	double		changes[60];
	double		control[60];

	for (int i = 0; i < 4; i++)
	{
		int			up = 0;
		int			down = 0;
		int			against_control = 0;

		for (int j = 0; j < SIMULATIONS; j++)
		{
			double		common = 20 * normal();
			BootstrapResult result;

			for (int k = 0; k < sizes[i]; k++)
			{
				changes[k] = skewed(0) - skewed(0);
				control[k] = skewed(0) - skewed(0) + common;
			}
			result = bootstrap_mean(changes, sizes[i], 0.95, j, scratch, RESAMPLES);
			up += result.low > 0;
			down += result.high < 0;
			for (int k = 0; k < sizes[i]; k++)
				changes[k] += common;
			result = bootstrap_difference(control, sizes[i], changes, sizes[i], 0.95, j, scratch, RESAMPLES);
			against_control += result.low > 0;
		}
		CHECK(up <= SIMULATIONS * 5 / 100);
		CHECK(down <= SIMULATIONS * 5 / 100);
		CHECK(against_control <= SIMULATIONS * 5 / 100);
	}
}

/* and what does happen is seen */
static void
test_something_happens(void)
{
	double		up;
	double		down;

	simulate(plain, 28, 28, 1, 15, &up, &down);
	CHECK(up > 85);
	CHECK(down == 0);
	simulate(weekly, 56, 56, 7, 20, &up, &down);
	CHECK(up > 95);
}

static void
test_edges(void)
{
	static const double some[] = {1, 2, 3, 4};
	static const double same[] = {5, 5, 5};
	BootstrapResult once = bootstrap_difference(some, 4, same, 3, 0.95, 7, scratch, RESAMPLES);
	BootstrapResult again = bootstrap_difference(some, 4, same, 3, 0.95, 7, scratch, RESAMPLES);
	BootstrapResult other = bootstrap_difference(some, 4, same, 3, 0.95, 8, scratch, RESAMPLES);
	double		days[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};

	CHECK(once.difference == 2.5);
	CHECK(once.low == again.low && once.high == again.high);
	CHECK(once.low != other.low || once.high != other.high);
	CHECK(once.low < 2.5 && once.high > 2.5);
	again = bootstrap_difference(some, 2, same, 3, 0.95, 7, scratch, RESAMPLES);
	CHECK(again.difference == 3.5 && isinf(again.low) && isinf(again.high));
	again = bootstrap_difference(some, 0, same, 3, 0.95, 7, scratch, RESAMPLES);
	CHECK(isnan(again.difference));
	again = bootstrap_difference(same, 3, same, 3, 0.95, 7, scratch, RESAMPLES);
	CHECK(again.difference == 0 && again.low == 0 && again.high == 0);

	/*
	 * two whole blocks; a rest of one joins the last, a rest of two is a
	 * block
	 */
	CHECK_EQ(bootstrap_blocks(days, 9, 4), 2);
	CHECK(days[0] == 2.5 && days[1] == 7);
	CHECK_EQ(bootstrap_blocks((double[])
							  {
		1, 1, 1, 1, 2, 2
	}, 6, 4), 2);
	CHECK_EQ(bootstrap_blocks((double[])
							  {
		1
	}, 1, 7), 1);
}

int
main(void)
{
	test_nothing_happens();
	test_members();
	test_something_happens();
	test_edges();
	return check_done();
}
