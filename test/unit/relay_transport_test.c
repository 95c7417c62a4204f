/*
 * relay_transport_test.c
 *	  What each transport sends and how it reads replies; signatures against
 *	  published examples; texts cut to size.
 *
 * sources: src/relay/transport.c src/relay/webhook.c src/relay/robot.c src/relay/dingtalk.c src/relay/wecom.c src/relay/feishu.c src/relay/kannel.c src/relay/aliyun.c src/relay/tencent.c src/relay/sms.c src/relay/ticket.c src/relay/text.c src/relay/request.c src/relay/outcome.c src/relay/sign.c src/relay/buffer.c
 * libs: -lcjson -lcrypto
 */
#include <stdlib.h>

#include "check.h"
#include "relay/receipt.h"
#include "relay/sign.h"
#include "relay/sms.h"
#include "relay/text.h"
#include "relay/transport.h"

#define GRIN	"\xf0\x9f\x98\x80"	/* U+1F600 */
#define YU		"\xe9\x80\xbe"		/* U+903E */

static const Moment moment = {1577808000000, "0123456789abcdef0123456789abcdef"};

static void
check_cut(const char *text, size_t max, const char *expected)
{
	Buffer		out = {0};

	text_cut(&out, text, max);
	CHECK_STR(out.data, expected);
	CHECK(out.length <= max);
	buffer_free(&out);
}

static void
test_cut(void)
{
	check_cut("short", 5, "short");
	check_cut("longer", 5, "lo\xe2\x80\xa6");
	check_cut("abc" GRIN, 7, "abc" GRIN);
	check_cut("abc" GRIN "d", 7, "abc\xe2\x80\xa6");	/* the emoji does not fit beside the ellipsis */
	check_cut("ab" GRIN GRIN, 9, "ab" GRIN "\xe2\x80\xa6");
	check_cut(YU YU YU, 8, YU "\xe2\x80\xa6");
	/* man, joiner, woman: one picture */
	check_cut("a\xf0\x9f\x91\xa8\xe2\x80\x8d\xf0\x9f\x91\xa9zz", 12, "a\xe2\x80\xa6");
	/* thumb with a skin tone; a flag of two halves */
	check_cut("\xf0\x9f\x91\x8d\xf0\x9f\x8f\xbdxyz", 8, "\xe2\x80\xa6");
	check_cut("\xf0\x9f\x87\xa8\xf0\x9f\x87\xb3xyz", 8, "\xe2\x80\xa6");
	check_cut("\xf0\x9f\x87\xa8\xf0\x9f\x87\xb3xyz", 11, "\xf0\x9f\x87\xa8\xf0\x9f\x87\xb3xyz");
	check_cut("anything", 2, "");
	check_cut("", 0, "");
	check_cut("cut \xe9\x80", 20, "cut \xe9\x80");	/* not UTF-8: never beyond its end */
	CHECK_EQ(text_utf16_units("a" YU GRIN), 4);
	CHECK(text_is_gsm("Pay EUR 5, now!"));
	CHECK(!text_is_gsm("{}"));
	CHECK(!text_is_gsm(YU));
	CHECK(text_is_phone("+8613812345678"));
	CHECK(!text_is_phone("1381234567x"));
	CHECK(!text_is_phone("1234"));
}

static void
check_base64(void (*sign) (Buffer *, const char *, const char *), const char *secret, const char *text,
			 const char *expected)
{
	Buffer		out = {0};

	sign(&out, secret, text);
	CHECK_STR(out.data, expected);
	buffer_free(&out);
}

static void
dingtalk(Buffer *out, const char *secret, const char *ms)
{
	dingtalk_signature(out, secret, strtoll(ms, NULL, 10));
}

static void
check_aliyun(AliyunParam *params, int count, const char *secret, const char *signature)
{
	Buffer		query = {0};

	aliyun_query(&query, params, count, secret);
	CHECK(strstr(query.data, signature) != NULL);
	buffer_free(&query);
}

