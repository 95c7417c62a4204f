/*
 * profile_text.c
 *	  The text of a profile's figures.  Pure C.
 *
 *	  CNY not_due 100.00, 1-30 20.00, 31-60 0.00, 61-90 0.00, 91+ 5.00, credits -3.00
 *
 * The labels carry the edges, and a figure that the rule does without is not
 * there, so the text says all that the profile holds but its date, which the
 * caller writes in front.  Printing then parsing gives the same profile back.
 */
#include "aging/profile.h"

#include <stdio.h>
#include <stdlib.h>

#include "types/amount.h"

/* The first day of a bucket is left out where the bucket has none. */
void
aging_profile_label(const AgingEdges *edges, int figure, char *label)
{
	bool		no_start = figure == 1 && edges->bound[0] == AGING_NO_START;
	bool		no_end = figure == edges->count + 1;

	if (figure == 0)
		snprintf(label, PROFILE_LABEL_SIZE, "not_due");
	else if (figure == PROFILE_CREDITS(edges))
		snprintf(label, PROFILE_LABEL_SIZE, "credits");
	else if (no_start && no_end)
		snprintf(label, PROFILE_LABEL_SIZE, "all");
	else if (no_start)
		snprintf(label, PROFILE_LABEL_SIZE, "up_to_%d", edges->bound[1]);
	else if (no_end)
		snprintf(label, PROFILE_LABEL_SIZE, "%d+", edges->bound[figure - 1] + 1);
	else
		snprintf(label, PROFILE_LABEL_SIZE, "%d-%d",
				 edges->bound[figure - 1] + 1, edges->bound[figure]);
}

/* Returns the length; text has room for PROFILE_TEXT_SIZE. */
int
aging_profile_print(const Profile *profile, char *text)
{
	const Currency *currency = currency_by_number(profile->currency);
	int			length = 0;
	const char *separator = "";

	if (currency != NULL)
		length = snprintf(text, PROFILE_TEXT_SIZE, "%s ", currency->code);
	for (int i = 0; i < PROFILE_FIGURES(profile->edges); i++)
	{
		char		label[PROFILE_LABEL_SIZE];

		if (!aging_has_figure(profile->edges, i))
			continue;
		aging_profile_label(profile->edges, i, label);
		length += snprintf(text +length, PROFILE_TEXT_SIZE - length, "%s%s ",
						   separator, label);
		separator = ", ";
		length += decimal_print(text +length, profile->figures[i], profile->scale);
	}
	return length;
}

static const char *
skip_blanks(const char *at)
{
	while (*at == ' ' || (*at >= '\t' && *at <= '\r'))
		at++;
	return at;
}

static const char *
skip_word(const char *at, const char *word)
{
	size_t		length = strlen(word);

	return strncmp(at, word, length) == 0 ? skip_blanks(at + length) : NULL;
}

/* All figures of a text have one scale: that of the one with most digits. */
static const char *
parse_figure(const char *at, Profile *profile, int figure, int *scales)
{
	Wide		units;

	at = decimal_parse(at, &units, &scales[figure]);
	if (at == NULL)
		return NULL;
	profile->figures[figure] = units;
	if (profile->scale < scales[figure])
		profile->scale = scales[figure];
	return skip_blanks(at);
}

/* a number of days; the end of the text stays where it is when there is none */
static const char *
parse_days(const char *at, int64_t *days)
{
	char	   *end;

	*days = strtol(at, &end, 10);
	return end;
}

/*
 * "1-30", "0-30", "up_to_30", "91+" or "all": a bucket begins where the one
 * before ended.  NULL: it does not.  open: it has no end.
 */
