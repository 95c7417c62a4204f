/*
 * receipt.c
 *	  Reading requests of gateways that tell what became of messages.  No I/O.
 *
 * What is read here comes from anybody who reaches the port: nothing counts
 * without a ticket whose MAC holds, and nothing is larger than the limits.
 */
#include "receipt.h"

#include <cjson/cJSON.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "sign.h"

#define MAX_HEAD	8192
#define MAX_BODY	(256 * 1024)

#define STATUS_GOOD			200
#define STATUS_BAD			400
#define STATUS_FORBIDDEN	403
#define STATUS_NOT_FOUND	404

/* The number in a Content-Length line of the head; 0: none, -1: not usable. */
static long
content_length(const char *head, size_t length)
{
	const char *line = memchr(head, '\n', length);
	long		found = 0;

	for (; line != NULL && line + 1 < head + length; line = memchr(line + 1, '\n', (size_t) (head + length - line - 1)))
	{
		const char *value = line + 1 + strlen("Content-Length:");
		size_t		digits;

		if ((size_t) (head + length - line - 1) <= strlen("Content-Length:") ||
			strncasecmp(line + 1, "Content-Length:", strlen("Content-Length:")) != 0)
			continue;
		value += strspn(value, " \t");
		digits = strspn(value, "0123456789");
		if (digits == 0 || digits > 6)
			return -1;
		found = strtol(value, NULL, 10);
	}
	return found <= MAX_BODY ? found : -1;
}

static const char *
end_of_head(const char *data, size_t length)
{
	for (size_t i = 3; i < length; i++)
		if (memcmp(data + i - 3, "\r\n\r\n", 4) == 0)
			return data + i + 1;
	return NULL;
}

long
receipt_request_length(const char *data, size_t length)
{
	const char *body = end_of_head(data, length < MAX_HEAD ? length : MAX_HEAD);
	long		more;

	if (body == NULL)
		return length < MAX_HEAD ? 0 : -1;
	more = content_length(data, (size_t) (body - data));
	if (more < 0)
		return -1;
	more += body - data;
	return (size_t) more <= length ? more : 0;
}

static int
hex_value(char c)
{
	return isdigit((unsigned char) c) ? c - '0' :
		isxdigit((unsigned char) c) ? tolower((unsigned char) c) - 'a' + 10 : -1;
}

/* The value of a parameter of "a=b&c=d", decoded, new memory; NULL: it is not there. */
static char *
query_value(const char *query, const char *name)
{
	size_t		length = strlen(name);
	Buffer		value = {0};

	while (strncmp(query, name, length) != 0 || query[length] != '=')
	{
		query = strchr(query, '&');
		if (query == NULL)
			return NULL;
		query++;
	}
	buffer_add(&value, "", 0);
	for (query += length + 1; *query != '\0' && *query != '&'; query++)
	{
		if (query[0] == '%' && hex_value(query[1]) >= 0 && hex_value(query[2]) >= 0)
		{
			char		c = (char) (hex_value(query[1]) * 16 + hex_value(query[2]));

			if (c != '\0')
				buffer_char(&value, c);
			query += 2;
		}
		else
			buffer_char(&value, *query);
	}
	return value.data;
}

/* Splits a ticket; true when it is one of ours for that channel. */
static bool
read_ticket(const Config *config, const char *channel, const char *ticket, Receipt *receipt)
{
	size_t		id = strspn(ticket, "0123456789");
	size_t		token = ticket[id] == '-' ? strspn(ticket + id + 1, "0123456789") : 0;
	Buffer		expected = {0};
	bool		good;

	if (id == 0 || id > 19 || token == 0 || token > 19)
		return false;
	receipt->message_id = relay_strdup(ticket);
	receipt->message_id[id] = '\0';
	receipt->lease_token = relay_strdup(ticket + id + 1);
	receipt->lease_token[token] = '\0';
	receipt_ticket(&expected, config->receipts.secret, channel, receipt->message_id,
				   receipt->lease_token);
	good = same_text(expected.data, ticket);
	buffer_free(&expected);
	return good;
}

void
receipt_list_free(Receipt *list)
{
	while (list != NULL)
	{
		Receipt    *next = list->next;

		free(list->message_id);
		free(list->lease_token);
		free(list->channel);
		free(list->provider_id);
		free(list->reason);
		free(list);
		list = next;
	}
}

static void
put_receipt(ReceiptRequest *request, Receipt *receipt, const char *reason)
{
	receipt->reason = relay_strdup(reason);
	utf8_clean(receipt->reason);
	receipt->next = request->receipts;
	request->receipts = receipt;
}

static bool
add_receipt(ReceiptRequest *request, const Config *config, const char *channel,
			const char *ticket, ReceiptKind kind, const char *reason)
{
	Receipt    *receipt = relay_alloc(sizeof(Receipt));

	receipt->kind = kind;
	if (channel == NULL || ticket == NULL || !read_ticket(config, channel, ticket, receipt))
	{
		receipt_list_free(receipt);
		return false;
	}
	put_receipt(request, receipt, reason);
	return true;
}

