/*
 * claims.c
 *	  What to claim next.
 *
 * Channels that nothing limits are claimed together, in the outbox's order.
 * A channel with rate limits, or one that pauses or tries its server, is
 * claimed alone and by no more than its valve lets through, so nothing waits
 * here with a lease.  One with half a batch in flight is left out: a server
 * that hangs holds up its own messages only.
 */
#include "claims.h"

#include <stdio.h>
#include <stdlib.h>

#include "log.h"
#include "valve.h"

struct Claims
{
	const Config *config;
	Valve	  **valves;			/* one per channel of the configuration */
	bool	   *more;			/* the last claim of that channel came back
								 * full */
	bool		looked;
	double		look_at;
	double		strangers_at;	/* when to look for channels that are not
								 * configured, where no other is open */
};

Claims *
claims_new(const Config *config, bool fresh)
{
	Claims	   *claims = relay_alloc(sizeof(Claims));

	claims->config = config;
	claims->valves = relay_alloc(sizeof(Valve *) * (size_t) config->channel_count);
	claims->more = relay_alloc(sizeof(bool) * (size_t) config->channel_count);
	for (int i = 0; i < config->channel_count; i++)
		claims->valves[i] = valve_new(&config->channels[i], config->batch, monotonic_seconds(), !fresh);
	return claims;
}

void
claims_free(Claims *claims)
{
	for (int i = 0; i < claims->config->channel_count; i++)
		valve_free(claims->valves[i]);
	free(claims->valves);
	free(claims->more);
	free(claims);
}

static Valve *
find_valve(const Claims *claims, const Channel *channel)
{
	return channel != NULL ? claims->valves[channel - claims->config->channels] : NULL;
}

/* Claims and counts; *full: there may be more. */
static OutboxStatus
claim(Claims *claims, PGconn *connection, const ClaimScope *scope, Delivery **list,
	  int *claimed, bool *full)
{
	Delivery   *before = *list;
	int			count;
	OutboxStatus status = outbox_claim(connection, claims->config, scope, list, &count);

	for (const Delivery *delivery = *list; delivery != before; delivery = delivery->next)
	{
		Valve	   *valve = find_valve(claims, delivery->channel);

		if (valve != NULL)
			valve_begin(valve);
	}
	*claimed += count;
	*full = count == scope->max;
	return status;
}

/* The channels that nothing limits, and those that are not configured. */
static OutboxStatus
claim_together(Claims *claims, PGconn *connection, const bool *open, Delivery **list, int *claimed)
{
	Buffer		except = {0};
	ClaimScope	scope = {0};
	OutboxStatus status;
	int			in_flight = 0;
	bool		full;

	for (int i = 0; i < claims->config->channel_count; i++)
	{
		if (open[i])
			in_flight += valve_in_flight(claims->valves[i]);
		else
			array_add(&except, claims->config->channels[i].name);
	}
	scope.max = claims->config->batch - in_flight;
	if (scope.max * 4 < claims->config->batch)
		scope.max = (claims->config->batch + 3) / 4;
	scope.except = except.length > 0 ? array_end(&except) : NULL;
	status = claim(claims, connection, &scope, list, claimed, &full);
	for (int i = 0; i < claims->config->channel_count; i++)
		if (open[i])
			claims->more[i] = full;
	buffer_free(&except);
	return status;
}

static OutboxStatus
claim_alone(Claims *claims, PGconn *connection, int index, int room, Delivery **list, int *claimed)
{
	Buffer		only = {0};
	ClaimScope	scope = {0};
	OutboxStatus status;

	array_add(&only, claims->config->channels[index].name);
	scope.only = array_end(&only);
	scope.max = room;
	status = claim(claims, connection, &scope, list, claimed, &claims->more[index]);
	buffer_free(&only);
	return status;
}

static OutboxStatus
claim_all(Claims *claims, PGconn *connection, double now, Delivery **list, int *claimed)
{
	bool		open[claims->config->channel_count];
	bool		any = now >= claims->strangers_at;
	OutboxStatus status = OUTBOX_OK;

	for (int i = 0; i < claims->config->channel_count; i++)
		any |= open[i] = valve_open(claims->valves[i], now);
	if (any)
	{
		claims->strangers_at = now + claims->config->poll;
		status = claim_together(claims, connection, open, list, claimed);
	}
	for (int i = 0; i < claims->config->channel_count && status == OUTBOX_OK; i++)
	{
		int			room = open[i] ? 0 : valve_room(claims->valves[i], now);

		if (room > 0)
			status = claim_alone(claims, connection, i, room, list, claimed);
	}
	return status;
}

/* More is due of a channel that can take it now. */
static bool
can_go_on(const Claims *claims, int index, double now)
{
	return claims->more[index] && (valve_open(claims->valves[index], now) ||
								   valve_room(claims->valves[index], now) > 0);
}

OutboxStatus
claims_take(Claims *claims, PGconn *connection, Delivery **list, int *claimed)
{
	double		now = monotonic_seconds();
	double		next = claims->config->poll;
	OutboxStatus status;

	*claimed = 0;
	claims->looked = true;
	status = claim_all(claims, connection, now, list, claimed);
	for (int i = 0; i < claims->config->channel_count && status == OUTBOX_OK; i++)
	{
		double		left = valve_next(claims->valves[i], now);

		if (can_go_on(claims, i, now))
			next = 0;
		else if (left < next)
			next = left;
	}
	claims->look_at = now + next;
	return status;
}

bool
claims_drained(const Claims *claims)
{
	double		now = monotonic_seconds();

	for (int i = 0; i < claims->config->channel_count; i++)
		if (can_go_on(claims, i, now))
			return false;
	return claims->looked;
}

double
claims_wait(const Claims *claims)
{
	double		left = claims->look_at - monotonic_seconds();

	return left > 0 ? left : 0;
}

void
claims_hurry(Claims *claims)
{
	claims->look_at = 0;
}

void
claims_done(Claims *claims, const Delivery *delivery)
{
	Valve	   *valve = find_valve(claims, delivery->channel);
	double		now = monotonic_seconds();
	ValveChange change;
	char		seconds[32];

	if (valve == NULL)
		return;
	change = valve_end(valve, now, &delivery->outcome);
	snprintf(seconds, sizeof(seconds), "%.0f", valve_pause(valve, now));
	if (change == VALVE_PAUSED)
		log_event("warning", "channel_paused", "channel", delivery->channel->name,
				  "seconds", seconds, "reason", delivery->outcome.reason, NULL);
	if (change == VALVE_RESUMED)
		log_event("info", "channel_resumed", "channel", delivery->channel->name, NULL);
	if (change == VALVE_RESUMED || can_go_on(claims, (int) (delivery->channel - claims->config->channels), now))
		claims_hurry(claims);
}
