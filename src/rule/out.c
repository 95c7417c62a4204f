/*
 * out.c
 *	  Text being printed, and the small things both tongues print alike.
 */
#include "rule/lang_internal.h"

#include <string.h>

void
put_bytes(Printer *pr, const char *text, size_t length)
{
	Out		   *out = &pr->out;

	if (out->length + length + 1 > out->room)
	{
		size_t		room = 2 * (out->length + length + 128);
		char	   *bigger = arena_alloc(out->arena, room);

		if (out->length > 0)
			memcpy(bigger, out->data, out->length);
		out->data = bigger;
		out->room = room;
	}
	if (length > 0)
		memcpy(out->data + out->length, text, length);
	out->length += length;
	out->data[out->length] = '\0';
}

void
put_plain(Printer *pr, const char *text)
{
	put_bytes(pr, text, strlen(text));
}

const char *
out_text(const Printer *pr)
{
	return pr->out.data == NULL ? "" : pr->out.data;
}

void
put_word(Printer *pr, Word word)
{
	size_t		length;
	const char *spelling = word_canonical(word, pr->tongue, &length);

	put_bytes(pr, spelling, length);
}

/* In quotes; the closing quote inside is doubled. */
void
put_text(Printer *pr, const char *text)
{
	const char *open = pr->tongue == TONGUE_ZH ? "“" : "\"";
	const char *close = pr->tongue == TONGUE_ZH ? "”" : "\"";
	const char *found;

	put_plain(pr, open);
	while ((found = strstr(text, close)) != NULL)
	{
		put_bytes(pr, text, found - text);
		put_plain(pr, close);
		put_plain(pr, close);
		text = found + strlen(close);
	}
	put_plain(pr, text);
	put_plain(pr, close);
}

/* Does the name stand for itself without quotes? */
static bool
is_plain(const char *name)
{
	size_t		length = strlen(name);

	return length > 0 && !(name[0] >= '0' && name[0] <= '9') &&
		strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") == length &&
		!word_is_english(name, length, false);
}

/* A role that nobody has named may stand bare in Chinese, as it was written. */
static bool
is_plain_role_zh(const Printer *pr, const char *name)
{
	Parser		p = {.tongue = TONGUE_ZH,.folded = name,.length = strlen(name)};
	static const Word ends[] = {
		W_CC, W_DUE_IN, W_BOTH, W_UNTIL, W_GIVE_TASK, W_GIVE_TEXT, W_GIVE_MAIL,
		W_SEND, W_ISSUE, W_HOLD, W_REJECT, W_EACH_OF, W_TOWARD, W_TAKE, W_SEND_TO,
		W_NOTIFY, W_TEXT, W_MAIL, W_ASSIGN, W_MAIL_COPY, W_GIVE, W_LATER_CONSTRUCT, W_NONE
	};
	const char *known;
	const char *other;

	if (pr->vocabulary == NULL ||
		pr->vocabulary->match(pr->vocabulary->context, TONGUE_ZH, LABEL_ROLE, NULL,
							  name, p.length, &known, &other) > 0)
		return false;
	for (size_t at = 0; at < p.length;)
	{
		uint32_t	character;
		int			size = utf8_decode(name + at, p.length - at, &character);
		Word		found;

		if (size == 0 || !utf8_is_han(character) || scan_longest(&p, at, ends, &found) > 0)
			return false;
		at += size;
	}
	return p.length > 0;
}

void
put_name(Printer *pr, LabelClass class, const char *scope, const char *name)
{
	const char *label = NULL;

	if (pr->vocabulary != NULL)
		label = pr->vocabulary->label(pr->vocabulary->context, pr->tongue, class, scope, name);
	if (label != NULL)
		put_plain(pr, label);
	else if (is_plain(name) ||
			 (class == LABEL_ROLE && pr->tongue == TONGUE_ZH && is_plain_role_zh(pr, name)))
		put_plain(pr, name);
	else
		put_text(pr, name);
}

void
put_duration(Printer *pr, Duration span)
{
	size_t		length;
	const char *unit = word_canonical(word_of_unit(span.unit), pr->tongue, &length);

	put_plain(pr, lang_format(pr->out.arena, "%lld", (long long) span.count));
	if (pr->tongue == TONGUE_EN)
	{
		put_plain(pr, " ");
		if (span.count == 1)
			length--;			/* 1 day */
	}
	put_bytes(pr, unit, length);
}

/* 100000 as 100,000 */
static void
put_grouped(Printer *pr, const char *digits)
{
	size_t		sign = digits[0] == '-';
	size_t		whole = strcspn(digits + sign, ".");

	put_bytes(pr, digits, sign);
	for (size_t i = 0; i < whole; i++)
	{
		if (i > 0 && (whole - i) % 3 == 0)
			put_plain(pr, ",");
		put_bytes(pr, digits + sign + i, 1);
	}
	put_plain(pr, digits + sign + whole);
}

