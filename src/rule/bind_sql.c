/*
 * bind_sql.c
 *	  SQL (...) as a condition: the one place where a sentence holds SQL.
 *
 * The text must be one expression, with no query in it; the server's own
 * parser says so.  It is analysed only as the rule's author, because reading
 * a constant may already run code of its type.
 */
#include "rule/shell.h"

#include "access/xact.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "parser/parser.h"
#include "rule/lang_internal.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/resowner.h"

static bool
has_query(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, SubLink) || IsA(node, SelectStmt) || IsA(node, ParamRef))
		return true;
	return raw_expression_tree_walker(node, has_query, context);
}

/* The one expression of SELECT (text), or NULL. */
static Node *
only_expression(const char *text)
{
	char	   *query = psprintf("SELECT (\n%s\n)", text);
	List	   *statements = raw_parser(query, RAW_PARSE_DEFAULT);
	SelectStmt *select;

	if (list_length(statements) != 1)
		return NULL;
	select = (SelectStmt *) linitial_node(RawStmt, statements)->stmt;
	if (!IsA(select, SelectStmt) || select->op != SETOP_NONE || list_length(select->targetList) != 1 ||
		select->valuesLists != NIL || select->distinctClause != NIL || select->intoClause != NULL ||
		select->fromClause != NIL || select->whereClause != NULL || select->groupClause != NIL ||
		select->havingClause != NULL || select->windowClause != NIL || select->sortClause != NIL ||
		select->limitOffset != NULL || select->limitCount != NULL || select->lockingClause != NIL ||
		select->withClause != NULL)
		return NULL;
	return linitial_node(ResTarget, select->targetList)->name != NULL ? NULL :
		linitial_node(ResTarget, select->targetList)->val;
}

/* What the server says in a subtransaction; NULL: nothing against it. */
static char *
objection_to(void (*attempt) (void *), void *argument)
{
	MemoryContext context = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	char	   *volatile objection = NULL;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(context);
	PG_TRY();
	{
		attempt(argument);
		RollbackAndReleaseCurrentSubTransaction();
	}
	PG_CATCH();
	{
		ErrorData  *error;

		MemoryContextSwitchTo(context);
		error = CopyErrorData();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
		if (ERRCODE_TO_CATEGORY(error->sqlerrcode) != ERRCODE_SYNTAX_ERROR_OR_ACCESS_RULE_VIOLATION &&
			ERRCODE_TO_CATEGORY(error->sqlerrcode) != ERRCODE_DATA_EXCEPTION &&
			ERRCODE_TO_CATEGORY(error->sqlerrcode) != ERRCODE_FEATURE_NOT_SUPPORTED)
			ReThrowError(error);
		objection = error->message;
	}
	PG_END_TRY();
	MemoryContextSwitchTo(context);
	CurrentResourceOwner = owner;
	return objection;
}

static bool
fail_sql(const ConditionBinder *binder, size_t offset, const char *reason)
{
	bool		zh = binder->tongue == TONGUE_ZH;

	return sp_lang_fail(binder->error, LANG_SYNTAX, offset,
						zh ? "SQL 条件不成立" : "this is no SQL condition",
						lang_format(binder->arena, zh ? "%s。" : "%s.", reason),
						zh ? "请写一个关于事件字段的表达式，如 SQL (amount % 2 = 0)，不含查询。" :
						"Write an expression over the columns of the event, such as SQL (amount % 2 = 0), without a query.");
}

typedef struct SqlText
{
	const char *text;
	bool		is_expression;
	bool		queries;
} SqlText;

static void
parse_text(void *argument)
{
	SqlText    *sql = argument;
	Node	   *expression = only_expression(sql->text);

	sql->is_expression = expression != NULL;
	sql->queries = expression != NULL && has_query(expression, NULL);
}

/* As a condition over event_row.  In a WHERE it is a boolean and no aggregate. */
bool
sp_append_sql(ConditionBinder *binder, const RuleExpr *expr, StringInfo sql)
{
	SqlText		given = {sp_from_utf8(expr->sql), false, false};
	char	   *objection = objection_to(parse_text, &given);

	if (objection != NULL)
		return fail_sql(binder, expr->offset, sp_to_utf8(objection));
	if (!given.is_expression || given.queries)
		return fail_sql(binder, expr->offset, binder->tongue == TONGUE_ZH ?
						(given.queries ? "其中有查询或参数" : "它不是一个表达式") :
						given.queries ? "It holds a query or a parameter" : "It is not one expression");
	appendStringInfo(sql, "EXISTS (SELECT FROM (SELECT (event_row).*) AS event WHERE (\n%s\n))", given.text);
	return true;
}

/* ---- analysis, as the author ---- */

static bool
find_sql(const RuleExpr *expr, size_t *offset)
{
	if (expr == NULL)
		return false;
	if (expr->kind == EXPR_SQL)
	{
		*offset = expr->offset;
		return true;
	}
	return find_sql(expr->left, offset) || find_sql(expr->right, offset);
}

/* Does a part of the rule hold SQL, and where? */
bool
sp_part_has_sql(const BoundPart *part, size_t *offset)
{
	return part->kind != NULL && find_sql(part->event->condition, offset);
}

static void
prepare_text(void *argument)
{
	if (SPI_prepare(argument, 0, NULL) == NULL)
		elog(ERROR, "SPI_prepare failed: %s", SPI_result_code_string(SPI_result));
}

static char *
objection_of(const BoundPart *part, Oid author)
{
	SpSpiScope	scope;
	char	   *objection;
	MemoryContext caller = CurrentMemoryContext;

	sp_spi_begin_as(&scope, author);
	objection = objection_to(prepare_text,
							 psprintf("SELECT FROM (SELECT NULL::%s AS event_row) AS given WHERE %s",
									  sp_relation_name(part->kind->relid),
									  part->condition));
	if (objection != NULL)
		objection = MemoryContextStrdup(caller, objection);
	sp_spi_end(&scope);
	return objection;
}

/* What the server has against the SQL of a bound rule, as a mistake in the sentence. */
bool
sp_analyse_sql(Arena *arena, const BoundTree *bound, Oid author, LangError *error)
{
	for (int i = 0; i < RULE_PART_COUNT; i++)
	{
		ConditionBinder binder = {arena, bound->rule->tongue, bound->parts[i].kind, error};
		size_t		offset;
		char	   *objection;

		if (!sp_part_has_sql(&bound->parts[i], &offset))
			continue;
		objection = objection_of(&bound->parts[i], author);
		if (objection != NULL)
			return fail_sql(&binder, offset, sp_to_utf8(objection));
	}
	return true;
}
