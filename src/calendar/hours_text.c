/*
 * hours_text.c
 *	  Working hours as people write them.  Pure C: no server, no allocation.
 */
#include "calendar/hours.h"

#include <string.h>

#define SECONDS_A_DAY	86400

typedef struct HoursReader
{
	const char *at;
	const char *end;
} HoursReader;

static bool
take_char(HoursReader *reader, char c)
{
	if (reader->at == reader->end || *reader->at != c)
		return false;
	reader->at++;
	return true;
}

static bool
take_digit(HoursReader *reader, int *digit)
{
	if (reader->at == reader->end || *reader->at < '0' || *reader->at > '9')
		return false;
	*digit = *reader->at++ - '0';
	return true;
}

/* HH:MM, up to 24:00, in seconds */
static bool
take_time(HoursReader *reader, int32_t *second)
{
	int			digits[4];

	if (!take_digit(reader, &digits[0]) || !take_digit(reader, &digits[1]) || !take_char(reader, ':') ||
		!take_digit(reader, &digits[2]) || !take_digit(reader, &digits[3]))
		return false;
	*second = ((digits[0] * 10 + digits[1]) * 60 + digits[2] * 10 + digits[3]) * 60;
	return digits[2] < 6 && *second <= SECONDS_A_DAY;
}

/* "5 " or "1-4 ", from 1 to 7; nothing: all that no other entry names */
static bool
take_weekdays(HoursReader *reader, int *from, int *to)
{
	HoursReader start = *reader;

	*from = *to = 0;
	if (!take_digit(reader, from))
		return true;
	*to = *from;
	if (take_char(reader, '-') && !take_digit(reader, to))
		return false;
	if (!take_char(reader, ' '))
	{
		*reader = start;		/* the first digit of a time */
		*from = *to = 0;
		return true;
	}
	return *from >= 1 && *to <= 7 && *from <= *to;
}

/* in order; false: it overlaps another, or there are too many */
static bool
add_window(DayHours *day, DayWindow window)
{
	int			i = day->n_windows;

	if (i == MAX_WINDOWS)
		return false;
	for (; i > 0 && day->windows[i - 1].opens > window.opens; i--)
		day->windows[i] = day->windows[i - 1];
	day->windows[i] = window;
	day->n_windows++;
	return (i == 0 || day->windows[i - 1].closes <= window.opens) &&
		(i == day->n_windows - 1 || window.closes <= day->windows[i + 1].opens);
}

bool
hours_add_text(HoursText *text, const char *entry, size_t length, const char **wrong)
{
	HoursReader reader = {entry, entry + length};
	DayWindow	window;
	int			from;
	int			to;
	bool		apart = true;

	*wrong = "An entry is a window of the day, such as 09:00-12:00, or one of certain weekdays, such as 5 09:00-15:00 or 1-4 09:00-18:00.";
	if (!take_weekdays(&reader, &from, &to) || !take_time(&reader, &window.opens) || !take_char(&reader, '-') ||
		!take_time(&reader, &window.closes) || reader.at != reader.end)
		return false;
	*wrong = "A window opens before 24:00 and has a length: one that closes earlier on the clock, such as 22:00-06:00, runs on past midnight; round the clock is 00:00-24:00.";
	if (window.opens == window.closes || window.opens == SECONDS_A_DAY)
		return false;
	if (window.closes < window.opens)
		window.closes += SECONDS_A_DAY;
	*wrong = "The windows of a day do not overlap, and there are at most 12.";
	if (from == 0)
		return add_window(&text->general, window);
	for (int i = from - 1; i < to; i++)
	{
		text	  ->has_special[i] = true;

		apart = add_window(&text->special[i], window) && apart;
	}
	return apart;
}

/* a weekday, or a make-up day in its place */
static const DayHours *
day_in_week(uint8_t week, const DayHours *hours, int weekday)
{
	return &hours[(week >> weekday) & 1 ? weekday : MAKEUP_DAY];
}

/* whether what runs on past midnight has closed before the next day, if it works, opens */
static bool
apart_from_next_day(uint8_t week, const DayHours *hours)
{
	for (int i = 0; i < 7; i++)
	{
		const DayHours *day = day_in_week(week, hours, i);
		const DayHours *next = day_in_week(week, hours, (i + 1) % 7);

		if (day->n_windows > 0 && next->n_windows > 0 &&
			day->windows[day->n_windows - 1].closes - SECONDS_A_DAY > next->windows[0].opens)
			return false;
	}
	return true;
}

bool
hours_of_text(const HoursText *text, uint8_t week, DayHours *hours, const char **wrong)
{
	const DayHours *makeup = &text->general;
	bool		complete = true;

	for (int i = 6; i >= 0; i--)
	{
		hours[i] = text->has_special[i] ? text->special[i] : text->general;

		if ((week >> i) & 1)
		{
			complete = complete && hours[i].n_windows > 0;

			/*
			 * without a general rule a make-up day is as the first of the
			 * week
			 */
			if (text->general.n_windows == 0)
				makeup = &hours[i];
		}
	}
	hours[MAKEUP_DAY] = *makeup;
	*wrong = complete ? "A window that runs on past midnight closes before the next day opens, make-up days too." :
		"A working day of the week has no hours.";
	return complete && apart_from_next_day(week, hours);
}
