/*
 * robot.c
 *	  What the robots of group chats have in common: text, mentions, replies.
 *	  No I/O.
 */
#include "robot.h"

#include <string.h>

#include "text.h"

static const ReplyCode *
find_code(const ReplyCode *codes, double code)
{
	for (; codes->code != 0; codes++)
		if ((double) codes->code == code)
			return codes;
	return NULL;
}

Outcome
robot_judge(const Channel *channel, const TransferResult *result, const char *reply,
			const char *service, const char *code_name, const char *text_name,
			const ReplyCode *codes)
{
	cJSON	   *root = cJSON_Parse(reply);
	const cJSON *code = cJSON_GetObjectItemCaseSensitive(root, code_name);
	const cJSON *text = cJSON_GetObjectItemCaseSensitive(root, text_name);
	const ReplyCode *known;
	Outcome		outcome;

	if (!cJSON_IsNumber(code))
		outcome = outcome_of_nonsense(result, channel->uncertain, service);
	else if (code->valuedouble == 0)
		outcome = outcome_sent();
	else
	{
		known = find_code(codes, code->valuedouble);
		outcome = outcome_make(known != NULL ? known->kind : OUTCOME_DEAD, "%s says %.0f: %.120s%s%s",
							   service, code->valuedouble,
							   cJSON_IsString(text) ? text->valuestring : "",
							   known != NULL && known->hint != NULL ? "; " : "",
							   known != NULL && known->hint != NULL ? known->hint : "");
		if (known != NULL)
		{
			outcome.blame = known->blame;
			outcome.retry_after = known->retry_after;
		}
	}
	cJSON_Delete(root);
	return outcome;
}

void
robot_text(Buffer *out, const Message *message, bool markdown, size_t max_bytes)
{
	Buffer		whole = {0};
	const char *subject = message->subject != NULL ? message->subject : "";
	const char *body = message->body != NULL ? message->body : "";

	if (*subject != '\0')
		buffer_printf(&whole, markdown ? "### %s\n\n" : "%s\n", subject);
	buffer_text(&whole, body);
	text_cut(out, whole.data, max_bytes);
	buffer_free(&whole);
}

static void
add_mention(Mentions *mentions, const char *address, int max)
{
	if (cJSON_GetArraySize(mentions->phones) + cJSON_GetArraySize(mentions->users) >= max ||
		*address == '\0')
		return;
	if (strcmp(address, "@all") == 0)
		mentions->everybody = true;
	else
		cJSON_AddItemToArray(text_is_phone(address) ? mentions->phones : mentions->users,
							 cJSON_CreateString(address));
}

void
robot_mentions(Mentions *mentions, const Message *message, int max)
{
	mentions->phones = cJSON_CreateArray();
	mentions->users = cJSON_CreateArray();
	mentions->everybody = false;
	add_mention(mentions, message->recipient, max);
	for (int i = 0; i < message->copy_count; i++)
		add_mention(mentions, message->copies[i], max);
}
