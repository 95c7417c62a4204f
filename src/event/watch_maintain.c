/*
 * watch_maintain.c
 *	  What the tick does for watches: triggers on partitions and children that
 *	  came after the watch, and dedup keys whose events are no longer kept.
 *
 * Triggers are made as the watch's author, who may have lost the right; a table
 * that is busy is tried again by the next tick.
 */
#include "base/base.h"

#include "catalog/pg_type.h"
#include "event/watch.h"
#include "executor/spi.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

#define LOCK_TIMEOUT	"200ms"

/*
 * Relations under a watch, with its author, that lack our triggers: each has
 * the one for TRUNCATE.
 */
static const char *const relations_to_visit =
"WITH RECURSIVE tree (author, relid) AS ("
" SELECT author::oid, relation::oid FROM pulse_internal.watch"
" UNION SELECT t.author, i.inhrelid FROM pg_inherits i JOIN tree t ON i.inhparent = t.relid)"
" SELECT relid, min(author) FROM tree JOIN pg_class c ON c.oid = tree.relid"
" WHERE c.relkind IN ('r', 'p') AND NOT EXISTS (SELECT FROM pg_trigger g"
" WHERE g.tgrelid = tree.relid AND g.tgname = 'pulse_capture_truncate')"
" GROUP BY relid ORDER BY relid";

static bool
try_sync(Oid relid, Oid author)
{
	CaptureGuard guard = {0};
	volatile bool done = false;

	PG_TRY();
	{
		SpSpiScope	scope;

		sp_guard_begin(&guard, InvalidOid);
		sp_spi_begin_as(&scope, author);
		(void) set_config_option("lock_timeout", LOCK_TIMEOUT, PGC_USERSET, PGC_S_SESSION,
								 GUC_ACTION_SAVE, true, 0, false);
		LockRelationOid(relid, ShareRowExclusiveLock);
		sp_sync_relation(relid);
		sp_spi_end(&scope);
		sp_guard_end(&guard);
		done = true;
	}
	PG_CATCH();
	{
		ErrorData  *error = sp_guard_failed(&guard);

		ereport(WARNING,
				(errcode(error->sqlerrcode),
				 errmsg("\"%s\" is not watched yet", get_rel_name(relid)),
				 errdetail("%s", error->message)));
	}
	PG_END_TRY();
	return done;
}

static int
visit_relations(void)
{
	SPITupleTable *found;
	uint64		count;
	int			done = 0;

	if (SPI_execute(relations_to_visit, true, 0) != SPI_OK_SELECT)
		elog(ERROR, "watched relations could not be read");
	found = SPI_tuptable;
	count = SPI_processed;
	for (uint64 i = 0; i < count; i++)
	{
		bool		isnull;
		Datum		relid = SPI_getbinval(found->vals[i], found->tupdesc, 1, &isnull);
		Datum		author = SPI_getbinval(found->vals[i], found->tupdesc, 2, &isnull);

		if (try_sync(DatumGetObjectId(relid), DatumGetObjectId(author)))
			done++;
	}
	return done;
}

static void
forget_old_keys(void)
{
	Oid			types[1] = {TIMESTAMPTZOID};
	Datum		values[1] = {TimestampTzGetDatum(sp_clock())};

	if (SPI_execute_with_args("DELETE FROM pulse_internal.event_dedup d USING pulse_internal.event_kind k"
							  " WHERE d.kind_id = k.kind_id AND d.recorded < $1 - k.keep",
							  1, types, values, NULL, false, 0) != SPI_OK_DELETE)
		elog(ERROR, "old dedup keys could not be dropped");
}

PG_FUNCTION_INFO_V1(sp_maintain_watches);

/* -> partitions and children that are watched from now on */
Datum
sp_maintain_watches(PG_FUNCTION_ARGS)
{
	SpSpiScope	scope;
	int			done;

	sp_spi_begin_as(&scope, sp_owner_role());
	done = visit_relations();
	forget_old_keys();
	sp_spi_end(&scope);
	PG_RETURN_INT32(done);
}
