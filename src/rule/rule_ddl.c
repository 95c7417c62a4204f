/*
 * rule_ddl.c
 *	  create_rule, alter_rule, drop_rule, set_rule_mode.
 *
 * A rule belongs to who created it; besides him only members of pulse_admin
 * may change it.  Rows are written by the engine, so rights are checked here.
 */
#include "rule/shell.h"

#include "catalog/namespace.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_type.h"
#include "event/batch.h"
#include "executor/spi.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "rule/live.h"
#include "rule/rule_ddl.h"
#include "rule/rule_version.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

#define RULE_NAME_MAX	100		/* characters */

/* ---- checks ---- */

static void
check_rule_name(const char *name)
{
	if (name[0] == '\0' || pg_mbstrlen(name) > RULE_NAME_MAX ||
		strpbrk(name, ":\n\r\"") != NULL || strstr(sp_to_utf8(name), "：") != NULL ||
		name[0] == ' ' || name[strlen(name) - 1] == ' ')
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_NAME),
				 errmsg("invalid name of a rule: \"%s\"", name),
				 errdetail("A name has 1 to %d characters on one line, without colons, quotes and outer blanks.",
						   RULE_NAME_MAX),
				 errhint("Type a name such as 'overdue ladder'.")));
}

static void
check_mode(const char *mode)
{
	if (strcmp(mode, "draft") != 0 && strcmp(mode, "shadow") != 0 && strcmp(mode, "live") != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("unknown mode of a rule: \"%s\"", mode),
				 errdetail("A rule is checked and not running, runs without sending, or is live."),
				 errhint("Type 'draft', 'shadow' or 'live'.")));
}

/* Conditions are functions in the schema of events. */
static void
check_may_call(const BoundTree *bound, Oid author)
{
	const char *schema = sp_setting("event_schema");
	Oid			namespace = get_namespace_oid(schema, true);

	if (bound->rule->form == FORM_EVENT || !OidIsValid(namespace) ||
		object_aclcheck(NamespaceRelationId, namespace, author, ACL_USAGE) == ACLCHECK_OK)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("permission denied for schema %s", schema),
			 errdetail("The conditions of the rule would be functions there, which %s calls.",
					   GetUserNameFromId(author, false)),
			 errhint("Type GRANT USAGE ON SCHEMA %s TO %s;", quote_identifier(schema),
					 GetUserNameFromId(author, false))));
}

/* The rule will read these tables as its author, and run what comes with them. */
static void
check_may_read(const BoundTree *bound, Oid author)
{
	for (int i = 0; i < RULE_PART_COUNT; i++)
	{
		const EventKind *kind = bound->parts[i].kind;
		Oid			relid = kind == NULL ? InvalidOid : kind->kind_id == LOOK_KIND ? bound->source : kind->relid;

		if (kind == NULL ||
			(pg_class_aclcheck(relid, author, ACL_SELECT) == ACLCHECK_OK &&
			 object_aclcheck(NamespaceRelationId, get_rel_namespace(relid), author, ACL_USAGE) == ACLCHECK_OK))
			continue;
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg(kind->kind_id == LOOK_KIND ? "permission denied for relation \"%s\"" :
						"permission denied for event \"%s\"", kind->name),
				 errdetail("A rule runs as its author, %s, who must be able to read its events.",
						   GetUserNameFromId(author, false)),
				 errhint("Type GRANT USAGE ON SCHEMA %s TO %s; GRANT SELECT ON %s TO %s;",
						 get_namespace_name(get_rel_namespace(relid)),
						 GetUserNameFromId(author, false), sp_relation_name(relid),
						 GetUserNameFromId(author, false))));
	}
	check_may_call(bound, author);
	if (bound->rule->form != FORM_EVENT && OidIsValid(bound->source))
		sp_try_to_read(bound->source, author);
	sp_check_actions(bound->rule, author);
}

