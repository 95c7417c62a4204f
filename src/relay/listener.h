/*
 * listener.h
 *	  The small HTTP server for delivery receipts.
 */
#ifndef RELAY_LISTENER_H
#define RELAY_LISTENER_H

#include <curl/curl.h>

#include "receipt.h"

typedef struct Listener Listener;

/* What to answer to a request whose receipts were given to the sink. */
typedef int (*ReceiptSink) (void *context, Receipt *list);

/* NULL where no listener is configured; *failed: it could not listen. */
extern Listener *listener_new(const Config *config, ReceiptSink sink, void *context, bool *failed);
extern void listener_free(Listener *listener);

/* Adds what it waits for; at most LISTENER_SOCKETS. */
#define LISTENER_SOCKETS	33
extern unsigned int listener_wait(const Listener *listener, struct curl_waitfd *sockets);

/* Does what can be done without waiting. */
extern void listener_work(Listener *listener);

#endif							/* RELAY_LISTENER_H */
