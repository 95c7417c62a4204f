/*
 * period.c
 *	  The arithmetic of calendar periods.  Pure C: no server, no allocation.
 *
 * Invariant: a period is canonical.  Its first day is one on which such a
 * period begins, and a fiscal year that begins on January 1st is a year; so
 * equal periods are equal words.
 */
#include "types/period.h"

#include <string.h>

#define DAYS_IN_400_YEARS	146097
#define MONTHS_IN_ALL		(9999 * 12)

/* ---- days and dates, proleptic Gregorian ---- */

/* years are counted from March, so that the leap day is a year's last */
int32_t
period_day(CivilDate date)
{
	int			year = date.month <= 2 ? date.year - 1 : date.year;
	int			month = (date.month + 9) % 12;

	return year * 365 + year / 4 - year / 100 + year / 400 + (month * 153 + 2) / 5 + date.day - 1 - 306;
}

CivilDate
period_date(int32_t day)
{
	int32_t		since = day + 306;	/* from 0000-03-01 */
	int32_t		era = since / DAYS_IN_400_YEARS;
	int32_t		of_era = since % DAYS_IN_400_YEARS;
	int32_t		year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	int32_t		of_year = of_era - (year * 365 + year / 4 - year / 100);
	int			month = (of_year * 5 + 2) / 153;
	CivilDate	date;

	date.day = of_year - (month * 153 + 2) / 5 + 1;
	date.month = month < 10 ? month + 3 : month - 9;
	date.year = era * 400 + year + (date.month <= 2);
	return date;
}

static bool
is_date(CivilDate date)
{
	CivilDate	back;

	if (date.year < 1 || date.year > 9999 || date.month < 1 || date.month > 12 || date.day < 1 || date.day > 31)
		return false;
	back = period_date(period_day(date));
	return back.month == date.month;
}

static Period
make_period(int32_t first, PeriodKind kind)
{
	return (first << PERIOD_KIND_BITS) | (int32_t) kind;
}

/* day 0 was a Monday */
static int32_t
monday_of(int32_t day)
{
	return day - day % 7;
}

/* ---- what a period is made of ---- */

static bool
is_fiscal_quarter(PeriodKind kind)
{
	return kind >= PERIOD_FISCAL_QUARTER_1 && kind <= PERIOD_FISCAL_QUARTER_4;
}

/* months that a period spans; 0: it is counted in days */
static int
months_of(PeriodKind kind)
{
	if (kind == PERIOD_YEAR || kind == PERIOD_FISCAL_YEAR)
		return 12;
	if (kind == PERIOD_QUARTER || is_fiscal_quarter(kind))
		return 3;
	return kind == PERIOD_MONTH ? 1 : 0;
}

/* months since January of the year 1, for a first day */
static int64_t
month_number(CivilDate date)
{
	return (int64_t) (date.year - 1) * 12 + date.month - 1;
}

static int32_t
day_of_month_number(int64_t number, int day)
{
	CivilDate	date = {(int) (number / 12) + 1, (int) (number % 12) + 1, day};

	return period_day(date);
}

int32_t
period_past(Period period)
{
	PeriodKind	kind = period_kind(period);
	int32_t		first = period_first(period);
	CivilDate	date;

	if (kind >= PERIOD_WEEK)
		return first + (kind == PERIOD_WEEK ? 7 : 1);
	date = period_date(first);
	return day_of_month_number(month_number(date) + months_of(kind), date.day);
}

