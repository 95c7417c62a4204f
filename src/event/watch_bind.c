/*
 * watch_bind.c
 *	  A mapping and a condition, bound to an application table and an event
 *	  table.
 *
 * A binding holds planned expressions over the source's columns, each coerced
 * as an assignment to its event column.  What a mapping may not contain is
 * refused here and nowhere else.  "old.x" is the column before an update, and
 * null where there is none: in expressions as parsed a Var of OLD_ROW, planned
 * one of OUTER_VAR.
 */
#include "base/base.h"

#include "access/sysattr.h"
#include "catalog/pg_type.h"
#include "event/watch.h"
#include "nodes/bitmapset.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "parser/parse_coerce.h"
#include "parser/parse_collate.h"
#include "parser/parse_expr.h"
#include "parser/parse_relation.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/ruleutils.h"

/* range table of an expression as parsed; NEW_ROW is the same as THE_ROW */
#define THE_ROW		1
#define NEW_ROW		2
#define OLD_ROW		3

static ParseState *
source_parsestate(Relation source)
{
	static const char *const names[] = {NULL, "new", "old"};
	ParseState *pstate = make_parsestate(NULL);

	for (int i = 0; i < lengthof(names); i++)
	{
		Alias	   *alias = names[i] == NULL ? NULL : makeAlias(names[i], NIL);
		ParseNamespaceItem *nsitem = addRangeTableEntryForRelation(pstate, source, AccessShareLock,
																   alias, false, true);

		addNSItemToQuery(pstate, nsitem, false, true, i == 0);
	}
	return pstate;
}

/* ---- rows that expressions look at ---- */

typedef struct RowChange
{
	int			from;
	int			to;
	int			levels_up;
	bool		found;
} RowChange;

static Node *
change_row(Node *node, void *context)
{
	RowChange  *change = context;

	if (node != NULL && IsA(node, Var) && ((Var *) node)->varno == change->from)
	{
		Var		   *var = copyObject((Var *) node);

		change->found = true;
		var->varno = change->to;
		var->varnosyn = change->to > 0 ? change->to : 0;
		var->varlevelsup = change->levels_up;
		return (Node *) var;
	}
	return expression_tree_mutator(node, change_row, context);
}

static Node *
with_row(Node *expr, int from, int to)
{
	RowChange	change = {.from = from,.to = to};

	return change_row(expr, &change);
}

/*
 * As text.  One that looks at the old row names both; any other neither, so that
 * the table may be renamed.
 */
static char *
deparse(Node *expr, Relation source)
{
	Oid			relid = RelationGetRelid(source);
	RowChange	change = {.from = OLD_ROW,.to = THE_ROW,.levels_up = 1};

	expr = change_row(expr, &change);
	return deparse_expression(expr,
							  list_concat(deparse_context_for("new", relid),
										  deparse_context_for("old", relid)),
							  change.found, false);
}

static void
refuse(const char *what, const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("%s not allowed in a watch", what),
			 errdetail("Each event is computed from one row of the table alone."),
			 errhint("%s", hint)));
}

static void
refuse_what_is_not_of_the_row(ParseState *pstate, Node *expr)
{
	Bitmapset  *attnos = NULL;
	int			attno = -1;

	if (pstate->p_hasSubLinks)
		refuse("subqueries are", "Put the look-up into a STABLE function of the row's columns.");
	if (pstate->p_hasAggs || pstate->p_hasWindowFuncs)
		refuse("aggregates and window functions are", "Count and add up over the events instead.");
	if (pstate->p_hasTargetSRFs)
		refuse("set-returning functions are", "One row makes one event.");
	if (contain_volatile_functions(expr))
		refuse("volatile functions are",
			   "Declare the function STABLE or IMMUTABLE if it is; leave \"at\" out for the present instant.");
	pull_varattnos(expr, THE_ROW, &attnos);
	pull_varattnos(expr, OLD_ROW, &attnos);
	while ((attno = bms_next_member(attnos, attno)) >= 0)
		if (attno + FirstLowInvalidHeapAttributeNumber <= 0)
			refuse("whole rows and system columns are", "Name the columns.");
}

/* What the parser says of a name that is not there lacks what to type instead. */
static void
name_the_columns(void *arg)
{
	TupleDesc	desc = arg;
	StringInfoData names;

	if (geterrcode() != ERRCODE_UNDEFINED_COLUMN)
		return;
	initStringInfo(&names);
	for (int i = 0; i < desc->natts; i++)
		if (!TupleDescAttr(desc, i)->attisdropped)
			appendStringInfo(&names, "%s%s", names.len > 0 ? ", " : "",
							 NameStr(TupleDescAttr(desc, i)->attname));
	errdetail("A watch computes from the columns of its table.");
	errhint("The columns are: %s.", names.data);
}

