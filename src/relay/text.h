/*
 * text.h
 *	  Text cut to a size, counted, and percent-encoded.  No I/O.
 */
#ifndef RELAY_TEXT_H
#define RELAY_TEXT_H

#include <stdbool.h>

#include "buffer.h"

/*
 * At most max_bytes of text, an ellipsis at the end where some is left out.
 * Cuts between characters as people see them: no UTF-8 sequence and no emoji
 * with its modifiers is split.
 */
extern void text_cut(Buffer *out, const char *text, size_t max_bytes);

/* The same, measured in UTF-16 units, as SMS are. */
extern void text_cut_units(Buffer *out, const char *text, size_t max_units);
extern size_t text_utf16_units(const char *text);

/* Every character has a place in the 7-bit alphabet of SMS. */
extern bool text_is_gsm(const char *text);

/* RFC 3986: all but letters, digits and -._~ */
extern void text_percent_encode(Buffer *out, const char *text);

/* Copies text, making "from" into "to" wherever it stands, whatever its case. */
extern void text_replace(Buffer *out, const char *text, const char *from, const char *to);

/* A phone number: an optional +, then 5 to 20 digits. */
extern bool text_is_phone(const char *text);

#endif							/* RELAY_TEXT_H */
