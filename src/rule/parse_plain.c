/*
 * parse_plain.c
 *	  Everyday English up to the actions: what happens, and what does not.
 *
 *	  An order over 100,000 yuan is approved and isn't shipped within 3 working days:
 *	  When an invoice isn't settled within 30 days after it is due,
 *	  An A customer has had no visit for 21 days:
 *	  60 days before a maintenance contract ends, unless it is renewed,
 *	  A complaint is followed within 14 days by a competitor contact:
 *	  An opportunity enters Negotiation and stays there for more than 10 working days:
 *
 * It is read where the keywords of parse_en.c are not, into the same tree.  The
 * words are those of plain_word.c; labels do the rest.  What is not said, such as
 * the event whose date an absence counts from, must follow from the labels in
 * one way; else the sentence is refused, with the keywords that would say it.
 */
#include "rule/lang_internal.h"

#include <string.h>

#include "rule/plain.h"

/* who or what the sentence begins with */
typedef struct Subject
{
	size_t		at;
	PlainFind	event;			/* size 0: it is none */
	PlainFind	key;
	size_t		adjective;		/* where "A" of "an A customer" stands, plus
								 * one */
	size_t		money_at;		/* where "over 100,000 yuan" stands */
	RuleExpr   *money;			/* its column is still to be found, or NULL */
} Subject;

/* over 100,000 yuan: of which column is said by the event, which comes later */
static bool
parse_money(Parser *p, Subject *subject)
{
	size_t		start = p->at;
	Comparison	comparison;
	RuleValue  *value;

	(void) take_choice(p, "of|worth");
	skip_space(p);
	subject->money_at = p->at;
	if (!take_inequality(p, &comparison))
	{
		p->at = start;
		return true;
	}
	value = arena_alloc(p->arena, sizeof(RuleValue));
	skip_space(p);
	start = p->at;
	if (!expect_value(p, NULL, value))
		return false;
	if (value->kind != VALUE_MONEY)
	{
		p->at = start;
		return fail_expected(p, "an amount with its currency, such as 100,000 CNY", "");
	}
	subject->money = column_compared(p, NULL, comparison, value, p->origin[subject->money_at]);
	return true;
}

/* What was said of the subject before its event was known. */
static bool
apply_subject(Parser *p, Rule *rule, const Subject *subject)
{
	RuleEvent  *event = &rule->trigger;
	size_t		at = subject->adjective - 1;
	const RuleExpr *adjective;

	if (subject->money != NULL)
	{
		if (!find_money(p, event->event, &subject->money->column))
			return fail_at(p, LANG_SYNTAX, subject->money_at, "it is not said which amount is meant",
						   lang_format(p->arena, subject->money->column == NULL ? "\"%s\" has no column that holds an amount." :
									   "\"%s\" has several columns that hold an amount.", shown_event(p, event->event)),
						   lang_format(p->arena, "Write WHEN %s WHERE column > 100,000 CNY.", shown_event(p, event->event)));
		event->condition = both_of(p, event->condition, subject->money);
	}
	if (subject->adjective == 0)
		return true;
	if (scan_adjective(p, at, event->event, &adjective) == 0)
		return fail_at(p, LANG_UNKNOWN_NAME, at, lang_format(p->arena, "\"%s\" has no column with such a value", shown_event(p, event->event)),
					   "What stands before the subject is the label of a value of one of its event's columns.",
					   "Write WHEN event WHERE column is \"value\" PER key.");
	event->condition = both_of(p, event->condition, adjective);
	return true;
}

/* enters Negotiation */
static bool
parse_entering(Parser *p, Rule *rule, const Subject *subject)
{
	RuleExpr   *expr = arena_alloc(p->arena, sizeof(RuleExpr));
	RuleValue  *value = arena_alloc(p->arena, sizeof(RuleValue));
	const char *event;
	PlainFind	find;
	size_t		size;

	value->offset = expr->offset = rule->trigger.offset = offset_here(p);
	if (find_value(p, p->at, subject->key.name, &find, &event) == 0)
	{
		size = scan_unknown(p, p->at);
		return size == 0 ? fail_expected(p, "the label of a value", "") : fail_unknown(p, LABEL_VALUE, NULL, p->at, size);
	}
	if (find.other != NULL)
		return fail_ambiguous(p, p->at, find.size, lang_format(p->arena, "\"%s\" of \"%s\"", find.name, shown_event(p, event)),
							  find.other_scope == NULL ? lang_format(p->arena, "\"%s\"", find.other) :
							  lang_format(p->arena, "\"%s\" of \"%s\"", find.name, shown_event(p, find.other_scope)));
	p->at += find.size;
	value->text = find.name;
	expr->kind = EXPR_CHANGES;
	expr->column = find.scope;
	expr->values = value;
	expr->value_count = 1;
	rule->trigger.event = event;
	rule->trigger.condition = expr;
	return true;
}

