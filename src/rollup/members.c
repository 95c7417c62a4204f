/*
 * members.c
 *	  Whose figures a rollup waits for, and who has reported.
 *
 * A member is a value of one dimension, such as a store.  It has reported a
 * period when it said so (its watermark), or when it has rows in it.  Questions
 * are answered with the rights of the rollup's owner, to whoever may read the
 * rollup.
 */
#include "base/base.h"
#include "rollup/members.h"

#include "calendar/daytime.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"

#define LATELY	28				/* days in which a member without a list had
								 * rows */

static bool
has_name(List *names, const char *name)
{
	ListCell   *lc;

	foreach(lc, names)
		if (strcmp(lfirst(lc), name) == 0)
		return true;
	return false;
}

/* ---- saying it ---- */

static void
require_column(Oid relid, const char *column)
{
	if (column == NULL || get_attnum(relid, column) != InvalidAttrNumber)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_COLUMN),
			 errmsg("column \"%s\" of \"%s\" does not exist", column, get_rel_name(relid)),
			 errdetail("The members of a rollup are listed there."),
			 errhint("Type the name as \\d %s shows it.", get_rel_name(relid))));
}

static char *
optional_text(FunctionCallInfo fcinfo, int n)
{
	return PG_ARGISNULL(n) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(n));
}

static void
check_members(FunctionCallInfo fcinfo, RollupDef *def)
{
	char	   *dimension = optional_text(fcinfo, 1);
	Oid			relid = PG_ARGISNULL(2) ? InvalidOid : PG_GETARG_OID(2);

	if (dimension == NULL || !has_name(def->dimensions, dimension))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("\"%s\" is no dimension of rollup \"%s\"", dimension != NULL ? dimension : "", def->name),
				 errdetail("Its members are the values of a dimension."),
				 errhint("Look at SELECT dimensions FROM pulse.rollups.")));
	if (!OidIsValid(relid))
		return;
	if (PG_ARGISNULL(3))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("member_column is missing"),
				 errdetail("A relation that lists members has a column for them."),
				 errhint("Type pulse.expect_members('daily_sales', 'store', 'app.store', member_column => 'id').")));
	for (int n = 3; n <= 5; n++)
		require_column(relid, optional_text(fcinfo, n));
	if (pg_class_aclcheck(relid, GetUserId(), ACL_SELECT) != ACLCHECK_OK)
		aclcheck_error(ACLCHECK_NO_PRIV, OBJECT_TABLE, get_rel_name(relid));
}

static RollupDef *
named_rollup(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(0))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("the name of the rollup is null"),
				 errdetail("It says which rollup is meant."),
				 errhint("Look at SELECT name FROM pulse.rollups.")));
	return sp_find_rollup(text_to_cstring(PG_GETARG_TEXT_PP(0)));
}

PG_FUNCTION_INFO_V1(sp_expect_members);

/* (name, dimension, relation, member_column, since_column, until_column, close_at) */
Datum
sp_expect_members(PG_FUNCTION_ARGS)
{
	RollupDef  *def = named_rollup(fcinfo);
	Oid			types[8] = {INT4OID, TEXTOID, OIDOID, TEXTOID, TEXTOID, TEXTOID, TIMEOID, DATEOID};
	Datum		values[8];
	char		nulls[9] = "        ";

	sp_require_rollup_owner(def);
	check_members(fcinfo, def);
	values[0] = Int32GetDatum(def->rollup_id);
	for (int n = 1; n <= 6; n++)
	{
		values[n] = fcinfo->args[n].value;
		nulls[n] = PG_ARGISNULL(n) ? 'n' : ' ';
	}
	values[7] = DateADTGetDatum(sp_day_of(sp_clock()));
	sp_execute_as_owner("INSERT INTO pulse_internal.rollup_member AS m (rollup_id, dimension, relation, member_column,"
						" since_column, until_column, close_at, since)"
						" VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (rollup_id) DO UPDATE SET"
						" dimension = excluded.dimension, relation = excluded.relation, member_column = excluded.member_column,"
						" since_column = excluded.since_column, until_column = excluded.until_column, close_at = excluded.close_at",
						SPI_OK_INSERT, 8, types, values, nulls);
	PG_RETURN_VOID();
}

PG_FUNCTION_INFO_V1(sp_mark_reported);

