/*
 * explain.c
 *	  pulse.explain_rule(): a rule said in sentences, with one worked timeline.
 *
 * The timeline is the engine's: one trigger, and time runs on without an
 * answer.  So what is shown is what would happen.
 */
#include "rule/explain.h"

#include "calendar/daytime.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "rule/live.h"
#include "rule/shell.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

#define EXAMPLE_STEPS	8		/* shown, of a ladder or repeat that goes on */
#define EXAMPLE_DAYS	14		/* from the trigger to its date */

typedef struct Example
{
	EngineInput input;
	EngineEvent trigger;
	EngineWait	wait;
	ExplainedStep steps[EXAMPLE_STEPS];
	int			step_count;
	Instant		first;			/* when the first of them comes due */
} Example;

/* In the business time zone. */
static const char *
instant_text(Instant at, const char *format)
{
	Datum		zone = CStringGetTextDatum(sp_setting("timezone"));
	Datum		local = DirectFunctionCall2(timestamptz_zone, zone, TimestampTzGetDatum(at));

	return TextDatumGetCString(DirectFunctionCall2Coll(timestamp_to_char, C_COLLATION_OID, local,
													   CStringGetTextDatum(format)));
}

static const char *
minute_text(Instant at)
{
	bool		whole = at % USECS_PER_MINUTE == 0;

	return instant_text(at, whole ? "YYYY-MM-DD HH24:MI" : "YYYY-MM-DD HH24:MI:SS");
}

/* Lets what is due come due; false: nothing is, or the wait is over. */
static bool
run_example(Example *example, Arena *arena)
{
	EngineResult result;

	example->input.waits = &example->wait;
	engine_run(arena, &example->input, &result);
	for (int i = 0; i < result.firing_count && example->step_count < EXAMPLE_STEPS; i++)
	{
		ExplainedStep *shown = &example->steps[example->step_count++];

		if (example->step_count == 1)
			example->first = result.firings[i].due_at;
		shown->step = result.firings[i].step;
		shown->repetition = result.firings[i].repetition;
		shown->at = minute_text(result.firings[i].due_at);
	}
	if (result.wait_count == 0)
		return false;
	example->wait = result.waits[0];
	example->input.wait_count = 1;
	example->input.event_count = 0;
	example->input.until = example->wait.due_at;
	return example->wait.end_reason == END_NONE && example->wait.due_at != INSTANT_NONE;
}

/* The day or instant that the example's date column holds. */
static void
choose_date(Example *example, ExplainFacts *facts, Oid type)
{
	const Rule *rule = facts->rule;
	Instant		at = example->trigger.at;
	Datum		date;

	if (rule->lead.count != 0)
		at = facts->keeper.add(facts->keeper.context, at, rule->lead);
	at = sp_add_wall_days(at, EXAMPLE_DAYS);
	/* a timestamp without a zone is one of the business time zone */
	date = type == DATEOID ? DateADTGetDatum(sp_day_of(at)) : TimestampTzGetDatum(at);
	example->trigger.anchor = sp_anchor(rule, date, type == DATEOID ? DATEOID : TIMESTAMPTZOID);
	facts->date = type == DATEOID ? instant_text(at, "YYYY-MM-DD") : minute_text(at);
	facts->whole_day = type == DATEOID;
	facts->anchor = minute_text(example->trigger.anchor);
}

static void
work_example(ExplainFacts *facts, Oid date_type, Instant now, Arena *arena)
{
	Example    *example = palloc0(sizeof(Example));

	example->trigger = (EngineEvent)
	{
		.at = now - now % USECS_PER_MINUTE,.event_id = 1,.input = INPUT_TRIGGER
	};
	example->trigger.anchor = example->trigger.at;
	facts->opened = minute_text(example->trigger.at);
	if (facts->rule->date_column != NULL)
		choose_date(example, facts, date_type);
	example->input = (EngineInput)
	{
		.rule = facts->rule,.timekeeper = &facts->keeper,.active_since = PG_INT64_MIN + 1,
			.swept_until = PG_INT64_MIN + 1,.until = example->trigger.at,
			.events = &example->trigger,.event_count = 1
	};
	while ((facts->goes_on = run_example(example, arena)) && example->step_count < EXAMPLE_STEPS)
		 /* on to the next due time */ ;
	if (facts->rule->cooldown.count != 0 && example->step_count > 0)
		facts->cooldown_over = minute_text(example->input.timekeeper->add(example->input.timekeeper->context, example->first,
																		  facts->rule->cooldown));
	facts->steps = example->steps;
	facts->step_count = example->step_count;
}