/* ---- the subject and its verb ---- */

/* invoice, A customer, complaint, behind the article: at its noun afterwards */
static bool
find_subject(Parser *p, Subject *subject)
{
	size_t		size;

	skip_space(p);
	subject->at = p->at;
	if (find_noun(p, p->at, LABEL_EVENT, &subject->event) + find_noun(p, p->at, LABEL_KEY, &subject->key) > 0)
		return true;
	size = scan_adjective(p, p->at, NULL, NULL);
	if (size > 0)
	{
		size_t		next = scan_space(p, p->at + size);

		if (find_noun(p, next, LABEL_EVENT, &subject->event) + find_noun(p, next, LABEL_KEY, &subject->key) > 0)
		{
			subject->adjective = p->at + 1;
			subject->at = p->at = next;
			return true;
		}
	}
	size = p->worded ? scan_unknown(p, p->at) : 0;	/* what is near is told by
													 * the keywords' mistake */
	return size == 0 ? fail_expected(p, "an event, or what it is about", "") : fail_unknown(p, LABEL_EVENT, NULL, p->at, size);
}

/* The longer of the two is meant; a key that is one, too, is what the rule is about. */
static bool
take_noun(Parser *p, Rule *rule, Subject *subject)
{
	PlainFind  *find = subject->event.size >= subject->key.size ? &subject->event : &subject->key;

	if (find->other != NULL)
		return fail_two(p, p->at, find);
	if (subject->key.size < find->size)
		subject->key = (PlainFind)
	{
		0
	};
	if (subject->event.size < find->size)
		subject->event = (PlainFind)
	{
		0
	};
	p->subject = arena_string(p->arena, p->folded + p->at, find->size);
	rule->key = subject->key.name;
	rule->key_offset = p->origin[p->at];
	p->at += find->size;
	return true;
}

static void
set_trigger(Parser *p, Rule *rule, const Subject *subject)
{
	rule->trigger.event = subject->event.name;
	rule->trigger.offset = p->origin[subject->at];
}

/* An A customer has had no visit for 21 days, hasn't been visited for 21 days; false: it is no such sentence */
static bool
accept_member(Parser *p, Rule *rule)
{
	Parser		probe = *p;
	LangError	ignored = {LANG_OK};
	Rule		read = *rule;
	bool		noun;

	probe.error = &ignored;
	(void) take_article(&probe);
	if (!take_member_phrase(&probe, &read))
		return false;
	probe.subject = name_shown(&probe, LABEL_KEY, NULL, read.key);
	noun = take_lack(&probe);
	if (!noun && !take_negation(&probe))
		return false;
	if (!(noun ? expect_event_noun(&probe, &read.absent) : expect_happening(&probe, &read.absent)) ||
		!(take_word(&probe, W_FOR) || take_word(&probe, W_IN_THE_LAST) || take_choice(&probe, "in")))
		return false;
	(void) (take_word(&probe, W_GT) || take_word(&probe, W_GE));
	probe.error = p->error;
	*p = probe;
	*rule = read;
	(void) expect_duration(p, &rule->window);
	return true;
}

/* The sentence says of the event itself what its row says: breaks a contract clause. */
static bool
accept_truth(Parser *p, Rule *rule, const Subject *subject)
{
	ColumnPlace place = {.scope = subject->event.name,.truth = true};
	PlainFind	find;

	skip_space(p);
	if (subject->event.size == 0 || find_column(p, p->at, &place, &find) == 0)
		return false;
	set_trigger(p, rule, subject);
	rule->trigger.condition = column_is(p, find.name, VALUE_BOOLEAN, "true", p->origin[p->at]);
	p->at += find.size;
	return true;
}

/* 's unit price is below the contract price; whose amount is over 100,000 yuan */
static bool
parse_event_condition(Parser *p, Rule *rule, const Subject *subject)
{
	set_trigger(p, rule, subject);
	return parse_condition(p, rule->trigger.event, &rule->trigger.condition) && apply_subject(p, rule, subject);
}

/* A complaint is followed by ...: what was said is the earlier event. */
static bool
parse_following(Parser *p, Rule *rule, const Subject *subject)
{
	set_trigger(p, rule, subject);
	if (!apply_subject(p, rule, subject))
		return false;
	rule->earlier = rule->trigger;
	memset(&rule->trigger, 0, sizeof(RuleEvent));
	return parse_followed(p, &rule->trigger, &rule->earlier_within);
}

