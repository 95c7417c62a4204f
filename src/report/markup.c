/*
 * markup.c
 *	  Text that grows, and what must be escaped in XML and HTML.  Pure C.
 *
 * Text is UTF-8.  What comes from outside goes through markup_escape() and
 * nothing else: then no name can end a tag, an attribute or the document.
 */
#include "report/markup.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
markup_init(Markup *out, Arena *arena)
{
	out->arena = arena;
	out->room = 1024;
	out->text = arena_alloc(arena, out->room);
	out->length = 0;
}

/* An arena takes nothing back, so room doubles: at most half is wasted. */
static void
make_room(Markup *out, size_t more)
{
	char	   *larger;

	if (out->length + more < out->room)
		return;
	while (out->length + more >= out->room)
		out->room *= 2;
	larger = arena_alloc(out->arena, out->room);
	memcpy(larger, out->text, out->length + 1);
	out->text = larger;
}

void
markup_bytes(Markup *out, const char *bytes, size_t length)
{
	make_room(out, length);
	memcpy(out->text +out->length, bytes, length);
	out->length += length;
	out->text[out->length] = '\0';
}

void
markup_add(Markup *out, const char *text)
{
	markup_bytes(out, text, strlen(text));
}

void
markup_format(Markup *out, const char *format,...)
{
	va_list		arguments;
	int			length;

	va_start(arguments, format);
	length = vsnprintf(NULL, 0, format, arguments);
	va_end(arguments);
	if (length <= 0)
		return;
	make_room(out, length);
	va_start(arguments, format);
	(void) vsnprintf(out->text +out->length, length + 1, format, arguments);
	va_end(arguments);
	out->length += length;
}

/* XML knows no control characters but tab and line ends: they become U+FFFD. */
static const char *
replacement(char c)
{
	switch (c)
	{
		case '&':
			return "&amp;";
		case '<':
			return "&lt;";
		case '>':
			return "&gt;";
		case '"':
			return "&quot;";
		case '\'':
			return "&#39;";
		case '\t':
		case '\n':
		case '\r':
			return NULL;
	}
	return (unsigned char) c < ' ' ? "\357\277\275" : NULL;
}

void
markup_escape(Markup *out, const char *text)
{
	const char *plain = text;

	for (; *text !='\0'; text ++)
	{
		const char *instead = replacement(*text);

		if (instead == NULL)
			continue;
		markup_bytes(out, plain, text -plain);
		markup_add(out, instead);
		plain = text +1;
	}
	markup_bytes(out, plain, text -plain);
}

void
markup_number(Markup *out, double number)
{
	char text[	64];
	char	   *end;

	snprintf(text, sizeof(text), "%.2f", number);
	end = text +strlen(text);

	while (end[-1] == '0')
		*--end = '\0';
	if (end[-1] == '.')
		*--end = '\0';
	markup_add(out, strcmp(text, "-0") == 0 ? "0" : text);
}
