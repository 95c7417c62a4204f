/*
 * figures.c
 *	  Measures that cannot be added up: min, max, distinct values, quantiles.
 *
 * Nothing is kept of them but the result, or a sketch (see sketch.c).  Folding computes it anew for the
 * cells that it touches, reading the source once for their periods; reading
 * computes it for cells that have deltas.  So they are exact, and cost what it
 * costs to read a period of the source: an index on the time column makes that
 * cheap.
 */
#include "base/base.h"
#include "rollup/rollup.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/varlena.h"

/* around a period: a clock may jump at its ends, and equality decides besides */
#define SLACK "interval '3 hours'"

static const char *const figure_names[] = {"min", "max", "distinct", "quantile", "approx_distinct", "approx_quantile"};

/* ---- as users write them ---- */

/* "name(argument)" taken apart; false: it is not of that form */
static bool
split_call(const char *measure, char **name, char **argument)
{
	const char *open = strchr(measure, '(');
	size_t		length = strlen(measure);

	if (open == NULL || measure[length - 1] != ')')
		return false;
	*name = pnstrdup(measure, open - measure);
	*argument = pnstrdup(open + 1, measure + length - 1 - (open + 1));
	return true;
}

static bool
is_fraction(const char *number)
{
	char	   *end;
	double		value = strtod(number, &end);

	return end != number && strspn(number, "0.123456789") == strlen(number) && *end == '\0' && value >= 0 && value <= 1;
}

/* "column, 0.95"; false: it is not of that form */
static bool
split_fraction(char *argument, char **fraction)
{
	char	   *comma = strrchr(argument, ',');

	if (comma == NULL)
		return false;
	*comma++ = '\0';
	while (*comma == ' ')
		comma++;
	*fraction = comma;
	return is_fraction(comma);
}

RollupFigure *
sp_read_figure(const char *measure)
{
	RollupFigure *figure = palloc0(sizeof(RollupFigure));
	char	   *name;
	char	   *argument;
	List	   *columns;
	int			kind = 0;

	if (!split_call(measure, &name, &argument))
		return NULL;
	while (kind < lengthof(figure_names) && pg_strcasecmp(name, figure_names[kind]) != 0)
		kind++;
	if (pg_strcasecmp(name, "median") == 0)
	{
		kind = FIGURE_QUANTILE;
		figure->fraction = "0.5";
	}
	else if (kind == lengthof(figure_names) ||
			 ((kind == FIGURE_QUANTILE || kind == FIGURE_APPROX_QUANTILE) && !split_fraction(argument, &figure->fraction)))
		return NULL;
	figure->kind = kind;
	if (!SplitIdentifierString(argument, ',', &columns) || list_length(columns) != 1)
		return NULL;
	figure->column = linitial(columns);
	return figure;
}

char *
sp_figure_measure(const RollupFigure *figure)
{
	const char *column = quote_identifier(figure->column);

	if (figure->fraction != NULL)
		return psprintf("%s(%s, %s)", figure_names[figure->kind], column, figure->fraction);
	return psprintf("%s(%s)", figure_names[figure->kind], column);
}

/* "max_total", "median_total", "quantile_total_0_95" */
char *
sp_figure_name(const RollupFigure *figure)
{
	char	   *name;

	if (figure->fraction == NULL)
		return psprintf("%s_%s", figure_names[figure->kind], figure->column);
	if (figure->kind == FIGURE_QUANTILE && strcmp(figure->fraction, "0.5") == 0)
		return psprintf("median_%s", figure->column);
	name = psprintf("%s_%s_%s", figure_names[figure->kind], figure->column, figure->fraction);
	for (char *at = name + strlen(name) - strlen(figure->fraction); *at != '\0'; at++)
		if (*at == '.')
			*at = '_';
	return name;
}

/* ---- as SQL ---- */

char *
sp_figure_expression(const RollupFigure *figure, const char *value)
{
	switch (figure->kind)
	{
		case FIGURE_MIN:
			return psprintf("%smin(%s)", figure->amount ? "pulse." : "", value);
		case FIGURE_MAX:
			return psprintf("%smax(%s)", figure->amount ? "pulse." : "", value);
		case FIGURE_DISTINCT:
			return psprintf("count(DISTINCT %s)", value);
		case FIGURE_QUANTILE:
			break;
		case FIGURE_APPROX_DISTINCT:
		case FIGURE_APPROX_QUANTILE:
			return sp_sketch_of_values(figure, value);
	}
	return psprintf("percentile_cont(%s) WITHIN GROUP (ORDER BY (%s)::float8)", figure->fraction, value);
}