/* (name, member, until) */
Datum
sp_mark_reported(PG_FUNCTION_ARGS)
{
	RollupDef  *def = named_rollup(fcinfo);
	Oid			types[4] = {INT4OID, TEXTOID, DATEOID, TIMESTAMPTZOID};
	Datum		values[4];

	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("member or until is null"),
				 errdetail("A watermark is of a member, and a day."),
				 errhint("Type pulse.mark_reported('daily_sales', 'store 7', until => '2026-03-02').")));
	if (!object_ownercheck(RelationRelationId, def->cells, GetUserId()) &&
		pg_class_aclcheck(def->relid, GetUserId(), ACL_INSERT) != ACLCHECK_OK)
		aclcheck_error(ACLCHECK_NO_PRIV, OBJECT_TABLE, get_rel_name(def->relid));
	values[0] = Int32GetDatum(def->rollup_id);
	values[1] = PG_GETARG_DATUM(1);
	values[2] = PG_GETARG_DATUM(2);
	values[3] = TimestampTzGetDatum(sp_clock());
	sp_execute_as_owner("INSERT INTO pulse_internal.rollup_reported AS m (rollup_id, member, reported_until, reported_at)"
						" VALUES ($1, $2, $3, $4) ON CONFLICT (rollup_id, member)"
						" DO UPDATE SET reported_until = excluded.reported_until, reported_at = excluded.reported_at",
						SPI_OK_INSERT, 4, types, values, NULL);
	PG_RETURN_VOID();
}

/* ---- asking ---- */

static char *
text_column(int column)
{
	return SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, column);
}

/* Within an SPI scope of ours; its results are of that scope. */
static void
read_members(RollupMembers *members, RollupDef *def)
{
	Oid			types[1] = {INT4OID};
	Datum		values[1] = {Int32GetDatum(def->rollup_id)};
	bool		isnull;
	Datum		relation;

	members->def = def;
	if (SPI_execute_with_args("SELECT m.dimension, m.relation::oid, m.member_column, m.since_column, m.until_column, m.since"
							  " FROM pulse_internal.rollup_member AS m WHERE m.rollup_id = $1",
							  1, types, values, NULL, true, 0) != SPI_OK_SELECT || SPI_processed == 0)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("nobody has said whom rollup \"%s\" waits for", def->name),
				 errdetail("Whether it is complete depends on who is to report."),
				 errhint("Type pulse.expect_members('%s', dimension => 'store').", def->name)));
	members->dimension = text_column(1);
	relation = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 2, &isnull);
	members->relid = isnull ? InvalidOid : DatumGetObjectId(relation);
	members->member_column = text_column(3);
	members->since_column = text_column(4);
	members->until_column = text_column(5);
	members->since = DatumGetDateADT(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 6, &isnull));
}

/* Arrays of what our tables say of the rollup, for statements that may not read them. */
static void
read_records(RollupMembers *members)
{
	Oid			types[1] = {INT4OID};
	Datum		values[1] = {Int32GetDatum(members->def->rollup_id)};
	bool		isnull;

	if (SPI_execute_with_args("SELECT ARRAY(SELECT t.member FROM pulse_internal.rollup_reported AS t WHERE t.rollup_id = $1 ORDER BY t.member),"
							  " ARRAY(SELECT t.reported_until FROM pulse_internal.rollup_reported AS t WHERE t.rollup_id = $1 ORDER BY t.member),"
							  " ARRAY(SELECT c.period FROM pulse_internal.rollup_close AS c WHERE c.rollup_id = $1 ORDER BY c.period),"
							  " ARRAY(SELECT c.closed_at FROM pulse_internal.rollup_close AS c WHERE c.rollup_id = $1 ORDER BY c.period),"
							  " ARRAY(SELECT c.reopened_at FROM pulse_internal.rollup_close AS c WHERE c.rollup_id = $1 ORDER BY c.period)",
							  1, types, values, NULL, true, 0) != SPI_OK_SELECT)
		elog(ERROR, "reading the records of rollup \"%s\" failed", members->def->name);
	for (int i = 0; i < lengthof(members->records); i++)
		members->records[i] = SPI_datumTransfer(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, i + 1, &isnull), false, -1);
}

