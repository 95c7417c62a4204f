/*
 * watch_triggers.c
 *	  Which relations can be watched, and the triggers that stand on them.
 *
 * A statement trigger fires on the relation that a statement names, so triggers
 * stand on the root and on everything under it.  One trigger per operation
 * serves all watches.  Invariant after sp_sync_triggers(): a relation has the
 * triggers that its watches and those of its ancestors need, and no others that
 * the current user may drop.
 */
#include "base/base.h"

#include "access/table.h"
#include "catalog/catalog.h"
#include "catalog/namespace.h"
#include "catalog/partition.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "event/event.h"
#include "event/watch.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

/* ---- what can be watched ---- */

static void
refuse_relation(Relation rel, const char *what, const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_WRONG_OBJECT_TYPE),
			 errmsg("cannot watch \"%s\"", RelationGetRelationName(rel)),
			 errdetail("%s", what),
			 errhint("%s", hint)));
}

static Oid
topmost(Relation rel)
{
	return rel->rd_rel->relispartition ?
		llast_oid(get_partition_ancestors(RelationGetRelid(rel))) : RelationGetRelid(rel);
}

void
sp_refuse_unwatchable(Relation rel)
{
	switch (rel->rd_rel->relkind)
	{
		case RELKIND_RELATION:
		case RELKIND_PARTITIONED_TABLE:
			break;
		case RELKIND_VIEW:
		case RELKIND_MATVIEW:
			refuse_relation(rel, "It is a view: nothing is ever inserted there.",
							"Watch the tables that it reads.");
			break;
		case RELKIND_FOREIGN_TABLE:
			refuse_relation(rel, "It is a foreign table: others change it unseen.",
							"Watch it on its own server, or subscribe to it by logical replication and watch the copy.");
			break;
		default:
			refuse_relation(rel, "It is not a table.", "Name a table.");
	}
	if (rel->rd_rel->relpersistence == RELPERSISTENCE_TEMP)
		refuse_relation(rel, "It is a temporary table, which other sessions cannot see.",
						"Watch the table that its rows end up in, or call pulse.emit_event().");
	if (IsSystemRelation(rel) ||
		RelationGetNamespace(rel) == get_namespace_oid("pulse_internal", false))
		refuse_relation(rel, "It is a table of the system.",
						"Watch a table of your application.");
	if (sp_event_kind_by_relid(topmost(rel)) != NULL)
		refuse_relation(rel, "It is an event table itself.",
						"Name its event in a rule, or watch the table its events come from.");
}

/* The apply worker of a subscription fires row triggers only, and only ALWAYS ones. */
bool
sp_filled_by_subscription(Oid relid)
{
	Oid			types[1] = {OIDOID};
	Datum		values[1] = {ObjectIdGetDatum(relid)};

	return sp_execute_as_owner("WITH RECURSIVE down (relid) AS (SELECT $1 UNION"
							   " SELECT i.inhrelid FROM pg_catalog.pg_inherits i"
							   " JOIN down d ON i.inhparent = d.relid),"
							   " up (relid) AS (SELECT $1 UNION"
							   " SELECT i.inhparent FROM pg_catalog.pg_inherits i"
							   " JOIN up u ON i.inhrelid = u.relid),"
							   " tree AS (SELECT relid FROM down UNION SELECT relid FROM up)"
							   " SELECT FROM pg_catalog.pg_subscription_rel s"
							   " JOIN tree t ON s.srrelid = t.relid LIMIT 1",
							   SPI_OK_SELECT, 1, types, values, NULL) > 0;
}

/* ---- triggers ---- */

typedef struct CaptureTrigger
{
	const char *name;
	int			operation;		/* 0: whenever there is a watch */
	bool		row_level;
	const char *definition;
	const char *referencing;
} CaptureTrigger;

