/*
 * parse_zh_absence.c
 *	  "Not b within d" in Chinese: recognised ahead, and read.
 *
 * Its pieces may stand in any order: 30天内未发生结清, 结清在30天内未发生,
 * 30天内结清未发生.
 */
#include "rule/lang_internal.h"

#include <string.h>

bool
zh_has_name(const Parser *p, size_t at, LabelClass class, size_t *size)
{
	const char *name;
	const char *other;

	*size = scan_name(p, at, class, NULL, &name, &other);
	return *size > 0;
}

/* 30天内 at a place: the size of all of it */
size_t
zh_scan_window(const Parser *p, size_t at)
{
	Duration	span;
	size_t		start = scan_space(p, at + scan_word(p, at, W_IN_TIME));
	size_t		size = scan_duration(p, start, &span);
	size_t		end = scan_space(p, start + size);
	size_t		inside = size == 0 ? 0 : scan_word(p, end, W_WITHIN);

	return inside == 0 ? 0 : end + inside - at;
}

/* 到期日后30天内 */
static bool
anchor_at(const Parser *p, size_t at, size_t column)
{
	size_t		after = scan_space(p, at + column);
	size_t		size = scan_word(p, after, W_AFTER);

	return size > 0 && zh_scan_window(p, scan_space(p, after + size)) > 0;
}

/* Does what stands at a place belong to an absence? */
static bool
absence_at(const Parser *p, size_t at)
{
	size_t		negation = scan_word(p, at, W_ABSENT);
	size_t		before = scan_word(p, at, W_BEFORE);
	size_t		column;
	size_t		event;

	(void) zh_has_name(p, at, LABEL_COLUMN, &column);
	(void) zh_has_name(p, at, LABEL_EVENT, &event);
	if (zh_scan_window(p, at) > 0 || anchor_at(p, at, column))
		return true;
	if (before > 0 && zh_scan_window(p, at + before) > 0)	/* 之前30天内 */
		return true;
	if (negation > 0)			/* 未付金额 may be a column */
		return column <= negation || event >= column;
	at = scan_space(p, at + event);
	return event > 0 &&
		(zh_scan_window(p, at) > 0 || scan_word(p, at, W_ABSENT) > 0 ||
		 (at < p->length && p->folded[at] == '('));
}

bool
absence_ahead_zh(Parser *p)
{
	size_t		at = scan_space(p, p->at);
	size_t		conjunction;
	bool		comma = at < p->length && p->folded[at] == ',';

	at = scan_space(p, at + comma);
	conjunction = scan_word(p, at, W_AND);
	if (!comma && conjunction == 0)
		return false;
	return absence_at(p, scan_space(p, at + conjunction));
}

/* ---- the absence ---- */

static bool
fail_no_window(Parser *p, size_t at, const char *event)
{
	return fail_at(p, LANG_SYNTAX, at, "“未发生”没有时限",
				   "句子没有说明在多长时间内未发生。",
				   lang_format(p->arena, "请写成“30天内未发生%s”（之后），或“之前30天内未发生%s”（之前）。",
							   event, event));
}

/* （其条件） after an event */
bool
zh_parse_event_condition(Parser *p, RuleEvent *event)
{
	size_t		start = p->at;

	if (!take_symbol(p, "(") || !take_word(p, W_WHERE))
	{
		p->at = start;
		return true;
	}
	return parse_condition(p, event->event, &event->condition) &&
		(take_symbol(p, ")") || fail_expected(p, "", "右括号"));
}

static bool
accept_anchor(Parser *p, Rule *rule)
{
	const char *name;
	const char *other;
	size_t		size;
	size_t		after;

	skip_space(p);
	size = scan_name(p, p->at, LABEL_COLUMN, rule->trigger.event, &name, &other);
	after = scan_space(p, p->at + size);
	if (rule->date_column != NULL || scan_word(p, after, W_AFTER) == 0)
		return false;
	if (size > 0 && other != NULL)
		return fail_ambiguous(p, p->at, size, name, other);
	rule->date_offset = p->origin[p->at];
	if (size > 0)
		rule->date_column = name;
	p->at = after + scan_word(p, after, W_AFTER);
	return true;
}

