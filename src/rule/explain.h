/*
 * explain.h
 *	  What there is to say about a rule before it fires, and its sentences.
 */
#ifndef SP_EXPLAIN_H
#define SP_EXPLAIN_H

#include "base/base.h"
#include "lib/stringinfo.h"
#include "rule/duration.h"
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
	Timekeeper	keeper;
	const char *opened;			/* the example's trigger */
	const char *date;			/* and what its date column holds, or NULL */
	bool		whole_day;		/* that column is a date */
	const char *anchor;			/* start of the window, or the date's start */
	const char *cooldown_over;	/* when it may fire again, or NULL */
	const char *tables;			/* of a gate: whose rows it judges, or NULL */
	const ExplainedStep *steps; /* in the order of time */
	int			step_count;
	bool		goes_on;		/* a repeat comes again after the last of them */
} ExplainFacts;

/* where the sentences of explain_extra.c go */
typedef struct Remark
{
	const ExplainFacts *facts;
	bool		zh;
	Arena	   *arena;
	StringInfo text;
} Remark;

extern const char *sp_explain_keys(Remark *remark);
extern const char *sp_explain_tables(int32 kind_id);
extern const char *sp_explain_setting(Remark *remark, const char *name);

/* each says its lines, or nothing */
extern void sp_explain_key(Remark *remark);
extern void sp_explain_streak(Remark *remark);
extern void sp_explain_silence(Remark *remark);
extern void sp_explain_gate(Remark *remark);
extern void sp_explain_end(Remark *remark);
extern void sp_explain_example(Remark *remark);

/* one sentence a line; in UTF-8 */
extern char *sp_explain_text(const ExplainFacts *facts, Tongue tongue);

/* what becomes of what was due before the rule was active, on a line of its own */
extern const char *sp_explain_past(const Rule *rule, Tongue tongue);

/* one sentence a line, of a schedule */
extern char *sp_explain_schedule(const ExplainFacts *facts, Tongue tongue, Instant now,
								 const char *(*minute_text) (Instant at));

#endif							/* SP_EXPLAIN_H */