static const char *
parse_label(const char *at, AgingEdges *edges, bool *open)
{
	int64_t		from = edges->bound[0] == AGING_NO_START ? -1 : 0;
	int64_t		to = 0;
	const char *end;
	bool		no_start = edges->count == 0 && edges->bound[0] == AGING_NO_START;

	*open = no_start && strncmp(at, "all ", 4) == 0;
	if (*open)
		return at + 3;
	if (no_start)
		end = strncmp(at, "up_to_", 6) == 0 ? parse_days(at + 6, &to) : at;
	else
	{
		end = parse_days(at, &from);
		if (edges->count == 0 && from == 0)
			edges->bound[0] = -1;
		if (end == at || from != (int64_t) edges->bound[edges->count] + 1)
			return NULL;
		*open = *end == '+';
		if (*open)
			return end + 1;
		end = *end == '-' ? parse_days(end + 1, &to) : at;
	}
	if (end == at || to < from || to < 0 || to >= INT32_MAX || edges->count == AGING_MAX_EDGES)
		return NULL;
	edges->bound[edges->count + 1] = (int32_t) to;
	return end;
}

/* "1-30 20.00, ... 91+ 5.00".  Returns what follows the one without an end. */
static const char *
parse_buckets(const char *at, Profile *profile, AgingEdges *edges, int *scales)
{
	for (edges->count = 0;; edges->count++)
	{
		bool		open;

		at = parse_label(at, edges, &open);
		if (at == NULL)
			return NULL;
		at = parse_figure(skip_blanks(at), profile, edges->count + 1, scales);
		if (at == NULL || open)
			return at;
		if (*at != ',')
			return NULL;
		at = skip_blanks(at + 1);
	}
}

/* "not_due 100.00, ", where the first bucket does not hold it */
static const char *
parse_not_due(const char *at, Profile *profile, AgingEdges *edges, int *scales)
{
	const char *figure = skip_word(at, "not_due ");

	edges->bound[0] = figure == NULL ? AGING_NO_START : 0;
	if (figure == NULL)
		return at;
	at = parse_figure(figure, profile, 0, scales);
	return at != NULL && *at == ',' ? skip_blanks(at + 1) : NULL;
}

/* ", credits -3.00", where the buckets do not hold them */
static const char *
parse_credits(const char *at, Profile *profile, AgingEdges *edges, int *scales)
{
	edges->aged_credits = *at == '\0';
	if (edges->aged_credits)
		return at;
	at = *at == ',' ? skip_word(skip_blanks(at + 1), "credits ") : NULL;
	return at != NULL ? parse_figure(at, profile, PROFILE_CREDITS(edges), scales) : NULL;
}

static const char *
parse_currency(const char *at, Profile *profile)
{
	char		code[4] = {0};
	const Currency *currency;

	if (*at < 'A' || *at > 'Z')
		return at;				/* plain numbers */
	strncpy(code, at, 3);
	currency = currency_by_code(code);
	if (currency == NULL || at[3] != ' ')
		return NULL;
	profile->currency = currency->number;
	profile->scale = currency->digits;
	return skip_blanks(at + 3);
}

static bool
align_figures(Profile *profile, const int *scales)
{
	const Currency *currency = currency_by_number(profile->currency);

	if (currency != NULL && profile->scale != currency->digits)
		return false;
	for (int i = 0; i < PROFILE_FIGURES(profile->edges); i++)
		if (!decimal_shift(&profile->figures[i], profile->scale - scales[i]))
			return false;
	profile->shown = profile->scale;
	return true;
}

/*
 * Fills a profile that has room for the most figures, and its edges; the date
 * is left to the caller.  False: it is not the text of a profile.
 */
bool
aging_profile_parse(const char *text, Profile *profile, AgingEdges *edges)
{
	int			scales[AGING_MAX_FIGURES] = {0};
	const char *at;

	profile->edges = edges;
	profile->currency = profile->scale = 0;
	at = parse_currency(skip_blanks(text), profile);
	if (at != NULL)
		at = parse_not_due(at, profile, edges, scales);
	if (at != NULL)
		at = parse_buckets(at, profile, edges, scales);
	if (at != NULL)
		at = parse_credits(at, profile, edges, scales);
	return at != NULL && *at == '\0' && align_figures(profile, scales);
}
