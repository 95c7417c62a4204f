/*
 * kannel.c
 *	  Text messages through the HTTP interface of Kannel, which many gateways
 *	  imitate.  No I/O.
 *
 * Text outside the 7-bit alphabet goes as UCS-2: 70 units in one part, 67 in
 * each of several.  It is cut to max_parts.
 */
#include <stdlib.h>
#include <string.h>

#include "receipt.h"
#include "sms.h"
#include "text.h"
#include "transport.h"

#define GSM_UNITS			160
#define GSM_PART_UNITS		153
#define UCS2_UNITS			70
#define UCS2_PART_UNITS		67

/* delivered, failed, queued at the SMSC, accepted by it, rejected by it */
#define RECEIPT_MASK		"31"

static void
add_text(const Channel *channel, const Message *message, Request *request)
{
	const char *body = message->body != NULL && *message->body != '\0' ? message->body :
	message->subject != NULL ? message->subject : "";
	bool		gsm = text_is_gsm(body);
	size_t		one = gsm ? GSM_UNITS : UCS2_UNITS;
	size_t		several = (size_t) channel->max_parts * (gsm ? GSM_PART_UNITS : UCS2_PART_UNITS);
	Buffer text = {0};

	if (text_utf16_units(body) <= one)
		buffer_text(&text, body);
	else if (gsm && strlen(body) > several)
	{
		/* the ellipsis is no letter of that alphabet */
		size_t		max = several > one ? several : one;

		buffer_add(&text, body, max - 3);
		buffer_text(&text, "...");
	}
	else
		text_cut_units(&text, body, several > one ? several : one);
	request_query(request, "text", text.data);
	request_query(request, "charset", "UTF-8");
	request_query(request, "coding", gsm ? "0" : "2");
	buffer_free(&text);
}

static void
add_receipt_url(const Channel *channel, const Message *message, Request *request)
{
	Buffer		url = {0};
	Buffer		ticket = {0};

	receipt_ticket(&ticket, channel->receipts->secret, channel->name, message->id,
				   message->lease_token);
	buffer_printf(&url, "%s/kannel?channel=", channel->receipts->url);
	text_percent_encode(&url, channel->name);
	/* Kannel puts the type in the place of %d, and reads %% as one % */
	buffer_printf(&url, "&ticket=%s&type=%%d", ticket.data);
	request_query(request, "dlr-mask", RECEIPT_MASK);
	request_query(request, "dlr-url", url.data);
	buffer_free(&url);
	buffer_free(&ticket);
}

bool
kannel_build(const Channel *channel, const Message *message, const Moment *moment,
			 Request *request, Buffer *problem)
{
	Buffer		phone = {0};
	bool		good = sms_phone(&phone, message, false, problem);

	(void) moment;
	if (good)
	{
		buffer_text(&request->url, channel->url);
		request_query(request, "username", channel->username);
		request_query(request, "password", channel->password);
		request_query(request, "to", phone.data);
		if (channel->from_address != NULL)
			request_query(request, "from", channel->from_address);
		add_text(channel, message, request);
		if (channel->receipts != NULL)
			add_receipt_url(channel, message, request);
	}
	buffer_free(&phone);
	return good;
}

Outcome
kannel_judge(const Channel *channel, const TransferResult *result, const char *reply,
			 Buffer *provider_id)
{
	Outcome		outcome;

	(void) provider_id;
	if (result->code == 401 || result->code == 403)
	{
		outcome = outcome_make(OUTCOME_DEAD, "Kannel says %.150s; check username, password and its IP lists",
							   result->detail);
		outcome.blame = BLAME_CHANNEL;
		return outcome;
	}
	if (result->code >= 400)
		return outcome_make(OUTCOME_DEAD, "HTTP %ld: %s", result->code, result->detail);
	/* accepted, or queued until there is a way */
	if (strncmp(reply, "0:", 2) == 0 || strncmp(reply, "3:", 2) == 0)
		return outcome_sent();
	return outcome_of_nonsense(result, channel->uncertain, "Kannel");
}
