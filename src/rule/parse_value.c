/*
 * parse_value.c
 *	  Values and durations of a sentence.
 *
 * A value keeps what was written, exactly: text without its quotes, decimal
 * digits, an ISO date.  Whether it fits its column is the binder's question.
 */
#include "rule/lang_internal.h"

#include <string.h>

static bool
is_capital(char c)
{
	return c >= 'A' && c <= 'Z';
}

/* Three capital letters that are no keyword: CNY, but not AND. */
static size_t
scan_currency_code(const Parser *p, size_t at)
{
	if (p->length - at < 3 || !is_capital(p->folded[at]) || !is_capital(p->folded[at + 1]) ||
		!is_capital(p->folded[at + 2]) || scan_plain_word(p, at) != 3 ||
		word_is_english(p->folded + at, 3, true))
		return 0;
	return 3;
}

static size_t
scan_currency(const Parser *p, size_t at, const char **code)
{
	size_t		longest = scan_currency_code(p, at);

	if (longest > 0)
		*code = arena_string(p->arena, p->folded + at, longest);
	for (const CurrencyWord *currency = currency_words; currency->code != NULL; currency++)
	{
		const char *spelling = currency->zh;
		size_t		english = p->tongue == TONGUE_EN && currency->en != NULL ? scan_choice(p, at, currency->en) : 0;

		if (english > longest)
		{
			longest = english;
			*code = currency->code;
		}
		while (*spelling != '\0')
		{
			size_t		length = strcspn(spelling, "|");

			if (length > longest && p->length - at >= length &&
				memcmp(p->folded + at, spelling, length) == 0)
			{
				longest = length;
				*code = currency->code;
			}
			spelling += length + (spelling[length] == '|');
		}
	}
	return longest;
}

/* ---- dates ---- */

static bool
valid_date(int year, int month, int day)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool		leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return year >= 1 && month >= 1 && month <= 12 && day >= 1 &&
		day <= days[month - 1] + (month == 2 && leap);
}

/* Up to most digits as an int. */
static size_t
scan_small(const Parser *p, size_t at, size_t most, int *value)
{
	size_t		size = 0;

	*value = 0;
	while (size < most && at + size < p->length &&
		   p->folded[at + size] >= '0' && p->folded[at + size] <= '9')
		*value = *value * 10 + (p->folded[at + size++] - '0');
	return size;
}

/* 2026-03-31 or 2026年3月31日; valid tells whether there is such a day */
static size_t
scan_date(const Parser *p, size_t at, const char **date, bool *valid)
{
	static const char *const marks[2][3] = {{"-", "-", ""}, {"年", "月", "日"}};
	int			parts[3];

	for (int style = 0; style < 2; style++)
	{
		size_t		here = at;
		int			i;

		for (i = 0; i < 3; i++)
		{
			size_t		size = scan_small(p, here, i == 0 ? 4 : 2, &parts[i]);
			size_t		mark = strlen(marks[style][i]);

			here += size;
			if (size == 0 || (i == 0 && size != 4) || p->length - here < mark ||
				memcmp(p->folded + here, marks[style][i], mark) != 0)
				break;
			here += mark;
		}
		if (i < 3)
			continue;
		*valid = valid_date(parts[0], parts[1], parts[2]);
		*date = lang_format(p->arena, "%04d-%02d-%02d", parts[0], parts[1], parts[2]);
		return here - at;
	}
	return 0;
}

static bool
expect_date(Parser *p, const char *date, bool valid, size_t size, RuleValue *value)
{
	if (!valid)
		return fail_at(p, LANG_SYNTAX, p->at,
					   p->tongue == TONGUE_ZH ?
					   lang_format(p->arena, "没有“%.*s”这一天", (int) size, p->folded + p->at) :
					   lang_format(p->arena, "there is no day \"%.*s\"", (int) size, p->folded + p->at),
					   lang_say(p, "The month has no such day, or the year no such month.",
								"该月没有这一天，或没有这个月份。"),
					   lang_say(p, "Write a date as 2026-03-31.", "日期请写成2026年3月31日。"));
	value->kind = VALUE_DATE;
	value->text = date;
	p->at += size;
	return true;
}

