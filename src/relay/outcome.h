/*
 * outcome.h
 *	  Which reply means sent, retry, unknown or dead.
 */
#ifndef RELAY_OUTCOME_H
#define RELAY_OUTCOME_H

#include <stdbool.h>

#include "config.h"

typedef enum OutcomeKind
{
	OUTCOME_SENT,
	OUTCOME_RETRY,
	OUTCOME_UNKNOWN,			/* it may have arrived */
	OUTCOME_DEAD				/* no repeat will help */
} OutcomeKind;

/* What was at fault, where something was. */
typedef enum Blame
{
	BLAME_MESSAGE,				/* the message or its recipient: the channel
								 * works */
	BLAME_EITHER,				/* nobody can know */
	BLAME_CHANNEL				/* the way there: no message would have come
								 * through, so this one loses no try */
} Blame;

typedef struct Outcome
{
	OutcomeKind kind;
	Blame		blame;
	long		retry_after;	/* seconds; 0: the outbox decides */
	char		reason[300];	/* when not sent; "" otherwise */
} Outcome;

/* What is known of one transfer when it ended. */
typedef struct TransferResult
{
	bool		finished;		/* the exchange went to its end */
	bool		recipient_stage;	/* smtp: the server was asked for the
									 * recipient */
	bool		request_begun;	/* a byte of the request may have arrived */
	bool		request_sent;	/* the receiver may have all it needs to act */
	long		code;			/* HTTP status, last SMTP reply; 0: none */
	long		retry_after;	/* seconds, as the receiver asked */
	const char *detail;			/* its reply, or what went wrong */
} TransferResult;

/*
 * HTTP: what can be said without reading the reply.  False: the exchange ended
 * with 2xx, and the reply decides.
 */
extern bool outcome_of_exchange(const TransferResult *result, Uncertain policy, Outcome *outcome);
extern Outcome outcome_of_smtp(const TransferResult *result, Uncertain policy);

/* The reply is not of the service: a proxy's page, for instance. */
extern Outcome outcome_of_nonsense(const TransferResult *result, Uncertain policy, const char *expected);

/*
 * A mail to several addresses, each with an outcome of its own; the first is
 * the recipient, the others are copies.  The message is what became of it for
 * the recipient; a copy that may still arrive makes it a retry.  The reason
 * names each address that did not get it.
 */
extern Outcome outcome_of_mail(const Outcome *outcomes, char *const *addresses, int count);

extern Outcome outcome_make(OutcomeKind kind, const char *format,...)
			__attribute__((format(printf, 2, 3)));
extern Outcome outcome_sent(void);
extern Outcome outcome_retry(Blame blame, long retry_after, const char *format,...)
			__attribute__((format(printf, 3, 4)));

#endif							/* RELAY_OUTCOME_H */
