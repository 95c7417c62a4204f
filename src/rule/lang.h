/*
 * lang.h
 *	  The rule language: sentences in English or Chinese <-> one tree.
 *
 * Pure C: no server, no clock, no I/O.  A sentence over labels needs a
 * Vocabulary; without one, names stand for themselves (the name form, the text
 * of type pulse.rule).  All memory comes from the caller's arena; a mistake is
 * returned in LangError, never raised.
 */
#ifndef SP_LANG_H
#define SP_LANG_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "rule/duration.h"
#include "rule/schedule.h"

typedef enum Tongue
{
	TONGUE_EN,
	TONGUE_ZH,
	TONGUE_AUTO					/* parse only: by the first letters */
} Tongue;

typedef enum LabelClass
{
	LABEL_EVENT = 1 << 0,
	LABEL_COLUMN = 1 << 1,		/* of the event given as scope */
	LABEL_KEY = 1 << 2,
	LABEL_ROLE = 1 << 3,
	LABEL_CHANNEL = 1 << 4,
	LABEL_TEMPLATE = 1 << 5,
	LABEL_VALUE = 1 << 6,
	LABEL_FUNCTION = 1 << 7,
	LABEL_MEMBER = 1 << 8,		/* a key whose holders are known: EACH
								 * customer */
	LABEL_RELATION = 1 << 9		/* a table or view that is watched: WHILE
								 * stock */
} LabelClass;

typedef struct Vocabulary
{
	void	   *context;

	/*
	 * The longest label (or name) of one of the classes that "text" begins
	 * with: its length in bytes, 0 when there is none; *name is what it
	 * stands for.  Two names with one label: *other is the second.
	 */
	size_t		(*match) (void *context, Tongue tongue, unsigned classes,
						  const char *scope, const char *text, size_t length,
						  const char **name, const char **other);
	/* nearest known label for a hint, or NULL */
	const char *(*nearest) (void *context, Tongue tongue, unsigned classes,
							const char *scope, const char *text, size_t length);
	/* the label of a name for printing, or NULL: print the name */
	const char *(*label) (void *context, Tongue tongue, LabelClass class,
						  const char *scope, const char *name);

	/*
	 * A labelled value of any column of "scope" that "text" begins with, as
	 * in A类客户: its length, 0 when there is none; the column and the
	 * value.
	 */
	size_t		(*adjective) (void *context, Tongue tongue, const char *scope, const char *text,
							  size_t length, const char **column, const char **value);

	/*
	 * A labelled column that "text" begins with, of the one event that has it
	 * and a column "key", as in 客户健康度由绿变红: its
	 * length, 0 when there is none or more events have it; the column and the
	 * event.
	 */
	size_t		(*owned) (void *context, Tongue tongue, const char *key, const char *text,
						  size_t length, const char **column, const char **event);
	/* all that is known, for what has to be looked for; or NULL */
	const struct LabelSet *known;
} Vocabulary;

typedef enum ExprKind
{
	EXPR_AND,					/* left, right */
	EXPR_OR,					/* left, right */
	EXPR_NOT,					/* left */
	EXPR_COMPARE,				/* column, comparison, values[0] */
	EXPR_BETWEEN,				/* column, values[0], values[1]; inclusive */
	EXPR_IN,					/* column, values */
	EXPR_IS_MISSING,			/* column */
	EXPR_STARTS_WITH,			/* column, values[0] */
	EXPR_CHANGES,				/* column; values[0]: to it, values[1]: from
								 * it; as many as there are */
	EXPR_SQL					/* sql */
} ExprKind;

typedef enum Comparison
{
	COMPARED_EQ, COMPARED_NE, COMPARED_LT, COMPARED_LE, COMPARED_GT, COMPARED_GE
} Comparison;

typedef enum ValueKind
{
	VALUE_TEXT,
	VALUE_NUMBER,				/* text: exact decimal digits */
	VALUE_MONEY,				/* text: exact decimal digits; currency */
	VALUE_DATE,					/* text: yyyy-mm-dd */
	VALUE_BOOLEAN,				/* text: true or false */
	VALUE_COLUMN				/* text: another column of the event */
} ValueKind;

