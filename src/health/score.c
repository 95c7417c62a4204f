/*
 * score.c
 *	  Health models and scores.  Pure C: no server, no clock.
 *
 * Invariants of a prepared model: the sum of its weights is positive and at
 * most WEIGHT_LIMIT, so that a weighted sum of points fits 64 bits; its bands
 * cover 0 to 100 without a gap or an overlap, each half-open.
 */
#include "health/score.h"

#include <stdlib.h>
#include <string.h>

/* times CURVE_MOST, plus half a divisor, is below 2^63 */
#define WEIGHT_LIMIT	INT64_C(80000000000)

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

static int64_t
common_divisor(int64_t a, int64_t b)
{
	while (b != 0)
	{
		int64_t		rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

static bool
prepare_weights(HealthModel *model, const char **problem)
{
	int64_t		divisor = 0;

	*problem = NULL;
	for (int i = 0; i < model->n_dimensions; i++)
	{
		if (model->dimensions[i].given_weight < 0)
			*problem = "A weight is negative.";
		divisor = common_divisor(model->dimensions[i].given_weight, divisor);
	}
	if (*problem == NULL && divisor == 0)
		*problem = "No dimension has a weight above zero.";
	model->total_weight = 0;
	for (int i = 0; *problem == NULL && i < model->n_dimensions; i++)
	{
		HealthDimension *dimension = &model->dimensions[i];

		dimension->weight = dimension->given_weight / divisor;
		curve_range(&dimension->curve, &dimension->worst, &dimension->best);
		if (dimension->weight > WEIGHT_LIMIT - model->total_weight)
			*problem = "The weights are too far apart.";
		else
			model->total_weight += dimension->weight;
	}
	return *problem == NULL;
}

static int
compare_bounds(const void *left, const void *right)
{
	return ((const BandBound *) left)->lower - ((const BandBound *) right)->lower;
}

static bool
prepare_bands(HealthModel *model, const char **problem)
{
	unsigned	seen = 0;

	*problem = NULL;
	if (model->n_bands > 1)
		qsort(model->bands, model->n_bands, sizeof(BandBound), compare_bounds);
	if (model->n_bands == 0 || model->bands[0].lower != 0)
		*problem = "No band begins at 0, so there is a gap.";
	for (int i = 0; i < model->n_bands; i++)
	{
		BandBound  *bound = &model->bands[i];

		if (bound->lower < 0 || bound->lower >= HEALTH_MOST)
			*problem = "A band begins outside of 0 to 100.";
		else if (i > 0 && bound->lower == bound[-1].lower)
			*problem = "Two bands begin at the same score.";
		else if (bound->band == BAND_GREY)
			*problem = "Grey says that too little is known; it cannot be given to a score.";
		else if (seen & (1u << bound->band))
			*problem = "A band stands twice.";
		seen |= 1u << bound->band;
	}
	return *problem == NULL;
}

/* false: *problem says what is wrong, as a sentence */
bool
health_model_prepare(HealthModel *model, const char **problem)
{
	if (model->n_dimensions == 0 || model->n_dimensions > MODEL_MAX_DIMENSIONS)
	{
		*problem = "A model has 1 to 100 dimensions.";
		return false;
	}
	for (int i = 0; i < model->n_dimensions; i++)
		for (int j = 0; j < i; j++)
			if (strcmp(model->dimensions[i].name, model->dimensions[j].name) == 0)
			{
				*problem = "Two dimensions have the same name.";
				return false;
			}
	return prepare_weights(model, problem) && prepare_bands(model, problem);
}

HealthBand
health_band(const HealthModel *model, int score)
{
	int			i = model->n_bands - 1;

	while (score < model->bands[i].lower)
		i--;
	return model->bands[i].band;
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

/* Where the band depends on what is not known, and much is not known, it is grey. */
static HealthBand
honest_band(const HealthModel *model, const HealthScore *score)
{
	if (score->score == HEALTH_UNKNOWN ||
		(score->coverage < model->minimum_coverage &&
		 health_band(model, score->low) != health_band(model, score->high)))
		return BAND_GREY;
	return health_band(model, score->score);
}

void
health_score(const HealthModel *model, const Measure *measures, HealthScore *score)
{
	int64_t		sum = 0;
	int64_t		counted = 0;
	int64_t		known = 0;		/* points of what is there */
	int64_t		worst = 0;		/* and of what is not, at its worst and best */
	int64_t		best = 0;
	int64_t		covered = 0;

	for (int i = 0; i < model->n_dimensions; i++)
	{
		const HealthDimension *dimension = &model->dimensions[i];
		int64_t		weight;
		int64_t		points = counted_points(dimension, &measures[i], &weight);

		sum += points * weight;
		counted += weight;
		if (measures[i].missing)
		{
			worst += dimension->worst * dimension->weight;
			best += dimension->best * dimension->weight;
		}
		else
		{
			known += points * weight;
			covered += weight;
		}
	}
	score->score = counted > 0 ? rounded_score(sum, counted) : HEALTH_UNKNOWN;
	if (covered == model->total_weight)
	{
		score->low = score->high = score->score;
		score->coverage = 100;
	}
	else
	{
		score->low = rounded_score(known + worst, model->total_weight);
		score->high = rounded_score(known + best, model->total_weight);
		score->coverage = (int) (covered * 100 / model->total_weight);
	}
	score->band = honest_band(model, score);
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
