/*
 * svg_functions.c
 *	  pulse.svg_line and its like: charts in SQL.
 */
#include "report/report.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "report/svg.h"
#include "rule/shell.h"
#include "types/period.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datetime.h"

PG_FUNCTION_INFO_V1(sp_svg_line);
PG_FUNCTION_INFO_V1(sp_svg_bar);
PG_FUNCTION_INFO_V1(sp_svg_stack);
PG_FUNCTION_INFO_V1(sp_svg_funnel);
PG_FUNCTION_INFO_V1(sp_svg_heat_map);
PG_FUNCTION_INFO_V1(sp_svg_calendar);
PG_FUNCTION_INFO_V1(sp_svg_sparkline);
PG_FUNCTION_INFO_V1(sp_sparkline_final);
PG_FUNCTION_INFO_V1(sp_svg_style);

#define MOST_LABELS		5000
#define MOST_SERIES		100

enum
{
	ARG_LABELS, ARG_FIGURES, ARG_TITLE, ARG_UNIT, ARG_NAMES, ARG_DIGITS, ARG_LANG, ARG_DESCRIPTION,
	ARG_WIDTH, ARG_HEIGHT, ARG_STANDALONE
};

static void
reject(const char *what, const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("unusable %s of a chart", what),
			 errdetail("%s", detail),
			 errhint("Type pulse.svg_line(array_agg(day::text ORDER BY day), array_agg(total ORDER BY day), title => 'Sales')."
					 " Several series are an array of arrays.")));
}

/* one array, or one array for each series; a null is a missing figure */
static void
read_figures(Chart *chart, ArrayType *array)
{
	double	   *figures;
	Datum	   *values;
	bool	   *nulls;
	int			n;

	deconstruct_array(array, FLOAT8OID, sizeof(float8), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE, &values, &nulls, &n);
	if (ARR_NDIM(array) > 2)
		reject("figures", "They are arrays of arrays of arrays.");
	if (n == 0)
		reject("figures", "There is none.");
	chart->n_series = ARR_NDIM(array) == 2 ? ARR_DIMS(array)[0] : 1;
	chart->n_labels = n / chart->n_series;
	if (chart->n_series > MOST_SERIES || chart->n_labels > MOST_LABELS)
		reject("figures", psprintf("There are %d series of %d; at most %d of %d can be drawn.",
								   chart->n_series, chart->n_labels, MOST_SERIES, MOST_LABELS));
	figures = palloc(sizeof(double) * n);
	for (int i = 0; i < n; i++)
		figures[i] = nulls[i] ? NAN : DatumGetFloat8(values[i]);
	chart->figures = figures;
}

static const char *const *
read_texts(ArrayType *array, int expected, const char *what)
{
	const char **texts = palloc(sizeof(char *) * expected);
	Datum	   *values;
	bool	   *nulls;
	int			n;

	deconstruct_array(array, TEXTOID, -1, false, TYPALIGN_INT, &values, &nulls, &n);
	if (n != expected)
		reject(what, psprintf("There are %d, and %d are needed.", n, expected));
	for (int i = 0; i < n; i++)
		texts[i] = nulls[i] ? "" : sp_to_utf8(TextDatumGetCString(values[i]));
	return texts;
}

static double
read_size(FunctionCallInfo fcinfo, int n, double otherwise)
{
	if (PG_ARGISNULL(n))
		return otherwise;
	if (PG_GETARG_INT32(n) < 20 || PG_GETARG_INT32(n) > 5000)
		reject("size", psprintf("It is %d; a chart is 20 to 5000 wide and high.", PG_GETARG_INT32(n)));
	return PG_GETARG_INT32(n);
}

static char *
utf8_argument(FunctionCallInfo fcinfo, int n)
{
	char	   *text = report_text_argument(fcinfo, n);

	return text !=NULL ? sp_to_utf8(text) : NULL;
}

