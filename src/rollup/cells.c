/*
 * cells.c
 *	  Rows of one statement folded in memory to one delta per touched cell.
 *
 * Invariant: a cell is the exact sum of sign * row over the rows given to it;
 * integers and amounts are added in 128 bits, which no statement overflows.
 */
#include "base/base.h"
#include "rollup/cells.h"

#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "types/types.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/datum.h"
#include "utils/memutils.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"

typedef struct CellEntry
{
	Cell	   *cell;
	uint32		hash;
	char		status;
} CellEntry;

static bool cells_equal(const RollupPlan *plan, const Cell *a, const Cell *b);

#define SH_PREFIX celltable
#define SH_ELEMENT_TYPE CellEntry
#define SH_KEY_TYPE Cell *
#define SH_KEY cell
#define SH_HASH_KEY(tb, key) ((key)->hash)
#define SH_EQUAL(tb, a, b) cells_equal((const RollupPlan *) (tb)->private_data, a, b)
#define SH_SCOPE static inline
#define SH_STORE_HASH
#define SH_GET_HASH(tb, a) ((a)->hash)
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

/* Cells are all of one size, and lie in slabs that are used again after each flush. */
#define FIRST_SLAB	16			/* cells; each slab has twice those of the one
								 * before */
#define MAX_SLABS	26

struct CellFold
{
	RollupPlan *plan;
	MemoryContext context;		/* the values of cells */
	MemoryContext lasting;		/* of the fold itself */
	celltable_hash *table;
	Size		cell_size;
	char	   *slabs[MAX_SLABS];
	int			slab;			/* the one in use, and how many of it are */
	int			slab_used;
	Cell	   *first;
	Cell	   *last;
	Cell		probe;			/* the keys of the row at hand */
	bool		inexact;
};

static bool
cells_equal(const RollupPlan *plan, const Cell *a, const Cell *b)
{
	if (a->hash != b->hash || a->period != b->period || a->no_period != b->no_period ||
		a->currency != b->currency)
		return false;
	for (int i = 0; i < plan->dimension_count; i++)
	{
		const RollupDimension *dimension = &plan->dimensions[i];

		if (a->nulls[i] != b->nulls[i])
			return false;
		if (!a->nulls[i] &&
			!DatumGetBool(FunctionCall2Coll(dimension->equal, dimension->collation,
											a->dimensions[i], b->dimensions[i])))
			return false;
	}
	return true;
}

static void
empty_fold(CellFold *fold)
{
	MemoryContextReset(fold->context);
	celltable_reset(fold->table);
	fold->slab = fold->slab_used = 0;
	fold->first = fold->last = NULL;
}

CellFold *
sp_fold_begin(RollupPlan *plan)
{
	CellFold   *fold = palloc0(sizeof(CellFold));

	fold->plan = plan;
	fold->context = AllocSetContextCreate(CurrentMemoryContext, "salespulse rollup cells",
										  ALLOCSET_DEFAULT_SIZES);
	fold->probe.dimensions = palloc0(sizeof(Datum) * Max(plan->dimension_count, 1));
	fold->probe.nulls = palloc0(sizeof(bool) * Max(plan->dimension_count, 1));
	fold->lasting = CurrentMemoryContext;
	fold->table = celltable_create(CurrentMemoryContext, FIRST_SLAB, plan);
	fold->cell_size = MAXALIGN(sizeof(Cell) + sizeof(CellSum) * plan->sum_count +
							   (sizeof(Datum) + sizeof(bool)) * (plan->dimension_count + plan->extreme_count));
	return fold;
}

int
sp_fold_count(CellFold *fold)
{
	return (int) fold->table->members;
}

bool
sp_fold_inexact(CellFold *fold)
{
	return fold->inexact;
}

static DateADT
first_of_period(RollupGrain grain, int year, int month, int day)
{
	int			julian = date2j(year, month, grain == GRAIN_MONTH ? 1 : day);

	if (grain == GRAIN_WEEK)
		julian -= (j2day(julian) + 6) % 7;	/* Monday */
	return julian - POSTGRES_EPOCH_JDATE;
}

