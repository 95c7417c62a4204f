/*
 * outbox.h
 *	  The database side: claim, acknowledge, fail, listen.
 */
#ifndef RELAY_OUTBOX_H
#define RELAY_OUTBOX_H

#include <libpq-fe.h>

#include "config.h"
#include "delivery.h"

typedef enum OutboxStatus
{
	OUTBOX_OK,
	OUTBOX_LOST,				/* the connection is gone */
	OUTBOX_HELD,				/* delivery is held after a restore or a copy */
	OUTBOX_FAILED,				/* the statement failed; the connection is
								 * good */
	OUTBOX_FOREIGN				/* not the database of the configuration */
} OutboxStatus;

/*
 * Connects, proves the identity and listens.  *connection is NULL unless
 * OUTBOX_OK.
 */
extern OutboxStatus outbox_connect(const Config *config, PGconn **connection);

/* Claims at most max messages; new deliveries are put before *list. */
extern OutboxStatus outbox_claim(PGconn *connection, const Config *config, int max,
								 Delivery **list, int *claimed);

/* The same, undone at once: nothing is leased.  For --dry-run. */
extern OutboxStatus outbox_preview(PGconn *connection, const Config *config,
								   Delivery **list, int *claimed);

/* Writes a delivery's outcome down. */
extern OutboxStatus outbox_settle(PGconn *connection, const Delivery *delivery);

/* Reads what the server sent unasked; *woken: there may be something to claim. */
extern OutboxStatus outbox_listen(PGconn *connection, bool *woken);

#endif							/* RELAY_OUTBOX_H */
