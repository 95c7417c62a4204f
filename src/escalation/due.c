/*
 * due.c
 *	  When a task is to be finished: the rule's "2 working days" from now, maybe
 *	  by a calendar of its own; and whether a day is one on which anybody works.
 */
#include "base/base.h"

#include <ctype.h>

#include "calendar/calendar.h"
#include "escalation/attempt.h"
#include "rule/live.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/timestamp.h"

/* units as the rule language prints them; the plural has an s */
static const struct
{
	const char *name;
	DurationUnit unit;
}			units[] = {
	{"minute", UNIT_MINUTE},
	{"hour", UNIT_HOUR},
	{"day", UNIT_DAY},
	{"week", UNIT_WEEK},
	{"month", UNIT_MONTH},
	{"calendar day", UNIT_CALENDAR_DAY},
	{"working day", UNIT_WORKING_DAY},
	{"working hour", UNIT_WORKING_HOUR},
};

#define BY_CALENDAR " USING CALENDAR "

/* Cuts the calendar's name off a duration; NULL: that of the setting. */
static char *
cut_calendar(char *due_in)
{
	char	   *clause = strstr(due_in, BY_CALENDAR);

	if (clause == NULL)
		return NULL;
	*clause = '\0';
	return clause + strlen(BY_CALENDAR);
}

static Duration
read_duration(const char *text)
{
	Duration	span = {0, UNIT_DAY};
	char	   *unit;
	size_t		length;

	span.count = strtoi64(text, &unit, 10);
	while (isspace((unsigned char) *unit))
		unit++;
	length = strlen(unit);
	if (length > 0 && unit[length - 1] == 's')
		length--;
	for (int i = 0; i < lengthof(units); i++)
		if (strlen(units[i].name) == length && strncmp(units[i].name, unit, length) == 0)
		{
			span.unit = units[i].unit;
			return span;
		}
	elog(ERROR, "unknown duration: \"%s\"", text);
	return span;
}

typedef struct TaskDue
{
	const char *due_in;
	char	   *calendar;
	TimestampTz due_at;
} TaskDue;

static void
tell_due(void *argument)
{
	TaskDue    *due = argument;

	due->due_at = sp_timekeeper.add(due->calendar, sp_clock(), read_duration(due->due_in));
}

PG_FUNCTION_INFO_V1(sp_task_due);

/*
 * (due_in text) -> timestamptz.  Where it cannot be told, as when the calendar
 * ends before, a task is better without a due time than a tick that fails.
 */
Datum
sp_task_due(PG_FUNCTION_ARGS)
{
	char	   *due_in = text_to_cstring(PG_GETARG_TEXT_PP(0));
	TaskDue		due = {.calendar = cut_calendar(due_in),.due_in = due_in};

	if (sp_attempt(tell_due, &due) != NULL)
		PG_RETURN_NULL();
	PG_RETURN_TIMESTAMPTZ(due.due_at);
}

typedef struct WorkingDay
{
	const char *calendar;
	int32		day;
	bool		is_working;
} WorkingDay;

static void
look_up_day(void *argument)
{
	WorkingDay *asked = argument;

	asked->is_working = calendar_is_working(sp_calendar(asked->calendar), asked->day);
}

PG_FUNCTION_INFO_V1(sp_may_be_working_day);

/* (day date, calendar text) -> boolean: true also where the calendar ends before */
Datum
sp_may_be_working_day(PG_FUNCTION_ARGS)
{
	WorkingDay	asked = {text_to_cstring(PG_GETARG_TEXT_PP(1)), PG_GETARG_DATEADT(0)};

	PG_RETURN_BOOL(sp_attempt(look_up_day, &asked) != NULL || asked.is_working);
}
