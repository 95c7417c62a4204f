/*
 * curve_power.c
 *	  Powers of a half in integers, for decay and logistic.  Pure C.
 *
 * The library's exp() may differ from machine to machine in its last bit, and
 * need not be monotonic; this is both exact and monotonic by construction: a
 * table of 2^(-k/4096), straight lines between, shifts for whole powers.  Its
 * error is below 4 * 10^-9, so points are within a millionth.
 */
#include "health/curve.h"

#define ONE_BITS	62
#define ONE			(UINT64_C(1) << ONE_BITS)
#define TABLE_BITS	12
#define TABLE_SIZE	(1 << TABLE_BITS)

typedef unsigned __int128 Wide;

static uint64_t powers[TABLE_SIZE + 1];

static uint64_t
square_root(Wide of)
{
	uint64_t	root = 0;

	for (int bit = 63; bit >= 0; bit--)
	{
		uint64_t	next = root | (UINT64_C(1) << bit);

		if ((Wide) next * next <= of)
			root = next;
	}
	return root;
}

/* factors 2^(-1/2), 2^(-1/4), ... are roots of each other */
static void
fill_powers(void)
{
	uint64_t	factors[TABLE_BITS];
	uint64_t	factor = ONE / 2;

	for (int bit = TABLE_BITS - 1; bit >= 0; bit--)
		factors[bit] = factor = square_root((Wide) factor << ONE_BITS);
	for (int k = 1; k < TABLE_SIZE; k++)
	{
		uint64_t	power = ONE;

		for (int bit = 0; bit < TABLE_BITS; bit++)
			if (k & (1 << bit))
				power = (uint64_t) (((Wide) power * factors[bit]) >> ONE_BITS);
		powers[k] = power;
	}
	powers[TABLE_SIZE] = ONE / 2;
	powers[0] = ONE;			/* last: it says that the table is there */
}

/* 2^(-value / unit), in units of 2^-62; value is not negative */
static uint64_t
half_to_the(int64_t value, int64_t unit)
{
	int64_t		whole = value / unit;
	Wide		scaled = (Wide) (value % unit) << TABLE_BITS;
	int			k = (int) (scaled / unit);
	uint64_t	power;

	if (powers[0] == 0)
		fill_powers();
	if (whole > ONE_BITS)
		return 0;
	power = powers[k] - (uint64_t) ((Wide) (powers[k] - powers[k + 1]) * (scaled % unit) / unit);
	return power >> whole;
}

/* 100 up to 0, then halved with each half-life, to nothing in the end */
int64_t
curve_decay_points(int64_t value, int64_t half_life)
{
	if (value <= 0)
		return CURVE_MOST;
	return (int64_t) (((Wide) half_to_the(value, half_life) * CURVE_MOST + ONE / 2) >> ONE_BITS);
}

/* 100 / (1 + 2^(-distance / doubling)) */
int64_t
curve_logistic_points(int64_t distance, int64_t doubling)
{
	int64_t		away = distance >= 0 ? distance : distance == INT64_MIN ? INT64_MAX : -distance;
	uint64_t	power = half_to_the(away, doubling);
	Wide		sum = (Wide) ONE + power;
	int64_t		less = (int64_t) (((Wide) power * CURVE_MOST + sum / 2) / sum);

	return distance >= 0 ? CURVE_MOST - less : less;
}
