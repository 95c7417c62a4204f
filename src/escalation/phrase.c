/*
 * phrase.c
 *	  What names, facts and instants are called in messages.
 *
 * A tick writes thousands of messages, each with a dozen of these, so labels
 * are looked up in memory.  Invariant: the sorted array below holds the labels
 * as of "label_changes".
 */
#include "escalation/phrase.h"

#include "executor/spi.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/jsonb.h"
#include "utils/memutils.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"

typedef struct Label
{
	char	   *key;			/* class, scope and name, a newline between */
	char	   *words[2];		/* English, Chinese; NULL: none */
} Label;

static SpWatchedTable label_table = {.table_name = "label"};
static MemoryContext label_context = NULL;
static Label *labels = NULL;
static int	label_count;
static uint64 label_changes;

static int
compare_labels(const void *a, const void *b)
{
	return strcmp(((const Label *) a)->key, ((const Label *) b)->key);
}

static char *
copy_column(uint64 row, int column)
{
	char	   *value = SPI_getvalue(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, column);

	return value != NULL ? MemoryContextStrdup(label_context, value) : NULL;
}

static void
load_labels(void)
{
	SpSpiScope	scope;

	sp_spi_begin_as(&scope, sp_owner_role());
	if (SPI_execute("SELECT pg_catalog.concat_ws(E'\\n', class, scope, name), en, zh FROM pulse_internal.label",
					true, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not read pulse_internal.label");
	if (label_context == NULL)
		label_context = AllocSetContextCreate(TopMemoryContext, "salespulse labels", ALLOCSET_DEFAULT_SIZES);
	labels = NULL;
	MemoryContextReset(label_context);
	label_count = (int) SPI_processed;
	labels = MemoryContextAlloc(label_context, sizeof(Label) * (label_count + 1));
	for (int i = 0; i < label_count; i++)
	{
		labels[i].key = copy_column(i, 1);
		labels[i].words[0] = copy_column(i, 2);
		labels[i].words[1] = copy_column(i, 3);
	}
	qsort(labels, label_count, sizeof(Label), compare_labels);
	sp_spi_end(&scope);
}

static const Label *
find_label(const char *class, const char *scope, const char *name)
{
	Label		wanted = {psprintf("%s\n%s\n%s", class, scope, name)};
	const Label *found = bsearch(&wanted, labels, label_count, sizeof(Label), compare_labels);

	pfree(wanted.key);
	return found;
}

const char *
sp_word_for(const char *class, const char *scope, const char *name, bool chinese)
{
	const Label *label;
	uint64		changes;

	(void) sp_watched_relid(&label_table);
	changes = label_table.changes;
	if (labels == NULL || label_changes != changes)
	{
		load_labels();
		label_changes = changes;
	}
	if (label_count == 0)
		return name;
	label = find_label(class, scope, name);
	if (label == NULL && scope[0] != '\0')
		label = find_label(class, "", name);
	return label != NULL && label->words[chinese] != NULL ? label->words[chinese] : name;
}

PG_FUNCTION_INFO_V1(sp_word);

/* (class, scope, name, language) -> text */
Datum
sp_word(PG_FUNCTION_ARGS)
{
	const char *language = text_to_cstring(PG_GETARG_TEXT_PP(3));

	PG_RETURN_TEXT_P(cstring_to_text(sp_word_for(text_to_cstring(PG_GETARG_TEXT_PP(0)),
												 text_to_cstring(PG_GETARG_TEXT_PP(1)),
												 text_to_cstring(PG_GETARG_TEXT_PP(2)),
												 strcmp(language, "zh") == 0)));
}

/* ---- facts ---- */

typedef struct Fact
{
	char	   *name;
	char	   *value;
} Fact;

static int
compare_facts(const void *a, const void *b)
{
	return strcmp(((const Fact *) a)->name, ((const Fact *) b)->name);
}

/* As jsonb_each_text() has it; NULL for null. */
static char *
fact_value(JsonbValue *value)
{
	switch (value->type)
	{
		case jbvNull:
			return NULL;
		case jbvString:
			return pnstrdup(value->val.string.val, value->val.string.len);
		case jbvNumeric:
			return DatumGetCString(DirectFunctionCall1(numeric_out, NumericGetDatum(value->val.numeric)));
		case jbvBool:
			return value->val.boolean ? "true" : "false";
		default:
			return JsonbToCString(NULL, value->val.binary.data, value->val.binary.len);
	}
}

bool
sp_is_named(const char *const *names, int count, const char *name, size_t length)
{
	for (int i = 0; i < count; i++)
		if (strlen(names[i]) == length && memcmp(names[i], name, length) == 0)
			return true;
	return false;
}

/* What every event has is no fact of its own. */
bool
sp_is_fact(const char *name, int length)
{
	static const char *const header[] = {"event_id", "at", "recorded", "txid", "dedup_key"};

	return !sp_is_named(header, lengthof(header), name, length);
}

const char *
sp_plain_value(Jsonb *row, const char *name, size_t length)
{
	JsonbValue	value;

	if (getKeyJsonValueFromContainer(&row->root, name, length, &value) == NULL ||
		(value.type != jbvString && value.type != jbvNumeric))
		return NULL;
	return fact_value(&value);
}

static bool
find_fact(Jsonb *row, const char *name, JsonbValue *value)
{
	int			length = strlen(name);

	return row != NULL && JB_ROOT_IS_OBJECT(row) && sp_is_fact(name, length) &&
		getKeyJsonValueFromContainer(&row->root, name, length, value) != NULL;
}

bool
sp_has_fact(Jsonb *row, const char *name)
{
	JsonbValue	value;

	return find_fact(row, name, &value);
}

char *
sp_fact(Jsonb *row, const char *name)
{
	JsonbValue	value;

	return find_fact(row, name, &value) ? fact_value(&value) : NULL;
}

static int
read_facts(Jsonb *row, const char *key_name, Fact *facts)
{
	JsonbIterator *iterator = JsonbIteratorInit(&row->root);
	JsonbIteratorToken token;
	JsonbValue	value;
	bool		wanted = false;
	int			count = 0;

	while ((token = JsonbIteratorNext(&iterator, &value, true)) != WJB_DONE)
	{
		if (token == WJB_KEY)
		{
			wanted = sp_is_fact(value.val.string.val, value.val.string.len);
			if (!wanted)
				continue;
			facts[count].name = pnstrdup(value.val.string.val, value.val.string.len);
			wanted = strcmp(facts[count].name, key_name) != 0;
		}
		else if (token == WJB_VALUE && wanted && (facts[count].value = fact_value(&value)) != NULL)
			count++;
	}
	if (count > 1)
		qsort(facts, count, sizeof(Fact), compare_facts);
	return count;
}

char *
sp_lines_of_facts(Jsonb *row, const char *key_name, const char *event, bool chinese)
{
	StringInfoData lines;
	Fact	   *facts;
	int			count;

	if (row == NULL || !JB_ROOT_IS_OBJECT(row))
		return NULL;
	facts = palloc(sizeof(Fact) * (JB_ROOT_COUNT(row) + 1));
	count = read_facts(row, key_name, facts);
	if (count == 0)
		return NULL;
	initStringInfo(&lines);
	for (int i = 0; i < count; i++)
	{
		if (i > 0)
			appendStringInfoChar(&lines, '\n');
		appendStringInfoString(&lines, sp_word_for("column", event, facts[i].name, chinese));
		appendStringInfoString(&lines, chinese ? "：" : ": ");
		appendStringInfoString(&lines, sp_word_for("value", facts[i].name, facts[i].value, chinese));
	}
	return lines.data;
}

PG_FUNCTION_INFO_V1(sp_fact_lines);

/* (facts, event, language) -> text; of SQL up to 0.2.0, until it is updated */
Datum
sp_fact_lines(PG_FUNCTION_ARGS)
{
	char	   *lines = sp_lines_of_facts(PG_GETARG_JSONB_P(0), "", text_to_cstring(PG_GETARG_TEXT_PP(1)),
										  strcmp(text_to_cstring(PG_GETARG_TEXT_PP(2)), "zh") == 0);

	if (lines == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(lines));
}

/* ---- instants ---- */

char *
sp_instant_string(TimestampTz instant)
{
	struct pg_tm tm;
	fsec_t		fsec;
	int			tz;

	if (TIMESTAMP_NOT_FINITE(instant) ||
		timestamp2tm(instant, &tz, &tm, &fsec, NULL, sp_business_timezone()) != 0)
		return NULL;
	if (tm.tm_hour == 0 && tm.tm_min == 0 && tm.tm_sec == 0 && fsec == 0)
		return psprintf("%04d-%02d-%02d", tm.tm_year, tm.tm_mon, tm.tm_mday);
	return psprintf("%04d-%02d-%02d %02d:%02d", tm.tm_year, tm.tm_mon, tm.tm_mday, tm.tm_hour, tm.tm_min);
}

PG_FUNCTION_INFO_V1(sp_instant_text);

/* (instant) -> text, or NULL */
Datum
sp_instant_text(PG_FUNCTION_ARGS)
{
	char	   *result = sp_instant_string(PG_GETARG_TIMESTAMPTZ(0));

	if (result == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(result));
}
