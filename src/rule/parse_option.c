/*
 * parse_option.c
 *	  What a rule may say of itself beside its trigger, in both tongues.
 *
 *	  PER store, sku; AT MOST ONCE IN 7 days; UNLESS rule "other" IS OPEN;
 *	  a role that HAS NOT ACKNOWLEDGED; SQL (...) as a condition
 *	  （每家门店、商品，7天内最多一次）；除非规则“…”未结；区域总监24小时内未确认；
 *	  同一客户有多张发票逾期
 */
#include "rule/lang_internal.h"

#include <string.h>

/* ---- several keys ---- */

/* ", sku" after the first key; the comma may also begin what follows */
bool
parse_more_keys(Parser *p, Rule *rule)
{
	const char **keys = (const char **) rule->more_keys;
	const char *name;
	const char *other;
	size_t		separator = p->at;

	while (p->tongue == TONGUE_ZH ? take_symbol(p, "、") : take_symbol(p, ","))
	{
		skip_space(p);
		if (scan_name(p, p->at, LABEL_KEY, NULL, &name, &other) == 0 ||
			rule->more_key_count + 1 >= LANG_MAX_KEYS)
			break;
		keys = lang_grow(p->arena, keys, rule->more_key_count, sizeof(char *));
		rule->more_keys = keys;
		if (!expect_name(p, LABEL_KEY, NULL, &keys[rule->more_key_count]))
			return false;
		rule->more_key_count++;
		separator = p->at;
	}
	p->at = separator;
	return true;
}

/* ---- cooldown and inhibition ---- */

/* AT MOST ONCE IN 7 days, 7天内最多一次 */
static bool
accept_cooldown(Parser *p, Rule *rule)
{
	size_t		start = p->at;

	if (rule->cooldown.count != 0)
		return false;
	if (p->tongue == TONGUE_EN)
		return take_word(p, W_AT_MOST_ONCE) && expect_duration(p, &rule->cooldown);
	(void) take_symbol(p, ",");
	(void) take_word(p, W_AND);
	skip_space(p);
	if (zh_scan_window(p, p->at) > 0 &&
		scan_word(p, scan_space(p, p->at + zh_scan_window(p, p->at)), W_AT_MOST_ONCE) > 0)
	{
		(void) take_word(p, W_IN_TIME);
		return expect_duration(p, &rule->cooldown) && take_word(p, W_WITHIN) && take_word(p, W_AT_MOST_ONCE);
	}
	p->at = start;
	return false;
}

/* A rule's name, in quotes or up to IS OPEN. */
static bool
expect_rule_name(Parser *p, const char **name)
{
	size_t		end;
	size_t		size;

	skip_space(p);
	size = scan_string(p, p->at);
	if (size > 0)
	{
		*name = string_content(p, p->at, size);
		p->at += size;
		return (*name)[0] != '\0' || fail_expected(p, "the name of a rule", "规则名称");
	}
	for (end = p->at; end < p->length && scan_word(p, scan_space(p, end), W_IS_OPEN) == 0 &&
		 scan_string(p, scan_space(p, end)) == 0;)
		end += scan_passage(p, end);
	if (end == p->at || scan_word(p, scan_space(p, end), W_IS_OPEN) == 0)
		return fail_expected(p, "the name of a rule in quotes, and IS OPEN", "引号中的规则名称和“未结”");
	*name = arena_string(p->arena, p->source + p->origin[p->at], p->origin[end] - p->origin[p->at]);
	p->at = end;
	return true;
}

static bool
accept_unless(Parser *p, Rule *rule)
{
	size_t		start = p->at;

	(void) take_symbol(p, ",");
	if (rule->unless_rule != NULL || !take_word(p, W_UNLESS_RULE))
	{
		p->at = start;
		return false;
	}
	return expect_rule_name(p, &rule->unless_rule) &&
		(take_word(p, W_IS_OPEN) || fail_expected(p, "IS OPEN", "“未结”"));
}

/* Whatever of these stands here; false after a mistake. */
bool
accept_option(Parser *p, Rule *rule)
{
	while (p->error->code == LANG_OK &&
		   (accept_cooldown(p, rule) || accept_unless(p, rule) || accept_clause(p, rule)))
		;
	return p->error->code == LANG_OK;
}

/* UNLESS rule "x" IS OPEN and clauses of a member or a state; true without any, too */
bool
parse_unless(Parser *p, Rule *rule)
{
	size_t		start = p->at;

	while (p->error->code == LANG_OK && (accept_unless(p, rule) || accept_clause(p, rule)))
		;
	if (p->error->code != LANG_OK)
		return false;
	if (p->tongue == TONGUE_ZH && p->at > start)
	{
		(void) take_symbol(p, ",");
		(void) take_word(p, W_THEN);
	}
	return true;
}

