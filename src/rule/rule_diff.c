/*
 * rule_diff.c
 *	  pulse.rule_diff(): two versions of a rule, word by word.
 *
 * The canonical sentences are compared, so a change of mere wording shows as
 * none.  The longest common subsequence of their words stays; in Chinese each
 * character is a word, and so is each run of letters or digits.
 */
#include "rule/shell.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "rule/lang_internal.h"
#include "utils/builtins.h"
#include "utils/tuplestore.h"

#define MAX_CELLS	4000000		/* of the table; beyond, all is taken for
								 * changed */

typedef struct Words
{
	const char **starts;
	int		   *lengths;
	int			count;
} Words;

typedef enum Change
{
	CHANGE_SAME, CHANGE_REMOVED, CHANGE_ADDED
} Change;

typedef struct DiffOut
{
	ReturnSetInfo *result;
	bool		blanks;			/* between words */
	Change		change;
	StringInfoData words;
	int			rows;
} DiffOut;

static int
word_length(const char *text, size_t left, bool blanks)
{
	uint32_t	character = 0;
	size_t		size = 0;

	if (blanks)
	{
		while (size < left && text[size] != ' ' && text[size] != '\n')
			size++;
		return (int) size;
	}
	while (size < left && (isalnum((unsigned char) text[size]) || text[size] == '_'))
		size++;
	return size > 0 ? (int) size : Max(utf8_decode(text, left, &character), 1);
}

static Words
split_words(const char *text, bool blanks)
{
	size_t		length = strlen(text);
	Words		words = {palloc(sizeof(char *) * (length + 1)), palloc(sizeof(int) * (length + 1)), 0};

	for (size_t at = 0; at < length;)
	{
		int			size;

		if (text[at] == ' ' || text[at] == '\n')
		{
			at++;
			continue;
		}
		size = word_length(text +at, length - at, blanks);
		words.starts[words.count] = text +at;

		words.lengths[words.count++] = size;
		at += size;
	}
	return words;
}

static bool
same_word(const Words *a, int i, const Words *b, int j)
{
	return a->lengths[i] == b->lengths[j] && memcmp(a->starts[i], b->starts[j], a->lengths[i]) == 0;
}

/* ---- rows ---- */

static void
end_row(DiffOut *out)
{
	static const char *const names[] = {"same", "removed", "added"};
	Datum		values[3];
	bool		nulls[3] = {false, false, false};

	if (out->words.len == 0)
		return;
	values[0] = Int32GetDatum(++out->rows);
	values[1] = CStringGetTextDatum(names[out->change]);
	values[2] = CStringGetTextDatum(sp_from_utf8(out->words.data));
	tuplestore_putvalues(out->result->setResult, out->result->setDesc, values, nulls);
	resetStringInfo(&out->words);
}

static void
put_diff_word(DiffOut *out, Change change, const Words *words, int i)
{
	if (change != out->change)
		end_row(out);
	out->change = change;
	if (out->blanks && out->words.len > 0)
		appendStringInfoChar(&out->words, ' ');
	appendBinaryStringInfo(&out->words, words->starts[i], words->lengths[i]);
}

/* lengths[i][j]: of the longest common subsequence from there on */
static uint16 *
common_lengths(const Words *a, const Words *b)
{
	size_t		width = b->count + 1;
	uint16	   *lengths = palloc0(sizeof(uint16) * (a->count + 1) * width);

	for (int i = a->count - 1; i >= 0; i--)
		for (int j = b->count - 1; j >= 0; j--)
			lengths[i * width + j] = same_word(a, i, b, j)
				? lengths[(i + 1) * width + j + 1] + 1
				: Max(lengths[(i + 1) * width + j], lengths[i * width + j + 1]);
	return lengths;
}

static void
compare_words(DiffOut *out, const Words *a, const Words *b)
{
	bool		small = (size_t) (a->count + 1) * (b->count + 1) <= MAX_CELLS;
	uint16	   *lengths = small ? common_lengths(a, b) : NULL;
	size_t		width = b->count + 1;
	int			i = 0;
	int			j = 0;

	while (i < a->count || j < b->count)
	{
		if (small && i < a->count && j < b->count && same_word(a, i, b, j))
		{
			put_diff_word(out, CHANGE_SAME, a, i++);
			j++;
		}
		else if (i < a->count &&
				 (j == b->count || !small ||
				  lengths[(i + 1) * width + j] >= lengths[i * width + j + 1]))
			put_diff_word(out, CHANGE_REMOVED, a, i++);
		else
			put_diff_word(out, CHANGE_ADDED, b, j++);
	}
	end_row(out);
}

/* ---- the versions ---- */

static void
refuse_version(const char *name, int version)
{
	ereport(ERROR,
			(errcode(ERRCODE_SP_UNKNOWN_RULE),
			 errmsg("rule \"%s\" has no version %d", name, version),
			 errdetail("There is no rule of that name, or it never had that version."),
			 errhint("See SELECT name, version, sentence FROM pulse.rule_versions.")));
}

/* The canonical sentence of a version, in UTF-8. */
static const char *
version_text(Arena *arena, const char *name, int version, Tongue tongue)
{
	MemoryContext caller = CurrentMemoryContext;
	Oid			types[2] = {TEXTOID, INT4OID};
	Datum		values[2] = {CStringGetTextDatum(name), Int32GetDatum(version)};
	char	   *text = NULL;
	LangError	error;
	const Rule *rule;
	SpSpiScope	scope;

	sp_spi_begin_as(&scope, sp_owner_role());
	if (SPI_execute_with_args("SELECT v.rule::pg_catalog.text FROM pulse_internal.rule_version AS v"
							  " LEFT JOIN pulse_internal.rule AS r ON r.rule_id = v.rule_id"
							  " WHERE coalesce(r.name, v.name) = $1 AND v.version = $2"
							  " ORDER BY r.rule_id IS NULL, v.rule_id DESC LIMIT 1",
							  2, types, values, NULL, true, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not read the versions");
	if (SPI_processed > 0)
		text = MemoryContextStrdup(caller, SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1));

	sp_spi_end(&scope);
	if (text == NULL)
		refuse_version(name, version);
	text = sp_to_utf8(text);

	rule = lang_parse(arena, text, strlen(text), TONGUE_EN, NULL, &error);
	if (rule == NULL)
		elog(ERROR, "version %d of rule \"%s\" can't be read: %s", version, name, error.message);
	return lang_print(arena, rule, tongue, sp_vocabulary());
}

PG_FUNCTION_INFO_V1(sp_rule_diff);

/* (name, from_version, to_version, lang or NULL): (part, change, words) */
Datum
sp_rule_diff(PG_FUNCTION_ARGS)
{
	char	   *name = text_to_cstring(PG_GETARG_TEXT_PP(0));
	Tongue		tongue;
	DiffOut		out = {.result = (ReturnSetInfo *) fcinfo->resultinfo};
	Arena		arena;
	Words		before;
	Words		after;

	InitMaterializedSRF(fcinfo, 0);
	tongue = sp_tongue_of(PG_ARGISNULL(3) ? sp_setting("language")
						  : text_to_cstring(PG_GETARG_TEXT_PP(3)));
	out.blanks = tongue == TONGUE_EN;
	initStringInfo(&out.words);
	sp_arena_init(&arena, CurrentMemoryContext);
	before = split_words(version_text(&arena, name, PG_GETARG_INT32(1), tongue), out.blanks);
	after = split_words(version_text(&arena, name, PG_GETARG_INT32(2), tongue), out.blanks);
	compare_words(&out, &before, &after);
	return (Datum) 0;
}
