/*
 * gate_rule.c
 *	  Rules that hold or reject: which tables they judge, and the trigger there.
 *
 * A gate judges every table that is watched for its event.  The trigger stands
 * while some rule needs it; what it does is decided by the catalog alone.
 * Invariant: gate_rule has a row for each table that a gate which is no draft
 * judges.
 */
#include "rule/shell.h"

#include "access/table.h"
#include "catalog/dependency.h"
#include "catalog/namespace.h"
#include "catalog/objectaddress.h"
#include "catalog/pg_authid.h"
#include "catalog/pg_class.h"
#include "catalog/pg_trigger.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "parser/parse_func.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

/* behind the triggers of the application: it judges what they made of the row */
#define GATE_TRIGGER	"zz_pulse_gate"

static List *
read_relations(const char *sql, int32 number)
{
	MemoryContext caller = CurrentMemoryContext;
	Oid			types[1] = {INT4OID};
	Datum		values[1] = {Int32GetDatum(number)};
	List	   *relations = NIL;
	SpSpiScope	scope;

	sp_spi_begin_as(&scope, sp_owner_role());
	if (SPI_execute_with_args(sql, 1, types, values, NULL, false, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not read the tables of a gate");
	MemoryContextSwitchTo(caller);
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		bool		isnull;

		relations = lappend_oid(relations, DatumGetObjectId(SPI_getbinval(SPI_tuptable->vals[i],
																		  SPI_tuptable->tupdesc, 1, &isnull)));
	}
	sp_spi_end(&scope);
	return relations;
}

/*
 * By number, as a name may be another table's a moment later.  TRIGGER is the
 * author's, and the table is locked; the function is nobody's to call.
 */
static void
create_trigger(Oid relid)
{
	CreateTrigStmt *statement = makeNode(CreateTrigStmt);
	List	   *name = list_make2(makeString("pulse_internal"), makeString("gate"));
	Oid			user;
	int			security;

	sp_refuse_taken_trigger(relid, GATE_TRIGGER);
	statement->trigname = GATE_TRIGGER;
	statement->relation = makeRangeVar(get_namespace_name(get_rel_namespace(relid)), get_rel_name(relid), -1);
	statement->funcname = name;
	statement->row = true;
	statement->timing = TRIGGER_TYPE_BEFORE;
	statement->events = TRIGGER_TYPE_INSERT | TRIGGER_TYPE_UPDATE;
	GetUserIdAndSecContext(&user, &security);
	SetUserIdAndSecContext(BOOTSTRAP_SUPERUSERID, security | SECURITY_LOCAL_USERID_CHANGE | SECURITY_RESTRICTED_OPERATION);
	CreateTrigger(statement, NULL, relid, InvalidOid, InvalidOid, InvalidOid, LookupFuncName(name, 0, NULL, false),
				  InvalidOid, NULL, false, false);
	SetUserIdAndSecContext(user, security);
	CommandCounterIncrement();
}

static void
drop_trigger(Oid trigger)
{
	ObjectAddress address;

	ObjectAddressSet(address, TriggerRelationId, trigger);
	performDeletion(&address, DROP_RESTRICT, PERFORM_DELETION_INTERNAL);
	CommandCounterIncrement();
}

/* The trigger works for whoever may have put one there himself. */
static void
check_may_judge(Oid relid, Oid author)
{
	if (pg_class_aclcheck(relid, author, ACL_TRIGGER) == ACLCHECK_OK)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("permission denied for table %s", get_rel_name(relid)),
			 errdetail("A rule that holds or rejects is a trigger on it, of the rule's author, %s.",
					   GetUserNameFromId(author, false)),
			 errhint("Type GRANT TRIGGER ON %s TO %s;", sp_relation_name(relid),
					 quote_identifier(GetUserNameFromId(author, false)))));
}

static bool
holds_rows(const Rule *rule)
{
	for (int i = 0; i < rule->steps[0].action_count; i++)
		if (rule->steps[0].actions[i].verb == VERB_HOLD)
			return true;
	return false;
}

static void
check_can_hold(Oid relid)
{
	Oid			types[1] = {OIDOID};
	Datum		values[1] = {ObjectIdGetDatum(relid)};

	if (sp_execute_as_owner("SELECT FROM pulse_internal.gate AS g WHERE g.relation = $1",
							SPI_OK_SELECT, 1, types, values, NULL) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_SP_UNKNOWN_GATE),
				 errmsg("rows of %s can't be held", get_rel_name(relid)),
				 errdetail("Nothing says which of its columns shows that a row is held."),
				 errhint("Type SELECT pulse.create_gate('%s', state => 'state');", sp_relation_name(relid))));
}

/* Until the end of the transaction; false: it is gone. */
static bool
lock_table(Oid relid)
{
	Relation	rel = try_table_open(relid, ShareRowExclusiveLock);

	if (rel != NULL)
		table_close(rel, NoLock);
	return rel != NULL;
}

static void
add_relation(int32 rule_id, Oid relid)
{
	Oid			types[2] = {INT4OID, OIDOID};
	Datum		values[2] = {Int32GetDatum(rule_id), ObjectIdGetDatum(relid)};

	(void) sp_execute_as_owner("INSERT INTO pulse_internal.gate_rule (rule_id, relation) VALUES ($1, $2::pg_catalog.regclass)",
							   SPI_OK_INSERT, 2, types, values, NULL);
	if (!OidIsValid(sp_find_trigger(relid, GATE_TRIGGER, "gate")))
		create_trigger(relid);
}

