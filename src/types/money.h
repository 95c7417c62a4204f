/*
 * money.h
 *	  Text and arithmetic of money.  Pure C: no server, no allocation.
 *
 * Money is counted in minor units.  Whatever may not fit says so by its result;
 * nothing wraps around and nothing is rounded silently.
 */
#ifndef SP_MONEY_H
#define SP_MONEY_H

#include <stddef.h>

#include "types/amount.h"

/*
 * Totals, with room for 2^74 of the largest amounts.  The alignment is that of
 * memory from any allocator, which an __int128 alone would exceed.
 */
typedef __int128 WideUnits __attribute__((aligned(8)));

typedef enum MoneyResult
{
	MONEY_OK,
	MONEY_SYNTAX,				/* not a code and a number */
	MONEY_UNKNOWN_CURRENCY,
	MONEY_TOO_PRECISE,			/* more digits than the currency has */
	MONEY_OUT_OF_RANGE
} MoneyResult;

/* What a text says, and for errors which currency it named (or NULL). */
typedef struct MoneyText
{
	const Currency *currency;
	WideUnits	units;
	char		code[4];
} MoneyText;

/* enough for a code, a blank, a sign, 39 digits, a point and the end */
#define MONEY_TEXT_SIZE		48

extern MoneyResult money_parse(const char *string, size_t length, MoneyText *money);
extern int	money_print(char *string, const Currency *currency, WideUnits units);

/* one amount from a total; false: it does not fit */
static inline bool
money_narrow(WideUnits total, int64_t *units)
{
	*units = (int64_t) total;
	return total >= AMOUNT_UNIT_MIN && total <= AMOUNT_UNIT_MAX;
}

/* the operands are units of amounts, so the sum cannot wrap before the check */
static inline bool
money_add(int64_t left, int64_t right, int64_t *sum)
{
	*sum = left + right;
	return amount_units_fit(*sum);
}

static inline bool
money_subtract(int64_t left, int64_t right, int64_t *difference)
{
	*difference = left - right;
	return amount_units_fit(*difference);
}

static inline bool
money_multiply(int64_t units, int64_t factor, int64_t *product)
{
	return money_narrow((WideUnits) units * factor, product);
}

/* the quotient, half away from zero; the divisor is not zero */
extern WideUnits money_divide(WideUnits units, int64_t divisor);

#endif							/* SP_MONEY_H */
