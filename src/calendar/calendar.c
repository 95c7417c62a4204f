/*
 * calendar.c
 *	  Calendars by name: what working.c needs, cached from two small tables.
 *
 * A row of pulse_internal.calendar is a weekly pattern; a row of calendar_year
 * loads one year with its holidays and make-up days.  A row of the user's own
 * comes before the shipped one of the same year.  Invariant: the cache holds
 * what the tables held at calendar_changes and year_changes.
 */
#include "calendar/calendar_cache.h"

#include "base/base.h"

#include "access/genam.h"
#include "access/table.h"
#include "catalog/pg_type_d.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/inval.h"
#include "utils/memutils.h"
#include "utils/multirangetypes.h"
#include "utils/rel.h"

/* One year as the table has it. */
typedef struct YearRow
{
	char	   *calendar;
	int			year;
	bool		shipped;
	MultirangeType *holidays;
	ArrayType  *makeup_days;
} YearRow;

/* A day that a row speaks of; the later entry wins. */
typedef struct DayMark
{
	int32		day;
	int			order;
	bool		works;
} DayMark;

static SpWatchedTable calendar_table = {.table_name = "calendar"};
static SpWatchedTable year_table = {.table_name = "calendar_year"};
static MemoryContext calendar_context = NULL;
static Calendar *calendars = NULL;
static uint64 calendar_changes;
static uint64 year_changes;

/* ---- the years of one calendar ---- */

static void
mark_day(List **marks, int32 day, bool works)
{
	DayMark    *mark = palloc(sizeof(DayMark));

	mark->day = day;
	mark->order = list_length(*marks);
	mark->works = works;
	*marks = lappend(*marks, mark);
}

static void
mark_holidays(List **marks, MultirangeType *holidays)
{
	TypeCacheEntry *type = lookup_type_cache(MultirangeTypeGetOid(holidays), TYPECACHE_MULTIRANGE_INFO);
	RangeType **ranges;
	int			n;

	multirange_deserialize(type->rngtype, holidays, &n, &ranges);
	for (int i = 0; i < n; i++)
	{
		RangeBound	lower;
		RangeBound	upper;
		bool		empty;

		range_deserialize(type->rngtype, ranges[i], &lower, &upper, &empty);
		/* date ranges are kept as [lower, upper) and the table bounds them */
		for (DateADT day = DatumGetDateADT(lower.val); day < DatumGetDateADT(upper.val); day++)
			mark_day(marks, day, false);
	}
}

static void
mark_makeup_days(List **marks, ArrayType *makeup_days)
{
	Datum	   *elements;
	int			n;

	deconstruct_array(makeup_days, DATEOID, sizeof(DateADT), true, TYPALIGN_INT, &elements, NULL, &n);
	for (int i = 0; i < n; i++)
		mark_day(marks, DatumGetDateADT(elements[i]), true);
}

static int
compare_marks(const ListCell *left, const ListCell *right)
{
	const DayMark *a = lfirst(left);
	const DayMark *b = lfirst(right);

	if (a->day != b->day)
		return a->day < b->day ? -1 : 1;
	return a->order - b->order;
}

/* Only the days that differ from the week are exceptions. */
static void
set_exceptions(Calendar *calendar, List *marks)
{
	DayException *exceptions = palloc(Max(list_length(marks), 1) * sizeof(DayException));
	int			n = 0;
	int			balance = 0;

	list_sort(marks, compare_marks);
	for (int i = 0; i < list_length(marks); i++)
	{
		DayMark    *mark = list_nth(marks, i);
		DayMark    *next = i + 1 < list_length(marks) ? list_nth(marks, i + 1) : NULL;

		if ((next != NULL && next->day == mark->day) ||
			mark->works == working_weekday(calendar->days.week, mark->day))
			continue;
		balance += mark->works ? 1 : -1;
		exceptions[n].day = mark->day;
		exceptions[n++].balance = balance;
	}
	calendar->days.exceptions = exceptions;
	calendar->days.n_exceptions = n;
}

static void
add_span(Calendar *calendar, DaySpan *spans, int32 first, int32 past)
{
	int			n = calendar->days.n_spans;

	if (n > 0 && spans[n - 1].past == first)
		spans[n - 1].past = past;
	else
	{
		spans[n].first = first;
		spans[n].past = past;
		calendar->days.n_spans++;
	}
}

