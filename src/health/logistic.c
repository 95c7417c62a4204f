/*
 * logistic.c
 *	  Logistic regression with weights that are not negative.  Pure C.
 *
 * Newton's method on the chance of a good outcome.  A small penalty on the
 * squares of the weights keeps them finite where the outcomes can be told
 * apart without error, and the equations solvable where columns repeat each
 * other.  A weight that comes out negative is left out, and the others are
 * fitted again: more evidence of good is never to lower a score.
 */
#include "health/logistic.h"

#include <math.h>
#include <string.h>

#define PENALTY		0.5
#define MOST_STEPS	50
#define SIZE		(LOGISTIC_MAX + 1)

typedef struct Equations
{
	int			count;
	double		matrix[SIZE][SIZE]; /* lower triangle */
	double		right[SIZE];
} Equations;

/* by Cholesky; the penalty makes the matrix positive definite */
static void
solve(Equations *equations)
{
	int			n = equations->count;
	double		(*m)[SIZE] = equations->matrix;
	double	   *x = equations->right;

	for (int i = 0; i < n; i++)
		for (int j = 0; j <= i; j++)
		{
			double		sum = m[i][j];

			for (int k = 0; k < j; k++)
				sum -= m[i][k] * m[j][k];
			m[i][j] = i == j ? sqrt(sum > 1e-12 ? sum : 1e-12) : sum / m[j][j];
		}
	for (int i = 0; i < n; i++)
	{
		for (int k = 0; k < i; k++)
			x[i] -= m[i][k] * x[k];
		x[i] /= m[i][i];
	}
	for (int i = n - 1; i >= 0; i--)
	{
		for (int k = i + 1; k < n; k++)
			x[i] -= m[k][i] * x[k];
		x[i] /= m[i][i];
	}
}

/* one row's share of gradient and curvature; "used" maps equations to values */
static void
add_row(Equations *equations, const double *values, bool bad, const int *used, const double *beta)
{
	double		terms[SIZE];
	double		sum = 0;
	double		chance;

	for (int i = 0; i < equations->count; i++)
	{
		terms[i] = i == 0 ? 1 : values[used[i]];
		sum += terms[i] * beta[i];
	}
	chance = 1 / (1 + exp(-sum));
	for (int i = 0; i < equations->count; i++)
	{
		equations->right[i] += ((bad ? 0 : 1) - chance) * terms[i];
		for (int j = 0; j <= i; j++)
			equations->matrix[i][j] += chance * (1 - chance) * terms[i] * terms[j];
	}
}

/* the greatest change of a coefficient */
static double
newton_step(const LogisticSample *sample, Equations *equations, const int *used, double *beta)
{
	double		greatest = 0;

	memset(equations->matrix, 0, sizeof(equations->matrix));
	memset(equations->right, 0, sizeof(equations->right));
	for (size_t row = 0; row < sample->count; row++)
		add_row(equations, sample->values + row * sample->width, sample->bad[row], used, beta);
	for (int i = 1; i < equations->count; i++)
	{
		equations->right[i] -= PENALTY * beta[i];
		equations->matrix[i][i] += PENALTY;
	}
	solve(equations);
	for (int i = 0; i < equations->count; i++)
	{
		/* far from the optimum a whole step may overshoot */
		double		step = fmax(-2, fmin(2, equations->right[i]));

		beta[i] += step;
		greatest = fmax(greatest, fabs(step));
	}
	return greatest;
}

/* weights of the values, on the logarithm of the odds of a good outcome */
void
logistic_fit(const LogisticSample *sample, double *weights)
{
	int			used[SIZE] = {0};
	double		beta[SIZE];
	Equations	equations;
	bool		negative;

	equations.count = 1;
	for (int i = 0; i < sample->width; i++)
		used[equations.count++] = i;
	do
	{
		int			kept = 1;

		memset(beta, 0, sizeof(beta));
		for (int step = 0; step < MOST_STEPS && newton_step(sample, &equations, used, beta) > 1e-10; step++)
			;
		for (int i = 1; i < equations.count; i++)
			if (beta[i] > 0)
			{
				beta[kept] = beta[i];
				used[kept++] = used[i];
			}
		negative = kept < equations.count;
		equations.count = kept;
	} while (negative && equations.count > 1);
	for (int i = 0; i < sample->width; i++)
		weights[i] = 0;
	for (int i = 1; i < equations.count; i++)
		weights[used[i]] = beta[i];
}
