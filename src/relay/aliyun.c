/*
 * aliyun.c
 *	  Text messages through Aliyun's SendSms (dysmsapi 2017-05-25).  No I/O.
 *
 * There is no idempotency key: after a cut nobody knows but the receipt.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "receipt.h"
#include "sign.h"
#include "sms.h"
#include "text.h"
#include "transport.h"

static int
compare_params(const void *a, const void *b)
{
	return strcmp(((const AliyunParam *) a)->name, ((const AliyunParam *) b)->name);
}

void
aliyun_query(Buffer *query, AliyunParam *params, int count, const char *secret)
{
	Buffer		to_sign = {0};
	Buffer		signature = {0};

	qsort(params, (size_t) count, sizeof(AliyunParam), compare_params);
	for (int i = 0; i < count; i++)
	{
		buffer_text(query, i > 0 ? "&" : "");
		text_percent_encode(query, params[i].name);
		buffer_char(query, '=');
		text_percent_encode(query, params[i].value);
	}
	buffer_text(&to_sign, "GET&%2F&");
	text_percent_encode(&to_sign, query->data);
	aliyun_signature(&signature, secret, to_sign.data);
	buffer_text(query, "&Signature=");
	text_percent_encode(query, signature.data);
	buffer_free(&to_sign);
	buffer_free(&signature);
}

/* How the receipt will name the message. */
static void
add_out_id(Buffer *out, const Channel *channel, const Message *message)
{
	if (channel->receipts != NULL)
		receipt_ticket(out, channel->receipts->secret, channel->name, message->id,
					   message->lease_token);
	else
		buffer_text(out, message->key);
}

static void
compose(const Channel *channel, const Message *message, const Moment *moment,
		const char *phone, const char *template_id, const char *values, Request *request)
{
	Buffer		out_id = {0};
	Buffer		query = {0};
	char		timestamp[32];
	time_t		seconds = (time_t) (moment->ms / 1000);
	struct tm	parts;
	AliyunParam params[] = {
		{"AccessKeyId", channel->key_id}, {"Action", "SendSms"}, {"Format", "JSON"},
		{"OutId", NULL}, {"PhoneNumbers", phone}, {"RegionId", channel->region},
		{"SignName", channel->sign_name}, {"SignatureMethod", "HMAC-SHA1"},
		{"SignatureNonce", moment->nonce}, {"SignatureVersion", "1.0"},
		{"TemplateCode", template_id}, {"TemplateParam", values},
		{"Timestamp", timestamp}, {"Version", "2017-05-25"}
	};

	strftime(timestamp, sizeof(timestamp), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&seconds, &parts));
	add_out_id(&out_id, channel, message);
	params[3].value = out_id.data;
	aliyun_query(&query, params, (int) (sizeof(params) / sizeof(params[0])), channel->secret);
	buffer_printf(&request->url, "%s/?%s", channel->url, query.data);
	buffer_free(&query);
	buffer_free(&out_id);
}

bool
aliyun_build(const Channel *channel, const Message *message, const Moment *moment,
			 Request *request, Buffer *problem)
{
	Buffer		phone = {0};
	Buffer		template_id = {0};
	cJSON	   *values = NULL;
	char	   *printed;

	if (sms_phone(&phone, message, false, problem))
		values = sms_parameters(channel, message, &template_id, problem);
	if (values != NULL)
	{
		printed = cJSON_PrintUnformatted(values);
		compose(channel, message, moment, phone.data, template_id.data, printed, request);
		cJSON_free(printed);
		cJSON_Delete(values);
	}
	buffer_free(&phone);
	buffer_free(&template_id);
	return values != NULL;
}

/* Codes that speak of the account or the service, not of the message. */
static const struct
{
	const char *prefix;
	OutcomeKind kind;
	Blame		blame;
	long		retry_after;
}			codes[] = {

	/* flow control of one number: by the minute, the hour, the day */
	{"isv.BUSINESS_LIMIT_CONTROL", OUTCOME_RETRY, BLAME_MESSAGE, 3600},
	{"Throttling", OUTCOME_RETRY, BLAME_CHANNEL, 5},
	{"ServiceUnavailable", OUTCOME_RETRY, BLAME_CHANNEL, 0},
	{"isp.SYSTEM_ERROR", OUTCOME_RETRY, BLAME_EITHER, 0},
	{"isv.AMOUNT_NOT_ENOUGH", OUTCOME_DEAD, BLAME_CHANNEL, 0},
	{"isv.ACCOUNT_", OUTCOME_DEAD, BLAME_CHANNEL, 0},
	{"isv.OUT_OF_SERVICE", OUTCOME_DEAD, BLAME_CHANNEL, 0},
	{"InvalidAccessKeyId", OUTCOME_DEAD, BLAME_CHANNEL, 0},
	{"SignatureDoesNotMatch", OUTCOME_DEAD, BLAME_CHANNEL, 0},
	{"InvalidTimeStamp", OUTCOME_DEAD, BLAME_CHANNEL, 0},
	{"Forbidden", OUTCOME_DEAD, BLAME_CHANNEL, 0},
};

static Outcome
outcome_of_code(const char *code, const char *text)
{
	Outcome		outcome = outcome_make(OUTCOME_DEAD, "Aliyun says %.80s: %.150s", code, text);

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
	{
		if (strncmp(code, codes[i].prefix, strlen(codes[i].prefix)) != 0)
			continue;
		outcome.kind = codes[i].kind;
		outcome.blame = codes[i].blame;
		outcome.retry_after = codes[i].retry_after;
		break;
	}
	return outcome;
}

Outcome
aliyun_judge(const Channel *channel, const TransferResult *result, const char *reply,
			 Buffer *provider_id)
{
	cJSON	   *root = cJSON_Parse(reply);
	const cJSON *code = cJSON_GetObjectItemCaseSensitive(root, "Code");
	const cJSON *text = cJSON_GetObjectItemCaseSensitive(root, "Message");
	const cJSON *id = cJSON_GetObjectItemCaseSensitive(root, "BizId");
	Outcome		outcome;

	if (!cJSON_IsString(code))
		outcome = outcome_of_nonsense(result, channel->uncertain, "Aliyun");
	else if (strcmp(code->valuestring, "OK") == 0)
	{
		outcome = outcome_sent();
		if (cJSON_IsString(id))
			buffer_text(provider_id, id->valuestring);
	}
	else
		outcome = outcome_of_code(code->valuestring, cJSON_IsString(text) ? text->valuestring : "");
	cJSON_Delete(root);
	return outcome;
}
