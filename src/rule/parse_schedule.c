/*
 * parse_schedule.c
 *	  EVERY working day AT 08:00: sentences that go by the clock, in both tongues.
 *
 *	  en: EVERY [working] day | Monday, Friday | month ON [the] day 5 | 5th
 *		  [working] day | last [working] day, AT 08:00 | 8:30 pm
 *	  zh: 每天 | 每个工作日 | 每周一、周五 | 每月5日 | 每月第3个工作日 | 每月最后一个工作日
 *		  8:00 | 8点 | 下午3点半
 *
 * Names of days are no keywords: they are looked for only after EVERY.
 */
#include "rule/lang_internal.h"

#include <string.h>
#include <strings.h>

typedef struct Spelling
{
	const char *text;
	int			value;
} Spelling;

/* The longest spelling at a place; in English whole words in any case. */
static size_t
scan_spellings(const Parser *p, size_t at, const Spelling *spellings, int *value)
{
	size_t		longest = 0;

	for (; spellings->text !=NULL; spellings++)
	{
		size_t		length = strlen(spellings->text);

		if (length <= longest || p->length - at < length ||
			strncasecmp(p->folded + at, spellings->text, length) != 0)
			continue;
		if (p->tongue == TONGUE_EN && scan_plain_word(p, at + length) > 0)
			continue;
		longest = length;
		*value = spellings->value;
	}
	return longest;
}

static bool
take_spelling(Parser *p, const Spelling *spellings, int *value)
{
	size_t		size;

	skip_space(p);
	size = scan_spellings(p, p->at, spellings, value);
	p->at += size;
	return size > 0;
}

/* ---- the time of day ---- */

#define MORNING		1
#define AFTERNOON	2
#define HALF		30
#define WHOLE		0

static const Spelling parts_en[] = {{"am", MORNING}, {"pm", AFTERNOON}, {NULL, 0}};
static const Spelling parts_zh[] = {
	{"上午", MORNING}, {"早上", MORNING}, {"早晨", MORNING}, {"凌晨", MORNING}, {"清晨", MORNING},
	{"中午", AFTERNOON}, {"下午", AFTERNOON}, {"傍晚", AFTERNOON}, {"晚上", AFTERNOON}, {NULL, 0}
};
static const Spelling hour_marks[] = {{"点钟", 0}, {"点", 0}, {"时", 0}, {NULL, 0}};
static const Spelling minute_marks[] = {{"半", HALF}, {"整", WHOLE}, {NULL, 0}};
static const Spelling minute_ends[] = {{"分钟", 0}, {"分", 0}, {NULL, 0}};

/* A whole number of at most four digits. */
static bool
take_whole(Parser *p, int *value)
{
	const char *digits;
	size_t		size;

	skip_space(p);
	size = scan_number(p, p->at, &digits);
	if (size == 0 || strlen(digits) > 4 || strspn(digits, "0123456789") != strlen(digits))
		return false;
	*value = 0;
	for (; *digits != '\0'; digits++)
		*value = *value * 10 + (*digits - '0');
	p->at += size;
	return true;
}

/* 点半, 点30分, 点 */
static void
take_minutes_zh(Parser *p, int *minutes)
{
	size_t		start = p->at;

	if (take_spelling(p, minute_marks, minutes))
		return;
	start = p->at;
	if (take_whole(p, minutes))
	{
		int			ignored;

		if (take_spelling(p, minute_ends, &ignored))
			return;
	}
	*minutes = 0;
	p->at = start;
}

static bool
fail_clock(Parser *p, size_t at)
{
	return fail_at(p, LANG_SYNTAX, at,
				   lang_say(p, "there is no such time of day", "没有这个时刻"),
				   lang_say(p, "A day has the times from 00:00 to 23:59.", "一天的时刻从0:00到23:59。"),
				   lang_say(p, "Write a time such as 08:00.", "请写时刻，如8:00。"));
}

