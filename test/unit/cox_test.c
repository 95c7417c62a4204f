/*
 * cox_test.c
 *	  Proportional hazards against worked tables and plain recomputation.
 *
 * sources: src/stats/cox.c src/base/arena.c
 */
#include "check.h"

#include <math.h>
#include <stdlib.h>

#include "stats/cox.h"

#define MOST 4000

static double durations[MOST];
static bool happened[MOST];
static double covariates[MOST * 3];
static size_t rows;
static Arena arena;

static void
add(double duration, bool ended, double x)
{
	durations[rows] = duration;
	happened[rows] = ended;
	covariates[rows++] = x;
}

static CoxModel
fit(int width)
{
	CoxSample	sample = {width, rows, durations, happened, covariates};
	CoxModel	model;

	cox_fit(&arena, &sample, &model);
	return model;
}

/*
 * Remission under 6-MP and under placebo (Freireich and others, 1963): with
 * Efron's ties the textbooks have 1.5721, error 0.4124 and a log likelihood of
 * -85.00842; without treatment it is the sum of -log(n - k), -93.18427.
 */
static void
test_remission(void)
{
	static const int treated[] = {6, 6, 6, 7, 10, 13, 16, 22, 23};
	static const int treated_left[] = {6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35};
	static const int placebo[] = {1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23};
	CoxModel	model;

	rows = 0;
	for (int i = 0; i < 9; i++)
		add(treated[i], true, 0);
	for (int i = 0; i < 12; i++)
		add(treated_left[i], false, 0);
	for (int i = 0; i < 21; i++)
		add(placebo[i], true, 1);
	model = fit(1);
	CHECK_EQ(model.status, COX_OK);
	CHECK(fabs(model.coefficients[0] - 1.5721) < 0.00005);
	CHECK(fabs(model.errors[0] - 0.4124) < 0.00005);
	CHECK(fabs(model.null_log_likelihood + 93.18427) < 0.000005);
	CHECK(fabs(model.log_likelihood + 85.00842) < 0.000005);
	CHECK_EQ(model.happened, 30);
	CHECK_EQ(model.steps, 17);
	CHECK(model.durations[0] == 1 && model.durations[16] == 23 && model.means[0] == 0.5);
	for (size_t i = 1; i < model.steps; i++)
		CHECK(model.hazards[i] > model.hazards[i - 1] && model.durations[i] > model.durations[i - 1]);
}

static uint64_t seed = 7;

static double
uniform(void)
{
	seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return ((seed >> 11) + 0.5) / 9007199254740992.0;
}

static double
linear(const double *coefficients, int width, size_t row)
{
	double		sum = 0;

	for (int k = 0; k < width; k++)
		sum += coefficients[k] * covariates[row * width + k];
	return sum;
}

/*
 * The partial likelihood written out, quadratic and obvious.  Of d that end
 * together, the one that stands behind k others meets a risk from which k/d of
 * their common weight has gone (Efron).
 */
static double
plain(const double *coefficients, int width)
{
	double		value = 0;

	for (size_t i = 0; i < rows; i++)
	{
		double		risk = 0;
		double		tied = 0;
		int			before = 0;
		int			count = 0;

		if (!happened[i])
			continue;
		for (size_t j = 0; j < rows; j++)
		{
			double		weight = exp(linear(coefficients, width, j));

			if (durations[j] < durations[i])
				continue;
			risk += weight;
			if (durations[j] > durations[i] || !happened[j])
				continue;
			tied += weight;
			before += j < i;
			count++;
		}
		value += linear(coefficients, width, i) - log(risk - tied * before / count);
	}
	return value;
}

static void
simulate(size_t count)
{
	static const double truth[] = {0.8, -0.5, 0};

	rows = count;
	for (size_t i = 0; i < rows; i++)
	{
		double		rate = 0.01;
		double		ends;
		double		seen = 20 + 200 * uniform();

		for (int k = 0; k < 3; k++)
		{
			covariates[i * 3 + k] = 10 * k + uniform() + uniform();
			rate *= exp(truth[k] * covariates[i * 3 + k]);
		}
		ends = -log(uniform()) / rate * exp(-5);
		happened[i] = ends < seen;
		durations[i] = fmin(ends, seen);
	}
}

