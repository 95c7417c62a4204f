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

/*
 * The points of a dimension over a span lie between "below" less and "above"
 * more than a straight line from first to last.
 */
typedef struct PointRange
{
	int64_t		first;
	int64_t		last;
	int64_t		below;
	int64_t		above;
} PointRange;

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

/* Looks for another band than "plain", or for another standing than "standing". */
typedef struct Search
{
	const HealthCourse *course;
	const HealthStanding *standing; /* NULL: plain bands */
	bool		frozen;			/* for so long the held band cannot change */
	HealthBand	plain;
} Search;

static int
lesser(int a, int b)
{
	return a < b ? a : b;
}

static void
stand(const HealthModel *model, const Measure *measures, int64_t at, bool frozen,
	  HealthStanding *standing, HealthScore *score)
{
	int			allowed = health_allowed_rank(model, measures);
	int			rank;

	health_score(model, measures, score);
	if (health_is_grey(model, standing->held, allowed, score))
	{
		standing->band = score->band = BAND_GREY;
		return;
	}
	rank = score->score == HEALTH_UNKNOWN ? standing->held : health_step(model, standing->held, score->score);
	if (rank != standing->held && !frozen &&
		(standing->held < 0 || at - standing->since >= model->bands[standing->held].dwell))
	{
		standing->held = rank;
		standing->since = at;
	}
	standing->band = score->band = model->bands[lesser(standing->held < 0 ? 0 : standing->held, allowed)].band;
}

/* The standing at an instant, from the one before; score gets its band. */
void
health_stand(const HealthCourse *course, int64_t at, HealthStanding *standing, HealthScore *score)
{
	Measure		measures[MODEL_MAX_INPUTS];

	health_measures_at(course, at, measures);
	stand(course->model, measures, at, false, standing, score);
}

static bool
is_found(const Search *search, const Measure *measures, int64_t at)
{
	HealthStanding then;
	HealthScore score;

	if (search->standing == NULL)
	{
		health_score(search->course->model, measures, &score);
		return score.band != search->plain;
	}
	then = *search->standing;
	stand(search->course->model, measures, at, search->frozen, &then, &score);
	return then.band != search->standing->band || then.held != search->standing->held;
}

static bool
expires(const HealthModel *model, const Span *span)
{
	for (int i = 0; i < model->n_dimensions; i++)
		if (span->first[i].missing != span->last[i].missing)
			return true;
	return false;
}

