/*
 * columns.c
 *	  Whether the columns of a query are those that a section of its kind shows.
 *	  Pure C.
 *
 * Looked at whenever a page is made, so a list that a section cannot show is
 * refused with the page, and a view that lost a column is named rather than
 * shown as nothing.
 */
#include "report/html.h"

#include <string.h>

typedef struct Shape
{
	int			least;			/* columns */
	int			figures;		/* the first that is a number; 0: none need be */
	bool		series;			/* and all further ones */
	const char *columns;
} Shape;

static const Shape shapes[SECTION_KINDS] = {
	[SECTION_FIGURES] = {2, 0, false, "label, value"},
	[SECTION_TABLE] = {1, 0, false, "any columns"},
	[SECTION_LINE] = {2, 1, true, "label, and a figure for each series"},
	[SECTION_BAR] = {2, 1, true, "label, and a figure for each series"},
	[SECTION_STACK] = {2, 1, true, "label, and a figure for each series"},
	[SECTION_BANDS] = {2, 1, false, "label, value"},
	[SECTION_HEAT_MAP] = {3, 2, false, "row, column, value"},
	[SECTION_FUNNEL] = {2, 1, false, "label, value"},
	[SECTION_CALENDAR] = {2, 1, false, "day, value"},
	[SECTION_TEXT] = {1, 0, false, "paragraphs"},
};

static bool
unit_is_known(const char *name)
{
	FigureUnit	unit;

	return name[0] == '\0' || strcmp(name, "band") == 0 || strcmp(name, "sparkline") == 0 || figure_unit(name, &unit);
}

const char *
section_columns(SectionKind kind)
{
	return shapes[kind].columns;
}

/* In words; NULL: nothing is wrong. */
const char *
section_problem(Arena *arena, const Section *section)
{
	const SectionRows *rows = &section->rows;
	const Shape *shape = &shapes[section->kind];
	int			last = shape->series ? rows->n_columns - 1 : shape->figures;
	Markup		problem;

	markup_init(&problem, arena);
	if (rows->n_columns < shape->least)
		markup_format(&problem, "The query gives %d of %d columns. ", rows->n_columns, shape->least);
	for (int i = shape->figures; shape->figures > 0 && i <= last && i < rows->n_columns; i++)
		if (!rows->numeric[i])
			markup_format(&problem, "Column %d, \"%s\", is no number. ", i + 1, rows->names[i]);
	if (section->n_headings > rows->n_columns || section->n_units > rows->n_columns)
		markup_format(&problem, "There are %d headings and %d units for %d columns. ", section->n_headings, section->n_units, rows->n_columns);
	for (int i = 0; i < section->n_units; i++)
		if (!unit_is_known(section_unit(section, i)))
			markup_format(&problem, "\"%s\" is no unit. ", section->units[i]);
	if (problem.length == 0)
		return NULL;
	problem.text[problem.length - 1] = '\0';
	return problem.text;
}