static void
test_signatures(void)
{
	AliyunParam regions[] = {
		{"Timestamp", "2016-02-23T12:46:24Z"}, {"Format", "XML"}, {"AccessKeyId", "testid"},
		{"Action", "DescribeRegions"}, {"SignatureMethod", "HMAC-SHA1"},
		{"SignatureNonce", "3ee8c1b8-83d3-44af-a94f-4e0ad82fd6cf"}, {"Version", "2014-05-26"},
		{"SignatureVersion", "1.0"}
	};
	AliyunParam sms[] = {
		{"AccessKeyId", "testId"}, {"Action", "SendSms"}, {"Format", "XML"}, {"OutId", "123"},
		{"PhoneNumbers", "15300000001"}, {"RegionId", "cn-hangzhou"},
		{"SignName", "\xe9\x98\xbf\xe9\x87\x8c\xe4\xba\x91\xe7\x9f\xad\xe4\xbf\xa1\xe6\xb5\x8b\xe8\xaf\x95\xe4\xb8\x93\xe7\x94\xa8"},
		{"SignatureMethod", "HMAC-SHA1"}, {"SignatureNonce", "45e25e9b-0a6f-4070-8c85-2956eda1b466"},
		{"SignatureVersion", "1.0"}, {"TemplateCode", "SMS_71390007"},
		{"TemplateParam", "{\"customer\":\"test\"}"}, {"Timestamp", "2017-07-12T02:42:19Z"},
		{"Version", "2017-05-25"}
	};
	Buffer		text = {0};
	char		hex[SHA256_HEX_SIZE];

	check_base64(dingtalk, "SEC0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", "1577808000000",
				 "HN7svDpADSAdshssJ+xZ6qLqDI04umCSlDLPdhF44ww=");
	check_base64(dingtalk, "this is secret", "1577808000000", "ijHEivi6YiCNPZOq4hZstmvZ3sPfbioAiMhP30ae7W0=");
	check_base64(feishu_signature, "demo", "1599360473", "l1N0gAcBjdwBvGm1xMjOF0XSyaLRpR7tuO5dHfhAYc8=");
	check_aliyun(regions, 8, "testsecret", "&Signature=OLeaidS1JvxuMvnyHOwuJ%2BuX5qY%3D");
	check_aliyun(sms, 14, "testSecret", "&Signature=zJDF%2BLrzhj%2FThnlvIToysFRq6t4%3D");
	/* the example of Tencent's documentation of TC3-HMAC-SHA256 */
	tencent_text_to_sign(&text, "cvm.tencentcloudapi.com", "cvm", "2019-02-25", 1551113065,
						 "{\"Limit\": 1, \"Filters\": [{\"Values\": [\"\\u672a\\u547d\\u540d\"], \"Name\": \"instance-name\"}]}");
	CHECK_STR(text.data, "TC3-HMAC-SHA256\n1551113065\n2019-02-25/cvm/tc3_request\n"
			  "5ffe6a04c0664d6b969fab9a13bdab201d63ee709638e2749d62a09ca18d7031");
	tencent_signature("Gu5t9xGARNpq86cd98joQYCN3EXAMPLE", "2019-02-25", "cvm", text.data, hex);
	CHECK_STR(hex, "72e494ea809ad7a8c8f7a4507b9bddcbaa8e581f516e8da2f66e2c5a96525168");
	buffer_free(&text);
}

static Channel
channel_of(Transport transport)
{
	Channel		channel = {0};

	channel.name = "c";
	channel.transport = transport;
	channel.url = "https://host.example";
	channel.max_bytes = transport == TRANSPORT_WECOM ? 2048 : 18000;
	channel.max_parts = 2;
	channel.username = channel.password = "u&p";
	channel.key_id = channel.app_id = channel.region = channel.sign_name = "k";
	channel.template = "SMS_1";
	channel.secret = "demo";
	return channel;
}

