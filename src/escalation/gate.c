/*
 * gate.c
 *	  pulse_internal.gate(): rules that judge a row while it is written.
 *
 * The row becomes the event that its watch would make of it, and each rule's
 * condition is asked with its author's rights.  All that speaks against the row
 * is told at once.  A rule that can't be judged is suspended and lets the row
 * pass: data never fails an application's statement.
 */
#include "base/base.h"

#include "access/htup_details.h"
#include "catalog/namespace.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "escalation/attempt.h"
#include "escalation/gate.h"
#include "event/event.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "rule/live.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

/* ---- the rules ---- */

static const char *const rules_query =
"SELECT r.rule_id, r.trigger_kind, r.name, pulse.rule_text(r.rule, pulse.setting('language')), r.key_name, r.trigger_function,"
" a.body, r.author::pg_catalog.oid, r.mode = 'live', a.verb = 'reject'"
" FROM pulse_internal.gate_rule AS g JOIN pulse_internal.rule AS r ON r.rule_id = g.rule_id"
" JOIN pulse_internal.rule_action AS a ON a.rule_id = r.rule_id AND a.verb IN ('hold', 'reject')"
" WHERE g.relation = $1 AND r.mode IN ('shadow', 'live') AND r.state = 'ok' ORDER BY r.rule_id";

/* The table that rules are written about, itself or what it is a part of, and its gate. */
static const char *const gate_query =
"WITH RECURSIVE up (relid) AS (SELECT $1 UNION SELECT i.inhparent FROM pg_catalog.pg_inherits AS i"
" JOIN up AS u ON i.inhrelid = u.relid)"
" SELECT u.relid, g.state_column, g.held, g.amount_column FROM up AS u LEFT JOIN pulse_internal.gate AS g ON g.relation = u.relid"
" WHERE EXISTS (SELECT FROM pulse_internal.gate_rule AS r WHERE r.relation = u.relid) LIMIT 1";

static void
read_rule(GateRule *rule, uint64 row)
{
	HeapTuple	tuple = SPI_tuptable->vals[row];
	TupleDesc	desc = SPI_tuptable->tupdesc;
	bool		isnull;

	rule->rule_id = DatumGetInt32(SPI_getbinval(tuple, desc, 1, &isnull));
	rule->kind_id = DatumGetInt32(SPI_getbinval(tuple, desc, 2, &isnull));
	rule->name = SPI_getvalue(tuple, desc, 3);
	rule->sentence = SPI_getvalue(tuple, desc, 4);
	rule->key_name = SPI_getvalue(tuple, desc, 5);
	rule->function = SPI_getvalue(tuple, desc, 6);
	rule->text = SPI_getvalue(tuple, desc, 7);
	rule->author = DatumGetObjectId(SPI_getbinval(tuple, desc, 8, &isnull));
	rule->live = DatumGetBool(SPI_getbinval(tuple, desc, 9, &isnull));
	rule->rejects = DatumGetBool(SPI_getbinval(tuple, desc, 10, &isnull));
}

