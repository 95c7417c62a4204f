/*
 * create.c
 *	  create_rollup(), drop_rollup(), rebuild_rollup(), check_rollup().
 *
 * They work with the caller's rights, but for the rows of our own catalog; what
 * evaluates the condition later runs as the owner of the rollup, in a restricted
 * context, whoever asked for it.
 * What is built is built under a lock that keeps writers out, by a statement
 * that began after the lock was taken: no row is counted twice or forgotten.
 */
#include "base/base.h"
#include "rollup/arguments.h"
#include "rollup/rollup.h"

#include "access/table.h"
#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/tuplestore.h"

static void
run(StringInfo sql, int expected)
{
	sp_spi_text(sql->data, expected);
	resetStringInfo(sql);
}

/* Under an older snapshot the build would miss what was committed since. */
static void
refuse_old_snapshot(void)
{
	if (IsolationUsesXactSnapshot())
		ereport(ERROR,
				(errcode(ERRCODE_ACTIVE_SQL_TRANSACTION),
				 errmsg("a rollup cannot be built under this isolation level"),
				 errdetail("The transaction's snapshot may be older than rows that no trigger has seen."),
				 errhint("Use BEGIN ISOLATION LEVEL READ COMMITTED.")));
}

/* ---- tables ---- */

static Oid
relation_named(const char *schema, const char *name)
{
	return get_relname_relid(name, get_namespace_oid(schema, false));
}

void
sp_refuse_taken_name(const char *schema, const char *name)
{
	Oid			argument[1] = {TEXTOID};
	Datum		value[1] = {CStringGetTextDatum(name)};
	Oid			namespace = get_namespace_oid(schema, true);

	if (sp_execute_as_owner("SELECT FROM pulse_internal.rollup AS r WHERE r.name = $1",
							SPI_OK_SELECT, 1, argument, value, NULL) == 0 &&
		(!OidIsValid(namespace) || !OidIsValid(get_relname_relid(name, namespace))))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_DUPLICATE_OBJECT),
			 errmsg("rollup \"%s\" cannot be made: the name is taken", name),
			 errdetail("There is a rollup, or a table or view in schema \"%s\", of that name.", schema),
			 errhint("Type another name, or drop the rollup with pulse.drop_rollup().")));
}

static void
make_schema(const char *schema)
{
	StringInfoData sql;

	if (OidIsValid(get_namespace_oid(schema, true)))
		return;
	initStringInfo(&sql);
	appendStringInfo(&sql, "CREATE SCHEMA %s", quote_identifier(schema));
	run(&sql, SPI_OK_UTILITY);
}

void
sp_make_rollup_tables(RollupPlan *plan, const char *schema, bool merges)
{
	RollupDef  *def = plan->def;
	char	   *cells = psprintf("%s_cells", def->name);
	char	   *deltas = psprintf("%s_deltas", def->name);
	StringInfoData plain;
	StringInfoData added;		/* what can be added up only */
	StringInfoData sql;

	initStringInfo(&plain);
	initStringInfo(&added);
	initStringInfo(&sql);
	sp_rollup_plain_query(&plain, plan, PLAIN_STORED);
	sp_rollup_plain_query(&added, plan, PLAIN_NONE);
	make_schema(schema);

	/*
	 * room to change a cell where it lies: no index is written, however many
	 * cells there are
	 */
	appendStringInfo(&sql, "CREATE TABLE %s USING heap WITH (fillfactor = 90) AS %s WITH NO DATA",
					 quote_qualified_identifier(schema, cells), plain.data);
	run(&sql, SPI_OK_UTILITY);
	appendStringInfo(&sql, "CREATE TABLE %s USING heap AS %s WITH NO DATA",
					 quote_qualified_identifier(schema, deltas),
					 merges ? psprintf("SELECT p.*, false AS pulse_redo FROM (%s) AS p", plain.data) : added.data);
	run(&sql, SPI_OK_UTILITY);
	appendStringInfo(&sql, "CREATE UNIQUE INDEX ON %s (%s) NULLS NOT DISTINCT",
					 quote_qualified_identifier(schema, cells), sp_rollup_index_columns(plan));
	run(&sql, SPI_OK_UTILITY);
	def->cells = relation_named(schema, cells);
	def->deltas = relation_named(schema, deltas);
	appendStringInfo(&sql, "CREATE VIEW %s AS %s", quote_qualified_identifier(schema, def->name),
					 sp_rollup_view_query(plan, quote_qualified_identifier(schema, cells),
										  quote_qualified_identifier(schema, deltas)));
	run(&sql, SPI_OK_UTILITY);
	def->readable = relation_named(schema, def->name);
}

