/*
 * watch_spec.c
 *	  A watch as it is asked for: arguments, rights, binding, its row.
 *
 * What the caller wrote is bound along his search_path, once; it is kept with
 * every name in full and means the same ever after.
 */
#include "base/base.h"

#include "access/table.h"
#include "catalog/pg_type.h"
#include "event/event.h"
#include "event/watch.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

/* ---- rights ---- */

/* Before any lock is taken: nobody may hold up a table that he may not touch. */
void
sp_check_may_watch(Oid relid)
{
	AclResult	result = pg_class_aclcheck(relid, GetUserId(), ACL_TRIGGER);

	if (result != ACLCHECK_OK)
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied to watch \"%s\"", get_rel_name(relid)),
				 errdetail("A watch needs the TRIGGER privilege on the table."),
				 errhint("Let its owner type GRANT TRIGGER ON %s TO %s.", get_rel_name(relid),
						 quote_identifier(GetUserNameFromId(GetUserId(), false)))));
}

static void
check_may_write(Relation event)
{
	if (pg_class_aclcheck(RelationGetRelid(event), GetUserId(), ACL_INSERT) != ACLCHECK_OK)
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied for event \"%s\"", RelationGetRelationName(event)),
				 errdetail("A watch needs the INSERT privilege on the table of its event."),
				 errhint("Ask its owner to grant it, or name an event of your own.")));
}

/* ---- binding what was written ---- */

static List *
columns_of_binding(WatchBinding *binding, bool *dedup)
{
	List	   *columns = NIL;
	ListCell   *cell;

	foreach(cell, binding->columns)
	{
		BoundColumn *bound = lfirst(cell);
		EventColumn *column;

		if (strcmp(bound->name, "at") == 0)
			continue;
		if (strcmp(bound->name, "dedup_key") == 0)
		{
			*dedup = true;
			continue;
		}
		column = palloc0(sizeof(EventColumn));
		column->name = bound->name;
		column->type = exprType(bound->expr);
		column->typmod = -1;
		column->collation = exprCollation(bound->expr);
		columns = lappend(columns, column);
	}
	sp_check_event_columns(columns);
	return columns;
}

/* The kind that a first watch makes, with the types of its expressions. */
static int32
make_kind(const char *name, WatchBinding *binding)
{
	EventKindSpec spec = {.name = name};

	spec.columns = columns_of_binding(binding, &spec.dedup);
	return sp_make_event_kind(&spec);
}

static void
refuse_empty(WatchBinding *binding, const char *event)
{
	if (binding->columns == NIL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("no column of event \"%s\" would get a value", event),
				 errdetail("The table has no column of the same name as one of the event."),
				 errhint("Give a mapping: columns => 'at = created_at, customer = customer_id'.")));
}

/*
 * What was just written becomes the form it is kept in; names of what is kept
 * already are in full.
 */
static void
keep_in_full(WatchSpec *spec, WatchBinding *binding, Relation source)
{
	if (spec->columns_written)
		spec->columns = sp_deparse_mapping(binding, source);
	if (spec->condition_written)
		spec->condition = sp_deparse_condition(binding, source);
}

/*
 * Sets mapping, condition and kind_id of the spec; makes the kind where there
 * is none.  What was written is bound along the caller's search_path, and then
 * all of it once more, the way every session will read it.
 */
void
sp_bind_spec(WatchSpec *spec, Relation source)
{
	const EventKind *kind = sp_event_kind_by_name(spec->event, true);
	Relation	event = kind != NULL ? table_open(kind->relid, RowExclusiveLock) : NULL;
	WatchBinding *binding;
	int			guc_nestlevel = NewGUCNestLevel();

	sp_work_begin(spec->author);
	if (event != NULL)
		check_may_write(event);
	binding = sp_bind_watch(source, event, spec->columns_written ? spec->columns : "",
							spec->condition_written ? spec->condition : NULL, NIL);
	if (spec->columns_written)
		refuse_empty(binding, spec->event);
	spec->kind_id = kind != NULL ? kind->kind_id : make_kind(spec->event, binding);
	if (event == NULL)
		event = table_open(sp_event_kind_by_id(spec->kind_id, false)->relid, RowExclusiveLock);
	RestrictSearchPath();
	keep_in_full(spec, binding, source);
	sp_plan_binding(sp_bind_watch(source, event, spec->columns, spec->condition,
								  spec->changes_of));
	AtEOXact_GUC(false, guc_nestlevel);
	table_close(event, NoLock);
}

/* ---- arguments ---- */

static char *
text_argument(FunctionCallInfo fcinfo, int arg)
{
	return text_to_cstring(PG_GETARG_TEXT_PP(arg));
}