/* 之前30天内 */
static bool
accept_window_before(Parser *p, Rule *rule)
{
	size_t		before = scan_space(p, p->at + scan_word(p, p->at, W_IN_TIME));
	size_t		size = scan_word(p, before, W_BEFORE);

	if (size == 0 || rule->lacking_within.count != 0 ||
		zh_scan_window(p, scan_space(p, before + size)) == 0)
		return false;
	p->at = before + size;
	(void) take_word(p, W_IN_TIME);
	return expect_duration(p, &rule->lacking_within) && take_word(p, W_WITHIN);
}

static bool
accept_window(Parser *p, Rule *rule)
{
	size_t		size;

	skip_space(p);
	size = rule->window.count != 0 ? 0 : zh_scan_window(p, p->at);
	if (size == 0)
		return accept_window_before(p, rule);
	(void) take_word(p, W_IN_TIME);
	return expect_duration(p, &rule->window) && take_word(p, W_WITHIN);
}

/* 未发生B, B未发生, with the window in any place; negation: where 未 stands */
static bool
parse_absence_pieces(Parser *p, Rule *rule, size_t *negation)
{
	bool		negated = false;

	while (p->error->code == LANG_OK)
	{
		size_t		start;

		skip_space(p);
		start = p->at;
		if (accept_anchor(p, rule) || accept_window(p, rule))
			continue;
		if (!negated && accept_unless_label(p, W_ABSENT, LABEL_EVENT, NULL))
		{
			negated = true;
			*negation = start;
			(void) accept_unless_label(p, W_HAPPENS, LABEL_EVENT, NULL);
		}
		else if (rule->absent.event == NULL)
		{
			rule->absent.offset = offset_here(p);
			if (!expect_name(p, LABEL_EVENT, NULL, &rule->absent.event) ||
				!zh_parse_event_condition(p, &rule->absent))
				return false;
		}
		else
			return negated || fail_expected(p, "", "“未发生”");
	}
	return false;
}

/* 之前30天内未发生b: it is asked when the trigger comes */
static bool
take_lacking(Parser *p, Rule *rule, const Rule *read, size_t negation)
{
	if (rule->lacking.event != NULL || rule->lead.count != 0 ||
		read->window.count != (rule->absent.event == NULL ? rule->window.count : 0) ||
		read->date_column != rule->date_column)
		return fail_at(p, LANG_SYNTAX, negation, "“之前…内未发生”用在这里不对",
					   "它在第一个事件发生时判断，只能有一个，且不与日期或其他时限合用。",
					   "请拆成两条规则。");
	rule->lacking = read->absent;
	rule->lacking_within = read->lacking_within;
	return true;
}

bool
zh_parse_absence(Parser *p, Rule *rule)
{
	Rule		read = *rule;
	size_t		negation = p->at;

	memset(&read.absent, 0, sizeof(RuleEvent));
	memset(&read.lacking_within, 0, sizeof(Duration));
	if (rule->absent.event != NULL)
		memset(&read.window, 0, sizeof(Duration));
	(void) take_symbol(p, ",");
	(void) take_word(p, W_AND);
	if (!parse_absence_pieces(p, &read, &negation))
		return false;
	if (read.lacking_within.count != 0)
		return take_lacking(p, rule, &read, negation);
	if (rule->absent.event != NULL)
		return fail_at(p, LANG_SYNTAX, negation, "只能有一个“未发生”",
					   "规则已有一个之后未发生的事件。", "请拆成两条规则。");
	read.lacking_within = rule->lacking_within;
	*rule = read;
	if (rule->lead.count != 0 && rule->window.count != 0)
		return fail_at(p, LANG_SYNTAX, negation, "日期前的规则不需要时限",
					   "在那个时刻之前都算在内。", "请去掉“…内”。");
	return rule->window.count != 0 || rule->lead.count != 0 ||
		fail_no_window(p, negation, name_shown(p, LABEL_EVENT, NULL, rule->absent.event));
}

bool
zh_conjunction_ahead(Parser *p)
{
	size_t		at = scan_space(p, p->at);

	if (at < p->length && p->folded[at] == ',')
		at = scan_space(p, at + 1);
	return scan_word(p, at, W_AND) > 0;
}
