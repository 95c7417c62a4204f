/*
 * lang_fuzz.c
 *	  Random sentences for the rule language: mutations of good ones, and good
 *	  ones spliced.  Whatever is read must print and read back as itself.
 *
 * lang_fuzz [N [SEED]] runs N mutations and prints a count; built with
 * -fsanitize=fuzzer -DLIBFUZZER it is a libFuzzer target instead.
 *
 * sources: src/rule/lang.c src/rule/lang_equal.c src/rule/lang_error.c src/rule/name.c src/rule/scan.c src/rule/words.c
 * sources: src/rule/parse_action.c src/rule/parse_clause.c src/rule/plain_word.c src/rule/parse_plain.c src/rule/parse_plain_absence.c src/rule/parse_plain_action.c src/rule/parse_plain_state.c src/rule/parse_condition.c src/rule/parse_effect.c src/rule/parse_en.c src/rule/parse_option.c src/rule/parse_pattern.c
 * sources: src/rule/parse_schedule.c src/rule/parse_step.c src/rule/parse_value.c src/rule/parse_zh.c src/rule/parse_zh_absence.c
 * sources: src/rule/print_condition.c src/rule/print_en.c src/rule/print_extra.c src/rule/print_zh.c src/rule/out.c
 * sources: src/rule/utf8.c src/rule/numeral.c src/rule/vocabulary.c src/rule/suggest.c src/base/arena.c
 * sources: src/rule/parse_member.c src/rule/parse_state.c src/rule/print_form.c
 */
#include "../unit/lang_fixture.h"
#include "rule/suggest.h"

int			LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool truth, const char *what, const char *text, size_t length, const char *printed)
{
	if (truth)
		return;
	fprintf(stderr, "%s\n  sentence: %.*s\n  printed: %s\n", what, (int) length, text, printed);
	abort();
}

/* Reads back what it prints; returns whether the sentence was good. */
static bool
try_sentence(const char *text, size_t length, const Vocabulary *vocabulary)
{
	static const struct
	{
		Tongue		tongue;
		bool		labels;
	}			forms[] = {{TONGUE_EN, true}, {TONGUE_ZH, true}, {TONGUE_EN, false}};
	Arena		arena;
	LangError	error;
	const Rule *rule;

	arena_init_malloc(&arena);
	rule = lang_parse(&arena, text, length, TONGUE_AUTO, vocabulary, &error);
	if (rule == NULL)
		must(error.code != LANG_OK && error.offset <= length && error.message != NULL &&
			 error.detail != NULL && error.hint != NULL, "a refusal says nothing", text, length, "");
	for (size_t i = 0; rule != NULL && i < sizeof(forms) / sizeof(forms[0]); i++)
	{
		const Vocabulary *labels = forms[i].labels ? vocabulary : NULL;
		const char *printed = lang_print(&arena, rule, forms[i].tongue, labels);
		const Rule *again = lang_parse(&arena, printed, strlen(printed), forms[i].tongue, labels, &error);

		must(again != NULL, error.message, text, length, printed);
		must(lang_rules_equal(rule, again), "another rule", text, length, printed);
	}
	arena_free(&arena);
	return rule != NULL;
}

/* What is suggested for a text makes no mistake before its end. */
static void
try_suggestions(const char *text, size_t length, const Vocabulary *vocabulary)
{
	const Suggestion *items;
	Arena		arena;
	int			count;

	arena_init_malloc(&arena);
	count = lang_suggest(&arena, text, length, TONGUE_EN, &fixture_set, &items);
	for (int i = 0; i < count; i++)
		must(items[i].start <= length && strstr(items[i].completed, items[i].words) != NULL,
			 "a suggestion that is not in the text", text, length, items[i].completed);
	arena_free(&arena);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	Vocabulary	vocabulary = label_vocabulary(&fixture_set);

	if (size > 0 && data[size - 1] % 16 == 0)	/* it takes many parses */
		try_suggestions((const char *) data, size / 2, &vocabulary);

	try_sentence((const char *) data, size, &vocabulary);
	try_sentence((const char *) data, size, NULL);
	return 0;
}

#ifndef LIBFUZZER

