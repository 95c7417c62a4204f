/*
 * parse_zh.c
 *	  The Chinese sentence.
 *
 *	  [当|如果|若|凡] 事件[发生|的日期前60天][（每个对象[，每次|仅一次]）][，其条件]
 *	  [，且之前30天内未发生事件[（其条件）]] [，且[字段后]30天内未发生事件[（其条件）]] [时|的]，[则] 步骤；步骤……[；直到事件为止][。]
 *
 * The absence is parse_zh_absence.c's, the steps are parse_step.c's.
 */
#include "rule/lang_internal.h"

#include <string.h>

/* ---- the trigger ---- */

/* The word of a construct that is not read yet, outside of quoted text. */
static size_t
find_construct(const Parser *p, size_t *size)
{
	static const char *const marks[] = {"收回"};
	size_t		at = p->at;

	while (at < p->length)
	{
		for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		{
			*size = strlen(marks[i]);
			if (p->length - at >= *size && memcmp(p->folded + at, marks[i], *size) == 0)
				return at;
		}
		at += scan_passage(p, at);
	}
	return p->length;
}

/* After a text that is no event: a construct that is not read yet, or a mistake. */
static bool
fail_trigger(Parser *p)
{
	size_t		size;
	size_t		construct = find_construct(p, &size);
	size_t		start = p->at;
	size_t		column;
	const char *name;

	if (construct < p->length)
		return fail_unsupported(p, construct, size);
	if (zh_has_name(p, p->at, LABEL_COLUMN, &column))
	{
		p->at += column;		/* 合同到期日前60天 */
		if (next_is(p, W_BEFORE))
			return fail_at(p, LANG_SYNTAX, start, "日期前没有说明是什么事件",
						   "日期是某个事件的字段。", "请写成“服务合同的合同到期日前60天”。");
		p->at -= column;
	}
	return expect_name(p, LABEL_EVENT, NULL, &name);
}

/* 维保到期前60天, where no date of 维保 is called so */
static bool
fail_no_end(Parser *p, const char *event)
{
	return fail_at(p, LANG_SYNTAX, p->at - strlen("到期前"), lang_format(p->arena, "“%s”没有名为“到期”的日期",
																			   name_shown(p, LABEL_EVENT, NULL, event)),
				   "日期前的时间从事件的一个日期字段算起。",
				   "请写出该字段，如“服务合同的合同到期日前60天”，或用 pulse.label('column', ...) 称之为“到期”。");
}

static bool
parse_key(Parser *p, Rule *rule)
{
	size_t		size;

	if (!zh_has_name(p, scan_space(p, p->at), LABEL_KEY, &size))
		(void) take_word(p, W_MEASURE); /* 每张发票 */
	rule->key_offset = offset_here(p);
	return expect_name(p, LABEL_KEY, NULL, &rule->key) && parse_more_keys(p, rule);
}

/* （每张发票，每次） or （其条件）; done: nothing of the kind was there */
static bool
parse_parenthesis(Parser *p, Rule *rule)
{
	if (rule->trigger.condition == NULL && take_word(p, W_WHERE))
	{
		if (!parse_condition(p, rule->trigger.event, &rule->trigger.condition))
			return false;
		return take_symbol(p, ")") || fail_expected(p, "", "右括号");
	}
	do
	{
		if (rule->rearm == REARM_ONE_OPEN && take_word(p, W_EACH_TIME))
			rule->rearm = REARM_EACH_TIME;
		else if (rule->rearm == REARM_ONE_OPEN && take_word(p, W_ONCE))
			rule->rearm = REARM_ONCE;
		else if (rule->key == NULL && take_word(p, W_PER))
		{
			if (!parse_key(p, rule))
				return false;
		}
		else if (rule->cooldown.count == 0 && zh_scan_window(p, scan_space(p, p->at)) > 0)
		{
			if (!accept_option(p, rule))
				return false;
			if (rule->cooldown.count == 0)
				return fail_expected(p, "", "“7天内最多一次”");
		}
		else
			return fail_expected(p, "", "“每个”加对象、“每次”“仅一次”或“7天内最多一次”");
	} while (take_symbol(p, ","));
	return take_symbol(p, ")") || fail_expected(p, "", "右括号");
}

static bool
parse_parentheses(Parser *p, Rule *rule)
{
	while (take_symbol(p, "("))
		if (!parse_parenthesis(p, rule))
			return false;
	return true;
}

/* ，其金额超过10万元 */
static bool
parse_where(Parser *p, Rule *rule)
{
	size_t		start = p->at;

	(void) take_symbol(p, ",");
	(void) take_word(p, W_AND);
	if (rule->trigger.condition == NULL && take_word(p, W_WHERE))
		return parse_condition(p, rule->trigger.event, &rule->trigger.condition);
	p->at = start;
	return true;
}

