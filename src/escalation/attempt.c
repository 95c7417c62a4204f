/*
 * attempt.c
 *	  Work that may fail without failing the tick: what applications' tables
 *	  and calendars hold is not ours to trust.
 */
#include "base/base.h"

#include "access/xact.h"
#include "escalation/attempt.h"
#include "utils/resowner.h"

char *
sp_attempt(void (*work) (void *argument), void *argument)
{
	MemoryContext caller = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	char	   *volatile reason = NULL;

	BeginInternalSubTransaction(NULL);
	XactReadOnly = true;
	MemoryContextSwitchTo(caller);
	PG_TRY();
	{
		work(argument);
		ReleaseCurrentSubTransaction();
	}
	PG_CATCH();
	{
		ErrorData  *error;

		MemoryContextSwitchTo(caller);
		error = CopyErrorData();
		if (error->sqlerrcode == ERRCODE_QUERY_CANCELED)
			PG_RE_THROW();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
		reason = error->message;
	}
	PG_END_TRY();
	MemoryContextSwitchTo(caller);
	CurrentResourceOwner = owner;
	return reason;
}
