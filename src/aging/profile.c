/*
 * profile.c
 *	  Aging profiles in memory: merging and comparing them.  Pure C.
 *
 * Invariant: see profile.h; a merge that is refused may have changed the scale
 * of a profile, never its value.
 */
#include "aging/profile.h"

const AgingEdges aging_default_edges = {3, 0, {0, 30, 60, 90}};

/* Ascending, not too many, none before the first day that a bucket can have. */
bool
aging_edges_valid(const AgingEdges *edges)
{
	int64_t		previous = edges->bound[0] == AGING_NO_START ? -1 : edges->bound[0];

	if (edges->count < 0 || edges->count > AGING_MAX_EDGES)
		return false;
	for (int i = 1; i <= edges->count; i++)
	{
		/* the bucket after the last edge begins one day later */
		if (edges->bound[i] <= previous || edges->bound[i] == INT32_MAX)
			return false;
		previous = edges->bound[i];
	}
	return true;
}

/*
 * From edges above zero as they are typed.  Days are whole, so an edge that
 * begins a bucket is the end of the one before, a day earlier.
 */
bool
aging_edges_make(AgingEdges *edges, const int32_t *bounds, int count, const AgingRule *rule)
{
	if (count > AGING_MAX_EDGES)
		return false;
	memset(edges, 0, sizeof(AgingEdges));
	edges->count = count;
	edges->aged_credits = rule->credits_aged;
	edges->bound[0] = rule->not_due_in_first ? AGING_NO_START : -rule->day_0_due;
	for (int i = 0; i < count; i++)
	{
		if (bounds[i] <= 0)
			return false;
		edges->bound[i + 1] = bounds[i] - rule->exclusive;
	}
	return aging_edges_valid(edges);
}

/* bound[0] and where credits go, as a small number for the stored forms */
int
aging_edges_shape(const AgingEdges *edges)
{
	int			start = edges->bound[0] == AGING_NO_START ? 2 : -edges->bound[0];

	return start + 4 * edges->aged_credits;
}

bool
aging_edges_take_shape(AgingEdges *edges, int shape)
{
	int			start = shape % 4;

	edges->bound[0] = start == 2 ? AGING_NO_START : -start;
	edges->aged_credits = shape / 4;
	return shape >= 0 && shape < 8 && start < 3;
}

bool
aging_edges_equal(const AgingEdges *left, const AgingEdges *right)
{
	return left == right ||
		(left->count == right->count && left->aged_credits == right->aged_credits &&
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

bool
aging_profile_negate(Profile *profile)
{
	int			n = PROFILE_FIGURES(profile->edges);

	for (int i = 0; i < n; i++)
		if (profile->figures[i] == DECIMAL_SMALLEST)
			return false;		/* it has no opposite */
	for (int i = 0; i < n; i++)
		profile->figures[i] = -profile->figures[i];
	return true;
}

/* value / 10^digits, half away from zero: the first digit cut off decides */
static __int128
rounded(__int128 value, int digits)
{
	for (; digits > 1; digits--)
		value /= 10;
	if (digits == 1)
		value = value / 10 + (value % 10 >= 5) - (value % 10 <= -5);
	return value;
}

/* Every figure times units / 10^scale: of a currency to its own digits, of plain numbers exactly. */
bool
aging_profile_scale(Profile *profile, Wide units, int scale)
{
	int			n = PROFILE_FIGURES(profile->edges);
	__int128	figures[AGING_MAX_FIGURES];

	if (profile->currency == 0 && profile->scale + scale > DECIMAL_MAX_SCALE)
		return false;
	for (int i = 0; i < n; i++)
		if (__builtin_mul_overflow((__int128) profile->figures[i], (__int128) units, &figures[i]))
			return false;
	for (int i = 0; i < n; i++)
		profile->figures[i] = profile->currency == 0 ? figures[i] : rounded(figures[i], scale);
	if (profile->currency == 0)
	{
		profile->scale += scale;
		profile->shown += scale;
	}
	return true;
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
