/*
 * stamp.c
 *	  What a writer of events does first: the writer's lock, then the clock, the
 *	  transaction's number and ids.
 *
 * The lock is a shared advisory lock of our own class that carries the instant
 * at which the transaction began to write.  It is taken once per top-level
 * transaction and belongs to it, so neither a rolled-back savepoint nor PREPARE
 * TRANSACTION lets go of it.  Invariant: an instant that this file hands out
 * was read after the lock was taken, and the lock's instant before; so a reader
 * that sees the clock, then the locks, then takes a snapshot knows that what it
 * cannot see yet is not older than the least of clock and locks.
 */
#include "base/base.h"

#include "access/transam.h"
#include "access/xact.h"
#include "commands/sequence.h"
#include "event/batch_core.h"
#include "event/event.h"
#include "event/writer.h"
#include "miscadmin.h"
#include "storage/lock.h"
#include "storage/proc.h"
#include "utils/resowner.h"
#include "utils/timestamp.h"

/* the part of a lock tag that SQL's advisory locks set to 1 or 2: "SP" */
#define WRITER_LOCK_CLASS	0x5350

static LocalTransactionId locked_in = InvalidLocalTransactionId;

/* ids of the block taken last */
static int64 next_id;
static int	ids_left = 0;
static Oid	ids_of = InvalidOid;

/* At the level of the top transaction, whatever savepoint we are in. */
static void
take_writer_lock(TimestampTz since)
{
	ResourceOwner current = CurrentResourceOwner;
	uint64		instant = (uint64) since;
	LOCKTAG		tag;

	SET_LOCKTAG_ADVISORY(tag, MyDatabaseId, (uint32) (instant >> 32),
						 (uint32) instant, WRITER_LOCK_CLASS);
	CurrentResourceOwner = TopTransactionResourceOwner;
	(void) LockAcquire(&tag, ShareLock, false, false);
	CurrentResourceOwner = current;
	locked_in = MyLocalTransactionId;
}

static inline void
begin_write(void)
{
	if (locked_in != MyLocalTransactionId)
		take_writer_lock(sp_clock());
}

static int64
current_txid(void)
{
	return ((int64) sp_incarnation() << TXID_BITS) |
		(int64) U64FromFullTransactionId(GetTopFullTransactionId());
}

void
sp_event_begin_write(EventStamp *stamp)
{
	begin_write();
	stamp->txid = current_txid();
	stamp->recorded = sp_clock();
}

/*
 * Writers of this database that hold the lock, in no order.  A prepared
 * transaction has no pid.
 */
int
sp_open_writers(OpenWriter **writers)
{
	LockData   *locks = GetLockStatusData();
	int			count = 0;

	*writers = palloc(sizeof(OpenWriter) * Max(locks->nelements, 1));
	for (int i = 0; i < locks->nelements; i++)
	{
		LockInstanceData *lock = &locks->locks[i];
		LOCKTAG    *tag = &lock->locktag;

		if (tag->locktag_type != LOCKTAG_ADVISORY ||
			tag->locktag_field1 != MyDatabaseId ||
			tag->locktag_field4 != WRITER_LOCK_CLASS || lock->holdMask == 0)
			continue;
		(*writers)[count].pid = lock->pid;
		(*writers)[count].since = (TimestampTz)
			(((uint64) tag->locktag_field2 << 32) | tag->locktag_field3);
		count++;
	}
	return count;
}

int64
sp_event_next_ids(int count)
{
	Oid			sequence = sp_internal_relid("event_id", false);

	Assert(count > 0 && count <= EVENT_ID_BLOCK);
	if (ids_left < count || ids_of != sequence)
	{
		next_id = nextval_internal(sequence, false);
		ids_left = EVENT_ID_BLOCK;
		ids_of = sequence;
	}
	next_id += count;
	ids_left -= count;
	return next_id - count;
}

PG_FUNCTION_INFO_V1(sp_next_event_id);
PG_FUNCTION_INFO_V1(sp_event_at);
PG_FUNCTION_INFO_V1(sp_event_recorded);
PG_FUNCTION_INFO_V1(sp_event_txid_value);

/* Column defaults of event tables; the first to run takes the lock. */
Datum
sp_next_event_id(PG_FUNCTION_ARGS)
{
	begin_write();
	PG_RETURN_INT64(sp_event_next_ids(1));
}

Datum
sp_event_at(PG_FUNCTION_ARGS)
{
	begin_write();
	PG_RETURN_TIMESTAMPTZ(sp_clock());
}

Datum
sp_event_recorded(PG_FUNCTION_ARGS)
{
	return sp_event_at(fcinfo);
}

Datum
sp_event_txid_value(PG_FUNCTION_ARGS)
{
	begin_write();
	PG_RETURN_INT64(current_txid());
}
