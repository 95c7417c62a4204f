/*
 * survival.h
 *	  The product-limit estimate of Kaplan and Meier.  Pure C.
 *
 * How long until something happens, when for some it has not happened yet:
 * those count as "longer than this".  Weights are whole numbers: 1 for a count,
 * or an amount in its smallest units.
 */
#ifndef SP_SURVIVAL_H
#define SP_SURVIVAL_H

#include <stdbool.h>
#include <stdint.h>

/* palloc aligns to eight bytes only */
typedef __int128 Weight __attribute__((aligned(8)));

/* what was seen at one duration */
typedef struct Observation
{
	double		duration;		/* finite, not negative */
	int64_t		happened;		/* weight of those it happened to */
	int64_t		censored;		/* of those last seen without it */
} Observation;

/* the curve from one duration at which it happened to the next */
typedef struct SurvivalStep
{
	double		duration;
	Weight		at_risk;		/* just before */
	int64_t		happened;
	int64_t		censored;		/* from here to the next step */
	double		survival;		/* from here on */
} SurvivalStep;

typedef struct SurvivalSummary
{
	int			steps;
	bool		has_median;
	double		median;
	double		mean;			/* up to the longest duration seen */
} SurvivalSummary;

extern int	survival_compact(Observation *seen, int count);
extern void survival_curve(const Observation *seen, int count, SurvivalStep *steps,
						   SurvivalSummary *summary);

#endif							/* SP_SURVIVAL_H */
