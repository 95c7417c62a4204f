/*
 * live_streak.c
 *	  Streaks of days in a relation: which keys are in one, as of the last
 *	  complete day.
 *
 * A wait's trigger is the first day of its run, its anchor the end of the day
 * that made the run long enough.  A run is looked at whole each time, so rows
 * that come late or change repair it: where a day up to the anchor is no longer
 * good the wait is answered late, where a later one is not the run has ended.
 */
#include "rule/live.h"

#include "calendar/calendar.h"
#include "calendar/daytime.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "rule/shell.h"
#include "rule/streak.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/timestamp.h"

#define FETCH_ROWS	10000
#define END_OF_RUN	(-1)		/* sorts before the first day of the next run */
#define END_LATE	INT64CONST(0x3fffffffffffffff)	/* and after that of its
													 * own */

typedef struct OpenRun
{
	char	   *key;
	int			start;
	int			reached;
} OpenRun;

typedef struct FoundRun
{
	char	   *key;
	StreakRun	run;
} FoundRun;

typedef struct FoundRuns
{
	FoundRun   *runs;
	int			count;
	int			room;
} FoundRuns;

typedef struct StreakLook
{
	Sweep	   *sweep;
	BoundRule  *rule;
	RuleEventList *list;
	OpenRun    *open;			/* by key (strcmp) */
	int			open_count;
	int			next;
	int			first_day;		/* read from here */
	StreakInput input;
	FoundRuns	found;			/* that no open wait stands for */
	StreakDay  *days;			/* of the key being read */
	int			room;
} StreakLook;

static bool
counts(void *context, int day)
{
	return context == NULL || calendar_is_working(context, day);
}

/* ---- what is known of before ---- */

static void
read_open(StreakLook *look)
{
	Oid			types[1] = {INT4OID};
	Datum		values[1] = {Int32GetDatum(look->rule->rule_id)};
	MemoryContext caller;

	sp_run_query("SELECT w.key COLLATE \"C\", w.trigger_event, w.anchor FROM pulse_internal.wait AS w"
				 " WHERE w.rule_id = $1 AND w.end_reason IS NULL ORDER BY 1", 1, types, values);
	caller = MemoryContextSwitchTo(look->sweep->context);
	look->open_count = (int) SPI_processed;
	look->open = MemoryContextAllocHuge(CurrentMemoryContext, sizeof(OpenRun) * (look->open_count + 1));
	for (int i = 0; i < look->open_count; i++)
	{
		OpenRun    *open = &look->open[i];
		bool		isnull;

		open->key = sp_text_at(i, 1);
		open->start = (int) sp_bigint_at(i, 2);
		open->reached = sp_day_of(DatumGetTimestampTz(sp_datum_at(i, 3, &isnull))) - 1;
		look->first_day = Min(look->first_day, open->start - 1);
	}
	MemoryContextSwitchTo(caller);
	SPI_freetuptable(SPI_tuptable);
}

/* ---- one key ---- */

static void
say(StreakLook *look, const char *key, unsigned input, Instant at, int64 id, Instant anchor)
{
	EngineEvent event = {.at = at,.event_id = id,.input = input,.anchor = anchor};

	sp_add_look(look->sweep, look->list, key, &event);
}

/* What became of a run that was open; true: it goes on. */
static bool
judge(StreakLook *look, const OpenRun *open)
{
	int			broken = streak_broken(&look->input, open->start);

	if (broken == STREAK_NEVER)
		return true;
	if (broken <= open->reached)
		say(look, open->key, INPUT_ANSWER, sp_day_start(broken), END_LATE, INSTANT_NONE);
	else
		say(look, open->key, INPUT_ANSWER, sp_day_start(broken + 1), END_OF_RUN, INSTANT_NONE);
	return false;
}

static void
end_before(StreakLook *look, const char *key)
{
	while (look->next < look->open_count && (key == NULL || strcmp(look->open[look->next].key, key) < 0))
		say(look, look->open[look->next++].key, INPUT_CLEARED, look->sweep->batch.high, 0, INSTANT_NONE);
}

static void
finish_key(StreakLook *look, const char *key)
{
	StreakRun	run;
	bool		goes_on = false;

	look->input.days = look->days;
	end_before(look, key);
	if (look->next < look->open_count && strcmp(look->open[look->next].key, key) == 0)
		goes_on = judge(look, &look->open[look->next++]);
	run = streak_current(&look->input);
	if (run.found && !goes_on)
	{
		MemoryContext caller = MemoryContextSwitchTo(look->sweep->context);

		GROW(&look->found, runs, count, room);
		look->found.runs[look->found.count++] = (FoundRun)
		{
			pstrdup(key), run
		};
		MemoryContextSwitchTo(caller);
	}
}

