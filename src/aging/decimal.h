/*
 * decimal.h
 *	  Exact decimals as 128-bit integers at a scale.  Pure C.
 *
 * A value is units / 10^scale.  That is 38 digits; what does not fit is
 * refused by the result, never rounded and never wrapped.
 */
#ifndef SP_DECIMAL_H
#define SP_DECIMAL_H

#include <stdbool.h>
#include <stdint.h>

/* palloc aligns to eight bytes only */
typedef __int128 Wide __attribute__((aligned(8)));

/* the one value without an opposite */
#define DECIMAL_SMALLEST	((__int128) ((unsigned __int128) 1 << 127))

#define DECIMAL_MAX_SCALE	36
#define DECIMAL_TEXT_SIZE	48	/* sign, 39 digits, point, leading zero, end */

static inline bool
decimal_add(Wide *sum, Wide value)
{
	__int128	result;
	bool		fits = !__builtin_add_overflow((__int128) *sum, (__int128) value, &result);

	if (fits)
		*sum = result;
	return fits;
}

extern bool decimal_shift(Wide *units, int digits);
extern int	decimal_print(char *text, Wide units, int scale);
extern const char *decimal_parse(const char *text, Wide *units, int *scale);

#endif							/* SP_DECIMAL_H */