static bool
is_known_role(const char *role)
{
	Oid			types[1] = {TEXTOID};
	Datum		values[1] = {CStringGetTextDatum(role)};

	return sp_execute_as_owner("SELECT FROM pulse_internal.label WHERE class = 'role' AND name = $1",
							   SPI_OK_SELECT, 1, types, values, NULL) > 0 ||
		sp_execute_as_owner("SELECT WHERE pulse_internal.known_role($1)",
							SPI_OK_SELECT, 1, types, values, NULL) > 0;
}

static List *
note_role(List *seen, const char *utf8_role)
{
	char	   *role = sp_from_utf8(utf8_role);
	ListCell   *cell;

	foreach(cell, seen)
		if (strcmp(lfirst(cell), role) == 0)
		return seen;
	if (!is_known_role(role))
		ereport(WARNING,
				(errcode(ERRCODE_WARNING),
				 errmsg("role \"%s\" is not known yet", role),
				 errdetail("Until it is mapped, the fallback role gets what is meant for it."),
				 errhint("Map it with pulse.map_role(), or check its spelling.")));
	return lappend(seen, role);
}

static void
warn_of_unknown_roles(const Rule *rule)
{
	List	   *seen = NIL;

	for (int step = 0; step < rule->step_count; step++)
		for (int i = 0; i < rule->steps[step].action_count; i++)
		{
			const RuleAction *action = &rule->steps[step].actions[i];

			if (action->role != NULL)
				seen = note_role(seen, action->role);
			for (int copy = 0; copy < action->copy_count; copy++)
				seen = note_role(seen, action->copies[copy]);
		}
}

/* Rules may be written in any order. */
static void
warn_of_unknown_rule(const Rule *rule)
{
	if (rule->unless_rule == NULL || sp_rule_exists(sp_from_utf8(rule->unless_rule)))
		return;
	ereport(WARNING,
			(errcode(ERRCODE_WARNING),
			 errmsg("rule \"%s\" is not known yet", sp_from_utf8(rule->unless_rule)),
			 errdetail("Until there is one of that name, it keeps this rule from nothing."),
			 errhint("Create it, or check its spelling.")));
}

/* ---- the stored rule ---- */

static void
unknown_rule(const char *name)
{
	ereport(ERROR,
			(errcode(ERRCODE_SP_UNKNOWN_RULE),
			 errmsg("unknown rule \"%s\"", name),
			 errdetail("There is no rule of that name."),
			 errhint("See SELECT name FROM pulse.rules.")));
}

/* Locks the rule's row; raises when there is none or it is another's. */
static void
own_rule(const char *name, StoredRule *stored)
{
	SpSpiScope	scope;
	Oid			types[1] = {TEXTOID};
	Datum		values[1] = {CStringGetTextDatum(name)};
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext spi;
	bool		isnull;

	sp_spi_begin_as(&scope, sp_owner_role());
	if (SPI_execute_with_args("SELECT rule_id, author::pg_catalog.oid, mode, state, sentence,"
							  " rule::pg_catalog.text, trigger_kind, coalesce(absent_kind, 0), coalesce(until_kind, 0),"
							  " coalesce(earlier_kind, 0), coalesce(lacking_kind, 0), language"
							  " FROM pulse_internal.rule WHERE name = $1 FOR UPDATE",
							  1, types, values, NULL, false, 1) != SPI_OK_SELECT)
		elog(ERROR, "could not read rule \"%s\"", name);
	if (SPI_processed == 0)
		unknown_rule(name);
	stored->rule_id = DatumGetInt32(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull));
	stored->author = DatumGetObjectId(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 2, &isnull));
	for (int i = 0; i < RULE_PART_COUNT; i++)
		stored->kinds[i] = DatumGetInt32(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc,
													   7 + i, &isnull));
	spi = MemoryContextSwitchTo(caller);
	stored->mode = SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 3);
	stored->state = SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 4);
	stored->sentence = SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 5);
	stored->name_form = SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 6);
	stored->language = SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 7 + RULE_PART_COUNT);
	MemoryContextSwitchTo(spi);
	sp_spi_end(&scope);
	if (GetUserId() != sp_owner_role() &&	/* the tick, by order of the
											 * author */
		!has_privs_of_role(GetUserId(), stored->author) &&
		!has_privs_of_role(GetUserId(), get_role_oid("pulse_admin", false)))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("must be author of rule \"%s\"", name),
				 errdetail("The rule belongs to %s.", GetUserNameFromId(stored->author, true)),
				 errhint("Ask its author, or a member of pulse_admin.")));
}

