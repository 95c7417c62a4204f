/*
 * lang_error_test.c
 *	  Wrong sentences: each is refused at the expected character, with the
 *	  expected code; what is not read yet is named as such.
 *
 * sources: src/rule/lang.c src/rule/lang_equal.c src/rule/lang_error.c src/rule/name.c src/rule/scan.c src/rule/words.c
 * sources: src/rule/parse_action.c src/rule/parse_clause.c src/rule/plain_word.c src/rule/parse_plain.c src/rule/parse_plain_absence.c src/rule/parse_plain_action.c src/rule/parse_plain_state.c src/rule/parse_condition.c src/rule/parse_effect.c src/rule/parse_en.c src/rule/parse_option.c src/rule/parse_pattern.c
 * sources: src/rule/parse_schedule.c src/rule/parse_step.c src/rule/parse_value.c src/rule/parse_zh.c src/rule/parse_zh_absence.c
 * sources: src/rule/print_condition.c src/rule/print_en.c src/rule/print_extra.c src/rule/print_zh.c src/rule/out.c
 * sources: src/rule/parse_member.c src/rule/parse_state.c src/rule/print_form.c
 * sources: src/rule/utf8.c src/rule/numeral.c src/rule/vocabulary.c src/base/arena.c
 */
#include "lang_fixture.h"
#include "rule/lang_internal.h"

/* The mistake begins at the mark ¦, which is taken out first. */
typedef struct Mistake
{
	LangErrorCode code;
	const char *marked;
	const char *said;			/* a part of message, detail or hint */
} Mistake;

#define NEAR_MISS LANG_UNKNOWN_NAME

