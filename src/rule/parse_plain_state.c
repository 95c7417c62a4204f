/*
 * parse_plain_state.c
 *	  States of a table or view in everyday English.
 *
 *	  An A item's stock covers less than 7 days at a store: ..., until it covers 10 again
 *	  A store sells less of a chronic-disease drug than the threshold on 3 consecutive days:
 *
 * The relation is named behind 's, or is the one that has the key and a column with
 * that verb for a label.  Keys are what the sentence mentions: the place (at a
 * store), whose state it is, and what it is about.
 */
#include "rule/lang_internal.h"

#include <string.h>

#include "rule/plain.h"

/* An item's stock, a store sells */
bool
plain_state_ahead(Parser *p, const char *key)
{
	ColumnPlace place = {.classes = LABEL_RELATION,.key = key};
	PlainFind	find;
	Parser		probe = *p;

	if (key == NULL)
		return false;
	if (take_choice(&probe, "'s"))
		return find_noun(&probe, scan_space(&probe, probe.at), LABEL_RELATION, &find) > 0;
	return find_column(p, scan_space(p, p->at), &place, &find) > 0;
}

/* The A of an A item: a value of some column of the relation. */
static bool
add_adjective(Parser *p, Rule *rule, size_t at)
{
	return scan_adjective(p, at, rule->trigger.event, &rule->trigger.condition) > 0 ||
		fail_at(p, LANG_UNKNOWN_NAME, at,
				lang_format(p->arena, "\"%s\" has no column with such a value", name_shown(p, LABEL_RELATION, NULL, rule->trigger.event)),
				"What stands before the subject is the label of a value of one of the relation's columns.",
				"Write WHILE relation WHERE column is \"value\" THEN notify role.");
}

/* ---- keys ---- */

static bool
is_key(const Rule *rule, const char *name)
{
	for (int i = 0; i < rule->more_key_count; i++)
		if (strcmp(rule->more_keys[i], name) == 0)
			return true;
	return strcmp(rule->key, name) == 0;
}

/* first: before those that are there */
static bool
add_key(Parser *p, Rule *rule, bool first)
{
	const char **keys = (const char **) rule->more_keys;
	const char *name;
	size_t		start;

	(void) take_article(p);
	skip_space(p);
	start = p->at;
	if (!expect_noun(p, LABEL_KEY, &name))
		return false;
	if (rule->more_key_count + 2 > LANG_MAX_KEYS || is_key(rule, name))
	{
		p->at = start;
		return fail_expected(p, is_key(rule, name) ? "another key" : "no further key", "");
	}
	keys = lang_grow(p->arena, keys, rule->more_key_count, sizeof(char *));
	if (first)
	{
		memmove(keys + 1, keys, rule->more_key_count * sizeof(char *));
		keys[0] = rule->key;
		rule->key = name;
	}
	else
		keys[rule->more_key_count] = name;
	rule->more_keys = keys;
	rule->more_key_count++;
	return true;
}

/* ---- what is measured ---- */

/* less than, at least: none is said where the sentence goes on from one that was */
static bool
take_comparison(Parser *p, Comparison *comparison)
{
	if (!take_choice(p, "fewer than"))
		return take_inequality(p, comparison);
	*comparison = COMPARED_LT;
	return true;
}

/* less of a drug than: the drug is a key */
static bool
parse_comparison(Parser *p, Rule *rule, Comparison *comparison)
{
	bool		more = take_choice(p, "more of");

	if (!more && !take_choice(p, "less of|fewer of"))
		return take_comparison(p, comparison) || fail_expected(p, "a comparison such as less than, at least", "");
	*comparison = more ? COMPARED_GT : COMPARED_LT;
	return add_key(p, rule, false) && (take_choice(p, "than") || fail_expected(p, "than and a value", ""));
}

/* The value, and its unit where the column's label has it: 7 days of "days of supply". */
static bool
parse_amount(Parser *p, const Rule *rule, const PlainFind *column, Comparison comparison, const RuleExpr **result)
{
	const char *outer = p->event;
	RuleValue  *value = arena_alloc(p->arena, sizeof(RuleValue));
	size_t		word;
	bool		fine;

	p->event = rule->trigger.event;
	fine = expect_value(p, column->name, value);
	p->event = outer;
	if (!fine)
		return false;
	skip_space(p);
	word = value->kind == VALUE_NUMBER ? scan_plain_word(p, p->at) : 0;
	if (word > 0 && is_word_of(p, rule->trigger.event, column->name, p->folded + p->at, word))
		p->at += word;
	*result = column_compared(p, column->name, comparison, value, value->offset);
	return true;
}