static void
read_rules(Gate *gate, MemoryContext context)
{
	Oid			types[1] = {OIDOID};
	Datum		values[1] = {ObjectIdGetDatum(gate->watched)};

	if (SPI_execute_with_args(rules_query, 1, types, values, NULL, true, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not read the rules of a gate");
	MemoryContextSwitchTo(context);
	gate->rules = palloc0(sizeof(GateRule) * Max(SPI_processed, 1));
	for (uint64 i = 0; i < SPI_processed; i++)
		read_rule(&gate->rules[gate->rule_count++], i);
}

/* The condition as it is called for each row of the statement. */
static void
find_conditions(Gate *gate)
{
	for (int i = 0; i < gate->rule_count; i++)
	{
		GateRule   *rule = &gate->rules[i];
		const EventKind *kind = sp_event_kind_by_id(rule->kind_id, true);
		Oid			argument = kind == NULL ? InvalidOid : get_rel_type_id(kind->relid);
		Oid			function = rule->function == NULL ? InvalidOid :
		GetSysCacheOid3(PROCNAMEARGSNSP, Anum_pg_proc_oid, CStringGetDatum(rule->function),
						PointerGetDatum(buildoidvector(&argument, 1)),
						ObjectIdGetDatum(get_namespace_oid(sp_setting("event_schema"), true)));

		if (OidIsValid(function) && sp_is_own_function(function, rule->author))
			fmgr_info_cxt(function, &rule->condition, CurrentMemoryContext);
	}
}

/* Read once in a statement, into the memory of its trigger. */
static Gate *
read_gate(Relation rel, MemoryContext context)
{
	MemoryContext caller = MemoryContextSwitchTo(context);
	Gate	   *gate = palloc0(sizeof(Gate));
	Oid			types[1] = {OIDOID};
	Datum		values[1] = {ObjectIdGetDatum(RelationGetRelid(rel))};
	SpSpiScope	scope;

	sp_spi_begin_as(&scope, sp_owner_role());
	if (SPI_execute_with_args(gate_query, 1, types, values, NULL, true, 1) != SPI_OK_SELECT)
		elog(ERROR, "could not find the table of a gate");
	MemoryContextSwitchTo(context);
	if (SPI_processed == 1)
	{
		bool		isnull;

		gate->watched = DatumGetObjectId(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull));
		gate->column = SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 2);
		gate->held = SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 3);
		gate->amount_column = SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 4);
		read_rules(gate, context);
	}
	sp_spi_end(&scope);
	MemoryContextSwitchTo(context);
	find_conditions(gate);
	MemoryContextSwitchTo(caller);
	return gate;
}

/* ---- judging ---- */

typedef struct Judgement
{
	GateRule   *rule;
	Datum		event;
	bool		conflicts;
	MemoryContext caller;
	char	   *facts;			/* the event as JSON, where it conflicts */
} Judgement;

static bool
meets_condition(Judgement *judgement)
{
	LOCAL_FCINFO(call, 1);

	if (judgement->rule->function == NULL)
		return true;
	if (!OidIsValid(judgement->rule->condition.fn_oid))
		elog(ERROR, "its condition is gone");
	InitFunctionCallInfoData(*call, &judgement->rule->condition, 1, InvalidOid, NULL, NULL);
	call->args[0].value = judgement->event;
	call->args[0].isnull = false;
	return DatumGetBool(FunctionCallInvoke(call)) && !call->isnull;
}

/*
 * As the rule's author: the JSON, too, as a type may have a cast to it, which is
 * code of whoever made the type.
 */
static void
ask_condition(void *argument)
{
	Judgement  *judgement = argument;
	SpSpiScope	scope;

	sp_spi_begin_as(&scope, judgement->rule->author);
	judgement->conflicts = meets_condition(judgement);
	if (judgement->conflicts)
		judgement->facts = MemoryContextStrdup(judgement->caller,
											   TextDatumGetCString(DirectFunctionCall1(row_to_json, judgement->event)));
	sp_spi_end(&scope);
}

static void
suspend(const GateRule *rule, const char *reason)
{
	Oid			types[2] = {INT4OID, TEXTOID};
	Datum		values[2] = {Int32GetDatum(rule->rule_id), CStringGetTextDatum(reason)};

	(void) sp_execute_as_owner("UPDATE pulse_internal.rule SET state = 'suspended', reason = $2 WHERE rule_id = $1",
							   SPI_OK_UPDATE, 2, types, values, NULL);
	ereport(WARNING,
			(errcode(ERRCODE_WARNING),
			 errmsg("rule \"%s\" can't judge a row: %s", rule->name, reason),
			 errdetail("It is suspended, and the row passes."),
			 errhint("Mend it, then SELECT pulse.set_rule_mode('%s', 'live');", rule->name)));
}

/* The row's key: the values of its columns, as the sweep writes them. */
static char *
key_of(HeapTuple event, TupleDesc desc, const char *key_name)
{
	StringInfoData key;
	char	   *names = pstrdup(key_name);
	bool		several = strstr(names, ", ") != NULL;

	initStringInfo(&key);
	while (names != NULL)
	{
		char	   *next = strstr(names, ", ");
		char	   *value;

		if (next != NULL)
			*next = '\0';
		value = SPI_getvalue(event, desc, SPI_fnumber(desc, names));
		if (value == NULL)
			return NULL;
		if (key.len > 0)
			appendStringInfoString(&key, ", ");
		for (; *value != '\0'; value++)
		{
			if (several && (*value == ',' || *value == '\\'))
				appendStringInfoChar(&key, '\\');
			appendStringInfoChar(&key, *value);
		}
		names = next == NULL ? NULL : next + 2;
	}
	return key.data;
}