/* 发货申请的单价低于合同价的: a condition without its comma */
static bool
parse_of_event(Parser *p, Rule *rule)
{
	size_t		start = p->at;
	const char *name;
	const char *other;

	skip_space(p);
	if (rule->trigger.condition == NULL && take_symbol(p, "的"))
	{
		skip_space(p);
		if (scan_name(p, p->at, LABEL_COLUMN, rule->trigger.event, &name, &other) > 0)
			return parse_condition(p, rule->trigger.event, &rule->trigger.condition) && parse_parentheses(p, rule);
	}
	p->at = start;
	return true;
}

/* A之后14天内发生B: B is the trigger */
static bool
parse_sequence(Parser *p, Rule *rule)
{
	rule->earlier = rule->trigger;
	memset(&rule->trigger, 0, sizeof(RuleEvent));
	(void) take_word(p, W_AFTER);
	(void) take_word(p, W_IN_TIME);
	if (!expect_duration(p, &rule->earlier_within) || !take_word(p, W_WITHIN) ||
		!take_word(p, W_HAPPENS))
		return fail_expected(p, "", "“14天内发生”加事件");
	rule->trigger.offset = offset_here(p);
	return expect_name(p, LABEL_EVENT, NULL, &rule->trigger.event) && parse_parentheses(p, rule);
}

/* A后30天内未发生B; A后30天内发生B; A后，... says no more than A. */
static bool
parse_following(Parser *p, Rule *rule)
{
	size_t		after;
	size_t		start;
	size_t		window;

	skip_space(p);
	start = p->at;
	after = scan_word(p, start, W_AFTER);
	if (after == 0)
		return true;
	if (scan_space(p, start + after) < p->length && p->folded[scan_space(p, start + after)] == ',')
	{
		p->at = start + after;
		return true;
	}
	window = scan_space(p, start + after);
	window += zh_scan_window(p, window);
	if (scan_word(p, scan_space(p, window), W_HAPPENS) > 0)
		return parse_sequence(p, rule);
	if (window == scan_space(p, start + after))
	{
		p->at = window;
		return fail_expected(p, "", "“14天内发生”或“30天内未发生”加事件");
	}
	return zh_parse_absence(p, rule);
}

/* A超过30天且未发生B: so long without B */
static bool
parse_elapsed(Parser *p, Rule *rule)
{
	size_t		start = scan_space(p, p->at);
	size_t		more = scan_word(p, start, W_GT) + scan_word(p, start, W_GE);
	Duration	span;

	if (more == 0 || scan_duration(p, scan_space(p, start + more), &span) == 0)
		return true;
	p->at = start + more;
	if (!expect_duration(p, &rule->window))
		return false;
	if (!absence_ahead_zh(p) && !zh_conjunction_ahead(p))
		return fail_expected(p, "", "“且未发生”加事件");
	return zh_parse_absence(p, rule);
}

/* 同一客户30天内 before the event */
static bool
parse_count_head(Parser *p, Rule *rule)
{
	if (accept_unless_label(p, W_SAME, LABEL_EVENT, NULL) && !parse_key(p, rule))
		return false;
	(void) take_symbol(p, ",");
	(void) take_word(p, W_IN_TIME);
	if (!expect_duration(p, &rule->count_within))
		return false;
	if (!take_word(p, W_WITHIN))
		return fail_expected(p, "", "“内”");
	(void) accept_unless_label(p, W_HAPPENS, LABEL_EVENT, NULL);
	rule->trigger.offset = offset_here(p);
	if (!expect_name(p, LABEL_EVENT, NULL, &rule->trigger.event) || !parse_parentheses(p, rule))
		return false;
	if (scan_count_zh(p, scan_space(p, p->at)) == 0)
		return fail_expected(p, "", "次数，如“满3次”");
	return parse_count_zh(p, rule) && parse_parentheses(p, rule);
}

/* 投诉（每个客户）30天内满3次 */
static bool
parse_count_tail(Parser *p, Rule *rule)
{
	size_t		start = scan_space(p, p->at);
	size_t		window = zh_scan_window(p, start);

	if (window == 0 || scan_count_zh(p, scan_space(p, start + window)) == 0)
		return true;
	(void) take_word(p, W_IN_TIME);
	return expect_duration(p, &rule->count_within) && take_word(p, W_WITHIN) &&
		parse_count_zh(p, rule) && parse_parentheses(p, rule);
}

