/*
 * why.h
 *	  The facts of a firing, and their sentences.
 */
#ifndef SP_WHY_H
#define SP_WHY_H

#include "base/base.h"
#include "rule/lang.h"

/* instants are texts in the business time zone; NULL: not so */
typedef struct WhyFacts
{
	const char *rule_name;
	const char *rule_text;
	const Rule *rule;			/* NULL: dropped since */
	const char *key_name;
	const char *key;
	int			step;
	int			repetition;		/* from 1; 0: the step does not repeat */
	const char *guard;
	const char *withheld;
	bool		shadow;
	bool		superseded;
	const char *due_at;
	const char *swept_at;
	const char *released_at;
	const char *missed;			/* of a schedule: how many instants it stands
								 * for beside its own; NULL: it is none */
	const char *trigger_event;
	const char *trigger_at;
	const char *anchor;
	const char *window_since;
	const char *window_until;
	const char *window_event;
	const char *late_answer_at;
	const char *calendar;
	const Vocabulary *vocabulary;	/* labels of names; NULL: none */
	const char **columns;		/* of the trigger: name, value, name, value
								 * ... */
	int			column_count;
	const char **told;			/* whom its actions reached: TOLD_FIELDS of
								 * each, "" where there is none */
	int			told_count;
} WhyFacts;

typedef enum ToldField
{
	TOLD_ROLE, TOLD_STAFF, TOLD_CHANNEL, TOLD_FOUND_BY, TOLD_INSTEAD_OF, TOLD_FIELDS
} ToldField;

extern char *sp_why_text(const WhyFacts *facts, Tongue tongue);

#endif							/* SP_WHY_H */