/*
 * Who writes what runs as the author must have the author's rights.  Of the
 * others, an administrator may stop a rule, rename or drop it.
 */
static void
check_may_write(const char *name, const StoredRule *stored)
{
	if (GetUserId() == sp_owner_role() || has_privs_of_role(GetUserId(), stored->author))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("must be author of rule \"%s\" to write its sentence", name),
			 errdetail("What the sentence says runs with the rights of %s.", GetUserNameFromId(stored->author, true)),
			 errhint("Let its author alter it, or drop it and create one of your own.")));
}

bool
sp_rule_exists(const char *name)
{
	Oid			types[1] = {TEXTOID};
	Datum		values[1] = {CStringGetTextDatum(name)};

	return sp_execute_as_owner("SELECT FROM pulse_internal.rule WHERE name = $1",
							   SPI_OK_SELECT, 1, types, values, NULL) > 0;
}

static void
refuse_existing(const char *name)
{
	if (sp_rule_exists(name))
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_OBJECT),
				 errmsg("rule \"%s\" exists already", name),
				 errdetail("Rules are told apart by their names."),
				 errhint("Change it with pulse.alter_rule(name, sentence), or choose another name.")));
}

/* ---- what the functions do ---- */

/* Parses and binds, or raises. */
static void
read_or_raise(Arena *arena, const char *sentence, Oid author, BoundTree *bound)
{
	LangError	error;

	if (!sp_read_sentence(arena, sentence, bound, &error) ||
		!sp_analyse_sql(arena, bound, author, &error))
		sp_raise_lang_error(&error, sentence);
}

/* What was meant by words of that language when they were written. */
static void
read_names_or_raise(Arena *arena, const char *name_form, const char *language, Oid author, BoundTree *bound)
{
	LangError	error;
	char	   *utf8_form = sp_to_utf8(name_form);

	if (!sp_read_name_form(arena, utf8_form, sp_tongue_of(language), bound, &error) ||
		!sp_analyse_sql(arena, bound, author, &error))
		sp_raise_lang_error(&error, utf8_form);
}

/* sentence in UTF-8 */
const char *
sp_create_rule(const char *name, const char *sentence, const char *mode)
{
	Arena		arena;
	BoundTree	bound;

	check_rule_name(name);
	check_mode(mode);
	refuse_existing(name);
	sp_arena_init(&arena, CurrentMemoryContext);
	read_or_raise(&arena, sentence, GetUserId(), &bound);
	check_may_read(&bound, GetUserId());
	warn_of_unknown_roles(bound.rule);
	warn_of_unknown_rule(bound.rule);
	(void) sp_insert_rule(name, sentence, &bound);
	if (strcmp(mode, "draft") != 0)
		sp_set_rule_mode(name, mode);
	return lang_print(&arena, bound.rule, TONGUE_AUTO, sp_vocabulary());
}

