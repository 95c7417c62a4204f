/*
 * transfer.c
 *	  One exchange with a server, as a libcurl easy handle.
 *
 * Each address of a mail is a transaction of its own: with several recipients
 * in one, libcurl either fails them all for one that is refused or does not
 * say which one it was.
 */
#include "transfer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "transport.h"

#define MAX_REPLY		65536	/* bytes of a reply that are kept */
#define MAX_DETAIL		200
#define MAX_CONNECT_MS	10000L

struct Transfer
{
	const Channel *channel;
	CURL	   *easy;
	struct curl_slist *list;	/* recipients or headers */
	const Buffer *mail;
	size_t		mail_sent;
	bool		mail_finished;	/* the end of the mail was handed over */
	bool		recipient_stage;
	bool		quitting;		/* the rest of the dialogue is not about the
								 * mail */
	Request		request;
	Buffer		reply;			/* body of its reply */
	char		last_line[MAX_DETAIL + 1];	/* of an SMTP reply */
	char		error[CURL_ERROR_SIZE];
};

static size_t
give_mail(char *target, size_t size, size_t count, void *context)
{
	Transfer   *transfer = context;
	size_t		left = transfer->mail->length - transfer->mail_sent;
	size_t		length = size * count < left ? size * count : left;

	memcpy(target, transfer->mail->data + transfer->mail_sent, length);
	transfer->mail_sent += length;
	if (length == 0)
		transfer->mail_finished = true; /* libcurl now sends the final dot */
	return length;
}

static size_t
take_reply(char *data, size_t size, size_t count, void *context)
{
	Transfer   *transfer = context;
	size_t		length = size * count;
	size_t		room = MAX_REPLY - transfer->reply.length;

	buffer_add(&transfer->reply, data, length < room ? length : room);
	return length;
}

/* The SMTP dialogue: which command was sent last, what was replied last. */
static int
hear_dialogue(CURL *easy, curl_infotype type, char *data, size_t length, void *context)
{
	Transfer   *transfer = context;
	size_t		kept = length < MAX_DETAIL ? length : MAX_DETAIL;

	(void) easy;
	if (type == CURLINFO_HEADER_OUT && length >= 4)
	{
		transfer->quitting |= memcmp(data, "QUIT", 4) == 0;
		transfer->recipient_stage |= memcmp(data, "RCPT", 4) == 0;
	}
	if (type == CURLINFO_HEADER_IN && !transfer->quitting)
	{
		while (kept > 0 && (unsigned char) data[kept - 1] <= ' ')
			kept--;
		memcpy(transfer->last_line, data, kept);
		transfer->last_line[kept] = '\0';
	}
	return 0;
}

static Transfer *
transfer_new(const Channel *channel, long timeout_ms)
{
	Transfer   *transfer = relay_alloc(sizeof(Transfer));
	CURL	   *easy = curl_easy_init();

	if (easy == NULL)
		abort();
	transfer->channel = channel;
	transfer->easy = easy;
	curl_easy_setopt(easy, CURLOPT_URL, channel->url);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_PROXY, "");
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, timeout_ms);
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
					 timeout_ms < MAX_CONNECT_MS ? timeout_ms : MAX_CONNECT_MS);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer->error);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_reply);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer);
	if (channel->ca_file != NULL)
		curl_easy_setopt(easy, CURLOPT_CAINFO, channel->ca_file);
	return transfer;
}

Transfer *
transfer_mail(const Channel *channel, const char *address, const Buffer *mail, long timeout_ms)
{
	Transfer   *transfer = transfer_new(channel, timeout_ms);
	CURL	   *easy = transfer->easy;

	transfer->mail = mail;
	transfer->list = curl_slist_append(NULL, address);
	curl_easy_setopt(easy, CURLOPT_USE_SSL,
					 channel->tls == TLS_STARTTLS ? (long) CURLUSESSL_ALL : (long) CURLUSESSL_NONE);
	if (channel->username != NULL)
	{
		curl_easy_setopt(easy, CURLOPT_USERNAME, channel->username);
		curl_easy_setopt(easy, CURLOPT_PASSWORD, channel->password);
	}
	curl_easy_setopt(easy, CURLOPT_MAIL_FROM, channel->from_address);
	curl_easy_setopt(easy, CURLOPT_MAIL_RCPT, transfer->list);
	curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
	curl_easy_setopt(easy, CURLOPT_READFUNCTION, give_mail);
	curl_easy_setopt(easy, CURLOPT_READDATA, transfer);
	curl_easy_setopt(easy, CURLOPT_VERBOSE, 1L);
	curl_easy_setopt(easy, CURLOPT_DEBUGFUNCTION, hear_dialogue);
	curl_easy_setopt(easy, CURLOPT_DEBUGDATA, transfer);
	return transfer;
}

