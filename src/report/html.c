/*
 * html.c
 *	  The head and foot of a page, tiles of figures, tables, text.  Pure C.
 */
#include "report/html.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/svg.h"

static const char *const kinds[SECTION_KINDS] = {
	"figures", "table", "line", "bar", "stack", "bands", "heat_map", "funnel", "calendar", "text"
};

bool
section_kind_named(const char *name, SectionKind *kind)
{
	for (int i = 0; i < SECTION_KINDS; i++)
		if (strcmp(kinds[i], name) == 0)
		{
			*kind = (SectionKind) i;
			return true;
		}
	return false;
}

const char *
page_word(ReportLanguage language, const char *en, const char *zh)
{
	return language == REPORT_ZH ? zh : en;
}

const char *
row_cell(const SectionRows *rows, int row, int column)
{
	return column < 0 || column >= rows->n_columns ? NULL : rows->cells[row * rows->n_columns + column];
}

int
row_column(const SectionRows *rows, const char *name)
{
	for (int i = 0; i < rows->n_columns; i++)
		if (strcmp(rows->names[i], name) == 0)
			return i;
	return -1;
}

/* by its name, or where it usually stands */
int
row_column_or(const SectionRows *rows, const char *name, int otherwise)
{
	int			column = row_column(rows, name);

	return column >= 0 ? column : otherwise;
}

const char *
section_heading(const Section *section, int column)
{
	return column < section->n_headings && section->headings[column] != NULL
		? section->headings[column] : section->rows.names[column];
}

const char *
section_unit(const Section *section, int column)
{
	return column < section->n_units && section->units[column] != NULL ? section->units[column] : "";
}

/* as many digits as were given */
static int
digits_given(const char *decimal)
{
	const char *point = strchr(decimal, '.');

	return point == NULL ? 0 : (int) fmin(strlen(point + 1), FIGURE_MAX_DIGITS);
}

/* A cell that is a number, as people read it. */
const char *
row_figure(Arena *arena, const Section *section, int row, int column, ReportLanguage language)
{
	const SectionRows *rows = &section->rows;
	const char *cell = row_cell(rows, row, column);
	const char *own = row_cell(rows, row, row_column(rows, "unit"));
	const char *digits = row_cell(rows, row, row_column(rows, "digits"));
	FigureUnit	unit = section->unit;

	if (cell == NULL)
		return FIGURE_MISSING;
	if (section->kind == SECTION_TABLE)
	{
		const char *name = section_unit(section, column);

		if (!figure_unit(name, &unit))
		{
			(void) figure_unit("number", &unit);
			return figure_text(arena, cell, &unit, digits_given(cell), FIGURE_VALUE, language);
		}

		/*
		 * a relative figure is a change: it has a sign; a count has no digits
		 * that it was not given
		 */
		return figure_text(arena, cell, &unit, strcmp(name, "count") == 0 ? (int) fmin(section->digits, digits_given(cell)) : section->digits,
						   strcmp(name, figure_relative.name) == 0 ? FIGURE_CHANGE : FIGURE_VALUE, language);
	}
	if (own != NULL && figure_unit(own, &unit))
		return figure_text(arena, cell, &unit, digits != NULL ? (int) fmin(fmax(atoi(digits), -1), FIGURE_MAX_DIGITS) : -1,
						   FIGURE_VALUE, language);
	return figure_text(arena, cell, &unit, digits != NULL ? (int) fmin(fmax(atoi(digits), -1), FIGURE_MAX_DIGITS) : section->digits,
					   FIGURE_VALUE, language);
}

static void
element(Markup *out, const char *open, const char *text, const char *close)
{
	markup_add(out, open);
	markup_escape(out, text);
	markup_add(out, close);
}

static bool
source_is_late(const SectionRows *sources, int row)
{
	const char *missing = row_cell(sources, row, 2);

	return missing != NULL && missing[0] != '\0';
}

bool
page_is_partial(const PageHead *head)
{
	for (int i = 0; head->sources != NULL && i < head->sources->n_rows; i++)
		if (source_is_late(head->sources, i))
			return true;
	return false;
}

/* the day with its name, since weeks repeat */
void
page_day(Markup *out, const PageHead *head, const char *open, const char *close)
{
	static const char *const names[REPORT_LANGUAGES][7] = {
		{"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"},
		{"星期日", "星期一", "星期二", "星期三", "星期四", "星期五", "星期六"}
	};

	element(out, open, head->as_of, close);
	markup_format(out, " %s", names[head->language][head->weekday]);
}