/* Can the number be said in 万 or 亿 with at most one decimal? */
static bool
round_to(const char *digits, size_t exponent)
{
	size_t		length = strlen(digits);

	return length > exponent && strchr(digits, '.') == NULL &&
		strspn(digits + length - (exponent - 1), "0") == exponent - 1 &&
		digits[length - exponent - 1] != '-';
}

static void
put_number_zh(Printer *pr, const char *digits)
{
	size_t		exponent = round_to(digits, 8) ? 8 : round_to(digits, 4) ? 4 : 0;
	size_t		whole = strlen(digits) - exponent;

	put_bytes(pr, digits, whole);
	if (exponent == 0)
		return;
	if (digits[whole] != '0')
	{
		put_plain(pr, ".");
		put_bytes(pr, digits + whole, 1);
	}
	put_plain(pr, exponent == 8 ? "亿" : "万");
}

static void
put_money(Printer *pr, const RuleValue *value)
{
	if (pr->tongue == TONGUE_EN)
	{
		put_grouped(pr, value->text);
		put_plain(pr, " ");
		put_plain(pr, value->currency);
		return;
	}
	put_number_zh(pr, value->text);
	for (const CurrencyWord *currency = currency_words; currency->code != NULL; currency++)
		if (strcmp(currency->code, value->currency) == 0)
		{
			put_bytes(pr, currency->zh, strcspn(currency->zh, "|"));
			return;
		}
	put_plain(pr, value->currency);
}

static void
put_date(Printer *pr, const char *date)
{
	if (pr->tongue == TONGUE_EN)
	{
		put_plain(pr, date);
		return;
	}
	put_bytes(pr, date, 4);
	put_plain(pr, "年");
	put_plain(pr, date[5] == '0' ? "" : "1");
	put_bytes(pr, date + 6, 1);
	put_plain(pr, "月");
	put_bytes(pr, date + 8 + (date[8] == '0'), date[8] == '0' ? 1 : 2);
	put_plain(pr, "日");
}

/* Would the text be read as another column of the event, all of it? */
static bool
reads_as_column(const Printer *pr, const char *column, const char *text, const char *name)
{
	LangError	ignored = {LANG_OK};
	Parser		p = {
		.arena = pr->out.arena,.vocabulary = pr->vocabulary,.tongue = pr->tongue,.event = pr->event,
		.error = &ignored
	};
	RuleValue	value;

	return scan_begin(&p, text, strlen(text)) && expect_value(&p, column, &value) &&
		p.at == p.length && value.kind == VALUE_COLUMN && strcmp(value.text, name) == 0;
}

/* Would it be read together with "is" before it, as "not paid" or "over limit"? */
static bool
joins_is(const Printer *pr, const char *label)
{
	static const Word tests[] = {
		W_IS_NOT, W_LT, W_LE, W_GT, W_GE, W_BETWEEN, W_IN, W_NOT_IN, W_MISSING, W_NOT_MISSING
	};
	LangError	ignored = {LANG_OK};
	Parser		p = {.arena = pr->out.arena,.tongue = pr->tongue,.error = &ignored};
	size_t		length;
	const char *is = word_canonical(W_IS, pr->tongue, &length);
	const char *text = lang_format(pr->out.arena, pr->tongue == TONGUE_EN ? "%.*s %s" : "%.*s%s", (int) length, is, label);

	if (!scan_begin(&p, text, strlen(text)))
		return true;
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		if (scan_word(&p, 0, tests[i]) > length)
			return true;
	return false;
}

/* A column that stands for a value of another one. */
static void
put_column(Printer *pr, const char *column, const char *name)
{
	const char *label = NULL;

	if (pr->vocabulary != NULL)
		label = pr->vocabulary->label(pr->vocabulary->context, pr->tongue, LABEL_COLUMN, pr->event, name);
	if (label == NULL && is_plain(name))
		label = name;
	if (label != NULL && !joins_is(pr, label) && reads_as_column(pr, column, label, name))
	{
		put_plain(pr, label);
		return;
	}
	put_word(pr, W_COLUMN);
	if (pr->tongue == TONGUE_EN)
		put_plain(pr, " ");
	put_text(pr, name);
}

void
put_value(Printer *pr, const char *column, const RuleValue *value)
{
	const char *label = NULL;

	switch (value->kind)
	{
		case VALUE_TEXT:
			if (pr->vocabulary != NULL && column != NULL)
				label = pr->vocabulary->label(pr->vocabulary->context, pr->tongue,
											  LABEL_VALUE, column, value->text);
			put_text(pr, label != NULL ? label : value->text);
			break;
		case VALUE_NUMBER:
			put_plain(pr, value->text);
			break;
		case VALUE_MONEY:
			put_money(pr, value);
			break;
		case VALUE_DATE:
			put_date(pr, value->text);
			break;
		case VALUE_BOOLEAN:
			put_word(pr, value->text[0] == 't' ? W_TRUE : W_FALSE);
			break;
		case VALUE_COLUMN:
			put_column(pr, column, value->text);
			break;
	}
}
