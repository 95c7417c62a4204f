/*
 * channel.c
 *	  What channels can take: so many messages in any window, in all or for
 *	  one recipient.
 *
 * A message takes its place when it is claimed and keeps it until a whole
 * window after its answer (or the end of its lease), since nobody knows when
 * in between it was sent.  Claims on a channel with limits take turns: each
 * holds a lock of the channel until its transaction ends, and counts what is
 * committed.  So any number of workers together stay within the limits.
 * Invariant: the cache below holds the limits as of "limit_changes".
 */
#include "escalation/channel.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "base/kept.h"
#include "storage/lock.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#define CHANNEL_LOCK_CLASS	1400136296	/* 'Stch' */

typedef struct LimitedChannel
{
	char	   *name;
	bool		per_recipient;	/* one of its limits is */
} LimitedChannel;

static SpWatchedTable limit_table = {.table_name = "channel_limit"};
static MemoryContext limit_context = NULL;
static LimitedChannel *limited = NULL;
static int	limited_count;
static uint64 limit_changes;

static void
load_limits(void)
{
	SpSpiScope	scope;

	sp_spi_begin_as(&scope, sp_owner_role());
	if (SPI_execute("SELECT channel, bool_or(per_recipient) FROM pulse_internal.channel_limit GROUP BY channel",
					true, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not read pulse_internal.channel_limit");
	if (limit_context == NULL)
		limit_context = AllocSetContextCreate(TopMemoryContext, "salespulse channels", ALLOCSET_SMALL_SIZES);
	limited = NULL;
	MemoryContextReset(limit_context);
	limited = MemoryContextAlloc(limit_context, sizeof(LimitedChannel) * (SPI_processed + 1));
	limited_count = 0;
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		bool		isnull;

		limited[i].name = MemoryContextStrdup(limit_context,
											  SPI_getvalue(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 1));
		limited[i].per_recipient = DatumGetBool(SPI_getbinval(SPI_tuptable->vals[i],
															  SPI_tuptable->tupdesc, 2, &isnull));
		limited_count++;
	}
	sp_spi_end(&scope);
}

static const LimitedChannel *
find_limited(const char *channel)
{
	uint64		changes;

	(void) sp_watched_relid(&limit_table);
	changes = limit_table.changes;
	if (limited == NULL || limit_changes != changes)
	{
		load_limits();
		limit_changes = changes;
	}
	for (int i = 0; i < limited_count; i++)
		if (strcmp(limited[i].name, channel) == 0)
			return &limited[i];
	return NULL;
}

/* Only urgent messages go then.  The hours themselves shift what is written
 * meanwhile; this is for what is late, or comes back. */
bool
sp_channel_is_quiet(const char *channel, TimestampTz clock)
{
	static SpWatchedTable quiet_table = {.table_name = "quiet_hours"};
	static uint64 quiet_changes = 0;
	static bool any_quiet = true;
	Oid			types[2] = {TEXTOID, TIMESTAMPTZOID};
	Datum		values[2] = {CStringGetTextDatum(channel), TimestampTzGetDatum(clock)};
	uint64		changes;

	(void) sp_watched_relid(&quiet_table);
	changes = quiet_table.changes;
	if (quiet_changes != changes + 1)
	{
		any_quiet = sp_execute_as_owner("SELECT FROM pulse_internal.quiet_hours WHERE scope = 'channel' LIMIT 1",
										SPI_OK_SELECT, 0, NULL, NULL, NULL) > 0;
		quiet_changes = changes + 1;
	}
	return any_quiet &&
		sp_execute_as_owner("SELECT FROM pulse_internal.quiet_hours WHERE scope = 'channel' AND name = $1"
							" AND pulse_internal.quiet_end($2, since, until, calendar) > $2",
							SPI_OK_SELECT, 2, types, values, NULL) > 0;
}

bool
sp_channel_is_limited(const char *channel)
{
	return find_limited(channel) != NULL;
}

bool
sp_channel_has_recipient_limit(const char *channel)
{
	const LimitedChannel *found = find_limited(channel);

	return found != NULL && found->per_recipient;
}

/* One value of one row, as the owner. */
static int
count_by(const char *sql, int nargs, Oid *types, Datum *values)
{
	SpSpiScope	scope;
	bool		isnull;
	int			result;

	sp_spi_begin_as(&scope, sp_owner_role());
	/* not read only: what this transaction claimed just now counts, too */
	if (SPI_execute_with_args(sql, nargs, types, values, NULL, false, 1) != SPI_OK_SELECT || SPI_processed != 1)
		elog(ERROR, "could not read pulse_internal.channel_use");
	result = DatumGetInt32(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull));
	sp_spi_end(&scope);
	return result;
}