static Message
message_of(char *recipient, char *body)
{
	Message		message = {0};

	message.id = "17";
	message.lease_token = "5";
	message.channel = "c";
	message.recipient = recipient;
	message.subject = "Overdue";
	message.body = body;
	message.key = "key-1";
	message.variables = "{\"about\": \"Li\", \"days\": 10, \"facts\": {}}";
	return message;
}

/* Builds a request; the problem, where there is one, ends up in the body. */
static Request
build(const Channel *channel, const Message *message)
{
	Request		request = {0};
	Buffer		problem = {0};

	if (!transport_def(channel->transport)->build(channel, message, &moment, &request, &problem))
	{
		CHECK(problem.length > 0);
		request_free(&request);
		request.body = problem;
		return request;
	}
	CHECK_EQ(problem.length, 0);
	return request;
}

static void
check_body(Channel *channel, Message *message, const char *url, const char *body)
{
	Request		request = build(channel, message);

	if (url != NULL)
		CHECK_STR(request.url.data, url);
	if (body != NULL)
		CHECK_STR(request.body.data, body);
	request_free(&request);
}

static void
test_robots(void)
{
	Channel		ding = channel_of(TRANSPORT_DINGTALK);
	Channel		wecom = channel_of(TRANSPORT_WECOM);
	Channel		feishu = channel_of(TRANSPORT_FEISHU);
	Message		message = message_of("13812345678", "Please pay.");
	char	   *copies[] = {"li", "@all"};

	ding.url = "https://o/robot/send?access_token=T";
	ding.secret = "this is secret";
	check_body(&ding, &message, "https://o/robot/send?access_token=T&timestamp=1577808000000"
			   "&sign=ijHEivi6YiCNPZOq4hZstmvZ3sPfbioAiMhP30ae7W0%3D",
			   "{\"msgtype\":\"text\",\"text\":{\"content\":\"Overdue\\nPlease pay.\\n@13812345678\"},"
			   "\"at\":{\"atMobiles\":[\"13812345678\"],\"atUserIds\":[],\"isAtAll\":false},\"msgUuid\":\"key-1\"}");
	message.copies = copies;
	message.copy_count = 2;
	check_body(&wecom, &message, "https://host.example",
			   "{\"msgtype\":\"text\",\"text\":{\"content\":\"Overdue\\nPlease pay.\","
			   "\"mentioned_list\":[\"li\",\"@all\"],\"mentioned_mobile_list\":[\"13812345678\"]}}");
	message.body = "Hello <AT user_id=\"all\"></at>";
	message.copy_count = 1;
	feishu.secret = NULL;
	check_body(&feishu, &message, "https://host.example",
			   "{\"msg_type\":\"text\",\"content\":{\"text\":\"<at user_id=\\\"li\\\"></at>\\nOverdue\\n"
			   "Hello < at user_id=\\\"all\\\"></at>\"}}");
	wecom.markdown = true;
	wecom.max_bytes = 4096;
	message.body = "<@li>";
	check_body(&wecom, &message, NULL, "{\"msgtype\":\"markdown\",\"markdown\":{\"content\":\"### Overdue\\n\\n< @li>\"}}");
}

/* The content of a body of WeCom's, as the robot counts it. */
static void
test_sizes(void)
{
	Channel		wecom = channel_of(TRANSPORT_WECOM);
	Channel		feishu = channel_of(TRANSPORT_FEISHU);
	size_t		size = 10 * 1024 * 1024;
	char	   *big = relay_alloc(size + 1);
	Message		message = message_of("li", big);
	Request		request;
	cJSON	   *root;
	const char *content;

	for (size_t i = 0; i + 4 <= size; i += 4)
		memcpy(big + i, GRIN, 4);
	request = build(&wecom, &message);
	root = cJSON_Parse(request.body.data);
	content = cJSON_GetObjectItem(cJSON_GetObjectItem(root, "text"), "content")->valuestring;
	CHECK(strlen(content) <= 2048 && strlen(content) > 2040);
	CHECK_STR(content + strlen(content) - 7, GRIN "\xe2\x80\xa6");
	cJSON_Delete(root);
	request_free(&request);
	memset(big, 1, 30000);		/* each of these takes six bytes in JSON */
	big[30000] = '\0';
	request = build(&feishu, &message);
	CHECK(request.body.length <= 20480 && request.body.length > 15000);
	request_free(&request);
	free(big);
}