Transfer *
transfer_request(const Channel *channel, Request *request, long timeout_ms)
{
	Transfer   *transfer = transfer_new(channel, timeout_ms);
	CURL	   *easy = transfer->easy;

	transfer->request = *request;
	memset(request, 0, sizeof(Request));
	request = &transfer->request;
	for (int i = 0; i < request->header_count; i++)
		transfer->list = curl_slist_append(transfer->list, request->headers[i]);
	for (int i = 0; i < channel->header_count; i++)
		transfer->list = curl_slist_append(transfer->list, channel->headers[i]);
	/* no round trip of its own for small bodies */
	transfer->list = curl_slist_append(transfer->list, "Expect:");
	curl_easy_setopt(easy, CURLOPT_URL, request->url.data);
	if (request->post)
	{
		curl_easy_setopt(easy, CURLOPT_POST, 1L);
		curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request->body.data);
		curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t) request->body.length);
	}
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, transfer->list);
	curl_easy_setopt(easy, CURLOPT_USERAGENT, "salespulse-relay");
	return transfer;
}

CURL *
transfer_handle(Transfer *transfer)
{
	return transfer->easy;
}

/* A reply as one line of a reason. */
static void
describe_reply(const Transfer *transfer, char *detail)
{
	size_t		length = transfer->reply.length < MAX_DETAIL ? transfer->reply.length : MAX_DETAIL;

	for (size_t i = 0; i < length; i++)
		detail[i] = (unsigned char) transfer->reply.data[i] < ' ' ? ' ' : transfer->reply.data[i];
	detail[length] = '\0';
}

/* The detail of a result: what the receiver said, or what went wrong. */
static void
describe(const Transfer *transfer, CURLcode code, long reply_code, char *detail, size_t size)
{
	if (transfer->mail != NULL && reply_code >= 400)
		snprintf(detail, size, "%s", transfer->last_line);
	else if (code == CURLE_OK)
		describe_reply(transfer, detail);
	else
		snprintf(detail, size, "%s",
				 transfer->error[0] != '\0' ? transfer->error : curl_easy_strerror(code));
}

static Outcome
mail_outcome(const Transfer *transfer, const TransferResult *result, char **provider_id)
{
	Outcome		outcome = outcome_of_smtp(result, transfer->channel->uncertain);

	if (outcome.kind == OUTCOME_SENT && transfer->last_line[0] != '\0')
		*provider_id = relay_strdup(transfer->last_line);
	return outcome;
}

Outcome
transfer_outcome(Transfer *transfer, CURLcode code, char **provider_id)
{
	TransferResult result = {0};
	char		detail[CURL_ERROR_SIZE + MAX_DETAIL];
	curl_off_t	number = 0;
	Buffer		id = {0};
	Outcome		outcome;

	*provider_id = NULL;
	result.finished = code == CURLE_OK;
	result.recipient_stage = transfer->recipient_stage;
	result.request_sent = transfer->mail_finished;
	result.detail = detail;
	if (transfer->mail != NULL)
		result.code = strtol(transfer->last_line, NULL, 10);
	else
		curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &result.code);
	if (curl_easy_getinfo(transfer->easy, CURLINFO_RETRY_AFTER, &number) == CURLE_OK)
		result.retry_after = (long) number;
	number = 0;
	curl_easy_getinfo(transfer->easy, CURLINFO_PRETRANSFER_TIME_T, &number);
	result.request_begun = number > 0;
	describe(transfer, code, result.code, detail, sizeof(detail));
	if (transfer->mail != NULL)
		return mail_outcome(transfer, &result, provider_id);
	buffer_add(&transfer->reply, "", 0);
	outcome = transport_judge(transfer->channel, &result, transfer->reply.data, &id);
	if (outcome.kind == OUTCOME_SENT && id.length > 0)
		*provider_id = id.data;
	else
		buffer_free(&id);
	return outcome;
}

void
transfer_free(Transfer *transfer)
{
	curl_easy_cleanup(transfer->easy);
	curl_slist_free_all(transfer->list);
	request_free(&transfer->request);
	buffer_free(&transfer->reply);
	free(transfer);
}
