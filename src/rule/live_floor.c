/*
 * live_floor.c
 *	  Where the sweep begins to look for due waits.
 *
 * A wait that was worked off leaves a dead entry in the index by due time until
 * vacuum comes; a search from the beginning meets all of them, again and again.
 * Invariant: no open wait of a running rule is due before the floor.  So
 * whoever lets waits be due in the past lowers it in the same transaction: the
 * sweep itself, where late triggers open waits, and the start of a rule.  A rule
 * that starts while a sweep is at work was not among its rules: so a sweep reads
 * the floor before the rules, and leaves one that was reset since as it is.
 *
 * The row of NO_LANE is that of the sweep that is not divided; who locks several
 * locks it first.
 */
#include "rule/live.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/timestamp.h"

static void
write_floor(int lane, DuePlace floor, int64 resets)
{
	Oid			types[4] = {TIMESTAMPTZOID, INT8OID, INT4OID, INT8OID};
	Datum		values[4] = {
		TimestampTzGetDatum(floor.due_at), Int64GetDatum(floor.wait_id),
		Int32GetDatum(lane), Int64GetDatum(resets)
	};

	(void) sp_execute_as_owner("UPDATE pulse_internal.due_floor SET due_at = $1, wait_id = $2"
							   " WHERE lane = $3 AND resets = $4",
							   SPI_OK_UPDATE, 4, types, values, NULL);
}

/* In a scope of SPI.  resets may be NULL. */
DuePlace
sp_read_due_floor(int lane, int64 *resets)
{
	static SPIPlanPtr plan = NULL;
	Oid			types[1] = {INT4OID};
	Datum		values[1] = {Int32GetDatum(lane)};
	DuePlace	result = {DT_NOBEGIN, 0};
	bool		isnull;

	sp_run_kept(&plan, "SELECT d.due_at, d.wait_id, d.resets FROM pulse_internal.due_floor AS d WHERE d.lane = $1",
				1, types, values);
	if (SPI_processed > 0)
	{
		result.due_at = DatumGetTimestampTz(sp_datum_at(0, 1, &isnull));
		result.wait_id = sp_bigint_at(0, 2);
		if (resets != NULL)
			*resets = sp_bigint_at(0, 3);
	}
	SPI_freetuptable(SPI_tuptable);
	return result;
}

static bool
comes_before(DuePlace a, DuePlace b)
{
	return a.due_at != b.due_at ? a.due_at < b.due_at : a.wait_id < b.wait_id;
}

/* A rule that failed leaves its due waits; the floor is reset when it goes on. */
void
sp_move_due_floor(const Sweep *sweep)
{
	DuePlace	floor = sweep->due.count > 0 || sweep->batch.lanes > 0 ? sweep->worked_until : sweep->floor;

	for (int i = 0; i < sweep->outcomes.waits.count; i++)
	{
		const EngineWait *wait = &sweep->outcomes.waits.waits[i].wait;
		DuePlace	place = {wait->due_at, wait->wait_id};

		if (wait->due_at != INSTANT_NONE && wait->end_reason == END_NONE &&
			comes_before(place, floor))
			floor = place;
	}
	if (comes_before(floor, sweep->floor) || comes_before(sweep->floor, floor))
		write_floor(sp_floor_lane(&sweep->batch), floor, sweep->floor_resets);
}

/* Waits of rules that start may be due at any time. */
void
sp_reset_due_floor(void)
{
	static const char *const which[] = {"lane = -1", "lane <> -1"};

	for (int i = 0; i < lengthof(which); i++)
		(void) sp_execute_as_owner(psprintf("UPDATE pulse_internal.due_floor SET due_at = '-infinity', wait_id = 0,"
											" resets = resets + 1 WHERE %s", which[i]),
								   SPI_OK_UPDATE, 0, NULL, NULL, NULL);
}

/* Each lane goes on from where the undivided sweep is. */
void
sp_split_due_floor(int lanes)
{
	Oid			types[1] = {INT4OID};
	Datum		values[1] = {Int32GetDatum(lanes)};

	(void) sp_execute_as_owner("INSERT INTO pulse_internal.due_floor (due_at, wait_id, lane)"
							   " SELECT d.due_at, d.wait_id, g FROM"
							   " (SELECT * FROM pulse_internal.due_floor WHERE lane = -1 FOR UPDATE) AS d,"
							   " pg_catalog.generate_series(0, $1 - 1) AS g"
							   " ON CONFLICT (lane) DO UPDATE SET due_at = excluded.due_at, wait_id = excluded.wait_id",
							   SPI_OK_INSERT, 1, types, values, NULL);
}

/* The undivided sweep goes on from where the lane is that is least far. */
void
sp_join_due_floor(void)
{
	(void) sp_execute_as_owner("SELECT FROM pulse_internal.due_floor WHERE lane = -1 FOR UPDATE",
							   SPI_OK_SELECT, 0, NULL, NULL, NULL);
	(void) sp_execute_as_owner("WITH gone AS (DELETE FROM pulse_internal.due_floor WHERE lane <> -1 RETURNING due_at, wait_id)"
							   " UPDATE pulse_internal.due_floor AS d SET (due_at, wait_id) ="
							   " (SELECT g.due_at, g.wait_id FROM gone AS g ORDER BY g.due_at, g.wait_id LIMIT 1)"
							   " WHERE d.lane = -1 AND EXISTS (SELECT FROM gone)",
							   SPI_OK_UPDATE, 0, NULL, NULL, NULL);
}
