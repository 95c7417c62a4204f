/*
 * live.h
 *	  Rules bound to event tables, and what a sweep holds until it is written.
 *
 * A rule is read and run as its author, in a subtransaction; waits, firings and
 * counters are read and written as pulse_owner.  All memory of a sweep is in
 * one context, so what a failed rule left behind goes with the rest.
 */
#ifndef SP_LIVE_H
#define SP_LIVE_H

#include "base/base.h"
#include "event/batch.h"
#include "base/kept.h"
#include "lib/stringinfo.h"
#include "rule/engine.h"
#include "rule/lang.h"
#include "rule/look.h"
#include "storage/itemptr.h"
#include "utils/jsonb.h"

#define ROLE_COUNT	5			/* INPUT_ flags of event kinds */

/* one event kind of a rule, in all the parts it plays */
typedef struct RuleSource
{
	int32		kind_id;
	Oid			relid;
	bool		plays[ROLE_COUNT];
	int			also;			/* of members: what answers is a trigger, too */
	const char *condition[ROLE_COUNT];	/* a function's name, or NULL: always */
} RuleSource;

typedef struct BoundRule
{
	int32		rule_id;
	const char *name;
	const char *key_name;
	const char *mode;
	Oid			author;
	TimestampTz active_since;
	const char *text;
	int			version;
	const char *unless;			/* it is silent while a case of that rule is
								 * open */
	bool		looks_around;	/* it is, or another one because of it */
	const Rule *rule;			/* once bound */
	Timekeeper	keeper;
	RuleSource	sources[ROLE_COUNT];	/* the trigger's is the first */
	int			source_count;
	int			events;			/* how many of the slice it heard */
	Oid			subject;		/* of rules about members and states: what
								 * they look at */
	TimestampTz looked_at;		/* DT_NOBEGIN: it is to look anew */
	bool		first_look;		/* since it became active */
	bool		by_day;			/* it looked for streaks of days then */
	bool		look_due;
	bool		looked;			/* in this sweep */
	char	  **joined;			/* members that are new, and that are gone */
	int			joined_count;
	char	  **left;
	int			left_count;
	Oid			held[ROLE_COUNT];	/* functions it calls that can't be
									 * dropped */
	int			held_count;
	const char *failure;		/* why it can't go on, or NULL */
	bool		by_clock;		/* it goes by a schedule: */
	Instant		schedule_due;	/* what came due, or INSTANT_NONE */
	int			schedule_missed;
	Instant		schedule_look;
} BoundRule;

/* an event as one rule sees it */
typedef struct RuleEventRow
{
	const char *key;
	EngineEvent event;
	TimestampTz recorded;
} RuleEventRow;

typedef struct RuleEventList
{
	RuleEventRow *rows;			/* by key, at, event_id once sorted */
	int			count;
	int			room;
} RuleEventList;

typedef struct LiveWait
{
	BoundRule  *rule;
	const char *key;
	EngineWait	wait;
	TimestampTz trigger_recorded;
	bool		is_new;
	bool		changed;
	bool		fired;			/* in this sweep */
	bool		had_fired;		/* before */
	bool		settled;		/* it ended, and its case is closed in this
								 * sweep */
	Jsonb	   *trigger_row;	/* if fired */
	int32		trigger_kind;	/* of one that an earlier sweep opened, */
	ItemPointerData tid;		/* its place, or invalid: it has no row */
	Instant		sweep_at;		/* by which it is found */
} LiveWait;

typedef struct LiveWaitList
{
	LiveWait   *waits;
	int			count;
	int			room;
} LiveWaitList;

typedef struct LiveFiring
{
	int			wait;			/* index in the outcome's waits */
	EngineFiring firing;
	int64		firing_id;
	bool		acted;			/* on it, as it was written */
	Jsonb	   *told;			/* who was told, or NULL */
} LiveFiring;

/* what is to be written, of one rule or of the whole sweep */
typedef struct Outcomes
{
	LiveWaitList waits;
	LiveFiring *firings;
	int			firing_count;
	int			firing_room;
	int			event_count;
} Outcomes;

typedef struct SliceIndex SliceIndex;	/* see live_index.c */
typedef struct WaitingRules WaitingRules;

/* a place in the order of due waits */
typedef struct DuePlace
{
	TimestampTz due_at;
	int64		wait_id;
} DuePlace;

typedef struct Sweep
{
	Batch		batch;
	TimestampTz now;
	MemoryContext context;
	Arena		arena;			/* the rules' trees */
	int32	   *kinds;			/* event kinds in the slice */
	int			kind_count;
	BoundRule  *rules;
	int			rule_count;
	BoundRule  *schedules;		/* rules that go by the clock, to look at */
	int			schedule_count;
	int			schedule_firings;
	LiveWaitList due;			/* by rule */
	bool		more_due;
	SliceIndex *indexes;
	WaitingRules *waiting;
	int32	   *whole;			/* of a batch that is shared out: rules that
								 * are not divided */
	int			whole_count;
	DuePlace	floor;			/* nothing open was due before it */
	int64		floor_resets;
	DuePlace	worked_until;	/* nor, after the sweep, before this */
	Outcomes	outcomes;
	void		(*act) (struct Sweep *sweep);	/* on firings and ends, before
												 * firings are written; or
												 * NULL: others will */
} Sweep;

