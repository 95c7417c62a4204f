/*
 * transfer.h
 *	  One exchange with a server: one mail to one address, or one request.
 */
#ifndef RELAY_TRANSFER_H
#define RELAY_TRANSFER_H

#include <curl/curl.h>

#include "outcome.h"
#include "request.h"

typedef struct Transfer Transfer;

/* The mail is used until transfer_free(). */
extern Transfer *transfer_mail(const Channel *channel, const char *address,
							   const Buffer *mail, long timeout_ms);

/* Takes the request over. */
extern Transfer *transfer_request(const Channel *channel, Request *request, long timeout_ms);

extern CURL *transfer_handle(Transfer *transfer);

/* What became of it; *provider_id: the receiver's own name for it, new memory, or NULL. */
extern Outcome transfer_outcome(Transfer *transfer, CURLcode code, char **provider_id);
extern void transfer_free(Transfer *transfer);

#endif							/* RELAY_TRANSFER_H */
