/*
 * money_fuzz.c
 *	  Random texts for amounts, periods and working hours: mutations of good
 *	  ones.  Whatever is read must print and read back as itself.
 *
 * money_fuzz [N [SEED]] runs N mutations and prints a count; built with
 * -fsanitize=fuzzer -DLIBFUZZER it is a libFuzzer target instead.
 *
 * sources: src/types/money.c src/types/money_format.c src/types/money_read.c src/types/currency.c src/types/period.c src/calendar/hours.c src/calendar/hours_text.c src/calendar/working.c
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "calendar/hours.h"
#include "mutate.h"
#include "types/money_format.h"
#include "types/period.h"

int			LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const MoneySeparators plain = {",", "."};
static const MoneySeparators european = {".", ","};

static void
must(bool truth, const char *what, const char *text, const char *printed)
{
	if (truth)
		return;
	fprintf(stderr, "%s\n  text: %s\n  printed: %s\n", what, text, printed);
	abort();
}

static bool
try_amount(const char *text, size_t length, const char *code)
{
	MoneyText	money = {0};
	MoneyText	again = {0};
	char		printed[MONEY_FORMAT_SIZE];

	money.currency = code != NULL ? currency_by_code(code) : NULL;
	if (money_read(text, length, &plain, &money) != READ_OK || !amount_units_fit((int64_t) money.units) ||
		money.units != (int64_t) money.units)
		return false;
	for (int style = STYLE_CODE; style <= STYLE_ACCOUNTING; style++)
	{
		int			n = money_format(printed, money.currency, money.units, (MoneyStyle) style, &european);

		again.currency = money.currency;
		must(money_read(printed, (size_t) n, &european, &again) == READ_OK, "a printed amount does not read", text, printed);
		must(again.units == money.units && again.currency == money.currency, "another amount", text, printed);
	}
	return true;
}

static bool
try_period(const char *text, size_t length)
{
	Period		period;
	Period		again;
	Period		step;
	char		printed[PERIOD_TEXT_SIZE];

	if (!period_parse(text, length, &period))
		return false;
	must(period_valid(period), "a period that is none", text, "");
	must(period_parse(printed, (size_t) period_print(printed, period), &again) && again == period,
		 "a printed period does not read", text, printed);
	must(period_first(period) < period_past(period), "a period without days", text, printed);
	if (period_shift(period, 7, &step))
		must(period_shift(step, -7, &again) && again == period, "seven on and back", text, printed);
	return true;
}

static bool
try_hours(const char *text, size_t length)
{
	HoursText	hours = {0};
	DayHours	days[DAY_KINDS];
	const char *wrong;

	if (!hours_add_text(&hours, text, length, &wrong))
		return false;
	(void) hours_of_text(&hours, 0x7f, days, &wrong);
	for (int i = 0; i < DAY_KINDS; i++)
		for (int k = 0; k < days[i].n_windows; k++)
			must(days[i].windows[k].opens < days[i].windows[k].closes, "an empty window", text, "");
	return true;
}

static bool
try_all(const char *text, size_t length)
{
	bool		good = try_amount(text, length, NULL);

	good = try_amount(text, length, "EUR") || good;
	good = try_amount(text, length, "JPY") || good;
	good = try_period(text, length) || good;
	return try_hours(text, length) || good;
}

#ifdef LIBFUZZER

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	(void) try_all((const char *) data, size);
	return 0;
}

#else

static const char *const seeds[] = {
	"CNY 142,800.00", "-€5", "(£1,000.50)", "142800元", "HK$1", "1,000 SEK", "EUR (5.10)", "\u22125 €", "￥1,234,567",
	"2026", "2026Q1", "2026-Q3", "2026-03", "2026W53", "2026-02-28", "FY2026-04-01", "FY2025-10-15Q3", "fy2026-01-01q2",
	"09:00-12:00", "5 09:00-15:00", "1-4 00:00-24:00"
};

#define SEED_COUNT ((int) (sizeof(seeds) / sizeof(seeds[0])))

static const char bytes[] = "0123456789,.-+() :QWFYqwfyCNYEURJP$\xc2\xa5\xe2\x82\xac\xa0";

int
main(int argc, char **argv)
{
	long		rounds = argc > 1 ? atol(argv[1]) : 20000;
	long		good = 0;
	char text[	MOST_TEXT];

	srandom(argc > 2 ? (unsigned) atol(argv[2]) : 0);
	for (int i = 0; i < SEED_COUNT; i++)
		must(try_all(seeds[i], strlen(seeds[i])), "a seed is refused", seeds[i], "");
	for (long i = 0; i < rounds; i++)
	{
		mutate(text, seeds[random() % SEED_COUNT], bytes);
		good += try_all(text, strlen(text));
	}
	printf("%ld mutations, %ld of them good\n", rounds, good);
	return 0;
}

#endif
