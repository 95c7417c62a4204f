/*
 * types.h
 *	  What the rooms below may use of the money types inside the server.
 */
#ifndef SP_TYPES_H
#define SP_TYPES_H

#include "base/base.h"

#include "lib/stringinfo.h"
#include "utils/numeric.h"

#include "types/money.h"
#include "types/rounding.h"

/* ---- amount.c ---- */

extern const Currency *sp_currency(int number);
extern const Currency *sp_currency_named(const char *code);
extern Amount sp_amount(int currency, WideUnits units);
extern Amount sp_amount_rounded(int currency, Numeric units);	/* half away from zero */
pg_noreturn extern void sp_currency_mismatch(int left, int right);

/* ---- total.c ---- */

extern void sp_send_wide(StringInfo buffer, WideUnits units);
extern WideUnits sp_receive_wide(StringInfo buffer);

/* ---- exact.c ---- */

extern RoundingMode sp_rounding_mode(text *name);
extern Numeric sp_round_numeric(Numeric value, RoundingMode mode);	/* to a whole number */
extern Numeric sp_divide_numeric(Numeric dividend, Numeric divisor, RoundingMode mode);
extern Numeric sp_power_of_ten(int exponent);	/* negative ones too */
extern const Currency sp_whole_units;	/* no currency: figures without digits */
extern Numeric sp_wide_numeric(const Currency *currency, WideUnits units);
extern bool sp_numeric_wide(Numeric value, WideUnits *units);	/* false: too large */

#endif							/* SP_TYPES_H */