/* ---- live.c ---- */
extern Datum sp_sweep(FunctionCallInfo fcinfo, void (*act) (Sweep *sweep));

/* ---- live_rule.c ---- */
#define RULE_COLUMNS	RULE_COLUMNS_SINCE("r.active_since")
#define SCHEDULE_COLUMNS	RULE_COLUMNS_SINCE("c.since")
#define RULE_COLUMNS_SINCE(since) \
	"r.rule_id, r.name, r.key_name, r.mode, r.author::pg_catalog.oid, " since "," \
	" r.rule::pg_catalog.text, r.trigger_kind, r.absent_kind, r.until_kind," \
	" r.earlier_kind, r.lacking_kind, r.trigger_function, r.absent_function, r.until_function," \
	" r.earlier_function, r.lacking_function, r.version, r.unless_rule"
extern void sp_read_rule(uint64 row, BoundRule *rule);
extern void sp_find_rule(const char *name, BoundRule *rule);
extern bool sp_is_own_function(Oid function, Oid author);
extern Oid	sp_hold_own_function(const char *name, Oid author);
extern void sp_bind_rule(Arena *arena, BoundRule *rule);
extern void sp_unhold_conditions(BoundRule *rule);
extern char *sp_key_expression(const BoundRule *rule);
extern void sp_source_query(StringInfo sql, const BoundRule *rule, const RuleSource *source,
							const char *more);
extern bool sp_has_number_key(const BoundRule *rule);
extern void sp_history_query(StringInfo sql, const BoundRule *rule, const RuleSource *source, bool numbered);
extern bool sp_rule_is_dated(const BoundRule *rule, Oid *anchor_type);

/* ---- rule_version.c ---- */
extern BoundRule *sp_read_rule_by_id(Sweep *sweep, int32 rule_id);

/* ---- live_time.c ---- */
extern const Timekeeper sp_timekeeper;
extern Instant sp_anchor(const Rule *rule, Datum value, Oid type);
extern Instant sp_event_anchor(const Rule *rule, Datum anchor, bool isnull, Oid type, Instant at);
extern char *sp_named_calendar(const Rule *rule);
extern Timekeeper sp_keeper_of(const Rule *rule);
extern const char *sp_calendar_of(const Rule *rule);
extern Instant sp_pattern_since(const Rule *rule, Instant at);

/* ---- live_schedule.c ---- */
extern ScheduleClock sp_clock_of(const Rule *rule);
extern Instant sp_next_minute(Instant at, int minute);
extern void sp_load_schedules(Sweep *sweep);
extern void sp_run_schedule(Sweep *sweep, BoundRule *rule);
extern void sp_write_schedule(Sweep *sweep, const BoundRule *rule);
extern void sp_start_schedule(int32 rule_id, const Rule *rule);

/* ---- live_read.c ---- */
extern int	sp_slice_of_kind(const Batch *batch, int32 kind_id, Datum *values);
extern const char *sp_among_ids(const Datum *values, int count);
extern void sp_sort_events(RuleEventList *list);
extern void sp_add_event_row(RuleEventList *list, const Rule *rule, uint64 row);
extern void sp_read_slice(Sweep *sweep, BoundRule *rule, RuleEventList *list);
extern void sp_read_past(Sweep *sweep, BoundRule *rule, TimestampTz since,
						 char **keys, int key_count, RuleEventList *list);
extern void sp_read_trigger_rows(BoundRule *rule, Outcomes *outcomes);
extern int32 *sp_read_ids(MemoryContext context, int *count);
extern bool sp_has_id(const int32 *ids, int count, int32 id);
extern bool sp_had_trigger(BoundRule *rule, const char *key, int64 event_id);
extern char **sp_read_used_keys(BoundRule *rule, char **keys, int key_count, int *used);

/* ---- live_open.c ---- */
extern void sp_read_open_waits(BoundRule *rule, char **keys, int key_count,
							   LiveWaitList *list);
extern BoundRule *sp_running_rule(Sweep *sweep, int32 rule_id);
extern void sp_read_due_waits(Sweep *sweep, int max_waits);
extern bool sp_more_are_due(DuePlace floor, TimestampTz high, const int32 *rule_ids, int rule_count, int many);

/* ---- live_over.c ---- */
extern const LiveWait *sp_add_over_waits(BoundRule *rule, const char *key, const EngineInput *input,
										 const LiveWait *open, int *count);

/* ---- live_index.c ---- */
extern bool sp_may_care(Sweep *sweep, const BoundRule *rule);
extern bool sp_narrow_slice(Sweep *sweep, const BoundRule *rule, const RuleSource *source, Datum *slice);

/* ---- live_lane.c ---- */

