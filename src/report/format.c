/*
 * format.c
 *	  pulse.format_figure, pulse.format_change: figures for people, in SQL.
 */
#include "report/report.h"

#include "rule/shell.h"
#include "utils/builtins.h"
#include "utils/numeric.h"

PG_FUNCTION_INFO_V1(sp_format_figure);
PG_FUNCTION_INFO_V1(sp_format_change);

enum
{
	ARG_VALUE, ARG_UNIT, ARG_DIGITS, ARG_LANG
};

static Datum
format(FunctionCallInfo fcinfo, FigureForm form)
{
	char	   *unit_name = report_text_argument(fcinfo, ARG_UNIT);
	int			digits = report_digits(fcinfo, ARG_DIGITS);
	ReportLanguage language = report_language(report_text_argument(fcinfo, ARG_LANG));
	const char *decimal = NULL;
	FigureUnit	unit;
	Arena		arena;

	report_require(unit_name, "unit", "Type one such as 'days' or 'CNY'.");
	unit = report_unit(unit_name);
	if (!PG_ARGISNULL(ARG_VALUE))
		decimal = numeric_normalize(PG_GETARG_NUMERIC(ARG_VALUE));
	sp_arena_init(&arena, CurrentMemoryContext);
	PG_RETURN_TEXT_P(cstring_to_text(sp_from_utf8(figure_text(&arena, decimal, &unit, digits, form, language))));
}

Datum
sp_format_figure(PG_FUNCTION_ARGS)
{
	return format(fcinfo, FIGURE_VALUE);
}

Datum
sp_format_change(PG_FUNCTION_ARGS)
{
	return format(fcinfo, FIGURE_CHANGE);
}
