/*
 * support.c
 *	  The planner support function of "<" "<=" ">" ">=": an index range.
 *
 * Within one currency the operators agree with the total order, so
 *		col > x		is exactly		col #> x AND col #<= currency_last(x)
 *		col < x		is exactly		col #< x AND col #>= currency_first(x)
 * which a btree of the default class can answer.  The comparand may be a
 * parameter or come from another table.
 */
#include "types/types.h"

#include "base/base.h"

#include "access/stratnum.h"
#include "catalog/pg_am_d.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type_d.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "nodes/pathnodes.h"
#include "nodes/supportnodes.h"
#include "optimizer/optimizer.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "types/support.h"

extern Datum amount_lt(PG_FUNCTION_ARGS);
extern Datum amount_le(PG_FUNCTION_ARGS);
extern Datum amount_gt(PG_FUNCTION_ARGS);
extern Datum amount_ge(PG_FUNCTION_ARGS);
extern Datum amount_total_lt(PG_FUNCTION_ARGS);
extern Datum amount_total_le(PG_FUNCTION_ARGS);
extern Datum amount_total_gt(PG_FUNCTION_ARGS);
extern Datum amount_total_ge(PG_FUNCTION_ARGS);

/* by strategy: what people write, and what an index of the default class answers */
static const PGFunction partial_comparisons[BTMaxStrategyNumber + 1] = {
	[BTLessStrategyNumber] = amount_lt,
	[BTLessEqualStrategyNumber] = amount_le,
	[BTGreaterEqualStrategyNumber] = amount_ge,
	[BTGreaterStrategyNumber] = amount_gt
};
static const PGFunction total_comparisons[BTMaxStrategyNumber + 1] = {
	[BTLessStrategyNumber] = amount_total_lt,
	[BTLessEqualStrategyNumber] = amount_total_le,
	[BTGreaterEqualStrategyNumber] = amount_total_ge,
	[BTGreaterStrategyNumber] = amount_total_gt
};

/* functions are known by their code, since oids and names may differ */
static PGFunction
function_code(Oid function)
{
	FmgrInfo	info;

	fmgr_info(function, &info);
	return info.fn_addr;
}

StrategyNumber
amount_comparison_strategy(Oid function)
{
	PGFunction	code = function_code(function);

	for (StrategyNumber strategy = 1; strategy <= BTMaxStrategyNumber; strategy++)
		if (code == partial_comparisons[strategy])
			return strategy;
	return InvalidStrategy;
}

/* a < b is b > a */
StrategyNumber
amount_commuted_strategy(StrategyNumber strategy)
{
	return BTMaxStrategyNumber + 1 - strategy;
}

/* A function beside the comparison's own, whatever the user's rights on the schema. */
static Oid
sibling_function(Oid comparison, const char *name, Oid argument)
{
	return GetSysCacheOid3(PROCNAMEARGSNSP, Anum_pg_proc_oid, CStringGetDatum(name),
						   PointerGetDatum(buildoidvector(&argument, 1)),
						   ObjectIdGetDatum(get_func_namespace(comparison)));
}

/* The end of the comparand's currency, folded at once where it is a constant. */
static Node *
currency_end(Oid comparison, Node *comparand, bool last)
{
	Oid			type = exprType(comparand);
	Oid			function;

	if (IsA(comparand, Const))
	{
		Const	   *constant = copyObject((Const *) comparand);
		Amount		amount = DatumGetAmount(constant->constvalue);

		constant->constvalue = AmountGetDatum(last ? amount_last(amount) : amount_first(amount));
		return (Node *) constant;
	}
	function = sibling_function(comparison, last ? "currency_last" : "currency_first", type);
	return !OidIsValid(function) ? NULL :
		(Node *) makeFuncExpr(function, type, list_make1(comparand),
							  InvalidOid, InvalidOid, COERCE_EXPLICIT_CALL);
}

/* NULL: the index has another order than that of the default class */
static Node *
index_clause(Oid opfamily, StrategyNumber strategy, Node *column, Node *bound)
{
	Oid			type = exprType(column);
	Oid			op = get_opfamily_member(opfamily, type, type, strategy);

	if (!OidIsValid(op) || bound == NULL || function_code(get_opcode(op)) != total_comparisons[strategy])
		return NULL;
	return (Node *) make_opclause(op, BOOLOID, false, (Expr *) column, (Expr *) bound,
								  InvalidOid, InvalidOid);
}

static List *
index_range(SupportRequestIndexCondition *request)
{
	OpExpr	   *clause = (OpExpr *) request->node;
	StrategyNumber strategy = amount_comparison_strategy(request->funcid);
	Node	   *column;
	Node	   *comparand;
	Node	   *near;
	Node	   *far;
	bool		upward;

	if (!IsA(clause, OpExpr) || list_length(clause->args) != 2 ||
		strategy == InvalidStrategy || request->index->relam != BTREE_AM_OID)
		return NIL;
	if (request->indexarg == 1)
		strategy = amount_commuted_strategy(strategy);
	column = list_nth(clause->args, request->indexarg);
	comparand = list_nth(clause->args, 1 - request->indexarg);
	if (!is_pseudo_constant_for_index(request->root, comparand, request->index) ||
		(IsA(comparand, Const) && ((Const *) comparand)->constisnull))
		return NIL;
	upward = strategy >= BTGreaterEqualStrategyNumber;
	near = index_clause(request->opfamily, strategy, column, comparand);
	far = index_clause(request->opfamily,
					   upward ? BTLessEqualStrategyNumber : BTGreaterEqualStrategyNumber,
					   column, currency_end(request->funcid, comparand, upward));
	if (near == NULL || far == NULL)
		return NIL;
	request->lossy = false;
	return list_make2(near, far);
}

PG_FUNCTION_INFO_V1(amount_support);

Datum
amount_support(PG_FUNCTION_ARGS)
{
	Node	   *request = (Node *) PG_GETARG_POINTER(0);

	if (IsA(request, SupportRequestIndexCondition))
		PG_RETURN_POINTER(index_range((SupportRequestIndexCondition *) request));
	PG_RETURN_POINTER(NULL);
}