static DateADT
period_of_timestamp(const RollupPlan *plan, Timestamp at)
{
	struct pg_tm parts;
	fsec_t		fraction;
	int			offset;
	bool		zoned = plan->time_type == TIMESTAMPTZOID;

	if (TIMESTAMP_IS_NOBEGIN(at))
		return DATEVAL_NOBEGIN;
	if (TIMESTAMP_IS_NOEND(at))
		return DATEVAL_NOEND;
	if (timestamp2tm(at, zoned ? &offset : NULL, &parts, &fraction, NULL,
					 zoned ? plan->zone : NULL) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("timestamp out of range"),
				 errdetail("Its day cannot be computed."),
				 errhint("Correct the value of column \"%s\".", plan->def->time_column)));
	return first_of_period(plan->def->grain, parts.tm_year, parts.tm_mon, parts.tm_mday);
}

static DateADT
period_of(const RollupPlan *plan, Datum value)
{
	DateADT		day;
	int			year;
	int			month;
	int			month_day;

	if (plan->time_type != DATEOID)
		return period_of_timestamp(plan, DatumGetTimestamp(value));
	day = DatumGetDateADT(value);
	if (DATE_NOT_FINITE(day) || plan->def->grain == GRAIN_DAY)
		return day;
	j2date(day + POSTGRES_EPOCH_JDATE, &year, &month, &month_day);
	return first_of_period(plan->def->grain, year, month, month_day);
}

static void
read_keys(CellFold *fold, TupleTableSlot *row)
{
	RollupPlan *plan = fold->plan;
	Cell	   *probe = &fold->probe;
	bool		isnull;
	Datum		value = slot_getattr(row, plan->time_attno, &isnull);

	probe->no_period = isnull;
	probe->period = isnull ? 0 : period_of(plan, value);
	probe->hash = murmurhash32((uint32) probe->period);
	probe->currency = 0;
	if (plan->amount_attno != 0)
	{
		value = slot_getattr(row, plan->amount_attno, &isnull);
		if (!isnull)
			probe->currency = amount_currency(DatumGetAmount(value));
		probe->hash = hash_combine(probe->hash, murmurhash32((uint32) probe->currency));
	}
	for (int i = 0; i < plan->dimension_count; i++)
	{
		RollupDimension *dimension = &plan->dimensions[i];

		probe->dimensions[i] = slot_getattr(row, dimension->attno, &probe->nulls[i]);
		probe->hash = hash_combine(probe->hash, probe->nulls[i] ? 0 :
								   DatumGetUInt32(FunctionCall1Coll(dimension->hash, dimension->collation,
																	probe->dimensions[i])));
	}
}

static char *
next_piece(CellFold *fold)
{
	int			capacity = FIRST_SLAB << fold->slab;

	if (fold->slab_used == capacity)
	{
		fold->slab_used = 0;
		capacity = FIRST_SLAB << ++fold->slab;
		if (fold->slab == MAX_SLABS)
			elog(ERROR, "too many cells");
	}
	if (fold->slabs[fold->slab] == NULL)
		fold->slabs[fold->slab] = MemoryContextAllocHuge(fold->lasting, fold->cell_size * capacity);
	return fold->slabs[fold->slab] + fold->cell_size * fold->slab_used++;
}

/* In one piece, so that it is in the cache as a whole; what needs the widest alignment comes first. */
static Cell *
copy_probe(CellFold *fold)
{
	RollupPlan *plan = fold->plan;
	Cell	   *cell = (Cell *) next_piece(fold);

	*cell = fold->probe;
	cell->rows = 0;
	cell->next = NULL;
	cell->sums = (CellSum *) (cell + 1);
	cell->dimensions = (Datum *) (cell->sums + plan->sum_count);
	cell->extremes = cell->dimensions + plan->dimension_count;
	cell->nulls = (bool *) (cell->extremes + plan->extreme_count);
	cell->no_extreme = cell->nulls + plan->dimension_count;
	memset(cell->sums, 0, sizeof(CellSum) * plan->sum_count);
	memset(cell->no_extreme, true, sizeof(bool) * plan->extreme_count);
	if (fold->last != NULL)
		fold->last->next = cell;
	else
		fold->first = cell;
	fold->last = cell;
	for (int i = 0; i < plan->dimension_count; i++)
	{
		cell->nulls[i] = fold->probe.nulls[i];
		cell->dimensions[i] = cell->nulls[i] ? (Datum) 0 :
			datumCopy(fold->probe.dimensions[i], plan->dimensions[i].typbyval, plan->dimensions[i].typlen);
	}
	return cell;
}

