/*
 * labels.c
 *	  pulse.label(): what events, columns, keys, roles and values are called.
 */
#include "rule/shell.h"

#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "mb/pg_wchar.h"
#include "rule/vocabulary.h"
#include "utils/builtins.h"
#include "utils/regproc.h"

#define LABEL_MAX	60			/* characters */

static void
check_class(const char *class)
{
	static const char *const classes[] = {
		"event", "column", "key", "role", "channel", "template", "value", "function", "relation"
	};

	for (int i = 0; i < lengthof(classes); i++)
		if (strcmp(class, classes[i]) == 0)
			return;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("unknown class of labels: \"%s\"", class),
			 errdetail("Labels name events, columns, keys, roles, channels, templates, values, functions and relations."),
			 errhint("Type 'event', 'column', 'key', 'role', 'channel', 'template', 'value', 'function' or 'relation'.")));
}

static char *
text_argument(FunctionCallInfo fcinfo, int arg)
{
	return PG_ARGISNULL(arg) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(arg));
}

/* A label as it is kept, after what would make it unreadable in a sentence is refused. */
static const char *
checked_one(Arena *arena, Tongue tongue, const char *label)
{
	const char *folded = label_fold(arena, sp_to_utf8(label));
	const char *keyword;

	if (folded[0] == '\0' || pg_mbstrlen(label) > LABEL_MAX ||
		strpbrk(folded, "\",;:()") != NULL || strstr(folded, "“") != NULL || strstr(folded, "”") != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("invalid label: \"%s\"", label),
				 errdetail("A label has 1 to %d characters, without quotes, commas, colons, semicolons and parentheses.",
						   LABEL_MAX),
				 errhint("Type a short name such as 'due date'.")));
	keyword = label_keyword(arena, tongue, folded);
	if (keyword != NULL)
		ereport(WARNING,
				(errcode(ERRCODE_WARNING),
				 errmsg("label \"%s\" begins with the keyword \"%s\"", label, sp_from_utf8(keyword)),
				 errdetail("In a sentence the longest label wins over the keyword."),
				 errhint("Choose another label if sentences become hard to read.")));
	return folded;
}

/* One label, or several: 'complaint|complains'. */
static char *
checked_label(Arena *arena, Tongue tongue, const char *label)
{
	StringInfoData kept;

	if (label == NULL)
		return NULL;
	initStringInfo(&kept);
	for (;;)
	{
		size_t		length = strcspn(label, "|");

		appendStringInfoString(&kept, checked_one(arena, tongue, pnstrdup(label, length)));
		if (label[length] == '\0')
			return sp_from_utf8(kept.data);
		appendStringInfoChar(&kept, '|');
		label += length + 1;
	}
}

/* Sentences that use such a label will be refused as ambiguous. */
static void
warn_of_shared_label(const char *label, const char *column, Oid *types, Datum *values,
					 const char *nulls)
{
	if (label == NULL ||
		sp_execute_as_owner(psprintf("SELECT FROM pulse_internal.label WHERE class = $1 AND name <> $2"
									 " AND scope = $5 AND pg_catalog.lower(%s) = pg_catalog.lower($%d)",
									 column, strcmp(column, "en") == 0 ? 3 : 4),
							SPI_OK_SELECT, 5, types, values, nulls) == 0)
		return;
	ereport(WARNING,
			(errcode(ERRCODE_WARNING),
			 errmsg("label \"%s\" is used for another name, too", label),
			 errdetail("A sentence that uses it is refused, since it could mean either."),
			 errhint("See pulse.labels, and choose different labels.")));
}

/* A relation is kept by its whole name, so that the search path does not matter. */
static char *
checked_relation(char *name)
{
	RangeVar   *parts = makeRangeVarFromNameList(QualifiedNameList(name));

	return sp_relation_name(RangeVarGetRelid(parts, NoLock, false));
}

PG_FUNCTION_INFO_V1(label_set);

/* (class, name, en, zh, scope); what is not given stays, without labels the entry goes */
Datum
label_set(PG_FUNCTION_ARGS)
{
	Arena		arena;
	char	   *texts[5];
	Oid			types[5] = {TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID};
	Datum		values[5];
	char		nulls[6] = "     ";

	for (int i = 0; i < 5; i++)
		texts[i] = text_argument(fcinfo, i);
	if (texts[0] == NULL || texts[1] == NULL || texts[1][0] == '\0')
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("class and name of a label must be given"),
				 errdetail("They say what the label is for."),
				 errhint("Type pulse.label('event', 'invoice_issued', en => 'invoice issued', zh => '开票').")));
	check_class(texts[0]);
	if (strcmp(texts[0], "relation") == 0 && (texts[2] != NULL || texts[3] != NULL))
		texts[1] = checked_relation(texts[1]);
	sp_arena_init(&arena, CurrentMemoryContext);
	texts[2] = checked_label(&arena, TONGUE_EN, texts[2]);
	texts[3] = checked_label(&arena, TONGUE_ZH, texts[3]);
	if (texts[4] == NULL)
		texts[4] = "";
	for (int i = 0; i < 5; i++)
	{
		values[i] = texts[i] == NULL ? (Datum) 0 : CStringGetTextDatum(texts[i]);
		nulls[i] = texts[i] == NULL ? 'n' : ' ';
	}
	if (texts[2] == NULL && texts[3] == NULL)
		(void) sp_execute_as_owner("DELETE FROM pulse_internal.label WHERE class = $1 AND name = $2 AND scope = $5"
								   " AND $3 IS NULL AND $4 IS NULL",
								   SPI_OK_DELETE, 5, types, values, nulls);
	else
		(void) sp_execute_as_owner("INSERT INTO pulse_internal.label (class, name, en, zh, scope)"
								   " VALUES ($1, $2, $3, $4, $5)"
								   " ON CONFLICT (class, scope, name) DO UPDATE"
								   " SET en = coalesce(excluded.en, label.en), zh = coalesce(excluded.zh, label.zh)",
								   SPI_OK_INSERT, 5, types, values, nulls);
	warn_of_shared_label(texts[2], "en", types, values, nulls);
	warn_of_shared_label(texts[3], "zh", types, values, nulls);
	PG_RETURN_VOID();
}