/* The arguments behind the labels; height_of sees how many figures there are. */
static void
read_chart(FunctionCallInfo fcinfo, Chart *chart, double (*height_of) (const Chart *))
{
	char	   *unit = report_text_argument(fcinfo, ARG_UNIT);

	memset(chart, 0, sizeof(*chart));
	if (PG_ARGISNULL(ARG_LABELS) || PG_ARGISNULL(ARG_FIGURES))
		reject("figures", "Labels or figures are null.");
	read_figures(chart, PG_GETARG_ARRAYTYPE_P(ARG_FIGURES));
	if (!PG_ARGISNULL(ARG_NAMES))
		chart->names = read_texts(PG_GETARG_ARRAYTYPE_P(ARG_NAMES), chart->n_series, "names");
	chart->title = utf8_argument(fcinfo, ARG_TITLE);
	chart->unit = report_unit(unit != NULL ? unit : "number");
	chart->digits = report_digits(fcinfo, ARG_DIGITS);
	chart->language = report_language(report_text_argument(fcinfo, ARG_LANG));
	chart->description = utf8_argument(fcinfo, ARG_DESCRIPTION);
	chart->width = read_size(fcinfo, ARG_WIDTH, 360);
	chart->height = read_size(fcinfo, ARG_HEIGHT, height_of(chart));
	chart->standalone = PG_ARGISNULL(ARG_STANDALONE) || PG_GETARG_BOOL(ARG_STANDALONE);
}

static Datum
draw(const Chart *chart, void (*function) (Markup *, const Chart *))
{
	Arena		arena;
	Markup		out;

	sp_arena_init(&arena, CurrentMemoryContext);
	markup_init(&out, &arena);
	function(&out, chart);
	return PointerGetDatum(cstring_to_text(sp_from_utf8(out.text)));
}

static Datum
labelled_chart(FunctionCallInfo fcinfo, void (*function) (Markup *, const Chart *), double (*height_of) (const Chart *))
{
	Chart		chart;

	read_chart(fcinfo, &chart, height_of);
	chart.labels = read_texts(PG_GETARG_ARRAYTYPE_P(ARG_LABELS), chart.n_labels, "labels");
	return draw(&chart, function);
}

Datum
sp_svg_line(PG_FUNCTION_ARGS)
{
	return labelled_chart(fcinfo, svg_line, svg_line_height);
}

Datum
sp_svg_bar(PG_FUNCTION_ARGS)
{
	return labelled_chart(fcinfo, svg_bar, svg_bar_height);
}

Datum
sp_svg_stack(PG_FUNCTION_ARGS)
{
	return labelled_chart(fcinfo, svg_stack, svg_stack_height);
}

Datum
sp_svg_funnel(PG_FUNCTION_ARGS)
{
	return labelled_chart(fcinfo, svg_funnel, svg_funnel_height);
}

Datum
sp_svg_heat_map(PG_FUNCTION_ARGS)
{
	return labelled_chart(fcinfo, svg_heat_map, svg_heat_map_height);
}

Datum
sp_svg_calendar(PG_FUNCTION_ARGS)
{
	Chart		chart;
	DateADT		since;

	read_chart(fcinfo, &chart, svg_calendar_height);
	since = PG_GETARG_DATEADT(ARG_LABELS);
	chart.first_day = since + POSTGRES_EPOCH_JDATE - date2j(1, 1, 1);
	if (DATE_NOT_FINITE(since) || chart.first_day < 0 || chart.first_day > PERIOD_DAYS - chart.n_labels)
		reject("first day", "It is not in the years 1 to 9999.");
	if (chart.n_series > 1)
		reject("figures", "A calendar has one figure a day.");
	return draw(&chart, svg_calendar);
}

static Datum
sparkline(ArrayType *figures, char *title, ReportLanguage language)
{
	Chart		chart = {.title = title,.digits = -1,.language = language,.width = 90,.height = 22,.standalone = true};

	read_figures(&chart, figures);
	chart.unit = report_unit("number");
	return draw(&chart, svg_sparkline);
}

Datum
sp_svg_sparkline(PG_FUNCTION_ARGS)
{
	return sparkline(PG_GETARG_ARRAYTYPE_P(0), utf8_argument(fcinfo, 1), report_language(report_text_argument(fcinfo, 2)));
}

/* of an aggregate that collects into an array */
Datum
sp_sparkline_final(PG_FUNCTION_ARGS)
{
	ArrayType  *figures;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	figures = PG_GETARG_ARRAYTYPE_P(0);
	return sparkline(figures, NULL, report_language(NULL));
}

Datum
sp_svg_style(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(cstring_to_text(svg_style()));
}
