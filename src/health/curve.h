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

typedef struct Curve
{
	CurveKind	kind;
	int			count;
	bool		narrow;			/* the products of interpolation fit 64 bits */
	CurvePoint	at[CURVE_MAX_POINTS];	/* values ascend */
} Curve;

/* false: *problem says what is wrong, as a sentence */
extern bool curve_parse(const char *text, Curve *curve, const char **problem);
extern int	curve_print(const Curve *curve, char *text);
extern int64_t curve_points(const Curve *curve, int64_t value);
extern void curve_range(const Curve *curve, int64_t *worst, int64_t *best);

#endif							/* SP_CURVE_H */
