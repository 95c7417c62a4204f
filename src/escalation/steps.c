/*
 * steps.c
 *	  Steps of cases as events that rules can hear: case_opened and its like.
 *
 * They are written where a case, task or message is, in the same transaction,
 * and only where somebody has made their event kind (pulse.create_case_events).
 * Cases of rules that are about such events write none, so no rule feeds
 * itself.  Invariant: what is written is the engine's doing, never a restore's;
 * and what the owner of an event table puts there never fails a tick.
 */
#include "base/base.h"

#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "escalation/attempt.h"
#include "escalation/steps.h"
#include "event/event.h"
#include "executor/spi.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

#define ABOUT_CASE	"'case_id', c.case_id, 'rule', c.rule_name, 'key_name', c.key_name, 'key', c.key"
#define ABOUT_TASK	ABOUT_CASE ", 'task_id', t.task_id, 'title', t.title, 'role', t.role, 'staff', t.staff, 'due_at', t.due_at"
#define NOT_OF_ITSELF \
	" NOT EXISTS (SELECT FROM pulse_internal.rule AS r JOIN pulse_internal.event_kind AS k ON k.kind_id = r.trigger_kind" \
	"  WHERE r.rule_id = c.rule_id AND k.name IN ('case_opened', 'case_addressed', 'case_acknowledged', 'case_resolved'," \
	"   'task_created', 'task_done', 'task_overdue', 'message_delivered', 'message_failed'))"
#define ROWS(columns, source) \
	"SELECT pg_catalog.jsonb_build_object(" columns ") FROM " source " AND" NOT_OF_ITSELF " ORDER BY 1"
#define ABOUT_MESSAGE(delivery, state) \
	ROWS(ABOUT_CASE ", 'message_id', m.message_id, 'role', m.role, 'staff', m.staff, 'channel', m.channel, 'reason', d.last_error", \
		 delivery " JOIN pulse_internal.message AS m ON m.message_id = d.message_id" \
		 " JOIN pulse_internal.cases AS c ON c.case_id = m.case_id WHERE d.state IN (" state ")")
#define ADDRESSED(messages) \
	"SELECT DISTINCT" " pg_catalog.jsonb_build_object(" ABOUT_CASE ", 'step', m.step + 1, 'role', m.role)" \
	" FROM " messages " AS m, unnest(coalesce(m.together, ARRAY[m.case_id])) AS about(case_id)" \
	" JOIN pulse_internal.cases AS c ON c.case_id = about.case_id" \
	" WHERE m.role IS NOT NULL AND m.found_by IN ('role', 'fallback') AND" NOT_OF_ITSELF " ORDER BY 1"
#define OUTCOMES	"(SELECT * FROM pulse_internal.delivery AS a WHERE a.message_id = ANY ($1)) AS d"
#define CHANGED_OUTCOMES "(SELECT n.* FROM new_rows AS n JOIN old_rows AS o ON o.message_id = n.message_id AND o.state <> n.state) AS d"

typedef struct StepKind
{
	const char *event;
	const char *relation;		/* whose trigger tells; NULL: others do */
	bool		update;
	const char *rows;			/* its columns, as JSON objects */
} StepKind;