static Datum
names_array(List *names)
{
	Datum	   *values = palloc(sizeof(Datum) * Max(list_length(names), 1));
	int			count = 0;
	ListCell   *lc;

	foreach(lc, names)
		values[count++] = CStringGetTextDatum(lfirst(lc));
	return PointerGetDatum(construct_array(values, count, TEXTOID, -1, false, TYPALIGN_INT));
}

void
sp_record_rollup(RollupDef *def)
{
	Oid			types[15] = {TEXTOID, OIDOID, TEXTOID, TEXTOID, TEXTARRAYOID, TEXTARRAYOID, BOOLOID,
	TEXTOID, TEXTOID, OIDOID, OIDOID, OIDOID, TIMESTAMPTZOID, TEXTARRAYOID, INT4OID};
	Datum		values[15];
	char		nulls[16] = "               ";
	List	   *figures = NIL;
	int			n = 0;
	ListCell   *lc;

	values[n++] = CStringGetTextDatum(def->name);
	values[n++] = ObjectIdGetDatum(def->relid);
	values[n++] = CStringGetTextDatum(def->time_column);
	values[n++] = CStringGetTextDatum(sp_grain_name(def->grain));
	values[n++] = names_array(def->dimensions);
	values[n++] = names_array(def->sums);
	values[n++] = BoolGetDatum(def->counts);
	nulls[n] = def->condition == NULL ? 'n' : ' ';
	values[n++] = def->condition == NULL ? (Datum) 0 : CStringGetTextDatum(def->condition);
	values[n++] = CStringGetTextDatum(def->timezone);
	values[n++] = ObjectIdGetDatum(def->readable);
	values[n++] = ObjectIdGetDatum(def->cells);
	values[n++] = ObjectIdGetDatum(def->deltas);
	values[n++] = TimestampTzGetDatum(sp_clock());
	foreach(lc, def->figures)
		figures = lappend(figures, sp_figure_measure(lfirst(lc)));
	values[n++] = names_array(figures);
	nulls[n] = def->finer_id == 0 ? 'n' : ' ';
	values[n++] = Int32GetDatum(def->finer_id);
	sp_execute_as_owner("INSERT INTO pulse_internal.rollup (name, relation, time_column, grain, dimensions,"
						" sums, counts, condition, timezone, readable, cells, deltas, built_at, figures, finer_id)"
						" VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
						SPI_OK_INSERT, n, types, values, nulls);
}

/* Fills the cells; writers are out.  Returns how many there are. */
static int64
build_cells(RollupPlan *plan)
{
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfo(&sql, "INSERT INTO %s ", sp_qualified_name(plan->def->cells));
	sp_rollup_plain_query(&sql, plan, PLAIN_STORED);
	run(&sql, SPI_OK_INSERT);
	return (int64) SPI_processed;
}

/* ---- what users call ---- */

PG_FUNCTION_INFO_V1(sp_create_rollup);
PG_FUNCTION_INFO_V1(sp_drop_rollup);
PG_FUNCTION_INFO_V1(sp_rebuild_rollup);
PG_FUNCTION_INFO_V1(sp_check_rollup);