static void
add_decimal(CellFold *fold, CellSum *sum, Datum value, int sign)
{
	Numeric		number = DatumGetNumeric(value);
	bool		ours = (Pointer) number != DatumGetPointer(value);
	Datum		before = sum->decimal;

	if (numeric_is_nan(number) || numeric_is_inf(number))
	{
		fold->inexact = true;	/* it could not be taken away again */
		return;
	}
	if (before != (Datum) 0)
	{
		sum->decimal = DirectFunctionCall2(sign > 0 ? numeric_add : numeric_sub, before, NumericGetDatum(number));
		pfree(DatumGetPointer(before));
	}
	else if (sign < 0)
		sum->decimal = DirectFunctionCall1(numeric_uminus, NumericGetDatum(number));
	else
	{
		sum->decimal = ours ? NumericGetDatum(number) : datumCopy(value, false, -1);
		return;
	}
	if (ours)
		pfree(number);
}

static void
add_value(CellFold *fold, CellSum *sum, SumKind kind, Datum value, int sign)
{
	sum->count += sign;
	switch (kind)
	{
		case SUM_INT2:
			sum->units += sign * (int128) DatumGetInt16(value);
			break;
		case SUM_INT4:
			sum->units += sign * (int128) DatumGetInt32(value);
			break;
		case SUM_INT8:
			sum->units += sign * (int128) DatumGetInt64(value);
			break;
		case SUM_AMOUNT:
			sum->units += sign * (int128) amount_units(DatumGetAmount(value));
			break;
		case SUM_NUMERIC:
			add_decimal(fold, sum, value, sign);
			break;
	}
}

/* The cell of the keys of a row, made when there is none; in the fold's context. */
static Cell *
cell_of(CellFold *fold, TupleTableSlot *row)
{
	CellEntry  *entry;
	bool		found;

	read_keys(fold, row);
	entry = celltable_insert(fold->table, &fold->probe, &found);
	if (!found)
		entry->cell = copy_probe(fold);
	return entry->cell;
}

/* The smaller or larger of what the cell has and the value; in the context of the cell. */
static void
merge_extreme(const RollupExtreme *extreme, Cell *cell, int i, Datum value)
{
	int			order = cell->no_extreme[i] ? 0 :
	DatumGetInt32(FunctionCall2Coll(extreme->compare, extreme->collation, value, cell->extremes[i]));

	if (!cell->no_extreme[i] && (extreme->largest ? order <= 0 : order >= 0))
		return;
	if (!cell->no_extreme[i] && !extreme->typbyval)
		pfree(DatumGetPointer(cell->extremes[i]));
	cell->extremes[i] = datumCopy(value, extreme->typbyval, extreme->typlen);
	cell->no_extreme[i] = false;
}

static void
merge_extremes(const RollupPlan *plan, Cell *cell, TupleTableSlot *row)
{
	for (int i = 0; i < plan->extreme_count && !cell->redo; i++)
	{
		bool		isnull;
		Datum		value = slot_getattr(row, plan->extremes[i].attno, &isnull);

		if (!isnull)
			merge_extreme(&plan->extremes[i], cell, i, value);
	}
}

void
sp_fold_row(CellFold *fold, TupleTableSlot *row, int sign)
{
	RollupPlan *plan = fold->plan;
	MemoryContext caller = MemoryContextSwitchTo(fold->context);
	Cell	   *cell = cell_of(fold, row);

	cell->rows += sign;
	cell->redo |= sign < 0;
	merge_extremes(plan, cell, row);
	for (int i = 0; i < plan->sum_count; i++)
	{
		bool		isnull;
		Datum		value = slot_getattr(row, plan->sums[i].attno, &isnull);

		if (!isnull)
			add_value(fold, &cell->sums[i], plan->sums[i].kind, value, sign);
	}
	MemoryContextSwitchTo(caller);
}

