/*
 * streak.c
 *	  Runs of consecutive days; see streak.h.
 *
 * Days before the first row of a key are not missing: the key was not there.
 */
#include "rule/streak.h"

typedef enum DayMark
{
	DAY_GOOD,
	DAY_BAD,
	DAY_NONE					/* neither counts nor breaks */
} DayMark;

/* *next: the first row of this day or later */
static DayMark
mark(const StreakInput *input, int day, int *next)
{
	if (!input->counts(input->context, day))
		return DAY_NONE;
	while (*next < input->count && input->days[*next].day < day)
		(*next)++;
	if (*next < input->count && input->days[*next].day == day)
		return input->days[*next].good ? DAY_GOOD : DAY_BAD;
	if (input->missing == MISSING_SKIP)
		return DAY_NONE;
	return input->missing == MISSING_COUNT ? DAY_GOOD : DAY_BAD;
}

StreakRun
streak_current(const StreakInput *input)
{
	StreakRun	run = {false, 0, 0};
	int			length = 0;
	int			next = 0;

	for (int day = input->count > 0 ? input->days[0].day : STREAK_NEVER; day <= input->last_day; day++)
	{
		DayMark		is = mark(input, day, &next);

		if (is == DAY_BAD)
			length = 0;
		if (is != DAY_GOOD)
			continue;
		if (length++ == 0)
			run.start = day;
		if (length == input->need)
			run.reached = day;
	}
	run.found = length >= input->need;
	return run;
}

int
streak_broken(const StreakInput *input, int since)
{
	int			next = 0;
	int			first = input->count > 0 ? input->days[0].day : STREAK_NEVER;

	for (int day = first > since ? first : since; day <= input->last_day; day++)
		if (mark(input, day, &next) == DAY_BAD)
			return day;
	return STREAK_NEVER;
}

/* Does everything that is said of numbers ask for less? */
static void
find_comparisons(const RuleExpr *expr, bool *less, bool *more)
{
	if (expr == NULL)
		return;
	find_comparisons(expr->left, less, more);
	find_comparisons(expr->right, less, more);
	if (expr->kind != EXPR_COMPARE)
		return;
	*less |= expr->comparison == COMPARED_LT || expr->comparison == COMPARED_LE;
	*more |= expr->comparison == COMPARED_GT || expr->comparison == COMPARED_GE;
}

/* A day without a row is one on which all sums are zero. */
MissingDays
streak_missing(const Rule *rule)
{
	bool		less = false;
	bool		more = false;

	if (rule->missing != MISSING_DEFAULT)
		return rule->missing;
	find_comparisons(rule->trigger.condition, &less, &more);
	return less && !more ? MISSING_COUNT : MISSING_BREAK;
}
