/*
 * parse_state.c
 *	  States of a table or view, and streaks of days, in both tongues.
 *
 *	  WHILE relation [WHERE condition] [FOR d] [ON n CONSECUTIVE [working] days
 *	  [MISSING DAYS COUNT | BREAK | ARE SKIPPED]] [PER key, key] THEN ... [CLEARED WHEN condition]
 *
 *	  只要数据表[（每个对象）][连续n天]，其条件[，持续d][，缺日计入|中断|跳过]，就……[；条件时解除]
 *	  当门店销售连续3日销量低于阈值时，……
 */
#include "rule/lang_internal.h"

#include <string.h>
#include <strings.h>

/* Does the sentence begin with a state?  WHEN does, too, before a relation. */
bool
state_ahead(Parser *p)
{
	const char *name;
	const char *other;
	size_t		at = scan_space(p, p->at);
	size_t		size;

	if (scan_word(p, at, W_WHILE) > 0)
		return p->vocabulary == NULL || scan_name(p, at, LABEL_EVENT, NULL, &name, &other) == 0;
	if (p->vocabulary == NULL)
		return false;
	at = scan_space(p, at + scan_word(p, at, W_WHEN));
	size = scan_name(p, at, LABEL_RELATION, NULL, &name, &other);
	return size > 0 && scan_name(p, at, LABEL_EVENT, NULL, &name, &other) < size;
}

static bool
take_relation(Parser *p, Rule *rule)
{
	rule->form = FORM_STATE;
	(void) (take_word(p, W_WHILE) || take_word(p, W_WHEN));
	rule->trigger.offset = offset_here(p);
	return expect_name(p, LABEL_RELATION, NULL, &rule->trigger.event);
}

/* ---- streaks ---- */

static bool
check_streak(Parser *p, const Rule *rule, size_t at)
{
	if (rule->streak.unit == UNIT_DAY || rule->streak.unit == UNIT_WORKING_DAY)
		return true;
	return fail_at(p, LANG_SYNTAX, at,
				   lang_say(p, "a streak is one of days", "连续的只能是日子"),
				   lang_say(p, "It counts days, or working days, of the relation.",
							"按数据表中的日期（或工作日）逐日判断。"),
				   lang_say(p, "Write ON 3 CONSECUTIVE days, or FOR 3 hours.",
							"请写成“连续3天”，或“持续3小时”。"));
}

static bool
accept_missing(Parser *p, Rule *rule)
{
	if (rule->missing != MISSING_DEFAULT || rule->streak.count == 0)
		return false;
	if (take_word(p, W_MISSING_COUNT))
		rule->missing = MISSING_COUNT;
	else if (take_word(p, W_MISSING_BREAK))
		rule->missing = MISSING_BREAK;
	else if (take_word(p, W_MISSING_SKIP))
		rule->missing = MISSING_SKIP;
	return rule->missing != MISSING_DEFAULT;
}

bool
check_lasting(Parser *p, const Rule *rule, size_t at)
{
	if (rule->streak.count == 0 || rule->window.count == 0)
		return true;
	return fail_at(p, LANG_SYNTAX, at,
				   lang_say(p, "a streak needs no duration", "连续的日子不需要时长"),
				   lang_say(p, "How long it must last is the number of its days.", "持续多久由连续的天数决定。"),
				   lang_say(p, "Leave out FOR and the duration.", "请去掉“持续”和时长。"));
}

/* ON is no keyword: it may be part of a name */
static bool
take_on(Parser *p)
{
	const char *digits;
	size_t		next;

	skip_space(p);
	next = scan_space(p, p->at + 2);
	if (scan_plain_word(p, p->at) != 2 || strncasecmp(p->folded + p->at, "ON", 2) != 0 ||
		(next < p->length && scan_number(p, next, &digits) == 0))
		return false;
	p->at = next;
	return true;
}

