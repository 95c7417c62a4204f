/*
 * triggers.c
 *	  The triggers on a source and its partitions.
 *
 * A statement fires the triggers of the table that it names, so they stand on
 * the partitioned table and on each partition.  All rollups of a source share
 * them; without a rollup they do nothing.
 */
#include "base/base.h"
#include "rollup/rollup.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "commands/trigger.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

static const char *const trigger_events[][3] = {
	{"pulse_rollup_insert", "AFTER INSERT", "REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT"},
	{"pulse_rollup_update", "AFTER UPDATE", "REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT"},
	{"pulse_rollup_delete", "AFTER DELETE", "REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT"},
	{"pulse_rollup_truncate", "AFTER TRUNCATE", "FOR EACH STATEMENT"}
};

Oid
sp_relation_owner(Oid relid)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
	Oid			owner = GetUserId();

	if (HeapTupleIsValid(tuple))
	{
		owner = ((Form_pg_class) GETSTRUCT(tuple))->relowner;
		ReleaseSysCache(tuple);
	}
	return owner;
}

bool
sp_has_rollup_triggers(Oid relid)
{
	return OidIsValid(sp_find_trigger(relid, trigger_events[0][0], "rollup_statement"));
}

/* In an SPI scope, with the relation locked. */
void
sp_attach_rollup_triggers(Oid relid)
{
	for (int i = 0; i < lengthof(trigger_events); i++)
		if (!OidIsValid(sp_find_trigger(relid, trigger_events[i][0], "rollup_statement")))
			sp_create_trigger(relid, trigger_events[i][0], trigger_events[i][1], trigger_events[i][2], "rollup_statement");
}

static void
detach_triggers(Oid relid)
{
	for (int i = 0; i < lengthof(trigger_events); i++)
		if (OidIsValid(sp_find_trigger(relid, trigger_events[i][0], "rollup_statement")))
			sp_drop_trigger(relid, trigger_events[i][0]);
}

List *
sp_lock_rollup_source(Oid relid)
{
	LockRelationOid(relid, ShareRowExclusiveLock);
	return find_all_inheritors(relid, ShareRowExclusiveLock, NULL);
}

void
sp_detach_unused_triggers(Oid relid)
{
	Relation	source = try_table_open(relid, ShareRowExclusiveLock);
	ListCell   *lc;

	if (source == NULL)
		return;
	if (sp_rollups_of(source) == NIL)
	{
		foreach(lc, sp_lock_rollup_source(relid))
		{
			if (object_ownercheck(RelationRelationId, lfirst_oid(lc), GetUserId()))
				detach_triggers(lfirst_oid(lc));
		}
	}
	table_close(source, NoLock);
}
