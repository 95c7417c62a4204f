/*
 * sign.h
 *	  Digests: signatures of webhooks, ids of mails.
 */
#ifndef RELAY_SIGN_H
#define RELAY_SIGN_H

#include <stddef.h>

#define SHA256_HEX_SIZE	65		/* with its NUL */

extern void sha256_hex(const void *data, size_t length, char hex[SHA256_HEX_SIZE]);

/* HMAC-SHA256 over "timestamp.body" */
extern void webhook_signature(const char *secret, const char *timestamp,
							  const char *body, char hex[SHA256_HEX_SIZE]);

#endif							/* RELAY_SIGN_H */
