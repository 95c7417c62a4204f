/*
 * rule_store.c
 *	  Rows of pulse_internal.rule and rule_action, and the condition functions.
 *
 * A condition is an SQL function with a parsed body in the schema of events, so
 * the server tracks what it depends on.  It is made by the engine, which may
 * write into that schema, from text that the engine wrote, and given to the
 * rule's author, as whom it runs.  Invariant: a rule's row, actions and
 * functions change in one transaction.
 */
#include "rule/rule_version.h"

#include "catalog/namespace.h"
#include "catalog/pg_authid.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "rule/live.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/catcache.h"
#include "utils/json.h"
#include "utils/lsyscache.h"
#include "utils/regproc.h"
#include "utils/syscache.h"

/* ---- condition functions ---- */

static char *
condition_name(int32 rule_id, int part)
{
	return psprintf("rule_%d_%s", rule_id, sp_rule_part_names[part]);
}

static void
run_each_as(List *statements, Oid role)
{
	SpSpiScope	scope;
	ListCell   *cell;

	sp_spi_begin_as(&scope, role);
	foreach(cell, statements)
		sp_spi_text(lfirst(cell), SPI_OK_UTILITY);
	sp_spi_end(&scope);
}

static void
run_each(List *statements)
{
	run_each_as(statements, BOOTSTRAP_SUPERUSERID);
}

/*
 * What holds SQL of the author is read as the author: reading a constant may
 * run code of its type.
 */
static void
create_as_author(const char *statement, Oid author)
{
	Oid			schema = get_namespace_oid(sp_setting("event_schema"), false);

	if (object_aclcheck(NamespaceRelationId, schema, author, ACL_CREATE) != ACLCHECK_OK)
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied for schema \"%s\"", sp_setting("event_schema")),
				 errdetail("A condition with SQL is a function that its author makes there."),
				 errhint("Have its owner type GRANT CREATE, USAGE ON SCHEMA %s TO %s;",
						 quote_identifier(sp_setting("event_schema")),
						 quote_identifier(GetUserNameFromId(author, false)))));
	run_each_as(list_make1((char *) statement), author);
}

static List *
make_condition(List *statements, int32 rule_id, int part, const BoundPart *bound, Oid author)
{
	Oid			relid = bound->kind->relid;
	char	   *row_type = sp_relation_name(relid);
	char	   *function = psprintf("%s(%s)",
									quote_qualified_identifier(sp_setting("event_schema"),
															   condition_name(rule_id, part)),
									row_type);

	char	   *create = psprintf("CREATE FUNCTION %s(event_row %s) RETURNS boolean"
								  " LANGUAGE sql STABLE PARALLEL SAFE RETURN %s",
								  quote_qualified_identifier(sp_setting("event_schema"),
															 condition_name(rule_id, part)),
								  row_type, bound->condition);
	size_t		ignored;

	if (sp_part_has_sql(bound, &ignored))
		create_as_author(create, author);
	else
		statements = lappend(statements, create);
	statements = lappend(statements,
						 psprintf("COMMENT ON FUNCTION %s IS 'Condition of a rule of salespulse; see pulse.rules.'",
								  function));
	statements = lappend(statements, psprintf("REVOKE ALL ON FUNCTION %s FROM PUBLIC", function));
	return lappend(statements, psprintf("ALTER FUNCTION %s OWNER TO %s", function,
										quote_identifier(GetUserNameFromId(author, false))));
}

static void
make_conditions(int32 rule_id, const BoundTree *bound, Oid author)
{
	List	   *statements = NIL;

	for (int i = 0; i < RULE_PART_COUNT; i++)
		if (bound->parts[i].condition != NULL)
			statements = make_condition(statements, rule_id, i, &bound->parts[i], author);
	if (statements == NIL)
		return;
	sp_make_event_schema();
	run_each(statements);
}

