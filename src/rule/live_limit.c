/*
 * live_limit.c
 *	  The time limit of one rule in one slice (setting rule_time_limit).
 *
 * When the time is up the statement at work is cancelled as by a user; the
 * caller asks sp_limit_end() whose doing it was.  Invariant: the timer runs
 * only between sp_limit_begin() and sp_limit_end(), and a cancel that came too
 * late to hit the rule does not hit anything else.
 */
#include "rule/live.h"

#include "miscadmin.h"
#include "storage/latch.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/timeout.h"
#include "utils/timestamp.h"

static TimeoutId rule_timeout = MAX_TIMEOUTS;
static volatile sig_atomic_t time_is_up = false;

static void
cancel_rule(void)
{
	time_is_up = true;
	QueryCancelPending = true;
	InterruptPending = true;
	SetLatch(MyLatch);
}

static int
limit_in_milliseconds(void)
{
	Interval   *limit = DatumGetIntervalP(DirectFunctionCall3(interval_in,
															  CStringGetDatum(sp_setting("rule_time_limit")),
															  ObjectIdGetDatum(InvalidOid),
															  Int32GetDatum(-1)));
	int64		milliseconds = (limit->day * USECS_PER_DAY + limit->time) / 1000;

	return (int) Min(Max(milliseconds, 1), PG_INT32_MAX);
}

void
sp_limit_begin(void)
{
	if (rule_timeout == MAX_TIMEOUTS)
		rule_timeout = RegisterTimeout(USER_TIMEOUT, cancel_rule);
	time_is_up = false;
	enable_timeout_after(rule_timeout, limit_in_milliseconds());
}

/* Was the time up? */
bool
sp_limit_end(void)
{
	disable_timeout(rule_timeout, false);
	if (time_is_up)
		QueryCancelPending = false;
	return time_is_up;
}
