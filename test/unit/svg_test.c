/*
 * svg_test.c
 *	  Charts: well-formed, the same twice, escaped, and their geometry says the figures.
 *
 * sources: src/report/svg.c src/report/svg_style.c src/report/svg_line.c src/report/svg_bar.c src/report/svg_grid.c src/report/figure.c src/report/markup.c src/base/arena.c src/types/money_format.c src/types/money.c src/types/currency.c src/types/period.c
 */
#include "check.h"

#include <math.h>
#include <stdlib.h>

#include "report/svg.h"
#include "types/period.h"

static Arena arena;

/* ---- a small reader of XML: tags nest, attributes are quoted, references are known ---- */

static const char *
read_reference(const char *p)
{
	static const char *const known[] = {"&amp;", "&lt;", "&gt;", "&quot;", "&#39;"};

	for (int i = 0; i < 5; i++)
		if (strncmp(p, known[i], strlen(known[i])) == 0)
			return p + strlen(known[i]);
	return NULL;
}

static const char *
read_attributes(const char *p)
{
	for (;;)
	{
		while (*p == ' ')
			p++;
		if (*p == '>' || *p == '/')
			return p;
		p += strspn(p, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-0123456789:");
		if (p[0] != '=' || p[1] != '"')
			return NULL;
		for (p += 2; *p != '"';)
		{
			if (*p == '\0' || *p == '<')
				return NULL;
			p = *p == '&' ? read_reference(p) : p + 1;
			if (p == NULL)
				return NULL;
		}
		p++;
	}
}

static int
well_formed(const char *p)
{
	char		open[32][24];
	int			depth = 0;
	int			roots = 0;

	while (*p != '\0')
	{
		int			closing;
		size_t		length;

		if (*p == '&')
		{
			if ((p = read_reference(p)) == NULL)
				return 0;
			continue;
		}
		if (*p != '<')
		{
			if (depth == 0)
				return 0;
			p++;
			continue;
		}
		closing = p[1] == '/';
		p += 1 + closing;
		length = strspn(p, "abcdefghijklmnopqrstuvwxyz");
		if (length == 0 || length >= 24 || depth >= 31)
			return 0;
		if (closing)
		{
			if (depth == 0 || strncmp(open[depth - 1], p, length) != 0 || strlen(open[depth - 1]) != length || p[length] != '>')
				return 0;
			depth--;
			p += length + 1;
			continue;
		}
		roots += depth == 0;
		snprintf(open[depth], sizeof(open[depth]), "%.*s", (int) length, p);
		if ((p = read_attributes(p + length)) == NULL)
			return 0;
		if (*p == '/')
			p++;
		else
			depth++;
		if (*p++ != '>')
			return 0;
	}
	return depth == 0 && roots == 1;
}

/* the number behind the next "name=" from p on; *p moves there */
static double
attribute(const char **p, const char *name)
{
	char		wanted[40];

	snprintf(wanted, sizeof(wanted), "%s=\"", name);
	*p = strstr(*p, wanted);
	if (*p == NULL)
		return NAN;
	*p += strlen(wanted);
	return strtod(*p, NULL);
}

/* ---- charts to try ---- */

static const char *labels[400];
static char label_text[400][16];
static double figures[2400];
static const char *const names[] = {"North", "South", "East", "West", "<Far> & \"wide\"", "六"};

static Chart
chart_of(int n_series, int n_labels)
{
	Chart		chart = {.title = "Sales",.digits = -1,.width = 360,.height = 200,.n_labels = n_labels,
	.labels = labels,.n_series = n_series,.names = n_series > 1 ? names : NULL,.figures = figures};

	if (!figure_unit("CNY", &chart.unit))
		abort();
	for (int i = 0; i < 400; i++)
	{
		snprintf(label_text[i], sizeof(label_text[i]), "d%d", i);
		labels[i] = label_text[i];
	}
	chart.first_day = period_day((CivilDate)
								 {
		2026, 1, 1
	});
	return chart;
}

typedef void (*Draw) (Markup *, const Chart *);
static const Draw draws[] = {svg_line, svg_sparkline, svg_bar, svg_stack, svg_funnel, svg_heat_map, svg_calendar};

#define DRAWS 7

static const char *
draw(Draw function, const Chart *chart)
{
	Markup		out;

	markup_init(&out, &arena);
	function(&out, chart);
	return out.text;
}

static void
test_well_formed(void)
{
	srand(1);
	for (int round = 0; round < 400; round++)
	{
		int			n_series = 1 + rand() % 6;
		int			n_labels = 1 + rand() % (round % 10 == 0 ? 380 : 20);
		Chart		chart = chart_of(n_series, n_labels);

		for (int i = 0; i < n_series * n_labels; i++)
			figures[i] = rand() % 7 == 0 ? NAN : (rand() % 20001 - (round % 3 == 0 ? 10000 : 0)) * pow(10, rand() % 9 - 4);
		chart.standalone = round % 2;
		chart.language = round % 2 == 0 ? REPORT_ZH : REPORT_EN;
		for (int i = 0; i < DRAWS; i++)
		{
			const char *once = draw(draws[i], &chart);

			CHECK(well_formed(once));
			CHECK(strcmp(once, draw(draws[i], &chart)) == 0);
			CHECK(strstr(once, "nan") == NULL && strstr(once, "inf\"") == NULL);
			CHECK(strstr(once, "<title>Sales</title><desc>") != NULL);
		}
	}
}

static void
test_hostile(void)
{
	Chart		chart = chart_of(5, 3);

	for (int i = 0; i < 15; i++)
		figures[i] = i;
	chart.title = "</title><script>alert(1)</script>";
	chart.description = "\"><img src=x onerror=alert(2)>\x02";
	labels[1] = "'><script>alert(3)</script>";
	for (int i = 0; i < DRAWS; i++)
	{
		const char *text = draw(draws[i], &chart);

		CHECK(well_formed(text));
		CHECK(strstr(text, "<script") == NULL && strstr(text, "<img") == NULL);
	}
}

/* nothing to show is said in words */
static void
test_empty(void)
{
	Chart		chart = chart_of(1, 2);

	figures[0] = figures[1] = NAN;
	for (int i = 0; i < DRAWS; i++)
	{
		CHECK(well_formed(draw(draws[i], &chart)));
		CHECK(strstr(draw(draws[i], &chart), "No figures.") != NULL);
	}
	CHECK(strstr(draw(svg_line, &chart), "no figures") != NULL);
}

/* the path, read back through the scale that the plot states, gives the figures */
static void
test_line_geometry(void)
{
	Chart		chart = chart_of(1, 30);
	const char *p;
	double		low,
				high,
				bottom,
				top;

	for (int i = 0; i < 30; i++)
		figures[i] = 1000 + 900 * sin(i);
	figures[7] = NAN;
	p = draw(svg_line, &chart);
	low = attribute(&p, "data-low");
	high = attribute(&p, "data-high");
	bottom = attribute(&p, "data-bottom");
	top = attribute(&p, "data-top");
	CHECK(low == 0 && high >= 1900 && bottom > top);
	p = strstr(p, "sp-l sp-l1");
	p = strstr(p, "d=\"") + 3;
	for (int i = 0; i < 30; i++)
	{
		double		y;

		if (i == 7)
			continue;
		CHECK_EQ(*p, i == 0 || i == 8 ? 'M' : 'L');
		(void) strtod(p + 1, (char **) &p);
		y = strtod(p, (char **) &p);
		CHECK(fabs(low + (y - bottom) / (top - bottom) * (high - low) - figures[i]) < (high - low) / 10000);
	}
	CHECK_EQ(*p, '"');
	/* and each point carries its figure */
	for (int i = 0; i < 30; i++)
		if (i != 7)
			CHECK(attribute(&p, "data-value") == figures[i]);
}

static void
test_bar_geometry(void)
{
	Chart		chart = chart_of(1, 5);
	static const double given[] = {100, -50, 0, 25.5, 80};
	const char *text;
	const char *p;
	double		scale;

	memcpy(figures, given, sizeof(given));
	text = p = draw(svg_bar, &chart);

	p = strstr(p, "class=\"sp-z\"");
	scale = -attribute(&p, "data-low");
	scale += attribute(&p, "data-high");
	scale /= attribute(&p, "data-right") - attribute(&text, "data-left");
	p = draw(svg_bar, &chart);
	for (int i = 0; i < 5; i++)
	{
		double		width = (p = strstr(p, "<rect class=\"sp-f1\""), attribute(&p, "width"));

		CHECK(fabs(width * scale - fabs(given[i])) < 0.01 * scale + 1e-9);
		CHECK(attribute(&p, "data-value") == given[i]);
	}
}

/* parts of a stack lie end to end and add up to the whole */
static void
test_stack_geometry(void)
{
	Chart		chart = chart_of(4, 2);
	static const double given[] = {60, 10, 20, 10, 10, 0, 10, 20};	/* 4 series of 2 labels */
	const char *p;
	double		end = -1;
	double		sum = 0;
	double		first_left = 0;

	memcpy(figures, given, sizeof(given));
	p = draw(svg_stack, &chart);
	p = strstr(p, ">d0</text>");
	for (int i = 0; i < 4; i++)
	{
		double		x = (p = strstr(p, "<rect class=\"sp-a"), attribute(&p, "x"));
		double		width = attribute(&p, "width");

		if (i == 0)
			first_left = x;
		else
			CHECK(fabs(x - end) < 0.02);
		end = x + width;
		sum += attribute(&p, "data-value");
	}
	CHECK(sum == 100);
	p = draw(svg_stack, &chart);
	CHECK(fabs(end - attribute(&p, "data-right")) < 0.02);
	CHECK(first_left > 0);
}

static void
test_cells(void)
{
	Chart		chart = chart_of(2, 3);
	static const double given[] = {1, 2, 3, 4, NAN, 0};
	const char *p;
	int			cells = 0;

	memcpy(figures, given, sizeof(given));
	p = draw(svg_heat_map, &chart);
	CHECK(strstr(p, "class=\"sp-n\"") != NULL);
	CHECK(strstr(p, "fill-opacity=\"0.08\" data-value=\"0\"") != NULL);
	CHECK(strstr(p, "fill-opacity=\"1\" data-value=\"4\"") != NULL);
	while (!isnan(attribute(&p, "data-value")))
		cells++;
	CHECK_EQ(cells, 5);
	chart = chart_of(1, 3);
	p = draw(svg_calendar, &chart);
	CHECK(strstr(p, "2026-01-01: ¥1.00") != NULL);
	CHECK(strstr(p, "2026-01-03: ¥3.00") != NULL);
	/* a Thursday: the fourth row */
	CHECK(strstr(p, "y=\"84.86\"") != NULL);
}

static void
test_words(void)
{
	Chart		chart = chart_of(1, 3);

	memcpy(figures, (double[])
		   {
		1, 20000, 3
	}, 3 * sizeof(double));
	CHECK(strstr(draw(svg_line, &chart), "<desc>3 figures, from ¥1.00 to ¥20,000.00; last d2 ¥3.00.</desc>") != NULL);
	chart.language = REPORT_ZH;
	CHECK(strstr(draw(svg_line, &chart), "<desc>3 个数据，介于 ¥1.00 与 ¥20,000.00 之间；最后 d2 ¥3.00。</desc>") != NULL);
	CHECK(strstr(draw(svg_line, &chart), "¥2万") != NULL);
	memcpy(figures, (double[])
		   {
		200, 100, 25
	}, 3 * sizeof(double));
	CHECK(strstr(draw(svg_funnel, &chart), "¥100.00 · 50 %") != NULL);
	CHECK(strstr(draw(svg_funnel, &chart), "¥25.00 · 25 %") != NULL);
}

/* A figure alone stands over zero; a series without figures has no key; a month under way has its name. */
static void
test_sparse(void)
{
	Chart		chart = chart_of(1, 1);
	static const char *const names[] = {"here", "nowhere"};
	const char *p;

	figures[0] = 3;
	p = draw(svg_line, &chart);
	CHECK(attribute(&p, "data-low") == 0 && attribute(&p, "data-high") >= 3);
	figures[0] = -3;
	p = draw(svg_line, &chart);
	CHECK(attribute(&p, "data-low") <= -3 && attribute(&p, "data-high") == 0);

	chart = chart_of(2, 2);
	chart.names = names;
	figures[0] = figures[1] = 1;
	figures[2] = figures[3] = NAN;
	p = draw(svg_stack, &chart);
	CHECK(strstr(p, ">here</text>") != NULL && strstr(p, ">nowhere</text>") == NULL);

	chart = chart_of(1, 40);
	for (int i = 0; i < 40; i++)
		figures[i] = i;
	chart.first_day += 9;
	CHECK(strstr(draw(svg_calendar, &chart), ">2026-01</text>") != NULL);
	chart.first_day += 10;
	CHECK(strstr(draw(svg_calendar, &chart), ">2026-01</text>") == NULL);
	CHECK(strstr(draw(svg_calendar, &chart), ">02</text>") != NULL);
}

int
main(void)
{
	arena_init_malloc(&arena);
	test_well_formed();
	test_hostile();
	test_empty();
	test_line_geometry();
	test_bar_geometry();
	test_stack_geometry();
	test_cells();
	test_words();
	test_sparse();
	arena_free(&arena);
	return check_done();
}
