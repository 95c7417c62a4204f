/*
 * outbox.c
 *	  Checks of what a delivery worker asks for.
 *
 * The outbox itself is SQL (functions_outbox.sql): a claim is one statement
 * over one index.  Here is what SQL cannot say well: errors with a hint.
 */
#include "base/base.h"

#include "utils/builtins.h"
#include "utils/timestamp.h"

#define MAX_CLAIM	10000

static void
reject_argument(const char *name, const char *detail, const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("invalid %s", name),
			 errdetail("%s", detail),
			 errhint("%s", hint)));
}

static bool
usable_lease(const Interval *lease)
{
	return lease->month == 0 && lease->day >= 0 && lease->day <= 1 &&
		lease->time >= 0 && lease->time <= USECS_PER_DAY &&
		(lease->day > 0 || lease->time > 0);
}

PG_FUNCTION_INFO_V1(sp_check_claim);

/* (worker, max_messages, lease, whether delivery is held): void, or an error */
Datum
sp_check_claim(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(0) || VARSIZE_ANY_EXHDR(PG_GETARG_TEXT_PP(0)) == 0)
		reject_argument("worker", "A worker must say who it is.",
						"Type a name such as 'relay-1'.");
	if (PG_ARGISNULL(1) || PG_GETARG_INT32(1) < 1 || PG_GETARG_INT32(1) > MAX_CLAIM)
		reject_argument("max_messages", "It must be from 1 to 10000.",
						"Type a number such as 100.");
	if (PG_ARGISNULL(2) || !usable_lease(PG_GETARG_INTERVAL_P(2)))
		reject_argument("lease", "It must be more than nothing and at most a day.",
						"Type an interval such as '60 seconds'.");
	if (PG_GETARG_BOOL(3))
		ereport(ERROR,
				(errcode(ERRCODE_SP_DELIVERY_HELD),
				 errmsg("delivery is held"),
				 errdetail("This database is a copy, or was restored: its messages may have been sent elsewhere."),
				 errhint("When it is the one that delivers, type SELECT pulse.resume_delivery().")));
	PG_RETURN_VOID();
}

PG_FUNCTION_INFO_V1(sp_check_outcome);

/* (outcome): the outcome, or an error */
Datum
sp_check_outcome(PG_FUNCTION_ARGS)
{
	const char *outcome = PG_ARGISNULL(0) ? "" : text_to_cstring(PG_GETARG_TEXT_PP(0));

	if (strcmp(outcome, "sent") != 0 && strcmp(outcome, "delivered") != 0 &&
		strcmp(outcome, "unknown") != 0)
		reject_argument("outcome", "An outcome is sent, delivered or unknown.",
						"Type 'sent'; what went wrong is told with pulse.fail_message().");
	PG_RETURN_DATUM(PG_GETARG_DATUM(0));
}
