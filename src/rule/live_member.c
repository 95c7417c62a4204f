/*
 * live_member.c
 *	  Who is a member: the difference between the relation and what is known.
 *
 * Both are read in the order of their keys and walked side by side, so a look
 * costs one reading of the relation and writes only who came and who went.  The
 * waits of members are kept by the engine; between looks nobody is asked.
 */
#include "rule/live_param.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "rule/shell.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

typedef struct Member
{
	char	   *key;
	TimestampTz since;			/* DT_NOBEGIN: nobody said */
} Member;

typedef struct MemberList
{
	Member	   *members;		/* by key (strcmp), each once */
	int			count;
	int			room;
} MemberList;

/* SELECT key, since of the members; by key. */
void
sp_append_members(StringInfo sql, const BoundRule *rule)
{
	const RuleSource *source = &rule->sources[0];

	appendStringInfo(sql, "SELECT v.key::pg_catalog.text COLLATE \"C\" AS key, min(v.since) AS since FROM %s AS v"
					 " WHERE v.key IS NOT NULL", sp_relation_name(rule->subject));
	if (source->condition[0] != NULL)
		appendStringInfo(sql, " AND %s(v.member)",
						 quote_qualified_identifier(sp_setting("event_schema"), source->condition[0]));
	appendStringInfoString(sql, " GROUP BY 1 ORDER BY 1");
}

static void
read_members(Sweep *sweep, const BoundRule *rule, MemberList *list)
{
	StringInfoData sql;
	SpSpiScope	scope;

	initStringInfo(&sql);
	sp_append_members(&sql, rule);
	sp_begin_look(&scope, rule);
	sp_run_query(sql.data, 0, NULL, NULL);
	MemoryContextSwitchTo(sweep->context);
	for (uint64 row = 0; row < SPI_processed; row++)
	{
		bool		isnull;
		Datum		since = sp_datum_at(row, 2, &isnull);
		Member	   *member;

		GROW(list, members, count, room);
		member = &list->members[list->count++];
		member->key = sp_text_at(row, 1);
		member->since = isnull ? DT_NOBEGIN : DatumGetTimestampTz(since);
	}
	sp_spi_end(&scope);
}

/* Those of the last look, by key. */
static char **
read_known(Sweep *sweep, const BoundRule *rule, int *count)
{
	Oid			types[1] = {INT4OID};
	Datum		values[1] = {Int32GetDatum(rule->rule_id)};
	MemoryContext caller;
	char	  **keys;

	sp_run_query("SELECT m.key FROM pulse_internal.rule_member AS m WHERE m.rule_id = $1"
				 " ORDER BY m.key COLLATE \"C\"", 1, types, values);
	caller = MemoryContextSwitchTo(sweep->context);
	*count = (int) SPI_processed;
	keys = MemoryContextAllocHuge(CurrentMemoryContext, sizeof(char *) * (*count + 1));
	for (int i = 0; i < *count; i++)
		keys[i] = sp_text_at(i, 1);
	MemoryContextSwitchTo(caller);
	SPI_freetuptable(SPI_tuptable);
	return keys;
}

/* ---- the last event of those who join ---- */

static const RuleSource *
answer_source(const BoundRule *rule)
{
	for (int i = 1; i < rule->source_count; i++)
		if (rule->sources[i].plays[1])
			return &rule->sources[i];
	elog(ERROR, "rule %d waits for no event", rule->rule_id);
	return NULL;
}

/* anchors: of the joining members, in their order; DT_NOBEGIN where there is none */
static TimestampTz *
read_anchors(Sweep *sweep, BoundRule *rule, TimestampTz until)
{
	TimestampTz *anchors = MemoryContextAllocHuge(sweep->context,
												  sizeof(TimestampTz) * (rule->joined_count + 1));
	Oid			types[2] = {TEXTARRAYOID, TIMESTAMPTZOID};
	Datum		values[2] = {sp_text_array(rule->joined, rule->joined_count), TimestampTzGetDatum(until)};
	StringInfoData sql;
	SpSpiScope	scope;
	int			next = 0;

	for (int i = 0; i < rule->joined_count; i++)
		anchors[i] = DT_NOBEGIN;
	initStringInfo(&sql);
	appendStringInfoString(&sql, "SELECT s.key, max(s.at) FROM (");
	sp_source_query(&sql, rule, answer_source(rule), "");
	appendStringInfo(&sql, " AND e.at <= $2 AND %s = ANY ($1)) AS s WHERE s.input & %d <> 0"
					 " GROUP BY s.key ORDER BY s.key", sp_key_expression(rule), INPUT_ANSWER);
	sp_begin_look(&scope, rule);
	sp_run_query(sql.data, 2, types, values);
	for (uint64 row = 0; row < SPI_processed; row++)
	{
		char	   *key = sp_text_at(row, 1);
		bool		isnull;

		while (next < rule->joined_count && strcmp(rule->joined[next], key) < 0)
			next++;
		if (next < rule->joined_count && strcmp(rule->joined[next], key) == 0)
			anchors[next] = DatumGetTimestampTz(sp_datum_at(row, 2, &isnull));
	}
	sp_spi_end(&scope);
	return anchors;
}