/* keys whose hash leaves "rest" when divided */
typedef struct LaneOfKeys
{
	int			divisor;
	int			rest;
} LaneOfKeys;

#define LANE_OF_KEY(key, divisor)	"(pg_catalog.hashtext(" key ") & 2147483647) %% " divisor
extern bool sp_share_out(Sweep *sweep, int max_events);
extern void sp_read_whole_rules(Sweep *sweep);
extern bool sp_is_last_lane(const Sweep *sweep);
extern bool sp_lane_has_rule(const Sweep *sweep, const BoundRule *rule);
extern LaneOfKeys sp_lane_of_keys(const Sweep *sweep);
extern void sp_append_lane(StringInfo sql, const Sweep *sweep, const char *key);

/* ---- live_floor.c ---- */
#define NO_LANE		(-1)
#define sp_floor_lane(batch)	((batch)->lanes > 0 ? (batch)->lane : NO_LANE)
extern DuePlace sp_read_due_floor(int lane, int64 *resets);
extern void sp_move_due_floor(const Sweep *sweep);
extern void sp_reset_due_floor(void);
extern void sp_split_due_floor(int lanes);
extern void sp_join_due_floor(void);

/* ---- live_cooldown.c ---- */

/* when a rule last fired, for some of its keys */
typedef struct CooldownList
{
	char	  **keys;
	Instant    *fired;
	int			count;
} CooldownList;

extern void sp_read_cooldowns(BoundRule *rule, char **keys, int key_count, CooldownList *list);
extern bool sp_last_fired(const CooldownList *list, const char *key, Instant *fired);
extern void sp_write_cooldowns(const Outcomes *outcomes);

/* ---- live_limit.c ---- */
extern void sp_limit_begin(void);
extern void sp_limit_begin_after(const char *limit);	/* an interval */
extern bool sp_limit_end(void);

/* ---- live_attempt.c ---- */
extern const char *sp_attempt_reading(void (*work) (void *argument), void *argument);

extern void sp_begin_as_author(SpSpiScope *scope, const BoundRule *rule);
extern void sp_run_query(const char *sql, int nargs, Oid *types, Datum *values);

/* ---- live_look.c ---- */
#define sp_is_look(rule)	((rule)->sources[0].kind_id == LOOK_KIND)	/* reads a relation */
extern void sp_begin_look(SpSpiScope *scope, const BoundRule *rule);
extern void sp_bind_subject(BoundRule *rule);
extern void sp_find_looks(Sweep *sweep);
extern void sp_look(Sweep *sweep, BoundRule *rule, RuleEventList *list);
extern void sp_write_looks(Sweep *sweep);
extern void sp_read_subject_rows(Sweep *sweep, BoundRule *rule, Outcomes *outcomes);
extern void sp_add_look(Sweep *sweep, RuleEventList *list, const char *key, const EngineEvent *event);

/* ---- live_member.c ---- */
extern void sp_look_at_members(Sweep *sweep, BoundRule *rule, RuleEventList *list);
extern void sp_keep_members(Sweep *sweep, BoundRule *rule, RuleEventList *list);
extern void sp_append_members(StringInfo sql, const BoundRule *rule);

/* ---- live_state.c, live_streak.c ---- */
extern void sp_look_at_state(Sweep *sweep, BoundRule *rule, RuleEventList *list);
extern void sp_look_at_streak(Sweep *sweep, BoundRule *rule, RuleEventList *list);
extern char *sp_state_query(const BoundRule *rule);
extern char *sp_streak_query(const BoundRule *rule);
extern const char *sp_subject_key(const BoundRule *rule);
extern const char *sp_subject_holds(const BoundRule *rule);

/* ---- live_run.c ---- */
extern void sp_run_rule(Sweep *sweep, BoundRule *rule, const RuleEventList *events,
						Outcomes *outcomes);

/* ---- live_evidence.c ---- */
extern Datum sp_evidence(const LiveWait *wait, Jsonb *told);
extern Jsonb *sp_copy_jsonb(MemoryContext context, HeapTuple row, TupleDesc desc, int column);

/* ---- live_wait.c ---- */
extern const char *sp_end_reason_name(EndReason reason);	/* NULL: open */
extern bool sp_acts_at_once(const LiveWait *wait, int step);
extern void sp_write_waits(Sweep *sweep);

/* ---- live_write.c ---- */
extern void sp_write_outcomes(Sweep *sweep);
extern void sp_suspend_rules(const BoundRule *rules, int count);
extern Datum sp_text_array(char **texts, int count);

#define GROW(list, items, item_count, item_room) \
	do { \
		if ((list)->item_count >= (list)->item_room) \
		{ \
			(list)->item_room = (list)->item_room < 8 ? 16 : (list)->item_room * 2; \
			(list)->items = (list)->items == NULL \
				? palloc(sizeof(*(list)->items) * (list)->item_room) \
				: repalloc_huge((list)->items, sizeof(*(list)->items) * (list)->item_room); \
		} \
	} while (0)

#endif							/* SP_LIVE_H */
