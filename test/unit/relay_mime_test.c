/*
 * relay_mime_test.c
 *	  A message as a mail.
 *
 * sources: src/relay/mime.c src/relay/mime_body.c src/relay/text.c src/relay/sign.c src/relay/buffer.c
 * libs: -lcjson -lcrypto
 */
#include <cjson/cJSON.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "relay/mime.h"
#include "relay/sign.h"

static Message
example_message(void)
{
	Message		message = {0};

	message.id = "9007199254740993";
	message.channel = "mail";
	message.recipient = "li@example.com";
	message.subject = "Overdue";
	message.body = "one\ntwo";
	message.variables = "{\"days\": 10}";
	message.key = "case/7/step/0";
	message.attempt = 1;
	message.created = 1767225600;	/* 2026-01-01 00:00 UTC, a Thursday */
	return message;
}

static void
test_plain_mail(void)
{
	Message		message = example_message();
	char	   *copies[] = {"wang@example.com", "zhao@example.com"};
	Buffer		mail = {0};

	message.recipient_name = "Li \"Lee\"";
	message.copies = copies;
	message.copy_count = 2;
	mail_build(&mail, &message, "Desk", "desk@example.org");
	CHECK_STR(mail.data,
			  "From: \"Desk\" <desk@example.org>\r\n"
			  "To: \"Li \\\"Lee\\\"\" <li@example.com>\r\n"
			  "Cc: wang@example.com,\r\n zhao@example.com\r\n"
			  "Subject: Overdue\r\n"
			  "Date: Thu, 01 Jan 2026 00:00:00 +0000\r\n"
			  "Message-ID: <373bf7c4742a083374a2d2f833bef6f5@example.org>\r\n"
			  "Auto-Submitted: auto-generated\r\n"
			  "MIME-Version: 1.0\r\n"
			  "Content-Type: text/plain; charset=UTF-8\r\n"
			  "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
			  "one\r\ntwo\r\n");
	buffer_free(&mail);
}

/* Every line of the header must be one of ours. */
static void
test_no_injection(void)
{
	Message		message = example_message();
	Buffer		mail = {0};

	message.recipient_name = "x\r\nBcc: everyone@example.com";
	message.subject = "hello\r\n\r\nBcc: everyone@example.com\nX";
	message.key = "k\r\nX-Evil: 1";
	mail_build(&mail, &message, "a\nX-Evil: 2", "desk@example.org");
	CHECK(strstr(mail.data, "\nBcc") == NULL);
	CHECK(strstr(mail.data, "\nX") == NULL);
	CHECK(strstr(mail.data, "Evil") == NULL);
	CHECK(strstr(mail.data, "\r\n\r\none\r\ntwo") != NULL);
	buffer_free(&mail);
}

static void
test_header_text(void)
{
	Buffer		out = {0};

	mail_header_text(&out, "\xe9\x80\xbe\xe6\x9c\x9f");	/* 逾期 */
	CHECK_STR(out.data, "=?UTF-8?B?6YC+5pyf?=");
	buffer_free(&out);
	mail_header_text(&out, "not =?an encoded word?=");
	CHECK_STR(out.data, "=?UTF-8?B?bm90ID0/YW4gZW5jb2RlZCB3b3JkPz0=?=");
	buffer_free(&out);
	/* 15 characters of 3 bytes: cut at 42 bytes, which is a boundary; with one byte before, at 40 */
	mail_header_text(&out, "a\xe9\x80\xbe\xe9\x80\xbe\xe9\x80\xbe\xe9\x80\xbe\xe9\x80\xbe\xe9\x80\xbe\xe9\x80\xbe"
					 "\xe9\x80\xbe\xe9\x80\xbe\xe9\x80\xbe\xe9\x80\xbe\xe9\x80\xbe\xe9\x80\xbe\xe9\x80\xbe\xe9\x80\xbe");
	CHECK_STR(out.data,
			  "=?UTF-8?B?YemAvumAvumAvumAvumAvumAvumAvumAvumAvumAvumAvumAvumAvg==?=\r\n"
			  " =?UTF-8?B?6YC+6YC+?=");
	buffer_free(&out);
}

