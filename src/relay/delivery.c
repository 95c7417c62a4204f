/*
 * delivery.c
 *	  A claimed message on its way.
 *
 * Invariant: no transfer goes on after the deadline, which lies before the end
 * of the lease; so two relays that are both alive never send one message.
 */
#include "delivery.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "mime.h"
#include "sign.h"
#include "transport.h"

double
monotonic_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double) now.tv_sec + (double) now.tv_nsec / 1e9;
}

void
message_free(Message *message)
{
	free(message->id);
	free(message->lease_token);
	free(message->channel);
	free(message->recipient);
	free(message->recipient_name);
	for (int i = 0; i < message->copy_count; i++)
		free(message->copies[i]);
	free(message->copies);
	free(message->subject);
	free(message->body);
	free(message->variables);
	free(message->key);
	memset(message, 0, sizeof(Message));
}

Delivery *
delivery_new(Message *message, const Config *config, double begun, double deadline)
{
	Delivery   *delivery = relay_alloc(sizeof(Delivery));

	delivery->message = *message;
	memset(message, 0, sizeof(Message));
	delivery->channel = config_channel(config, delivery->message.channel);
	delivery->begun = begun;
	delivery->deadline = deadline;
	return delivery;
}

static bool
known_address(const Delivery *delivery, const char *address)
{
	for (int i = 0; i < delivery->count; i++)
		if (strcasecmp(delivery->addresses[i], address) == 0)
			return true;
	return false;
}

/* Who a mail goes to, each address once, and its text with those that can be written to. */
static void
prepare_mail(Delivery *delivery)
{
	Message    *message = &delivery->message;
	Message		shown = *message;
	size_t		room = 1 + (size_t) message->copy_count;

	delivery->addresses = relay_alloc(sizeof(char *) * room);
	delivery->outcomes = relay_alloc(sizeof(Outcome) * room);
	delivery->addresses[delivery->count++] = message->recipient;
	shown.copies = relay_alloc(sizeof(char *) * room);
	shown.copy_count = 0;
	for (int i = 0; i < message->copy_count; i++)
	{
		if (known_address(delivery, message->copies[i]))
			continue;
		delivery->addresses[delivery->count++] = message->copies[i];
		if (mail_address_problem(message->copies[i]) == NULL)
			shown.copies[shown.copy_count++] = message->copies[i];
	}
	mail_build(&delivery->mail, &shown, delivery->channel->from_name,
			   delivery->channel->from_address);
	free(shown.copies);
}

static bool
start_transfer(Delivery *delivery, CURLM *multi, Transfer *transfer)
{
	delivery->transfer = transfer;
	curl_easy_setopt(transfer_handle(transfer), CURLOPT_PRIVATE, delivery);
	if (curl_multi_add_handle(multi, transfer_handle(transfer)) != CURLM_OK)
		abort();
	return true;
}

/* Milliseconds that a transfer may take from now on; 0: it is too late to begin. */
static long
time_allowed(const Delivery *delivery)
{
	double		left = delivery->deadline - monotonic_seconds();

	if (left <= 0.001)
		return 0;
	return (long) (1000 * (left < delivery->channel->timeout ? left : delivery->channel->timeout));
}

/* What is known of an address without asking a server; false: nothing. */
static bool
known_outcome(const Delivery *delivery, const Settled *settled, Outcome *outcome)
{
	const char *address = delivery->addresses[delivery->done];
	const char *problem = mail_address_problem(address);
	const Outcome *before = settled_find(settled, delivery->message.key, address);

	if (problem != NULL)
		*outcome = outcome_make(OUTCOME_DEAD, "%s", problem);
	else if (before != NULL)
		*outcome = *before;
	else if (time_allowed(delivery) == 0)
		*outcome = outcome_make(OUTCOME_RETRY, "the lease was too short to come to this address");
	else
		return false;
	return true;
}

/*
 * A recipient who can't get it now is the first to be asked next time, and no
 * copy is sent before; one whose address is unusable stops the mail, since it
 * could not be named in it.
 */
static bool
recipient_stops_mail(const Delivery *delivery)
{
	return delivery->done == 1 &&
		(delivery->outcomes[0].kind == OUTCOME_RETRY ||
		 mail_address_problem(delivery->addresses[0]) != NULL);
}

