/*
 * mime.c
 *	  A message as an Internet mail: headers (RFC 5322, 2047) and body (2045).
 *
 * Invariant: nothing that comes from the outbox can begin a line of the header.
 * Text with anything but plain printable ASCII is encoded, addresses with such
 * bytes are refused before (mail_address_problem).
 */
#include "mime.h"

#include <ctype.h>
#include <openssl/evp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "sign.h"

#define ENCODED_WORD_BYTES	42	/* 56 characters of base64 + frame <= 75 */
#define PLAIN_HEADER_LENGTH 66	/* longer text is encoded, which folds it */
#define BODY_LINE_LENGTH	76
#define BASE64_LINE_BYTES	57

static void
add_base64(Buffer *out, const char *data, size_t length)
{
	unsigned char encoded[4 * ((BASE64_LINE_BYTES + 2) / 3) + 1];

	EVP_EncodeBlock(encoded, (const unsigned char *) data, (int) length);
	buffer_text(out, (const char *) encoded);
}

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
		add_base64(out, text, length);
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

static bool
is_line_end(const char *text, size_t *length)
{
	*length = text[0] == '\r' && text[1] == '\n' ? 2 : 1;
	return text[0] == '\r' || text[0] == '\n';
}

void
mail_quoted_printable(Buffer *out, const char *text)
{
	static const char hex[] = "0123456789ABCDEF";
	size_t		column = 0;
	size_t		end;

	while (*text !='\0')
	{
		unsigned char c = (unsigned char) *text;
		bool		plain;

		if (is_line_end(text, &end))
		{
			buffer_text(out, "\r\n");
			column = 0;
			text	  +=end;

			continue;
		}
		plain = (c > ' ' && c <= '~' && c != '=') ||
			((c == ' ' || c == '\t') && text[1] != '\0' && !is_line_end(text +1, &end));
		if (column + (plain ? 1 : 3) > BODY_LINE_LENGTH - 1)
		{
			buffer_text(out, "=\r\n");
			column = 0;
		}
		if (plain)
			buffer_char(out, (char) c);
		else
			buffer_printf(out, "=%c%c", hex[c >> 4], hex[c & 15]);
		column += plain ? 1 : 3;
		text	  ++;
	}
	if (column > 0)
		buffer_text(out, "\r\n");
}

/* Lines of text end in CR LF before they are encoded (RFC 2045, 6.8). */
static void
add_base64_body(Buffer *out, const char *text)
{
	Buffer		lines = {0};
	size_t		end;

	while (*text !='\0')
	{
		if (is_line_end(text, &end))
		{
			buffer_text(&lines, "\r\n");
			text	  +=end;
		}
		else
			buffer_char(&lines, *text ++);
	}
	for (size_t at = 0; at < lines.length; at += BASE64_LINE_BYTES)
	{
		size_t		left = lines.length - at;

		add_base64(out, lines.data + at, left < BASE64_LINE_BYTES ? left : BASE64_LINE_BYTES);
		buffer_text(out, "\r\n");
	}
	buffer_free(&lines);
}

/* Base64 takes 4/3 of the text; quoted-printable is longer from one byte in six on. */
static bool
mostly_ascii(const char *text)
{
	size_t		length = strlen(text);
	size_t		encoded = 0;

	for (; *text !='\0'; text ++)
		if ((unsigned char) *text >=0x7F)
			encoded++;
	return encoded * 6 <= length;
}

static void
add_body(Buffer *out, const char *body)
{
	bool		quoted = mostly_ascii(body);

	buffer_printf(out, "MIME-Version: 1.0\r\n"
				  "Content-Type: text/plain; charset=UTF-8\r\n"
				  "Content-Transfer-Encoding: %s\r\n\r\n",
				  quoted ? "quoted-printable" : "base64");
	if (quoted)
		mail_quoted_printable(out, body);
	else
		add_base64_body(out, body);
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
	add_body(out, message->body != NULL ? message->body : "");
}
