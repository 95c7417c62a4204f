/*
 * score.c
 *	  Scores of measures by a model.  Pure C: no server, no clock.
 *
 * Models are those that health_model_prepare() has passed.
 */
#include "health/score.h"

#include <string.h>

/* points are in millionths, scores in hundredths */
#define POINTS_PER_HUNDREDTH	(CURVE_UNIT / 100)

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

/*
 * Where the band depends on what is not known, and much is not known, it is
 * grey; but what is not known cannot lift a veto.
 */
static HealthBand
honest_band(const HealthModel *model, int allowed, const HealthScore *score)
{
	int			rank = allowed;

	if (score->score == HEALTH_UNKNOWN ? allowed > 0 :
		(score->coverage < model->minimum_coverage &&
		 lesser(health_band_rank(model, score->low), allowed) !=
		 lesser(health_band_rank(model, score->high), allowed)))
		return BAND_GREY;
	if (score->score != HEALTH_UNKNOWN)
		rank = lesser(health_band_rank(model, score->score), allowed);
	return model->bands[rank].band;
}

static inline void
add_up(const HealthModel *model, const Measure *measures, HealthSums *sums)
{
	int64_t		known = 0;
	int64_t		covered = 0;

	*sums = (HealthSums)
	{
		0
	};
	for (int i = 0; i < model->n_dimensions; i++)
	{
		const HealthDimension *dimension = &model->dimensions[i];
		int64_t		weight;
		int64_t		points = counted_points(dimension, &measures[i], &weight);

		if (measures[i].missing)
		{
			sums->instead += points * weight;
			sums->instead_weight += weight;
			sums->worst += dimension->worst * dimension->weight;
			sums->best += dimension->best * dimension->weight;
		}
		else
		{
			known += points * weight;
			covered += weight;
		}
	}
	sums->known = known;
	sums->covered = covered;
}

static inline void
score_sums(const HealthModel *model, const HealthSums *sums, int allowed, HealthScore *score)
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

void
health_score(const HealthModel *model, const Measure *measures, HealthScore *score)
{
	HealthSums	sums;

	add_up(model, measures, &sums);
	score_sums(model, &sums, health_allowed_rank(model, measures), score);
}

void
health_sums(const HealthModel *model, const Measure *measures, HealthSums *sums)
{
	add_up(model, measures, sums);
}

void
health_score_sums(const HealthModel *model, const HealthSums *sums, int allowed, HealthScore *score)
{
	score_sums(model, sums, allowed, score);
}

/* Hands out what rounding down left, to the largest remainders first. */
static void
hand_out(Contribution *contributions, int64_t *remainders, int count, int left)
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

/*
 * What each dimension adds to the score that health_score() gave.  The parts
 * are rounded so that they add up to it exactly.
 */
void
health_contributions(const HealthModel *model, const Measure *measures,
					 int score, Contribution *contributions)
{
	int64_t		remainders[MODEL_MAX_DIMENSIONS];
	int64_t		counted = 0;
	int			left = score == HEALTH_UNKNOWN ? 0 : score;

	for (int i = 0; i < model->n_dimensions; i++)
	{
		contributions[i].points = counted_points(&model->dimensions[i], &measures[i],
												 &contributions[i].weight);
		counted += contributions[i].weight;
	}
	for (int i = 0; i < model->n_dimensions; i++)
	{
		int64_t		divisor = counted * POINTS_PER_HUNDREDTH;
		int64_t		product = contributions[i].points * contributions[i].weight;

		contributions[i].hundredths = counted > 0 ? (int) (product / divisor) : 0;
		remainders[i] = counted > 0 ? product % divisor : 0;
		left -= contributions[i].hundredths;
	}
	hand_out(contributions, remainders, model->n_dimensions, left);
}