/* By a label; or, of the place's relation, what a name is written as elsewhere. */
static bool
take_column(Parser *p, const ColumnPlace *place, PlainFind *column)
{
	skip_space(p);
	if (find_column(p, p->at, place, column) == 0)
	{
		column->scope = place->scope;
		return expect_name(p, LABEL_COLUMN, place->scope, &column->name);
	}
	if (column->other != NULL)
		return fail_two(p, p->at, column);
	p->at += column->size;
	return true;
}

/* ---- the state ---- */

/* at a store; on 3 consecutive days; for more than 2 hours */
static bool
parse_tail(Parser *p, Rule *rule)
{
	for (;;)
	{
		size_t		start;

		skip_space(p);
		start = p->at;
		if (scan_word(p, start, W_AT_MOST_ONCE) == 0 && take_choice(p, "at|in|per"))
		{
			if (!add_key(p, rule, true))
				return false;
		}
		else if (rule->window.count == 0 && take_word(p, W_FOR))
		{
			(void) (take_word(p, W_GT) || take_word(p, W_GE));
			if (!expect_duration(p, &rule->window) || !check_lasting(p, rule, start))
				return false;
		}
		else if (!accept_streak_en(p, rule))
			return p->error->code == LANG_OK;
	}
}

/* adjective: where it stands, plus one; 0: there is none */
bool
parse_plain_state(Parser *p, Rule *rule, const char *key, size_t adjective)
{
	ColumnPlace place = {.classes = LABEL_RELATION,.key = key};
	PlainFind	column;
	Comparison	comparison = COMPARED_EQ;
	const RuleExpr *measure;

	rule->form = FORM_STATE;
	rule->key = key;
	if (take_choice(p, "'s"))
	{
		skip_space(p);
		rule->trigger.offset = offset_here(p);
		(void) find_noun(p, p->at, LABEL_RELATION, &column);
		if (column.other != NULL)
			return fail_two(p, p->at, &column);
		place.scope = rule->trigger.event = column.name;
		p->subject = arena_string(p->arena, p->folded + p->at, column.size);
		p->at += column.size;
	}
	else
		rule->trigger.offset = offset_here(p);
	if (!take_column(p, &place, &column))
		return false;
	rule->trigger.event = column.scope;
	if ((adjective > 0 && !add_adjective(p, rule, adjective - 1)) || !parse_comparison(p, rule, &comparison) ||
		!parse_amount(p, rule, &column, comparison, &measure))
		return false;
	rule->trigger.condition = both_of(p, rule->trigger.condition, measure);
	return parse_tail(p, rule);
}

/* ---- until it covers 10 again ---- */

/* What was asked of the column, to be turned round. */
static bool
opposite_of(const RuleExpr *expr, const char *column, Comparison *comparison)
{
	if (expr == NULL)
		return false;
	if (expr->kind == EXPR_AND)
		return opposite_of(expr->left, column, comparison) || opposite_of(expr->right, column, comparison);
	if (expr->kind != EXPR_COMPARE || strcmp(expr->column, column) != 0 || expr->comparison < COMPARED_LT)
		return false;
	*comparison = expr->comparison <= COMPARED_LE ? COMPARED_GE : COMPARED_LE;
	return true;
}

/* it, the stock */
static bool
take_state(Parser *p, const Rule *rule)
{
	PlainFind	find;

	if (take_pronoun(p))
		return true;
	(void) take_article(p);
	skip_space(p);
	if (find_noun(p, p->at, LABEL_RELATION, &find) == 0 || find.other != NULL || strcmp(find.name, rule->trigger.event) != 0)
		return false;
	p->at += find.size;
	return true;
}

/* until it, until the stock: of a state, no event ends it */
bool
plain_cleared_ahead(Parser *p, const Rule *rule)
{
	Parser		probe = *p;

	return rule->form == FORM_STATE && reads_plain(p) && take_word(&probe, W_UNTIL) && take_state(&probe, rule);
}

/* until it covers 10 again, until the stock covers at least 10 */
bool
parse_plain_cleared(Parser *p, Rule *rule)
{
	ColumnPlace place = {.scope = rule->trigger.event};
	PlainFind	find;
	Comparison	comparison;
	size_t		start;

	rule->cleared.event = rule->trigger.event;
	rule->cleared.offset = offset_here(p);
	start = p->at;
	if (!take_word(p, W_UNTIL) || !take_state(p, rule) || !check_cleared(p, rule, start) || !take_column(p, &place, &find))
		return false;
	if (!take_comparison(p, &comparison) && !opposite_of(rule->trigger.condition, find.name, &comparison))
		return fail_expected(p, "a comparison such as at least, at most", "");
	if (!parse_amount(p, rule, &find, comparison, &rule->cleared.condition))
		return false;
	(void) take_choice(p, "again");
	return true;
}