/* ---- text, numbers, money ---- */

static bool
expect_text(Parser *p, const char *column, size_t size, RuleValue *value)
{
	const char *content = string_content(p, p->at, size);
	size_t		length = strlen(content);
	const char *name;
	const char *other = NULL;

	value->kind = VALUE_TEXT;
	value->text = content;
	if (p->vocabulary != NULL && length > 0 &&
		p->vocabulary->match(p->vocabulary->context, p->tongue, LABEL_VALUE, column,
							 content, length, &name, &other) == length)
	{
		if (other != NULL)
			return fail_ambiguous(p, p->at, size, name, other);
		value->text = name;
	}
	p->at += size;
	return true;
}

/* 三块五: the digit after 块 counts tenths */
static void
add_tenths(Parser *p, RuleValue *value, size_t currency, size_t at)
{
	const char *digit;
	size_t		size = scan_number(p, at, &digit);

	if (currency == strlen("块") && memcmp(p->folded + at - currency, "块", currency) == 0 &&
		size > 0 && strlen(digit) == 1 && strchr(value->text, '.') == NULL)
	{
		value->text = lang_format(p->arena, "%s.%s", value->text, digit);
		p->at = at + size;
	}
}

static bool
expect_number(Parser *p, const char *digits, size_t size, RuleValue *value)
{
	size_t		start = scan_space(p, p->at + size);
	size_t		currency = scan_currency(p, start, &value->currency);

	value->text = digits;
	if (currency > 0)
	{
		value->kind = VALUE_MONEY;
		p->at = start + currency;
		add_tenths(p, value, currency, p->at);
		return true;
	}
	value->kind = VALUE_NUMBER;
	value->currency = NULL;
	p->at += size;
	if (p->tongue == TONGUE_ZH)
		(void) take_word(p, W_COUNTER); /* 3件 */
	return true;
}

/* CNY 100,000 */
static bool
accept_money(Parser *p, RuleValue *value)
{
	size_t		code = scan_currency_code(p, p->at);
	size_t		start = scan_space(p, p->at + code);
	size_t		size = code == 0 ? 0 : scan_number(p, start, &value->text);

	if (size == 0)
		return false;
	value->kind = VALUE_MONEY;
	value->currency = arena_string(p->arena, p->folded + p->at, code);
	p->at = start + size;
	return true;
}

static bool
accept_boolean(Parser *p, RuleValue *value)
{
	bool		truth = take_word(p, W_TRUE);

	if (!truth && !take_word(p, W_FALSE))
		return false;
	value->kind = VALUE_BOOLEAN;
	value->text = truth ? "true" : "false";
	return true;
}

/* A labelled value of the column, or another column of its event: the longer one. */
static bool
accept_named_value(Parser *p, const char *column, RuleValue *value)
{
	const char *text = NULL;
	const char *name = NULL;
	const char *other = NULL;
	const char *ignored;
	size_t		size = 0;
	size_t		width = 0;

	if (p->event != NULL && accept_unless_label(p, W_COLUMN, LABEL_COLUMN, p->event))
	{
		value->kind = VALUE_COLUMN;
		return expect_name(p, LABEL_COLUMN, p->event, &value->text);
	}
	if (p->vocabulary != NULL)
		size = scan_name(p, p->at, LABEL_VALUE, column, &text, &other);
	if (p->event != NULL)
		width = scan_name(p, p->at, LABEL_COLUMN, p->event, &name, &ignored);
	if (width == 0 && (size == 0 || other != NULL))
		return false;
	value->kind = width > size ? VALUE_COLUMN : VALUE_TEXT;
	value->text = width > size ? name : text;

	p->at += width > size ? width : size;
	return true;
}

