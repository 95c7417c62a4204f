/*
 * relay_outcome_test.c
 *	  Which reply means sent, retry, unknown or dead; masks; addresses done with.
 *
 * sources: src/relay/outcome.c src/relay/mask.c src/relay/log.c src/relay/settled.c src/relay/buffer.c
 */
#include <stdlib.h>

#include "check.h"
#include "relay/log.h"
#include "relay/mask.h"
#include "relay/settled.h"

static TransferResult
replied(bool finished, long code)
{
	TransferResult result = {0};

	result.finished = finished;
	result.code = code;
	result.request_begun = finished;
	result.detail = "detail";
	return result;
}

/* What an exchange alone says; sent: the reply would decide. */
static Outcome
exchange(const TransferResult *result, Uncertain policy)
{
	Outcome		outcome;

	return outcome_of_exchange(result, policy, &outcome) ? outcome : outcome_sent();
}

static OutcomeKind
http(long code)
{
	TransferResult result = replied(true, code);

	return exchange(&result, UNCERTAIN_RETRY).kind;
}

static void
test_http(void)
{
	TransferResult result = replied(true, 429);

	CHECK_EQ(http(200), OUTCOME_SENT);
	CHECK_EQ(http(204), OUTCOME_SENT);
	CHECK_EQ(http(302), OUTCOME_DEAD);
	CHECK_EQ(http(400), OUTCOME_DEAD);
	CHECK_EQ(http(404), OUTCOME_DEAD);
	CHECK_EQ(http(408), OUTCOME_RETRY);
	CHECK_EQ(http(429), OUTCOME_RETRY);
	CHECK_EQ(http(500), OUTCOME_RETRY);
	CHECK_EQ(http(503), OUTCOME_RETRY);
	result.retry_after = 120;
	CHECK_EQ(exchange(&result, UNCERTAIN_RETRY).retry_after, 120);
	result.retry_after = 100000000;
	CHECK_EQ(exchange(&result, UNCERTAIN_RETRY).retry_after, 86400);
	result = replied(false, 0);
	CHECK_EQ(exchange(&result, UNCERTAIN_HOLD).kind, OUTCOME_RETRY);
	CHECK_EQ(exchange(&result, UNCERTAIN_HOLD).blame, BLAME_CHANNEL);
	result.request_begun = true;
	CHECK_EQ(exchange(&result, UNCERTAIN_HOLD).kind, OUTCOME_UNKNOWN);
	CHECK_EQ(exchange(&result, UNCERTAIN_RETRY).kind, OUTCOME_RETRY);
	CHECK_EQ(exchange(&result, UNCERTAIN_SENT).kind, OUTCOME_SENT);
	CHECK_EQ(exchange(&result, UNCERTAIN_SENT).blame, BLAME_EITHER);
	CHECK_STR(exchange(&result, UNCERTAIN_SENT).reason, "no reply after the message was sent: detail");
	result = replied(true, 500);
	CHECK_EQ(exchange(&result, UNCERTAIN_HOLD).blame, BLAME_EITHER);
	result = replied(true, 503);
	CHECK_EQ(exchange(&result, UNCERTAIN_HOLD).blame, BLAME_CHANNEL);
}

static OutcomeKind
smtp(long code, bool recipient_stage, bool request_sent)
{
	TransferResult result = replied(false, code);

	result.recipient_stage = recipient_stage;
	result.request_sent = request_sent;
	return outcome_of_smtp(&result, UNCERTAIN_HOLD).kind;
}

static void
test_smtp(void)
{
	TransferResult result = replied(true, 250);

	CHECK_EQ(outcome_of_smtp(&result, UNCERTAIN_HOLD).kind, OUTCOME_SENT);
	CHECK_EQ(smtp(550, true, false), OUTCOME_DEAD);		/* no such user */
	CHECK_EQ(smtp(451, true, false), OUTCOME_RETRY);	/* greylisted */
	CHECK_EQ(smtp(554, true, true), OUTCOME_DEAD);		/* content refused */
	CHECK_EQ(smtp(535, false, false), OUTCOME_RETRY);	/* a wrong password kills no message */
	CHECK_EQ(smtp(0, false, false), OUTCOME_RETRY);		/* no connection */
	CHECK_EQ(smtp(354, true, false), OUTCOME_RETRY);	/* cut in the middle of the mail */
	CHECK_EQ(smtp(354, true, true), OUTCOME_UNKNOWN);	/* cut after its end */
	result.finished = false;
	result.code = 354;
	result.request_sent = true;
	CHECK_EQ(outcome_of_smtp(&result, UNCERTAIN_RETRY).kind, OUTCOME_RETRY);
}

