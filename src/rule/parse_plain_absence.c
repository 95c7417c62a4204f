/*
 * parse_plain_absence.c
 *	  Events, dates and absences in everyday English.
 *
 *	  isn't settled within 30 days after it is due
 *	  unless it is renewed; has had no visit within 3 days
 *	  and stays there for more than 10 working days
 *	  60 days before a maintenance contract ends
 *
 * The event from which a time counts follows from the date that is named, where
 * the sentence has not named it: only one event about the subject may have it.
 */
#include "rule/lang_internal.h"

#include <string.h>

#include "rule/plain.h"

static const char *
quoted(const Parser *p, const char *name)
{
	return lang_format(p->arena, "\"%s\"", name);
}

const char *
shown_event(const Parser *p, const char *event)
{
	return name_shown(p, LABEL_EVENT, NULL, event);
}

bool
fail_two(Parser *p, size_t at, const PlainFind *find)
{
	const char *first = quoted(p, find->name);
	const char *second = quoted(p, find->other);

	if (find->scope != NULL && find->other_scope != NULL && strcmp(find->scope, find->other_scope) != 0)
	{
		first = lang_format(p->arena, "%s of \"%s\"", first, shown_event(p, find->scope));
		second = lang_format(p->arena, "%s of \"%s\"", second, shown_event(p, find->other_scope));
	}
	return fail_ambiguous(p, at, find->size, first, second);
}

/* ---- events ---- */

/* What happens to the subject: shipped, settled, complains. */
bool
expect_happening(Parser *p, RuleEvent *event)
{
	PlainFind	find;
	size_t		word;

	event->offset = offset_here(p);
	if (find_happening(p, p->at, &find) > 0)
	{
		if (find.other != NULL)
			return fail_two(p, p->at, &find);
		event->event = find.name;
		p->at += find.size;
		return true;
	}
	word = scan_plain_word(p, p->at);
	if (word == 0 || word_is_english(p->folded + p->at, word, true))
		return fail_expected(p, "what happens, as a label says it", "");
	return fail_at(p, LANG_UNKNOWN_NAME, p->at,
				   lang_format(p->arena, "no event is called \"%s %.*s\"", p->subject == NULL ? "it" : p->subject, (int) word, p->folded + p->at),
				   "An event is found by its label, also behind its subject; forms of a verb are not guessed.",
				   "Name it so with pulse.label('event', name, en => 'invoice settled|paid'), or write WHEN event PER key AND NOT event WITHIN 30 days THEN notify role.");
}

/* A label as it stands or of several; or what a name is written as elsewhere. */
bool
expect_noun(Parser *p, LabelClass class, const char **name)
{
	PlainFind	find;

	skip_space(p);
	if (find_noun(p, p->at, class, &find) == 0)
		return expect_name(p, class, NULL, name);
	if (find.other != NULL)
		return fail_two(p, p->at, &find);
	*name = find.name;
	p->at += find.size;
	return true;
}

/* An event by its own name: a visit, complaints. */
bool
expect_event_noun(Parser *p, RuleEvent *event)
{
	(void) take_article(p);
	event->offset = offset_here(p);
	return expect_noun(p, LABEL_EVENT, &event->event);
}

/* it, the invoice: the subject again */
static bool
take_subject(Parser *p)
{
	size_t		start = p->at;
	PlainFind	find;
	size_t		size;

	if (take_pronoun(p))
		return true;
	(void) take_article(p);
	skip_space(p);
	size = find_noun(p, p->at, LABEL_EVENT | LABEL_KEY, &find);
	if (size > 0 && p->subject != NULL && strlen(p->subject) == size &&
		strncmp(p->subject, p->folded + p->at, size) == 0)
	{
		p->at += size;
		return true;
	}
	p->at = start;
	return false;
}

/* "it is settled", "the invoice is settled", "a visit": behind UNTIL and UNLESS */
bool
parse_plain_event(Parser *p, RuleEvent *event)
{
	size_t		start = p->at;
	PlainFind	find;

	if (take_choice(p, "there is|there's"))
		return expect_event_noun(p, event);
	if (!take_subject(p))
	{
		(void) take_article(p);
		skip_space(p);
		if (find_noun(p, p->at, LABEL_EVENT, &find) > 0)
			return expect_event_noun(p, event);
		if (find_noun(p, p->at, LABEL_KEY, &find) > 0)
		{
			p->subject = arena_string(p->arena, p->folded + p->at, find.size);
			p->at += find.size;
		}
		else if (p->subject == NULL)
		{
			p->at = start;
			return expect_name(p, LABEL_EVENT, NULL, &event->event);
		}
	}
	(void) take_auxiliary(p);
	return expect_happening(p, event);
}

