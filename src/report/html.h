/*
 * html.h
 *	  A page as one HTML document, and as plain text.  Pure C.
 *
 * Rows come as text, as their query gave them; nothing of them reaches the
 * document unescaped.  The document refers to nothing outside itself and holds
 * no script.
 */
#ifndef SP_REPORT_HTML_H
#define SP_REPORT_HTML_H

#include <stdbool.h>

#include "report/figure.h"
#include "report/markup.h"

typedef enum SectionKind
{
	SECTION_FIGURES,
	SECTION_TABLE,
	SECTION_LINE,
	SECTION_BAR,
	SECTION_STACK,
	SECTION_BANDS,
	SECTION_HEAT_MAP,
	SECTION_FUNNEL,
	SECTION_CALENDAR,
	SECTION_TEXT,
	SECTION_KINDS
} SectionKind;

typedef struct SectionRows
{
	int			n_columns;
	const char **names;
	bool	   *numeric;
	int			n_rows;
	bool		more;			/* than are here */
	const char **cells;			/* row by row; NULL: null */
} SectionRows;

typedef struct Section
{
	SectionKind kind;
	const char *title;
	const char *note;			/* or NULL */
	FigureUnit	unit;
	int			digits;
	int			n_headings;
	const char **headings;		/* of columns; the query's names where there
								 * are none */
	int			n_units;
	const char **units;			/* of columns of a table */
	bool		wide;
	SectionRows rows;
} Section;

typedef struct PageHead
{
	const char *title;
	const char *scope;			/* NULL: everything */
	const char *as_of;
	int			weekday;		/* of it; 0: Sunday */
	const char *made_at;		/* with the zone it is told in */
	ReportLanguage language;
	const SectionRows *sources; /* source, watermark, missing; or NULL */
	const char *reader;			/* whose rows some of it shows; NULL: the
								 * author's only */
} PageHead;

extern const char *section_columns(SectionKind kind);	/* in words */
extern const char *section_problem(Arena *arena, const Section *section);
extern bool section_kind_named(const char *name, SectionKind *kind);
extern const char *row_cell(const SectionRows *rows, int row, int column);
extern int	row_column(const SectionRows *rows, const char *name);	/* -1: none */
extern int	row_column_or(const SectionRows *rows, const char *name, int otherwise);
extern const char *row_figure(Arena *arena, const Section *section, int row, int column,
							  ReportLanguage language);
extern const char *section_heading(const Section *section, int column);
extern const char *section_unit(const Section *section, int column);	/* "": none */
extern const char *page_word(ReportLanguage language, const char *en, const char *zh);

extern bool page_is_partial(const PageHead *head);
extern void page_day(Markup *out, const PageHead *head, const char *open, const char *close);

extern void html_begin(Markup *out, const PageHead *head);
extern void html_section(Markup *out, const Section *section, ReportLanguage language, int number);
extern void html_end(Markup *out, const PageHead *head);

extern void digest_begin(Markup *out, const PageHead *head);
extern void digest_section(Markup *out, const Section *section, ReportLanguage language);
extern void digest_end(Markup *out, const PageHead *head);

/* ---- html_chart.c, html_style.c ---- */

extern void html_chart(Markup *out, const Section *section, ReportLanguage language);
extern void html_bands(Markup *out, const Section *section, ReportLanguage language);
extern const char *html_band_word(const char *band, ReportLanguage language);
extern const char *html_style(void);

#endif							/* SP_REPORT_HTML_H */