static Node *
transform(ParseState *pstate, Relation source, Node *raw)
{
	ErrorContextCallback callback = {
		.callback = name_the_columns,.arg = RelationGetDescr(source),
		.previous = error_context_stack
	};
	Node	   *expr;

	error_context_stack = &callback;
	expr = transformExpr(pstate, copyObject(raw), EXPR_KIND_SELECT_TARGET);
	error_context_stack = callback.previous;
	assign_expr_collations(pstate, expr);
	expr = with_row(expr, NEW_ROW, THE_ROW);
	refuse_what_is_not_of_the_row(pstate, expr);
	return expr;
}

static void
missing_event_column(Relation event, const char *name)
{
	const char *event_name = RelationGetRelationName(event);

	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_COLUMN),
			 errmsg("event \"%s\" has no column \"%s\"", event_name, name),
			 errdetail("The event kind exists already, and a watch does not change it."),
			 errhint("Type SELECT pulse.alter_event(%s, add_columns => '%s <type>').",
					 quote_literal_cstr(event_name), quote_identifier(name))));
}

/* Sets type, typmod and target of the event column that expr goes to. */
static void
find_target(Relation event, const char *name, Node *expr,
			BoundColumn *column, Oid *type, int32 *typmod)
{
	*typmod = -1;
	if (event != NULL)
	{
		column->target = get_attnum(RelationGetRelid(event), name);
		if (column->target <= 0)
			missing_event_column(event, name);
		*type = TupleDescAttr(RelationGetDescr(event), column->target - 1)->atttypid;
		*typmod = TupleDescAttr(RelationGetDescr(event), column->target - 1)->atttypmod;
		if (TupleDescAttr(RelationGetDescr(event), column->target - 1)->attgenerated)
			ereport(ERROR,
					(errcode(ERRCODE_GENERATED_ALWAYS),
					 errmsg("column \"%s\" of event \"%s\" is generated", name,
							RelationGetRelationName(event)),
					 errdetail("A watch cannot give it a value."),
					 errhint("Leave it out of the mapping.")));
	}
	else if (strcmp(name, "at") == 0)
		*type = TIMESTAMPTZOID;
	else
	{
		*type = getBaseType(exprType(expr));
		if (*type == UNKNOWNOID || strcmp(name, "dedup_key") == 0)
			*type = TEXTOID;
	}
}

static BoundColumn *
bind_column(ParseState *pstate, Relation source, Relation event, MappedColumn *mapped)
{
	BoundColumn *column = palloc0(sizeof(BoundColumn));
	const char *name = mapped->name;
	Node	   *expr = transform(pstate, source, mapped->raw);
	Oid			given = exprType(expr);
	Oid			type;
	int32		typmod;

	if (sp_is_event_header(name) && strcmp(name, "at") != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_COLUMN_REFERENCE),
				 errmsg("column \"%s\" of an event cannot be mapped", name),
				 errdetail("event_id, recorded and txid are set when the event is written."),
				 errhint("Map the instant to \"at\", and everything else to columns of your own.")));
	column->name = pstrdup(name);
	find_target(event, name, expr, column, &type, &typmod);
	expr = coerce_to_target_type(pstate, expr, given, type, typmod,
								 COERCION_ASSIGNMENT, COERCE_IMPLICIT_CAST, -1);
	if (expr == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("column \"%s\" of the event is of type %s but the expression is of type %s",
						name, format_type_be(type), format_type_be(given)),
				 errdetail("There is no assignment cast from one to the other."),
				 errhint("Cast the expression, or map it to another column.")));
	assign_expr_collations(pstate, expr);
	column->expr = expr;
	return column;
}

/* The mapping when none is given: columns of the same name. */
static List *
mapping_by_name(Relation source, Relation event)
{
	TupleDesc	desc = RelationGetDescr(source);
	List	   *columns = NIL;

	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);
		char	   *name = NameStr(att->attname);
		ColumnRef  *ref;
		MappedColumn *column;

		if (att->attisdropped ||
			(sp_is_event_header(name) && strcmp(name, "at") != 0) ||
			(event == NULL && strcmp(name, "dedup_key") == 0) ||
			(event != NULL && get_attnum(RelationGetRelid(event), name) <= 0))
			continue;
		ref = makeNode(ColumnRef);
		ref->fields = list_make1(makeString(pstrdup(name)));
		ref->location = -1;
		column = palloc0(sizeof(MappedColumn));
		column->name = pstrdup(name);
		column->raw = (Node *) ref;
		columns = lappend(columns, column);
	}
	return columns;
}

static Bitmapset *
bind_changes(Relation source, List *names)
{
	Bitmapset  *result = NULL;
	ListCell   *cell;

	foreach(cell, names)
	{
		AttrNumber	attno = get_attnum(RelationGetRelid(source), lfirst(cell));

		if (attno <= 0)
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_COLUMN),
					 errmsg("column \"%s\" of relation \"%s\" does not exist",
							(char *) lfirst(cell), RelationGetRelationName(source)),
					 errdetail("changes_of names columns of the watched table."),
					 errhint("Look at its columns with \\d %s.", RelationGetRelationName(source))));
		result = bms_add_member(result, attno);
	}
	return result;
}