/* column: whose labelled values may be meant */
bool
expect_value(Parser *p, const char *column, RuleValue *value)
{
	const char *text = NULL;
	bool		valid;
	size_t		size;

	memset(value, 0, sizeof(*value));
	if (p->plain)
		(void) (take_article(p) || take_plain_object(p));
	value->offset = offset_here(p);
	if ((size = scan_string(p, p->at)) > 0)
		return expect_text(p, column, size, value);
	if ((size = scan_date(p, p->at, &text, &valid)) > 0)
		return expect_date(p, text, valid, size, value);
	if ((size = scan_number(p, p->at, &text)) > 0)
		return expect_number(p, text, size, value);
	if (accept_money(p, value) || accept_boolean(p, value))
		return true;
	if (accept_named_value(p, column, value))
		return true;
	return p->error->code == LANG_OK && fail_expected(p, "a value: a number, an amount, a date, true, false, or text in quotes",
													  "一个值：数字、金额、日期、是、否，或引号中的文字");
}

/* ---- durations ---- */

static bool
whole_count(const char *digits, int64_t *count)
{
	*count = 0;
	for (; *digits != '\0'; digits++)
	{
		if (*digits < '0' || *digits > '9')
			return false;
		*count = *count * 10 + (*digits - '0');
		if (*count > LANG_MAX_COUNT)
			return false;
	}
	return *count > 0;
}

/* A duration at a place, 0 when none; one out of range has count 0. */
size_t
scan_duration(const Parser *p, size_t at, Duration *span)
{
	const char *digits;
	Word		unit;
	size_t		number = scan_number(p, at, &digits);
	size_t		start = scan_space(p, at + number);
	size_t		size = number == 0 ? 0 : scan_longest(p, start, unit_words, &unit);

	if (size == 0)
		return 0;
	if (!whole_count(digits, &span->count))
		span->count = 0;
	span->unit = unit_of_word(unit);
	return start + size - at;
}

/* The same, but a unit alone is one of it: every day. */
size_t
scan_period(const Parser *p, size_t at, Duration *span)
{
	size_t		size = scan_duration(p, at, span);
	Word		unit;

	if (size > 0)
		return size;
	size = scan_longest(p, at, unit_words, &unit);
	span->count = 1;
	span->unit = unit_of_word(unit);
	return size;
}

bool
expect_count(Parser *p, int *count)
{
	const char *digits;
	int64_t		whole;
	size_t		size;

	skip_space(p);
	size = scan_number(p, p->at, &digits);
	if (size == 0)
		return fail_expected(p, "a number", "次数");
	if (!whole_count(digits, &whole))
		return fail_at(p, LANG_SYNTAX, p->at,
					   lang_say(p, "the number is out of range", "次数超出范围"),
					   lang_say(p, "It must be a whole number from 1 to 100000.",
								"次数应为1到100000的整数。"),
					   lang_say(p, "Write 5 TIMES.", "请写成5次。"));
	*count = (int) whole;
	p->at += size;
	return true;
}

bool
expect_duration(Parser *p, Duration *span)
{
	const char *digits;
	size_t		size;

	skip_space(p);
	size = scan_duration(p, p->at, span);
	if (size == 0)
	{
		p->at += scan_number(p, p->at, &digits);
		return fail_expected(p, "a duration such as 30 days or 2 working hours",
							 "时长，如30天、2个工作小时");
	}
	if (span->count == 0)
		return fail_at(p, LANG_SYNTAX, p->at,
					   lang_say(p, "the duration is out of range", "时长超出范围"),
					   lang_say(p, "It must be a whole number of units from 1 to 100000.",
								"时长应为1到100000的整数。"),
					   lang_say(p, "Write 36 hours instead of 1.5 days.", "请把1.5天写成36小时。"));
	p->at += size;
	return true;
}