static void
test_sms(void)
{
	Channel		kannel = channel_of(TRANSPORT_KANNEL);
	Channel		aliyun = channel_of(TRANSPORT_ALIYUN);
	Channel		tencent = channel_of(TRANSPORT_TENCENT);
	Receipts	receipts = {"127.0.0.1", 1, "http://r", "0123456789abcdef"};
	Message		message = message_of("138-1234 5678", "Pay now");
	char	   *parameters[] = {"about", "days"};
	Request		request;

	check_body(&kannel, &message, "https://host.example?username=u%26p&password=u%26p&to=13812345678"
			   "&text=Pay%20now&charset=UTF-8&coding=0", NULL);
	message.body = YU;
	kannel.receipts = &receipts;
	kannel.from_address = "10690";
	request = build(&kannel, &message);
	CHECK(strstr(request.url.data, "&from=10690&text=%E9%80%BE&charset=UTF-8&coding=2&dlr-mask=31"
				 "&dlr-url=http%3A%2F%2Fr%2Fkannel%3Fchannel%3Dc%26ticket%3D17-5-") != NULL);
	CHECK(strstr(request.url.data, "%26type%3D%25d") != NULL);
	request_free(&request);
	aliyun.parameters = tencent.parameters = parameters;
	aliyun.parameter_count = tencent.parameter_count = 2;
	request = build(&aliyun, &message);
	CHECK(strncmp(request.url.data, "https://host.example/?AccessKeyId=k&Action=SendSms&", 51) == 0);
	CHECK(strstr(request.url.data, "&TemplateParam=%7B%22about%22%3A%22Li%22%2C%22days%22%3A%2210%22%7D&") != NULL);
	CHECK(strstr(request.url.data, "&OutId=key-1&") != NULL);
	request_free(&request);
	check_body(&tencent, &message, "https://host.example/",
			   "{\"PhoneNumberSet\":[\"+8613812345678\"],\"SmsSdkAppId\":\"k\",\"SignName\":\"k\",\"TemplateId\":\"SMS_1\","
			   "\"TemplateParamSet\":[\"Li\",\"10\"],\"SessionContext\":\"key-1\"}");
	message.variables = "{\"sms_template\": \"T9\", \"sms_parameters\": {\"z\": 1, \"a\": \"b\"}}";
	check_body(&tencent, &message, NULL,
			   "{\"PhoneNumberSet\":[\"+8613812345678\"],\"SmsSdkAppId\":\"k\",\"SignName\":\"k\",\"TemplateId\":\"T9\","
			   "\"TemplateParamSet\":[\"1\",\"b\"],\"SessionContext\":\"key-1\"}");
}

static void
test_sms_problems(void)
{
	Channel		kannel = channel_of(TRANSPORT_KANNEL);
	Channel		aliyun = channel_of(TRANSPORT_ALIYUN);
	Channel		hook = channel_of(TRANSPORT_WEBHOOK);
	Message		message = message_of("", "text");
	char	   *parameters[] = {"due"};

	check_body(&kannel, &message, NULL, "the recipient has no phone number");
	message.recipient = "li@example.com";
	check_body(&aliyun, &message, NULL, "the recipient's address is not a phone number");
	message.recipient = "13812345678";
	aliyun.parameters = parameters;
	aliyun.parameter_count = 1;
	check_body(&aliyun, &message, NULL, "template SMS_1 needs \"due\", which the message's variables lack");
	parameters[0] = "facts";
	check_body(&aliyun, &message, NULL, "template SMS_1 needs \"facts\", which the message's variables lack");
	aliyun.template = NULL;
	check_body(&aliyun, &message, NULL, "neither the channel (template) nor the message (variable sms_template) names a template");
	hook.max_bytes = 3;
	check_body(&hook, &message, NULL, "the text is 4 bytes long, this channel takes at most 3 (max_bytes)");
}

