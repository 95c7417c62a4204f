/*
 * bootstrap.c
 *	  The studentised bootstrap of a difference of means.  Pure C.
 *
 * Each resample is judged by its own standard error (bootstrap-t), which keeps
 * its promise for small and skewed samples where percentiles of the resampled
 * means do not.  Where a resample has no spread it counts as infinitely far, on
 * the side it is on: the interval may then be infinite, never too small.
 *
 * Few and very skewed values deceive even that.  So what the interval says of
 * zero must stand a second trial, a permutation test, which is exact where
 * nothing happened, however values are distributed: when shuffled values differ
 * as much too often, the interval is extended to zero.  The generator is our
 * own and seeded: an interval is the same everywhere.
 */
#include "stats/bootstrap.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* splitmix64 */
static uint64_t
next_random(uint64_t *state)
{
	uint64_t	z = (*state += UINT64_C(0x9e3779b97f4a7c15));

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

/* 0 .. n - 1; n is far below 2^32, so the bias of the shift is nothing */
static int
random_below(uint64_t *state, int n)
{
	return (int) (((next_random(state) >> 32) * (uint64_t) n) >> 32);
}

typedef struct Sample
{
	double		mean;
	double		variance;		/* of the mean */
} Sample;

static Sample
summarise(const double *values, int n, uint64_t *state)
{
	Sample		sample = {0, 0};
	double		squares = 0;

	/* Welford's update: no cancellation */
	for (int i = 0; i < n; i++)
	{
		double		value = values[state != NULL ? random_below(state, n) : i];
		double		step = value - sample.mean;

		sample.mean += step / (i + 1);
		squares += step * (value - sample.mean);
	}
	sample.variance = squares / (n - 1) / n;
	return sample;
}

static int
compare_doubles(const void *left, const void *right)
{
	double		a = *(const double *) left;
	double		b = *(const double *) right;

	return (a > b) - (a < b);
}

/*
 * How often a shuffled choice of n values of all differs at least as far to the
 * same side, the given one among them.
 */
static double
shuffled_share(double *all, int total, int n, double difference, uint64_t *state, int shuffles)
{
	double		sum = 0;
	int			as_far = 1;

	for (int i = 0; i < total; i++)
		sum += all[i];
	for (int i = 0; i < shuffles; i++)
	{
		double		chosen = 0;
		double		other;

		for (int j = 0; j < n; j++)
		{
			int			k = j + random_below(state, total - j);
			double		value = all[k];

			all[k] = all[j];
			all[j] = value;
			chosen += value;
		}
		other = chosen / n - (sum - chosen) / (total - n);
		as_far += difference > 0 ? other >= difference * (1 - 1e-9) : other <= difference * (1 - 1e-9);
	}
	return (double) as_far / (shuffles + 1);
}

BootstrapResult
bootstrap_difference(const double *before, int n_before, const double *after, int n_after,
					 double level, uint64_t seed, double *scratch, int resamples)
{
	BootstrapResult result = {NAN, -INFINITY, INFINITY};
	Sample		first;
	Sample		second;
	double		error;
	uint64_t	state = seed;
	int			tail;

	if (n_before < 1 || n_after < 1)
		return result;
	first = summarise(before, n_before, NULL);
	second = summarise(after, n_after, NULL);
	result.difference = second.mean - first.mean;
	if (n_before < BOOTSTRAP_LEAST || n_after < BOOTSTRAP_LEAST)
		return result;
	error = sqrt(first.variance + second.variance);
	for (int i = 0; i < resamples; i++)
	{
		Sample		a = summarise(before, n_before, &state);
		Sample		b = summarise(after, n_after, &state);
		double		distance = b.mean - a.mean - result.difference;
		double		own = sqrt(a.variance + b.variance);

		scratch[i] = own > 0 ? distance / own : distance == 0 ? 0 : copysign(INFINITY, distance);
	}
	qsort(scratch, resamples, sizeof(double), compare_doubles);
	tail = (int) floor((1 - level) / 2 * resamples);
	/* no spread at all: the difference is what it is */
	result.low = error > 0 ? result.difference - scratch[resamples - 1 - tail] * error : result.difference;
	result.high = error > 0 ? result.difference - scratch[tail] * error : result.difference;
	if (error > 0 && (result.low > 0 || result.high < 0))
	{
		double	   *all = scratch + resamples;

		memcpy(all, before, sizeof(double) * n_before);
		memcpy(all + n_before, after, sizeof(double) * n_after);
		if (shuffled_share(all, n_before + n_after, n_after, result.difference, &state, resamples) > (1 - level) / 2)
		{
			result.low = fmin(result.low, 0);
			result.high = fmax(result.high, 0);
		}
	}
	return result;
}

/* how often changes of turned signs have a mean at least as far to the same side */
static double
turned_share(const double *changes, int n, double mean, uint64_t *state, int turns)
{
	int			as_far = 1;

	for (int i = 0; i < turns; i++)
	{
		double		sum = 0;

		for (int j = 0; j < n; j++)
			sum += next_random(state) >> 63 ? changes[j] : -changes[j];
		as_far += mean > 0 ? sum / n >= mean * (1 - 1e-9) : sum / n <= mean * (1 - 1e-9);
	}
	return (double) as_far / (turns + 1);
}

BootstrapResult
bootstrap_mean(const double *changes, int n, double level, uint64_t seed, double *scratch, int resamples)
{
	BootstrapResult result = {NAN, -INFINITY, INFINITY};
	Sample		given;
	double		error;
	uint64_t	state = seed;
	int			tail = (int) floor((1 - level) / 2 * resamples);

	if (n < 1)
		return result;
	given = summarise(changes, n, NULL);
	result.difference = given.mean;
	if (n < BOOTSTRAP_LEAST)
		return result;
	error = sqrt(given.variance);
	for (int i = 0; i < resamples; i++)
	{
		Sample		sample = summarise(changes, n, &state);
		double		distance = sample.mean - given.mean;

		scratch[i] = sample.variance > 0 ? distance / sqrt(sample.variance) : distance == 0 ? 0 : copysign(INFINITY, distance);
	}
	qsort(scratch, resamples, sizeof(double), compare_doubles);
	result.low = error > 0 ? given.mean - scratch[resamples - 1 - tail] * error : given.mean;
	result.high = error > 0 ? given.mean - scratch[tail] * error : given.mean;
	if ((result.low > 0 || result.high < 0) && turned_share(changes, n, given.mean, &state, resamples) > (1 - level) / 2)
	{
		result.low = fmin(result.low, 0);
		result.high = fmax(result.high, 0);
	}
	return result;
}

int
bootstrap_blocks(double *values, int n, int size)
{
	int			blocks = (n + size - (size + 1) / 2) / size;
	int			at = 0;

	if (blocks < 1)
		blocks = n > 0;
	for (int i = 0; i < blocks; i++)
	{
		int			end = i == blocks - 1 ? n : (i + 1) * size;
		double		sum = 0;
		int			length = end - at;

		while (at < end)
			sum += values[at++];
		values[i] = sum / length;
	}
	return blocks;
}
