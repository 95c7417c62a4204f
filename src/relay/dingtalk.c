/*
 * dingtalk.c
 *	  The custom robot of DingTalk.  No I/O.
 *
 * msgUuid is the message's idempotency key: a repeat is no second message.
 */
#include <stdio.h>
#include <string.h>

#include "robot.h"
#include "sign.h"
#include "transport.h"

#define MAX_MENTIONS	50

static const ReplyCode codes[] = {
	{-1, OUTCOME_RETRY, BLAME_CHANNEL, 0, NULL},
	/* above 20 a minute the robot is blocked for ten minutes */
	{410100, OUTCOME_RETRY, BLAME_CHANNEL, 600, "too fast; the robot is blocked for ten minutes"},
	{310000, OUTCOME_DEAD, BLAME_CHANNEL, 0, "check the robot's keyword, secret, clock and IP list"},
	{400013, OUTCOME_DEAD, BLAME_CHANNEL, 0, "the group is gone"},
	{400101, OUTCOME_DEAD, BLAME_CHANNEL, 0, "check access_token in the URL"},
	{400102, OUTCOME_DEAD, BLAME_CHANNEL, 0, "the robot is stopped"},
	{400106, OUTCOME_DEAD, BLAME_CHANNEL, 0, "the robot is gone"},
	{0, OUTCOME_SENT, BLAME_MESSAGE, 0, NULL}
};

static void
add_text(cJSON *root, const Channel *channel, const Message *message, const Mentions *mentions)
{
	Buffer		called = {0};
	Buffer text = {0};
	cJSON	   *content;
	const cJSON *phone;

	/* a mention shows only where the text has it, too */
	cJSON_ArrayForEach(phone, mentions->phones)
		buffer_printf(&called, "%s@%s", called.length > 0 ? " " : "\n", phone->valuestring);
	buffer_add(&called, "", 0);
	robot_text(&text, message, channel->markdown,
			   (size_t) channel->max_bytes > called.length ? (size_t) channel->max_bytes - called.length : 0);
	buffer_text(&text, called.data);
	cJSON_AddStringToObject(root, "msgtype", channel->markdown ? "markdown" : "text");
	content = cJSON_AddObjectToObject(root, channel->markdown ? "markdown" : "text");
	if (channel->markdown)
		cJSON_AddStringToObject(content, "title", message->subject != NULL ? message->subject : "");
	cJSON_AddStringToObject(content, channel->markdown ? "text" : "content", text.data);
	buffer_free(&called);
	buffer_free(&text);
}

bool
dingtalk_build(const Channel *channel, const Message *message, const Moment *moment,
			   Request *request, Buffer *problem)
{
	cJSON	   *root = cJSON_CreateObject();
	cJSON	   *at;
	Mentions	mentions;
	Buffer		signature = {0};
	char		timestamp[32];

	(void) problem;
	buffer_text(&request->url, channel->url);
	if (channel->secret != NULL)
	{
		snprintf(timestamp, sizeof(timestamp), "%lld", (long long) moment->ms);
		dingtalk_signature(&signature, channel->secret, moment->ms);
		request_query(request, "timestamp", timestamp);
		request_query(request, "sign", signature.data);
		buffer_free(&signature);
	}
	robot_mentions(&mentions, message, MAX_MENTIONS);
	add_text(root, channel, message, &mentions);
	at = cJSON_AddObjectToObject(root, "at");
	cJSON_AddItemToObject(at, "atMobiles", mentions.phones);
	cJSON_AddItemToObject(at, "atUserIds", mentions.users);
	cJSON_AddBoolToObject(at, "isAtAll", mentions.everybody);
	cJSON_AddStringToObject(root, "msgUuid", message->key);
	request_json(request, root);
	request_header(request, "Content-Type", "application/json; charset=utf-8");
	return true;
}

Outcome
dingtalk_judge(const Channel *channel, const TransferResult *result, const char *reply,
			   Buffer *provider_id)
{
	(void) provider_id;
	return robot_judge(channel, result, reply, "DingTalk", "errcode", "errmsg", codes);
}
