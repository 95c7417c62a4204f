/*
 * source.c
 *	  A relation of open items, described by its user in SQL.
 *
 * The expressions are the caller's, run with the caller's rights and under the
 * caller's search_path.  Each is prepared alone first: an error then points
 * into the expression that is wrong, and says which one it was.
 */
#include "aging/source.h"

#include "access/htup_details.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/plancache.h"
#include "utils/syscache.h"
#include "utils/tuplestore.h"

static const char *
relation_sql(Oid relid)
{
	const char *name = get_rel_name(relid);
	char		kind = name != NULL ? get_rel_relkind(relid) : '\0';

	if (name == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("relation with OID %u does not exist", relid),
				 errdetail("Open items are read from a table or a view."),
				 errhint("Type its name, as in 'app.invoice'.")));
	if (strchr("rvmfp", kind) == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("\"%s\" is not a table or view", name),
				 errdetail("Open items are read from a table or a view."),
				 errhint("Type the name of one, as in 'app.invoice'.")));
	return quote_qualified_identifier(get_namespace_name(get_rel_namespace(relid)), name);
}

/* A line end closes the comment that an expression may end with. */
static const char *
expression_sql(Oid relid, const char *text)
{
	AttrNumber	column = get_attnum(relid, text);

	if (column != InvalidAttrNumber)
		return quote_identifier(text);
	return psprintf(strstr(text, "--") != NULL ? "(%s\n)" : "(%s)", text);
}

static void
say_which_expression(void *arg)
{
	errcontext("%s expression", (const char *) arg);
}

static Oid
expression_type(const char *relation, const char *what, const char *sql)
{
	char	   *query = psprintf("SELECT %s FROM %s", sql, relation);
	ErrorContextCallback context = {error_context_stack, say_which_expression, (void *) what};
	SPIPlanPtr	plan;
	List	   *sources;
	TupleDesc	result;

	error_context_stack = &context;
	plan = SPI_prepare(query, 0, NULL);
	if (plan == NULL)
		elog(ERROR, "SPI_prepare failed for: %s", query);
	sources = SPI_plan_get_plan_sources(plan);
	result = list_length(sources) == 1 ? ((CachedPlanSource *) linitial(sources))->resultDesc : NULL;
	if (result == NULL || result->natts != 1)
		ereport(ERROR,
				(errcode(ERRCODE_SYNTAX_ERROR),
				 errmsg("\"%s\" is not one expression", sql),
				 errdetail("It is to stand between SELECT and FROM and give one column."),
				 errhint("Type a column or an expression such as 'total - paid'.")));
	error_context_stack = context.previous;
	return getBaseType(TupleDescAttr(result, 0)->atttypid);
}

Oid
aging_amount_type(void)
{
	return GetSysCacheOid2(TYPENAMENSP, Anum_pg_type_oid, CStringGetDatum("amount"),
						   ObjectIdGetDatum(get_namespace_oid("pulse", false)));
}

void
aging_source_open(AgingSource *source, Oid relid)
{
	memset(source, 0, sizeof(AgingSource));
	source->relation = relation_sql(relid);
}

/* Any expression over the relation, and its type; "what" is the argument's name. */
const char *
aging_source_expression(const AgingSource *source, Oid relid, const char *what, const char *text, Oid *type)
{
	const char *sql = expression_sql(relid, text);

	*type = expression_type(source->relation, what, sql);
	return sql;
}

static void
read_amount(AgingSource *source, Oid relid, const char *text)
{
	const char *sql = expression_sql(relid, text);
	Oid			type = expression_type(source->relation, "amount", sql);

	source->amount = sql;
	source->has_currency = type == aging_amount_type();
	if (source->has_currency || type == NUMERICOID)
		return;
	if (type != INT2OID && type != INT4OID && type != INT8OID)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("cannot age a %s", format_type_be(type)),
				 errdetail("An exact amount is a pulse.amount, a numeric or an integer; \"%s\" is not.", text),
				 errhint("Cast it, as in '(%s)::numeric(18,2)'.", text)));
	source->amount = psprintf("%s::pg_catalog.numeric", sql);
}

/* A date of the relation, or an expression over it; "what" is the argument's name. */
const char *
aging_source_date(const AgingSource *source, Oid relid, const char *what, const char *text)
{
	const char *sql = expression_sql(relid, text);

	switch (expression_type(source->relation, what, sql))
	{
		case DATEOID:
			return sql;
		case TIMESTAMPOID:
			return psprintf("%s::pg_catalog.date", sql);
		case TIMESTAMPTZOID:
			return psprintf("(%s AT TIME ZONE pulse.setting('timezone'))::pg_catalog.date", sql);
	}
	ereport(ERROR,
			(errcode(ERRCODE_DATATYPE_MISMATCH),
			 errmsg("the %s date is not a date", what),
			 errdetail("\"%s\" is neither a date nor a timestamp.", text),
			 errhint("Type a date column, or an expression such as 'issued + 30'.")));
}

static void
read_keys(AgingSource *source, Oid relid, ArrayType *by)
{
	Datum	   *names;
	bool	   *nulls;
	int			n;

	source->currency_key = -1;
	deconstruct_array(by, TEXTOID, -1, false, TYPALIGN_INT, &names, &nulls, &n);
	for (int i = 0; i < n; i++)
	{
		char	   *name;
		const char *sql;

		if (nulls[i])
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("a column to group by is null"),
					 errdetail("Argument \"by\" lists columns or expressions of the relation."),
					 errhint("Type ARRAY['customer_id'], or '{}' for one row in all.")));
		name = TextDatumGetCString(names[i]);
		sql = expression_sql(relid, name);
		(void) expression_type(source->relation, "by", sql);
		if (strcmp(name, "currency") == 0)
			source->currency_key = i;
		source->key_names = lappend(source->key_names, name);
		source->keys = lappend(source->keys, (char *) sql);
	}
}