/* ---- dates ---- */

/* The date that is meant decides which event begins the wait, where nothing else does. */
static bool
take_day(Parser *p, Rule *rule, PlainFind *day)
{
	rule->date_offset = offset_here(p);
	if (day->other != NULL)
		return fail_two(p, p->at, day);
	rule->date_column = day->name;
	if (rule->trigger.event == NULL)
	{
		rule->trigger.event = day->scope;
		rule->trigger.offset = rule->date_offset;
	}
	p->at += day->size;
	return true;
}

static bool
fail_no_day(Parser *p, const Rule *rule)
{
	size_t		size = scan_plain_word(p, p->at);

	if (size == 0)
		return fail_expected(p, "a date of the event, or what happened", "");
	return fail_at(p, LANG_UNKNOWN_NAME, p->at,
				   lang_format(p->arena, "no date of an event is called \"%.*s\"", (int) size, p->folded + p->at),
				   rule->trigger.event != NULL ? lang_format(p->arena, "It has to be a column of \"%s\".", shown_event(p, rule->trigger.event)) :
				   lang_format(p->arena, "It has to be a column of an event about \"%s\".", rule->key == NULL ? "it" : rule->key),
				   "Name it so with pulse.label('column', name, en => 'due date'), or write WHEN event PER key AND NOT event WITHIN 30 days AFTER column THEN notify role.");
}

/* it is due, it is issued: a date of the first event, or the event that comes first */
static bool
parse_anchor_clause(Parser *p, Rule *rule)
{
	ColumnPlace place = {.scope = rule->trigger.event,.classes = LABEL_EVENT,.key = rule->key,.except = rule->absent.event};
	PlainFind	day;
	PlainFind	event;
	bool		known = rule->trigger.event != NULL;

	(void) take_auxiliary(p);
	skip_space(p);
	(void) find_day(p, p->at, &place, &day);
	if (find_happening(p, p->at, &event) > 0 && known && strcmp(event.name, rule->trigger.event) != 0)
		event.size = 0;
	if (day.size > 0 && event.size > 0)
		return fail_ambiguous(p, p->at, day.size, lang_format(p->arena, "the date \"%s\"", day.name),
							  lang_format(p->arena, "the event \"%s\"", shown_event(p, event.name)));
	if (day.size > 0)
		return take_day(p, rule, &day);
	if (event.size == 0)
		return fail_no_day(p, rule);
	if (event.other != NULL)
		return fail_two(p, p->at, &event);
	if (!known)
	{
		rule->trigger.event = event.name;
		rule->trigger.offset = offset_here(p);
	}
	p->at += event.size;
	return true;
}

/* [after it is due | after the due date] */
static bool
parse_anchor(Parser *p, Rule *rule)
{
	ColumnPlace place = {.scope = rule->trigger.event,.classes = LABEL_EVENT,.key = rule->key,.except = rule->absent.event};
	PlainFind	day;

	if (!take_word(p, W_AFTER))
	{
		if (rule->trigger.event != NULL)
			return true;
		skip_space(p);
		return fail_at(p, LANG_SYNTAX, p->at, "it is not said what the time begins with",
					   lang_format(p->arena, "\"%s\" is looked for, but not from when on.", shown_event(p, rule->absent.event)),
					   lang_format(p->arena, "Write \"after it is due\", or WHEN event%s%s AND NOT %s WITHIN 30 days.", rule->key == NULL ? "" : " PER ",
								   rule->key == NULL ? "" : name_shown(p, LABEL_KEY, NULL, rule->key), shown_event(p, rule->absent.event)));
	}
	if (take_subject(p))
		return parse_anchor_clause(p, rule);
	(void) (take_article(p) || take_choice(p, "its|their"));
	skip_space(p);
	if (find_column(p, p->at, &place, &day) == 0)
		return fail_no_day(p, rule);
	return take_day(p, rule, &day);
}

