/*
 * shell.h
 *	  The rule language inside the server: what its SQL functions share.
 *
 * A sentence is parsed with the vocabulary of this database and bound to the
 * event tables.  Both steps record a mistake in LangError, so that check_rule
 * can return what create_rule raises.
 */
#ifndef SP_RULE_SHELL_H
#define SP_RULE_SHELL_H

#include "base/base.h"
#include "event/event.h"
#include "lib/stringinfo.h"
#include "rule/lang.h"
#include "rule/look.h"

/* ---- rule_error.c ---- */

extern int	sp_lang_sqlstate(const LangError *error);
extern int	sp_lang_errfields(const LangError *error, const char *sentence);
pg_noreturn extern void sp_raise_lang_error(const LangError *error, const char *sentence);
extern bool sp_lang_fail(LangError *error, LangErrorCode code, size_t offset,
						 const char *message, const char *detail, const char *hint);
extern char *sp_to_utf8(const char *text);
extern char *sp_from_utf8(const char *text);

/* ---- type_rule.c ---- */

extern Datum sp_rule_datum(Arena *arena, const Rule *rule);
extern const Rule *sp_rule_tree(Arena *arena, Datum datum);
extern Tongue sp_tongue_of(const char *name);
extern const char *sp_tongue_name(Tongue tongue);

/* ---- vocabulary_cache.c ---- */

extern const Vocabulary *sp_vocabulary(void);	/* good until the next call */
extern const char *sp_shown(Tongue tongue, LabelClass class, const char *scope, const char *name);

/* ---- subject.c ---- */

extern List *sp_described_keys(void);	/* of char * */
extern Oid	sp_member_relation(const char *key, Oid *view); /* InvalidOid: not
															 * described */
extern Oid	sp_relation_by_name(const char *name);	/* InvalidOid: there is
													 * none */
extern const char *sp_day_column(Oid relid);	/* NULL: there are none or
												 * several */

/* ---- bind.c ---- */

#define RULE_PART_COUNT	5		/* trigger, absent, until, earlier, lacking */

typedef struct BoundPart
{
	const RuleEvent *event;
	const EventKind *kind;		/* NULL: the rule has no such part */
	char	   *condition;		/* SQL over the parameter event_row; NULL:
								 * none */
} BoundPart;

typedef struct BoundTree
{
	const Rule *rule;			/* with its key, also where the sentence left
								 * it out */
	BoundPart	parts[RULE_PART_COUNT];
	Oid			source;			/* where a member or state rule reads; else
								 * InvalidOid */
} BoundTree;

extern const char *const sp_rule_part_names[RULE_PART_COUNT];

/* What the key of the rule is called: "store, sku" where it has several. */
extern char *sp_key_name(const Rule *rule);

extern bool sp_bind_tree(Arena *arena, const Rule *rule, BoundTree *bound, LangError *error);
extern bool sp_is_bound_to(const BoundTree *bound, const int32 *kinds);
extern bool sp_read_sentence(Arena *arena, const char *sentence, BoundTree *bound,
							 LangError *error);
extern bool sp_read_name_form(Arena *arena, const char *name_form, Tongue tongue, BoundTree *bound,
							  LangError *error);

/* ---- bind_form.c ---- */

extern bool sp_bind_form(Arena *arena, const Rule *rule, BoundTree *bound, LangError *error);

/* ---- bind_condition.c ---- */

typedef struct ConditionBinder
{
	Arena	   *arena;
	Tongue		tongue;
	const EventKind *kind;
	LangError  *error;
} ConditionBinder;

extern bool sp_is_amount(Oid type);
extern bool sp_condition_sql(ConditionBinder *binder, const RuleExpr *expr, StringInfo sql);

/* ---- bind_sql.c ---- */

extern bool sp_append_sql(ConditionBinder *binder, const RuleExpr *expr, StringInfo sql);
extern bool sp_part_has_sql(const BoundPart *part, size_t *offset);
extern bool sp_analyse_sql(Arena *arena, const BoundTree *bound, Oid author, LangError *error);

/* ---- bind_effect.c ---- */

extern bool sp_bind_actions(Arena *arena, const BoundTree *bound, LangError *error);
extern void sp_check_actions(const Rule *rule, Oid author);

/* ---- bind_calendar.c ---- */

extern bool sp_bind_calendar(Arena *arena, const Rule *rule, LangError *error);
extern void sp_hold_calendar(const Rule *rule);

/* ---- gate_rule.c ---- */

extern void sp_enter_gates(int32 rule_id, Oid author, const BoundTree *bound);
extern void sp_leave_gates(int32 rule_id);

/* ---- rule_store.c ---- */

extern int32 sp_insert_rule(const char *name, const char *sentence, const BoundTree *bound);
extern void sp_reset_due_floor(void);
struct RestartList;
extern void sp_replace_rule(int32 rule_id, Oid author, const char *sentence, const BoundTree *bound,
							int running, struct RestartList *restarts);
extern void sp_reword_rule(int32 rule_id, const char *sentence, const BoundTree *bound);
extern void sp_end_waits(int32 rule_id);
extern void sp_restart_looks(int32 rule_id, bool starts);
extern void sp_drop_conditions(int32 rule_id, Oid author);

/* ---- rule_access.c ---- */

extern void sp_check_may_look(Oid user, Oid author, const char *rule_name);

#endif							/* SP_RULE_SHELL_H */