static void
finish_mail(Delivery *delivery, Settled *settled)
{
	const char *key = delivery->message.key;

	delivery->outcome = outcome_of_mail(delivery->outcomes, delivery->addresses, delivery->done);
	settled_forget(settled, key);
	if (delivery->outcome.kind != OUTCOME_RETRY)
		return;
	for (int i = 0; i < delivery->done; i++)
		if (delivery->outcomes[i].kind != OUTCOME_RETRY)
			settled_remember(settled, key, delivery->addresses[i], &delivery->outcomes[i]);
}

static bool
advance_mail(Delivery *delivery, CURLM *multi, Settled *settled)
{
	size_t		length = delivery->message.body != NULL ? strlen(delivery->message.body) : 0;

	if (length > (size_t) delivery->channel->max_bytes)
	{
		delivery->outcome = outcome_make(OUTCOME_DEAD, "the text is %zu bytes long, this channel takes at most %d (max_bytes)",
										 length, delivery->channel->max_bytes);
		return false;
	}
	if (delivery->addresses == NULL)
		prepare_mail(delivery);
	while (delivery->done < delivery->count && !recipient_stops_mail(delivery))
	{
		if (!known_outcome(delivery, settled, &delivery->outcomes[delivery->done]))
			return start_transfer(delivery, multi,
								  transfer_mail(delivery->channel,
												delivery->addresses[delivery->done],
												&delivery->mail, time_allowed(delivery)));
		delivery->done++;
	}
	finish_mail(delivery, settled);
	return false;
}

static Moment
moment_now(void)
{
	struct timespec now;
	Moment		moment;

	clock_gettime(CLOCK_REALTIME, &now);
	moment.ms = (int64_t) now.tv_sec * 1000 + now.tv_nsec / 1000000;
	random_hex(moment.nonce, sizeof(moment.nonce) - 1);
	return moment;
}

static bool
advance_request(Delivery *delivery, CURLM *multi)
{
	Request		request = {0};
	Buffer		problem = {0};
	Moment		moment;

	if (delivery->done > 0)
		return false;
	if (time_allowed(delivery) == 0)
	{
		delivery->outcome = outcome_make(OUTCOME_RETRY, "the lease was too short to begin");
		return false;
	}
	moment = moment_now();
	if (transport_def(delivery->channel->transport)->build(delivery->channel, &delivery->message,
														   &moment, &request, &problem))
		return start_transfer(delivery, multi,
							  transfer_request(delivery->channel, &request, time_allowed(delivery)));
	delivery->outcome = outcome_make(OUTCOME_DEAD, "%s", problem.data);
	buffer_free(&problem);
	request_free(&request);
	return false;
}

bool
delivery_advance(Delivery *delivery, CURLM *multi, Settled *settled)
{
	if (delivery->channel == NULL)
	{
		delivery->outcome = outcome_make(OUTCOME_RETRY,
										 "channel \"%.60s\" is not configured in this relay",
										 delivery->message.channel);
		return false;
	}
	if (delivery->channel->transport == TRANSPORT_SMTP)
		return advance_mail(delivery, multi, settled);
	return advance_request(delivery, multi);
}

void
delivery_transfer_done(Delivery *delivery, CURLM *multi, CURLcode code)
{
	Transfer   *transfer = delivery->transfer;
	char	   *provider_id;
	Outcome		outcome = transfer_outcome(transfer, code, &provider_id);

	if (delivery->provider_id == NULL)
		delivery->provider_id = provider_id;
	else
		free(provider_id);
	if (delivery->channel->transport == TRANSPORT_SMTP)
		delivery->outcomes[delivery->done] = outcome;
	else
		delivery->outcome = outcome;
	delivery->done++;
	curl_multi_remove_handle(multi, transfer_handle(transfer));
	transfer_free(transfer);
	delivery->transfer = NULL;
}

void
delivery_free(Delivery *delivery)
{
	message_free(&delivery->message);
	free(delivery->addresses);
	free(delivery->outcomes);
	free(delivery->provider_id);
	buffer_free(&delivery->mail);
	free(delivery);
}
