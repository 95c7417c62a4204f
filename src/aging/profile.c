/*
 * profile.c
 *	  Aging profiles in memory: merging and comparing them.  Pure C.
 *
 * Invariant: see profile.h; a merge that is refused may have changed the scale
 * of a profile, never its value.
 */
#include "aging/profile.h"

const AgingEdges aging_default_edges = {3, {0, 30, 60, 90}};

/* without the zero in front: ascending, positive, not too many */
bool
aging_edges_valid(const int32_t *bounds, int count)
{
	int32_t		previous = 0;

	if (count < 0 || count > AGING_MAX_EDGES)
		return false;
	for (int i = 0; i < count; i++)
	{
		/* the bucket after the last edge begins one day later */
		if (bounds[i] <= previous || bounds[i] == INT32_MAX)
			return false;
		previous = bounds[i];
	}
	return true;
}

bool
aging_edges_equal(const AgingEdges *left, const AgingEdges *right)
{
	return left == right ||
		(left->count == right->count &&
		 memcmp(left->bound, right->bound, (left->count + 1) * sizeof(int32_t)) == 0);
}

void
aging_profile_init(Profile *profile, const AgingEdges *edges, int32_t as_of,
				   int currency, int scale)
{
	memset(profile, 0, PROFILE_SIZE(edges));
	profile->edges = edges;
	profile->as_of = as_of;
	profile->currency = currency;
	profile->scale = scale;
	profile->shown = scale;
}

/* To another scale; to a smaller one only where the dropped digits are zeros. */
bool
aging_profile_rescale(Profile *profile, int scale)
{
	int			digits = scale - profile->scale;
	int			n = PROFILE_FIGURES(profile->edges);
	Wide		shifted[AGING_MAX_FIGURES];

	if (digits == 0)
		return true;
	memcpy(shifted, profile->figures, n * sizeof(Wide));
	for (int i = 0; i < n; i++)
		if (!decimal_shift(&shifted[i], digits))
			return false;
	memcpy(profile->figures, shifted, n * sizeof(Wide));
	profile->scale = scale;
	return true;
}

static ProfileResult
comparable(const Profile *left, const Profile *right)
{
	if (left->currency != right->currency)
		return PROFILE_OTHER_CURRENCY;
	if (left->as_of != right->as_of)
		return PROFILE_OTHER_DATE;
	if (!aging_edges_equal(left->edges, right->edges))
		return PROFILE_OTHER_EDGES;
	return PROFILE_OK;
}

ProfileResult
aging_profile_merge(Profile *into, const Profile *from)
{
	int			n = PROFILE_FIGURES(into->edges);
	ProfileResult result = comparable(into, from);
	Wide		sums[AGING_MAX_FIGURES];

	if (result != PROFILE_OK)
		return result;
	if (into->scale < from->scale && !aging_profile_rescale(into, from->scale))
		return PROFILE_OVERFLOW;
	for (int i = 0; i < n; i++)
	{
		sums[i] = from->figures[i];
		if (!decimal_shift(&sums[i], into->scale - from->scale) ||
			!decimal_add(&sums[i], into->figures[i]))
			return PROFILE_OVERFLOW;
	}
	memcpy(into->figures, sums, n * sizeof(Wide));
	if (into->shown < from->shown)
		into->shown = from->shown;
	return PROFILE_OK;
}

/* a figure without the zeros at its end */
static int
strip_zeros(Wide *units, int scale)
{
	if (*units == 0)
		return 0;
	while (scale > 0 && *units % 10 == 0)
	{
		*units /= 10;
		scale--;
	}
	return scale;
}

/* By value, as numbers are equal: 1.0 and 1.00 are the same figure. */
bool
aging_profile_equal(const Profile *left, const Profile *right)
{
	if (comparable(left, right) != PROFILE_OK)
		return false;
	for (int i = 0; i < PROFILE_FIGURES(left->edges); i++)
	{
		Wide		a = left->figures[i];
		Wide		b = right->figures[i];

		if (strip_zeros(&a, left->scale) != strip_zeros(&b, right->scale) || a != b)
			return false;
	}
	return true;
}

/* the signs that the invariant promises */
bool
aging_profile_valid(const Profile *profile)
{
	int			credits = PROFILE_CREDITS(profile->edges);

	for (int i = 0; i < credits; i++)
		if (profile->figures[i] < 0)
			return false;
	return profile->figures[credits] <= 0;
}

bool
aging_profile_sum(const Profile *profile, int first, int last, Wide *sum)
{
	*sum = 0;
	for (int i = first; i <= last; i++)
		if (!decimal_add(sum, profile->figures[i]))
			return false;
	return true;
}
