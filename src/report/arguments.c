/*
 * arguments.c
 *	  Arguments that many functions of this room take, checked in one place.
 */
#include "report/report.h"

#include "executor/spi.h"
#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/tuplestore.h"

char *
report_text_argument(FunctionCallInfo fcinfo, int n)
{
	return PG_ARGISNULL(n) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(n));
}

void
report_require(const char *value, const char *argument, const char *hint)
{
	if (value == NULL || value[0] == '\0')
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("no %s given", argument),
				 errdetail("The argument is null or empty."),
				 errhint("%s", hint)));
}

FigureUnit
report_unit(const char *name)
{
	FigureUnit	unit;

	if (!figure_unit(name, &unit))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("unknown unit \"%s\"", name),
				 errdetail("A unit says how a figure is written: count, number, ratio, points, days, hours, minutes, percent (67.3), share (0.673), relative, or an ISO 4217 currency."),
				 errhint("Type one of them, such as 'days' or 'CNY'.")));
	return unit;
}

ReportLanguage
report_language(const char *name)
{
	ReportLanguage language;

	if (name == NULL)
		name = sp_setting("language");
	if (!figure_language(name, &language))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("unknown language \"%s\"", name),
				 errdetail("The languages are English and Chinese."),
				 errhint("Type 'en' or 'zh'.")));
	return language;
}

int
report_digits(FunctionCallInfo fcinfo, int n)
{
	int			digits;

	if (PG_ARGISNULL(n))
		return -1;
	digits = PG_GETARG_INT32(n);
	if (digits < 0 || digits > FIGURE_MAX_DIGITS)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("unusable number of digits: %d", digits),
				 errdetail("A figure has 0 to %d digits after the point.", FIGURE_MAX_DIGITS),
				 errhint("Type a number such as 1, or leave it out for what the unit has.")));
	return digits;
}