/* isn't settled within 30 days after it is due; has had no visit within 3 days */
static bool
parse_lacking(Parser *p, Rule *rule, const Subject *subject, bool noun)
{
	if (subject->event.size > 0)
		set_trigger(p, rule, subject);
	if (subject->event.size > 0 && !noun && take_choice(p, "followed"))
		return parse_followed(p, &rule->absent, &rule->window) && apply_subject(p, rule, subject);
	if (!(noun ? expect_event_noun(p, &rule->absent) : expect_happening(p, &rule->absent)))
		return false;
	if (noun && take_word(p, W_FOR) && !expect_duration(p, &rule->window))
		return false;
	return parse_plain_window(p, rule) && apply_subject(p, rule, subject);
}

static bool
happening_ahead(Parser *p)
{
	PlainFind	find;

	return find_happening(p, scan_space(p, p->at), &find) > 0;
}

/* complains, is approved, complains 3 times or more within 30 days */
static bool
parse_happening(Parser *p, Rule *rule, const Subject *subject)
{
	const char *digits;

	if (subject->event.size == 0 || happening_ahead(p))
	{
		if (!expect_happening(p, &rule->trigger))
			return false;
	}
	else
	{
		set_trigger(p, rule, subject);
		(void) take_choice(p, "happens|occurs|comes in|come in|is made|are made|is received|are received");
	}
	if (!apply_subject(p, rule, subject))
		return false;
	skip_space(p);
	if (scan_number(p, p->at, &digits) == 0 && !next_is(p, W_GT) && !next_is(p, W_GE))
		return true;
	return parse_count_en(p, rule);
}

static bool
parse_predicate(Parser *p, Rule *rule, Subject *subject)
{
	bool		event = subject->event.size > 0;
	size_t		start;

	if (event && (take_choice(p, "'s") || take_choice(p, "whose|with")))
		return parse_event_condition(p, rule, subject) &&
			(plain_clause_ahead(p) || next_is_symbol(p, ":") || next_is_symbol(p, ",") || next_is(p, W_THEN) || next_is(p, W_PER) ||
			 fail_expected(p, "a colon, \"and isn't\" or \"unless\"", ""));
	if (!parse_money(p, subject))
		return false;
	skip_space(p);
	start = p->at;
	if (take_lack(p))
		return parse_lacking(p, rule, subject, true);
	if (take_negation(p))
		return parse_lacking(p, rule, subject, false);
	if (event && (take_auxiliary(p) || true) && take_choice(p, "followed"))
		return parse_following(p, rule, subject);
	p->at = start;
	if (subject->key.size > 0 && take_choice(p, "enters|enter|reaches|moves to|goes to"))
		return parse_entering(p, rule, subject) && apply_subject(p, rule, subject);
	if (accept_truth(p, rule, subject))
		return apply_subject(p, rule, subject);
	(void) take_auxiliary(p);
	if (!happening_ahead(p))
		p->at = start;
	return parse_happening(p, rule, subject);
}

/* ---- all of it ---- */

static bool
parse_clauses(Parser *p, Rule *rule)
{
	if (rule->form == FORM_EVENT ? !parse_key_en(p, rule) : !parse_unless(p, rule))
		return false;
	while (rule->form == FORM_EVENT && plain_clause_ahead(p))
		if (!parse_plain_clause(p, rule) || !parse_key_en(p, rule))
			return false;
	if (take_symbol(p, ":") || take_symbol(p, ","))
		return take_word(p, W_THEN) || true;
	return take_word(p, W_THEN) || fail_expected(p, "a colon or THEN", "");
}

static bool
parse_who(Parser *p, Rule *rule)
{
	Subject		subject = {0};
	Duration	ignored;
	size_t		lead;

	skip_space(p);
	lead = scan_duration(p, p->at, &ignored);
	if (lead > 0 && scan_word(p, scan_space(p, p->at + lead), W_BEFORE) > 0)
		return parse_plain_lead(p, rule);
	if (accept_member(p, rule))
		return p->error->code == LANG_OK;
	(void) take_article(p);
	if (unacknowledged_ahead(p))
		return parse_unacknowledged(p, rule);
	if (!find_subject(p, &subject) || !take_noun(p, rule, &subject))
		return false;
	if (plain_state_ahead(p, subject.key.name))
		return parse_plain_state(p, rule, subject.key.name, subject.adjective);
	return parse_predicate(p, rule, &subject);
}

bool
parse_plain(Parser *p, Rule *rule)
{
	p->plain = true;
	if (next_is(p, W_WHEN) && !accept_unless_label(p, W_WHEN, LABEL_EVENT, NULL))
		return false;
	return parse_who(p, rule) && parse_clauses(p, rule);
}
