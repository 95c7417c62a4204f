/*
 * cox.h
 *	  Proportional hazards: how covariates lengthen or shorten a duration, when
 *	  for some it has not ended yet.  Pure C.
 *
 * Source: Cox, "Regression models and life tables", JRSS B 34 (1972); ties by
 * Efron, "The efficiency of Cox's likelihood function for censored data",
 * JASA 72 (1977).
 */
#ifndef SP_COX_H
#define SP_COX_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

#define COX_MOST	64			/* covariates */

/* rows of so many covariates, one after the other */
typedef struct CoxSample
{
	int			width;
	size_t		count;
	const double *durations;	/* finite, not negative */
	const bool *happened;
	const double *covariates;	/* finite */
} CoxSample;

typedef enum CoxStatus
{
	COX_OK,
	COX_NOTHING_HAPPENED,		/* no row has it happened */
	COX_COLLINEAR,				/* a covariate says what others say: its
								 * coefficient is 0, its error is not known */
	COX_SEPARABLE				/* a covariate tells all apart: its
								 * coefficient grows without end */
} CoxStatus;

typedef struct CoxModel
{
	CoxStatus	status;
	int			width;
	double		coefficients[COX_MOST];
	double		errors[COX_MOST];	/* NAN: not known */
	double		means[COX_MOST];
	double		log_likelihood;
	double		null_log_likelihood;	/* all coefficients 0 */
	size_t		happened;
	size_t		steps;			/* durations at which it happened, ascending */
	double	   *durations;
	double	   *hazards;		/* cumulative, of a row at the means */
} CoxModel;

extern void cox_fit(Arena *arena, const CoxSample *sample, CoxModel *model);

#endif							/* SP_COX_H */
