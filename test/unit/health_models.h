/*
 * health_models.h
 *	  Small health models to test with.
 */
#ifndef SP_HEALTH_MODELS_H
#define SP_HEALTH_MODELS_H

#include <stdio.h>
#include <stdlib.h>

#include "health/ahead.h"

#define DAY		INT64_C(86400000000)

static inline int64_t
day_of(int64_t at)
{
	return at >= 0 ? at / DAY : -((DAY - 1 - at) / DAY);
}

static inline HealthDimension
dimension(const char *name, const char *curve, int weight, MissingPolicy missing)
{
	HealthDimension result = {.name = name,.column = name,
	.given_weight = (int64_t) weight * CURVE_UNIT,.missing = missing};
	const char *problem = "";

	if (!curve_parse(curve, &result.curve, &problem))
		printf("    %s: %s\n", curve, problem);
	return result;
}

/* red, amber from 50, green from 75; grey below a coverage of 60 */
static inline HealthModel
traffic_light(HealthDimension *dimensions, int count)
{
	HealthModel model = {.name = "test",.version = 1,.minimum_coverage = 60,.n_bands = 3};

	model.bands[0].band = BAND_RED;
	model.bands[1].band = BAND_AMBER;
	model.bands[1].lower = 5000;
	model.bands[2].band = BAND_GREEN;
	model.bands[2].lower = 7500;
	model.n_dimensions = count;
	model.dimensions = dimensions;
	return model;
}

static const char *const some_names[] = {"a", "b", "c", "d", "e", "f"};

static const char *const some_curves[] = {
	"linear 0:100 90:0", "linear -60:0 -10:30 200:100", "linear -180:100 -30:40 0:0", "steps -30:90 0:40 30:60 90:0",
	"decay half_life 30 days", "logistic falling middle 45 doubling 10", "logistic rising middle 0 doubling 25", "linear 3:3 4:97"
};

#define SOME_CURVES	((int) (sizeof(some_curves) / sizeof(some_curves[0])))

/* up to six dimensions on curves of every kind, with validities and vetoes */
static inline void
random_model(HealthModel *model, HealthDimension *dimensions)
{
	int			n = 1 + random() % 6;

	for (int i = 0; i < n; i++)
	{
		dimensions[i] = dimension(some_names[i], some_curves[random() % SOME_CURVES], 1 + random() % 5, random() % 4);
		if (random() % 3 == 0)
		{
			dimensions[i].measured_at = "when";
			dimensions[i].valid = random() % 200 * CURVE_UNIT;
		}
	}
	*model = traffic_light(dimensions, n);
	model->n_vetoes = random() % 3;
	for (int i = 0; i < model->n_vetoes; i++)
	{
		HealthVeto *veto = &model->vetoes[i];

		veto->name = i ? "v" : "w";
		veto->column = "x";
		veto->since = (random() % 200 - 50) * CURVE_UNIT;
		veto->below = INT64_MAX;
		veto->band = i ? BAND_RED : BAND_AMBER;
	}
	if (model->n_vetoes > 0 && random() % 2)
		model->vetoes[0].below = model->vetoes[0].since + (1 + random() % 60) * CURVE_UNIT;
}

/* of a model that is prepared; kind: that of all that moves, or -1 for any */
static inline void
random_measures(const HealthModel *model, int kind, Measure *measures, Motion *motions)
{
	for (int i = 0; i < model->n_inputs; i++)
	{
		int64_t		origin = random() % 300 - 150;

		measures[i].value = random() % (100 * CURVE_UNIT);
		measures[i].missing = random() % 6 == 0;
		motions[i].kind = kind < 0 ? (AgeKind) (random() % 3) : random() % 3 ? (AgeKind) kind : AGE_NONE;
		motions[i].origin = motions[i].kind == AGE_DAY ? origin : origin * DAY + random() % DAY;
	}
}

#endif							/* SP_HEALTH_MODELS_H */
