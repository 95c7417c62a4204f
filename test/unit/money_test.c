/*
 * money_test.c
 *	  Currencies, and the text and arithmetic of money.
 *
 * sources: src/types/currency.c src/types/money.c
 */
#include "check.h"

#include <stdlib.h>

#include "types/money.h"

static void
test_currency_table(void)
{
	const Currency *previous = NULL;
	int			n = 0;

	for (const Currency *c = currency_at(0); c != NULL; c = currency_at(++n))
	{
		CHECK(previous == NULL || strcmp(previous->code, c->code) < 0);
		CHECK(currency_by_code(c->code) == c);
		CHECK(currency_by_number(c->number) == c);
		CHECK(c->number > 0 && c->number < 1000 && c->digits >= 0 && c->digits <= 4);
		previous = c;
	}
	CHECK(n > 150);
	CHECK(currency_at(-1) == NULL);
	CHECK(currency_by_number(-1) == NULL && currency_by_number(0) == NULL);
	CHECK(currency_by_number(1023) == NULL && currency_by_number(1024) == NULL);
	CHECK(currency_by_code("cny") == NULL && currency_by_code("") == NULL);
	CHECK(currency_by_code("ANG") == currency_by_code("XCG"));
}

static void
test_minor_units(void)
{
	static const char *const none[] = {"BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG",
	"RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF"};
	static const char *const three[] = {"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"};

	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		CHECK_EQ(currency_by_code(none[i])->digits, 0);
	for (size_t i = 0; i < sizeof(three) / sizeof(three[0]); i++)
		CHECK_EQ(currency_by_code(three[i])->digits, 3);
	CHECK_EQ(currency_by_code("CLF")->digits, 4);
	CHECK_EQ(currency_by_code("UYW")->digits, 4);
	CHECK_EQ(currency_by_code("CNY")->digits, 2);
	CHECK_EQ(currency_by_code("CNY")->number, 156);
}

static void
check_text(const char *text, const char *printed)
{
	MoneyText	money;
	char		buffer[MONEY_TEXT_SIZE];

	CHECK_EQ(money_parse(text, strlen(text), &money), MONEY_OK);
	if (money.currency == NULL)
		return;
	CHECK_EQ(money_print(buffer, money.currency, money.units), strlen(printed));
	CHECK_STR(buffer, printed);
}

static void
check_refused(const char *text, MoneyResult why)
{
	MoneyText	money;

	CHECK_EQ(money_parse(text, strlen(text), &money), why);
}

static void
test_text(void)
{
	check_text("CNY 142800.00", "CNY 142800.00");
	check_text("142800.00 CNY", "CNY 142800.00");
	check_text("  -7 JPY\t", "JPY -7");
	check_text("KWD +1.5", "KWD 1.500");
	check_text("CLF 0.0001", "CLF 0.0001");
	check_text("CNY -0.00", "CNY 0.00");
	check_text("CNY -0.01", "CNY -0.01");
	check_text("CNY 1.5000000", "CNY 1.50");
	check_text("JPY 5.0", "JPY 5");
	check_text("CNY 000000000000000000000000000000000000000000001", "CNY 1.00");
	check_text("CNY 90071992547409.91", "CNY 90071992547409.91");
	check_text("CNY -9999999999999999999999999999999.99", "CNY -9999999999999999999999999999999.99");

	check_refused("", MONEY_SYNTAX);
	check_refused("CNY", MONEY_SYNTAX);
	check_refused("5", MONEY_SYNTAX);
	check_refused("CNY5", MONEY_SYNTAX);
	check_refused("5CNY", MONEY_SYNTAX);
	check_refused("CNY .5", MONEY_SYNTAX);
	check_refused("CNY 5.", MONEY_SYNTAX);
	check_refused("CNY 1,000.00", MONEY_SYNTAX);
	check_refused("CNY 1e3", MONEY_SYNTAX);
	check_refused("CNY - 5", MONEY_SYNTAX);
	check_refused("CNY 5 CNY", MONEY_SYNTAX);
	check_refused("CNYY 5", MONEY_SYNTAX);
	check_refused("CN 5", MONEY_SYNTAX);
	check_refused("\xc2\xa5 5", MONEY_SYNTAX);
	check_refused("ABC 5", MONEY_UNKNOWN_CURRENCY);
	check_refused("cny 5", MONEY_UNKNOWN_CURRENCY);
	check_refused("XAU 5", MONEY_UNKNOWN_CURRENCY);
	check_refused("CNY 0.001", MONEY_TOO_PRECISE);
	check_refused("JPY 0.5", MONEY_TOO_PRECISE);
	check_refused("CNY 99999999999999999999999999999999999999999", MONEY_OUT_OF_RANGE);
}

/* every cut of a good text is read within its bounds (the sanitizer watches) */
static void
test_cut_text(void)
{
	const char *text = " CNY -12.50 ";

	for (size_t length = 0; length <= strlen(text); length++)
	{
		char	   *cut = malloc(length == 0 ? 1 : length);
		MoneyText	money;

		memcpy(cut, text, length);
		CHECK_EQ(money_parse(cut, length, &money) == MONEY_OK, length >= strlen(" CNY -1") && length != strlen(" CNY -12."));
		free(cut);
	}
}

static void
test_arithmetic(void)
{
	int64_t		units;

	CHECK(money_add(AMOUNT_UNIT_MAX - 1, 1, &units));
	CHECK(!money_add(AMOUNT_UNIT_MAX, 1, &units));
	CHECK(!money_add(AMOUNT_UNIT_MIN, -1, &units));
	CHECK(money_subtract(AMOUNT_UNIT_MIN, -1, &units));
	CHECK(!money_subtract(0, AMOUNT_UNIT_MIN, &units));
	CHECK(money_multiply(-3, 7, &units));
	CHECK_EQ(units, -21);
	CHECK(!money_multiply(AMOUNT_UNIT_MAX, INT64_MAX, &units));
	CHECK(!money_multiply(AMOUNT_UNIT_MIN, INT64_MIN, &units));
	CHECK(!money_multiply(INT64_C(1) << 53, 1, &units));

	/* half away from zero, whatever the signs */
	CHECK_EQ(money_divide(5, 2), 3);
	CHECK_EQ(money_divide(-5, 2), -3);
	CHECK_EQ(money_divide(5, -2), -3);
	CHECK_EQ(money_divide(-5, -2), 3);
	CHECK_EQ(money_divide(4, 3), 1);
	CHECK_EQ(money_divide(-4, 3), -1);
	CHECK_EQ(money_divide(0, -9), 0);
	CHECK_EQ(money_divide(1, INT64_MIN), 0);
	CHECK_EQ(money_divide((WideUnits) INT64_MAX * 4, INT64_MAX), 4);
}

static void
test_division_against_long_way(void)
{
	for (int64_t n = -60; n <= 60; n++)
		for (int64_t d = -13; d <= 13; d++)
		{
			int64_t		up;

			if (d == 0)
				continue;
			/* the sizes: floor(|n| / |d| + 1/2) */
			up = (2 * llabs(n) + llabs(d)) / (2 * llabs(d));
			CHECK_EQ(money_divide(n, d), (n < 0) == (d < 0) ? up : -up);
		}
}

int
main(void)
{
	test_currency_table();
	test_minor_units();
	test_text();
	test_cut_text();
	test_arithmetic();
	test_division_against_long_way();
	return check_done();
}