typedef struct RuleValue
{
	ValueKind	kind;
	const char *text;
	const char *currency;		/* VALUE_MONEY: ISO 4217 code */
	size_t		offset;			/* bytes before it in the sentence, for
								 * messages */
} RuleValue;

typedef struct RuleExpr
{
	ExprKind	kind;
	struct RuleExpr *left;
	struct RuleExpr *right;
	const char *column;
	Comparison	comparison;
	const RuleValue *values;
	int			value_count;
	const char *sql;			/* EXPR_SQL: as it was written */
	size_t		offset;			/* of the column */
} RuleExpr;

/* an event kind, with the condition its events must satisfy (or NULL) */
typedef struct RuleEvent
{
	const char *event;			/* NULL: absent from the sentence */
	const RuleExpr *condition;
	size_t		offset;
} RuleEvent;

typedef enum RuleVerb
{
	VERB_NOTIFY,				/* by the recipient's preferred channel */
	VERB_TEXT,					/* SMS */
	VERB_MAIL,
	VERB_ASSIGN,				/* a task */
	VERB_SEND,					/* the result of a report */
	VERB_HOLD,					/* these two make a gate of the rule */
	VERB_REJECT,
	VERB_EMIT,					/* an event */
	VERB_CALL					/* a function */
} RuleVerb;

/* what an event or a function is given */
typedef struct RuleArgument
{
	const char *column;			/* of the event; NULL: of a function */
	RuleValue	value;
} RuleArgument;

typedef struct RuleAction
{
	RuleVerb	verb;
	const char *role;			/* NULL: it addresses nobody */
	const char *const *copies;	/* CC roles */
	int			copy_count;
	const char *text;			/* title of the task or message, name of the
								 * report, or NULL */
	const char *target;			/* the event emitted, the function called */
	const RuleArgument *arguments;
	int			argument_count;
	size_t		offset;
	Duration	due_in;			/* count 0: none */
} RuleAction;

typedef enum StepTiming
{
	STEP_AT_ONCE,				/* when the rule fires: the first step only */
	STEP_AFTER_FIRST,			/* "7 days later": counts from the first
								 * firing */
	STEP_AFTER_PREVIOUS,		/* "another 7 days later" */
	STEP_EVERY					/* "every 10 days": again and again, counted
								 * from the step before; as the first step,
								 * from the firing on */
} StepTiming;

typedef enum StepGuard			/* asked of the case when the step is to act */
{
	GUARD_NONE,
	GUARD_UNLESS_ACKNOWLEDGED,
	GUARD_UNLESS_DONE,			/* its tasks */
	GUARD_WHEN_DELIVERED		/* a message of an earlier step */
} StepGuard;

typedef struct RuleStep
{
	StepTiming	timing;
	Duration	delay;			/* of STEP_EVERY: the period */
	int			at_most;		/* of STEP_EVERY: how often; 0: until the wait
								 * ends */
	StepGuard	guard;
	const char *together;		/* TOGETHER PER key: a column of the trigger,
								 * or NULL */
	size_t		together_offset;
	bool		daily;			/* ONCE A DAY: what came since the day before */
	int			daily_at;		/* AT, in minutes from midnight */
	const RuleAction *actions;
	int			action_count;
} RuleStep;

typedef enum Rearm
{
	REARM_ONE_OPEN,				/* the default: one open wait per key */
	REARM_EACH_TIME,			/* every trigger opens its own wait */
	REARM_ONCE					/* one wait per key, ever */
} Rearm;

typedef enum RuleForm
{
	FORM_EVENT,					/* WHEN event ... */
	FORM_MEMBER,				/* EACH customer WITHOUT visit FOR d: trigger
								 * names the key and says which, absent is the
								 * event, window the duration */
	FORM_STATE					/* WHILE relation WHERE ...: trigger names the
								 * relation, window is the FOR */
} RuleForm;