static const StepKind steps[] = {
	{"case_opened", "cases", false, ROWS(ABOUT_CASE, "new_rows AS c WHERE true")},
	{"case_acknowledged", "cases", true,
		ROWS(ABOUT_CASE ", 'staff', c.acknowledged_by", "new_rows AS c JOIN old_rows AS o ON o.case_id = c.case_id"
			 " WHERE o.acknowledged_at IS NULL AND c.acknowledged_at IS NOT NULL")},
	{"case_resolved", "cases", true,
		ROWS(ABOUT_CASE ", 'reason', c.reason, 'late', c.resolved_late", "new_rows AS c JOIN old_rows AS o ON o.case_id = c.case_id"
			 " WHERE o.state <> 'resolved' AND c.state = 'resolved'")},
	{"task_created", "task", false,
	ROWS(ABOUT_TASK, "new_rows AS t JOIN pulse_internal.cases AS c ON c.case_id = t.case_id WHERE true")},
	{"task_done", "task", true,
		ROWS(ABOUT_TASK ", 'outcome', t.outcome", "new_rows AS t JOIN old_rows AS o ON o.task_id = t.task_id"
			 " JOIN pulse_internal.cases AS c ON c.case_id = t.case_id WHERE o.state <> 'done' AND t.state = 'done'")},
	{"case_addressed", "message", false,
	ADDRESSED("new_rows")},
	{"case_opened", NULL, false, ROWS(ABOUT_CASE, "pulse_internal.cases AS c WHERE c.case_id = ANY ($1)")},
	{"case_resolved", NULL, false, ROWS(ABOUT_CASE ", 'reason', c.reason, 'late', c.resolved_late", "pulse_internal.cases AS c WHERE c.case_id = ANY ($1)")},
	{"case_addressed", NULL, false, ADDRESSED("(SELECT * FROM pulse_internal.message AS x WHERE x.message_id = ANY ($1))")},
	{"message_delivered", NULL, false, ABOUT_MESSAGE(OUTCOMES, "'delivered'")},
	{"message_failed", NULL, false, ABOUT_MESSAGE(OUTCOMES, "'failed', 'dead'")},
	{"message_delivered", "delivery", true, ABOUT_MESSAGE(CHANGED_OUTCOMES, "'delivered'")},
	{"message_failed", "delivery", true, ABOUT_MESSAGE(CHANGED_OUTCOMES, "'failed', 'dead'")},
	{"message_failed", "delivery", false, ABOUT_MESSAGE("new_rows AS d", "'failed', 'dead'")},
	{"task_overdue", NULL, false,
	ROWS(ABOUT_TASK, "pulse_internal.task AS t JOIN pulse_internal.cases AS c ON c.case_id = t.case_id WHERE t.task_id = ANY ($1)")},
};

static const EventKind *
wanted(const StepKind *step)
{
	return sp_event_kind_by_name(step->event, true);
}

/* ---- writing ---- */

typedef struct StepRows
{
	const EventKind *kind;
	Datum		objects;		/* jsonb[] */
} StepRows;

/* The columns that the table still has of those the objects hold. */
static void
append_columns(StringInfo sql, Oid relid, const char *prefix)
{
	static const char *const columns[] = {
		"case_id", "rule", "key_name", "key", "staff", "reason", "late", "task_id", "title", "role",
		"due_at", "outcome", "step", "message_id", "channel"
	};

	for (int i = 0; i < lengthof(columns); i++)
		if (get_attnum(relid, columns[i]) > 0)
			appendStringInfo(sql, ", %s%s", prefix, columns[i]);
}

/* As the owner of the table. */
static void
write_rows(void *argument)
{
	StepRows   *rows = argument;
	char	   *table = sp_relation_name(rows->kind->relid);
	Oid			types[2] = {JSONBARRAYOID, TIMESTAMPTZOID};
	Datum		values[2] = {rows->objects, TimestampTzGetDatum(sp_clock())};
	Relation	rel = RelationIdGetRelation(rows->kind->relid);
	SpSpiScope	scope;
	StringInfoData sql;

	if (rel == NULL)
		return;
	initStringInfo(&sql);
	appendStringInfo(&sql, "INSERT INTO %s (at", table);
	append_columns(&sql, rows->kind->relid, "");
	appendStringInfoString(&sql, ") SELECT $2");
	append_columns(&sql, rows->kind->relid, "r.");
	appendStringInfo(&sql, " FROM unnest($1) AS o(object), LATERAL pg_catalog.jsonb_populate_record(NULL::%s, o.object) AS r", table);
	sp_spi_begin_as(&scope, rel->rd_rel->relowner);
	RelationClose(rel);
	if (SPI_execute_with_args(sql.data, 2, types, values, NULL, false, 0) != SPI_OK_INSERT)
		elog(ERROR, "could not write steps of cases");
	sp_spi_end(&scope);
}