/* ON 3 CONSECUTIVE working days */
static bool
parse_streak_en(Parser *p, Rule *rule)
{
	static const Word days[] = {W_DAYS, W_WORKING_DAYS, W_CALENDAR_DAYS, W_NONE};
	size_t		start = p->at;
	int			count;
	Word		unit;
	size_t		size;

	if (!expect_count(p, &count))
		return false;
	if (!take_word(p, W_CONSECUTIVE))
		return fail_expected(p, "CONSECUTIVE days", "");
	skip_space(p);
	size = scan_longest(p, p->at, days, &unit);
	if (size == 0)
		return fail_expected(p, "days or working days", "");
	p->at += size;
	rule->streak.count = count;
	rule->streak.unit = unit == W_WORKING_DAYS ? UNIT_WORKING_DAY : UNIT_DAY;
	return check_lasting(p, rule, start);
}

/* false: none is here, or (see p->error) a mistake in one */
bool
accept_streak_en(Parser *p, Rule *rule)
{
	return rule->streak.count == 0 ? take_on(p) && parse_streak_en(p, rule) : accept_missing(p, rule);
}

/* ---- English ---- */

static bool
parse_keys(Parser *p, Rule *rule)
{
	rule->key_offset = offset_here(p);
	return expect_name(p, LABEL_KEY, NULL, &rule->key) && parse_more_keys(p, rule);
}

bool
parse_state_en(Parser *p, Rule *rule)
{
	if (!take_relation(p, rule))
		return false;
	for (;;)
	{
		size_t		start = offset_here(p);

		start = p->at;
		if (rule->trigger.condition == NULL && take_word(p, W_WHERE))
		{
			if (!parse_condition(p, rule->trigger.event, &rule->trigger.condition))
				return false;
		}
		else if (rule->key == NULL && take_word(p, W_PER))
		{
			if (!parse_keys(p, rule))
				return false;
		}
		else if (rule->window.count == 0 && take_word(p, W_FOR))
		{
			if (!expect_duration(p, &rule->window) || !check_lasting(p, rule, start))
				return false;
		}
		else if (rule->streak.count == 0 && take_on(p))
		{
			if (!parse_streak_en(p, rule))
				return false;
		}
		else if ((rule->unless_rule == NULL && next_is(p, W_UNLESS_RULE)) ||
				 (rule->calendar == NULL && next_is(p, W_USING_CALENDAR)) ||
				 (!rule->fire_past && next_is(p, W_FIRE_PAST)))
		{
			if (!parse_unless(p, rule))
				return false;
		}
		else if (!accept_missing(p, rule))
			break;
	}
	return take_word(p, W_THEN) || (take_symbol(p, ",") && (take_word(p, W_THEN) || true)) ||
		fail_expected(p, "WHERE, PER, FOR, ON 3 CONSECUTIVE days or THEN", "");
}

bool
check_cleared(Parser *p, const Rule *rule, size_t at)
{
	if (rule->form == FORM_STATE && rule->streak.count == 0)
		return true;
	return fail_at(p, LANG_SYNTAX, at,
				   lang_say(p, "nothing is to be cleared here", "此处没有可解除的状态"),
				   lang_say(p, "CLEARED WHEN belongs to WHILE; a streak ends with its first other day.",
							"“时解除”用于“只要……”；连续的日子到第一个不符合的日子为止。"),
				   lang_say(p, "Leave it out, or write UNTIL and an event.", "请去掉它，或写“直到某事为止”。"));
}

/* CLEARED WHEN condition, at the end; true when none is here, too. */
bool
parse_cleared_en(Parser *p, Rule *rule)
{
	size_t		start;

	skip_space(p);
	start = p->at;
	if (!take_word(p, W_CLEARED_WHEN))
		return true;
	rule->cleared.event = rule->trigger.event;
	rule->cleared.offset = p->origin[start];
	return check_cleared(p, rule, start) &&
		parse_condition(p, rule->trigger.event, &rule->cleared.condition);
}

/* ---- Chinese ---- */

/* 每家门店 */
static bool
parse_keys_zh(Parser *p, Rule *rule)
{
	const char *name;
	const char *other;

	if (!take_word(p, W_PER))
		return fail_expected(p, "", "“每个”加对象");
	skip_space(p);
	if (scan_name(p, p->at, LABEL_KEY, NULL, &name, &other) == 0)
		(void) take_word(p, W_MEASURE);
	return parse_keys(p, rule) && (take_symbol(p, ")") || fail_expected(p, "", "右括号"));
}

