/*
 * page_save.c
 *	  Pages are written as pulse_owner, and name their author, whom only C knows.
 */
#include "report/page.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(sp_save_page);
PG_FUNCTION_INFO_V1(sp_drop_page);

enum
{
	ARG_NAME, ARG_TITLE_EN, ARG_TITLE_ZH, ARG_SECTIONS, ARG_FRESHNESS, ARG_RECIPIENTS, ARG_SEND_AT, ARG_REPLACE,
	N_VALUES = ARG_REPLACE + 1	/* the last is the author */
};

static Oid	types[N_VALUES] = {TEXTOID, TEXTOID, TEXTOID, JSONBOID, TEXTOID, TEXTOID, TIMEOID, OIDOID};

static uint64
write_rows(const char *sql, int expected, Datum *values, const char *nulls)
{
	return sp_execute_as_owner(sql, expected, N_VALUES, types, values, nulls);
}

static void
write_sections(Datum *values, const char *nulls)
{
	(void) write_rows("DELETE FROM pulse_internal.page_section AS s USING pulse_internal.page AS p"
					  " WHERE p.name = $1 AND s.page_id = p.page_id", SPI_OK_DELETE, values, nulls);
	(void) write_rows("INSERT INTO pulse_internal.page_section"
					  " SELECT p.page_id, x.n, x.s ->> 'kind', x.s ->> 'title_en', x.s ->> 'title_zh', x.s ->> 'note_en', x.s ->> 'note_zh',"
					  " x.s ->> 'query', x.s ->> 'unit', (x.s ->> 'digits')::int,"
					  " (SELECT array_agg(h.h ORDER BY h.n) FROM jsonb_array_elements_text(x.s -> 'headings_en') WITH ORDINALITY AS h(h, n)),"
					  " (SELECT array_agg(h.h ORDER BY h.n) FROM jsonb_array_elements_text(x.s -> 'headings_zh') WITH ORDINALITY AS h(h, n)),"
					  " (SELECT array_agg(h.h ORDER BY h.n) FROM jsonb_array_elements_text(x.s -> 'units') WITH ORDINALITY AS h(h, n)),"
					  " (x.s ->> 'wide')::boolean"
					  " FROM pulse_internal.page AS p, jsonb_array_elements($4) WITH ORDINALITY AS x(s, n) WHERE p.name = $1",
					  SPI_OK_INSERT, values, nulls);
}

/* (name, title_en, title_zh, sections, freshness, recipients, send_at, replace) */
Datum
sp_save_page(PG_FUNCTION_ARGS)
{
	Datum		values[N_VALUES];
	char		nulls[N_VALUES + 1] = {0};
	char	   *name = text_to_cstring(PG_GETARG_TEXT_PP(ARG_NAME));
	StoredPage	page;

	for (int i = 0; i < N_VALUES - 1; i++)
	{
		values[i] = PG_GETARG_DATUM(i);
		nulls[i] = PG_ARGISNULL(i) ? 'n' : ' ';
	}
	values[N_VALUES - 1] = ObjectIdGetDatum(GetUserId());
	nulls[N_VALUES - 1] = ' ';
	if (PG_GETARG_BOOL(ARG_REPLACE))
	{
		page_load(name, REPORT_EN, &page);
		report_require_author(page.author, "page", name);
		(void) write_rows("UPDATE pulse_internal.page SET title_en = coalesce($2, title_en), title_zh = coalesce($3, title_zh),"
						  " freshness = coalesce($5, freshness), recipients = coalesce($6, recipients), send_at = coalesce($7, send_at),"
						  " author = $8 WHERE name = $1", SPI_OK_UPDATE, values, nulls);
	}
	else if (write_rows("INSERT INTO pulse_internal.page (name, title_en, title_zh, freshness, recipients, send_at, author, created_at)"
						" VALUES ($1, $2, $3, $5, $6, $7, $8, pulse.clock()) ON CONFLICT DO NOTHING",
						SPI_OK_INSERT, values, nulls) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_OBJECT),
				 errmsg("page \"%s\" already exists", name),
				 errdetail("Names of pages are unique."),
				 errhint("SELECT pulse.alter_page(...) changes it, pulse.drop_page('%s') drops it.", name)));
	if (!PG_ARGISNULL(ARG_SECTIONS))
		write_sections(values, nulls);
	PG_RETURN_VOID();
}

Datum
sp_drop_page(PG_FUNCTION_ARGS)
{
	Oid			type[1] = {TEXTOID};
	Datum		value[1] = {PG_GETARG_DATUM(0)};
	char	   *name = text_to_cstring(PG_GETARG_TEXT_PP(0));
	StoredPage	page;

	page_load(name, REPORT_EN, &page);
	report_require_author(page.author, "page", name);
	(void) sp_execute_as_owner("DELETE FROM pulse_internal.page WHERE name = $1", SPI_OK_DELETE, 1, type, value, NULL);
	PG_RETURN_VOID();
}