/* ---- steps of the case: a role that has not acknowledged ---- */

/* 区域总监24小时内未确认, regional director HAS NOT ACKNOWLEDGED WITHIN 24 hours */
bool
unacknowledged_ahead(Parser *p)
{
	const char *name;
	const char *other;
	size_t		role;
	size_t		event;
	size_t		at;

	skip_space(p);
	event = scan_name(p, p->at, LABEL_EVENT, NULL, &name, &other);
	role = scan_name(p, p->at, LABEL_ROLE, NULL, &name, &other);
	if (role == 0 || (p->vocabulary != NULL && event > role))
		return false;
	at = scan_space(p, p->at + role);
	if (p->tongue == TONGUE_ZH)
		at = scan_space(p, at + zh_scan_window(p, at));
	return scan_word(p, at, W_NOT_ACKNOWLEDGED) > 0;
}

bool
parse_unacknowledged(Parser *p, Rule *rule)
{
	const char *role;
	size_t		offset = offset_here(p);
	bool		timed = false;

	if (!expect_name(p, LABEL_ROLE, NULL, &role))
		return false;
	skip_space(p);
	if (p->tongue == TONGUE_ZH && (timed = zh_scan_window(p, p->at) > 0))
	{
		(void) take_word(p, W_IN_TIME);
		if (!expect_duration(p, &rule->window) || !take_word(p, W_WITHIN))
			return false;
	}
	(void) take_word(p, W_NOT_ACKNOWLEDGED);
	if (!timed && !(p->tongue == TONGUE_EN && take_word(p, W_WITHIN) && expect_duration(p, &rule->window)))
		return fail_expected(p, "WITHIN and a duration", "时限，如“24小时内”");
	rule->trigger.event = EVENT_CASE_ADDRESSED;
	rule->trigger.condition = column_is(p, CASE_ROLE, VALUE_TEXT, role, offset);
	rule->absent.event = EVENT_CASE_ACKNOWLEDGED;
	rule->key = CASE_KEY;
	rule->trigger.offset = rule->absent.offset = rule->key_offset = offset;
	return true;
}

/* ---- several of them at once ---- */

/* 同一客户有多张 */
bool
several_ahead_zh(Parser *p)
{
	const char *name;
	const char *other;
	size_t		at;
	size_t		size;

	skip_space(p);
	size = scan_word(p, p->at, W_SAME);
	at = scan_space(p, p->at + size);
	if (size == 0)
		return false;
	size = scan_name(p, at, LABEL_KEY, NULL, &name, &other);
	return size > 0 && scan_word(p, scan_space(p, at + size), W_SEVERAL) > 0;
}

/* 同一客户有多张发票逾期: 发票逾期 is an event, or 逾期 is one of 发票 */
bool
parse_several_zh(Parser *p, Rule *rule, const char **together)
{
	size_t		size;

	(void) take_word(p, W_SAME);
	if (!expect_name(p, LABEL_KEY, NULL, together))
		return false;
	(void) take_word(p, W_SEVERAL);
	(void) take_word(p, W_MEASURE);
	skip_space(p);
	if (!zh_has_name(p, p->at, LABEL_EVENT, &size) && zh_has_name(p, p->at, LABEL_KEY, &size))
	{
		rule->key_offset = offset_here(p);
		if (!expect_name(p, LABEL_KEY, NULL, &rule->key))
			return false;
	}
	rule->trigger.offset = offset_here(p);
	return expect_name(p, LABEL_EVENT, NULL, &rule->trigger.event);
}

/* ---- SQL ---- */

/* The end of what stands in parentheses: strings and names in quotes may hold some. */
static size_t
closing_parenthesis(const Parser *p, size_t at)
{
	int			depth = 1;
	char		quote = '\0';

	for (; at < p->length; at++)
	{
		char		c = p->folded[at];

		if (quote != '\0')
			quote = c == quote ? '\0' : quote;
		else if (c == '\'' || c == '"')
			quote = c;
		else if (c == '(')
			depth++;
		else if (c == ')' && --depth == 0)
			return at;
	}
	return p->length;
}