/* False: only the wording changed, if anything.  meant: NULL, as the words are understood now */
bool
sp_alter_rule(const char *name, const char *sentence, const MeantRule *meant, const char *running_name,
			  const char **canonical)
{
	RunningWaits running = sp_running_waits(running_name);
	RestartList restarts = {0};
	Arena		arena;
	BoundTree	bound;
	StoredRule	stored;

	if (running == RUNNING_RESTART) /* before the rule, as the tick does */
		restarts.rest_count = sp_batch_hold("rules", &restarts.rests);
	own_rule(name, &stored);
	check_may_write(name, &stored);
	sp_arena_init(&arena, CurrentMemoryContext);
	if (meant != NULL)
		read_names_or_raise(&arena, meant->name_form, meant->language, stored.author, &bound);
	else
		read_or_raise(&arena, sentence, stored.author, &bound);
	check_may_read(&bound, stored.author);
	*canonical = lang_print(&arena, bound.rule, TONGUE_AUTO, sp_vocabulary());
	if (strcmp(stored.state, "ok") == 0 && sp_is_bound_to(&bound, stored.kinds) &&
		strcmp(sp_to_utf8(stored.name_form), lang_print(&arena, bound.rule, TONGUE_EN, NULL)) == 0)
	{
		sp_reword_rule(stored.rule_id, sentence, &bound);
		return false;
	}
	warn_of_unknown_roles(bound.rule);
	warn_of_unknown_rule(bound.rule);
	sp_replace_rule(stored.rule_id, stored.author, sentence, &bound, running, &restarts);
	if (strcmp(stored.mode, "draft") != 0)
		sp_enter_gates(stored.rule_id, stored.author, &bound);
	return true;
}

const char *
sp_schedule_change(const char *name, const char *sentence, const char *running,
				   TimestampTz active_from)
{
	Oid			types[7] = {INT4OID, TEXTOID, TEXTOID, TIMESTAMPTZOID, TEXTOID, TEXTOID, TEXTOID};
	Datum		values[7];
	Arena		arena;
	BoundTree	bound;
	StoredRule	stored;

	(void) sp_running_waits(running);
	own_rule(name, &stored);
	check_may_write(name, &stored);
	sp_arena_init(&arena, CurrentMemoryContext);
	read_or_raise(&arena, sentence, stored.author, &bound);
	check_may_read(&bound, stored.author);
	warn_of_unknown_roles(bound.rule);
	warn_of_unknown_rule(bound.rule);
	values[0] = Int32GetDatum(stored.rule_id);
	values[1] = CStringGetTextDatum(sp_from_utf8(sentence));
	values[2] = CStringGetTextDatum(running);
	values[3] = TimestampTzGetDatum(active_from);
	values[4] = CStringGetTextDatum(GetUserNameFromId(GetUserId(), false));
	values[5] = CStringGetTextDatum(sp_tongue_name(bound.rule->tongue));
	values[6] = CStringGetTextDatum(sp_from_utf8(lang_print(&arena, bound.rule, TONGUE_EN, NULL)));
	(void) sp_execute_as_owner("INSERT INTO pulse_internal.rule_change (rule_id, sentence, running, active_from, changed_by, language, rule)"
							   " VALUES ($1, $2, $3, $4, $5, $6, $7::pulse.rule) ON CONFLICT (rule_id) DO UPDATE"
							   " SET sentence = excluded.sentence, running = excluded.running, active_from = excluded.active_from,"
							   " changed_by = excluded.changed_by, language = excluded.language, rule = excluded.rule, failure = NULL",
							   SPI_OK_INSERT, 7, types, values, NULL);
	return lang_print(&arena, bound.rule, TONGUE_AUTO, sp_vocabulary());
}

bool
sp_cancel_change(const char *name)
{
	Oid			types[1] = {INT4OID};
	Datum		values[1];
	StoredRule	stored;

	own_rule(name, &stored);
	values[0] = Int32GetDatum(stored.rule_id);
	return sp_execute_as_owner("DELETE FROM pulse_internal.rule_change WHERE rule_id = $1",
							   SPI_OK_DELETE, 1, types, values, NULL) > 0;
}