static const CaptureTrigger capture_triggers[] = {
	{"pulse_capture_insert", CAPTURE_INSERT, false, "AFTER INSERT",
	"REFERENCING NEW TABLE AS pulse_new FOR EACH STATEMENT"},
	{"pulse_capture_update", CAPTURE_UPDATE, false, "AFTER UPDATE",
	"REFERENCING OLD TABLE AS pulse_old NEW TABLE AS pulse_new FOR EACH STATEMENT"},
	{"pulse_capture_delete", CAPTURE_DELETE, false, "AFTER DELETE",
	"REFERENCING OLD TABLE AS pulse_old FOR EACH STATEMENT"},
	{"pulse_capture_row", CAPTURE_INSERT | CAPTURE_UPDATE | CAPTURE_DELETE, true,
	"AFTER INSERT OR UPDATE OR DELETE", "FOR EACH ROW"},
	{"pulse_capture_truncate", 0, false, "AFTER TRUNCATE", "FOR EACH STATEMENT"},
};

static bool
is_needed(const CaptureTrigger *trigger, List *watches)
{
	ListCell   *cell;

	foreach(cell, watches)
	{
		WatchDef   *watch = lfirst(cell);

		if (trigger->operation == 0 ||
			(watch->row_level == trigger->row_level &&
			 (watch->operations & trigger->operation) != 0))
			return true;
	}
	return false;
}

/* Bits by position in capture_triggers. */
static int
needed_triggers(Relation rel)
{
	List	   *watches = sp_watches_of(rel);
	int			needed = 0;

	if (rel->rd_rel->relkind == RELKIND_FOREIGN_TABLE)
		return 0;
	for (int i = 0; i < lengthof(capture_triggers); i++)
		if (is_needed(&capture_triggers[i], watches))
			needed |= 1 << i;
	return needed;
}

/*
 * Row triggers fire for what replication brings, and a TRUNCATE that it brings
 * leaves a gap, too.  ALTER TABLE would ask for the ownership of a table on
 * which its owner let us make triggers.
 */
static void
fire_always(Oid relid, const CaptureTrigger *trigger)
{
	Relation	rel;

	if (!trigger->row_level && trigger->operation != 0)
		return;
	rel = table_open(relid, NoLock);
	FireTriggerAlways(rel, trigger->name, ShareRowExclusiveLock);
	table_close(rel, NoLock);
}

/*
 * A row trigger of a partitioned table is copied to its partitions, where one
 * of their own would be in the way.
 */
static void
make_way_below(Oid relid, const CaptureTrigger *trigger)
{
	ListCell   *cell;

	foreach(cell, find_all_inheritors(relid, ShareRowExclusiveLock, NULL))
		if (lfirst_oid(cell) != relid &&
			OidIsValid(sp_find_trigger(lfirst_oid(cell), trigger->name, "capture")))
		sp_drop_trigger(lfirst_oid(cell), trigger->name);
}

static void
create_trigger(Oid relid, const CaptureTrigger *trigger)
{
	if (trigger->row_level && get_rel_relkind(relid) == RELKIND_PARTITIONED_TABLE)
		make_way_below(relid, trigger);
	sp_create_trigger(relid, trigger->name, trigger->definition, trigger->referencing, "capture");
}

/*
 * As the current user, inside an SPI scope, with the relation locked and nothing
 * of ours open on it while its triggers change.
 */
void
sp_sync_relation(Oid relid)
{
	Relation	rel = table_open(relid, NoLock);
	int			needed = needed_triggers(rel);

	table_close(rel, NoLock);
	for (int i = 0; i < lengthof(capture_triggers); i++)
	{
		const CaptureTrigger *trigger = &capture_triggers[i];
		bool		exists = OidIsValid(sp_find_trigger(relid, trigger->name, "capture"));

		if ((needed & (1 << i)) != 0)
		{
			if (!exists)
				create_trigger(relid, trigger);
			fire_always(relid, trigger);
		}
		else if (exists && object_ownercheck(RelationRelationId, relid, GetUserId()))
			sp_drop_trigger(relid, trigger->name);
	}
}

/* Likewise, the relation and everything under it; takes the locks. */
void
sp_sync_triggers(Oid relid)
{
	ListCell   *cell;

	foreach(cell, find_all_inheritors(relid, ShareRowExclusiveLock, NULL))
		sp_sync_relation(lfirst_oid(cell));
}
