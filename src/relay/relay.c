/*
 * relay.c
 *	  The loop that claims, delivers and settles.
 *
 * Invariant: a delivery is in one of two lists: "moving" while it has a
 * transfer or waits for its first, "settled" until its outcome is written to
 * the outbox.  An outcome outlives a lost connection; the program's death
 * loses only what the leases bring back.
 */
#include "relay.h"

#include <curl/curl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "claims.h"
#include "listener.h"
#include "log.h"
#include "mask.h"
#include "outbox.h"
#include "settled.h"
#include "text.h"
#include "ticker.h"

#define MAX_BACKOFF			60.0	/* seconds between attempts to connect */
#define SETTLED_ADDRESSES	4096
#define WAIT_AT_MOST		1.0 /* a signal may come just before the wait */

typedef struct Relay
{
	const Config *config;
	const RelayOptions *options;
	PGconn	   *connection;		/* NULL: not connected */
	double		connect_at;
	double		backoff;
	Claims	   *claims;
	bool		held;			/* delivery was held at the last claim */
	CURLM	   *multi;
	Settled    *settled_addresses;
	Ticker	   *ticker;			/* NULL without --run-every */
	Listener   *listener;		/* NULL where no receipts are awaited */
	Delivery   *moving;
	Delivery   *settled;
	ExitCode	result;
	bool		ending;
} Relay;

static volatile sig_atomic_t stop_requested = 0;

void
relay_stop(void)
{
	stop_requested = 1;
}

static void
log_outcome(const Delivery *delivery)
{
	static const char *const events[] = {"sent", "retry", "unknown", "dead"};
	static const char *const levels[] = {"info", "warning", "warning", "error"};
	const Message *message = &delivery->message;
	const Outcome *outcome = &delivery->outcome;
	char		attempt[16];
	char		ms[32];

	snprintf(attempt, sizeof(attempt), "%d", message->attempt);
	snprintf(ms, sizeof(ms), "%.0f", (monotonic_seconds() - delivery->begun) * 1000);
	log_event(outcome->reason[0] != '\0' && outcome->kind == OUTCOME_SENT ? "warning" :
			  levels[outcome->kind], events[outcome->kind],
			  "message", message->id, "channel", message->channel, "to", message->recipient,
			  "attempt", attempt, "ms", ms,
			  "reason", outcome->reason[0] != '\0' ? outcome->reason : NULL, NULL);
}

static void
lose_connection(Relay *relay)
{
	PQfinish(relay->connection);
	relay->connection = NULL;
	relay->connect_at = monotonic_seconds();
	relay->backoff = 0;
}

static void
end_with(Relay *relay, ExitCode result)
{
	relay->ending = true;
	if (relay->result == EXIT_DONE)
		relay->result = result;
}

/* Connects when it is time to; backs off from half a second to a minute. */
static void
try_connect(Relay *relay)
{
	OutboxStatus status;

	if (relay->connection != NULL || monotonic_seconds() < relay->connect_at)
		return;
	status = outbox_connect(relay->config, &relay->connection);
	if (status == OUTBOX_OK)
	{
		log_event("info", "connected", "identity", relay->config->identity,
				  "worker", relay->config->worker, NULL);
		relay->backoff = 0;
		claims_hurry(relay->claims);
		return;
	}
	if (status == OUTBOX_FOREIGN)
		end_with(relay, EXIT_FOREIGN);
	else if (relay->options->once)
		end_with(relay, EXIT_TROUBLE);
	relay->backoff = relay->backoff == 0 ? 0.5 :
		relay->backoff * 2 < MAX_BACKOFF ? relay->backoff * 2 : MAX_BACKOFF;
	relay->connect_at = monotonic_seconds() + relay->backoff;
}

/* A status of a statement, where it is not OUTBOX_OK. */
static void
take_trouble(Relay *relay, OutboxStatus status)
{
	if (status == OUTBOX_LOST)
		lose_connection(relay);
	if (status == OUTBOX_HELD && !relay->held)
		log_event("warning", "delivery_held", "hint",
				  "the database was restored or copied; call pulse.resume_delivery() to deliver from it",
				  NULL);
	if (relay->options->once)
		end_with(relay, EXIT_TROUBLE);
	relay->held = status == OUTBOX_HELD;
}

static void
move_to_settled(Relay *relay, Delivery **link)
{
	Delivery   *delivery = *link;

	*link = delivery->next;
	delivery->next = relay->settled;
	relay->settled = delivery;
	log_outcome(delivery);
	claims_done(relay->claims, delivery);
}

