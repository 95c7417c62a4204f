/*
 * numeric_value.h
 *	  The digits of a numeric, read in place.  Server side.
 *
 * numeric arithmetic allocates a result per row, which would cost more than
 * all the rest of an aggregate.  The stored form has been the same since 9.1
 * and cannot change, since it is on disk: a header word (short: sign, scale
 * and weight in one; long: sign and scale, then the weight), then digits to
 * the base 10000, most significant first, without zeros at either end.
 */
#ifndef SP_NUMERIC_VALUE_H
#define SP_NUMERIC_VALUE_H

#include "postgres.h"

#include "aging/decimal.h"
#include "base/compat.h"

typedef struct NumericValue
{
	const char *digits;			/* unaligned uint16s */
	int			ndigits;
	int			exponent;		/* of 10000, of the last digit */
	int			scale;			/* decimal digits shown after the point */
	bool		negative;
	bool		special;		/* NaN or infinite */
} NumericValue;

/* of NaN and infinity: beyond any number's */
#define NUMERIC_NO_EXPONENT		(1 << 20)

static inline uint16
numeric_word(const char *at)
{
	uint16		word;

	memcpy(&word, at, sizeof(word));
	return word;
}

/* of a detoasted datum, with a short or a long length word */
static inline NumericValue
numeric_value(const struct varlena *datum)
{
	const char *data = VARDATA_ANY(datum);
	int			size = VARSIZE_ANY_EXHDR(datum);
	uint16		header = numeric_word(data);
	NumericValue value = {0};
	int			weight;

	if (likely((header & 0xC000) == 0x8000))
	{
		value.negative = (header & 0x2000) != 0;
		value.scale = (header & 0x1F80) >> 7;
		weight = (header & 0x3F) - (header & 0x40);
		value.digits = data + 2;
		value.ndigits = (size - 2) / 2;
	}
	else
	{
		value.special = (header & 0xC000) == 0xC000;
		value.negative = (header & 0xC000) == 0x4000;
		value.scale = header & 0x3FFF;
		weight = value.special ? 0 : (int16) numeric_word(data + 2);
		value.digits = data + 4;
		value.ndigits = value.special ? 0 : (size - 4) / 2;
	}
	value.exponent = value.special ? NUMERIC_NO_EXPONENT : weight - value.ndigits + 1;
	return value;
}

/*
 * Whether the value in units of 10000^-places is quickly had: up to four digits
 * to the base 10000 and a factor of up to 10000^4, so the product has at most
 * 32 decimal digits and cannot overflow.  Never so for NaN and infinity.
 */
static inline bool
numeric_is_quick(const NumericValue *value, int places)
{
	return value->ndigits <= 4 && (unsigned) (places + value->exponent) <= 4;
}

static inline Wide
numeric_quick_units(const NumericValue *value, int places)
{
	static const int64 power[] = {1, 10000, 100000000, INT64CONST(1000000000000),
	INT64CONST(10000000000000000)};
	int64		mantissa = 0;

	for (int i = 0; i < value->ndigits; i++)
		mantissa = mantissa * 10000 + numeric_word(value->digits + 2 * i);
	return (__int128) (value->negative ? -mantissa : mantissa) * power[places + value->exponent];
}

extern bool numeric_units(const NumericValue *value, int places, Wide *units);
extern Datum numeric_of_units(Wide units, int scale);

#endif							/* SP_NUMERIC_VALUE_H */
