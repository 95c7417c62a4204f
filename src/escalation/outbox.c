/*
 * outbox.c
 *	  Checks of what a delivery worker asks for: errors with a hint.
 */
#include "escalation/queue.h"

#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#define MAX_CLAIM	10000
#define MAX_REASON	2000

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

extern Datum sp_delivery_held(PG_FUNCTION_ARGS);	/* of the events' room */

/* the SQL of 0.1.0 names these two: it has to install beside this library before it is updated */
PG_FUNCTION_INFO_V1(sp_check_claim);
PG_FUNCTION_INFO_V1(sp_check_outcome);

/* (worker, max_messages, lease, ...): nothing, or an error */
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
	if (DatumGetBool(DirectFunctionCall1(sp_delivery_held, (Datum) 0)))
		ereport(ERROR,
				(errcode(ERRCODE_SP_DELIVERY_HELD),
				 errmsg("delivery is held"),
				 errdetail("This database is a copy, or was restored: its messages may have been sent elsewhere."),
				 errhint("When it is the one that delivers, type SELECT pulse.resume_delivery().")));
	return (Datum) 0;
}

/* What an argument says of a message, or an error. */
const char *
sp_outcome(FunctionCallInfo fcinfo, int argument)
{
	const char *outcome = PG_ARGISNULL(argument) ? "" : text_to_cstring(PG_GETARG_TEXT_PP(argument));

	if (strcmp(outcome, "sent") != 0 && strcmp(outcome, "delivered") != 0 &&
		strcmp(outcome, "unknown") != 0)
		reject_argument("outcome", "An outcome is sent, delivered or unknown.",
						"Type 'sent'; what went wrong is told with pulse.fail_message().");
	return outcome;
}

Datum
sp_check_outcome(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(cstring_to_text(sp_outcome(fcinfo, 0)));
}

/* At most MAX_REASON characters. */
char *
sp_shortened(char *reason)
{
	reason[pg_mbcharcliplen(reason, strlen(reason), MAX_REASON)] = '\0';
	return reason;
}