void
sp_read_members(RollupMembers *members, RollupDef *def)
{
	MemoryContext caller = CurrentMemoryContext;
	SpSpiScope	scope;

	memset(members, 0, sizeof(RollupMembers));
	sp_spi_begin_as(&scope, sp_owner_role());
	read_members(members, def);
	MemoryContextSwitchTo(caller);
	members->dimension = pstrdup(members->dimension);
	members->member_column = members->member_column == NULL ? NULL : pstrdup(members->member_column);
	members->since_column = members->since_column == NULL ? NULL : pstrdup(members->since_column);
	members->until_column = members->until_column == NULL ? NULL : pstrdup(members->until_column);
	read_records(members);
	sp_spi_end(&scope);
}

/* "period, ended, member" of who is to report the periods "p" */
static void
add_expected(StringInfo sql, const RollupMembers *members)
{
	const char *dimension = quote_identifier(members->dimension);

	if (!OidIsValid(members->relid))
	{
		appendStringInfo(sql, "SELECT DISTINCT p.period, p.ended, v.%s::text AS member FROM p JOIN %s AS v"
						 " ON v.period >= p.period - %d AND v.period < p.ended WHERE v.%s IS NOT NULL",
						 dimension, sp_qualified_name(members->def->readable), LATELY, dimension);
		return;
	}
	appendStringInfo(sql, "SELECT DISTINCT p.period, p.ended, m.%s::text AS member FROM p JOIN %s AS m ON m.%s IS NOT NULL",
					 quote_identifier(members->member_column), sp_qualified_name(members->relid),
					 quote_identifier(members->member_column));
	if (members->since_column != NULL)
		appendStringInfo(sql, " AND (m.%s IS NULL OR m.%s < p.ended)",
						 quote_identifier(members->since_column), quote_identifier(members->since_column));
	if (members->until_column != NULL)
		appendStringInfo(sql, " AND (m.%s IS NULL OR m.%s > p.period)",
						 quote_identifier(members->until_column), quote_identifier(members->until_column));
}

/* $1, $2: from, until before; $3 .. $7: the records */
static char *
status_sql(const RollupMembers *members)
{
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfo(&sql, "WITH p AS (SELECT g::date AS period, (g + interval '1 %s')::date AS ended"
					 " FROM generate_series($1::timestamp, $2::timestamp - interval '1 day', interval '1 %s') AS g), expected AS (",
					 sp_grain_name(members->def->grain), sp_grain_name(members->def->grain));
	add_expected(&sql, members);
	appendStringInfo(&sql, "), present AS (SELECT DISTINCT v.period, v.%s::text AS member FROM %s AS v"
					 " WHERE v.period >= $1 AND v.period < $2),"
					 " judged AS (SELECT e.period, e.member, n.member IS NOT NULL OR coalesce(w.reported_until >= e.ended, false) AS reported"
					 " FROM expected AS e LEFT JOIN present AS n ON n.period = e.period AND n.member = e.member"
					 " LEFT JOIN unnest($3::text[], $4::date[]) AS w(member, reported_until) ON w.member = e.member)"
					 " SELECT p.period, CASE WHEN count(*) FILTER (WHERE NOT j.reported) = 0 THEN 'complete' ELSE 'partial' END,"
					 " count(j.member)::int, (count(*) FILTER (WHERE j.reported))::int,"
					 " coalesce(array_agg(j.member ORDER BY j.member) FILTER (WHERE NOT j.reported), '{}'),"
					 " CASE WHEN c.closed_at IS NULL THEN 'open' WHEN c.reopened_at IS NULL THEN 'closed' ELSE 'reopened' END,"
					 " c.closed_at, c.reopened_at FROM p LEFT JOIN judged AS j ON j.period = p.period"
					 " LEFT JOIN unnest($5::date[], $6::timestamptz[], $7::timestamptz[]) AS c(period, closed_at, reopened_at)"
					 " ON c.period = p.period GROUP BY p.period, c.closed_at, c.reopened_at ORDER BY p.period",
					 quote_identifier(members->dimension), sp_qualified_name(members->def->readable));
	return sql.data;
}

