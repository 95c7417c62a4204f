/*
 * rule_functions.c
 *	  The rule language as SQL functions.
 */
#include "rule/shell.h"

#include "funcapi.h"
#include "miscadmin.h"
#include "rule/lang_internal.h"
#include "rule/rule_ddl.h"
#include "rule/rule_list.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"

static char *
required_text(FunctionCallInfo fcinfo, int arg, const char *what)
{
	if (PG_ARGISNULL(arg))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("%s must not be null", what),
				 errdetail("It says what the call is about."),
				 errhint("See \\df+ for what the call takes.")));
	return text_to_cstring(PG_GETARG_TEXT_PP(arg));
}

static Datum
utf8_text(const char *utf8)
{
	return CStringGetTextDatum(sp_from_utf8(utf8));
}

PG_FUNCTION_INFO_V1(rule_create);

/* (name, sentence, mode): the canonical sentence */
Datum
rule_create(PG_FUNCTION_ARGS)
{
	char	   *name = required_text(fcinfo, 0, "name");
	char	   *sentence = sp_to_utf8(required_text(fcinfo, 1, "sentence"));

	return utf8_text(sp_create_rule(name, sentence, required_text(fcinfo, 2, "mode")));
}

PG_FUNCTION_INFO_V1(rule_alter);

/* (name, sentence, new_name, running, active_from): the canonical sentence */
Datum
rule_alter(PG_FUNCTION_ARGS)
{
	char	   *name = required_text(fcinfo, 0, "name");
	const char *canonical = NULL;
	bool		later = !PG_ARGISNULL(4) && PG_GETARG_TIMESTAMPTZ(4) > sp_clock();

	if (!PG_ARGISNULL(1) && later)
		canonical = sp_schedule_change(name, sp_to_utf8(text_to_cstring(PG_GETARG_TEXT_PP(1))),
									   required_text(fcinfo, 3, "running"), PG_GETARG_TIMESTAMPTZ(4));
	else if (!PG_ARGISNULL(1))
		(void) sp_alter_rule(name, sp_to_utf8(text_to_cstring(PG_GETARG_TEXT_PP(1))), NULL,
							 required_text(fcinfo, 3, "running"), &canonical);
	if (!PG_ARGISNULL(2))
		sp_rename_rule(name, text_to_cstring(PG_GETARG_TEXT_PP(2)));
	if (canonical == NULL)
		PG_RETURN_NULL();
	return utf8_text(canonical);
}

PG_FUNCTION_INFO_V1(rule_change_now);

/* (name, sentence, running, language, name form): void; without a name form by the words */
Datum
rule_change_now(PG_FUNCTION_ARGS)
{
	char	   *sentence = sp_to_utf8(required_text(fcinfo, 1, "sentence"));
	const char *canonical;
	MeantRule	meant;

	if (!PG_ARGISNULL(4))
	{
		meant.language = required_text(fcinfo, 3, "language");
		meant.name_form = text_to_cstring(PG_GETARG_TEXT_PP(4));
	}
	(void) sp_alter_rule(required_text(fcinfo, 0, "name"), sentence, PG_ARGISNULL(4) ? NULL : &meant,
						 required_text(fcinfo, 2, "running"), &canonical);
	PG_RETURN_VOID();
}

PG_FUNCTION_INFO_V1(rule_cancel_change);

Datum
rule_cancel_change(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(sp_cancel_change(text_to_cstring(PG_GETARG_TEXT_PP(0))));
}

PG_FUNCTION_INFO_V1(rule_drop);

Datum
rule_drop(PG_FUNCTION_ARGS)
{
	sp_drop_rule(required_text(fcinfo, 0, "name"));
	PG_RETURN_VOID();
}

PG_FUNCTION_INFO_V1(rule_set_mode);

Datum
rule_set_mode(PG_FUNCTION_ARGS)
{
	char	   *name = required_text(fcinfo, 0, "name");

	sp_set_rule_mode(name, required_text(fcinfo, 1, "mode"));
	PG_RETURN_VOID();
}

/* ---- checking ---- */

#define CHECK_COLUMNS	7		/* ok, message, detail, hint, char_position,
								 * canonical_en, canonical_zh */

PG_FUNCTION_INFO_V1(rule_check);

