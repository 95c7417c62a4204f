/*
 * money_read.c
 *	  Money that people wrote.  Pure C: no server, no allocation.
 *
 * A number with groups of three digits, in any of: a code or symbol before or
 * after it, a sign before either, parentheses for a negative figure.  A text
 * has one reading or none: digits after a group separator that are not three
 * are refused rather than taken for cents.
 */
#include "types/money_format.h"

#include <string.h>

/* the symbols beside those that are written */
static const struct
{
	const char *symbol;
	const char *codes;			/* all that use it, with a blank between them */
}			signs[] = {
	{"¥", "CNY JPY"}, {"￥", "CNY JPY"}, {"元", "CNY"}, {"円", "JPY"},
	{"$", "USD AUD CAD HKD MXN NZD SGD TWD CLP COP ARS"},
	{"US$", "USD"}, {"CN¥", "CNY"}, {"JP¥", "JPY"}, {"kr", "DKK ISK NOK SEK"},
	{"Fr.", "CHF"}
};

typedef struct Reader
{
	const char *at;
	const char *end;
	const MoneySeparators *separators;
	char		number[MONEY_TEXT_SIZE];	/* a sign, digits, a point */
	int			n_number;
	const char *mark;			/* a code or symbol as written */
	size_t		mark_length;
	bool		negative;
} Reader;

static bool
is_digit_at(const Reader *reader)
{
	return reader->at < reader->end && *reader->at >= '0' && *reader->at <= '9';
}

/* the length of a blank of any kind, or 0 */
static size_t
blank_length(const char *at, const char *end)
{
	static const char *const blanks[] = {" ", "\t", "\n", "\r", "\u00a0", "\u202f", "\u2009"};

	for (size_t i = 0; i < sizeof(blanks) / sizeof(blanks[0]); i++)
	{
		size_t		length = strlen(blanks[i]);

		if ((size_t) (end - at) >= length && memcmp(at, blanks[i], length) == 0)
			return length;
	}
	return 0;
}

static void
skip_blanks(Reader *reader)
{
	size_t		length;

	while ((length = blank_length(reader->at, reader->end)) > 0)
		reader->at += length;
}

static bool
skip_text(Reader *reader, const char *text)
{
	size_t		length = strlen(text);

	if (length == 0 || (size_t) (reader->end - reader->at) < length || memcmp(reader->at, text, length) != 0)
		return false;
	reader->at += length;
	return true;
}

static bool
add_char(Reader *reader, char c)
{
	if (reader->n_number >= MONEY_TEXT_SIZE - 8)
		return false;
	reader->number[reader->n_number++] = c;
	return true;
}

/* how many digits were taken; -1: too many to hold */
static int
take_digits(Reader *reader)
{
	int			n = 0;

	for (; is_digit_at(reader); n++)
		if (!add_char(reader, *reader->at++))
			return -1;
	return n;
}

static MoneyReading
take_whole(Reader *reader)
{
	int			n = take_digits(reader);
	bool		grouped = false;

	if (n == 0)
		return READ_SYNTAX;
	while (n > 0)
	{
		const char *before = reader->at;

		if (!skip_text(reader, reader->separators->group))
			break;
		if (!is_digit_at(reader))
		{
			reader->at = before;	/* a blank or the like after the number */
			break;
		}
		if (!grouped && n > 3)
			return READ_GROUPS;
		grouped = true;
		n = take_digits(reader);
		if (n >= 0 && n != 3)
			return READ_GROUPS;
	}
	return n < 0 ? READ_OUT_OF_RANGE : READ_OK;
}

static MoneyReading
take_number(Reader *reader)
{
	MoneyReading result = take_whole(reader);

	if (result == READ_OK && skip_text(reader, reader->separators->point))
	{
		int			n;

		if (!add_char(reader, '.'))
			return READ_OUT_OF_RANGE;
		n = take_digits(reader);
		return n > 0 ? READ_OK : n == 0 ? READ_SYNTAX : READ_OUT_OF_RANGE;
	}
	return result;
}

/* a sign, at most one, here or before the code */
static bool
take_sign(Reader *reader, bool *seen)
{
	bool		minus = skip_text(reader, "-") || skip_text(reader, "\u2212");

	if (!minus && !skip_text(reader, "+"))
		return true;
	if (*seen)
		return false;
	*seen = true;
	reader->negative = minus;
	return true;
}

