/*
 * bag.h
 *	  The layout of pulse.bag: one exact total per currency.
 *
 * A total is the layout of an amount in 128 bits: the currency in the upper
 * 10, minor units + 2^117 in the lower 118.  Invariants: totals ascend by
 * currency number, none is zero.  So equal bags are equal bytes, and adding
 * and taking away again leaves no trace.  The layout is on disk.
 */
#ifndef SP_BAG_H
#define SP_BAG_H

#include "types/types.h"

typedef struct BagTotal
{
	uint64		high;
	uint64		low;
} BagTotal;

typedef struct Bag
{
	int32		vl_len_;		/* varlena header (do not touch directly!) */
	uint32		version;		/* BAG_VERSION; room for flags */
	BagTotal	totals[FLEXIBLE_ARRAY_MEMBER];
} Bag;

#define BAG_VERSION			1
#define BAG_SIZE(n)			(offsetof(Bag, totals) + (n) * sizeof(BagTotal))
#define BAG_LENGTH(bag)		((int) ((VARSIZE(bag) - offsetof(Bag, totals)) / sizeof(BagTotal)))

#define DatumGetBagP(datum)	((Bag *) PG_DETOAST_DATUM(datum))
#define PG_GETARG_BAG_P(n)	DatumGetBagP(PG_GETARG_DATUM(n))
#define PG_RETURN_BAG_P(b)	PG_RETURN_POINTER(b)

#define BAG_UNIT_BITS		118
#define BAG_UNIT_BIAS		(((WideUnits) 1) << (BAG_UNIT_BITS - 1))

static inline bool
bag_units_fit(WideUnits units)
{
	return units >= -BAG_UNIT_BIAS && units < BAG_UNIT_BIAS;
}

static inline int
bag_currency(const BagTotal *total)
{
	return (int) (total->high >> AMOUNT_UNIT_BITS);
}

static inline WideUnits
bag_units(const BagTotal *total)
{
	return (((WideUnits) (total->high & AMOUNT_UNIT_MASK)) << 64 | total->low) - BAG_UNIT_BIAS;
}

/* A bag in the making: the totals ascend by currency, zeros are still there. */
typedef struct TallyTotal
{
	int64		currency;
	WideUnits	units;
} TallyTotal;

typedef struct Tally
{
	int64		count;			/* amounts or bags counted in */
	int			length;
	int			capacity;
	int			latest;			/* the total last added to */
	TallyTotal *totals;
} Tally;

/* ---- tally.c ---- */

extern Tally *new_tally(MemoryContext context);
extern WideUnits *tally_total(Tally *tally, int currency);	/* good until the next */
extern void tally_add_bag(Tally *tally, const Bag *bag, int sign);
extern Bag *tally_bag(const Tally *tally);

#endif							/* SP_BAG_H */