/* What create_rule would raise, as a row. */
Datum
rule_check(PG_FUNCTION_ARGS)
{
	char	   *sentence = sp_to_utf8(required_text(fcinfo, 0, "sentence"));
	Datum		values[CHECK_COLUMNS] = {0};
	bool		nulls[CHECK_COLUMNS];
	TupleDesc	desc;
	Arena		arena;
	BoundTree	bound;
	LangError	error;

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "check_rule() must return a row");
	memset(nulls, true, sizeof(nulls));
	nulls[0] = false;
	sp_arena_init(&arena, CurrentMemoryContext);
	if (sp_read_sentence(&arena, sentence, &bound, &error) &&
		sp_analyse_sql(&arena, &bound, GetUserId(), &error))
	{
		values[0] = BoolGetDatum(true);
		values[5] = utf8_text(lang_print(&arena, bound.rule, TONGUE_EN, sp_vocabulary()));
		values[6] = utf8_text(lang_print(&arena, bound.rule, TONGUE_ZH, sp_vocabulary()));
		nulls[5] = nulls[6] = false;
	}
	else
	{
		values[0] = BoolGetDatum(false);
		values[1] = utf8_text(error.message);
		values[2] = utf8_text(error.detail);
		values[3] = utf8_text(error.hint);
		values[4] = Int32GetDatum((int) utf8_count(sentence, error.offset) + 1);
		nulls[1] = nulls[2] = nulls[3] = nulls[4] = false;
	}
	return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls));
}

PG_FUNCTION_INFO_V1(rule_problem);

/*
 * (rule, trigger_kind, absent_kind, until_kind, earlier_kind, lacking_kind): why a
 * stored rule can't run on the events there are now; NULL: it can.
 */
Datum
rule_problem(PG_FUNCTION_ARGS)
{
	Arena		arena;
	BoundTree	bound;
	LangError	error;
	int32		kinds[RULE_PART_COUNT];

	sp_arena_init(&arena, CurrentMemoryContext);
	for (int i = 0; i < RULE_PART_COUNT; i++)
		kinds[i] = PG_ARGISNULL(1 + i) ? 0 : PG_GETARG_INT32(1 + i);
	if (!sp_bind_tree(&arena, sp_rule_tree(&arena, PG_GETARG_DATUM(0)), &bound, &error))
		return utf8_text(error.message);
	if (!sp_is_bound_to(&bound, kinds))
		PG_RETURN_TEXT_P(cstring_to_text("an event was dropped and made anew: set the rule's mode again"));
	PG_RETURN_NULL();
}

/* ---- lists of rules ---- */

static const char *
load_sentence(const char *name, const char *sentence)
{
	const char *canonical;

	if (!sp_rule_exists(name))
	{
		(void) sp_create_rule(name, sentence, "draft");
		return "created";
	}
	return sp_alter_rule(name, sentence, NULL, "keep", &canonical) ? "altered" : "unchanged";
}

/* A mistake in a sentence is shown in the whole text. */
static void
check_sentence(const char *list, const NamedSentence *item)
{
	Arena		arena;
	BoundTree	bound;
	LangError	error;

	sp_arena_init(&arena, CurrentMemoryContext);
	if (sp_read_sentence(&arena, item->sentence, &bound, &error))
	{
		arena_free(&arena);
		return;
	}
	error.offset += item->offset;
	sp_raise_lang_error(&error, list);
}

static void
refuse_twice(const char *list, const NamedSentence *items, int count)
{
	for (int i = 1; i < count; i++)
		for (int j = 0; j < i; j++)
			if (strcmp(items[i].name, items[j].name) == 0)
			{
				LangError	error = {
					LANG_SYNTAX, items[i].name_offset, "one name introduces two rules",
					"Each sentence of the text needs a name of its own.",
					"Rename or remove one of them."
				};

				sp_raise_lang_error(&error, list);
			}
}

PG_FUNCTION_INFO_V1(rule_load);

/* (sentences): name and outcome of each */
Datum
rule_load(PG_FUNCTION_ARGS)
{
	char	   *list = sp_to_utf8(required_text(fcinfo, 0, "sentences"));
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	Arena		arena;
	LangError	error;
	int			count;
	const NamedSentence *items;

	InitMaterializedSRF(fcinfo, 0);
	sp_arena_init(&arena, CurrentMemoryContext);
	items = rule_list_split(&arena, list, strlen(list), &count, &error);
	if (items == NULL)
		sp_raise_lang_error(&error, list);
	refuse_twice(list, items, count);
	for (int i = 0; i < count; i++)
		check_sentence(list, &items[i]);
	for (int i = 0; i < count; i++)
	{
		char	   *name = sp_from_utf8(items[i].name);
		Datum		values[2] = {
			CStringGetTextDatum(name),
			CStringGetTextDatum(load_sentence(name, items[i].sentence))
		};
		bool		nulls[2] = {false, false};

		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	return (Datum) 0;
}