/* ---- the rule ---- */

/* The sentence of a rule of that name, in UTF-8, or NULL. */
static char *
stored_sentence(const char *name)
{
	MemoryContext caller = CurrentMemoryContext;
	Oid			types[1] = {TEXTOID};
	Datum		values[1] = {CStringGetTextDatum(name)};
	char	   *sentence = NULL;
	SpSpiScope	scope;

	sp_spi_begin_as(&scope, sp_owner_role());
	if (SPI_execute_with_args("SELECT r.sentence FROM pulse_internal.rule AS r WHERE r.name = $1",
							  1, types, values, NULL, true, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not read the rules");
	if (SPI_processed > 0)
		sentence = MemoryContextStrdup(caller, SPI_getvalue(SPI_tuptable->vals[0],
															SPI_tuptable->tupdesc, 1));
	sp_spi_end(&scope);
	return sentence == NULL ? NULL : sp_to_utf8(sentence);
}

/* A sentence, or a name that no rule has? */
static void
refuse(const LangError *error, const char *given, bool is_rule)
{
	if (is_rule || strchr(given, ' ') != NULL || error->code != LANG_UNKNOWN_NAME)
		sp_raise_lang_error(error, given);
	ereport(ERROR,
			(errcode(ERRCODE_SP_UNKNOWN_RULE),
			 errmsg("unknown rule \"%s\"", given),
			 errdetail("There is no rule of that name, and it is no sentence."),
			 errhint("See SELECT name FROM pulse.rules, or give a whole sentence.")));
}

static Tongue
tongue_or_raise(const char *lang)
{
	if (strcmp(lang, "en") != 0 && strcmp(lang, "zh") != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("unknown language \"%s\"", lang),
				 errdetail("Explanations are given in English and Chinese."),
				 errhint("Type 'en' or 'zh'.")));
	return sp_tongue_of(lang);
}

PG_FUNCTION_INFO_V1(sp_explain_rule);

/* (rule or sentence, lang or NULL): text */
Datum
sp_explain_rule(PG_FUNCTION_ARGS)
{
	ExplainFacts facts = {0};
	Oid			date_type = DATEOID;
	Tongue		tongue;
	Arena		arena;
	BoundTree	bound;
	LangError	error;
	char	   *given;
	char	   *sentence;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	tongue = tongue_or_raise(PG_ARGISNULL(1) ? sp_setting("language")
							 : text_to_cstring(PG_GETARG_TEXT_PP(1)));
	given = text_to_cstring(PG_GETARG_TEXT_PP(0));
	sentence = stored_sentence(given);
	if (sentence != NULL)
		facts.name = sp_to_utf8(given);
	else
		sentence = sp_to_utf8(given);
	sp_arena_init(&arena, CurrentMemoryContext);
	if (!sp_read_sentence(&arena, sentence, &bound, &error))
		refuse(&error, sentence, facts.name != NULL);
	facts.rule = bound.rule;
	facts.vocabulary = sp_vocabulary();
	facts.zone = sp_setting("timezone");
	facts.keeper = sp_keeper_of(bound.rule);
	facts.calendar = sp_calendar_of(bound.rule);
	if (bound.rule->schedule.period != SCHEDULE_NONE)
		PG_RETURN_DATUM(CStringGetTextDatum(sp_from_utf8(sp_explain_schedule(&facts, tongue, sp_clock(),
																			 minute_text))));
	if (bound.rule->date_column != NULL)
		date_type = get_atttype(bound.parts[0].kind->relid,
								get_attnum(bound.parts[0].kind->relid, bound.rule->date_column));
	if (lang_is_gate(bound.rule))
		facts.tables = sp_explain_tables(bound.parts[0].kind->kind_id);
	if (bound.rule->trigger.event != NULL)
		work_example(&facts, date_type, sp_clock(), &arena);
	PG_RETURN_DATUM(CStringGetTextDatum(sp_from_utf8(sp_explain_text(&facts, tongue))));
}
