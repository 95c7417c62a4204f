/*
 * batch_core.h
 *	  What a position of a consumer means, and a batch sorted in bounded memory.
 *	  Pure: no server, no clock.
 *
 * A position is (incarnation, snapshot S, watermark W).  It has consumed an
 * event when the event is visible in S and its instant is before W.  All of an
 * older incarnation is visible: it has no writers left.  A batch is what the
 * new position has consumed and the old one had not.
 */
#ifndef SP_BATCH_CORE_H
#define SP_BATCH_CORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

#define TXID_BITS	48			/* below them the transaction, above the
								 * incarnation */

typedef struct Position
{
	int			incarnation;
	uint64_t	xmax;			/* first transaction that had not begun */
	int			open_count;		/* those before it that had not ended,
								 * ascending */
	uint64_t   *open;
	int64_t		watermark;
	int64_t		recorded_floor; /* what is not visible arrives no earlier */
} Position;

static inline int64_t
position_txid(const Position *position, uint64_t xid)
{
	return ((int64_t) position->incarnation << TXID_BITS) | (int64_t) xid;
}

extern bool position_sees(const Position *position, int64_t txid);
extern bool position_consumed(const Position *position, int64_t txid, int64_t at);
extern bool snapshot_parse(const char *text, Arena *arena, Position *position);
extern char *snapshot_print(const Position *position, Arena *arena);

typedef struct RunEvent
{
	int64_t		at;
	int64_t		event_id;
	int64_t		recorded;
	int32_t		kind_id;
	bool		late;			/* before the old watermark */
} RunEvent;

/*
 * The first "limit" events of a batch behind the key (after_at, after_id), in
 * order.  More than half as many again are never held.
 */
typedef struct Run
{
	RunEvent   *events;
	size_t		count;
	size_t		room;
	size_t		limit;
	int64_t		after_at;
	int64_t		after_id;
	bool		cut;			/* the batch has more than these */
	RunEvent	last;			/* when cut: nothing behind it is wanted */
	void	   *(*resize) (void *context, void *memory, size_t size);
	void	   *context;
} Run;

extern void run_begin(Run *run, size_t limit, int64_t after_at, int64_t after_id,
					  void *(*resize) (void *, void *, size_t), void *context);
extern void run_add(Run *run, const RunEvent *event);
extern void run_end(Run *run);
extern bool run_covers(const Run *run, int64_t at, int64_t event_id);
extern size_t run_seek(const Run *run, int64_t at, int64_t event_id);

#endif							/* SP_BATCH_CORE_H */
