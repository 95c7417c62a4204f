/*
 * svg_bar.c
 *	  Bars: side by side, stacked, and as a funnel.
 *
 * Bars lie, so that labels have room, and begin at zero, always.
 */
#include "report/svg_internal.h"

#include <math.h>
#include <stdio.h>

/* room for labels before the bars, and for figures behind them */
typedef struct Bars
{
	Scale		x;
	double		label_width;
	double		top;
	double		step;			/* from one label to the next */
} Bars;

static double
widest_label(const Chart *chart, double most)
{
	double		widest = 0;

	for (int i = 0; i < chart->n_labels; i++)
		widest = fmax(widest, svg_text_width(chart->labels[i]));
	return fmin(widest, most);
}

static double
widest_figure(Markup *out, const Chart *chart, const double *figures, int n)
{
	double		widest = 0;

	for (int i = 0; i < n; i++)
		if (isfinite(figures[i]))
			widest = fmax(widest, svg_text_width(svg_figure(out->arena, chart, figures[i])));
	/* they are bold */
	return widest * 1.12;
}

static void
lay_out(Bars *bars, const Chart *chart, double low, double high, double figure_width)
{
	bars->label_width = widest_label(chart, chart->width * 0.45);
	bars->x.low = fmin(low, 0);
	bars->x.high = fmax(high, 0);
	if (bars->x.high <= bars->x.low)
		bars->x.high = bars->x.low + 1;
	bars->x.from = bars->label_width + 8 + (low < 0 ? figure_width + 6 : 0);
	bars->x.to = fmax(chart->width - figure_width - 8, bars->x.from + 10);
	bars->step = (chart->height - bars->top) / chart->n_labels;
}

static void
bar_label(Markup *out, const Chart *chart, const Bars *bars, int label)
{
	svg_text(out, bars->label_width, bars->top + bars->step * (label + 0.5) + 4, ANCHOR_END, "sp-t",
			 svg_cut(out->arena, chart->labels[label], bars->label_width + 1));
}

static void
one_bar(Markup *out, const Chart *chart, const Bars *bars, int series, int label)
{
	double		value = chart_figure(chart, series, label);
	double		height = fmin(bars->step * 0.72, 22 * chart->n_series) / chart->n_series;
	double		y = bars->top + bars->step * (label + 0.5) - height * chart->n_series / 2 + height * series;
	double		zero = svg_position(&bars->x, 0);
	double		end = svg_position(&bars->x, isfinite(value) ? value : 0);
	char		class[16];

	snprintf(class, sizeof(class), "sp-f%d", series % SVG_SERIES + 1);
	if (isfinite(value))
	{
		svg_rect(out, fmin(zero, end), y, fabs(end - zero), height - (chart->n_series > 1 ? 1 : 0), class);
		svg_hint(out, chart, chart->names != NULL ? chart->names[series] : NULL, chart->labels[label], value);
		markup_add(out, "</rect>");
	}
	svg_text(out, end + (isfinite(value) && value < 0 ? -5 : 5), y + height / 2 + 4,
			 isfinite(value) && value < 0 ? ANCHOR_END : ANCHOR_START, "sp-v", svg_figure(out->arena, chart, value));
}

static void
zero_line(Markup *out, const Chart *chart, const Bars *bars)
{
	markup_add(out, "<path class=\"sp-z\" data-low=\"");
	markup_format(out, "%.15g\" data-high=\"%.15g\" data-left=\"", bars->x.low, bars->x.high);
	markup_number(out, bars->x.from);
	markup_add(out, "\" data-right=\"");
	markup_number(out, bars->x.to);
	markup_add(out, "\" d=\"M");
	markup_number(out, svg_position(&bars->x, 0));
	markup_add(out, " ");
	markup_number(out, bars->top);
	markup_add(out, "V");
	markup_number(out, chart->height);
	markup_add(out, "\"/>");
}

void
svg_bar(Markup *out, const Chart *chart)
{
	Bars		bars;
	double		low;
	double		high;

	svg_begin(out, chart, "bar");
	if (!svg_extent(chart, &low, &high))
	{
		svg_empty(out, chart);
		return;
	}
	bars.top = chart->n_series > 1 ? svg_legend(out, chart, "sp-f", 0, 0) : 0;
	lay_out(&bars, chart, low, high, widest_figure(out, chart, chart->figures, chart->n_series * chart->n_labels));
	for (int i = 0; i < chart->n_labels; i++)
	{
		bar_label(out, chart, &bars, i);
		for (int j = 0; j < chart->n_series; j++)
			one_bar(out, chart, &bars, j, i);
	}
	zero_line(out, chart, &bars);
	svg_end(out);
}

