/*
 * live_look.c
 *	  Rules that look at a relation, at members or at a state: when they do, and
 *	  what all of them share.
 *
 * What a look finds becomes events at the end of the sweep's time, so that the
 * engine hears of a relation as it hears of events.  A look is written down in
 * the transaction of what came of it.  Looks wait for the last slice of a batch:
 * a relation is as of now, and now is not before what is still to be read.
 */
#include "rule/live_param.h"

#include "calendar/daytime.h"
#include "catalog/pg_type.h"
#include "event/event.h"
#include "rule/shell.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

/* ---- what is looked at ---- */

void
sp_bind_subject(BoundRule *rule)
{
	char	   *name = sp_from_utf8(rule->rule->trigger.event);

	if (rule->rule->form == FORM_MEMBER)
		rule->sources[0].relid = sp_member_relation(name, &rule->subject);
	else
		rule->sources[0].relid = rule->subject = sp_relation_by_name(name);
	if (!OidIsValid(rule->sources[0].relid))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("what rule \"%s\" looks at is gone", rule->name),
				 errdetail("\"%s\" names no relation any more.", name),
				 errhint("Describe or label it again, and alter the rule.")));
	for (int i = 1; i < rule->source_count; i++)
		rule->sources[i].also = INPUT_TRIGGER;
}

/*
 * The author's scope, to read a relation: the planner is free again, which for
 * the engine's own tables is told to go by index.
 */
void
sp_begin_look(SpSpiScope *scope, const BoundRule *rule)
{
	static const char *const on[] = {"enable_seqscan", "enable_mergejoin"};

	sp_begin_as_author(scope, rule);
	for (int i = 0; i < lengthof(on); i++)
		(void) set_config_option(on[i], "on", PGC_USERSET, PGC_S_SESSION,
								 GUC_ACTION_SAVE, true, 0, false);
}

/* ---- when ---- */

static const char *
look_setting(const BoundRule *rule)
{
	if (rule->source_count > 1)
		return "member_interval";
	return rule->by_day ? "streak_interval" : "state_interval";
}

/* A streak is one of complete days: each that ends is looked at. */
static TimestampTz
next_look(const BoundRule *rule)
{
	Datum		span = DirectFunctionCall3(interval_in, CStringGetDatum(sp_setting(look_setting(rule))),
										   ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1));
	TimestampTz next = DatumGetTimestampTz(DirectFunctionCall2(timestamptz_pl_interval,
															   TimestampTzGetDatum(rule->looked_at), span));

	return !rule->by_day || TIMESTAMP_NOT_FINITE(next) ? next : Min(next, sp_day_start(sp_day_of(rule->looked_at) + 1));
}

static void
read_looks(Sweep *sweep)
{
	static SPIPlanPtr plan = NULL;

	sp_run_kept(&plan, "SELECT l.rule_id, l.looked_at, l.by_day FROM pulse_internal.rule_look AS l", 0, NULL, NULL);
	for (uint64 row = 0; row < SPI_processed; row++)
	{
		bool		isnull;
		BoundRule  *rule = sp_running_rule(sweep, sp_int_at(row, 1));

		if (rule == NULL)
			continue;
		rule->looked_at = DatumGetTimestampTz(sp_datum_at(row, 2, &isnull));
		rule->by_day = sp_bool_at(row, 3);
		rule->first_look = false;
	}
	SPI_freetuptable(SPI_tuptable);
}

/* Which rules look in this sweep; a clock that went back makes a look due. */
void
sp_find_looks(Sweep *sweep)
{
	bool		any = false;

	for (int i = 0; i < sweep->rule_count; i++)
	{
		sweep->rules[i].looked_at = DT_NOBEGIN;
		sweep->rules[i].first_look = true;
		any |= sp_is_look(&sweep->rules[i]);
	}
	if (!any || sweep->batch.more)
		return;
	read_looks(sweep);
	for (int i = 0; i < sweep->rule_count; i++)
	{
		BoundRule  *rule = &sweep->rules[i];

		rule->look_due = sp_is_look(rule) &&
			(rule->looked_at == DT_NOBEGIN || rule->looked_at > sweep->now || next_look(rule) <= sweep->now);
	}
}

