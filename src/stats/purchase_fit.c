/*
 * purchase_fit.c
 *	  The BG/NBD model that makes the histories most likely.
 *
 * The four parameters are sought as logarithms, by the method of Broyden,
 * Fletcher, Goldfarb and Shanno with exact gradients.  Histories are scaled to
 * a mean age of 1 first, and the same ones counted once, so that neither the
 * unit of time nor the order of rows matters: the result is the same to the
 * last bit.
 */
#include "stats/purchase.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PARAMETERS	4
#define MOST_STEPS	500
#define BOUND		12.0		/* of a logarithm */
#define NEAR_BOUND	11.0		/* the gradient is flat out there */
#define FLAT		1e-9		/* gradient per customer */

/* the terms that depend on the number of repeats alone */
typedef struct RepeatTerms
{
	int			repeats;		/* -1: none yet */
	double		value;
	double		by_r;
	double		by_a;
	double		by_b;
} RepeatTerms;

/* sorted by repeats, so that the terms of one number are needed at a time */
typedef struct Problem
{
	const PurchaseCount *seen;
	size_t		count;
	double		customers;
	double		scale;			/* from the unit of time to the mean age */
} Problem;

static int
compare_histories(const void *left, const void *right)
{
	const PurchaseHistory *a = &((const PurchaseCount *) left)->history;
	const PurchaseHistory *b = &((const PurchaseCount *) right)->history;

	if (a->repeats != b->repeats)
		return a->repeats < b->repeats ? -1 : 1;
	if (a->recency != b->recency)
		return a->recency < b->recency ? -1 : 1;
	return (a->age > b->age) - (a->age < b->age);
}

/* the derivative of lgamma: recurrence up to 10, then the asymptotic series */
static double
digamma(double x)
{
	double		sum = 0;
	double		square;

	for (; x < 10; x += 1)
		sum -= 1 / x;
	square = 1 / (x * x);
	return sum + log(x) - 0.5 / x -
		square * (1.0 / 12 - square * (1.0 / 120 - square * (1.0 / 252 - square * (1.0 / 240 - square / 132))));
}

static void
find_terms(RepeatTerms *terms, const PurchaseModel *model, int x)
{
	double		both = model->a + model->b;
	double		shared;

	if (terms->repeats == x)
		return;
	shared = digamma(both) - digamma(both + x);
	terms->value = lgamma(model->b + x) - lgamma(model->b) + lgamma(both) - lgamma(both + x) +
		lgamma(model->r + x) - lgamma(model->r);
	terms->by_r = digamma(model->r + x) - digamma(model->r);
	terms->by_a = shared;
	terms->by_b = shared + digamma(model->b + x) - digamma(model->b);
	terms->repeats = x;
}

/* Adds one history's log likelihood, and its gradient by r, alpha, a and b. */
static double
add_history(const PurchaseModel *model, const RepeatTerms *terms, double recency, double age,
			double customers, double *gradient)
{
	int			x = terms->repeats;
	double		power = model->r + x;
	double		log_alpha = log(model->alpha);
	double		log_age = log(model->alpha + age);
	double		value = terms->value + model->r * log_alpha - power * log_age;
	double		by[PARAMETERS] = {
		terms->by_r + log_alpha - log_age,
		model->r / model->alpha - power / (model->alpha + age),
		terms->by_a,
		terms->by_b
	};

	if (x > 0)
	{
		double		log_ratio = log_age - log(model->alpha + recency);
		double		log_odds = log(model->a / (model->b + x - 1)) + power * log_ratio;
		double		left = log_odds > 0 ? 1 / (1 + exp(-log_odds)) : exp(log_odds) / (1 + exp(log_odds));

		value += log_odds > 0 ? log_odds + log1p(exp(-log_odds)) : log1p(exp(log_odds));
		by[0] += left * log_ratio;
		by[1] += left * power * (1 / (model->alpha + age) - 1 / (model->alpha + recency));
		by[2] += left / model->a;
		by[3] -= left / (model->b + x - 1);
	}
	for (int i = 0; i < PARAMETERS; i++)
		gradient[i] += customers * by[i];
	return customers * value;
}

static PurchaseModel
model_at(const double *logs)
{
	return (PurchaseModel)
	{
		.r = exp(logs[0]),.alpha = exp(logs[1]),.a = exp(logs[2]),.b = exp(logs[3])
	};
}

/* What is minimised: the negative log likelihood per customer, with its gradient by the logarithms. */
static double
loss(const Problem *problem, const double *logs, double *gradient)
{
	PurchaseModel model = model_at(logs);
	double		natural[PARAMETERS] = {model.r, model.alpha, model.a, model.b};
	RepeatTerms terms = {.repeats = -1};
	double		sum = 0;

	memset(gradient, 0, PARAMETERS * sizeof(double));
	for (size_t i = 0; i < problem->count; i++)
	{
		const PurchaseCount *seen = &problem->seen[i];

		find_terms(&terms, &model, seen->history.repeats);
		sum += add_history(&model, &terms, seen->history.recency * problem->scale,
						   seen->history.age * problem->scale, seen->customers, gradient);
	}
	for (int i = 0; i < PARAMETERS; i++)
		gradient[i] *= -natural[i] / problem->customers;
	return -sum / problem->customers;
}

