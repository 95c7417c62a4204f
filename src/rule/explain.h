/*
 * explain.h
 *	  What there is to say about a rule before it fires, and its sentences.
 */
#ifndef SP_EXPLAIN_H
#define SP_EXPLAIN_H

#include "base/base.h"
#include "rule/lang.h"

/* a step of the worked example; instants are texts in the business time zone */
typedef struct ExplainedStep
{
	int			step;
	int			repetition;		/* from 1; 0: the step does not repeat */
	const char *at;
} ExplainedStep;

typedef struct ExplainFacts
{
	const char *name;			/* NULL: a sentence that is no rule yet */
	const Rule *rule;
	const Vocabulary *vocabulary;
	const char *zone;
	const char *calendar;		/* NULL: the rule asks none */
	const char *opened;			/* the example's trigger */
	const char *date;			/* and what its date column holds, or NULL */
	bool		whole_day;		/* that column is a date */
	const char *anchor;			/* start of the window, or the date's start */
	const ExplainedStep *steps; /* in the order of time */
	int			step_count;
	bool		goes_on;		/* a repeat comes again after the last of them */
} ExplainFacts;

/* one sentence a line; in UTF-8 */
extern char *sp_explain_text(const ExplainFacts *facts, Tongue tongue);

/* the same of a schedule */
extern char *sp_explain_schedule(const ExplainFacts *facts, Tongue tongue, Instant now,
								 const char *(*minute_text) (Instant at));

#endif							/* SP_EXPLAIN_H */
