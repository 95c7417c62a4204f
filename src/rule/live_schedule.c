/*
 * live_schedule.c
 *	  Rules that go by the clock: what has come due of them in a sweep.
 *
 * A schedule fires for the last of its instants that the sweep has passed: after
 * an outage once, and the firing says how many it stands for.  Its firing is
 * about the day, and its wait ends with it.  Invariant: rule_schedule.since
 * moves in the transaction that writes the firing.
 */
#include "rule/live.h"

#include "calendar/calendar.h"
#include "calendar/daytime.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "pgtime.h"
#include "rule/live_param.h"
#include "rule/shell.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/timestamp.h"

/* ---- days and instants for the core ---- */

static int
day_of(void *context, Instant at)
{
	return sp_day_of(at);
}

static Instant
instant_of(void *context, int day, int minute)
{
	pg_tz	   *zone = pg_tzset(sp_setting("timezone"));

	if (zone == NULL)
		elog(ERROR, "unknown time zone \"%s\"", sp_setting("timezone"));
	return sp_wall_instant(day, minute * SECS_PER_MINUTE, zone);
}

static bool
is_working(void *context, int day)
{
	return calendar_is_working(sp_calendar(context), day);
}

static const ScheduleClock business_clock = {NULL, day_of, instant_of, is_working};

ScheduleClock
sp_clock_of(const Rule *rule)
{
	ScheduleClock clock = business_clock;

	clock.context = sp_named_calendar(rule);
	return clock;
}

/* The first instant after "at" at which the wall shows so many minutes. */
Instant
sp_next_minute(Instant at, int minute)
{
	Schedule	daily = {.period = SCHEDULE_DAY,.minute = minute};

	return schedule_next(&daily, &business_clock, at);
}

/* ---- what came due ---- */

typedef struct Tick
{
	Instant		due;			/* the last that came, or INSTANT_NONE */
	int			missed;			/* those before it */
	Instant		look_at;
} Tick;

static Tick
come_due(const Rule *rule, Instant since, Instant until)
{
	const Schedule *schedule = &rule->schedule;
	ScheduleClock clock = sp_clock_of(rule);
	Tick		tick = {.due = INSTANT_NONE};
	Instant		next = schedule_next(schedule, &clock, since);
	Instant		tomorrow = sp_day_start(sp_day_of(until) + 1);

	while (next != INSTANT_NONE && next <= until)
	{
		tick.missed += tick.due != INSTANT_NONE;
		tick.due = next;
		next = schedule_next(schedule, &clock, next);
	}
	tick.look_at = next == INSTANT_NONE || next > tomorrow ? tomorrow : next;
	return tick;
}

static void
write_firing(const BoundRule *rule, const Tick *tick, TimestampTz now)
{
	Oid			types[6] = {INT4OID, TIMESTAMPTZOID, TIMESTAMPTZOID, TEXTOID, INT4OID, TEXTOID};
	const char *calendar = sp_calendar_of(rule->rule);
	Datum		values[6] = {
		Int32GetDatum(rule->rule_id), TimestampTzGetDatum(tick->due), TimestampTzGetDatum(now),
		CStringGetTextDatum(rule->mode), Int32GetDatum(tick->missed),
		CStringGetTextDatum(calendar == NULL ? "" : calendar)
	};

	if (SPI_execute_with_args("WITH day AS ("
							  " SELECT pg_catalog.to_char(pg_catalog.timezone(pulse.setting('timezone'), $2), 'YYYY-MM-DD') AS key,"
							  "  pg_catalog.nextval('pulse_internal.wait_wait_id_seq') AS wait_id"
							  "), wait AS ("
							  " INSERT INTO pulse_internal.wait (wait_id, rule_id, key, opened_at, trigger_kind, trigger_event,"
							  "  trigger_recorded, anchor, next_step, first_due, previous_due, end_reason, ended_at)"
							  " SELECT d.wait_id, $1, d.key, $2, 0, 0, $2, $2, 1, $2, $2, 'completed', $2 FROM day AS d"
							  ") INSERT INTO pulse_internal.firing (rule_id, wait_id, key, key_name, step, due_at, swept_at,"
							  " superseded, mode, trigger_kind, trigger_event, trigger_recorded, version, evidence)"
							  " SELECT $1, d.wait_id, d.key, 'day', 0, $2, $3, false, $4, 0, 0, $2, r.version,"
							  "  pg_catalog.jsonb_build_object('rule', r.name, 'anchor', $2,"
							  "   'schedule', pg_catalog.jsonb_build_object('missed', $5))"
							  "  || CASE WHEN $6 <> '' THEN pg_catalog.jsonb_build_object('calendar', $6) ELSE '{}' END"
							  " FROM day AS d, pulse_internal.rule AS r WHERE r.rule_id = $1",
							  6, types, values, NULL, false, 0) != SPI_OK_INSERT)
		elog(ERROR, "could not write the firing of a schedule");
	if (SPI_execute_with_args("INSERT INTO pulse_internal.rule_stat AS s (rule_id, waits, firings, last_firing_at)"
							  " VALUES ($1, 1, 1, $3) ON CONFLICT (rule_id) DO UPDATE SET waits = s.waits + 1,"
							  " firings = s.firings + 1, last_firing_at = excluded.last_firing_at",
							  3, types, values, NULL, false, 0) != SPI_OK_INSERT)
		elog(ERROR, "could not count the firing of a schedule");
}