static const Mistake mistakes[] = {
	/* English: each part of a sentence spoilt in turn */
	{LANG_SYNTAX, "¦", "ends too early"},
	{LANG_SYNTAX, "WHEN ¦", "name of an event"},
	{NEAR_MISS, "WHEN ¦invoice isued PER invoice THEN text rep", "Perhaps you meant \"invoice issued\""},
	{NEAR_MISS, "WHEN \"¦invoice\" THEN text rep", "unknown event \"invoice\""},
	{LANG_SYNTAX, "WHEN complaint ¦", "THEN"},
	{LANG_SYNTAX, "WHEN complaint ¦PRE customer THEN text rep", "Expected WHERE, PER, AND NOT or THEN"},
	{NEAR_MISS, "WHEN complaint PER ¦custmer THEN text rep", "Perhaps you meant \"customer\""},
	{LANG_SYNTAX, "WHEN complaint PER customer ¦AND visit THEN text rep", "AND NOT or THEN"},
	{NEAR_MISS, "WHEN complaint PER customer AND NOT ¦vist WITHIN 3 days THEN text rep", "\"visit\""},
	{LANG_SYNTAX, "WHEN complaint PER customer AND ¦NOT visit THEN text rep", "IN THE LAST 30 days"},
	{LANG_SYNTAX, "WHEN complaint PER customer AND NOT visit WITHIN ¦days THEN text rep", "a duration"},
	{LANG_SYNTAX, "WHEN complaint PER customer AND NOT visit WITHIN 3 ¦dozen THEN text rep", "a duration"},
	{LANG_SYNTAX, "WHEN complaint PER customer AND NOT visit WITHIN ¦0 days THEN text rep", "out of range"},
	{LANG_SYNTAX, "WHEN complaint PER customer AND NOT visit WITHIN ¦1.5 days THEN text rep", "36 hours"},
	{LANG_SYNTAX, "WHEN complaint PER customer AND NOT visit WITHIN ¦99999999999999999999 days THEN text rep", "range"},
	{NEAR_MISS, "WHEN invoice issued PER invoice AND NOT visit WITHIN 3 days AFTER ¦dew date THEN text rep", "\"due date\""},
	{LANG_SYNTAX, "WHEN complaint THEN ¦", "an action"},
	{LANG_SYNTAX, "WHEN complaint THEN ¦call rep", "notify, text, mail, assign, send"},
	{LANG_SYNTAX, "WHEN complaint THEN text ¦; 3 days later: text rep", "name of a role"},
	{LANG_SYNTAX, "WHEN complaint THEN assign rep¦", "title in quotes"},
	{LANG_SYNTAX, "WHEN complaint THEN assign rep ¦\"Visit; 3 days later: text rep", "not closed"},
	{LANG_SYNTAX, "WHEN complaint THEN assign rep ¦\"\"; 3 days later: text rep", "title in quotes"},
	{LANG_SYNTAX, "WHEN complaint THEN text rep ¦DUE IN 3 days", "belongs to one task"},
	{LANG_SYNTAX, "WHEN complaint THEN text rep and ¦", "an action"},
	{LANG_SYNTAX, "WHEN complaint THEN text rep, ¦3 days later: text rep", "an action"},
	{LANG_SYNTAX, "WHEN complaint THEN text rep; ¦text finance", "7 days later:"},
	{LANG_SYNTAX, "WHEN complaint THEN text rep; 3 days ¦: text finance", "later"},
	{LANG_SYNTAX, "WHEN complaint THEN text rep; another ¦days later: text finance", "a duration"},
	{LANG_SYNTAX, "WHEN complaint THEN text rep ¦visit UNTIL", "end of the sentence"},
	{LANG_SYNTAX, "WHEN complaint THEN text rep; ¦every 10 days: text rep", "AT MOST 5 TIMES"},
	{NEAR_MISS, "WHEN complaint THEN text rep TOGETHER PER ¦custmer", "Perhaps you meant \"customer\""},
	{LANG_SYNTAX, "当投诉时，按客户¦，通知销售代表", "“合并”"},
	{LANG_UNSUPPORTED, "WHEN complaint THEN text rep; 24 hours later ¦UNLESS rule other IS OPEN: notify rep", "UNLESS"},
	{LANG_SYNTAX, "WHEN complaint THEN text rep; every ¦0 days: text rep UNTIL visit", "out of range"},
	{LANG_SYNTAX, "WHEN complaint THEN text rep; every 10 days AT MOST ¦0 TIMES: text rep", "from 1 to 100000"},
	{LANG_SYNTAX, "WHEN complaint THEN text rep; every 10 days AT MOST ¦: text rep", "a number"},
	{LANG_SYNTAX, "WHEN complaint THEN text rep; every 10 days AT MOST 5¦: text rep", "TIMES"},
	{LANG_SYNTAX, "WHEN complaint THEN every 10 days: text rep; ¦another 7 days later: text rep UNTIL visit", "AT MOST 5 TIMES"},
	{LANG_SYNTAX, "WHEN complaint THEN every day AT MOST 5 TIMES: text rep; ¦7 days later: text rep", "another 7 days later"},
	{LANG_SYNTAX, "当投诉时，通知销售代表；¦每10天，短信通知销售代表", "最多5次"},
	{LANG_SYNTAX, "当投诉时，通知销售代表；每10天、最多¦零次，短信通知销售代表", "1到100000"},
	{LANG_SYNTAX, "当投诉时，通知销售代表；每10天、最多5¦，短信通知销售代表", "“次”"},
	{LANG_SYNTAX, "当投诉时，每天通知销售代表；¦再过7天，短信通知销售代表；直到回访", "最多5次"},
	{LANG_SYNTAX, "当投诉时，每天最多3次，通知销售代表；¦7天后，短信通知销售代表", "再过7天"},
	{LANG_SYNTAX, "WHEN complaint THEN text rep UNTIL ¦", "name of an event"},
	{NEAR_MISS, "WHEN complaint THEN text rep UNTIL ¦nothing", "See pulse.events"},
	{LANG_SYNTAX, "WHEN complaint THEN text rep. ¦And so on", "end of the sentence"},
	{LANG_SYNTAX, "WHEN complaint THEN text rep CC ¦", "name of a role"},
	/* conditions */
	{NEAR_MISS, "WHEN invoice issued WHERE ¦amuont > 3 THEN text rep", "Perhaps you meant \"amount\""},
	{NEAR_MISS, "WHEN complaint WHERE ¦amount > 3 THEN text rep", "column of event \"complaint\""},
	{LANG_SYNTAX, "WHEN invoice issued WHERE ¦> 3 THEN text rep", "name of a column"},
	{LANG_SYNTAX, "WHEN invoice issued WHERE amount ¦THEN text rep", "a comparison"},
	{LANG_SYNTAX, "WHEN invoice issued WHERE amount > ¦THEN text rep", "a value"},
	{LANG_SYNTAX, "WHEN invoice issued WHERE amount > ¦lots THEN text rep", "a value"},
	{LANG_SYNTAX, "WHEN invoice issued WHERE amount > 3 ¦4 THEN text rep", "AND, PER or THEN"},
	{LANG_SYNTAX, "WHEN invoice issued WHERE amount between 3 ¦THEN text rep", "upper bound"},
	{LANG_SYNTAX, "WHEN invoice issued WHERE amount between 3 and ¦THEN text rep", "a value"},
	{LANG_SYNTAX, "WHEN invoice issued WHERE grade in ¦\"A\" THEN text rep", "list in parentheses"},
	{LANG_SYNTAX, "WHEN invoice issued WHERE grade in (\"A\" ¦THEN text rep", "closing parenthesis"},
	{LANG_SYNTAX, "WHEN invoice issued WHERE (grade is \"A\" ¦THEN text rep", "closing parenthesis"},
	{LANG_SYNTAX, "WHEN invoice issued WHERE grade is \"A\"¦) THEN text rep", "AND, PER or THEN"},
	{LANG_SYNTAX, "WHEN invoice issued WHERE title starts with ¦3 THEN text rep", "text in quotes"},
	{LANG_SYNTAX, "WHEN invoice issued WHERE issued on > ¦2026-02-30 THEN text rep", "no day"},
	{LANG_SYNTAX, "WHEN invoice issued WHERE grade is ¦\"A THEN text rep", "not closed"},
	{LANG_SYNTAX, "WHEN complaint THEN text rep ¦\xff", "UTF-8"},
	/* what belongs to the language and is not read yet */
	{LANG_SYNTAX, "WHEN opportunity changed WHERE stage CHANGES TO ¦THEN text rep", "a value"},
	{LANG_SYNTAX, "WHEN opportunity changed WHERE stage changes from \"a\" ¦THEN text rep", "the new value"},
	{LANG_SYNTAX, "WHEN complaint FOLLOWED BY competitor contact ¦PER customer THEN text rep", "WITHIN and a duration"},
	{NEAR_MISS, "WHEN complaint FOLLOWED BY ¦vist WITHIN 14 days THEN text rep", "visit"},
	{LANG_SYNTAX, "WHEN complaint HAPPENS ¦often THEN text rep", "number of times"},
	{LANG_SYNTAX, "WHEN complaint HAPPENS ¦0 TIMES WITHIN 3 days THEN text rep", "out of range"},
	{LANG_SYNTAX, "WHEN complaint HAPPENS MORE THAN ¦1000 TIMES WITHIN 3 days THEN text rep", "out of range"},
	{LANG_SYNTAX, "WHEN complaint HAPPENS ¦2.5 TIMES WITHIN 3 days THEN text rep", "whole number"},
	{LANG_SYNTAX, "WHEN complaint HAPPENS 3 TIMES ¦PER customer THEN text rep", "WITHIN and a duration"},
	{LANG_SYNTAX, "WHEN 3 days BEFORE due date OF invoice issued ¦HAPPENS 3 TIMES WITHIN 3 days THEN text rep", "no pattern"},
	{LANG_SYNTAX, "WHEN complaint AND NO visit IN THE LAST 3 days AND ¦NO shipped IN THE LAST 3 days THEN text rep", "only one"},
	{LANG_SYNTAX, "WHEN complaint AND NOT visit WITHIN 3 days AND ¦NOT shipped WITHIN 3 days THEN text rep", "only one"},
	{LANG_SYNTAX, "WHEN 3 days BEFORE due date OF invoice issued AND ¦NO visit IN THE LAST 3 days THEN text rep", "time before a date"},
	{LANG_SYNTAX, "EVERY working day AT ¦25:00 THEN notify rep", "no such time"},
	{LANG_SYNTAX, "EVERY month ON day ¦32 AT 08:00 THEN notify rep", "no month has"},
	{LANG_SYNTAX, "EVERY day ¦THEN notify rep", "AT and a time"},
	{LANG_SYNTAX, "WHEN complaint AND NOT visit WITHIN 3 days THEN ¦hold", "can't wait"},
	{LANG_SYNTAX, "WHEN complaint THEN ¦reject and notify rep", "leaves no trace"},
	{LANG_SYNTAX, "WHEN complaint WHERE SQL (¦severity > 3 THEN text rep", "closing parenthesis"},
	{LANG_SYNTAX, "WHEN complaint PER customer UNLESS rule ¦THEN text rep", "name of a rule"},
	{LANG_SYNTAX, "WHEN complaint THEN send ¦board TO rep", "report in quotes"},
	{LANG_SYNTAX, "WHEN rep HAS NOT ACKNOWLEDGED ¦THEN text rep", "WITHIN and a duration"},
	{LANG_UNKNOWN_NAME, "WHEN complaint THEN emit event ¦nothing (a 1)", "unknown event"},
	{LANG_SYNTAX, "WHEN complaint THEN call function ¦nothing", "label of a function"},
	{LANG_SYNTAX, "WHEN 60 days BEFORE contract end ¦THEN text rep", "OF and the event"},
	{LANG_UNKNOWN_NAME, "WHEN 60 days BEFORE ¦whatever OF service contract THEN text rep", "column of the event"},
	{LANG_SYNTAX, "WHEN ¦0 days BEFORE contract end OF service contract THEN text rep", "out of range"},
	{LANG_UNKNOWN_NAME, "WHEN 60 days BEFORE ¦issued on OF service contract THEN text rep", "column"},
	{LANG_SYNTAX, "WHEN 60 days BEFORE contract end OF service contract AND NOT visit ¦WITHIN 3 days THEN text rep", "by itself"},
	{LANG_SYNTAX, "WHEN complaint PER customer AND NO visit IN THE LAST ¦THEN text rep", "duration"},
	{LANG_SYNTAX, "WHEN complaint PER customer FIRE PAST ¦FIRE PAST THEN text rep", "syntax error"},
	{LANG_SYNTAX, "¦EVERY day AT 08:00 FIRE PAST THEN notify rep", "no past"},
	{LANG_SYNTAX, "¦WHEN complaint PER customer FIRE PAST THEN hold", "no past"},
	{LANG_SYNTAX, "WHEN complaint USING CALENDAR ¦THEN text rep", "name of a calendar"},
	{LANG_SYNTAX, "WHEN complaint AND NOT visit WITHIN 3 days USING CALENDAR ¦\"china\" THEN text rep", "for nothing"},
	{LANG_SYNTAX, "当投诉（每个客户），且3天内未发生回访时，使用日历¦“china”，通知销售代表", "用不到日历"},
	{LANG_SYNTAX, "当投诉（每个客户），且3个工作日内未发生回访时，使用日历¦，通知销售代表", "日历名称"},
	/* Chinese */
	{LANG_SYNTAX, "当¦", "句子不完整"},
	{NEAR_MISS, "当¦开漂时，通知销售代表", "是否想写“开票”？"},
	{LANG_SYNTAX, "当投诉发生且回访¦未发生时，指派客服主管“回访”", "30天内未发生"},
	{LANG_SYNTAX, "当投诉发生且¦未发生回访时，指派客服主管“回访”", "之前30天内未发生"},
	{NEAR_MISS, "当投诉（每个¦客互）时，通知销售代表", "是否想写“客户”？"},
	{LANG_SYNTAX, "当投诉（每个客户¦时，通知销售代表", "右括号"},
	{LANG_SYNTAX, "当投诉（¦甲）时，通知销售代表", "每个"},
	{NEAR_MISS, "当投诉（每个客户），且3天内未发生¦回坊时，通知销售代表", "是否想写“回访”？"},
	{LANG_SYNTAX, "当投诉（每个客户），且3天内回访¦时，通知销售代表", "“未发生”"},
	{NEAR_MISS, "当投诉（每个客户），且¦回仿未发生时，通知销售代表", "是否想写“回访”？"},
	{LANG_SYNTAX, "当投诉（每个客户），且¦零天内未发生回访时，通知销售代表", "时长超出范围"},
	{LANG_SYNTAX, "当投诉¦通知销售代表", "“时”"},
	{LANG_SYNTAX, "当投诉时，¦致电销售代表", "动作"},
	{LANG_SYNTAX, "当投诉时，给销售代表¦送礼", "派任务"},
	{LANG_SYNTAX, "当投诉时，邮件抄送¦区域总监", "收件角色"},
	{LANG_SYNTAX, "当投诉超过30天¦时，通知销售代表", "且未发生"},
	{LANG_SYNTAX, "当投诉时，通知¦，抄送财务部", "角色的名称"},
	{LANG_SYNTAX, "当投诉时，指派客服主管¦。", "任务标题"},
	{LANG_SYNTAX, "当投诉时，指派客服主管¦“回访。", "引号没有闭合"},
	{LANG_SYNTAX, "当投诉时，通知销售代表，¦限2天完成", "一项任务"},
	{LANG_SYNTAX, "当投诉时，通知销售代表；¦通知财务部", "7天后"},
	{LANG_SYNTAX, "当投诉时，通知销售代表；再过一¦会，通知财务部", "时长"},
	{LANG_SYNTAX, "当投诉时，通知销售代表；直到¦。", "事件的名称"},
	{LANG_SYNTAX, "当投诉时，通知销售代表。¦然后", "句末"},
	{LANG_SYNTAX, "当开票，其金额¦时，通知销售代表", "比较"},
	{LANG_SYNTAX, "当开票，其金额超过¦很多时，通知销售代表", "一个值"},
	{NEAR_MISS, "当开票，其¦金颜超过3时，通知销售代表", "是否想写“金额”？"},
	{LANG_SYNTAX, "当开票，其金额介于3¦时，通知销售代表", "上限"},
	{LANG_SYNTAX, "当开票，其等级为“A”、“B”¦时，通知销售代表", "之一"},
	{LANG_SYNTAX, "当开票，其（等级为“A”¦时，通知销售代表", "右括号"},
	{LANG_SYNTAX, "当开票，其开票日超过¦2026年13月1日时，通知销售代表", "没有“2026年13月1日”这一天"},
	{LANG_SYNTAX, "当商机变更，其阶段变为¦时，通知销售代表", "一个值"},
	{LANG_SYNTAX, "当商机变更，其阶段由“甲”¦时，通知销售代表", "新值"},
	{LANG_SYNTAX, "当投诉之后¦竞品接触（每个客户）时，通知销售代表", "14天内发生"},
	{LANG_SYNTAX, "当服务合同的合同到期日前60天（每台设备），且30天内¦未发生续签时，通知销售代表", "时限"},
	{LANG_SYNTAX, "当服务合同的合同到期日前¦时，通知销售代表", "时长"},
	{LANG_SYNTAX, "¦合同到期日前60天，通知销售代表", "什么事件"},
	{LANG_SYNTAX, "同一客户30天内投诉¦，通知客服主管", "满3次"},
	{LANG_SYNTAX, "同一客户30天内投诉满¦两千次，通知客服主管", "次数超出范围"},
	{LANG_SYNTAX, "每个工作日¦25点，把晨会看板发给各区域经理", "没有这个时刻"},
	{LANG_SYNTAX, "每月第¦24个工作日8点，通知销售代表", "没有哪个月"},
	{LANG_SYNTAX, "当投诉（每个客户），且之前30天内未发生回访，且之前9天内¦未发生发货时，通知销售代表", "用在这里不对"},
	{LANG_SYNTAX, "投诉后3天内未回访的，¦扣住并通知商务", "不能等待"},
	{LANG_SYNTAX, "当投诉时，向店长通知¦", "发送"},
};