bool
period_valid(Period period)
{
	PeriodKind	kind = period_kind(period);
	int32_t		first = period_first(period);
	CivilDate	date;

	if (first < 0 || first >= PERIOD_DAYS || kind >= PERIOD_KINDS)
		return false;
	date = period_date(first);
	switch (kind)
	{
		case PERIOD_YEAR:
			return date.month == 1 && date.day == 1;
		case PERIOD_QUARTER:
			return date.month % 3 == 1 && date.day == 1;
		case PERIOD_MONTH:
			return date.day == 1;
		case PERIOD_WEEK:
			return first % 7 == 0;
		case PERIOD_DAY:
			return true;
		case PERIOD_FISCAL_YEAR:
			return date.day <= 28 && !(date.month == 1 && date.day == 1);
		default:
			/* the start of its year is 0, 3, 6 or 9 months back */
			return date.day <= 28 && month_number(date) >= 3 * (kind - PERIOD_FISCAL_QUARTER_1) &&
				!((date.month + 12 - 3 * (kind - PERIOD_FISCAL_QUARTER_1)) % 12 == 1 && date.day == 1);
	}
}

/* the first day of the fiscal year that a fiscal period belongs to */
static int32_t
fiscal_first(Period period)
{
	CivilDate	date = period_date(period_first(period));
	int			quarter = is_fiscal_quarter(period_kind(period)) ? period_kind(period) - PERIOD_FISCAL_QUARTER_1 : 0;

	return day_of_month_number(month_number(date) - 3 * quarter, date.day);
}

/* ---- the period of a day ---- */

static bool
make_fiscal(int32_t day, FiscalStart start, bool quarter, Period *period)
{
	CivilDate	date = period_date(day);
	int64_t		months = month_number(date) - (start.month - 1) - (date.day < start.day);
	int			rest = (int) (((months % 12) + 12) % 12);
	int64_t		first = month_number(date) - (date.day < start.day) - (quarter ? rest % 3 : rest);

	if (first - (quarter ? rest - rest % 3 : 0) < 0)
		return false;			/* its year began before the year 1 */
	*period = make_period(day_of_month_number(first, start.day),
						  quarter ? PERIOD_FISCAL_QUARTER_1 + rest / 3 : PERIOD_FISCAL_YEAR);
	return true;
}

static Period
make_calendar(int32_t day, PeriodKind kind)
{
	CivilDate	date = period_date(day);
	int			months = months_of(kind);

	if (months == 0)
		return make_period(kind == PERIOD_WEEK ? monday_of(day) : day, kind);
	return make_period(day_of_month_number(month_number(date) - month_number(date) % months, 1), kind);
}

static const struct
{
	const char *name;
	PeriodKind	kind;
}			grains[] = {
	{"year", PERIOD_YEAR}, {"quarter", PERIOD_QUARTER}, {"month", PERIOD_MONTH},
	{"week", PERIOD_WEEK}, {"day", PERIOD_DAY},
	{"fiscal_year", PERIOD_FISCAL_YEAR}, {"fiscal_quarter", PERIOD_FISCAL_QUARTER_1}
};

#define N_GRAINS	((int) (sizeof(grains) / sizeof(grains[0])))

const char *
period_grain(Period period)
{
	PeriodKind	kind = is_fiscal_quarter(period_kind(period)) ? PERIOD_FISCAL_QUARTER_1 : period_kind(period);

	for (int i = 0; i < N_GRAINS; i++)
		if (grains[i].kind == kind)
			return grains[i].name;
	return "";
}

bool
period_of_day(int32_t day, const char *grain, FiscalStart start, Period *period)
{
	for (int i = 0; i < N_GRAINS; i++)
	{
		PeriodKind	kind = grains[i].kind;

		if (strcmp(grains[i].name, grain) != 0)
			continue;
		if (kind != PERIOD_FISCAL_YEAR && kind != PERIOD_FISCAL_QUARTER_1)
			*period = make_calendar(day, kind);
		else if (start.month == 1 && start.day == 1)
			*period = make_calendar(day, kind == PERIOD_FISCAL_YEAR ? PERIOD_YEAR : PERIOD_QUARTER);
		else
			return make_fiscal(day, start, kind == PERIOD_FISCAL_QUARTER_1, period);
		return true;
	}
	return false;
}

/* ---- steps ---- */