/* Within an SPI connection that sees what the query reads. */
static void
emit_step(const StepKind *step, const EventKind *kind, int nargs, Oid *types, Datum *values)
{
	StepRows	rows = {.kind = kind};
	char	   *reason;
	bool		isnull;

	if (SPI_execute_with_args(psprintf("SELECT array_agg(s.object) FROM (%s) AS s(object)", step->rows),
							  nargs, types, values, NULL, false, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not read steps of cases");
	rows.objects = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull);
	if (isnull)
		return;
	reason = sp_attempt_writing(write_rows, &rows);
	if (reason != NULL)
		ereport(WARNING,
				(errcode(ERRCODE_WARNING),
				 errmsg("event \"%s\" was not written: %s", step->event, reason),
				 errdetail("A step of a case is not heard by rules about it."),
				 errhint("Mend the event's table, or drop the event.")));
}

/* ---- who tells ---- */

PG_FUNCTION_INFO_V1(sp_case_steps);

/* AFTER INSERT or UPDATE of cases, task, message, by statement */
Datum
sp_case_steps(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	const char *relation;
	bool		update;

	if (!CALLED_AS_TRIGGER(fcinfo) || !TRIGGER_FIRED_AFTER(trigger->tg_event))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("case_steps() is a trigger of the engine's tables"),
				 errdetail("It was called otherwise."),
				 errhint("Leave it alone.")));
	if (GetUserId() != sp_owner_role())
		return PointerGetDatum(NULL);	/* a restore writes rows, too */
	relation = RelationGetRelationName(trigger->tg_relation);
	update = TRIGGER_FIRED_BY_UPDATE(trigger->tg_event);
	for (int i = 0; i < lengthof(steps); i++)
	{
		const EventKind *kind;
		SpSpiScope	scope;

		if (steps[i].relation == NULL || strcmp(steps[i].relation, relation) != 0 || steps[i].update != update ||
			(kind = wanted(&steps[i])) == NULL)
			continue;
		sp_spi_begin_as(&scope, sp_owner_role());
		if (SPI_register_trigger_data(trigger) < 0)
			elog(ERROR, "no transition tables");
		emit_step(&steps[i], kind, 0, NULL, NULL);
		sp_spi_end(&scope);
	}
	return PointerGetDatum(NULL);
}

static void
emit_by_ids(const char *event, Datum ids)
{
	Oid			types[1] = {INT8ARRAYOID};

	for (int i = 0; i < lengthof(steps); i++)
	{
		const EventKind *kind;
		SpSpiScope	scope;

		if (steps[i].relation != NULL || strcmp(steps[i].event, event) != 0 || (kind = wanted(&steps[i])) == NULL)
			continue;
		sp_spi_begin_as(&scope, sp_owner_role());
		emit_step(&steps[i], kind, 1, types, &ids);
		sp_spi_end(&scope);
	}
}

void
sp_note_step(const char *event, const Datum *ids, int count)
{
	if (sp_event_kind_by_name(event, true) != NULL)
		emit_by_ids(event, PointerGetDatum(construct_array(unconstify(Datum *, ids), count, INT8OID, 8, true,
														   TYPALIGN_DOUBLE)));
}

/* What became of messages where no trigger tells: the outbox writes past the executor. */
void
sp_note_outcome(const char *outcome, const Datum *ids, const bool *held, const bool *told, int count)
{
	const char *event = strcmp(outcome, "delivered") == 0 ? "message_delivered" :
	strcmp(outcome, "failed") == 0 || strcmp(outcome, "dead") == 0 ? "message_failed" : NULL;
	ArrayBuildState *kept = NULL;

	if (event == NULL || sp_event_kind_by_name(event, true) == NULL)
		return;
	for (int i = 0; i < count; i++)
		if (held[i] && !told[i])
			kept = accumArrayResult(kept, ids[i], false, INT8OID, CurrentMemoryContext);
	if (kept != NULL)
		emit_by_ids(event, makeArrayResult(kept, CurrentMemoryContext));
}

PG_FUNCTION_INFO_V1(sp_overdue_steps);

/* Tasks that became overdue since it was asked last: how many. */
Datum
sp_overdue_steps(PG_FUNCTION_ARGS)
{
	SpSpiScope	scope;
	Datum		ids = (Datum) 0;
	bool		isnull = true;
	bool		no_count;
	int			count;
	MemoryContext caller = CurrentMemoryContext;

	if (sp_event_kind_by_name("task_overdue", true) == NULL)
		PG_RETURN_INT32(0);
	sp_spi_begin_as(&scope, sp_owner_role());
	if (SPI_execute("WITH noted AS (INSERT INTO pulse_internal.task_overdue (task_id)"
					"  SELECT t.task_id FROM pulse_internal.task AS t WHERE t.state = 'open' AND t.due_at <= pulse.clock()"
					"  ON CONFLICT DO NOTHING RETURNING task_id)"
					" SELECT array_agg(n.task_id), count(*)::int FROM noted AS n", false, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not note overdue tasks");
	ids = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull);
	count = DatumGetInt32(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 2, &no_count));
	if (!isnull)
	{
		MemoryContext spi = MemoryContextSwitchTo(caller);

		ids = PointerGetDatum(DatumGetArrayTypePCopy(ids));
		MemoryContextSwitchTo(spi);
	}
	sp_spi_end(&scope);
	if (!isnull)
		emit_by_ids("task_overdue", ids);
	PG_RETURN_INT32(count);
}
