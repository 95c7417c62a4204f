/*
 * close.h
 *	  Cases that end.
 */
#ifndef SP_CLOSE_H
#define SP_CLOSE_H

#include "rule/live.h"

/* Closes the cases of waits that a sweep has settled.  In a scope of SPI. */
extern void sp_settle_ended(const LiveWaitList *waits);

#endif							/* SP_CLOSE_H */