bool
period_shift(Period period, int64_t n, Period *shifted)
{
	PeriodKind	kind = period_kind(period);
	int32_t		first = period_first(period);
	int			months = months_of(kind);
	CivilDate	date = period_date(first);
	int64_t		target;

	if (n < -PERIOD_DAYS || n > PERIOD_DAYS)
		return false;
	if (months == 0)
	{
		target = first + n * (kind == PERIOD_WEEK ? 7 : 1);
		if (target < 0 || target >= PERIOD_DAYS)
			return false;
		*shifted = make_period((int32_t) target, kind);
		return true;
	}
	target = month_number(date) + n * months;
	if (is_fiscal_quarter(kind))
		kind = PERIOD_FISCAL_QUARTER_1 + (int) ((((kind - PERIOD_FISCAL_QUARTER_1 + n) % 4) + 4) % 4);
	if (target < 0 || target >= MONTHS_IN_ALL)
		return false;
	*shifted = make_period(day_of_month_number(target, date.day), kind);
	return period_valid(*shifted);
}

bool
period_distance(Period since, Period until, int64_t *n)
{
	PeriodKind	kind = period_kind(since);
	PeriodKind	other = period_kind(until);
	int			months = months_of(kind);
	CivilDate	from = period_date(period_first(since));
	CivilDate	to = period_date(period_first(until));
	int64_t		between = months == 0 ? period_first(until) - period_first(since) : month_number(to) - month_number(from);

	if (kind != other && !(is_fiscal_quarter(kind) && is_fiscal_quarter(other)))
		return false;
	if (months > 0 && (from.day != to.day || between % months != 0 ||
					   (is_fiscal_quarter(kind) && ((between / 3 - ((int) other - (int) kind)) % 4) != 0)))
		return false;			/* their fiscal years begin on different days */
	*n = between / (months == 0 ? (kind == PERIOD_WEEK ? 7 : 1) : months);
	return true;
}

/* ---- text ---- */

static bool
take_number(const char **at, const char *end, int digits, int *number)
{
	*number = 0;
	for (int i = 0; i < digits; i++)
	{
		if (*at == end || **at < '0' || **at > '9')
			return false;
		*number = *number * 10 + (*(*at)++ - '0');
	}
	return true;
}

static bool
take_char(const char **at, const char *end, char c)
{
	if (*at == end || (**at != c && **at != c - 'A' + 'a'))
		return false;
	(*at)++;
	return true;
}

static bool
parse_quarter(const char *at, const char *end, int year, Period *period)
{
	CivilDate	date = {year, 1, 1};
	int			quarter;

	if (!take_number(&at, end, 1, &quarter) || at != end || quarter < 1 || quarter > 4 || year < 1)
		return false;
	date.month = quarter * 3 - 2;
	*period = make_period(period_day(date), PERIOD_QUARTER);
	return true;
}

/* week 1 is the one with January 4th */
static bool
parse_week(const char *at, const char *end, int year, Period *period)
{
	CivilDate	fourth = {year, 1, 4};
	CivilDate	next_fourth = {year + 1, 1, 4};
	int			week;
	int32_t		first;

	if (!take_number(&at, end, 2, &week) || at != end || week < 1 || year < 1)
		return false;
	first = monday_of(period_day(fourth)) + (week - 1) * 7;
	if (first >= monday_of(period_day(next_fourth)) || first >= PERIOD_DAYS)
		return false;
	*period = make_period(first, PERIOD_WEEK);
	return true;
}

static bool
parse_month_or_day(const char *at, const char *end, int year, Period *period)
{
	CivilDate	date = {year, 1, 1};
	bool		day;

	if (!take_number(&at, end, 2, &date.month))
		return false;
	day = at != end;
	if (day && (!take_char(&at, end, '-') || !take_number(&at, end, 2, &date.day)))
		return false;
	if (at != end || !is_date(date))
		return false;
	*period = make_period(period_day(date), day ? PERIOD_DAY : PERIOD_MONTH);
	return true;
}

