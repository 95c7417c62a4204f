/*
 * trust.c
 *	  Whose code may run where salespulse works on its own.
 *
 * What the tick, a trigger or a page does for the author of a rule, a watch, a
 * mapping ... runs as that author, again and again, and nobody looks on.  The
 * tables and views that it reads may be other people's, and with them comes
 * their code: of casts, operators, domains, index expressions, views, triggers.
 * Invariant: as a superuser in such a scope, and as pulse_owner anywhere, no
 * function runs, no domain is checked, no view or foreign table is read and no
 * table is written whose owner is neither a superuser nor pulse_owner.
 *
 * The server itself asks: before it plans a query, runs a plan, calls a
 * function.  So it does not matter how code came there, whether it changed
 * hands since, or which part of ours runs it.  A SECURITY DEFINER function runs
 * as its owner and is nobody's danger.
 *
 * A page answers somebody with what its author may read.  Of tables with
 * row-level security that holds for who asks, his own query has to say what he
 * sees: then it runs as he, and calls no function of the author; and as the
 * author no such table is read for him, by whatever way.
 */
#include "base/base.h"

#include "access/htup_details.h"
#include "catalog/pg_authid.h"
#include "catalog/pg_class.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/planner.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/regproc.h"
#include "utils/rls.h"
#include "utils/syscache.h"

/*
 * A variable of the server, so that parallel workers know, and the end of a
 * (sub)transaction is its affair.  A superuser alone could set it, who would
 * only forbid himself something.
 */
static bool working;

/* roles, likewise; 0: nobody asks */
static int	asks;
static int	answers;

static planner_hook_type next_planner_hook;
static ExecutorCheckPerms_hook_type next_relations_hook;
static needs_fmgr_hook_type next_needs_hook;
static fmgr_hook_type next_call_hook;

/* ---- roles ---- */

static bool owner_is_known;
static Oid	known_owner;

static void
forget_owner(Datum argument, int cache, uint32 hash)
{
	owner_is_known = false;
}

static bool
is_owner_role(Oid role)
{
	if (!owner_is_known)
	{
		known_owner = get_role_oid("pulse_owner", true);
		owner_is_known = true;
	}
	return role == known_owner;
}

static bool
is_guarded(Oid user)
{
	return is_owner_role(user) || (working && superuser_arg(user));
}

/* runs a query of a page as he */
static bool
is_reader(Oid user)
{
	return asks != 0 && user == (Oid) asks;
}

/* as whom no code runs that is_foreign() */
static bool
is_choosy(Oid user)
{
	return is_guarded(user) || is_reader(user);
}

static bool
is_foreign(Oid owner)
{
	return !superuser_arg(owner) && !is_owner_role(owner) && !is_reader(owner);
}

static void
set_role(const char *name, Oid role)
{
	(void) set_config_option(name, psprintf("%d", (int) role), PGC_SUSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
}

/* In a nest level of settings, with whose end it ends. */
void
sp_work_begin(Oid user)
{
	if (!working && superuser_arg(user))
		(void) set_config_option("pulse.working", "on", PGC_SUSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
	if (asks != 0)
		set_role("pulse.asks", InvalidOid);
}

/* Likewise, after it: what the author may read is read for the reader. */
void
sp_answer_begin(Oid author, Oid reader)
{
	set_role("pulse.answers", author);
	set_role("pulse.asks", reader);
}

static void
refuse(const char *what, const char *name, Oid owner)
{
	const char *other = GetUserNameFromId(owner, true);

	if (other == NULL)
		other = psprintf("%u", owner);
	if (is_reader(GetUserId()))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("%s %s belongs to %s, whose code does not run as %s", what, name, other,
						GetUserNameFromId(GetUserId(), false)),
				 errdetail("This query of a page reads a table with row-level security, so it runs as who asks for the page."),
				 errhint("Call functions of superusers in it, or SECURITY DEFINER functions.")));
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("%s %s belongs to %s, whose code does not run as %s", what, name, other,
					GetUserNameFromId(GetUserId(), false)),
			 errdetail("What salespulse does on its own runs as who defined it; as a superuser it runs only what belongs to superusers."),
			 errhint("Type SET ROLE %s; and define it again.", quote_identifier(other))));
}

/* ---- functions ---- */

/* One that is gone is the server's to complain of. */
static bool
function_is_foreign(Oid function, Oid *owner, bool *as_owner)
{
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
	Form_pg_proc form;

	if (!HeapTupleIsValid(tuple))
		return false;
	form = (Form_pg_proc) GETSTRUCT(tuple);
	*owner = form->proowner;
	*as_owner = form->prosecdef;
	ReleaseSysCache(tuple);
	return is_foreign(*owner);
}

