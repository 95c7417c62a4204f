/*
 * money_format_test.c
 *	  Money as people write it, and back; and what is refused.
 *
 * sources: src/types/money.c src/types/money_format.c src/types/money_read.c src/types/currency.c
 */
#include "check.h"

#include "types/money_format.h"

static const MoneySeparators plain = {",", "."};
static const MoneySeparators european = {".", ","};
static const MoneySeparators narrow = {"\u202f", ","};

static const char *
formatted(const char *code, int64_t units, MoneyStyle style, const MoneySeparators *separators)
{
	static char string[MONEY_FORMAT_SIZE];

	CHECK_EQ(money_format(string, currency_by_code(code), units, style, separators), strlen(string));
	return string;
}

static void
test_styles(void)
{
	CHECK_STR(formatted("CNY", 14280000, STYLE_CODE, &plain), "CNY 142,800.00");
	CHECK_STR(formatted("CNY", -14280000, STYLE_CODE, &plain), "CNY -142,800.00");
	CHECK_STR(formatted("CNY", -14280000, STYLE_SYMBOL, &plain), "-¥142,800.00");
	CHECK_STR(formatted("CHF", -500, STYLE_SYMBOL, &plain), "CHF -5.00");
	CHECK_STR(formatted("EUR", 123456789, STYLE_NUMBER, &european), "1.234.567,89");
	CHECK_STR(formatted("EUR", 123456789, STYLE_NUMBER, &narrow), "1\u202f234\u202f567,89");
	CHECK_STR(formatted("EUR", -123456789, STYLE_PLAIN, &plain), "-1234567.89");
	CHECK_STR(formatted("EUR", -123456789, STYLE_ACCOUNTING, &plain), "(1,234,567.89)");
	CHECK_STR(formatted("EUR", 99, STYLE_ACCOUNTING, &plain), "0.99");
	CHECK_STR(formatted("JPY", 1000, STYLE_SYMBOL, &plain), "¥1,000");
	CHECK_STR(formatted("JPY", 999, STYLE_CODE, &plain), "JPY 999");
	CHECK_STR(formatted("KWD", AMOUNT_UNIT_MIN, STYLE_CODE, &plain), "KWD -9,007,199,254,740.992");
}

static void
check_reading(const char *string, const char *code, MoneyReading expected, const char *now, int64_t units)
{
	MoneyText	money = {0};
	MoneyReading got;

	money.currency = code != NULL ? currency_by_code(code) : NULL;
	got = money_read(string, strlen(string), &plain, &money);
	if (got != expected)
		printf("    of \"%s\"\n", string);
	CHECK_EQ(got, expected);
	if (got == READ_OK && expected == READ_OK)
	{
		CHECK_EQ(money.units, units);
		CHECK_STR(money.currency->code, now);
	}
}

