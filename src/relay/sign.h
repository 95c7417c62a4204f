/*
 * sign.h
 *	  Digests: signatures of requests, ids of mails.
 */
#ifndef RELAY_SIGN_H
#define RELAY_SIGN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buffer.h"

#define SHA256_HEX_SIZE	65		/* with its NUL */

extern void sha256_hex(const void *data, size_t length, char hex[SHA256_HEX_SIZE]);

/* HMAC-SHA256 over "timestamp.body" */
extern void webhook_signature(const char *secret, const char *timestamp,
							  const char *body, char hex[SHA256_HEX_SIZE]);

/* base64(HMAC-SHA256(secret, "ms \n secret")), the robot of DingTalk */
extern void dingtalk_signature(Buffer *out, const char *secret, int64_t ms);

/* base64(HMAC-SHA256("seconds \n secret", "")), the robot of Feishu */
extern void feishu_signature(Buffer *out, const char *secret, const char *seconds);

/* base64(HMAC-SHA1(secret + "&", text)), Aliyun's RPC calls, version 1.0 */
extern void aliyun_signature(Buffer *out, const char *secret, const char *text);

/* Hex of Tencent's TC3-HMAC-SHA256 over the text to sign, for a day like 2026-03-01. */
extern void tencent_signature(const char *secret, const char *date, const char *service,
							  const char *text, char hex[SHA256_HEX_SIZE]);

/* Sixteen hex digits that only who knows the secret can make for that text. */
#define MAC_HEX_SIZE	17
extern void short_mac(const char *secret, const char *text, char hex[MAC_HEX_SIZE]);
extern bool same_text(const char *a, const char *b);	/* takes the same time
														 * wherever they differ */

extern void random_hex(char *hex, size_t digits);	/* digits + 1 bytes */

#endif							/* RELAY_SIGN_H */
