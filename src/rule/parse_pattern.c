/*
 * parse_pattern.c
 *	  What a trigger may say beyond its event: a time before one of its dates.
 *
 *	  60 days BEFORE contract end OF service contract
 *	  服务合同的合同到期日前60天
 */
#include "rule/lang_internal.h"

#include <strings.h>

/* ---- a time before a date ---- */

bool
lead_ahead_en(Parser *p)
{
	Duration	ignored;
	const char *name;
	const char *other;
	size_t		size;

	skip_space(p);
	if (scan_name(p, p->at, LABEL_EVENT, NULL, &name, &other) > 0)
		return false;
	size = scan_duration(p, p->at, &ignored);
	return size > 0 && scan_word(p, scan_space(p, p->at + size), W_BEFORE) > 0;
}

/* no keyword: a role may be a head of sales */
static bool
take_of(Parser *p)
{
	skip_space(p);
	if (scan_plain_word(p, p->at) != 2 || strncasecmp(p->folded + p->at, "OF", 2) != 0)
		return false;
	p->at += 2;
	return true;
}

/* The column stands before its event, and is known only once that is. */
bool
parse_lead_en(Parser *p, Rule *rule)
{
	size_t		column;
	size_t		past;
	const char *any;

	if (!expect_duration(p, &rule->lead) || !take_word(p, W_BEFORE))
		return false;
	rule->date_offset = offset_here(p);
	column = p->at;
	if (!expect_name(p, LABEL_COLUMN, NULL, &any))
		return false;
	if (!take_of(p))
		return fail_expected(p, "OF and the event that has this date", "");
	rule->trigger.offset = offset_here(p);
	if (!expect_name(p, LABEL_EVENT, NULL, &rule->trigger.event))
		return false;
	past = p->at;
	p->at = column;
	if (!expect_name(p, LABEL_COLUMN, rule->trigger.event, &rule->date_column))
		return false;
	p->at = past;
	return !take_word(p, W_WHERE) ||
		parse_condition(p, rule->trigger.event, &rule->trigger.condition);
}

/* 的合同到期日前60天, after the event */
bool
lead_ahead_zh(Parser *p, const char *event)
{
	const char *name;
	const char *other;
	size_t		at = scan_space(p, p->at);
	size_t		size;

	at = scan_space(p, at + scan_word(p, at, W_CLAUSE_END));
	size = scan_name(p, at, LABEL_COLUMN, event, &name, &other);
	return size > 0 && scan_word(p, scan_space(p, at + size), W_BEFORE) > 0;
}

bool
parse_lead_zh(Parser *p, Rule *rule)
{
	(void) take_word(p, W_CLAUSE_END);
	rule->date_offset = offset_here(p);
	return expect_name(p, LABEL_COLUMN, rule->trigger.event, &rule->date_column) &&
		take_word(p, W_BEFORE) && expect_duration(p, &rule->lead);
}
