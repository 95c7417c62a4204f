/*
 * lang_suggest_test.c
 *	  What may come next in sentences that are being written.
 *
 * Typing any sentence of the reference word by word, each next word is among
 * the suggestions, and no suggestion is a mistake by itself.
 *
 * sources: src/rule/lang.c src/rule/lang_equal.c src/rule/lang_error.c src/rule/name.c src/rule/scan.c src/rule/words.c
 * sources: src/rule/parse_action.c src/rule/parse_clause.c src/rule/plain_word.c src/rule/parse_plain.c src/rule/parse_plain_absence.c src/rule/parse_plain_action.c src/rule/parse_plain_state.c src/rule/parse_condition.c src/rule/parse_effect.c src/rule/parse_en.c src/rule/parse_option.c src/rule/parse_pattern.c
 * sources: src/rule/parse_schedule.c src/rule/parse_step.c src/rule/parse_value.c src/rule/parse_zh.c src/rule/parse_zh_absence.c
 * sources: src/rule/print_condition.c src/rule/print_en.c src/rule/print_extra.c src/rule/print_zh.c src/rule/out.c
 * sources: src/rule/parse_member.c src/rule/parse_state.c src/rule/print_form.c
 * sources: src/rule/utf8.c src/rule/numeral.c src/rule/vocabulary.c src/rule/suggest.c src/base/arena.c
 */
#include "lang_fixture.h"
#include "rule/suggest.h"

static bool
suggests(const char *text, const char *words, const char *kind)
{
	const Suggestion *items;
	Arena		arena;
	bool		found = false;
	int			count;

	arena_init_malloc(&arena);
	count = lang_suggest(&arena, text, strlen(text), TONGUE_EN, &fixture_set, &items);
	for (int i = 0; i < count; i++)
		found |= strcmp(items[i].words, words) == 0 && strcmp(items[i].kind, kind) == 0;
	if (!found && getenv("SHOW") != NULL)
		for (int i = 0; i < count; i++)
			fprintf(stderr, "  %s | %s %s\n", text, items[i].kind, items[i].words);
	arena_free(&arena);
	return found;
}

static int
count_suggestions(const char *text, Tongue tongue)
{
	const Suggestion *items;
	Arena		arena;
	int			count;

	arena_init_malloc(&arena);
	count = lang_suggest(&arena, text, strlen(text), tongue, &fixture_set, &items);
	arena_free(&arena);
	return count;
}

