/*
 * settled.h
 *	  Addresses of a mail that are done with while others are tried again.
 */
#ifndef RELAY_SETTLED_H
#define RELAY_SETTLED_H

#include "outcome.h"

typedef struct Settled Settled;

extern Settled *settled_new(int capacity);
extern void settled_free(Settled *settled);

extern void settled_remember(Settled *settled, const char *key, const char *address,
							 const Outcome *outcome);
extern const Outcome *settled_find(const Settled *settled, const char *key, const char *address);
extern void settled_forget(Settled *settled, const char *key);

#endif							/* RELAY_SETTLED_H */