/* Which figures these are: as of when, and of which sources something is missing. */
static void
sources(Markup *out, const PageHead *head)
{
	const SectionRows *rows = head->sources;
	bool		partial = page_is_partial(head);

	if (rows == NULL || rows->n_rows == 0)
		return;
	markup_format(out, "<div class=\"fresh%s\" data-partial=\"%s\" role=\"status\"><strong>%s</strong><ul>",
				  partial ? " late" : "", partial ? "true" : "false",
				  partial ? page_word(head->language, "Partial", "数据不完整") : page_word(head->language, "Complete", "数据完整"));
	for (int i = 0; i < rows->n_rows; i++)
	{
		const char *mark = row_cell(rows, i, 1);

		element(out, "<li>", row_cell(rows, i, 0) != NULL ? row_cell(rows, i, 0) : "", "");
		markup_add(out, page_word(head->language, ": as of ", "：截至 "));
		element(out, "<time>", mark != NULL ? mark : FIGURE_MISSING, "</time>");
		if (source_is_late(rows, i))
		{
			markup_add(out, page_word(head->language, "; missing: ", "；缺少："));
			markup_escape(out, row_cell(rows, i, 2));
		}
		markup_add(out, "</li>");
	}
	markup_add(out, "</ul></div>");
}

void
html_begin(Markup *out, const PageHead *head)
{
	markup_format(out, "<!DOCTYPE html>\n<html lang=\"%s\">\n<head>\n<meta charset=\"utf-8\">\n"
				  "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
				  "<meta name=\"color-scheme\" content=\"light dark\">\n"
				  "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\">\n"
				  "<link rel=\"icon\" href=\"data:,\">\n", page_word(head->language, "en", "zh-CN"));
	element(out, "<title>", head->title, "</title>\n");
	markup_format(out, "<style>%s%s</style>\n</head>\n<body>\n<main>\n<header>", svg_style(), html_style());
	element(out, "<h1>", head->title, "</h1><p class=\"sub\">");
	markup_escape(out, head->scope != NULL ? head->scope : page_word(head->language, "Company", "全公司"));
	page_day(out, head, " · <time>", "</time>");
	markup_add(out, "</p>");
	sources(out, head);
	markup_add(out, "</header>\n<div class=\"grid\">\n");
}

void
html_end(Markup *out, const PageHead *head)
{
	markup_add(out, "</div>\n<footer>");
	if (head->reader != NULL)
	{
		markup_add(out, page_word(head->language, "Shows what ", "仅显示 "));
		element(out, "<b>", head->reader, page_word(head->language, "</b> may see. ", "</b> 可见的行。"));
	}
	markup_add(out, page_word(head->language, "Computed in the database at ", "由数据库计算于 "));
	element(out, "<time>", head->made_at, "</time> · salespulse</footer>\n</main>\n</body>\n</html>\n");
}

/* better or worse is said by a sign and a word, not by colour alone */
static void
tile_note(Markup *out, const Section *section, int row, ReportLanguage language)
{
	const SectionRows *rows = &section->rows;
	const char *note = row_cell(rows, row, row_column(rows, "note"));
	const char *verdict = row_cell(rows, row, row_column(rows, "verdict"));

	if (verdict != NULL && strcmp(verdict, "better") == 0)
		markup_format(out, "<dd class=\"note good\"><span aria-label=\"%s\">▲</span> ", page_word(language, "better", "向好"));
	else if (verdict != NULL && strcmp(verdict, "worse") == 0)
		markup_format(out, "<dd class=\"note bad\"><span aria-label=\"%s\">▼</span> ", page_word(language, "worse", "变差"));
	else if (note != NULL)
		markup_add(out, "<dd class=\"note\">");
	else
		return;
	markup_escape(out, note != NULL ? note : "");
	markup_add(out, "</dd>");
}

#define LONG_FIGURE	84.0		/* as wide as eleven digits: half a phone at
								 * the usual size */

