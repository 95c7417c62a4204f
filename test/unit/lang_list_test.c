/*
 * lang_list_test.c
 *	  Texts of several named sentences, cut.
 *
 * sources: src/rule/lang.c src/rule/lang_equal.c src/rule/lang_error.c src/rule/name.c src/rule/scan.c src/rule/words.c
 * sources: src/rule/parse_action.c src/rule/parse_clause.c src/rule/plain_word.c src/rule/parse_plain.c src/rule/parse_plain_absence.c src/rule/parse_plain_action.c src/rule/parse_plain_state.c src/rule/parse_condition.c src/rule/parse_effect.c src/rule/parse_en.c src/rule/parse_option.c src/rule/parse_pattern.c
 * sources: src/rule/parse_schedule.c src/rule/parse_step.c src/rule/parse_value.c src/rule/parse_zh.c src/rule/parse_zh_absence.c
 * sources: src/rule/print_condition.c src/rule/print_en.c src/rule/print_extra.c src/rule/print_zh.c src/rule/out.c src/rule/rule_list.c
 * sources: src/rule/parse_member.c src/rule/parse_state.c src/rule/print_form.c
 * sources: src/rule/utf8.c src/rule/numeral.c src/rule/vocabulary.c src/base/arena.c
 */
#include "rule/rule_list.h"

#include "check.h"

/* names and sentences as name[sentence] one after the other */
static void
check_list(const char *list, const char *expected)
{
	Arena		arena;
	LangError	error;
	int			count;
	const NamedSentence *items;
	char		got[1024] = "";

	arena_init_malloc(&arena);
	items = rule_list_split(&arena, list, strlen(list), &count, &error);
	CHECK(items != NULL);
	for (int i = 0; items != NULL && i < count; i++)
	{
		size_t		used = strlen(got);

		snprintf(got + used, sizeof(got) - used, "%s[%s]", items[i].name, items[i].sentence);
		CHECK(strncmp(list + items[i].offset, items[i].sentence, strlen(items[i].sentence)) == 0);
		CHECK(strncmp(list + items[i].name_offset, items[i].name, strlen(items[i].name)) == 0);
	}
	CHECK_STR(got, expected);
	arena_free(&arena);
}

static void
check_refused(const char *list, size_t offset)
{
	Arena		arena;
	LangError	error;
	int			count;

	arena_init_malloc(&arena);
	CHECK(rule_list_split(&arena, list, strlen(list), &count, &error) == NULL);
	CHECK_EQ(error.code, LANG_SYNTAX);
	CHECK_EQ(error.offset, offset);
	arena_free(&arena);
}

int
main(void)
{
	check_list("", "");
	check_list("  \n ", "");
	check_list("rule a: when x then y", "a[when x then y]");
	check_list("Rule a b :  when x then y.\n\nRULE c: z.", "a b[when x then y.]c[z.]");
	check_list("rule a: when x then y. rule b: z", "a[when x then y.]b[z]");
	check_list("rule a: when x\n  then text rule\n; 3 days later: y", "a[when x\n  then text rule\n; 3 days later: y]");
	check_list("rule a: text y \"rule b: no\"\nrule c: z", "a[text y \"rule b: no\"]c[z]");
	check_list("规则 甲：当乙时，丙。规则丁：戊", "甲[当乙时，丙。]丁[戊]");
	check_list("规则　甲 ： 当“规则 乙：”时\r\n规则丙:丁", "甲[当“规则 乙：”时]丙[丁]");
	check_list("rule a:", "a[]");
	check_list("rule a: amount > 1.5 ruler", "a[amount > 1.5 ruler]");
	check_refused("when x then y", 0);
	check_refused("  x", 2);
	check_refused("rule : x", 5);
	check_refused("rule a when", 5);
	check_refused("rule a: x\nrule b\n: y", 15);
	check_refused("rule a: \xff", 8);
	return check_done();
}
