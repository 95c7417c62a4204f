/*
 * bind_calendar.c
 *	  USING CALENDAR bound to the calendars of this database.
 *
 * A rule keeps the name.  Who makes a rule locks the calendar's row as a foreign
 * key does, so that it is not dropped meanwhile; afterwards the trigger of
 * objects_clause.sql finds the rule.
 */
#include "rule/shell.h"

#include "calendar/calendar.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "rule/lang_internal.h"
#include "rule/vocabulary.h"
#include "utils/builtins.h"

/* of the calendars there are, the one that was perhaps meant, in UTF-8, or NULL */
static const char *
nearest_calendar(const char *given, List *names)
{
	int			most = ((int) strlen(given) + 2) / 3;
	const char *nearest = NULL;
	ListCell   *cell;

	foreach(cell, names)
	{
		const char *name = sp_to_utf8(lfirst(cell));
		int			distance = label_distance(name, given, strlen(given), true);

		if (distance > most)
			continue;
		most = distance - 1;
		nearest = name;
	}
	return nearest;
}

bool
sp_bind_calendar(Arena *arena, const Rule *rule, LangError *error)
{
	List	   *names = NIL;
	const char *nearest;
	ListCell   *cell;

	if (rule->calendar == NULL)
		return true;
	names = sp_calendar_names();
	foreach(cell, names)
		if (strcmp(lfirst(cell), sp_from_utf8(rule->calendar)) == 0)
		return true;
	nearest = nearest_calendar(rule->calendar, names);
	return sp_lang_fail(error, LANG_UNKNOWN_NAME, rule->calendar_offset,
						lang_format(arena, in_tongue(rule->tongue, "unknown calendar \"%s\"", "没有名为“%s”的日历"), rule->calendar),
						in_tongue(rule->tongue, "There is no calendar of that name.", "没有这个名称的日历。"),
						nearest == NULL ?
						in_tongue(rule->tongue, "See pulse.calendars, or make one with pulse.create_calendar().",
								  "已有的日历见 pulse.calendars，也可用 pulse.create_calendar() 新建。") :
						lang_format(arena, in_tongue(rule->tongue, "Perhaps you meant \"%s\".", "是否想写“%s”？"), nearest));
}

/* It stays until the rule is there, or is not. */
void
sp_hold_calendar(const Rule *rule)
{
	Oid			types[1] = {TEXTOID};
	Datum		values[1];

	if (rule->calendar == NULL)
		return;
	values[0] = CStringGetTextDatum(sp_from_utf8(rule->calendar));
	if (sp_execute_as_owner("SELECT FROM pulse_internal.calendar WHERE name = $1 FOR KEY SHARE",
							SPI_OK_SELECT, 1, types, values, NULL) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_SP_UNKNOWN_CALENDAR),
				 errmsg("unknown calendar \"%s\"", sp_from_utf8(rule->calendar)),
				 errdetail("It was dropped a moment ago."),
				 errhint("Look at SELECT * FROM pulse.calendars.")));
}
