/*
 * page.h
 *	  A page as it is kept, and its queries as they run.
 */
#ifndef SP_REPORT_PAGE_H
#define SP_REPORT_PAGE_H

#include "report/report.h"

#include "report/html.h"
#include "utils/date.h"

typedef struct StoredSection
{
	Section		section;
	const char *query;
} StoredSection;

typedef struct StoredPage
{
	const char *name;
	const char *titles[REPORT_LANGUAGES];
	const char *freshness;		/* or NULL */
	const char *recipients;		/* or NULL */
	Oid			author;
	int			n_sections;
	StoredSection *sections;
} StoredPage;

/* what $1, $2, $3 of its queries are */
typedef struct PageArguments
{
	const char *scope;			/* NULL: everything */
	DateADT		as_of;
	ReportLanguage language;
	Oid			reader;			/* who asks; invalid: nobody, it is sent */
} PageArguments;

extern void page_load(const char *name, ReportLanguage language, StoredPage *page);
extern const char *page_scope_title(const char *scope, ReportLanguage language);
extern bool page_run(const StoredPage *page, const char *what, const char *query,
					 const PageArguments *arguments, SectionRows *rows);

#endif							/* SP_REPORT_PAGE_H */