/* two labels for one text */
static const LabelEntry twin_entries[] = {
	{LABEL_EVENT, NULL, "sale", "sale", "成交"},
	{LABEL_EVENT, NULL, "lost_sale", "not sale", "未成交"},
	{LABEL_EVENT, NULL, "visit_a", "visit", "拜访"},
	{LABEL_EVENT, NULL, "visit_b", "visit", "拜访"},
	{LABEL_KEY, NULL, "customer", "customer", "客户"},
};

static const LabelSet twin_set = {twin_entries, sizeof(twin_entries) / sizeof(twin_entries[0])};

static const Mistake twin_mistakes[] = {
	{LANG_AMBIGUOUS, "当¦拜访时，通知rep", "“visit_a”，也可以是“visit_b”"},
	{LANG_AMBIGUOUS, "WHEN ¦visit THEN notify rep", "\"visit_a\" or as \"visit_b\""},
	{LANG_AMBIGUOUS, "当sale（每个客户），且3天内¦未成交时，通知rep", "“未”加“sale”"},
	{LANG_AMBIGUOUS, "WHEN sale PER customer AND ¦NOT sale WITHIN 3 days THEN notify rep", "\"NOT\" before \"sale\""},
};

static void
check_mistake(const Mistake *mistake, const Vocabulary *vocabulary)
{
	const char *mark = strstr(mistake->marked, "¦");
	char text[	1024];
	Arena		arena;
	LangError	error;
	const Rule *rule;
	size_t		offset;
	bool		said;

	offset = mark - mistake->marked;
	snprintf(text, sizeof(text), "%.*s%s", (int) offset, mistake->marked,
			 mark + strlen("¦"));
	arena_init_malloc(&arena);
	rule = lang_parse(&arena, text, strlen(text), TONGUE_AUTO, vocabulary, &error);
	CHECK(rule == NULL);
	if (rule == NULL)
	{
		said = strstr(error.message, mistake->said) != NULL ||
			strstr(error.detail, mistake->said) != NULL || strstr(error.hint, mistake->said) != NULL;
		CHECK_EQ(error.code, mistake->code);
		CHECK_EQ(error.offset, offset);
		CHECK(said);
		if (error.code != mistake->code || error.offset != offset || !said)
			printf("    %s\n    at byte %zu: %s | %s | %s\n", mistake->marked, error.offset,
				   error.message, error.detail, error.hint);
	}
	else
		printf("    %s\n", mistake->marked);
	arena_free(&arena);
}