static const char *const seeds[] = {
	"A complaint is followed within 14 days by a competitor contact: notify the regional director, cc the rep",
	"A complaint isn't followed by a visit within 3 days: give the rep a task due in 2 days; remind every 10 days until the visit",
	"An A-grade client has had no visit for 21 days: give the rep a task; 7 days later finance checks the account",
	"60 days before a service contract's contract end, unless there is a visit, warn the rep; several clients of one customer are one task",
	"A shipment request's unit price is below its contract price: hold it and notify the commerce",
	"The regional director hasn't acknowledged within 24 hours: notify the vp sales, warning to finance",
	"Every working day at 08:00 send each regional manager the morning board of his store",
	"When an order over 100,000 yuan is approved and isn’t shipped within 3 working days, the board to the rep, once, until it is shipped",
	"EACH client WHERE rating is \"A\" and not city is missing WITHOUT visit FOR 21 days THEN assign rep \"Visit\"; every 10 days: text rep UNTIL visit",
	"凡评级为“A”且城市不为空的档案客户，连续21天未发生回访（其方式为现金）的，指派销售代表“拜访”；7天后，通知rep；直到回访为止。",
	"A类档案客户连续21天没有回访，给销售代表派任务",
	"WHILE stock position WHERE item class is \"A\" AND days of supply < 7 FOR 3 days PER equipment THEN notify finance; every 2 days: text rep CLEARED WHEN days of supply >= 10",
	"只要库存（每台设备），其品类为“A”且供应天数低于7，持续3天，就通知财务部；供应天数达到10天时解除。",
	"WHILE stock position WHERE days of supply < 7 PER store, product UNLESS rule \"recall\" IS OPEN THEN notify finance",
	"凡档案客户，连续21天未发生回访的，除非规则“recall”未结，通知销售代表。",
	"WHILE store sales WHERE units < 5 ON 3 CONSECUTIVE working days MISSING DAYS ARE SKIPPED PER customer THEN notify rep",
	"当门店销售连续3日销量低于5时，通知销售代表，同时通知财务部",
	"WHEN 60 days BEFORE contract end OF service contract PER equipment AND NOT contract renewed THEN text rep",
	"WHEN complaint WHERE severity > 2 HAPPENS MORE THAN 3 TIMES WITHIN 30 days PER customer EACH TIME THEN text rep",
	"WHEN complaint FOLLOWED BY competitor contact WITHIN 14 days PER customer AND NO visit IN THE LAST 2 weeks THEN text rep",
	"WHEN opportunity changed WHERE stage CHANGES FROM \"a\" TO \"negotiation\" or stage CHANGES PER customer THEN text rep",
	"当服务合同的合同到期日前60天（每台设备），且未发生续签时，指派销售代表“续签”；直到续签为止。",
	"同一客户30天内投诉（其严重程度超过2）3次以上，且之前3天内未发生回访，且2天内未发生发货时，通知客服主管",
	"当投诉之后14天内发生竞品接触（每个客户）时，通知销售代表",
	"当商机变更，其阶段由“甲”变为谈判或阶段发生变化时，通知销售代表",
	"WHEN invoice issued PER invoice AND NOT invoice settled WITHIN 30 days AFTER due date THEN text rep;"
	" 7 days later: mail regional director CC rep; another 7 days later: assign finance \"Check\" UNTIL invoice settled",
	"WHEN invoice issued WHERE grade is \"A\" and (amount >= 5 or approved is false) PER invoice ONCE"
	" THEN notify rep, mail finance and assign rep \"x\" DUE IN 2 working days",
	"WHEN invoice issued WHERE amount between 1 and 2.50 or title starts with \"Hua\" or phone is not missing THEN text rep",
	"WHEN order approved WHERE amount > 100,000 CNY AND NOT shipped WITHIN 3 working days THEN mail logistics",
	"WHEN opportunity changed WHERE stage CHANGES TO \"negotiation\" THEN text rep",
	"WHEN complaint THEN notify rep; every 10 days AT MOST 5 TIMES: text rep; another 7 days later: mail finance",
	"当开票（每张发票），且到期日后30天内未发生结清时，短信通知销售代表；7天后，邮件通知区域总监，抄送销售代表；"
	"再过7天，指派财务部“核查逾期发票”；直到结清为止。",
	"当开票，其金额介于1和2.50之间，且等级为“A”、“B”之一或开票日达到2026年3月31日时，通知销售代表，限2天完成",
	"如果投诉发生（每个客户，每次），但回访在一百零五分钟内未发生，则通知店长「马上」，同时指派客服主管“回访”，限两个工作日内完成",
	"凡订单审批通过后3个工作日内未发货的，邮件通知物流部、抄送销售代表、财务部；直到发货（其金额10万元以上）为止",
	"售后服务后3天内未成交，通知rep；三天后，通知finance",
	"当投诉时，每天提醒一次销售代表、直到回访",
	"当开票（每张发票）时，按客户合并，指派销售代表“续签”；每天，如未完成，按客户汇总，短信通知销售代表；直到结清",
	"当投诉时，通知销售代表；24小时后，如未确认，通知财务部；再过1天、如未完成，通知rep；1小时后，送达后，短信通知rep",
	"当投诉时，指派销售代表“拜访”；每10天、最多5次，短信通知销售代表；再过7天，邮件通知财务部。",
	"EVERY working day AT 08:00 THEN send \"morning board\" TO EACH regional manager",
	"EVERY month ON last working day AT 5:30 pm THEN text rep and send \"x\" TO rep CC finance",
	"EVERY Monday, Friday AT 08:00 THEN call function \"app.f\" (1, \"a\") and emit event lead returned (reason \"late\")",
	"WHEN daily stock count PER store, product EACH TIME AT MOST ONCE IN 7 days UNLESS rule \"other\" IS OPEN THEN text rep",
	"WHEN shipment request WHERE unit price < contract price and SQL (f('a)', (2)) > 1) THEN hold \"why\" and notify commerce",
	"WHEN lead assigned AND NOT first contact WITHIN 2 hours THEN return to pool (owner), emit event lead returned (rep owner)",
	"WHEN regional director HAS NOT ACKNOWLEDGED WITHIN 24 hours UNLESS rule \"b\" IS OPEN THEN notify vp sales; 1 day later: text rep",
	"WHEN invoice overdue THEN notify rep TOGETHER PER customer ONCE A DAY AT 18:00; 3 days later: text rep TOGETHER PER customer",
	"每个工作日8点，把晨会看板发给各区域经理",
	"每月第3个工作日下午三点半，向每位区域经理发送“看板”，同时向财务部发出提醒",
	"同一客户有多张发票逾期时，每天只发一条汇总给销售代表",
	"发货申请的单价低于合同价的，扣住并通知商务",
	"线索分配后2个工作小时内未首次联系，收回公海（负责人、“超时”），产生事件线索退回（原因为“超时”、代表为负责人）",
	"区域总监24小时内未确认的，通知销售副总；再过1天，短信通知销售副总",
	"当每日盘点（每家门店、商品，每次，7天内最多一次），其SQL（a > '）'）时，除非规则“甲”未结，按客户合并，每天8:00一次，通知rep",
};