/* 08:00, 8:30 pm, 下午3点半 */
bool
expect_clock(Parser *p, int *minute)
{
	const Spelling *parts = p->tongue == TONGUE_ZH ? parts_zh : parts_en;
	size_t		start;
	int			hours;
	int			minutes = 0;
	int			ignored;
	int			part = 0;

	skip_space(p);
	start = p->at;
	if (p->tongue == TONGUE_ZH)
		(void) take_spelling(p, parts, &part);
	if (!take_whole(p, &hours))
		return fail_expected(p, "a time of day such as 08:00", "时刻，如8:00、8点");
	if (take_symbol(p, ":"))
	{
		if (!take_whole(p, &minutes))
			return fail_expected(p, "minutes", "分钟数");
	}
	else if (p->tongue == TONGUE_ZH && take_spelling(p, hour_marks, &ignored))
		take_minutes_zh(p, &minutes);
	else if (p->tongue == TONGUE_ZH)
		return fail_expected(p, "", "“点”，如8点、8:00");
	if (p->tongue == TONGUE_EN)
		(void) take_spelling(p, parts, &part);
	if ((part != 0 && p->tongue == TONGUE_EN && (hours < 1 || hours > 12)) || hours > 23 || minutes > 59)
		return fail_clock(p, start);
	if (part == AFTERNOON && hours < 12)
		hours += 12;
	else if (part == MORNING && hours == 12)
		hours = 0;
	*minute = hours * 60 + minutes;
	return true;
}

/* ---- which days ---- */

static const Spelling weekdays_en[] = {
	{"Monday", 0}, {"Mondays", 0}, {"Tuesday", 1}, {"Tuesdays", 1}, {"Wednesday", 2}, {"Wednesdays", 2},
	{"Thursday", 3}, {"Thursdays", 3}, {"Friday", 4}, {"Fridays", 4}, {"Saturday", 5}, {"Saturdays", 5},
	{"Sunday", 6}, {"Sundays", 6}, {NULL, 0}
};
static const Spelling weekdays_zh[] = {
	{"周一", 0}, {"星期一", 0}, {"周二", 1}, {"星期二", 1}, {"周三", 2}, {"星期三", 2}, {"周四", 3}, {"星期四", 3},
	{"周五", 4}, {"星期五", 4}, {"周六", 5}, {"星期六", 5}, {"周日", 6}, {"周天", 6}, {"星期日", 6}, {"星期天", 6}, {NULL, 0}
};
static const Spelling months[] = {{"month", 0}, {"个月", 0}, {"月", 0}, {NULL, 0}};
static const Spelling lasts[] = {{"last", 0}, {"最后一个", 0}, {"最后", 0}, {"末", 0}, {"底", 0}, {NULL, 0}};
static const Spelling days[] = {{"working day", 1}, {"business day", 1}, {"day", 0}, {NULL, 0}};
static const Spelling days_zh[] = {
	{"个工作日", 1}, {"工作日", 1}, {"一天", 0}, {"天", 0}, {"日", 0}, {"号", 0}, {NULL, 0}
};
static const Spelling ordinals[] = {{"st", 0}, {"nd", 0}, {"rd", 0}, {"th", 0}, {NULL, 0}};
static const Spelling nths[] = {{"第", 0}, {NULL, 0}};
static const Spelling articles[] = {{"the", 0}, {NULL, 0}};
static const Spelling ons[] = {{"on", 0}, {NULL, 0}};
static const Spelling ats[] = {{"at", 0}, {NULL, 0}};

static const Spelling *
weekday_names(const Parser *p)
{
	return p->tongue == TONGUE_ZH ? weekdays_zh : weekdays_en;
}

static const Spelling *
day_names(const Parser *p)
{
	return p->tongue == TONGUE_ZH ? days_zh : days;
}

/* What may follow EVERY, and no duration: every 10 days is a repeat. */
static size_t
scan_unit(const Parser *p, size_t at)
{
	int			ignored;
	size_t		size = scan_spellings(p, at, weekday_names(p), &ignored);

	if (size == 0)
		size = scan_spellings(p, at, months, &ignored);
	return size > 0 ? size : scan_spellings(p, at, day_names(p), &ignored);
}

/* Does the sentence begin with a schedule?  每日盘点 may be an event. */
bool
schedule_ahead(Parser *p)
{
	const char *name;
	const char *other;
	size_t		every;

	skip_space(p);
	every = scan_word(p, p->at, W_EVERY);
	if (every == 0 || (p->vocabulary != NULL &&
					   scan_name(p, p->at, LABEL_EVENT, NULL, &name, &other) > every))
		return false;
	return scan_unit(p, scan_space(p, p->at + every)) > 0;
}

