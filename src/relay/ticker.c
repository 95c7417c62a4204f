/*
 * ticker.c
 *	  Calls pulse.tick() at an interval, on a connection of its own: a slice may
 *	  take seconds, and deliveries must not wait for it.
 */
#include "ticker.h"

#include <libpq-fe.h>
#include <stdlib.h>
#include <string.h>

#include "delivery.h"
#include "log.h"
#include "outbox.h"

struct Ticker
{
	const Config *config;
	double		every;
	double		due;			/* monotonic seconds of the next call */
	PGconn	   *connection;
	bool		running;		/* a call is under way */
};

Ticker *
ticker_new(const Config *config, double every_seconds)
{
	Ticker	   *ticker = relay_alloc(sizeof(Ticker));

	ticker->config = config;
	ticker->every = every_seconds;
	ticker->due = monotonic_seconds();
	return ticker;
}

void
ticker_free(Ticker *ticker)
{
	if (ticker->connection != NULL)
		PQfinish(ticker->connection);
	free(ticker);
}

static void
drop_connection(Ticker *ticker)
{
	log_event("warning", "tick_failed", "reason", PQerrorMessage(ticker->connection), NULL);
	PQfinish(ticker->connection);
	ticker->connection = NULL;
	ticker->running = false;
}

static void
begin_tick(Ticker *ticker)
{
	ticker->due = monotonic_seconds() + ticker->every;
	if (ticker->connection == NULL &&
		outbox_connect(ticker->config, &ticker->connection) != OUTBOX_OK)
		return;
	if (PQsendQuery(ticker->connection,
					"SELECT events, firings, more FROM pulse.tick(on_failure => 'record')"))
		ticker->running = true;
	else
		drop_connection(ticker);
}

static void
take_result(Ticker *ticker, const PGresult *result)
{
	if (PQresultStatus(result) != PGRES_TUPLES_OK)
		log_event("error", "tick_failed", "reason",
				  PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY), NULL);
	else if (PQgetisnull(result, 0, 0))
		log_event("error", "tick_failed", "reason", "SELECT * FROM pulse.status says why", NULL);
	else if (strcmp(PQgetvalue(result, 0, 2), "t") == 0)
		ticker->due = monotonic_seconds();	/* the batch goes on */
}

static void
end_tick(Ticker *ticker)
{
	PGresult   *result;
	PGnotify   *notification;

	if (!PQconsumeInput(ticker->connection))
	{
		drop_connection(ticker);
		return;
	}
	while (!PQisBusy(ticker->connection))
	{
		if ((result = PQgetResult(ticker->connection)) == NULL)
		{
			ticker->running = false;
			break;
		}
		take_result(ticker, result);
		PQclear(result);
	}
	while ((notification = PQnotifies(ticker->connection)) != NULL)
		PQfreemem(notification);	/* the other connection hears them too */
}

void
ticker_work(Ticker *ticker)
{
	if (ticker->running)
		end_tick(ticker);
	else if (monotonic_seconds() >= ticker->due)
		begin_tick(ticker);
}

double
ticker_wait(const Ticker *ticker, int *socket)
{
	double		left = ticker->due - monotonic_seconds();

	*socket = ticker->running ? PQsocket(ticker->connection) : -1;
	if (ticker->running)
		return ticker->every;
	return left > 0 ? left : 0;
}

bool
ticker_busy(const Ticker *ticker)
{
	return ticker->running;
}
