/*
 * page.c
 *	  pulse.report_html and report_text: a page, section by section.
 *
 * Who asks is the reader; a page that is sent is made by the engine, for whom
 * its scope is meant, and has none.
 */
#include "report/page.h"

#include "calendar/daytime.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "rule/shell.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(sp_report_html);
PG_FUNCTION_INFO_V1(sp_report_text);
PG_FUNCTION_INFO_V1(sp_page_recipients);

enum
{
	ARG_NAME, ARG_SCOPE, ARG_AS_OF, ARG_LANG
};

static char *
day_text(DateADT day)
{
	int			year;
	int			month;
	int			date;

	j2date(day + POSTGRES_EPOCH_JDATE, &year, &month, &date);
	return psprintf("%04d-%02d-%02d", year, month, date);
}

/* the clock, on the wall of the business time zone, which is named */
static char *
now_text(void)
{
	struct pg_tm tm;
	fsec_t		fraction;
	int			zone;

	if (timestamp2tm(sp_clock(), &zone, &tm, &fraction, NULL, sp_business_timezone()) != 0)
		return "";
	return psprintf("%04d-%02d-%02d %02d:%02d (%s)", tm.tm_year, tm.tm_mon, tm.tm_mday, tm.tm_hour, tm.tm_min, sp_setting("timezone"));
}

static void
read_arguments(FunctionCallInfo fcinfo, PageArguments *arguments)
{
	char	   *name = report_text_argument(fcinfo, ARG_NAME);

	report_require(name, "name", "Look at SELECT name FROM pulse.pages.");
	arguments->language = report_language(report_text_argument(fcinfo, ARG_LANG));
	arguments->scope = report_text_argument(fcinfo, ARG_SCOPE);
	arguments->as_of = PG_ARGISNULL(ARG_AS_OF) ? sp_day_of(sp_clock()) : PG_GETARG_DATEADT(ARG_AS_OF);
	if (DATE_NOT_FINITE(arguments->as_of) || arguments->as_of < DATETIME_MIN_JULIAN - POSTGRES_EPOCH_JDATE ||
		arguments->as_of > date2j(9999, 12, 31) - POSTGRES_EPOCH_JDATE)
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("as_of is out of range"),
				 errdetail("A page is of a day up to the year 9999."),
				 errhint("Type a date, or leave it out for today.")));
	arguments->reader = GetUserId() == sp_owner_role() ? InvalidOid : GetUserId();
}

typedef struct Writer
{
	void		(*begin) (Markup *, const PageHead *);
	void		(*section) (Markup *, const Section *, ReportLanguage, int);
	void		(*end) (Markup *, const PageHead *);
} Writer;

static void
digest_numbered(Markup *out, const Section *section, ReportLanguage language, int number)
{
	digest_section(out, section, language);
}

/* what the query of a section gives, if the section can show it */
static bool
fill_section(const StoredPage *page, int number, const PageArguments *arguments, Arena *arena)
{
	Section    *section = &page->sections[number - 1].section;
	bool		by_reader = page_run(page, psprintf("section %d (%s)", number, section->title), page->sections[number - 1].query,
									 arguments, &section->rows);
	const char *problem = section_problem(arena, section);

	if (problem != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("section %d (%s) of page \"%s\" cannot be shown", number, sp_from_utf8(section->title), page->name),
				 errdetail("%s", sp_from_utf8(problem)),
				 errhint("A section of this kind shows: %s.", section_columns(section->kind))));
	return by_reader;
}

static Datum
write_page(FunctionCallInfo fcinfo, const Writer *writer)
{
	PageArguments arguments;
	StoredPage	page;
	PageHead	head = {0};
	SectionRows sources;
	bool		by_reader = false;
	Arena		arena;
	Markup		out;

	read_arguments(fcinfo, &arguments);
	page_load(report_text_argument(fcinfo, ARG_NAME), arguments.language, &page);
	head.title = page.titles[arguments.language];
	head.scope = arguments.scope != NULL ? page_scope_title(arguments.scope, arguments.language) : NULL;
	head.as_of = day_text(arguments.as_of);
	head.weekday = j2day(arguments.as_of + POSTGRES_EPOCH_JDATE);
	head.made_at = now_text();
	head.language = arguments.language;
	if (page.freshness != NULL)
	{
		by_reader = page_run(&page, "the freshness", page.freshness, &arguments, &sources);
		head.sources = &sources;
	}
	sp_arena_init(&arena, CurrentMemoryContext);
	markup_init(&out, &arena);
	writer->begin(&out, &head);
	for (int i = 0; i < page.n_sections; i++)
	{
		by_reader |= fill_section(&page, i + 1, &arguments, &arena);
		writer->section(&out, &page.sections[i].section, arguments.language, i + 1);
	}
	if (by_reader)
		head.reader = sp_to_utf8(GetUserNameFromId(arguments.reader, false));
	writer->end(&out, &head);
	return PointerGetDatum(cstring_to_text(sp_from_utf8(out.text)));
}

Datum
sp_report_html(PG_FUNCTION_ARGS)
{
	static const Writer writer = {html_begin, html_section, html_end};

	return write_page(fcinfo, &writer);
}

Datum
sp_report_text(PG_FUNCTION_ARGS)
{
	static const Writer writer = {digest_begin, digest_numbered, digest_end};

	return write_page(fcinfo, &writer);
}

/* (name, as_of): an array of scope, staff, scope, staff ... */
Datum
sp_page_recipients(PG_FUNCTION_ARGS)
{
	PageArguments arguments = {.as_of = PG_GETARG_DATEADT(1),.language = REPORT_EN};
	StoredPage	page;
	SectionRows rows = {0};
	Datum	   *pairs;
	int			n = 0;

	page_load(text_to_cstring(PG_GETARG_TEXT_PP(0)), REPORT_EN, &page);
	if (page.recipients != NULL)
		(void) page_run(&page, "the recipients", page.recipients, &arguments, &rows);
	pairs = palloc(sizeof(Datum) * (2 * rows.n_rows + 1));
	for (int i = 0; i < rows.n_rows; i++)
	{
		const char *scope = row_cell(&rows, i, 0);
		const char *staff = row_cell(&rows, i, 1);

		if (staff == NULL)
			continue;
		pairs[n++] = CStringGetTextDatum(scope != NULL ? sp_from_utf8(scope) : "");
		pairs[n++] = CStringGetTextDatum(sp_from_utf8(staff));
	}
	PG_RETURN_ARRAYTYPE_P(construct_array(pairs, n, TEXTOID, -1, false, TYPALIGN_INT));
}
