/*
 * event.h
 *	  Event kinds and how rows get into their tables.
 *
 * An event kind is a table, partitioned by month of arrival.  Whoever writes a
 * row first calls sp_event_begin_write(): it takes the writer's lock, which
 * holds the watermark back until the transaction ends, and only then reads the
 * clock.  So no event appears with an instant before a watermark that its
 * writer's start did not precede.
 */
#ifndef SP_EVENT_H
#define SP_EVENT_H

#include "postgres.h"

#include "access/htup.h"
#include "datatype/timestamp.h"
#include "executor/tuptable.h"
#include "nodes/pg_list.h"
#include "utils/relcache.h"

/* positions of the header columns in each event table */
#define EVENT_ATT_ID		1
#define EVENT_ATT_AT		2
#define EVENT_ATT_RECORDED	3
#define EVENT_ATT_TXID		4
#define EVENT_HEADER_ATTS	4

/* ---- kind.c ---- */

typedef struct EventKind
{
	int32		kind_id;
	Oid			relid;			/* the partitioned table */
	char		name[NAMEDATALEN];
} EventKind;

/* good until the end of the transaction; NULL or SP401 when there is none */
extern const EventKind *sp_event_kind_by_name(const char *name, bool missing_ok);
extern const EventKind *sp_event_kind_by_id(int32 kind_id, bool missing_ok);
extern List *sp_event_kinds(void);	/* of EventKind */
extern void sp_make_event_schema(void); /* where there is none yet */

/* ---- stamp.c ---- */

typedef struct EventStamp
{
	TimestampTz recorded;		/* sp_clock(), read after the lock was taken */
	int64		txid;			/* incarnation << 48 | top-level full
								 * transaction id */
} EventStamp;

/* Idempotent within a transaction but for "recorded", which is read anew. */
extern void sp_event_begin_write(EventStamp *stamp);

/* The first of count consecutive ids; count is at most EVENT_ID_BLOCK. */
#define EVENT_ID_BLOCK	64
extern int64 sp_event_next_ids(int count);

/* ---- leaf.c ---- */

/*
 * Leaves of one kind from the clock's month to two months ahead, where missing,
 * as the owner of the event table.  Writers are not blocked.
 */
extern void sp_make_leaves(int32 kind_id, Oid relid);

/* The leaf that a row recorded then goes to; the default leaf when none is for it. */
extern Oid	sp_leaf_for(Oid relid, TimestampTz recorded);

/* ---- watch_row.c ---- */

extern Oid	sp_watched_for(Relation rel, int32 kind_id);
extern HeapTuple sp_event_of_row(Relation rel, int32 kind_id, TupleTableSlot *old_row,
								 TupleTableSlot *new_row, TupleDesc *desc);

#endif							/* SP_EVENT_H */
