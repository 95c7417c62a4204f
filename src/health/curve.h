/*
 * curve.h
 *	  From a measured value to points from 0 to 100.  Pure C.
 *
 * All numbers are counted in millionths and all arithmetic is in integers, so
 * a curve gives the same points on every machine, and never fewer where it
 * should give more.  On straight lines the result is rounded once, half away
 * from zero; decay and logistic are within a millionth of a point.
 */
#ifndef SP_CURVE_H
#define SP_CURVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CURVE_MAX_POINTS	32
#define CURVE_UNIT			1000000 /* one, in millionths */
#define CURVE_MOST			((int64_t) 100 * CURVE_UNIT)
#define CURVE_MAX_NAME		128 /* bytes of a category */
/* a kind and that many pairs of 19 digits with point and sign, or of a name */
#define CURVE_TEXT_SIZE		(64 + CURVE_MAX_POINTS * (CURVE_MAX_NAME + 32))

typedef enum CurveKind
{
	CURVE_LINEAR,				/* straight lines between points */
	CURVE_STEPS,				/* level from each point to the next */
	CURVE_DECAY,				/* 100, halved with each half-life */
	CURVE_LOGISTIC,				/* 50 in the middle; the odds double */
	CURVE_MAP					/* a category's points; values are indexes */
} CurveKind;

#define CURVE_KINDS			(CURVE_MAP + 1)

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

/* a slice of the text that was parsed */
typedef struct CurveName
{
	const char *at;
	int			length;
} CurveName;

typedef struct Curve
{
	CurveKind	kind;
	int			count;
	int			last;			/* where curve_points() ends, when narrow */
	bool		narrow;			/* curve_points() does it: lines and steps
								 * whose products fit 64 bits */
	bool		falling;		/* of a logistic */
	bool		days;			/* the width was given in days */
	bool		has_else;		/* of a map: its last point is for the rest */
	int64_t		middle;			/* of a logistic */
	int64_t		width;			/* half-life, or what doubles the odds */
	/* values ascend; where narrow, steps have one more to end with */
	CurvePoint	at[CURVE_MAX_POINTS + 1];
	CurveSegment segments[CURVE_MAX_POINTS];	/* where narrow */
	CurveName	names[CURVE_MAX_POINTS];	/* of a map */
} Curve;

/* ---- curve_text.c ---- */

/*
 * False: *problem says what is wrong, as a sentence.  A map goes on pointing
 * into the text.
 */
extern bool curve_parse(const char *text, Curve *curve, const char **problem);
extern int	curve_print(const Curve *curve, char *text);
extern int	curve_category(const Curve *curve, const char *name, size_t length);

/* ---- curve.c ---- */

extern void curve_prepare(Curve *curve);
extern int64_t curve_slow_points(const Curve *curve, int64_t value);
extern void curve_range(const Curve *curve, int64_t *worst, int64_t *best);
extern void curve_range_between(const Curve *curve, int64_t from, int64_t to,
								int64_t *worst, int64_t *best);

/* ---- curve_power.c ---- */

extern int64_t curve_decay_points(int64_t value, int64_t half_life);
extern int64_t curve_logistic_points(int64_t distance, int64_t doubling);

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
	int			last = curve->last;
	int			i = 0;
	int64_t		product;
	int64_t		change;
	int64_t		rest;

	if (!curve->narrow)
		return curve_slow_points(curve, value);
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
