/*
 * tally.c
 *	  Adding up per currency, and the aggregate bag_sum.
 *
 * A tally lives in one memory context and grows with the number of currencies,
 * of which there are few.  A single total never wraps: amounts would need 2^64
 * rows, and totals of bags are checked as they are added.
 */
#include "types/bag.h"

#include "base/base.h"

#include "libpq/pqformat.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

PG_FUNCTION_INFO_V1(bag_tally_add);
PG_FUNCTION_INFO_V1(bag_tally_remove);
PG_FUNCTION_INFO_V1(bag_tally_add_bag);
PG_FUNCTION_INFO_V1(bag_tally_remove_bag);
PG_FUNCTION_INFO_V1(bag_tally_combine);
PG_FUNCTION_INFO_V1(bag_tally_serialize);
PG_FUNCTION_INFO_V1(bag_tally_deserialize);
PG_FUNCTION_INFO_V1(bag_tally_final);

#define FIRST_CAPACITY	4

Tally *
new_tally(MemoryContext context)
{
	Tally	   *tally = MemoryContextAllocZero(context, sizeof(Tally));

	tally->capacity = FIRST_CAPACITY;
	tally->totals = MemoryContextAllocZero(context, FIRST_CAPACITY * sizeof(TallyTotal));
	return tally;
}

static void
insert_total(Tally *tally, int position, int currency)
{
	if (tally->length == tally->capacity)
	{
		tally->capacity *= 2;
		tally->totals = repalloc(tally->totals, tally->capacity * sizeof(TallyTotal));
	}
	memmove(&tally->totals[position + 1], &tally->totals[position],
			(tally->length - position) * sizeof(TallyTotal));
	tally->totals[position].currency = currency;
	tally->totals[position].units = 0;
	tally->length++;
}

static pg_noinline void
find_total(Tally *tally, int currency)
{
	int			low = 0;
	int			high = tally->length;

	while (low < high)
	{
		int			middle = (low + high) / 2;

		if (tally->totals[middle].currency < currency)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == tally->length || tally->totals[low].currency != currency)
		insert_total(tally, low, currency);
	tally->latest = low;
}

/* rows of one currency often follow each other */
WideUnits *
tally_total(Tally *tally, int currency)
{
	if (unlikely(tally->latest >= tally->length ||
				 tally->totals[tally->latest].currency != currency))
		find_total(tally, currency);
	return &tally->totals[tally->latest].units;
}

static void
check_bag_total(WideUnits units)
{
	if (!bag_units_fit(units))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("total of a bag out of range"),
				 errdetail("A bag holds from -2^117 to 2^117 - 1 minor units in each currency."),
				 errhint("Look for a value that was entered by mistake.")));
}

void
tally_add_bag(Tally *tally, const Bag *bag, int sign)
{
	for (int i = 0; i < BAG_LENGTH(bag); i++)
	{
		WideUnits  *total = tally_total(tally, bag_currency(&bag->totals[i]));

		*total += sign * bag_units(&bag->totals[i]);
		check_bag_total(*total);
	}
}

static BagTotal
pack_total(const TallyTotal *total)
{
	unsigned __int128 biased = (unsigned __int128) (total->units + BAG_UNIT_BIAS);
	BagTotal	packed;

	check_bag_total(total->units);
	packed.high = (uint64) total->currency << AMOUNT_UNIT_BITS | (uint64) (biased >> 64);
	packed.low = (uint64) biased;
	return packed;
}

/* The bag in the caller's context; a total of zero is no total. */
Bag *
tally_bag(const Tally *tally)
{
	Bag		   *bag = palloc0(BAG_SIZE(tally->length));
	int			length = 0;

	for (int i = 0; i < tally->length; i++)
		if (tally->totals[i].units != 0)
			bag->totals[length++] = pack_total(&tally->totals[i]);
	SET_VARSIZE(bag, BAG_SIZE(length));
	bag->version = BAG_VERSION;
	return bag;
}

/* ---- the aggregate ---- */

static pg_noinline Tally *
first_state(FunctionCallInfo fcinfo)
{
	MemoryContext context;

	if (!AggCheckCallContext(fcinfo, &context))
		elog(ERROR, "aggregate support function called outside an aggregate");
	return new_tally(context);
}

