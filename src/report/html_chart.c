/*
 * html_chart.c
 *	  Rows as charts inside a page.  Pure C.
 */
#include "report/html.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/svg.h"
#include "types/period.h"

static double
number(const char *cell)
{
	char	   *end;
	double		value;

	if (cell == NULL)
		return NAN;
	value = strtod(cell, &end);
	return end == cell || *end != '\0' ? NAN : value;
}

/* the first column labels, each further one is a series */
static void
read_series(Arena *arena, const Section *section, Chart *chart)
{
	const SectionRows *rows = &section->rows;
	const char **labels = arena_alloc(arena, sizeof(char *) * rows->n_rows);
	const char **names = arena_alloc(arena, sizeof(char *) * rows->n_columns);
	double	   *figures = arena_alloc(arena, sizeof(double) * rows->n_rows * rows->n_columns);

	chart->n_labels = rows->n_rows;
	chart->n_series = rows->n_columns - 1;
	for (int i = 0; i < rows->n_rows; i++)
		labels[i] = row_cell(rows, i, 0) != NULL ? row_cell(rows, i, 0) : FIGURE_MISSING;
	for (int j = 0; j < chart->n_series; j++)
	{
		names[j] = section_heading(section, j + 1);
		for (int i = 0; i < rows->n_rows; i++)
			figures[j * rows->n_rows + i] = number(row_cell(rows, i, j + 1));
	}
	chart->labels = labels;
	chart->names = chart->n_series > 1 ? names : NULL;
	chart->figures = figures;
}

/* where a text stands in a list, added when it is not there */
static int
place_of(const char **texts, int *n, const char *text)
{
	for (int i = *n - 1; i >= 0; i--)
		if (strcmp(texts[i], text) == 0)
			return i;
	texts[*n] = text;

	return (*n)++;
}

/* row, column, figure */
static void
read_cells(Arena *arena, const Section *section, Chart *chart)
{
	const SectionRows *rows = &section->rows;
	const char **names = arena_alloc(arena, sizeof(char *) * rows->n_rows);
	const char **labels = arena_alloc(arena, sizeof(char *) * rows->n_rows);
	int		   *at = arena_alloc(arena, sizeof(int) * rows->n_rows * 2);
	double	   *figures;

	for (int i = 0; i < rows->n_rows; i++)
	{
		const char *row = row_cell(rows, i, 0);
		const char *column = row_cell(rows, i, 1);

		at[i * 2] = place_of(names, &chart->n_series, row != NULL ? row : FIGURE_MISSING);
		at[i * 2 + 1] = place_of(labels, &chart->n_labels, column != NULL ? column : FIGURE_MISSING);
	}
	figures = arena_alloc(arena, sizeof(double) * chart->n_series * chart->n_labels);
	for (int i = 0; i < chart->n_series * chart->n_labels; i++)
		figures[i] = NAN;
	for (int i = 0; i < rows->n_rows; i++)
		figures[at[i * 2] * chart->n_labels + at[i * 2 + 1]] = number(row_cell(rows, i, 2));
	chart->names = names;
	chart->labels = labels;
	chart->figures = figures;
}

static bool
read_day(const char *text, int *day)
{
	CivilDate	date;

	if (text == NULL || sscanf(text, "%d-%d-%d", &date.year, &date.month, &date.day) != 3 ||
		date.year < 1 || date.year > 9999 || date.month < 1 || date.month > 12 || date.day < 1 || date.day > 31)
		return false;
	*day = period_day(date);
	return true;
}

/* day, figure; days between may be missing */
static bool
read_days(Arena *arena, const Section *section, Chart *chart)
{
	const SectionRows *rows = &section->rows;
	int			first = 0;
	int			last = -1;
	int			day;
	double	   *figures;

	for (int i = 0; i < rows->n_rows; i++)
		if (read_day(row_cell(rows, i, 0), &day))
		{
			first = last < 0 || day < first ? day : first;
			last = day > last ? day : last;
		}
	if (last < 0 || last - first > 1100)
		return false;
	figures = arena_alloc(arena, sizeof(double) * (last - first + 1));
	for (int i = 0; i <= last - first; i++)
		figures[i] = NAN;
	for (int i = 0; i < rows->n_rows; i++)
		if (read_day(row_cell(rows, i, 0), &day))
			figures[day - first] = number(row_cell(rows, i, 1));
	chart->first_day = first;
	chart->n_labels = last - first + 1;
	chart->n_series = 1;
	chart->figures = figures;
	return true;
}

typedef struct Drawing
{
	void		(*draw) (Markup *, const Chart *);
	double		(*height) (const Chart *);
} Drawing;