static bool
parse_weekdays(Parser *p, Schedule *schedule)
{
	size_t		separator = p->at;
	int			day;

	schedule->period = SCHEDULE_WEEK;
	do
	{
		(void) take_word(p, W_EVERY);
		if (!take_spelling(p, weekday_names(p), &day))
		{
			p->at = separator;
			return true;
		}
		schedule->weekdays |= 1u << day;
		separator = p->at;
	} while ((p->tongue == TONGUE_ZH ? take_symbol(p, "、") || take_word(p, W_BETWEEN_AND) :
			  (take_symbol(p, ",") ? take_word(p, W_AND) || true : take_word(p, W_AND))));
	return true;
}

/* day 5, 5th [working day], working day 3, 第3个工作日, 5日 */
static bool
parse_month_number(Parser *p, Schedule *schedule)
{
	size_t		start;
	int			working = 0;
	int			ignored;

	(void) (p->tongue == TONGUE_ZH ? take_spelling(p, nths, &ignored) : take_spelling(p, days, &working));
	skip_space(p);
	start = p->at;
	if (!take_whole(p, &schedule->day))
		return fail_expected(p, "a day of the month, such as day 5 or last working day",
							 "日子，如5日、第3个工作日、最后一天");
	if (p->tongue == TONGUE_ZH)
	{
		if (!take_spelling(p, days_zh, &working))
			return fail_expected(p, "", "“日”或“个工作日”");
	}
	else if (take_spelling(p, ordinals, &ignored))
		(void) take_spelling(p, days, &working);
	schedule->working = working;
	if (schedule->day >= 1 && schedule->day <= (working ? 23 : 31))
		return true;
	return fail_at(p, LANG_SYNTAX, start,
				   lang_say(p, "no month has such a day", "没有哪个月有这一天"),
				   lang_say(p, "A month has at most 31 days and 23 working days.",
							"一个月最多31天、23个工作日。"),
				   lang_say(p, "Write day 5, working day 3 or last day.", "请写5日、第3个工作日或最后一天。"));
}

static bool
parse_month_day(Parser *p, Schedule *schedule)
{
	int			ignored;
	int			working = 0;

	schedule->period = SCHEDULE_MONTH;
	if (p->tongue == TONGUE_EN)
	{
		if (!take_spelling(p, ons, &ignored))
			return fail_expected(p, "ON and a day, such as ON day 5 or ON last working day", "");
		(void) take_spelling(p, articles, &ignored);
	}
	else
		(void) take_symbol(p, "的");
	if (!take_spelling(p, lasts, &ignored))
		return parse_month_number(p, schedule);
	schedule->day = -1;
	(void) take_spelling(p, day_names(p), &working);
	schedule->working = working;
	return true;
}

static bool
parse_days(Parser *p, Schedule *schedule)
{
	int			working = 0;
	int			ignored;

	skip_space(p);
	if (scan_spellings(p, p->at, weekday_names(p), &ignored) > 0)
		return parse_weekdays(p, schedule);
	if (take_spelling(p, months, &ignored))
		return parse_month_day(p, schedule);
	(void) take_spelling(p, day_names(p), &working);
	schedule->period = SCHEDULE_DAY;
	schedule->working = working;
	return true;
}

/* EVERY and all up to the actions. */
bool
parse_schedule(Parser *p, Rule *rule)
{
	size_t		start;
	int			ignored;

	(void) take_word(p, W_EVERY);
	if (!parse_days(p, &rule->schedule))
		return false;
	if (p->tongue == TONGUE_EN)
	{
		(void) take_symbol(p, ",");
		if (!take_spelling(p, ats, &ignored))
			return fail_expected(p, "AT and a time of day, such as AT 08:00", "");
	}
	else
		(void) (take_symbol(p, ",") || take_symbol(p, "的") || take_word(p, W_IN_TIME));
	if (!expect_clock(p, &rule->schedule.minute) || !accept_option(p, rule))
		return false;
	if (p->tongue == TONGUE_ZH)
		(void) take_word(p, W_CLAUSE_END);
	ignored = take_symbol(p, ",") || take_symbol(p, ":");
	start = p->at;
	if (p->tongue == TONGUE_ZH && !accept_option(p, rule))
		return false;
	(void) (p->at > start && take_symbol(p, ","));
	return take_word(p, W_THEN) || ignored || (reads_plain(p) && action_ahead(p)) || fail_expected(p, "THEN", "“，”");
}
