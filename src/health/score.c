/*
 * score.c
 *	  Scores of measures by a model.  Pure C: no server, no clock.
 *
 * Models are those that health_model_prepare() has passed.
 */
#include "health/score.h"

#include <string.h>

const char *const health_band_names[HEALTH_BANDS] = {
	"grey", "black", "red", "orange", "amber", "yellow", "green", "blue", "purple", "white"
};

const char *const missing_policy_names[MISSING_POLICIES] = {
	"exclude", "neutral", "zero", "worst"
};

int
health_name_index(const char *const *names, int count, const char *name)
{
	for (int i = 0; i < count; i++)
		if (strcmp(names[i], name) == 0)
			return i;
	return -1;
}

int
health_band_rank(const HealthModel *model, int score)
{
	int			i = model->n_bands - 1;

	while (score < model->bands[i].lower)
		i--;
	return i;
}

/*
 * The band's rank for a score where a band is held (-1: none is): held is left
 * only where the score is past the border by the border's hysteresis.
 */
int
health_step(const HealthModel *model, int held, int score)
{
	int			up = model->n_bands - 1;
	int			down = model->n_bands - 1;

	if (held < 0)
		return health_band_rank(model, score);
	while (up > 0 && score < model->bands[up].lower + model->bands[up].hysteresis)
		up--;
	while (down > 0 && score < model->bands[down].lower - model->bands[down].hysteresis)
		down--;
	return held < up ? up : held > down ? down : held;
}

/* What is older than it may be is missing; so is what nobody knows the age of. */
void
health_expire(const HealthModel *model, Measure *measures)
{
	if (model->n_inputs == model->n_dimensions + model->n_vetoes)
		return;
	for (int i = 0; i < model->n_dimensions; i++)
	{
		const HealthDimension *dimension = &model->dimensions[i];
		const Measure *age = &measures[dimension->age_input];

		if (dimension->measured_at != NULL && (age->missing || age->value > dimension->valid))
			measures[i].missing = true;
	}
}

bool
health_veto_holds(const HealthModel *model, const Measure *measures, int veto)
{
	const HealthVeto *is = &model->vetoes[veto];
	const Measure *measure = &measures[model->n_dimensions + veto];

	return !measure->missing && measure->value >= is->since && measure->value < is->below;
}

/* the best band that the vetoes allow */
int
health_allowed_rank(const HealthModel *model, const Measure *measures)
{
	int			rank = model->n_bands - 1;

	for (int i = 0; i < model->n_vetoes; i++)
		if (model->vetoes[i].rank < rank && health_veto_holds(model, measures, i))
			rank = model->vetoes[i].rank;
	return rank;
}

/* a weighted sum of points, as a score, half up (nothing here is negative) */
static int
rounded_score(int64_t sum, int64_t weight)
{
	int64_t		divisor = weight * POINTS_PER_HUNDREDTH;

	return (int) ((sum + divisor / 2) / divisor);
}

/* Points of a dimension and the weight that they count with. */
static inline int64_t
counted_points(const HealthDimension *dimension, const Measure *measure, int64_t *weight)
{
	*weight = dimension->weight;
	if (!measure->missing)
		return curve_points(&dimension->curve, measure->value);
	switch (dimension->missing)
	{
		case MISSING_NEUTRAL:
			return CURVE_MOST / 2;
		case MISSING_ZERO:
			return 0;
		case MISSING_WORST:
			return dimension->worst;
		case MISSING_EXCLUDE:
			break;
	}
	*weight = 0;
	return 0;
}

static int
lesser(int a, int b)
{
	return a < b ? a : b;
}

/* Does the band depend on what is not known, and is much not known? */
bool
health_is_grey(const HealthModel *model, int held, int allowed, const HealthScore *score)
{
	if (score->score == HEALTH_UNKNOWN)
		return allowed > 0;
	return score->coverage < model->minimum_coverage &&
		lesser(health_step(model, held, score->low), allowed) !=
		lesser(health_step(model, held, score->high), allowed);
}

/* the plain band; what is not known cannot lift a veto */
static inline HealthBand
honest_band(const HealthModel *model, int allowed, const HealthScore *score)
{
	int			rank = allowed;

	if (health_is_grey(model, -1, allowed, score))
		return BAND_GREY;
	if (score->score != HEALTH_UNKNOWN)
		rank = lesser(health_band_rank(model, score->score), allowed);
	return model->bands[rank].band;
}

/* points times weights, and weights */
typedef struct ScoreSums
{
	int64_t		known;			/* of what is there */
	int64_t		covered;
	int64_t		instead;		/* of what stands in for what is not */
	int64_t		instead_weight;
	int64_t		worst;			/* of what is not, at its worst and best */
	int64_t		best;
} ScoreSums;

static const Measure nothing = {.missing = true};

static inline void
add_missing(const HealthDimension *dimension, ScoreSums *sums)
{
	int64_t		weight;
	int64_t		points = counted_points(dimension, &nothing, &weight);

	sums->instead += points * weight;
	sums->instead_weight += weight;
	sums->worst += dimension->worst * dimension->weight;
	sums->best += dimension->best * dimension->weight;
}

