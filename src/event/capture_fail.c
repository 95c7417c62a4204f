/*
 * capture_fail.c
 *	  What is written down when a row could not become an event.
 *
 * A row that fails leaves its key in pulse_internal.capture_error.  A watch
 * that cannot capture at all is marked broken, and a gap begins; the mark is
 * skipped rather than waited for when another session is setting it, so that
 * applications never queue up behind it.  The gap is always written.
 */
#include "base/base.h"

#include "access/sysattr.h"
#include "access/xact.h"
#include "catalog/pg_type.h"
#include "event/watch.h"
#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

/* Text of the primary key; NULL when the table has none. */
char *
sp_row_key(Relation rel, TupleTableSlot *row)
{
	Bitmapset  *keys = RelationGetIndexAttrBitmap(rel, INDEX_ATTR_BITMAP_PRIMARY_KEY);
	StringInfoData text;
	int			attno = -1;

	if (keys == NULL || row == NULL || TTS_EMPTY(row))
		return NULL;
	initStringInfo(&text);
	while ((attno = bms_next_member(keys, attno)) >= 0)
	{
		AttrNumber	column = attno + FirstLowInvalidHeapAttributeNumber;
		Oid			output;
		bool		is_varlena;
		bool		isnull;
		Datum		value = slot_getattr(row, column, &isnull);

		getTypeOutputInfo(TupleDescAttr(RelationGetDescr(rel), column - 1)->atttypid,
						  &output, &is_varlena);
		appendStringInfo(&text, "%s%s", text.len > 0 ? "," : "",
						 isnull ? "" : OidOutputFunctionCall(output, value));
	}
	return text.data;
}

static void
raise_failure(WatchDef *watch, const char *row_key, ErrorData *error)
{
	ereport(ERROR,
			(errcode(ERRCODE_SP_CAPTURE_FAILED),
			 errmsg("event \"%s\" could not be captured", watch->event_name),
			 errdetail("%s%s: %s (SQLSTATE %s).",
					   row_key != NULL ? "Row " : "Reason", row_key != NULL ? row_key : "",
					   error->message, unpack_sql_state(error->sqlerrcode)),
			 errhint("Correct the row or the watch; with on_failure => 'record' the row is stored and the failure recorded.")));
}

/* Raises where the watch wants it. */
void
sp_capture_failed(WatchDef *watch, const char *row_key, ErrorData *error)
{
	Oid			types[5] = {INT4OID, TIMESTAMPTZOID, TEXTOID, TEXTOID, TEXTOID};
	Datum		values[5];
	char		nulls[6] = "     ";

	if (watch->raises)
		raise_failure(watch, row_key, error);
	values[0] = Int32GetDatum(watch->watch_id);
	values[1] = TimestampTzGetDatum(sp_clock());
	values[2] = row_key != NULL ? CStringGetTextDatum(row_key) : (Datum) 0;
	nulls[2] = row_key != NULL ? ' ' : 'n';
	values[3] = CStringGetTextDatum(unpack_sql_state(error->sqlerrcode));
	values[4] = CStringGetTextDatum(error->message);
	(void) sp_execute_as_owner("INSERT INTO pulse_internal.capture_error"
							   " (watch_id, failed_at, row_key, sqlstate_code, message)"
							   " VALUES ($1, $2, $3, $4, $5)",
							   SPI_OK_INSERT, 5, types, values, nulls);
}

/*
 * An open gap goes on; the other kind is over, such as that of a TRUNCATE.  It
 * begins with the transaction, whose now() the rows may carry.
 */
void
sp_record_gap(int32 watch_id, bool open, const char *reason)
{
	Oid			types[4] = {INT4OID, TIMESTAMPTZOID, TIMESTAMPTZOID, TEXTOID};
	TimestampTz now = sp_clock();
	Datum		values[4] = {
		Int32GetDatum(watch_id),
		TimestampTzGetDatum(Min(now, GetCurrentTransactionStartTimestamp())),
		TimestampTzGetDatum(now),
		CStringGetTextDatum(reason)
	};

	(void) sp_execute_as_owner("INSERT INTO pulse_internal.event_gap (watch_id, since, until, reason)"
							   " VALUES ($1, $2, $3, $4)",
							   SPI_OK_INSERT, 4, types, values, open ? "  n " : NULL);
}

static void
mark_broken(WatchDef *watch, const char *reason)
{
	CaptureGuard guard = {0};
	Oid			types[2] = {INT4OID, TEXTOID};
	Datum		values[2] = {Int32GetDatum(watch->watch_id), CStringGetTextDatum(reason)};

	PG_TRY();
	{
		sp_guard_begin(&guard, InvalidOid);
		(void) sp_execute_as_owner("UPDATE pulse_internal.watch SET state = 'broken', reason = $2"
								   " WHERE watch_id = (SELECT w.watch_id FROM pulse_internal.watch w"
								   " WHERE w.watch_id = $1 AND w.state = 'ok' FOR UPDATE SKIP LOCKED)",
								   SPI_OK_UPDATE, 2, types, values, NULL);
		sp_guard_end(&guard);
	}
	PG_CATCH();
	{
		/* an older snapshot may not change the row: a later statement does */
		ErrorData  *error = sp_guard_roll_back(&guard);

		if (error->sqlerrcode != ERRCODE_T_R_SERIALIZATION_FAILURE)
			ReThrowError(error);
	}
	PG_END_TRY();
}

void
sp_watch_broken(WatchDef *watch, ErrorData *error)
{
	if (watch->raises)
		raise_failure(watch, NULL, error);
	mark_broken(watch, error->message);
	sp_record_gap(watch->watch_id, true, error->message);
}
