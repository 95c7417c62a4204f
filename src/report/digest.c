/*
 * digest.c
 *	  A page as plain text, for a message.  Pure C.
 *
 * Charts are left to the page; figures and the head of each table are here.
 */
#include "report/html.h"

#include <string.h>

#define ROWS	5				/* of a table */

void
digest_begin(Markup *out, const PageHead *head)
{
	const SectionRows *rows = head->sources;

	/* the first two lines are the subject of the message */
	markup_format(out, "%s%s\n%s", head->title, page_is_partial(head) ? page_word(head->language, " (partial)", "（数据不完整）") : "",
				  head->scope != NULL ? head->scope : page_word(head->language, "Company", "全公司"));
	page_day(out, head, " · ", "");
	markup_add(out, "\n");
	for (int i = 0; rows != NULL && i < rows->n_rows; i++)
	{
		const char *source = row_cell(rows, i, 0);
		const char *mark = row_cell(rows, i, 1);
		const char *missing = row_cell(rows, i, 2);
		bool		late = missing != NULL && missing[0] != '\0';

		markup_format(out, page_word(head->language, "%s: as of %s%s%s\n", "%s：截至 %s%s%s\n"), source != NULL ? source : "",
					  mark != NULL ? mark : FIGURE_MISSING,
					  late ? page_word(head->language, "; PARTIAL, missing: ", "；数据不完整，缺少：") : "",
					  late ? missing : "");
	}
}

static void
figures(Markup *out, const Section *section, ReportLanguage language)
{
	const SectionRows *rows = &section->rows;

	for (int i = 0; i < rows->n_rows; i++)
	{
		const char *label = row_cell(rows, i, row_column_or(rows, "label", 0));
		const char *note = row_cell(rows, i, row_column(rows, "note"));

		markup_format(out, page_word(language, "%s: %s", "%s：%s"), label != NULL ? label : "",
					  row_figure(out->arena, section, i, row_column_or(rows, "value", 1), language));
		if (note != NULL)
			markup_format(out, page_word(language, " (%s)", "（%s）"), note);
		markup_add(out, "\n");
	}
}

static void
table(Markup *out, const Section *section, ReportLanguage language)
{
	const SectionRows *rows = &section->rows;

	for (int i = 0; i < rows->n_rows && i < ROWS; i++)
	{
		const char *between = "- ";

		for (int j = 0; j < rows->n_columns; j++)
		{
			const char *cell = row_cell(rows, i, j);

			if (cell == NULL || strcmp(section_unit(section, j), "sparkline") == 0)
				continue;
			if (j > 1)
				markup_format(out, "%s%s ", between, section_heading(section, j));
			else
				markup_add(out, between);
			markup_add(out, rows->numeric[j] ? row_figure(out->arena, section, i, j, language) : cell);
			between = page_word(language, ", ", "，");
		}
		markup_add(out, "\n");
	}
	if (rows->n_rows > ROWS)
		markup_format(out, page_word(language, "- and %d more\n", "- 另有 %d 条\n"), rows->n_rows - ROWS);
}

void
digest_section(Markup *out, const Section *section, ReportLanguage language)
{
	if (section->kind == SECTION_FIGURES || section->kind == SECTION_BANDS)
	{
		markup_add(out, "\n");
		figures(out, section, language);
	}
	else if (section->kind == SECTION_TABLE && section->rows.n_rows > 0)
	{
		markup_format(out, "\n%s\n", section->title);
		table(out, section, language);
	}
}

void
digest_end(Markup *out, const PageHead *head)
{
	if (head->reader != NULL)
		markup_format(out, page_word(head->language, "\nShows what %s may see.\n", "\n仅显示 %s 可见的行。\n"), head->reader);
}
