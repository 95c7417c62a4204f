/*
 * compare.c
 *	  Comparison of amounts: total for indexes, within a currency for people.
 *
 * "=" and "<>" are total, and so are "#<" "#<=" "#>" "#>=", the order of the
 * unsigned words: currency number, then value.  "<" "<=" ">" ">=" agree with
 * them within one currency and are NULL across currencies.  None of these can
 * raise an error, so all are leakproof.
 */
#include "types/types.h"

#include "base/base.h"

#include "common/hashfn.h"
#include "utils/sortsupport.h"

#define TOTAL_COMPARISON(name, sign) \
	PG_FUNCTION_INFO_V1(name); \
	Datum \
	name(PG_FUNCTION_ARGS) \
	{ \
		PG_RETURN_BOOL(PG_GETARG_AMOUNT(0) sign PG_GETARG_AMOUNT(1)); \
	} \
	extern Datum name(PG_FUNCTION_ARGS)

#define PARTIAL_COMPARISON(name, sign) \
	PG_FUNCTION_INFO_V1(name); \
	Datum \
	name(PG_FUNCTION_ARGS) \
	{ \
		Amount		left = PG_GETARG_AMOUNT(0); \
		Amount		right = PG_GETARG_AMOUNT(1); \
	\
		if (amount_currency(left) != amount_currency(right)) \
			PG_RETURN_NULL(); \
		PG_RETURN_BOOL(left sign right); \
	} \
	extern Datum name(PG_FUNCTION_ARGS)

TOTAL_COMPARISON(amount_eq, ==);
TOTAL_COMPARISON(amount_ne, !=);
TOTAL_COMPARISON(amount_total_lt, <);
TOTAL_COMPARISON(amount_total_le, <=);
TOTAL_COMPARISON(amount_total_gt, >);
TOTAL_COMPARISON(amount_total_ge, >=);

PARTIAL_COMPARISON(amount_lt, <);
PARTIAL_COMPARISON(amount_le, <=);
PARTIAL_COMPARISON(amount_gt, >);
PARTIAL_COMPARISON(amount_ge, >=);

PG_FUNCTION_INFO_V1(amount_cmp);
PG_FUNCTION_INFO_V1(amount_sortsupport);
PG_FUNCTION_INFO_V1(amount_hash);
PG_FUNCTION_INFO_V1(amount_hash_extended);
PG_FUNCTION_INFO_V1(amount_currency_first);
PG_FUNCTION_INFO_V1(amount_currency_last);
PG_FUNCTION_INFO_V1(amount_larger);
PG_FUNCTION_INFO_V1(amount_smaller);

Datum
amount_cmp(PG_FUNCTION_ARGS)
{
	Amount		left = PG_GETARG_AMOUNT(0);
	Amount		right = PG_GETARG_AMOUNT(1);

	PG_RETURN_INT32((left > right) - (left < right));
}

/* the server has a sort specialised for this comparator */
Datum
amount_sortsupport(PG_FUNCTION_ARGS)
{
	((SortSupport) PG_GETARG_POINTER(0))->comparator = ssup_datum_unsigned_cmp;
	PG_RETURN_VOID();
}

Datum
amount_hash(PG_FUNCTION_ARGS)
{
	Amount		amount = PG_GETARG_AMOUNT(0);

	PG_RETURN_UINT32(hash_bytes((const unsigned char *) &amount, sizeof(amount)));
}

Datum
amount_hash_extended(PG_FUNCTION_ARGS)
{
	Amount		amount = PG_GETARG_AMOUNT(0);

	PG_RETURN_UINT64(hash_bytes_extended((const unsigned char *) &amount, sizeof(amount),
										 PG_GETARG_INT64(1)));
}

/* the ends of a currency's range in the total order; see support.c */
Datum
amount_currency_first(PG_FUNCTION_ARGS)
{
	PG_RETURN_AMOUNT(amount_first(PG_GETARG_AMOUNT(0)));
}

Datum
amount_currency_last(PG_FUNCTION_ARGS)
{
	PG_RETURN_AMOUNT(amount_last(PG_GETARG_AMOUNT(0)));
}

static void
require_common_currency(Amount left, Amount right)
{
	if (unlikely(amount_currency(left) != amount_currency(right)))
		sp_currency_mismatch(amount_currency(left), amount_currency(right));
}

/* The steps of max and min: here a NULL would lose rows, so it is an error. */
Datum
amount_larger(PG_FUNCTION_ARGS)
{
	Amount		left = PG_GETARG_AMOUNT(0);
	Amount		right = PG_GETARG_AMOUNT(1);

	require_common_currency(left, right);
	PG_RETURN_AMOUNT(Max(left, right));
}

Datum
amount_smaller(PG_FUNCTION_ARGS)
{
	Amount		left = PG_GETARG_AMOUNT(0);
	Amount		right = PG_GETARG_AMOUNT(1);

	require_common_currency(left, right);
	PG_RETURN_AMOUNT(Min(left, right));
}
