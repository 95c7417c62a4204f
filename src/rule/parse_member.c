/*
 * parse_member.c
 *	  Members without an event, in both tongues.
 *
 *	  EACH customer [WHERE condition] WITHOUT visit [WHERE condition] FOR 21 days
 *	  凡等级为“A”的客户，连续21天未发生拜访[（其条件）]的
 *	  A类客户连续21天没有拜访: A类 is the label of a value
 *
 * In Chinese the condition stands before the member whose columns it is about,
 * so the member is looked for first.
 */
#include "rule/lang_internal.h"

#include <string.h>

#include "rule/plain.h"

/* ---- both tongues ---- */

/* A类 before 客户: its size, and the condition it stands for; scope: whose column it is, or NULL. */
size_t
scan_adjective(const Parser *p, size_t at, const char *scope, const RuleExpr **condition)
{
	const char *column;
	const char *name;
	size_t		size;

	if (p->vocabulary == NULL || p->vocabulary->adjective == NULL)
		return 0;
	size = p->vocabulary->adjective(p->vocabulary->context, p->tongue, scope, p->folded + at,
									p->length - at, &column, &name);
	if (size > 0 && condition != NULL)
		*condition = column_is(p, column, VALUE_TEXT, name, p->origin[at]);
	return size;
}

/* A member at a place, where no longer label says otherwise. */
static size_t
scan_member(const Parser *p, size_t at, const char **member)
{
	const char *event;
	const char *other;
	size_t		size;

	size = scan_name(p, at, LABEL_MEMBER, NULL, member, &other);
	return scan_name(p, at, LABEL_EVENT, NULL, &event, &other) > size ? 0 : size;
}

/* A adjective and a member after it: where the member begins, or 0. */
static size_t
member_behind_adjective(const Parser *p, size_t at, const char **member)
{
	size_t		size = scan_adjective(p, at, NULL, NULL);
	size_t		next = scan_space(p, at + size);

	if (size == 0)
		return 0;
	if (scan_member(p, next, member) == 0)
		next = scan_space(p, next + scan_word(p, next, W_CLAUSE_END));
	return scan_member(p, next, member) > 0 ? next : 0;
}

static bool
take_member(Parser *p, Rule *rule)
{
	rule->form = FORM_MEMBER;
	rule->trigger.offset = rule->key_offset = offset_here(p);
	if (!expect_name(p, LABEL_MEMBER, NULL, &rule->trigger.event))
		return false;
	rule->key = rule->trigger.event;
	return true;
}

static bool
take_adjective(Parser *p, Rule *rule)
{
	const char *member;
	size_t		next;

	skip_space(p);
	next = member_behind_adjective(p, p->at, &member);
	if (next == 0)
		return true;
	(void) scan_adjective(p, p->at, member, &rule->trigger.condition);
	if (rule->trigger.condition == NULL)
		return true;
	p->at = next;
	return true;
}

static void
set_title(Parser *p, const Rule *rule)
{
	p->task_title = name_shown(p, LABEL_EVENT, NULL, rule->absent.event);
}

/* ---- English ---- */

bool
member_ahead_en(Parser *p)
{
	const char *member;
	size_t		every;

	skip_space(p);
	if (scan_word(p, p->at, W_EACH) > 0)
		return true;
	every = scan_word(p, p->at, W_EVERY);
	every = every == 0 ? 0 : scan_space(p, p->at + every);
	return every > 0 && p->vocabulary != NULL && (scan_member(p, every, &member) > 0 ||
												  member_behind_adjective(p, every, &member) > 0);
}

/* customer, A customers, behind the article; false: none is here. */
bool
take_member_phrase(Parser *p, Rule *rule)
{
	PlainFind	find;
	PlainFind	event;

	if (!take_adjective(p, rule))
		return false;
	rule->key_offset = rule->trigger.offset = offset_here(p);
	if (find_noun(p, p->at, LABEL_MEMBER, &find) == 0 || find.other != NULL ||
		find_noun(p, p->at, LABEL_EVENT, &event) > find.size)
		return false;
	rule->form = FORM_MEMBER;
	rule->key = rule->trigger.event = find.name;
	p->at += find.size;
	return true;
}