static Node *
bind_condition(ParseState *pstate, Relation source, const char *text)
{
	Node	   *expr = transform(pstate, source, sp_parse_condition(text));

	if (exprType(expr) != BOOLOID && exprType(expr) != UNKNOWNOID)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("the condition of a watch must be true or false"),
				 errdetail("It is of type %s.", format_type_be(exprType(expr))),
				 errhint("Compare it with something, such as 'total > 0'.")));
	expr = coerce_to_boolean(pstate, expr, "WHERE");
	assign_expr_collations(pstate, expr);
	return expr;
}

/* The server's own leakproof functions raise nothing that depends on arguments. */
static bool
function_may_fail(Oid function, void *context)
{
	return function >= FirstNormalObjectId || !get_func_leakproof(function);
}

/* Everything that is not known to be harmless, wherever it is run and by whom. */
static bool
may_fail(Node *node, void *context)
{
	if (node == NULL)
		return false;
	switch (nodeTag(node))
	{
		case T_Var:
		case T_Const:
		case T_List:
		case T_RelabelType:
		case T_BoolExpr:
		case T_NullTest:
		case T_BooleanTest:
			break;
		case T_OpExpr:
		case T_FuncExpr:
		case T_DistinctExpr:
		case T_ScalarArrayOpExpr:
			if (check_functions_in_node(node, function_may_fail, context))
				return true;
			break;
		default:
			return true;
	}
	return expression_tree_walker(node, may_fail, context);
}

static void
note_expression(WatchBinding *binding, Node *expr)
{
	Bitmapset  *attnos = NULL;
	int			attno = -1;

	pull_varattnos(expr, 1, &attnos);
	while ((attno = bms_next_member(attnos, attno)) >= 0)
		binding->last_source = Max(binding->last_source,
								   attno + FirstLowInvalidHeapAttributeNumber);
	if (may_fail(expr, NULL))
		binding->guarded = true;
}

static AttrNumber
plain_source_column(Node *expr)
{
	while (IsA(expr, RelabelType))
		expr = (Node *) ((RelabelType *) expr)->arg;
	return IsA(expr, Var) && ((Var *) expr)->varno == THE_ROW ? ((Var *) expr)->varattno : 0;
}

/*
 * Names resolve along the search_path in force.  No mapping (NULL) is one by
 * name, an empty one maps nothing.  The expressions are as
 * parsed; sp_plan_binding() makes them ready to run.
 */
WatchBinding *
sp_bind_watch(Relation source, Relation event, const char *columns,
			  const char *condition, List *changes_of)
{
	WatchBinding *binding = palloc0(sizeof(WatchBinding));
	ParseState *pstate = source_parsestate(source);
	List	   *mapping = NIL;
	ListCell   *cell;

	if (columns == NULL)
		mapping = mapping_by_name(source, event);
	else if (columns[0] != '\0')
		mapping = sp_parse_mapping(columns);
	foreach(cell, mapping)
	{
		BoundColumn *column = bind_column(pstate, source, event, lfirst(cell));

		sp_check_expression(column->expr);
		binding->columns = lappend(binding->columns, column);
	}
	if (condition != NULL)
		binding->condition = bind_condition(pstate, source, condition);
	sp_check_expression(binding->condition);
	binding->changes_of = bind_changes(source, changes_of);
	free_parsestate(pstate);
	return binding;
}

static Node *
plan_expression(WatchBinding *binding, Node *expr)
{
	RowChange	change = {.from = OLD_ROW,.to = OUTER_VAR};

	expr = change_row((Node *) expression_planner((Expr *) expr), &change);
	binding->reads_old |= change.found;
	return expr;
}

/* Folds constants, and finds out which columns are only copied. */
void
sp_plan_binding(WatchBinding *binding)
{
	ListCell   *cell;

	foreach(cell, binding->columns)
	{
		BoundColumn *column = lfirst(cell);

		column->expr = plan_expression(binding, column->expr);
		column->plain = plain_source_column(column->expr);
		note_expression(binding, column->expr);
	}
	if (binding->condition != NULL)
	{
		binding->condition = plan_expression(binding, binding->condition);
		note_expression(binding, binding->condition);
	}
}

/*
 * The mapping as it is kept: every name that is not of pg_catalog in full, so
 * that it means the same under any search_path.  Call with a pinned one.
 */
char *
sp_deparse_mapping(WatchBinding *binding, Relation source)
{
	StringInfoData text;
	ListCell   *cell;

	initStringInfo(&text);
	foreach(cell, binding->columns)
	{
		BoundColumn *column = lfirst(cell);

		appendStringInfo(&text, "%s%s = %s", text.len > 0 ? ", " : "",
						 quote_identifier(column->name),
						 deparse(column->expr, source));
	}
	return text.data;
}

char *
sp_deparse_condition(WatchBinding *binding, Relation source)
{
	if (binding->condition == NULL)
		return NULL;
	return deparse(binding->condition, source);
}