/* As the owner of the rollup, in an SPI scope of the caller's; SPI_tuptable has the rows. */
void
sp_status_rows(const RollupMembers *members, DateADT since, DateADT until)
{
	Oid			types[7] = {DATEOID, DATEOID, TEXTARRAYOID, DATEARRAYOID, DATEARRAYOID, TIMESTAMPTZARRAYOID, TIMESTAMPTZARRAYOID};
	Datum		values[7];

	values[0] = DateADTGetDatum(since);
	values[1] = DateADTGetDatum(until);
	memcpy(values + 2, members->records, sizeof(members->records));
	/* the planner takes the few periods for a thousand, and would compile */
	(void) set_config_option("jit", "off", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
	if (SPI_execute_with_args(status_sql(members), 7, types, values, NULL, true, 0) != SPI_OK_SELECT)
		elog(ERROR, "the status of rollup \"%s\" failed", members->def->name);
}

/* The first day of the period of a day. */
DateADT
sp_period_start(RollupGrain grain, DateADT day)
{
	int			year;
	int			month;
	int			month_day;

	if (grain == GRAIN_WEEK)
		return day - (j2day(day + POSTGRES_EPOCH_JDATE) + 6) % 7;
	if (grain == GRAIN_DAY)
		return day;
	j2date(day + POSTGRES_EPOCH_JDATE, &year, &month, &month_day);
	return date2j(year, month, 1) - POSTGRES_EPOCH_JDATE;
}

static void
require_reader(RollupDef *def)
{
	if (pg_class_aclcheck(def->readable, GetUserId(), ACL_SELECT) != ACLCHECK_OK)
		aclcheck_error(ACLCHECK_NO_PRIV, OBJECT_VIEW, get_rel_name(def->readable));
}

PG_FUNCTION_INFO_V1(sp_report_status);

/* (name, since, until) */
Datum
sp_report_status(PG_FUNCTION_ARGS)
{
	RollupDef  *def = named_rollup(fcinfo);
	DateADT		until = PG_ARGISNULL(2) ? sp_period_start(def->grain, sp_day_of(sp_clock())) : PG_GETARG_DATEADT(2);
	static const int days[] = {7, 7 * 7, 7 * 28};
	DateADT		since = PG_ARGISNULL(1) ? sp_period_start(def->grain, until - days[def->grain]) :
	sp_period_start(def->grain, PG_GETARG_DATEADT(1));
	RollupMembers members;
	SpSpiScope	scope;

	if (DATE_NOT_FINITE(since) || DATE_NOT_FINITE(until))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("since and until must be days"),
				 errdetail("There is a row for each period between them."),
				 errhint("Type since => '2026-03-01', until => '2026-04-01'.")));
	require_reader(def);
	InitMaterializedSRF(fcinfo, 0);
	sp_read_members(&members, def);
	sp_spi_begin_as(&scope, sp_relation_owner(def->cells));
	sp_status_rows(&members, since, until);
	sp_return_rows(fcinfo);
	sp_spi_end(&scope);
	return (Datum) 0;
}

PG_FUNCTION_INFO_V1(sp_rollup_watermarks);

/* (name) */
Datum
sp_rollup_watermarks(PG_FUNCTION_ARGS)
{
	RollupDef  *def = named_rollup(fcinfo);
	DateADT		today = sp_day_of(sp_clock());
	Oid			types[4] = {DATEOID, DATEOID, TEXTARRAYOID, DATEARRAYOID};
	Datum		values[4] = {DateADTGetDatum(today), DateADTGetDatum(today + 1)};
	RollupMembers members;
	StringInfoData sql;
	SpSpiScope	scope;

	require_reader(def);
	InitMaterializedSRF(fcinfo, 0);
	sp_read_members(&members, def);
	memcpy(values + 2, members.records, sizeof(Datum) * 2);
	initStringInfo(&sql);
	appendStringInfoString(&sql, "WITH p AS (SELECT $1 AS period, $2 AS ended), expected AS (");
	add_expected(&sql, &members);
	appendStringInfo(&sql, ") SELECT e.member, coalesce(w.reported_until, (SELECT (max(v.period) + interval '1 %s')::date FROM %s AS v"
					 " WHERE v.%s::text = e.member)), w.member IS NOT NULL FROM expected AS e"
					 " LEFT JOIN unnest($3::text[], $4::date[]) AS w(member, reported_until) ON w.member = e.member ORDER BY e.member",
					 sp_grain_name(def->grain), sp_qualified_name(def->readable), quote_identifier(members.dimension));
	sp_spi_begin_as(&scope, sp_relation_owner(def->cells));
	if (SPI_execute_with_args(sql.data, 4, types, values, NULL, true, 0) != SPI_OK_SELECT)
		elog(ERROR, "the watermarks of rollup \"%s\" failed", def->name);
	sp_return_rows(fcinfo);
	sp_spi_end(&scope);
	return (Datum) 0;
}
