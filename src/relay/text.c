/*
 * text.c
 *	  Text cut to a size, counted, and percent-encoded.
 *
 * Texts come from the database and are UTF-8; what is not is passed on byte by
 * byte and never read beyond its end.
 */
#include "text.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#define ELLIPSIS		"\xe2\x80\xa6"
#define ELLIPSIS_BYTES	3

/* Bytes of the character that text begins with, which is not at its end. */
static size_t
char_bytes(const char *text, uint32_t *code)
{
	unsigned char first = (unsigned char) text[0];
	size_t		length = first < 0xC2 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : first < 0xF5 ? 4 : 1;

	*code = length == 1 ? first : first & (0x7F >> length);
	for (size_t i = 1; i < length; i++)
	{
		if (((unsigned char) text[i] & 0xC0) !=0x80)
		{
			*code = first;
			return 1;
		}
		*code = *code << 6 | ((unsigned char) text[i] & 0x3F);
	}
	return length;
}

#define ZERO_WIDTH_JOINER	0x200D

/* What belongs to the character before it. */
static bool
is_extending(uint32_t code)
{
	return code == ZERO_WIDTH_JOINER || (code >= 0x0300 && code <= 0x036F) ||
		(code >= 0x20D0 && code <= 0x20FF) || (code >= 0xFE00 && code <= 0xFE0F) ||
		(code >= 0x1F3FB && code <= 0x1F3FF);
}

static bool
is_flag_half(uint32_t code)
{
	return code >= 0x1F1E6 && code <= 0x1F1FF;
}

/* Bytes of what people see as one character: an emoji with all that modifies it. */
static size_t
cluster_bytes(const char *text, size_t *units)
{
	uint32_t	code;
	uint32_t	before;
	size_t		length = char_bytes(text, &code);

	*units = code > 0xFFFF ? 2 : 1;
	if (code == '\r' && text[length] == '\n')
	{
		*units = 2;
		return 2;
	}
	before = code;
	while (text[length] != '\0')
	{
		size_t		next = char_bytes(text +length, &code);

		if (!is_extending(code) && before != ZERO_WIDTH_JOINER &&
			!(is_flag_half(before) && is_flag_half(code)))
			break;
		*units += code > 0xFFFF ? 2 : 1;
		length += next;
		before = is_flag_half(code) ? 0 : code; /* two halves, not three */
	}
	return length;
}

/* Bytes of text that fit. */
static size_t
fitting(const char *text, size_t max_bytes, size_t max_units)
{
	size_t		bytes = 0;
	size_t		units = 0;

	while (text[bytes] != '\0')
	{
		size_t		more_units;
		size_t		more = cluster_bytes(text +bytes, &more_units);

		if (bytes + more > max_bytes || units + more_units > max_units)
			break;
		bytes += more;
		units += more_units;
	}
	return bytes;
}

static void
cut(Buffer *out, const char *text, size_t max_bytes, size_t max_units,
	size_t mark_bytes, size_t mark_units)
{
	size_t		length = fitting(text, max_bytes, max_units);

	if (text[length] == '\0')
	{
		buffer_add(out, text, length);
		return;
	}
	if (max_bytes < mark_bytes || max_units < mark_units)
	{
		buffer_add(out, "", 0);
		return;
	}
	buffer_add(out, text, fitting(text, max_bytes - mark_bytes, max_units - mark_units));
	buffer_text(out, ELLIPSIS);
}

void
text_cut(Buffer *out, const char *text, size_t max_bytes)
{
	cut(out, text, max_bytes, SIZE_MAX, ELLIPSIS_BYTES, 0);
}

void
text_cut_units(Buffer *out, const char *text, size_t max_units)
{
	cut(out, text, SIZE_MAX, max_units, 0, 1);
}

size_t
text_utf16_units(const char *text)
{
	size_t		units = 0;
	uint32_t	code;

	while (*text !='\0')
	{
		text	  +=char_bytes(text, &code);

		units += code > 0xFFFF ? 2 : 1;
	}
	return units;
}

bool
text_is_gsm(const char *text)
{
	/* these take two places or none; they are rare, and UCS-2 is never wrong */
	for (; *text !='\0'; text ++)
		if ((unsigned char) *text >=0x7F || strchr("`[]{}\\^|~", *text) != NULL ||
			((unsigned char) *text <' ' && *text !='\n' && *text !='\r'))
			return false;
	return true;
}

void
text_percent_encode(Buffer *out, const char *text)
{
	for (; *text !='\0'; text ++)
	{
		unsigned char c = (unsigned char) *text;

		if ((c < 0x80 && isalnum(c)) || strchr("-._~", c) != NULL)
			buffer_char(out, (char) c);
		else
			buffer_printf(out, "%%%02X", c);
	}
	buffer_add(out, "", 0);
}

void
text_replace(Buffer *out, const char *text, const char *from, const char *to)
{
	while (*text !='\0')
	{
		if (strncasecmp(text, from, strlen(from)) == 0)
		{
			buffer_text(out, to);
			text	  +=strlen(from);
		}
		else
			buffer_char(out, *text ++);
	}
	buffer_add(out, "", 0);
}

bool
text_is_phone(const char *text)
{
	size_t		digits;

	text	  +=*text == '+';

	digits = strspn(text, "0123456789");
	return digits >= 5 && digits <= 20 && text[digits] == '\0';
}
