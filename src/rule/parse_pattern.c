/*
 * parse_pattern.c
 *	  What a trigger may say beyond its event: a time before one of its dates, how
 *	  often it happened, what it followed; or a change that tells which event.
 *
 *	  60 days BEFORE contract end OF service contract
 *	  服务合同的合同到期日前60天
 *	  complaint HAPPENS 3 TIMES WITHIN 30 days
 *	  同一客户30天内投诉满3次
 *	  complaint FOLLOWED BY competitor contact WITHIN 14 days
 *	  投诉之后14天内发生竞品接触 (read by parse_zh.c)
 *	  customer health CHANGES FROM "green" TO "red"
 *	  客户健康度由绿变红
 */
#include "rule/lang_internal.h"

#include <string.h>
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
	const char *other;
	size_t		size;

	if (!expect_duration(p, &rule->lead) || !take_word(p, W_BEFORE))
		return false;
	rule->date_offset = offset_here(p);
	column = p->at;
	size = scan_name(p, p->at, LABEL_COLUMN, NULL, &any, &other);
	p->at += size;
	if (size == 0 && !expect_name(p, LABEL_COLUMN, NULL, &any))
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

/* ---- a change that tells which event ---- */

/* A key, a column that one event has, and what is said of changes: stands at the column. */
static bool
owned_change_ahead(Parser *p, Rule *rule)
{
	static const Word changes[] = {W_CHANGES, W_CHANGES_TO, W_CHANGES_FROM, W_NONE};
	const Vocabulary *words = p->vocabulary;
	const char *key;
	const char *other;
	const char *column;
	const char *event;
	size_t		start;
	size_t		at;
	size_t		size;
	Word		word;

	skip_space(p);
	start = at = p->at;
	size = words == NULL ? 0 : scan_name(p, at, LABEL_KEY, NULL, &key, &other);
	if (size == 0 || other != NULL)
		return false;
	at = scan_space(p, at + size);
	if (p->tongue == TONGUE_ZH && strncmp(p->folded + at, "的", strlen("的")) == 0)
		at = scan_space(p, at + strlen("的"));
	size = words->owned(words->context, p->tongue, key, p->folded + at, p->length - at, &column, &event);
	if (size == 0 || scan_longest(p, scan_space(p, at + size), changes, &word) == 0)
		return false;
	rule->key = key;
	rule->key_offset = p->origin[start];
	rule->trigger.event = event;
	rule->trigger.offset = p->origin[at];
	p->at = at;
	return true;
}

/* done: nothing of the kind was there */
bool
parse_owned_change(Parser *p, Rule *rule)
{
	return !owned_change_ahead(p, rule) || parse_condition(p, rule->trigger.event, &rule->trigger.condition);
}

/* ---- counts ---- */

#define MAX_TIMES	1000

/* the number of "3 times"; more: it is not included */
static bool
set_count(Parser *p, Rule *rule, size_t at, const char *digits, bool more)
{
	int			number = 0;

	for (; *digits >= '0' && *digits <= '9' && number <= MAX_TIMES; digits++)
		number = number * 10 + (*digits - '0');
	rule->count = number + more;
	if (*digits == '\0' && number > 0 && rule->count <= MAX_TIMES)
		return true;
	return fail_at(p, LANG_SYNTAX, at,
				   lang_say(p, "the number of times is out of range", "次数超出范围"),
				   lang_say(p, "It must be a whole number from 1 to 1000.", "次数应为1到1000的整数。"),
				   lang_say(p, "Write HAPPENS 3 TIMES WITHIN 30 days.", "请写成“30天内投诉满3次”。"));
}

/* HAPPENS [AT LEAST | MORE THAN] 3 TIMES [OR MORE] WITHIN 30 days */
bool
parse_count_en(Parser *p, Rule *rule)
{
	const char *digits;
	bool		more = take_word(p, W_GT);
	size_t		at;
	size_t		size;

	if (!more)
		(void) take_word(p, W_GE);
	skip_space(p);
	at = p->at;
	size = scan_number(p, at, &digits);
	if (size == 0)
		return fail_expected(p, "a number of times, such as 3 TIMES WITHIN 30 days", "");
	if (!set_count(p, rule, at, digits, more))
		return false;
	p->at += size;
	if (!take_word(p, W_TIMES))
		return fail_expected(p, "TIMES", "");
	if (!more)
		(void) take_word(p, W_OR_MORE);
	if (!take_word(p, W_WITHIN))
		return fail_expected(p, "WITHIN and a duration", "");
	return expect_duration(p, &rule->count_within);
}

/* a FOLLOWED BY b WITHIN 14 days: b is the trigger */
static bool
parse_sequence_en(Parser *p, Rule *rule)
{
	RuleEvent	trigger = {.offset = offset_here(p)};

	rule->earlier = rule->trigger;
	if (!expect_name(p, LABEL_EVENT, NULL, &trigger.event) ||
		(take_word(p, W_WHERE) && !parse_condition(p, trigger.event, &trigger.condition)))
		return false;
	rule->trigger = trigger;
	if (!take_word(p, W_WITHIN))
		return fail_expected(p, "WITHIN and a duration", "");
	return expect_duration(p, &rule->earlier_within);
}

/* what may follow the first event */
bool
parse_pattern_en(Parser *p, Rule *rule)
{
	size_t		start;

	skip_space(p);
	start = p->at;
	if (take_word(p, W_FOLLOWED_BY) || take_word(p, W_HAPPENS))
	{
		if (rule->lead.count != 0)
			return fail_at(p, LANG_SYNTAX, start, "a time before a date takes no pattern",
						   "It is about one event and its date.",
						   "Make two rules of it.");
		p->at = start;
	}
	if (take_word(p, W_FOLLOWED_BY))
		return parse_sequence_en(p, rule);
	return !take_word(p, W_HAPPENS) || parse_count_en(p, rule);
}

/* [发生][满]3次[以上] at a place: its size */
size_t
scan_count_zh(const Parser *p, size_t at)
{
	const char *digits;
	size_t		start = at;
	size_t		size;

	at = scan_space(p, at + scan_word(p, at, W_HAPPENS));
	at = scan_space(p, at + scan_word(p, at, W_GE) + scan_word(p, at, W_GT));
	size = scan_number(p, at, &digits);
	at = scan_space(p, at + size);
	return size == 0 || scan_word(p, at, W_TIMES) == 0 ? 0 : at + scan_word(p, at, W_TIMES) - start;
}

bool
parse_count_zh(Parser *p, Rule *rule)
{
	const char *digits = "";
	bool		more;
	size_t		at;

	(void) take_word(p, W_HAPPENS);
	more = take_word(p, W_GT);
	if (!more)
		(void) take_word(p, W_GE);
	skip_space(p);
	at = p->at;
	p->at += scan_number(p, at, &digits);
	(void) take_word(p, W_TIMES);
	if (!more && !take_word(p, W_FROM_ON))
		more = take_word(p, W_BEYOND);
	return set_count(p, rule, at, digits, more);
}
