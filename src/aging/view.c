/*
 * view.c
 *	  pulse.create_aging_view: aging as an ordinary view of built-in types.
 *
 * The view is for tools that know nothing of salespulse: plain sums over the
 * relation, so EXPLAIN and pg_get_viewdef show all there is to it.  Invariant:
 * its figures are those of pulse.aging, as of today in the business time zone.
 */
#include "aging/aging.h"

#include "aging/source.h"
#include "catalog/namespace.h"
#include "executor/spi.h"
#include "nodes/makefuncs.h"
#include "utils/builtins.h"
#include "utils/varlena.h"

PG_FUNCTION_INFO_V1(sp_create_aging_view);

enum
{
	ARG_VIEW, ARG_RELATION, ARG_AMOUNT, ARG_DUE, ARG_BY, ARG_EDGES, ARG_RULE, ARG_CONDITION
};

/* "sum of what is open and ...", a column of the view */
static void
append_figure(StringInfo sql, const char *condition, const char *name)
{
	appendStringInfo(sql, "coalesce(pg_catalog.sum(item.amount) FILTER (WHERE %s), 0) AS %s, ",
					 condition, name);
}

/* the last due date whose age is more than those days */
static char *
day_before(int days)
{
	if (days == 0)
		return pstrdup("today.as_of");
	return psprintf("(today.as_of OPERATOR(pg_catalog.%c) %d)", days < 0 ? '+' : '-', abs(days));
}

/* what has no due date is in the figure that has no first day */
static char *
bucket_condition(const AgingEdges *edges, int bucket)
{
	StringInfoData condition;
	bool		no_start = edges->bound[bucket - 1] == AGING_NO_START;
	bool		no_end = bucket > edges->count;

	initStringInfo(&condition);
	appendStringInfoString(&condition, edges->aged_credits ? "true" : "item.amount OPERATOR(pg_catalog.>) 0");
	if (!no_start)
		appendStringInfo(&condition, " AND item.due OPERATOR(pg_catalog.<) %s",
						 day_before(edges->bound[bucket - 1]));
	if (!no_end)
		appendStringInfo(&condition, no_start ? " AND (item.due OPERATOR(pg_catalog.>=) %s OR item.due IS NULL)" :
						 " AND item.due OPERATOR(pg_catalog.>=) %s", day_before(edges->bound[bucket]));
	return condition.data;
}

/* not_due's neighbour in name: d1_30, d0_30, up_to_30, d91_plus, all_days */
static char *
bucket_column(const AgingEdges *edges, int bucket)
{
	bool		no_start = edges->bound[bucket - 1] == AGING_NO_START;
	bool		no_end = bucket > edges->count;

	if (no_start)
		return no_end ? pstrdup("all_days") : psprintf("up_to_%d", edges->bound[bucket]);
	return no_end ? psprintf("d%d_plus", edges->bound[bucket - 1] + 1) :
		psprintf("d%d_%d", edges->bound[bucket - 1] + 1, edges->bound[bucket]);
}

static void
append_figures(StringInfo sql, const AgingEdges *edges)
{
	const char *counted = edges->aged_credits ? "" : "item.amount OPERATOR(pg_catalog.>) 0 AND ";

	if (aging_has_figure(edges, 0))
		append_figure(sql, psprintf("%s(item.due OPERATOR(pg_catalog.>=) %s OR item.due IS NULL)",
									counted, day_before(edges->bound[0])), "not_due");
	for (int i = 1; i <= edges->count + 1; i++)
		append_figure(sql, bucket_condition(edges, i), bucket_column(edges, i));
	if (!edges->aged_credits)
		append_figure(sql, "item.amount OPERATOR(pg_catalog.<) 0", "credits");
	appendStringInfoString(sql, "pg_catalog.sum(item.amount) AS total");
}

/* the keys under the names that the user typed */
static void
append_named_keys(StringInfo sql, const AgingSource *source)
{
	ListCell   *cell;

	foreach(cell, source->key_names)
	{
		const char *name = lfirst(cell);

		if (strlen(name) >= NAMEDATALEN)
			ereport(ERROR,
					(errcode(ERRCODE_NAME_TOO_LONG),
					 errmsg("\"%s\" is too long for the name of a column", name),
					 errdetail("An expression to group by is also the name of its column in the view."),
					 errhint("Put the expression into a view of your own and group by its column.")));
		appendStringInfo(sql, "item.key%d AS %s, ", foreach_current_index(cell) + 1,
						 quote_identifier(name));
	}
}

static char *
view_sql(const char *name, const AgingSource *source, const AgingEdges *edges, const char *condition)
{
	StringInfoData sql;
	ListCell   *cell;

	initStringInfo(&sql);
	appendStringInfo(&sql, "CREATE VIEW %s WITH (security_invoker = true) AS SELECT ", name);
	append_named_keys(&sql, source);
	if (source->currency_key < 0)
		appendStringInfoString(&sql, "item.currency, ");
	append_figures(&sql, edges);
	appendStringInfo(&sql, " FROM (SELECT %s AS amount, %s AS due, %s AS currency",
					 source->has_currency ? psprintf("pulse.to_numeric(%s)", source->amount) : source->amount,
					 source->due,
					 source->has_currency ? psprintf("pulse.currency(%s)", source->amount) : "NULL::pg_catalog.text");
	foreach(cell, source->keys)
		appendStringInfo(&sql, ", %s AS key%d", (char *) lfirst(cell), foreach_current_index(cell) + 1);
	appendStringInfo(&sql, " FROM %s%s%s) AS item CROSS JOIN (SELECT (pulse.clock() AT TIME ZONE"
					 " pulse.setting('timezone'))::pg_catalog.date AS as_of) AS today"
					 " WHERE item.amount IS NOT NULL GROUP BY today.as_of, item.currency",
					 source->relation, condition != NULL ? " WHERE " : "", condition != NULL ? condition : "");
	aging_source_append_keys(source, &sql);
	return sql.data;
}

Datum
sp_create_aging_view(PG_FUNCTION_ARGS)
{
	AgingSource source;
	AgingRule	rule;
	AgingEdges	edges;
	char	   *name;
	const char *condition = NULL;

	for (int i = 0; i < ARG_CONDITION; i++)
		if (PG_ARGISNULL(i))
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("no argument of create_aging_view but the condition may be null"),
					 errdetail("Argument %d is.", i + 1),
					 errhint("Type CALL pulse.create_aging_view('finance.aging', 'app.invoice', amount => 'total - paid', due => 'due_date').")));
	read_rule(PG_GETARG_TEXT_PP(ARG_RULE), &rule);
	read_edges(PG_GETARG_ARRAYTYPE_P(ARG_EDGES), &rule, &edges);
	name = NameListToQuotedString(textToQualifiedNameList(PG_GETARG_TEXT_PP(ARG_VIEW)));
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	aging_source_read(&source, PG_GETARG_OID(ARG_RELATION),
					  text_to_cstring(PG_GETARG_TEXT_PP(ARG_AMOUNT)),
					  text_to_cstring(PG_GETARG_TEXT_PP(ARG_DUE)), PG_GETARG_ARRAYTYPE_P(ARG_BY));
	if (!PG_ARGISNULL(ARG_CONDITION))
		condition = aging_source_condition(&source, PG_GETARG_OID(ARG_RELATION), text_to_cstring(PG_GETARG_TEXT_PP(ARG_CONDITION)));
	sp_spi_text(view_sql(name, &source, &edges, condition), SPI_OK_UTILITY);
	SPI_finish();
	PG_RETURN_VOID();
}
