/*
 * svg_grid.c
 *	  Cells whose darkness says how much: heat map and calendar.
 *
 * A cell without a figure is an outline, a cell of nothing is the palest fill.
 */
#include "report/svg_internal.h"

#include <math.h>
#include <stdio.h>

#include "types/period.h"

/* darkness from 0.08 (the least) to 1 (the most) */
static double
darkness(double value, double low, double high)
{
	return high > low ? 0.08 + 0.92 * (value - low) / (high - low) : 0.5;
}

static void
cell(Markup *out, const Chart *chart, double x, double y, double width, double height,
	 double value, double low, double high)
{
	if (!isfinite(value))
	{
		svg_rect(out, x + 0.5, y + 0.5, width - 1, height - 1, "sp-n");
		return;
	}
	svg_rect(out, x, y, width, height, "sp-h");
	markup_add(out, " fill-opacity=\"");
	markup_number(out, darkness(value, low, high));
	markup_add(out, "\"");
}

/* what the least and the most look like */
static void
key(Markup *out, const Chart *chart, double low, double high, double y)
{
	const char *least = svg_figure(out->arena, chart, low);
	const char *most = svg_figure(out->arena, chart, high);
	double		x = svg_text_width(least) + 6;

	svg_text(out, 0, y + 10, ANCHOR_START, "sp-t", least);
	for (int i = 0; i < 5; i++)
	{
		svg_rect(out, x + i * 16, y, 15, 12, "sp-h");
		markup_add(out, " fill-opacity=\"");
		markup_number(out, 0.08 + 0.23 * i);
		markup_add(out, "\"/>");
	}
	svg_text(out, x + 86, y + 10, ANCHOR_START, "sp-t", most);
}

/* labels of columns, as many as there is room for */
static void
column_labels(Markup *out, const Chart *chart, double left, double width, double y)
{
	double		widest = 1;
	int			every;

	for (int i = 0; i < chart->n_labels; i++)
		widest = fmax(widest, svg_text_width(chart->labels[i]));
	every = (int) fmax(1, ceil((widest + 6) / width));
	for (int i = 0; i < chart->n_labels; i += every)
		svg_text(out, left + width * (i + 0.5), y, ANCHOR_MIDDLE, "sp-t", chart->labels[i]);
}

/* series are rows, labels are columns */
void
svg_heat_map(Markup *out, const Chart *chart)
{
	double		low;
	double		high;
	double		left = 0;
	double		width;
	double		height;

	svg_begin(out, chart, "heat");
	if (!svg_extent(chart, &low, &high))
	{
		svg_empty(out, chart);
		return;
	}
	for (int i = 0; i < chart->n_series && chart->names != NULL; i++)
		left = fmax(left, svg_text_width(chart->names[i]) + 8);
	left = fmin(left, chart->width * 0.35);
	width = (chart->width - left) / chart->n_labels;
	height = (chart->height - 44) / chart->n_series;
	column_labels(out, chart, left, width, 13);
	for (int i = 0; i < chart->n_series; i++)
	{
		const char *row = chart->names != NULL ? chart->names[i] : "";

		svg_text(out, left - 6, 20 + height * (i + 0.5) + 4, ANCHOR_END, "sp-t", svg_cut(out->arena, row, left - 6));
		for (int j = 0; j < chart->n_labels; j++)
		{
			double		value = chart_figure(chart, i, j);

			cell(out, chart, left + width * j, 20 + height * i, width - 1, height - 1, value, low, high);
			svg_hint(out, chart, row, chart->labels[j], value);
			markup_add(out, "</rect>");
		}
	}
	key(out, chart, low, high, chart->height - 14);
	svg_end(out);
}

static void
month_labels(Markup *out, const Chart *chart, double left, double size, int monday)
{
	double		free_from = 0;

	for (int i = 0; i < chart->n_labels; i++)
	{
		CivilDate	date = period_date(chart->first_day + i);
		double		x = left + size * ((chart->first_day + i - monday) / 7);
		char text[	40];

		/* a month that has begun is named where half of it is to come */
		if ((date.day != 1 && (i > 0 || date.day > 15)) || x < free_from)
			continue;
		if (date.month == 1 || i == 0)
			snprintf(text, sizeof(text), "%04d-%02d", date.year, date.month);
		else
			snprintf(text, sizeof(text), "%02d", date.month);
		svg_text(out, x, 11, ANCHOR_START, "sp-t", text);
		free_from = x + svg_text_width(text) + 4;
	}
}

static void
weekday_labels(Markup *out, const Chart *chart, double size)
{
	static const char *const days[REPORT_LANGUAGES][7] = {
		{"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"}, {"一", "二", "三", "四", "五", "六", "日"}
	};

	for (int i = 0; i < 7; i += size >= 11 ? 1 : 2)
		svg_text(out, 0, 18 + size * (i + 0.5) + 4, ANCHOR_START, "sp-t", days[chart->language][i]);
}

/* one figure per day, weeks from left to right, Monday on top */
void
svg_calendar(Markup *out, const Chart *chart)
{
	int			monday = chart->first_day - chart->first_day % 7;
	int			weeks = (chart->first_day - monday + chart->n_labels + 6) / 7;
	double		left = 30;
	double		size = fmin((chart->width - left) / weeks, (chart->height - 44) / 7);
	double		low;
	double		high;

	svg_begin(out, chart, "calendar");
	if (!svg_extent(chart, &low, &high))
	{
		svg_empty(out, chart);
		return;
	}
	month_labels(out, chart, left, size, monday);
	weekday_labels(out, chart, size);
	for (int i = 0; i < chart->n_labels; i++)
	{
		int			day = chart->first_day + i;
		CivilDate	date = period_date(day);
		char text[	40];

		snprintf(text, sizeof(text), "%04d-%02d-%02d", date.year, date.month, date.day);
		cell(out, chart, left + size * ((day - monday) / 7), 18 + size * (day % 7), size - 1.5, size - 1.5,
			 chart_figure(chart, 0, i), low, high);
		svg_hint(out, chart, NULL, text, chart_figure(chart, 0, i));
		markup_add(out, "</rect>");
	}
	key(out, chart, low, high, 18 + size * 7 + 8);
	svg_end(out);
}
