/*
 * log.h
 *	  One line per event on standard error, as logfmt: key=value key="a value".
 */
#ifndef RELAY_LOG_H
#define RELAY_LOG_H

#include "buffer.h"

/*
 * log_event("info", "sent", "message", "17", "to", address, NULL): pairs of key
 * and value; a NULL value leaves its key out.  Values are masked (mask.h), but
 * for those of keys that count or identify something of ours.
 */
extern void log_event(const char *level, const char *event,...)
			__attribute__((sentinel));

/* one pair, as log_event() writes it */
extern void log_pair(Buffer *line, const char *key, const char *value);

#endif							/* RELAY_LOG_H */
