/*
 * close.h
 *	  Cases that end.
 */
#ifndef SP_CLOSE_H
#define SP_CLOSE_H

#include "rule/live_param.h"

/* Each in a scope of SPI. */

/* close.c */
extern void sp_close_ended(const ArrayParam *case_ids, const char *reason, bool late);
extern void sp_withdraw_marked(void);

/* close_settle.c: closes the cases of waits that a sweep has settled */
extern void sp_settle_ended(const LiveWaitList *waits);

#endif							/* SP_CLOSE_H */
