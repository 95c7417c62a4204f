/*
 * parse_en.c
 *	  The English sentence, and the name form, which is English over names.
 *
 *	  [WHEN] trigger [PER key] [EACH TIME | ONCE]
 *	  [AND NO event [WHERE condition] IN THE LAST d]
 *	  [AND NOT event [WHERE condition] WITHIN d [AFTER column]]
 *	  THEN step; step ... [UNTIL event [WHERE condition]] [.]
 *
 *	  Members and states have heads of their own: parse_member.c, parse_state.c.
 *
 *	  trigger := event [WHERE condition] | d BEFORE column OF event [WHERE condition]
 *	  | event HAPPENS n TIMES WITHIN d | event FOLLOWED BY event WITHIN d
 *	  | key column CHANGES ...
 */
#include "rule/lang_internal.h"

#include <string.h>

/* Is the AND here that of an absence, not that of a condition? */
bool
absence_ahead_en(Parser *p)
{
	static const Word tests[] = {
		W_IS, W_IS_NOT, W_LT, W_LE, W_GT, W_GE, W_BETWEEN, W_IN, W_NOT_IN,
		W_MISSING, W_NOT_MISSING, W_STARTS, W_NOT_STARTS, W_CHANGES, W_CHANGES_TO,
		W_CHANGES_FROM, W_NONE
	};
	size_t		at = scan_space(p, p->at);
	size_t		size;
	size_t		column;
	const char *name;
	const char *other;
	Word		found;

	if (at < p->length && p->folded[at] == ',')
		at = scan_space(p, at + 1);
	size = scan_word(p, at, W_AND);
	if (size == 0)
		return false;
	at = scan_space(p, at + size);
	size = scan_word(p, at, W_ABSENT);
	if (size == 0)
		return false;
	at = scan_space(p, at + size);
	size = scan_name(p, at, LABEL_EVENT, NULL, &name, &other);
	column = scan_name(p, at, LABEL_COLUMN, NULL, &name, &other);
	if (column > size)
		size = column;
	if (size == 0)
		size = scan_unknown(p, at);
	if (size == 0)
		return false;
	at = scan_space(p, at + size);
	return scan_longest(p, at, tests, &found) == 0 ||
		(found == W_IN && scan_word(p, at, W_IN_THE_LAST) > 0);
}

static bool
parse_event(Parser *p, RuleEvent *event)
{
	event->offset = offset_here(p);
	return expect_name(p, LABEL_EVENT, NULL, &event->event) &&
		(!take_word(p, W_WHERE) || parse_condition(p, event->event, &event->condition));
}

bool
parse_key_en(Parser *p, Rule *rule)
{
	for (;;)
	{
		if (rule->key == NULL && take_word(p, W_PER))
		{
			rule->key_offset = offset_here(p);
			if (!expect_name(p, LABEL_KEY, NULL, &rule->key) || !parse_more_keys(p, rule))
				return false;
		}
		else if (rule->rearm == REARM_ONE_OPEN && take_word(p, W_EACH_TIME))
			rule->rearm = REARM_EACH_TIME;
		else if (rule->rearm == REARM_ONE_OPEN && take_word(p, W_ONCE))
			rule->rearm = REARM_ONCE;
		else if (next_is(p, W_AT_MOST_ONCE) || next_is(p, W_UNLESS_RULE) ||
				 next_is(p, W_USING_CALENDAR) || next_is(p, W_FIRE_PAST))
		{
			size_t		start = p->at;

			if (!accept_option(p, rule))
				return false;
			if (p->at == start)
				return true;
		}
		else
			return true;
	}
}

static bool
fail_no_window(Parser *p, size_t at, const char *event)
{
	return fail_at(p, LANG_SYNTAX, at, "the absence has no time limit",
				   lang_format(p->arena, "Nothing says until when, or since when, \"%s\" is looked for.",
							   event),
				   lang_format(p->arena,
							   "Write AND NOT %s WITHIN 30 days, or AND NO %s IN THE LAST 30 days.",
							   event, event));
}

/* 60 days BEFORE x AND NOT b: looked for until then */
static bool
fail_window_before(Parser *p)
{
	return fail_at(p, LANG_SYNTAX, p->at, "a time before a date ends the absence by itself",
				   "The event after NOT is looked for until then.",
				   "Leave out WITHIN and the duration.");
}

/* AND NO b IN THE LAST d: it is asked when the trigger comes */
static bool
parse_lacking(Parser *p, Rule *rule, size_t negation, const RuleEvent *event)
{
	if (rule->lacking.event != NULL || rule->lead.count != 0)
		return fail_at(p, LANG_SYNTAX, negation,
					   rule->lead.count != 0 ? "a time before a date takes no absence before it" :
					   "only one event may be absent before",
					   "What was absent is asked when the first event comes.",
					   "Make two rules of it.");
	rule->lacking = *event;
	return expect_duration(p, &rule->lacking_within);
}