static void
test_bodies(void)
{
	Buffer		out = {0};
	char		line[200];
	Message		message = example_message();

	mail_quoted_printable(&out, "a=b \nend ");
	CHECK_STR(out.data, "a=3Db=20\r\nend=20\r\n");
	buffer_free(&out);
	memset(line, 'x', sizeof(line) - 1);
	line[sizeof(line) - 1] = '\0';
	mail_quoted_printable(&out, line);
	for (char *at = out.data, *end; (end = strstr(at, "\r\n")) != NULL; at = end + 2)
		CHECK(end - at <= 76);
	buffer_free(&out);
	message.body = "\xe9\x80\xbe\xe6\x9c\x9f\n.";
	mail_build(&out, &message, NULL, "desk@example.org");
	CHECK(strstr(out.data, "Transfer-Encoding: base64\r\n\r\n6YC+5pyfDQou\r\n") != NULL);
	buffer_free(&out);
}

static void
test_addresses(void)
{
	char	   *name;
	char	   *address;

	CHECK(mail_address_problem("li@example.com") == NULL);
	CHECK(mail_address_problem("") != NULL);
	CHECK(mail_address_problem("li") != NULL);
	CHECK(mail_address_problem("li@") != NULL);
	CHECK(mail_address_problem("@example.com") != NULL);
	CHECK(mail_address_problem("a@b@c") != NULL);
	CHECK(mail_address_problem("li@example.com\r\nRCPT TO:<x@y>") != NULL);
	CHECK(mail_address_problem("a@b.c,d@e.f") != NULL);
	CHECK(mail_address_problem("li@example.com>") != NULL);
	CHECK(mail_address_problem("\xe6\x9d\x8e@example.com") != NULL);
	CHECK(mail_split_address("Sales desk <a@b.c>", &name, &address));
	CHECK_STR(name, "Sales desk");
	CHECK_STR(address, "a@b.c");
	free(name);
	free(address);
	CHECK(!mail_split_address("Sales desk <a@b.c> x", &name, &address));
	CHECK(!mail_split_address("<>", &name, &address));
}

static void
test_parts(void)
{
	Message		message = example_message();
	Buffer		mail = {0};

	message.variables = "{\"mail_html\": \"<p>one</p>\", \"mail_csv\": \"a,b\\n1,2\\n\", \"mail_csv_name\": \"sales 1\\\"\\r\\nX: y.csv\"}";
	mail_body(&mail, &message);
	CHECK_STR(mail.data,
			  "MIME-Version: 1.0\r\n"
			  "Content-Type: multipart/mixed; boundary=\"=_m373bf7c4742a083374a2d2f833bef6f5\"\r\n\r\n"
			  "--=_m373bf7c4742a083374a2d2f833bef6f5\r\n"
			  "Content-Type: multipart/alternative; boundary=\"=_a373bf7c4742a083374a2d2f833bef6f5\"\r\n\r\n"
			  "--=_a373bf7c4742a083374a2d2f833bef6f5\r\n"
			  "Content-Type: text/plain; charset=UTF-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
			  "one\r\ntwo\r\n"
			  "--=_a373bf7c4742a083374a2d2f833bef6f5\r\n"
			  "Content-Type: text/html; charset=UTF-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
			  "<p>one</p>\r\n"
			  "--=_a373bf7c4742a083374a2d2f833bef6f5--\r\n"
			  "--=_m373bf7c4742a083374a2d2f833bef6f5\r\n"
			  "Content-Type: text/csv; charset=UTF-8\r\n"
			  "Content-Disposition: attachment; filename*=UTF-8''sales%201%22%0D%0AX%3A%20y.csv\r\n"
			  "Content-Transfer-Encoding: base64\r\n\r\n"
			  "77u/YSxiDQoxLDINCg==\r\n"
			  "--=_m373bf7c4742a083374a2d2f833bef6f5--\r\n");
	buffer_free(&mail);
}

/* ---- what a reader of mails makes of it ---- */

