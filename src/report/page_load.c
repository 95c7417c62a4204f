/*
 * page_load.c
 *	  A page from its tables.
 */
#include "report/page.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "rule/shell.h"
#include "utils/builtins.h"

/* of the row under way, in UTF-8, in the caller's memory; NULL: null */
static char *
column_text(HeapTuple tuple, int column, MemoryContext memory)
{
	char	   *text = SPI_getvalue(tuple, SPI_tuptable->tupdesc, column);

	return text !=NULL ? MemoryContextStrdup(memory, sp_to_utf8(text)) : NULL;
}

static const char **
column_texts(HeapTuple tuple, int column, MemoryContext memory, int *n)
{
	bool		isnull;
	Datum		array = SPI_getbinval(tuple, SPI_tuptable->tupdesc, column, &isnull);
	Datum	   *values;
	bool	   *nulls;
	const char **texts;

	*n = 0;
	if (isnull)
		return NULL;
	deconstruct_array(DatumGetArrayTypeP(array), TEXTOID, -1, false, TYPALIGN_INT, &values, &nulls, n);
	texts = MemoryContextAllocZero(memory, sizeof(char *) * (*n + 1));
	for (int i = 0; i < *n; i++)
		if (!nulls[i])
			texts[i] = MemoryContextStrdup(memory, sp_to_utf8(TextDatumGetCString(values[i])));
	return texts;
}

static void
read_head(StoredPage *page, const char *name, MemoryContext memory)
{
	HeapTuple	tuple;
	bool		isnull;

	if (SPI_processed == 0)
		ereport(ERROR,
				(errcode(ERRCODE_SP_UNKNOWN_PAGE),
				 errmsg("unknown page \"%s\"", name),
				 errdetail("There is no page of that name."),
				 errhint("Look at SELECT name FROM pulse.pages, or make one with pulse.create_page().")));
	tuple = SPI_tuptable->vals[0];
	page->name = MemoryContextStrdup(memory, name);
	page->titles[REPORT_EN] = column_text(tuple, 1, memory);
	page->titles[REPORT_ZH] = column_text(tuple, 2, memory);
	page->freshness = column_text(tuple, 3, memory);
	page->recipients = column_text(tuple, 4, memory);
	page->author = DatumGetObjectId(SPI_getbinval(tuple, SPI_tuptable->tupdesc, 5, &isnull));
}

static void
read_section(StoredSection *stored, HeapTuple tuple, MemoryContext memory)
{
	Section    *section = &stored->section;
	char	   *unit = column_text(tuple, 5, memory);
	bool		isnull;

	if (!section_kind_named(column_text(tuple, 1, memory), &section->kind))
		elog(ERROR, "a stored section is of an unknown kind");
	section->title = column_text(tuple, 2, memory);
	section->note = column_text(tuple, 3, memory);
	stored->query = column_text(tuple, 4, memory);
	section->unit = report_unit(unit != NULL ? unit : "number");
	section->digits = DatumGetInt32(SPI_getbinval(tuple, SPI_tuptable->tupdesc, 6, &isnull));
	section->headings = column_texts(tuple, 7, memory, &section->n_headings);
	section->units = column_texts(tuple, 8, memory, &section->n_units);
	section->wide = DatumGetBool(SPI_getbinval(tuple, SPI_tuptable->tupdesc, 9, &isnull));
}

static void
select_rows(const char *sql, const char *name, ReportLanguage language)
{
	Oid			types[2] = {TEXTOID, TEXTOID};
	Datum		values[2];

	values[0] = CStringGetTextDatum(name);
	values[1] = CStringGetTextDatum(language == REPORT_ZH ? "zh" : "en");
	if (SPI_execute_with_args(sql, 2, types, values, NULL, false, 0) != SPI_OK_SELECT)
		elog(ERROR, "the page could not be read");
}

void
page_load(const char *name, ReportLanguage language, StoredPage *page)
{
	MemoryContext memory = CurrentMemoryContext;
	SpSpiScope	scope;

	sp_spi_begin_as(&scope, sp_owner_role());
	select_rows("SELECT title_en, coalesce(title_zh, title_en), freshness, recipients, author::oid"
				" FROM pulse_internal.page WHERE name = $1 AND $2 IS NOT NULL", name, language);
	read_head(page, name, memory);
	select_rows("SELECT s.kind, CASE $2 WHEN 'zh' THEN coalesce(s.title_zh, s.title_en) ELSE s.title_en END,"
				" CASE $2 WHEN 'zh' THEN coalesce(s.note_zh, s.note_en) ELSE s.note_en END, s.query, s.unit, coalesce(s.digits, -1),"
				" CASE $2 WHEN 'zh' THEN coalesce(s.headings_zh, s.headings_en) ELSE s.headings_en END, s.units, coalesce(s.wide, false)"
				" FROM pulse_internal.page AS p JOIN pulse_internal.page_section AS s ON s.page_id = p.page_id"
				" WHERE p.name = $1 ORDER BY s.ordinal", name, language);
	page->n_sections = (int) SPI_processed;
	page->sections = MemoryContextAllocZero(memory, sizeof(StoredSection) * (page->n_sections + 1));
	for (int i = 0; i < page->n_sections; i++)
		read_section(&page->sections[i], SPI_tuptable->vals[i], memory);
	sp_spi_end(&scope);
}

/* What people call a scope: the label of the value, or else itself; in UTF-8. */
const char *
page_scope_title(const char *scope, ReportLanguage language)
{
	MemoryContext memory = CurrentMemoryContext;
	const char *title = NULL;
	SpSpiScope	spi;

	sp_spi_begin_as(&spi, sp_owner_role());
	select_rows("SELECT pg_catalog.split_part(CASE $2 WHEN 'zh' THEN coalesce(l.zh, l.en) ELSE coalesce(l.en, l.zh) END, '|', 1) FROM pulse_internal.label AS l"
				" WHERE l.class = 'value' AND l.name = $1 ORDER BY l.scope LIMIT 1", scope, language);
	if (SPI_processed > 0)
		title = column_text(SPI_tuptable->vals[0], 1, memory);
	sp_spi_end(&spi);
	return title != NULL ? title : sp_to_utf8(pstrdup(scope));
}
