/*
 * delivery.h
 *	  A claimed message on its way: its addresses one after the other.
 */
#ifndef RELAY_DELIVERY_H
#define RELAY_DELIVERY_H

#include <curl/curl.h>

#include "message.h"
#include "outcome.h"
#include "settled.h"
#include "transfer.h"

typedef struct Delivery
{
	Message		message;
	const Channel *channel;		/* NULL: not configured here */
	double		begun;			/* seconds of the monotonic clock */
	double		deadline;		/* nothing is sent after: the lease may be
								 * another's */
	char	  **addresses;		/* recipient, then copies: pointers into
								 * message */
	Outcome    *outcomes;		/* of the first "done" addresses */
	int			count;
	int			done;
	Buffer		mail;
	Transfer   *transfer;		/* what is going on now, if anything */
	Outcome		outcome;		/* of the message, when nothing is left to do */
	char	   *provider_id;
	struct Delivery *next;		/* list of its holder */
} Delivery;

extern double monotonic_seconds(void);

/* Takes over the content of message. */
extern Delivery *delivery_new(Message *message, const Config *config,
							  double begun, double deadline);

/* Starts the next transfer in multi; false: "outcome" says how it all ended. */
extern bool delivery_advance(Delivery *delivery, CURLM *multi, Settled *settled);

/* The transfer going on has ended with code. */
extern void delivery_transfer_done(Delivery *delivery, CURLM *multi, CURLcode code);
extern void delivery_free(Delivery *delivery);
extern void message_free(Message *message);

#endif							/* RELAY_DELIVERY_H */
