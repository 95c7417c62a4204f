/*
 * buffer.c
 *	  A string that grows, and allocation that does not fail.
 */
#include "buffer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
out_of_memory(void)
{
	fputs("salespulse-relay: out of memory\n", stderr);
	exit(1);
}

void *
relay_alloc(size_t size)
{
	void	   *memory = calloc(1, size > 0 ? size : 1);

	if (memory == NULL)
		out_of_memory();
	return memory;
}

char *
relay_strdup(const char *text)
{
	if (text == NULL)
		return NULL;
	return memcpy(relay_alloc(strlen(text) + 1), text, strlen(text));
}

/* Length of the UTF-8 character that text begins with; 0: it is none. */
static int
utf8_length(const unsigned char *text)
{
	int			length = text[0] < 0x80 ? 1 : text[0] >= 0xC2 && text[0] <= 0xDF ? 2 :
	(text[0] & 0xF0) == 0xE0 ? 3 : text[0] >= 0xF0 && text[0] <= 0xF4 ? 4 : 0;

	for (int i = 1; i < length; i++)
		if ((text[i] & 0xC0) !=0x80)
			return 0;
	if ((text[0] == 0xE0 && text[1] < 0xA0) ||(text[0] == 0xED && text[1] > 0x9F) ||
		(text[0] == 0xF0 && text[1] < 0x90) ||(text[0] == 0xF4 && text[1] > 0x8F))
		return 0;				/* overlong, a surrogate, or beyond Unicode */
	return length;
}

void
utf8_clean(char *text)
{
	while (*text !='\0')
	{
		int			length = utf8_length((const unsigned char *) text);

		if (length == 0)
			*text = '?';
		text	  +=length > 0 ? length : 1;
	}
}

static void
buffer_reserve(Buffer *buffer, size_t more)
{
	size_t		wanted = buffer->length + more + 1;
	size_t		capacity = buffer->capacity > 0 ? buffer->capacity : 64;

	if (wanted <= buffer->capacity)
		return;
	while (capacity < wanted)
		capacity *= 2;
	buffer->data = realloc(buffer->data, capacity);
	if (buffer->data == NULL)
		out_of_memory();
	buffer->capacity = capacity;
}

void
buffer_add(Buffer *buffer, const void *data, size_t length)
{
	buffer_reserve(buffer, length);
	if (length > 0)
		memcpy(buffer->data + buffer->length, data, length);
	buffer->length += length;
	buffer->data[buffer->length] = '\0';
}

void
buffer_text(Buffer *buffer, const char *text)
{
	buffer_add(buffer, text, strlen(text));
}

void
buffer_char(Buffer *buffer, char c)
{
	buffer_add(buffer, &c, 1);
}

void
buffer_printf(Buffer *buffer, const char *format,...)
{
	va_list		arguments;
	int			length;

	va_start(arguments, format);
	length = vsnprintf(NULL, 0, format, arguments);
	va_end(arguments);
	if (length < 0)
		return;
	buffer_reserve(buffer, (size_t) length);
	va_start(arguments, format);
	vsnprintf(buffer->data + buffer->length, (size_t) length + 1, format, arguments);
	va_end(arguments);
	buffer->length += (size_t) length;
}

void
buffer_free(Buffer *buffer)
{
	free(buffer->data);
	memset(buffer, 0, sizeof(Buffer));
}
