/*
 * logistic.h
 *	  Logistic regression with weights that are not negative.  Pure C.
 */
#ifndef SP_LOGISTIC_H
#define SP_LOGISTIC_H

#include <stdbool.h>
#include <stddef.h>

#define LOGISTIC_MAX	100

/* rows of so many values, one after the other, and their outcomes */
typedef struct LogisticSample
{
	int			width;
	size_t		count;
	const double *values;
	const bool *bad;
} LogisticSample;

extern void logistic_fit(const LogisticSample *sample, double *weights);

#endif							/* SP_LOGISTIC_H */