static int32
first_of_year(int year)
{
	return date2j(year, 1, 1) - POSTGRES_EPOCH_JDATE;
}

/* rows are sorted by year, the user's own before the shipped one */
static void
add_years(Calendar *calendar, List *rows)
{
	DaySpan    *spans = palloc((list_length(rows) + 1) * sizeof(DaySpan));
	List	   *marks = NIL;
	int			latest = 0;
	ListCell   *cell;

	if (calendar->every_year)
		add_span(calendar, spans, DAY_FIRST, DAY_PAST);
	foreach(cell, rows)
	{
		YearRow    *row = lfirst(cell);

		if (strcmp(row->calendar, calendar->name) != 0 || row->year == latest)
			continue;
		latest = row->year;
		if (!calendar->every_year)
			add_span(calendar, spans, first_of_year(row->year), first_of_year(row->year + 1));
		mark_holidays(&marks, row->holidays);
		mark_makeup_days(&marks, row->makeup_days);
	}
	calendar->days.spans = spans;
	set_exceptions(calendar, marks);
}

/* ---- reading the tables ---- */

uint8
calendar_week(ArrayType *weekdays)
{
	uint8		bits = 0;
	Datum	   *elements;
	int			n;

	deconstruct_array(weekdays, INT4OID, sizeof(int32), true, TYPALIGN_INT, &elements, NULL, &n);
	for (int i = 0; i < n; i++)
		bits |= 1 << (DatumGetInt32(elements[i]) - 1);
	return bits;
}

static void *
read_calendar_row(HeapTuple tuple, TupleDesc desc)
{
	Calendar   *calendar = palloc0(sizeof(Calendar));
	Datum		zone;
	bool		isnull;

	calendar->name = TextDatumGetCString(heap_getattr(tuple, 1, desc, &isnull));
	calendar->days.week = calendar_week(DatumGetArrayTypePCopy(heap_getattr(tuple, 2, desc, &isnull)));
	calendar->every_year = DatumGetBool(heap_getattr(tuple, 3, desc, &isnull));
	calendar_read_hours(DatumGetArrayTypePCopy(heap_getattr(tuple, 4, desc, &isnull)),
						calendar->days.week, calendar->hours);
	zone = heap_getattr(tuple, 5, desc, &isnull);
	calendar->timezone = isnull ? NULL : TextDatumGetCString(zone);
	calendar->context = CurrentMemoryContext;
	return calendar;
}

static void *
read_year_row(HeapTuple tuple, TupleDesc desc)
{
	YearRow    *row = palloc(sizeof(YearRow));
	bool		isnull;

	row->calendar = TextDatumGetCString(heap_getattr(tuple, 1, desc, &isnull));
	row->year = DatumGetInt32(heap_getattr(tuple, 2, desc, &isnull));
	row->holidays = DatumGetMultirangeTypePCopy(heap_getattr(tuple, 3, desc, &isnull));
	row->makeup_days = DatumGetArrayTypePCopy(heap_getattr(tuple, 4, desc, &isnull));
	row->shipped = DatumGetBool(heap_getattr(tuple, 5, desc, &isnull));
	return row;
}

static int
compare_year_rows(const ListCell *left, const ListCell *right)
{
	const YearRow *a = lfirst(left);
	const YearRow *b = lfirst(right);

	return a->year != b->year ? a->year - b->year : (int) a->shipped - (int) b->shipped;
}

/* All rows of a table; *changes is the state they were read at. */
static List *
read_table(SpWatchedTable *table, void *(*read_row) (HeapTuple, TupleDesc), uint64 *changes)
{
	List	   *rows = NIL;
	Relation	rel = table_open(sp_watched_relid(table), AccessShareLock);
	SysScanDesc scan;
	HeapTuple	tuple;

	*changes = table->changes;	/* after the lock, before the first row */
	scan = systable_beginscan(rel, InvalidOid, false, NULL, 0, NULL);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
		rows = lappend(rows, read_row(tuple, RelationGetDescr(rel)));
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return rows;
}

