/*
 * mime.c
 *	  A message as an Internet mail: headers (RFC 5322, 2047).
 *
 * Invariant: nothing that comes from the outbox can begin a line of the header.
 * Text with anything but plain printable ASCII is encoded, addresses with such
 * bytes are refused before (mail_address_problem).
 */
#include "mime.h"

#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "sign.h"

#define ENCODED_WORD_BYTES	42	/* 56 characters of base64 + frame <= 75 */
#define PLAIN_HEADER_LENGTH 66	/* longer text is encoded, which folds it */

/* Bytes of the next piece: at most max, not cutting a UTF-8 character. */
static size_t
piece_length(const char *text, size_t max)
{
	size_t		length = strlen(text);

	if (length <= max)
		return length;
	for (length = max; length > 0 && ((unsigned char) text[length] & 0xC0) == 0x80; length--)
		;
	return length > 0 ? length : max;	/* not UTF-8: cut anywhere */
}

static bool
is_plain(const char *text)
{
	if (strlen(text) > PLAIN_HEADER_LENGTH || strstr(text, "=?") != NULL)
		return false;
	for (; *text !='\0'; text ++)
		if ((unsigned char) *text <' ' || (unsigned char) *text >'~')
			return false;
	return true;
}

void
mail_header_text(Buffer *out, const char *text)
{
	if (is_plain(text))
	{
		buffer_text(out, text);
		return;
	}
	for (bool first = true; *text !='\0'; first = false)
	{
		size_t		length = piece_length(text, ENCODED_WORD_BYTES);

		buffer_text(out, first ? "=?UTF-8?B?" : "\r\n =?UTF-8?B?");
		mail_base64(out, text, length);
		buffer_text(out, "?=");
		text	  +=length;
	}
}

/* A name before an address: an encoded word, or a quoted string. */
static void
add_mailbox(Buffer *out, const char *name, const char *address)
{
	if (name == NULL || *name == '\0')
	{
		buffer_text(out, address);
		return;
	}
	if (is_plain(name))
	{
		buffer_char(out, '"');
		for (; *name != '\0'; name++)
		{
			if (*name == '"' || *name == '\\')
				buffer_char(out, '\\');
			buffer_char(out, *name);
		}
		buffer_char(out, '"');
	}
	else
		mail_header_text(out, name);
	buffer_printf(out, " <%s>", address);
}

bool
mail_split_address(const char *text, char **name, char **address)
{
	const char *open = strrchr(text, '<');
	size_t		length;

	*name = NULL;
	*address = NULL;
	if (open == NULL)
		*address = relay_strdup(text);
	else
	{
		length = strlen(open);
		if (length < 3 || open[length - 1] != '>')
			return false;
		*address = relay_strdup(open + 1);
		(*address)[length - 2] = '\0';
		*name = relay_strdup(text);
		for (length = (size_t) (open - text); length > 0 && text[length - 1] == ' '; length--)
			;
		(*name)[length] = '\0';
	}
	if (mail_address_problem(*address) == NULL)
		return true;
	free(*name);
	free(*address);
	*name = *address = NULL;
	return false;
}

const char *
mail_address_problem(const char *address)
{
	const char *at = strrchr(address, '@');

	for (const char *c = address; *c != '\0'; c++)
	{
		if ((unsigned char) *c <= ' ' || *c == 0x7F)
			return "the address has a blank or a control character in it";
		if ((unsigned char) *c > 0x7F)
			return "the address is not plain ASCII";
		if (strchr("<>,;\"()[]\\:", *c) != NULL)
			return "the address has a character that mail headers use otherwise";
	}
	if (at == NULL || at == address || at[1] == '\0' || at[1] == '.' || at[1] == '-' ||
		memchr(address, '@', (size_t) (at - address)) != NULL)
		return "the address is not of the form name@domain";
	if (strlen(address) > 254)
		return "the address is longer than 254 characters";
	return NULL;
}

void
mail_message_id(Buffer *out, const char *key, const char *from_address)
{
	char		hex[SHA256_HEX_SIZE];

	sha256_hex(key, strlen(key), hex);
	buffer_printf(out, "<%.32s%s>", hex, strrchr(from_address, '@'));
}

static void
add_date(Buffer *out, int64_t seconds)
{
	static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
	static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
	"Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	time_t		instant = (time_t) seconds;
	struct tm	parts;

	/* by hand: the names must not depend on a locale */
	gmtime_r(&instant, &parts);
	buffer_printf(out, "Date: %s, %02d %s %d %02d:%02d:%02d +0000\r\n",
				  days[parts.tm_wday], parts.tm_mday, months[parts.tm_mon],
				  parts.tm_year + 1900, parts.tm_hour, parts.tm_min, parts.tm_sec);
}

void
mail_build(Buffer *out, const Message *message, const char *from_name, const char *from_address)
{
	buffer_text(out, "From: ");
	add_mailbox(out, from_name, from_address);
	buffer_text(out, "\r\nTo: ");
	add_mailbox(out, message->recipient_name, message->recipient);
	for (int i = 0; i < message->copy_count; i++)
	{
		buffer_text(out, i == 0 ? "\r\nCc: " : ",\r\n ");
		buffer_text(out, message->copies[i]);
	}
	buffer_text(out, "\r\nSubject: ");
	mail_header_text(out, message->subject != NULL ? message->subject : "");
	buffer_text(out, "\r\n");
	add_date(out, message->created);
	buffer_text(out, "Message-ID: ");
	mail_message_id(out, message->key, from_address);
	buffer_text(out, "\r\nAuto-Submitted: auto-generated\r\n");
	mail_body(out, message);
}
