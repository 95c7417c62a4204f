/*
 * settle.c
 *	  Writing down what became of messages: outcomes and receipts.
 *
 * What was sent is written many at a time, in one statement; the rest one by
 * one.  The outbox ranks states, so that what comes late or twice does no harm.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "outbox.h"

#define SETTLED_AT_ONCE	100

/* Whose lease did not hold, by the ids that came back in order of nothing. */
static void
log_lost_leases(const PGresult *result, Delivery *const *deliveries, int count)
{
	for (int i = 0; i < count && PQntuples(result) < count; i++)
	{
		bool		held = false;

		for (int row = 0; row < PQntuples(result); row++)
			held |= strcmp(PQgetvalue(result, row, 0), deliveries[i]->message.id) == 0;
		if (!held)
			log_event("warning", "lease_lost", "message", deliveries[i]->message.id, NULL);
	}
}

static OutboxStatus
acknowledge(PGconn *connection, Delivery *const *deliveries, int count)
{
	Buffer		ids = {0};
	Buffer		tokens = {0};
	Buffer		provider_ids = {0};
	const char *parameters[3];
	PGresult   *result;
	OutboxStatus status;

	for (int i = 0; i < count; i++)
	{
		if (deliveries[i]->provider_id != NULL)
			utf8_clean(deliveries[i]->provider_id);
		array_add(&ids, deliveries[i]->message.id);
		array_add(&tokens, deliveries[i]->message.lease_token);
		array_add(&provider_ids, deliveries[i]->provider_id);
	}
	parameters[0] = array_end(&ids);
	parameters[1] = array_end(&tokens);
	parameters[2] = array_end(&provider_ids);
	result = PQexecParams(connection,
						  "SELECT pulse.ack_messages($1::bigint[], $2::bigint[], 'sent', $3::text[])",
						  3, NULL, parameters, NULL, NULL, 0);
	status = outbox_status(connection, result, "ack_messages");
	if (status == OUTBOX_OK)
		log_lost_leases(result, deliveries, count);
	PQclear(result);
	buffer_free(&ids);
	buffer_free(&tokens);
	buffer_free(&provider_ids);
	return status;
}

static OutboxStatus
acknowledge_unknown(PGconn *connection, const Delivery *delivery)
{
	char		reason[sizeof(delivery->outcome.reason)];
	const char *parameters[] = {delivery->message.id, delivery->message.lease_token, reason};
	PGresult   *result;
	OutboxStatus status;

	memcpy(reason, delivery->outcome.reason, sizeof(reason));
	utf8_clean(reason);
	result = PQexecParams(connection,
						  "SELECT pulse.ack_message($1::bigint, $2::bigint, outcome => 'unknown', reason => $3::text)",
						  3, NULL, parameters, NULL, NULL, 0);
	status = outbox_status(connection, result, "ack_message");
	PQclear(result);
	return status;
}

static OutboxStatus
report_failure(PGconn *connection, const Delivery *delivery)
{
	const Outcome *outcome = &delivery->outcome;
	char		reason[sizeof(outcome->reason)];
	char		retry_after[48];
	const char *parameters[] = {
		delivery->message.id, delivery->message.lease_token, reason,
		outcome->retry_after > 0 ? retry_after : NULL,
		outcome->kind == OUTCOME_DEAD ? "t" : "f",
		outcome->kind == OUTCOME_RETRY && outcome->blame == BLAME_CHANNEL ? "f" : "t"
	};
	PGresult   *result;
	OutboxStatus status;

	memcpy(reason, outcome->reason, sizeof(reason));
	utf8_clean(reason);
	snprintf(retry_after, sizeof(retry_after), "%ld seconds", outcome->retry_after);
	result = PQexecParams(connection,
						  "SELECT pulse.fail_message($1::bigint, $2::bigint, $3::text,"
						  " $4::interval, $5::boolean, $6::boolean)",
						  6, NULL, parameters, NULL, NULL, 0);
	status = outbox_status(connection, result, "fail_message");
	PQclear(result);
	return status;
}

