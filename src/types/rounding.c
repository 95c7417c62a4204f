/*
 * rounding.c
 *	  Named rounding modes.  Pure C: no server, no allocation.
 *
 * One table of names and one decision: which of the two whole numbers around
 * a value is taken.  How the rest was found is the caller's matter, so that
 * numeric and integer rounding cannot differ.
 */
#include "types/rounding.h"

#include <string.h>

static const RoundingName names[] = {
	{"half_away", ROUND_HALF_AWAY, "half_away_from_zero commercial",
	"To the nearest; half away from zero, as invoices are rounded."},
	{"half_even", ROUND_HALF_EVEN, "half_to_even bankers",
	"To the nearest; half to the even neighbour."},
	{"half_up", ROUND_HALF_UP, "half_ceiling",
	"To the nearest; half towards plus infinity."},
	{"half_down", ROUND_HALF_DOWN, "half_floor",
	"To the nearest; half towards minus infinity."},
	{"half_zero", ROUND_HALF_ZERO, "half_toward_zero",
	"To the nearest; half towards zero."},
	{"away", ROUND_AWAY, "away_from_zero",
	"Away from zero whenever there is a rest."},
	{"zero", ROUND_ZERO, "toward_zero truncate trunc",
	"Towards zero: the rest is cut off."},
	{"up", ROUND_UP, "ceiling ceil",
	"Towards plus infinity whenever there is a rest."},
	{"down", ROUND_DOWN, "floor",
	"Towards minus infinity: the rest is taken away."},
	{"exact", ROUND_EXACT, "",
	"Nothing may be left to round; otherwise an error."}
};

#define N_NAMES	((int) (sizeof(names) / sizeof(names[0])))

static bool
is_word_of(const char *words, const char *name, size_t length)
{
	while (*words != '\0')
	{
		size_t		word = strcspn(words, " ");

		if (word == length && memcmp(words, name, length) == 0)
			return true;
		words += word;
		words += strspn(words, " ");
	}
	return false;
}

const RoundingName *
rounding_named(const char *name, size_t length)
{
	for (int i = 0; i < N_NAMES; i++)
		if (is_word_of(names[i].name, name, length) || is_word_of(names[i].aliases, name, length))
			return &names[i];
	return NULL;
}

const RoundingName *
rounding_at(int position)
{
	return position >= 0 && position < N_NAMES ? &names[position] : NULL;
}

static bool
half_takes_upper(RoundingMode mode, bool negative, bool lower_is_odd)
{
	switch (mode)
	{
		case ROUND_HALF_EVEN:
			return lower_is_odd;
		case ROUND_HALF_UP:
			return true;
		case ROUND_HALF_DOWN:
			return false;
		case ROUND_HALF_ZERO:
			return negative;
		default:				/* ROUND_HALF_AWAY */
			return !negative;
	}
}

bool
rounding_takes_upper(RoundingMode mode, RoundingRest rest, bool negative, bool lower_is_odd)
{
	if (rest == REST_NONE)
		return false;
	switch (mode)
	{
		case ROUND_UP:
			return true;
		case ROUND_DOWN:
			return false;
		case ROUND_AWAY:
			return !negative;
		case ROUND_ZERO:
			return negative;
		default:
			if (rest == REST_HALF)
				return half_takes_upper(mode, negative, lower_is_odd);
			return rest == REST_ABOVE_HALF;
	}
}

bool
rounding_to_step(WideUnits units, int64_t step, RoundingMode mode, WideUnits *rounded)
{
	WideUnits	lower = units / step;
	WideUnits	rest = units % step;
	RoundingRest kind;

	if (rest < 0)
	{
		lower--;
		rest += step;
	}
	kind = rest == 0 ? REST_NONE : rest * 2 < step ? REST_BELOW_HALF : rest * 2 == step ? REST_HALF : REST_ABOVE_HALF;
	if (mode == ROUND_EXACT && kind != REST_NONE)
		return false;
	*rounded = (lower + rounding_takes_upper(mode, kind, units < 0, lower % 2 != 0)) * step;
	return true;
}
