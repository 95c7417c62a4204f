/*
 * tencent.c
 *	  Text messages through Tencent's SendSms (2021-01-11).  No I/O.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "sign.h"
#include "sms.h"
#include "transport.h"

#define CONTENT_TYPE	"application/json; charset=utf-8"
#define SIGNED_HEADERS	"content-type;host"

void
tencent_text_to_sign(Buffer *out, const char *host, const char *service, const char *date,
					 long long seconds, const char *body)
{
	Buffer		canonical = {0};
	char		hex[SHA256_HEX_SIZE];

	sha256_hex(body, strlen(body), hex);
	buffer_printf(&canonical, "POST\n/\n\ncontent-type:" CONTENT_TYPE "\nhost:%s\n\n"
				  SIGNED_HEADERS "\n%s", host, hex);
	sha256_hex(canonical.data, canonical.length, hex);
	buffer_printf(out, "TC3-HMAC-SHA256\n%lld\n%s/%s/tc3_request\n%s", seconds, date, service, hex);
	buffer_free(&canonical);
}

/* host[:port] of a URL that is known to have a scheme */
static void
add_host(Buffer *out, const char *url)
{
	const char *host = strstr(url, "://") + 3;

	buffer_add(out, host, strcspn(host, "/?"));
}

static void
add_headers(const Channel *channel, const Moment *moment, Request *request)
{
	Buffer		host = {0};
	Buffer text = {0};
	Buffer		authorization = {0};
	char		signature[SHA256_HEX_SIZE];
	char		date[16];
	char		seconds_text[32];
	time_t		seconds = (time_t) (moment->ms / 1000);
	struct tm	parts;

	strftime(date, sizeof(date), "%Y-%m-%d", gmtime_r(&seconds, &parts));
	snprintf(seconds_text, sizeof(seconds_text), "%lld", (long long) seconds);
	add_host(&host, channel->url);
	tencent_text_to_sign(&text, host.data, "sms", date, (long long) seconds, request->body.data);
	tencent_signature(channel->secret, date, "sms", text.data, signature);
	buffer_printf(&authorization, "TC3-HMAC-SHA256 Credential=%s/%s/sms/tc3_request, "
				  "SignedHeaders=" SIGNED_HEADERS ", Signature=%s",
				  channel->key_id, date, signature);
	request_header(request, "Authorization", authorization.data);
	request_header(request, "Content-Type", CONTENT_TYPE);
	request_header(request, "Host", host.data);
	request_header(request, "X-TC-Action", "SendSms");
	request_header(request, "X-TC-Version", "2021-01-11");
	request_header(request, "X-TC-Timestamp", seconds_text);
	request_header(request, "X-TC-Region", channel->region);
	buffer_free(&host);
	buffer_free(&text);
	buffer_free(&authorization);
}

/* Templates of Tencent count their parameters instead of naming them. */
static cJSON *
values_in_order(const cJSON *named)
{
	cJSON	   *array = cJSON_CreateArray();
	const cJSON *item;

	cJSON_ArrayForEach(item, named)
		cJSON_AddItemToArray(array, cJSON_CreateString(item->valuestring));
	return array;
}

bool
tencent_build(const Channel *channel, const Message *message, const Moment *moment,
			  Request *request, Buffer *problem)
{
	Buffer		phone = {0};
	Buffer		template_id = {0};
	cJSON	   *values = NULL;

	if (sms_phone(&phone, message, true, problem))
		values = sms_parameters(channel, message, &template_id, problem);
	if (values != NULL)
	{
		cJSON	   *root = cJSON_CreateObject();
		cJSON	   *phones = cJSON_AddArrayToObject(root, "PhoneNumberSet");

		cJSON_AddItemToArray(phones, cJSON_CreateString(phone.data));
		cJSON_AddStringToObject(root, "SmsSdkAppId", channel->app_id);
		cJSON_AddStringToObject(root, "SignName", channel->sign_name);
		cJSON_AddStringToObject(root, "TemplateId", template_id.data);
		cJSON_AddItemToObject(root, "TemplateParamSet", values_in_order(values));
		cJSON_AddStringToObject(root, "SessionContext", message->key);
		buffer_printf(&request->url, "%s/", channel->url);
		request_json(request, root);
		add_headers(channel, moment, request);
		cJSON_Delete(values);
	}
	buffer_free(&phone);
	buffer_free(&template_id);
	return values != NULL;
}

static bool
begins_with(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

static Outcome
outcome_of_code(const char *code, const char *text)
{
	Outcome		outcome = outcome_make(OUTCOME_DEAD, "Tencent says %.80s: %.150s", code, text);

	if (begins_with(code, "RequestLimitExceeded"))
		outcome.kind = OUTCOME_RETRY, outcome.blame = BLAME_CHANNEL, outcome.retry_after = 5;
	else if (begins_with(code, "LimitExceeded"))	/* of one number */
		outcome.kind = OUTCOME_RETRY, outcome.retry_after = 3600;
	else if (begins_with(code, "InternalError"))
		outcome.kind = OUTCOME_RETRY, outcome.blame = BLAME_EITHER;
	else if (begins_with(code, "AuthFailure") || begins_with(code, "UnauthorizedOperation") ||
			 begins_with(code, "FailedOperation.InsufficientBalance"))
		outcome.blame = BLAME_CHANNEL;
	return outcome;
}

static const char *
text_of(const cJSON *object, const char *name)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);

	return cJSON_IsString(item) ? item->valuestring : "";
}

Outcome
tencent_judge(const Channel *channel, const TransferResult *result, const char *reply,
			  Buffer *provider_id)
{
	cJSON	   *root = cJSON_Parse(reply);
	const cJSON *response = cJSON_GetObjectItemCaseSensitive(root, "Response");
	const cJSON *error = cJSON_GetObjectItemCaseSensitive(response, "Error");
	const cJSON *status = cJSON_GetArrayItem(cJSON_GetObjectItemCaseSensitive(response, "SendStatusSet"), 0);
	Outcome		outcome;

	if (error != NULL)
		outcome = outcome_of_code(text_of(error, "Code"), text_of(error, "Message"));
	else if (*text_of(status, "Code") == '\0')
		outcome = outcome_of_nonsense(result, channel->uncertain, "Tencent");
	else if (strcmp(text_of(status, "Code"), "Ok") == 0)
	{
		outcome = outcome_sent();
		/* by this its receipts name it; the outbox looks such ids up */
		buffer_printf(provider_id, "%s%s", channel->receipts != NULL ? "tencent:" : "", text_of(status, "SerialNo"));
	}
	else
		outcome = outcome_of_code(text_of(status, "Code"), text_of(status, "Message"));
	cJSON_Delete(root);
	return outcome;
}
