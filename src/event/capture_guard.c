/*
 * capture_guard.c
 *	  An internal subtransaction in which something may fail without failing
 *	  the statement around it.
 *
 * Evaluation is guarded with an author: it runs with the author's rights in a
 * restricted context, read only, with a pinned search_path and in the business
 * time zone, whatever the client has set.  It takes no transaction id.
 * Invariant: between begin and end, or failed, the current subtransaction is
 * the guard's own.
 */
#include "base/base.h"

#include "access/xact.h"
#include "event/watch.h"
#include "miscadmin.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

static void
set_locally(const char *name, const char *value)
{
	(void) set_config_option(name, value, PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_SAVE, true, 0, false);
}

/* InvalidOid: no change of user, and writing is allowed. */
void
sp_guard_begin(CaptureGuard *guard, Oid author)
{
	memset(guard, 0, sizeof(CaptureGuard));
	guard->context = CurrentMemoryContext;
	guard->owner = CurrentResourceOwner;
	BeginInternalSubTransaction(NULL);
	guard->begun = true;
	MemoryContextSwitchTo(guard->context);
	if (!OidIsValid(author))
		return;
	guard->restricted = true;
	XactReadOnly = true;
	GetUserIdAndSecContext(&guard->saved_user, &guard->saved_sec);
	SetUserIdAndSecContext(author, guard->saved_sec |
						   SECURITY_LOCAL_USERID_CHANGE | SECURITY_RESTRICTED_OPERATION);
	guard->guc_nestlevel = NewGUCNestLevel();
	RestrictSearchPath();
	sp_work_begin(author);
	set_locally("timezone", sp_setting("timezone"));
	set_locally("datestyle", "ISO, YMD");
	PushActiveSnapshot(GetTransactionSnapshot());
}

void
sp_guard_end(CaptureGuard *guard)
{
	if (guard->restricted)
	{
		PopActiveSnapshot();
		/* false: what the author's code may have SET ends here, too */
		AtEOXact_GUC(false, guard->guc_nestlevel);
		SetUserIdAndSecContext(guard->saved_user, guard->saved_sec);
	}
	ReleaseCurrentSubTransaction();
	MemoryContextSwitchTo(guard->context);
	CurrentResourceOwner = guard->owner;
}

/* What is wrong with the server or with this transaction is not ours to hide. */
static bool
may_be_held_back(int sqlerrcode)
{
	switch (ERRCODE_TO_CATEGORY(sqlerrcode))
	{
		case ERRCODE_TRANSACTION_ROLLBACK:
		case ERRCODE_INSUFFICIENT_RESOURCES:
		case ERRCODE_OPERATOR_INTERVENTION:
		case ERRCODE_SYSTEM_ERROR:
			return false;
		default:
			return sqlerrcode != ERRCODE_DATA_CORRUPTED &&
				sqlerrcode != ERRCODE_INDEX_CORRUPTED;
	}
}

/*
 * In PG_CATCH(): rolls the guard back and returns the error, in the memory
 * context that was current at its beginning.
 */
ErrorData *
sp_guard_roll_back(CaptureGuard *guard)
{
	ErrorData  *error;

	if (!guard->begun)
		PG_RE_THROW();
	MemoryContextSwitchTo(guard->context);
	error = CopyErrorData();
	FlushErrorState();
	RollbackAndReleaseCurrentSubTransaction();
	MemoryContextSwitchTo(guard->context);
	CurrentResourceOwner = guard->owner;
	return error;
}

/* Likewise, but raises again what nobody may hold back. */
ErrorData *
sp_guard_failed(CaptureGuard *guard)
{
	ErrorData  *error = sp_guard_roll_back(guard);

	if (!may_be_held_back(error->sqlerrcode))
		ReThrowError(error);
	return error;
}
