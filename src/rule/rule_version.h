/*
 * rule_version.h
 *	  Versions of rules, and what becomes of open waits when a rule changes.
 */
#ifndef SP_RULE_VERSION_H
#define SP_RULE_VERSION_H

#include "event/batch.h"
#include "rule/shell.h"

typedef enum RunningWaits
{
	RUNNING_KEEP,				/* they go on by the new steps; what is due
								 * stays due */
	RUNNING_RESTART,			/* they begin anew with their triggers, which
								 * are taken for late events */
	RUNNING_END					/* they end */
} RunningWaits;

/* the triggers of waits that begin anew, and how far events are consumed */
typedef struct RestartList
{
	Batch	   *rests;			/* of each lane, held until the end of the
								 * transaction */
	int			rest_count;
	Datum		event_ids;		/* bigint[] */
	Datum		keys;			/* text[] */
	TimestampTz recorded_since;
	TimestampTz recorded_until;
	int			count;
} RestartList;

/* what is due already when a rule begins to look */
typedef struct OverdueCount
{
	int64		silent;			/* passes in silence */
	int64		firing;
} OverdueCount;

/* ---- rule_past.c ---- */
extern void sp_notice_past(int32 rule_id, const char *name, const char *mode, const Rule *rule);

/* ---- rule_version.c ---- */
extern RunningWaits sp_running_waits(const char *name);
extern const char *sp_running_name(RunningWaits running);
extern void sp_record_version(int32 rule_id, RunningWaits running);
extern void sp_list_restarts(int32 rule_id, RestartList *list);
extern void sp_restart_waits(int32 rule_id, RestartList *list);

#endif							/* SP_RULE_VERSION_H */