/* ---- sizes ---- */

static LangErrorCode
parse_code(const char *text, size_t length, const Vocabulary *vocabulary)
{
	Arena		arena;
	LangError	error;

	arena_init_malloc(&arena);
	(void) lang_parse(&arena, text, length, TONGUE_AUTO, vocabulary, &error);
	arena_free(&arena);
	return error.code;
}

static LangErrorCode
repeated(const char *before, const char *again, int times, const char *after,
		 const Vocabulary *vocabulary)
{
	size_t		length = strlen(before) + times * strlen(again) + strlen(after);
	char	   *text = malloc(length + 1);
	size_t		used = strlen(before);
	LangErrorCode code;

	memcpy(text, before, used);
	for (int i = 0; i < times; i++, used += strlen(again))
		memcpy(text +used, again, strlen(again));
	memcpy(text +used, after, strlen(after) + 1);
	code = parse_code(text, length, vocabulary);
	free(text);
	return code;
}

static void
check_sizes(const Vocabulary *vocabulary)
{
	CHECK_EQ(repeated("WHEN complaint WHERE ", "(", 20000, "severity > 3", vocabulary), LANG_SYNTAX);
	CHECK_EQ(repeated("WHEN complaint WHERE ", "not ", 15000, "severity > 3", vocabulary), LANG_SYNTAX);
	CHECK_EQ(repeated("当投诉，其", "非", 15000, "严重程度超过3时，通知rep", vocabulary), LANG_SYNTAX);
	CHECK_EQ(repeated("当投诉，其", "（", 15000, "严重程度超过3时，通知rep", vocabulary), LANG_SYNTAX);
	CHECK_EQ(repeated("WHEN complaint WHERE severity > 3", " and severity > 3", 150, " THEN text rep", vocabulary), LANG_OK);
	CHECK_EQ(repeated("WHEN complaint WHERE severity > 3", " and severity > 3", 3000, " THEN text rep", vocabulary), LANG_SYNTAX);
	CHECK_EQ(repeated("WHEN complaint THEN text rep", "; 3 days later: text rep", 2000, "", vocabulary), LANG_OK);
	CHECK_EQ(repeated("WHEN complaint THEN text rep \"", "\"\"", 20000, "\"", vocabulary), LANG_OK);
	CHECK_EQ(repeated("", " ", 60000, "WHEN complaint THEN text rep", vocabulary), LANG_OK);
	CHECK_EQ(repeated("", "“", 20000, "开票", vocabulary), LANG_SYNTAX);
	CHECK_EQ(repeated("当", "”“", 10000, "开票", vocabulary), LANG_UNKNOWN_NAME);
	CHECK_EQ(repeated("WHEN complaint WHERE severity in (1", ", 1", 20000, ") THEN text rep", vocabulary), LANG_OK);
	CHECK_EQ(repeated("WHEN complaint THEN text rep", " and text rep", 4000, "", vocabulary), LANG_OK);
	CHECK_EQ(repeated("当投诉时，通知", "客户", 10000, "", vocabulary), LANG_OK);
	CHECK_EQ(repeated("", "连", 20000, "开票", vocabulary), LANG_UNKNOWN_NAME);
	CHECK_EQ(repeated("", "x", 70000, "", vocabulary), LANG_SYNTAX);
	CHECK_EQ(repeated("当投诉时，通知", "甲", 20000, "", vocabulary), LANG_OK);
	CHECK_EQ(parse_code("WHEN complaint THEN text rep\0x", 30, vocabulary), LANG_SYNTAX);
}