static double
dot(const double *left, const double *right)
{
	double		sum = 0;

	for (int i = 0; i < PARAMETERS; i++)
		sum += left[i] * right[i];
	return sum;
}

static void
unit_matrix(double matrix[PARAMETERS][PARAMETERS])
{
	for (int i = 0; i < PARAMETERS; i++)
		for (int j = 0; j < PARAMETERS; j++)
			matrix[i][j] = i == j;
}

/* the inverse Hessian after a step along which the gradient turned by "turn" */
static void
update_inverse(double inverse[PARAMETERS][PARAMETERS], const double *step, const double *turn)
{
	double		along = dot(step, turn);
	double		bent[PARAMETERS];
	double		factor;

	if (along <= 1e-18)
		return;
	for (int i = 0; i < PARAMETERS; i++)
		bent[i] = dot(inverse[i], turn);
	factor = (1 + dot(turn, bent) / along) / along;
	for (int i = 0; i < PARAMETERS; i++)
		for (int j = 0; j < PARAMETERS; j++)
			inverse[i][j] += factor * step[i] * step[j] - (bent[i] * step[j] + step[i] * bent[j]) / along;
}

/*
 * Goes down from logs along the direction, halving until the loss falls enough
 * (Armijo); no logarithm leaves its range.  False: no step lowers it.
 */
static bool
descend(const Problem *problem, double *logs, double *value, double *gradient, const double *direction, double *step)
{
	double		slope = dot(gradient, direction);
	double		start[PARAMETERS];
	double		found[PARAMETERS];
	double		length = 1;

	memcpy(start, logs, sizeof(start));
	for (int i = 0; i < PARAMETERS; i++)
		length = fmin(length, 4 / fmax(fabs(direction[i]), 1e-300));	/* e^4 a step is far */
	for (int halvings = 0; halvings < 60; halvings++, length /= 2)
	{
		double		lower;

		for (int i = 0; i < PARAMETERS; i++)
			logs[i] = fmax(-BOUND, fmin(BOUND, start[i] + length * direction[i]));
		lower = loss(problem, logs, found);
		if (lower <= *value + 1e-4 * length * slope)
		{
			for (int i = 0; i < PARAMETERS; i++)
				step[i] = logs[i] - start[i];
			*value = lower;
			memcpy(gradient, found, sizeof(found));
			return true;
		}
	}
	memcpy(logs, start, sizeof(start));
	return false;
}

static bool
is_flat(const double *gradient)
{
	return sqrt(dot(gradient, gradient)) < FLAT;
}

static double
minimise(const Problem *problem, double *logs)
{
	double		inverse[PARAMETERS][PARAMETERS];
	double		gradient[PARAMETERS];
	double		value = loss(problem, logs, gradient);
	bool		fresh = true;

	unit_matrix(inverse);
	for (int i = 0; i < MOST_STEPS && !is_flat(gradient); i++)
	{
		double		before[PARAMETERS];
		double		direction[PARAMETERS];
		double		step[PARAMETERS];
		double		turn[PARAMETERS];

		memcpy(before, gradient, sizeof(before));
		for (int j = 0; j < PARAMETERS; j++)
			direction[j] = -dot(inverse[j], gradient);
		if (dot(direction, gradient) < 0 && descend(problem, logs, &value, gradient, direction, step))
		{
			for (int j = 0; j < PARAMETERS; j++)
				turn[j] = gradient[j] - before[j];
			update_inverse(inverse, step, turn);
			fresh = false;
		}
		else if (fresh)
			break;				/* steepest descent does not help either */
		else
		{
			unit_matrix(inverse);
			fresh = true;
		}
	}
	return value;
}

/* One entry per history, by repeats.  Returns how many there are. */
size_t
purchase_compact(PurchaseCount *seen, size_t count)
{
	size_t		kept = 0;

	qsort(seen, count, sizeof(PurchaseCount), compare_histories);
	for (size_t i = 0; i < count; i++)
	{
		if (kept > 0 && compare_histories(&seen[kept - 1], &seen[i]) == 0)
			seen[kept - 1].customers += seen[i].customers;
		else
			seen[kept++] = seen[i];
	}
	return kept;
}

static PurchaseStatus
judge(const double *logs)
{
	for (int i = 0; i < PARAMETERS; i++)
		if (fabs(logs[i]) > NEAR_BOUND)
			return PURCHASE_AT_BOUND;
	return PURCHASE_OK;
}

/* seen: compacted, of at least one customer */
void
purchase_fit(const PurchaseCount *seen, size_t count, PurchaseModel *model)
{
	Problem		problem = {seen, count, 0, 1};
	double		logs[PARAMETERS] = {0, 0, 0, 0};
	double		ages = 0;
	double		repeats = 0;
	double		value;

	for (size_t i = 0; i < count; i++)
	{
		problem.customers += seen[i].customers;
		ages += seen[i].customers * seen[i].history.age;
		repeats += (double) seen[i].customers * seen[i].history.repeats;
	}
	*model = (PurchaseModel)
	{
		.status = PURCHASE_NO_REPEATS
	};
	if (repeats == 0)
		return;
	problem.scale = problem.customers / ages;
	value = minimise(&problem, logs);
	*model = model_at(logs);
	model->alpha /= problem.scale;
	/* densities of times per unit: each repeat is one */
	model->log_likelihood = repeats * log(problem.scale) - value * problem.customers;
	model->status = judge(logs);
}
