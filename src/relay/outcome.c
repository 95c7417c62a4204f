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
	Outcome		outcome = {kind, 0, ""};
	va_list		arguments;

	va_start(arguments, format);
	vsnprintf(outcome.reason, sizeof(outcome.reason), format, arguments);
	va_end(arguments);
	return outcome;
}

static Outcome
outcome_uncertain(Uncertain policy, const char *detail)
{
	return outcome_make(policy == UNCERTAIN_RETRY ? OUTCOME_RETRY : OUTCOME_UNKNOWN,
						"no reply after the message was sent: %s", detail);
}

Outcome
outcome_of_http(const TransferResult *result, Uncertain policy)
{
	Outcome		outcome;

	if (!result->finished && result->request_begun)
		return outcome_uncertain(policy, result->detail);
	if (!result->finished)
		return outcome_make(OUTCOME_RETRY, "no connection: %s", result->detail);
	if (result->code >= 200 && result->code <= 299)
		return outcome_make(OUTCOME_SENT, "%s", "");
	/* 408 and 425 are about this attempt only, as 429 and 5xx are */
	if (result->code == 408 || result->code == 425 || result->code == 429 || result->code >= 500)
	{
		outcome = outcome_make(OUTCOME_RETRY, "HTTP %ld: %s", result->code, result->detail);
		outcome.retry_after = result->retry_after < MAX_RETRY_AFTER ?
			result->retry_after : MAX_RETRY_AFTER;
		return outcome;
	}
	if (result->code >= 300 && result->code <= 399)
		return outcome_make(OUTCOME_DEAD, "HTTP %ld: redirects are not followed, configure the final URL",
							result->code);
	return outcome_make(OUTCOME_DEAD, "HTTP %ld: %s", result->code, result->detail);
}

Outcome
outcome_of_smtp(const TransferResult *result, Uncertain policy)
{
	if (result->finished)
		return outcome_make(OUTCOME_SENT, "%s", "");
	if (result->code >= 500 && result->code <= 599 && result->recipient_stage)
		return outcome_make(OUTCOME_DEAD, "refused: %s", result->detail);
	if (result->code >= 400 && result->code <= 599)
		return outcome_make(OUTCOME_RETRY, "not now: %s", result->detail);
	if (result->request_sent)
		return outcome_uncertain(policy, result->detail);
	return outcome_make(OUTCOME_RETRY, "not sent: %s", result->detail);
}

/* The kind that the whole message gets: see outcome_of_mail(). */
static OutcomeKind
mail_kind(const Outcome *outcomes, int count)
{
	for (int i = 0; i < count; i++)
		if (outcomes[i].kind == OUTCOME_RETRY)
			return OUTCOME_RETRY;
	return outcomes[0].kind;
}

Outcome
outcome_of_mail(const Outcome *outcomes, char *const *addresses, int count)
{
	Outcome		whole = {mail_kind(outcomes, count), 0, ""};
	size_t		used = 0;

	for (int i = 0; i < count && used < sizeof(whole.reason); i++)
	{
		if (outcomes[i].retry_after > whole.retry_after)
			whole.retry_after = outcomes[i].retry_after;
		if (outcomes[i].kind == OUTCOME_SENT)
			continue;
		used += (size_t) snprintf(whole.reason + used, sizeof(whole.reason) - used, "%s%s: %s",
								  used > 0 ? "; " : "", addresses[i], outcomes[i].reason);
	}
	return whole;
}