static bool
parse_absence(Parser *p, Rule *rule)
{
	RuleEvent	event = {0};
	size_t		negation;

	(void) take_symbol(p, ",");
	(void) take_word(p, W_AND);
	skip_space(p);
	negation = p->at;
	if (!accept_unless_label(p, W_ABSENT, LABEL_EVENT, NULL))
		return fail_expected(p, "NOT and an event", "");
	if (!parse_event(p, &event) || !parse_key_en(p, rule))
		return false;
	if (take_word(p, W_IN_THE_LAST))
		return parse_lacking(p, rule, negation, &event);
	if (rule->absent.event != NULL)
		return fail_at(p, LANG_SYNTAX, negation, "only one event may be absent afterwards",
					   "The rule has its AND NOT already.", "Make two rules of it.");
	rule->absent = event;
	if (rule->lead.count != 0)
		return !next_is(p, W_WITHIN) || fail_window_before(p);
	if (!take_word(p, W_WITHIN))
	{
		size_t		size = scan_word(p, p->at, W_LATER_CONSTRUCT);

		return size > 0 ? fail_unsupported(p, p->at, size) :
			fail_no_window(p, negation, name_shown(p, LABEL_EVENT, NULL, rule->absent.event));
	}
	if (!expect_duration(p, &rule->window))
		return false;
	if (!take_word(p, W_AFTER))
		return true;
	rule->date_offset = offset_here(p);
	return expect_name(p, LABEL_COLUMN, rule->trigger.event, &rule->date_column);
}

static bool
parse_then(Parser *p, const Rule *rule)
{
	if (take_symbol(p, ","))
		return take_word(p, W_THEN) || true;
	if (take_word(p, W_THEN))
		return true;
	return fail_expected(p, rule->absent.event != NULL ? "THEN" :
						 rule->key != NULL ? "AND NOT or THEN" :
						 rule->trigger.condition != NULL ? "AND, PER or THEN" :
						 "WHERE, PER, AND NOT or THEN", "");
}

static bool
parse_trigger(Parser *p, Rule *rule)
{
	const char *name;
	const char *other;

	skip_space(p);
	if (scan_name(p, p->at, LABEL_EVENT, NULL, &name, &other) == 0 && !parse_owned_change(p, rule))
		return false;
	return rule->trigger.event != NULL || parse_event(p, &rule->trigger);
}

static bool
parse_head(Parser *p, Rule *rule)
{
	if (member_ahead_en(p))
		return parse_member_en(p, rule);
	if (schedule_ahead(p))
		return parse_schedule(p, rule);
	if (state_ahead(p))
		return parse_state_en(p, rule);
	(void) accept_unless_label(p, W_WHEN, LABEL_EVENT, NULL);
	if (unacknowledged_ahead(p))
		return parse_unacknowledged(p, rule) && parse_key_en(p, rule) && parse_then(p, rule);
	if (!(lead_ahead_en(p) ? parse_lead_en(p, rule) : parse_trigger(p, rule)) ||
		!parse_key_en(p, rule) || !parse_pattern_en(p, rule) || !parse_key_en(p, rule))
		return false;
	while (absence_ahead_en(p))
		if (!parse_absence(p, rule))
			return false;
	return parse_key_en(p, rule) && parse_then(p, rule);
}

/* Keywords, else everyday English; of two mistakes the one that comes later, if it is one of everyday English. */
static bool
parse_any_head(Parser *p, Rule *rule)
{
	LangError	mistakes[2] = {{LANG_OK}, {LANG_OK}};
	Parser		plain = *p;
	Rule		read = *rule;
	bool		fine;
	bool		later;

	if (!reads_plain(p))
		return parse_head(p, rule);
	p->error = &mistakes[0];
	fine = parse_head(p, rule);
	p->error = plain.error;
	plain.error = &mistakes[1];
	if (fine)
		return true;
	if (mistakes[0].offset < p->origin[p->length] && parse_plain(&plain, &read))
	{
		plain.error = p->error;
		*p = plain;
		*rule = read;
		return true;
	}
	later = plain.worded && mistakes[0].code != LANG_UNSUPPORTED && mistakes[1].offset > mistakes[0].offset;
	*p->error = mistakes[later];
	return false;
}

/* UNTIL visit, until it is settled */
static bool
parse_until(Parser *p, Rule *rule)
{
	const char *name;
	const char *other;

	if (reads_plain(p) && scan_name(p, scan_space(p, p->at), LABEL_EVENT, NULL, &name, &other) == 0)
		return parse_plain_event(p, &rule->until);
	return parse_event(p, &rule->until);
}

const Rule *
parse_sentence_en(Parser *p)
{
	Rule	   *rule = arena_alloc(p->arena, sizeof(Rule));

	rule->tongue = TONGUE_EN;
	if (!parse_any_head(p, rule))
		return NULL;
	p->event = rule->trigger.event;
	set_plain_title(p, rule);
	if (!parse_steps_en(p, rule))
		return NULL;
	if (rule->form != FORM_STATE && take_word(p, W_UNTIL) && !parse_until(p, rule))
		return NULL;
	if (rule->form == FORM_STATE && plain_cleared_ahead(p, rule) && !parse_plain_cleared(p, rule))
		return NULL;
	if (!parse_cleared_en(p, rule))
		return NULL;
	if (!check_ladder(p, rule))
		return NULL;
	(void) take_symbol(p, ".");
	if (at_end(p))
		return check_rule_shape(p, rule) ? rule : NULL;
	(void) fail_expected(p, rule->until.event != NULL ? "the end of the sentence" :
						 "a comma, a semicolon, UNTIL or the end of the sentence", "");
	return NULL;
}
