/*
 * live_floor.c
 *	  Where the sweep begins to look for due waits.
 *
 * A wait that was worked off leaves a dead entry in the index by due time until
 * vacuum comes; a search from the beginning meets all of them, again and again.
 * Invariant: no open wait of a running rule is due before the floor.  So
 * whoever lets waits be due in the past lowers it in the same transaction: the
 * sweep itself, where late triggers open waits, and the start of a rule.
 */
#include "rule/live.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/timestamp.h"

static void
write_floor(DuePlace floor)
{
	Oid			types[2] = {TIMESTAMPTZOID, INT8OID};
	Datum		values[2] = {TimestampTzGetDatum(floor.due_at), Int64GetDatum(floor.wait_id)};

	(void) sp_execute_as_owner("UPDATE pulse_internal.due_floor SET due_at = $1, wait_id = $2"
							   " WHERE (due_at, wait_id) <> ($1, $2)",
							   SPI_OK_UPDATE, 2, types, values, NULL);
}

/* In a scope of SPI. */
DuePlace
sp_read_due_floor(void)
{
	static SPIPlanPtr plan = NULL;
	DuePlace	result = {DT_NOBEGIN, 0};
	bool		isnull;

	sp_run_kept(&plan, "SELECT d.due_at, d.wait_id FROM pulse_internal.due_floor AS d", 0, NULL, NULL);
	if (SPI_processed > 0)
	{
		HeapTuple	row = SPI_tuptable->vals[0];

		result.due_at = DatumGetTimestampTz(SPI_getbinval(row, SPI_tuptable->tupdesc, 1, &isnull));
		result.wait_id = DatumGetInt64(SPI_getbinval(row, SPI_tuptable->tupdesc, 2, &isnull));
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
	DuePlace	floor = sweep->due.count > 0 ? sweep->worked_until : sweep->floor;

	for (int i = 0; i < sweep->outcomes.waits.count; i++)
	{
		const EngineWait *wait = &sweep->outcomes.waits.waits[i].wait;
		DuePlace	place = {wait->due_at, wait->wait_id};

		if (wait->due_at != INSTANT_NONE && wait->end_reason == END_NONE &&
			comes_before(place, floor))
			floor = place;
	}
	if (comes_before(floor, sweep->floor) || comes_before(sweep->floor, floor))
		write_floor(floor);
}

void
sp_reset_due_floor(void)
{
	write_floor((DuePlace)
/**INDENT** Error@77: Unbalanced parens */
				{
		DT_NOBEGIN, 0
/**INDENT** Warning@79: Extra ) */
	});
}
