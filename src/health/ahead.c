/*
 * ahead.c
 *	  When a band will change if nothing happens.  Pure C.
 *
 * Ages never go down, so over a span of time each input covers a known range,
 * each curve a known range of points, and the score lies between two sums.
 * Where both give one band, the span holds no change; where not, it is halved,
 * the earlier half first.  What is found is exact to the microsecond: the
 * first instant at which health_score() gives another band.
 *
 * Bounds by range alone would be wide where one dimension rises as another
 * falls.  So dimensions that move along one straight line each are summed at
 * both ends of the span, where the sum has its extremes.
 */
#include "health/ahead.h"

/* A span of time, and the model's inputs at its two ends. */
typedef struct Span
{
	int64_t		since;
	int64_t		until;
	const Measure *first;
	const Measure *last;
} Span;

/* least and most of a sum of points times weights over a span */
typedef struct SumRange
{
	int64_t		line_first;		/* what is straight, at both ends */
	int64_t		line_last;
	int64_t		least;			/* all else */
	int64_t		most;
	int64_t		slack;			/* for rounding on the straight lines */
} SumRange;

static bool
without_days(const HealthCourse *course)
{
	for (int i = 0; i < course->model->n_inputs; i++)
		if (course->motions[i].kind == AGE_DAY)
			return false;
	return true;
}

void
health_measures_at(const HealthCourse *course, int64_t at, Measure *measures)
{
	int64_t		today = without_days(course) ? 0 : course->day_of(at);

	for (int i = 0; i < course->model->n_inputs; i++)
	{
		const Motion *motion = &course->motions[i];

		measures[i] = course->measures[i];
		if (motion->kind == AGE_DAY)
			measures[i].value = age_of_day(motion->origin, today);
		else if (motion->kind == AGE_INSTANT)
			measures[i].value = age_of_instant(motion->origin, at);
	}
	health_expire(course->model, measures);
}

static HealthBand
band_of(const HealthModel *model, const Measure *measures)
{
	HealthScore score;

	health_score(model, measures, &score);
	return score.band;
}

/* Does a value expire, a veto begin or end within the span? */
static bool
has_event(const HealthModel *model, const Span *span)
{
	for (int i = 0; i < model->n_dimensions; i++)
		if (span->first[i].missing != span->last[i].missing)
			return true;
	for (int i = 0; i < model->n_vetoes; i++)
	{
		const HealthVeto *veto = &model->vetoes[i];
		const Measure *first = &span->first[model->n_dimensions + i];
		const Measure *last = &span->last[model->n_dimensions + i];

		if (!first->missing &&
			((first->value < veto->since && last->value >= veto->since) ||
			 (first->value < veto->below && last->value >= veto->below)))
			return true;
	}
	return false;
}

/* the segment of a line that holds both values, or -1 */
static int
common_segment(const Curve *curve, int64_t first, int64_t last)
{
	if (curve->kind != CURVE_LINEAR || !curve->narrow)
		return -1;
	for (int i = 1; i < curve->count; i++)
		if (first >= curve->at[i - 1].value && last <= curve->at[i].value)
			return i - 1;
	return -1;
}

static void
add_range(SumRange *range, const HealthDimension *dimension, AgeKind kind, int64_t first, int64_t last)
{
	const Curve *curve = &dimension->curve;
	int			segment = common_segment(curve, first, last);
	int64_t		worst;
	int64_t		best;

	if (segment >= 0 && first < last)
	{
		/* ages go up by steps, of a day or of a millionth of one */
		int64_t		step = kind == AGE_DAY ? CURVE_UNIT : 1;
		__int128	jump = (__int128) curve->segments[segment].rise * step / curve->segments[segment].width;

		if (jump < CURVE_MOST)
		{
			range->line_first += curve_points(curve, first) * dimension->weight;
			range->line_last += curve_points(curve, last) * dimension->weight;
			range->slack += ((int64_t) jump + 2) * dimension->weight;
			return;
		}
	}
	curve_range_between(curve, first, last, &worst, &best);
	range->least += worst * dimension->weight;
	range->most += best * dimension->weight;
}

