/*
 * mask.h
 *	  Personal data in logs.
 */
#ifndef RELAY_MASK_H
#define RELAY_MASK_H

#include "buffer.h"

/*
 * Adds text with each mail address as z***@example.com and each number of
 * seven digits or more as 138****5678 (a short one keeps its last two digits).
 */
extern void mask_text(Buffer *out, const char *text);

#endif							/* RELAY_MASK_H */