static void
check_parts(char *body, const char *expected)
{
	Channel		kannel = channel_of(TRANSPORT_KANNEL);
	Message		message = message_of("13812345678", body);
	Request		request = build(&kannel, &message);

	CHECK(strstr(request.url.data, expected) != NULL);
	request_free(&request);
}

static void
test_parts(void)
{
	char		text[1000];

	memset(text, 'a', 400);
	text[400] = '\0';
	text[160] = '\0';
	check_parts(text, "aaa&charset=UTF-8&coding=0");
	text[160] = 'a';
	text[306] = '\0';
	check_parts(text, "aaa&charset=UTF-8&coding=0");
	text[306] = 'a';
	check_parts(text, "aaa...&charset=UTF-8&coding=0");
	text[0] = '\0';
	for (int i = 0; i < 35; i++)
		strcat(text, GRIN);		/* 70 units: one part */
	check_parts(text, "%F0%9F%98%80&charset=UTF-8&coding=2");
	for (int i = 0; i < 40; i++)
		strcat(text, GRIN);		/* 150 units: 134 fit */
	check_parts(text, "%F0%9F%98%80%E2%80%A6&charset=UTF-8&coding=2");
}

static void
check_reply(Transport transport, long code, const char *reply, OutcomeKind kind, Blame blame,
			long retry_after, const char *reason)
{
	Channel		channel = channel_of(transport);
	TransferResult result = {.finished = true, .code = code, .detail = reply};
	Buffer		id = {0};
	Outcome		outcome = transport_judge(&channel, &result, reply, &id);

	CHECK_EQ(outcome.kind, kind);
	CHECK_EQ(outcome.blame, blame);
	CHECK_EQ(outcome.retry_after, retry_after);
	if (strcmp(outcome.reason, reason) != 0)
		CHECK_STR(outcome.reason, reason);
	buffer_free(&id);
}

#define PAGE	"<html>Welcome to the hotel</html>"