/* The first of the list; with more that were sent, where they are. */
static OutboxStatus
settle_some(PGconn *connection, Delivery **list)
{
	Delivery   *sent[SETTLED_AT_ONCE];
	Delivery   *first = *list;
	Delivery  **link = list;
	int			count = 0;
	OutboxStatus status;

	if (first->outcome.kind != OUTCOME_SENT)
	{
		status = first->outcome.kind == OUTCOME_UNKNOWN ?
			acknowledge_unknown(connection, first) : report_failure(connection, first);
		if (status != OUTBOX_LOST)
		{
			*list = first->next;
			delivery_free(first);
		}
		return status;
	}
	for (Delivery *delivery = first; delivery != NULL && count < SETTLED_AT_ONCE; delivery = delivery->next)
		if (delivery->outcome.kind == OUTCOME_SENT)
			sent[count++] = delivery;
	status = acknowledge(connection, sent, count);
	for (int i = 0; status != OUTBOX_LOST && *link != NULL && i < count;)
	{
		if (*link == sent[i])
		{
			*link = sent[i]->next;
			delivery_free(sent[i++]);
		}
		else
			link = &(*link)->next;
	}
	return status;
}

OutboxStatus
outbox_settle(PGconn *connection, Delivery **list)
{
	OutboxStatus worst = OUTBOX_OK;

	while (*list != NULL)
	{
		OutboxStatus status = settle_some(connection, list);

		if (status == OUTBOX_LOST)
			return status;
		if (status != OUTBOX_OK)
			worst = status;
	}
	return worst;
}

/* Which message a gateway's own number names, where the receipt has nothing better. */
static OutboxStatus
find_message(PGconn *connection, Receipt *receipt)
{
	const char *parameters[] = {receipt->channel, receipt->provider_id};
	PGresult   *result = PQexecParams(connection, "SELECT message_id, lease_token FROM pulse.find_message($1, $2)",
									  2, NULL, parameters, NULL, NULL, 0);
	OutboxStatus status = outbox_status(connection, result, "receipt");

	if (status == OUTBOX_OK && PQntuples(result) == 1)
	{
		receipt->message_id = relay_strdup(PQgetvalue(result, 0, 0));
		receipt->lease_token = relay_strdup(PQgetvalue(result, 0, 1));
	}
	PQclear(result);
	return status;
}

static OutboxStatus
write_receipt(PGconn *connection, const Receipt *receipt, bool *known)
{
	const char *parameters[] = {receipt->message_id, receipt->lease_token, receipt->reason};
	bool		failed = receipt->kind == RECEIPT_FAILED;

	/* a failure may be told before the reply that the message was taken */
	PGresult   *result = PQexecParams(connection, failed ?
									  "SELECT CASE WHEN pulse.ack_message($1::bigint, $2::bigint) THEN"
									  " pulse.fail_message($1::bigint, $2::bigint, $3::text, permanent => true) IS NOT NULL"
									  " ELSE false END" :
									  "SELECT pulse.ack_message($1::bigint, $2::bigint, outcome => 'delivered')",
									  failed ? 3 : 2, NULL, parameters, NULL, NULL, 0);
	OutboxStatus status = outbox_status(connection, result, "receipt");

	*known = status == OUTBOX_OK && strcmp(PQgetvalue(result, 0, 0), "t") == 0;
	PQclear(result);
	return status;
}

OutboxStatus
outbox_receive(PGconn *connection, Receipt *receipt, bool *known)
{
	OutboxStatus status = receipt->message_id == NULL ? find_message(connection, receipt) : OUTBOX_OK;

	*known = false;
	if (status != OUTBOX_OK || receipt->message_id == NULL)
		return status;
	return write_receipt(connection, receipt, known);
}