/* 连续3天 */
static bool
accept_streak_zh(Parser *p, Rule *rule, bool *fine)
{
	size_t		start = p->at;

	if (rule->streak.count != 0 || !take_word(p, W_CONSECUTIVE))
		return false;
	*fine = expect_duration(p, &rule->streak);
	if (rule->streak.unit == UNIT_CALENDAR_DAY)
		rule->streak.unit = UNIT_DAY;
	*fine = *fine && check_streak(p, rule, start) && check_lasting(p, rule, start);
	return true;
}

/* Is a condition about the relation here: a column, （, 非 or SQL? */
static bool
condition_ahead(const Parser *p, const Rule *rule, size_t at)
{
	const char *name;
	const char *other;

	return scan_name(p, at, LABEL_COLUMN, rule->trigger.event, &name, &other) > 0 ||
		scan_word(p, at, W_NOT) > 0 || scan_word(p, at, W_SQL) > 0 ||
		(at < p->length && p->folded[at] == '(');
}

/* The condition: after 其 or 的, or at once. */
static bool
accept_state_condition(Parser *p, Rule *rule, bool *fine)
{
	size_t		start = p->at;

	if (rule->trigger.condition != NULL)
		return false;
	if (!take_word(p, W_WHERE))
		(void) take_symbol(p, "的");
	skip_space(p);
	if (!condition_ahead(p, rule, p->at))
	{
		p->at = start;
		return false;
	}
	*fine = parse_condition(p, rule->trigger.event, &rule->trigger.condition);
	return true;
}

/* One piece of the head; false: none is here, or (fine false) a mistake. */
static bool
accept_piece_zh(Parser *p, Rule *rule, bool *fine)
{
	size_t		start = p->at;

	*fine = true;
	if (rule->key == NULL && take_symbol(p, "("))
	{
		*fine = parse_keys_zh(p, rule);
		return *fine;
	}
	(void) take_symbol(p, ",");
	skip_space(p);
	if (accept_streak_zh(p, rule, fine) || accept_missing(p, rule))
		return *fine;
	if (rule->window.count == 0 && take_word(p, W_FOR))
	{
		*fine = expect_duration(p, &rule->window) && check_lasting(p, rule, start);
		return *fine;
	}
	if (accept_state_condition(p, rule, fine))
		return *fine;
	p->at = start;
	return false;
}

bool
parse_state_zh(Parser *p, Rule *rule)
{
	bool		fine = true;
	bool		closed;

	if (!take_relation(p, rule))
		return false;
	while (accept_piece_zh(p, rule, &fine))
		continue;
	if (!fine)
		return false;
	closed = take_word(p, W_CLAUSE_END);
	closed = take_symbol(p, ",") || take_symbol(p, ":") || closed;
	closed = take_word(p, W_THEN) || closed;
	return (closed || fail_expected(p, "", "“（每个…）”“，其…”“持续”“连续”或“时”")) &&
		parse_unless(p, rule);
}

/* ；供应天数达到10天时解除 */
bool
cleared_ahead_zh(const Parser *p, const Rule *rule)
{
	size_t		at = scan_space(p, p->at);

	at = scan_space(p, at + scan_word(p, at, W_WHERE));
	return rule->form == FORM_STATE && condition_ahead(p, rule, at);
}

bool
parse_cleared_zh(Parser *p, Rule *rule)
{
	size_t		start = p->at;

	(void) (take_symbol(p, ";") || take_symbol(p, ","));
	if (!cleared_ahead_zh(p, rule))
	{
		p->at = start;
		return true;
	}
	(void) take_word(p, W_WHERE);
	rule->cleared.event = rule->trigger.event;
	rule->cleared.offset = offset_here(p);
	return check_cleared(p, rule, p->at) &&
		parse_condition(p, rule->trigger.event, &rule->cleared.condition) &&
		(take_word(p, W_CLEARED_END) || fail_expected(p, "", "“时解除”"));
}
