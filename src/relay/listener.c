/*
 * listener.c
 *	  The small HTTP server for delivery receipts: one request a connection, a
 *	  few connections at once, none for longer than it needs.
 *
 * A receipt is answered with 200 only when the database has it: gateways
 * repeat what they were not told was taken.
 */
#include "listener.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "delivery.h"
#include "log.h"

#define MAX_CONNECTIONS (LISTENER_SOCKETS - 1)
#define MAX_SECONDS		10.0	/* for a request to come whole */

typedef struct Connection
{
	int			socket;			/* -1: this place is free */
	double		since;
	Buffer		data;
} Connection;

struct Listener
{
	const Config *config;
	ReceiptSink sink;
	void	   *context;
	int			socket;
	Connection	connections[MAX_CONNECTIONS];
};

static int
open_socket(const struct addrinfo *address)
{
	int			one = 1;
	int			opened = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (opened < 0)
		return -1;
	setsockopt(opened, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(opened, address->ai_addr, address->ai_addrlen) == 0 && listen(opened, 64) == 0)
		return opened;
	close(opened);
	return -1;
}

static int
open_listener(const Receipts *receipts)
{
	struct addrinfo hints = {0};
	struct addrinfo *addresses;
	char		port[16];
	int			opened;

	hints.ai_family = AF_UNSPEC;
	hints.ai_socktype = SOCK_STREAM;
	hints.ai_flags = AI_NUMERICHOST | AI_PASSIVE;
	snprintf(port, sizeof(port), "%d", receipts->port);
	if (getaddrinfo(receipts->host, port, &hints, &addresses) != 0)
		return -1;
	opened = open_socket(addresses);
	freeaddrinfo(addresses);
	return opened;
}

Listener *
listener_new(const Config *config, ReceiptSink sink, void *context, bool *failed)
{
	Listener   *listener;

	*failed = false;
	if (config->receipts.host == NULL)
		return NULL;
	listener = relay_alloc(sizeof(Listener));
	listener->config = config;
	listener->sink = sink;
	listener->context = context;
	for (int i = 0; i < MAX_CONNECTIONS; i++)
		listener->connections[i].socket = -1;
	listener->socket = open_listener(&config->receipts);
	if (listener->socket >= 0)
		return listener;
	log_event("error", "no_listener", "address", config->receipts.host, "reason", strerror(errno), NULL);
	free(listener);
	*failed = true;
	return NULL;
}

static void
drop(Connection *connection)
{
	close(connection->socket);
	connection->socket = -1;
	buffer_free(&connection->data);
}

void
listener_free(Listener *listener)
{
	for (int i = 0; i < MAX_CONNECTIONS; i++)
		if (listener->connections[i].socket >= 0)
			drop(&listener->connections[i]);
	close(listener->socket);
	free(listener);
}

unsigned int
listener_wait(const Listener *listener, struct curl_waitfd *sockets)
{
	unsigned int count = 0;
	int			busy = 0;

	for (int i = 0; i < MAX_CONNECTIONS; i++)
	{
		if (listener->connections[i].socket < 0)
			continue;
		busy++;
		sockets[count++] = (struct curl_waitfd)
		{
			listener->connections[i].socket, CURL_WAIT_POLLIN, 0
		};
	}
	if (busy < MAX_CONNECTIONS)
		sockets[count++] = (struct curl_waitfd)
	{
		listener->socket, CURL_WAIT_POLLIN, 0
	};
	return count;
}

static void
accept_connections(Listener *listener)
{
	for (int i = 0; i < MAX_CONNECTIONS; i++)
	{
		Connection *connection = &listener->connections[i];

		if (connection->socket >= 0)
			continue;
		connection->socket = accept4(listener->socket, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (connection->socket < 0)
			return;
		connection->since = monotonic_seconds();
	}
}

/* A short reply always fits into the socket's buffer. */
static void
answer(const Connection *connection, int status)
{
	char		reply[200];
	const char *text = status == 200 ? "{\"code\":0,\"msg\":\"ok\",\"result\":0,\"errmsg\":\"OK\"}" : "";
	int			length = snprintf(reply, sizeof(reply), "HTTP/1.1 %d %s\r\nContent-Length: %zu\r\n"
								  "Content-Type: application/json\r\nConnection: close\r\n\r\n%s",
								  status, status == 200 ? "OK" : "No", strlen(text), text);

	if (send(connection->socket, reply, (size_t) length, MSG_NOSIGNAL) < 0)
		return;					/* who asked is gone */
}

/* The data is a whole request, or never will be one. */
static void
serve(Listener *listener, Connection *connection, long length)
{
	ReceiptRequest request = {400, NULL};

	if (length > 0)
		request = receipt_read(listener->config, connection->data.data, connection->data.length);
	if (request.status == 200)
		request.status = listener->sink(listener->context, request.receipts);
	else
		log_event("warning", "receipt_refused", "reason", request.status == 403 ? "no ticket or key of ours" :
				  request.status == 404 ? "unknown path" : "not a receipt", NULL);
	answer(connection, request.status);
	receipt_list_free(request.receipts);
	drop(connection);
}

static void
read_connection(Listener *listener, Connection *connection)
{
	char		chunk[16384];
	ssize_t		length = recv(connection->socket, chunk, sizeof(chunk), 0);
	long		whole;

	if (length < 0 && (errno == EAGAIN || errno == EINTR))
	{
		if (monotonic_seconds() - connection->since > MAX_SECONDS)
			drop(connection);
		return;
	}
	if (length <= 0)
	{
		drop(connection);
		return;
	}
	buffer_add(&connection->data, chunk, (size_t) length);
	whole = receipt_request_length(connection->data.data, connection->data.length);
	if (whole != 0)
		serve(listener, connection, whole);
}

void
listener_work(Listener *listener)
{
	accept_connections(listener);
	for (int i = 0; i < MAX_CONNECTIONS; i++)
		if (listener->connections[i].socket >= 0)
			read_connection(listener, &listener->connections[i]);
}
