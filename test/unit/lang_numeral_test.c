/*
 * lang_numeral_test.c
 *	  Numbers as people write them, and what is no number; edit distances.
 *
 * sources: src/rule/lang.c src/rule/lang_equal.c src/rule/lang_error.c src/rule/name.c src/rule/scan.c src/rule/words.c
 * sources: src/rule/parse_action.c src/rule/parse_clause.c src/rule/plain_word.c src/rule/parse_plain.c src/rule/parse_plain_absence.c src/rule/parse_plain_action.c src/rule/parse_plain_state.c src/rule/parse_condition.c src/rule/parse_effect.c src/rule/parse_en.c src/rule/parse_option.c src/rule/parse_pattern.c
 * sources: src/rule/parse_schedule.c src/rule/parse_step.c src/rule/parse_value.c src/rule/parse_zh.c src/rule/parse_zh_absence.c
 * sources: src/rule/print_condition.c src/rule/print_en.c src/rule/print_extra.c src/rule/print_zh.c src/rule/out.c
 * sources: src/rule/parse_member.c src/rule/parse_state.c src/rule/print_form.c
 * sources: src/rule/utf8.c src/rule/numeral.c src/rule/vocabulary.c src/base/arena.c
 */
#include "check.h"
#include "rule/lang_internal.h"
#include "rule/vocabulary.h"

typedef struct Numeral
{
	const char *text;
	const char *digits;			/* NULL: no number */
	const char *rest;
} Numeral;

static const Numeral numerals[] = {
	{"0", "0", ""}, {"7", "7", ""}, {"007", "7", ""}, {"-3", "-3", ""}, {"+3", "3", ""},
	{"-0", "0", ""}, {"-0.00", "0.00", ""}, {"0.50", "0.50", ""}, {"00.5", "0.5", ""},
	{"1,200", "1200", ""}, {"1,200.50", "1200.50", ""}, {"1,234,567", "1234567", ""},
	{"1,2", "1", ",2"}, {"1,2345", "1", ",2345"}, {"1234,567", "1234", ",567"}, {"1, 200", "1", ", 200"},
	{"5.", "5", "."}, {"5.x", "5", ".x"}, {".5", NULL, ".5"}, {"", NULL, ""}, {"abc", NULL, "abc"},
	{"-", NULL, "-"},
	{"1.2万", "12000", ""}, {"10万元", "100000", "元"}, {"1.23456万", "12345.6", ""},
	{"0.5万", "5000", ""}, {"3亿", "300000000", ""}, {"2.5百万", "2500000", ""}, {"5千", "5000", ""},
	{"12345678901234567890.12", "12345678901234567890.12", ""},
	{"三", "3", ""}, {"两", "2", ""}, {"十", "10", ""}, {"十二", "12", ""}, {"二十", "20", ""},
	{"二十一", "21", ""}, {"一百零五", "105", ""}, {"一百二十五", "125", ""}, {"两百八", "280", ""},
	{"两百八十", "280", ""}, {"三千零八", "3008", ""}, {"三千八", "3800", ""}, {"一万二", "12000", ""},
	{"一万零二", "10002", ""}, {"十二万", "120000", ""}, {"一亿二", "120000000", ""},
	{"三千五百万", "35000000", ""}, {"一万亿", "1000000000000", ""}, {"零", "0", ""}, {"〇", "0", ""},
	{"二〇二六", "2026", ""}, {"三点五", "3.5", ""}, {"三点", "3", "点"}, {"三天", "3", "天"},
	{"一百三千", NULL, "一百三千"}, {"百", NULL, "百"}, {"万", NULL, "万"}, {"三百万万", NULL, "三百万万"},
	{"亿", NULL, "亿"}, {"天", NULL, "天"},
};

static void
check_numerals(void)
{
	for (size_t i = 0; i < sizeof(numerals) / sizeof(numerals[0]); i++)
	{
		const Numeral *n = &numerals[i];
		Arena		arena;
		const char *digits = NULL;
		size_t		size;

		arena_init_malloc(&arena);
		size = numeral_scan(&arena, n->text, strlen(n->text), &digits);
		CHECK_STR(n->text +size, n->rest);
		if (n->digits == NULL)
			CHECK_EQ(size, 0);
		else
			CHECK_STR(digits, n->digits);
		arena_free(&arena);
	}
}

static void
check_characters(void)
{
	uint32_t	character;

	CHECK_EQ(utf8_decode("a", 1, &character), 1);
	CHECK_EQ(utf8_decode("é", 2, &character), 2);
	CHECK_EQ(character, 0xe9);
	CHECK_EQ(utf8_decode("开", 3, &character), 3);
	CHECK_EQ(character, 0x5f00);
	CHECK_EQ(utf8_decode("开", 2, &character), 0);
	CHECK_EQ(utf8_decode("\xc0\xaf", 2, &character), 0);	/* overlong */
	CHECK_EQ(utf8_decode("\xed\xa0\x80", 3, &character), 0);	/* a surrogate */
	CHECK_EQ(utf8_decode("\xf4\x90\x80\x80", 4, &character), 0);	/* past the end */
	CHECK_EQ(utf8_decode("\x80", 1, &character), 0);
	CHECK_EQ(utf8_count("开票ab", 8), 4);
	CHECK_EQ(utf8_fold(0xff21), 'A');
	CHECK_EQ(utf8_fold(0x3000), ' ');
	CHECK_EQ(utf8_fold(0x3002), '.');
	CHECK(utf8_is_letter(0x5f00) && !utf8_is_letter(0x201c) && !utf8_is_letter(0x3001));
}

static void
check_labels(void)
{
	Arena		arena;

	arena_init_malloc(&arena);
	CHECK_STR(label_fold(&arena, "　Ａ类  客户 "), "A类 客户");
	CHECK_STR(label_keyword(&arena, TONGUE_ZH, "未成交"), "未");
	CHECK_STR(label_keyword(&arena, TONGUE_EN, "not paid"), "not");
	CHECK(label_keyword(&arena, TONGUE_EN, "notice") == NULL);
	CHECK(label_keyword(&arena, TONGUE_ZH, "开票") == NULL);
	CHECK_EQ(label_distance("invoice issued", "invoice isued", 13, true), 1);
	CHECK_EQ(label_distance("invoice_issued", "Invoice Issued", 14, true), 0);
	CHECK_EQ(label_distance("开票", "开漂时通知", 15, false), 1);
	CHECK_EQ(label_distance("开票", "开漂时通知", 15, true), 4);
	CHECK_EQ(label_distance("abc", "", 0, true), 3);
	arena_free(&arena);
}

int
main(void)
{
	check_numerals();
	check_characters();
	check_labels();
	return check_done();
}
