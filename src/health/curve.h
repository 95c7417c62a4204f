/*
 * curve.h
 *	  From a measured value to points from 0 to 100.  Pure C.
 *
 * All numbers are counted in millionths, so a curve gives the same points on
 * every machine, and never fewer where it should give more: between two points
 * of the curve the result is rounded once, half away from zero.
 */
#ifndef SP_CURVE_H
#define SP_CURVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CURVE_MAX_POINTS	32
#define CURVE_UNIT			1000000 /* one, in millionths */
#define CURVE_MOST			((int64_t) 100 * CURVE_UNIT)
/* "linear" and that many pairs of 19 digits with point and sign */
#define CURVE_TEXT_SIZE		(16 + CURVE_MAX_POINTS * 48)

typedef enum CurveKind
{
	CURVE_LINEAR
} CurveKind;

typedef struct CurvePoint
{
	int64_t		value;
	int64_t		points;
} CurvePoint;

/* what interpolation needs of the line up to the next point */
typedef struct CurveSegment
{
	int64_t		width;
	int64_t		rise;			/* without its sign */
	double		inverse;		/* 1 / width */
	int			direction;		/* the sign: 1 or -1 */
} CurveSegment;

typedef struct Curve
{
	CurveKind	kind;
	int			count;
	bool		narrow;			/* the products of interpolation fit 64 bits */
	CurvePoint	at[CURVE_MAX_POINTS];	/* values ascend */
	CurveSegment segments[CURVE_MAX_POINTS];	/* where narrow */
} Curve;

/* false: *problem says what is wrong, as a sentence */
extern bool curve_parse(const char *text, Curve *curve, const char **problem);
extern int	curve_print(const Curve *curve, char *text);
extern int64_t curve_wide_points(const Curve *curve, int64_t value);
extern void curve_range(const Curve *curve, int64_t *worst, int64_t *best);

/*
 * The points of a value.  A score asks this for every dimension of every row,
 * of values that no branch predictor knows, so it has neither a branch on the
 * value nor a division: the product with the inverse is at most one off, which
 * the remainder shows, and so the result is that of the division.
 */
static inline int64_t
curve_points(const Curve *curve, int64_t value)
{
	const CurvePoint *from = curve->at;
	const CurveSegment *segment;
	int			last = curve->count - 1;
	int			i = 0;
	int64_t		product;
	int64_t		change;
	int64_t		rest;

	if (!curve->narrow)
		return curve_wide_points(curve, value);
	value = value < from[0].value ? from[0].value : value;
	value = value > from[last].value ? from[last].value : value;
	for (int k = 1; k < last; k++)
		i += value >= from[k].value;
	segment = &curve->segments[i];
	product = (value - from[i].value) * segment->rise + segment->width / 2;
	change = (int64_t) ((double) product * segment->inverse);
	rest = product - change * segment->width;
	change += (rest >= segment->width) - (rest < 0);
	return from[i].points + segment->direction * change;
}

#endif							/* SP_CURVE_H */
