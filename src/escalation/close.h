/*
 * close.h
 *	  Cases that end.
 */
#ifndef SP_CLOSE_H
#define SP_CLOSE_H

#include "rule/live_param.h"

/* what a case's history says after the reason, if it ended so */
#define RESOLVED_LATE	" (resolved late)"

/* Each in a scope of SPI. */

/* close.c */
extern void sp_close_ended(const ArrayParam *case_ids, EndReason reason);
extern void sp_withdraw_marked(void);

/* close_settle.c: closes the cases of waits that a sweep has settled */
extern void sp_settle_ended(const LiveWaitList *waits);

#endif							/* SP_CLOSE_H */