Datum
sp_create_rollup(PG_FUNCTION_ARGS)
{
	Relation	source;
	RollupDef  *def;
	RollupPlan *plan;
	List	   *tree;
	char	   *schema;
	SpSpiScope	scope;
	ListCell   *lc;

	if (PG_ARGISNULL(1))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("unusable source of a rollup"),
				 errdetail("It is missing."),
				 errhint("Type the name of a table, such as 'app.invoice'.")));
	refuse_old_snapshot();
	if (sp_find_rollup_read_by(PG_GETARG_OID(1)) != NULL)
		return sp_create_coarser(fcinfo, sp_find_rollup_read_by(PG_GETARG_OID(1)));
	source = table_open(PG_GETARG_OID(1), AccessShareLock);
	sp_check_rollup_source(source);
	tree = sp_lock_rollup_source(PG_GETARG_OID(1));
	schema = PG_ARGISNULL(7) ? pstrdup(sp_setting("event_schema")) : text_to_cstring(PG_GETARG_TEXT_PP(7));
	def = sp_read_rollup_arguments(fcinfo, source);
	sp_refuse_taken_name(schema, def->name);

	sp_spi_begin(&scope);
	sp_work_begin(GetUserId());
	plan = sp_bind_rollup(def, source);
	sp_make_rollup_tables(plan, schema, sp_can_merge(def, source));
	table_close(source, NoLock);
	foreach(lc, tree)
		sp_attach_rollup_triggers(lfirst_oid(lc));
	sp_record_rollup(def);
	sp_remember_partitions(sp_find_rollup(def->name)->rollup_id, tree);
	build_cells(plan);
	sp_spi_end(&scope);
	PG_RETURN_OID(def->readable);
}

void
sp_require_rollup_owner(RollupDef *def)
{
	if (get_rel_name(def->cells) != NULL &&
		!object_ownercheck(RelationRelationId, def->cells, GetUserId()))
		aclcheck_error(ACLCHECK_NOT_OWNER, OBJECT_TABLE, get_rel_name(def->cells));
}

static void
forget(const char *sql, RollupDef *def)
{
	Oid			types[1] = {INT4OID};
	Datum		values[1] = {Int32GetDatum(def->rollup_id)};

	sp_execute_as_owner(sql, SPI_OK_DELETE, 1, types, values, NULL);
}

static void
drop_relation(const char *kind, Oid relid)
{
	StringInfoData sql;

	if (get_rel_name(relid) == NULL)
		return;
	initStringInfo(&sql);
	appendStringInfo(&sql, "DROP %s %s", kind, sp_qualified_name(relid));
	run(&sql, SPI_OK_UTILITY);
}

Datum
sp_drop_rollup(PG_FUNCTION_ARGS)
{
	RollupDef  *def = sp_find_rollup(text_to_cstring(PG_GETARG_TEXT_PP(0)));
	Oid			relid = def->relid;
	SpSpiScope	scope;

	sp_require_rollup_owner(def);
	sp_spi_begin(&scope);
	drop_relation("VIEW", def->readable);
	drop_relation("TABLE", def->cells);
	drop_relation("TABLE", def->deltas);
	forget("DELETE FROM pulse_internal.rollup_gap AS g WHERE g.rollup_id = $1", def);
	forget("DELETE FROM pulse_internal.rollup_leaf AS l WHERE l.rollup_id = $1", def);
	forget("DELETE FROM pulse_internal.rollup_member AS m WHERE m.rollup_id = $1", def);
	forget("DELETE FROM pulse_internal.rollup_reported AS m WHERE m.rollup_id = $1", def);
	forget("DELETE FROM pulse_internal.rollup_close AS c WHERE c.rollup_id = $1", def);
	forget("DELETE FROM pulse_internal.rollup AS r WHERE r.rollup_id = $1", def);
	CommandCounterIncrement();
	sp_detach_unused_triggers(relid);
	sp_spi_end(&scope);
	PG_RETURN_VOID();
}

void
sp_record_rebuilt(RollupDef *def)
{
	Oid			types[3] = {INT4OID, TEXTOID, TIMESTAMPTZOID};
	Datum		values[3] = {
		Int32GetDatum(def->rollup_id),
		CStringGetTextDatum(def->timezone),
		TimestampTzGetDatum(sp_clock())
	};

	forget("DELETE FROM pulse_internal.rollup_gap AS g WHERE g.rollup_id = $1", def);
	sp_execute_as_owner("UPDATE pulse_internal.rollup AS r SET timezone = $2, built_at = $3, state = 'ok',"
						" reason = NULL WHERE r.rollup_id = $1",
						SPI_OK_UPDATE, 3, types, values, NULL);
}

static Relation
open_source(RollupDef *def)
{
	Relation	source = try_table_open(def->relid, AccessShareLock);

	if (source == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("the source of rollup \"%s\" is gone", def->name),
				 errdetail("Somebody has dropped the table."),
				 errhint("Call pulse.drop_rollup(); its cells can be copied before.")));
	return source;
}