/* A run whose break was repaired later has been told of already. */
static void
begin_runs(StreakLook *look)
{
	for (int i = 0; i < look->found.count; i++)
	{
		const FoundRun *found = &look->found.runs[i];

		if (!sp_had_trigger(look->rule, found->key, found->run.start))
			say(look, found->key, INPUT_TRIGGER, sp_day_start(found->run.start), found->run.start,
				sp_day_start(found->run.reached + 1));
	}
}

static void
add_day(StreakLook *look, int day, bool good)
{
	if (look->input.count >= look->room)
	{
		look->room = look->room == 0 ? 64 : look->room * 2;
		look->days = look->days == NULL ?
			MemoryContextAllocHuge(look->sweep->context, sizeof(StreakDay) * look->room) :
			repalloc_huge(look->days, sizeof(StreakDay) * look->room);
	}
	look->days[look->input.count++] = (StreakDay)
	{
		day, good
	};
}

/* ---- all keys ---- */

/* How far back a run may have to be looked for where none is open. */
static int
days_back(const Rule *rule, MissingDays missing)
{
	if (missing == MISSING_SKIP)
		return (int) Min(rule->streak.count * 7 + 366, 36600);
	return (int) Min(rule->streak.count * (rule->streak.unit == UNIT_WORKING_DAY ? 7 : 2) + 60, 36600);
}

/* $1, $2: the first and the last day */
char *
sp_streak_query(const BoundRule *rule)
{
	const char *day = sp_day_column(rule->subject);

	if (day == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("the relation of rule \"%s\" does not have one column of type date", rule->name),
				 errdetail("Consecutive days are counted by it."),
				 errhint("Make a view with one such column, and alter the rule.")));
	return psprintf("SELECT %s AS key, e.%s::pg_catalog.date AS day, bool_or(%s) FROM %s AS e"
					" WHERE e.%s BETWEEN $1 AND $2 AND %s IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2",
					sp_subject_key(rule), quote_identifier(day), sp_subject_holds(rule),
					sp_relation_name(rule->subject), quote_identifier(day), sp_subject_key(rule));
}

static char *
take_rows(StreakLook *look, char *key, const SPITupleTable *rows, uint64 count)
{
	for (uint64 i = 0; i < count; i++)
	{
		HeapTuple	row = rows->vals[i];
		TupleDesc	desc = rows->tupdesc;
		char	   *this_key = SPI_getvalue(row, desc, 1);
		bool		isnull;

		if (key == NULL || strcmp(key, this_key) != 0)
		{
			CHECK_FOR_INTERRUPTS();
			if (key != NULL)
				finish_key(look, key);
			look->input.count = 0;
			key = MemoryContextStrdup(look->sweep->context, this_key);
		}
		pfree(this_key);
		add_day(look, DatumGetDateADT(SPI_getbinval(row, desc, 2, &isnull)),
				DatumGetBool(SPI_getbinval(row, desc, 3, &isnull)));
	}
	return key;
}

static void
read_days(StreakLook *look)
{
	Oid			types[2] = {DATEOID, DATEOID};
	Datum		values[2] = {DateADTGetDatum(look->first_day), DateADTGetDatum(look->input.last_day)};
	char	   *key = NULL;
	SpSpiScope	scope;
	Portal		portal;
	uint64		fetched;

	sp_begin_look(&scope, look->rule);
	portal = SPI_cursor_open_with_args(NULL, sp_streak_query(look->rule), 2, types, values, NULL, true,
									   CURSOR_OPT_NO_SCROLL);
	do
	{
		SPITupleTable *rows;

		SPI_cursor_fetch(portal, true, FETCH_ROWS);
		fetched = SPI_processed;
		rows = SPI_tuptable;
		key = take_rows(look, key, rows, fetched);
		SPI_freetuptable(rows);
	} while (fetched > 0);
	SPI_cursor_close(portal);
	if (key != NULL)
		finish_key(look, key);
	sp_spi_end(&scope);
}

void
sp_look_at_streak(Sweep *sweep, BoundRule *rule, RuleEventList *list)
{
	StreakLook	look = {.sweep = sweep,.rule = rule,.list = list};
	bool		working = rule->rule->streak.unit == UNIT_WORKING_DAY;

	look.input.missing = streak_missing(rule->rule);
	look.input.need = (int) rule->rule->streak.count;
	look.input.counts = counts;
	look.input.context = working ? unconstify(Calendar *, sp_calendar(rule->keeper.context)) : NULL;
	look.input.last_day = sp_day_of(sweep->batch.high) - 1;
	look.first_day = look.input.last_day - days_back(rule->rule, look.input.missing);
	read_open(&look);
	read_days(&look);
	end_before(&look, NULL);
	begin_runs(&look);
}
