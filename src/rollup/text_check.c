/*
 * text_check.c
 *	  The SQL that compares a rollup with the plain query over its source.
 */
#include "base/base.h"
#include "rollup/rollup.h"

#include "utils/builtins.h"

/* A cell's numbers on one side of the comparison, as JSON; NULL when it has none. */
static void
add_side(StringInfo sql, RollupDef *def, int side)
{
	int			i = 1;
	int			n = 0;
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
	foreach(lc, def->figures)
	{
		n++;
		appendStringInfo(sql, ", %s, %s FILTER (WHERE pulse_side = %d)", quote_literal_cstr(sp_figure_name(lfirst(lc))),
						 sp_figure_pick(lfirst(lc), psprintf("m%d", n)), side);
	}
	appendStringInfoString(sql, ") END");
}

static void
add_difference(StringInfo sql, const char *column)
{
	appendStringInfo(sql, "coalesce(sum(%s) FILTER (WHERE pulse_side = 1), 0)"
					 " <> coalesce(sum(%s) FILTER (WHERE pulse_side = 2), 0)", column, column);
}

/* Cells, what is pending, and the figures as one reads them. */
static void
add_both(StringInfo sql, RollupDef *def, bool currency)
{
	int			sum_count = list_length(def->sums);
	ListCell   *lc;

	appendStringInfoString(sql, "SELECT 1, ");
	sp_add_keys(sql, def, currency, "");
	appendStringInfoString(sql, ", ");
	sp_add_numbers(sql, sum_count);
	foreach(lc, def->figures)
		appendStringInfoString(sql, ", NULL");
	appendStringInfo(sql, " FROM %s UNION ALL SELECT 1, p.*", sp_qualified_name(def->cells));
	foreach(lc, def->figures)
		appendStringInfoString(sql, ", NULL");
	appendStringInfoString(sql, " FROM (");
	sp_pending_query(sql, def, false);
	appendStringInfoString(sql, ") AS p");
	if (def->figures == NIL)
		return;
	appendStringInfoString(sql, " UNION ALL SELECT 1, ");
	sp_add_keys(sql, def, currency, "");
	for (int i = 0; i < 1 + 2 * sum_count; i++)
		appendStringInfoString(sql, ", 0");
	foreach(lc, def->figures)
		appendStringInfo(sql, ", %s", quote_identifier(sp_figure_name(lfirst(lc))));
	appendStringInfo(sql, " FROM %s", sp_qualified_name(def->readable));
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
	appendStringInfoString(&sql, " FROM (SELECT 2 AS pulse_side, plain.* FROM (");
	sp_rollup_plain_query(&sql, plan, PLAIN_READ);
	appendStringInfoString(&sql, ") AS plain UNION ALL ");
	add_both(&sql, def, currency);
	appendStringInfoString(&sql, ") AS both_sides GROUP BY ");
	sp_add_keys(&sql, def, currency, "");
	appendStringInfoString(&sql, " HAVING ");
	add_difference(&sql, "row_count");
	for (int i = 1; i <= plan->sum_count; i++)
	{
		appendStringInfoString(&sql, " OR ");
		add_difference(&sql, psprintf("n%d", i));
		appendStringInfoString(&sql, " OR ");
		add_difference(&sql, psprintf("s%d", i));
	}
	foreach(lc, def->figures)
	{
		RollupFigure *figure = lfirst(lc);
		const char *pick = sp_figure_pick(figure, psprintf("m%d", foreach_current_index(lc) + 1));
		const char *as = sp_is_sketch(figure) ? "" : sp_figure_compared(figure);

		/* a digest depends on the way that its values came */
		if (figure->kind == FIGURE_APPROX_QUANTILE)
			continue;
		appendStringInfo(&sql, " OR (%s FILTER (WHERE pulse_side = 1))%s IS DISTINCT FROM (%s FILTER (WHERE pulse_side = 2))%s",
						 pick, as, pick, as);
	}
	appendStringInfoString(&sql, " ORDER BY ");
	sp_add_keys(&sql, def, currency, "");
	return sql.data;
}