char *
sp_figure_read(const RollupFigure *figure, const char *value)
{
	return sp_is_sketch(figure) ? sp_read_sketched(figure, value) : sp_figure_expression(figure, value);
}

char *
sp_figure_stored(const RollupFigure *figure, const char *value)
{
	return sp_is_sketch(figure) ? sp_read_sketches(figure, value) : sp_figure_pick(figure, value);
}

/* The only value that is not null in a group, or what several of them make together. */
char *
sp_figure_pick(const RollupFigure *figure, const char *value)
{
	return psprintf("%s%s(%s)", figure->amount && figure->kind != FIGURE_DISTINCT ? "pulse." : "",
					figure->kind == FIGURE_MAX ? "max" : "min", value);
}

/* The operators of amounts and sketches are not in the search_path of our statements. */
const char *
sp_figure_compared(const RollupFigure *figure)
{
	if (sp_is_sketch(figure))
		return "::text";
	return figure->amount && figure->kind != FIGURE_DISTINCT ? "::text" : "";
}

/* A row's time lies about the period; equality of the periods is asked besides. */
static void
add_range(StringInfo sql, RollupPlan *plan, const char *period)
{
	RollupDef  *def = plan->def;
	const char *column = quote_identifier(def->time_column);
	const char *slack = plan->time_type == DATEOID ? "interval '0'" : SLACK;
	const char *zone = plan->time_type != TIMESTAMPTZOID ? "" :
	psprintf(" AT TIME ZONE %s", quote_literal_cstr(def->timezone));

	appendStringInfo(sql, "t.%s >= (%s - %s)%s AND t.%s <= (%s + interval '1 %s' + %s)%s",
					 column, period, slack, zone, column, period, sp_grain_name(def->grain), slack, zone);
}

static void
add_condition(StringInfo sql, RollupDef *def)
{
	if (def->condition != NULL)
		appendStringInfo(sql, " AND (%s)", def->condition);
}

/* Of the rows of the cell "c", as they are now. */
static void
figure_of_cell(StringInfo sql, RollupPlan *plan, const RollupFigure *figure, bool has_period)
{
	RollupDef  *def = plan->def;
	ListCell   *lc;

	appendStringInfo(sql, "(SELECT %s FROM %s AS t WHERE ",
					 sp_figure_read(figure, psprintf("t.%s", quote_identifier(figure->column))),
					 sp_qualified_name(def->relid));
	if (has_period)
	{
		sp_add_period(sql, plan);
		appendStringInfoString(sql, " = c.period AND ");
		add_range(sql, plan, "c.period");
	}
	else
		appendStringInfo(sql, "t.%s IS NULL", quote_identifier(def->time_column));
	foreach(lc, def->dimensions)
		appendStringInfo(sql, " AND t.%s IS NOT DISTINCT FROM c.%s", quote_identifier(lfirst(lc)), quote_identifier(lfirst(lc)));
	for (int i = 0; i < plan->sum_count; i++)
		if (plan->sums[i].kind == SUM_AMOUNT)
			appendStringInfo(sql, " AND pulse.currency(t.%s) IS NOT DISTINCT FROM c.currency",
							 quote_identifier(list_nth(def->sums, i)));
	add_condition(sql, def);
	appendStringInfoChar(sql, ')');
}

void
sp_figure_now(StringInfo sql, RollupPlan *plan, const RollupFigure *figure)
{
	appendStringInfoString(sql, "CASE WHEN c.period IS NULL THEN ");
	figure_of_cell(sql, plan, figure, false);
	appendStringInfoString(sql, " ELSE ");
	figure_of_cell(sql, plan, figure, true);
	appendStringInfoString(sql, " END");
}

