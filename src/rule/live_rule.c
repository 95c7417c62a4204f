/*
 * live_rule.c
 *	  A stored rule bound to its event tables, and how its events are asked for.
 */
#include "rule/live.h"

#include "catalog/namespace.h"
#include "catalog/pg_proc.h"
#include "event/event.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "rule/shell.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/catcache.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"

static const int role_inputs[ROLE_COUNT] = {
	INPUT_TRIGGER, INPUT_ANSWER, INPUT_UNTIL, INPUT_EARLIER, INPUT_LACKING
};

static RuleSource *
source_of_kind(BoundRule *rule, int32 kind_id)
{
	RuleSource *source;

	for (int i = 0; i < rule->source_count; i++)
		if (rule->sources[i].kind_id == kind_id)
			return &rule->sources[i];
	source = &rule->sources[rule->source_count++];
	memset(source, 0, sizeof(RuleSource));
	source->kind_id = kind_id;
	return source;
}

static void
read_roles(BoundRule *rule, uint64 row)
{
	for (int role = 0; role < ROLE_COUNT; role++)
	{
		bool		isnull;
		Datum		kind = sp_datum_at(row, 8 + role, &isnull);
		RuleSource *source;

		if (isnull || DatumGetInt32(kind) == 0)
			continue;			/* 0: no event begins it */
		source = source_of_kind(rule, DatumGetInt32(kind));
		source->plays[role] = true;
		source->condition[role] = sp_text_at(row, 13 + role);
	}
}

/* One row of RULE_COLUMNS; sp_bind_rule() makes it ready to run. */
void
sp_read_rule(uint64 row, BoundRule *rule)
{
	bool		isnull;

	memset(rule, 0, sizeof(BoundRule));
	rule->rule_id = sp_int_at(row, 1);
	rule->name = sp_text_at(row, 2);
	rule->key_name = sp_text_at(row, 3);
	rule->mode = sp_text_at(row, 4);
	rule->author = DatumGetObjectId(sp_datum_at(row, 5, &isnull));
	rule->active_since = DatumGetTimestampTz(sp_datum_at(row, 6, &isnull));
	if (isnull)
		rule->active_since = DT_NOBEGIN;
	rule->text = sp_text_at(row, 7);
	rule->version = sp_int_at(row, 18);
	rule->unless = sp_text_at(row, 19);
	rule->looks_around = rule->unless != NULL;
	read_roles(rule, row);
}

static void
bind_source(const BoundRule *rule, RuleSource *source)
{
	const EventKind *kind;

	if (source->kind_id == LOOK_KIND)
		return;
	kind = sp_event_kind_by_id(source->kind_id, true);
	if (kind == NULL || get_rel_name(kind->relid) == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_SP_UNKNOWN_EVENT),
				 errmsg("an event of rule \"%s\" has no table any more", rule->name),
				 errdetail("It was dropped after the rule was created."),
				 errhint("Create the event again and alter the rule.")));
	source->relid = kind->relid;
}

bool
sp_is_own_function(Oid function, Oid author)
{
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
	Oid			owner;

	if (!HeapTupleIsValid(tuple))
		return false;
	owner = ((Form_pg_proc) GETSTRUCT(tuple))->proowner;
	ReleaseSysCache(tuple);
	return owner == author || superuser_arg(owner);
}

/* of that name, with one argument, in the event schema */
static Oid
own_function(const char *name, Oid author)
{
	Oid			schema = get_namespace_oid(sp_setting("event_schema"), true);
	CatCList   *functions = SearchSysCacheList1(PROCNAMEARGSNSP, CStringGetDatum(name));
	Oid			found = InvalidOid;

	for (int i = 0; i < functions->n_members; i++)
	{
		Form_pg_proc function = (Form_pg_proc) GETSTRUCT(&functions->members[i]->tuple);

		if (function->pronamespace == schema && function->pronargs == 1 &&
			sp_is_own_function(function->oid, author))
			found = function->oid;
	}
	ReleaseSysCacheList(functions);
	return found;
}

/*
 * Is the function of the event schema that we call by its name as the author
 * still his?  It may be dropped with something that it reads, and then whoever
 * may make functions there could take its name, and run as the author.  It can't
 * be dropped until the transaction ends, or the lock on it is given back.
 */
Oid
sp_hold_own_function(const char *name, Oid author)
{
	Oid			function = own_function(name, author);

	if (!OidIsValid(function))
		return InvalidOid;
	LockDatabaseObject(ProcedureRelationId, function, 0, AccessShareLock);
	return own_function(name, author) == function ? function : InvalidOid;
}

/*
 * Once a rule has read what it reads: a sweep over thousands of rules would fill
 * the table of locks.
 */
void
sp_unhold_conditions(BoundRule *rule)
{
	while (rule->held_count > 0)
		UnlockDatabaseObject(ProcedureRelationId, rule->held[--rule->held_count], 0, AccessShareLock);
}

static void
hold_condition(BoundRule *rule, const char *name)
{
	Oid			function = sp_hold_own_function(name, rule->author);

	if (!OidIsValid(function))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_FUNCTION),
				 errmsg("a condition of rule \"%s\" is gone", rule->name),
				 errdetail("Function %s was dropped, perhaps with a column that it reads, or is somebody else's now.",
						   name),
				 errhint("Alter the rule with its sentence.")));
	rule->held[rule->held_count++] = function;
}

static void
hold_conditions(BoundRule *rule, const RuleSource *source)
{
	if (OidIsValid(source->relid))
		LockRelationOid(source->relid, AccessShareLock);	/* in the order of who
															 * drops a column */
	for (int role = 0; role < ROLE_COUNT; role++)
		if (source->condition[role] != NULL)
			hold_condition(rule, source->condition[role]);
}

