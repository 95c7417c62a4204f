/*
 * act.h
 *	  Acting on firings: who is told, what is written, and where it is put.
 *
 * All firings of a slice go through together: what SQL has to say (rules, roles,
 * templates, keys, quiet hours) is asked once for all of them, the rest is done
 * firing by firing in memory, and rows are written in bulk.
 */
#ifndef SP_ACT_H
#define SP_ACT_H

#include "base/base.h"
#include "rule/live.h"

#include "utils/jsonb.h"

/* ---- what rules do ---- */

typedef enum ActWay
{
	WAY_ANY,					/* as the recipient likes it */
	WAY_TEXT,
	WAY_MAIL,
	WAY_COUNT
} ActWay;

typedef struct ActAction
{
	int			step;
	int			action;
	const char *verb;
	const char *role;			/* NULL: it addresses nobody */
	char	  **copies;			/* roles */
	int			copy_count;
	const char *title;
	const char *due_in;
	const char *due;			/* of a task given now, once asked for */
	ActWay		way;
	bool		may_be_template;	/* a template named as the title is for
									 * this rule */
} ActAction;

typedef struct ActRule
{
	int32		rule_id;
	const char *name;
	const char *event;			/* its trigger's */
	const char *fallback;		/* role */
	int			step_count;
	ActAction  *actions;		/* by step and number */
	int			action_count;
} ActRule;

/* ---- whom they are for ---- */

typedef struct ActHolder
{
	const char *role;
	const char *key_name;		/* '' and '': for any key */
	const char *key;
	const char *staff;
	const char *name;
	const char *email;
	const char *language;
	const char *instead_of;
	const char *channels[WAY_COUNT];	/* NULL: he cannot be reached */
	const char *addresses[WAY_COUNT];
} ActHolder;

#define WHOLE_ROLE	"\n"		/* key_name of those found without a key, by
								 * the clock */

typedef struct ActKey
{
	const char *key_name;
	const char *key;
	const char *name;
	const char *link;
} ActKey;

typedef struct ActTemplate
{
	const char *name;
	const char *channel;		/* of all messages on it that name no other */
	bool		urgent;
	const char *subject[2];		/* English, Chinese */
	const char *body[2];
	char	  **asked[2];		/* columns of events among its placeholders */
	int			asked_count[2];
} ActTemplate;

typedef struct ActBuiltin
{
	const char *subject;
	const char *body;
	const char *short_body;
} ActBuiltin;

/* when somebody may be disturbed on a channel */
typedef struct ActTime
{
	const char *staff;			/* NULL: nobody */
	const char *channel;
	TimestampTz quiet_until;	/* DT_NOBEGIN: no quiet hours */
	TimestampTz digest_at;		/* INSTANT_NONE: no digest */
} ActTime;

/* ---- the firings ---- */

typedef struct ActCase
{
	int64		wait_id;
	int64		case_id;		/* 0: there is none yet */
	const char *label;
	const char *link;
	TimestampTz snoozed_until;	/* INSTANT_NONE: it is not */
	int			last_step;
	bool		is_new;
	bool		is_closed;
} ActCase;

typedef struct ActFiring
{
	int64		firing_id;
	int32		rule_id;
	int64		wait_id;
	const char *key_name;
	const char *key;
	int			step;
	int			repetition;
	TimestampTz due_at;
	Jsonb	   *trigger;		/* its row, or NULL */
	const char *event;
	const char *together;		/* column by which messages are put together */
	const char *together_key;
	bool		by_clock;
	bool		is_first;		/* of its wait: there is no case yet */
	bool		is_held;		/* for a digest: it tells nobody yet */
	/* found out */
	const ActRule *rule;
	ActCase    *kase;
	ActKey	   *about;			/* what else it is about: of a step of a case */
	int			about_count;
	Jsonb	   *told;			/* who was told, an array, or NULL */
} ActFiring;

/* a message to be written */
typedef struct ActMessage
{
	ActFiring  *firing;
	ActAction  *action;
	const ActHolder *holder;	/* NULL: nobody was found */
	const char *found_by;
	const char *channel;
	const char *recipient;
	char	  **copies;			/* addresses */
	int			copy_count;
	bool		chinese;
	const ActTemplate *template;
	const char *problem;		/* why the template cannot be used */
	const ActTime *time;
	/* of several that are put together the first is for all */
	int64	   *cases;			/* NULL: it is about one */
	int			case_count;
	char	   *list;
	bool		is_merged;		/* another one is for it */
	/* written */
	int64		message_id;
	TimestampTz not_before;
} ActMessage;

typedef struct Act
{
	TimestampTz now;
	MemoryContext context;		/* of what outlives the scope of SPI */
	ActFiring  *firings;
	int			firing_count;
	ActRule    *rules;
	int			rule_count;
	ActHolder  *holders;		/* by role, key_name, key */
	int			holder_count;
	char	  **role_keys;		/* names of keys that roles are found by */
	int			role_key_count;
	char	  **known_keys;		/* names of keys that are described */
	int			known_key_count;
	ActKey	   *keys;			/* by key_name, key */
	int			key_count;
	ActTemplate *templates;
	int			template_count;
	ActBuiltin	builtins[2][2]; /* [Chinese][of several steps] */
	bool		has_builtins;
	bool		chinese;		/* the setting */
	ActCase    *cases;			/* by wait_id */
	int			case_count;
	ActMessage *messages;
	int			message_count;
	int			message_room;
	ActTime    *times;			/* by staff, channel */
	int			time_count;
} Act;

/* ---- act_read.c, act_phrase.c: asked once for all firings ---- */
extern void sp_act_read_rules(Act *act);
extern void sp_act_read_holders(Act *act);
extern void sp_act_read_keys(Act *act);
extern void sp_act_read_templates(Act *act);
extern void sp_act_read_times(Act *act);
extern const ActKey *sp_act_key(const Act *act, const char *key_name, const char *key);

/* ---- act_address.c: messages, without their texts ---- */
extern void sp_act_address(Act *act, bool reports);
extern void sp_act_put_together(Act *act);

/* ---- act_case.c ---- */
extern void sp_act_find_cases(Act *act);
extern void sp_act_open_cases(Act *act);

/* ---- act_compose.c ---- */
typedef struct ActText
{
	char	   *subject;
	char	   *body;
	Jsonb	   *variables;
} ActText;

extern void sp_act_choose_templates(Act *act);
extern void sp_act_compose(const Act *act, const ActMessage *message, ActText *result);
extern const char *sp_act_task_title(const ActMessage *message);
extern bool sp_act_has_template(const ActMessage *message);

/* ---- act_write.c ---- */
extern void sp_act_leave_out_written(Act *act);
extern void sp_act_write_messages(Act *act);

#endif							/* SP_ACT_H */