/* after FY: the first day of the fiscal year, and Q1 to Q4 */
static bool
parse_fiscal(const char *at, const char *end, Period *period)
{
	CivilDate	date;
	FiscalStart start;
	int			quarter = 0;
	int64_t		month;

	if (!take_number(&at, end, 4, &date.year) || !take_char(&at, end, '-') ||
		!take_number(&at, end, 2, &date.month) || !take_char(&at, end, '-') ||
		!take_number(&at, end, 2, &date.day) || !is_date(date) || date.day > 28)
		return false;
	if (at != end && (!take_char(&at, end, 'Q') || !take_number(&at, end, 1, &quarter) || quarter < 1 || quarter > 4))
		return false;
	month = month_number(date) + (quarter > 0 ? (quarter - 1) * 3 : 0);
	if (at != end || month >= MONTHS_IN_ALL)
		return false;
	start.month = date.month;
	start.day = date.day;
	return period_of_day(day_of_month_number(month, date.day), quarter > 0 ? "fiscal_quarter" : "fiscal_year", start, period);
}

bool
period_parse(const char *string, size_t length, Period *period)
{
	const char *at = string;
	const char *end = string + length;
	CivilDate	date = {0, 1, 1};
	bool		dash;

	while (at < end && *at == ' ')
		at++;
	while (end > at && end[-1] == ' ')
		end--;
	if (end - at > 2 && take_char(&at, end, 'F'))
		return take_char(&at, end, 'Y') && parse_fiscal(at, end, period);
	if (!take_number(&at, end, 4, &date.year) || date.year < 1)
		return false;
	if (at == end)
	{
		*period = make_period(period_day(date), PERIOD_YEAR);
		return true;
	}
	dash = take_char(&at, end, '-');
	if (take_char(&at, end, 'Q'))
		return parse_quarter(at, end, date.year, period);
	if (take_char(&at, end, 'W'))
		return parse_week(at, end, date.year, period);
	return dash && parse_month_or_day(at, end, date.year, period);
}

static char *
put_number(char *end, int number, int digits)
{
	for (int i = digits - 1; i >= 0; i--)
	{
		end[i] = (char) ('0' + number % 10);
		number /= 10;
	}
	return end + digits;
}

static char *
put_date(char *end, CivilDate date)
{
	end = put_number(end, date.year, 4);
	*end++ = '-';
	end = put_number(end, date.month, 2);
	*end++ = '-';
	return put_number(end, date.day, 2);
}

/* a week belongs to the year of its Thursday */
static char *
put_week(char *end, int32_t first)
{
	CivilDate	thursday = period_date(first + 3);
	CivilDate	fourth = {thursday.year, 1, 4};

	end = put_number(end, thursday.year, 4);
	*end++ = 'W';
	return put_number(end, (first - monday_of(period_day(fourth))) / 7 + 1, 2);
}

static char *
put_fiscal(char *end, Period period)
{
	*end++ = 'F';
	*end++ = 'Y';
	end = put_date(end, period_date(fiscal_first(period)));
	if (is_fiscal_quarter(period_kind(period)))
	{
		*end++ = 'Q';
		end = put_number(end, period_kind(period) - PERIOD_FISCAL_QUARTER_1 + 1, 1);
	}
	return end;
}

/* Returns the length; string has room for PERIOD_TEXT_SIZE. */
int
period_print(char *string, Period period)
{
	CivilDate	date = period_date(period_first(period));
	char	   *end = string;

	switch (period_kind(period))
	{
		case PERIOD_YEAR:
			end = put_number(end, date.year, 4);
			break;
		case PERIOD_QUARTER:
			end = put_number(end, date.year, 4);
			*end++ = 'Q';
			end = put_number(end, (date.month + 2) / 3, 1);
			break;
		case PERIOD_MONTH:
			end = put_number(end, date.year, 4);
			*end++ = '-';
			end = put_number(end, date.month, 2);
			break;
		case PERIOD_WEEK:
			end = put_week(end, period_first(period));
			break;
		case PERIOD_DAY:
			end = put_date(end, date);
			break;
		default:
			end = put_fiscal(end, period);
			break;
	}
	*end = '\0';
	return (int) (end - string);
}
