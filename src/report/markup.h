/*
 * markup.h
 *	  Text that grows, and what must be escaped in XML and HTML.  Pure C.
 */
#ifndef SP_REPORT_MARKUP_H
#define SP_REPORT_MARKUP_H

#include <stddef.h>

#include "base/arena.h"

typedef struct Markup
{
	Arena	   *arena;
	char	   *text;			/* always terminated */
	size_t		length;
	size_t		room;
} Markup;

extern void markup_init(Markup *out, Arena *arena);
extern void markup_bytes(Markup *out, const char *bytes, size_t length);
extern void markup_add(Markup *out, const char *text);
extern void markup_format(Markup *out, const char *format,...)
			__attribute__((format(printf, 2, 3)));

/* as the text of an element or the value of an attribute in double quotes */
extern void markup_escape(Markup *out, const char *text);

/* a coordinate: at most two digits after the point, no trailing zeros, no -0 */
extern void markup_number(Markup *out, double number);

#endif							/* SP_REPORT_MARKUP_H */
