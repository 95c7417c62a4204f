/*
 * svg.h
 *	  Charts as SVG.  Pure C: figures and labels in, text out.
 *
 * The same input gives the same bytes.  Every chart has a title and a
 * description in words, takes its colours from CSS variables, and carries each
 * figure it shows in a data-value attribute beside its mark.
 */
#ifndef SP_REPORT_SVG_H
#define SP_REPORT_SVG_H

#include <stdbool.h>
#include <stdint.h>

#include "report/figure.h"
#include "report/markup.h"

#define SVG_SERIES	6			/* colours; further series begin again */

typedef struct Chart
{
	const char *title;
	const char *description;	/* NULL: made from the figures */
	FigureUnit	unit;
	int			digits;			/* -1: those of the unit */
	ReportLanguage language;
	double		width;
	double		height;
	bool		standalone;		/* brings its own style sheet and name space */
	int			n_labels;
	const char *const *labels;	/* along the axis */
	int			n_series;
	const char *const *names;	/* of series, or NULL */
	const double *figures;		/* series by series; NaN: missing */
	int32_t		first_day;		/* of a calendar: days from 0001-01-01, a
								 * Monday */
} Chart;

static inline double
chart_figure(const Chart *chart, int series, int label)
{
	return chart->figures[series * chart->n_labels + label];
}

extern void svg_line(Markup *out, const Chart *chart);
extern void svg_sparkline(Markup *out, const Chart *chart);
extern void svg_bar(Markup *out, const Chart *chart);
extern void svg_stack(Markup *out, const Chart *chart);
extern void svg_funnel(Markup *out, const Chart *chart);
extern void svg_heat_map(Markup *out, const Chart *chart);
extern void svg_calendar(Markup *out, const Chart *chart);

/* how high a chart of so many figures should be */
extern double svg_line_height(const Chart *chart);
extern double svg_bar_height(const Chart *chart);
extern double svg_stack_height(const Chart *chart);
extern double svg_funnel_height(const Chart *chart);
extern double svg_heat_map_height(const Chart *chart);
extern double svg_calendar_height(const Chart *chart);

/* as estimated, at the size of text in charts */
extern double svg_text_width(const char *text);

/* variables and classes, for a page of charts that are not standalone */
extern const char *svg_style(void);

#endif							/* SP_REPORT_SVG_H */