/* Only what its author owns: a function of that name may be somebody else's. */
void
sp_drop_conditions(int32 rule_id, Oid author)
{
	Oid			schema = get_namespace_oid(sp_setting("event_schema"), true);
	List	   *statements = NIL;

	for (int part = 0; part < RULE_PART_COUNT && OidIsValid(schema); part++)
	{
		CatCList   *functions = SearchSysCacheList1(PROCNAMEARGSNSP,
													CStringGetDatum(condition_name(rule_id, part)));

		for (int i = 0; i < functions->n_members; i++)
		{
			Form_pg_proc function = (Form_pg_proc) GETSTRUCT(&functions->members[i]->tuple);

			if (function->pronamespace == schema && function->proowner == author)
				statements = lappend(statements,
									 psprintf("DROP FUNCTION %s",
											  format_procedure_qualified(function->oid)));
		}
		ReleaseSysCacheList(functions);
	}
	if (statements != NIL)
		run_each(statements);
}

/* ---- rows ---- */

static Datum
text_datum(const char *utf8)
{
	return utf8 == NULL ? (Datum) 0 : CStringGetTextDatum(sp_from_utf8(utf8));
}

/* [{"column": ..., "value": ...}] or "from", a column of the trigger, for "value" */
static char *
arguments_json(const RuleAction *action)
{
	StringInfoData json;

	initStringInfo(&json);
	appendStringInfoChar(&json, '[');
	for (int i = 0; i < action->argument_count; i++)
	{
		const RuleArgument *argument = &action->arguments[i];
		const char *value = argument->value.text;

		appendStringInfoString(&json, i == 0 ? "{" : ", {");
		if (argument->column != NULL)
		{
			appendStringInfoString(&json, "\"column\": ");
			escape_json(&json, sp_from_utf8(argument->column));
			appendStringInfoString(&json, ", ");
		}
		appendStringInfoString(&json, argument->value.kind == VALUE_COLUMN ? "\"from\": " : "\"value\": ");
		if (argument->value.kind == VALUE_MONEY)
			value = psprintf("%s %s", argument->value.currency, value);
		escape_json(&json, sp_from_utf8(value));
		appendStringInfoChar(&json, '}');
	}
	appendStringInfoChar(&json, ']');
	return json.data;
}

/* "2 working days", of a rule that names a calendar with USING CALENDAR and its name. */
static Datum
due_in_datum(const Rule *rule, Duration due_in)
{
	Arena		arena;
	const char *text;

	sp_arena_init(&arena, CurrentMemoryContext);
	text = lang_print_duration(&arena, due_in);

	if (rule->calendar != NULL && (1u << due_in.unit & WORKING_UNITS) != 0)
		text = psprintf("%s USING CALENDAR %s", text, sp_from_utf8(rule->calendar));

	return CStringGetTextDatum(text);
}

static void
insert_action(int32 rule_id, const Rule *rule, int step, int number)
{
	const RuleAction *action = &rule->steps[step].actions[number];

	Oid			types[10] = {INT4OID, INT4OID, INT4OID, TEXTOID, TEXTOID, TEXTARRAYOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID};
	char		nulls[11] = "          ";
	Datum	   *copies = palloc(sizeof(Datum) * Max(action->copy_count, 1));
	Datum		values[10];

	for (int i = 0; i < action->copy_count; i++)
		copies[i] = text_datum(action->copies[i]);
	values[0] = Int32GetDatum(rule_id);
	values[1] = Int32GetDatum(step);
	values[2] = Int32GetDatum(number);
	values[3] = CStringGetTextDatum(lang_verb_name(action->verb));
	values[4] = text_datum(action->role);
	values[5] = PointerGetDatum(construct_array(copies, action->copy_count, TEXTOID, -1, false,
												TYPALIGN_INT));
	values[6] = text_datum(action->text);
	values[7] = action->due_in.count == 0 ? (Datum) 0 : due_in_datum(rule, action->due_in);
	values[8] = text_datum(action->target);
	values[9] = CStringGetTextDatum(arguments_json(action));
	nulls[4] = action->role == NULL ? 'n' : ' ';
	nulls[6] = action->text == NULL ? 'n' : ' ';
	nulls[8] = action->target == NULL ? 'n' : ' ';
	nulls[7] = action->due_in.count == 0 ? 'n' : ' ';
	(void) sp_execute_as_owner("INSERT INTO pulse_internal.rule_action"
							   " (rule_id, step, action, verb, role, copies, body, due_in, target, arguments)"
							   " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10::pg_catalog.jsonb)",
							   SPI_OK_INSERT, 10, types, values, nulls);
}

