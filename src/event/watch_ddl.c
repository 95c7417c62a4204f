/*
 * watch_ddl.c
 *	  pulse.watch() and what changes a watch later.
 *
 * The triggers are made with the caller's rights; the row of
 * pulse_internal.watch, which names him as the author, is written by the
 * engine.
 */
#include "base/base.h"

#include "access/table.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "event/event.h"
#include "event/watch.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

/* ---- pulse.watch() ---- */

/* A nest level of settings in which locks are waited for no longer than asked. */
static int
begin_patience(FunctionCallInfo fcinfo, int arg)
{
	int			guc_nestlevel = NewGUCNestLevel();

	if (!PG_ARGISNULL(arg))
		sp_set_lock_timeout(PG_GETARG_INTERVAL_P(arg));
	return guc_nestlevel;
}

static void
refuse_second_watch(WatchSpec *spec)
{
	if (sp_find_watch(spec->relid, spec->event) == NULL)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_SP_DUPLICATE_EVENT),
			 errmsg("\"%s\" is watched for event \"%s\" already",
					get_rel_name(spec->relid), spec->event),
			 errdetail("One watch binds one table to one event."),
			 errhint("Change it with pulse.alter_watch(), or name another event.")));
}

static void
create_watch(WatchSpec *spec)
{
	Relation	source;

	sp_check_may_watch(spec->relid);
	source = table_open(spec->relid, ShareRowExclusiveLock);
	sp_refuse_unwatchable(source);
	refuse_second_watch(spec);
	sp_bind_spec(spec, source);
	table_close(source, NoLock);
	sp_store_watch(spec,
				   "INSERT INTO pulse_internal.watch (relation, kind_id, operations, capture_level,"
				   " columns, condition, changes_of, on_failure, author, created_at)"
				   " VALUES ($1::pg_catalog.regclass, $2, $3, $4, $5, $6, $7, $8,"
				   " $9::pg_catalog.regrole, $10)", SPI_OK_INSERT);
	sp_sync_as_caller(spec->relid);
}

PG_FUNCTION_INFO_V1(sp_watch);

/*
 * (relation, event, columns, condition, operations, changes_of, capture_level,
 * on_failure, backfill, lock_timeout) -> the event's table
 */
Datum
sp_watch(PG_FUNCTION_ARGS)
{
	WatchSpec	spec = {.on_failure = "record",.author = GetUserId()};
	int			guc_nestlevel = begin_patience(fcinfo, 9);

	sp_refuse_null(fcinfo, 0, "relation");
	sp_refuse_null(fcinfo, 1, "event");
	spec.relid = PG_GETARG_OID(0);
	spec.event = text_to_cstring(PG_GETARG_TEXT_PP(1));
	spec.operations = list_make1("insert");
	sp_read_spec(fcinfo, &spec);
	create_watch(&spec);
	if (!PG_ARGISNULL(8) && PG_GETARG_BOOL(8))
		(void) sp_backfill(sp_known_watch(spec.relid, spec.event));
	AtEOXact_GUC(false, guc_nestlevel);
	PG_RETURN_OID(sp_event_kind_by_id(spec.kind_id, false)->relid);
}

/* ---- changing what there is ---- */

WatchDef *
sp_known_watch(Oid relid, const char *event)
{
	WatchDef   *watch = sp_find_watch(relid, event);
	const char *name = get_rel_name(relid);

	if (watch == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_SP_UNKNOWN_WATCH),
				 errmsg("\"%s\" is not watched for event \"%s\"",
						name != NULL ? name : psprintf("%u", relid), event),
				 errdetail("There is no watch of this table and event."),
				 errhint("See SELECT relation, event FROM pulse.watches.")));
	return watch;
}

/* The author, the table's owner and administrators may. */
static WatchDef *
changeable_watch(FunctionCallInfo fcinfo)
{
	WatchDef   *watch;

	sp_refuse_null(fcinfo, 0, "relation");
	sp_refuse_null(fcinfo, 1, "event");
	watch = sp_known_watch(PG_GETARG_OID(0), text_to_cstring(PG_GETARG_TEXT_PP(1)));
	if (!has_privs_of_role(GetUserId(), watch->author) &&
		!has_privs_of_role(GetUserId(), get_role_oid("pulse_admin", false)) &&
		!(get_rel_name(watch->relid) != NULL && object_ownercheck(RelationRelationId, watch->relid, GetUserId())))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied for the watch of event \"%s\"", watch->event_name),
				 errdetail("Its author, the owner of the table and members of pulse_admin may change it."),
				 errhint("Ask %s.", GetUserNameFromId(watch->author, true))));
	return watch;
}

