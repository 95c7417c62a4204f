/*
 * channel.h
 *	  What channels can take.
 */
#ifndef SP_CHANNEL_H
#define SP_CHANNEL_H

#include "base/base.h"

#define UNLIMITED	PG_INT32_MAX

extern bool sp_channel_is_limited(const char *channel);
extern bool sp_channel_is_quiet(const char *channel, TimestampTz clock);

/* Locks the channel until the transaction's end; how many messages it may get now. */
extern int	sp_channel_room(const char *channel, TimestampTz now);
extern bool sp_channel_has_recipient_limit(const char *channel);

/* how many messages he may get there now */
extern int	sp_recipient_room(const char *channel, Datum recipient, TimestampTz now);

extern void sp_channel_use(const char *channel, int64 message_id, int64 lease_token,
						   Datum recipient, TimestampTz until);
extern void sp_channel_used(Datum *message_ids, int count, int64 *lease_tokens, TimestampTz at);

#endif							/* SP_CHANNEL_H */