static void
load_calendars(void)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "salespulse calendars",
												  ALLOCSET_SMALL_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	uint64		changes[2];
	List	   *rows = read_table(&calendar_table, read_calendar_row, &changes[0]);
	List	   *years = read_table(&year_table, read_year_row, &changes[1]);
	Calendar   *first = NULL;
	ListCell   *cell;

	list_sort(years, compare_year_rows);
	foreach(cell, rows)
	{
		Calendar   *calendar = lfirst(cell);

		add_years(calendar, years);
		calendar->next = first;
		first = calendar;
	}

	/* from here nothing can fail */
	MemoryContextSwitchTo(caller);
	MemoryContextSetParent(context, CacheMemoryContext);
	if (calendar_context != NULL)
		MemoryContextDelete(calendar_context);
	calendar_context = context;
	calendars = first;
	calendar_changes = changes[0];
	year_changes = changes[1];
}

static const Calendar *
known_calendars(void)
{
	AcceptInvalidationMessages();	/* a statement that takes no lock hears
									 * nothing */
	if (calendar_context == NULL || calendar_changes != calendar_table.changes ||
		year_changes != year_table.changes)
		load_calendars();
	return calendars;
}

List *
sp_calendar_names(void)
{
	List	   *names = NIL;

	for (const Calendar *calendar = known_calendars(); calendar != NULL; calendar = calendar->next)
		names = lappend(names, pstrdup(calendar->name));
	return names;
}

const Calendar *
sp_calendar(const char *name)
{
	if (name == NULL)
		name = sp_setting("calendar");
	for (const Calendar *calendar = known_calendars(); calendar != NULL; calendar = calendar->next)
		if (strcmp(calendar->name, name) == 0)
			return calendar;
	ereport(ERROR,
			(errcode(ERRCODE_SP_UNKNOWN_CALENDAR),
			 errmsg("unknown calendar \"%s\"", name),
			 errdetail("There is no calendar of that name."),
			 errhint("Look at SELECT * FROM pulse.calendars, or make one with pulse.create_calendar().")));
	return NULL;
}

/* ---- what the rooms below ask ---- */

/* Says why a day is not one that the calendar speaks about. */
void
calendar_refuse_day(const Calendar *calendar, int32 day)
{
	int			year;
	int			month;
	int			monthday;

	if (day < DAY_FIRST || day >= DAY_PAST)
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("date out of range for working days"),
				 errdetail("Working days are counted between finite dates."),
				 errhint("Leave out rows with an infinite date.")));
	j2date(day + POSTGRES_EPOCH_JDATE, &year, &month, &monthday);
	ereport(ERROR,
			(errcode(ERRCODE_SP_CALENDAR_RANGE),
			 errmsg("calendar \"%s\" is not loaded for %d", calendar->name, year),
			 errdetail("Working days are known only in the years whose holidays are loaded; see pulse.calendars."),
			 errhint("INSERT INTO pulse.calendar_years (calendar, year, holidays, makeup_days) VALUES ('%s', %d, '{[%d-01-01,%d-01-01]}', '{}')",
					 calendar->name, year, year, year)));
}

void
calendar_require(const Calendar *calendar, int32 first, int32 last)
{
	int32		missing = first;

	if (working_span(&calendar->days, first, last) != NULL)
		return;
	for (int i = 0; i < calendar->days.n_spans; i++)
		if (missing >= calendar->days.spans[i].first && missing < calendar->days.spans[i].past)
			missing = calendar->days.spans[i].past;
	calendar_refuse_day(calendar, Min(missing, last));
}

bool
calendar_is_working(const Calendar *calendar, int32 day)
{
	calendar_require(calendar, day, day);
	return working_is(&calendar->days, day);
}

int32
calendar_add_days(const Calendar *calendar, int32 day, int64 n)
{
	const DaySpan *span;
	int32		result;

	calendar_require(calendar, day, day);
	if (!working_add(&calendar->days, day, n, &result))
	{
		span = working_span(&calendar->days, day, day);
		calendar_refuse_day(calendar, n > 0 ? span->past : span->first - 1);
	}
	return result;
}

int64
calendar_days_between(const Calendar *calendar, int32 since, int32 until)
{
	if (until < since)
		return -calendar_days_between(calendar, until, since);
	/* until itself is not counted, but an empty range has to be somewhere too */
	calendar_require(calendar, since, until > since ? until - 1 : since);
	return working_before(&calendar->days, until) - working_before(&calendar->days, since);
}
