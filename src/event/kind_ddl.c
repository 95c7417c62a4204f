/*
 * kind_ddl.c
 *	  Makes, changes and drops event kinds.
 *
 * The event table is an ordinary table of whoever asks for it, made with his
 * rights; only the row of pulse_internal.event_kind is written by the engine.
 */
#include "base/base.h"

#include "catalog/namespace.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_class.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_type.h"
#include "event/event.h"
#include "event/watch.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#define EVENT_NAME_MAX	48		/* leaves add a suffix */

static void
check_event_name(const char *name)
{
	if (name[0] == '\0' || strlen(name) > EVENT_NAME_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_NAME),
				 errmsg("invalid name of an event: \"%s\"", name),
				 errdetail("It is empty or longer than %d bytes.", EVENT_NAME_MAX),
				 errhint("Type a name such as 'invoice_issued'.")));
	if (sp_event_kind_by_name(name, true) != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_SP_DUPLICATE_EVENT),
				 errmsg("event \"%s\" exists already", name),
				 errdetail("An event kind has one table and one name."),
				 errhint("Change it with pulse.alter_event(), or watch a further table for it with pulse.watch().")));
}

/* ---- the table ---- */

static void
run(const char *sql)
{
	sp_spi_text(sql, SPI_OK_UTILITY);
}

static void
check_may_create(Oid namespace, const char *schema)
{
	if (object_aclcheck(NamespaceRelationId, namespace, GetUserId(), ACL_CREATE) != ACLCHECK_OK)
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied to make an event in schema \"%s\"", schema),
				 errdetail("The table of a new event is made there and belongs to you."),
				 errhint("Let the schema's owner type GRANT USAGE, CREATE ON SCHEMA %s TO %s.",
						 quote_identifier(schema),
						 quote_identifier(GetUserNameFromId(GetUserId(), false)))));
}

/* Made by whoever comes first; the engine may always look up what is in it. */
static void
make_schema(const char *schema)
{
	Oid			namespace = get_namespace_oid(schema, true);

	if (!OidIsValid(namespace))
	{
		run(psprintf("CREATE SCHEMA %s", quote_identifier(schema)));
		run(psprintf("COMMENT ON SCHEMA %s IS 'Events of salespulse.'", quote_identifier(schema)));
		namespace = get_namespace_oid(schema, false);
	}
	check_may_create(namespace, schema);
	if (object_aclcheck(NamespaceRelationId, namespace, sp_owner_role(), ACL_USAGE) != ACLCHECK_OK)
		run(psprintf("GRANT USAGE ON SCHEMA %s TO pulse_owner", quote_identifier(schema)));
}

/* For what else stands there: conditions of rules that hear no events. */
void
sp_make_event_schema(void)
{
	SpSpiScope	scope;

	if (OidIsValid(get_namespace_oid(sp_setting("event_schema"), true)))
		return;
	sp_spi_begin(&scope);
	make_schema(sp_setting("event_schema"));
	sp_spi_end(&scope);
}

static char *
table_definition(EventKindSpec *spec, const char *table)
{
	StringInfoData sql;
	ListCell   *cell;

	initStringInfo(&sql);
	appendStringInfo(&sql, "CREATE TABLE %s ("
					 " event_id bigint NOT NULL DEFAULT pulse_internal.next_event_id(),"
					 " at timestamptz NOT NULL DEFAULT pulse_internal.event_at(),"
					 " recorded timestamptz NOT NULL DEFAULT pulse_internal.event_recorded(),"
					 " txid bigint NOT NULL DEFAULT pulse_internal.event_txid()", table);
	foreach(cell, spec->columns)
		appendStringInfo(&sql, ", %s", sp_event_column_text(lfirst(cell)));
	if (spec->dedup)
		appendStringInfoString(&sql, ", dedup_key text");
	appendStringInfoString(&sql, ") PARTITION BY RANGE (recorded)");
	return sql.data;
}

/*
 * Keys are compared by their text, so that is what is indexed where the text
 * does not depend on settings.
 */
