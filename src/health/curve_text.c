/*
 * curve_text.c
 *	  The text of curves.  Pure C.
 *
 *	  linear 0:100 30:60 90:0
 *	  steps 0:100 30:60 90:0
 *	  decay half_life 30 days
 *	  logistic falling middle 45 doubling 10
 *	  map red=>0 "dark green"=>100 else=>50
 */
#include "health/curve.h"

#include <string.h>

#include "aging/decimal.h"

static const char *const kind_names[CURVE_KINDS] = {
	"linear", "steps", "decay", "logistic", "map"
};

static bool
is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static const char *
skip_blanks(const char *at)
{
	while (is_blank(*at))
		at++;
	return at;
}

/* what follows a word and its blanks; NULL: another word stands there */
static const char *
skip_word(const char *at, const char *word)
{
	size_t		length = strlen(word);

	if (strncmp(at, word, length) != 0 || (at[length] != '\0' && !is_blank(at[length])))
		return NULL;
	return skip_blanks(at + length);
}

/* a decimal with at most six digits after the point; NULL: it is not one */
static const char *
parse_millionths(const char *at, int64_t *millionths)
{
	Wide		units;
	int			scale;

	at = decimal_parse(at, &units, &scale);
	if (at == NULL || scale > 6 || !decimal_shift(&units, 6 - scale) ||
		units > INT64_MAX || units < -INT64_MAX)
		return NULL;
	*millionths = (int64_t) units;
	return at;
}

/* ---- value:points ---- */

static const char *
parse_point(const char *at, Curve *curve, const char **problem)
{
	CurvePoint *point = &curve->at[curve->count];

	if ((at = parse_millionths(at, &point->value)) == NULL || *at != ':' ||
		(at = parse_millionths(at + 1, &point->points)) == NULL)
		*problem = "A point is a value, a colon and its points, each with at most six digits after the decimal point.";
	else if (curve->count > 0 && point->value <= point[-1].value)
		*problem = "The values of a curve must ascend.";
	return at;
}

/* ---- category=>points ---- */

/* Past a category, which is a word or stands in double quotes; NULL: none. */
static const char *
parse_name(const char *at, CurveName *name)
{
	bool		quoted = *at == '"';
	const char *end = at + quoted;

	name->at = end;
	while (*end != '\0' && (quoted ? *end != '"' : !is_blank(*end) && *end != '"' &&
							strncmp(end, "=>", 2) != 0))
		end++;
	name->length = (int) (end - name->at);
	if (quoted && *end++ != '"')
		return NULL;
	return name->length > 0 && name->length <= CURVE_MAX_NAME ? end : NULL;
}

static const char *
parse_category(const char *at, Curve *curve, const char **problem)
{
	CurvePoint *point = &curve->at[curve->count];
	CurveName  *name = &curve->names[curve->count];
	bool		is_else = strncmp(at, "else=>", 6) == 0;

	point->value = curve->count;
	if ((at = parse_name(at, name)) == NULL || strncmp(at, "=>", 2) != 0 ||
		(at = parse_millionths(at + 2, &point->points)) == NULL)
		*problem = "A category is a word, or stands in double quotes; => and its points follow, with at most six digits after the decimal point.";
	else if (curve->has_else)
		*problem = "What holds for all else comes last.";
	else if (!is_else && curve_category(curve, name->at, name->length) >= 0)
		*problem = "A category stands twice.";
	curve->has_else = is_else;
	return at;
}

static bool
parse_points(const char *at, Curve *curve, const char **problem)
{
	*problem = "A curve needs at least one point.";
	while (*at != '\0')
	{
		*problem = NULL;
		if (curve->count == CURVE_MAX_POINTS)
			*problem = "A curve has at most 32 points.";
		else if (curve->kind == CURVE_MAP)
			at = parse_category(at, curve, problem);
		else
			at = parse_point(at, curve, problem);
		if (*problem == NULL && (curve->at[curve->count].points < 0 || curve->at[curve->count].points > CURVE_MOST))
			*problem = "Points go from 0 to 100.";
		else if (*problem == NULL && *at != '\0' && !is_blank(*at))
			*problem = "Points are separated by blanks.";
		if (*problem != NULL)
			return false;
		curve->count++;
		at = skip_blanks(at);
	}
	return *problem == NULL;
}

/* ---- widths ---- */

/* "half_life 30 days": a positive number after its word, to the end */
static bool
parse_width(const char *at, const char *word, Curve *curve)
{
	const char *end;

	if ((at = skip_word(at, word)) == NULL || (at = parse_millionths(at, &curve->width)) == NULL ||
		curve->width <= 0)
		return false;
	at = skip_blanks(at);
	end = skip_word(at, "days");
	if (end == NULL)
		end = skip_word(at, "day");
	curve->days = end != NULL;
	return *(end ? end : at) == '\0';
}

