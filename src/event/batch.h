/*
 * batch.h
 *	  What a consumer of events sees: the next slice of the next batch.
 *
 * A position is (incarnation, snapshot, watermark).  A batch is what the new
 * position consumes and the old one did not; it is worked off in slices, each
 * committed with its results, so nothing is lost or read twice.
 *
 * A large batch can be shared out over lanes (sp_batch_split()): each lane goes
 * through all of its events at its own pace, slice by slice, and makes of them
 * what is its part by the consumer's own division.  The next batch begins when
 * all lanes are through.
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
	int			lane;			/* of "lanes" */
	int			lanes;			/* 0: the batch is not shared out */
	bool		joined;			/* the lanes of the batch before are through */
	bool		lingers;		/* set by the consumer: the lane has still to
								 * do, though not with events */
	void	   *private_state;
} Batch;

/*
 * Makes a consumer that has consumed what happened before "since", or, with
 * DT_NOEND, what is before the watermark of now.  False: there is one already.
 * sp_batch_next() makes one that starts now where there is none.
 */
extern bool sp_batch_register(const char *consumer, TimestampTz since);

/*
 * Locks the consumer, or a lane of it that nobody works for, until the end of
 * the transaction and reads its next slice of at most max_events, or, as all
 * lanes read them, of so many for each.  False: other sessions do all there is to
 * do for this consumer.
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
 * Instead of sp_batch_done(): this transaction does nothing of a batch that is not
 * shared out yet, and from its commit on sessions share it, a lane each.
 */
extern void sp_batch_split(Batch *batch, int lanes);

/*
 * Waits for whoever works for the consumer, and gives its position, or that of each
 * of its lanes, as batches without events; returns how many.  Until the end of the
 * transaction nobody works for it.
 */
extern int	sp_batch_hold(const char *consumer, Batch **batches);

/* Was an event consumed before this slice?  txid as its column has it. */
extern bool sp_batch_consumed(const Batch *batch, int64 txid, TimestampTz at, int64 event_id);

#endif							/* SP_BATCH_H */
