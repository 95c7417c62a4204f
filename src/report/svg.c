/*
 * svg.c
 *	  What the kinds of charts share: frame, text, scale, legend, words.
 *
 * There are no fonts here, so widths of text are estimated: a Chinese
 * character is as wide as it is high, a letter takes a little more than half of
 * that; rather too wide than too narrow.
 */
#include "report/svg_internal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *
svg_word(const Chart *chart, const char *en, const char *zh)
{
	return chart->language == REPORT_ZH ? zh : en;
}

const char *
svg_figure(Arena *arena, const Chart *chart, double value)
{
	return figure_double(arena, value, &chart->unit, chart->digits, chart->language);
}

/* lowest and highest of all figures */
bool
svg_extent(const Chart *chart, double *low, double *high)
{
	bool		found = false;

	for (int i = 0; i < chart->n_series * chart->n_labels; i++)
	{
		double		value = chart->figures[i];

		if (!isfinite(value))
			continue;
		*low = found ? fmin(*low, value) : value;
		*high = found ? fmax(*high, value) : value;
		found = true;
	}
	return found;
}

/* What a reader hears who does not see the chart: how many figures, between what, and the last. */
static void
describe(Markup *out, const Chart *chart)
{
	double		low;
	double		high;
	int			last = chart->n_labels - 1;

	if (!svg_extent(chart, &low, &high))
	{
		markup_add(out, svg_word(chart, "No figures.", "没有数据。"));
		return;
	}
	markup_format(out, svg_word(chart, "%d figures", "%d 个数据"), chart->n_labels);
	if (chart->n_series > 1)
		markup_format(out, svg_word(chart, " in %d series", "，%d 个系列"), chart->n_series);
	markup_format(out, svg_word(chart, ", from %s to %s", "，介于 %s 与 %s 之间"),
				  svg_figure(out->arena, chart, low), svg_figure(out->arena, chart, high));
	while (last > 0 && !isfinite(chart_figure(chart, 0, last)))
		last--;
	if (chart->n_series == 1 && chart->labels != NULL && isfinite(chart_figure(chart, 0, last)))
	{
		markup_add(out, svg_word(chart, "; last ", "；最后 "));
		markup_escape(out, chart->labels[last]);
		markup_format(out, " %s", svg_figure(out->arena, chart, chart_figure(chart, 0, last)));
	}
	markup_add(out, svg_word(chart, ".", "。"));
}

void
svg_begin(Markup *out, const Chart *chart, const char *kind)
{
	const char *title = chart->title != NULL ? chart->title : "";

	markup_format(out, "<svg%s class=\"sp-chart sp-%s\" role=\"img\" viewBox=\"0 0 ",
				  chart->standalone ? " xmlns=\"http://www.w3.org/2000/svg\"" : "", kind);
	markup_number(out, chart->width);
	markup_add(out, " ");
	markup_number(out, chart->height);
	if (chart->standalone)
	{
		markup_add(out, "\" width=\"");
		markup_number(out, chart->width);
		markup_add(out, "\" height=\"");
		markup_number(out, chart->height);
	}
	markup_add(out, "\" aria-label=\"");
	markup_escape(out, title);
	markup_add(out, "\"><title>");
	markup_escape(out, title);
	markup_add(out, "</title><desc>");
	if (chart->description != NULL)
		markup_escape(out, chart->description);
	else
		describe(out, chart);
	markup_add(out, "</desc>");
	if (chart->standalone)
		markup_format(out, "<style>%s</style>", svg_style());
}

void
svg_end(Markup *out)
{
	markup_add(out, "</svg>");
}

void
svg_empty(Markup *out, const Chart *chart)
{
	svg_text(out, chart->width / 2, chart->height / 2, ANCHOR_MIDDLE, "sp-t",
			 svg_word(chart, "no figures", "没有数据"));
	svg_end(out);
}

/* Ticks at 1, 2 or 5 times a power of ten, no closer than "least"; low and high become ticks, too. */
void
svg_nice(Scale *scale, double low, double high, int ticks, double least)
{
	double		rough;
	double		power;

	if (high - low <= fabs(high) * 1e-9)
		high = low + (low == 0 ? 1 : fabs(low));
	rough = (high - low) / ticks;
	power = pow(10, floor(log10(rough)));
	scale->step = rough <= power * 1.0001 ? power : rough <= power * 2.0001 ? power * 2
		: rough <= power * 5.0001 ? power * 5 : power * 10;
	scale->step = fmax(scale->step, least);
	scale->low = floor(low / scale->step + 1e-9) * scale->step;
	scale->high = ceil(high / scale->step - 1e-9) * scale->step;
}

