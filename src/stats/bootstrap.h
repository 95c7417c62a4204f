/*
 * bootstrap.h
 *	  How sure a difference of two means is, by resampling.  Pure C.
 */
#ifndef SP_BOOTSTRAP_H
#define SP_BOOTSTRAP_H

#include <stdbool.h>
#include <stdint.h>

typedef struct BootstrapResult
{
	double		difference;		/* mean of after - mean of before */
	double		low;			/* of the interval; infinite: cannot be said */
	double		high;
} BootstrapResult;

#define BOOTSTRAP_RESAMPLES		2000

/* fewer values than this on a side say nothing of how they spread */
#define BOOTSTRAP_LEAST			3

/*
 * The interval of the given level, such as 0.95.  Too few values on a side give
 * an infinite one.  The same seed gives the same interval.  scratch: resamples,
 * n_before and n_after doubles.
 */
extern BootstrapResult bootstrap_difference(const double *before, int n_before,
											const double *after, int n_after,
											double level, uint64_t seed,
											double *scratch, int resamples);

/*
 * The same for the mean of changes, each of somebody before and after; the
 * second trial turns signs.  scratch: resamples doubles.
 */
extern BootstrapResult bootstrap_mean(const double *changes, int n, double level,
									  uint64_t seed, double *scratch, int resamples);

/*
 * Means of blocks of consecutive values, in place: so that what follows each
 * other is resampled together.  Returns how many blocks; a rest of less than
 * half a block joins the last.
 */
extern int	bootstrap_blocks(double *values, int n, int size);

#endif							/* SP_BOOTSTRAP_H */