static bool
has_due_waits(const Sweep *sweep, const BoundRule *rule)
{
	for (int i = 0; i < sweep->due.count; i++)
		if (sweep->due.waits[i].rule == rule)
			return true;
	return false;
}

/*
 * Before a state's step acts, the state is looked at again: what it would say
 * may no longer be true.
 */
void
sp_look(Sweep *sweep, BoundRule *rule, RuleEventList *list)
{
	if (rule->rule->form == FORM_MEMBER)
	{
		if (!rule->first_look || !rule->look_due)
			sp_keep_members(sweep, rule, list);
		if (rule->look_due)
			sp_look_at_members(sweep, rule, list);
		rule->looked = rule->look_due;
	}
	else if (rule->look_due || (!sweep->batch.more && has_due_waits(sweep, rule)))
	{
		if (rule->rule->streak.count != 0)
			sp_look_at_streak(sweep, rule, list);
		else
			sp_look_at_state(sweep, rule, list);
		rule->looked = true;
	}
	sp_sort_events(list);
}

/* What was seen, as an event; one without an id gets one. */
void
sp_add_look(Sweep *sweep, RuleEventList *list, const char *key, const EngineEvent *event)
{
	RuleEventRow *row;
	MemoryContext caller = MemoryContextSwitchTo(sweep->context);

	GROW(list, rows, count, room);
	row = &list->rows[list->count++];
	row->key = pstrdup(key);
	row->event = *event;
	row->recorded = sweep->batch.high;
	if (row->event.event_id == 0)
		row->event.event_id = sp_event_next_ids(1);
	MemoryContextSwitchTo(caller);
}

/* ---- what is written ---- */

static void
write_members(Sweep *sweep)
{
	static SPIPlanPtr insert_plan = NULL;
	static SPIPlanPtr delete_plan = NULL;
	ArrayParam	joined[2] = {0};
	ArrayParam	left[2] = {0};

	for (int i = 0; i < sweep->rule_count; i++)
	{
		const BoundRule *rule = &sweep->rules[i];

		for (int j = 0; rule->failure == NULL && j < rule->joined_count; j++)
		{
			sp_add_int(&joined[0], rule->rule_id);
			sp_add_text(&joined[1], rule->joined[j]);
		}
		for (int j = 0; rule->failure == NULL && j < rule->left_count; j++)
		{
			sp_add_int(&left[0], rule->rule_id);
			sp_add_text(&left[1], rule->left[j]);
		}
	}
	if (joined[0].count > 0)
		sp_run_write(&insert_plan,
					 "INSERT INTO pulse_internal.rule_member (rule_id, key)"
					 " SELECT u.rule_id, u.key FROM unnest($1, $2) AS u(rule_id, key)",
					 SPI_OK_INSERT, joined, 2);
	if (left[0].count > 0)
		sp_run_write(&delete_plan,
					 "DELETE FROM pulse_internal.rule_member AS m USING unnest($1, $2) AS u(rule_id, key)"
					 " WHERE m.rule_id = u.rule_id AND m.key = u.key", SPI_OK_DELETE, left, 2);
}