static void
insert_actions(int32 rule_id, const Rule *rule)
{
	for (int step = 0; step < rule->step_count; step++)
		for (int action = 0; action < rule->steps[step].action_count; action++)
			insert_action(rule_id, rule, step, action);
}

static int32
next_rule_id(void)
{
	SpSpiScope	scope;
	int32		rule_id;
	bool		isnull;

	sp_spi_begin_as(&scope, sp_owner_role());
	sp_spi_text("SELECT pg_catalog.nextval('pulse_internal.rule_rule_id_seq')::pg_catalog.int4",
				SPI_OK_SELECT);
	rule_id = DatumGetInt32(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull));
	sp_spi_end(&scope);
	return rule_id;
}

#define RULE_VALUE_COUNT	17

/* What a sentence decides of a rule's row. */
static void
rule_values(int32 rule_id, const char *sentence, const BoundTree *bound, Datum *values, char *nulls)
{
	Arena		arena;

	sp_arena_init(&arena, CurrentMemoryContext);
	memset(nulls, ' ', RULE_VALUE_COUNT);
	values[0] = Int32GetDatum(rule_id);
	values[1] = text_datum(sentence);
	values[2] = CStringGetTextDatum(sp_tongue_name(bound->rule->tongue));
	values[3] = text_datum(lang_print(&arena, bound->rule, TONGUE_EN, NULL));
	values[4] = CStringGetTextDatum(sp_key_name(bound->rule));
	for (int i = 0; i < RULE_PART_COUNT; i++)
	{
		const BoundPart *part = &bound->parts[i];

		values[5 + i] = Int32GetDatum(part->kind == NULL ? 0 : part->kind->kind_id);
		nulls[5 + i] = part->kind == NULL && i > 0 ? 'n' : ' ';
		values[10 + i] = part->condition == NULL ? (Datum) 0 :
			CStringGetTextDatum(condition_name(rule_id, i));
		nulls[10 + i] = part->condition == NULL ? 'n' : ' ';
	}
}

static Oid	rule_types[RULE_VALUE_COUNT] = {
	INT4OID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, INT4OID, INT4OID, INT4OID, INT4OID, INT4OID,
	TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, OIDOID
};

/* What is asked of a rule when it acts. */
static void
write_options(int32 rule_id, const Rule *rule)
{
	Oid			types[4] = {INT4OID, TEXTOID, BOOLOID, TEXTOID};
	Datum		values[4] = {
		Int32GetDatum(rule_id), text_datum(rule->unless_rule), BoolGetDatum(lang_is_gate(rule)), text_datum(rule->calendar)
	};
	char		nulls[] = "    ";

	nulls[1] = rule->unless_rule == NULL ? 'n' : ' ';
	nulls[3] = rule->calendar == NULL ? 'n' : ' ';
	sp_hold_calendar(rule);
	(void) sp_execute_as_owner("UPDATE pulse_internal.rule SET unless_rule = $2, is_gate = $3, calendar = $4"
							   " WHERE rule_id = $1 AND (unless_rule, is_gate, calendar) IS DISTINCT FROM ($2, $3, $4)",
							   SPI_OK_UPDATE, 4, types, values, nulls);
}

int32
sp_insert_rule(const char *name, const char *sentence, const BoundTree *bound)
{
	int32		rule_id = next_rule_id();
	Datum		values[RULE_VALUE_COUNT];
	char		nulls[RULE_VALUE_COUNT];

	rule_values(rule_id, sentence, bound, values, nulls);
	values[15] = CStringGetTextDatum(name);
	values[16] = ObjectIdGetDatum(GetUserId());
	(void) sp_execute_as_owner("INSERT INTO pulse_internal.rule"
							   " (rule_id, sentence, language, rule, key_name, trigger_kind, absent_kind, until_kind,"
							   "  earlier_kind, lacking_kind, trigger_function, absent_function, until_function,"
							   "  earlier_function, lacking_function, name, author, mode, created_at)"
							   " VALUES ($1, $2, $3, $4::pulse.rule, $5, $6, $7, $8, $9, $10, $11, $12,"
							   "  $13, $14, $15, $16, $17::pg_catalog.regrole, 'draft', pulse.clock())",
							   SPI_OK_INSERT, RULE_VALUE_COUNT, rule_types, values, nulls);
	insert_actions(rule_id, bound->rule);
	write_options(rule_id, bound->rule);
	make_conditions(rule_id, bound, GetUserId());
	sp_start_schedule(rule_id, bound->rule);
	sp_record_version(rule_id, RUNNING_KEEP);
	return rule_id;
}