/* Starts what has no transfer; what is through with its addresses is settled. */
static void
advance_all(Relay *relay)
{
	Delivery  **link = &relay->moving;

	while (*link != NULL)
	{
		if ((*link)->transfer == NULL &&
			!delivery_advance(*link, relay->multi, relay->settled_addresses))
			move_to_settled(relay, link);
		else
			link = &(*link)->next;
	}
}

static void
claim(Relay *relay)
{
	int			claimed;
	OutboxStatus status;

	if (relay->connection == NULL || relay->ending || stop_requested ||
		claims_wait(relay->claims) > 0)
		return;
	status = claims_take(relay->claims, relay->connection, &relay->moving, &claimed);
	if (status == OUTBOX_OK)
		relay->held = false;
	else
		take_trouble(relay, status);
}

static void
settle_all(Relay *relay)
{
	OutboxStatus status;

	if (relay->connection == NULL || relay->settled == NULL)
		return;
	status = outbox_settle(relay->connection, &relay->settled);
	if (status != OUTBOX_OK)
		take_trouble(relay, status);
}

static void
collect_finished(Relay *relay)
{
	int			running;
	int			left;
	CURLMsg    *message;

	curl_multi_perform(relay->multi, &running);
	while ((message = curl_multi_info_read(relay->multi, &left)) != NULL)
	{
		char	   *private_pointer;
		CURLcode	code = message->data.result;

		if (message->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &private_pointer);
		delivery_transfer_done((Delivery *) private_pointer, relay->multi, code);
	}
}

/* Receipts into the database; what to answer to who brought them. */
static int
take_receipts(void *context, Receipt *list)
{
	Relay	   *relay = context;

	for (; list != NULL; list = list->next)
	{
		bool		known = true;
		OutboxStatus status = OUTBOX_OK;

		if (relay->connection == NULL)
			return 503;			/* to be told again */
		if (list->kind != RECEIPT_NONE)
			status = outbox_receive(relay->connection, list, &known);
		if (status != OUTBOX_OK)
		{
			take_trouble(relay, status);
			return 503;
		}
		log_event(list->kind == RECEIPT_FAILED ? "warning" : "info",
				  list->kind == RECEIPT_NONE ? "receipt_other" : !known ? "receipt_late" :
				  list->kind == RECEIPT_FAILED ? "failed" : "delivered",
				  "message", list->message_id, "serial", list->provider_id,
				  "reason", list->kind == RECEIPT_FAILED ? list->reason : NULL, NULL);
	}
	return 200;
}

static double
least(double a, double b)
{
	return a < b ? a : b;
}

/* Waits for sockets, the clock, or a signal. */
static void
wait_for_work(Relay *relay)
{
	struct curl_waitfd others[2 + LISTENER_SOCKETS];
	unsigned int count = 0;
	double		now = monotonic_seconds();
	double		seconds = WAIT_AT_MOST;
	int			socket;

	if (relay->connection == NULL)
		seconds = least(seconds, relay->connect_at - now);
	else
	{
		others[count++] = (struct curl_waitfd)
		{
			PQsocket(relay->connection), CURL_WAIT_POLLIN, 0
		};
		if (!stop_requested)
			seconds = least(seconds, claims_wait(relay->claims));
	}
	if (relay->ticker != NULL)
	{
		seconds = least(seconds, ticker_wait(relay->ticker, &socket));
		if (socket >= 0)
			others[count++] = (struct curl_waitfd)
		{
			socket, CURL_WAIT_POLLIN, 0
		};
	}
	if (relay->listener != NULL)
		count += listener_wait(relay->listener, others + count);
	if (seconds > 0)
		curl_multi_poll(relay->multi, others, count, (int) (seconds * 1000) + 1, NULL);
}

static void
hear_notifications(Relay *relay)
{
	bool		woken;
	OutboxStatus status;

	if (relay->connection == NULL)
		return;
	status = outbox_listen(relay->connection, &woken);
	if (status != OUTBOX_OK)
		take_trouble(relay, status);
	else if (woken)
		claims_hurry(relay->claims);
}

static bool
finished(const Relay *relay)
{
	bool		idle = relay->moving == NULL && relay->settled == NULL &&
	(relay->ticker == NULL || !ticker_busy(relay->ticker));

	if (relay->ending || stop_requested)
		return idle || (relay->moving == NULL && relay->connection == NULL);
	return relay->options->once && idle && claims_drained(relay->claims);
}