/* the plain likelihood is that of the fit, and its top is there */
static void
check_maximum(void)
{
	CoxModel	model = fit(3);
	double		none[3] = {0};

	CHECK_EQ(model.status, COX_OK);
	CHECK(fabs(plain(none, 3) - model.null_log_likelihood) < 1e-8);
	CHECK(fabs(plain(model.coefficients, 3) - model.log_likelihood) < 1e-8);
	for (int i = 0; i < 3; i++)
	{
		double		other[3];
		double		up;
		double		down;

		memcpy(other, model.coefficients, sizeof(other));
		other[i] += 1e-3;
		up = plain(other, 3);
		other[i] -= 2e-3;
		down = plain(other, 3);
		CHECK(up < model.log_likelihood && down < model.log_likelihood);
		CHECK(fabs(up - down) < 1e-2 * (2 * model.log_likelihood - up - down));
	}
}

static void
test_maximum(void)
{
	CoxModel	model;

	simulate(600);
	check_maximum();
	/* the same lives seen once a month: nearly all are tied */
	for (size_t i = 0; i < rows; i++)
		durations[i] = ceil(durations[i] / 30);
	check_maximum();
	simulate(MOST);
	model = fit(3);
	CHECK(fabs(model.coefficients[0] - 0.8) < 3 * model.errors[0]);
	CHECK(fabs(model.coefficients[1] + 0.5) < 3 * model.errors[1]);
	CHECK(fabs(model.coefficients[2]) < 3 * model.errors[2]);
	CHECK(model.errors[0] < 0.06);
}

/* the same rows in another order: the same to the last bit */
static void
test_order(void)
{
	CoxModel	model;
	CoxModel	turned;

	simulate(500);
	model = fit(3);
	for (size_t i = 0, j = rows - 1; i < j; i++, j--)
	{
		double		duration = durations[i];
		bool		ended = happened[i];
		double		x[3];

		durations[i] = durations[j];
		durations[j] = duration;
		happened[i] = happened[j];
		happened[j] = ended;
		memcpy(x, covariates + 3 * i, sizeof(x));
		memcpy(covariates + 3 * i, covariates + 3 * j, sizeof(x));
		memcpy(covariates + 3 * j, x, sizeof(x));
	}
	turned = fit(3);
	CHECK(memcmp(model.coefficients, turned.coefficients, sizeof(model.coefficients)) == 0);
	CHECK(model.log_likelihood == turned.log_likelihood);
	CHECK(memcmp(model.hazards, turned.hazards, model.steps * sizeof(double)) == 0);
}

static void
test_what_does_not_fit(void)
{
	CoxModel	model;

	rows = 0;
	for (int i = 0; i < 40; i++)
		add(i < 20 ? 1 + i : 100 + i, true, i < 20);
	model = fit(1);
	CHECK_EQ(model.status, COX_SEPARABLE);
	CHECK(isfinite(model.coefficients[0]) && model.coefficients[0] > 5);

	/* to the one in a hundred it never happens, or to one of them only */
	rows = 0;
	for (int i = 1; i <= 1000; i++)
		add(i, i % 100 != 0, i % 100 == 0);
	CHECK_EQ(fit(1).status, COX_SEPARABLE);
	happened[499] = true;
	CHECK_EQ(fit(1).status, COX_OK);

	simulate(300);
	for (size_t i = 0; i < rows; i++)
		covariates[i * 3 + 2] = 2 * covariates[i * 3] - covariates[i * 3 + 1] + 4;
	model = fit(3);
	CHECK_EQ(model.status, COX_COLLINEAR);
	CHECK(model.coefficients[2] == 0 && isnan(model.errors[2]) && isfinite(model.errors[0]));
	for (size_t i = 0; i < rows; i++)
		covariates[i * 3 + 1] = 5;
	model = fit(3);
	CHECK_EQ(model.status, COX_OK + COX_COLLINEAR);
	CHECK(model.coefficients[1] == 0 && isnan(model.errors[1]) && isfinite(model.errors[2]));

	for (size_t i = 0; i < rows; i++)
		happened[i] = false;
	CHECK_EQ(fit(3).status, COX_NOTHING_HAPPENED);
}

int
main(void)
{
	arena_init_malloc(&arena);
	test_remission();
	test_maximum();
	test_order();
	test_what_does_not_fit();
	arena_free(&arena);
	return check_done();
}
