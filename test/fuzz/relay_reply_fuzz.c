/*
 * relay_reply_fuzz.c
 *	  Random replies of all services, random receipts, random texts to cut:
 *	  mutations of good ones.  Each reply gets an outcome, with a reason unless
 *	  it is sent; a receipt counts only with a ticket that was not touched.
 *
 * sources: src/relay/transport.c src/relay/webhook.c src/relay/robot.c src/relay/dingtalk.c src/relay/wecom.c src/relay/feishu.c src/relay/kannel.c src/relay/aliyun.c src/relay/tencent.c src/relay/sms.c src/relay/ticket.c src/relay/receipt.c src/relay/text.c src/relay/request.c src/relay/outcome.c src/relay/sign.c src/relay/buffer.c
 * libs: -lcjson -lcrypto
 */
#include <stdint.h>

#include "relay/receipt.h"
#include "relay/text.h"
#include "relay/transport.h"
#include "mutate.h"

int			LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool fact, const char *what, const char *text)
{
	if (fact)
		return;
	fprintf(stderr, "%s: %s\n", what, text);
	abort();
}

static bool
try_reply(const char *reply)
{
	static const long codes[] = {200, 202, 400, 403, 429, 503};
	bool		sent = false;

	for (int transport = TRANSPORT_WEBHOOK; transport <= TRANSPORT_TENCENT; transport++)
		for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		{
			Channel		channel = {.name = "c",.transport = (Transport) transport};
			TransferResult result = {.finished = true,.code = codes[i],.detail = reply};
			Buffer		id = {0};
			Outcome		outcome = transport_judge(&channel, &result, reply, &id);

			must(outcome.kind == OUTCOME_SENT || outcome.reason[0] != '\0', "no reason", reply);
			must(outcome.kind != OUTCOME_SENT || codes[i] < 300, "sent in spite of its status", reply);
			must(memchr(outcome.reason, '\0', sizeof(outcome.reason)) != NULL, "endless reason", reply);
			sent |= outcome.kind == OUTCOME_SENT;
			buffer_free(&id);
		}
	return sent;
}

static Config config = {.receipts = {"127.0.0.1", 1, "http://r", "0123456789abcdef"}};

static bool
try_receipt(const char *text)
{
	long		length = receipt_request_length(text, strlen(text));
	ReceiptRequest request;
	bool		any;

	if (length <= 0)
		return false;
	must((size_t) length <= strlen(text), "longer than what came", text);
	request = receipt_read(&config, text, strlen(text));
	any = request.receipts != NULL;
	for (const Receipt *receipt = request.receipts; receipt != NULL; receipt = receipt->next)
		must(strcmp(receipt->message_id, "17") == 0 && strcmp(receipt->lease_token, "5") == 0,
			 "a ticket that nobody gave", text);
	receipt_list_free(request.receipts);
	return any;
}

static void
try_cut(const char *text)
{
	for (size_t max = 0; max < 40; max++)
	{
		Buffer		out = {0};

		text_cut(&out, text, max);
		must(out.length <= max, "too long", text);
		must(strlen(text) > max || strcmp(out.data, text) == 0, "cut without need", text);
		buffer_free(&out);
		text_cut_units(&out, text, max);
		must(text_utf16_units(out.data) <= max, "too many units", text);
		buffer_free(&out);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char	   *text = malloc(size + 1);

	memcpy(text, data, size);
	text[		size] = '\0';

	try_reply(text);
	try_receipt(text);
	try_cut(text);
	free(text);
	return 0;
}

#ifndef LIBFUZZER

static const char *const replies[] = {
	"{\"errcode\":0,\"errmsg\":\"ok\"}", "{\"errcode\":410100,\"errmsg\":\"fast\"}", "{\"code\":11232,\"msg\":\"m\"}",
	"{\"code\":0,\"msg\":\"success\",\"data\":{}}", "0: Accepted for delivery", "3: Queued for later delivery",
	"{\"Code\":\"OK\",\"BizId\":\"b\",\"Message\":\"OK\"}", "{\"Code\":\"isv.BUSINESS_LIMIT_CONTROL\",\"Message\":\"m\"}",
	"{\"Response\":{\"SendStatusSet\":[{\"Code\":\"Ok\",\"SerialNo\":\"s\"}]}}",
	"{\"Response\":{\"Error\":{\"Code\":\"AuthFailure.X\",\"Message\":\"m\"}}}", "{\"id\":\"abc\"}", "<html>page</html>", "",
	"cut \xf0\x9f\x91\xa8\xe2\x80\x8d\xf0\x9f\x91\xa9 \xf0\x9f\x87\xa8\xf0\x9f\x87\xb3 e\xcc\x81 \xe9\x80\xbe\xe6\x9c\x9f"
};

#define REPLY_COUNT (sizeof(replies) / sizeof(replies[0]))

static void
receipt_seed(char *text, size_t size)
{
	Buffer		ticket = {0};
	char		body[400];

	receipt_ticket(&ticket, config.receipts.secret, "c", "17", "5");
	snprintf(body, sizeof(body), "[{\"success\":true,\"out_id\":\"%s\"},{\"success\":false,\"err_code\":\"E\",\"out_id\":\"%s\"}]",
			 ticket.data, ticket.data);
	if (random() % 2 == 0)
		snprintf(text, size, "GET /kannel?channel=c&ticket=%s&type=1 HTTP/1.1\r\nHost: x\r\n\r\n", ticket.data);
	else
		snprintf(text, size, "POST /aliyun?channel=c HTTP/1.1\r\nContent-Length: %zu\r\n\r\n%s", strlen(body), body);
	buffer_free(&ticket);
}

static const char bytes[] = "{}[]\":,0123456789-.eE \\u/?&=%\r\n<>@\x01\xe9\x80\xf0\x9f\xff";

int
main(int argc, char **argv)
{
	long		rounds = argc > 1 ? atol(argv[1]) : 20000;
	long		good = 0;
	char text[	MOST_TEXT];
	char		seed[MOST_TEXT];

	srandom(argc > 2 ? (unsigned) atol(argv[2]) : 0);
	for (int i = 0; i < 20; i++)
	{
		receipt_seed(seed, sizeof(seed));
		must(try_receipt(seed), "a good receipt is refused", seed);
	}
	for (long i = 0; i < rounds; i++)
	{
		mutate(text, replies[random() % REPLY_COUNT], bytes);
		good += try_reply(text);
		if (i % 8 == 0)
			try_cut(text);
		receipt_seed(seed, sizeof(seed));
		mutate(text, seed, bytes);
		good += try_receipt(text);
	}
	printf("%ld mutations of replies and receipts, %ld of them good\n", 2 * rounds, good);
	return 0;
}

#endif
