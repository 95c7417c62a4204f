/*
 * array.h
 *	  Array literals of PostgreSQL, as query parameters.
 */
#ifndef RELAY_ARRAY_H
#define RELAY_ARRAY_H

#include "buffer.h"

/* Adds a value, NULL for SQL NULL; the first opens the array. */
extern void array_add(Buffer *array, const char *value);

/* Closes it; an empty buffer becomes an empty array. */
extern const char *array_end(Buffer *array);

#endif							/* RELAY_ARRAY_H */