/* what is stacked at a label; negative figures have no place in a stack */
static double
stack_total(const Chart *chart, int label)
{
	double		total = 0;

	for (int i = 0; i < chart->n_series; i++)
		if (chart_figure(chart, i, label) > 0)
			total += chart_figure(chart, i, label);
	return total;
}

static void
one_stack(Markup *out, const Chart *chart, const Bars *bars, int label, double total)
{
	double		height = fmin(bars->step * 0.72, 24);
	double		y = bars->top + bars->step * (label + 0.5) - height / 2;
	double		sum = 0;
	char		class[16];

	for (int i = 0; i < chart->n_series; i++)
	{
		double		value = chart_figure(chart, i, label);
		double		left = svg_position(&bars->x, sum);

		if (!(value > 0))
			continue;
		sum += value;
		snprintf(class, sizeof(class), "sp-a%d", i % SVG_SERIES + 1);
		svg_rect(out, left, y, svg_position(&bars->x, sum) - left, height, class);
		svg_hint(out, chart, chart->labels[label], chart->names != NULL ? chart->names[i] : "", value);
		markup_add(out, "</rect>");
	}
	svg_text(out, svg_position(&bars->x, sum) + 5, y + height / 2 + 4, ANCHOR_START, "sp-v", svg_figure(out->arena, chart, total));
}

void
svg_stack(Markup *out, const Chart *chart)
{
	Bars		bars;
	double	   *totals = arena_alloc(out->arena, sizeof(double) * (chart->n_labels + 1));
	double		high = 0;

	svg_begin(out, chart, "stack");
	for (int i = 0; i < chart->n_labels; i++)
	{
		totals[i] = stack_total(chart, i);
		high = fmax(high, totals[i]);
	}
	if (high <= 0)
	{
		svg_empty(out, chart);
		return;
	}
	bars.top = svg_legend(out, chart, "sp-a", 0, 0);
	lay_out(&bars, chart, 0, high, widest_figure(out, chart, totals, chart->n_labels));
	for (int i = 0; i < chart->n_labels; i++)
	{
		bar_label(out, chart, &bars, i);
		one_stack(out, chart, &bars, i, totals[i]);
	}
	zero_line(out, chart, &bars);
	svg_end(out);
}

/* of the stage before, in percent */
static const char *
stage_share(Markup *out, const Chart *chart, int label)
{
	double		before = label > 0 ? chart_figure(chart, 0, label - 1) : NAN;
	double		value = chart_figure(chart, 0, label);
	Markup text;

	markup_init(&text, out->arena);
	markup_add(&text, svg_figure(out->arena, chart, value));
	if (before > 0 && isfinite(value))
		markup_format(&text, " · %s", figure_double(out->arena, value / before * 100, &figure_relative, 0, chart->language));
	return text.text;
}

void
svg_funnel(Markup *out, const Chart *chart)
{
	Bars		bars = {.top = 0};
	double		low;
	double		high;
	double		widest = 0;

	svg_begin(out, chart, "funnel");
	if (!svg_extent(chart, &low, &high))
	{
		svg_empty(out, chart);
		return;
	}
	for (int i = 0; i < chart->n_labels; i++)
		widest = fmax(widest, svg_text_width(stage_share(out, chart, i)) * 1.12);
	lay_out(&bars, chart, 0, high, widest);
	for (int i = 0; i < chart->n_labels; i++)
	{
		double		height = fmin(bars.step * 0.8, 30);
		double		value = chart_figure(chart, 0, i);
		double		end = svg_position(&bars.x, value > 0 ? value : 0);
		double		y = bars.top + bars.step * (i + 0.5) - height / 2;

		bar_label(out, chart, &bars, i);
		svg_rect(out, bars.x.from, y, end - bars.x.from, height, "sp-f1");
		svg_hint(out, chart, NULL, chart->labels[i], value);
		markup_add(out, "</rect>");
		svg_text(out, end + 5, y + height / 2 + 4, ANCHOR_START, "sp-v", stage_share(out, chart, i));
	}
	zero_line(out, chart, &bars);
	svg_end(out);
}
