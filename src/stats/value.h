/*
 * value.h
 *	  What the aggregates of this room take from SQL in the same way.
 */
#ifndef SP_STATS_VALUE_H
#define SP_STATS_VALUE_H

#include "base/base.h"

extern MemoryContext stats_aggregate_context(FunctionCallInfo fcinfo);
extern double stats_duration(double duration);	/* raises where it is none */

#endif							/* SP_STATS_VALUE_H */
