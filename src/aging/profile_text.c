/*
 * profile_text.c
 *	  The text of a profile's figures.  Pure C.
 *
 *	  CNY not_due 100.00, 1-30 20.00, 31-60 0.00, 61-90 0.00, 91+ 5.00, credits -3.00
 *
 * The labels carry the edges, so the text says all that the profile holds but
 * its date, which the caller writes in front.  Printing then parsing gives the
 * same profile back.
 */
#include "aging/profile.h"

#include <stdio.h>
#include <stdlib.h>

#include "types/amount.h"

void
aging_profile_label(const AgingEdges *edges, int figure, char *label)
{
	if (figure == 0)
		snprintf(label, PROFILE_LABEL_SIZE, "not_due");
	else if (figure == PROFILE_CREDITS(edges))
		snprintf(label, PROFILE_LABEL_SIZE, "credits");
	else if (figure == edges->count + 1)
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

	if (currency != NULL)
		length = snprintf(text, PROFILE_TEXT_SIZE, "%s ", currency->code);
	for (int i = 0; i < PROFILE_FIGURES(profile->edges); i++)
	{
		char		label[PROFILE_LABEL_SIZE];

		aging_profile_label(profile->edges, i, label);
		length += snprintf(text +length, PROFILE_TEXT_SIZE - length, "%s%s ",
						   i > 0 ? ", " : "", label);
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

/*
 * "1-30 20.00," ... "91+ 5.00,": each bucket begins where the one before ended.
 * Returns what follows the open one.
 */
static const char *
parse_buckets(const char *at, Profile *profile, AgingEdges *edges, int *scales)
{
	for (edges->count = 0; edges->count <= AGING_MAX_EDGES; edges->count++)
	{
		char	   *end;
		long		from = strtol(at, &end, 10);
		bool		open = *end == '+';
		long		to = *end == '-' ? strtol(end + 1, &end, 10) : 0;

		if (end == at || from != (long) edges->bound[edges->count] + 1)
			return NULL;
		if (!open && (to < from || to >= INT32_MAX || edges->count == AGING_MAX_EDGES))
			return NULL;
		at = parse_figure(skip_blanks(end + open), profile, edges->count + 1, scales);
		if (at == NULL || *at != ',')
			return NULL;
		at = skip_blanks(at + 1);
		if (open)
			return at;
		edges->bound[edges->count + 1] = (int32_t) to;
	}
	return NULL;
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

	edges->bound[0] = 0;
	profile->edges = edges;
	profile->currency = profile->scale = 0;
	at = parse_currency(skip_blanks(text), profile);
	if (at != NULL)
		at = skip_word(at, "not_due ");
	if (at != NULL)
		at = parse_figure(at, profile, 0, scales);
	if (at == NULL || *at != ',')
		return false;
	at = parse_buckets(skip_blanks(at + 1), profile, edges, scales);
	if (at != NULL)
		at = skip_word(at, "credits ");
	if (at != NULL)
		at = parse_figure(at, profile, PROFILE_CREDITS(edges), scales);
	return at != NULL && *at == '\0' && align_figures(profile, scales);
}
