/*
 * page_run.c
 *	  A query of a page: as the page's author, or as who asks for the page.
 *
 * A query gets the scope, the day and the language as $1, $2 and $3; it reads,
 * it cannot write.  What it says of days and instants does not depend on the
 * session: dates are ISO, instants are those of the business time zone.
 *
 * An author publishes what he may read, but whose rows somebody sees is for
 * the policies of a table to say.  Invariant: for a reader for whom policies
 * of a table hold, it is read as he, never as the author.
 */
#include "report/page.h"

#include "access/relation.h"
#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "parser/analyze.h"
#include "parser/parse_coerce.h"
#include "rewrite/rewriteHandler.h"
#include "rule/shell.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/plancache.h"
#include "utils/rel.h"

#define MOST_ROWS	2000

/* scope, day, language */
static Oid	query_types[3] = {TEXTOID, DATEOID, TEXTOID};

typedef struct Place
{
	const char *page;
	const char *what;
} Place;

static void
say_where(void *arg)
{
	Place	   *place = arg;

	errcontext("%s of page \"%s\"", sp_from_utf8(place->what), place->page);
}

/* undone with the scope of SPI */
static void
pin_settings(void)
{
	(void) set_config_option("datestyle", "ISO, YMD", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
	(void) set_config_option("intervalstyle", "postgres", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
	(void) set_config_option("extra_float_digits", "1", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
	/* many short queries: compiling one takes longer than running it */
	(void) set_config_option("jit", "off", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
	(void) set_config_option("timezone", sp_setting("timezone"), PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
}

static void
keep_rows(SectionRows *rows, MemoryContext memory)
{
	TupleDesc	desc = SPI_tuptable->tupdesc;
	uint64		n = Min(SPI_processed, MOST_ROWS);

	rows->n_columns = desc->natts;
	rows->n_rows = (int) n;
	rows->more = SPI_processed > MOST_ROWS;
	rows->names = MemoryContextAllocZero(memory, sizeof(char *) * (desc->natts + 1));
	rows->numeric = MemoryContextAllocZero(memory, desc->natts + 1);
	rows->cells = MemoryContextAllocHuge(memory, sizeof(char *) * (n * desc->natts + 1));
	for (int j = 0; j < desc->natts; j++)
	{
		rows->names[j] = MemoryContextStrdup(memory, sp_to_utf8(NameStr(TupleDescAttr(desc, j)->attname)));
		rows->numeric[j] = TypeCategory(TupleDescAttr(desc, j)->atttypid) == TYPCATEGORY_NUMERIC;
	}
	for (uint64 i = 0; i < n; i++)
		for (int j = 0; j < desc->natts; j++)
		{
			char	   *text = SPI_getvalue(SPI_tuptable->vals[i], desc, j + 1);

			rows->cells[i * desc->natts + j] = text !=NULL ? MemoryContextStrdup(memory, sp_to_utf8(text)) : NULL;
		}
}

static SPIPlanPtr
prepare(const char *query)
{
	SPIPlanPtr	plan = SPI_prepare(query, lengthof(query_types), query_types);

	if (plan == NULL)
		elog(ERROR, "SPI_prepare failed: %s", SPI_result_code_string(SPI_result));
	return plan;
}

/* Whether it reads, also below views, a table whose policies hold for the reader. */
static bool
hides_rows(SPIPlanPtr plan, Oid reader)
{
	ListCell   *source;

	foreach(source, SPI_plan_get_plan_sources(plan))
	{
		ListCell   *relation;

		foreach(relation, ((CachedPlanSource *) lfirst(source))->relationOids)
			if (sp_hides_rows(lfirst_oid(relation), reader))
			return true;
	}
	return false;
}

/* Ours read the clock, and write through the executor if at all. */
static bool
is_volatile(Oid function, void *context)
{
	if (func_volatile(function) != PROVOLATILE_VOLATILE)
		return false;
	return get_func_namespace(function) != get_namespace_oid("pulse", false) &&
		get_func_namespace(function) != get_namespace_oid("pulse_internal", false);
}

static bool calls_volatile(Node *node, void *context);

/* Views are looked into, but for those of superusers and of ours. */
static bool
view_calls_volatile(Oid relid)
{
	Relation	view = relation_open(relid, AccessShareLock);
	Oid			owner = view->rd_rel->relowner;
	bool		calls = false;

	if (view->rd_rel->relkind == RELKIND_VIEW && !superuser_arg(owner) && owner != sp_owner_role())
		calls = calls_volatile((Node *) get_view_query(view), &relid);
	relation_close(view, AccessShareLock);
	return calls;
}

static bool
calls_volatile(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, RangeTblEntry))
	{
		RangeTblEntry *entry = (RangeTblEntry *) node;

		/* a view names itself */
		return entry->rtekind == RTE_RELATION && (context == NULL || entry->relid != *(Oid *) context) &&
			view_calls_volatile(entry->relid);
	}
	if (IsA(node, Query))
		return query_tree_walker((Query *) node, calls_volatile, context, QTW_EXAMINE_RTES_BEFORE);
	return IsA(node, NextValueExpr) || check_functions_in_node(node, is_volatile, context) ||
		expression_tree_walker(node, calls_volatile, context);
}

/* The text is the author's, the rights are the reader's: nothing is done with them but reading. */
static void
hold_to_reading(SPIPlanPtr plan, const char *text)
{
	ListCell   *source;

	foreach(source, SPI_plan_get_plan_sources(plan))
	{
		RawStmt    *statement = ((CachedPlanSource *) lfirst(source))->raw_parse_tree;

		if (calls_volatile((Node *) parse_analyze_fixedparams(statement, text, query_types, lengthof(query_types), NULL), NULL))
			ereport(ERROR,
					(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
					 errmsg("a query of a page that runs as who asks for it calls a VOLATILE function"),
					 errdetail("It reads a table with row-level security, so it does not run as its author."),
					 errhint("Call functions that are STABLE or IMMUTABLE in it.")));
	}
	XactReadOnly = true;
}

static SPIPlanPtr
begin_as(SpSpiScope *scope, Oid user, const char *query)
{
	sp_spi_begin_as(scope, user);
	pin_settings();
	return prepare(query);
}

/* begins the scope that it ends in; whether it is the reader's */
static bool
begin_query(SpSpiScope *scope, Oid author, Oid reader, const char *query, SPIPlanPtr *plan)
{
	bool		by_reader = false;

	*plan = begin_as(scope, author, query);
	if (!OidIsValid(reader) || reader == author)
		return false;
	if (hides_rows(*plan, reader))
	{
		sp_spi_end(scope);
		*plan = begin_as(scope, reader, query);
		hold_to_reading(*plan, query);
		by_reader = true;
	}
	sp_answer_begin(author, reader);
	return by_reader;
}

/* Whether it ran as who asks. */
bool
page_run(const StoredPage *page, const char *what, const char *query, const PageArguments *arguments, SectionRows *rows)
{
	Place		place = {page->name, what};
	ErrorContextCallback context = {error_context_stack, say_where, &place};
	MemoryContext memory = CurrentMemoryContext;
	Datum		values[3];
	SpSpiScope	scope;
	SPIPlanPtr	plan;
	bool		read_only = XactReadOnly;
	bool		by_reader;

	values[0] = arguments->scope != NULL ? CStringGetTextDatum(arguments->scope) : (Datum) 0;
	values[1] = DateADTGetDatum(arguments->as_of);
	values[2] = CStringGetTextDatum(arguments->language == REPORT_ZH ? "zh" : "en");
	error_context_stack = &context;
	by_reader = begin_query(&scope, page->author, arguments->reader, sp_from_utf8(query), &plan);
	if (SPI_execute_plan(plan, values, arguments->scope != NULL ? NULL : "n  ", true, MOST_ROWS + 1) != SPI_OK_SELECT)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a query of a page must return rows"),
				 errdetail("It is another statement."),
				 errhint("Type one SELECT; $1 is the scope (text), $2 the day (date), $3 the language (text).")));
	keep_rows(rows, memory);
	sp_spi_end(&scope);
	/* after an error the end of the transaction, or of its part, sets it back */
	XactReadOnly = read_only;
	error_context_stack = context.previous;
	return by_reader;
}