/* a code or symbol: all up to a blank, a digit, a sign or a parenthesis */
static bool
take_mark(Reader *reader)
{
	const char *start = reader->at;

	while (reader->at < reader->end && !is_digit_at(reader) && strchr("+-()", *reader->at) == NULL &&
		   blank_length(reader->at, reader->end) == 0)
		reader->at++;
	if (reader->at == start)
		return true;
	if (reader->mark != NULL || *start == '.' || *start == ',')
		return false;
	reader->mark = start;
	reader->mark_length = reader->at - start;
	skip_blanks(reader);
	return true;
}

static MoneyReading
take_money(Reader *reader)
{
	bool		signed_already = false;
	bool		parentheses;
	MoneyReading result;

	skip_blanks(reader);
	if (!take_sign(reader, &signed_already) || !take_mark(reader))
		return READ_SYNTAX;
	parentheses = !signed_already && skip_text(reader, "(");
	if (parentheses)
		reader->negative = signed_already = true;
	if (!take_mark(reader) || !take_sign(reader, &signed_already))
		return READ_SYNTAX;
	result = take_number(reader);
	if (result != READ_OK)
		return result;
	skip_blanks(reader);
	if ((parentheses && !skip_text(reader, ")")) || !take_mark(reader))
		return READ_SYNTAX;
	skip_blanks(reader);
	return reader->at == reader->end ? READ_OK : READ_SYNTAX;
}

static bool
is_mark(const Reader *reader, const char *symbol)
{
	return symbol !=NULL && strlen(symbol) == reader->mark_length &&
	memcmp(symbol, reader->mark, reader->mark_length) == 0;
}

/* the codes that the mark may stand for; NULL: it is no shared symbol */
static const char *
codes_of_sign(const Reader *reader)
{
	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++)
		if (is_mark(reader, signs[i].symbol))
			return signs[i].codes;
	return NULL;
}

/* the one currency that a code or a symbol of its own names */
static const Currency *
currency_of_mark(const Reader *reader)
{
	const Currency *currency = NULL;
	char		code[4] = "";

	if (reader->mark_length == 3)
	{
		memcpy(code, reader->mark, 3);
		currency = currency_by_code(code);
	}
	for (int i = 0; currency == NULL && currency_at(i) != NULL; i++)
		if (is_mark(reader, currency_symbol(currency_at(i))))
			currency = currency_at(i);
	return currency;
}

static MoneyReading
settle_currency(const Reader *reader, const Currency **currency)
{
	const char *codes;
	const Currency *named;

	if (reader->mark == NULL)
		return *currency != NULL ? READ_OK : READ_NO_CURRENCY;
	codes = codes_of_sign(reader);
	if (codes != NULL)
	{
		if (*currency != NULL)
			return strstr(codes, (*currency)->code) != NULL ? READ_OK : READ_OTHER_CURRENCY;
		if (codes[3] != '\0')
			return READ_AMBIGUOUS;
		*currency = currency_by_code(codes);
		return READ_OK;
	}
	named = currency_of_mark(reader);
	if (named == NULL)
		return READ_UNKNOWN_CURRENCY;
	if (*currency != NULL && *currency != named)
		return READ_OTHER_CURRENCY;
	*currency = named;
	return READ_OK;
}

/* The units, by the text form that money_parse() knows. */
static MoneyReading
read_units(Reader *reader, MoneyText *money)
{
	char text[	MONEY_TEXT_SIZE + 8];
	const Currency *currency = money->currency;
	int			n = 4;

	memcpy(text, currency->code, 3);
	text[		3] = ' ';

	if (reader->negative)
		text[		n++] = '-';

	memcpy(text +n, reader->number, reader->n_number);
	switch (money_parse(text, n + reader->n_number, money))
	{
		case MONEY_OK:
			return READ_OK;
		case MONEY_TOO_PRECISE:
			return READ_TOO_PRECISE;
		case MONEY_OUT_OF_RANGE:
			return READ_OUT_OF_RANGE;
		default:
			return READ_SYNTAX;
	}
}

MoneyReading
money_read(const char *string, size_t length, const MoneySeparators *separators, MoneyText *money)
{
	Reader		reader = {.at = string,.end = string + length,.separators = separators};
	MoneyReading result = take_money(&reader);

	if (result == READ_OK)
		result = settle_currency(&reader, &money->currency);
	return result == READ_OK ? read_units(&reader, money) : result;
}
