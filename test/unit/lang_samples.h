/*
 * lang_samples.h
 *	  Sentences with the trees they are expected to make: how they are checked.
 */
#ifndef SP_LANG_SAMPLES_H
#define SP_LANG_SAMPLES_H

#include "lang_fixture.h"

typedef struct Sample
{
	const char *sentence;
	const char *tree;
} Sample;

static inline void
round_trip(Arena *arena, const Rule *rule, Tongue tongue, const Vocabulary *vocabulary)
{
	LangError	error;
	const char *text = lang_print(arena, rule, tongue, vocabulary);
	const Rule *again = lang_parse(arena, text, strlen(text), TONGUE_AUTO, vocabulary, &error);

	CHECK(again != NULL && lang_rules_equal(rule, again));
	if (again == NULL)
		printf("    %s\n    at byte %zu: %s (%s)\n", text, error.offset, error.message, error.detail);
	else if (!lang_rules_equal(rule, again))
	{
		static Dump one,
					two;

		printf("    %s\n    %s\n    %s\n", text, dump_rule(&one, rule), dump_rule(&two, again));
	}
	else
		CHECK_STR(lang_print(arena, again, tongue, vocabulary), text);
}

static inline void
check_samples(const Sample *samples, int count, Tongue tongue, const Vocabulary *vocabulary)
{
	static Dump d;

	for (int i = 0; i < count; i++)
	{
		Arena		arena;
		LangError	error;
		const Rule *rule;

		arena_init_malloc(&arena);
		rule = lang_parse(&arena, samples[i].sentence, strlen(samples[i].sentence),
						  TONGUE_AUTO, vocabulary, &error);
		if (samples[i].tree == NULL)
			CHECK(rule == NULL && error.code == LANG_SYNTAX);
		else if (rule == NULL)
		{
			CHECK(rule != NULL);
			printf("    %s\n    at byte %zu: %s (%s)\n", samples[i].sentence, error.offset,
				   error.message, error.detail);
		}
		else
		{
			CHECK(rule->tongue == tongue);
			CHECK_STR(dump_rule(&d, rule), samples[i].tree);
			round_trip(&arena, rule, TONGUE_EN, vocabulary);
			round_trip(&arena, rule, TONGUE_ZH, vocabulary);
			round_trip(&arena, rule, TONGUE_EN, NULL);
		}
		arena_free(&arena);
	}
}

/* one rule, its canonical sentences and its name form */
static inline void
check_canonical(const Vocabulary *vocabulary, const char *from, const char *en, const char *zh,
				const char *name_form)
{
	Arena		arena;
	LangError	error;
	const Rule *rule;

	arena_init_malloc(&arena);
	rule = lang_parse(&arena, from, strlen(from), TONGUE_AUTO, vocabulary, &error);
	CHECK(rule != NULL);
	if (rule != NULL)
	{
		CHECK_STR(lang_print(&arena, rule, TONGUE_EN, vocabulary), en);
		CHECK_STR(lang_print(&arena, rule, TONGUE_ZH, vocabulary), zh);
		CHECK_STR(lang_print(&arena, rule, TONGUE_EN, NULL), name_form);
	}
	arena_free(&arena);
}

#endif							/* SP_LANG_SAMPLES_H */