typedef enum MissingDays		/* what a day without a row does to a streak */
{
	MISSING_DEFAULT,			/* as a day on which all was zero */
	MISSING_COUNT,
	MISSING_BREAK,
	MISSING_SKIP
} MissingDays;

typedef struct Rule
{
	Tongue		tongue;			/* of the sentence it was parsed from */
	RuleForm	form;
	RuleEvent	trigger;
	Duration	streak;			/* FORM_STATE: ON 3 CONSECUTIVE days, or
								 * working days; count 0: none */
	MissingDays missing;
	RuleEvent	cleared;		/* FORM_STATE: the relation, CLEARED WHEN ... */
	RuleEvent	earlier;		/* it FOLLOWED BY the trigger WITHIN d */
	Duration	earlier_within;
	int			count;			/* the trigger HAPPENS n TIMES WITHIN d, at
								 * least; 0: it need not */
	Duration	count_within;
	RuleEvent	lacking;		/* AND NO b IN THE LAST d */
	Duration	lacking_within;
	Schedule	schedule;		/* EVERY ... AT; then there is no trigger */
	const char *key;			/* PER key, or NULL */
	size_t		key_offset;
	const char *const *more_keys;	/* PER key, key: those after the first */
	int			more_key_count;
	Duration	cooldown;		/* AT MOST ONCE IN d; count 0: none */
	const char *unless_rule;	/* UNLESS rule other IS OPEN, or NULL */
	const char *calendar;		/* USING CALENDAR, or NULL: that of the
								 * setting */
	size_t		calendar_offset;
	bool		fire_past;		/* what was due before it was active fires,
								 * too */
	Rearm		rearm;
	RuleEvent	absent;			/* AND NOT b ... */
	Duration	window;			/* WITHIN d */
	const char *date_column;	/* of the trigger: AFTER or BEFORE it; or NULL */
	size_t		date_offset;
	Duration	lead;			/* d BEFORE date_column; count 0: AFTER it. An
								 * absence then has no window */
	const RuleStep *steps;
	int			step_count;
	RuleEvent	until;			/* UNTIL c */
} Rule;

typedef enum LangErrorCode
{
	LANG_OK,
	LANG_SYNTAX,
	LANG_UNKNOWN_NAME,
	LANG_AMBIGUOUS,
	LANG_UNSUPPORTED
} LangErrorCode;

typedef struct LangError
{
	LangErrorCode code;
	size_t		offset;			/* bytes before the mistake */
	const char *message;		/* in the sentence's tongue */
	const char *detail;
	const char *hint;
	bool		mendable;		/* what is written behind the end may mend it */
} LangError;

/* NULL and *error on a mistake */
extern const Rule *lang_parse(Arena *arena, const char *text, size_t length, Tongue tongue,
							  const Vocabulary *vocabulary, LangError *error);

/* the canonical sentence; without a vocabulary the English name form */
extern const char *lang_print(Arena *arena, const Rule *rule, Tongue tongue,
							  const Vocabulary *vocabulary);

/* "UNLESS DONE", as the name form writes it; NULL for none */
extern const char *lang_guard_name(StepGuard guard);

/* "notify", as the engine's tables have it */
extern const char *lang_verb_name(RuleVerb verb);

/* which units its durations have, as 1 << unit; those of a calendar are: */
#define WORKING_UNITS	(1u << UNIT_WORKING_DAY | 1u << UNIT_WORKING_HOUR)
extern unsigned lang_units(const Rule *rule);

/* Does anything in it go by working days or hours? */
extern bool lang_counts_working_time(const Rule *rule);

/* Does it work inside the application's own statement: hold, reject? */
extern bool lang_is_gate(const Rule *rule);

/* the events that cases make, where somebody asked for them */
#define EVENT_CASE_ADDRESSED	"case_addressed"
#define EVENT_CASE_ACKNOWLEDGED "case_acknowledged"
#define CASE_KEY	"case_id"
#define CASE_ROLE	"role"

/* "2 working days", as the name form writes it */
extern const char *lang_print_duration(Arena *arena, Duration span);

extern bool lang_rules_equal(const Rule *a, const Rule *b);

#endif							/* SP_LANG_H */