static Drawing
drawing_of(SectionKind kind)
{
	switch (kind)
	{
		case SECTION_LINE:
			return (Drawing)
			{
				svg_line, svg_line_height
			};
		case SECTION_STACK:
			return (Drawing)
			{
				svg_stack, svg_stack_height
			};
		case SECTION_HEAT_MAP:
			return (Drawing)
			{
				svg_heat_map, svg_heat_map_height
			};
		case SECTION_FUNNEL:
			return (Drawing)
			{
				svg_funnel, svg_funnel_height
			};
		case SECTION_CALENDAR:
			return (Drawing)
			{
				svg_calendar, svg_calendar_height
			};
		default:
			return (Drawing)
			{
				svg_bar, svg_bar_height
			};
	}
}

void
html_chart(Markup *out, const Section *section, ReportLanguage language)
{
	Drawing		drawing = drawing_of(section->kind);
	Chart		chart = {.title = section->title,.unit = section->unit,.digits = section->digits,
	.language = language,.width = section->wide ? 720 : 360};
	int			needed = section->kind == SECTION_HEAT_MAP ? 3 : 2;

	if (section->rows.n_columns < needed || (section->kind == SECTION_CALENDAR && !read_days(out->arena, section, &chart)))
	{
		markup_format(out, "<p class=\"none\">%s</p>", page_word(language, "The query gives too few columns.", "查询返回的列不够。"));
		return;
	}
	if (section->kind == SECTION_HEAT_MAP)
		read_cells(out->arena, section, &chart);
	else if (section->kind != SECTION_CALENDAR)
		read_series(out->arena, section, &chart);
	chart.height = drawing.height(&chart);

	/*
	 * a wide one is moved sideways where the screen is narrow, so that it can
	 * be read
	 */
	if (section->wide)
	{
		markup_add(out, "<div class=\"chart w\" tabindex=\"0\" role=\"group\" aria-label=\"");
		markup_escape(out, section->title);
		markup_add(out, "\">");
	}
	else
		markup_add(out, "<div class=\"chart\">");
	drawing.draw(out, &chart);
	markup_add(out, "</div>");
}

const char *
html_band_word(const char *band, ReportLanguage language)
{
	static const char *const words[][2] = {
		{"black", "黑"}, {"red", "红"}, {"orange", "橙"}, {"amber", "琥珀"}, {"yellow", "黄"}, {"green", "绿"},
		{"blue", "蓝"}, {"purple", "紫"}, {"white", "白"}, {"grey", "灰（数据不足）"},
		{"ok", "正常"}, {"warn", "注意"}, {"fail", "故障"}
	};

	for (int i = 0; i < (int) (sizeof(words) / sizeof(words[0])) && language == REPORT_ZH; i++)
		if (strcmp(words[i][0], band) == 0)
			return words[i][1];
	return band;
}

/* One bar of all, parted by band; beside it the counts in words. */
void
html_bands(Markup *out, const Section *section, ReportLanguage language)
{
	const SectionRows *rows = &section->rows;
	double		total = 0;

	for (int i = 0; i < rows->n_rows; i++)
		total += fmax(number(row_cell(rows, i, 1)), 0);
	markup_add(out, "<div class=\"bands\" aria-hidden=\"true\">");
	for (int i = 0; i < rows->n_rows; i++)
	{
		double		value = fmax(number(row_cell(rows, i, 1)), 0);

		if (!(value > 0) || row_cell(rows, i, 0) == NULL)
			continue;
		markup_add(out, "<span class=\"b-");
		markup_escape(out, row_cell(rows, i, 0));
		markup_add(out, "\" style=\"width:");
		markup_number(out, value / total * 100);
		markup_add(out, "%\"></span>");
	}
	markup_add(out, "</div><ul class=\"keys\">");
	for (int i = 0; i < rows->n_rows; i++)
	{
		const char *band = row_cell(rows, i, 0) != NULL ? row_cell(rows, i, 0) : FIGURE_MISSING;
		const char *value = row_cell(rows, i, 1);

		markup_add(out, "<li data-figure=\"");
		markup_escape(out, band);
		markup_add(out, "\" data-value=\"");
		markup_escape(out, value != NULL ? value : "");
		markup_add(out, "\"><span class=\"dot b-");
		markup_escape(out, band);
		markup_add(out, "\"></span>");
		markup_escape(out, html_band_word(band, language));
		markup_format(out, " <b>%s</b></li>", row_figure(out->arena, section, i, 1, language));
	}
	markup_add(out, "</ul>");
}