static inline Tally *
tally_state(FunctionCallInfo fcinfo)
{
	return likely(!PG_ARGISNULL(0)) ? (Tally *) PG_GETARG_POINTER(0) : first_state(fcinfo);
}

Datum
bag_tally_add(PG_FUNCTION_ARGS)
{
	Tally	   *tally = tally_state(fcinfo);

	if (!PG_ARGISNULL(1))
	{
		Amount		amount = PG_GETARG_AMOUNT(1);

		*tally_total(tally, amount_currency(amount)) += amount_units(amount);
		tally->count++;
	}
	PG_RETURN_POINTER(tally);
}

Datum
bag_tally_remove(PG_FUNCTION_ARGS)
{
	Tally	   *tally = tally_state(fcinfo);

	if (!PG_ARGISNULL(1))
	{
		Amount		amount = PG_GETARG_AMOUNT(1);

		*tally_total(tally, amount_currency(amount)) -= amount_units(amount);
		tally->count--;
	}
	PG_RETURN_POINTER(tally);
}

Datum
bag_tally_add_bag(PG_FUNCTION_ARGS)
{
	Tally	   *tally = tally_state(fcinfo);

	if (!PG_ARGISNULL(1))
	{
		tally_add_bag(tally, PG_GETARG_BAG_P(1), 1);
		tally->count++;
	}
	PG_RETURN_POINTER(tally);
}

Datum
bag_tally_remove_bag(PG_FUNCTION_ARGS)
{
	Tally	   *tally = tally_state(fcinfo);

	if (!PG_ARGISNULL(1))
	{
		tally_add_bag(tally, PG_GETARG_BAG_P(1), -1);
		tally->count--;
	}
	PG_RETURN_POINTER(tally);
}

Datum
bag_tally_combine(PG_FUNCTION_ARGS)
{
	Tally	   *tally = tally_state(fcinfo);

	if (!PG_ARGISNULL(1))
	{
		Tally	   *other = (Tally *) PG_GETARG_POINTER(1);

		for (int i = 0; i < other->length; i++)
		{
			WideUnits  *total = tally_total(tally, (int) other->totals[i].currency);

			*total += other->totals[i].units;
			check_bag_total(*total);
		}
		tally->count += other->count;
	}
	PG_RETURN_POINTER(tally);
}

Datum
bag_tally_serialize(PG_FUNCTION_ARGS)
{
	Tally	   *tally = (Tally *) PG_GETARG_POINTER(0);
	StringInfoData buffer;

	pq_begintypsend(&buffer);
	pq_sendint64(&buffer, tally->count);
	pq_sendint32(&buffer, tally->length);
	for (int i = 0; i < tally->length; i++)
	{
		pq_sendint32(&buffer, (int) tally->totals[i].currency);
		sp_send_wide(&buffer, tally->totals[i].units);
	}
	PG_RETURN_BYTEA_P(pq_endtypsend(&buffer));
}

Datum
bag_tally_deserialize(PG_FUNCTION_ARGS)
{
	bytea	   *bytes = PG_GETARG_BYTEA_PP(0);
	Tally	   *tally = new_tally(CurrentMemoryContext);
	StringInfoData buffer;
	int			length;

	initStringInfo(&buffer);
	appendBinaryStringInfo(&buffer, VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes));
	tally->count = pq_getmsgint64(&buffer);
	length = pq_getmsgint(&buffer, 4);
	for (int i = 0; i < length; i++)
	{
		int			currency = pq_getmsgint(&buffer, 4);

		*tally_total(tally, currency) = sp_receive_wide(&buffer);
	}
	pq_getmsgend(&buffer);
	PG_RETURN_POINTER(tally);
}

Datum
bag_tally_final(PG_FUNCTION_ARGS)
{
	Tally	   *tally = PG_ARGISNULL(0) ? NULL : (Tally *) PG_GETARG_POINTER(0);

	if (tally == NULL || tally->count == 0)
		PG_RETURN_NULL();
	PG_RETURN_BAG_P(tally_bag(tally));
}
