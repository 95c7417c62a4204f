/*
 * template.c
 *	  Texts with {placeholders}.
 *
 * {name} gives way to the value of name, and to nothing when it has none.  A
 * line whose placeholders are all empty vanishes with its end, so a template
 * needs no conditions.  {{ is a brace; so is one that no } closes.  Values are
 * never looked at again: a customer called "{password}" stays that.
 */
#include "escalation/template.h"

#include <stdbool.h>
#include <string.h>

typedef struct TextBuffer
{
	Arena	   *arena;
	char	   *data;
	size_t		length;
	size_t		size;
} TextBuffer;

static void
append(TextBuffer *buffer, const char *data, size_t length)
{
	if (buffer->length + length + 1 > buffer->size)
	{
		size_t		size = (buffer->length + length + 1) * 2;
		char	   *larger = arena_alloc(buffer->arena, size);

		if (buffer->length > 0)
			memcpy(larger, buffer->data, buffer->length);
		buffer->data = larger;
		buffer->size = size;
	}
	memcpy(buffer->data + buffer->length, data, length);
	buffer->length += length;
	buffer->data[buffer->length] = '\0';
}

/* length of the name when "at" begins a placeholder that ends in its line, else 0 */
static size_t
placeholder_length(const char *at, const char *end)
{
	const char *close;

	if (*at != '{')
		return 0;
	close = memchr(at, '}', end - at);
	return close == NULL ? 0 : (size_t) (close - at - 1);
}

/* One line with its end; true when it had placeholders and all were empty. */
static bool
render_line(TextBuffer *buffer, const char *line, const char *end,
			TemplateLookup lookup, void *context)
{
	bool		any = false;
	bool		filled = false;

	while (line < end)
	{
		size_t		name_length = placeholder_length(line, end);

		if (line + 1 < end && line[0] == '{' && line[1] == '{')
		{
			append(buffer, "{", 1);
			line += 2;
		}
		else if (name_length > 0)
		{
			const char *value = lookup(context, line + 1, name_length);

			any = true;
			if (value != NULL && value[0] != '\0')
			{
				filled = true;
				append(buffer, value, strlen(value));
			}
			line += name_length + 2;
		}
		else
			append(buffer, line++, 1);
	}
	return any && !filled;
}

char *
template_render(Arena *arena, const char *text, TemplateLookup lookup, void *context)
{
	TextBuffer	buffer = {arena, NULL, 0, 0};

	append(&buffer, "", 0);
	while (*text !='\0')
	{
		const char *newline = strchr(text, '\n');
		const char *end = newline == NULL ? text +strlen(text) : newline + 1;
		size_t		line_start = buffer.length;

		if (render_line(&buffer, text, end, lookup, context))
		{
			buffer.length = line_start;
			buffer.data[line_start] = '\0';
		}
		text = end;
	}
	return buffer.data;
}