static inline void
score_sums(const HealthModel *model, const ScoreSums *sums, int allowed, HealthScore *score)
{
	int64_t		counted = sums->covered + sums->instead_weight;

	score->score = counted > 0 ? rounded_score(sums->known + sums->instead, counted) : HEALTH_UNKNOWN;
	if (sums->covered == model->total_weight)
	{
		score->low = score->high = score->score;
		score->coverage = 100;
	}
	else
	{
		score->low = rounded_score(sums->known + sums->worst, model->total_weight);
		score->high = rounded_score(sums->known + sums->best, model->total_weight);
		score->coverage = (int) (sums->covered * 100 / model->total_weight);
	}
	score->band = honest_band(model, allowed, score);
}

/* the whole of it for a model without groups, in one pass */
static inline void
score_plainly(const HealthModel *model, const Measure *measures, HealthScore *score)
{
	ScoreSums	sums = {0};
	int64_t		known = 0;
	int64_t		covered = 0;

	for (int i = 0; i < model->n_dimensions; i++)
	{
		const HealthDimension *dimension = &model->dimensions[i];

		if (measures[i].missing)
			add_missing(dimension, &sums);
		else
		{
			known += curve_points(&dimension->curve, measures[i].value) * dimension->weight;
			covered += dimension->weight;
		}
	}
	sums.known = known;
	sums.covered = covered;
	score_sums(model, &sums, health_allowed_rank(model, measures), score);
}

void
health_score(const HealthModel *model, const Measure *measures, HealthScore *score)
{
	int64_t		points[MODEL_MAX_DIMENSIONS];

	if (model->n_groups == 0)
	{
		score_plainly(model, measures, score);
		return;
	}
	health_points(model, measures, points);
	health_score_points(model, measures, points, health_allowed_rank(model, measures), score);
}

/* of what is there; others are left alone */
void
health_points(const HealthModel *model, const Measure *measures, int64_t *points)
{
	for (int i = 0; i < model->n_dimensions; i++)
		if (!measures[i].missing)
			points[i] = curve_points(&model->dimensions[i].curve, measures[i].value);
}

static int64_t
clamped(int64_t sum, int64_t most)
{
	return sum < 0 ? 0 : sum > most ? most : sum;
}

/*
 * The score where the dimensions that are there have these points.  Single
 * points may lie outside of 0 to 100, as long as they stand for a sum that
 * cannot.
 */
void
health_score_points(const HealthModel *model, const Measure *measures, const int64_t *points,
					int allowed, HealthScore *score)
{
	ScoreSums	sums = {0};

	if (model->n_groups > 0)
	{
		health_group_score(model, measures, points, score);
		score->band = honest_band(model, allowed, score);
		return;
	}
	for (int i = 0; i < model->n_dimensions; i++)
	{
		if (measures[i].missing)
			add_missing(&model->dimensions[i], &sums);
		else
		{
			sums.known += points[i] * model->dimensions[i].weight;
			sums.covered += model->dimensions[i].weight;
		}
	}
	sums.known = clamped(sums.known, sums.covered * CURVE_MOST);
	score_sums(model, &sums, allowed, score);
}

/*
 * Points of a dimension, or what stands in for them, and the weight in its
 * model or group that they count with: 0 where nothing does.
 */
int64_t
health_counted_points(const HealthDimension *dimension, const Measure *measure, int64_t *weight)
{
	return counted_points(dimension, measure, weight);
}

/* Hands out what rounding down left, to the largest remainders first. */
static void
hand_out(Contribution *contributions, __int128 *remainders, int count, int left)
{
	while (left-- > 0)
	{
		int			largest = 0;

		for (int i = 1; i < count; i++)
			if (remainders[i] > remainders[largest])
				largest = i;
		contributions[largest].hundredths++;
		remainders[largest] = -1;
	}
}

/* parts: points times weights in any unit; counted: the weights in that unit */
static void
contribution_parts(const HealthModel *model, const Measure *measures, Contribution *contributions,
				   __int128 *parts, __int128 *counted)
{
	*counted = 0;
	for (int i = 0; i < model->n_dimensions; i++)
	{
		int64_t		weight;

		contributions[i].points = counted_points(&model->dimensions[i], &measures[i], &weight);
		parts[i] = (__int128) contributions[i].points * weight;
		contributions[i].share = weight;
		*counted += weight;
	}
	for (int i = 0; i < model->n_dimensions; i++)
		contributions[i].share = *counted == 0 ? 0 :
			(int64_t) (((__int128) contributions[i].share * CURVE_UNIT + *counted / 2) / *counted);
}

/*
 * What each dimension adds to the score that health_score() gave.  The parts
 * are rounded so that they add up to it exactly.
 */
void
health_contributions(const HealthModel *model, const Measure *measures,
					 int score, Contribution *contributions)
{
	__int128	parts[MODEL_MAX_DIMENSIONS];
	__int128	counted;
	int			left = score == HEALTH_UNKNOWN ? 0 : score;

	if (model->n_groups > 0)
		health_group_parts(model, measures, contributions, parts, &counted);
	else
		contribution_parts(model, measures, contributions, parts, &counted);
	for (int i = 0; i < model->n_dimensions; i++)
	{
		__int128	divisor = counted * POINTS_PER_HUNDREDTH;

		contributions[i].hundredths = counted > 0 ? (int) (parts[i] / divisor) : 0;
		parts[i] = counted > 0 ? parts[i] % divisor : 0;
		left -= contributions[i].hundredths;
	}
	hand_out(contributions, parts, model->n_dimensions, left);
}