static void
judge(GateRow *row, GateRule *rule)
{
	TupleDesc	desc = NULL;
	HeapTuple	event = sp_event_of_row(row->rel, rule->kind_id, row->old_row, row->new_row, &desc);
	Judgement	judgement = {.rule = rule,.caller = CurrentMemoryContext};
	char	   *reason;

	rule->conflicts = false;
	if (event == NULL)
		return;
	judgement.event = HeapTupleGetDatum(event);
	reason = sp_attempt_limited(ask_condition, &judgement, false);
	if (reason != NULL)
	{
		suspend(rule, reason);
		return;
	}
	rule->conflicts = judgement.conflicts;
	if (!rule->conflicts)
		return;
	rule->key = key_of(event, desc, rule->key_name);
	rule->facts = judgement.facts;
}

/* All that speaks against the row, in one error. */
static void
refuse_rejected(const GateRow *row)
{
	const GateRule *first = NULL;
	StringInfoData detail;

	initStringInfo(&detail);
	for (int i = 0; i < row->gate->rule_count; i++)
	{
		const GateRule *rule = &row->gate->rules[i];

		if (!rule->conflicts || !rule->live)
			continue;
		if (first == NULL && rule->rejects)
			first = rule;
		appendStringInfo(&detail, "%s%s: %s", detail.len > 0 ? "\n" : "", rule->name, rule->sentence);
	}
	if (first == NULL)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_SP_REJECTED),
			 errmsg("the row is rejected by rule \"%s\"", first->name),
			 errdetail("%s", detail.data),
			 errhint("%s", first->text !=NULL ? first->text : "Change what the sentence names, or ask the rule's author."),
			 errtable(row->rel)));
}

/* An UPDATE that leaves all as it was asks nothing. */
static bool
is_unchanged(const GateRow *row)
{
	TupleDesc	desc = RelationGetDescr(row->rel);

	if (row->old_row == NULL)
		return false;
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);
		bool		old_null;
		bool		new_null;
		Datum		old_value;
		Datum		new_value;

		if (att->attisdropped || att->attgenerated)
			continue;
		old_value = slot_getattr(row->old_row, i + 1, &old_null);
		new_value = slot_getattr(row->new_row, i + 1, &new_null);
		if (old_null != new_null ||
			(!old_null && !datum_image_eq(old_value, new_value, att->attbyval, att->attlen)))
			return false;
	}
	return true;
}

PG_FUNCTION_INFO_V1(sp_gate);

/* BEFORE INSERT OR UPDATE, for each row */
Datum
sp_gate(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	GateRow		row = {0};
	bool		update;

	if (!CALLED_AS_TRIGGER(fcinfo) || !TRIGGER_FIRED_BEFORE(trigger->tg_event) || !TRIGGER_FIRED_FOR_ROW(trigger->tg_event))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("pulse_internal.gate() was not fired the way it is made for"),
				 errdetail("It judges rows before they are written."),
				 errhint("Create a rule that says hold or reject.")));
	update = TRIGGER_FIRED_BY_UPDATE(trigger->tg_event);
	row.rel = trigger->tg_relation;
	row.old_row = update ? trigger->tg_trigslot : NULL;
	row.new_row = update ? trigger->tg_newslot : trigger->tg_trigslot;
	row.tuple = update ? trigger->tg_newtuple : trigger->tg_trigtuple;
	if (fcinfo->flinfo->fn_extra == NULL)
		fcinfo->flinfo->fn_extra = read_gate(row.rel, fcinfo->flinfo->fn_mcxt);
	row.gate = fcinfo->flinfo->fn_extra;
	if (row.gate->rule_count == 0 || is_unchanged(&row))
		return PointerGetDatum(row.tuple);
	sp_find_hold(&row);
	for (int i = 0; i < row.gate->rule_count; i++)
		judge(&row, &row.gate->rules[i]);
	refuse_rejected(&row);
	return PointerGetDatum(sp_settle_holds(&row));
}