static int64_t
clamped(int64_t sum, int64_t most)
{
	return sum < 0 ? 0 : sum > most ? most : sum;
}

/* the least and the most of the points that are known, over the span */
static void
known_range(const HealthCourse *course, const Span *span, int64_t covered, int64_t *least, int64_t *most)
{
	const HealthModel *model = course->model;
	SumRange	range = {0};
	int64_t		low;
	int64_t		high;

	for (int i = 0; i < model->n_dimensions; i++)
		if (!span->first[i].missing)
			add_range(&range, &model->dimensions[i], course->motions[i].kind,
					  span->first[i].value, span->last[i].value);
	low = range.line_first < range.line_last ? range.line_first : range.line_last;
	high = range.line_first < range.line_last ? range.line_last : range.line_first;
	*least = clamped(low + range.least - range.slack, covered * CURVE_MOST);
	*most = clamped(high + range.most + range.slack, covered * CURVE_MOST);
}

/* False: the band is the same all over the span. */
static bool
may_change(const HealthCourse *course, const Span *span)
{
	const HealthModel *model = course->model;
	int			allowed = health_allowed_rank(model, span->first);
	HealthSums	sums;
	HealthScore least;
	HealthScore most;
	int64_t		known_least;

	if (has_event(model, span))
		return true;
	health_sums(model, span->first, &sums);
	known_range(course, span, sums.covered, &known_least, &sums.known);
	health_score_sums(model, &sums, allowed, &most);
	sums.known = known_least;
	health_score_sums(model, &sums, allowed, &least);
	if (least.score == HEALTH_UNKNOWN)
		return false;
	return health_band_rank(model, least.score) != health_band_rank(model, most.score) ||
		(least.coverage < model->minimum_coverage &&
		 (health_band_rank(model, least.low) != health_band_rank(model, most.low) ||
		  health_band_rank(model, least.high) != health_band_rank(model, most.high)));
}

/*
 * The first instant in (since, until] of another band than "band", which is
 * that of "since".
 */
static bool
search(const HealthCourse *course, const Span *span, HealthBand band, int64_t *at)
{
	Measure		middle[MODEL_MAX_INPUTS];
	int64_t		half = span->since + (span->until - span->since) / 2;

	if (!may_change(course, span))
		return false;
	if (span->until - span->since == 1)
	{
		*at = span->until;
		return band_of(course->model, span->last) != band;
	}
	health_measures_at(course, half, middle);

	/*
	 * A change at the middle may have another one before it, but nothing
	 * after it matters.
	 */
	if (search(course, &(Span)
/**INDENT** Error@207: Unbalanced parens */
			   {
		span->since, half, span->first, middle
/**INDENT** Warning@209: Extra ) */
/**INDENT** Warning@209: Extra ) */
	}, band, at))
		return true;
	return search(course, &(Span)
/**INDENT** Error@212: Unbalanced parens */
				  {
		half, span->until, middle, span->last
/**INDENT** Warning@214: Extra ) */
	}, band, at);
}

/* false: not until then */
bool
health_next_change(const HealthCourse *course, int64_t from, int64_t until, int64_t *at)
{
	Measure		first[MODEL_MAX_INPUTS];
	Measure		last[MODEL_MAX_INPUTS];
	bool		moves = false;

	for (int i = 0; i < course->model->n_inputs; i++)
		moves |= course->motions[i].kind != AGE_NONE;
	if (!moves || from >= until)
		return false;
	health_measures_at(course, from, first);
	health_measures_at(course, until, last);
	return search(course, &(Span)
/**INDENT** Error@232: Unbalanced parens */
				  {
		from, until, first, last
	},
/**INDENT** Warning@235: Extra ) */
		band_of(course->model, first), at);
}
