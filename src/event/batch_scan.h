/*
 * batch_scan.h
 *	  Inside the event room: reading the events of a batch from their leaves, and
 *	  the position of now.
 */
#ifndef SP_BATCH_SCAN_H
#define SP_BATCH_SCAN_H

#include "postgres.h"

#include "event/batch_core.h"
#include "event/leaf.h"

/* What lies between two positions of a consumer. */
typedef struct BatchSpan
{
	const char *consumer;
	Position	from;
	Position	to;
	Arena		arena;			/* of the positions' snapshots */
} BatchSpan;

/* A leaf of an earlier month that has to be read once more. */
typedef struct DueLeaf
{
	int32		kind_id;
	TimestampTz since;
} DueLeaf;

/* ---- batch_now.c ---- */

/*
 * The clock, the locks, the snapshot, in this order.  The snapshot becomes the
 * active one: read what the position sees by it, then pop it.
 */
extern void sp_position_now(Position *now, TimestampTz least_watermark, Arena *arena);

/* Writers that began before this instant hold no watermark back any more. */
extern TimestampTz sp_max_hold_since(TimestampTz clock);

/* ---- batch_leaf.c ---- */

/* A leaf that rows not seen by a position with this floor may still lie in. */
extern bool sp_leaf_is_hot(const Leaf *leaf, TimestampTz recorded_floor);
extern int	sp_due_leaves(const BatchSpan *span, DueLeaf **due);
extern void sp_remember_leaves(const BatchSpan *span);

/* ---- batch_scan.c ---- */

/* One row of a leaf; its header. */
typedef struct EventHeader
{
	int64		event_id;
	TimestampTz at;
	TimestampTz recorded;
	int64		txid;
} EventHeader;

/* Rows to look at: bounds on txid and at, each closed; they may be wider than the truth. */
typedef struct ScanRange
{
	int64		txid_least;
	int64		txid_most;
	TimestampTz at_least;
	TimestampTz at_most;
} ScanRange;

typedef void (*HeaderSink) (void *context, const EventHeader *header);

extern void sp_scan_leaf(Oid leaf, const ScanRange *ranges, int range_count,
						 HeaderSink sink, void *context);

typedef void (*SpanSink) (void *context, int32 kind_id, const EventHeader *header);

/*
 * What the span holds from this instant on, by the active snapshot, in no order.
 */
extern void sp_scan_span(const BatchSpan *span, TimestampTz at_least,
						 SpanSink sink, void *context);

/* Event kinds and their tables, from the catalog as it is now. */
typedef struct KindTable
{
	int32		kind_id;
	Oid			relid;
} KindTable;

extern int	sp_kind_tables(KindTable **kinds);

/* Goes up when an event kind may have come, gone or changed. */
extern uint64 sp_kind_changes(void);

#endif							/* SP_BATCH_SCAN_H */
