/*
 * robot.h
 *	  What the robots of group chats have in common.
 */
#ifndef RELAY_ROBOT_H
#define RELAY_ROBOT_H

#include <cjson/cJSON.h>

#include "config.h"
#include "message.h"
#include "outcome.h"

/* How a service counts: the code of its reply, and what that means. */
typedef struct ReplyCode
{
	long		code;
	OutcomeKind kind;
	Blame		blame;
	long		retry_after;	/* seconds */
	const char *hint;			/* what the operator should know; may be NULL */
} ReplyCode;

/*
 * Reads {"code_name": number, "text_name": "..."} and looks the number up; 0 is
 * sent, what the table (ended by code 0) does not know is dead.
 */
extern Outcome robot_judge(const Channel *channel, const TransferResult *result, const char *reply,
						   const char *service, const char *code_name, const char *text_name,
						   const ReplyCode *codes);

/* Subject and body as one text of at most max_bytes. */
extern void robot_text(Buffer *out, const Message *message, bool markdown, size_t max_bytes);

/* Who is to be mentioned, recipient and copies, by what they are. */
typedef struct Mentions
{
	cJSON	   *phones;			/* arrays */
	cJSON	   *users;
	bool		everybody;
} Mentions;

extern void robot_mentions(Mentions *mentions, const Message *message, int max);

#endif							/* RELAY_ROBOT_H */
