/*
 * template.h
 *	  Texts with {placeholders}.  Pure C: no server.
 */
#ifndef SP_TEMPLATE_H
#define SP_TEMPLATE_H

#include <stddef.h>

#include "base/arena.h"

/* the value of a name, or NULL when it has none */
typedef const char *(*TemplateLookup) (void *context, const char *name, size_t length);

extern char *template_render(Arena *arena, const char *text, TemplateLookup lookup, void *context);

#endif							/* SP_TEMPLATE_H */
