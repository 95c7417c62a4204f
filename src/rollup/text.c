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
void
sp_add_keys(StringInfo sql, RollupDef *def, bool currency, const char *prefix)
{
	ListCell   *lc;

	appendStringInfo(sql, "%speriod", prefix);
	foreach(lc, def->dimensions)
		appendStringInfo(sql, ", %s%s", prefix, quote_identifier(lfirst(lc)));
	if (currency)
		appendStringInfo(sql, ", %scurrency", prefix);
}

/* "row_count, n1, s1, ..." of cells or deltas */
void
sp_add_numbers(StringInfo sql, int sum_count)
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
	sp_add_keys(&sql, plan->def, plan->amount_attno != 0, "");
	return sql.data;
}

/* Of a row "t" of the source. */
void
sp_add_period(StringInfo sql, RollupPlan *plan)
{
	StringInfoData local;

	initStringInfo(&local);
	appendStringInfo(&local, "t.%s", quote_identifier(plan->def->time_column));
	if (plan->time_type == TIMESTAMPTZOID)
		appendStringInfo(&local, " AT TIME ZONE %s", quote_literal_cstr(plan->def->timezone));
	if (plan->def->grain == GRAIN_DAY)
		appendStringInfo(sql, "(%s)::date", local.data);
	else
		appendStringInfo(sql, "date_trunc('%s', (%s)::timestamp)::date",
						 sp_grain_name(plan->def->grain), local.data);
}

/* What the rollup must be equal to, in the shape of cells, or of deltas. */
void
sp_rollup_plain_query(StringInfo sql, RollupPlan *plan, PlainFigures figures)
{
	RollupDef  *def = plan->def;
	int			keys = 1 + plan->dimension_count + (plan->amount_attno != 0 ? 1 : 0);
	int			n = 0;
	ListCell   *lc;

	appendStringInfoString(sql, "SELECT ");
	sp_add_period(sql, plan);
	appendStringInfoString(sql, " AS period");
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
	foreach(lc, figures == PLAIN_NONE ? NIL : def->figures)
	{
		const RollupFigure *figure = lfirst(lc);
		const char *value = psprintf("t.%s", quote_identifier(figure->column));

		appendStringInfo(sql, ", %s AS m%d", figures == PLAIN_READ ? sp_figure_read(figure, value) :
						 sp_figure_expression(figure, value), ++n);
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

/* As it was computed last, unless there are deltas that it cannot be merged with: then as it is now. */
static void
add_figures(StringInfo sql, RollupPlan *plan)
{
	int			n = 0;
	ListCell   *lc;

	foreach(lc, plan->def->figures)
	{
		RollupFigure *figure = lfirst(lc);

		appendStringInfoString(sql, ", CASE WHEN bool_or(c.pulse_pending) THEN ");
		sp_figure_now(sql, plan, figure);
		appendStringInfo(sql, " ELSE %s END AS %s", sp_figure_stored(figure, psprintf("c.m%d", ++n)),
						 quote_identifier(sp_figure_name(figure)));
	}
}

/* Cells and deltas where there are figures or a finer rollup; elsewhere they are of one shape. */
static void
add_cells_and_pending(StringInfo sql, RollupDef *def, bool currency, const char *cells)
{
	int			figures = list_length(def->figures);

	appendStringInfoString(sql, "SELECT ");
	sp_add_keys(sql, def, currency, "");
	appendStringInfoString(sql, ", ");
	sp_add_numbers(sql, list_length(def->sums));
	for (int i = 1; i <= figures; i++)
		appendStringInfo(sql, ", m%d", i);
	appendStringInfo(sql, "%s FROM %s UNION ALL SELECT p.*", figures > 0 ? ", false AS pulse_pending" : "", cells);
	if (!sp_merges(def))
	{
		for (int i = 1; i <= figures; i++)
			appendStringInfoString(sql, ", NULL");
		appendStringInfoString(sql, figures > 0 ? ", true" : "");
	}
	appendStringInfoString(sql, " FROM (");
	sp_pending_query(sql, def, true);
	appendStringInfoString(sql, ") AS p");
}

/* What one reads: folded and not yet folded. */
char *
sp_rollup_view_query(RollupPlan *plan, const char *cells, const char *deltas)
{
	RollupDef  *def = plan->def;
	StringInfoData sql;
	bool		currency = plan->amount_attno != 0;

	initStringInfo(&sql);
	appendStringInfoString(&sql, "SELECT ");
	sp_add_keys(&sql, def, currency, "c.");
	if (def->counts)
		appendStringInfoString(&sql, ", sum(c.row_count)::bigint AS count");
	for (int i = 0; i < plan->sum_count; i++)
		add_measure(&sql, plan, i);
	add_figures(&sql, plan);
	appendStringInfoString(&sql, " FROM (");
	if (def->figures == NIL && def->finer_id == 0)
		appendStringInfo(&sql, "SELECT * FROM %s UNION ALL SELECT * FROM %s", cells, deltas);
	else
		add_cells_and_pending(&sql, def, currency, cells);
	appendStringInfoString(&sql, ") AS c GROUP BY ");
	sp_add_keys(&sql, def, currency, "c.");
	appendStringInfoString(&sql, " HAVING sum(c.row_count) <> 0");
	return sql.data;
}

bool
sp_has_currency(RollupDef *def)
{
	return get_attnum(def->cells, "row_count") > 2 + list_length(def->dimensions);
}

/* $1: how many deltas at most.  Returns how many there were. */
char *
sp_rollup_fold(RollupDef *def)
{
	StringInfoData sql;
	const char *cells = sp_qualified_name(def->cells);
	const char *deltas = sp_qualified_name(def->deltas);
	int			sum_count = list_length(def->sums);
	bool		currency = sp_has_currency(def);

	initStringInfo(&sql);
	appendStringInfo(&sql, "WITH taken AS (DELETE FROM %s WHERE ctid = ANY (ARRAY("
					 "SELECT ctid FROM %s LIMIT $1 FOR UPDATE SKIP LOCKED)) RETURNING *),"
					 " folded AS (INSERT INTO %s AS c (", deltas, deltas, cells);
	sp_add_keys(&sql, def, currency, "");
	appendStringInfoString(&sql, ", ");
	sp_add_numbers(&sql, sum_count);
	appendStringInfoString(&sql, ") SELECT ");
	sp_add_keys(&sql, def, currency, "");
	appendStringInfoString(&sql, ", sum(row_count)");
	for (int i = 1; i <= sum_count; i++)
		appendStringInfo(&sql, ", sum(n%d), sum(s%d)", i, i);
	appendStringInfoString(&sql, " FROM taken GROUP BY ");
	sp_add_keys(&sql, def, currency, "");
	appendStringInfoString(&sql, " ON CONFLICT (");
	sp_add_keys(&sql, def, currency, "");
	appendStringInfoString(&sql, ") DO UPDATE SET row_count = c.row_count + excluded.row_count");
	for (int i = 1; i <= sum_count; i++)
		appendStringInfo(&sql, ", n%d = c.n%d + excluded.n%d, s%d = c.s%d + excluded.s%d",
						 i, i, i, i, i, i);
	appendStringInfoString(&sql, ") SELECT count(*)::int FROM taken");
	return sql.data;
}
