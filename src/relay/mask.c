/*
 * mask.c
 *	  Mail addresses and phone numbers made unreadable before they are logged.
 *
 * Invariant: of an address at most the first character and the domain remain,
 * of a number at most seven digits, never all.
 */
#include "mask.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#define MIN_NUMBER_DIGITS	7

static bool
is_local_part(unsigned char c)
{
	return isalnum(c) || c >= 0x80 || (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~.", c) != NULL);
}

/* Length of the local part when text begins with an address, else 0. */
static size_t
local_part_length(const char *text)
{
	size_t		length = 0;

	while (is_local_part((unsigned char) text[length]))
		length++;
	return text[length] == '@' && text[length + 1] != '\0' ? length : 0;
}

/* Length of a number with the separators people write into it; counts digits. */
static size_t
number_length(const char *text, int *digits)
{
	size_t		length = 0;
	size_t		end = 0;

	*digits = 0;
	if (!isdigit((unsigned char) text[0]))
		return 0;
	for (; text[length] != '\0' && strchr("0123456789 -().", text[length]) != NULL; length++)
	{
		if (!isdigit((unsigned char) text[length]))
			continue;
		(*digits)++;
		end = length + 1;
	}
	return end;
}

static void
mask_number(Buffer *out, const char *text, size_t length, int digits)
{
	int			head = digits >= 10 ? 3 : 0;
	int			tail = digits >= 10 ? 4 : 2;
	int			seen = 0;

	for (size_t i = 0; i < length; i++)
	{
		if (!isdigit((unsigned char) text[i]))
			continue;
		seen++;
		if (seen == head + 1)
			buffer_text(out, "****");
		if (seen <= head || seen > digits - tail)
			buffer_char(out, text[i]);
	}
}

void
mask_text(Buffer *out, const char *text)
{
	bool		in_word = false;	/* the last byte could be part of an
									 * address */

	while (*text !='\0')
	{
		size_t		length;
		int			digits;

		if (!in_word && (length = local_part_length(text)) > 0)
		{
			if ((unsigned char) *text <0x80)
				buffer_char(out, *text);
			buffer_text(out, "***");
			text	  +=length;
		}
		else if ((length = number_length(text, &digits)) > 0 && digits >= MIN_NUMBER_DIGITS)
		{
			mask_number(out, text, length, digits);
			text	  +=length;
		}
		else
		{
			in_word = is_local_part((unsigned char) *text);
			buffer_char(out, *text ++);
		}
	}
	buffer_add(out, "", 0);
}
