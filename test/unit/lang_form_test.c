/*
 * lang_form_test.c
 *	  Sentences about members, states and streaks: their trees, their canonical
 *	  forms in both tongues, and what is wrong with spoilt ones.
 *
 * sources: src/rule/lang.c src/rule/lang_equal.c src/rule/lang_error.c src/rule/name.c src/rule/scan.c src/rule/words.c
 * sources: src/rule/parse_action.c src/rule/parse_clause.c src/rule/plain_word.c src/rule/parse_plain.c src/rule/parse_plain_absence.c src/rule/parse_plain_action.c src/rule/parse_plain_state.c src/rule/parse_condition.c src/rule/parse_effect.c src/rule/parse_en.c src/rule/parse_option.c src/rule/parse_pattern.c
 * sources: src/rule/parse_schedule.c src/rule/parse_step.c src/rule/parse_value.c src/rule/parse_zh.c src/rule/parse_zh_absence.c
 * sources: src/rule/print_condition.c src/rule/print_en.c src/rule/print_extra.c src/rule/print_zh.c src/rule/out.c
 * sources: src/rule/parse_member.c src/rule/parse_state.c src/rule/print_form.c
 * sources: src/rule/utf8.c src/rule/numeral.c src/rule/vocabulary.c src/base/arena.c
 */
#include "lang_fixture.h"

typedef struct Form
{
	const char *sentence;
	const char *tree;
	const char *en;				/* canonical, or NULL: not looked at */
	const char *zh;
}			Form;

#define MEMBER "each when client(= rating 'A) per client not visit in 21d |0 assign:rep'Visit until visit"
#define STOCK "while when app.stock(and(= class 'A)(< supply #7)) per equipment |0 notify:finance cleared app.stock(>= supply #10)"

