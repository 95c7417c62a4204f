/*
 * period.h
 *	  The layout and the arithmetic of pulse.period.  Pure C: no server.
 *
 * A period is a word of four bytes: its first day, counted from 0001-01-01, in
 * the upper 28 bits and what it is in the lower 4.  Kinds are numbered from
 * long to short, so the order of the words is: by first day, and of two that
 * begin together the longer first.  A fiscal quarter says which of the year it
 * is, since its first day alone does not.  The layout is on disk and final.
 */
#ifndef SP_PERIOD_H
#define SP_PERIOD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef int32_t Period;

typedef enum PeriodKind
{
	PERIOD_YEAR,
	PERIOD_FISCAL_YEAR,			/* any that does not begin on January 1st */
	PERIOD_QUARTER,
	PERIOD_FISCAL_QUARTER_1,
	PERIOD_FISCAL_QUARTER_2,
	PERIOD_FISCAL_QUARTER_3,
	PERIOD_FISCAL_QUARTER_4,
	PERIOD_MONTH,
	PERIOD_WEEK,				/* ISO 8601: Monday to Sunday */
	PERIOD_DAY,
	PERIOD_KINDS
} PeriodKind;

/* Years 1 to 9999; a period that begins in them is one. */
#define PERIOD_DAYS			3652059
#define PERIOD_KIND_BITS	4

/* Days count from 0001-01-01, a Monday. */
static inline int32_t
period_first(Period period)
{
	return period >> PERIOD_KIND_BITS;
}

static inline PeriodKind
period_kind(Period period)
{
	return (PeriodKind) (period & ((1 << PERIOD_KIND_BITS) - 1));
}

typedef struct CivilDate
{
	int			year;
	int			month;
	int			day;
} CivilDate;

/* The first day of the fiscal year: a month, and a day every month has. */
typedef struct FiscalStart
{
	int			month;
	int			day;			/* 1 to 28 */
} FiscalStart;

/* enough for FY2026-04-01Q1 and the end */
#define PERIOD_TEXT_SIZE	16

extern int32_t period_day(CivilDate date);	/* the date must exist */
extern CivilDate period_date(int32_t day);

extern bool period_valid(Period period);
extern bool period_parse(const char *string, size_t length, Period *period);
extern int	period_print(char *string, Period period);

/* past the last day; may be that of the year 10000 */
extern int32_t period_past(Period period);

/* the period of a grain that holds a day; the fiscal start matters to fiscal ones */
extern bool period_of_day(int32_t day, const char *grain, FiscalStart start, Period *period);
extern const char *period_grain(Period period);

/* n periods of the same grain on, or back; false: beyond the years there are */
extern bool period_shift(Period period, int64_t n, Period *shifted);

/* how often to shift since to get until; false: of two grains, or of two fiscal years */
extern bool period_distance(Period since, Period until, int64_t *n);

#endif							/* SP_PERIOD_H */
