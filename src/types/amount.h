/*
 * amount.h
 *	  The layout of pulse.amount: exact money in eight bytes, by value.
 *
 * The ISO 4217 numeric code stands in the upper 10 bits, minor units + 2^53 in
 * the lower 54; so the order of the unsigned words is currency, then value.
 * The layout is on disk and final: codes and their minor units never change.
 */
#ifndef SP_AMOUNT_H
#define SP_AMOUNT_H

#include <stdbool.h>
#include <stdint.h>

typedef uint64_t Amount;

#define AMOUNT_CURRENCIES	1024
#define AMOUNT_UNIT_BITS	54
#define AMOUNT_UNIT_BIAS	(INT64_C(1) << 53)
#define AMOUNT_UNIT_MIN		(-AMOUNT_UNIT_BIAS)
#define AMOUNT_UNIT_MAX		(AMOUNT_UNIT_BIAS - 1)
#define AMOUNT_UNIT_MASK	((UINT64_C(1) << AMOUNT_UNIT_BITS) - 1)

static inline int
amount_currency(Amount amount)
{
	return (int) (amount >> AMOUNT_UNIT_BITS);
}

static inline int64_t
amount_units(Amount amount)
{
	return (int64_t) (amount & AMOUNT_UNIT_MASK) - AMOUNT_UNIT_BIAS;
}

static inline bool
amount_units_fit(int64_t units)
{
	return units >= AMOUNT_UNIT_MIN && units <= AMOUNT_UNIT_MAX;
}

/* units must fit */
static inline Amount
amount_make(int currency, int64_t units)
{
	return ((Amount) currency << AMOUNT_UNIT_BITS) | (Amount) (units + AMOUNT_UNIT_BIAS);
}

/* the least and the greatest amount in the currency of one */
static inline Amount
amount_first(Amount amount)
{
	return amount & ~AMOUNT_UNIT_MASK;
}

static inline Amount
amount_last(Amount amount)
{
	return amount | AMOUNT_UNIT_MASK;
}

#define DatumGetAmount(datum)	((Amount) DatumGetUInt64(datum))
#define AmountGetDatum(amount)	UInt64GetDatum(amount)
#define PG_GETARG_AMOUNT(n)		DatumGetAmount(PG_GETARG_DATUM(n))
#define PG_RETURN_AMOUNT(a)		return AmountGetDatum(a)

/* ---- currency.c: ISO 4217 ---- */

typedef struct Currency
{
	char		code[4];		/* 'CNY' */
	int16_t		number;			/* 156 */
	int16_t		digits;			/* minor units: 2 */
} Currency;

/* NULL: there is none; positions are in the order of codes, from 0 */
extern const Currency *currency_by_code(const char *code);
extern const Currency *currency_by_number(int number);
extern const Currency *currency_at(int position);

#endif							/* SP_AMOUNT_H */
