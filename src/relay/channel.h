/*
 * channel.h
 *	  The configuration of one channel.
 */
#ifndef RELAY_CHANNEL_H
#define RELAY_CHANNEL_H

#include "fields.h"

/* Reads a channel whose name is set already; complains about what is wrong. */
extern void channel_read(const Fields *fields, Channel *channel, int lease);
extern void channel_free(Channel *channel);

#endif							/* RELAY_CHANNEL_H */
