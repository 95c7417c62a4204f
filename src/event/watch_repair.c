/*
 * watch_repair.c
 *	  Events of rows that the table holds already: those from before the watch,
 *	  and those of a gap.
 *
 * Both read the table with the rights of the watch's author and go through the
 * same capture as a statement's rows.  What happened to rows in a gap and left
 * no trace in the table (updates, deletes) cannot be read back.
 */
#include "base/base.h"

#include "access/sysattr.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/pg_type.h"
#include "event/event.h"
#include "event/watch.h"
#include "executor/executor.h"
#include "executor/spi.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/timestamp.h"
#include "utils/typcache.h"

#define FETCH_ROWS	1000

/* ---- a source of fetched rows ---- */

typedef struct FetchedRows
{
	CaptureSource base;
	SPITupleTable *table;
	uint64		next;
} FetchedRows;

static void
rewind_fetched(CaptureSource *base)
{
	((FetchedRows *) base->private_state)->next = 0;
}

/* What SELECT * gives leaves out dropped columns. */
static bool
next_fetched(CaptureSource *base)
{
	FetchedRows *rows = base->private_state;
	TupleTableSlot *slot = base->new_row;
	int			given = 0;

	if (rows->next >= (uint64) base->count)
		return false;
	ExecClearTuple(slot);
	for (int i = 0; i < slot->tts_tupleDescriptor->natts; i++)
	{
		slot->tts_isnull[i] = true;
		if (!TupleDescAttr(slot->tts_tupleDescriptor, i)->attisdropped)
			slot->tts_values[i] = SPI_getbinval(rows->table->vals[rows->next],
												rows->table->tupdesc, ++given,
												&slot->tts_isnull[i]);
	}
	ExecStoreVirtualTuple(slot);
	rows->next++;
	return true;
}

/*
 * Captures what the table's rows make under a WHERE clause, as inserts.  Not
 * read only: the snapshot must be newer than the lock that was waited for.
 */
static int64
capture_where(WatchDef *watch, Relation source, const char *where, Datum keys, bool only_missing)
{
	FetchedRows rows = {.base = {.relation = source,.only_missing = only_missing,
	.rewind = rewind_fetched,.next_row = next_fetched}};
	Oid			types[1] = {TEXTARRAYOID};
	Portal		portal;
	int64		captured = 0;

	rows.base.private_state = &rows;
	rows.base.new_row = MakeSingleTupleTableSlot(RelationGetDescr(source), &TTSOpsVirtual);
	portal = SPI_cursor_open_with_args(NULL, psprintf("SELECT * FROM %s WHERE %s",
													  sp_relation_name(RelationGetRelid(source)), where),
									   1, types, &keys, NULL, false, 0);
	for (;;)
	{
		SPI_cursor_fetch(portal, true, FETCH_ROWS);
		if (SPI_processed == 0)
			break;
		rows.table = SPI_tuptable;
		rows.base.count = SPI_processed;
		captured += sp_capture_rows(watch, &rows.base, CAPTURE_INSERT);
		SPI_freetuptable(rows.table);
	}
	SPI_cursor_close(portal);
	ExecDropSingleTupleTableSlot(rows.base.new_row);
	return captured;
}

/* As the author, in the business time zone, seeing what is committed by now. */
static int64
capture_as_author(WatchDef *watch, const char *where, Datum keys, bool only_missing)
{
	Relation	source = table_open(watch->relid, AccessShareLock);
	SpSpiScope	scope;
	int64		captured;

	sp_spi_begin_as(&scope, watch->author);
	(void) set_config_option("timezone", sp_setting("timezone"), PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_SAVE, true, 0, false);
	captured = capture_where(watch, source, where, keys, only_missing);
	sp_spi_end(&scope);
	table_close(source, NoLock);
	return captured;
}

