/*
 * outbox.h
 *	  The database side: claim, acknowledge, fail, listen.
 */
#ifndef RELAY_OUTBOX_H
#define RELAY_OUTBOX_H

#include <libpq-fe.h>

#include "config.h"
#include "array.h"
#include "delivery.h"
#include "receipt.h"

typedef enum OutboxStatus
{
	OUTBOX_OK,
	OUTBOX_LOST,				/* the connection is gone */
	OUTBOX_HELD,				/* delivery is held after a restore or a copy */
	OUTBOX_FAILED,				/* the statement failed; the connection is
								 * good */
	OUTBOX_FOREIGN				/* not the database of the configuration */
} OutboxStatus;

/* What a statement's result means; logs what it does not expect. */
extern OutboxStatus outbox_status(PGconn *connection, const PGresult *result, const char *what);

/*
 * Connects, proves the identity and listens.  *connection is NULL unless
 * OUTBOX_OK.
 */
extern OutboxStatus outbox_connect(const Config *config, PGconn **connection);

/* Which messages are claimed; array literals of channel names, NULL: all, none. */
typedef struct ClaimScope
{
	int			max;
	const char *only;
	const char *except;
} ClaimScope;

/* Claims; new deliveries are put before *list. */
extern OutboxStatus outbox_claim(PGconn *connection, const Config *config, const ClaimScope *scope,
								 Delivery **list, int *claimed);

/* The same, undone at once: nothing is leased.  For --dry-run. */
extern OutboxStatus outbox_preview(PGconn *connection, const Config *config,
								   Delivery **list, int *claimed);

/*
 * Writes outcomes down.  On OUTBOX_LOST the list keeps what is not known to be
 * written; else it is empty and freed: what failed is logged, and comes back
 * when its lease ends.
 */
extern OutboxStatus outbox_settle(PGconn *connection, Delivery **list);

/* What a receipt says about a message; *known: its lease token still holds. */
extern OutboxStatus outbox_receive(PGconn *connection, Receipt *receipt, bool *known);

/* Reads what the server sent unasked; *woken: there may be something to claim. */
extern OutboxStatus outbox_listen(PGconn *connection, bool *woken);

#endif							/* RELAY_OUTBOX_H */
