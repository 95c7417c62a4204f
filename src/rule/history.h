/*
 * history.h
 *	  Stored events of a rule, key by key: gathered in any order, handed out in
 *	  the order of a replay.
 */
#ifndef SP_HISTORY_H
#define SP_HISTORY_H

#include "rule/live.h"
#include "tcop/dest.h"

/* an event as it is kept; how much of "more" there is depends on the rule */
typedef struct PastEvent
{
	Instant		at;
	int64		event_id;
	int32		input;
	int32		previous;		/* of its key, in the order of gathering; -1 */
	Instant		more[FLEXIBLE_ARRAY_MEMBER];	/* the anchor, when it arrived */
} PastEvent;

typedef const PastEvent *PastEventRef;
typedef struct PastKey PastKey;
typedef struct KeyOrder KeyOrder;
typedef struct PastRun PastRun;
struct past_hash;

typedef struct History
{
	DestReceiver receiver;		/* must be first: takes rows of a history
								 * query */
	const Rule *rule;
	bool		anchored;		/* the anchor is not the event's own instant */
	bool		arrived;		/* by arrival, then as it happened */
	bool		numbered;		/* keys come as numbers */
	Oid			anchor_type;
	MemoryContext context;
	MemoryContext scratch;		/* of one row */
	Size		event_size;
	Size		budget;
	char	   *space;			/* budget bytes: events from the front, */
	char	   *keys;			/* texts of keys from the back */
	int32		count;			/* events in space */
	struct past_hash *table;
	KeyOrder   *order;			/* of the table's keys, once all are gathered */
	int			order_count;
	int			next;			/* in order */
	List	   *runs;			/* what did not fit; then */
	struct binaryheap *merge;	/* they are merged */
	StringInfoData merged_key;
	char	   *stretch;		/* events of that key */
	Size		stretch_size;
	PastEventRef *references;	/* to the events of one key */
	int			reference_room;
} History;

/* one key's events; all is gone with the next key */
typedef struct KeyHistory
{
	const char *key;
	EngineEvent *events;
	TimestampTz *arrivals;		/* NULL as it happened */
	int			count;
	int			room;
} KeyHistory;

/* ---- history.c ---- */
extern History *sp_history_begin(const Rule *rule, bool arrived);
extern bool sp_history_next(History *history, KeyHistory *found);
extern void sp_history_end(History *history);

/* ---- history_run.c ---- */

/* a stretch of sorted events of one key, as it lies in a run */
struct PastRun
{
	struct BufFile *file;
	char	   *key;			/* of the stretch that comes next */
	uint32		key_room;
	uint32		count;			/* its events, not read yet */
};

extern PastRun *sp_past_create(void);
extern void sp_past_begin_key(PastRun *run, const char *key, uint32 count);
extern void sp_past_write(PastRun *run, const void *bytes, Size size);
extern void sp_past_rewind(PastRun *run);
extern bool sp_past_next_key(PastRun *run);
extern void sp_past_read(PastRun *run, void *bytes, Size size);

#endif							/* SP_HISTORY_H */