static void
tiles(Markup *out, const Section *section, ReportLanguage language)
{
	const SectionRows *rows = &section->rows;
	int			label = row_column_or(rows, "label", 0);
	int			value = row_column_or(rows, "value", 1);

	markup_add(out, "<dl class=\"tiles\">");
	for (int i = 0; i < rows->n_rows; i++)
	{
		const char *name = row_cell(rows, i, label);
		const char *raw = row_cell(rows, i, value);
		const char *text = row_figure(out->arena, section, i, value, language);

		element(out, "<div class=\"tile\"><dt>", name != NULL ? name : "", "</dt>");
		markup_format(out, "<dd class=\"figure%s\" data-figure=\"", svg_text_width(text) > LONG_FIGURE ? " long" : "");
		element(out, "", name != NULL ? name : "", "\" data-value=\"");
		element(out, "", raw != NULL ? raw : "", "\">");
		element(out, "", text, "</dd>");
		tile_note(out, section, i, language);
		markup_add(out, "</div>");
	}
	markup_add(out, "</dl>");
}

/* "{1,2,NULL}", an array of numbers */
static void
spark_cell(Markup *out, const char *cell, ReportLanguage language)
{
	Chart		chart = {.digits = -1,.language = language,.width = 90,.height = 22,.n_series = 1};
	double	   *figures = arena_alloc(out->arena, sizeof(double) * (strlen(cell) + 1));

	(void) figure_unit("number", &chart.unit);
	for (const char *p = cell + (*cell == '{'); *p != '\0' && *p != '}';)
	{
		char	   *end;
		double		figure = strtod(p, &end);

		figures[chart.n_labels++] = end == p ? NAN : figure;
		p = end + strcspn(end, ",}");
		p += *p == ',';
	}
	chart.figures = figures;
	if (chart.n_labels > 0)
		svg_sparkline(out, &chart);
}

#define SHORT_TEXT	10			/* bytes that are not broken, such as a date */
#define HALF_LINE	14			/* bytes that have room beside others on a
								 * phone */
#define LONG_TEXT	28			/* bytes that may be broken anywhere */

#define PHONE		358.0		/* pixels beside the margins */
#define PADDING		8.0
#define NARROW		96.0		/* in which a text may be broken into lines */
#define LOOKED_AT	40			/* rows */

/* Of the longest word, since a line is broken at blanks. */
static double
word_width(Arena *arena, const char *text)
{
	double		widest = 0;

	for (const char *word = text; *word != '\0'; word += strspn(word, " "))
	{
		size_t		length = strcspn(word, " ");

		widest = fmax(widest, svg_text_width(arena_string(arena, word, length)));
		word += length;
	}
	return widest;
}

static double
cell_width(Arena *arena, const Section *section, int row, int column, ReportLanguage language)
{
	const char *cell = row_cell(&section->rows, row, column);
	const char *unit = section_unit(section, column);

	if (cell == NULL)
		return 0;
	if (strcmp(unit, "sparkline") == 0)
		return 90;
	if (strcmp(unit, "band") == 0)
		return 16 + svg_text_width(html_band_word(cell, language));
	if (section->rows.numeric[column])
		return svg_text_width(row_figure(arena, section, row, column, language));
	return strlen(cell) <= SHORT_TEXT ? svg_text_width(cell) : fmin(svg_text_width(cell), NARROW);
}

/* Whether rows become blocks on a phone, since they cannot be as narrow as it is. */
static bool
has_long_rows(Arena *arena, const Section *section, ReportLanguage language)
{
	const SectionRows *rows = &section->rows;
	double		width = -PADDING;

	for (int j = 0; j < rows->n_columns; j++)
	{
		double		widest = word_width(arena, section_heading(section, j));

		for (int i = 0; i < rows->n_rows && i < LOOKED_AT; i++)
			widest = fmax(widest, cell_width(arena, section, i, j, language));
		width += widest + PADDING;
	}
	return width > PHONE;
}

static bool
has_sentences(const Section *section)
{
	const SectionRows *rows = &section->rows;

	for (int i = 0; i < rows->n_rows; i++)
		for (int j = 1; j < rows->n_columns; j++)
			if (!rows->numeric[j] && row_cell(rows, i, j) != NULL && strlen(row_cell(rows, i, j)) > LONG_TEXT &&
				strcmp(section_unit(section, j), "sparkline") != 0)
				return true;
	return false;
}

/* class and the heading, which stands before the cell where rows become blocks */
static void
open_cell(Markup *out, const Section *section, int column, bool blocks, const char *class)
{
	markup_format(out, "<td%s%s%s", class[0] != '\0' ? " class=\"" : "", class, class[0] != '\0' ? "\"" : "");
	if (blocks && column > 0)
		element(out, " data-h=\"", section_heading(section, column), "\"");
}

