/*
 * close.c
 *	  Closing the periods of a rollup, and what opens them again.
 *
 * A close states what is known at that moment: complete, or partial and who was
 * missing.  It keeps nothing from being counted.  Folding a delta of a closed
 * period reopens it, until the next close.
 */
#include "base/base.h"
#include "rollup/members.h"

#include "access/xact.h"
#include "calendar/daytime.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

/* columns of sp_status_rows() */
enum
{
	COL_PERIOD = 1, COL_STATUS, COL_EXPECTED, COL_REPORTED, COL_MISSING, COL_STATE
};

bool
sp_has_closed_periods(RollupDef *def)
{
	Oid			types[1] = {INT4OID};
	Datum		values[1] = {Int32GetDatum(def->rollup_id)};

	return sp_execute_as_owner("SELECT FROM pulse_internal.rollup_close AS c WHERE c.rollup_id = $1 LIMIT 1",
							   SPI_OK_SELECT, 1, types, values, NULL) > 0;
}

void
sp_reopen_touched(RollupDef *def, Tuplestorestate *touched)
{
	Oid			types[2] = {INT4OID, TIMESTAMPTZOID};
	Datum		values[2] = {Int32GetDatum(def->rollup_id), TimestampTzGetDatum(sp_clock())};
	SpSpiScope	scope;

	sp_spi_begin_as(&scope, sp_owner_role());
	sp_show_touched(def, touched);
	if (SPI_execute_with_args("UPDATE pulse_internal.rollup_close AS c SET reopened_at = $2, reopenings = c.reopenings + 1"
							  " WHERE c.rollup_id = $1 AND c.reopened_at IS NULL"
							  " AND c.period IN (SELECT t.period FROM pulse_touched AS t)",
							  2, types, values, NULL, false, 0) != SPI_OK_UPDATE)
		elog(ERROR, "reopening periods of rollup \"%s\" failed", def->name);
	sp_spi_end(&scope);
}

static void
record_close(RollupDef *def, Datum period, Datum status, Datum missing)
{
	Oid			types[5] = {INT4OID, DATEOID, TIMESTAMPTZOID, TEXTOID, TEXTARRAYOID};
	Datum		values[5] = {Int32GetDatum(def->rollup_id), period, TimestampTzGetDatum(sp_clock()), status, missing};

	sp_execute_as_owner("INSERT INTO pulse_internal.rollup_close AS c (rollup_id, period, closed_at, status, missing)"
						" VALUES ($1, $2, $3, $4, $5) ON CONFLICT (rollup_id, period) DO UPDATE SET"
						" closed_at = excluded.closed_at, status = excluded.status, missing = excluded.missing, reopened_at = NULL",
						SPI_OK_INSERT, 5, types, values, NULL);
}

/* The first period to look at: the first that is not closed, or was reopened. */
static DateADT
first_unclosed(const RollupMembers *members)
{
	RollupDef  *def = members->def;
	Oid			types[2] = {INT4OID, DATEOID};
	Datum		values[2] = {Int32GetDatum(def->rollup_id), DateADTGetDatum(sp_period_start(def->grain, members->since))};
	SpSpiScope	scope;
	bool		isnull;
	DateADT		first;

	sp_spi_begin_as(&scope, sp_owner_role());
	if (SPI_execute_with_args(psprintf("SELECT least((min(c.period) FILTER (WHERE c.reopened_at IS NOT NULL)),"
									   " coalesce((max(c.period) + interval '1 %s')::date, $2))"
									   " FROM pulse_internal.rollup_close AS c WHERE c.rollup_id = $1", sp_grain_name(def->grain)),
							  2, types, values, NULL, true, 0) != SPI_OK_SELECT)
		elog(ERROR, "reading the closed periods of rollup \"%s\" failed", def->name);
	first = DatumGetDateADT(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull));
	sp_spi_end(&scope);
	return first;
}

/*
 * Everything that has been committed counts: nothing of it is to reopen what is
 * closed now.  False: somebody is folding or rebuilding, and we do not wait.
 */
static bool
fold_all(RollupDef *def, bool wait)
{
	if (def->finer_id != 0 && !fold_all(sp_find_rollup_by_id(def->finer_id), wait))
		return false;
	if (!sp_lock_fold(def->rollup_id, wait))
		return false;
	while (sp_fold(def, 1000000) > 0)
		;
	return true;
}

/* Of all there are, for who closes by hand. */
static DateADT
first_of_all(RollupDef *def, DateADT past)
{
	SpSpiScope	scope;
	bool		isnull;
	Datum		first;

	sp_spi_begin_as(&scope, sp_relation_owner(def->cells));
	sp_spi_text(psprintf("SELECT min(v.period) FROM %s AS v WHERE isfinite(v.period)", sp_qualified_name(def->readable)), SPI_OK_SELECT);
	first = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull);
	sp_spi_end(&scope);
	return isnull ? past : DatumGetDateADT(first);
}

static int
close_until(RollupDef *def, DateADT until, bool by_hand)
{
	RollupMembers members;
	SPITupleTable *rows;
	uint64		count;
	SpSpiScope	scope;
	DateADT		first;
	DateADT		past = sp_period_start(def->grain, until);
	int			closed = 0;

	sp_read_members(&members, def);
	first = by_hand ? first_of_all(def, past) : first_unclosed(&members);
	if (first >= past)
		return 0;
	if (!IsolationUsesXactSnapshot() && !fold_all(def, by_hand))
		return 0;
	sp_spi_begin_as(&scope, sp_relation_owner(def->cells));
	sp_status_rows(&members, first, past);
	rows = SPI_tuptable;
	count = SPI_processed;
	for (uint64 i = 0; i < count; i++)
	{
		bool		isnull;

		if (strcmp(SPI_getvalue(rows->vals[i], rows->tupdesc, COL_STATE), "closed") == 0)
			continue;
		record_close(def, SPI_getbinval(rows->vals[i], rows->tupdesc, COL_PERIOD, &isnull),
					 SPI_getbinval(rows->vals[i], rows->tupdesc, COL_STATUS, &isnull),
					 SPI_getbinval(rows->vals[i], rows->tupdesc, COL_MISSING, &isnull));
		closed++;
	}
	sp_spi_end(&scope);
	return closed;
}

PG_FUNCTION_INFO_V1(sp_close_rollup);
PG_FUNCTION_INFO_V1(sp_close_rollup_by_id);

/* (name, until) */
Datum
sp_close_rollup(PG_FUNCTION_ARGS)
{
	RollupDef  *def;

	if (PG_ARGISNULL(0))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("the name of the rollup is null"),
				 errdetail("It says which rollup is to be closed."),
				 errhint("Look at SELECT name FROM pulse.rollups.")));
	def = sp_find_rollup(text_to_cstring(PG_GETARG_TEXT_PP(0)));
	sp_require_rollup_owner(def);
	PG_RETURN_INT32(close_until(def, PG_ARGISNULL(1) ? sp_day_of(sp_clock()) : PG_GETARG_DATEADT(1), true));
}

/* (rollup_id, until) */
Datum
sp_close_rollup_by_id(PG_FUNCTION_ARGS)
{
	RollupDef  *def = sp_find_rollup_by_id(PG_GETARG_INT32(0));

	PG_RETURN_INT32(def == NULL ? 0 : close_until(def, PG_GETARG_DATEADT(1), false));
}
