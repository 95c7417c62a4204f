/*
 * batch_scan.c
 *	  Finds the events between two positions.
 *
 * Candidates are rows of transactions the old position did not see, and rows
 * that had not happened yet.  The BRIN index of a leaf says which blocks may hold
 * some; a leaf without it is read whole.  Rows are read without rights checks:
 * only their headers, and only for a consumer.  Invariant: what the index and the
 * ranges let through is a superset; position_consumed() decides.
 */
#include "base/base.h"

#include "access/genam.h"
#include "access/heapam.h"
#include "access/htup_details.h"
#include "access/stratnum.h"
#include "access/table.h"
#include "catalog/pg_am.h"
#include "catalog/pg_type.h"
#include "event/batch_scan.h"
#include "event/event.h"
#include "event/leaf.h"
#include "miscadmin.h"
#include "nodes/tidbitmap.h"
#include "storage/bufmgr.h"
#include "utils/fmgroids.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#define SMALL_LEAF_BLOCKS	32	/* read whole: no index is faster */

/* columns of the BRIN index */
#define BRIN_TXID			2
#define BRIN_AT				3

typedef struct LeafScan
{
	Relation	rel;
	HeaderSink	sink;
	void	   *context;
	const ScanRange *ranges;
	int			range_count;
} LeafScan;

static inline int64
header_value(HeapTuple tuple, AttrNumber attno, TupleDesc desc)
{
	bool		isnull;

	return DatumGetInt64(heap_getattr(tuple, attno, desc, &isnull));
}

static void
offer_row(const LeafScan *scan, HeapTuple tuple)
{
	TupleDesc	desc = RelationGetDescr(scan->rel);
	EventHeader header;

	header.txid = header_value(tuple, EVENT_ATT_TXID, desc);
	header.at = header_value(tuple, EVENT_ATT_AT, desc);
	for (int i = 0; i < scan->range_count; i++)
	{
		const ScanRange *range = &scan->ranges[i];

		if (header.txid < range->txid_least || header.txid > range->txid_most ||
			header.at < range->at_least || header.at > range->at_most)
			continue;
		header.event_id = header_value(tuple, EVENT_ATT_ID, desc);
		header.recorded = header_value(tuple, EVENT_ATT_RECORDED, desc);
		scan->sink(scan->context, &header);
		return;
	}
}

static void
scan_blocks(const LeafScan *scan, BlockNumber first, BlockNumber count)
{
	TableScanDesc heap = table_beginscan_strat(scan->rel, GetActiveSnapshot(),
											   0, NULL, true, false);
	HeapTuple	tuple;

	heap_setscanlimits(heap, first, count);
	while ((tuple = heap_getnext(heap, ForwardScanDirection)) != NULL)
		offer_row(scan, tuple);
	table_endscan(heap);
}

static void
add_key(ScanKey keys, int *count, AttrNumber attno, StrategyNumber strategy, int64 bound)
{
	bool		is_at = attno == BRIN_AT;
	bool		is_least = strategy == BTGreaterEqualStrategyNumber;

	if (bound == (is_least ? PG_INT64_MIN : PG_INT64_MAX))
		return;
	ScanKeyEntryInitialize(&keys[(*count)++], 0, attno, strategy,
						   is_at ? TIMESTAMPTZOID : INT8OID, InvalidOid,
						   is_at ? (is_least ? F_TIMESTAMPTZ_GE : F_TIMESTAMPTZ_LE)
						   : (is_least ? F_INT8GE : F_INT8LE),
						   Int64GetDatum(bound));
}

/* Adds the blocks that may hold rows of the range. */
static void
add_blocks(Relation index, const ScanRange *range, TIDBitmap *blocks)
{
	ScanKeyData keys[4];
	int			count = 0;
	IndexScanDesc scan;

	add_key(keys, &count, BRIN_TXID, BTGreaterEqualStrategyNumber, range->txid_least);
	add_key(keys, &count, BRIN_TXID, BTLessEqualStrategyNumber, range->txid_most);
	add_key(keys, &count, BRIN_AT, BTGreaterEqualStrategyNumber, range->at_least);
	add_key(keys, &count, BRIN_AT, BTLessEqualStrategyNumber, range->at_most);
	scan = BeginBitmapScan(index, GetActiveSnapshot(), count);
	index_rescan(scan, keys, count, NULL, 0);
	(void) index_getbitmap(scan, blocks);
	index_endscan(scan);
}

/* Neighbouring blocks are read in one go, up to the end the leaf has now. */
static void
scan_bitmap(const LeafScan *scan, TIDBitmap *blocks, BlockNumber leaf_blocks)
{
	TBMPrivateIterator *iterator = tbm_begin_private_iterate(blocks);
	BlockNumber first = 0;
	BlockNumber next = 0;
	TBMIterateResult page;

	while (tbm_private_iterate(iterator, &page) && page.blockno < leaf_blocks)
	{
		if (page.blockno != next)
		{
			if (next > first)
				scan_blocks(scan, first, next - first);
			first = page.blockno;
		}
		next = page.blockno + 1;
	}
	if (next > first)
		scan_blocks(scan, first, next - first);
	tbm_end_private_iterate(iterator);
}

static void
scan_by_index(const LeafScan *scan, Oid brin, BlockNumber leaf_blocks)
{
	TIDBitmap  *blocks = tbm_create(work_mem * 1024L, NULL);
	Relation	index = index_open(brin, AccessShareLock);

	for (int i = 0; i < scan->range_count; i++)
		add_blocks(index, &scan->ranges[i], blocks);
	index_close(index, AccessShareLock);
	scan_bitmap(scan, blocks, leaf_blocks);
	tbm_free(blocks);
}

static void
check_leaf(Relation rel)
{
	static const char *const names[] = {"event_id", "at", "recorded", "txid"};
	TupleDesc	desc = RelationGetDescr(rel);
	bool		good = rel->rd_rel->relkind == RELKIND_RELATION &&
	rel->rd_rel->relam == HEAP_TABLE_AM_OID && desc->natts >= EVENT_HEADER_ATTS;

	for (int i = 0; good && i < EVENT_HEADER_ATTS; i++)
		good = strcmp(NameStr(TupleDescAttr(desc, i)->attname), names[i]) == 0;
	if (!good)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("partition \"%s\" cannot be read as events", RelationGetRelationName(rel)),
				 errdetail("Its first columns are not event_id, at, recorded, txid, or it is not a heap table."),
				 errhint("Detach it, and insert its rows into the event table.")));
}

void
sp_scan_leaf(Oid leaf, const ScanRange *ranges, int range_count,
			 HeaderSink sink, void *context)
{
	LeafScan	scan = {table_open(leaf, AccessShareLock), sink, context, ranges, range_count};
	Oid			brin = InvalidOid;
	BlockNumber blocks;

	check_leaf(scan.rel);
	blocks = RelationGetNumberOfBlocks(scan.rel);
	if (blocks > SMALL_LEAF_BLOCKS)
		brin = sp_leaf_brin(scan.rel);
	if (OidIsValid(brin))
		scan_by_index(&scan, brin, blocks);
	else if (blocks > 0)
		scan_blocks(&scan, 0, blocks);
	table_close(scan.rel, AccessShareLock);
}
