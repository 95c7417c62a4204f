/*
 * page.c
 *	  pulse.report_html and report_text: a page, its queries run as its author.
 *
 * A query gets the scope, the day and the language as $1, $2 and $3; it reads,
 * it cannot write.  What it says of days and instants does not depend on the
 * session: dates are ISO, instants are those of the business time zone.
 */
#include "report/page.h"

#include "calendar/daytime.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "parser/parse_coerce.h"
#include "rule/shell.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/guc.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(sp_report_html);
PG_FUNCTION_INFO_V1(sp_report_text);
PG_FUNCTION_INFO_V1(sp_page_recipients);

#define MOST_ROWS	2000

enum
{
	ARG_NAME, ARG_SCOPE, ARG_AS_OF, ARG_LANG
};

typedef struct Place
{
	const char *page;
	const char *what;
} Place;

static void
say_where(void *arg)
{
	Place	   *place = arg;

	errcontext("%s of page \"%s\"", sp_from_utf8(place->what), place->page);
}

/* undone with the scope of SPI */
static void
pin_settings(void)
{
	(void) set_config_option("datestyle", "ISO, YMD", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
	(void) set_config_option("intervalstyle", "postgres", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
	(void) set_config_option("extra_float_digits", "1", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
	/* many short queries: compiling one takes longer than running it */
	(void) set_config_option("jit", "off", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
	(void) set_config_option("timezone", sp_setting("timezone"), PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
}

static void
keep_rows(SectionRows *rows, MemoryContext memory)
{
	TupleDesc	desc = SPI_tuptable->tupdesc;
	uint64		n = Min(SPI_processed, MOST_ROWS);

	rows->n_columns = desc->natts;
	rows->n_rows = (int) n;
	rows->more = SPI_processed > MOST_ROWS;
	rows->names = MemoryContextAllocZero(memory, sizeof(char *) * (desc->natts + 1));
	rows->numeric = MemoryContextAllocZero(memory, desc->natts + 1);
	rows->cells = MemoryContextAllocHuge(memory, sizeof(char *) * (n * desc->natts + 1));
	for (int j = 0; j < desc->natts; j++)
	{
		rows->names[j] = MemoryContextStrdup(memory, sp_to_utf8(NameStr(TupleDescAttr(desc, j)->attname)));
		rows->numeric[j] = TypeCategory(TupleDescAttr(desc, j)->atttypid) == TYPCATEGORY_NUMERIC;
	}
	for (uint64 i = 0; i < n; i++)
		for (int j = 0; j < desc->natts; j++)
		{
			char	   *text = SPI_getvalue(SPI_tuptable->vals[i], desc, j + 1);

			rows->cells[i * desc->natts + j] = text !=NULL ? MemoryContextStrdup(memory, sp_to_utf8(text)) : NULL;
		}
}

void
page_run(const StoredPage *page, const char *what, const char *query, const PageArguments *arguments, SectionRows *rows)
{
	Place		place = {page->name, what};
	ErrorContextCallback context = {error_context_stack, say_where, &place};
	MemoryContext memory = CurrentMemoryContext;
	Oid			types[3] = {TEXTOID, DATEOID, TEXTOID};
	Datum		values[3];
	SpSpiScope	scope;

	values[0] = arguments->scope != NULL ? CStringGetTextDatum(arguments->scope) : (Datum) 0;
	values[1] = DateADTGetDatum(arguments->as_of);
	values[2] = CStringGetTextDatum(arguments->language == REPORT_ZH ? "zh" : "en");
	error_context_stack = &context;
	sp_spi_begin_as(&scope, page->author);
	pin_settings();
	if (SPI_execute_with_args(sp_from_utf8(query), 3, types, values, arguments->scope != NULL ? NULL : "n  ",
							  true, MOST_ROWS + 1) != SPI_OK_SELECT)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a query of a page must return rows"),
				 errdetail("It is another statement."),
				 errhint("Type one SELECT; $1 is the scope (text), $2 the day (date), $3 the language (text).")));
	keep_rows(rows, memory);
	sp_spi_end(&scope);
	error_context_stack = context.previous;
}

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

static void
digest_end(Markup *out, const PageHead *head)
{
}

static Datum
write_page(FunctionCallInfo fcinfo, const Writer *writer)
{
	PageArguments arguments;
	StoredPage	page;
	PageHead	head = {0};
	SectionRows sources;
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
		page_run(&page, "the freshness", page.freshness, &arguments, &sources);
		head.sources = &sources;
	}
	sp_arena_init(&arena, CurrentMemoryContext);
	markup_init(&out, &arena);
	writer->begin(&out, &head);
	for (int i = 0; i < page.n_sections; i++)
	{
		Section    *section = &page.sections[i].section;

		page_run(&page, psprintf("section %d (%s)", i + 1, section->title), page.sections[i].query, &arguments, &section->rows);
		writer->section(&out, section, arguments.language, i + 1);
	}
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
		page_run(&page, "the recipients", page.recipients, &arguments, &rows);
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
