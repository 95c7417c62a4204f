/*
 * buffer.h
 *	  A string that grows.  Always ends in a NUL byte once something was added;
 *	  running out of memory ends the program: leases run out, nothing is lost.
 */
#ifndef RELAY_BUFFER_H
#define RELAY_BUFFER_H

#include <stddef.h>

typedef struct Buffer
{
	char	   *data;			/* NULL while empty */
	size_t		length;
	size_t		capacity;
} Buffer;

extern void *relay_alloc(size_t size);	/* zeroed, never NULL */
extern char *relay_strdup(const char *text);	/* NULL stays NULL */

/* Makes bytes that are not UTF-8 into question marks, in place. */
extern void utf8_clean(char *text);

extern void buffer_add(Buffer *buffer, const void *data, size_t length);
extern void buffer_text(Buffer *buffer, const char *text);
extern void buffer_char(Buffer *buffer, char c);
extern void buffer_printf(Buffer *buffer, const char *format,...)
			__attribute__((format(printf, 2, 3)));
extern void buffer_free(Buffer *buffer);

#endif							/* RELAY_BUFFER_H */
