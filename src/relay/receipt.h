/*
 * receipt.h
 *	  Delivery receipts: what gateways say later about a message they took.
 */
#ifndef RELAY_RECEIPT_H
#define RELAY_RECEIPT_H

#include "config.h"
#include "message.h"

/*
 * What a gateway is given to name a message by: its id, its lease token, and a
 * MAC over both and the channel, so that nobody else can make one up.
 */
extern void receipt_ticket(Buffer *out, const char *secret, const char *channel,
						   const char *message_id, const char *lease_token);

/*
 * A gateway that names messages by its own numbers only, such as Tencent, gets
 * a MAC over the channel in the address it calls: who has it may tell of any
 * message of that channel.
 */
extern void receipt_channel_key(Buffer *out, const char *secret, const char *channel);

typedef enum ReceiptKind
{
	RECEIPT_NONE,				/* says nothing final */
	RECEIPT_DELIVERED,
	RECEIPT_FAILED
} ReceiptKind;

typedef struct Receipt
{
	ReceiptKind kind;
	char	   *message_id;		/* NULL: named by the gateway's own number */
	char	   *lease_token;
	char	   *channel;		/* of such a number */
	char	   *provider_id;
	char	   *reason;			/* of a failure */
	struct Receipt *next;
} Receipt;

/* A request to the listener, read. */
typedef struct ReceiptRequest
{
	int			status;			/* what to answer: 200, or why not */
	Receipt    *receipts;		/* to be written down before it is answered */
} ReceiptRequest;

/*
 * Whether data holds a whole HTTP request: its length, 0 while more must come,
 * -1 when it never will be one.
 */
extern long receipt_request_length(const char *data, size_t length);

/* Reads a whole request; data[length] is a NUL byte. */
extern ReceiptRequest receipt_read(const Config *config, const char *data, size_t length);
extern void receipt_list_free(Receipt *list);

#endif							/* RELAY_RECEIPT_H */