double
svg_position(const Scale *scale, double value)
{
	return scale->from + (value - scale->low) / (scale->high - scale->low) * (scale->to - scale->from);
}

/* width of the character that begins here, and its bytes */
static double
character_width(const char *text, int *bytes)
{
	unsigned char c = (unsigned char) *text;

	*bytes = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
	for (int i = 1; i < *bytes; i++)
		if (text[i] == '\0')
			*bytes = i;
	if (c >= 0xe3)
		return SVG_TEXT * 1.02;
	if (strchr("il.,;:' ", c) != NULL)
		return SVG_TEXT * 0.34;
	if (strchr("mwMW%", c) != NULL)
		return SVG_TEXT * 0.96;
	return c >= 'A' && c <= 'Z' ? SVG_TEXT * 0.72 : SVG_TEXT * 0.63;
}

double
svg_text_width(const char *text)
{
	double		width = 0;
	int			bytes;

	for (; *text !='\0'; text +=bytes)
		width += character_width(text, &bytes);
	return width;
}

/* as much as fits, with an ellipsis */
const char *
svg_cut(Arena *arena, const char *text, double width)
{
	const char *end = text;
	double		used = SVG_TEXT;	/* of the ellipsis */
	int			bytes;
	Markup		out;

	if (svg_text_width(text) <= width)
		return text;

	for (; *end != '\0'; end += bytes)
	{
		used += character_width(end, &bytes);
		if (used > width)
			break;
	}
	markup_init(&out, arena);
	markup_bytes(&out, text, end - text);
	markup_add(&out, "…");
	return out.text;
}

static void
attribute(Markup *out, const char *name, double value)
{
	markup_format(out, " %s=\"", name);
	markup_number(out, value);
	markup_add(out, "\"");
}

void
svg_text(Markup *out, double x, double y, Anchor anchor, const char *class, const char *text)
{
	markup_format(out, "<text class=\"%s%s\"", class,
				  anchor == ANCHOR_MIDDLE ? " sp-m" : anchor == ANCHOR_END ? " sp-e" : "");
	attribute(out, "x", x);
	attribute(out, "y", y);
	markup_add(out, ">");
	markup_escape(out, text);
	markup_add(out, "</text>");
}

/* The element stays open, for attributes that the caller adds. */
void
svg_rect(Markup *out, double x, double y, double width, double height, const char *class)
{
	markup_format(out, "<rect class=\"%s\"", class);
	attribute(out, "x", x);
	attribute(out, "y", y);
	attribute(out, "width", fmax(width, 0));
	attribute(out, "height", fmax(height, 0));
}

/* the shortest text that reads back as the same number */
void
svg_value(Markup *out, double value)
{
	char text[	40];

	if (!isfinite(value))
		return;
	for (int digits = 15; digits <= 17; digits++)
	{
		snprintf(text, sizeof(text), "%.*g", digits, value);
		if (strtod(text, NULL) == value)
			break;
	}
	markup_format(out, " data-value=\"%s\"", text);
}

/* closes the mark with the text that shows when it is pointed at */
void
svg_hint(Markup *out, const Chart *chart, const char *series, const char *label, double value)
{
	svg_value(out, value);
	markup_add(out, "><title>");
	if (series != NULL)
	{
		markup_escape(out, series);
		markup_add(out, ", ");
	}
	markup_escape(out, label);
	markup_format(out, ": %s</title>", svg_figure(out->arena, chart, value));
}

static bool
is_drawn(const Chart *chart, int series)
{
	for (int i = 0; i < chart->n_labels; i++)
		if (isfinite(chart_figure(chart, series, i)))
			return true;
	return false;
}

/* Of the series that have figures: one line, or several; returns how far down it reaches. */
double
svg_legend(Markup *out, const Chart *chart, const char *prefix, double left, double top)
{
	double		x = left;
	double		y = top;
	char		class[32];

	if (chart->names == NULL)
		return top;
	for (int i = 0; i < chart->n_series; i++)
	{
		double		width = svg_text_width(chart->names[i]) + 26;

		if (!is_drawn(chart, i))
			continue;
		if (x > left && x + width > chart->width)
		{
			x = left;
			y += 18;
		}
		snprintf(class, sizeof(class), "%s%d", prefix, i % SVG_SERIES + 1);
		svg_rect(out, x, y + 2, 10, 10, class);
		markup_add(out, "/>");
		svg_text(out, x + 15, y + 11, ANCHOR_START, "sp-t", chart->names[i]);
		x += width;
	}
	return y + 20;
}
