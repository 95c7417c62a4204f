/*
 * compat.h
 *	  The only file that tests PG_VERSION_NUM: newer spellings on older servers.
 *
 * salespulse is written for PostgreSQL 18 and compiled on 15 to 18.  Whatever
 * an older server lacks is supplied here under its newer name.
 */
#ifndef SP_COMPAT_H
#define SP_COMPAT_H

#include "executor/executor.h"
#include "nodes/tidbitmap.h"
#include "utils/guc.h"

#if PG_VERSION_NUM < 150000
#error "salespulse needs PostgreSQL 15 or later"
#endif

#if PG_VERSION_NUM >= 160000
#include "parser/parse_relation.h"
#include "varatt.h"
#endif

#if PG_VERSION_NUM < 160000
/* 16: soft input errors; before, the same call raises */
#define ereturn(context, dummy_value, ...) \
	do { \
		(void) (context); \
		ereport(ERROR, __VA_ARGS__); \
		return dummy_value; \
	} while (0)
#define SOFT_ERROR_OCCURRED(escontext) ((void) (escontext), false)
/* 16: two more arguments, for partitions, which we visit ourselves */
#define FireTriggerAlways(rel, name, lockmode) \
	EnableDisableTrigger(rel, name, TRIGGER_FIRES_ALWAYS, false, lockmode)
/* 16: one check for all classes of objects; here of tables, and of schemas */
#define object_ownercheck(class_id, object_id, role_id) \
	pg_class_ownercheck(object_id, role_id)
#define object_aclcheck(class_id, object_id, role_id, mode) \
	pg_namespace_aclcheck(object_id, role_id, mode)
/* 16: a last argument, for UPDATEs that change summarised columns only */
#define ExecInsertIndexTuples(target, slot, estate, update, no_error, conflict, arbiters, only_summaries) \
	ExecInsertIndexTuples(target, slot, estate, update, no_error, conflict, arbiters)
/* 16: a soft error context last */
#define MakeRange(type, lower, upper) make_range(type, lower, upper, false)
#define QualifiedNameList(text) stringToQualifiedNameList(text)
/* 16: an UPDATE tells which indexes it concerns; before, whether any */
typedef bool TU_UpdateIndexes;
#define TU_None false
/* 16: the rights that a plan needs stand in a list of their own */
#define CheckPermsArguments List *range_table, bool raises
#define CheckPermsPassed range_table, raises
#define CheckPermsOfQuery(query) (query)->rtable
#define CheckPermsRequired(entry) ((entry)->requiredPerms)
#else
#define CheckPermsArguments List *range_table, List *infos, bool raises
#define CheckPermsPassed range_table, infos, raises
#define CheckPermsOfQuery(query) (query)->rtable, (query)->rteperminfos
#define CheckPermsRequired(entry) \
	((entry)->perminfoindex == 0 ? 0 : getRTEPermissionInfo(infos, entry)->requiredPerms)
#define MakeRange(type, lower, upper) make_range(type, lower, upper, false, NULL)
#define FireTriggerAlways(rel, name, lockmode) \
	EnableDisableTrigger(rel, name, InvalidOid, TRIGGER_FIRES_ALWAYS, false, false, lockmode)
#define QualifiedNameList(text) stringToQualifiedNameList(text, NULL)
#endif

#if PG_VERSION_NUM < 170000
/* 17: core has it */
#define RestrictSearchPath() \
	((void) set_config_option("search_path", "pg_catalog, pg_temp", \
							  PGC_USERSET, PGC_S_SESSION, \
							  GUC_ACTION_SAVE, true, 0, false))
/* 17: MyProc->vxid.lxid */
#define MyLocalTransactionId	(MyProc->lxid)
#else
#define MyLocalTransactionId	(MyProc->vxid.lxid)
#endif

#if PG_VERSION_NUM < 180000
/* 18: stands before the declaration, as the keyword of C11 does */
#define pg_noreturn pg_attribute_noreturn()
/* 18: pages of a bitmap are filled in, not returned; of its result we use the block */
#define TBMPrivateIterator			TBMIterator
#define tbm_begin_private_iterate	tbm_begin_iterate
#define tbm_end_private_iterate		tbm_end_iterate
static inline bool
tbm_private_iterate(TBMIterator *iterator, TBMIterateResult *page)
{
	TBMIterateResult *found = tbm_iterate(iterator);

	if (found != NULL)
		page->blockno = found->blockno;
	return found != NULL;
}

/* 18: one more argument, for statistics */
#define BeginBitmapScan(index, snapshot, nkeys) index_beginscan_bitmap(index, snapshot, nkeys)
#define BeginIndexScan(table, index, snapshot, nkeys) index_beginscan(table, index, snapshot, nkeys, 0)
/* 18: RETURNING is a node, for it names OLD and NEW */
#define UpdateReturns(update) ((update)->returningList != NIL)
#else
#define BeginIndexScan(table, index, snapshot, nkeys) index_beginscan(table, index, snapshot, NULL, nkeys, 0)
#define BeginBitmapScan(index, snapshot, nkeys) index_beginscan_bitmap(index, snapshot, NULL, nkeys)
#define UpdateReturns(update) ((update)->returningClause != NULL)
#endif

#endif							/* SP_COMPAT_H */
