/*
 * live_lane.c
 *	  Lanes of the sweep: which rules and keys a session works for.
 *
 * A large batch, or many waits due at once, is shared out over as many lanes as
 * the setting "lanes" says, and one more.  Keys of rules go to lanes by their hash.
 * What is about more than one key is not divided: rules that look at a relation,
 * that put firings together, that go by the clock, and those that are silent while
 * another rule's case is open, with that other rule; they share the last lane.
 * Invariant: while a batch is shared out a rule that has no relation to look at
 * stays on its side (whole_rule), so each of its events meets each key once.
 */
#include "rule/live.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

/* Lanes that keys are divided over; 0: none. */
static int
key_lanes(const Batch *batch)
{
	return Max(batch->lanes - 1, 0);
}

/* In a scope of SPI. */
void
sp_read_whole_rules(Sweep *sweep)
{
	if (sweep->batch.lanes == 0)
		return;
	if (SPI_execute("SELECT w.rule_id FROM pulse_internal.whole_rule AS w ORDER BY w.rule_id", true, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not read the rules that are not divided");
	sweep->whole = sp_read_ids(CurrentMemoryContext, &sweep->whole_count);
}

/* Is it the lane of what is not divided? */
bool
sp_is_last_lane(const Sweep *sweep)
{
	return sweep->batch.lane == key_lanes(&sweep->batch);
}

bool
sp_lane_has_rule(const Sweep *sweep, const BoundRule *rule)
{
	bool		whole;

	if (sweep->batch.lanes == 0)
		return true;
	whole = sp_is_look(rule) || sp_has_id(sweep->whole, sweep->whole_count, rule->rule_id);
	return whole == sp_is_last_lane(sweep);
}

/* What a key's hash is divided by, and what must be left over. */
LaneOfKeys
sp_lane_of_keys(const Sweep *sweep)
{
	LaneOfKeys	result = {1, 0};

	if (sweep->batch.lanes > 0 && !sp_is_last_lane(sweep))
	{
		result.divisor = key_lanes(&sweep->batch);
		result.rest = sweep->batch.lane;
	}
	return result;
}

/* As a condition on an expression of type text, or nothing. */
void
sp_append_lane(StringInfo sql, const Sweep *sweep, const char *key)
{
	LaneOfKeys	lane = sp_lane_of_keys(sweep);

	if (lane.divisor > 1)
		appendStringInfo(sql, " AND " LANE_OF_KEY("%s", "%d") " = %d", key, lane.divisor, lane.rest);
}

static bool
many_are_due(const Sweep *sweep, int max_waits)
{
	int32	   *running;
	int			count;

	if (SPI_execute("SELECT r.rule_id FROM pulse_internal.rule AS r WHERE r.mode <> 'draft' AND r.state = 'ok'"
					" ORDER BY r.rule_id", true, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not list the rules that run");
	running = sp_read_ids(CurrentMemoryContext, &count);
	return sp_more_are_due(sp_read_due_floor(NO_LANE, NULL), sweep->batch.high, running, count, max_waits);
}

static void
list_whole_rules(void)
{
	Oid			types[1] = {INT4OID};
	Datum		values[1] = {Int32GetDatum(LOOK_KIND)};

	sp_spi_text("DELETE FROM pulse_internal.whole_rule", SPI_OK_DELETE);
	if (SPI_execute_with_args("INSERT INTO pulse_internal.whole_rule (rule_id)"
							  " SELECT r.rule_id FROM pulse_internal.rule AS r WHERE r.trigger_kind = $1 OR r.unless_rule IS NOT NULL"
							  " OR r.rule::pg_catalog.text LIKE '%TOGETHER%'"
							  " OR EXISTS (SELECT FROM pulse_internal.rule AS o WHERE o.unless_rule = r.name)",
							  1, types, values, NULL, false, 0) != SPI_OK_INSERT)
		elog(ERROR, "could not list the rules that are not divided");
}

/* True: nothing is done of the batch; from the commit on sessions share it. */
bool
sp_share_out(Sweep *sweep, int max_events)
{
	int			lanes = pg_strtoint32(sp_setting("lanes"));
	SpSpiScope	scope;
	bool		share;

	if (sweep->batch.lanes > 0 || lanes < 2)
		return false;
	sp_spi_begin_as(&scope, sp_owner_role());
	share = sweep->batch.more || many_are_due(sweep, max_events);
	if (share)
	{
		list_whole_rules();
		sp_split_due_floor(lanes + 1);
	}
	sp_spi_end(&scope);
	if (share)
		sp_batch_split(&sweep->batch, lanes + 1);
	return share;
}
