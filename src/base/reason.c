/*
 * reason.c
 *	  Why something failed, and who is told.
 *
 * The message of an error may quote a row that was read with the rights of an
 * author.  Invariant: it is shown to whoever has them, and to those who see what
 * all rules find, pulse_admin and pulse_analyst; others learn that there is one.
 * So the columns are granted to nobody else.
 */
#include "base/kept.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"

typedef struct ReasonKind
{
	const char *name;
	const char *query;			/* author, reason; $1: which */
} ReasonKind;

/* Tables are of rooms further down; an author of NULL is nobody in particular. */
static const ReasonKind kinds[] = {
	{"rule", "SELECT r.author::oid, r.reason FROM pulse_internal.rule AS r WHERE r.rule_id = $1::int4"},
	{"mapping", "SELECT coalesce(c.relowner, m.author::oid), m.reason FROM pulse_internal.mapping AS m"
	" LEFT JOIN pg_catalog.pg_class AS c ON c.oid = m.source WHERE m.mapping_id = $1::int4"},
	{"report", "SELECT r.author::oid, r.reason FROM pulse_internal.report AS r WHERE r.report_id = $1::int4"},
	{"page", "SELECT p.author::oid, p.reason FROM pulse_internal.page AS p WHERE p.page_id = $1::int4"},
	{"kpi", "SELECT v.author::oid, k.reason FROM pulse_internal.kpi AS k"
	" JOIN pulse_internal.kpi_version AS v ON v.kpi_id = k.kpi_id AND v.version = k.version WHERE k.kpi_id = $1::int4"},
	{"health", "SELECT s.author::oid, s.reason FROM pulse_internal.health_source AS s WHERE s.source_id = $1::int4"},
	{"job", "SELECT u.author::oid, j.last_error FROM pulse_internal.job AS j"
	" LEFT JOIN pulse_internal.user_job AS u ON u.name = j.name WHERE j.name = $1"},
};

static const char *
query_for(const char *kind)
{
	for (int i = 0; i < lengthof(kinds); i++)
		if (strcmp(kinds[i].name, kind) == 0)
			return kinds[i].query;
	elog(ERROR, "nothing has reasons of kind \"%s\"", kind);
}

/* NULL: there is none, or nothing that could have one. */
static char *
read_reason(const char *kind, Datum which, Oid *author)
{
	const char *query = query_for(kind);
	MemoryContext caller = CurrentMemoryContext;
	Oid			types[1] = {TEXTOID};
	char	   *reason = NULL;
	SpSpiScope	scope;

	*author = InvalidOid;
	sp_spi_begin_as(&scope, sp_owner_role());
	if (SPI_execute_with_args(query, 1, types, &which, NULL, true, 1) != SPI_OK_SELECT)
		elog(ERROR, "could not read why a %s failed", kind);
	if (SPI_processed == 1)
	{
		bool		isnull;
		Datum		owner = sp_datum_at(0, 1, &isnull);
		MemoryContext spi = MemoryContextSwitchTo(caller);

		*author = isnull ? InvalidOid : DatumGetObjectId(owner);
		reason = sp_text_at(0, 2);
		MemoryContextSwitchTo(spi);
	}
	sp_spi_end(&scope);
	return reason;
}

bool
sp_sees_as_author(Oid user, Oid author)
{
	return !OidIsValid(author) || user == sp_owner_role() || has_privs_of_role(user, author) ||
		has_privs_of_role(user, get_role_oid("pulse_admin", false)) ||
		has_privs_of_role(user, get_role_oid("pulse_analyst", false));
}

PG_FUNCTION_INFO_V1(sp_shown_reason);

/* (kind, which): why it failed, as the caller may know it; NULL: it did not */
Datum
sp_shown_reason(PG_FUNCTION_ARGS)
{
	Oid			user = GetUserId();
	Oid			author;
	char	   *reason = read_reason(text_to_cstring(PG_GETARG_TEXT_PP(0)), PG_GETARG_DATUM(1), &author);

	if (reason == NULL)
		PG_RETURN_NULL();
	if (!sp_sees_as_author(user, author))
		reason = psprintf("why is shown to %s", quote_identifier(GetUserNameFromId(author, true)));
	PG_RETURN_TEXT_P(cstring_to_text(reason));
}
