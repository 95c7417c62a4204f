/*
 * members.h
 *	  Whose figures a rollup waits for; for this room only.
 */
#ifndef SP_ROLLUP_MEMBERS_H
#define SP_ROLLUP_MEMBERS_H

#include "rollup/rollup.h"

#include "utils/date.h"

typedef struct RollupMembers
{
	RollupDef  *def;
	char	   *dimension;
	Oid			relid;			/* invalid: who has rows lately */
	char	   *member_column;
	char	   *since_column;
	char	   *until_column;
	DateADT		since;			/* periods before are not closed by the job */
	Datum		records[5];		/* arrays: members and their watermarks;
								 * periods, when closed, when reopened */
} RollupMembers;

extern void sp_read_members(RollupMembers *members, RollupDef *def);	/* 55000: none said */
extern void sp_status_rows(const RollupMembers *members, DateADT since, DateADT until);
extern DateADT sp_period_start(RollupGrain grain, DateADT day);

#endif							/* SP_ROLLUP_MEMBERS_H */