static void
relay_step(Relay *relay)
{
	try_connect(relay);
	if (relay->ticker != NULL && !(relay->ending || stop_requested))
		ticker_work(relay->ticker);
	else if (relay->ticker != NULL && ticker_busy(relay->ticker))
		ticker_work(relay->ticker);
	if (relay->listener != NULL)
		listener_work(relay->listener);
	claim(relay);
	advance_all(relay);
	collect_finished(relay);
	advance_all(relay);
	settle_all(relay);
	if (!finished(relay))
		wait_for_work(relay);
	hear_notifications(relay);
}

static void
relay_close(Relay *relay)
{
	if (relay->ticker != NULL)
		ticker_free(relay->ticker);
	if (relay->listener != NULL)
		listener_free(relay->listener);
	while (relay->settled != NULL)
	{
		Delivery   *delivery = relay->settled;

		relay->settled = delivery->next;
		delivery_free(delivery);
	}
	claims_free(relay->claims);
	settled_free(relay->settled_addresses);
	curl_multi_cleanup(relay->multi);
	if (relay->connection != NULL)
		PQfinish(relay->connection);
}

ExitCode
relay_run(const Config *config, const RelayOptions *options)
{
	Relay		relay = {0};
	bool		deaf;

	relay.config = config;
	relay.options = options;
	relay.claims = claims_new(config, options->once);
	relay.multi = curl_multi_init();
	relay.settled_addresses = settled_new(SETTLED_ADDRESSES);
	if (options->run_every > 0)
		relay.ticker = ticker_new(config, options->run_every);
	relay.listener = options->once ? NULL : listener_new(config, take_receipts, &relay, &deaf);
	if (!options->once && deaf)
		end_with(&relay, EXIT_TROUBLE);
	while (!finished(&relay))
		relay_step(&relay);
	if (stop_requested)
		log_event("info", "stopped", NULL);
	relay_close(&relay);
	return relay.result;
}

static ExitCode
exit_code_of(OutboxStatus status)
{
	return status == OUTBOX_OK ? EXIT_DONE :
		status == OUTBOX_FOREIGN ? EXIT_FOREIGN : EXIT_TROUBLE;
}

/* Where the key is in the address, somebody has to enter it at the service. */
static void
show_receipt_addresses(const Config *config)
{
	for (int i = 0; i < config->channel_count; i++)
	{
		const Channel *channel = &config->channels[i];
		Buffer		address = {0};

		if (channel->transport != TRANSPORT_TENCENT || channel->receipts == NULL)
			continue;
		buffer_printf(&address, "%s/tencent?channel=", config->receipts.url);
		text_percent_encode(&address, channel->name);
		buffer_text(&address, "&key=");
		receipt_channel_key(&address, config->receipts.secret, channel->name);
		printf("address for the receipts of channel %s: %s\n", channel->name, address.data);
		buffer_free(&address);
	}
}

ExitCode
relay_check(const Config *config)
{
	PGconn	   *connection;
	OutboxStatus status = outbox_connect(config, &connection);

	if (connection != NULL)
		PQfinish(connection);
	if (status == OUTBOX_OK)
		show_receipt_addresses(config);
	if (status == OUTBOX_OK)
		printf("configuration and database are good: %d channel%s, identity %s\n",
			   config->channel_count, config->channel_count == 1 ? "" : "s", config->identity);
	return exit_code_of(status);
}

static void
show_delivery(const Delivery *delivery)
{
	Buffer		recipient = {0};

	mask_text(&recipient, delivery->message.recipient);
	printf("message %s to %s by %s (%s), %d cop%s, attempt %d: %s\n",
		   delivery->message.id, recipient.data, delivery->message.channel,
		   delivery->channel == NULL ? "not configured here" :
		   transport_name(delivery->channel->transport),
		   delivery->message.copy_count, delivery->message.copy_count == 1 ? "y" : "ies",
		   delivery->message.attempt,
		   delivery->message.subject != NULL ? delivery->message.subject : "");
	buffer_free(&recipient);
}

ExitCode
relay_dry_run(const Config *config)
{
	PGconn	   *connection;
	Delivery   *list = NULL;
	int			claimed = 0;
	OutboxStatus status = outbox_connect(config, &connection);

	if (status == OUTBOX_OK)
	{
		status = outbox_preview(connection, config, &list, &claimed);
		if (status == OUTBOX_HELD)
			puts("delivery is held: the database was restored or copied; "
				 "call pulse.resume_delivery() to deliver from it");
		else if (status == OUTBOX_OK)
			printf("%d message%s would be delivered next; nothing was sent or changed\n",
				   claimed, claimed == 1 ? "" : "s");
		PQfinish(connection);
	}
	while (list != NULL)
	{
		Delivery   *delivery = list;

		show_delivery(delivery);
		list = delivery->next;
		delivery_free(delivery);
	}
	return exit_code_of(status);
}
