/*
 * figure.c
 *	  Figures as people read them: units, digits, signs, two languages.  Pure C.
 *
 * A figure comes as the text of a decimal number and is rounded here, once, half
 * away from zero, so that what is shown does not depend on binary fractions.
 * Shares change in percentage points (pp), never in percent.
 */
#include "report/figure.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "report/markup.h"
#include "types/amount.h"
#include "types/money_format.h"

#define MINUS	"\342\210\222"	/* U+2212, as wide as a plus */

static const FigureUnit units[] = {
	{"count", "", {"", ""}, {"", ""}, 0, 0},
	{"days", "", {" days", " 天"}, {"", ""}, 1, 0},
	{"hours", "", {" hours", " 小时"}, {" hours", " 小时"}, 1, 0},
	{"minutes", "", {" minutes", " 分钟"}, {" minutes", " 分钟"}, 0, 0},
	{"percent", "", {" %", " %"}, {"pp", "pp"}, 1, 0},
	{"share", "", {" %", " %"}, {"pp", "pp"}, 1, 2},
	{"ratio", "", {"", ""}, {"", ""}, 2, 0},
	{"points", "", {"", ""}, {"", ""}, 1, 0},
	{"number", "", {"", ""}, {"", ""}, 2, 0},
};

const FigureUnit figure_relative = {"relative", "", {" %", " %"}, {" %", " %"}, 1, 0};

bool
figure_unit(const char *name, FigureUnit *unit)
{
	const Currency *currency;

	for (int i = 0; i < (int) (sizeof(units) / sizeof(units[0])); i++)
		if (strcmp(units[i].name, name) == 0)
		{
			*unit = units[i];
			return true;
		}
	if (strcmp(name, figure_relative.name) == 0)
	{
		*unit = figure_relative;
		return true;
	}
	currency = strlen(name) == 3 ? currency_by_code(name) : NULL;
	if (currency == NULL)
		return false;
	memset(unit, 0, sizeof(*unit));
	unit->name = currency->code;
	unit->prefix = currency_symbol(currency);
	for (int i = 0; i < REPORT_LANGUAGES; i++)
		unit->suffix[i] = unit->change_suffix[i] = "";
	if (unit->prefix == NULL)
		unit->prefix = currency->code;
	unit->digits = currency->digits;
	return true;
}

bool
figure_language(const char *name, ReportLanguage *language)
{
	*language = strcmp(name, "zh") == 0 ? REPORT_ZH : REPORT_EN;
	return *language == REPORT_ZH || strcmp(name, "en") == 0;
}

/* a decimal number taken apart: digit[0 .. n), the point behind the first "whole" of them */
typedef struct Decimal
{
	bool		negative;
	char	   *digit;
	int			n;
	int			whole;
} Decimal;

/* false: not [-]digits[.digits] */
static bool
read_decimal(Arena *arena, const char *text, Decimal *number)
{
	bool		point = false;

	if (text == NULL)
		return false;
	memset(number, 0, sizeof(*number));
	number->negative = *text == '-';
	text	  +=number->negative;

	number->digit = arena_alloc(arena, strlen(text) + 1);
	for (; *text !='\0'; text ++)
	{
		if (*text == '.' && !point)
			point = true;
		else if (*text <'0' || *text >'9')
			return false;
		else
		{
			number->digit[number->n++] = *text;
			number->whole += !point;
		}
	}
	return number->n > 0;
}

static char
digit_at(const Decimal *number, int i)
{
	return i >= 0 && i < number->n ? number->digit[i] : '0';
}

/* Digits of the number rounded to so many behind the point; returns how many before it. */
static int
round_decimal(Arena *arena, Decimal *number, int digits, char **rounded)
{
	int			whole = number->whole > 0 ? number->whole : 1;
	int			offset = number->whole - whole; /* a missing 0 before the
												 * point */
	int			n = whole + digits;
	char	   *result = arena_alloc(arena, n + 2);
	bool		carry;
	bool		zero = true;

	for (int i = 0; i < n; i++)
		result[i + 1] = digit_at(number, i + offset);
	result[0] = '0';
	carry = digit_at(number, n + offset) >= '5';
	for (int i = n; i >= 0 && carry; i--)
	{
		carry = result[i] == '9';
		result[i] = carry ? '0' : result[i] + 1;
	}
	for (int i = 0; i <= n; i++)
		zero = zero && result[i] == '0';
	number->negative = number->negative && !zero;
	while (whole >= 1 && result[0] == '0')
	{
		result++;
		whole--;
	}
	*rounded = result;
	return whole + 1;
}

static bool
is_zero(const char *digits)
{
	return digits[strspn(digits, "0")] == '\0';
}

static void
add_grouped(Markup *out, const char *digits, int whole, int fraction)
{
	for (int i = 0; i < whole; i++)
	{
		if (i > 0 && (whole - i) % 3 == 0)
			markup_add(out, ",");
		markup_bytes(out, digits + i, 1);
	}
	if (fraction > 0)
	{
		markup_add(out, ".");
		markup_bytes(out, digits + whole, fraction);
	}
}

const char *
figure_text(Arena *arena, const char *decimal, const FigureUnit *unit, int digits,
			FigureForm form, ReportLanguage language)
{
	Decimal		number;
	char	   *rounded;
	int			whole;
	Markup		out;

	if (!read_decimal(arena, decimal, &number))
		return FIGURE_MISSING;
	if (digits < 0)
		digits = unit->digits;
	number.whole += unit->shift;
	whole = round_decimal(arena, &number, digits, &rounded);
	markup_init(&out, arena);
	if (number.negative)
		markup_add(&out, MINUS);
	else if (form == FIGURE_CHANGE && !is_zero(rounded))
		markup_add(&out, "+");
	markup_add(&out, unit->prefix);
	add_grouped(&out, rounded, whole, digits);
	markup_add(&out, form == FIGURE_CHANGE ? unit->change_suffix[language] : unit->suffix[language]);
	return out.text;
}

/* seventeen digits say which double it is; more would be noise */
const char *
figure_double(Arena *arena, double value, const FigureUnit *unit, int digits, ReportLanguage language)
{
	char text[	400];

	if (!isfinite(value))
		return FIGURE_MISSING;
	snprintf(text, sizeof(text), "%.*f", fabs(value) < 1e6 ? 9 : 4, value);
	return figure_text(arena, text, unit, digits, FIGURE_VALUE, language);
}

const char *
figure_short(Arena *arena, double value, const FigureUnit *unit, ReportLanguage language)
{
	static const struct
	{
		double		size;
		const char *word;
	}			scales[REPORT_LANGUAGES][4] = {
		{{1e9, "B"}, {1e6, "M"}, {1e3, "k"}, {1, ""}},
		{{1e12, "万亿"}, {1e8, "亿"}, {1e4, "万"}, {1, ""}}
	};
	double		shown = value * pow(10, unit->shift);
	char		number[64];
	Markup		out;
	int			i = 0;

	while (i < 3 && fabs(shown) < scales[language][i].size)
		i++;
	snprintf(number, sizeof(number), "%.4g", fabs(shown) / scales[language][i].size);
	markup_init(&out, arena);
	if (shown < 0)
		markup_add(&out, MINUS);
	markup_add(&out, unit->prefix);
	markup_add(&out, number);
	markup_add(&out, scales[language][i].word);
	if (unit->suffix[language][0] == ' ' && unit->suffix[language][1] == '%')
		markup_add(&out, "%");
	return out.text;
}