static const Form forms[] = {
	{"EACH client WHERE rating is \"A\" WITHOUT visit FOR 21 days THEN assign rep \"Visit\" UNTIL visit", MEMBER,
		"EACH client WHERE rating is \"A-grade\" WITHOUT visit FOR 21 days THEN assign rep \"Visit\" UNTIL visit",
	"凡评级为“A类”的档案客户，连续21天未发生回访的，指派销售代表“Visit”；直到回访为止。"},
	{"凡评级为“A”的档案客户，连续21天未发生回访的，指派销售代表“Visit”；直到回访为止。", MEMBER, NULL, NULL},
	{"EACH A-grade client WITHOUT visit FOR 21 days, assign rep \"Visit\" UNTIL visit", MEMBER, NULL, NULL},
	{"A类档案客户连续21天没有回访，给销售代表派任务",
	"each when client(= rating 'A) per client not visit in 21d |0 assign:rep'回访", NULL, NULL},
	{"A类的档案客户超过21天没有回访的，则通知销售代表",
	"each when client(= rating 'A) per client not visit in 21d |0 notify:rep", NULL, NULL},
	{"当档案客户90天未回访时，通知销售代表", "each when client per client not visit in 90d |0 notify:rep",
	"EACH client WITHOUT visit FOR 90 days THEN notify rep", "凡档案客户，连续90天未发生回访的，通知销售代表。"},
	{"EVERY client WITHOUT visit WHERE \"method\" is cash FOR 2 months THEN text rep; every 10 days: text rep", NULL, NULL, NULL},
	{"凡城市为“北京”或（评级为“A”且城市为空）的档案客户，连续3个工作日内未发生投诉（其严重程度超过2）的，通知销售代表",
		"each when client(or(= city '北京)(and(= rating 'A)(missing city))) per client not complaint(> severity #2) in 3wd |0 notify:rep",
		"EACH client WHERE city is \"北京\" OR rating is \"A-grade\" AND city is missing WITHOUT complaint WHERE severity > 2 FOR 3 working days\n"
		"THEN notify rep",
	"凡城市为“北京”或评级为“A类”且城市为空的档案客户，连续3个工作日未发生投诉（其严重程度超过2）的，通知销售代表。"},
	{"WHILE stock position WHERE item class is \"A\" AND days of supply < 7 PER equipment THEN notify finance CLEARED WHEN days of supply >= 10",
		STOCK,
		"WHILE stock position WHERE item class is \"A\" AND days of supply < 7 PER equipment\n"
		"THEN notify finance CLEARED WHEN days of supply >= 10",
	"只要库存（每台设备），其品类为“A”且供应天数低于7，就通知财务部；供应天数达到10时解除。"},
	{"只要库存（每台设备），其品类为“A”且供应天数低于7，就通知财务部；供应天数达到10天时解除。", STOCK, NULL, NULL},
	{"当库存（每台设备）的品类为“A”且供应天数低于7天时，通知财务部；供应天数达到10天时解除", STOCK, NULL, NULL},
	{"WHILE stock position FOR 3 hours PER equipment WHERE days of supply < 7 THEN notify finance; every 2 days: text rep",
		"while for 3h when app.stock(< supply #7) per equipment |0 notify:finance |every 2d text:rep",
		"WHILE stock position WHERE days of supply < 7 FOR 3 hours PER equipment THEN notify finance; every 2 days: text rep",
	"只要库存（每台设备），其供应天数低于7，持续3小时，就通知财务部；每2天，短信通知销售代表。"},
	{"WHILE stock position WHERE days of supply < 7 PER store, product UNLESS rule \"recall\" IS OPEN THEN notify finance",
		"while when app.stock(< supply #7) per store+sku unless recall |0 notify:finance",
		"WHILE stock position WHERE days of supply < 7 PER store, product UNLESS rule \"recall\" IS OPEN THEN notify finance",
	"只要库存（每家门店、商品），其供应天数低于7，除非规则“recall”未结，通知财务部。"},
	{"EACH client WITHOUT visit FOR 21 days UNLESS rule \"recall\" IS OPEN THEN notify rep",
		"each when client per client unless recall not visit in 21d |0 notify:rep", NULL,
	"凡档案客户，连续21天未发生回访的，除非规则“recall”未结，通知销售代表。"},
	{"EACH client WITHOUT visit FOR 3 working days FIRE PAST USING CALENDAR \"china\" THEN notify rep",
		"each when client per client calendar china past not visit in 3wd |0 notify:rep",
		"EACH client WITHOUT visit FOR 3 working days USING CALENDAR \"china\" FIRE PAST THEN notify rep",
	"凡档案客户，连续3个工作日未发生回访的，使用日历“china”，含此前已到期的，通知销售代表。"},
	{"WHILE stock position WHERE days of supply < 7 FIRE PAST PER store, product THEN notify finance",
		"while when app.stock(< supply #7) per store+sku past |0 notify:finance",
		"WHILE stock position WHERE days of supply < 7 PER store, product FIRE PAST THEN notify finance",
	"只要库存（每家门店、商品），其供应天数低于7，含此前已到期的，通知财务部。"},
	{"当门店销售连续3个工作日销量低于5时，使用日历“china”，通知销售代表",
	"while on 3wd when store_sales(< units #5) calendar china |0 notify:rep", NULL, NULL},
	{"WHILE stock position WHERE SQL (supply < 7) PER store THEN notify finance CLEARED WHEN SQL (supply > 9)",
		"while when app.stock(sql supply < 7) per store |0 notify:finance cleared app.stock(sql supply > 9)",
		NULL,
	"只要库存（每家门店），其SQL (supply < 7)，就通知财务部；SQL (supply > 9)时解除。"},
	{"WHILE stock position PER equipment THEN notify finance", "while when app.stock per equipment |0 notify:finance", NULL,
	"只要库存（每台设备），就通知财务部。"},
	{"WHEN store sales WHERE units < 5 ON 3 CONSECUTIVE days PER customer THEN notify rep",
		"while on 3d when store_sales(< units #5) per customer |0 notify:rep",
		"WHILE store sales WHERE units < 5 ON 3 CONSECUTIVE days PER customer THEN notify rep",
	"只要门店销售（每个客户）连续3天，其销量低于5，就通知销售代表。"},
	{"当门店销售连续3日销量低于5时，通知销售代表", "while on 3d when store_sales(< units #5) |0 notify:rep", NULL,
	"只要门店销售连续3天，其销量低于5，就通知销售代表。"},
	{"WHILE store sales WHERE units >= 5 ON 5 CONSECUTIVE working days MISSING DAYS ARE SKIPPED PER customer THEN notify rep",
		"while on 5wd skip when store_sales(>= units #5) per customer |0 notify:rep", NULL,
	"只要门店销售（每个客户）连续5个工作日，其销量达到5，缺日跳过，就通知销售代表。"},
	{"只要门店销售（每个客户），连续两个工作日，销量低于5，缺日中断，就通知销售代表。",
	"while on 2wd break when store_sales(< units #5) per customer |0 notify:rep", NULL, NULL},
	{"WHILE store sales WHERE units < 5 ON 1 CONSECUTIVE day MISSING DAYS COUNT PER customer THEN notify rep",
	"while on 1d count when store_sales(< units #5) per customer |0 notify:rep", NULL, NULL},
};

