/*
 * fold.c
 *	  Deltas into cells, once per tick.
 *
 * One transaction takes deltas away and adds them to the cells, so a reader sees
 * each number once.  An advisory lock keeps two folders of one rollup apart
 * without either waiting.  What was touched is passed on to coarser rollups, and
 * figures are computed anew for it: under a later snapshot than that of the
 * deltas, so whatever else it sees has left deltas of its own.
 */
#include "base/base.h"
#include "rollup/rollup.h"

#include "access/table.h"
#include "access/xact.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "storage/lock.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/tuplestore.h"

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

/* In SQL, for tables that somebody has altered. */
static int
fold_by_statement(RollupDef *def, Datum most)
{
	Oid			types[1] = {INT4OID};
	bool		isnull;

	if (SPI_execute_with_args(sp_rollup_fold(def), 1, types, &most, NULL, false, 0) != SPI_OK_SELECT)
		elog(ERROR, "fold of rollup \"%s\" failed", def->name);
	return DatumGetInt32(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull));
}

static void
refold_figures(RollupDef *def, Tuplestorestate *touched)
{
	Relation	source = try_table_open(def->relid, AccessShareLock);
	SpSpiScope	scope;

	if (source == NULL)
		return;
	sp_spi_begin_as(&scope, sp_relation_owner(def->cells));
	sp_show_touched(def, touched);
	sp_spi_text(def->finer_id != 0 ? sp_refold_coarser(def) : sp_refold_figures(sp_bind_rollup(def, source)), SPI_OK_INSERT);
	sp_spi_end(&scope);
	table_close(source, NoLock);
}

/* To the statements of this scope, as pulse_touched. */
void
sp_show_touched(RollupDef *def, Tuplestorestate *touched)
{
	EphemeralNamedRelation relation = palloc0(sizeof(EphemeralNamedRelationData));

	relation->md.name = "pulse_touched";
	relation->md.reliddesc = def->deltas;
	relation->md.enrtype = ENR_NAMED_TUPLESTORE;
	relation->md.enrtuples = tuplestore_tuple_count(touched);
	relation->reldata = touched;
	if (SPI_register_relation(relation) != SPI_OK_REL_REGISTER)
		elog(ERROR, "SPI_register_relation failed");
}

/* With the fold lock held.  Returns how many deltas were folded. */
int
sp_fold(RollupDef *def, int most)
{
	bool		closes = sp_has_closed_periods(def);
	bool		tells = closes || def->figures != NIL || sp_coarser_rollups(def->rollup_id) != NIL;
	Tuplestorestate *touched = tells ? tuplestore_begin_heap(false, false, work_mem) : NULL;
	bool		redo = false;
	SpSpiScope	scope;
	int			folded;

	sp_spi_begin_as(&scope, sp_relation_owner(def->cells));
	folded = sp_fold_cells(def, most, touched, &redo);
	if (folded < 0 && tells)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("the tables of rollup \"%s\" were altered", def->name),
				 errdetail("Figures and coarser rollups are kept for tables as create_rollup() made them, with indexes added at most."),
				 errhint("Take back what was altered, or create the rollup again.")));
	if (folded < 0)
		folded = fold_by_statement(def, Int32GetDatum(most));
	sp_spi_end(&scope);
	if (folded > 0 && tells)
	{
		if (def->figures != NIL && redo)
			refold_figures(def, touched);
		sp_pass_on(def, touched);
		if (closes)
			sp_reopen_touched(def, touched);
	}
	if (touched != NULL)
		tuplestore_end(touched);
	return folded;
}

PG_FUNCTION_INFO_V1(sp_fold_rollup);

/* (rollup_id, max_deltas) -> how many were folded */
Datum
sp_fold_rollup(PG_FUNCTION_ARGS)
{
	RollupDef  *def = sp_find_rollup_by_id(PG_GETARG_INT32(0));

	/* figures under an old snapshot would miss what the deltas say */
	if (def == NULL || (def->figures != NIL && IsolationUsesXactSnapshot()) ||
		!sp_lock_fold(def->rollup_id, false))
		PG_RETURN_INT32(0);
	require_cells(def);
	sp_follow_partitions(def);
	PG_RETURN_INT32(sp_fold(def, PG_GETARG_INT32(1)));
}
