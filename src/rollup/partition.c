/*
 * partition.c
 *	  Partitions that come and go.
 *
 * Rows written through the partitioned table are seen by its own triggers; a
 * new partition gets triggers for what is written to it directly.  No trigger
 * tells of ATTACH and DETACH: partitions are remembered, and compared when the
 * rollup is folded.  A table that was filled before it was attached, and one
 * that is gone, leave a gap.
 */
#include "base/base.h"
#include "rollup/rollup.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/pg_attribute.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "storage/lmgr.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

static List *
remembered_partitions(int32 rollup_id)
{
	Relation	rel = table_open(sp_internal_relid("rollup_leaf", false), AccessShareLock);
	SysScanDesc scan = systable_beginscan(rel, InvalidOid, false, NULL, 0, NULL);
	List	   *leaves = NIL;
	HeapTuple	tuple;

	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		bool		isnull;

		if (DatumGetInt32(heap_getattr(tuple, 1, RelationGetDescr(rel), &isnull)) == rollup_id)
			leaves = lappend_oid(leaves, DatumGetObjectId(heap_getattr(tuple, 2, RelationGetDescr(rel), &isnull)));
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return leaves;
}

static void
change_leaf(const char *sql, int expected, int32 rollup_id, Oid leaf)
{
	Oid			types[2] = {INT4OID, OIDOID};
	Datum		values[2] = {Int32GetDatum(rollup_id), ObjectIdGetDatum(leaf)};

	sp_execute_as_owner(sql, expected, 2, types, values, NULL);
}

static void
remember(int32 rollup_id, Oid leaf)
{
	change_leaf("INSERT INTO pulse_internal.rollup_leaf (rollup_id, leaf) VALUES ($1, $2)",
				SPI_OK_INSERT, rollup_id, leaf);
}

static void
forget_leaf(int32 rollup_id, Oid leaf)
{
	change_leaf("DELETE FROM pulse_internal.rollup_leaf AS l WHERE l.rollup_id = $1 AND l.leaf = $2",
				SPI_OK_DELETE, rollup_id, leaf);
}

/* tree: the source first, then its partitions */
void
sp_remember_partitions(int32 rollup_id, List *tree)
{
	ListCell   *lc;

	foreach(lc, remembered_partitions(rollup_id))
		forget_leaf(rollup_id, lfirst_oid(lc));
	for_each_from(lc, tree, 1)
		remember(rollup_id, lfirst_oid(lc));
}

/* The transaction that made relid, and the one that made it a partition. */
static TransactionId
made_by(Oid relid)
{
	HeapTuple	tuple = SearchSysCache2(ATTNUM, ObjectIdGetDatum(relid),
										Int16GetDatum(TableOidAttributeNumber));
	TransactionId xid = InvalidTransactionId;

	if (HeapTupleIsValid(tuple))
	{
		xid = HeapTupleHeaderGetRawXmin(tuple->t_data);
		ReleaseSysCache(tuple);
	}
	return xid;
}

static TransactionId
attached_by(Oid relid)
{
	Relation	inherits = table_open(InheritsRelationId, AccessShareLock);
	TransactionId xid = InvalidTransactionId;
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;

	ScanKeyInit(&key, Anum_pg_inherits_inhrelid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(relid));
	scan = systable_beginscan(inherits, InheritsRelidSeqnoIndexId, true, NULL, 1, &key);
	if (HeapTupleIsValid(tuple = systable_getnext(scan)))
		xid = HeapTupleHeaderGetRawXmin(tuple->t_data);
	systable_endscan(scan);
	table_close(inherits, AccessShareLock);
	return xid;
}

static bool
has_rows(Oid relid)
{
	Relation	rel = table_open(relid, AccessShareLock);
	bool		found = false;

	if (RELKIND_HAS_STORAGE(rel->rd_rel->relkind))
	{
		TupleTableSlot *slot = table_slot_create(rel, NULL);
		TableScanDesc scan = table_beginscan(rel, GetTransactionSnapshot(), 0, NULL);

		found = table_scan_getnextslot(scan, ForwardScanDirection, slot);
		table_endscan(scan);
		ExecDropSingleTupleTableSlot(slot);
	}
	table_close(rel, AccessShareLock);
	return found;
}

