/*
 * live_attempt.c
 *	  Work of a sweep that may fail without failing the sweep: what people's
 *	  conditions, tables and indexes do is not ours to trust.
 *
 * It runs in a subtransaction, within the time limit of a rule; it only reads, so
 * it costs no transaction id.
 */
#include "rule/live.h"

#include "access/xact.h"
#include "utils/elog.h"
#include "utils/resowner.h"

/* Is it about the server's state rather than the work?  Then nobody is to blame. */
static bool
is_passing(const ErrorData *error)
{
	int			category = ERRCODE_TO_CATEGORY(error->sqlerrcode);

	return category == ERRCODE_TRANSACTION_ROLLBACK ||
		category == ERRCODE_INSUFFICIENT_RESOURCES ||
		category == ERRCODE_OPERATOR_INTERVENTION ||
		category == ERRCODE_SYSTEM_ERROR ||
		error->sqlerrcode == ERRCODE_LOCK_NOT_AVAILABLE;
}

static const char *
failure_of(const ErrorData *error, bool time_was_up)
{
	if (time_was_up && error->sqlerrcode == ERRCODE_QUERY_CANCELED)
		return psprintf("it took longer than rule_time_limit, %s", sp_setting("rule_time_limit"));
	return psprintf("%s (%s)", error->message, unpack_sql_state(error->sqlerrcode));
}

/* Why it failed, or NULL. */
const char *
sp_attempt_reading(void (*work) (void *argument), void *argument)
{
	MemoryContext context = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	const char *volatile failure = NULL;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(context);
	PG_TRY();
	{
		sp_limit_begin();
		work(argument);
		(void) sp_limit_end();
		ReleaseCurrentSubTransaction();
		MemoryContextSwitchTo(context);
		CurrentResourceOwner = owner;
	}
	PG_CATCH();
	{
		bool		time_was_up = sp_limit_end();
		ErrorData  *error;

		MemoryContextSwitchTo(context);
		error = CopyErrorData();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
		MemoryContextSwitchTo(context);
		CurrentResourceOwner = owner;
		if (is_passing(error) && !time_was_up)
			ReThrowError(error);
		failure = failure_of(error, time_was_up);
	}
	PG_END_TRY();
	return failure;
}