static bool
parse_decay(const char *at, Curve *curve, const char **problem)
{
	*problem = "A decay has a half_life above zero, as in: decay half_life 30 days.";
	return parse_width(at, "half_life", curve);
}

static bool
parse_logistic(const char *at, Curve *curve, const char **problem)
{
	const char *falling = skip_word(at, "falling");
	const char *rising = skip_word(at, "rising");

	*problem = "A logistic curve is rising or falling and has a middle and what doubles the odds, as in: logistic falling middle 45 doubling 10.";
	curve->falling = falling != NULL;
	at = falling ? falling : rising;
	if (at == NULL || (at = skip_word(at, "middle")) == NULL ||
		(at = parse_millionths(at, &curve->middle)) == NULL || !is_blank(*at))
		return false;
	return parse_width(skip_blanks(at), "doubling", curve);
}

bool
curve_parse(const char *text, Curve *curve, const char **problem)
{
	const char *at = NULL;
	bool		good;

	memset(curve, 0, sizeof(Curve));
	text = skip_blanks(text);

	for (int kind = 0; kind < CURVE_KINDS && at == NULL; kind++)
	{
		at = skip_word(text, kind_names[kind]);
		curve->kind = (CurveKind) kind;
	}
	if (at == NULL)
	{
		*problem = "A curve begins with its kind: linear, steps, decay, logistic or map.";
		return false;
	}
	if (curve->kind == CURVE_DECAY)
		good = parse_decay(at, curve, problem);
	else if (curve->kind == CURVE_LOGISTIC)
		good = parse_logistic(at, curve, problem);
	else
		good = parse_points(at, curve, problem);
	if (good)
		curve_prepare(curve);
	return good;
}

/* ---- text out ---- */

/* the shortest text: no zeros at the end */
static int
print_millionths(char *text, int64_t millionths)
{
	Wide		units = millionths;
	int			scale = 6;

	while (scale > 0 && units % 10 == 0)
	{
		units /= 10;
		scale--;
	}
	return decimal_print(text, units, scale);
}

static int
print_word(char *text, const char *word)
{
	size_t		length = strlen(word);

	memcpy(text, word, length);
	return (int) length;
}

/* quoted where it would not be read back as one word */
static int
print_name(char *text, const CurveName *name, bool is_else)
{
	bool		plain = is_else || name->length != 4 || memcmp(name->at, "else", 4) != 0;
	int			length = 0;

	for (int i = 0; i < name->length; i++)
		if (is_blank(name->at[i]) || name->at[i] == '=')
			plain = false;
	length += print_word(text, plain ? "" : "\"");
	memcpy(text +length, name->at, name->length);
	length += name->length;
	return length + print_word(text +length, plain ? "=>" : "\"=>");
}

static int
print_width(const Curve *curve, const char *word, char *text)
{
	int			length = print_word(text, word);

	length += print_millionths(text +length, curve->width);
	if (curve->days)
		length += print_word(text +length, curve->width == CURVE_UNIT ? " day" : " days");
	return length;
}

static int
print_point(const Curve *curve, int i, char *text)
{
	int			length = 1;

	text[		0] = ' ';

	if (curve->kind == CURVE_MAP)
		length += print_name(text +length, &curve->names[i], curve->has_else && i == curve->count - 1);
	else
	{
		length += print_millionths(text +length, curve->at[i].value);
		text[		length++] = ':';
	}
	return length + print_millionths(text +length, curve->at[i].points);
}

/* Returns the length; text has room for CURVE_TEXT_SIZE. */
int
curve_print(const Curve *curve, char *text)
{
	int			length = print_word(text, kind_names[curve->kind]);

	if (curve->kind == CURVE_DECAY)
		return length + print_width(curve, " half_life ", text +length);
	if (curve->kind == CURVE_LOGISTIC)
	{
		length += print_word(text +length, curve->falling ? " falling middle " : " rising middle ");
		length += print_millionths(text +length, curve->middle);
		return length + print_width(curve, " doubling ", text +length);
	}
	for (int i = 0; i < curve->count; i++)
		length += print_point(curve, i, text +length);
	return length;
}

/* which point of a map a category has; -1: none, it is missing */
int
curve_category(const Curve *curve, const char *name, size_t length)
{
	int			named = curve->count - curve->has_else;

	for (int i = 0; i < named; i++)
		if ((size_t) curve->names[i].length == length && memcmp(curve->names[i].at, name, length) == 0)
			return i;
	return curve->has_else ? named : -1;
}
