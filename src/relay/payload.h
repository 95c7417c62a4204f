/*
 * payload.h
 *	  What a webhook is sent, and what it replies.
 */
#ifndef RELAY_PAYLOAD_H
#define RELAY_PAYLOAD_H

#include "config.h"
#include "message.h"

extern char *webhook_body(const Message *message);	/* JSON, new memory */

/* The header lines for that body, sent at that second. */
typedef void (*HeaderSink) (void *context, const char *line);
extern void webhook_headers(const Channel *channel, const Message *message,
							const char *body, const char *timestamp,
							HeaderSink sink, void *context);

/* The "id" or "message_id" of a JSON reply, new memory; NULL: there is none. */
extern char *webhook_reply_id(const char *reply);

#endif							/* RELAY_PAYLOAD_H */
