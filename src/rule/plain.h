/*
 * plain.h
 *	  What the files of everyday English share: plain_word.c and parse_plain*.c.
 */
#ifndef SP_PLAIN_H
#define SP_PLAIN_H

#include "rule/lang_internal.h"

#pragma GCC visibility push(hidden)

/* a label that was found: how much of the sentence it covers, 0: none */
typedef struct PlainFind
{
	size_t		size;
	const char *name;
	const char *scope;			/* of a column: its event or relation */
	const char *other;			/* what else is called so, or NULL */
	const char *other_scope;
} PlainFind;

/* where a column may be */
typedef struct ColumnPlace
{
	const char *scope;			/* this event or relation, or NULL: */
	unsigned	classes;		/* any of these, */
	const char *key;			/* which has this column, too */
	const char *except;			/* but not this one */
	bool		truth;			/* only those that say yes or no */
} ColumnPlace;

/* ---- plain_word.c ---- */

extern size_t scan_article(const Parser *p, size_t at);
extern bool take_choice(Parser *p, const char *choices);
extern bool take_pronoun(Parser *p);
extern bool take_negation(Parser *p);
extern bool take_auxiliary(Parser *p);
extern bool take_lack(Parser *p);
extern size_t find_noun(const Parser *p, size_t at, unsigned classes, PlainFind *find);
extern size_t find_column(const Parser *p, size_t at, const ColumnPlace *place, PlainFind *find);
extern size_t find_happening(const Parser *p, size_t at, PlainFind *find);
extern size_t find_day(const Parser *p, size_t at, const ColumnPlace *place, PlainFind *find);
extern size_t find_value(const Parser *p, size_t at, const char *key, PlainFind *find, const char **event);
extern bool find_money(const Parser *p, const char *event, const char **column);
extern bool is_word_of(const Parser *p, const char *scope, const char *column, const char *word, size_t length);

/* ---- parse_plain_absence.c ---- */

extern const char *shown_event(const Parser *p, const char *event);
extern bool fail_two(Parser *p, size_t at, const PlainFind *find);
extern bool expect_happening(Parser *p, RuleEvent *event);
extern bool expect_noun(Parser *p, LabelClass class, const char **name);
extern bool expect_event_noun(Parser *p, RuleEvent *event);
extern bool parse_plain_lead(Parser *p, Rule *rule);
extern bool parse_plain_window(Parser *p, Rule *rule);
extern bool parse_followed(Parser *p, RuleEvent *event, Duration *within);
extern bool parse_plain_clause(Parser *p, Rule *rule);

/* ---- parse_plain_state.c ---- */

extern bool plain_state_ahead(Parser *p, const char *key);
extern bool parse_plain_state(Parser *p, Rule *rule, const char *key, size_t adjective);

#pragma GCC visibility pop

#endif							/* SP_PLAIN_H */