/* every prefix of good sentences, and random bytes: no crash, an error has its place */
static void
check_prefixes(const char *text, const Vocabulary *vocabulary)
{
	for (size_t length = 0; length <= strlen(text); length++)
	{
		char	   *exact = malloc(length + 1);

		memcpy(exact, text, length);
		(void) parse_code(exact, length, vocabulary);
		(void) parse_code(exact, length, NULL);
		free(exact);
	}
	CHECK_EQ(parse_code(text, strlen(text), vocabulary), LANG_OK);
}

static void
check_random(const Vocabulary *vocabulary)
{
	uint64_t	state = 88172645463325252ULL;
	int			refused = 0;

	for (int round = 0; round < 3000; round++)
	{
		char text[	64];
		size_t		length;

		for (length = 0; length < sizeof(text); length++)
		{
			state ^= state << 13, state ^= state >> 7, state ^= state << 17;
			text[		length] = (char) state;

			if ((state >> 20) % 40 == 0)
				break;
		}
		refused += parse_code(text, length, vocabulary) != LANG_OK;
	}
	CHECK_EQ(refused, 3000);
}

int
main(void)
{
	Vocabulary	vocabulary = label_vocabulary(&fixture_set);
	Vocabulary	twins = label_vocabulary(&twin_set);

	for (size_t i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++)
		check_mistake(&mistakes[i], &vocabulary);
	for (size_t i = 0; i < sizeof(twin_mistakes) / sizeof(twin_mistakes[0]); i++)
		check_mistake(&twin_mistakes[i], &twins);
	check_sizes(&vocabulary);
	check_prefixes("WHEN order approved WHERE amount > 100,000 CNY and amount in (1, 2) PER order AND NOT shipped"
				   " WITHIN 3 working days THEN mail logistics CC rep; 7 days later: assign rep \"a\" DUE IN 2 days"
				   " UNTIL shipped", &vocabulary);
	check_prefixes("当开票（每张发票），其金额超过10万元且等级为“A”、“B”之一，且到期日后30天内未发生结清（其方式为“现金”）时，"
				   "短信通知销售代表；7天后，邮件通知区域总监，抄送销售代表；再过7天，指派财务部“核查逾期发票”，限2天完成；直到结清为止。",
				   &vocabulary);
	check_random(&vocabulary);
	return check_done();
}