/* ", t.dimension AS dimension, ..., currency, v1, ..." of rows of the source */
static void
add_row(StringInfo sql, RollupPlan *plan)
{
	RollupDef  *def = plan->def;
	int			n = 0;
	ListCell   *lc;

	foreach(lc, def->dimensions)
		appendStringInfo(sql, ", t.%s", quote_identifier(lfirst(lc)));
	for (int i = 0; i < plan->sum_count; i++)
		if (plan->sums[i].kind == SUM_AMOUNT)
			appendStringInfo(sql, ", pulse.currency(t.%s) AS currency", quote_identifier(list_nth(def->sums, i)));
	foreach(lc, def->figures)
		appendStringInfo(sql, ", t.%s AS v%d", quote_identifier(((RollupFigure *) lfirst(lc))->column), ++n);
}

/*
 * Rows of the touched periods, and a marked row for each touched cell: grouped
 * together, since a join by keys that may be null would be quadratic.
 */
static void
add_rows(StringInfo sql, RollupPlan *plan)
{
	RollupDef  *def = plan->def;
	const char *source = sp_qualified_name(def->relid);
	const char *redo = sp_merges(def) ? " WHERE d.pulse_redo" : "";
	bool		currency = plan->amount_attno != 0;

	appendStringInfoString(sql, "SELECT false AS pulse_touched, ");
	sp_add_period(sql, plan);
	appendStringInfoString(sql, " AS period");
	add_row(sql, plan);
	appendStringInfo(sql, " FROM (SELECT DISTINCT d.period FROM pulse_touched AS d%s) AS p JOIN %s AS t ON ", redo, source);
	sp_add_period(sql, plan);
	appendStringInfoString(sql, " = p.period AND ");
	add_range(sql, plan, "p.period");
	appendStringInfoString(sql, " WHERE true");
	add_condition(sql, def);
	appendStringInfoString(sql, " UNION ALL SELECT false, NULL");
	add_row(sql, plan);
	appendStringInfo(sql, " FROM %s AS t WHERE t.%s IS NULL AND EXISTS (SELECT FROM pulse_touched AS d WHERE d.period IS NULL)",
					 source, quote_identifier(def->time_column));
	add_condition(sql, def);
	appendStringInfoString(sql, " UNION ALL SELECT true, ");
	sp_add_keys(sql, def, currency, "d.");
	for (int i = 0; i < list_length(def->figures); i++)
		appendStringInfoString(sql, ", NULL");
	appendStringInfo(sql, " FROM pulse_touched AS d%s", redo);
}

/*
 * Figures v<i> of rows grouped by their keys, made by what "made" says and
 * written where they changed, for the cells of which a row is marked touched.
 */
char *
sp_upsert_figures(RollupDef *def, const char *rows, char *(*made) (const RollupFigure *figure, const char *value))
{
	bool		currency = sp_has_currency(def);
	int			count = list_length(def->figures);
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfo(&sql, "INSERT INTO %s AS c (", sp_qualified_name(def->cells));
	sp_add_keys(&sql, def, currency, "");
	for (int i = 1; i <= count; i++)
		appendStringInfo(&sql, ", m%d", i);
	appendStringInfoString(&sql, ") SELECT ");
	sp_add_keys(&sql, def, currency, "r.");
	for (int i = 1; i <= count; i++)
		appendStringInfo(&sql, ", %s", made(list_nth(def->figures, i - 1), psprintf("r.v%d", i)));
	appendStringInfo(&sql, " FROM (%s) AS r GROUP BY ", rows);
	sp_add_keys(&sql, def, currency, "r.");
	appendStringInfoString(&sql, " HAVING bool_or(r.pulse_touched) ON CONFLICT (");
	sp_add_keys(&sql, def, currency, "");
	appendStringInfoString(&sql, ") DO UPDATE SET ");
	for (int i = 1; i <= count; i++)
		appendStringInfo(&sql, "%sm%d = excluded.m%d", i > 1 ? ", " : "", i, i);
	appendStringInfoString(&sql, " WHERE (");
	for (int i = 1; i <= count; i++)
	{
		const char *as = sp_figure_compared(list_nth(def->figures, i - 1));

		appendStringInfo(&sql, "%sc.m%d%s IS DISTINCT FROM excluded.m%d%s", i > 1 ? " OR " : "", i, as, i, as);
	}
	appendStringInfoChar(&sql, ')');
	return sql.data;
}

/* The figures of the cells in pulse_touched, computed anew from the source. */
char *
sp_refold_figures(RollupPlan *plan)
{
	StringInfoData rows;

	initStringInfo(&rows);
	add_rows(&rows, plan);
	return sp_upsert_figures(plan->def, rows.data, sp_figure_expression);
}
