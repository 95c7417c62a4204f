/*
 * words.c
 *	  The words of the rule language: spellings in both tongues.
 *
 * Canonical spelling first.  Boundary words follow art. 1259 of the Civil Code:
 * 以上 以下 以内 届满 include the number, 不满 超过 以外 exclude it.
 * Invariant: entry i of the table is the word numbered i.
 */
#include "rule/words.h"

#include <string.h>
#include <strings.h>

typedef struct WordEntry
{
	const char *en;
	const char *zh;
} WordEntry;

static const WordEntry words[] = {
	[W_NONE] = {"", ""},
	[W_WHEN] = {"WHEN|IF|WHENEVER", "当|如果|若|凡|一旦"},
	[W_EACH] = {"EACH|FOR EACH", ""},
	[W_WITHOUT] = {"WITHOUT", ""},
	[W_FOR] = {"FOR", "持续"},
	[W_WHILE] = {"WHILE|AS LONG AS", "只要"},
	[W_CONSECUTIVE] = {"CONSECUTIVE", "连续"},
	[W_MISSING_COUNT] = {"MISSING DAYS COUNT", "缺日计入"},
	[W_MISSING_BREAK] = {"MISSING DAYS BREAK", "缺日中断"},
	[W_MISSING_SKIP] = {"MISSING DAYS ARE SKIPPED|MISSING DAYS SKIPPED", "缺日跳过|缺日不计"},
	[W_CLEARED_WHEN] = {"CLEARED WHEN", ""},
	[W_CLEARED_END] = {"", "时解除|解除|时结束"},
	[W_HAPPENS] = {"HAPPENS|OCCURS", "发生"},
	[W_WHERE] = {"WHERE", "其"},
	[W_PER] = {"PER", "每"},
	[W_EACH_TIME] = {"EACH TIME|EVERY TIME", "每次"},
	[W_ONCE] = {"ONCE", "仅一次|只一次"},
	[W_AND] = {"AND|BUT", "且|并且|而且|但是|但|若"},
	[W_ABSENT] = {"NOT|NO", "未发生|没有发生|尚未发生|未曾发生|没有|尚未|未|无"},
	[W_WITHIN] = {"WITHIN", "内|之内|以内"},
	[W_IN_TIME] = {"", "在"},
	[W_AFTER] = {"AFTER", "后|之后|以后"},
	[W_BEFORE] = {"BEFORE", "前|之前|以前"},
	[W_FOLLOWED_BY] = {"FOLLOWED BY", ""},
	[W_IN_THE_LAST] = {"IN THE LAST|IN THE PAST|DURING THE LAST", ""},
	[W_OR_MORE] = {"OR MORE", ""},
	[W_SAME] = {"", "同一|同"},
	[W_CLAUSE_END] = {"", "时|的时候|时候|的|的话"},
	[W_THEN] = {"THEN", "则|就|那么|便"},
	[W_ANOTHER] = {"another", "再过|再"},
	[W_LATER] = {"later", "后|之后|以后"},
	[W_EVERY] = {"every", "每|每隔"},
	[W_AT_MOST] = {"AT MOST|up to", "最多|至多"},
	[W_TIMES] = {"TIMES|TIME", "次"},
	[W_UNLESS_ACKNOWLEDGED] = {"UNLESS ACKNOWLEDGED|IF NOT ACKNOWLEDGED", "如未确认|如果未确认|若未确认|如尚未确认|仍未确认"},
	[W_UNLESS_DONE] = {"UNLESS DONE|IF NOT DONE", "如未完成|如果未完成|若未完成|如尚未完成|仍未完成"},
	[W_WHEN_DELIVERED] = {"WHEN DELIVERED|IF DELIVERED", "送达后|如已送达|若已送达"},
	[W_AT_MOST_ONCE] = {"AT MOST ONCE IN|AT MOST ONCE EVERY|AT MOST ONCE PER", "最多一次|至多一次|最多1次|至多1次"},
	[W_UNLESS_RULE] = {"UNLESS RULE|UNLESS THE RULE", "除非规则"},
	[W_IS_OPEN] = {"IS OPEN", "未结|未关闭|仍未结|还未结"},
	[W_NOT_ACKNOWLEDGED] = {"HAS NOT ACKNOWLEDGED|HASN'T ACKNOWLEDGED|DOES NOT ACKNOWLEDGE|NOT ACKNOWLEDGED", "未确认|没有确认|尚未确认|未予确认"},
	[W_USING_CALENDAR] = {"USING CALENDAR|BY CALENDAR", "使用日历|采用日历"},
	[W_FIRE_PAST] = {"FIRE PAST", "含此前已到期的|包括此前已到期的|含已到期的"},
	[W_TOGETHER] = {"TOGETHER PER|TOGETHER BY", "按"},
	[W_TOGETHER_END] = {"", "合并|汇总"},
	[W_ONCE_A_DAY] = {"ONCE A DAY|ONCE PER DAY|ONCE EVERY DAY", ""},
	[W_ONCE_END] = {"", "一次|1次"},
	[W_SEVERAL] = {"", "有多"},
	[W_SUMMARY] = {"", "只发一条汇总给|发一条汇总给|汇总发给|汇总一次发给|只汇总一次给"},
	[W_UNTIL] = {"UNTIL", "直到|直至"},
	[W_UNTIL_END] = {"", "为止"},
	[W_BOTH] = {"", "同时|并且|并"},
	[W_NOTIFY] = {"notify", "通知|提醒|提醒一次|通知一次"},
	[W_TEXT] = {"text|sms", "短信通知|短信提醒|发短信给"},
	[W_MAIL] = {"mail|email|e-mail", "邮件通知|邮件提醒|发邮件给"},
	[W_ASSIGN] = {"assign", "指派|派任务给"},
	[W_MAIL_COPY] = {"", "邮件抄送"},
	[W_GIVE] = {"", "给"},
	[W_GIVE_TASK] = {"", "派任务|派一项任务|安排任务"},
	[W_GIVE_TEXT] = {"", "发短信|发送短信"},
	[W_GIVE_MAIL] = {"", "发邮件|发送邮件"},
	[W_SEND] = {"send", "发送|推送|派发"},
	[W_EACH_OF] = {"EACH", "每位|每个|每名|各位|各|所有"},
	[W_TOWARD] = {"", "向"},
	[W_ISSUE] = {"", "发出"},
	[W_TAKE] = {"", "把|将"},
	[W_SEND_TO] = {"", "发给|发送给|推送给|派发给"},
	[W_HOLD] = {"hold", "扣住|扣下|暂扣|拦截"},
	[W_REJECT] = {"reject", "拒绝|阻止"},
	[W_EMIT] = {"emit event|emit", "产生事件|发出事件"},
	[W_CALL] = {"call function", "执行函数|执行"},
	[W_CC] = {"CC", "抄送"},
	[W_DUE_IN] = {"DUE IN|DUE WITHIN", "限"},
	[W_DUE_END] = {"", "完成|内完成|之内完成"},
	[W_OR] = {"OR", "或|或者"},
	[W_NOT] = {"NOT", "非|并非"},
	[W_IS] = {"is|=|==|equals", "为|是|等于|=|=="},
	[W_IS_NOT] = {"is not|<>|!=|≠", "不为|不是|不等于|<>|!=|≠"},
	[W_LT] = {"<|is less than|less than|is below|below|is under|under", "低于|不足|不满|未满|小于|少于|<"},
	[W_LE] = {"<=|≤|is at most|at most", "不超过|不大于|不多于|不高于|至多|<=|≤"},
	[W_GT] = {">|is more than|more than|is over|over|is above|above|exceeds", "超过|大于|高于|多于|>"},
	[W_GE] = {">=|≥|is at least|at least", "达到|不少于|不低于|不小于|至少|满|>=|≥"},
	[W_BETWEEN] = {"between|is between", "介于|在"},
	[W_BETWEEN_AND] = {"AND", "和|与|到|至|~"},
	[W_BETWEEN_END] = {"", "之间"},
	[W_IN] = {"in|is in|is one of|one of", "属于"},
	[W_NOT_IN] = {"not in|is not in|is not one of|is none of", "不属于"},
	[W_ONE_OF_END] = {"", "之一"},
	[W_MISSING] = {"is missing|is empty|is null", "为空|缺失|未填写|是空的"},
	[W_NOT_MISSING] = {"is not missing|is not empty|is not null|is present", "不为空|已填写|不缺失"},
	[W_STARTS] = {"starts with|begins with", "以"},
	[W_NOT_STARTS] = {"does not start with", "不以"},
	[W_CHANGES] = {"CHANGES", "发生变化|有变化|变化"},
	[W_CHANGES_TO] = {"CHANGES TO", "变为|变成|变"},
	[W_CHANGES_FROM] = {"CHANGES FROM", "由"},
	[W_COLUMN] = {"COLUMN", "字段"},
	[W_SQL] = {"SQL", "SQL"},
	[W_STARTS_END] = {"", "开头|开始"},
	[W_FROM_ON] = {"", "以上|及以上"},
	[W_UP_TO] = {"", "以下|及以下|以内"},
	[W_BEYOND] = {"", "以外"},
	[W_TRUE] = {"true|yes", "是|真"},
	[W_FALSE] = {"false|no", "否|假"},
	[W_MINUTES] = {"minutes|minute", "分钟|分"},
	[W_HOURS] = {"hours|hour", "小时|个小时|钟头|个钟头"},
	[W_DAYS] = {"days|day", "天|日"},
	[W_WEEKS] = {"weeks|week", "周|个星期|星期|个礼拜|礼拜"},
	[W_MONTHS] = {"months|month", "个月|月"},
	[W_CALENDAR_DAYS] = {"calendar days|calendar day", "个自然日|自然日"},
	[W_WORKING_DAYS] = {"working days|working day|business days|business day", "个工作日|工作日"},
	[W_WORKING_HOURS] = {"working hours|working hour|business hours|business hour", "个工作小时|工作小时"},
	[W_MEASURE] = {"", "个|张|台|家|位|份|笔|名|条|件|项|种|款|批|户|间|辆"},
	[W_COUNTER] = {"", "个|张|台|家|位|份|笔|名|条|件|项|次|天|日|人"},
	[W_LATER_CONSTRUCT] = {
		"UNLESS",
		"每|收回|到期前"
	},
};