/* Does a value expire, a veto begin or end within the span? */
static bool
has_event(const HealthModel *model, const Span *span)
{
	if (expires(model, span))
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
point_range(PointRange *range, const Curve *curve, AgeKind kind, int64_t first, int64_t last)
{
	int			segment = common_segment(curve, first, last);
	int64_t		most;

	if (segment >= 0 && first < last)
	{
		/* ages go up by steps, of a day or of a millionth of one */
		int64_t		step = kind == AGE_DAY ? CURVE_UNIT : 1;
		__int128	jump = (__int128) curve->segments[segment].rise * step / curve->segments[segment].width;

		if (jump < CURVE_MOST)
		{
			range->first = curve_points(curve, first);
			range->last = curve_points(curve, last);
			range->below = range->above = (int64_t) jump + 2;
			return;
		}
	}
	curve_range_between(curve, first, last, &range->first, &most);
	range->last = range->first;
	range->below = 0;
	range->above = most - range->first;
}

/*
 * The least and the most of the points that are known, once as if the straight
 * lines were where they begin and once as if where they end.  Only the sums
 * are bounds: a line's points may leave 0 to 100.
 */
static void
corner_scores(const HealthCourse *course, const Span *span, int allowed, HealthScore *least, HealthScore *most)
{
	const HealthModel *model = course->model;
	int64_t		corners[4][MODEL_MAX_DIMENSIONS] = {0};
	HealthScore scores[4];

	for (int i = 0; i < model->n_dimensions; i++)
		if (!span->first[i].missing)
		{
			PointRange	range;

			point_range(&range, &model->dimensions[i].curve, course->motions[i].kind,
						span->first[i].value, span->last[i].value);
			corners[0][i] = range.first - range.below;
			corners[1][i] = range.last - range.below;
			corners[2][i] = range.first + range.above;
			corners[3][i] = range.last + range.above;
		}
	for (int i = 0; i < 4; i++)
		health_score_points(model, span->first, corners[i], allowed, &scores[i]);
	*least = scores[0].score < scores[1].score ? scores[0] : scores[1];
	least->low = lesser(scores[0].low, scores[1].low);
	least->high = lesser(scores[0].high, scores[1].high);
	*most = scores[2].score > scores[3].score ? scores[2] : scores[3];
	most->low = scores[2].low > scores[3].low ? scores[2].low : scores[3].low;
	most->high = scores[2].high > scores[3].high ? scores[2].high : scores[3].high;
}

/*
 * The least and the most that score, bounds and coverage are from "since" to
 * "until"; at one instant they are the same.  False: something expires
 * meanwhile, and they may be anything.
 */
bool
health_span_scores(const HealthCourse *course, int64_t since, int64_t until,
				   HealthScore *least, HealthScore *most)
{
	Measure		first[MODEL_MAX_INPUTS];
	Measure		last[MODEL_MAX_INPUTS];
	Span		span = {since, until, first, last};

	health_measures_at(course, since, first);
	if (since == until)
	{
		health_score(course->model, first, least);
		*most = *least;
		return true;
	}
	health_measures_at(course, until, last);
	if (expires(course->model, &span))
		return false;
	corner_scores(course, &span, health_allowed_rank(course->model, first), least, most);
	return true;
}

/* False: nothing that is looked for can be within the span. */
static bool
may_change(const Search *search, const Span *span)
{
	const HealthModel *model = search->course->model;
	int			held = search->standing == NULL ? -1 : search->standing->held;
	int			allowed = health_allowed_rank(model, span->first);
	int			steps[4];
	HealthScore least;
	HealthScore most;

	if (has_event(model, span))
		return true;
	corner_scores(search->course, span, allowed, &least, &most);
	if (least.score == HEALTH_UNKNOWN)
		return false;
	if (least.coverage < model->minimum_coverage)
	{
		steps[0] = lesser(health_step(model, held, least.low), allowed);
		steps[1] = lesser(health_step(model, held, most.low), allowed);
		steps[2] = lesser(health_step(model, held, least.high), allowed);
		steps[3] = lesser(health_step(model, held, most.high), allowed);
		if (steps[0] != steps[1] || steps[2] != steps[3])
			return true;
		if (steps[0] != steps[2])
			return false;		/* grey all the while */
	}
	if (search->standing == NULL)
		return lesser(health_step(model, -1, least.score), allowed) != lesser(health_step(model, -1, most.score), allowed);
	steps[0] = health_step(model, held, least.score);
	steps[1] = health_step(model, held, most.score);
	return !search->frozen && (steps[0] != held || steps[1] != held);
}

/* The first instant in (since, until] that is looked for; since is none. */
static bool
find(const Search *search, const Span *span, int64_t *at)
{
	Measure		middle[MODEL_MAX_INPUTS];
	Span		earlier = *span;
	Span		later = *span;

	if (!may_change(search, span))
		return false;
	if (span->until - span->since == 1)
	{
		*at = span->until;
		return is_found(search, span->last, span->until);
	}
	earlier.until = later.since = span->since + (span->until - span->since) / 2;
	earlier.last = later.first = middle;
	health_measures_at(search->course, later.since, middle);
	return find(search, &earlier, at) || find(search, &later, at);
}

static bool
find_between(const Search *search, int64_t from, int64_t until, int64_t *at)
{
	Measure		first[MODEL_MAX_INPUTS];
	Measure		last[MODEL_MAX_INPUTS];
	Span		span = {from, until, first, last};

	if (from >= until)
		return false;
	health_measures_at(search->course, from, first);
	health_measures_at(search->course, until, last);
	return find(search, &span, at);
}

bool
health_course_moves(const HealthCourse *course)
{
	for (int i = 0; i < course->model->n_inputs; i++)
		if (course->motions[i].kind != AGE_NONE)
			return true;
	return false;
}

/* false: not until then */
bool
health_next_change(const HealthCourse *course, int64_t from, int64_t until, int64_t *at)
{
	Search		search = {course, NULL};
	Measure		measures[MODEL_MAX_INPUTS];
	HealthScore score;

	if (!health_course_moves(course) || from >= until)
		return false;
	health_measures_at(course, from, measures);
	health_score(course->model, measures, &score);
	search.plain = score.band;
	return find_between(&search, from, until, at);
}

/*
 * When the band that shows or the band that is held will be another one.  The
 * standing is that of "from".
 */
bool
health_next_standing(const HealthCourse *course, const HealthStanding *standing,
					 int64_t from, int64_t until, int64_t *at)
{
	Search		search = {course, standing};
	int64_t		dwell = standing->held < 0 ? 0 : course->model->bands[standing->held].dwell;
	int64_t		free_at = standing->since > INT64_MAX - dwell ? INT64_MAX : standing->since + dwell;
	Measure		measures[MODEL_MAX_INPUTS];

	if (standing->held >= 0 && free_at > from)
	{
		search.frozen = true;
		if (find_between(&search, from, free_at - 1 < until ? free_at - 1 : until, at))
			return true;
		if (free_at > until)
			return false;
		search.frozen = false;
		health_measures_at(course, free_at, measures);
		*at = from = free_at;
		if (is_found(&search, measures, free_at))
			return true;
	}
	return health_course_moves(course) && find_between(&search, from, until, at);
}