bool
parse_member_en(Parser *p, Rule *rule)
{
	(void) (take_word(p, W_EACH) || take_word(p, W_EVERY));
	if (!take_adjective(p, rule) || !take_member(p, rule))
		return false;
	if (rule->trigger.condition == NULL && take_word(p, W_WHERE) &&
		!parse_condition(p, rule->trigger.event, &rule->trigger.condition))
		return false;
	if (!take_word(p, W_WITHOUT))
		return fail_expected(p, "WITHOUT, an event, FOR and a duration", "");
	rule->absent.offset = offset_here(p);
	if (!expect_name(p, LABEL_EVENT, NULL, &rule->absent.event) ||
		(take_word(p, W_WHERE) &&
		 !parse_condition(p, rule->absent.event, &rule->absent.condition)))
		return false;
	if (!take_word(p, W_FOR))
		return fail_expected(p, "FOR and a duration", "");
	if (!expect_duration(p, &rule->window))
		return false;
	set_title(p, rule);
	if (!parse_unless(p, rule))
		return false;
	return take_word(p, W_THEN) || (take_symbol(p, ",") && (take_word(p, W_THEN) || true)) ||
		fail_expected(p, "THEN", "");
}

/* ---- Chinese ---- */

/* ，连续21天没有 after the member */
static bool
span_ahead(const Parser *p, size_t at)
{
	Duration	span;
	size_t		size;

	at = scan_space(p, at);
	if (at < p->length && p->folded[at] == ',')
		at = scan_space(p, at + 1);
	size = scan_word(p, at, W_CONSECUTIVE);
	if (size == 0 && p->vocabulary == NULL)
		return false;			/* any word could be the member */
	at = scan_space(p, at + size);
	at = scan_space(p, at + scan_word(p, at, W_GT) + scan_word(p, at, W_GE));
	size = scan_duration(p, at, &span);
	at = scan_space(p, at + size);
	at = scan_space(p, at + scan_word(p, at, W_WITHIN));
	return size > 0 && scan_word(p, at, W_ABSENT) > 0;
}

/* The member that 的 leads to: 等级为“A”的客户, or 0. */
static size_t
member_behind_condition(const Parser *p, size_t at, const char **member)
{
	const char *of = "的";

	while (at < p->length && p->folded[at] != ';')
	{
		if (p->length - at > strlen(of) && memcmp(p->folded + at, of, strlen(of)) == 0)
		{
			size_t		next = scan_space(p, at + strlen(of));
			size_t		size = scan_member(p, next, member);

			if (size > 0 && span_ahead(p, next + size))
				return next;
		}
		at += scan_passage(p, at);
	}
	return 0;
}

static size_t
after_opening(const Parser *p)
{
	size_t		at = scan_space(p, p->at);

	return scan_space(p, at + scan_word(p, at, W_WHEN));
}

bool
member_ahead_zh(Parser *p)
{
	size_t		at = after_opening(p);
	const char *member;
	const char *event;
	const char *other;
	size_t		next = member_behind_adjective(p, at, &member);
	size_t		size = scan_member(p, next > 0 ? next : at, &member);

	if (size > 0 && span_ahead(p, (next > 0 ? next : at) + size))
		return true;
	return (p->vocabulary == NULL || scan_name(p, at, LABEL_EVENT, NULL, &event, &other) == 0) &&
		member_behind_condition(p, at, &member) > 0;
}

static bool
parse_which(Parser *p, Rule *rule)
{
	const char *member;
	size_t		size;

	skip_space(p);
	size = scan_member(p, p->at, &member);
	if ((size > 0 && span_ahead(p, p->at + size)) || member_behind_adjective(p, p->at, &member) > 0)
		return take_adjective(p, rule);
	if (member_behind_condition(p, p->at, &member) == 0)
		return fail_expected(p, "", "对象的名称");
	return parse_condition(p, member, &rule->trigger.condition) &&
		(take_symbol(p, "的") || fail_expected(p, "", "“的”加对象"));
}

bool
parse_member_zh(Parser *p, Rule *rule)
{
	p->at = after_opening(p);
	if (!parse_which(p, rule) || !take_member(p, rule))
		return false;
	(void) take_symbol(p, ",");
	(void) take_word(p, W_CONSECUTIVE);
	(void) (take_word(p, W_GT) || take_word(p, W_GE));
	if (!expect_duration(p, &rule->window))
		return false;
	(void) take_word(p, W_WITHIN);
	if (!accept_unless_label(p, W_ABSENT, LABEL_EVENT, NULL))
		return fail_expected(p, "", "“未发生”加事件");
	rule->absent.offset = offset_here(p);
	if (!expect_name(p, LABEL_EVENT, NULL, &rule->absent.event) ||
		!zh_parse_event_condition(p, &rule->absent))
		return false;
	set_title(p, rule);
	(void) take_word(p, W_CLAUSE_END);
	(void) (take_symbol(p, ",") || take_symbol(p, ":"));
	(void) take_word(p, W_THEN);
	return parse_unless(p, rule);
}
