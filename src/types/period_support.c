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
#include "utils/timestamp.h"
#include "utils/typcache.h"

PG_FUNCTION_INFO_V1(period_support);

static Expr *
compare(Expr *column, Oid type, StrategyNumber strategy, Expr *bound)
{
	Oid			family = lookup_type_cache(type, TYPECACHE_BTREE_OPFAMILY)->btree_opf;
	Oid			operator = get_opfamily_member(family, type, type, strategy);

	return make_opclause(operator, BOOLOID, false, column, bound, InvalidOid, InvalidOid);
}

/*
 * The call with its arguments in either order, (type, period) or (period,
 * type), as two comparisons; NULL where that cannot be.
 */
Node *
period_simplify(FuncExpr *call, Oid type, Expr *(*bound) (DateADT day))
{
	Node	   *left = linitial(call->args);
	Node	   *right = lsecond(call->args);
	Node	   *column = exprType(left) == type ? left : right;
	Node	   *other = column == left ? right : left;
	Period		period;

	/* the column is written twice, so it must be one */
	if (!IsA(column, Var) || exprType(column) != type || !IsA(other, Const) || ((Const *) other)->constisnull)
		return NULL;
	period = DatumGetPeriod(((Const *) other)->constvalue);
	return (Node *) make_andclause(list_make2(compare((Expr *) column, type, BTGreaterEqualStrategyNumber,
													  bound(period_first_date(period))),
											  compare(copyObject((Expr *) column), type, BTLessStrategyNumber,
													  bound(period_past_date(period)))));
}

static Expr *
date_bound(DateADT day)
{
	return (Expr *) makeConst(DATEOID, -1, InvalidOid, sizeof(DateADT), DateADTGetDatum(day), false, true);
}

/* midnight on the wall: no zone is meant */
static Expr *
timestamp_bound(DateADT day)
{
	return (Expr *) makeConst(TIMESTAMPOID, -1, InvalidOid, sizeof(Timestamp),
							  TimestampGetDatum(period_midnight(day)), false, FLOAT8PASSBYVAL);
}

Datum
period_support(PG_FUNCTION_ARGS)
{
	Node	   *request = (Node *) PG_GETARG_POINTER(0);
	FuncExpr   *call;
	Node	   *simple;

	if (!IsA(request, SupportRequestSimplify))
		PG_RETURN_POINTER(NULL);
	call = ((SupportRequestSimplify *) request)->fcall;
	simple = period_simplify(call, DATEOID, date_bound);
	PG_RETURN_POINTER(simple != NULL ? simple : period_simplify(call, TIMESTAMPOID, timestamp_bound));
}