void
aging_source_read(AgingSource *source, Oid relid, const char *amount, const char *due, ArrayType *by)
{
	aging_source_open(source, relid);
	read_amount(source, relid, amount);
	source->due = aging_source_date(source, relid, "due", due);
	read_keys(source, relid, by);
}

const char *
aging_source_condition(const AgingSource *source, Oid relid, const char *condition)
{
	const char *sql = expression_sql(relid, condition);

	if (expression_type(source->relation, "condition", sql) != BOOLOID)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("the condition is not a boolean"),
				 errdetail("\"%s\" does not say true or false.", condition),
				 errhint("Type it as after WHERE, as in 'NOT draft'.")));
	return sql;
}

/* The condition, and that an item was issued by $1 and is not settled by then; each may be missing. */
const char *
aging_source_as_of(const AgingSource *source, Oid relid, const char *condition,
				   const char *issued, const char *settled)
{
	StringInfoData sql;

	if (condition == NULL && issued == NULL && settled == NULL)
		return NULL;
	initStringInfo(&sql);
	if (condition != NULL)
		appendStringInfo(&sql, "(%s)", aging_source_condition(source, relid, condition));
	if (issued != NULL)
		appendStringInfo(&sql, "%s(%s) OPERATOR(pg_catalog.<=) $1", sql.len > 0 ? " AND " : "",
						 aging_source_date(source, relid, "issued", issued));
	if (settled != NULL)
	{
		const char *date = aging_source_date(source, relid, "settled", settled);

		appendStringInfo(&sql, "%s((%s) IS NULL OR (%s) OPERATOR(pg_catalog.>) $1)", sql.len > 0 ? " AND " : "", date, date);
	}
	return sql.data;
}

/* an object of the keys under the names that the user typed */
void
aging_source_append_object(const AgingSource *source, StringInfo sql, const char *alias)
{
	ListCell   *cell;

	appendStringInfoString(sql, "pg_catalog.jsonb_build_object(");
	foreach(cell, source->key_names)
		appendStringInfo(sql, "%s%s, %s.key%d", foreach_current_index(cell) > 0 ? ", " : "",
						 quote_literal_cstr((char *) lfirst(cell)), alias, foreach_current_index(cell) + 1);
	appendStringInfoChar(sql, ')');
}

/*
 * "SELECT amount, currency, key1 ...": the amount as a numeric.  More columns
 * and the FROM are the caller's.
 */
void
aging_source_append_items(const AgingSource *source, StringInfo sql)
{
	ListCell   *cell;

	appendStringInfo(sql, source->has_currency ? "SELECT pulse.to_numeric(%s) AS amount" : "SELECT %s AS amount",
					 source->amount);
	if (source->has_currency)
		appendStringInfo(sql, ", pulse.currency(%s) AS currency", source->amount);
	else if (source->currency_key >= 0)
		appendStringInfo(sql, ", (%s)::pg_catalog.text AS currency", (char *) list_nth(source->keys, source->currency_key));
	else
		appendStringInfoString(sql, ", NULL::pg_catalog.text AS currency");
	foreach(cell, source->keys)
		appendStringInfo(sql, ", %s AS key%d", (char *) lfirst(cell), foreach_current_index(cell) + 1);
}

/* ", key1, key2": the names that the keys have inside our statements */
void
aging_source_append_keys(const AgingSource *source, StringInfo sql)
{
	for (int i = 1; i <= list_length(source->keys); i++)
		appendStringInfo(sql, ", key%d", i);
}

/* "ORDER BY" the keys of alias, and then as said */
void
aging_source_append_order(const AgingSource *source, StringInfo sql, const char *alias, const char *then)
{
	appendStringInfoString(sql, " ORDER BY ");
	for (int i = 1; i <= list_length(source->keys); i++)
		appendStringInfo(sql, "%s.key%d, ", alias, i);
	appendStringInfoString(sql, then);
}

/*
 * A row without a currency has no amount, and is in no figure: it is not left
 * out in silence.  Column n of the statement is null for such rows; where they
 * are grouped, the one after the function's columns says how many they are.
 */
void
aging_return_counted(FunctionCallInfo fcinfo, const AgingSource *source, int n, bool grouped)
{
	ReturnSetInfo *set = (ReturnSetInfo *) fcinfo->resultinfo;
	TupleDesc	columns = SPI_tuptable->tupdesc;
	Datum	   *values = palloc(columns->natts * sizeof(Datum));
	bool	   *nulls = palloc(columns->natts * sizeof(bool));
	int64		uncounted = 0;

	sp_check_columns(fcinfo, grouped ? 1 : 0);
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		heap_deform_tuple(SPI_tuptable->vals[i], columns, values, nulls);
		if (!nulls[n - 1])
			tuplestore_putvalues(set->setResult, set->setDesc, values, nulls);
		else
			uncounted += grouped ? DatumGetInt64(values[columns->natts - 1]) : 1;
	}
	if (uncounted > 0 && source->has_currency)
		ereport(WARNING,
				(errcode(ERRCODE_WARNING),
				 errmsg("rows without an amount or a currency are in no figure: " INT64_FORMAT, uncounted),
				 errhint("Say what they are: amount => 'pulse.amount(total, coalesce(currency, ''CNY''))', or condition => 'currency IS NOT NULL'.")));
}
