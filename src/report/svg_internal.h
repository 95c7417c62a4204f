/*
 * svg_internal.h
 *	  What the kinds of charts share.
 */
#ifndef SP_REPORT_SVG_INTERNAL_H
#define SP_REPORT_SVG_INTERNAL_H

#include "report/svg.h"

typedef enum Anchor
{
	ANCHOR_START,
	ANCHOR_MIDDLE,
	ANCHOR_END
} Anchor;

/* from values to a coordinate */
typedef struct Scale
{
	double		low;
	double		high;
	double		step;			/* between ticks */
	double		from;			/* where low is */
	double		to;				/* where high is */
} Scale;

#define SVG_TEXT	12.0		/* height of text */

extern void svg_begin(Markup *out, const Chart *chart, const char *kind);
extern void svg_end(Markup *out);
extern void svg_empty(Markup *out, const Chart *chart);
extern bool svg_extent(const Chart *chart, double *low, double *high);	/* false: no figure */
extern void svg_nice(Scale *scale, double low, double high, int ticks, double least);
extern double svg_position(const Scale *scale, double value);
extern const char *svg_cut(Arena *arena, const char *text, double width);
extern void svg_text(Markup *out, double x, double y, Anchor anchor, const char *class,
					 const char *text);
extern void svg_rect(Markup *out, double x, double y, double width, double height,
					 const char *class);
extern void svg_hint(Markup *out, const Chart *chart, const char *series, const char *label,
					 double value);
extern void svg_value(Markup *out, double value);
extern const char *svg_figure(Arena *arena, const Chart *chart, double value);
extern double svg_legend(Markup *out, const Chart *chart, const char *prefix, double left,
						 double top);
extern const char *svg_word(const Chart *chart, const char *en, const char *zh);

#endif							/* SP_REPORT_SVG_INTERNAL_H */