static void
test_readings(void)
{
	static const struct
	{
		const char *string;
		const char *code;
		const char *now;
		int64_t		units;
	}			cases[] = {
		{"CNY 142,800.00", NULL, "CNY", 14280000},
		{" 142,800.00 CNY ", NULL, "CNY", 14280000},
		{"CNY142800", NULL, "CNY", 14280000},
		{"¥142,800", "CNY", "CNY", 14280000},
		{"￥1", "JPY", "JPY", 1},
		{"142800元", NULL, "CNY", 14280000},
		{"-€5", NULL, "EUR", -500},
		{"€ -5", NULL, "EUR", -500},
		{"(€5.10)", NULL, "EUR", -510},
		{"EUR (5.10)", NULL, "EUR", -510},
		{"\u22125 €", NULL, "EUR", -500},
		{"+5", "EUR", "EUR", 500},
		{"HK$1,000", NULL, "HKD", 100000},
		{"$1,000", "HKD", "HKD", 100000},
		{"US$1,000", NULL, "USD", 100000},
		{"1 kr", "SEK", "SEK", 100},
		{"1,234,567.89", "USD", "USD", 123456789},
		{"5\u00a0EUR", NULL, "EUR", 500},
		{"0.50", "USD", "USD", 50},
		{"1.500", "USD", "USD", 150},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		check_reading(cases[i].string, cases[i].code, READ_OK, cases[i].now, cases[i].units);
}

static void
test_refused(void)
{
	check_reading("", "CNY", READ_SYNTAX, NULL, 0);
	check_reading("CNY", NULL, READ_SYNTAX, NULL, 0);
	check_reading("5", NULL, READ_NO_CURRENCY, NULL, 0);
	check_reading("$5", NULL, READ_AMBIGUOUS, NULL, 0);
	check_reading("¥5", NULL, READ_AMBIGUOUS, NULL, 0);
	check_reading("5 kr", NULL, READ_AMBIGUOUS, NULL, 0);
	check_reading("¥5", "USD", READ_OTHER_CURRENCY, NULL, 0);
	check_reading("€5", "USD", READ_OTHER_CURRENCY, NULL, 0);
	check_reading("EUR 5", "USD", READ_OTHER_CURRENCY, NULL, 0);
	check_reading("RMB 5", NULL, READ_UNKNOWN_CURRENCY, NULL, 0);
	check_reading("cny 5", NULL, READ_UNKNOWN_CURRENCY, NULL, 0);
	check_reading("1,5", "EUR", READ_GROUPS, NULL, 0);
	check_reading("1,50", "EUR", READ_GROUPS, NULL, 0);
	check_reading("1234,567", "EUR", READ_GROUPS, NULL, 0);
	check_reading("1,234,5678", "EUR", READ_GROUPS, NULL, 0);
	check_reading("12,34,567", "INR", READ_GROUPS, NULL, 0);
	check_reading("1.2.3", "EUR", READ_SYNTAX, NULL, 0);
	check_reading("1.", "EUR", READ_SYNTAX, NULL, 0);
	check_reading(".5", "EUR", READ_SYNTAX, NULL, 0);
	check_reading("1.234", "EUR", READ_TOO_PRECISE, NULL, 0);
	check_reading("--5", "EUR", READ_SYNTAX, NULL, 0);
	check_reading("-€-5", NULL, READ_SYNTAX, NULL, 0);
	check_reading("-(5)", "EUR", READ_SYNTAX, NULL, 0);
	check_reading("(5", "EUR", READ_SYNTAX, NULL, 0);
	check_reading("5)", "EUR", READ_SYNTAX, NULL, 0);
	check_reading("(-5)", "EUR", READ_SYNTAX, NULL, 0);
	check_reading("EUR 5 EUR", NULL, READ_SYNTAX, NULL, 0);
	check_reading("5 6", "EUR", READ_SYNTAX, NULL, 0);
	check_reading("1e5", "EUR", READ_SYNTAX, NULL, 0);
	check_reading("five", "EUR", READ_SYNTAX, NULL, 0);
	check_reading("99999999999999999999999999999999999999999999999", "EUR", READ_OUT_OF_RANGE, NULL, 0);
}

/* every style that names its currency, or is told it, reads back */
static void
test_round_trip(void)
{
	static const int64_t units[] = {0, 1, -1, 99, 100, -100, 123456, -99999999, AMOUNT_UNIT_MAX, AMOUNT_UNIT_MIN};
	char		string[MONEY_FORMAT_SIZE];

	for (int c = 0; currency_at(c) != NULL; c++)
		for (int style = STYLE_CODE; style <= STYLE_ACCOUNTING; style++)
			for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
			{
				MoneyText	money = {0};

				money.currency = style == STYLE_CODE ? NULL : currency_at(c);
				(void) money_format(string, currency_at(c), units[i], (MoneyStyle) style, &european);
				CHECK_EQ(money_read(string, strlen(string), &european, &money), READ_OK);
				CHECK(money.currency == currency_at(c) && money.units == units[i]);
			}
}

int
main(void)
{
	test_styles();
	test_readings();
	test_refused();
	test_round_trip();
	return check_done();
}
