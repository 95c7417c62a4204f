/*
 * claims.h
 *	  What to claim next: each channel as much as it can take, none because of
 *	  another.
 */
#ifndef RELAY_CLAIMS_H
#define RELAY_CLAIMS_H

#include "outbox.h"

typedef struct Claims Claims;

/* With fresh, nothing is known to have been sent lately. */
extern Claims *claims_new(const Config *config, bool fresh);
extern void claims_free(Claims *claims);

/* New deliveries are put before *list. */
extern OutboxStatus claims_take(Claims *claims, PGconn *connection, Delivery **list, int *claimed);

/* Whether the last look found less than there was room for, so that no more is due. */
extern bool claims_drained(const Claims *claims);

/* Seconds until it is worth to look again. */
extern double claims_wait(const Claims *claims);
extern void claims_hurry(Claims *claims);	/* something new is in the outbox */

/* A delivery has its outcome. */
extern void claims_done(Claims *claims, const Delivery *delivery);

#endif							/* RELAY_CLAIMS_H */
