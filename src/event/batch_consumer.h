/*
 * batch_consumer.h
 *	  Inside the event room: the row of a consumer.
 */
#ifndef SP_BATCH_CONSUMER_H
#define SP_BATCH_CONSUMER_H

#include "postgres.h"

#include "event/batch_scan.h"

typedef struct ConsumerRow
{
	BatchSpan	span;			/* "to" only when in_batch */
	bool		in_batch;
	TimestampTz slice_at;		/* key of the batch's last consumed event */
	int64		slice_event;
	int			lanes;			/* the batch is shared out over; 0: it is not */
	int			lane;			/* whose key that is, then */
} ConsumerRow;

/*
 * Registers the consumer if need be, and locks its row until the end of the
 * transaction.  False: another session holds it.
 */
extern bool sp_consumer_lock(const char *name, ConsumerRow *row);

/* Waits until no session holds it, and holds it. */
extern void sp_consumer_wait(const char *name);

/* As it is, not locked: for who holds a lane of it. */
extern void sp_consumer_read(const char *name, ConsumerRow *row);

/* All of them as they are, not locked; in the caller's memory. */
extern int	sp_consumers(ConsumerRow **rows);

/* Saves the key of a slice, or the position when the batch is finished. */
extern void sp_consumer_save(const ConsumerRow *row, bool finished,
							 int events, int late_events);

/* ---- batch_lane.c ---- */

/* Locks a lane that has something to do, and takes its slice into the row. */
extern bool sp_lane_lock(const char *name, ConsumerRow *row);

/* Waits for each of the lanes, and locks it; how many there are. */
extern int	sp_lane_wait_all(const char *name, ConsumerRow *rows, int room);

/* Are all lanes through, and nobody at work?  Then the batch is over. */
extern void sp_lane_least(ConsumerRow *row);
extern bool sp_lane_join(ConsumerRow *row);
extern void sp_lane_split(ConsumerRow *row, int lanes);
extern void sp_lane_save(const ConsumerRow *row, bool finished, int events, int late_events);

#endif							/* SP_BATCH_CONSUMER_H */