/* Where it is true the function is not inlined, and the next hook is asked. */
static bool
function_needs_hook(Oid function)
{
	Oid			owner;
	bool		as_owner;

	if (next_needs_hook != NULL && next_needs_hook(function))
		return true;
	return is_choosy(GetUserId()) && function_is_foreign(function, &owner, &as_owner);
}

/* The user is by now the one as whom it runs. */
static void
before_call(FmgrHookEventType event, FmgrInfo *function, Datum *private_state)
{
	Oid			owner;
	bool		as_owner;

	if (event == FHET_START && is_choosy(GetUserId()) &&
		function_is_foreign(function->fn_oid, &owner, &as_owner))
		refuse("function", format_procedure_qualified(function->fn_oid), owner);
	if (next_call_hook != NULL)
		next_call_hook(event, function, private_state);
}

static bool
refuse_function(Oid function, void *context)
{
	Oid			owner;
	bool		as_owner;

	if (function_is_foreign(function, &owner, &as_owner) && !as_owner)
		refuse("function", format_procedure_qualified(function), owner);
	return false;
}

/* Refused where it is named, rather than when it is called. */
void
sp_check_function(Oid function)
{
	if (is_guarded(GetUserId()))
		(void) refuse_function(function, NULL);
}

/* ---- relations ---- */

/*
 * Views bring expressions, foreign tables a server, and what is written to runs
 * checks, defaults and rules; all of them may use functions of the server alone.
 */
static bool
brings_code(const RangeTblEntry *entry, AclMode required)
{
	return OidIsValid(entry->relid) &&
		(entry->relkind == RELKIND_VIEW || entry->relkind == RELKIND_FOREIGN_TABLE ||
		 (required & (ACL_INSERT | ACL_UPDATE | ACL_DELETE)) != 0);
}

static bool
relation_is_foreign(Oid relid, Oid *owner)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));

	if (!HeapTupleIsValid(tuple))
		return false;
	*owner = ((Form_pg_class) GETSTRUCT(tuple))->relowner;
	ReleaseSysCache(tuple);
	return is_foreign(*owner);
}

static void
refuse_relation(Oid relid, Oid owner)
{
	refuse(get_rel_relkind(relid) == RELKIND_VIEW ? "view" : "table", sp_relation_name(relid), owner);
}

/* Refused where it is named, rather than when it is written to. */
void
sp_check_target(Oid relid)
{
	Oid			owner;

	if (is_guarded(GetUserId()) && relation_is_foreign(relid, &owner))
		refuse_relation(relid, owner);
}

static bool
relations_are_safe(CheckPermsArguments)
{
	ListCell   *cell;

	foreach(cell, range_table)
	{
		RangeTblEntry *entry = lfirst_node(RangeTblEntry, cell);
		Oid			owner;

		if (!brings_code(entry, CheckPermsRequired(entry)) || !relation_is_foreign(entry->relid, &owner))
			continue;
		if (raises)
			refuse_relation(entry->relid, owner);
		return false;
	}
	return true;
}

/* Whether there may be rows of it that he does not see. */
bool
sp_hides_rows(Oid relid, Oid user)
{
	return check_enable_rls(relid, user, true) == RLS_ENABLED;
}

/* By a function, since a query that names the table runs as who asks. */
static void
refuse_hidden(CheckPermsArguments)
{
	ListCell   *cell;

	foreach(cell, range_table)
	{
		RangeTblEntry *entry = lfirst_node(RangeTblEntry, cell);

		/* of a partition the policies of the whole hold */
		if (!OidIsValid(entry->relid) || CheckPermsRequired(entry) == 0 || !sp_hides_rows(entry->relid, (Oid) asks))
			continue;
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("a function reads table %s, which has row-level security, for %s", sp_relation_name(entry->relid),
						GetUserNameFromId((Oid) asks, false)),
				 errdetail("It would read as the page's author, whose rows they may not be."),
				 errhint("Read the table in the query of the page itself, or let a SECURITY DEFINER function say what is shown.")));
	}
}

/* Of a plan, which may be older than the scope. */
static bool
before_running(CheckPermsArguments)
{
	if (asks != 0 && GetUserId() == (Oid) answers && answers != asks)
		refuse_hidden(CheckPermsPassed);
	if (is_guarded(GetUserId()) && !relations_are_safe(CheckPermsPassed))
		return false;
	return next_relations_hook == NULL || next_relations_hook(CheckPermsPassed);
}

/* ---- domains, and whole queries ---- */

