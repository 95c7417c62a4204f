/*
 * sign.c
 *	  Digests through libcrypto.
 */
#include "sign.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct Digest
{
	unsigned char bytes[EVP_MAX_MD_SIZE];
	unsigned int length;
} Digest;

static void
to_hex(const unsigned char *digest, unsigned int length, char *hex)
{
	for (unsigned int i = 0; i < length; i++)
		snprintf(hex + 2 * i, 3, "%02x", digest[i]);
}

static void
add_base64(Buffer *out, const Digest *digest)
{
	unsigned char encoded[4 * ((EVP_MAX_MD_SIZE + 2) / 3) + 1];

	EVP_EncodeBlock(encoded, digest->bytes, (int) digest->length);
	buffer_text(out, (const char *) encoded);
}

void
sha256_hex(const void *data, size_t length, char hex[SHA256_HEX_SIZE])
{
	Digest		digest;

	if (!EVP_Digest(data, length, digest.bytes, &digest.length, EVP_sha256(), NULL))
		abort();				/* only without memory or without SHA-256 */
	to_hex(digest.bytes, digest.length, hex);
}

static Digest
hmac(const EVP_MD * method, const void *key, size_t key_length, const char *text)
{
	Digest		digest;

	if (HMAC(method, key, (int) key_length, (const unsigned char *) text, strlen(text),
			 digest.bytes, &digest.length) == NULL)
		abort();
	return digest;
}

void
webhook_signature(const char *secret, const char *timestamp, const char *body,
				  char hex[SHA256_HEX_SIZE])
{
	Buffer		signed_text = {0};
	Digest		digest;

	buffer_printf(&signed_text, "%s.", timestamp);
	buffer_text(&signed_text, body);
	digest = hmac(EVP_sha256(), secret, strlen(secret), signed_text.data);
	buffer_free(&signed_text);
	to_hex(digest.bytes, digest.length, hex);
}

void
dingtalk_signature(Buffer *out, const char *secret, int64_t ms)
{
	Buffer text = {0};
	Digest		digest;

	buffer_printf(&text, "%lld\n%s", (long long) ms, secret);
	digest = hmac(EVP_sha256(), secret, strlen(secret), text.data);
	buffer_free(&text);
	add_base64(out, &digest);
}

void
feishu_signature(Buffer *out, const char *secret, const char *seconds)
{
	Buffer		key = {0};
	Digest		digest;

	buffer_printf(&key, "%s\n%s", seconds, secret);
	digest = hmac(EVP_sha256(), key.data, key.length, "");
	buffer_free(&key);
	add_base64(out, &digest);
}

void
aliyun_signature(Buffer *out, const char *secret, const char *text)
{
	Buffer		key = {0};
	Digest		digest;

	buffer_printf(&key, "%s&", secret);
	digest = hmac(EVP_sha1(), key.data, key.length, text);
	buffer_free(&key);
	add_base64(out, &digest);
}

void
tencent_signature(const char *secret, const char *date, const char *service,
				  const char *text, char hex[SHA256_HEX_SIZE])
{
	Buffer		key = {0};
	Digest		digest;

	buffer_printf(&key, "TC3%s", secret);
	digest = hmac(EVP_sha256(), key.data, key.length, date);
	buffer_free(&key);
	digest = hmac(EVP_sha256(), digest.bytes, digest.length, service);
	digest = hmac(EVP_sha256(), digest.bytes, digest.length, "tc3_request");
	digest = hmac(EVP_sha256(), digest.bytes, digest.length, text);
	to_hex(digest.bytes, digest.length, hex);
}

void
short_mac(const char *secret, const char *text, char hex[MAC_HEX_SIZE])
{
	Digest		digest = hmac(EVP_sha256(), secret, strlen(secret), text);

	to_hex(digest.bytes, (MAC_HEX_SIZE - 1) / 2, hex);
}

bool
same_text(const char *a, const char *b)
{
	return strlen(a) == strlen(b) && CRYPTO_memcmp(a, b, strlen(a)) == 0;
}

void
random_hex(char *hex, size_t digits)
{
	unsigned char byte;

	for (size_t i = 0; i + 1 < digits + 1; i += 2)
	{
		if (RAND_bytes(&byte, 1) != 1)
			abort();
		snprintf(hex + i, 3, "%02x", byte);
	}
}
