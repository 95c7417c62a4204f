/*
 * hours.c
 *	  Arithmetic of working time.  Pure C: no server, no clock, no allocation.
 *
 * As with working days, all rests on one function: the working time before an
 * instant.  Weeks are a formula; holidays, make-up days and days on which
 * clocks change are a sorted list with running balances.  Time between is a
 * difference; adding is the inverse, found by bisection over days.
 */
#include "calendar/hours.h"

#define SECONDS_A_DAY	86400

/* the windows of a day, or NULL */
static const DayHours *
windows_of(const WorkingHours *hours, int32_t day)
{
	if (!working_is(hours->days, day))
		return NULL;
	return &hours->hours[working_weekday(hours->days->week, day) ? working_weekday_of(day) : MAKEUP_DAY];
}

/* the k-th window as instants */
static void
window_moments(const WorkingHours *hours, int32_t day, const DayWindow *window, Moment *opens, Moment *closes)
{
	*opens = hours->wall.moment(hours->wall.zone, day, window->opens);
	*closes = hours->wall.moment(hours->wall.zone, day, window->closes);
}

/* what a day has, as the wall says: the same for all days of its kind */
static int64_t
nominal_time(const DayHours *day)
{
	int64_t		sum = 0;

	for (int i = 0; i < day->n_windows; i++)
		sum += (day->windows[i].closes - day->windows[i].opens) * MOMENT_SECOND;
	return sum;
}

/* working time of a day before an instant */
static int64_t
time_of_day_before(const WorkingHours *hours, int32_t day, Moment at)
{
	const DayHours *windows = windows_of(hours, day);
	int64_t		sum = 0;

	for (int i = 0; windows != NULL && i < windows->n_windows; i++)
	{
		Moment		opens;
		Moment		closes;

		window_moments(hours, day, &windows->windows[i], &opens, &closes);
		if (at <= opens)
			break;
		sum += (at < closes ? at : closes) - opens;
	}
	return sum;
}

/* what the week alone says of a day */
static int64_t
regular_time(const WorkingHours *hours, int32_t day)
{
	int			weekday = working_weekday_of(day);

	return hours->begun[weekday + 1] - hours->begun[weekday];
}

static void
prepare_week(WorkingHours *hours)
{
	hours->begun[0] = 0;
	for (int i = 0; i < 7; i++)
		hours->begun[i + 1] = hours->begun[i] +
			((hours->days->week >> i) & 1 ? nominal_time(&hours->hours[i]) : 0);
	hours->opens = SECONDS_A_DAY;
	hours->runs_on = 0;
	for (int i = 0; i < DAY_KINDS; i++)
	{
		const DayHours *day = &hours->hours[i];

		if (day->n_windows == 0)
			continue;
		if (day->windows[0].opens < hours->opens)
			hours->opens = day->windows[0].opens;
		if (day->windows[day->n_windows - 1].closes - SECONDS_A_DAY > hours->runs_on)
			hours->runs_on = day->windows[day->n_windows - 1].closes - SECONDS_A_DAY;
	}
}

void
hours_prepare(WorkingHours *hours, const int32_t *changes, int n_changes, TimeException *exceptions)
{
	const WorkingDays *days = hours->days;
	int			change = 0;
	int			exception = 0;
	int64_t		balance = 0;

	prepare_week(hours);
	hours->n_exceptions = 0;
	hours->exceptions = exceptions;
	while (change < n_changes || exception < days->n_exceptions)
	{
		int32_t		day = exception < days->n_exceptions ? days->exceptions[exception].day : INT32_MAX;
		int64_t		time;

		if (change < n_changes && changes[change] < day)
			day = changes[change];
		while (change < n_changes && changes[change] == day)
			change++;
		if (exception < days->n_exceptions && days->exceptions[exception].day == day)
			exception++;
		/* the night before the first day is reckoned with */
		if (day < hours->first - 1 || day >= hours->past)
			continue;
		time = time_of_day_before(hours, day, INT64_MAX) - regular_time(hours, day);
		if (time == 0)
			continue;
		balance += time;
		exceptions[hours->n_exceptions].day = day;
		exceptions[hours->n_exceptions++].balance = balance;
	}
}