/* Also where it is a part of the type that a text becomes. */
static void
refuse_type(Oid type)
{
	HeapTuple	tuple = SearchSysCache1(TYPEOID, ObjectIdGetDatum(type));
	Oid			element = get_element_type(type);
	Form_pg_type form;
	Oid			owner;
	Oid			base;
	bool		checks;

	if (!HeapTupleIsValid(tuple))
		return;
	form = (Form_pg_type) GETSTRUCT(tuple);
	owner = form->typowner;
	base = form->typtype == TYPTYPE_DOMAIN ? form->typbasetype : element;
	checks = form->typtype == TYPTYPE_DOMAIN || form->typtype == TYPTYPE_COMPOSITE;
	ReleaseSysCache(tuple);
	if (checks && is_foreign(owner))
		refuse("type", format_type_be_qualified(type), owner);
	if (OidIsValid(base))
		refuse_type(base);
}

/*
 * Relations, before planning reads what belongs to them; and domains, which may
 * be checked by functions of the server alone, and which no other hook sees.
 */
static bool
refuse_foreign(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, Query))
	{
		(void) relations_are_safe(CheckPermsOfQuery((Query *) node), true);
		return query_tree_walker((Query *) node, refuse_foreign, context, 0);
	}
	if (IsA(node, CoerceToDomain))
		refuse_type(((CoerceToDomain *) node)->resulttype);
	else if (IsA(node, CoerceViaIO))
		refuse_type(((CoerceViaIO *) node)->resulttype);
	return expression_tree_walker(node, refuse_foreign, context);
}

static bool
refuse_functions(Node *node, void *context)
{
	if (node == NULL)
		return false;
	(void) check_functions_in_node(node, refuse_function, context);
	return expression_tree_walker(node, refuse_functions, context);
}

/* For an expression without queries that is planned and run without a plan. */
void
sp_check_expression(Node *expression)
{
	if (!is_guarded(GetUserId()))
		return;
	(void) refuse_functions(expression, NULL);
	(void) refuse_foreign(expression, NULL);
}

static PlannedStmt *
before_planning(Query *query, const char *text, int options, ParamListInfo parameters)
{
	if (is_guarded(GetUserId()))
		(void) refuse_foreign((Node *) query, NULL);
	return next_planner_hook != NULL ? next_planner_hook(query, text, options, parameters)
		: standard_planner(query, text, options, parameters);
}

/* Refused where it is named, rather than when it is read: views below it, too. */
void
sp_try_to_read(Oid relid, Oid author)
{
	SpSpiScope	scope;

	sp_spi_begin_as(&scope, author);
	sp_spi_text(psprintf("SELECT FROM %s LIMIT 0", sp_relation_name(relid)), SPI_OK_SELECT);
	sp_spi_end(&scope);
}

PG_FUNCTION_INFO_V1(sp_try_to_read_relation);

/* (relation): raises what keeps the caller from reading it */
Datum
sp_try_to_read_relation(PG_FUNCTION_ARGS)
{
	sp_try_to_read(PG_GETARG_OID(0), GetUserId());
	PG_RETURN_VOID();
}

void
sp_define_trust(void)
{
	DefineCustomBoolVariable("pulse.working", "Salespulse works for an author.", NULL, &working, false, PGC_SUSET,
							 GUC_NOT_IN_SAMPLE | GUC_DISALLOW_IN_FILE | GUC_NO_SHOW_ALL | GUC_NO_RESET_ALL, NULL, NULL, NULL);
	DefineCustomIntVariable("pulse.asks", "Salespulse answers this role.", NULL, &asks, 0, PG_INT32_MIN, PG_INT32_MAX, PGC_SUSET,
							GUC_NOT_IN_SAMPLE | GUC_DISALLOW_IN_FILE | GUC_NO_SHOW_ALL | GUC_NO_RESET_ALL, NULL, NULL, NULL);
	DefineCustomIntVariable("pulse.answers", "Salespulse answers with what this role may read.", NULL, &answers, 0, PG_INT32_MIN, PG_INT32_MAX, PGC_SUSET,
							GUC_NOT_IN_SAMPLE | GUC_DISALLOW_IN_FILE | GUC_NO_SHOW_ALL | GUC_NO_RESET_ALL, NULL, NULL, NULL);
	CacheRegisterSyscacheCallback(AUTHOID, forget_owner, (Datum) 0);
	next_planner_hook = planner_hook;
	planner_hook = before_planning;
	next_relations_hook = ExecutorCheckPerms_hook;
	ExecutorCheckPerms_hook = before_running;
	next_needs_hook = needs_fmgr_hook;
	needs_fmgr_hook = function_needs_hook;
	next_call_hook = fmgr_hook;
	fmgr_hook = before_call;
}
