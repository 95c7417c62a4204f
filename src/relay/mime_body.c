/*
 * mime_body.c
 *	  The body of a mail (RFC 2045, 2046): its text, an HTML part and a table
 *	  where the message's variables bring them.
 *
 * Invariant: no line of a part is a boundary.  Boundaries begin with "=_",
 * which neither quoted-printable nor base64 can produce.
 */
#include <cjson/cJSON.h>
#include <openssl/evp.h>
#include <string.h>

#include "mime.h"
#include "sign.h"
#include "text.h"

#define BODY_LINE_LENGTH	76
#define BASE64_LINE_BYTES	57
#define BYTE_ORDER_MARK		"\xef\xbb\xbf"

void
mail_base64(Buffer *out, const char *data, size_t length)
{
	unsigned char encoded[4 * ((BASE64_LINE_BYTES + 2) / 3) + 1];

	EVP_EncodeBlock(encoded, (const unsigned char *) data, (int) length);
	buffer_text(out, (const char *) encoded);
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

		mail_base64(out, lines.data + at, left < BASE64_LINE_BYTES ? left : BASE64_LINE_BYTES);
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
add_text_part(Buffer *out, const char *type, const char *text)
{
	bool		quoted = mostly_ascii(text);

	buffer_printf(out, "Content-Type: %s; charset=UTF-8\r\n"
				  "Content-Transfer-Encoding: %s\r\n\r\n",
				  type, quoted ? "quoted-printable" : "base64");
	if (quoted)
		mail_quoted_printable(out, text);
	else
		add_base64_body(out, text);
}

/* The text, and beside it the same as HTML where there is some. */
static void
add_readable(Buffer *out, const Message *message, const char *html, const char *boundary)
{
	const char *body = message->body != NULL ? message->body : "";

	if (html == NULL)
	{
		add_text_part(out, "text/plain", body);
		return;
	}
	buffer_printf(out, "Content-Type: multipart/alternative; boundary=\"=_a%s\"\r\n\r\n--=_a%s\r\n",
				  boundary, boundary);
	add_text_part(out, "text/plain", body);
	buffer_printf(out, "--=_a%s\r\n", boundary);
	add_text_part(out, "text/html", html);
	buffer_printf(out, "--=_a%s--\r\n", boundary);
}

/* A table as an attachment; spreadsheets know UTF-8 by the byte order mark. */
static void
add_table(Buffer *out, const char *csv, const char *name)
{
	Buffer		marked = {0};

	if (strncmp(csv, BYTE_ORDER_MARK, strlen(BYTE_ORDER_MARK)) != 0)
		buffer_text(&marked, BYTE_ORDER_MARK);
	buffer_text(&marked, csv);
	buffer_text(out, "Content-Type: text/csv; charset=UTF-8\r\n"
				"Content-Disposition: attachment; filename*=UTF-8''");
	text_percent_encode(out, name);
	buffer_text(out, "\r\nContent-Transfer-Encoding: base64\r\n\r\n");
	add_base64_body(out, marked.data);
	buffer_free(&marked);
}

static const char *
text_variable(const cJSON *variables, const char *name)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(variables, name);

	return cJSON_IsString(item) && item->valuestring[0] != '\0' ? item->valuestring : NULL;
}

void
mail_body(Buffer *out, const Message *message)
{
	cJSON	   *variables = message->variables != NULL ? cJSON_Parse(message->variables) : NULL;
	const char *html = text_variable(variables, "mail_html");
	const char *csv = text_variable(variables, "mail_csv");
	const char *name = text_variable(variables, "mail_csv_name");
	char		boundary[SHA256_HEX_SIZE];

	sha256_hex(message->key, strlen(message->key), boundary);
	boundary[32] = '\0';
	buffer_text(out, "MIME-Version: 1.0\r\n");
	if (csv != NULL)
		buffer_printf(out, "Content-Type: multipart/mixed; boundary=\"=_m%s\"\r\n\r\n--=_m%s\r\n",
					  boundary, boundary);
	add_readable(out, message, html, boundary);
	if (csv != NULL)
	{
		buffer_printf(out, "--=_m%s\r\n", boundary);
		add_table(out, csv, name != NULL ? name : "table.csv");
		buffer_printf(out, "--=_m%s--\r\n", boundary);
	}
	cJSON_Delete(variables);
}
