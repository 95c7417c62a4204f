/*
 * support.h
 *	  What the planner's helpers of the amount comparisons share.
 */
#ifndef SP_SUPPORT_H
#define SP_SUPPORT_H

#include "postgres.h"

#include "access/stratnum.h"

/* InvalidStrategy: the function is none of amount_lt, _le, _gt, _ge */
extern StrategyNumber amount_comparison_strategy(Oid function);
extern StrategyNumber amount_commuted_strategy(StrategyNumber strategy);

#endif							/* SP_SUPPORT_H */
