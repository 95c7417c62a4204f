/*
 * numeral.c
 *	  Numbers as people write them: 1,200.50, 1.2万, 十二, 一百零五, 两百八.
 *
 * The result is exact: a string of decimal digits, never a float.  Invariant of
 * the strings made here: an optional minus, no leading zeros, a point only
 * between digits.
 */
#include "rule/lang_internal.h"

#include <string.h>

#define NUMERAL_MAX_DIGITS	100

typedef struct HanNumeral
{
	const char *character;
	int			digit;			/* -1: a unit */
	int			exponent;
} HanNumeral;

static const HanNumeral han_numerals[] = {
	{"零", 0, 0}, {"〇", 0, 0}, {"一", 1, 0}, {"二", 2, 0}, {"两", 2, 0}, {"三", 3, 0},
	{"四", 4, 0}, {"五", 5, 0}, {"六", 6, 0}, {"七", 7, 0}, {"八", 8, 0}, {"九", 9, 0},
	{"十", -1, 1}, {"百", -1, 2}, {"千", -1, 3}, {"万", -1, 4}, {"亿", -1, 8},
	{NULL, 0, 0}
};

/* All of these characters take three bytes. */
#define HAN_BYTES	3

static const HanNumeral *
han_numeral(const char *input, size_t length)
{
	if (length >= HAN_BYTES)
		for (const HanNumeral *n = han_numerals; n->character != NULL; n++)
			if (memcmp(n->character, input, HAN_BYTES) == 0)
				return n;
	return NULL;
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* digits without a point, moved left by the exponent; fraction: how many follow the point */
static const char *
decimal(Arena *arena, bool negative, const char *digits, int count, int fraction, int exponent)
{
	char	   *made = arena_alloc(arena, count + exponent + 4);
	int			whole = count - fraction + exponent;
	int			first = 0;
	char	   *out = made;

	while (first < count && first < whole - 1 && digits[first] == '0')
		first++;
	if (negative)
		*out++ = '-';
	for (int i = first; i < whole; i++)
		*out++ = i < count ? digits[i] : '0';
	if (whole < count)
	{
		*out++ = '.';
		memcpy(out, digits + whole, count - whole);
	}
	if (strspn(made + negative, "0.") == strlen(made + negative))
		return made + negative; /* no minus zero */
	return made;
}

/* Arabic digits; thousands may be grouped by commas, with no blank after them. */
static size_t
arabic_digits(const char *input, size_t length, char *digits, int *count, int *fraction)
{
	size_t		at = 0;
	bool		grouped = false;

	*count = *fraction = 0;
	while (at < length && *count < NUMERAL_MAX_DIGITS)
	{
		if (is_digit(input[at]))
			digits[(*count)++] = input[at++];
		else if (input[at] == ',' && (grouped ? true : *count >= 1 && *count <= 3) &&
				 length - at >= 4 && is_digit(input[at + 1]) && is_digit(input[at + 2]) &&
				 is_digit(input[at + 3]) && (length - at == 4 || !is_digit(input[at + 4])))
		{
			grouped = true;
			memcpy(digits + *count, input + at + 1, 3);
			*count += 3;
			at += 4;
		}
		else
			break;
	}
	if (*count > 0 && length - at >= 2 && input[at] == '.' && is_digit(input[at + 1]))
		for (at++; at < length && is_digit(input[at]) && *count < NUMERAL_MAX_DIGITS; at++)
		{
			digits[(*count)++] = input[at];
			(*fraction)++;
		}
	if (at < length && is_digit(input[at]))
		return 0;				/* too many */
	return *count > 0 ? at : 0;
}

static size_t
arabic(Arena *arena, const char *input, size_t length, const char **result)
{
	char		digits[NUMERAL_MAX_DIGITS + 8];
	size_t		sign = length > 0 && (input[0] == '-' || input[0] == '+');
	int			count;
	int			fraction;
	int			exponent = 0;
	const HanNumeral *unit;
	size_t		at = arabic_digits(input + sign, length - sign, digits, &count, &fraction);

	if (at == 0)
		return 0;
	at += sign;
	while ((unit = han_numeral(input + at, length - at)) != NULL && unit->digit < 0 &&
		   exponent + unit->exponent <= 16)
	{
		exponent += unit->exponent;
		at += HAN_BYTES;
	}
	*result = decimal(arena, input[0] == '-', digits, count, fraction, exponent);
	return at;
}

/* Chinese digits one by one, as in a year: 二〇二六. */
static size_t
han_positional(const char *input, size_t length, char *digits, int *count)
{
	size_t		at = 0;
	const HanNumeral *n;

	*count = 0;
	while ((n = han_numeral(input + at, length - at)) != NULL && n->digit >= 0 &&
		   *count < NUMERAL_MAX_DIGITS)
	{
		digits[(*count)++] = (char) ('0' + n->digit);
		at += HAN_BYTES;
	}
	return n == NULL ? at : 0;
}

static const int64_t powers[] = {1, 10, 100, 1000, 10000, 0, 0, 0, 100000000};

typedef struct HanSum
{
	int64_t		total;			/* finished 万 and 亿 */
	int64_t		section;		/* below 万 */
	int			digit;			/* waiting for its unit, or -1 */
	int			last_unit;		/* exponent of the last unit */
	int			section_unit;	/* units of a section go down */
	bool		zero;			/* 零 since the last unit */
	bool		had_yi;
	bool		had_wan;
} HanSum;

static bool
han_add_unit(HanSum *sum, int exponent)
{
	if (exponent < 4)
	{
		if (sum->digit < 0 && exponent == 1 && sum->section == 0 && sum->total == 0 && !sum->zero)
			sum->digit = 1;		/* 十二 */
		if (sum->digit <= 0 || exponent >= sum->section_unit)
			return false;
		sum->section += sum->digit * powers[exponent];
		sum->section_unit = exponent;
	}
	else
	{
		if (sum->digit > 0)
			sum->section += sum->digit;
		if (sum->section + sum->total == 0 || (exponent == 4 ? sum->had_wan : sum->had_yi))
			return false;
		if (exponent == 4)
			sum->total += sum->section * powers[4];
		else
			sum->total = (sum->total + sum->section) * powers[8];
		sum->had_wan = exponent == 4;
		sum->had_yi = sum->had_yi || exponent == 8;
		sum->section = 0;
		sum->section_unit = 4;
	}
	sum->digit = -1;
	sum->last_unit = exponent;
	sum->zero = false;
	return true;
}

/* 一百二十三, 十二, and colloquially 两百八 = 280, 一万二 = 12000. */
static size_t
han_units(const char *input, size_t length, int64_t *value)
{
	HanSum		sum = {.digit = -1,.section_unit = 4};
	size_t		at = 0;
	const HanNumeral *n;

	while ((n = han_numeral(input + at, length - at)) != NULL)
	{
		if (n->digit == 0)
			sum.zero = true;
		else if (n->digit > 0)
		{
			if (sum.digit >= 0)
				return 0;
			sum.digit = n->digit;
		}
		else if (!han_add_unit(&sum, n->exponent))
			return 0;
		at += HAN_BYTES;
	}
	if (sum.digit >= 0)
		sum.section += sum.last_unit >= 2 && !sum.zero ?
			sum.digit * (powers[sum.last_unit] / 10) : sum.digit;
	*value = sum.total + sum.section;
	return at;
}

static size_t
han(Arena *arena, const char *input, size_t length, const char **result)
{
	char		digits[NUMERAL_MAX_DIGITS + 8];
	int			count;
	size_t		at = han_positional(input, length, digits, &count);
	size_t		point = strlen("点");
	int			fraction;
	size_t		after;

	if (at == 0)
	{
		int64_t		value;

		at = han_units(input, length, &value);
		if (at == 0)
			return 0;
		count = 0;
		for (const char *c = lang_format(arena, "%lld", (long long) value); *c != '\0'; c++)
			digits[count++] = *c;
	}
	if (length - at > point && memcmp(input + at, "点", point) == 0 &&
		(after = han_positional(input + at + point, length - at - point, digits + count,
								&fraction)) > 0 && count + fraction < NUMERAL_MAX_DIGITS)
	{
		*result = decimal(arena, false, digits, count + fraction, fraction, 0);
		return at + point + after;
	}
	*result = decimal(arena, false, digits, count, 0, 0);
	return at;
}

/* The number a folded text begins with: its size in bytes, 0 when none. */
size_t
numeral_scan(Arena *arena, const char *input, size_t length, const char **digits)
{
	size_t		size = arabic(arena, input, length, digits);

	return size > 0 ? size : han(arena, input, length, digits);
}

size_t
scan_number(const Parser *p, size_t at, const char **digits)
{
	return numeral_scan(p->arena, p->folded + at, p->length - at, digits);
}
