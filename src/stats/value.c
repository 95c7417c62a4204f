/*
 * value.c
 *	  What the aggregates of this room take from SQL in the same way.
 */
#include "stats/value.h"

#include <math.h>

/* where a state lives that is kept from row to row */
MemoryContext
stats_aggregate_context(FunctionCallInfo fcinfo)
{
	MemoryContext context;

	if (!AggCheckCallContext(fcinfo, &context))
		elog(ERROR, "support function of an aggregate called outside of one");
	return context;
}

double
stats_duration(double duration)
{
	if (!(duration >= 0) || isinf(duration))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a duration is negative or not a finite number"),
				 errdetail("It is how long something took, or has lasted so far."),
				 errhint("Leave such rows out, or type greatest(duration, 0).")));
	return duration;
}
