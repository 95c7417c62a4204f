/*
 * sms.h
 *	  What gateways of text messages have in common.
 */
#ifndef RELAY_SMS_H
#define RELAY_SMS_H

#include <cjson/cJSON.h>

#include "config.h"
#include "message.h"

/*
 * The recipient's number without blanks and hyphens; with international, in
 * the form +86...  False: it is none, and the problem says so.
 */
extern bool sms_phone(Buffer *phone, const Message *message, bool international, Buffer *problem);

/*
 * The template and its values: an object of texts by name, in the template's
 * order.  From the channel, unless the message's variables say otherwise:
 * sms_template (an id), sms_parameters (an object).  NULL: the problem says why.
 */
extern cJSON *sms_parameters(const Channel *channel, const Message *message,
							 Buffer *template_id, Buffer *problem);

/* One parameter of a call to Aliyun. */
typedef struct AliyunParam
{
	const char *name;
	const char *value;
} AliyunParam;

/* The query of such a call, signed (RPC signature 1.0); sorts the parameters. */
extern void aliyun_query(Buffer *query, AliyunParam *params, int count, const char *secret);

/* What Tencent wants signed: the text to sign, for a request with that body. */
extern void tencent_text_to_sign(Buffer *out, const char *host, const char *service,
								 const char *date, long long seconds, const char *body);

#endif							/* RELAY_SMS_H */
