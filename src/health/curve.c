/*
 * curve.c
 *	  From a measured value to points from 0 to 100.  Pure C.
 *
 *	  linear 0:100 30:60 90:0
 *
 * Straight lines between the given points, level before the first and after
 * the last.  Invariant of a parsed curve: at least one point, values ascend,
 * points lie in 0 .. 100.
 */
#include "health/curve.h"

#include <stdio.h>
#include <string.h>

#include "aging/decimal.h"

static const char *
skip_blanks(const char *at)
{
	while (*at == ' ' || (*at >= '\t' && *at <= '\r'))
		at++;
	return at;
}

/* a decimal with at most six digits after the point; NULL: it is not one */
static const char *
parse_millionths(const char *at, int64_t *millionths)
{
	Wide		units;
	int			scale;

	at = decimal_parse(at, &units, &scale);
	if (at == NULL || scale > 6 || !decimal_shift(&units, 6 - scale) ||
		units > INT64_MAX || units < -INT64_MAX)
		return NULL;
	*millionths = (int64_t) units;
	return at;
}

static const char *
parse_point(const char *at, Curve *curve, const char **problem)
{
	CurvePoint *point = &curve->at[curve->count];

	*problem = NULL;
	if (curve->count == CURVE_MAX_POINTS)
		*problem = "A curve has at most 32 points.";
	else if ((at = parse_millionths(at, &point->value)) == NULL || *at != ':' ||
			 (at = parse_millionths(at + 1, &point->points)) == NULL)
		*problem = "A point is a value, a colon and its points, each with at most six digits after the decimal point.";
	else if (point->points < 0 || point->points > CURVE_MOST)
		*problem = "Points go from 0 to 100.";
	else if (curve->count > 0 && point->value <= point[-1].value)
		*problem = "The values of a curve must ascend.";
	curve->count++;
	return at;
}

/* False: the values lie too far apart for products of 64 bits. */
static bool
prepare_segments(Curve *curve)
{
	for (int i = 1; i < curve->count; i++)
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
		segment->rise = (to->points - from->points) * segment->direction;
	}
	return curve->count > 1;
}

bool
curve_parse(const char *text, Curve *curve, const char **problem)
{
	const char *at = skip_blanks(text);

	memset(curve, 0, sizeof(Curve));
	if (strncmp(at, "linear", 6) != 0 || skip_blanks(at + 6) == at + 6)
	{
		*problem = "A curve begins with its kind; the kind known is linear.";
		return false;
	}
	curve->kind = CURVE_LINEAR;
	at = skip_blanks(at + 6);
	*problem = "A curve needs at least one point.";
	while (*at != '\0')
	{
		const char *end = parse_point(at, curve, problem);

		if (*problem == NULL && *end != '\0' && skip_blanks(end) == end)
			*problem = "Points are separated by blanks.";
		if (*problem != NULL)
			return false;
		at = skip_blanks(end);
	}
	curve->narrow = prepare_segments(curve);
	return curve->count > 0;
}

/* the shortest text: no zeros at the end */
static int
print_millionths(char *text, int64_t millionths)
{
	Wide		units = millionths;
	int			scale = 6;

	while (scale > 0 && units % 10 == 0)
	{
		units /= 10;
		scale--;
	}
	return decimal_print(text, units, scale);
}

/* Returns the length; text has room for CURVE_TEXT_SIZE. */
int
curve_print(const Curve *curve, char *text)
{
	int			length = snprintf(text, CURVE_TEXT_SIZE, "linear");

	for (int i = 0; i < curve->count; i++)
	{
		text[		length++] = ' ';

		length += print_millionths(text +length, curve->at[i].value);
		text[		length++] = ':';

		length += print_millionths(text +length, curve->at[i].points);
	}
	return length;
}

/* curve_points() for curves that it cannot do in 64 bits, or of one point */
int64_t
curve_wide_points(const Curve *curve, int64_t value)
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
	rise = curve->at[i].points - curve->at[i - 1].points;
	width = (__int128) curve->at[i].value - curve->at[i - 1].value;
	product = ((__int128) value - curve->at[i - 1].value) * (rise < 0 ? -rise : rise);
	change = (int64_t) ((product + width / 2) / width);
	return curve->at[i - 1].points + (rise < 0 ? -change : change);
}

/* the fewest and the most points that any value gets */
void
curve_range(const Curve *curve, int64_t *worst, int64_t *best)
{
	*worst = *best = curve->at[0].points;
	for (int i = 1; i < curve->count; i++)
	{
		if (curve->at[i].points < *worst)
			*worst = curve->at[i].points;
		if (curve->at[i].points > *best)
			*best = curve->at[i].points;
	}
}
