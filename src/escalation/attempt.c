/*
 * attempt.c
 *	  Work that may fail without failing the tick: what applications' tables,
 *	  functions and calendars hold is not ours to trust.
 */
#include "base/base.h"

#include "access/xact.h"
#include "escalation/attempt.h"
#include "rule/live.h"
#include "utils/resowner.h"

/* The message of the error in hand, once its subtransaction is gone. */
static char *
take_back(MemoryContext caller, ResourceOwner owner, bool time_was_up)
{
	ErrorData  *error;

	MemoryContextSwitchTo(caller);
	error = CopyErrorData();
	if (error->sqlerrcode == ERRCODE_QUERY_CANCELED && !time_was_up)
		PG_RE_THROW();
	FlushErrorState();
	RollbackAndReleaseCurrentSubTransaction();
	MemoryContextSwitchTo(caller);
	CurrentResourceOwner = owner;
	return time_was_up ? psprintf("it took longer than rule_time_limit, %s", sp_setting("rule_time_limit"))
		: error->message;
}

static char *
attempt(void (*work) (void *argument), void *argument, bool writes, bool limited)
{
	MemoryContext caller = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	char	   *volatile reason = NULL;

	BeginInternalSubTransaction(NULL);
	if (!writes)
		XactReadOnly = true;
	MemoryContextSwitchTo(caller);
	PG_TRY();
	{
		if (limited)
			sp_limit_begin();
		work(argument);
		if (limited)
			(void) sp_limit_end();
		ReleaseCurrentSubTransaction();
	}
	PG_CATCH();
	{
		reason = take_back(caller, owner, limited && sp_limit_end());
	}
	PG_END_TRY();
	MemoryContextSwitchTo(caller);
	CurrentResourceOwner = owner;
	return reason;
}

char *
sp_attempt(void (*work) (void *argument), void *argument)
{
	return attempt(work, argument, false, false);
}

char *
sp_attempt_writing(void (*work) (void *argument), void *argument)
{
	return attempt(work, argument, true, false);
}

char *
sp_attempt_limited(void (*work) (void *argument), void *argument, bool writes)
{
	return attempt(work, argument, writes, true);
}
