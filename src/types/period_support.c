/*
 * period_support.c
 *	  Lets the planner see a range of dates in "day <@ period".
 *
 * With a constant period the condition is two comparisons, which indexes,
 * statistics and the pruning of partitions understand.  A NULL day gives NULL
 * either way.
 */
#include "types/period_type.h"

#include "base/base.h"

#include "access/stratnum.h"
#include "catalog/pg_type_d.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "nodes/supportnodes.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

PG_FUNCTION_INFO_V1(period_support);

static Expr *
compare_date(Expr *day, StrategyNumber strategy, DateADT bound)
{
	Oid			family = lookup_type_cache(DATEOID, TYPECACHE_BTREE_OPFAMILY)->btree_opf;
	Oid			operator = get_opfamily_member(family, DATEOID, DATEOID, strategy);
	Const	   *value = makeConst(DATEOID, -1, InvalidOid, sizeof(DateADT), DateADTGetDatum(bound), false, true);

	return make_opclause(operator, BOOLOID, false, day, (Expr *) value, InvalidOid, InvalidOid);
}

/* arguments in either order: (date, period) or (period, date) */
static Node *
simplify(FuncExpr *call)
{
	Node	   *left = linitial(call->args);
	Node	   *right = lsecond(call->args);
	Node	   *day = exprType(left) == DATEOID ? left : right;
	Node	   *period = day == left ? right : left;
	Const	   *constant = (Const *) period;

	/* the day is written twice, so it must be a column */
	if (!IsA(day, Var) || exprType(day) != DATEOID || !IsA(period, Const) || constant->constisnull)
		return NULL;
	return (Node *) make_andclause(list_make2(compare_date((Expr *) day, BTGreaterEqualStrategyNumber,
														   period_first_date(DatumGetPeriod(constant->constvalue))),
											  compare_date(copyObject((Expr *) day), BTLessStrategyNumber,
														   period_past_date(DatumGetPeriod(constant->constvalue)))));
}

Datum
period_support(PG_FUNCTION_ARGS)
{
	Node	   *request = (Node *) PG_GETARG_POINTER(0);

	if (IsA(request, SupportRequestSimplify))
		PG_RETURN_POINTER(simplify(((SupportRequestSimplify *) request)->fcall));
	PG_RETURN_POINTER(NULL);
}