static void
table_cell(Markup *out, const Section *section, int row, int column, bool blocks, ReportLanguage language)
{
	const char *cell = row_cell(&section->rows, row, column);
	const char *unit = section_unit(section, column);
	bool		numeric = section->rows.numeric[column];

	if (cell == NULL)
	{
		open_cell(out, section, column, blocks, numeric ? "n z" : "z");
		markup_add(out, ">" FIGURE_MISSING "</td>");
	}
	else if (strcmp(unit, "sparkline") == 0)
	{
		open_cell(out, section, column, blocks, "spark");
		markup_add(out, ">");
		spark_cell(out, cell, language);
		markup_add(out, "</td>");
	}
	else if (strcmp(unit, "band") == 0)
	{
		open_cell(out, section, column, blocks, "w");
		element(out, "><span><span class=\"dot b-", cell, "\"></span>");
		element(out, "", html_band_word(cell, language), "</span></td>");
	}
	else if (numeric)
	{
		open_cell(out, section, column, blocks, "n");
		element(out, " data-value=\"", cell, "\">");
		element(out, "", row_figure(out->arena, section, row, column, language), "</td>");
	}
	else
	{
		size_t		length = strlen(cell);

		open_cell(out, section, column, blocks, length <= SHORT_TEXT ? "w" : length <= HALF_LINE ? "" : length <= LONG_TEXT ? "l" : "t");
		element(out, ">", cell, "</td>");
	}
}

static void
table(Markup *out, const Section *section, ReportLanguage language)
{
	const SectionRows *rows = &section->rows;
	bool		blocks = has_long_rows(out->arena, section, language);

	element(out, "<div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"", section->title, "\">");
	markup_format(out, "<table%s><thead><tr>", !blocks ? "" : has_sentences(section) ? " class=\"rows lines\"" : " class=\"rows\"");
	for (int i = 0; i < rows->n_columns; i++)
	{
		markup_format(out, "<th scope=\"col\"%s>", rows->numeric[i] ? " class=\"n\"" : "");
		element(out, "", section_heading(section, i), "</th>");
	}
	markup_add(out, "</tr></thead><tbody>");
	for (int i = 0; i < rows->n_rows; i++)
	{
		markup_add(out, "<tr>");
		for (int j = 0; j < rows->n_columns; j++)
			table_cell(out, section, i, j, blocks, language);
		markup_add(out, "</tr>");
	}
	markup_add(out, "</tbody></table></div>");
}

static void
paragraphs(Markup *out, const Section *section)
{
	for (int i = 0; i < section->rows.n_rows; i++)
		if (row_cell(&section->rows, i, 0) != NULL)
			element(out, "<p class=\"text\">", row_cell(&section->rows, i, 0), "</p>");
}

static void
body(Markup *out, const Section *section, ReportLanguage language)
{
	if (section->rows.n_rows == 0)
	{
		markup_format(out, "<p class=\"none\">%s</p>", section->kind == SECTION_TABLE || section->kind == SECTION_TEXT
					  ? page_word(language, "None.", "无。") : page_word(language, "No figures for these days.", "这段时间没有数据。"));
		return;
	}
	switch (section->kind)
	{
		case SECTION_FIGURES:
			tiles(out, section, language);
			break;
		case SECTION_TABLE:
			table(out, section, language);
			break;
		case SECTION_TEXT:
			paragraphs(out, section);
			break;
		case SECTION_BANDS:
			html_bands(out, section, language);
			break;
		default:
			html_chart(out, section, language);
	}
}

void
html_section(Markup *out, const Section *section, ReportLanguage language, int number)
{
	bool		wide = section->wide || section->kind == SECTION_FIGURES ||
	(section->kind == SECTION_TABLE && section->rows.n_columns > 5);

	markup_format(out, "<section class=\"s-%s%s\" aria-labelledby=\"s%d\"><h2 id=\"s%d\">", kinds[section->kind],
				  wide ? " wide" : "", number, number);
	element(out, "", section->title, "</h2>");
	body(out, section, language);
	if (section->rows.more)
		markup_format(out, page_word(language, "<p class=\"note\">The first %d rows.</p>", "<p class=\"note\">前 %d 行。</p>"), section->rows.n_rows);
	if (section->note != NULL)
		element(out, "<p class=\"note\">", section->note, "</p>");
	markup_add(out, "</section>\n");
}