/* ---- a look ---- */

static void
let_leave(Sweep *sweep, BoundRule *rule, char *key, RuleEventList *list)
{
	EngineEvent event = {.at = sweep->batch.high,.input = INPUT_CLEARED,.anchor = sweep->batch.high};

	rule->left[rule->left_count++] = key;
	sp_add_look(sweep, list, key, &event);
}

/*
 * The first look may come long after the rule became active.  Who it finds joins
 * as of then, and what came since is his.
 */
static TimestampTz
joins_at(const Sweep *sweep, const BoundRule *rule)
{
	return rule->first_look ? rule->active_since : Max(sweep->batch.high, rule->active_since);
}

static void
keep_of_joined(const BoundRule *rule, RuleEventList *list)
{
	int			next = 0;
	int			kept = 0;

	for (int i = 0; i < list->count; i++)
	{
		while (next < rule->joined_count && strcmp(rule->joined[next], list->rows[i].key) < 0)
			next++;
		if (next < rule->joined_count && strcmp(rule->joined[next], list->rows[i].key) == 0 &&
			list->rows[i].event.at > rule->active_since)
			list->rows[kept++] = list->rows[i];
	}
	list->count = kept;
}

/* When nobody says since when, a member is one since the rule, or this look, knows. */
static void
let_join(Sweep *sweep, BoundRule *rule, const TimestampTz *since, RuleEventList *list)
{
	EngineEvent event = {.at = joins_at(sweep, rule)};
	TimestampTz known = rule->looked_at == DT_NOBEGIN ? rule->active_since : event.at;
	TimestampTz *anchors;

	if (rule->joined_count == 0)
		return;
	anchors = read_anchors(sweep, rule, event.at);
	for (int i = 0; i < rule->joined_count; i++)
	{
		bool		stood = rule->first_look &&
		(TIMESTAMP_NOT_FINITE(since[i]) || since[i] <= rule->active_since);

		event.input = INPUT_TRIGGER | (stood ? INPUT_STANDING : 0);
		event.anchor = anchors[i] != DT_NOBEGIN ? anchors[i] :
			TIMESTAMP_NOT_FINITE(since[i]) ? known : since[i];
		event.event_id = 0;
		sp_add_look(sweep, list, rule->joined[i], &event);
	}
}

void
sp_look_at_members(Sweep *sweep, BoundRule *rule, RuleEventList *list)
{
	MemberList	now = {0};
	int			known_count;
	char	  **known = read_known(sweep, rule, &known_count);
	TimestampTz *since;
	int			at = 0;

	read_members(sweep, rule, &now);
	rule->joined = MemoryContextAllocHuge(sweep->context, sizeof(char *) * (now.count + 1));
	rule->left = MemoryContextAllocHuge(sweep->context, sizeof(char *) * (known_count + 1));
	since = MemoryContextAllocHuge(sweep->context, sizeof(TimestampTz) * (now.count + 1));
	for (int i = 0; i < now.count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		while (at < known_count && strcmp(known[at], now.members[i].key) < 0)
			let_leave(sweep, rule, known[at++], list);
		if (at < known_count && strcmp(known[at], now.members[i].key) == 0)
		{
			at++;
			continue;
		}
		since[rule->joined_count] = now.members[i].since;
		rule->joined[rule->joined_count++] = now.members[i].key;
	}
	while (at < known_count)
		let_leave(sweep, rule, known[at++], list);
	if (rule->first_look)
		keep_of_joined(rule, list);
	let_join(sweep, rule, since, list);
}

/* Events of those who are no members concern nobody. */
void
sp_keep_members(Sweep *sweep, BoundRule *rule, RuleEventList *list)
{
	char	  **keys = palloc(sizeof(char *) * (list->count + 1));
	Oid			types[2] = {INT4OID, TEXTARRAYOID};
	Datum		values[2] = {Int32GetDatum(rule->rule_id)};
	int			count = 0;
	int			kept = 0;
	uint64		row = 0;

	if (list->count == 0)
		return;
	for (int i = 0; i < list->count; i++)
		if (count == 0 || strcmp(keys[count - 1], list->rows[i].key) != 0)
			keys[count++] = unconstify(char *, list->rows[i].key);
	values[1] = sp_text_array(keys, count);
	sp_run_query("SELECT m.key FROM unnest($2) AS t(key)"
				 " JOIN pulse_internal.rule_member AS m ON m.rule_id = $1 AND m.key = t.key"
				 " ORDER BY m.key COLLATE \"C\"", 2, types, values);
	for (int i = 0; i < list->count; i++)
	{
		while (row < SPI_processed && strcmp(sp_text_at(row, 1), list->rows[i].key) < 0)
			row++;
		if (row < SPI_processed && strcmp(sp_text_at(row, 1), list->rows[i].key) == 0)
			list->rows[kept++] = list->rows[i];
	}
	list->count = kept;
	SPI_freetuptable(SPI_tuptable);
}
