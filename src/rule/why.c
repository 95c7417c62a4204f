/*
 * why.c
 *	  pulse.why(): a firing explained in sentences, from its own record.
 *
 * What is said is what the sweep wrote down when it fired (times, trigger row,
 * window), so an explanation does not change with the data.  Instants are
 * printed in the business time zone.
 */
#include "rule/why.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "rule/shell.h"
#include "utils/builtins.h"

#define INSTANT_TEXT(column) \
	"pg_catalog.to_char(pg_catalog.timezone($2, " column "), 'YYYY-MM-DD HH24:MI:SS')"

/* the columns of the event header are no facts about the business */
static const char *const why_query =
"SELECT coalesce(r.name, f.evidence ->> 'rule'), r.rule::pg_catalog.text, f.key_name, f.key, f.step, f.mode,"
" f.superseded, " INSTANT_TEXT("f.due_at") ", " INSTANT_TEXT("f.swept_at") ", "
INSTANT_TEXT("f.released_at") ", k.name, "
INSTANT_TEXT("(f.evidence -> 'trigger' ->> 'at')::pg_catalog.timestamptz") ", "
INSTANT_TEXT("(f.evidence ->> 'anchor')::pg_catalog.timestamptz") ", "
INSTANT_TEXT("(f.evidence -> 'window' ->> 'since')::pg_catalog.timestamptz") ", "
INSTANT_TEXT("(f.evidence -> 'window' ->> 'until')::pg_catalog.timestamptz") ","
" f.evidence -> 'window' ->> 'event', f.evidence ->> 'calendar',"
" ARRAY(SELECT x FROM (SELECT t.name, t.value FROM pg_catalog.jsonb_each_text("
"  f.evidence -> 'trigger') WITH ORDINALITY AS t(name, value, place)"
"  WHERE t.name NOT IN ('event_id', 'at', 'recorded', 'txid', 'dedup_key')"
"  AND t.value IS NOT NULL ORDER BY t.place) AS c, unnest(ARRAY[c.name, c.value]) AS x), "
INSTANT_TEXT("f.late_answer_at") ", f.repetition, f.guard, f.withheld, r.author::pg_catalog.oid,"
" f.evidence -> 'schedule' ->> 'missed',"
" ARRAY(SELECT coalesce(u.x, '') FROM pg_catalog.jsonb_array_elements(coalesce(f.evidence -> 'told', '[]'))"
"  WITH ORDINALITY AS t(o, place), unnest(ARRAY[t.o ->> 'role', t.o ->> 'staff', t.o ->> 'channel',"
"  t.o ->> 'found_by', t.o ->> 'instead_of']) WITH ORDINALITY AS u(x, n) ORDER BY t.place, u.n)"
" FROM pulse_internal.firing AS f LEFT JOIN pulse_internal.rule AS r ON r.rule_id = f.rule_id"
" LEFT JOIN pulse_internal.event_kind AS k ON k.kind_id = f.trigger_kind"
" WHERE f.firing_id = $1";

static char *
text_column(int column)
{
	return SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, column);
}

/* A column that holds groups of texts; how many groups. */
static int
text_groups(int column, int size, const char ***texts)
{
	bool		isnull;
	Datum		value = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, column, &isnull);
	Datum	   *values;
	bool	   *nulls;
	int			count;

	deconstruct_array(DatumGetArrayTypeP(value), TEXTOID, -1, false, TYPALIGN_INT,
					  &values, &nulls, &count);
	*texts = palloc(sizeof(char *) * Max(count, 1));
	for (int i = 0; i < count; i++)
		(*texts)[i] = nulls[i] ? "" : TextDatumGetCString(values[i]);
	return count / size;
}

static void
read_facts(WhyFacts *facts)
{
	bool		isnull;

	facts->rule_name = text_column(1);
	facts->rule_text = text_column(2);
	facts->key_name = text_column(3);
	facts->key = text_column(4);
	facts->step = DatumGetInt32(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc,
											  5, &isnull));
	facts->shadow = strcmp(text_column(6), "shadow") == 0;
	facts->superseded = DatumGetBool(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc,
												   7, &isnull));
	facts->due_at = text_column(8);
	facts->swept_at = text_column(9);
	facts->released_at = text_column(10);
	facts->trigger_event = text_column(11);
	facts->trigger_at = text_column(12);
	facts->anchor = text_column(13);
	facts->window_since = text_column(14);
	facts->window_until = text_column(15);
	facts->window_event = text_column(16);
	facts->calendar = text_column(17);
	facts->late_answer_at = text_column(19);
	facts->repetition = DatumGetInt32(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc,
													20, &isnull));
	facts->guard = text_column(21);
	facts->withheld = text_column(22);
	facts->missed = text_column(24);
	facts->column_count = text_groups(18, 2, &facts->columns);
	facts->told_count = text_groups(25, TOLD_FIELDS, &facts->told);
}

static void
find_firing(int64 firing_id, Oid user, WhyFacts *facts)
{
	Datum		author;
	bool		isnull;

	Oid			types[2] = {INT8OID, TEXTOID};
	Datum		values[2] = {Int64GetDatum(firing_id), CStringGetTextDatum(sp_setting("timezone"))};

	if (SPI_execute_with_args(why_query, 2, types, values, NULL, true, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not read the firing");
	if (SPI_processed == 0)
		ereport(ERROR,
				(errcode(ERRCODE_NO_DATA_FOUND),
				 errmsg("unknown firing " INT64_FORMAT, firing_id),
				 errdetail("There is no firing of that number."),
				 errhint("Look at SELECT firing_id FROM pulse.firings.")));
	read_facts(facts);
	author = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 23, &isnull);
	sp_check_may_look(user, isnull ? InvalidOid : DatumGetObjectId(author), facts->rule_name);
}

static Tongue
chosen_tongue(const char *lang)
{
	if (strcmp(lang, "zh") == 0)
		return TONGUE_ZH;
	if (strcmp(lang, "en") != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("unknown language \"%s\"", lang),
				 errdetail("Explanations are given in English and Chinese."),
				 errhint("Type 'en' or 'zh'.")));
	return TONGUE_EN;
}

PG_FUNCTION_INFO_V1(sp_why);

/* (firing, lang or NULL) -> text */
Datum
sp_why(PG_FUNCTION_ARGS)
{
	Tongue		tongue;
	MemoryContext context = CurrentMemoryContext;
	WhyFacts	facts = {0};
	Oid			user = GetUserId();
	SpSpiScope	scope;
	Arena		arena;
	char	   *result;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	tongue = chosen_tongue(PG_ARGISNULL(1) ? sp_setting("language")
						   : text_to_cstring(PG_GETARG_TEXT_PP(1)));
	sp_arena_init(&arena, CurrentMemoryContext);
	sp_spi_begin_as(&scope, sp_owner_role());
	find_firing(PG_GETARG_INT64(0), user, &facts);
	if (facts.rule_text != NULL)
	{
		LangError	error = {0};

		facts.rule = lang_parse(&arena, facts.rule_text, strlen(facts.rule_text),
								TONGUE_EN, NULL, &error);
	}
	facts.vocabulary = sp_vocabulary();
	result = MemoryContextStrdup(context, sp_why_text(&facts, tongue));
	sp_spi_end(&scope);
	PG_RETURN_TEXT_P(cstring_to_text(result));
}
