/*
 * parents.c
 *	  When the band of a parent will change if nothing happens.  Pure C.
 *
 * Over a span of time the score of each child lies between two that are known
 * (ahead.c), and so do their means.  Spans that hold one band are passed over as
 * a whole, others are halved, down to an hour; where the band is another one
 * at the end of an hour, the instant within is looked for.  So the work is bounded
 * however many scores run along a border, and only a band that leaves and
 * comes back within the hour is not seen.
 */
#include "health/parents.h"

#define HOUR	INT64_C(3600000000)

/* weights times hundredths, over a span of time */
typedef struct MeanSums
{
	__int128	score[2];		/* least and most, of children whose score is
								 * known */
	__int128	low[2];
	__int128	high[2];
	__int128	coverage[2];
	__int128	known;			/* weight of the children whose score is known
								 * all the while */
	__int128	perhaps;		/* of those whose score may be known, from 0
								 * to 100 */
	__int128	weight;			/* of all */
} MeanSums;

typedef struct ParentSearch
{
	const HealthModel *bands;
	const HealthChild *children;	/* that move */
	int			count;
	MeanSums	still;			/* of those that do not */
	HealthBand	plain;
} ParentSearch;

static void
add_range(MeanSums *sums, int64_t weight, const HealthScore *least, const HealthScore *most)
{
	if (least->score != HEALTH_UNKNOWN)
	{
		sums->score[0] += (__int128) weight * least->score;
		sums->score[1] += (__int128) weight * most->score;
		sums->known += weight;
	}
	sums->low[0] += (__int128) weight * least->low;
	sums->low[1] += (__int128) weight * most->low;
	sums->high[0] += (__int128) weight * least->high;
	sums->high[1] += (__int128) weight * most->high;
	sums->coverage[0] += (__int128) weight * least->coverage;
	sums->coverage[1] += (__int128) weight * most->coverage;
	sums->weight += weight;
}

/* of a child of whom something expires meanwhile: anything */
static void
add_anything(MeanSums *sums, int64_t weight)
{
	const HealthScore least = {HEALTH_UNKNOWN, 0, 0, 0};
	const HealthScore most = {HEALTH_UNKNOWN, HEALTH_MOST, HEALTH_MOST, 100};

	add_range(sums, weight, &least, &most);
	sums->perhaps += weight;
}

static void
add_child(MeanSums *sums, const HealthChild *child, int64_t since, int64_t until)
{
	bool		is_set = child->set_score != HEALTH_UNKNOWN && since < child->set_until;
	HealthScore least;
	HealthScore most;

	if (!health_span_scores(&child->course, since, until, &least, &most) ||
		(is_set && until >= child->set_until))
	{
		add_anything(sums, child->weight);
		return;
	}
	if (is_set)
		least.score = most.score = child->set_score;
	add_range(sums, child->weight, &least, &most);
}

static MeanSums
sums_over(const ParentSearch *search, int64_t since, int64_t until)
{
	MeanSums	sums = search->still;

	for (int i = 0; i < search->count; i++)
		add_child(&sums, &search->children[i], since, until);
	return sums;
}

static int
rounded_mean(__int128 sum, __int128 weight)
{
	return weight == 0 ? 0 : (int) ((2 * sum + weight) / (2 * weight));
}

static int
rank_of_mean(const ParentSearch *search, __int128 sum, __int128 weight)
{
	return health_band_rank(search->bands, rounded_mean(sum, weight));
}

/* whole percents, rounded down */
static bool
is_covered(const ParentSearch *search, const MeanSums *sums, int bound)
{
	return sums->weight > 0 && sums->coverage[bound] >= search->bands->minimum_coverage * sums->weight;
}

/* of a span over which more than one band may be */
#define BAND_UNSURE		HEALTH_BANDS

static int
band_over(const ParentSearch *search, int64_t since, int64_t until)
{
	MeanSums	sums = sums_over(search, since, until);
	__int128	most = sums.known + sums.perhaps;
	int			low[2];
	int			high[2];
	int			rank[2];

	if (most == 0)
		return BAND_GREY;
	if (sums.known == 0 && sums.perhaps > 0)
		return BAND_UNSURE;
	for (int i = 0; i < 2; i++)
	{
		low[i] = rank_of_mean(search, sums.low[i], sums.weight);
		high[i] = rank_of_mean(search, sums.high[i], sums.weight);
		rank[i] = rank_of_mean(search, sums.score[i] + (i > 0 ? HEALTH_MOST * sums.perhaps : 0), most);
	}
	if (!is_covered(search, &sums, 0) && (low[0] != low[1] || high[0] != high[1] || low[0] != high[0]))
		return !is_covered(search, &sums, 1) && low[0] == low[1] && high[0] == high[1] ? BAND_GREY : BAND_UNSURE;
	return rank[0] == rank[1] ? (int) search->bands->bands[rank[0]].band : BAND_UNSURE;
}

/* The band is another one at "until": when does it begin to be? */
static int64_t
instant_within(const ParentSearch *search, int64_t since, int64_t until)
{
	while (until - since > 1)
	{
		int64_t		middle = since + (until - since) / 2;

		if (band_over(search, middle, middle) != (int) search->plain)
			until = middle;
		else
			since = middle;
	}
	return until;
}

static bool
find_parent(const ParentSearch *search, int64_t since, int64_t until, int64_t *at)
{
	int64_t		middle = since + (until - since) / 2;

	if (since >= until || band_over(search, since, until) == (int) search->plain)
		return false;
	if (until - since > HOUR)
		return find_parent(search, since, middle, at) || find_parent(search, middle, until, at);
	if (band_over(search, until, until) == (int) search->plain)
		return false;
	*at = instant_within(search, since, until);
	return true;
}

/* Children that stay as they are come last, and are added up once. */
static ParentSearch
parent_search(const HealthModel *bands, HealthChild *children, int count, int64_t from)
{
	ParentSearch search = {bands, children, count};

	for (int i = 0; i < search.count;)
	{
		HealthChild child = children[i];

		if (health_course_moves(&child.course) || child.set_score != HEALTH_UNKNOWN)
		{
			i++;
			continue;
		}
		add_child(&search.still, &child, from, from);
		children[i] = children[--search.count];
		children[search.count] = child;
	}
	search.plain = (HealthBand) band_over(&search, from, from);
	return search;
}

HealthBand
health_parent_band(const HealthModel *bands, HealthChild *children, int count, int64_t at)
{
	return parent_search(bands, children, count, at).plain;
}

/* false: not until then */
bool
health_parent_next_change(const HealthModel *bands, HealthChild *children, int count,
						  int64_t from, int64_t until, int64_t *at)
{
	ParentSearch search = parent_search(bands, children, count, from);

	return find_parent(&search, from, until, at);
}
