/*
 * sign.c
 *	  Digests through libcrypto.
 */
#include "sign.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buffer.h"

static void
to_hex(const unsigned char *digest, unsigned int length, char *hex)
{
	for (unsigned int i = 0; i < length; i++)
		snprintf(hex + 2 * i, 3, "%02x", digest[i]);
}

void
sha256_hex(const void *data, size_t length, char hex[SHA256_HEX_SIZE])
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned int digest_length;

	if (!EVP_Digest(data, length, digest, &digest_length, EVP_sha256(), NULL))
		abort();				/* only without memory or without SHA-256 */
	to_hex(digest, digest_length, hex);
}

void
webhook_signature(const char *secret, const char *timestamp, const char *body,
				  char hex[SHA256_HEX_SIZE])
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned int digest_length;
	Buffer		signed_text = {0};

	buffer_printf(&signed_text, "%s.%s", timestamp, body);
	if (HMAC(EVP_sha256(), secret, (int) strlen(secret),
			 (const unsigned char *) signed_text.data, signed_text.length,
			 digest, &digest_length) == NULL)
		abort();
	buffer_free(&signed_text);
	to_hex(digest, digest_length, hex);
}
