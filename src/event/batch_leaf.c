/*
 * batch_leaf.c
 *	  Which leaves a consumer still has to read.
 *
 * What a position does not see arrives no earlier than its recorded_floor, so
 * the leaves of earlier months are cold: all their events are visible.  One
 * month more is kept hot, for clocks that are set a little.  An event in a cold
 * leaf may still lie in the future; pulse_internal.consumer_leaf remembers the
 * least such instant of each cold leaf that has one.  Invariant: an event that
 * the position has not consumed lies in a hot leaf or in one that is remembered
 * with an instant not later than its own.
 */
#include "base/base.h"

#include "access/table.h"
#include "catalog/pg_type.h"
#include "event/batch_scan.h"
#include "event/event.h"
#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

bool
sp_leaf_is_hot(const Leaf *leaf, TimestampTz recorded_floor)
{
	return leaf->is_default || leaf->until > sp_leaf_month(recorded_floor, -1);
}

/* Of the remembered leaves those in which an event has happened meanwhile. */
int
sp_due_leaves(const BatchSpan *span, DueLeaf **due)
{
	MemoryContext caller = CurrentMemoryContext;
	Oid			types[] = {TEXTOID, TIMESTAMPTZOID};
	Datum		values[] = {
		CStringGetTextDatum(span->consumer),
		TimestampTzGetDatum(span->to.watermark)
	};
	SpSpiScope	scope;
	int			count;

	sp_spi_begin_as(&scope, sp_owner_role());
	if (SPI_execute_with_args("SELECT kind_id, since FROM pulse_internal.consumer_leaf"
							  " WHERE consumer = $1 AND next_at < $2",
							  2, types, values, NULL, true, 0) != SPI_OK_SELECT)
		elog(ERROR, "leaves of consumer \"%s\" could not be read", span->consumer);
	count = SPI_processed;
	*due = MemoryContextAlloc(caller, sizeof(DueLeaf) * Max(count, 1));
	for (int i = 0; i < count; i++)
	{
		bool		isnull;

		(*due)[i].kind_id =
			DatumGetInt32(SPI_getbinval(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 1, &isnull));
		(*due)[i].since =
			DatumGetTimestampTz(SPI_getbinval(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 2, &isnull));
	}
	sp_spi_end(&scope);
	return count;
}

static void
least_at(void *context, const EventHeader *header)
{
	TimestampTz *least = context;

	*least = Min(*least, header->at);
}

static void
forget_due_leaves(const BatchSpan *span)
{
	Oid			types[] = {TEXTOID, TIMESTAMPTZOID};
	Datum		values[] = {
		CStringGetTextDatum(span->consumer),
		TimestampTzGetDatum(span->to.watermark)
	};

	(void) sp_execute_as_owner("DELETE FROM pulse_internal.consumer_leaf"
							   " WHERE consumer = $1 AND next_at < $2",
							   SPI_OK_DELETE, 2, types, values, NULL);
}

static void
remember_leaf(const BatchSpan *span, int32 kind_id, const Leaf *leaf)
{
	ScanRange	future = {PG_INT64_MIN, PG_INT64_MAX, span->to.watermark, PG_INT64_MAX};
	TimestampTz least = DT_NOEND;
	Oid			types[] = {TEXTOID, INT4OID, TIMESTAMPTZOID, TIMESTAMPTZOID};
	Datum		values[4];

	sp_scan_leaf(leaf->relid, &future, 1, least_at, &least);
	if (TIMESTAMP_IS_NOEND(least))
		return;
	values[0] = CStringGetTextDatum(span->consumer);
	values[1] = Int32GetDatum(kind_id);
	values[2] = TimestampTzGetDatum(leaf->since);
	values[3] = TimestampTzGetDatum(least);
	(void) sp_execute_as_owner("INSERT INTO pulse_internal.consumer_leaf"
							   " (consumer, kind_id, since, next_at) VALUES ($1, $2, $3, $4)"
							   " ON CONFLICT ON CONSTRAINT consumer_leaf_pkey"
							   " DO UPDATE SET next_at = excluded.next_at",
							   SPI_OK_INSERT, 4, types, values, NULL);
}

static void
remember_leaves_of(const BatchSpan *span, const KindTable *kind,
				   const DueLeaf *due, int due_count)
{
	Relation	root = try_table_open(kind->relid, AccessShareLock);
	Leaf	   *leaves;
	int			count;

	if (root == NULL)
		return;
	count = sp_leaves(root, &leaves);
	for (int i = 0; i < count; i++)
	{
		bool		read_now = sp_leaf_is_hot(&leaves[i], span->from.recorded_floor);

		for (int j = 0; j < due_count && !read_now; j++)
			read_now = due[j].kind_id == kind->kind_id && due[j].since == leaves[i].since;
		if (read_now && !sp_leaf_is_hot(&leaves[i], span->to.recorded_floor))
			remember_leaf(span, kind->kind_id, &leaves[i]);
	}
	pfree(leaves);
	table_close(root, AccessShareLock);
}

/* When the position moves from one end of the span to the other. */
void
sp_remember_leaves(const BatchSpan *span)
{
	DueLeaf    *due;
	int			due_count = sp_due_leaves(span, &due);
	KindTable  *kinds;
	int			count;

	if (due_count == 0 &&
		sp_leaf_month(span->from.recorded_floor, 0) == sp_leaf_month(span->to.recorded_floor, 0))
		return;
	if (due_count > 0)
		forget_due_leaves(span);
	PushActiveSnapshot(GetLatestSnapshot());	/* the caller's may be older */
	count = sp_kind_tables(&kinds);
	for (int i = 0; i < count; i++)
		remember_leaves_of(span, &kinds[i], due, due_count);
	PopActiveSnapshot();
	pfree(kinds);
}