/* /kannel?channel=...&ticket=...&type=N: N is one bit of Kannel's dlr-mask. */
static void
read_kannel(const Config *config, const char *query, ReceiptRequest *request)
{
	char	   *channel = query_value(query, "channel");
	char	   *ticket = query_value(query, "ticket");
	char	   *type = query_value(query, "type");
	long		bits = type != NULL ? strtol(type, NULL, 10) : 0;
	ReceiptKind kind = bits & 1 ? RECEIPT_DELIVERED : bits & (2 | 16) ? RECEIPT_FAILED : RECEIPT_NONE;
	char		reason[80];

	snprintf(reason, sizeof(reason), bits & 16 ? "the gateway reports: rejected by the SMSC" :
			 "the gateway reports: not delivered");
	if (!add_receipt(request, config, channel, ticket, kind, reason))
		request->status = STATUS_FORBIDDEN;
	free(channel);
	free(ticket);
	free(type);
}

static const char *
text_of(const cJSON *object, const char *name)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);

	return cJSON_IsString(item) ? item->valuestring : "";
}

/* /aliyun?channel=...: an array of reports; one without a ticket of ours is not ours. */
static void
read_aliyun(const Config *config, const char *query, const char *body, ReceiptRequest *request)
{
	char	   *channel = query_value(query, "channel");
	cJSON	   *reports = cJSON_Parse(body);
	const cJSON *report;
	bool		any = false;

	if (!cJSON_IsArray(reports))
		request->status = STATUS_BAD;
	else
	{
		cJSON_ArrayForEach(report, reports)
		{
			bool		success = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(report, "success"));
			Buffer		reason = {0};

			buffer_printf(&reason, "Aliyun reports %.60s: %.150s", text_of(report, "err_code"),
						  text_of(report, "err_msg"));
			any |= add_receipt(request, config, channel, text_of(report, "out_id"),
							   success ? RECEIPT_DELIVERED : RECEIPT_FAILED, reason.data);
			buffer_free(&reason);
		}
		if (!any)
			request->status = STATUS_FORBIDDEN;
	}
	cJSON_Delete(reports);
	free(channel);
}

/* One report of Tencent: which message, and what became of it. */
static void
add_tencent(ReceiptRequest *request, const char *channel, const cJSON *report)
{
	Receipt    *receipt = relay_alloc(sizeof(Receipt));
	const char *status = text_of(report, "report_status");
	Buffer		reason = {0};

	receipt->kind = strcmp(status, "SUCCESS") == 0 ? RECEIPT_DELIVERED :
		strcmp(status, "FAIL") == 0 ? RECEIPT_FAILED : RECEIPT_NONE;
	receipt->channel = relay_strdup(channel);
	receipt->provider_id = relay_strdup(text_of(report, "sid"));
	utf8_clean(receipt->provider_id);
	buffer_printf(&reason, "Tencent reports %.60s: %.150s", text_of(report, "errmsg"), text_of(report, "description"));
	put_receipt(request, receipt, reason.data);
	buffer_free(&reason);
}

/* /tencent?channel=...&key=...: an array of reports that name messages by serial numbers. */
static void
read_tencent(const Config *config, const char *query, const char *body, ReceiptRequest *request)
{
	char	   *channel = query_value(query, "channel");
	char	   *key = query_value(query, "key");
	cJSON	   *reports = cJSON_Parse(body);
	Buffer		expected = {0};
	const cJSON *report;

	if (channel != NULL)
		receipt_channel_key(&expected, config->receipts.secret, channel);
	if (channel == NULL || key == NULL || !same_text(expected.data, key))
		request->status = STATUS_FORBIDDEN;
	else if (!cJSON_IsArray(reports))
		request->status = STATUS_BAD;
	else
		cJSON_ArrayForEach(report, reports)
			add_tencent(request, channel, report);
	cJSON_Delete(reports);
	buffer_free(&expected);
	free(channel);
	free(key);
}

ReceiptRequest
receipt_read(const Config *config, const char *data, size_t length)
{
	ReceiptRequest request = {STATUS_GOOD, NULL};
	const char *path = memchr(data, ' ', length);
	const char *body = end_of_head(data, length);
	size_t		path_length = path != NULL ? strcspn(path + 1, " ?\r\n") : 0;
	Buffer		query = {0};

	buffer_add(&query, "", 0);
	if (path == NULL || body == NULL || path > body)
		request.status = STATUS_BAD;
	else
	{
		path++;
		if (path[path_length] == '?')
			buffer_add(&query, path + path_length + 1, strcspn(path + path_length + 1, " \r\n"));
		if (path_length == 7 && memcmp(path, "/kannel", 7) == 0)
			read_kannel(config, query.data, &request);
		else if (path_length == 7 && memcmp(path, "/aliyun", 7) == 0)
			read_aliyun(config, query.data, body, &request);
		else if (path_length == 8 && memcmp(path, "/tencent", 8) == 0)
			read_tencent(config, query.data, body, &request);
		else
			request.status = STATUS_NOT_FOUND;
	}
	buffer_free(&query);
	return request;
}
