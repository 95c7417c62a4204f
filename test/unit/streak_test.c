/*
 * streak_test.c
 *	  Runs of days against counting every window by hand.
 *
 * sources: src/rule/streak.c
 */
#include "check.h"
#include "rule/streak.h"

#define DAYS	40

static uint64_t state = 42;

static int
draw(int below)
{
	state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (int) ((state >> 33) % below);
}

/* days 5 and 6 of each week are closed */
static bool
open_day(void *context, int day)
{
	return context == NULL || ((day % 7) + 7) % 7 < 5;
}

/* good, bad or none of each day, straight from the words of the policy */
static int
mark_of(const StreakInput *input, int day)
{
	int			row = -1;

	for (int i = 0; i < input->count; i++)
		if (input->days[i].day == day)
			row = input->days[i].good;
	if (!open_day(input->context, day) || input->count == 0 || day < input->days[0].day)
		return -1;
	if (row >= 0)
		return row;
	return input->missing == MISSING_SKIP ? -1 : input->missing == MISSING_COUNT;
}

/* the run backwards from the last day */
static StreakRun
naive(const StreakInput *input)
{
	StreakRun	run = {false, 0, 0};
	int			good[DAYS * 2];
	int			count = 0;

	for (int day = input->last_day; day >= 0 && mark_of(input, day) != 0; day--)
		if (mark_of(input, day) == 1)
			good[count++] = day;
	run.found = count >= input->need;
	if (run.found)
	{
		run.start = good[count - 1];
		run.reached = good[count - input->need];
	}
	return run;
}

int
main(void)
{
	static int	weekdays;

	for (int round = 0; round < 20000; round++)
	{
		StreakDay	days[DAYS];
		StreakInput input = {.days = days,.need = 1 + draw(5),.counts = open_day};
		StreakRun	got;
		StreakRun	expected;
		int			since = draw(DAYS);
		int			broken = STREAK_NEVER;

		input.missing = MISSING_COUNT + draw(3);
		input.context = draw(2) ? &weekdays : NULL;
		input.last_day = DAYS - 1 - draw(3);
		for (int day = 0; day < DAYS; day++)
			if (draw(4) > 0)
				days[input.count++] = (StreakDay)
			{
				day, draw(3) > 0
			};
		got = streak_current(&input);
		expected = naive(&input);
		CHECK(got.found == expected.found);
		if (got.found && expected.found)
			CHECK(got.start == expected.start && got.reached == expected.reached);
		for (int day = input.last_day; day >= since; day--)
			if (mark_of(&input, day) == 0)
				broken = day;
		CHECK(streak_broken(&input, since) == broken);
		if (checks_failed > 10)
			break;
	}
	return check_done();
}