static void
test_robot_replies(void)
{
	check_reply(TRANSPORT_DINGTALK, 200, "{\"errcode\":0,\"errmsg\":\"ok\"}", OUTCOME_SENT, BLAME_MESSAGE, 0, "");
	check_reply(TRANSPORT_DINGTALK, 200, "{\"errcode\":-1}", OUTCOME_RETRY, BLAME_CHANNEL, 0, "DingTalk says -1: ");
	check_reply(TRANSPORT_DINGTALK, 200, "{\"errcode\":410100,\"errmsg\":\"fast\"}", OUTCOME_RETRY, BLAME_CHANNEL, 600,
				"DingTalk says 410100: fast; too fast; the robot is blocked for ten minutes");
	check_reply(TRANSPORT_DINGTALK, 200, "{\"errcode\":310000,\"errmsg\":\"sign not match\"}", OUTCOME_DEAD, BLAME_CHANNEL, 0,
				"DingTalk says 310000: sign not match; check the robot's keyword, secret, clock and IP list");
	check_reply(TRANSPORT_DINGTALK, 200, "{\"errcode\":430102,\"errmsg\":\"bad content\"}", OUTCOME_DEAD, BLAME_MESSAGE, 0,
				"DingTalk says 430102: bad content");
	check_reply(TRANSPORT_DINGTALK, 503, "busy", OUTCOME_RETRY, BLAME_CHANNEL, 0, "HTTP 503: busy");
	check_reply(TRANSPORT_WECOM, 200, "{\"errcode\":45009,\"errmsg\":\"freq\"}", OUTCOME_RETRY, BLAME_CHANNEL, 60,
				"WeCom says 45009: freq; above 20 messages a minute");
	check_reply(TRANSPORT_WECOM, 200, "{\"errcode\":93000}", OUTCOME_DEAD, BLAME_CHANNEL, 0,
				"WeCom says 93000: ; check the key in the URL");
	check_reply(TRANSPORT_WECOM, 200, "{\"errcode\":40058,\"errmsg\":\"long\"}", OUTCOME_DEAD, BLAME_MESSAGE, 0,
				"WeCom says 40058: long");
	check_reply(TRANSPORT_WECOM, 200, PAGE, OUTCOME_UNKNOWN, BLAME_EITHER, 0,
				"HTTP 200 without the reply of WeCom; is there a proxy in between?: " PAGE);
	check_reply(TRANSPORT_FEISHU, 200, "{\"code\":0}", OUTCOME_SENT, BLAME_MESSAGE, 0, "");
	check_reply(TRANSPORT_FEISHU, 200, "{\"code\":11232,\"msg\":\"m\"}", OUTCOME_RETRY, BLAME_CHANNEL, 10,
				"Feishu says 11232: m; above 100 messages a minute or 5 a second");
	check_reply(TRANSPORT_FEISHU, 400, "{\"code\":9499,\"msg\":\"Bad Request\"}", OUTCOME_DEAD, BLAME_MESSAGE, 0,
				"Feishu says 9499: Bad Request");
	check_reply(TRANSPORT_FEISHU, 404, PAGE, OUTCOME_DEAD, BLAME_MESSAGE, 0, "HTTP 404: " PAGE);
	check_reply(TRANSPORT_WEBHOOK, 200, "\n" PAGE, OUTCOME_UNKNOWN, BLAME_EITHER, 0,
				"HTTP 200 without the reply of a webhook, but a page; is there a proxy in between?: \n" PAGE);
	check_reply(TRANSPORT_WEBHOOK, 204, "", OUTCOME_SENT, BLAME_MESSAGE, 0, "");
}

static void
test_sms_replies(void)
{
	check_reply(TRANSPORT_KANNEL, 202, "0: Accepted for delivery", OUTCOME_SENT, BLAME_MESSAGE, 0, "");
	check_reply(TRANSPORT_KANNEL, 202, "3: Queued for later delivery", OUTCOME_SENT, BLAME_MESSAGE, 0, "");
	check_reply(TRANSPORT_KANNEL, 403, "Authorization failed", OUTCOME_DEAD, BLAME_CHANNEL, 0,
				"Kannel says Authorization failed; check username, password and its IP lists");
	check_reply(TRANSPORT_KANNEL, 400, "no to", OUTCOME_DEAD, BLAME_MESSAGE, 0, "HTTP 400: no to");
	check_reply(TRANSPORT_KANNEL, 503, "later", OUTCOME_RETRY, BLAME_CHANNEL, 0, "HTTP 503: later");
	check_reply(TRANSPORT_ALIYUN, 200, "{\"Code\":\"OK\",\"BizId\":\"b\"}", OUTCOME_SENT, BLAME_MESSAGE, 0, "");
	check_reply(TRANSPORT_ALIYUN, 200, "{\"Code\":\"isv.BUSINESS_LIMIT_CONTROL\",\"Message\":\"m\"}", OUTCOME_RETRY,
				BLAME_MESSAGE, 3600, "Aliyun says isv.BUSINESS_LIMIT_CONTROL: m");
	check_reply(TRANSPORT_ALIYUN, 200, "{\"Code\":\"isv.MOBILE_NUMBER_ILLEGAL\"}", OUTCOME_DEAD, BLAME_MESSAGE, 0,
				"Aliyun says isv.MOBILE_NUMBER_ILLEGAL: ");
	check_reply(TRANSPORT_ALIYUN, 400, "{\"Code\":\"SignatureDoesNotMatch\",\"Message\":\"m\"}", OUTCOME_DEAD,
				BLAME_CHANNEL, 0, "Aliyun says SignatureDoesNotMatch: m");
	check_reply(TRANSPORT_TENCENT, 200, "{\"Response\":{\"SendStatusSet\":[{\"Code\":\"Ok\",\"SerialNo\":\"s\"}]}}",
				OUTCOME_SENT, BLAME_MESSAGE, 0, "");
	check_reply(TRANSPORT_TENCENT, 200, "{\"Response\":{\"Error\":{\"Code\":\"AuthFailure.SignatureFailure\",\"Message\":\"m\"}}}",
				OUTCOME_DEAD, BLAME_CHANNEL, 0, "Tencent says AuthFailure.SignatureFailure: m");
	check_reply(TRANSPORT_TENCENT, 200, "{\"Response\":{\"SendStatusSet\":[{\"Code\":\"LimitExceeded.PhoneNumberDailyLimit\"}]}}",
				OUTCOME_RETRY, BLAME_MESSAGE, 3600, "Tencent says LimitExceeded.PhoneNumberDailyLimit: ");
	check_reply(TRANSPORT_TENCENT, 200, "{}", OUTCOME_UNKNOWN, BLAME_EITHER, 0,
				"HTTP 200 without the reply of Tencent; is there a proxy in between?: {}");
}

