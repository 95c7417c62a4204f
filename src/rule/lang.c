/*
 * lang.c
 *	  The doors of the rule language: parse and print; see lang.h.
 */
#include "rule/lang_internal.h"

#include <string.h>

const Rule *
lang_parse(Arena *arena, const char *text, size_t length, Tongue tongue,
		   const Vocabulary *vocabulary, LangError *error)
{
	Parser		p = {.arena = arena,.vocabulary = vocabulary,.tongue = tongue,.error = error};
	const Rule *rule;

	memset(error, 0, sizeof(*error));
	if (length > LANG_MAX_LENGTH)
	{
		error->code = LANG_SYNTAX;
		error->message = "the sentence is too long";
		error->detail = lang_format(arena, "It has %zu bytes, at most %d are read.",
									length, LANG_MAX_LENGTH);
		error->hint = "Split it into several rules.";
		return NULL;
	}
	if (!scan_begin(&p, text, length))
		return NULL;
	scan_tongue(&p, tongue);
	rule = p.tongue == TONGUE_ZH ? parse_sentence_zh(&p) : parse_sentence_en(&p);
	return error->code == LANG_OK ? rule : NULL;
}

const char *
lang_print(Arena *arena, const Rule *rule, Tongue tongue, const Vocabulary *vocabulary)
{
	Printer		pr = {.out = {.arena = arena},.vocabulary = vocabulary};

	pr.tongue = tongue == TONGUE_AUTO ? rule->tongue : tongue;
	if (pr.tongue == TONGUE_ZH)
		print_sentence_zh(&pr, rule);
	else
		print_sentence_en(&pr, rule);
	return out_text(&pr);
}

const char *
lang_print_duration(Arena *arena, Duration span)
{
	Printer		pr = {.out = {.arena = arena},.tongue = TONGUE_EN};

	put_duration(&pr, span);
	return out_text(&pr);
}

const char *
lang_verb_name(RuleVerb verb)
{
	static const char *const names[] = {
		"notify", "text", "mail", "assign", "send", "hold", "reject", "emit", "call"
	};

	return names[verb];
}

bool
lang_is_gate(const Rule *rule)
{
	for (int step = 0; step < rule->step_count; step++)
		for (int i = 0; i < rule->steps[step].action_count; i++)
			if (rule->steps[step].actions[i].verb == VERB_HOLD ||
				rule->steps[step].actions[i].verb == VERB_REJECT)
				return true;
	return false;
}

const char *
lang_guard_name(StepGuard guard)
{
	switch (guard)
	{
		case GUARD_UNLESS_ACKNOWLEDGED:
			return "UNLESS ACKNOWLEDGED";
		case GUARD_UNLESS_DONE:
			return "UNLESS DONE";
		case GUARD_WHEN_DELIVERED:
			return "WHEN DELIVERED";
		case GUARD_NONE:
			break;
	}
	return NULL;
}