void
sp_write_looks(Sweep *sweep)
{
	static SPIPlanPtr plan = NULL;
	ArrayParam	looks[3] = {0};

	for (int i = 0; i < sweep->rule_count; i++)
	{
		if (!sweep->rules[i].looked || sweep->rules[i].failure != NULL)
			continue;
		sp_add_int(&looks[0], sweep->rules[i].rule_id);
		sp_add_instant(&looks[1], sweep->now);
		sp_add_int(&looks[2], sweep->rules[i].rule->streak.count != 0);
	}
	if (looks[0].count == 0)
		return;
	sp_run_write(&plan,
				 "INSERT INTO pulse_internal.rule_look (rule_id, looked_at, by_day)"
				 " SELECT u.rule_id, u.looked_at, u.by_day <> 0 FROM unnest($1, $2, $3) AS u(rule_id, looked_at, by_day)"
				 " ON CONFLICT (rule_id) DO UPDATE SET looked_at = excluded.looked_at, by_day = excluded.by_day",
				 SPI_OK_INSERT, looks, 3);
	write_members(sweep);
}

/* ---- the evidence ---- */

/* $1: the keys; the row of a key that holds comes before one that does not. */
static char *
subject_rows_query(const BoundRule *rule)
{
	StringInfoData sql;
	const char *day;

	initStringInfo(&sql);
	if (rule->rule->form == FORM_MEMBER)
	{
		appendStringInfo(&sql, "SELECT v.key::pg_catalog.text, pg_catalog.to_jsonb(v.member)"
						 " FROM %s AS v WHERE v.key::pg_catalog.text = ANY ($1)", sp_relation_name(rule->subject));
		return sql.data;
	}
	appendStringInfo(&sql, "SELECT DISTINCT ON (k.key) k.key, pg_catalog.to_jsonb(e) FROM %s AS e,"
					 " LATERAL (SELECT %s AS key) AS k WHERE k.key = ANY ($1) ORDER BY k.key, %s DESC",
					 sp_relation_name(rule->subject), sp_subject_key(rule), sp_subject_holds(rule));
	day = rule->rule->streak.count == 0 ? NULL : sp_day_column(rule->subject);
	if (day != NULL)
		appendStringInfo(&sql, ", e.%s DESC", quote_identifier(day));
	return sql.data;
}

static int
compare_keyed(const void *a, const void *b)
{
	return strcmp((*(LiveWait *const *) a)->key, (*(LiveWait *const *) b)->key);
}

/* By key. */
static LiveWait **
fired_waits(Outcomes *outcomes, int *count)
{
	LiveWait  **fired = palloc(sizeof(LiveWait *) * (outcomes->waits.count + 1));

	*count = 0;
	for (int i = 0; i < outcomes->waits.count; i++)
		if (outcomes->waits.waits[i].fired)
			fired[(*count)++] = &outcomes->waits.waits[i];
	if (*count > 1)
		qsort(fired, *count, sizeof(LiveWait *), compare_keyed);
	return fired;
}

/* To all waits of its key; in members there may be several rows of one key: the last counts. */
static void
give_row(LiveWait **fired, int count, const char *key, Jsonb *row)
{
	int			low = 0;
	int			high = count;

	while (low < high)
	{
		int			middle = (low + high) / 2;

		if (strcmp(fired[middle]->key, key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < count && strcmp(fired[low]->key, key) == 0; low++)
		fired[low]->trigger_row = row;
}

/* The rows of the keys that fired, as they are now. */
void
sp_read_subject_rows(Sweep *sweep, BoundRule *rule, Outcomes *outcomes)
{
	int			count;
	LiveWait  **fired = fired_waits(outcomes, &count);
	char	  **keys = palloc(sizeof(char *) * (count + 1));
	Oid			types[1] = {TEXTARRAYOID};
	Datum		values[1];
	SpSpiScope	scope;

	if (count == 0)
		return;
	for (int i = 0; i < count; i++)
		keys[i] = unconstify(char *, fired[i]->key);
	values[0] = sp_text_array(keys, count);
	sp_begin_look(&scope, rule);
	sp_run_query(subject_rows_query(rule), 1, types, values);
	for (uint64 row = 0; row < SPI_processed; row++)
		give_row(fired, count, sp_text_at(row, 1),
				 sp_copy_jsonb(sweep->context, SPI_tuptable->vals[row], SPI_tuptable->tupdesc, 2));
	sp_spi_end(&scope);
}