static void
refuse_old_snapshot(void)
{
	if (IsolationUsesXactSnapshot())
		ereport(ERROR,
				(errcode(ERRCODE_ACTIVE_SQL_TRANSACTION),
				 errmsg("the table cannot be read in a transaction of this isolation level"),
				 errdetail("Its snapshot may be older than the lock that the watch takes, and rows between would be missed."),
				 errhint("Type BEGIN ISOLATION LEVEL READ COMMITTED, or call it outside a transaction block.")));
}

static Datum
no_keys(void)
{
	return PointerGetDatum(construct_empty_array(TEXTOID));
}

/* Under the lock that the triggers were made under. */
int64
sp_backfill(WatchDef *watch)
{
	refuse_old_snapshot();
	if ((watch->operations & CAPTURE_INSERT) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("only inserts can be filled in"),
				 errdetail("The table shows which rows there are, not which were updated or deleted."),
				 errhint("Leave backfill out, or watch the operation insert.")));
	return capture_as_author(watch, "true", no_keys(), false);
}

/* ---- is the event there ---- */

/* Types of extensions are compared by text: their operators are in no path. */
static void
append_comparison(StringInfo sql, Form_pg_attribute att, int parameter)
{
	const char *column = quote_identifier(NameStr(att->attname));
	bool		comparable = att->atttypid < FirstNormalObjectId &&
	OidIsValid(lookup_type_cache(att->atttypid, TYPECACHE_EQ_OPR)->eq_opr);

	if (att->attnum == EVENT_ATT_AT)
		appendStringInfo(sql, " AND %s = $%d", column, parameter);
	else if (comparable)
		appendStringInfo(sql, " AND %s IS NOT DISTINCT FROM $%d", column, parameter);
	else
		appendStringInfo(sql, " AND %s::text IS NOT DISTINCT FROM $%d::text", column, parameter);
}

/* As the owner of the event table: casts of its types and its policies run. */
static bool
is_found(Relation event, const char *sql, int count, Oid *types, Datum *values, const char *nulls)
{
	SpSpiScope	scope;
	bool		found;

	sp_spi_begin_as(&scope, event->rd_rel->relowner);
	if (SPI_execute_with_args(sql, count, types, values, nulls, true, 1) != SPI_OK_SELECT)
		elog(ERROR, "events could not be read");
	found = SPI_processed > 0;
	sp_spi_end(&scope);
	return found;
}

bool
sp_event_is_known(Relation event, Bitmapset *targets, TupleTableSlot *row)
{
	int			room = bms_num_members(targets);
	Oid		   *types = palloc(sizeof(Oid) * room);
	Datum	   *values = palloc(sizeof(Datum) * room);
	char	   *nulls = palloc0(room + 1);
	StringInfoData sql;
	int			count = 0;
	int			attno = -1;

	initStringInfo(&sql);
	appendStringInfo(&sql, "SELECT FROM %s WHERE true", sp_relation_name(RelationGetRelid(event)));
	while ((attno = bms_next_member(targets, attno)) >= 0)
	{
		Form_pg_attribute att = TupleDescAttr(RelationGetDescr(event), attno - 1);

		types[count] = att->atttypid;
		values[count] = row->tts_values[attno - 1];
		nulls[count] = row->tts_isnull[attno - 1] ? 'n' : ' ';
		append_comparison(&sql, att, ++count);
	}
	appendStringInfoString(&sql, " LIMIT 1");
	return is_found(event, sql.data, count, types, values, nulls);
}

/* ---- gaps ---- */

/* "at" of an event as an expression over the table; NULL when it is not mapped. */
static char *
mapped_instant(WatchDef *watch, Relation source, Relation event)
{
	WatchBinding *binding = sp_bind_watch(source, event, watch->columns, NULL, NIL);
	ListCell   *cell;

	foreach(cell, binding->columns)
	{
		BoundColumn *column = lfirst(cell);

		if (column->target == EVENT_ATT_AT)
		{
			binding->columns = list_make1(column);
			return sp_deparse_mapping(binding, source) + strlen("at = ");
		}
	}
	return NULL;
}