/* What was in the partition when it came was seen by no trigger. */
static bool
came_filled(Oid leaf)
{
	return made_by(leaf) != attached_by(leaf) && has_rows(leaf);
}

static bool
may_attach(Oid role, Oid leaf)
{
	Oid			types[2] = {OIDOID, OIDOID};
	Datum		values[2] = {ObjectIdGetDatum(role), ObjectIdGetDatum(leaf)};

	return sp_execute_as_owner("SELECT WHERE has_table_privilege($1, $2, 'TRIGGER')"
							   " AND has_schema_privilege($1, 'pulse_internal', 'USAGE')"
							   " AND has_function_privilege($1, 'pulse_internal.rollup_statement()', 'EXECUTE')",
							   SPI_OK_SELECT, 2, types, values, NULL) > 0;
}

/* With the rights of the rollup's owner, or else of the partition's. */
static void
attach_leaf(RollupDef *def, Oid leaf)
{
	Oid			role = sp_relation_owner(def->cells);
	SpSpiScope	scope;

	if (!may_attach(role, leaf))
		role = sp_relation_owner(leaf);
	if (!may_attach(role, leaf))
	{
		sp_record_rollup_gap(def, psprintf("nobody may put triggers on partition %s: grant TRIGGER on it to the owner of the rollup",
										   get_rel_name(leaf)));
		return;
	}
	sp_spi_begin_as(&scope, role);
	sp_attach_rollup_triggers(leaf);
	sp_spi_end(&scope);
}

/* False: the partition is busy, it is left for the next time. */
static bool
welcome(RollupDef *def, Oid leaf)
{
	if (!ConditionalLockRelationOid(leaf, ShareRowExclusiveLock))
		return false;
	if (get_rel_relkind(leaf) == '\0')
		return false;			/* it went in between */
	if (!sp_has_rollup_triggers(leaf))
		attach_leaf(def, leaf);
	if (came_filled(leaf))
		sp_record_rollup_gap(def, psprintf("partition %s was attached with rows in it", get_rel_name(leaf)));
	return true;
}

static bool
is_event_table(Oid relid)
{
	Oid			argument[1] = {OIDOID};
	Datum		value[1] = {ObjectIdGetDatum(relid)};

	return sp_execute_as_owner("SELECT FROM pulse_internal.event_kind AS k WHERE k.relation = $1",
							   SPI_OK_SELECT, 1, argument, value, NULL) > 0;
}

/* Events are dropped when they are old enough; the rollup remembers them. */
static void
trim(RollupDef *def)
{
	Oid			types[2] = {INT4OID, TIMESTAMPTZOID};
	Datum		values[2] = {Int32GetDatum(def->rollup_id), TimestampTzGetDatum(sp_clock())};

	sp_execute_as_owner("UPDATE pulse_internal.rollup AS r SET trimmed_at = coalesce(r.trimmed_at, $2) WHERE r.rollup_id = $1",
						SPI_OK_UPDATE, 2, types, values, NULL);
}

void
sp_follow_partitions(RollupDef *def)
{
	List	   *now;
	List	   *known;
	ListCell   *lc;

	if (def->finer_id != 0 || get_rel_relkind(def->relid) != RELKIND_PARTITIONED_TABLE)
		return;
	now = find_all_inheritors(def->relid, NoLock, NULL);
	known = remembered_partitions(def->rollup_id);
	foreach(lc, list_difference_oid(known, now))
	{
		if (is_event_table(def->relid))
			trim(def);
		else
			sp_record_rollup_gap(def, "a partition was detached or dropped");
		forget_leaf(def->rollup_id, lfirst_oid(lc));
	}
	foreach(lc, list_difference_oid(now, known))
		if (lfirst_oid(lc) != def->relid && welcome(def, lfirst_oid(lc)))
		remember(def->rollup_id, lfirst_oid(lc));
}