/* The part of that type as it was before it was encoded; to be freed. */
static char *
decoded_part(const char *mail, const char *type)
{
	const char *at = strstr(mail, type);
	const char *body = at == NULL ? NULL : strstr(at, "\r\n\r\n");
	const char *end = body == NULL ? NULL : strstr(body, "\r\n--=_");
	const char *quoted = at == NULL ? NULL : strstr(at, "quoted-printable");
	char	   *text = end == NULL ? NULL : calloc(1, (size_t) (end - body) + 4);
	unsigned char block[4];
	size_t		length = 0;
	unsigned	hex;

	if (text == NULL)
		return NULL;
	body += 4;
	if (quoted != NULL && quoted < body)
	{
		for (; body < end; body++)
			if (*body != '=')
				text[length++] = *body;
			else if (body[1] == '\r')
				body += 2;		/* a soft line break */
			else if (sscanf(body + 1, "%2X", &hex) == 1)
			{
				text[length++] = (char) hex;
				body += 2;
			}
		return text;
	}
	for (; body + 4 <= end; body += strncmp(body + 4, "\r\n", 2) == 0 ? 6 : 4)
	{
		int			padding = (body[2] == '=') + (body[3] == '=');

		CHECK(EVP_DecodeBlock(block, (const unsigned char *) body, 4) == 3);
		memcpy(text + length, block, 3);
		length += 3 - padding;
		text[length] = '\0';
	}
	return text;
}

/* A text with CR LF at the end of each line, as it is in a mail. */
static char *
with_line_ends(const char *text)
{
	char	   *result = calloc(2, strlen(text) + 1);
	size_t		length = 0;

	for (; *text != '\0'; text++)
	{
		if (*text == '\n')
			result[length++] = '\r';
		result[length++] = *text;
	}
	return result;
}

static void
add_variable(cJSON *variables, const char *name, const char *value)
{
	cJSON_AddStringToObject(variables, name, value);
}

/* Texts full of what could end a line, a part or an encoded word. */
static void
random_text(char *text, size_t size, unsigned *seed)
{
	static const char *const pieces[] = {"\n", "--=_a", "--=_m373bf7c4742a083374a2d2f833bef6f5--", "=", "=20", ".", " ", "\t",
	"a", "\xe5\xbc\xa0", "<td>&amp;</td>", ",\"x\"\"\"", "0123456789", "\n.\n"};

	text[0] = '\0';
	while (strlen(text) + 48 < size)
	{
		*seed = *seed * 1103515245 + 12345;
		strcat(text, pieces[(*seed >> 16) % (sizeof(pieces) / sizeof(pieces[0]))]);
	}
	strcat(text, "x\n");
}

/* Whatever a text, a page and a table hold, who takes the mail apart finds just that. */
static void
test_parts_are_whole(void)
{
	char		body[500];
	char		html[700];
	char		csv[900];
	unsigned	seed = 42;

	for (int i = 0; i < 300; i++)
	{
		Message		message = example_message();
		cJSON	   *variables = cJSON_CreateObject();
		Buffer		mail = {0};
		char	   *expected[3];
		char	   *found[3];

		random_text(body, sizeof(body) - (size_t) i, &seed);
		random_text(html, sizeof(html), &seed);
		random_text(csv, sizeof(csv), &seed);
		add_variable(variables, "mail_html", html);
		add_variable(variables, "mail_csv", csv);
		add_variable(variables, "mail_csv_name", "\xe6\x99\xa8\xe4\xbc\x9a.csv");
		message.body = body;
		message.variables = cJSON_PrintUnformatted(variables);
		mail_body(&mail, &message);
		expected[0] = with_line_ends(body);
		expected[1] = with_line_ends(html);
		expected[2] = with_line_ends(csv);
		found[0] = decoded_part(mail.data, "Content-Type: text/plain");
		found[1] = decoded_part(mail.data, "Content-Type: text/html");
		found[2] = decoded_part(mail.data, "Content-Type: text/csv");
		for (int part = 0; part < 3; part++)
		{
			const char *text = found[part] == NULL ? "" : found[part];
			size_t		length;

			if (part == 2)
			{
				CHECK(strncmp(text, "\xef\xbb\xbf", 3) == 0);
				text += 3;
			}
			/* the last line end of a quoted-printable part is the boundary's as well */
			length = strlen(expected[part]);
			CHECK(strncmp(text, expected[part], strlen(text)) == 0);
			CHECK(strlen(text) == length || strlen(text) + 2 == length);
			free(expected[part]);
			free(found[part]);
		}
		free((char *) message.variables);
		cJSON_Delete(variables);
		buffer_free(&mail);
	}
}

int
main(void)
{
	test_plain_mail();
	test_no_injection();
	test_header_text();
	test_bodies();
	test_addresses();
	test_parts();
	test_parts_are_whole();
	return check_done();
}
