/*
 * decimal.c
 *	  Exact decimals as 128-bit integers at a scale.  Pure C.
 *
 * Invariant: a function that returns false or NULL has changed nothing that
 * the caller may still use.
 */
#include "aging/decimal.h"

#include <stddef.h>

/*
 * Times 10^digits, or an exact division when digits is negative: the caller
 * knows that the dropped digits are zeros.
 */
bool
decimal_shift(Wide *units, int digits)
{
	__int128	value = *units;

	for (; digits < 0 && value != 0; digits++)
		value /= 10;
	for (; digits > 0 && value != 0; digits--)
		if (__builtin_mul_overflow(value, (__int128) 10, &value))
			return false;
	*units = value;
	return true;
}

/* All digits of the scale, so that the text says how exact it is.  Returns the length. */
int
decimal_print(char *text, Wide units, int scale)
{
	unsigned __int128 left = units < 0 ? -(unsigned __int128) units : (unsigned __int128) units;
	char		reversed[DECIMAL_TEXT_SIZE];
	int			n = 0;
	int			length = 0;

	for (int digit = 0; left > 0 || digit <= scale; digit++)
	{
		if (digit == scale && digit > 0)
			reversed[n++] = '.';
		reversed[n++] = '0' + (int) (left % 10);
		left /= 10;
	}
	if (units < 0)
		reversed[n++] = '-';
	while (n > 0)
		text[		length++] = reversed[--n];
	text[		length] = '\0';

	return length;
}

static bool
append_digit(__int128 *value, char digit)
{
	return !__builtin_mul_overflow(*value, (__int128) 10, value) &&
		!__builtin_add_overflow(*value, (__int128) (digit - '0'), value);
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/*
 * Reads [-+]digits[.digits] and returns where it ends; NULL: there is no such
 * number, or it has too many digits.
 */
const char *
decimal_parse(const char *text, Wide *units, int *scale)
{
	__int128	value = 0;
	bool		negative = *text == '-';
	const char *at = text +(*text == '-' || *text == '+');

	*scale = 0;
	if (!is_digit(*at))
		return NULL;
	for (; is_digit(*at); at++)
		if (!append_digit(&value, *at))
			return NULL;
	if (*at == '.' && is_digit(at[1]))
		for (at++; is_digit(*at); at++, (*scale)++)
			if (*scale == DECIMAL_MAX_SCALE || !append_digit(&value, *at))
				return NULL;
	*units = negative ? -value : value;
	return at;
}
