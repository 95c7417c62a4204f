/*
 * payload.c
 *	  The body and the headers of a webhook call.  No I/O.
 */
#include "payload.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

#include "sign.h"

static void
add_string(cJSON *object, const char *name, const char *value)
{
	if (value == NULL)
		cJSON_AddNullToObject(object, name);
	else
		cJSON_AddStringToObject(object, name, value);
}

char *
webhook_body(const Message *message)
{
	cJSON	   *object = cJSON_CreateObject();
	cJSON	   *copies;
	char	   *printed;
	char	   *body;

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
	printed = cJSON_PrintUnformatted(object);
	body = relay_strdup(printed);
	cJSON_free(printed);
	cJSON_Delete(object);
	return body;
}

/* A value that comes from the outbox: no byte of it may end the header line. */
static void
add_header_value(Buffer *line, const char *value)
{
	for (; *value != '\0'; value++)
		buffer_char(line, (unsigned char) *value < ' ' || *value == 0x7F ? ' ' : *value);
}

void
webhook_headers(const Channel *channel, const Message *message, const char *body,
				const char *timestamp, HeaderSink sink, void *context)
{
	Buffer		line = {0};
	char		hex[SHA256_HEX_SIZE];

	sink(context, "Content-Type: application/json; charset=utf-8");
	sink(context, "Expect:");	/* no round trip of its own for small bodies */
	buffer_text(&line, "Idempotency-Key: ");
	add_header_value(&line, message->key);
	sink(context, line.data);
	buffer_free(&line);
	buffer_printf(&line, "X-Pulse-Timestamp: %s", timestamp);
	sink(context, line.data);
	buffer_free(&line);
	if (channel->secret != NULL)
	{
		webhook_signature(channel->secret, timestamp, body, hex);
		buffer_printf(&line, "X-Pulse-Signature: sha256=%s", hex);
		sink(context, line.data);
		buffer_free(&line);
	}
	for (int i = 0; i < channel->header_count; i++)
		sink(context, channel->headers[i]);
}

char *
webhook_reply_id(const char *reply)
{
	cJSON	   *root = cJSON_Parse(reply);
	const cJSON *id = cJSON_GetObjectItemCaseSensitive(root, "id");
	char	   *text = NULL;

	if (id == NULL)
		id = cJSON_GetObjectItemCaseSensitive(root, "message_id");
	if (cJSON_IsString(id) && strlen(id->valuestring) <= 200)
		text = relay_strdup(id->valuestring);

	else if (cJSON_IsNumber(id))
	{
		char	   *printed = cJSON_PrintUnformatted(id);

		text = relay_strdup(printed);

		cJSON_free(printed);
	}
	cJSON_Delete(root);
	return text;
}
