/*
 * feishu.c
 *	  The robot of Feishu and Lark.  Signed in the body, no idempotency key.
 *	  No I/O.
 */
#include <stdio.h>
#include <string.h>

#include "robot.h"
#include "sign.h"
#include "text.h"
#include "transport.h"

#define MAX_MENTIONS		50
#define MAX_REQUEST_BYTES	20480	/* of the whole body */

static const ReplyCode codes[] = {
	{11232, OUTCOME_RETRY, BLAME_CHANNEL, 10, "above 100 messages a minute or 5 a second"},
	{19021, OUTCOME_DEAD, BLAME_CHANNEL, 0, "check the secret and the clock"},
	{19022, OUTCOME_DEAD, BLAME_CHANNEL, 0, "check the robot's IP list"},
	{19024, OUTCOME_DEAD, BLAME_CHANNEL, 0, "check the robot's keyword"},
	{0, OUTCOME_SENT, BLAME_MESSAGE, 0, NULL}
};

/* Recipients as they are mentioned: open ids or user ids, no phone numbers. */
static void
add_mentions(Buffer *out, const Message *message)
{
	Mentions	mentions;
	const cJSON *user;

	robot_mentions(&mentions, message, MAX_MENTIONS);
	if (mentions.everybody)
		buffer_text(out, "<at user_id=\"all\"></at>");
	cJSON_ArrayForEach(user, mentions.users)
	{
		if (strpbrk(user->valuestring, "<>\"&") == NULL)
			buffer_printf(out, "<at user_id=\"%s\"></at>", user->valuestring);
	}
	if (out->length > 0)
		buffer_char(out, '\n');
	cJSON_Delete(mentions.users);
	cJSON_Delete(mentions.phones);
}

static cJSON *
feishu_object(const Channel *channel, const Message *message, const Moment *moment, size_t max_bytes)
{
	cJSON	   *root = cJSON_CreateObject();
	cJSON	   *content;
	Buffer		signature = {0};
	Buffer		plain = {0};
	Buffer text = {0};
	char		seconds[32];

	if (channel->secret != NULL)
	{
		snprintf(seconds, sizeof(seconds), "%lld", (long long) (moment->ms / 1000));
		feishu_signature(&signature, channel->secret, seconds);
		cJSON_AddStringToObject(root, "timestamp", seconds);
		cJSON_AddStringToObject(root, "sign", signature.data);
		buffer_free(&signature);
	}
	add_mentions(&text, message);
	robot_text(&plain, message, false, max_bytes);
	/* a text must not mention people by itself */
	text_replace(&text, plain.data, "<at", "< at");
	cJSON_AddStringToObject(root, "msg_type", "text");
	content = cJSON_AddObjectToObject(root, "content");
	cJSON_AddStringToObject(content, "text", text.data);
	buffer_free(&plain);
	buffer_free(&text);
	return root;
}

bool
feishu_build(const Channel *channel, const Message *message, const Moment *moment,
			 Request *request, Buffer *problem)
{
	size_t		max_bytes = (size_t) channel->max_bytes;

	buffer_text(&request->url, channel->url);
	request_header(request, "Content-Type", "application/json; charset=utf-8");
	while (max_bytes > 0)
	{
		size_t		excess;

		request_json(request, feishu_object(channel, message, moment, max_bytes));
		if (request->body.length <= MAX_REQUEST_BYTES)
			return true;

		/* JSON makes a byte at most six times as long */
		excess = (request->body.length - MAX_REQUEST_BYTES) / 6 + 1;
		max_bytes = max_bytes > excess ? max_bytes - excess : 0;
	}
	buffer_text(problem, "its mentions alone are more than a message may hold");
	return false;
}

Outcome
feishu_judge(const Channel *channel, const TransferResult *result, const char *reply,
			 Buffer *provider_id)
{
	(void) provider_id;
	return robot_judge(channel, result, reply, "Feishu", "code", "msg", codes);
}
