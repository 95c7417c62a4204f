/*
 * batch.h
 *	  What a consumer of events sees: the next slice of the next batch.
 *
 * A position is (incarnation, snapshot, watermark).  A batch is what the new
 * position consumes and the old one did not; it is worked off in slices, each
 * committed with its results, so nothing is lost or read twice.
 */
#ifndef SP_BATCH_H
#define SP_BATCH_H

#include "postgres.h"

#include "datatype/timestamp.h"

typedef struct BatchEvent
{
	TimestampTz at;
	int64		event_id;
	int32		kind_id;		/* pulse_internal.event_kind.kind_id */
	bool		late;			/* at < the watermark before this batch */
} BatchEvent;

typedef struct Batch
{
	const char *consumer;
	TimestampTz low;			/* due times up to here were swept before */
	TimestampTz high;			/* due times up to here may be swept now */
	TimestampTz recorded_since; /* no event of the slice was recorded before */
	BatchEvent *events;			/* by (at, event_id) */
	int			event_count;
	bool		more;			/* call again: the batch goes on */
	void	   *private_state;
} Batch;

/*
 * Makes a consumer that has consumed what happened before "since", or, with
 * DT_NOEND, what is before the watermark of now.  False: there is one already.
 * sp_batch_next() makes one that starts now where there is none.
 */
extern bool sp_batch_register(const char *consumer, TimestampTz since);

/*
 * Locks the consumer until the end of the transaction and reads its next slice
 * of at most max_events.  False: another session works for this consumer.
 * Raises 25000 in a transaction with a snapshot of its own (REPEATABLE READ,
 * SERIALIZABLE).  Events that this transaction writes come after its commit.
 */
extern bool sp_batch_next(const char *consumer, int max_events, Batch *batch);

/*
 * Moves the position past the slice.  A consumer that had too much to do may
 * have lowered "high" before: then only events that are late or before "high"
 * count as consumed.
 */
extern void sp_batch_done(Batch *batch);

/*
 * Waits for whoever works for the consumer, and gives its position as a batch
 * without events.  Until the end of the transaction nobody works for it.
 */
extern void sp_batch_hold(const char *consumer, Batch *batch);

/* Was an event consumed before this slice?  txid as its column has it. */
extern bool sp_batch_consumed(const Batch *batch, int64 txid, TimestampTz at, int64 event_id);

#endif							/* SP_BATCH_H */