static void
drop_unneeded(Oid relid)
{
	Oid			types[1] = {OIDOID};
	Datum		values[1] = {ObjectIdGetDatum(relid)};
	Oid			trigger;

	if (!lock_table(relid))
		return;
	trigger = sp_find_trigger(relid, GATE_TRIGGER, "gate");
	if (!OidIsValid(trigger) ||
		sp_execute_as_owner("SELECT FROM pulse_internal.gate_rule AS g WHERE g.relation = $1",
							SPI_OK_SELECT, 1, types, values, NULL) > 0)
		return;
	drop_trigger(trigger);
}

/* No table is judged by the rule any more. */
void
sp_leave_gates(int32 rule_id)
{
	List	   *relations = read_relations("SELECT g.relation::pg_catalog.oid FROM pulse_internal.gate_rule AS g"
										   " WHERE g.rule_id = $1", rule_id);
	Oid			types[1] = {INT4OID};
	Datum		values[1] = {Int32GetDatum(rule_id)};
	ListCell   *cell;

	if (relations == NIL)
		return;
	(void) sp_execute_as_owner("DELETE FROM pulse_internal.gate_rule WHERE rule_id = $1",
							   SPI_OK_DELETE, 1, types, values, NULL);
	foreach(cell, relations)
		drop_unneeded(lfirst_oid(cell));
}

/* The tables that are watched for its event now. */
void
sp_enter_gates(int32 rule_id, Oid author, const BoundTree *bound)
{
	List	   *relations;
	ListCell   *cell;

	sp_leave_gates(rule_id);
	if (!lang_is_gate(bound->rule))
		return;
	relations = read_relations("SELECT DISTINCT w.relation::pg_catalog.oid FROM pulse_internal.watch AS w"
							   " WHERE w.kind_id = $1 ORDER BY 1", bound->parts[0].kind->kind_id);
	if (relations == NIL)
		ereport(ERROR,
				(errcode(ERRCODE_SP_UNKNOWN_WATCH),
				 errmsg("no table is watched for event \"%s\"", bound->parts[0].kind->name),
				 errdetail("A rule that holds or rejects judges rows while they are written to a watched table."),
				 errhint("Type SELECT pulse.watch('app.request', '%s'); first.", bound->parts[0].kind->name)));
	foreach(cell, relations)
	{
		if (!lock_table(lfirst_oid(cell)))
			continue;
		check_may_judge(lfirst_oid(cell), author);
		if (holds_rows(bound->rule))
			check_can_hold(lfirst_oid(cell));
		add_relation(rule_id, lfirst_oid(cell));
	}
}

/* ---- how rows of a table are held ---- */

static void
check_column(Oid relid, const char *column, const char *held)
{
	AttrNumber	attnum = get_attnum(relid, column);
	Oid			input;
	Oid			parameter;
	int32		typmod;
	Oid			type;
	Oid			collation;

	if (attnum <= 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("column \"%s\" of %s does not exist", column, get_rel_name(relid)),
				 errdetail("It would show that a row is held."),
				 errhint("Name a column of the table: state => 'state'.")));
	get_atttypetypmodcoll(relid, attnum, &type, &typmod, &collation);
	getTypeInputInfo(type, &input, &parameter);
	(void) OidInputFunctionCall(input, pstrdup(held), parameter, typmod);	/* or an error */
}

static void
check_own_table(Oid relid)
{
	Relation	rel = table_open(relid, AccessShareLock);
	bool		keyed = RelationGetIndexAttrBitmap(rel, INDEX_ATTR_BITMAP_PRIMARY_KEY) != NULL;

	if (!object_ownercheck(RelationRelationId, relid, GetUserId()))
		aclcheck_error(ACLCHECK_NOT_OWNER, get_relkind_objtype(rel->rd_rel->relkind), RelationGetRelationName(rel));
	if (!keyed)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("rows of %s can't be held", RelationGetRelationName(rel)),
				 errdetail("It has no primary key, so a held row could not be found again."),
				 errhint("Give it a primary key.")));
	table_close(rel, NoLock);
}

PG_FUNCTION_INFO_V1(sp_create_gate);

/* (relation, state column, held, amount column or NULL): void */
Datum
sp_create_gate(PG_FUNCTION_ARGS)
{
	Oid			types[4] = {OIDOID, TEXTOID, TEXTOID, TEXTOID};
	Datum		values[4];
	char		nulls[5] = "    ";

	for (int i = 0; i < 3; i++)
		if (PG_ARGISNULL(i))
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("table, state column and its value must be given"),
					 errdetail("They say how a row shows that it is held."),
					 errhint("Type pulse.create_gate('app.request', state => 'state', held => 'held').")));
	check_own_table(PG_GETARG_OID(0));
	check_column(PG_GETARG_OID(0), text_to_cstring(PG_GETARG_TEXT_PP(1)), text_to_cstring(PG_GETARG_TEXT_PP(2)));
	for (int i = 0; i < 4; i++)
	{
		values[i] = fcinfo->args[i].value;
		nulls[i] = PG_ARGISNULL(i) ? 'n' : ' ';
	}
	(void) sp_execute_as_owner("INSERT INTO pulse_internal.gate (relation, state_column, held, amount_column)"
							   " VALUES ($1::pg_catalog.regclass, $2, $3, $4) ON CONFLICT (relation) DO UPDATE"
							   " SET state_column = excluded.state_column, held = excluded.held, amount_column = excluded.amount_column",
							   SPI_OK_INSERT, 4, types, values, nulls);
	PG_RETURN_VOID();
}
