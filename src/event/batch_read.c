/*
 * batch_read.c
 *	  Reads the events of a batch, kind by kind, leaf by leaf.
 *
 * Leaves of earlier months are not even opened, unless an event in them that lay
 * in the future has happened meanwhile.
 */
#include "base/base.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "event/batch_scan.h"
#include "event/event.h"
#include "utils/inval.h"
#include "utils/rel.h"

/* columns of pulse_internal.event_kind */
#define KIND_ATT_ID			1
#define KIND_ATT_RELATION	3

#define MANY_OPEN	16			/* more open transactions become one range */

static SpWatchedTable kind_table = {.table_name = "event_kind"};

typedef struct BatchReader
{
	const BatchSpan *span;
	TimestampTz at_least;
	SpanSink	sink;
	void	   *context;
	int32		kind_id;
	ScanRange  *ranges;
	int			range_count;
	DueLeaf    *due;
	int			due_count;
} BatchReader;

uint64
sp_kind_changes(void)
{
	(void) sp_watched_relid(&kind_table);
	AcceptInvalidationMessages();
	return kind_table.changes;
}

int
sp_kind_tables(KindTable **kinds)
{
	Relation	rel = table_open(sp_watched_relid(&kind_table), AccessShareLock);
	SysScanDesc scan = systable_beginscan(rel, InvalidOid, false, NULL, 0, NULL);
	int			count = 0;
	int			room = 32;
	HeapTuple	tuple;

	*kinds = palloc(sizeof(KindTable) * room);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		TupleDesc	desc = RelationGetDescr(rel);
		bool		isnull;

		if (count == room)
			*kinds = repalloc(*kinds, sizeof(KindTable) * (room *= 2));
		(*kinds)[count].kind_id =
			DatumGetInt32(heap_getattr(tuple, KIND_ATT_ID, desc, &isnull));
		(*kinds)[count].relid =
			DatumGetObjectId(heap_getattr(tuple, KIND_ATT_RELATION, desc, &isnull));
		count++;
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return count;
}

static void
take_if_new(void *context, const EventHeader *header)
{
	BatchReader *reader = context;
	const BatchSpan *span = reader->span;

	if (position_consumed(&span->to, header->txid, header->at) &&
		!position_consumed(&span->from, header->txid, header->at))
		reader->sink(reader->context, reader->kind_id, header);
}

static bool
is_due(const BatchReader *reader, const Leaf *leaf)
{
	for (int i = 0; i < reader->due_count; i++)
		if (reader->due[i].kind_id == reader->kind_id && reader->due[i].since == leaf->since)
			return true;
	return false;
}

static void
read_kind(BatchReader *reader, const KindTable *kind)
{
	Relation	root = try_table_open(kind->relid, AccessShareLock);
	Leaf	   *leaves;
	int			count;

	if (root == NULL)			/* dropped behind our back */
		return;
	reader->kind_id = kind->kind_id;
	count = sp_leaves(root, &leaves);
	for (int i = 0; i < count; i++)
		if (sp_leaf_is_hot(&leaves[i], reader->span->from.recorded_floor) ||
			is_due(reader, &leaves[i]))
			sp_scan_leaf(leaves[i].relid, reader->ranges, reader->range_count,
						 take_if_new, reader);
	pfree(leaves);
	table_close(root, AccessShareLock);
}

static void
add_range(BatchReader *reader, int64 txid_least, int64 txid_most, TimestampTz at_least)
{
	ScanRange	range = {
		.txid_least = txid_least,
		.txid_most = txid_most,
		.at_least = Max(at_least, reader->at_least),
		.at_most = reader->span->to.watermark - 1
	};

	if (range.txid_least <= range.txid_most && range.at_least <= range.at_most)
		reader->ranges[reader->range_count++] = range;
}

/* Transactions the old position did not see, and what had not happened then. */
static void
plan_ranges(BatchReader *reader)
{
	const Position *from = &reader->span->from;
	const Position *to = &reader->span->to;
	int64		most = position_txid(to, to->xmax) - 1;

	reader->ranges = palloc(sizeof(ScanRange) * (MANY_OPEN + 2));
	reader->range_count = 0;
	if (from->open_count > MANY_OPEN)
		add_range(reader, position_txid(from, from->open[0]), most, PG_INT64_MIN);
	else
	{
		for (int i = 0; i < from->open_count; i++)
		{
			int64		txid = position_txid(from, from->open[i]);

			add_range(reader, txid, txid, PG_INT64_MIN);
		}
		add_range(reader, position_txid(from, from->xmax), most, PG_INT64_MIN);
	}
	add_range(reader, PG_INT64_MIN, most, from->watermark);
}

void
sp_scan_span(const BatchSpan *span, TimestampTz at_least, SpanSink sink, void *context)
{
	BatchReader reader = {
		.span = span,
		.at_least = at_least,
		.sink = sink,
		.context = context
	};
	KindTable  *kinds;
	int			count;

	plan_ranges(&reader);
	if (reader.range_count == 0)
		return;
	reader.due_count = sp_due_leaves(span, &reader.due);
	count = sp_kind_tables(&kinds);
	for (int i = 0; i < count; i++)
		read_kind(&reader, &kinds[i]);
	pfree(kinds);
	pfree(reader.ranges);
}
