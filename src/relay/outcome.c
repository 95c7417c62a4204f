/*
 * outcome.c
 *	  Which reply means sent, retry, unknown or dead.  No I/O.
 *
 * What speaks about the message or its recipient may be final; what speaks
 * about the way there (no connection, a refused login, a busy server) never is.
 */
#include "outcome.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define MAX_RETRY_AFTER (24 * 60 * 60)

Outcome
outcome_make(OutcomeKind kind, const char *format,...)
{
	Outcome		outcome = {kind, BLAME_MESSAGE, 0, ""};
	va_list		arguments;

	va_start(arguments, format);
	vsnprintf(outcome.reason, sizeof(outcome.reason), format, arguments);
	va_end(arguments);
	return outcome;
}

Outcome
outcome_sent(void)
{
	return outcome_make(OUTCOME_SENT, "%s", "");
}

Outcome
outcome_retry(Blame blame, long retry_after, const char *format,...)
{
	Outcome		outcome = {OUTCOME_RETRY, blame, 0, ""};
	va_list		arguments;

	outcome.retry_after = retry_after < MAX_RETRY_AFTER ? retry_after : MAX_RETRY_AFTER;
	va_start(arguments, format);
	vsnprintf(outcome.reason, sizeof(outcome.reason), format, arguments);
	va_end(arguments);
	return outcome;
}

/* Nobody knows whether it arrived: the channel's policy says what that becomes. */
static Outcome
outcome_uncertain(Uncertain policy, const char *what, const char *detail)
{
	static const OutcomeKind kinds[] = {
		[UNCERTAIN_HOLD] = OUTCOME_UNKNOWN,
		[UNCERTAIN_RETRY] = OUTCOME_RETRY,
		[UNCERTAIN_SENT] = OUTCOME_SENT
	};
	Outcome		outcome = outcome_make(kinds[policy], "%s: %s", what, detail);

	outcome.blame = BLAME_EITHER;
	return outcome;
}

/* What HTTP statuses other than 2xx mean. */
static Outcome
outcome_of_status(const TransferResult *result)
{
	/* 429 and 503 speak about the service, not about this message */
	if (result->code == 429 || result->code == 503)
		return outcome_retry(BLAME_CHANNEL, result->retry_after, "HTTP %ld: %s", result->code,
							 result->detail);
	/* 408 and 425 are about this attempt only */
	if (result->code == 408 || result->code == 425 || result->code >= 500)
		return outcome_retry(BLAME_EITHER, result->retry_after, "HTTP %ld: %s", result->code,
							 result->detail);
	if (result->code >= 300 && result->code <= 399)
		return outcome_make(OUTCOME_DEAD, "HTTP %ld: redirects are not followed, configure the final URL",
							result->code);
	return outcome_make(OUTCOME_DEAD, "HTTP %ld: %s", result->code, result->detail);
}

Outcome
outcome_of_nonsense(const TransferResult *result, Uncertain policy, const char *expected)
{
	char		what[120];

	if (result->code >= 400)
		return outcome_of_status(result);
	snprintf(what, sizeof(what), "HTTP %ld without the reply of %s; is there a proxy in between?",
			 result->code, expected);
	return outcome_uncertain(policy, what, result->detail);
}

bool
outcome_of_exchange(const TransferResult *result, Uncertain policy, Outcome *outcome)
{
	if (!result->finished && result->request_begun)
		*outcome = outcome_uncertain(policy, "no reply after the message was sent", result->detail);
	else if (!result->finished)
		*outcome = outcome_retry(BLAME_CHANNEL, 0, "no connection: %s", result->detail);
	else if (result->code >= 200 && result->code <= 299)
		return false;
	else
		*outcome = outcome_of_status(result);
	return true;
}

Outcome
outcome_of_smtp(const TransferResult *result, Uncertain policy)
{
	if (result->finished)
		return outcome_sent();
	if (result->code >= 500 && result->code <= 599 && result->recipient_stage)
		return outcome_make(OUTCOME_DEAD, "refused: %s", result->detail);
	if (result->code >= 400 && result->code <= 599)
		return outcome_retry(result->recipient_stage && result->code != 421 ? BLAME_MESSAGE : BLAME_CHANNEL,
							 0, "not now: %s", result->detail);
	if (result->request_sent)
		return outcome_uncertain(policy, "no reply after the message was sent", result->detail);
	return outcome_retry(result->recipient_stage ? BLAME_EITHER : BLAME_CHANNEL, 0,
						 "not sent: %s", result->detail);
}

/* The index of the outcome that the whole message gets: see outcome_of_mail(). */
static int
deciding_outcome(const Outcome *outcomes, int count)
{
	for (int i = 0; i < count; i++)
		if (outcomes[i].kind == OUTCOME_RETRY)
			return i;
	return 0;
}

Outcome
outcome_of_mail(const Outcome *outcomes, char *const *addresses, int count)
{
	const Outcome *deciding = &outcomes[deciding_outcome(outcomes, count)];
	Outcome		whole = {deciding->kind, deciding->blame, 0, ""};
	size_t		used = 0;

	for (int i = 0; i < count && used < sizeof(whole.reason); i++)
	{
		if (outcomes[i].retry_after > whole.retry_after)
			whole.retry_after = outcomes[i].retry_after;
		if (outcomes[i].reason[0] == '\0')
			continue;
		used += (size_t) snprintf(whole.reason + used, sizeof(whole.reason) - used, "%s%s: %s",
								  used > 0 ? "; " : "", addresses[i], outcomes[i].reason);
	}
	return whole;
}