#define SEED_COUNT (sizeof(seeds) / sizeof(seeds[0]))

static uint64_t random_state;

static uint64_t
next_random(uint64_t below)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state % below;
}

/* a place between two characters */
static size_t
random_place(const char *text, size_t length)
{
	size_t		at = next_random(length + 1);

	while (at < length && ((unsigned char) text[at] & 0xc0) == 0x80)
		at++;
	return at;
}

/* Take out, double, or replace by a piece of another seed. */
static size_t
mutate(char *text, size_t length, size_t room)
{
	size_t		from = random_place(text, length);
	size_t		until = from;
	char		rest[2048];
	const char *piece = "";
	size_t		piece_length = 0;
	size_t		rest_length;

	for (int steps = (int) next_random(6); steps > 0 && until < length; steps--)
		do
			until++;
		while (until < length && ((unsigned char) text[until] & 0xc0) == 0x80);
	rest_length = length - until;
	memcpy(rest, text +until, rest_length);
	if (next_random(3) > 0)
	{
		const char *seed = seeds[next_random(SEED_COUNT)];
		size_t		start = random_place(seed, strlen(seed));
		size_t		end = random_place(seed, strlen(seed));

		piece = seed + (start < end ? start : end);
		piece_length = start < end ? end - start : start - end;
		if (next_random(2) > 0 && piece_length > 12)
			piece_length = 12;
	}
	if (next_random(50) == 0 && length > 0)
		text[		next_random(length)] ^= (char) (1 << next_random(8));

	if (from + piece_length + rest_length > room)
		return length;
	memcpy(text +from, piece, piece_length);
	memcpy(text +from + piece_length, rest, rest_length);
	return from + piece_length + rest_length;
}

int
main(int argc, char **argv)
{
	long		rounds = argc > 1 ? atol(argv[1]) : 20000;
	Vocabulary	vocabulary = label_vocabulary(&fixture_set);
	long		good = 0;

	random_state = 88172645463325252ULL + (argc > 2 ? strtoull(argv[2], NULL, 10) : 0);
	for (size_t i = 0; i < SEED_COUNT; i++)
		(void) try_sentence(seeds[i], strlen(seeds[i]), &vocabulary);
	for (long i = 0; i < rounds; i++)
	{
		char text[	2048];
		const char *seed = seeds[next_random(SEED_COUNT)];
		size_t		length = strlen(seed);
		char	   *exact;

		memcpy(text, seed, length);
		for (int times = 1 + (int) next_random(3); times > 0; times--)
			length = mutate(text, length, sizeof(text));
		exact = malloc(length + 1); /* ASan sees a read past the end */
		memcpy(exact, text, length);
		good += try_sentence(exact, length, &vocabulary);
		(void) try_sentence(exact, length, NULL);
		free(exact);
	}
	printf("%ld mutations, %ld of them still rules\n", rounds, good);
	return good > 0 ? 0 : 1;
}

#endif							/* LIBFUZZER */
