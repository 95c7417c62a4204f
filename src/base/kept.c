/*
 * kept.c
 *	  Statements that are planned once a session, and the rows that SPI found.
 *
 * Invariant: a statement of a place is always the same, whatever the values are.
 */
#include "base/kept.h"

SPIPlanPtr
sp_kept_plan(SPIPlanPtr *plan, const char *sql, int nargs, Oid *types)
{
	if (*plan == NULL)
	{
		SPIPlanPtr	made = SPI_prepare(sql, nargs, types);

		if (made == NULL || SPI_keepplan(made) != 0)
			elog(ERROR, "SPI_prepare failed for: %s", sql);
		*plan = made;
	}
	return *plan;
}

static void
run(SPIPlanPtr plan, const char *sql, Datum *values, bool read_only)
{
	int			result = SPI_execute_plan(plan, values, NULL, read_only, 0);

	if (result != SPI_OK_SELECT)
		elog(ERROR, "SPI_execute_plan returned %d for: %s", result, sql);
}

void
sp_run_kept(SPIPlanPtr *plan, const char *sql, int nargs, Oid *types, Datum *values)
{
	run(sp_kept_plan(plan, sql, nargs, types), sql, values, true);
}

void
sp_call_kept(SPIPlanPtr *plan, const char *sql, int nargs, Oid *types, Datum *values)
{
	run(sp_kept_plan(plan, sql, nargs, types), sql, values, false);
}

/* ---- rows ---- */

char *
sp_text_at(uint64 row, int column)
{
	return SPI_getvalue(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, column);
}

Datum
sp_datum_at(uint64 row, int column, bool *isnull)
{
	return SPI_getbinval(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, column, isnull);
}

int32
sp_int_at(uint64 row, int column)
{
	bool		isnull;

	return DatumGetInt32(sp_datum_at(row, column, &isnull));
}

int64
sp_bigint_at(uint64 row, int column)
{
	bool		isnull;

	return DatumGetInt64(sp_datum_at(row, column, &isnull));
}

bool
sp_bool_at(uint64 row, int column)
{
	bool		isnull;
	Datum		value = sp_datum_at(row, column, &isnull);

	return !isnull && DatumGetBool(value);
}