static void
bad_argument(const char *name, const char *value, const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("invalid %s: \"%s\"", name, value),
			 errdetail("A watch cannot work with it."),
			 errhint("%s", hint)));
}

static void
check_operations(List *operations)
{
	ListCell   *cell;

	if (operations == NIL)
		bad_argument("operations", "{}", "Name at least one of insert, update, delete.");
	foreach(cell, operations)
		if (sp_operation_bit(lfirst(cell)) == 0)
		bad_argument("operation", lfirst(cell),
					 "The operations are insert, update, delete.");
}

static const char *
choose_level(const char *asked, Oid relid)
{
	if (asked == NULL || strcmp(asked, "auto") == 0)
		return sp_filled_by_subscription(relid) ? "row" : "statement";
	if (strcmp(asked, "statement") != 0 && strcmp(asked, "row") != 0)
		bad_argument("capture_level", asked,
					 "The levels are statement and row; leave it out to have the right one chosen.");
	return asked;
}

/* Overrides what is given; positions are those of watch() and alter_watch(). */
void
sp_read_spec(FunctionCallInfo fcinfo, WatchSpec *spec)
{
	spec->columns_written = spec->columns == NULL || !PG_ARGISNULL(2);
	spec->condition_written = !PG_ARGISNULL(3);
	if (!PG_ARGISNULL(2))
		spec->columns = text_argument(fcinfo, 2);
	if (!PG_ARGISNULL(3))
		spec->condition = text_argument(fcinfo, 3);
	if (!PG_ARGISNULL(4))
		spec->operations = sp_text_list(PG_GETARG_ARRAYTYPE_P(4));
	if (!PG_ARGISNULL(5))
		spec->changes_of = sp_text_list(PG_GETARG_ARRAYTYPE_P(5));
	if (!PG_ARGISNULL(6))
		spec->capture_level = text_argument(fcinfo, 6);
	if (!PG_ARGISNULL(7))
		spec->on_failure = text_argument(fcinfo, 7);
	check_operations(spec->operations);
	if (strcmp(spec->on_failure, "record") != 0 && strcmp(spec->on_failure, "raise") != 0)
		bad_argument("on_failure", spec->on_failure, "It is record or raise.");
	spec->capture_level = choose_level(spec->capture_level, spec->relid);
}

/* Within the GUC nest level in force. */
void
sp_set_lock_timeout(Interval *timeout)
{
	char text[	32];
	int64		milliseconds = ((int64) timeout->month * DAYS_PER_MONTH + timeout->day) *
	(USECS_PER_DAY / 1000) + timeout->time / 1000;

	if (milliseconds < 0 || milliseconds > INT_MAX)
		bad_argument("lock_timeout", DatumGetCString(DirectFunctionCall1(interval_out,
																		 PointerGetDatum(timeout))),
					 "Type it as '5 seconds'.");
	snprintf(text, sizeof(text), INT64_FORMAT, milliseconds);
	(void) set_config_option("lock_timeout", text, PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_SAVE, true, 0, false);
}

/* ---- the row ---- */

static Datum
optional_text(const char *text, char *null)
{
	*null = text == NULL ? 'n' : ' ';
	return text == NULL ? (Datum) 0 : CStringGetTextDatum(text);
}

#define WATCH_PARAMETERS	10

void
sp_store_watch(WatchSpec *spec, const char *sql, int expected)
{
	Oid			types[WATCH_PARAMETERS] = {OIDOID, INT4OID, TEXTARRAYOID, TEXTOID, TEXTOID, TEXTOID,
	TEXTARRAYOID, TEXTOID, OIDOID, TIMESTAMPTZOID};
	char		nulls[WATCH_PARAMETERS + 1] = "          ";
	Datum		values[WATCH_PARAMETERS];

	values[0] = ObjectIdGetDatum(spec->relid);
	values[1] = Int32GetDatum(spec->kind_id);
	values[2] = sp_name_array(spec->operations);
	values[3] = CStringGetTextDatum(spec->capture_level);
	values[4] = optional_text(spec->columns, &nulls[4]);
	values[5] = optional_text(spec->condition, &nulls[5]);
	values[6] = sp_name_array(spec->changes_of);
	nulls[6] = spec->changes_of == NIL ? 'n' : ' ';
	values[7] = CStringGetTextDatum(spec->on_failure);
	values[8] = ObjectIdGetDatum(spec->author);
	values[9] = TimestampTzGetDatum(sp_clock());
	(void) sp_execute_as_owner(sql, expected, WATCH_PARAMETERS, types, values, nulls);
}

void
sp_sync_as_caller(Oid relid)
{
	SpSpiScope	scope;

	sp_spi_begin(&scope);
	sp_sync_triggers(relid);
	sp_spi_end(&scope);
}