static void
lock_channel(const char *channel)
{
	if (IsolationUsesXactSnapshot())
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("channel \"%s\" has limits, which a transaction of this isolation level cannot count", channel),
				 errdetail("It does not see what other workers have claimed meanwhile."),
				 errhint("Claim in a transaction of its own, at READ COMMITTED.")));
	(void) DirectFunctionCall2(pg_advisory_xact_lock_int4, Int32GetDatum(CHANNEL_LOCK_CLASS),
							   Int32GetDatum((int32) string_hash(channel, strlen(channel) + 1)));
}

int
sp_channel_room(const char *channel, TimestampTz now)
{
	Oid			types[2] = {TEXTOID, TIMESTAMPTZOID};
	Datum		values[2] = {CStringGetTextDatum(channel), TimestampTzGetDatum(now)};

	if (!sp_channel_is_limited(channel))
		return UNLIMITED;
	lock_channel(channel);
	(void) sp_execute_as_owner("DELETE FROM pulse_internal.channel_use WHERE channel = $1 AND last_at <= $2 -"
							   " (SELECT max(span) FROM pulse_internal.channel_limit WHERE channel = $1)",
							   SPI_OK_DELETE, 2, types, values, NULL);
	return count_by("SELECT coalesce(min(greatest(l.max_messages - (SELECT count(*) FROM pulse_internal.channel_use AS u"
					"  WHERE u.channel = l.channel AND u.last_at > $2 - l.span), 0)), 2147483647)::int4"
					" FROM pulse_internal.channel_limit AS l WHERE l.channel = $1 AND NOT l.per_recipient",
					2, types, values);
}

/* UNLIMITED where the channel does not count by recipient. */
int
sp_recipient_room(const char *channel, Datum recipient, TimestampTz now)
{
	static SPIPlanPtr plan = NULL;
	Oid			types[3] = {TEXTOID, TIMESTAMPTZOID, TEXTOID};
	Datum		values[3] = {CStringGetTextDatum(channel), TimestampTzGetDatum(now), recipient};
	SpSpiScope	scope;
	int			room;

	sp_spi_begin_as(&scope, sp_owner_role());
	/* not read only: what this transaction claimed before counts, too */
	sp_call_kept(&plan, "SELECT coalesce(min(greatest(l.max_messages - (SELECT count(*) FROM pulse_internal.channel_use AS u"
				 "  WHERE u.channel = l.channel AND u.recipient = $3 AND u.last_at > $2 - l.span), 0)), 2147483647)::int4"
				 " FROM pulse_internal.channel_limit AS l WHERE l.channel = $1 AND l.per_recipient", 3, types, values);
	room = sp_int_at(0, 1);
	sp_spi_end(&scope);
	return room;
}

void
sp_channel_use(const char *channel, int64 message_id, int64 lease_token, Datum recipient, TimestampTz until)
{
	Oid			types[5] = {TEXTOID, TIMESTAMPTZOID, INT8OID, INT8OID, TEXTOID};
	Datum		values[5] = {
		CStringGetTextDatum(channel), TimestampTzGetDatum(until), Int64GetDatum(message_id),
		Int64GetDatum(lease_token), recipient
	};

	(void) sp_execute_as_owner("INSERT INTO pulse_internal.channel_use (channel, last_at, message_id, lease_token, recipient)"
							   " VALUES ($1, $2, $3, $4, $5)",
							   SPI_OK_INSERT, 5, types, values, NULL);
}

/* Their answers came: from now on their places run out. */
void
sp_channel_used(Datum *message_ids, int count, int64 *lease_tokens, TimestampTz at)
{
	Oid			types[3] = {INT8ARRAYOID, INT8ARRAYOID, TIMESTAMPTZOID};
	Datum	   *tokens = palloc(sizeof(Datum) * Max(count, 1));
	Datum		values[3];

	if (count == 0)
		return;
	for (int i = 0; i < count; i++)
		tokens[i] = Int64GetDatum(lease_tokens[i]);
	values[0] = PointerGetDatum(construct_array(message_ids, count, INT8OID, 8, FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
	values[1] = PointerGetDatum(construct_array(tokens, count, INT8OID, 8, FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
	values[2] = TimestampTzGetDatum(at);
	(void) sp_execute_as_owner("UPDATE pulse_internal.channel_use AS u SET last_at = least(u.last_at, $3)"
							   " FROM unnest($1, $2) AS a(message_id, lease_token)"
							   " WHERE u.message_id = a.message_id AND u.lease_token = a.lease_token",
							   SPI_OK_UPDATE, 3, types, values, NULL);
}
