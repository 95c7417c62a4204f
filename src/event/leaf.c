/*
 * leaf.c
 *	  Which leaves an event table has.
 *
 * An event table is partitioned by month of arrival.  Months are those of UTC:
 * the business time zone is a setting, and bounds once made must not depend on
 * it.  A leaf is known by its bounds, never by its name.
 */
#include "base/base.h"

#include "access/table.h"
#include "event/event.h"
#include "event/leaf.h"
#include "partitioning/partbounds.h"
#include "partitioning/partdesc.h"
#include "utils/partcache.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

TimestampTz
sp_leaf_month(TimestampTz instant, int months)
{
	struct pg_tm tm;
	fsec_t		fraction;
	TimestampTz result;

	if (TIMESTAMP_NOT_FINITE(instant))
		return instant;
	if (timestamp2tm(instant, NULL, &tm, &fraction, NULL, NULL) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("timestamp out of range"),
				 errdetail("It has no month."),
				 errhint("Look at SELECT pulse.clock().")));
	months += tm.tm_year * 12 + tm.tm_mon - 1;
	tm.tm_year = months / 12;
	tm.tm_mon = months % 12 + 1;
	tm.tm_mday = 1;
	tm.tm_hour = tm.tm_min = tm.tm_sec = 0;
	if (tm2timestamp(&tm, 0, NULL, &result) != 0)
		elog(ERROR, "month out of range");
	return result;
}

/* Bound number i of the partitioned table; outside it is infinity. */
static TimestampTz
bound_value(PartitionBoundInfo bounds, int i)
{
	if (i < 0 || bounds->kind[i][0] == PARTITION_RANGE_DATUM_MINVALUE)
		return DT_NOBEGIN;
	if (i >= bounds->ndatums || bounds->kind[i][0] == PARTITION_RANGE_DATUM_MAXVALUE)
		return DT_NOEND;
	return DatumGetTimestampTz(bounds->datums[i][0]);
}

static void
check_event_table(Relation root)
{
	PartitionKey key = RelationGetPartitionKey(root);

	if (key == NULL || key->strategy != PARTITION_STRATEGY_RANGE ||
		key->partnatts != 1 || key->partattrs[0] != EVENT_ATT_RECORDED)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("table \"%s\" is not an event table", RelationGetRelationName(root)),
				 errdetail("An event table is partitioned by range of its third column, recorded."),
				 errhint("Make it with pulse.create_event() or pulse.watch().")));
}

int
sp_leaves(Relation root, Leaf **leaves)
{
	PartitionDesc parts;
	PartitionBoundInfo bounds;
	int			count = 0;

	check_event_table(root);
	parts = RelationGetPartitionDesc(root, true);
	bounds = parts->boundinfo;
	*leaves = palloc0(sizeof(Leaf) * Max(parts->nparts, 1));
	if (parts->nparts == 0)
		return 0;
	for (int i = 0; i <= bounds->ndatums; i++)
	{
		Leaf	   *leaf = *leaves + count;

		if (bounds->indexes[i] < 0)
			continue;
		leaf->relid = parts->oids[bounds->indexes[i]];
		leaf->since = bound_value(bounds, i - 1);
		leaf->until = bound_value(bounds, i);
		count++;
	}
	if (bounds->default_index >= 0)
	{
		Leaf	   *leaf = *leaves + count;

		leaf->relid = parts->oids[bounds->default_index];
		leaf->since = DT_NOBEGIN;
		leaf->until = DT_NOEND;
		leaf->is_default = true;
		count++;
	}
	return count;
}

Oid
sp_leaf_for(Oid relid, TimestampTz recorded)
{
	Relation	root = table_open(relid, AccessShareLock);
	Oid			result = InvalidOid;
	Leaf	   *leaves;
	int			count = sp_leaves(root, &leaves);

	for (int i = count - 1; i >= 0; i--)
	{
		if (leaves[i].is_default)
			result = leaves[i].relid;
		else if (recorded >= leaves[i].since && recorded < leaves[i].until)
		{
			result = leaves[i].relid;
			break;
		}
	}
	pfree(leaves);
	table_close(root, NoLock);
	return result;
}