static const struct
{
	LangErrorCode code;
	const char *marked;			/* the mistake begins at ¦ */
	const char *said;
}			mistakes[] = {
	{LANG_UNKNOWN_NAME, "EACH ¦clint WITHOUT visit FOR 21 days THEN notify rep", "Perhaps you meant \"client\""},
	{LANG_UNKNOWN_NAME, "EACH client WHERE ¦ratin is \"A\" WITHOUT visit FOR 21 days THEN notify rep", "\"rating\""},
	{LANG_SYNTAX, "EACH client ¦THEN notify rep", "WITHOUT, an event"},
	{LANG_SYNTAX, "EACH client WITHOUT visit ¦THEN notify rep", "FOR and a duration"},
	{LANG_SYNTAX, "EACH client WITHOUT visit FOR ¦days THEN notify rep", "a duration"},
	{LANG_UNKNOWN_NAME, "EACH client WITHOUT ¦vist FOR 21 days THEN notify rep", "\"visit\""},
	{LANG_SYNTAX, "EACH client WITHOUT visit FOR 21 days ¦notify rep", "THEN"},
	{LANG_SYNTAX, "EACH client WITHOUT visit FOR 21 days THEN notify rep ¦CLEARED WHEN rating is \"B\"", "WHILE"},
	{LANG_UNKNOWN_NAME, "WHILE ¦stok WHERE units < 5 THEN notify rep", "relation"},
	{LANG_UNKNOWN_NAME, "WHILE stock position WHERE ¦unit < 5 PER equipment THEN notify rep", "column"},
	{LANG_SYNTAX, "WHILE stock position WHERE days of supply < 5 ¦PERR equipment THEN notify rep", "ON 3 CONSECUTIVE days or THEN"},
	{LANG_SYNTAX, "WHILE store sales ON 3 ¦days PER customer THEN notify rep", "CONSECUTIVE"},
	{LANG_SYNTAX, "WHILE store sales ON 3 CONSECUTIVE ¦hours PER customer THEN notify rep", "days or working days"},
	{LANG_SYNTAX, "WHILE store sales ON 3 CONSECUTIVE days ¦FOR 3 days PER customer THEN notify rep", "Leave out FOR"},
	{LANG_SYNTAX, "WHILE store sales ON 3 CONSECUTIVE days PER customer THEN notify rep ¦CLEARED WHEN units > 5", "first other day"},
	{LANG_SYNTAX, "WHILE stock position PER equipment THEN notify rep ¦UNTIL visit", "end of the sentence"},
	{LANG_SYNTAX, "只要库存（每台设备），其供应天数低于7，就通知财务部；供应天数达到10天¦", "时解除"},
	{LANG_SYNTAX, "只要门店销售¦连续3小时，其销量低于5，就通知财务部", "持续3小时"},
	{LANG_UNKNOWN_NAME, "只要¦库纯，其供应天数低于7，就通知财务部", "库存"},
};

static void
check_form(const Form * form, const Vocabulary *vocabulary)
{
	static const struct
	{
		Tongue		tongue;
		bool		labels;
	}			ways[] = {{TONGUE_EN, true}, {TONGUE_ZH, true}, {TONGUE_EN, false}};
	static Dump d;
	Arena		arena;
	LangError	error;
	const Rule *rule;

	arena_init_malloc(&arena);
	rule = lang_parse(&arena, form->sentence, strlen(form->sentence), TONGUE_AUTO, vocabulary, &error);
	CHECK((rule != NULL) == (form->tree != NULL));
	if (rule == NULL && form->tree != NULL)
		printf("    %s\n    at byte %zu: %s (%s)\n", form->sentence, error.offset, error.message, error.detail);
	if (rule != NULL)
		CHECK_STR(dump_rule(&d, rule), form->tree);
	for (int i = 0; rule != NULL && i < 3; i++)
	{
		const char *text = lang_print(&arena, rule, ways[i].tongue, ways[i].labels ? vocabulary : NULL);
		const Rule *again = lang_parse(&arena, text, strlen(text), ways[i].tongue,
									   ways[i].labels ? vocabulary : NULL, &error);

		CHECK(again != NULL && lang_rules_equal(rule, again));
		if (again == NULL)
			printf("    %s\n    at byte %zu: %s (%s)\n", text, error.offset, error.message, error.detail);
	}
	if (rule != NULL && form->en != NULL)
		CHECK_STR(lang_print(&arena, rule, TONGUE_EN, vocabulary), form->en);
	if (rule != NULL && form->zh != NULL)
		CHECK_STR(lang_print(&arena, rule, TONGUE_ZH, vocabulary), form->zh);
	arena_free(&arena);
}

static void
check_mistake(size_t i, const Vocabulary *vocabulary)
{
	const char *mark = strstr(mistakes[i].marked, "¦");
	size_t		before = mark - mistakes[i].marked;
	char text[	1024];
	Arena		arena;
	LangError	error;
	const Rule *rule;

	memcpy(text, mistakes[i].marked, before);
	strcpy(text +before, mark + strlen("¦"));
	arena_init_malloc(&arena);
	rule = lang_parse(&arena, text, strlen(text), TONGUE_AUTO, vocabulary, &error);
	CHECK(rule == NULL);
	if (rule == NULL)
	{
		CHECK_EQ(error.code, mistakes[i].code);
		CHECK_EQ(error.offset, before);
		CHECK(strstr(error.message, mistakes[i].said) || strstr(error.detail, mistakes[i].said) ||
			  strstr(error.hint, mistakes[i].said));
		if (error.code != mistakes[i].code || error.offset != before)
			printf("    %s\n    %s (%s, %s)\n", mistakes[i].marked, error.message, error.detail, error.hint);
	}
	arena_free(&arena);
}

int
main(void)
{
	Vocabulary	vocabulary = label_vocabulary(&fixture_set);

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		check_form(&forms[i], &vocabulary);
	for (size_t i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++)
		check_mistake(i, &vocabulary);
	return check_done();
}
