/*
 * transfer.h
 *	  One exchange with a server: one mail to one address, or one webhook call.
 */
#ifndef RELAY_TRANSFER_H
#define RELAY_TRANSFER_H

#include <curl/curl.h>

#include "message.h"
#include "outcome.h"

typedef struct Transfer Transfer;

/* The mail is used until transfer_free(). */
extern Transfer *transfer_mail(const Channel *channel, const char *address,
							   const Buffer *mail, long timeout_ms);
extern Transfer *transfer_webhook(const Channel *channel, const Message *message,
								  long timeout_ms);

extern CURL *transfer_handle(Transfer *transfer);
extern Outcome transfer_outcome(Transfer *transfer, CURLcode code);

/* The receiver's own name for what it accepted, new memory; NULL: it gave none. */
extern char *transfer_provider_id(const Transfer *transfer);
extern void transfer_free(Transfer *transfer);

#endif							/* RELAY_TRANSFER_H */