/* Under a lock that keeps writers out; returns the number of cells. */
static int64
rebuild_from_source(RollupDef *def, Relation source)
{
	StringInfoData sql;
	SpSpiScope	scope;
	int64		cells;
	List	   *tree;
	ListCell   *lc;

	sp_spi_begin(&scope);
	tree = sp_lock_rollup_source(def->relid);
	foreach(lc, tree)
		sp_attach_rollup_triggers(lfirst_oid(lc));
	sp_remember_partitions(def->rollup_id, tree);
	sp_spi_end(&scope);

	(void) sp_lock_fold(def->rollup_id, true);
	sp_spi_begin_as(&scope, sp_relation_owner(def->cells));
	initStringInfo(&sql);
	appendStringInfo(&sql, "DELETE FROM %s", sp_qualified_name(def->deltas));
	run(&sql, SPI_OK_DELETE);
	appendStringInfo(&sql, "DELETE FROM %s", sp_qualified_name(def->cells));
	run(&sql, SPI_OK_DELETE);
	cells = build_cells(sp_bind_rollup(def, source));
	sp_spi_end(&scope);
	return cells;
}

static void
rebuild_coarser(int32 rollup_id, const char *timezone)
{
	ListCell   *lc;

	foreach(lc, sp_coarser_rollups(rollup_id))
	{
		RollupDef	def = *(RollupDef *) lfirst(lc);

		def.timezone = (char *) timezone;
		sp_build_coarser(&def);
		sp_record_rebuilt(&def);
		rebuild_coarser(def.rollup_id, timezone);
	}
}

/* What is no longer in the source would be lost. */
static void
refuse_trimmed(RollupDef *def)
{
	if (def->trimmed)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("rollup \"%s\" remembers events that are no longer kept", def->name),
				 errdetail("Old partitions of its event kind were dropped; computed anew it would forget them."),
				 errhint("Copy what it says, then drop it and create it again.")));
}

void
sp_refuse_stale_finer(RollupDef *def)
{
	Oid			types[1] = {INT4OID};
	Datum		values[1] = {Int32GetDatum(def->finer_id)};

	if (sp_execute_as_owner("SELECT FROM pulse_internal.rollup_gap AS g WHERE g.rollup_id = $1",
							SPI_OK_SELECT, 1, types, values, NULL) == 0)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("rollup \"%s\" is made from one that is stale", def->name),
			 errdetail("It would be as wrong as before."),
			 errhint("Call pulse.rebuild_rollup('%s'), which rebuilds both.", sp_find_rollup_by_id(def->finer_id)->name)));
}

Datum
sp_rebuild_rollup(PG_FUNCTION_ARGS)
{
	RollupDef  *known = sp_find_rollup(text_to_cstring(PG_GETARG_TEXT_PP(0)));
	RollupDef  *def = palloc(sizeof(RollupDef));
	Relation	source;
	int64		cells;

	*def = *known;
	sp_require_rollup_owner(def);
	refuse_old_snapshot();
	refuse_trimmed(def);
	source = open_source(def);
	if (def->finer_id != 0)
	{
		sp_refuse_stale_finer(def);
		cells = sp_build_coarser(def);
	}
	else
	{
		sp_check_rollup_source(source);
		def->timezone = pstrdup(sp_setting("timezone"));
		cells = rebuild_from_source(def, source);
	}
	sp_record_rebuilt(def);
	CommandCounterIncrement();
	rebuild_coarser(def->rollup_id, def->timezone);
	table_close(source, NoLock);
	PG_RETURN_INT64(cells);
}

Datum
sp_check_rollup(PG_FUNCTION_ARGS)
{
	RollupDef  *def = sp_find_rollup(text_to_cstring(PG_GETARG_TEXT_PP(0)));
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	Relation	source = open_source(def);
	SpSpiScope	scope;

	sp_require_rollup_owner(def);
	InitMaterializedSRF(fcinfo, 0);
	sp_spi_begin_as(&scope, sp_relation_owner(def->cells));
	sp_spi_text(sp_rollup_check(sp_bind_rollup(def, source)), SPI_OK_SELECT);
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		Datum		values[3];
		bool		nulls[3];

		for (int n = 0; n < lengthof(values); n++)
			values[n] = SPI_getbinval(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, n + 1, &nulls[n]);
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	sp_spi_end(&scope);
	table_close(source, AccessShareLock);
	return (Datum) 0;
}