static OutcomeKind
mail(OutcomeKind recipient, OutcomeKind copy, char *reason, size_t size)
{
	char	   *addresses[] = {"a@x.y", "b@x.y"};
	Outcome		outcomes[2] = {{recipient, BLAME_MESSAGE, 0, ""}, {copy, BLAME_MESSAGE, 7, ""}};
	Outcome		whole;

	for (int i = 0; i < 2; i++)
		if (outcomes[i].kind != OUTCOME_SENT)
			strcpy(outcomes[i].reason, "why");
	whole = outcome_of_mail(outcomes, addresses, 2);
	snprintf(reason, size, "%s", whole.reason);
	return whole.kind;
}

static void
test_mail(void)
{
	char		reason[400];

	CHECK_EQ(mail(OUTCOME_SENT, OUTCOME_SENT, reason, sizeof(reason)), OUTCOME_SENT);
	CHECK_STR(reason, "");
	CHECK_EQ(mail(OUTCOME_SENT, OUTCOME_DEAD, reason, sizeof(reason)), OUTCOME_SENT);
	CHECK_STR(reason, "b@x.y: why");
	CHECK_EQ(mail(OUTCOME_SENT, OUTCOME_RETRY, reason, sizeof(reason)), OUTCOME_RETRY);
	CHECK_EQ(mail(OUTCOME_DEAD, OUTCOME_SENT, reason, sizeof(reason)), OUTCOME_DEAD);
	CHECK_STR(reason, "a@x.y: why");
	CHECK_EQ(mail(OUTCOME_UNKNOWN, OUTCOME_DEAD, reason, sizeof(reason)), OUTCOME_UNKNOWN);
	CHECK_STR(reason, "a@x.y: why; b@x.y: why");
}

static void
check_mask(const char *text, const char *expected)
{
	Buffer		out = {0};

	mask_text(&out, text);
	CHECK_STR(out.data, expected);
	buffer_free(&out);
}

static void
test_masks(void)
{
	check_mask("", "");
	check_mask("13812345678", "138****5678");
	check_mask("+86 138-1234-5678", "+861****5678");
	check_mask("7654321", "****21");
	check_mask("call 555 12 or 13812345678.", "call 555 12 or 138****5678.");
	check_mask("550 <li.lei@example.com>: no such user", "550 <l***@example.com>: no such user");
	check_mask("to=a@b.c", "t***@b.c");
	check_mask("\xe6\x9d\x8e@example.com", "***@example.com");
	check_mask("HTTP 503", "HTTP 503");
	check_mask("13812345678@sms.example.com", "1***@sms.example.com");
}

static void
test_log_pairs(void)
{
	Buffer		line = {0};

	log_pair(&line, "event", "sent");
	log_pair(&line, "message", "1234567890");
	log_pair(&line, "to", "13812345678");
	log_pair(&line, "reason", "a \"b\"\nc");
	log_pair(&line, "hint", "");
	CHECK_STR(line.data, "event=sent message=1234567890 to=138****5678 reason=\"a \\\"b\\\" c\" hint=\"\"");
	buffer_free(&line);
}

static void
test_settled(void)
{
	Settled    *settled = settled_new(2);
	Outcome		sent = outcome_make(OUTCOME_SENT, "%s", "");

	settled_remember(settled, "k1", "a", &sent);
	CHECK(settled_find(settled, "k1", "a") != NULL);
	CHECK(settled_find(settled, "k1", "b") == NULL);
	settled_remember(settled, "k2", "a", &sent);
	settled_remember(settled, "k3", "a", &sent);	/* the oldest gives way */
	CHECK(settled_find(settled, "k1", "a") == NULL);
	settled_forget(settled, "k3");
	CHECK(settled_find(settled, "k3", "a") == NULL);
	CHECK(settled_find(settled, "k2", "a") != NULL);
	settled_free(settled);
}

static void
test_utf8_clean(void)
{
	char		cut[] = "ok \xe9\x80\xbe \xe9\x80";
	char		gbk[] = "\xd3\xe2\xc6\xda";

	utf8_clean(cut);
	CHECK_STR(cut, "ok \xe9\x80\xbe ??");
	utf8_clean(gbk);
	CHECK(strchr(gbk, '?') != NULL);
}

int
main(void)
{
	test_http();
	test_smtp();
	test_mail();
	test_masks();
	test_log_pairs();
	test_settled();
	test_utf8_clean();
	return check_done();
}
