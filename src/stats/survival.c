/*
 * survival.c
 *	  The product-limit estimate of Kaplan and Meier.  Pure C.
 *
 * Survival after a duration at which d of n at risk had it happen is the
 * survival before, times (n - d) / n.  Who was last seen at that very duration
 * was still at risk.  The median is the first duration at which survival is one
 * half or less; to get that right where it is exactly one half, the product is
 * kept as a fraction of whole numbers while 128 bits hold it.
 */
#include "stats/survival.h"

#include <stdlib.h>

/* beyond exact fractions: closer to one half than this is one half */
#define TOLERANCE	1e-12L

typedef struct Fraction
{
	bool		exact;
	__int128	above;
	__int128	below;
	long double value;
} Fraction;

static int
compare_durations(const void *left, const void *right)
{
	double		a = ((const Observation *) left)->duration;
	double		b = ((const Observation *) right)->duration;

	return (a > b) - (a < b);
}

/*
 * One entry per duration, ascending.  Returns how many there are; -1: a weight
 * does not fit into 64 bits.
 */
int
survival_compact(Observation *seen, int count)
{
	int			last = -1;

	qsort(seen, count, sizeof(Observation), compare_durations);
	for (int i = 0; i < count; i++)
	{
		if (last < 0 || seen[last].duration != seen[i].duration)
			seen[++last] = seen[i];
		else if (__builtin_add_overflow(seen[last].happened, seen[i].happened, &seen[last].happened) ||
				 __builtin_add_overflow(seen[last].censored, seen[i].censored, &seen[last].censored))
			return -1;
	}
	return last + 1;
}

static __int128
common_divisor(__int128 a, __int128 b)
{
	while (b != 0)
	{
		__int128	rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

/* times left / at_risk, where 0 <= left < at_risk */
static void
multiply(Fraction *product, __int128 left, __int128 at_risk)
{
	__int128	divisor;

	product->value = product->value * left / at_risk;
	if (!product->exact)
		return;
	if (product->above == at_risk)
	{
		/* nobody was censored since the last step, so it telescopes */
		product->above = left;
		return;
	}
	divisor = common_divisor(product->above, at_risk);
	product->above /= divisor;
	at_risk /= divisor;
	divisor = common_divisor(product->below, left);
	product->below /= divisor;
	left /= divisor;
	product->exact = !__builtin_mul_overflow(product->above, left, &product->above) &&
		!__builtin_mul_overflow(product->below, at_risk, &product->below);
}

static bool
at_most_half(const Fraction *survival)
{
	if (survival->exact)
		return survival->above <= survival->below - survival->above;
	return survival->value <= 0.5L + TOLERANCE;
}

static long double
fraction_value(const Fraction *survival)
{
	if (survival->exact)
		return (long double) survival->above / (long double) survival->below;
	return survival->value;
}

/*
 * Of compacted observations, at least one.  steps has room for as many as there
 * are observations, or is NULL when only the summary is wanted.
 */
void
survival_curve(const Observation *seen, int count, SurvivalStep *steps, SurvivalSummary *summary)
{
	Fraction	survival = {true, 1, 1, 1};
	Weight		at_risk = 0;
	double		before = 0;
	long double area = 0;

	summary->steps = 0;
	summary->has_median = false;
	summary->median = 0;
	for (int i = 0; i < count; i++)
		at_risk += (Weight) seen[i].happened + seen[i].censored;
	for (int i = 0; i < count; i++)
	{
		area += fraction_value(&survival) * (seen[i].duration - before);
		before = seen[i].duration;
		if (seen[i].happened > 0)
		{
			multiply(&survival, at_risk - seen[i].happened, at_risk);
			if (!summary->has_median && at_most_half(&survival))
			{
				summary->has_median = true;
				summary->median = seen[i].duration;
			}
			if (steps != NULL)
				steps[summary->steps] = (SurvivalStep)
			{
				seen[i].duration, at_risk, seen[i].happened, 0, (double) fraction_value(&survival)
			};
			summary->steps++;
		}
		if (steps != NULL && summary->steps > 0)
			steps[summary->steps - 1].censored += seen[i].censored;
		at_risk -= (Weight) seen[i].happened + seen[i].censored;
	}
	summary->mean = (double) area;
}
