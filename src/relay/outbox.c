/*
 * outbox.c
 *	  The database side of the relay, through libpq.
 *
 * The relay may call four functions of schema pulse and nothing else; all that
 * decides (leases, backoff, dead letters, rate limits) is behind them.
 */
#include "outbox.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"

#define SQLSTATE_DELIVERY_HELD	"SP902"
#define DEADLINE_MARGIN			2.0 /* seconds before the end of the lease */

OutboxStatus
outbox_status(PGconn *connection, const PGresult *result, const char *what)
{
	ExecStatusType status = PQresultStatus(result);
	const char *sqlstate;

	if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK)
		return OUTBOX_OK;
	if (PQstatus(connection) == CONNECTION_BAD)
	{
		log_event("warning", "connection_lost", "during", what, "reason",
				  PQerrorMessage(connection), NULL);
		return OUTBOX_LOST;
	}
	sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
	if (sqlstate != NULL && strcmp(sqlstate, SQLSTATE_DELIVERY_HELD) == 0)
		return OUTBOX_HELD;
	log_event("error", "statement_failed", "during", what, "sqlstate", sqlstate, "reason",
			  PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY), NULL);
	return OUTBOX_FAILED;
}

static OutboxStatus
execute(PGconn *connection, const char *sql, const char *what)
{
	PGresult   *result = PQexec(connection, sql);
	OutboxStatus status = outbox_status(connection, result, what);

	PQclear(result);
	return status;
}

static void
log_notice(void *context, const PGresult *result)
{
	(void) context;
	log_event("info", "notice", "reason",
			  PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY), NULL);
}

static OutboxStatus
check_identity(PGconn *connection, const Config *config)
{
	PGresult   *result = PQexec(connection, "SELECT pulse.delivery_identity()");
	OutboxStatus status = outbox_status(connection, result, "delivery_identity");

	if (status == OUTBOX_OK && strcmp(PQgetvalue(result, 0, 0), config->identity) != 0)
	{
		log_event("error", "foreign_database", "identity", PQgetvalue(result, 0, 0),
				  "expected", config->identity, "hint",
				  "this is a copy or another database; deliver from it only after changing identity in the configuration",
				  NULL);
		status = OUTBOX_FOREIGN;
	}
	PQclear(result);
	return status;
}

OutboxStatus
outbox_connect(const Config *config, PGconn **connection)
{
	/* what the configured string says itself goes before what stands earlier */
	const char *const keywords[] = {
		"connect_timeout", "fallback_application_name", "dbname", "client_encoding", NULL
	};
	const char *const settings[] = {
		"5", "salespulse-relay", config->conninfo, "UTF8", NULL
	};
	OutboxStatus status;

	*connection = PQconnectdbParams(keywords, settings, 1);
	if (PQstatus(*connection) == CONNECTION_OK)
	{
		PQsetNoticeReceiver(*connection, log_notice, NULL);
		status = execute(*connection, "SET search_path = pg_catalog, pg_temp", "connect");
		if (status == OUTBOX_OK)
			status = check_identity(*connection, config);
		if (status == OUTBOX_OK)
			status = execute(*connection, "LISTEN pulse_outbox", "listen");
	}
	else
	{
		log_event("warning", "no_connection", "reason", PQerrorMessage(*connection), NULL);
		status = OUTBOX_LOST;
	}
	if (status != OUTBOX_OK)
	{
		PQfinish(*connection);
		*connection = NULL;
	}
	return status;
}

static char *
get_text(const PGresult *result, int row, int column)
{
	return PQgetisnull(result, row, column) ? NULL :
		relay_strdup(PQgetvalue(result, row, column));
}

static void
read_copies(const char *json, Message *message)
{
	cJSON	   *array = json != NULL ? cJSON_Parse(json) : NULL;
	const cJSON *item;

	message->copies = relay_alloc(sizeof(char *) * (size_t) (cJSON_GetArraySize(array) + 1));
	cJSON_ArrayForEach(item, array)
		if (cJSON_IsString(item))
		message->copies[message->copy_count++] = relay_strdup(item->valuestring);
	cJSON_Delete(array);
}

static void
read_message(const PGresult *result, int row, Message *message)
{
	char	   *copies = get_text(result, row, 5);

	memset(message, 0, sizeof(Message));
	message->id = get_text(result, row, 0);
	message->lease_token = get_text(result, row, 1);
	message->channel = get_text(result, row, 2);
	message->recipient = relay_strdup(PQgetvalue(result, row, 3));
	message->recipient_name = get_text(result, row, 4);
	read_copies(copies, message);
	free(copies);
	message->subject = get_text(result, row, 6);
	message->body = get_text(result, row, 7);
	message->variables = get_text(result, row, 8);
	message->key = relay_strdup(PQgetvalue(result, row, 9));
	message->attempt = atoi(PQgetvalue(result, row, 10));
	message->created = strtoll(PQgetvalue(result, row, 11), NULL, 10);
}

OutboxStatus
outbox_claim(PGconn *connection, const Config *config, const ClaimScope *scope, Delivery **list,
			 int *claimed)
{
	char		max_text[16];
	char		lease_text[32];
	const char *parameters[] = {config->worker, max_text, lease_text, scope->only, scope->except};
	double		begun = monotonic_seconds();	/* before the lease begins */
	PGresult   *result;
	OutboxStatus status;

	snprintf(max_text, sizeof(max_text), "%d", scope->max);
	snprintf(lease_text, sizeof(lease_text), "%d seconds", config->lease);
	result = PQexecParams(connection,
						  "SELECT message_id, lease_token, channel, recipient, recipient_name,"
						  " to_json(copies), subject, body, variables, idempotency_key, attempt,"
						  " floor(extract(epoch FROM created_at))::bigint"
						  " FROM pulse.claim_messages($1::text, $2::int, $3::interval, $4::text[], $5::text[])",
						  5, NULL, parameters, NULL, NULL, 0);
	status = outbox_status(connection, result, "claim_messages");
	*claimed = status == OUTBOX_OK ? PQntuples(result) : 0;
	for (int row = *claimed - 1; row >= 0; row--)	/* the first comes first */
	{
		Message		message;
		Delivery   *delivery;

		read_message(result, row, &message);
		delivery = delivery_new(&message, config, begun,
								begun + config->lease - DEADLINE_MARGIN);
		delivery->next = *list;
		*list = delivery;
	}
	PQclear(result);
	return status;
}

OutboxStatus
outbox_preview(PGconn *connection, const Config *config, Delivery **list, int *claimed)
{
	OutboxStatus status = execute(connection, "BEGIN", "begin");
	ClaimScope	scope = {config->batch, NULL, NULL};

	*claimed = 0;
	if (status == OUTBOX_OK)
		status = outbox_claim(connection, config, &scope, list, claimed);
	if (PQstatus(connection) == CONNECTION_OK)
		(void) execute(connection, "ROLLBACK", "rollback");
	return status;
}

OutboxStatus
outbox_listen(PGconn *connection, bool *woken)
{
	PGnotify   *notification;

	*woken = false;
	if (!PQconsumeInput(connection))
	{
		log_event("warning", "connection_lost", "during", "listen", "reason",
				  PQerrorMessage(connection), NULL);
		return OUTBOX_LOST;
	}
	while ((notification = PQnotifies(connection)) != NULL)
	{
		*woken = true;
		PQfreemem(notification);
	}
	return OUTBOX_OK;
}
