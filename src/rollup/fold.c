/*
 * fold.c
 *	  Deltas into cells, once per tick.
 *
 * One transaction takes deltas away and adds them to the cells, so a reader sees
 * each number once.  An advisory lock keeps two folders of one rollup apart
 * without either waiting.
 */
#include "base/base.h"
#include "rollup/rollup.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "storage/lock.h"
#include "utils/lsyscache.h"

/* the part of a lock tag that SQL's advisory locks set to 1 or 2 */
#define FOLD_LOCK_CLASS	0x5351

/* Until the end of the transaction; false: another session has it and we do not wait. */
bool
sp_lock_fold(int32 rollup_id, bool wait)
{
	LOCKTAG		tag;

	SET_LOCKTAG_ADVISORY(tag, MyDatabaseId, 0, (uint32) rollup_id, FOLD_LOCK_CLASS);
	return LockAcquire(&tag, ExclusiveLock, false, !wait) != LOCKACQUIRE_NOT_AVAIL;
}

static void
require_cells(RollupDef *def)
{
	if (get_rel_name(def->cells) == NULL || get_rel_name(def->deltas) == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("a table of rollup \"%s\" is gone", def->name),
				 errdetail("Somebody has dropped its cells or its deltas."),
				 errhint("Call pulse.drop_rollup(), then create the rollup again.")));
}

PG_FUNCTION_INFO_V1(sp_fold_rollup);

/* (rollup_id, max_deltas) -> how many were folded */
Datum
sp_fold_rollup(PG_FUNCTION_ARGS)
{
	RollupDef  *def = sp_find_rollup_by_id(PG_GETARG_INT32(0));
	Oid			types[1] = {INT4OID};
	Datum		values[1] = {PG_GETARG_DATUM(1)};
	SpSpiScope	scope;
	bool		isnull;
	int32		folded;

	if (def == NULL || !sp_lock_fold(def->rollup_id, false))
		PG_RETURN_INT32(0);
	require_cells(def);
	sp_follow_partitions(def);
	sp_spi_begin_as(&scope, sp_relation_owner(def->cells));
	folded = sp_fold_cells(def, PG_GETARG_INT32(1));
	if (folded >= 0)
	{
		sp_spi_end(&scope);
		PG_RETURN_INT32(folded);
	}
	if (SPI_execute_with_args(sp_rollup_fold(def), 1, types, values, NULL, false, 0) != SPI_OK_SELECT)
		elog(ERROR, "fold of rollup \"%s\" failed", def->name);
	folded = DatumGetInt32(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull));
	sp_spi_end(&scope);
	PG_RETURN_INT32(folded);
}
