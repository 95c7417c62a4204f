/*
 * svg_line.c
 *	  Lines over time, and the small one that stands in a row of a table.
 *
 * A missing figure is a gap, never a zero.
 */
#include "report/svg_internal.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

typedef struct Plot
{
	Scale		y;
	double		left;
	double		right;
	double		bottom;
} Plot;

static double
label_position(const Chart *chart, const Plot *plot, int label)
{
	if (chart->n_labels == 1)
		return (plot->left + plot->right) / 2;
	return plot->left + (plot->right - plot->left) * label / (chart->n_labels - 1);
}

/* Zero is part of it unless all figures are far from it, and differ. */
static void
value_scale(const Chart *chart, Scale *scale, int ticks)
{
	double		low = 0;
	double		high = 1;

	(void) svg_extent(chart, &low, &high);
	if (low > 0 && (low < high * 0.6 || low == high))
		low = 0;
	if (high < 0 && (high > low * 0.6 || low == high))
		high = 0;
	/* there is no half of what is counted */
	svg_nice(scale, low, high, ticks, strcmp(chart->unit.name, "count") == 0 ? 1 : 0);
}

static void
grid(Markup *out, const Chart *chart, Plot *plot)
{
	int			ticks = (int) floor((plot->y.high - plot->y.low) / plot->y.step + 0.5);

	for (int i = 0; i <= ticks; i++)
	{
		double		value = plot->y.low + i * plot->y.step;
		double		y = svg_position(&plot->y, value);

		markup_format(out, "<path class=\"%s\" d=\"M", fabs(value) < plot->y.step * 1e-6 ? "sp-z" : "sp-g");
		markup_number(out, plot->left);
		markup_add(out, " ");
		markup_number(out, y);
		markup_add(out, "H");
		markup_number(out, plot->right);
		markup_add(out, "\"/>");
		svg_text(out, plot->left - 6, y + 4, ANCHOR_END, "sp-t",
				 figure_short(out->arena, value, &chart->unit, chart->language));
	}
}

/* the widest label of the axis */
static double
axis_width(Markup *out, const Chart *chart, const Scale *scale)
{
	double		widest = 0;

	for (double value = scale->low; value <= scale->high + scale->step / 2; value += scale->step)
		widest = fmax(widest, svg_text_width(figure_short(out->arena, value, &chart->unit, chart->language)));
	return widest;
}

/* As many labels as stand beside each other, from the last backwards. */
static void
axis_labels(Markup *out, const Chart *chart, const Plot *plot)
{
	double		widest = 1;
	double		step = (plot->right - plot->left) / fmax(chart->n_labels - 1, 1);
	int			last = chart->n_labels - 1;
	int			every;
	int			gap;

	for (int i = 0; i < chart->n_labels; i++)
		widest = fmax(widest, svg_text_width(chart->labels[i]));
	every = (int) fmax(ceil((widest + 12) / step), 1);
	/* the last one ends where the plot does, and so needs more room */
	gap = (int) fmax(ceil((widest * 1.5 + 8) / step), 1);
	for (int i = last; i >= 0; i -= i == last ? gap : every)
	{
		double		width = svg_text_width(chart->labels[i]);
		double		x = label_position(chart, plot, i) - width / 2;

		svg_text(out, fmax(fmin(x, plot->right - width), plot->left), plot->bottom + 17, ANCHOR_START, "sp-t", chart->labels[i]);
		if (x < plot->left)
			break;
	}
}

/* A point without neighbours is drawn as a line of no length, which round ends make a dot. */
static void
path(Markup *out, const Chart *chart, const Plot *plot, int series)
{
	bool		drawing = false;

	for (int i = 0; i < chart->n_labels; i++)
	{
		double		value = chart_figure(chart, series, i);

		if (!isfinite(value))
		{
			drawing = false;
			continue;
		}
		markup_add(out, drawing ? "L" : "M");
		markup_number(out, label_position(chart, plot, i));
		markup_add(out, " ");
		markup_number(out, svg_position(&plot->y, value));
		if (!drawing && (i + 1 == chart->n_labels || !isfinite(chart_figure(chart, series, i + 1))))
			markup_add(out, "h0");
		drawing = true;
	}
}

static void
dots(Markup *out, const Chart *chart, const Plot *plot, int series)
{
	for (int i = 0; i < chart->n_labels; i++)
	{
		double		value = chart_figure(chart, series, i);

		if (!isfinite(value))
			continue;
		markup_format(out, "<circle class=\"sp-f%d\" r=\"%s\" cx=\"", series % SVG_SERIES + 1, i + 1 == chart->n_labels ? "3" : "1.5");
		markup_number(out, label_position(chart, plot, i));
		markup_add(out, "\" cy=\"");
		markup_number(out, svg_position(&plot->y, value));
		markup_add(out, "\"");
		svg_hint(out, chart, chart->names != NULL ? chart->names[series] : NULL, chart->labels[i], value);
		markup_add(out, "</circle>");
	}
}

void
svg_line(Markup *out, const Chart *chart)
{
	Plot		plot;
	double		low;
	double		high;
	double		top;

	svg_begin(out, chart, "line");
	if (!svg_extent(chart, &low, &high))
	{
		svg_empty(out, chart);
		return;
	}
	value_scale(chart, &plot.y, 4);
	top = svg_legend(out, chart, "sp-f", 0, 0);
	plot.left = axis_width(out, chart, &plot.y) + 8;
	plot.right = chart->width - 6;
	plot.bottom = chart->height - 24;
	plot.y.from = plot.bottom;
	plot.y.to = top + 10;
	markup_format(out, "<g data-low=\"%.15g\" data-high=\"%.15g\" data-bottom=\"", plot.y.low, plot.y.high);
	markup_number(out, plot.y.from);
	markup_add(out, "\" data-top=\"");
	markup_number(out, plot.y.to);
	markup_add(out, "\">");
	grid(out, chart, &plot);
	axis_labels(out, chart, &plot);
	for (int i = 0; i < chart->n_series; i++)
	{
		markup_format(out, "<path class=\"sp-l sp-l%d\" d=\"", i % SVG_SERIES + 1);
		path(out, chart, &plot, i);
		markup_add(out, "\"/>");
		dots(out, chart, &plot, i);
	}
	markup_add(out, "</g>");
	svg_end(out);
}

void
svg_sparkline(Markup *out, const Chart *chart)
{
	Plot		plot = {.left = 2,.right = chart->width - 3,.bottom = chart->height - 3};
	double		low;
	double		high;
	int			last = chart->n_labels - 1;

	svg_begin(out, chart, "spark");
	if (svg_extent(chart, &low, &high))
	{
		plot.y.low = low;
		plot.y.high = high > low ? high : low + 1;
		plot.y.from = plot.bottom;
		plot.y.to = 3;
		markup_add(out, "<path class=\"sp-l sp-l1\" d=\"");
		path(out, chart, &plot, 0);
		markup_add(out, "\"/>");
		if (isfinite(chart_figure(chart, 0, last)))
		{
			markup_add(out, "<circle class=\"sp-f1\" r=\"2.5\" cx=\"");
			markup_number(out, label_position(chart, &plot, last));
			markup_add(out, "\" cy=\"");
			markup_number(out, svg_position(&plot.y, chart_figure(chart, 0, last)));
			markup_add(out, "\"");
			svg_value(out, chart_figure(chart, 0, last));
			markup_add(out, "/>");
		}
	}
	svg_end(out);
}
