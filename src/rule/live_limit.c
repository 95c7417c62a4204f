/*
 * live_limit.c
 *	  The time limit of one rule in one slice (setting rule_time_limit), and of
 *	  other work that is not ours.
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

#define AGAIN_MILLISECONDS	1000

static TimeoutId rule_timeout = MAX_TIMEOUTS;
static volatile sig_atomic_t time_is_up = false;
static int	depth = 0;

static void
cancel_rule(void)
{
	time_is_up = true;
	QueryCancelPending = true;
	InterruptPending = true;
	SetLatch(MyLatch);
}

static int
in_milliseconds(const char *text)
{
	Interval   *limit = DatumGetIntervalP(DirectFunctionCall3(interval_in,
															  CStringGetDatum(text),
															  ObjectIdGetDatum(InvalidOid),
															  Int32GetDatum(-1)));
	int64		milliseconds = (limit->day * USECS_PER_DAY + limit->time) / 1000;

	return (int) Min(Max(milliseconds, 1), PG_INT32_MAX);
}

/* What catches its cancel is cancelled again.  Within another limit that one counts. */
void
sp_limit_begin_after(const char *limit)
{
	if (depth++ > 0)
		return;
	if (rule_timeout == MAX_TIMEOUTS)
		rule_timeout = RegisterTimeout(USER_TIMEOUT, cancel_rule);
	time_is_up = false;
	enable_timeout_every(rule_timeout,
						 TimestampTzPlusMilliseconds(GetCurrentTimestamp(), in_milliseconds(limit)),
						 AGAIN_MILLISECONDS);
}

void
sp_limit_begin(void)
{
	sp_limit_begin_after(sp_setting("rule_time_limit"));
}

/* Was the time up? */
bool
sp_limit_end(void)
{
	if (--depth > 0)
		return time_is_up;
	disable_timeout(rule_timeout, false);
	if (time_is_up)
		QueryCancelPending = false;
	return time_is_up;
}
