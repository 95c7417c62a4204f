/*
 * support.c
 *	  What the planner does with pulse.health(model, row).
 *
 * Where the model is a constant and the row is a whole row of a table, or a
 * row put together in the query, the call becomes one over the columns that
 * the model reads.  Invariant: the result is the same, so whatever could make
 * a difference (a row that an outer join may make NULL, a column that is not
 * there) is left to pulse.health() itself.
 */
#include "health/health.h"

#include "access/table.h"
#include "catalog/namespace.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "health/value.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "nodes/pathnodes.h"
#include "nodes/supportnodes.h"
#include "optimizer/optimizer.h"
#include "parser/parsetree.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"
#include "utils/typcache.h"

/* the arguments in front, and one to spare */
#define MOST_COLUMNS	(FUNC_MAX_ARGS - 3)

/* A row of the query, from which single columns can be had. */
typedef struct QueryRow
{
	Node	   *node;			/* Var of a whole row, or RowExpr */
	TupleDesc	descriptor;		/* or NULL: the names are the RowExpr's */
} QueryRow;

static bool
has_outer_join(const Query *query)
{
	ListCell   *cell;

	foreach(cell, query->rtable)
	{
		RangeTblEntry *entry = lfirst(cell);

		if (entry->rtekind == RTE_JOIN && IS_OUTER_JOIN(entry->jointype))
			return true;
	}
	return false;
}

static bool
open_whole_row(const PlannerInfo *root, Var *var, QueryRow *row)
{
	RangeTblEntry *entry;

	if (var->varattno != InvalidAttrNumber || var->varlevelsup != 0 ||
		has_outer_join(root->parse) || root->parse->groupingSets != NIL)
		return false;
	entry = rt_fetch(var->varno, root->parse->rtable);
	if (entry->rtekind != RTE_RELATION || get_rel_type_id(entry->relid) != var->vartype)
		return false;
	row->descriptor = lookup_rowtype_tupdesc_copy(var->vartype, -1);
	return true;
}

static bool
open_row_expression(RowExpr *expression, QueryRow *row)
{
	if (contain_volatile_functions((Node *) expression))
		return false;
	if (expression->row_typeid != RECORDOID)
		row->descriptor = lookup_rowtype_tupdesc_copy(expression->row_typeid, -1);
	return true;
}

static bool
open_row(const PlannerInfo *root, Node *node, QueryRow *row)
{
	row->node = node;
	row->descriptor = NULL;
	if (IsA(node, Var))
		return open_whole_row(root, (Var *) node, row);
	return IsA(node, RowExpr) && open_row_expression((RowExpr *) node, row);
}

/* where a column stands, counted from 0, or -1 */
static int
find_column(const QueryRow *row, const char *name)
{
	ListCell   *cell;

	if (row->descriptor == NULL)
	{
		foreach(cell, ((RowExpr *) row->node)->colnames)
			if (strcmp(strVal(lfirst(cell)), name) == 0)
			return foreach_current_index(cell);
		return -1;
	}
	for (int i = 0; i < row->descriptor->natts; i++)
		if (!TupleDescAttr(row->descriptor, i)->attisdropped &&
			strcmp(NameStr(TupleDescAttr(row->descriptor, i)->attname), name) == 0)
			return i;
	return -1;
}

static Node *
row_column(const QueryRow *row, const char *name)
{
	int			i = find_column(row, name);

	if (i < 0)
		return NULL;
	if (IsA(row->node, Var))
	{
		Form_pg_attribute column = TupleDescAttr(row->descriptor, i);

		return (Node *) makeVar(((Var *) row->node)->varno, i + 1, column->atttypid,
								column->atttypmod, column->attcollation, 0);
	}
	if (i >= list_length(((RowExpr *) row->node)->args))
		return NULL;
	return list_nth(((RowExpr *) row->node)->args, i);
}

/* NIL: some column is missing or cannot be scored */
static List *
model_columns(const HealthModel *model, const QueryRow *row, Datum *names)
{
	List	   *columns = NIL;

	for (int i = 0; i < model->n_inputs; i++)
	{
		Node	   *column = row_column(row, model->inputs[i].column);

		if (column == NULL || measure_type_problem(exprType(column), &model->inputs[i]) != NULL)
			return NIL;
		columns = lappend(columns, column);
		names[i] = CStringGetTextDatum(model->inputs[i].column);
	}
	return columns;
}

static Oid
columns_function(void)
{
	Oid			types[3] = {TEXTOID, TEXTARRAYOID, ANYOID};

	return GetSysCacheOid3(PROCNAMEARGSNSP, Anum_pg_proc_oid, CStringGetDatum("health_columns"),
						   PointerGetDatum(buildoidvector(types, 3)),
						   ObjectIdGetDatum(get_namespace_oid("pulse_internal", false)));
}

static Node *
columns_call(const FuncExpr *call, const HealthModel *model, const QueryRow *row)
{
	Datum		names[MOST_COLUMNS];
	List	   *columns = model_columns(model, row, names);
	Oid			function = columns_function();
	ArrayType  *name_array;

	if (columns == NIL || !OidIsValid(function))
		return NULL;
	name_array = construct_array(names, model->n_inputs, TEXTOID, -1, false, TYPALIGN_INT);
	columns = lcons(makeConst(TEXTARRAYOID, -1, InvalidOid, -1, PointerGetDatum(name_array),
							  false, false), columns);
	columns = lcons(linitial(call->args), columns);
	return (Node *) makeFuncExpr(function, call->funcresulttype, columns, call->funccollid,
								 call->inputcollid, COERCE_EXPLICIT_CALL);
}

static Node *
simplify_health(SupportRequestSimplify *request)
{
	FuncExpr   *call = request->fcall;
	Const	   *name = linitial(call->args);
	const HealthModel *model;
	QueryRow	row;
	Node	   *result;

	if (request->root == NULL || !ActiveSnapshotSet() ||
		!IsA(name, Const) || name->constisnull ||
		!open_row(request->root, lsecond(call->args), &row))
		return NULL;
	model = health_model_load(TextDatumGetCString(name->constvalue), CurrentMemoryContext, true);
	if (model == NULL || model->n_inputs > MOST_COLUMNS)
		return NULL;
	result = columns_call(call, model, &row);

	/* a change of a model is to make the plan anew */
	if (result != NULL)
		request->root->glob->relationOids =
			list_append_unique_oid(request->root->glob->relationOids, health_model_relid());
	return result;
}

PG_FUNCTION_INFO_V1(sp_health_support);

Datum
sp_health_support(PG_FUNCTION_ARGS)
{
	Node	   *request = (Node *) PG_GETARG_POINTER(0);

	if (IsA(request, SupportRequestSimplify))
		PG_RETURN_POINTER(simplify_health((SupportRequestSimplify *) request));
	PG_RETURN_POINTER(NULL);
}