/* A row of deltas, of the columns that sp_delta_plan() found. */
void
sp_fold_delta(CellFold *fold, TupleTableSlot *row)
{
	const RollupPlan *plan = fold->plan;
	MemoryContext caller = MemoryContextSwitchTo(fold->context);
	Cell	   *cell = cell_of(fold, row);
	bool		isnull;

	cell->rows += DatumGetInt64(slot_getattr(row, plan->dimension_count + 2, &isnull));
	if (plan->extreme_count > 0)
		cell->redo |= DatumGetBool(slot_getattr(row, sp_fold_columns(fold->plan), &isnull));
	merge_extremes(plan, cell, row);
	for (int i = 0; i < plan->sum_count; i++)
	{
		AttrNumber	attno = plan->sums[i].attno;
		CellSum    *sum = &cell->sums[i];

		sum->count += DatumGetInt64(slot_getattr(row, attno, &isnull));
		add_decimal(fold, sum, slot_getattr(row, attno + 1, &isnull), 1);
	}
	MemoryContextSwitchTo(caller);
}

void
sp_fold_flush(CellFold *fold, CellSink sink, void *context)
{
	Datum	   *values = palloc(sizeof(Datum) * sp_fold_columns(fold->plan));
	bool	   *nulls = palloc(sizeof(bool) * sp_fold_columns(fold->plan));
	MemoryContext caller = MemoryContextSwitchTo(fold->context);

	for (Cell *cell = fold->first; cell != NULL; cell = cell->next)
		if (sp_cell_row(fold->plan, cell, values, nulls))
			sink(context, values, nulls);
	MemoryContextSwitchTo(caller);
	empty_fold(fold);
	pfree(values);
	pfree(nulls);
}

/* ---- cells in order ---- */

/* Near the order of the index is enough: it makes looking up faster, no more. */
static int
compare_dimension(const RollupDimension *dimension, Datum a, Datum b)
{
	if (dimension->typbyval)
	{
		int64		left = dimension->typlen == 4 ? DatumGetInt32(a) : DatumGetInt64(a);
		int64		right = dimension->typlen == 4 ? DatumGetInt32(b) : DatumGetInt64(b);

		return (left > right) - (left < right);
	}
	if (dimension->typlen == -1)
	{
		Size		left = VARSIZE_ANY_EXHDR(DatumGetPointer(a));
		Size		right = VARSIZE_ANY_EXHDR(DatumGetPointer(b));
		int			order = memcmp(VARDATA_ANY(DatumGetPointer(a)), VARDATA_ANY(DatumGetPointer(b)), Min(left, right));

		return order != 0 ? order : (left > right) - (left < right);
	}
	return 0;
}

static int
compare_cells(const void *left, const void *right, void *arg)
{
	const RollupPlan *plan = arg;
	const Cell *a = *(Cell *const *) left;
	const Cell *b = *(Cell *const *) right;

	if (a->period != b->period)
		return a->period < b->period ? -1 : 1;
	for (int i = 0; i < plan->dimension_count; i++)
	{
		int			order = a->nulls[i] || b->nulls[i] ? a->nulls[i] - b->nulls[i] :
		compare_dimension(&plan->dimensions[i], a->dimensions[i], b->dimensions[i]);

		if (order != 0)
			return order;
	}
	return 0;
}

Cell **
sp_sorted_cells(CellFold *fold)
{
	Cell	  **cells = MemoryContextAllocHuge(fold->context, (Size) Max(fold->table->members, 1) * sizeof(Cell *));
	int			count = 0;

	for (Cell *cell = fold->first; cell != NULL; cell = cell->next)
		cells[count++] = cell;
	qsort_arg(cells, count, sizeof(Cell *), compare_cells, fold->plan);
	return cells;
}
