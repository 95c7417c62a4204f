/*
 * lock.c
 *	  The engine's own locks: what only one session does at a time.
 *
 * Anybody may take any advisory lock, and so stop an engine that goes by one.
 * These are locks on parts of the extension as an object, which have no number in
 * any catalog: no statement takes them.
 */
#include "base/base.h"

#include "catalog/pg_extension.h"
#include "commands/extension.h"
#include "miscadmin.h"
#include "storage/lock.h"

PG_FUNCTION_INFO_V1(sp_engine_lock);

/* (part, wait) -> boolean: is it ours, until the end of the transaction? */
Datum
sp_engine_lock(PG_FUNCTION_ARGS)
{
	LOCKTAG		tag;

	SET_LOCKTAG_OBJECT(tag, MyDatabaseId, ExtensionRelationId,
					   get_extension_oid("salespulse", false), PG_GETARG_INT32(0));
	PG_RETURN_BOOL(LockAcquire(&tag, ExclusiveLock, false, !PG_GETARG_BOOL(1)) != LOCKACQUIRE_NOT_AVAIL);
}
