/*
 * cells_row.c
 *	  Cells as rows of the tables of deltas and cells, and back.
 *
 * Such a row is: period, dimensions, currency where an amount is summed, then
 * row_count and for each sum n and s.  For folding, the currency is a dimension
 * like another, and every sum a numeric.
 */
#include "base/base.h"
#include "rollup/cells.h"

#include "catalog/pg_type.h"
#include "types/types.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/numeric.h"
#include "utils/rel.h"
#include "utils/typcache.h"

#define UNITS_TEXT_SIZE 64

/* units * 10^-digits, with 128 bits through text, and no shorter way */
static Datum
wide_numeric(int128 units, int digits)
{
	char		buffer[UNITS_TEXT_SIZE];
	char	   *at = buffer + sizeof(buffer) - 1;
	bool		negative = units < 0;
	int			written = 0;

	*at = '\0';
	while (units != 0 || written <= digits)
	{
		int			digit = (int) (units % 10);

		if (written == digits && digits > 0)
			*--at = '.';
		*--at = '0' + (digit < 0 ? -digit : digit);
		units /= 10;
		written++;
	}
	if (negative)
		*--at = '-';
	return DirectFunctionCall3(numeric_in, CStringGetDatum(at),
							   ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1));
}

static Datum
units_numeric(int128 units, int digits)
{
	if (units > PG_INT64_MAX || units < PG_INT64_MIN)
		return wide_numeric(units, digits);
	return NumericGetDatum(digits == 0 ? int64_to_numeric((int64) units) :
						   int64_div_fast_to_numeric((int64) units, digits));
}

static bool
is_zero(Datum number)
{
	Datum		zero = DirectFunctionCall1(int4_numeric, Int32GetDatum(0));

	return DatumGetBool(DirectFunctionCall2(numeric_eq, number, zero));
}

static Datum
sum_numeric(const RollupPlan *plan, const Cell *cell, int i, bool *changed)
{
	const CellSum *sum = &cell->sums[i];

	if (plan->sums[i].kind == SUM_NUMERIC && sum->decimal != (Datum) 0)
	{
		*changed |= sum->count != 0 || !is_zero(sum->decimal);
		return sum->decimal;
	}
	*changed |= sum->count != 0 || sum->units != 0;
	return units_numeric(sum->units, plan->sums[i].kind == SUM_AMOUNT && cell->currency != 0 ?
						 sp_currency(cell->currency)->digits : 0);
}

int
sp_fold_columns(RollupPlan *plan)
{
	return 2 + plan->dimension_count + (plan->amount_attno != 0 ? 1 : 0) + 2 * plan->sum_count +
		(plan->extreme_count > 0 ? plan->extreme_count + 1 : 0);
}

bool
sp_cell_row(const RollupPlan *plan, const Cell *cell, Datum *values, bool *nulls)
{
	bool		changed = cell->rows != 0 || plan->def->figures != NIL;
	int			n = 0;

	nulls[n] = cell->no_period;
	values[n++] = DateADTGetDatum(cell->period);
	for (int i = 0; i < plan->dimension_count; i++)
	{
		nulls[n] = cell->nulls[i];
		values[n++] = cell->dimensions[i];
	}
	if (plan->amount_attno != 0)
	{
		nulls[n] = cell->currency == 0;
		values[n++] = cell->currency == 0 ? (Datum) 0 :
			CStringGetTextDatum(sp_currency(cell->currency)->code);
	}
	nulls[n] = false;
	values[n++] = Int64GetDatum(cell->rows);
	for (int i = 0; i < plan->sum_count; i++)
	{
		nulls[n] = false;
		values[n++] = Int64GetDatum(cell->sums[i].count);
		nulls[n] = false;
		values[n++] = sum_numeric(plan, cell, i, &changed);
	}
	for (int i = 0; i < plan->extreme_count; i++)
	{
		nulls[n] = cell->redo || cell->no_extreme[i];
		values[n++] = cell->extremes[i];
	}
	if (plan->extreme_count > 0)
	{
		nulls[n] = false;
		values[n++] = BoolGetDatum(cell->redo);
	}
	return changed;
}

/* ---- rows of deltas ---- */

static void
plan_dimension(RollupDimension *dimension, Form_pg_attribute att)
{
	TypeCacheEntry *type = lookup_type_cache(att->atttypid,
											 TYPECACHE_HASH_PROC_FINFO | TYPECACHE_EQ_OPR_FINFO);

	dimension->attno = att->attnum;
	dimension->type = att->atttypid;
	dimension->collation = att->attcollation;
	dimension->typlen = att->attlen;
	dimension->typbyval = att->attbyval;
	dimension->hash = &type->hash_proc_finfo;
	dimension->equal = &type->eq_opr_finfo;
}

RollupPlan *
sp_delta_plan(RollupDef *def, Relation deltas)
{
	RollupPlan *plan = palloc0(sizeof(RollupPlan));
	TupleDesc	desc = RelationGetDescr(deltas);
	int			sum_count = list_length(def->sums);
	int			counts = get_attnum(def->deltas, "row_count");
	ListCell   *lc;

	plan->def = palloc(sizeof(RollupDef));
	*plan->def = *def;
	plan->def->grain = GRAIN_DAY;	/* a period stays what it is */
	plan->time_attno = 1;
	plan->time_type = DATEOID;
	plan->dimension_count = counts - 2;
	plan->dimensions = palloc0(sizeof(RollupDimension) * Max(plan->dimension_count, 1));
	for (int i = 0; i < plan->dimension_count; i++)
		plan_dimension(&plan->dimensions[i], TupleDescAttr(desc, i + 1));
	plan->sum_count = sum_count;
	plan->sums = palloc0(sizeof(RollupSum) * Max(sum_count, 1));
	for (int i = 0; i < sum_count; i++)
	{
		plan->sums[i].attno = counts + 2 * i + 1;
		plan->sums[i].kind = SUM_NUMERIC;
	}
	if (!sp_merges(def))
		return plan;
	plan->extremes = palloc0(sizeof(RollupExtreme) * list_length(def->figures));
	foreach(lc, def->figures)
		sp_bind_extreme(&plan->extremes[plan->extreme_count++], lfirst(lc),
						TupleDescAttr(desc, counts + 2 * sum_count + foreach_current_index(lc)));
	return plan;
}
