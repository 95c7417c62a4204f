/*
 * curve.c
 *	  The points of a value, and their range.  Pure C.
 *
 * Invariant of a curve: lines, steps and maps have at least one point, values
 * ascend, points lie in 0 .. 100; a width is positive.
 */
#include "health/curve.h"

/* False: the values lie too far apart for products of 64 bits. */
static bool
prepare_segments(Curve *curve, int last)
{
	for (int i = 1; i <= last; i++)
	{
		const CurvePoint *from = &curve->at[i - 1];
		const CurvePoint *to = &curve->at[i];
		CurveSegment *segment = &curve->segments[i - 1];
		__int128	width = (__int128) to->value - from->value;

		if (width * CURVE_MOST > INT64_MAX / 2)
			return false;
		segment->width = (int64_t) width;
		segment->inverse = 1.0 / (double) segment->width;
		segment->direction = to->points < from->points ? -1 : 1;
		segment->rise = curve->kind == CURVE_STEPS ? 0 :
			(to->points - from->points) * segment->direction;
	}
	return last > 0;
}

/* What curve_points() needs; steps end in a level line of one millionth. */
void
curve_prepare(Curve *curve)
{
	curve->narrow = false;
	curve->last = curve->count - 1;
	if (curve->kind == CURVE_STEPS && curve->at[curve->count - 1].value < INT64_MAX)
	{
		curve->at[curve->count] = curve->at[curve->count - 1];
		curve->at[curve->count].value++;
		curve->last = curve->count;
		curve->narrow = prepare_segments(curve, curve->last);
	}
	else if (curve->kind == CURVE_LINEAR)
		curve->narrow = prepare_segments(curve, curve->last);
}

/* lines and steps that 64 bits cannot do, or of one point */
static int64_t
wide_points(const Curve *curve, int64_t value)
{
	int			last = curve->count - 1;
	int			i = 1;
	int64_t		rise;
	int64_t		change;
	__int128	width;
	__int128	product;

	if (value <= curve->at[0].value)
		return curve->at[0].points;
	if (value >= curve->at[last].value)
		return curve->at[last].points;
	while (value >= curve->at[i].value)
		i++;
	if (curve->kind == CURVE_STEPS)
		return curve->at[i - 1].points;
	rise = curve->at[i].points - curve->at[i - 1].points;
	width = (__int128) curve->at[i].value - curve->at[i - 1].value;
	product = ((__int128) value - curve->at[i - 1].value) * (rise < 0 ? -rise : rise);
	change = (int64_t) ((product + width / 2) / width);
	return curve->at[i - 1].points + (rise < 0 ? -change : change);
}

static int64_t
difference(int64_t a, int64_t b)
{
	int64_t		result;

	if (!__builtin_sub_overflow(a, b, &result))
		return result;
	return a < b ? INT64_MIN : INT64_MAX;
}

/* curve_points() where the curve is not narrow */
int64_t
curve_slow_points(const Curve *curve, int64_t value)
{
	switch (curve->kind)
	{
		case CURVE_DECAY:
			return curve_decay_points(value, curve->width);
		case CURVE_LOGISTIC:
			if (curve->falling)
				return curve_logistic_points(difference(curve->middle, value), curve->width);
			return curve_logistic_points(difference(value, curve->middle), curve->width);
		case CURVE_MAP:
			return curve->at[value].points;
		case CURVE_LINEAR:
		case CURVE_STEPS:
			break;
	}
	return wide_points(curve, value);
}

static void
widen_range(int64_t points, int64_t *worst, int64_t *best)
{
	if (points < *worst)
		*worst = points;
	if (points > *best)
		*best = points;
}

/* the fewest and the most points that any value gets */
void
curve_range(const Curve *curve, int64_t *worst, int64_t *best)
{
	*worst = 0;
	*best = CURVE_MOST;
	if (curve->kind == CURVE_DECAY || curve->kind == CURVE_LOGISTIC)
		return;
	*worst = *best = curve->at[0].points;
	for (int i = 1; i < curve->count; i++)
		widen_range(curve->at[i].points, worst, best);
}

/* the fewest and the most that a value gets from "from" to "to", both included */
void
curve_range_between(const Curve *curve, int64_t from, int64_t to, int64_t *worst, int64_t *best)
{
	*worst = *best = curve_points(curve, from);
	widen_range(curve_points(curve, to), worst, best);
	if (curve->kind != CURVE_LINEAR && curve->kind != CURVE_STEPS)
		return;
	for (int i = 0; i < curve->count; i++)
		if (curve->at[i].value > from && curve->at[i].value < to)
			widen_range(curve->at[i].points, worst, best);
}