static List *
operation_names(int operations)
{
	List	   *names = NIL;

	if (operations & CAPTURE_INSERT)
		names = lappend(names, "insert");
	if (operations & CAPTURE_UPDATE)
		names = lappend(names, "update");
	if (operations & CAPTURE_DELETE)
		names = lappend(names, "delete");
	return names;
}

static void
execute_for_watch(WatchDef *watch, const char *sql, int expected)
{
	Oid			types[2] = {INT4OID, TIMESTAMPTZOID};
	Datum		values[2] = {Int32GetDatum(watch->watch_id), TimestampTzGetDatum(sp_clock())};

	(void) sp_execute_as_owner(sql, expected, 2, types, values, NULL);
}

static void
close_gap(WatchDef *watch)
{
	execute_for_watch(watch, "UPDATE pulse_internal.event_gap SET until = $2"
					  " WHERE watch_id = $1 AND until IS NULL", SPI_OK_UPDATE);
}

/* It captures again; the gap that it leaves is over but not repaired. */
void
sp_watch_goes_on(WatchDef *watch)
{
	execute_for_watch(watch, "UPDATE pulse_internal.watch SET state = 'ok', reason = NULL"
					  " WHERE watch_id = $1 AND $2 IS NOT NULL", SPI_OK_UPDATE);
	close_gap(watch);
}

/*
 * Who writes the expressions is the author, so nobody's expressions may come to
 * run with the rights of another: who is not the author writes all or none.
 */
static void
refuse_expressions_of_another(WatchDef *watch, WatchSpec *spec)
{
	if (spec->columns_written && (spec->condition_written || watch->condition == NULL))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("the watch of event \"%s\" has expressions of another author", watch->event_name),
			 errdetail("What is not written anew is of %s and would run with your rights.",
					   GetUserNameFromId(watch->author, true)),
			 errhint("Give columns and condition both; pulse.watches shows them.")));
}

/* Expressions that are kept stay their author's, who alone runs them. */
static void
bind_altered(WatchDef *watch, WatchSpec *spec)
{
	bool		kept = !spec->columns_written && !spec->condition_written;
	Relation	source = table_open(watch->relid, ShareRowExclusiveLock);
	Oid			user;
	int			security;

	GetUserIdAndSecContext(&user, &security);
	spec->author = kept ? watch->author : user;
	if (!kept && user != watch->author)
		refuse_expressions_of_another(watch, spec);
	SetUserIdAndSecContext(spec->author, security | (spec->author == user ? 0 :
													 SECURITY_LOCAL_USERID_CHANGE | SECURITY_RESTRICTED_OPERATION));
	sp_bind_spec(spec, source);
	SetUserIdAndSecContext(user, security);
	table_close(source, NoLock);
}

PG_FUNCTION_INFO_V1(sp_alter_watch);

/*
 * (relation, event, columns, condition, operations, changes_of, capture_level,
 * on_failure, lock_timeout): NULL changes nothing.  Who writes columns or
 * condition becomes the author.
 */
Datum
sp_alter_watch(PG_FUNCTION_ARGS)
{
	WatchDef   *watch = changeable_watch(fcinfo);
	WatchSpec	spec = {
		.relid = watch->relid,.event = watch->event_name,.columns = watch->columns,
		.condition = watch->condition,.changes_of = watch->changes_of,
		.capture_level = watch->row_level ? "row" : "statement",
		.on_failure = watch->raises ? "raise" : "record"
	};
	int			guc_nestlevel = begin_patience(fcinfo, 8);

	spec.operations = operation_names(watch->operations);
	sp_read_spec(fcinfo, &spec);
	sp_check_may_watch(watch->relid);
	bind_altered(watch, &spec);
	sp_store_watch(&spec,
				   "UPDATE pulse_internal.watch SET operations = $3, capture_level = $4,"
				   " columns = $5, condition = $6, changes_of = $7, on_failure = $8,"
				   " author = $9::pg_catalog.regrole"
				   " WHERE relation = $1 AND kind_id = $2 AND $10 IS NOT NULL", SPI_OK_UPDATE);
	if (watch->state == WATCH_BROKEN)
		sp_watch_goes_on(watch);
	sp_sync_as_caller(watch->relid);
	AtEOXact_GUC(false, guc_nestlevel);
	PG_RETURN_VOID();
}