static bool
parse_trigger(Parser *p, Rule *rule)
{
	size_t		size;

	(void) accept_unless_label(p, W_WHEN, LABEL_EVENT, NULL);
	(void) accept_unless_label(p, W_HAPPENS, LABEL_EVENT, NULL);
	skip_space(p);
	if (several_ahead_zh(p))
	{
		p->several_offset = offset_here(p);
		return parse_several_zh(p, rule, &p->several) && parse_parentheses(p, rule);
	}
	if ((scan_word(p, p->at, W_SAME) > 0 || zh_scan_window(p, p->at) > 0) &&
		!zh_has_name(p, p->at, LABEL_EVENT, &size))
		return parse_count_head(p, rule);
	if (!zh_has_name(p, p->at, LABEL_EVENT, &size))
	{
		if (!parse_owned_change(p, rule))
			return false;
		return rule->trigger.event == NULL ? fail_trigger(p) : parse_parentheses(p, rule);
	}
	rule->trigger.offset = offset_here(p);
	if (!expect_name(p, LABEL_EVENT, NULL, &rule->trigger.event))
		return false;
	if (lead_ahead_zh(p, rule->trigger.event))
		return parse_lead_zh(p, rule) && parse_parentheses(p, rule);
	if (take_symbol(p, "到期前"))
		return fail_no_end(p, rule->trigger.event);
	if (!parse_of_event(p, rule))
		return false;
	if (rule->trigger.condition != NULL)
		return true;
	if (scan_count_zh(p, scan_space(p, p->at)) == 0)
		(void) take_word(p, W_HAPPENS);
	return parse_parentheses(p, rule) && parse_count_tail(p, rule);
}

/* 时，[则] */
static bool
parse_close(Parser *p, Rule *rule)
{
	size_t		start;
	bool		closed = take_word(p, W_CLAUSE_END);

	closed = take_symbol(p, ",") || take_symbol(p, ":") || closed;
	closed = take_word(p, W_THEN) || closed;
	if (!closed)
		return fail_expected(p, "", rule->absent.event != NULL ? "“时”" :
							 "“（每个…）”“，其…”“，且…内未发生”或“时”");
	start = p->at;
	if (!accept_option(p, rule))
		return false;
	(void) (p->at > start && take_symbol(p, ","));
	(void) take_word(p, W_THEN);
	return true;
}

static bool
parse_head(Parser *p, Rule *rule)
{
	if (member_ahead_zh(p))
		return parse_member_zh(p, rule);
	if (schedule_ahead(p))
		return parse_schedule(p, rule);
	if (state_ahead(p))
		return parse_state_zh(p, rule);
	if (scan_word(p, p->at, W_WHEN) > 0)
	{
		Parser		probe = *p;

		probe.at += scan_word(p, p->at, W_WHEN);
		if (unacknowledged_ahead(&probe))
			p->at = probe.at;
	}
	if (unacknowledged_ahead(p))
		return parse_unacknowledged(p, rule) && accept_option(p, rule) && parse_close(p, rule);
	if (!parse_trigger(p, rule) || !parse_following(p, rule) ||
		(rule->absent.event == NULL && !parse_elapsed(p, rule)) || !parse_where(p, rule) ||
		!parse_parentheses(p, rule) || !accept_option(p, rule))
		return false;
	while ((rule->absent.event == NULL || rule->lacking.event == NULL) &&
		   (absence_ahead_zh(p) || zh_conjunction_ahead(p)))
		if (!zh_parse_absence(p, rule))
			return false;
	return parse_parentheses(p, rule) && accept_option(p, rule) && parse_close(p, rule);
}

/* ---- all of it ---- */

static bool
parse_until(Parser *p, Rule *rule)
{
	(void) (take_symbol(p, ";") || take_symbol(p, ","));
	if (!take_word(p, W_UNTIL))
		return true;
	rule->until.offset = offset_here(p);
	if (!expect_name(p, LABEL_EVENT, NULL, &rule->until.event))
		return false;
	(void) take_word(p, W_HAPPENS);
	if (!zh_parse_event_condition(p, &rule->until))
		return false;
	(void) take_word(p, W_UNTIL_END);
	return true;
}

const Rule *
parse_sentence_zh(Parser *p)
{
	Rule	   *rule = arena_alloc(p->arena, sizeof(Rule));

	rule->tongue = TONGUE_ZH;
	if (!parse_head(p, rule))
		return NULL;
	p->event = rule->trigger.event;
	if (!parse_steps_zh(p, rule) || !parse_cleared_zh(p, rule) || !parse_until(p, rule) ||
		!check_ladder(p, rule))
		return NULL;
	(void) take_symbol(p, ".");
	if (at_end(p))
		return check_rule_shape(p, rule) ? rule : NULL;
	(void) fail_expected(p, "", rule->until.event != NULL ? "句末" : "“，”“；”“直到”或句末");
	return NULL;
}