static void
test_headers(void)
{
	Request		request = {0};

	request_header(&request, "X-A", "b\r\nX-C: d");
	CHECK_STR(request.headers[0], "X-A: b  X-C: d");
	for (int i = 0; i < 20; i++)
		request_header(&request, "X", "y");
	CHECK_STR(request.headers[20], "X: y");
	request_free(&request);
}

static void
test_webhook(void)
{
	Channel		hook = channel_of(TRANSPORT_WEBHOOK);
	Message		message = message_of("li@example.com", "one\ntwo");
	Request		request;
	char		hex[SHA256_HEX_SIZE];

	message.id = "9007199254740993";
	message.key = "k\r\nX-Evil: 1";
	hook.secret = "s";
	request = build(&hook, &message);
	CHECK_STR(request.body.data, "{\"message_id\":9007199254740993,\"idempotency_key\":\"k\\r\\nX-Evil: 1\","
			  "\"channel\":\"c\",\"recipient\":\"li@example.com\",\"recipient_name\":null,"
			  "\"copies\":[],\"subject\":\"Overdue\",\"body\":\"one\\ntwo\","
			  "\"variables\":{\"about\": \"Li\", \"days\": 10, \"facts\": {}}}");
	webhook_signature("s", "1577808000", request.body.data, hex);
	CHECK_EQ(request.header_count, 4);
	CHECK_STR(request.headers[1], "Idempotency-Key: k  X-Evil: 1");
	CHECK_STR(request.headers[2], "X-Pulse-Timestamp: 1577808000");
	CHECK_STR(request.headers[3] + strlen("X-Pulse-Signature: sha256="), hex);
	request_free(&request);
	/* printf 'what do ya want for nothing?.' | openssl dgst -sha256 -hmac Jefe */
	webhook_signature("Jefe", "what do ya want for nothing?", "", hex);
	CHECK_STR(hex, "38c6c848e5a2f57451f5095df6370d5c9b83175b99df46422b34960c28def6ae");
}

static void
check_id(const char *reply, const char *expected)
{
	Channel		hook = channel_of(TRANSPORT_WEBHOOK);
	TransferResult result = {.finished = true, .code = 200, .detail = reply};
	Buffer		id = {0};

	buffer_add(&id, "", 0);
	CHECK_EQ(transport_judge(&hook, &result, reply, &id).kind, OUTCOME_SENT);
	CHECK_STR(id.data, expected);
	buffer_free(&id);
}

int
main(void)
{
	test_webhook();
	check_id("{\"id\":\"abc\"}", "abc");
	check_id("{\"message_id\":17}", "17");
	check_id("[1]", "");
	check_id("fine", "");
	test_cut();
	test_signatures();
	test_robots();
	test_sizes();
	test_sms();
	test_sms_problems();
	test_parts();
	test_robot_replies();
	test_sms_replies();
	test_headers();
	return check_done();
}