/* ---- waits of a rule that changes ---- */

/*
 * What rules about members and states know of their relation: they look anew.
 * Only the first look of a rule that starts finds what was there before it.
 */
static void
forget_looks(int32 rule_id, bool members)
{
	Oid			types[1] = {INT4OID};
	Datum		values[1] = {Int32GetDatum(rule_id)};

	(void) sp_execute_as_owner("UPDATE pulse_internal.rule_look SET looked_at = '-infinity' WHERE rule_id = $1",
							   SPI_OK_UPDATE, 1, types, values, NULL);
	if (members)
		(void) sp_execute_as_owner("DELETE FROM pulse_internal.rule_member WHERE rule_id = $1",
								   SPI_OK_DELETE, 1, types, values, NULL);
}

/*
 * A rule about members or states that begins again has missed what happened
 * meanwhile: what has not fired is found anew.  starts: it becomes active.
 */
void
sp_restart_looks(int32 rule_id, bool starts)
{
	Oid			types[1] = {INT4OID};
	Datum		values[1] = {Int32GetDatum(rule_id)};

	forget_looks(rule_id, true);
	if (starts)
		(void) sp_execute_as_owner("DELETE FROM pulse_internal.rule_look WHERE rule_id = $1",
								   SPI_OK_DELETE, 1, types, values, NULL);
	(void) sp_execute_as_owner("DELETE FROM pulse_internal.wait WHERE rule_id = $1 AND first_due IS NULL",
							   SPI_OK_DELETE, 1, types, values, NULL);
}

/* Those that have fired are kept until their cases are closed. */
void
sp_end_waits(int32 rule_id)
{
	Oid			types[1] = {INT4OID};
	Datum		values[1] = {Int32GetDatum(rule_id)};

	forget_looks(rule_id, true);
	(void) sp_execute_as_owner("DELETE FROM pulse_internal.wait WHERE rule_id = $1 AND first_due IS NULL",
							   SPI_OK_DELETE, 1, types, values, NULL);
	(void) sp_execute_as_owner("UPDATE pulse_internal.wait SET end_reason = 'ended', ended_at = pulse.clock(),"
							   " due_at = NULL WHERE rule_id = $1 AND end_reason IS NULL",
							   SPI_OK_UPDATE, 1, types, values, NULL);
}

/* Did the rule look at other things, or count something else? */
static bool
looks_at_other(int32 rule_id, const Rule *rule)
{
	SpSpiScope	scope;
	LangError	error;
	Arena		arena;
	const Rule *stored;
	char	   *sql = psprintf("SELECT rule::pg_catalog.text FROM pulse_internal.rule WHERE rule_id = %d", rule_id);
	char	   *name_form;
	bool		other;

	sp_arena_init(&arena, CurrentMemoryContext);
	sp_spi_begin_as(&scope, sp_owner_role());
	sp_spi_text(sql, SPI_OK_SELECT);
	name_form = sp_to_utf8(SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1));
	stored = lang_parse(&arena, name_form, strlen(name_form), TONGUE_EN, NULL, &error);
	other = stored == NULL || stored->form != rule->form ||
		strcmp(stored->trigger.event, rule->trigger.event) != 0 ||
		stored->streak.count != rule->streak.count || stored->streak.unit != rule->streak.unit ||
		(rule->form == FORM_MEMBER && strcmp(stored->absent.event, rule->absent.event) != 0);
	sp_spi_end(&scope);
	return other;
}

