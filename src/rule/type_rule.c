/*
 * type_rule.c
 *	  Type pulse.rule: a bound rule, kept as its name form.
 *
 * The name form is English over names and reads without any table, so dump and
 * restore work in any order.  Invariant: a value holds a version word and the
 * canonical name form; text and binary input pass the same parser.
 */
#include "rule/engine.h"
#include "rule/shell.h"

#include "common/hashfn.h"
#include "libpq/pqformat.h"
#include "utils/builtins.h"

#define RULE_FORMAT		1

typedef struct RuleValueHeader
{
	int32		vl_len_;
	uint32		format;
	char		name_form[FLEXIBLE_ARRAY_MEMBER];	/* UTF-8, not terminated */
} RuleValueHeader;

#define RULE_HEADER_SIZE	offsetof(RuleValueHeader, name_form)

static char *
name_form_of(Datum datum)
{
	RuleValueHeader *value = (RuleValueHeader *) PG_DETOAST_DATUM(datum);

	return pnstrdup(value->name_form, VARSIZE(value) - RULE_HEADER_SIZE);
}

Datum
sp_rule_datum(Arena *arena, const Rule *rule)
{
	const char *name_form = lang_print(arena, rule, TONGUE_EN, NULL);
	Size		size = RULE_HEADER_SIZE + strlen(name_form);
	RuleValueHeader *value = palloc0(size);

	SET_VARSIZE(value, size);
	value->format = RULE_FORMAT;
	memcpy(value->name_form, name_form, strlen(name_form));
	return PointerGetDatum(value);
}

const Rule *
sp_rule_tree(Arena *arena, Datum datum)
{
	char	   *name_form = name_form_of(datum);
	LangError	error;
	const Rule *rule = lang_parse(arena, name_form, strlen(name_form), TONGUE_EN, NULL, &error);

	if (rule == NULL)
		sp_raise_lang_error(&error, name_form);
	return rule;
}

/* Reads UTF-8 text in the name form; 0 and a soft error when it is none. */
static Datum
read_name_form(const char *text_form, Node *escontext)
{
	Arena		arena;
	LangError	error;
	const Rule *rule;
	Datum		result;

	sp_arena_init(&arena, CurrentMemoryContext);
	rule = lang_parse(&arena, text_form, strlen(text_form), TONGUE_EN, NULL, &error);
	if (rule == NULL)
		ereturn(escontext, (Datum) 0,
				(errcode(sp_lang_sqlstate(&error)),
				 sp_lang_errfields(&error, text_form)));
	result = sp_rule_datum(&arena, rule);
	arena_free(&arena);
	return result;
}

PG_FUNCTION_INFO_V1(sp_rule_in);

Datum
sp_rule_in(PG_FUNCTION_ARGS)
{
	return read_name_form(sp_to_utf8(PG_GETARG_CSTRING(0)), fcinfo->context);
}

PG_FUNCTION_INFO_V1(sp_rule_out);

Datum
sp_rule_out(PG_FUNCTION_ARGS)
{
	PG_RETURN_CSTRING(sp_from_utf8(name_form_of(PG_GETARG_DATUM(0))));
}

PG_FUNCTION_INFO_V1(sp_rule_recv);

Datum
sp_rule_recv(PG_FUNCTION_ARGS)
{
	StringInfo	message = (StringInfo) PG_GETARG_POINTER(0);
	uint32		format = pq_getmsgint(message, 4);
	int			length;
	char	   *name_form;

	if (format != RULE_FORMAT)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("unknown binary format of type rule: %u", format),
				 errdetail("This version reads format %d.", RULE_FORMAT),
				 errhint("Send the rule as text.")));
	name_form = pq_getmsgtext(message, message->len - message->cursor, &length);
	return read_name_form(sp_to_utf8(name_form), NULL);
}

PG_FUNCTION_INFO_V1(sp_rule_send);

Datum
sp_rule_send(PG_FUNCTION_ARGS)
{
	StringInfoData message;
	char	   *name_form = sp_from_utf8(name_form_of(PG_GETARG_DATUM(0)));

	pq_begintypsend(&message);
	pq_sendint32(&message, RULE_FORMAT);
	pq_sendtext(&message, name_form, strlen(name_form));
	PG_RETURN_BYTEA_P(pq_endtypsend(&message));
}

/* Equal rules have equal name forms, since these are canonical. */
static bool
rules_equal(FunctionCallInfo fcinfo)
{
	return strcmp(name_form_of(PG_GETARG_DATUM(0)), name_form_of(PG_GETARG_DATUM(1))) == 0;
}

PG_FUNCTION_INFO_V1(sp_rule_eq);

Datum
sp_rule_eq(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(rules_equal(fcinfo));
}

PG_FUNCTION_INFO_V1(sp_rule_ne);

Datum
sp_rule_ne(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(!rules_equal(fcinfo));
}

PG_FUNCTION_INFO_V1(sp_rule_hash);

Datum
sp_rule_hash(PG_FUNCTION_ARGS)
{
	char	   *name_form = name_form_of(PG_GETARG_DATUM(0));

	return hash_any((unsigned char *) name_form, strlen(name_form));
}

/* ---- sentences ---- */

Tongue
sp_tongue_of(const char *name)
{
	if (strcmp(name, "zh") == 0)
		return TONGUE_ZH;
	if (strcmp(name, "en") != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("unknown language: \"%s\"", name),
				 errdetail("Rules are written in English and Chinese."),
				 errhint("Type 'en' or 'zh'.")));
	return TONGUE_EN;
}

const char *
sp_tongue_name(Tongue tongue)
{
	return tongue == TONGUE_ZH ? "zh" : "en";
}

PG_FUNCTION_INFO_V1(sp_rule_text);

/* (rule, lang): the canonical sentence with labels */
Datum
sp_rule_text(PG_FUNCTION_ARGS)
{
	Arena		arena;
	const char *sentence;
	Tongue		tongue;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	tongue = sp_tongue_of(PG_ARGISNULL(1) ? sp_setting("language") :
						  text_to_cstring(PG_GETARG_TEXT_PP(1)));
	sp_arena_init(&arena, CurrentMemoryContext);
	sentence = lang_print(&arena, sp_rule_tree(&arena, PG_GETARG_DATUM(0)), tongue,
						  sp_vocabulary());
	PG_RETURN_TEXT_P(cstring_to_text(sp_from_utf8(sentence)));
}

PG_FUNCTION_INFO_V1(sp_rule_takes_place);

/* Is what it says about a key done with when it says it again? */
Datum
sp_rule_takes_place(PG_FUNCTION_ARGS)
{
	Arena		arena;
	const Rule *rule;

	sp_arena_init(&arena, CurrentMemoryContext);
	rule = sp_rule_tree(&arena, PG_GETARG_DATUM(0));
	PG_RETURN_BOOL(rule->rearm == REARM_ONE_OPEN && engine_ends_itself(rule));
}