static void
make_key_index(EventKindSpec *spec, const char *table, const char *name)
{
	ListCell   *cell;
	Oid			output;
	bool		is_varlena;

	foreach(cell, spec->columns)
	{
		EventColumn *column = lfirst(cell);

		if (strcmp(column->name, name) != 0)
			continue;
		getTypeOutputInfo(column->type, &output, &is_varlena);
		if (func_volatile(output) == PROVOLATILE_IMMUTABLE && column->type != TEXTOID)
			run(psprintf("CREATE INDEX ON %s ((%s::text), at)", table, quote_identifier(name)));
		else
			run(psprintf("CREATE INDEX ON %s (%s, at)", table, quote_identifier(name)));
		return;
	}
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_COLUMN),
			 errmsg("event \"%s\" has no column \"%s\"", spec->name, name),
			 errdetail("It is to be indexed."),
			 errhint("Name one of the columns of the event.")));
}

static void
make_table(EventKindSpec *spec, const char *schema)
{
	const char *table = quote_qualified_identifier(schema, spec->name);
	ListCell   *cell;

	run(table_definition(spec, table));
	foreach(cell, spec->indexed)
		make_key_index(spec, table, lfirst(cell));
	if (spec->dedup)
		run(psprintf("CREATE TRIGGER pulse_dedup BEFORE INSERT ON %s FOR EACH ROW"
					 " WHEN (new.dedup_key IS NOT NULL) EXECUTE FUNCTION pulse_internal.keep_first()", table));
	run(psprintf("GRANT SELECT ON %s TO pulse_owner", table));
}

/* ---- its row ---- */

static int32
register_kind(EventKindSpec *spec, Oid relid)
{
	Oid			types[6] = {TEXTOID, OIDOID, BOOLOID, INTERVALOID, TEXTARRAYOID, TIMESTAMPTZOID};
	Datum		values[6] = {
		CStringGetTextDatum(spec->name), ObjectIdGetDatum(relid), BoolGetDatum(spec->dedup),
		PointerGetDatum(spec->keep), sp_name_array(spec->indexed), TimestampTzGetDatum(sp_clock())
	};
	const char *nulls = spec->keep == NULL ? "   n  " : "      ";

	(void) sp_execute_as_owner("INSERT INTO pulse_internal.event_kind"
							   " (name, relation, dedup, keep, indexed, created_at)"
							   " VALUES ($1, $2::pg_catalog.regclass, $3, $4, $5, $6)",
							   SPI_OK_INSERT, 6, types, values, nulls);
	return sp_event_kind_by_name(spec->name, false)->kind_id;
}

/* The kind and its table; leaves and the index that all kinds have are leaf.c's. */
int32
sp_make_event_kind(EventKindSpec *spec)
{
	const char *schema = pstrdup(sp_setting("event_schema"));
	SpSpiScope	scope;
	Oid			relid;
	int32		kind_id;

	check_event_name(spec->name);
	sp_spi_begin(&scope);
	make_schema(schema);
	make_table(spec, schema);
	relid = get_relname_relid(spec->name, get_namespace_oid(schema, false));
	kind_id = register_kind(spec, relid);
	sp_make_leaves(kind_id, relid);
	sp_spi_end(&scope);
	return kind_id;
}

static void
check_keep(Interval *keep)
{
	if (keep->month < 0 || keep->day < 0 || keep->time < 0 ||
		(keep->month == 0 && keep->day == 0 && keep->time == 0))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("events must be kept for a positive span"),
				 errdetail("Got %s.", DatumGetCString(DirectFunctionCall1(interval_out,
																		  PointerGetDatum(keep)))),
				 errhint("Type it as '24 months', or leave it out to keep events for ever.")));
}

PG_FUNCTION_INFO_V1(sp_create_event);

/* (name, columns, dedup, indexed, keep) -> regclass */
Datum
sp_create_event(PG_FUNCTION_ARGS)
{
	EventKindSpec spec = {0};

	sp_refuse_null(fcinfo, 0, "name");
	sp_refuse_null(fcinfo, 1, "columns");
	spec.name = text_to_cstring(PG_GETARG_TEXT_PP(0));
	spec.columns = sp_parse_event_columns(text_to_cstring(PG_GETARG_TEXT_PP(1)));
	spec.dedup = !PG_ARGISNULL(2) && PG_GETARG_BOOL(2);
	spec.indexed = PG_ARGISNULL(3) ? NIL : sp_text_list(PG_GETARG_ARRAYTYPE_P(3));
	if (!PG_ARGISNULL(4))
	{
		spec.keep = PG_GETARG_INTERVAL_P(4);
		check_keep(spec.keep);
	}
	PG_RETURN_OID(sp_event_kind_by_id(sp_make_event_kind(&spec), false)->relid);
}