int64_t
hours_before_day(const WorkingHours *hours, int32_t day)
{
	int			low = 0;
	int			high = hours->n_exceptions;

	while (low < high)
	{
		int			middle = (low + high) / 2;

		if (hours->exceptions[middle].day < day)
			low = middle + 1;
		else
			high = middle;
	}
	return working_week_of(day) * hours->begun[7] + hours->begun[working_weekday_of(day)] +
		(low > 0 ? hours->exceptions[low - 1].balance : 0);
}

/*
 * The day that the wall shows; where clocks go back over midnight it shows the
 * day before once more, and the day begun stays.
 */
int32_t
hours_day(const WorkingHours *hours, Moment at)
{
	int32_t		day = hours->wall.day(hours->wall.zone, at);

	while (at >= hours->wall.moment(hours->wall.zone, day + 1, 0))
		day++;
	return day;
}

void
hours_days(const WorkingHours *hours, Moment at, int32_t *first, int32_t *last)
{
	int32_t		day = hours_day(hours, at);

	*first = *last = day;
	if (hours->runs_on == 0 || at >= hours->wall.moment(hours->wall.zone, day, hours->runs_on))
		return;
	*first = day - 1;
	if (at < hours->wall.moment(hours->wall.zone, day, hours->opens))
		*last = day - 1;
}

int64_t
hours_before(const WorkingHours *hours, Moment at)
{
	int32_t		day = hours_day(hours, at);
	int64_t		time = time_of_day_before(hours, day, at);

	if (hours->runs_on == 0)
		return hours_before_day(hours, day) + time;
	return hours_before_day(hours, day - 1) + time_of_day_before(hours, day - 1, at) + time;
}

/* The first day in [low, high) by whose end there is more than count, or as much. */
static int32_t
first_day_with(const WorkingHours *hours, int32_t low, int32_t high, int64_t count, bool more)
{
	while (low < high)
	{
		int32_t		middle = low + (high - low) / 2;
		int64_t		before = hours_before_day(hours, middle + 1);

		if (more ? before > count : before >= count)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

static bool
find_moment(const WorkingHours *hours, int32_t low, int32_t high, int64_t count, bool latest, Moment *at)
{
	int32_t		day = first_day_with(hours, low, high, count, latest);
	int64_t		left = count - hours_before_day(hours, day);
	const DayHours *windows = day < high ? windows_of(hours, day) : NULL;

	for (int i = 0; windows != NULL && i < windows->n_windows; i++)
	{
		Moment		opens;
		Moment		closes;

		window_moments(hours, day, &windows->windows[i], &opens, &closes);
		if (latest ? left < closes - opens : left <= closes - opens)
		{
			*at = opens + left;
			return left >= 0;
		}
		left -= closes - opens;
	}
	return false;
}

bool
hours_earliest(const WorkingHours *hours, int32_t low, int32_t high, int64_t count, Moment *at)
{
	return find_moment(hours, low, high, count, false, at);
}

bool
hours_latest(const WorkingHours *hours, int32_t low, int32_t high, int64_t count, Moment *at)
{
	return find_moment(hours, low, high, count, true, at);
}

/* whether a window of the day is open */
static bool
day_open(const WorkingHours *hours, int32_t day, Moment at)
{
	const DayHours *windows = windows_of(hours, day);

	for (int i = 0; windows != NULL && i < windows->n_windows; i++)
	{
		Moment		opens;
		Moment		closes;

		window_moments(hours, day, &windows->windows[i], &opens, &closes);
		if (at >= opens && at < closes)
			return true;
	}
	return false;
}

bool
hours_open(const WorkingHours *hours, Moment at)
{
	int32_t		day = hours_day(hours, at);

	return day_open(hours, day, at) || (hours->runs_on > 0 && day_open(hours, day - 1, at));
}