void
sp_rename_rule(const char *name, const char *new_name)
{
	StoredRule	stored;
	Oid			types[2] = {INT4OID, TEXTOID};
	Datum		values[2];

	own_rule(name, &stored);
	if (strcmp(name, new_name) == 0)
		return;
	check_rule_name(new_name);
	refuse_existing(new_name);
	values[0] = Int32GetDatum(stored.rule_id);
	values[1] = CStringGetTextDatum(new_name);
	(void) sp_execute_as_owner("UPDATE pulse_internal.rule SET name = $2 WHERE rule_id = $1",
							   SPI_OK_UPDATE, 2, types, values, NULL);
	(void) sp_execute_as_owner("UPDATE pulse_internal.rule_version SET name = $2 WHERE rule_id = $1",
							   SPI_OK_UPDATE, 2, types, values, NULL);
}

/* What belongs to the rule alone; its firings stay. */
static void
forget_counters(Oid *types, Datum *values)
{
	(void) sp_execute_as_owner("DELETE FROM pulse_internal.rule_once WHERE rule_id = $1",
							   SPI_OK_DELETE, 1, types, values, NULL);
	(void) sp_execute_as_owner("DELETE FROM pulse_internal.rule_stat WHERE rule_id = $1",
							   SPI_OK_DELETE, 1, types, values, NULL);
}

void
sp_drop_rule(const char *name)
{
	StoredRule	stored;
	Oid			types[1] = {INT4OID};
	Datum		values[1];

	own_rule(name, &stored);
	values[0] = Int32GetDatum(stored.rule_id);
	sp_end_waits(stored.rule_id);
	sp_leave_gates(stored.rule_id);
	forget_counters(types, values);
	(void) sp_execute_as_owner("DELETE FROM pulse_internal.rule WHERE rule_id = $1",
							   SPI_OK_DELETE, 1, types, values, NULL);
	sp_drop_conditions(stored.rule_id, stored.author);
}

/* A rule that is started is bound anew, so that it does not start broken. */
void
sp_set_rule_mode(const char *name, const char *mode)
{
	StoredRule	stored;
	Oid			types[3] = {INT4OID, TEXTOID, BOOLOID};
	Datum		values[3];
	const Rule *rule = NULL;
	bool		starts;

	check_mode(mode);
	own_rule(name, &stored);
	starts = strcmp(stored.mode, "draft") == 0 && strcmp(mode, "draft") != 0;
	if (strcmp(mode, "draft") != 0)
	{
		Arena		arena;
		BoundTree	bound;

		sp_arena_init(&arena, CurrentMemoryContext);
		read_names_or_raise(&arena, stored.name_form, stored.language, stored.author, &bound);
		check_may_read(&bound, stored.author);
		if (!sp_is_bound_to(&bound, stored.kinds))
		{
			check_may_write(name, &stored); /* its names mean something else
											 * now */
			sp_replace_rule(stored.rule_id, stored.author, sp_to_utf8(stored.sentence), &bound,
							RUNNING_KEEP, NULL);
		}
		if (starts)
			sp_start_schedule(stored.rule_id, bound.rule);
		if (bound.rule->form != FORM_EVENT && (starts || strcmp(stored.state, "ok") != 0))
			sp_restart_looks(stored.rule_id, starts);
		sp_enter_gates(stored.rule_id, stored.author, &bound);
		rule = bound.rule;
	}
	else
		sp_leave_gates(stored.rule_id);
	sp_reset_due_floor();		/* what it left due is due again */
	if (starts)					/* what happens from now on is read for it */
		(void) sp_batch_register("rules", DT_NOEND);
	values[0] = Int32GetDatum(stored.rule_id);
	values[1] = CStringGetTextDatum(mode);
	values[2] = BoolGetDatum(starts);
	(void) sp_execute_as_owner("UPDATE pulse_internal.rule SET mode = $2, state = 'ok', reason = NULL,"
							   " active_since = CASE WHEN $3 THEN pulse.clock() ELSE active_since END"
							   " WHERE rule_id = $1",
							   SPI_OK_UPDATE, 3, types, values, NULL);
	if (starts)
		sp_notice_past(stored.rule_id, name, mode, rule);
}