/* ---- changing and dropping ---- */

static const EventKind *
own_kind(FunctionCallInfo fcinfo)
{
	const EventKind *kind;

	sp_refuse_null(fcinfo, 0, "event");
	kind = sp_event_kind_by_name(text_to_cstring(PG_GETARG_TEXT_PP(0)), false);
	if (SearchSysCacheExists1(RELOID, ObjectIdGetDatum(kind->relid)) &&
		!object_ownercheck(RelationRelationId, kind->relid, GetUserId()))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("must be owner of event \"%s\"", kind->name),
				 errdetail("Its table belongs to another role."),
				 errhint("Ask the owner of %s.", get_rel_name(kind->relid))));
	return kind;
}

static void
add_event_columns(const EventKind *kind, List *columns)
{
	SpSpiScope	scope;
	ListCell   *cell;

	sp_spi_begin(&scope);
	foreach(cell, columns)
		run(psprintf("ALTER TABLE %s ADD COLUMN %s", sp_relation_name(kind->relid), sp_event_column_text(lfirst(cell))));
	sp_spi_end(&scope);
}

static void
set_keep(const EventKind *kind, Interval *keep)
{
	Oid			types[2] = {INT4OID, INTERVALOID};
	Datum		values[2] = {Int32GetDatum(kind->kind_id), PointerGetDatum(keep)};

	(void) sp_execute_as_owner("UPDATE pulse_internal.event_kind SET keep = $2 WHERE kind_id = $1",
							   SPI_OK_UPDATE, 2, types, values, keep == NULL ? " n" : NULL);
}

PG_FUNCTION_INFO_V1(sp_alter_event);

/* (event, keep, add_columns, keep_forever) */
Datum
sp_alter_event(PG_FUNCTION_ARGS)
{
	const EventKind *kind = own_kind(fcinfo);

	if (!PG_ARGISNULL(1))
	{
		check_keep(PG_GETARG_INTERVAL_P(1));
		set_keep(kind, PG_GETARG_INTERVAL_P(1));
	}
	else if (!PG_ARGISNULL(3) && PG_GETARG_BOOL(3))
		set_keep(kind, NULL);
	if (!PG_ARGISNULL(2))
		add_event_columns(kind, sp_parse_event_columns(text_to_cstring(PG_GETARG_TEXT_PP(2))));
	PG_RETURN_VOID();
}

static void
refuse_while_watched(const EventKind *kind)
{
	Oid			types[1] = {INT4OID};
	Datum		values[1] = {Int32GetDatum(kind->kind_id)};

	if (sp_execute_as_owner("SELECT FROM pulse_internal.watch WHERE kind_id = $1",
							SPI_OK_SELECT, 1, types, values, NULL) > 0)
		ereport(ERROR,
				(errcode(ERRCODE_DEPENDENT_OBJECTS_STILL_EXIST),
				 errmsg("event \"%s\" is still written by a watch", kind->name),
				 errdetail("Dropping it would break the watch."),
				 errhint("Look at pulse.watches and type SELECT pulse.drop_watch(relation, %s) first.",
						 quote_literal_cstr(kind->name))));
}

PG_FUNCTION_INFO_V1(sp_drop_event);

/* (event): with its table and all that was recorded */
Datum
sp_drop_event(PG_FUNCTION_ARGS)
{
	const EventKind *kind = own_kind(fcinfo);
	Oid			types[1] = {INT4OID};
	Datum		values[1] = {Int32GetDatum(kind->kind_id)};
	SpSpiScope	scope;

	refuse_while_watched(kind);
	(void) sp_execute_as_owner("DELETE FROM pulse_internal.event_dedup WHERE kind_id = $1",
							   SPI_OK_DELETE, 1, types, values, NULL);
	(void) sp_execute_as_owner("DELETE FROM pulse_internal.event_kind WHERE kind_id = $1",
							   SPI_OK_DELETE, 1, types, values, NULL);
	if (get_rel_name(kind->relid) != NULL)
	{
		sp_spi_begin(&scope);
		run(psprintf("DROP TABLE %s", sp_relation_name(kind->relid)));
		sp_spi_end(&scope);
	}
	PG_RETURN_VOID();
}