static void
move_on(const BoundRule *rule, const Tick *tick)
{
	Oid			types[3] = {INT4OID, TIMESTAMPTZOID, TIMESTAMPTZOID};
	Datum		values[3] = {
		Int32GetDatum(rule->rule_id), TimestampTzGetDatum(tick->due), TimestampTzGetDatum(tick->look_at)
	};

	if (SPI_execute_with_args("UPDATE pulse_internal.rule_schedule SET since = coalesce($2, since), look_at = $3"
							  " WHERE rule_id = $1", 3, types, values,
							  tick->due == INSTANT_NONE ? " n " : NULL, false, 0) != SPI_OK_UPDATE)
		elog(ERROR, "could not move a schedule on");
}

/* What the next instants are is the rule's own doing: a calendar may end. */
void
sp_run_schedule(Sweep *sweep, BoundRule *rule)
{
	Tick		tick;

	sp_bind_rule(&sweep->arena, rule);
	tick = come_due(rule->rule, rule->active_since, sweep->batch.high);
	rule->schedule_due = tick.due;
	rule->schedule_missed = tick.missed;
	rule->schedule_look = tick.look_at;
}

/* After the rule has not failed. */
void
sp_write_schedule(Sweep *sweep, const BoundRule *rule)
{
	Tick		tick = {rule->schedule_due, rule->schedule_missed, rule->schedule_look};

	if (tick.due != INSTANT_NONE)
	{
		write_firing(rule, &tick, sweep->now);
		sweep->schedule_firings++;
	}
	move_on(rule, &tick);
}

/* The rules to look at; their "active_since" is the instant to go on from. */
void
sp_load_schedules(Sweep *sweep)
{
	Oid			types[1] = {TIMESTAMPTZOID};
	Datum		values[1] = {TimestampTzGetDatum(sweep->batch.high)};

	if (SPI_execute_with_args("SELECT " SCHEDULE_COLUMNS
							  " FROM pulse_internal.rule_schedule AS c JOIN pulse_internal.rule AS r ON r.rule_id = c.rule_id"
							  " WHERE c.look_at <= $1 AND r.mode IN ('shadow', 'live') AND r.state = 'ok'"
							  " ORDER BY r.rule_id FOR KEY SHARE OF r",
							  1, types, values, NULL, false, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not read the schedules");
	sweep->schedules = palloc(sizeof(BoundRule) * (SPI_processed + 1));
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		sp_read_rule(i, &sweep->schedules[sweep->schedule_count]);
		sweep->schedules[sweep->schedule_count++].by_clock = true;
	}
	SPI_freetuptable(SPI_tuptable);
}

/* ---- from when on ---- */

/* The rule starts, or has another sentence: what came before passes in silence. */
void
sp_start_schedule(int32 rule_id, const Rule *rule)
{
	Oid			types[1] = {INT4OID};
	Datum		values[1] = {Int32GetDatum(rule_id)};

	(void) sp_execute_as_owner("DELETE FROM pulse_internal.rule_schedule WHERE rule_id = $1",
							   SPI_OK_DELETE, 1, types, values, NULL);
	if (rule->schedule.period != SCHEDULE_NONE)
		(void) sp_execute_as_owner("INSERT INTO pulse_internal.rule_schedule (rule_id, since, look_at)"
								   " VALUES ($1, pulse.clock(), pulse.clock())",
								   SPI_OK_INSERT, 1, types, values, NULL);
}
