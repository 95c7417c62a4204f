/*
 * webhook.c
 *	  The generic webhook: a message as JSON, signed.  No I/O.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sign.h"
#include "transport.h"

static void
add_string(cJSON *object, const char *name, const char *value)
{
	if (value == NULL)
		cJSON_AddNullToObject(object, name);
	else
		cJSON_AddStringToObject(object, name, value);
}

static cJSON *
message_object(const Message *message)
{
	cJSON	   *object = cJSON_CreateObject();
	cJSON	   *copies;

	cJSON_AddRawToObject(object, "message_id", message->id);	/* a bigint, exactly */
	add_string(object, "idempotency_key", message->key);
	add_string(object, "channel", message->channel);
	add_string(object, "recipient", message->recipient);
	add_string(object, "recipient_name", message->recipient_name);
	copies = cJSON_AddArrayToObject(object, "copies");
	for (int i = 0; i < message->copy_count; i++)
		cJSON_AddItemToArray(copies, cJSON_CreateString(message->copies[i]));
	add_string(object, "subject", message->subject);
	add_string(object, "body", message->body);
	cJSON_AddRawToObject(object, "variables",
						 message->variables != NULL ? message->variables : "null");
	return object;
}

static void
add_headers(const Channel *channel, const Message *message, const Moment *moment, Request *request)
{
	char		timestamp[32];
	char		signature[7 + SHA256_HEX_SIZE] = "sha256=";

	snprintf(timestamp, sizeof(timestamp), "%lld", (long long) (moment->ms / 1000));
	request_header(request, "Content-Type", "application/json; charset=utf-8");
	request_header(request, "Idempotency-Key", message->key);
	request_header(request, "X-Pulse-Timestamp", timestamp);
	if (channel->secret != NULL)
	{
		webhook_signature(channel->secret, timestamp, request->body.data, signature + 7);
		request_header(request, "X-Pulse-Signature", signature);
	}
}

bool
webhook_build(const Channel *channel, const Message *message, const Moment *moment,
			  Request *request, Buffer *problem)
{
	size_t		length = message->body != NULL ? strlen(message->body) : 0;

	if (length > (size_t) channel->max_bytes)
	{
		buffer_printf(problem, "the text is %zu bytes long, this channel takes at most %d (max_bytes)",
					  length, channel->max_bytes);
		return false;
	}
	buffer_text(&request->url, channel->url);
	request_json(request, message_object(message));
	add_headers(channel, message, moment, request);
	return true;
}

/* The "id" or "message_id" of a JSON reply, where there is one. */
static void
read_id(const char *reply, Buffer *provider_id)
{
	cJSON	   *root = cJSON_Parse(reply);
	const cJSON *id = cJSON_GetObjectItemCaseSensitive(root, "id");

	if (id == NULL)
		id = cJSON_GetObjectItemCaseSensitive(root, "message_id");
	if (cJSON_IsString(id) && strlen(id->valuestring) <= 200)
		buffer_text(provider_id, id->valuestring);
	else if (cJSON_IsNumber(id))
	{
		char	   *printed = cJSON_PrintUnformatted(id);

		buffer_text(provider_id, printed);
		cJSON_free(printed);
	}
	cJSON_Delete(root);
}

Outcome
webhook_judge(const Channel *channel, const TransferResult *result, const char *reply,
			  Buffer *provider_id)
{
	const char *first = reply;

	while (isspace((unsigned char) *first))
		first++;
	if (*first == '<')
		return outcome_of_nonsense(result, channel->uncertain, "a webhook, but a page");
	read_id(reply, provider_id);
	return outcome_sent();
}