/* 60 days before a maintenance contract ends, before the due date of an invoice */
bool
parse_plain_lead(Parser *p, Rule *rule)
{
	ColumnPlace place = {.classes = LABEL_EVENT};
	PlainFind	noun;
	PlainFind	day;
	size_t		start;

	if (!expect_duration(p, &rule->lead) || !take_word(p, W_BEFORE))
		return false;
	(void) take_article(p);
	skip_space(p);
	start = p->at;
	if (find_noun(p, p->at, LABEL_EVENT, &noun) == 0 && find_noun(p, p->at, LABEL_KEY, &noun) > 0)
	{
		if (!expect_noun(p, LABEL_KEY, &place.key))
			return false;
	}
	else if (!expect_noun(p, LABEL_EVENT, &place.scope))
		return false;
	p->subject = arena_string(p->arena, p->folded + start, p->at - start);
	(void) take_auxiliary(p);
	skip_space(p);
	rule->trigger.event = place.scope;
	rule->trigger.offset = p->origin[start];
	rule->key = place.key;
	rule->key_offset = p->origin[start];
	return find_day(p, p->at, &place, &day) > 0 ? take_day(p, rule, &day) : fail_no_day(p, rule);
}

/* ---- what did not happen ---- */

/* Within d, and from when on; before a date there is nothing to say. */
bool
parse_plain_window(Parser *p, Rule *rule)
{
	if (rule->lead.count != 0)
		return true;
	if (rule->window.count == 0)
	{
		if (!take_word(p, W_WITHIN))
			return fail_expected(p, "WITHIN and a duration", "");
		if (!expect_duration(p, &rule->window))
			return false;
	}
	return parse_anchor(p, rule);
}

/* and stays there for more than 10 working days */
static bool
parse_staying(Parser *p, Rule *rule)
{
	const RuleExpr *enters = rule->trigger.condition;

	rule->absent.event = rule->trigger.event;
	rule->absent.offset = offset_here(p);
	if (enters == NULL || enters->kind != EXPR_CHANGES)
		return fail_expected(p, "what it enters before it stays there", "");
	rule->absent.condition = column_compared(p, enters->column, COMPARED_NE, enters->values, p->origin[p->at]);
	if (!take_word(p, W_FOR))
		return fail_expected(p, "FOR and a duration", "");
	(void) (take_word(p, W_GT) || take_word(p, W_GE) || take_choice(p, "longer than"));
	return expect_duration(p, &rule->window);
}

/* Does an everyday "and isn't ..." begin here?  "and not" is one of keywords, too: it follows everyday words. */
bool
plain_clause_ahead(Parser *p)
{
	Parser		probe = *p;

	(void) take_symbol(&probe, ",");
	if (next_is(&probe, W_UNLESS_RULE))
		return false;
	if (take_choice(&probe, "unless"))
		return true;
	if (!take_word(&probe, W_AND))
		return false;
	(void) take_subject(&probe);
	return take_lack(&probe) || take_negation(&probe) || take_choice(&probe, "stays|remains") ||
		(p->worded && take_choice(&probe, "not"));
}

/* followed [within d] by a visit [within d] */
bool
parse_followed(Parser *p, RuleEvent *event, Duration *within)
{
	if (take_word(p, W_WITHIN) && !expect_duration(p, within))
		return false;
	if (!take_choice(p, "by"))
		return fail_expected(p, "by and an event", "");
	if (!expect_event_noun(p, event))
		return false;
	if (within->count == 0 && !take_word(p, W_WITHIN))
		return fail_expected(p, "WITHIN and a duration", "");
	return within->count != 0 || expect_duration(p, within);
}

/* [,] and isn't shipped within d | unless it is renewed | and has had no visit within d | and stays there for d */
bool
parse_plain_clause(Parser *p, Rule *rule)
{
	size_t		start;

	(void) take_symbol(p, ",");
	skip_space(p);
	start = p->at;
	if (rule->absent.event != NULL)
		return fail_at(p, LANG_SYNTAX, start, "only one event may be absent afterwards",
					   "The sentence says of one already that it does not happen.", "Make two rules of it.");
	if (take_choice(p, "unless"))
		return parse_plain_event(p, &rule->absent) && parse_plain_window(p, rule);
	(void) take_word(p, W_AND);
	(void) take_subject(p);
	if (take_choice(p, "stays there|stays in it|remains there|remains in it"))
		return parse_staying(p, rule);
	if (take_lack(p))
	{
		if (!expect_event_noun(p, &rule->absent))
			return false;
		if (rule->lead.count == 0 && take_word(p, W_FOR) && !expect_duration(p, &rule->window))
			return false;
		return parse_plain_window(p, rule);
	}
	if (!take_negation(p) && !take_choice(p, "not"))
		return fail_expected(p, "what it does not do", "");
	if (rule->lead.count != 0 && scan_choice(p, scan_space(p, p->at), "followed") > 0)
		return fail_expected(p, "what it is not, without a duration", "");
	if (!take_choice(p, "followed"))
		return expect_happening(p, &rule->absent) && parse_plain_window(p, rule);
	return parse_followed(p, &rule->absent, &rule->window);
}
