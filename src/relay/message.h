/*
 * message.h
 *	  A message as it was claimed from the outbox.
 */
#ifndef RELAY_MESSAGE_H
#define RELAY_MESSAGE_H

#include <stdint.h>

typedef struct Message
{
	char	   *id;				/* bigints stay text: nothing here computes
								 * with them */
	char	   *lease_token;
	char	   *channel;
	char	   *recipient;		/* an address on that channel */
	char	   *recipient_name; /* may be NULL, as subject and variables may */
	char	  **copies;
	int			copy_count;
	char	   *subject;
	char	   *body;
	char	   *variables;		/* JSON */
	char	   *key;			/* idempotency key */
	int			attempt;
	int64_t		created;		/* seconds since 1970 */
} Message;

#endif							/* RELAY_MESSAGE_H */