static void
test_english(void)
{
	CHECK(suggests("", "WHEN", "keyword"));
	CHECK(suggests("WHEN", "invoice issued", "event"));
	CHECK(suggests("WHEN invoice is", "invoice issued", "event"));
	CHECK(!suggests("WHEN invoice is", "invoice settled", "event"));
	CHECK(!suggests("WHEN ", "THEN", "keyword"));
	CHECK(suggests("WHEN ", "rep", "role"));	/* rep HAS NOT ACKNOWLEDGED */
	CHECK(suggests("WHEN complaint", "PER", "keyword"));
	CHECK(suggests("When a complaint ", "is followed", "word"));
	CHECK(suggests("When an invoice ", "isn't", "word"));
	CHECK(suggests("When an invoice isn't ", "within", "keyword") == false);
	CHECK(suggests("An order is approved and isn't shipped ", "WITHIN", "keyword"));
	CHECK(suggests("A complaint is followed within 3 days by a ", "visit", "event"));
	CHECK(suggests("A complaint comes in: give the rep ", "a task", "word"));
	CHECK(!suggests("WHEN complaint PER customer THEN text rep; 7 days ", "isn't", "word"));
	CHECK(suggests("WHEN complaint PER ", "customer", "key"));
	CHECK(suggests("WHEN opportunity changed PER ", "customer", "key"));
	CHECK(!suggests("WHEN opportunity changed PER ", "invoice", "key"));	/* no column of it */
	CHECK(suggests("WHEN customer ", "stage", "column"));
	CHECK(suggests("WHEN complaint P", "PER", "keyword"));
	CHECK(suggests("WHEN complaint ", "AND", "keyword"));
	CHECK(!suggests("WHEN complaint THEN notify ", "visit", "event"));
	CHECK(suggests("WHEN complaint PER customer AND ", "NOT", "keyword"));
	CHECK(suggests("WHEN complaint PER customer AND NOT ", "visit", "event"));
	CHECK(suggests("WHEN complaint PER customer AND NOT visit", "WITHIN", "keyword"));
	CHECK(suggests("WHEN complaint PER customer AND NOT visit WITHIN ", "30 days", "duration"));
	CHECK(suggests("WHEN complaint PER customer AND NOT visit WITHIN 3 ", "working days", "unit"));
	CHECK(suggests("WHEN complaint PER customer AND NOT visit WITHIN 3 wor", "working days", "unit"));
	CHECK(suggests("WHEN complaint PER customer AND NOT visit WITHIN 3 days", "THEN", "keyword"));
	CHECK(suggests("WHEN complaint THEN", "notify", "keyword"));
	CHECK(suggests("WHEN complaint THEN notify ", "rep", "role"));
	CHECK(suggests("WHEN complaint THEN notify reg", "regional director", "role"));
	CHECK(suggests("WHEN complaint THEN notify rep", "UNTIL", "keyword"));
	CHECK(suggests("WHEN complaint THEN notify rep", ";", "sign"));
	CHECK(suggests("WHEN complaint WHERE ", "severity", "column"));
	CHECK(!suggests("WHEN complaint WHERE ", "grade", "column"));
	CHECK(suggests("WHEN complaint WHERE severity ", "is", "keyword"));
	CHECK(suggests("WHEN opportunity changed WHERE stage is ", "negotiation", "value"));
	CHECK(!suggests("WHEN complaint THEN notify rep", "WHEN", "keyword"));
}

static void
test_chinese(void)
{
	CHECK(suggests("当", "投诉", "event"));
	CHECK(suggests("当服务", "服务合同", "event"));
	CHECK(!suggests("当服务", "投诉", "event"));
	CHECK(suggests("当投诉", "（", "sign"));
	CHECK(suggests("当投诉（每个", "客户", "key"));
	CHECK(suggests("当投诉（每个客户），且3", "天", "unit"));
	CHECK(suggests("当投诉（每个客户），且3天内未发生", "回访", "event"));
	CHECK(suggests("当投诉（每个客户），且3天内未发生回访时，", "短信通知", "keyword"));
	CHECK(suggests("当投诉时，通知", "销售代表", "role"));
	CHECK(suggests("当投诉时，通知区域", "区域总监", "role"));
	CHECK(suggests("当投诉时，通知销售代表", "；", "sign"));
	CHECK(suggests("当投诉时，通知销售代表；", "直到", "keyword"));
	CHECK(suggests("当投诉，其", "严重程度", "column"));
	CHECK(!suggests("当投诉时，通知", "当", "keyword"));
	CHECK(!suggests("当投诉时，通知", "回访", "event"));
}

/* Never a mistake of its own, whatever the text; every sentence can be typed from them. */
static void
test_odd_texts(void)
{
	char		huge[SUGGEST_MAX_LENGTH + 10];

	memset(huge, 'x', sizeof(huge));
	huge[sizeof(huge) - 1] = '\0';
	CHECK(count_suggestions(huge, TONGUE_EN) == 0);
	CHECK(count_suggestions("\xff\xfe", TONGUE_EN) == 0);
	CHECK(count_suggestions("WHEN nothing of the kind THEN ", TONGUE_EN) == 0);
	CHECK(count_suggestions("", TONGUE_ZH) > 0);
	CHECK(suggests("WHEN complaint THEN notify \"", "\"...\"", "text"));
}

int
main(void)
{
	test_english();
	test_chinese();
	test_odd_texts();
	return check_done();
}