/* Does the rule's row, not yet changed, wait for other events or keys? */
static bool
waits_for_other(int32 rule_id, const BoundTree *bound)
{
	Oid			types[3] = {INT4OID, INT4OID, TEXTOID};
	Datum		values[3] = {
		Int32GetDatum(rule_id), Int32GetDatum(bound->parts[0].kind == NULL ? 0 : bound->parts[0].kind->kind_id), CStringGetTextDatum(sp_key_name(bound->rule))
	};

	return sp_execute_as_owner("SELECT FROM pulse_internal.rule WHERE rule_id = $1"
							   " AND (trigger_kind <> $2 OR key_name <> $3)",
							   SPI_OK_SELECT, 3, types, values, NULL) > 0 ||
		(bound->rule->form != FORM_EVENT && looks_at_other(rule_id, bound->rule));
}

/*
 * Open waits go on by the new sentence: a due time that was set stays, further
 * steps are those of the new ladder.  Whoever is past its end waits for nothing.
 */
static void
shorten_waits(int32 rule_id, const BoundTree *bound)
{
	bool		can_end = bound->parts[1].kind != NULL || bound->parts[2].kind != NULL ||
	bound->rule->lead.count != 0 || bound->rule->form != FORM_EVENT;
	Oid			types[3] = {INT4OID, INT4OID, BOOLOID};
	Datum		values[3] = {
		Int32GetDatum(rule_id), Int32GetDatum(bound->rule->step_count), BoolGetDatum(can_end)
	};

	(void) sp_execute_as_owner("UPDATE pulse_internal.wait SET next_step = $2, due_at = NULL,"
							   " repetition = 0, repeat_since = NULL,"
							   " end_reason = CASE WHEN NOT $3 THEN 'completed' END,"
							   " ended_at = CASE WHEN NOT $3 THEN pulse.clock() END"
							   " WHERE rule_id = $1 AND end_reason IS NULL AND next_step >= $2",
							   SPI_OK_UPDATE, 3, types, values, NULL);
}

/* Another sentence for a rule; restarts: only for RUNNING_RESTART. */
void
sp_replace_rule(int32 rule_id, Oid author, const char *sentence, const BoundTree *bound,
				int running, struct RestartList *restarts)
{
	Datum		values[RULE_VALUE_COUNT];
	char		nulls[RULE_VALUE_COUNT];
	bool		other = waits_for_other(rule_id, bound);

	bool		restart = running == RUNNING_RESTART && bound->rule->form == FORM_EVENT;

	if (restart && !other)
		sp_list_restarts(rule_id, restarts);
	if (running == RUNNING_KEEP && !other)
		shorten_waits(rule_id, bound);
	else
		sp_end_waits(rule_id);
	forget_looks(rule_id, false);
	rule_values(rule_id, sentence, bound, values, nulls);
	sp_drop_conditions(rule_id, author);
	(void) sp_execute_as_owner("UPDATE pulse_internal.rule SET version = version + 1, sentence = $2,"
							   " language = $3, rule = $4::pulse.rule, key_name = $5, trigger_kind = $6,"
							   " absent_kind = $7, until_kind = $8, earlier_kind = $9, lacking_kind = $10,"
							   " trigger_function = $11, absent_function = $12, until_function = $13,"
							   " earlier_function = $14, lacking_function = $15, state = 'ok', reason = NULL"
							   " WHERE rule_id = $1",
							   SPI_OK_UPDATE, 15, rule_types, values, nulls);
	(void) sp_execute_as_owner("DELETE FROM pulse_internal.rule_action WHERE rule_id = $1",
							   SPI_OK_DELETE, 1, rule_types, values, NULL);
	insert_actions(rule_id, bound->rule);
	write_options(rule_id, bound->rule);
	make_conditions(rule_id, bound, author);
	sp_start_schedule(rule_id, bound->rule);
	sp_record_version(rule_id, running);
	sp_reset_due_floor();		/* it runs again, if it was suspended */
	if (restart)
		sp_restart_waits(rule_id, restarts);
}

/* The same rule in other words. */
void
sp_reword_rule(int32 rule_id, const char *sentence, const BoundTree *bound)
{
	Datum		values[RULE_VALUE_COUNT];
	char		nulls[RULE_VALUE_COUNT];

	rule_values(rule_id, sentence, bound, values, nulls);
	(void) sp_execute_as_owner("UPDATE pulse_internal.rule SET sentence = $2, language = $3"
							   " WHERE rule_id = $1 AND sentence <> $2",
							   SPI_OK_UPDATE, 3, rule_types, values, nulls);
}
