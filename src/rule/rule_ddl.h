/*
 * rule_ddl.h
 *	  Making and changing rules; sentences in UTF-8, names as the server has them.
 */
#ifndef SP_RULE_DDL_H
#define SP_RULE_DDL_H

#include "rule/shell.h"

#include "postgres.h"

typedef struct StoredRule
{
	int32		rule_id;
	Oid			author;
	char	   *mode;
	char	   *state;
	char	   *sentence;
	char	   *language;
	char	   *name_form;
	int32		kinds[RULE_PART_COUNT]; /* 0: none */
} StoredRule;

/* What a sentence meant when it was written, whatever its labels mean by now. */
typedef struct MeantRule
{
	const char *language;
	const char *name_form;		/* as the server has it */
} MeantRule;

/* Returns the canonical sentence, in its own tongue. */
extern const char *sp_create_rule(const char *name, const char *sentence, const char *mode);

/* False: the rule said that already; its wording is kept. */
extern bool sp_alter_rule(const char *name, const char *sentence, const MeantRule *meant,
						  const char *running, const char **canonical);

/* A change that a tick will make; returns the canonical sentence. */
extern const char *sp_schedule_change(const char *name, const char *sentence, const char *running,
									  TimestampTz active_from);
extern bool sp_cancel_change(const char *name);
extern void sp_rename_rule(const char *name, const char *new_name);
extern void sp_drop_rule(const char *name);
extern void sp_set_rule_mode(const char *name, const char *mode);
extern bool sp_rule_exists(const char *name);

#endif							/* SP_RULE_DDL_H */
