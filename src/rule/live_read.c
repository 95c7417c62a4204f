/*
 * live_read.c
 *	  What a sweep reads: events as the rule's author, waits as pulse_owner.
 *
 * Event rows are looked for by id and arrival, so that only the leaves a slice
 * came from are touched; statements over event tables differ from rule to rule
 * and are planned each time, those over waits are planned once per session.
 */
#include "rule/live.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

#define SPARSE_IDS	16			/* of so many ids less than one is of the
								 * slice */

static Instant
instant_at(uint64 row, int column)
{
	bool		isnull;
	Datum		value = sp_datum_at(row, column, &isnull);

	return isnull ? INSTANT_NONE : DatumGetTimestampTz(value);
}

Datum
sp_text_array(char **texts, int count)
{
	Datum	   *values = palloc(sizeof(Datum) * Max(count, 1));

	for (int i = 0; i < count; i++)
		values[i] = CStringGetTextDatum(texts[i]);
	return PointerGetDatum(construct_array(values, count, TEXTOID, -1, false, TYPALIGN_INT));
}

/* ---- events ---------------------------------------------------------------- */

/*
 * The author's scope: instants in texts read in the business time zone, and the
 * author's expressions see the rows of the slice but can't write.
 */
void
sp_begin_as_author(SpSpiScope *scope, const BoundRule *rule)
{
	sp_spi_begin_as(scope, rule->author);
	(void) set_config_option("timezone", sp_setting("timezone"), PGC_USERSET,
							 PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
}

void
sp_run_query(const char *sql, int nargs, Oid *types, Datum *values)
{
	int			result = SPI_execute_with_args(sql, nargs, types, values, NULL, true, 0);

	if (result != SPI_OK_SELECT)
		elog(ERROR, "SPI_execute_with_args returned %d for: %s", result, sql);
}

static int
compare_rows(const void *a, const void *b)
{
	const RuleEventRow *x = a;
	const RuleEventRow *y = b;
	int			order = strcmp(x->key, y->key);

	if (order != 0)
		return order;
	if (x->event.at != y->event.at)
		return x->event.at < y->event.at ? -1 : 1;
	return (x->event.event_id > y->event.event_id) - (x->event.event_id < y->event.event_id);
}

void
sp_sort_events(RuleEventList *list)
{
	if (list->count > 1)
		qsort(list->rows, list->count, sizeof(RuleEventRow), compare_rows);
}

/* One row of sp_source_query(). */
void
sp_add_event_row(RuleEventList *list, const Rule *rule, uint64 row)
{
	RuleEventRow *item;
	bool		isnull;
	Datum		anchor;

	GROW(list, rows, count, room);
	item = &list->rows[list->count++];
	item->key = sp_text_at(row, 1);
	item->event.at = instant_at(row, 2);
	item->event.event_id = sp_bigint_at(row, 3);
	item->recorded = instant_at(row, 4);
	item->event.input = sp_int_at(row, 5);
	anchor = sp_datum_at(row, 6, &isnull);
	item->event.anchor = sp_event_anchor(rule, anchor, isnull, SPI_gettypeid(SPI_tuptable->tupdesc, 6), item->event.at);
}

/* past: only what is consumed, not what later slices have still to bring */
static void
add_rows(RuleEventList *list, const Rule *rule, Sweep *sweep, bool past)
{
	MemoryContext caller = MemoryContextSwitchTo(sweep->context);

	for (uint64 i = 0; i < SPI_processed; i++)
		if (!past || sp_batch_consumed(&sweep->batch, sp_bigint_at(i, 7), instant_at(i, 2),
									   sp_bigint_at(i, 3)))
			sp_add_event_row(list, rule, i);
	MemoryContextSwitchTo(caller);
	SPI_freetuptable(SPI_tuptable);
}

/* The slice's events of one kind, as parameters: ids, least, greatest, arrival. */
int
sp_slice_of_kind(const Batch *batch, int32 kind_id, Datum *values)
{
	Datum	   *ids = palloc(sizeof(Datum) * Max(batch->event_count, 1));
	int64		least = PG_INT64_MAX;
	int64		greatest = PG_INT64_MIN;
	int			count = 0;

	for (int i = 0; i < batch->event_count; i++)
	{
		const BatchEvent *event = &batch->events[i];

		if (event->kind_id != kind_id)
			continue;
		ids[count++] = Int64GetDatum(event->event_id);
		least = Min(least, event->event_id);
		greatest = Max(greatest, event->event_id);
	}
	values[0] = PointerGetDatum(construct_array(ids, count, INT8OID, 8, true, TYPALIGN_DOUBLE));
	values[1] = Int64GetDatum(least);
	values[2] = Int64GetDatum(greatest);
	values[3] = TimestampTzGetDatum(batch->recorded_since);
	pfree(ids);
	return count;
}

/*
 * Event e is one of $1, which lie from $2 to $3.  Where they lie close together
 * the span finds the blocks and a hash table the rows: a BRIN index would compare
 * every range with every id.  (What it stands in keeps the planner from asking
 * of each id how frequent it is.)
 */
const char *
sp_among_ids(const Datum *values, int count)
{
	bool		dense = DatumGetInt64(values[2]) - DatumGetInt64(values[1]) < (int64) count * SPARSE_IDS;

	return dense ? " e.event_id BETWEEN $2 AND $3 AND coalesce((+ e.event_id) = ANY ($1), false)"
		: " e.event_id BETWEEN $2 AND $3 AND e.event_id = ANY ($1)";
}

/* The rule's events among those of the slice. */
void
sp_read_slice(Sweep *sweep, BoundRule *rule, RuleEventList *list)
{
	Oid			types[4] = {INT8ARRAYOID, INT8OID, INT8OID, TIMESTAMPTZOID};
	SpSpiScope	scope;

	sp_begin_as_author(&scope, rule);
	for (int i = 0; i < rule->source_count; i++)
	{
		Datum		values[4];
		StringInfoData sql;
		int			count = sp_slice_of_kind(&sweep->batch, rule->sources[i].kind_id, values);

		if (count == 0 || !sp_narrow_slice(sweep, rule, &rule->sources[i], values))
			continue;
		initStringInfo(&sql);
		appendStringInfoString(&sql, "SELECT s.* FROM (");
		sp_source_query(&sql, rule, &rule->sources[i], "");
		appendStringInfo(&sql, " AND e.recorded >= $4 AND%s) AS s WHERE s.input <> 0",
						 sp_among_ids(values, count));
		sp_append_lane(&sql, sweep, "s.key");
		sp_run_query(sql.data, 4, types, values);
		add_rows(list, rule->rule, sweep, false);
	}
	sp_spi_end(&scope);
	sp_sort_events(list);
}

/*
 * Earlier events of some keys, for late ones and patterns to look back to: from
 * "since" on, and before what this slice consumes.
 */
void
sp_read_past(Sweep *sweep, BoundRule *rule, TimestampTz since,
			 char **keys, int key_count, RuleEventList *list)
{
	Oid			types[3] = {TEXTARRAYOID, TIMESTAMPTZOID, TIMESTAMPTZOID};
	Datum		values[3] = {
		sp_text_array(keys, key_count), TimestampTzGetDatum(since),
		TimestampTzGetDatum(sweep->batch.low)
	};
	SpSpiScope	scope;

	sp_begin_as_author(&scope, rule);
	for (int i = sp_is_look(rule); i < rule->source_count; i++)
	{
		StringInfoData sql;

		initStringInfo(&sql);
		appendStringInfoString(&sql, "SELECT s.* FROM (");
		sp_source_query(&sql, rule, &rule->sources[i], ", e.txid");
		appendStringInfo(&sql,
						 " AND e.at >= $2 AND e.at <= $3 AND %s = ANY ($1)"
						 ") AS s WHERE s.input <> 0", sp_key_expression(rule));
		sp_run_query(sql.data, 3, types, values);
		add_rows(list, rule->rule, sweep, true);
	}
	sp_spi_end(&scope);
	sp_sort_events(list);
}

/* ---- numbers of rules ------------------------------------------------------ */

/* The rows found, numbers in order. */
int32 *
sp_read_ids(MemoryContext context, int *count)
{
	int32	   *ids = MemoryContextAlloc(context, sizeof(int32) * (SPI_processed + 1));

	*count = (int) SPI_processed;
	for (uint64 row = 0; row < SPI_processed; row++)
		ids[row] = sp_int_at(row, 1);
	SPI_freetuptable(SPI_tuptable);
	return ids;
}

static int
compare_ids(const void *a, const void *b)
{
	return (*(const int32 *) a > *(const int32 *) b) - (*(const int32 *) a < *(const int32 *) b);
}

bool
sp_has_id(const int32 *ids, int count, int32 id)
{
	return bsearch(&id, ids, count, sizeof(int32), compare_ids) != NULL;
}

/* ---- what rules had -------------------------------------------------------- */

/* Has the rule had a wait for this trigger, that is open or has fired? */
bool
sp_had_trigger(BoundRule *rule, const char *key, int64 event_id)
{
	static SPIPlanPtr plan = NULL;
	Oid			types[3] = {INT4OID, TEXTOID, INT8OID};
	Datum		values[3] = {
		Int32GetDatum(rule->rule_id), CStringGetTextDatum(key), Int64GetDatum(event_id)
	};
	bool		result;

	sp_run_kept(&plan, "SELECT FROM pulse_internal.firing AS f"
				" WHERE f.key = $2 AND f.rule_id = $1 AND f.trigger_event = $3"
				" UNION ALL SELECT FROM pulse_internal.wait AS w"
				" WHERE w.rule_id = $1 AND w.key = $2 AND w.trigger_event = $3", 3, types, values);
	result = SPI_processed > 0;
	SPI_freetuptable(SPI_tuptable);
	return result;
}

/* Keys for which a rule that says ONCE has had its wait, in the order of strcmp. */
char **
sp_read_used_keys(BoundRule *rule, char **keys, int key_count, int *used)
{
	static SPIPlanPtr plan = NULL;
	Oid			types[2] = {INT4OID, TEXTARRAYOID};
	Datum		values[2] = {
		Int32GetDatum(rule->rule_id), sp_text_array(keys, key_count)
	};
	char	  **result;

	sp_run_kept(&plan, "SELECT o.key FROM pulse_internal.rule_once AS o"
				" WHERE o.rule_id = $1 AND o.key = ANY ($2) ORDER BY o.key COLLATE \"C\"",
				2, types, values);
	*used = (int) SPI_processed;
	result = palloc(sizeof(char *) * (*used + 1));
	for (int i = 0; i < *used; i++)
		result[i] = sp_text_at(i, 1);
	return result;
}
