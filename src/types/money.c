/*
 * money.c
 *	  Text and arithmetic of money.  Pure C: no server, no allocation.
 *
 * The text form is a code and a number with a blank between them, in either
 * order: "CNY -12.50", "12.5 EUR".  A text names exactly one value or none:
 * missing minor digits are zeros, surplus ones are an error unless they are
 * zeros, and there are no group separators to guess at.  Printing then parsing
 * gives the same units back.
 */
#include "types/money.h"

#include <string.h>

/* beyond this a further digit might overflow; far above any amount */
#define WIDE_LIMIT	(((WideUnits) 1) << 120)

typedef struct Cursor
{
	const char *at;
	const char *end;
} Cursor;

/* the number as written; scaled once the currency is known */
typedef struct Digits
{
	const char *whole;
	int			n_whole;
	const char *fraction;
	int			n_fraction;
	bool		negative;
} Digits;

static bool
is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_letter(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static int
skip_while(Cursor *cursor, bool (*wanted) (char))
{
	const char *start = cursor->at;

	while (cursor->at < cursor->end && wanted(*cursor->at))
		cursor->at++;
	return (int) (cursor->at - start);
}

static bool
scan_code(Cursor *cursor, char *code)
{
	const char *start = cursor->at;

	if (skip_while(cursor, is_letter) != 3)
		return false;
	memcpy(code, start, 3);
	code[3] = '\0';
	return true;
}

static bool
scan_digits(Cursor *cursor, Digits *digits)
{
	memset(digits, 0, sizeof(Digits));
	if (cursor->at < cursor->end && (*cursor->at == '-' || *cursor->at == '+'))
		digits->negative = *cursor->at++ == '-';
	digits->whole = cursor->at;
	digits->n_whole = skip_while(cursor, is_digit);
	if (digits->n_whole == 0)
		return false;
	if (cursor->at < cursor->end && *cursor->at == '.')
	{
		digits->fraction = ++cursor->at;
		digits->n_fraction = skip_while(cursor, is_digit);
		return digits->n_fraction > 0;
	}
	return true;
}

static bool
scan_money(Cursor *cursor, char *code, Digits *digits)
{
	bool		parsed;

	(void) skip_while(cursor, is_blank);
	if (cursor->at < cursor->end && is_letter(*cursor->at))
		parsed = scan_code(cursor, code) &&
			skip_while(cursor, is_blank) > 0 && scan_digits(cursor, digits);
	else
		parsed = scan_digits(cursor, digits) &&
			skip_while(cursor, is_blank) > 0 && scan_code(cursor, code);
	(void) skip_while(cursor, is_blank);
	return parsed && cursor->at == cursor->end;
}

static bool
append_digit(WideUnits *units, int digit)
{
	if (*units >= WIDE_LIMIT)
		return false;
	*units = *units * 10 + digit;
	return true;
}

static MoneyResult
scale_digits(const Digits *digits, int minor, WideUnits *units)
{
	*units = 0;
	for (int i = minor; i < digits->n_fraction; i++)
		if (digits->fraction[i] != '0')
			return MONEY_TOO_PRECISE;
	for (int i = 0; i < digits->n_whole; i++)
		if (!append_digit(units, digits->whole[i] - '0'))
			return MONEY_OUT_OF_RANGE;
	for (int i = 0; i < minor; i++)
		if (!append_digit(units, i < digits->n_fraction ? digits->fraction[i] - '0' : 0))
			return MONEY_OUT_OF_RANGE;
	if (digits->negative)
		*units = -*units;
	return MONEY_OK;
}

/*
 * Reads one value.  MONEY_OK says nothing about the range of an amount, since
 * a bag holds more: money_narrow() decides that.
 */
MoneyResult
money_parse(const char *string, size_t length, MoneyText *money)
{
	Cursor		cursor;
	Digits		digits;

	cursor.at = string;
	cursor.end = string + length;
	memset(money, 0, sizeof(MoneyText));
	if (!scan_money(&cursor, money->code, &digits))
		return MONEY_SYNTAX;
	money->currency = currency_by_code(money->code);
	if (money->currency == NULL)
		return MONEY_UNKNOWN_CURRENCY;
	return scale_digits(&digits, money->currency->digits, &money->units);
}

/*
 * Always all minor digits, so that equal amounts have equal texts.  Returns
 * the length; string has room for MONEY_TEXT_SIZE.
 */
int
money_print(char *string, const Currency *currency, WideUnits units)
{
	unsigned __int128 left = units < 0 ? -(unsigned __int128) units : (unsigned __int128) units;
	char		reversed[MONEY_TEXT_SIZE];
	int			n = 0;
	int			length = 4;

	for (int digit = 0; left > 0 || digit <= currency->digits; digit++)
	{
		if (digit == currency->digits && digit > 0)
			reversed[n++] = '.';
		reversed[n++] = '0' + (int) (left % 10);
		left /= 10;
	}
	if (units < 0)
		reversed[n++] = '-';
	memcpy(string, currency->code, 3);
	string[3] = ' ';
	while (n > 0)
		string[length++] = reversed[--n];
	string[length] = '\0';
	return length;
}

WideUnits
money_divide(WideUnits units, int64_t divisor)
{
	WideUnits	quotient = units / divisor;
	WideUnits	rest = units % divisor;
	WideUnits	size = divisor < 0 ? -(WideUnits) divisor : divisor;

	if ((rest < 0 ? -rest : rest) * 2 >= size)
		quotient += (units < 0) == (divisor < 0) ? 1 : -1;
	return quotient;
}