/* SQL (...): what is inside is the server's to read */
bool
accept_sql(Parser *p, RuleExpr *expr)
{
	size_t		start;
	size_t		end;

	skip_space(p);
	if (scan_word(p, p->at, W_SQL) == 0 ||
		p->folded[scan_space(p, p->at + scan_word(p, p->at, W_SQL))] != '(')
		return false;
	(void) take_word(p, W_SQL);
	(void) take_symbol(p, "(");
	skip_space(p);
	start = p->at;
	end = closing_parenthesis(p, start);
	if (end == p->length)
		return fail_at(p, LANG_SYNTAX, start, lang_say(p, "SQL has no closing parenthesis", "SQL 缺少右括号"),
					   lang_say(p, "Each quote and parenthesis inside must be closed, too.", "其中的引号和括号也必须闭合。"),
					   lang_say(p, "Write SQL (amount % 2 = 0).", "请写成 SQL (amount % 2 = 0)。"));
	p->at = end + 1;
	while (end > start && p->folded[end - 1] == ' ')
		end--;
	if (end == start)
	{
		p->at = start;
		return fail_expected(p, "an SQL expression", "SQL 表达式");
	}
	expr->kind = EXPR_SQL;
	expr->sql = arena_string(p->arena, p->source + p->origin[start], p->origin[end] - p->origin[start]);
	return true;
}

/* ---- what does not go together ---- */

/* a sentence about one event at one instant? */
static bool
is_single_event(const Rule *rule)
{
	return rule->form == FORM_EVENT && rule->schedule.period == SCHEDULE_NONE && rule->absent.event == NULL &&
		rule->lacking.event == NULL && rule->earlier.event == NULL && rule->until.event == NULL &&
		rule->count == 0 && rule->lead.count == 0 && rule->date_column == NULL &&
		rule->cooldown.count == 0 && rule->unless_rule == NULL && rule->rearm == REARM_ONE_OPEN &&
		rule->step_count == 1 && rule->steps[0].timing == STEP_AT_ONCE && rule->steps[0].together == NULL;
}

static const RuleAction *
find_verb(const Rule *rule, RuleVerb verb)
{
	for (int step = 0; step < rule->step_count; step++)
		for (int i = 0; i < rule->steps[step].action_count; i++)
			if (rule->steps[step].actions[i].verb == verb)
				return &rule->steps[step].actions[i];
	return NULL;
}

/* offsets of actions are bytes of the sentence, and no places in what was folded */
static bool
fail_action(Parser *p, const RuleAction *action, const char *message, const char *detail, const char *hint)
{
	(void) fail_at(p, LANG_SYNTAX, 0, message, detail, hint);
	p->error->offset = action->offset;
	return false;
}

/* hold and reject answer the statement that writes the row: they can't wait. */
static bool
check_gate(Parser *p, const Rule *rule)
{
	const RuleAction *hold = find_verb(rule, VERB_HOLD);
	const RuleAction *reject = find_verb(rule, VERB_REJECT);

	if (hold == NULL && reject == NULL)
		return true;
	if (!is_single_event(rule))
		return fail_action(p, hold != NULL ? hold : reject,
						   lang_say(p, "what is held or rejected can't wait", "“扣住”“拒绝”不能等待"),
						   lang_say(p, "It happens inside the statement that writes the row: nothing after it, before it or beside it is known then.",
									"它在写入该行的语句中立即执行，不能带时限、次数、先后、后续步骤等。"),
						   lang_say(p, "Write WHEN event WHERE condition THEN hold and notify role.",
									"请写成：某事的某字段低于某值的，扣住并通知某角色。"));
	if (reject != NULL && rule->steps[0].action_count > 1)
		return fail_action(p, reject, lang_say(p, "what is rejected leaves no trace", "“拒绝”之后不留痕迹"),
						   lang_say(p, "The statement fails, and whatever the rule did is undone with it.",
									"语句失败，规则所做的一切随之撤销。"),
						   lang_say(p, "Write reject alone, or hold with other actions.", "请只写“拒绝”，或用“扣住”加其他动作。"));
	return true;
}

/* A schedule has one step, and nobody's row. */
static bool
check_schedule(Parser *p, const Rule *rule)
{
	if (rule->schedule.period == SCHEDULE_NONE)
		return true;
	if (rule->step_count == 1 && rule->steps[0].timing == STEP_AT_ONCE && rule->steps[0].together == NULL &&
		rule->until.event == NULL && rule->cooldown.count == 0 && rule->unless_rule == NULL)
		return true;
	return fail_at(p, LANG_SYNTAX, 0,
				   lang_say(p, "a schedule has one step", "定时规则只有一个步骤"),
				   lang_say(p, "It comes again by itself, about nothing in particular.", "它按时重复执行，不针对某个对象。"),
				   lang_say(p, "Make several rules of it.", "请拆成几条规则。"));
}

bool
check_rule_shape(Parser *p, const Rule *rule)
{
	return check_gate(p, rule) && check_schedule(p, rule) && check_clauses(p, rule);
}
