/*
 * text.c
 *	  The SQL of a rollup.
 *
 * All of it runs under the pinned search_path: our own names are written in
 * full, the rest is pg_catalog's.
 */
#include "base/base.h"
#include "rollup/rollup.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

char *
sp_qualified_name(Oid relid)
{
	char	   *name = get_rel_name(relid);

	if (name == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("a table of the rollup is gone"),
				 errdetail("Relation with OID %u does not exist.", relid),
				 errhint("Call pulse.drop_rollup(), then create the rollup again.")));
	return quote_qualified_identifier(get_namespace_name(get_rel_namespace(relid)), name);
}

/* "period, dimension, ..., currency", each after prefix */
static void
add_keys(StringInfo sql, RollupDef *def, bool currency, const char *prefix)
{
	ListCell   *lc;

	appendStringInfo(sql, "%speriod", prefix);
	foreach(lc, def->dimensions)
		appendStringInfo(sql, ", %s%s", prefix, quote_identifier(lfirst(lc)));
	if (currency)
		appendStringInfo(sql, ", %scurrency", prefix);
}

/* "row_count, n1, s1, ..." of cells or deltas */
static void
add_numbers(StringInfo sql, int sum_count)
{
	appendStringInfoString(sql, "row_count");
	for (int i = 1; i <= sum_count; i++)
		appendStringInfo(sql, ", n%d, s%d", i, i);
}

char *
sp_rollup_index_columns(RollupPlan *plan)
{
	StringInfoData sql;

	initStringInfo(&sql);
	add_keys(&sql, plan->def, plan->amount_attno != 0, "");
	return sql.data;
}

static void
add_period(StringInfo sql, RollupPlan *plan)
{
	StringInfoData local;

	initStringInfo(&local);
	appendStringInfo(&local, "t.%s", quote_identifier(plan->def->time_column));
	if (plan->time_type == TIMESTAMPTZOID)
		appendStringInfo(&local, " AT TIME ZONE %s", quote_literal_cstr(plan->def->timezone));
	if (plan->def->grain == GRAIN_DAY)
		appendStringInfo(sql, "(%s)::date AS period", local.data);
	else
		appendStringInfo(sql, "date_trunc('%s', (%s)::timestamp)::date AS period",
						 sp_grain_name(plan->def->grain), local.data);
}

/* What the rollup must be equal to, in the shape of cells. */
void
sp_rollup_plain_query(StringInfo sql, RollupPlan *plan)
{
	RollupDef  *def = plan->def;
	int			keys = 1 + plan->dimension_count + (plan->amount_attno != 0 ? 1 : 0);
	ListCell   *lc;

	appendStringInfoString(sql, "SELECT ");
	add_period(sql, plan);
	foreach(lc, def->dimensions)
		appendStringInfo(sql, ", t.%s", quote_identifier(lfirst(lc)));
	for (int i = 0; i < plan->sum_count; i++)
		if (plan->sums[i].kind == SUM_AMOUNT)
			appendStringInfo(sql, ", pulse.currency(t.%s) AS currency",
							 quote_identifier(list_nth(def->sums, i)));
	appendStringInfoString(sql, ", count(*) AS row_count");
	for (int i = 0; i < plan->sum_count; i++)
	{
		const char *column = quote_identifier(list_nth(def->sums, i));

		appendStringInfo(sql, ", count(t.%s) AS n%d, coalesce(sum(%st.%s%s), 0) AS s%d",
						 column, i + 1,
						 plan->sums[i].kind == SUM_AMOUNT ? "pulse.to_numeric(" : "",
						 column,
						 plan->sums[i].kind == SUM_AMOUNT ? ")" : "::numeric", i + 1);
	}
	appendStringInfo(sql, " FROM %s AS t", sp_qualified_name(def->relid));
	if (def->condition != NULL)
		appendStringInfo(sql, " WHERE (%s)", def->condition);
	for (int i = 1; i <= keys; i++)
		appendStringInfo(sql, "%s%d", i == 1 ? " GROUP BY " : ", ", i);
}

static void
add_measure(StringInfo sql, RollupPlan *plan, int i)
{
	const char *name = quote_identifier(psprintf("sum_%s", (char *) list_nth(plan->def->sums, i)));

	appendStringInfo(sql, ", CASE WHEN sum(c.n%d) > 0 THEN ", i + 1);
	switch (plan->sums[i].kind)
	{
		case SUM_INT2:
		case SUM_INT4:
			appendStringInfo(sql, "sum(c.s%d)::bigint", i + 1);
			break;
		case SUM_AMOUNT:
			appendStringInfo(sql, "pulse.amount(sum(c.s%d), c.currency)", i + 1);
			break;
		default:
			appendStringInfo(sql, "sum(c.s%d)", i + 1);
	}
	appendStringInfo(sql, " END AS %s", name);
}

/* What one reads: folded and not yet folded. */
char *
sp_rollup_view_query(RollupPlan *plan, const char *cells, const char *deltas)
{
	StringInfoData sql;
	bool		currency = plan->amount_attno != 0;

	initStringInfo(&sql);
	appendStringInfoString(&sql, "SELECT ");
	add_keys(&sql, plan->def, currency, "c.");
	if (plan->def->counts)
		appendStringInfoString(&sql, ", sum(c.row_count)::bigint AS count");
	for (int i = 0; i < plan->sum_count; i++)
		add_measure(&sql, plan, i);
	appendStringInfo(&sql, " FROM (SELECT * FROM %s UNION ALL SELECT * FROM %s) AS c GROUP BY ",
					 cells, deltas);
	add_keys(&sql, plan->def, currency, "c.");
	appendStringInfoString(&sql, " HAVING sum(c.row_count) <> 0");
	return sql.data;
}

