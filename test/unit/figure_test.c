/*
 * figure_test.c
 *	  Figures as people read them: rounding, groups, signs, units, two languages.
 *
 * sources: src/report/figure.c src/report/markup.c src/base/arena.c src/types/money_format.c src/types/money.c src/types/currency.c
 */
#include "check.h"

#include <math.h>

#include "report/figure.h"
#include "report/markup.h"

static Arena arena;

static const char *
value(const char *decimal, const char *unit_name, int digits)
{
	FigureUnit	unit;

	if (!figure_unit(unit_name, &unit))
		return NULL;
	return figure_text(&arena, decimal, &unit, digits, FIGURE_VALUE, REPORT_EN);
}

static const char *
change(const char *decimal, const char *unit_name, int digits, ReportLanguage language)
{
	FigureUnit	unit;

	if (!figure_unit(unit_name, &unit))
		return NULL;
	return figure_text(&arena, decimal, &unit, digits, FIGURE_CHANGE, language);
}

static void
test_rounding(void)
{
	CHECK_STR(value("2.5", "count", 0), "3");
	CHECK_STR(value("-2.5", "count", 0), "−3");
	CHECK_STR(value("2.4999999999999999999999", "count", 0), "2");
	CHECK_STR(value("0.05", "number", 1), "0.1");
	CHECK_STR(value("0.049", "number", 1), "0.0");
	CHECK_STR(value("-0.049", "number", 1), "0.0");
	CHECK_STR(value("999.995", "number", 2), "1,000.00");
	CHECK_STR(value("999999.5", "count", 0), "1,000,000");
	CHECK_STR(value("007", "count", 0), "7");
	CHECK_STR(value(".5", "number", 2), "0.50");
	CHECK_STR(value("12345678901234567890123456789.005", "number", 2), "12,345,678,901,234,567,890,123,456,789.01");
}

static void
test_units(void)
{
	CHECK_STR(value("142800", "CNY", 0), "¥142,800");
	CHECK_STR(value("142800", "CNY", -1), "¥142,800.00");
	CHECK_STR(value("1234", "JPY", -1), "¥1,234");
	CHECK_STR(value("58.44", "days", -1), "58.4 days");
	CHECK_STR(value("0.673", "share", -1), "67.3 %");
	CHECK_STR(value("1", "share", 0), "100 %");
	CHECK_STR(value("0.00049", "share", 1), "0.0 %");
	CHECK_STR(value("67.3", "percent", -1), "67.3 %");
	CHECK(value("1", "florins", 0) == NULL);
	CHECK(value("1", "XQX", 0) == NULL);
	CHECK_STR(value("NaN", "count", 0), FIGURE_MISSING);
	CHECK_STR(value("1e5", "count", 0), FIGURE_MISSING);
	CHECK_STR(value("", "count", 0), FIGURE_MISSING);
	CHECK_STR(value(NULL, "count", 0), FIGURE_MISSING);
}

/* the six rows of a benefit table, their rounding mixed as their readers are used to */
static void
test_changes(void)
{
	CHECK_STR(change("-54600", "CNY", 0, REPORT_ZH), "−¥54,600");
	CHECK_STR(change("-38.2352941", "relative", 1, REPORT_ZH), "−38.2 %");
	CHECK_STR(change("-24.8", "days", 1, REPORT_ZH), "−24.8");
	CHECK_STR(change("-42.4657534", "relative", 0, REPORT_ZH), "−42 %");
	CHECK_STR(change("16.2", "hours", 1, REPORT_ZH), "+16.2 小时");
	CHECK_STR(change("143.3628", "relative", 0, REPORT_ZH), "+143 %");
	CHECK_STR(change("27.4", "percent", 1, REPORT_ZH), "+27.4pp");
	CHECK_STR(change("40.713", "relative", 1, REPORT_ZH), "+40.7 %");
	CHECK_STR(change("-26.3", "days", 1, REPORT_ZH), "−26.3");
	CHECK_STR(change("-29.484", "relative", 1, REPORT_ZH), "−29.5 %");
	CHECK_STR(change("-1.5", "percent", 1, REPORT_ZH), "−1.5pp");
	CHECK_STR(change("-26.3158", "relative", 0, REPORT_ZH), "−26 %");
	CHECK_STR(change("0.00", "percent", 1, REPORT_EN), "0.0pp");
	CHECK_STR(change("-0.001", "days", 1, REPORT_EN), "0.0");
	CHECK_STR(change("16.2", "hours", 1, REPORT_EN), "+16.2 hours");
}

static void
test_short(void)
{
	FigureUnit	unit;

	CHECK(figure_unit("CNY", &unit));
	CHECK_STR(figure_short(&arena, 12000, &unit, REPORT_EN), "¥12k");
	CHECK_STR(figure_short(&arena, 12000, &unit, REPORT_ZH), "¥1.2万");
	CHECK_STR(figure_short(&arena, -2.5e8, &unit, REPORT_ZH), "−¥2.5亿");
	CHECK_STR(figure_short(&arena, 0, &unit, REPORT_ZH), "¥0");
	CHECK(figure_unit("share", &unit));
	CHECK_STR(figure_short(&arena, 0.5, &unit, REPORT_EN), "50%");
	CHECK_STR(figure_double(&arena, NAN, &unit, 1, REPORT_EN), FIGURE_MISSING);
	CHECK_STR(figure_double(&arena, 0.1 + 0.2, &unit, 1, REPORT_EN), "30.0 %");
}

static void
test_markup(void)
{
	Markup		out;

	markup_init(&out, &arena);
	markup_escape(&out, "<script>alert(\"1\" & '2')</script>\n\x01");
	CHECK_STR(out.text, "&lt;script&gt;alert(&quot;1&quot; &amp; &#39;2&#39;)&lt;/script&gt;\n\357\277\275");
	markup_init(&out, &arena);
	markup_number(&out, -0.001);
	markup_add(&out, " ");
	markup_number(&out, 12.50);
	markup_add(&out, " ");
	markup_number(&out, 100);
	CHECK_STR(out.text, "0 12.5 100");
	markup_init(&out, &arena);
	for (int i = 0; i < 3000; i++)
		markup_format(&out, "%d,", i % 10);
	CHECK_EQ(out.length, 6000);
	CHECK_EQ(strlen(out.text), 6000);
}

int
main(void)
{
	arena_init_malloc(&arena);
	test_rounding();
	test_units();
	test_changes();
	test_short();
	test_markup();
	arena_free(&arena);
	return check_done();
}
