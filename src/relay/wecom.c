/*
 * wecom.c
 *	  The group robot of WeCom.  No signature, no idempotency key.  No I/O.
 */
#include <string.h>

#include "robot.h"
#include "text.h"
#include "transport.h"

#define MAX_MENTIONS	50

static const ReplyCode codes[] = {
	{-1, OUTCOME_RETRY, BLAME_CHANNEL, 0, NULL},
	{45009, OUTCOME_RETRY, BLAME_CHANNEL, 60, "above 20 messages a minute"},
	{45033, OUTCOME_RETRY, BLAME_CHANNEL, 5, "too many at once"},
	{93000, OUTCOME_DEAD, BLAME_CHANNEL, 0, "check the key in the URL"},
	{0, OUTCOME_SENT, BLAME_MESSAGE, 0, NULL}
};

/* In markdown a text could mention people by itself. */
static void
wecom_text(Buffer *out, const Channel *channel, const Message *message)
{
	Buffer text = {0};

	robot_text(&text, message, channel->markdown, (size_t) channel->max_bytes);
	if (channel->markdown)
	{
		Buffer		tame = {0};

		text_replace(&tame, text.data, "<@", "< @");
		text_cut(out, tame.data, (size_t) channel->max_bytes);
		buffer_free(&tame);
	}
	else
		buffer_text(out, text.data);
	buffer_free(&text);
}

bool
wecom_build(const Channel *channel, const Message *message, const Moment *moment,
			Request *request, Buffer *problem)
{
	cJSON	   *root = cJSON_CreateObject();
	cJSON	   *content;
	Mentions	mentions;
	Buffer text = {0};

	(void) moment;
	(void) problem;
	wecom_text(&text, channel, message);
	robot_mentions(&mentions, message, MAX_MENTIONS);
	if (mentions.everybody)
		cJSON_AddItemToArray(mentions.users, cJSON_CreateString("@all"));
	cJSON_AddStringToObject(root, "msgtype", channel->markdown ? "markdown" : "text");
	content = cJSON_AddObjectToObject(root, channel->markdown ? "markdown" : "text");
	cJSON_AddStringToObject(content, "content", text.data);
	buffer_free(&text);
	if (channel->markdown)
	{
		cJSON_Delete(mentions.users);	/* markdown mentions nobody by field */
		cJSON_Delete(mentions.phones);
	}
	else
	{
		cJSON_AddItemToObject(content, "mentioned_list", mentions.users);
		cJSON_AddItemToObject(content, "mentioned_mobile_list", mentions.phones);
	}
	buffer_text(&request->url, channel->url);
	request_json(request, root);
	request_header(request, "Content-Type", "application/json; charset=utf-8");
	return true;
}

Outcome
wecom_judge(const Channel *channel, const TransferResult *result, const char *reply,
			Buffer *provider_id)
{
	(void) provider_id;
	return robot_judge(channel, result, reply, "WeCom", "errcode", "errmsg", codes);
}
