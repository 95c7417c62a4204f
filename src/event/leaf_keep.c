/*
 * leaf_keep.c
 *	  Upkeep of leaves: old ones are dropped whole, hot ones are summarised.
 *
 * Works as the owner of the event table, and gives up rather than let writers
 * queue behind it: pulse_internal.maintain_events() comes again.
 */
#include "base/base.h"

#include "access/heapam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "event/event.h"
#include "event/leaf.h"
#include "executor/spi.h"
#include "storage/bufmgr.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#define LOCK_PATIENCE	"100ms"

void
sp_leaf_work_begin(SpSpiScope *scope, Oid owner)
{
	sp_spi_begin_as(scope, owner);
	(void) set_config_option("lock_timeout", LOCK_PATIENCE, PGC_USERSET,
							 PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
}

/* The leaves of an event table, which is not held open, and who owns it. */
static int
leaves_of(Oid relid, Leaf **leaves, Oid *owner)
{
	Relation	root = table_open(relid, AccessShareLock);
	int			count = sp_leaves(root, leaves);

	*owner = root->rd_rel->relowner;
	table_close(root, AccessShareLock);
	return count;
}

PG_FUNCTION_INFO_V1(sp_drop_leaves);
PG_FUNCTION_INFO_V1(sp_summarise_leaves);
PG_FUNCTION_INFO_V1(sp_newest_recorded);

/* (relation, before) -> number of leaves dropped that end by then */
Datum
sp_drop_leaves(PG_FUNCTION_ARGS)
{
	Oid			relid = PG_GETARG_OID(0);
	TimestampTz before = PG_GETARG_TIMESTAMPTZ(1);
	int			dropped = 0;
	Leaf	   *leaves;
	Oid			owner;
	int			count = leaves_of(relid, &leaves, &owner);
	SpSpiScope	scope;

	sp_leaf_work_begin(&scope, owner);
	for (int i = 0; i < count; i++)
	{
		Oid			leaf = leaves[i].relid;

		if (leaves[i].is_default || leaves[i].until > before)
			continue;
		sp_spi_text(psprintf("DROP TABLE %s",
							 sp_relation_name(leaf)),
					SPI_OK_UTILITY);
		dropped++;
	}
	sp_spi_end(&scope);
	PG_RETURN_INT32(dropped);
}

/* (relation) -> number of block ranges summarised in this month's and last month's leaf */
Datum
sp_summarise_leaves(PG_FUNCTION_ARGS)
{
	TimestampTz clock = sp_clock();
	TimestampTz since = sp_leaf_month(clock, -1);
	int			summarised = 0;
	Leaf	   *leaves;
	Oid			owner;
	int			count = leaves_of(PG_GETARG_OID(0), &leaves, &owner);
	SpSpiScope	scope;

	sp_leaf_work_begin(&scope, owner);
	for (int i = 0; i < count; i++)
		if (leaves[i].is_default || (leaves[i].until > since && leaves[i].since <= clock))
			summarised += sp_summarise_leaf(leaves[i].relid);
	sp_spi_end(&scope);
	PG_RETURN_INT32(summarised);
}

/* The greatest "recorded" of the last page with rows, or DT_NOBEGIN. */
static TimestampTz
newest_in_leaf(Oid leaf)
{
	Relation	rel = table_open(leaf, AccessShareLock);
	TimestampTz newest = DT_NOBEGIN;

	for (BlockNumber block = RelationGetNumberOfBlocks(rel);
		 block > 0 && TIMESTAMP_IS_NOBEGIN(newest); block--)
	{
		TableScanDesc scan = table_beginscan_strat(rel, GetActiveSnapshot(), 0, NULL, true, false);
		HeapTuple	tuple;

		heap_setscanlimits(scan, block - 1, 1);
		while ((tuple = heap_getnext(scan, ForwardScanDirection)) != NULL)
		{
			bool		isnull;
			Datum		recorded = heap_getattr(tuple, EVENT_ATT_RECORDED,
												RelationGetDescr(rel), &isnull);

			newest = Max(newest, DatumGetTimestampTz(recorded));
		}
		table_endscan(scan);
	}
	table_close(rel, AccessShareLock);
	return newest;
}

/* (relation) -> when the last event arrived */
Datum
sp_newest_recorded(PG_FUNCTION_ARGS)
{
	TimestampTz newest = DT_NOBEGIN;
	Leaf	   *leaves;
	Oid			owner;
	int			count = leaves_of(PG_GETARG_OID(0), &leaves, &owner);

	for (int i = count - 1; i >= 0; i--)
	{
		if (leaves[i].is_default || leaves[i].until > newest)
			newest = Max(newest, newest_in_leaf(leaves[i].relid));
	}
	if (TIMESTAMP_IS_NOBEGIN(newest))
		PG_RETURN_NULL();
	PG_RETURN_TIMESTAMPTZ(newest);
}