/* Raises what keeps the rule from running. */
void
sp_bind_rule(Arena *arena, BoundRule *rule)
{
	LangError	error = {0};

	rule->rule = lang_parse(arena, rule->text, strlen(rule->text), TONGUE_EN, NULL, &error);
	if (rule->rule == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_SP_RULE_SYNTAX),
				 errmsg("the stored rule \"%s\" can't be read", rule->name),
				 errdetail("%s", error.message),
				 errhint("Alter the rule with its sentence.")));
	rule->keeper = sp_keeper_of(rule->rule);
	if (sp_is_look(rule))
		sp_bind_subject(rule);
	for (int i = 0; i < rule->source_count; i++)
	{
		bind_source(rule, &rule->sources[i]);
		hold_conditions(rule, &rule->sources[i]);
	}
}

/* Which of the rule's events a row is, as an expression over e: an INPUT_ mask. */
static void
append_input(StringInfo sql, const RuleSource *source)
{
	const char *separator = "";

	for (int role = 0; role < ROLE_COUNT; role++)
	{
		if (!source->plays[role])
			continue;
		if (source->condition[role] == NULL)
			appendStringInfo(sql, "%s%d", separator, role_inputs[role] | source->also);
		else
			appendStringInfo(sql, "%sCASE WHEN %s THEN %d ELSE 0 END", separator,
							 psprintf("%s(e)",
									  quote_qualified_identifier(sp_setting("event_schema"),
																 source->condition[role])),
							 role_inputs[role] | source->also);
		separator = " | ";
	}
}

/* Does the window count from a column of the trigger, and of which type? */
bool
sp_rule_is_dated(const BoundRule *rule, Oid *anchor_type)
{
	const RuleSource *source = &rule->sources[0];
	AttrNumber	attnum;

	if (rule->rule->date_column == NULL)
		return false;
	attnum = get_attnum(source->relid, rule->rule->date_column);
	if (attnum == InvalidAttrNumber)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("column \"%s\" does not exist", rule->rule->date_column),
				 errdetail("The window of rule \"%s\" begins after it.", rule->name),
				 errhint("Add the column to event \"%s\", or alter the rule.",
						 rule->rule->trigger.event)));
	*anchor_type = get_atttype(source->relid, attnum);
	return true;
}

static const char *
anchor_expression(const BoundRule *rule, const RuleSource *source)
{
	Oid			type;

	if (!sp_rule_is_dated(rule, &type))
		return "NULL::pg_catalog.timestamptz";
	if (!source->plays[0])
		return psprintf("NULL::%s", format_type_be_qualified(type));
	return psprintf("e.%s", quote_identifier(rule->rule->date_column));
}

/*
 * The key of a row e, as text.  Several columns are told apart by ", "; a comma
 * of their own is escaped, so that no two keys are one.
 */
char *
sp_key_expression(const BoundRule *rule)
{
	StringInfoData sql;

	if (rule->rule->more_key_count == 0)
		return psprintf("e.%s::pg_catalog.text", quote_identifier(rule->key_name));
	initStringInfo(&sql);
	appendStringInfoChar(&sql, '(');
	for (int i = 0; i <= rule->rule->more_key_count; i++)
		appendStringInfo(&sql, "%spg_catalog.replace(pg_catalog.replace(e.%s::pg_catalog.text, E'\\\\', E'\\\\\\\\'), ',', E'\\\\,')",
						 i == 0 ? "" : " OPERATOR(pg_catalog.||) ', ' OPERATOR(pg_catalog.||) ",
						 quote_identifier(sp_from_utf8(i == 0 ? rule->rule->key : rule->rule->more_keys[i - 1])));
	appendStringInfoChar(&sql, ')');
	return sql.data;
}

static void
append_source(StringInfo sql, const BoundRule *rule, const RuleSource *source,
			  const char *key, const char *more)
{
	char	   *table = sp_relation_name(source->relid);
	StringInfoData input;

	initStringInfo(&input);
	append_input(&input, source);
	appendStringInfo(sql, "SELECT %s AS key, e.at, e.event_id, e.recorded,"
					 " %s AS input, %s AS anchor%s FROM %s AS e",
					 key, input.data, anchor_expression(rule, source), more, table);
	pfree(input.data);
}

/*
 * The rule's events of one kind: key, at, event_id, recorded, input, anchor, and
 * what "more" adds ("", or a comma and an expression over e).
 * The caller adds conditions on e with AND.
 */
void
sp_source_query(StringInfo sql, const BoundRule *rule, const RuleSource *source,
				const char *more)
{
	char	   *key = sp_key_expression(rule);

	append_source(sql, rule, source, psprintf("%s COLLATE \"C\"", key), more);
	appendStringInfo(sql, " WHERE %s IS NOT NULL", key);
}

/* Is the key one whole number, in all of the rule's tables? */
bool
sp_has_number_key(const BoundRule *rule)
{
	for (int i = 0; i < rule->source_count; i++)
	{
		Oid			relid = rule->sources[i].relid;
		Oid			type = get_atttype(relid, get_attnum(relid, rule->key_name));

		if (type != INT2OID && type != INT4OID && type != INT8OID)
			return false;
	}
	return rule->rule->more_key_count == 0;
}

/*
 * All rows of one kind, as sp_source_query() has its events.  Who takes them
 * passes over those without a key or an input: that is cheaper than to ask for
 * both twice.  Numbers need not be texts before it is known which are one key.
 */
void
sp_history_query(StringInfo sql, const BoundRule *rule, const RuleSource *source, bool numbered)
{
	const char *key = numbered ? psprintf("e.%s::pg_catalog.int8", quote_identifier(rule->key_name))
	: sp_key_expression(rule);

	append_source(sql, rule, source, key, "");
}