const Word	unit_words[] = {
	W_MINUTES, W_HOURS, W_DAYS, W_WEEKS, W_MONTHS,
	W_CALENDAR_DAYS, W_WORKING_DAYS, W_WORKING_HOURS, W_NONE
};

/* the spelling printed first; ISO codes are read in both tongues */
const CurrencyWord currency_words[] = {
	{"CNY", "元|块钱|块|人民币", "yuan|renminbi"},
	{"USD", "美元|美金", "US dollars"},
	{"EUR", "欧元", "euros|euro"},
	{"JPY", "日元", "yen"},
	{"GBP", "英镑"},
	{"HKD", "港元|港币"},
	{"TWD", "新台币"},
	{"KRW", "韩元"},
	{"SGD", "新加坡元"},
	{"AUD", "澳元"},
	{"CAD", "加元"},
	{"CHF", "瑞士法郎"},
	{NULL, NULL, NULL}
};

const char *
word_spellings(Word word, Tongue tongue)
{
	return tongue == TONGUE_ZH ? words[word].zh : words[word].en;
}

const char *
word_canonical(Word word, Tongue tongue, size_t *length)
{
	const char *spellings = word_spellings(word, tongue);

	*length = strcspn(spellings, "|");
	return spellings;
}

bool
word_is_english(const char *text, size_t length, bool beginnings)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
	{
		const char *spelling = words[i].en;

		while (*spelling != '\0')
		{
			size_t		first = strcspn(spelling, beginnings ? " |" : "|");

			if (first == length && strncasecmp(spelling, text, length) == 0)
				return true;
			spelling += strcspn(spelling, "|");
			if (*spelling == '|')
				spelling++;
		}
	}
	return false;
}

DurationUnit
unit_of_word(Word word)
{
	return (DurationUnit) (word - W_MINUTES);
}

Word
word_of_unit(DurationUnit unit)
{
	return (Word) (W_MINUTES + unit);
}

Word
word_of_guard(StepGuard guard)
{
	return guard == GUARD_NONE ? W_NONE
		: (Word) (W_UNLESS_ACKNOWLEDGED + guard - GUARD_UNLESS_ACKNOWLEDGED);
}
