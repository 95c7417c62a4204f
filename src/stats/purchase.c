/*
 * purchase.c
 *	  What a BG/NBD model says of one customer: whether it is still alive, how
 *	  much it will buy.
 */
#include "stats/purchase.h"

#include <math.h>

/* a - 1 = 0 divides zero by zero; so near it the two sides are averaged */
#define NEAR_ONE	1e-5
#define LAST_TERM	1e-16
#define MOST_TERMS	10000000

bool
purchase_history_valid(const PurchaseHistory *history)
{
	return history->repeats >= 0 && history->recency >= 0 && isfinite(history->age) &&
		history->recency <= history->age &&
		(history->repeats == 0) == (history->recency == 0);
}

/*
 * The odds that the customer left after its last purchase, against staying:
 * a / (b + x - 1) * ((alpha + T) / (alpha + t))^(r + x).
 */
static double
log_odds_left(const PurchaseModel *model, const PurchaseHistory *history)
{
	return log(model->a / (model->b + history->repeats - 1)) +
		(model->r + history->repeats) *
		log1p((history->age - history->recency) / (model->alpha + history->recency));
}

/* log(1 + e^x) */
static double
soft_plus(double x)
{
	return x > 0 ? x + log1p(exp(-x)) : log1p(exp(x));
}

/* Without a repeat there was no purchase to leave after: alive for sure. */
double
purchase_alive(const PurchaseModel *model, const PurchaseHistory *history)
{
	if (history->repeats == 0)
		return 1;
	return exp(-soft_plus(log_odds_left(model, history)));
}

/* Gauss's hypergeometric series 2F1(p, q; c; z), 0 <= z < 1 */
static double
hypergeometric(double p, double q, double c, double z)
{
	double		term = 1;
	double		sum = 1;

	for (int k = 0; k < MOST_TERMS; k++)
	{
		term *= (p + k) * (q + k) / ((c + k) * (k + 1)) * z;
		sum += term;
		if (fabs(term) <= fabs(sum) * LAST_TERM && k > fabs(p) + fabs(q))
			break;
	}
	return sum;
}

/*
 * Equation 10 of the paper.  Its ((alpha + T) / (alpha + T + span))^(r + x) *
 * 2F1(r + x, b + x; a + b + x - 1; z) overflows for loyal customers; Euler's
 * transformation makes it (1 - z)^(a - 1) * 2F1(a + b - 1 - r, a - 1; ...; z),
 * whose terms stay small.
 */
static double
expected_if_new(const PurchaseModel *model, const PurchaseHistory *history, double span, double a)
{
	double		z = span / (model->alpha + history->age + span);
	double		c = a + model->b + history->repeats - 1;

	return c / (a - 1) *
		(1 - pow(1 - z, a - 1) * hypergeometric(a + model->b - 1 - model->r, a - 1, c, z));
}

double
purchase_expected(const PurchaseModel *model, const PurchaseHistory *history, double span)
{
	double		expected;

	if (span <= 0)
		return 0;
	if (fabs(model->a - 1) < NEAR_ONE)
		expected = (expected_if_new(model, history, span, 1 - NEAR_ONE) +
					expected_if_new(model, history, span, 1 + NEAR_ONE)) / 2;
	else
		expected = expected_if_new(model, history, span, model->a);
	return expected * purchase_alive(model, history);
}