PG_FUNCTION_INFO_V1(sp_pause_watch);

Datum
sp_pause_watch(PG_FUNCTION_ARGS)
{
	WatchDef   *watch = changeable_watch(fcinfo);

	if (watch->state == WATCH_OK)
	{
		execute_for_watch(watch, "UPDATE pulse_internal.watch SET state = 'paused',"
						  " reason = 'paused' WHERE watch_id = $1 AND $2 IS NOT NULL",
						  SPI_OK_UPDATE);
		sp_record_gap(watch->watch_id, true, "paused");
	}
	PG_RETURN_VOID();
}

/* Raises what is still wrong with a broken watch. */
static void
check_still_binds(WatchDef *watch)
{
	Relation	source = table_open(watch->relid, AccessShareLock);
	Relation	event = table_open(sp_event_kind_by_id(watch->kind_id, false)->relid, AccessShareLock);
	int			guc_nestlevel = NewGUCNestLevel();

	RestrictSearchPath();
	(void) sp_bind_watch(source, event, watch->columns, watch->condition, watch->changes_of);
	AtEOXact_GUC(false, guc_nestlevel);
	table_close(event, NoLock);
	table_close(source, NoLock);
}

PG_FUNCTION_INFO_V1(sp_resume_watch);

Datum
sp_resume_watch(PG_FUNCTION_ARGS)
{
	WatchDef   *watch = changeable_watch(fcinfo);
	int			guc_nestlevel = begin_patience(fcinfo, 2);

	check_still_binds(watch);
	/* nobody writes between the end of the gap and the first row captured */
	LockRelationOid(watch->relid, ShareRowExclusiveLock);
	if (watch->state != WATCH_OK)
		sp_watch_goes_on(watch);
	AtEOXact_GUC(false, guc_nestlevel);
	PG_RETURN_VOID();
}

PG_FUNCTION_INFO_V1(sp_repair_watch);

/* (relation, event, lock_timeout) -> events written */
Datum
sp_repair_watch(PG_FUNCTION_ARGS)
{
	WatchDef   *watch = changeable_watch(fcinfo);
	int			guc_nestlevel = begin_patience(fcinfo, 2);
	int64		written;

	if (watch->state == WATCH_PAUSED)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("the watch of event \"%s\" is paused", watch->event_name),
				 errdetail("Its gap is still open."),
				 errhint("Type SELECT pulse.resume_watch(...) first.")));
	check_still_binds(watch);
	LockRelationOid(watch->relid, ShareRowExclusiveLock);
	if (watch->state == WATCH_BROKEN)
		sp_watch_goes_on(watch);
	written = sp_repair(sp_known_watch(watch->relid, watch->event_name));
	AtEOXact_GUC(false, guc_nestlevel);
	PG_RETURN_INT64(written);
}

PG_FUNCTION_INFO_V1(sp_drop_watch);

/* The triggers stay where the caller may not drop them; they do nothing then. */
Datum
sp_drop_watch(PG_FUNCTION_ARGS)
{
	WatchDef   *watch = changeable_watch(fcinfo);
	int			guc_nestlevel = begin_patience(fcinfo, 2);

	if (get_rel_name(watch->relid) != NULL)
		LockRelationOid(watch->relid, ShareRowExclusiveLock);
	execute_for_watch(watch, "DELETE FROM pulse_internal.capture_error"
					  " WHERE watch_id = $1 AND $2 IS NOT NULL", SPI_OK_DELETE);
	execute_for_watch(watch, "DELETE FROM pulse_internal.event_gap"
					  " WHERE watch_id = $1 AND $2 IS NOT NULL", SPI_OK_DELETE);
	execute_for_watch(watch, "DELETE FROM pulse_internal.watch"
					  " WHERE watch_id = $1 AND $2 IS NOT NULL", SPI_OK_DELETE);
	if (get_rel_name(watch->relid) != NULL)
		sp_sync_as_caller(watch->relid);
	AtEOXact_GUC(false, guc_nestlevel);
	PG_RETURN_VOID();
}