/* The primary key as sp_row_key() writes it. */
static char *
key_expression(Relation source)
{
	Bitmapset  *keys = RelationGetIndexAttrBitmap(source, INDEX_ATTR_BITMAP_PRIMARY_KEY);
	StringInfoData text;
	int			attno = -1;

	if (keys == NULL)
		return pstrdup("NULL::text");
	initStringInfo(&text);
	while ((attno = bms_next_member(keys, attno)) >= 0)
		appendStringInfo(&text, "%s%s::text", text.len > 0 ? "||','||" : "",
						 quote_identifier(NameStr(TupleDescAttr(RelationGetDescr(source),
																attno + FirstLowInvalidHeapAttributeNumber - 1)->attname)));
	return text.data;
}

/* Conditions on "at", joined with OR, of the gaps that the watch has. */
static void
append_gaps(StringInfo where, WatchDef *watch, const char *instant)
{
	Oid			types[1] = {INT4OID};
	Datum		values[1] = {Int32GetDatum(watch->watch_id)};

	if (SPI_execute_with_args("SELECT since::text, coalesce(until::text, 'infinity')"
							  " FROM pulse_internal.event_gap WHERE watch_id = $1",
							  1, types, values, NULL, false, 0) != SPI_OK_SELECT)
		elog(ERROR, "gaps of a watch could not be read");
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		HeapTuple	gap = SPI_tuptable->vals[i];
		TupleDesc	desc = SPI_tuptable->tupdesc;

		if (instant == NULL)
			appendStringInfoString(where, " OR true");
		else
			appendStringInfo(where, " OR (%s) IS NULL OR (%s) BETWEEN '%s' AND '%s'",
							 instant, instant, SPI_getvalue(gap, desc, 1),
							 SPI_getvalue(gap, desc, 2));
	}
}

static Datum
failed_keys(WatchDef *watch)
{
	Oid			types[1] = {INT4OID};
	Datum		values[1] = {Int32GetDatum(watch->watch_id)};
	bool		isnull;

	if (SPI_execute_with_args("SELECT coalesce(array_agg(row_key), '{}'::text[])"
							  " FROM pulse_internal.capture_error"
							  " WHERE watch_id = $1 AND row_key IS NOT NULL",
							  1, types, values, NULL, false, 0) != SPI_OK_SELECT)
		elog(ERROR, "errors of a watch could not be read");
	return SPI_datumTransfer(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull),
							 false, -1);
}

static void
forget_gaps(WatchDef *watch)
{
	sp_spi_text(psprintf("DELETE FROM pulse_internal.event_gap WHERE watch_id = %d",
						 watch->watch_id), SPI_OK_DELETE);
	sp_spi_text(psprintf("DELETE FROM pulse_internal.capture_error"
						 " WHERE watch_id = %d AND row_key IS NOT NULL", watch->watch_id),
				SPI_OK_DELETE);
}

/*
 * Rows whose instant lies in a gap, and rows that failed.  Those that still
 * fail are recorded again.
 */
int64
sp_repair(WatchDef *watch)
{
	MemoryContext caller = CurrentMemoryContext;
	Relation	source = table_open(watch->relid, AccessShareLock);
	Relation	event = table_open(watch->event_relid, AccessShareLock);
	StringInfoData where;
	SpSpiScope	scope;
	char	   *instant;
	Datum		keys;

	refuse_old_snapshot();
	initStringInfo(&where);
	appendStringInfo(&where, "%s = ANY ($1)", key_expression(source));
	sp_spi_begin_as(&scope, sp_owner_role());
	instant = mapped_instant(watch, source, event);
	append_gaps(&where, watch, instant);
	keys = failed_keys(watch);
	forget_gaps(watch);
	sp_spi_end(&scope);
	MemoryContextSwitchTo(caller);
	table_close(event, NoLock);
	table_close(source, NoLock);
	if ((watch->operations & CAPTURE_INSERT) == 0)
		return 0;
	return capture_as_author(watch, where.data, keys, true);
}