/* $1: how many deltas at most.  Returns how many there were. */
char *
sp_rollup_fold(RollupDef *def)
{
	StringInfoData sql;
	const char *cells = sp_qualified_name(def->cells);
	const char *deltas = sp_qualified_name(def->deltas);
	int			sum_count = list_length(def->sums);
	bool		currency = get_attnum(def->cells, "row_count") > 2 + list_length(def->dimensions);

	initStringInfo(&sql);
	appendStringInfo(&sql, "WITH taken AS (DELETE FROM %s WHERE ctid = ANY (ARRAY("
					 "SELECT ctid FROM %s LIMIT $1 FOR UPDATE SKIP LOCKED)) RETURNING *),"
					 " folded AS (INSERT INTO %s AS c (", deltas, deltas, cells);
	add_keys(&sql, def, currency, "");
	appendStringInfoString(&sql, ", ");
	add_numbers(&sql, sum_count);
	appendStringInfoString(&sql, ") SELECT ");
	add_keys(&sql, def, currency, "");
	appendStringInfoString(&sql, ", sum(row_count)");
	for (int i = 1; i <= sum_count; i++)
		appendStringInfo(&sql, ", sum(n%d), sum(s%d)", i, i);
	appendStringInfoString(&sql, " FROM taken GROUP BY ");
	add_keys(&sql, def, currency, "");
	appendStringInfoString(&sql, " ON CONFLICT (");
	add_keys(&sql, def, currency, "");
	appendStringInfoString(&sql, ") DO UPDATE SET row_count = c.row_count + excluded.row_count");
	for (int i = 1; i <= sum_count; i++)
		appendStringInfo(&sql, ", n%d = c.n%d + excluded.n%d, s%d = c.s%d + excluded.s%d",
						 i, i, i, i, i, i);
	appendStringInfoString(&sql, ") SELECT count(*)::int FROM taken");
	return sql.data;
}

/* A cell's numbers on one side of the comparison, as JSON; NULL when it has none. */
static void
add_side(StringInfo sql, RollupDef *def, int side)
{
	int			i = 1;
	ListCell   *lc;

	appendStringInfo(sql, ", CASE WHEN coalesce(sum(row_count) FILTER (WHERE pulse_side = %d), 0) <> 0 THEN"
					 " jsonb_build_object('count', sum(row_count) FILTER (WHERE pulse_side = %d)", side, side);
	foreach(lc, def->sums)
	{
		appendStringInfo(sql, ", %s, CASE WHEN sum(n%d) FILTER (WHERE pulse_side = %d) <> 0"
						 " THEN sum(s%d) FILTER (WHERE pulse_side = %d) END",
						 quote_literal_cstr(psprintf("sum_%s", (char *) lfirst(lc))), i, side, i, side);
		i++;
	}
	appendStringInfoString(sql, ") END");
}

static void
add_difference(StringInfo sql, const char *column)
{
	appendStringInfo(sql, "coalesce(sum(%s) FILTER (WHERE pulse_side = 1), 0)"
					 " <> coalesce(sum(%s) FILTER (WHERE pulse_side = 2), 0)", column, column);
}

/* Cells that differ: keys, numbers in the rollup, numbers in the source. */
char *
sp_rollup_check(RollupPlan *plan)
{
	RollupDef  *def = plan->def;
	StringInfoData sql;
	bool		currency = plan->amount_attno != 0;
	ListCell   *lc;

	initStringInfo(&sql);
	appendStringInfoString(&sql, "SELECT jsonb_build_object('period', period");
	foreach(lc, def->dimensions)
		appendStringInfo(&sql, ", %s, %s", quote_literal_cstr(lfirst(lc)), quote_identifier(lfirst(lc)));
	if (currency)
		appendStringInfoString(&sql, ", 'currency', currency");
	appendStringInfoChar(&sql, ')');
	add_side(&sql, def, 1);
	add_side(&sql, def, 2);
	appendStringInfo(&sql, " FROM (SELECT 1 AS pulse_side, * FROM %s UNION ALL SELECT 1, * FROM %s"
					 " UNION ALL SELECT 2, * FROM (", sp_qualified_name(def->cells),
					 sp_qualified_name(def->deltas));
	sp_rollup_plain_query(&sql, plan);
	appendStringInfoString(&sql, ") AS plain) AS both_sides GROUP BY ");
	add_keys(&sql, def, currency, "");
	appendStringInfoString(&sql, " HAVING ");
	add_difference(&sql, "row_count");
	for (int i = 1; i <= plan->sum_count; i++)
	{
		appendStringInfoString(&sql, " OR ");
		add_difference(&sql, psprintf("n%d", i));
		appendStringInfoString(&sql, " OR ");
		add_difference(&sql, psprintf("s%d", i));
	}
	appendStringInfoString(&sql, " ORDER BY ");
	add_keys(&sql, def, currency, "");
	return sql.data;
}
