/*
 * prepare.c
 *	  A health model, checked and made ready to score.  Pure C.
 *
 * Invariants of a prepared model: the sum of its weights is positive and at
 * most WEIGHT_LIMIT, so that a weighted sum of points fits 64 bits; its bands
 * cover 0 to 100 without a gap or an overlap, each half-open; a veto names one
 * of them; its inputs are all the columns that it reads.
 */
#include "health/score.h"

#include <stdlib.h>
#include <string.h>

/* times CURVE_MOST, plus half a divisor, is below 2^63 */
#define WEIGHT_LIMIT	INT64_C(80000000000)

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

static bool
prepare_vetoes(HealthModel *model, const char **problem)
{
	*problem = NULL;
	for (int i = 0; i < model->n_vetoes; i++)
	{
		HealthVeto *veto = &model->vetoes[i];

		veto->rank = model->n_bands - 1;
		while (veto->rank >= 0 && model->bands[veto->rank].band != veto->band)
			veto->rank--;
		if (veto->rank < 0)
			*problem = "A veto names a band that the model does not have.";
		else if (veto->since >= veto->below)
			*problem = "A veto ends before it begins.";
	}
	return *problem == NULL;
}

static void
add_input(HealthModel *model, const char *column, const char *reader, const Curve *curve, bool is_time)
{
	model->inputs[model->n_inputs++] = (HealthInput)
	{
		column, reader, curve, is_time
	};
}

static void
prepare_inputs(HealthModel *model)
{
	model->n_inputs = 0;
	for (int i = 0; i < model->n_dimensions; i++)
		add_input(model, model->dimensions[i].column, model->dimensions[i].name,
				  &model->dimensions[i].curve, false);
	for (int i = 0; i < model->n_vetoes; i++)
		add_input(model, model->vetoes[i].column, model->vetoes[i].name, NULL, false);
	for (int i = 0; i < model->n_dimensions; i++)
		if (model->dimensions[i].measured_at != NULL)
		{
			model->dimensions[i].age_input = model->n_inputs;
			add_input(model, model->dimensions[i].measured_at, model->dimensions[i].name, NULL, true);
		}
}

/* A name stands for one dimension or veto. */
static bool
names_differ(const HealthModel *model)
{
	const char *names[MODEL_MAX_DIMENSIONS + MODEL_MAX_VETOES];
	int			count = 0;

	for (int i = 0; i < model->n_dimensions; i++)
		names[count++] = model->dimensions[i].name;
	for (int i = 0; i < model->n_vetoes; i++)
		names[count++] = model->vetoes[i].name;
	for (int i = 0; i < count; i++)
		for (int j = 0; j < i; j++)
			if (strcmp(names[i], names[j]) == 0)
				return false;
	return true;
}

/* false: *problem says what is wrong, as a sentence */
bool
health_model_prepare(HealthModel *model, const char **problem)
{
	if (model->n_dimensions == 0 || model->n_dimensions > MODEL_MAX_DIMENSIONS)
		*problem = "A model has 1 to 100 dimensions.";
	else if (model->n_vetoes > MODEL_MAX_VETOES)
		*problem = "A model has at most 32 vetoes.";
	else if (!names_differ(model))
		*problem = "Two dimensions or vetoes have the same name.";
	else if (prepare_weights(model, problem) && prepare_bands(model, problem) &&
			 prepare_vetoes(model, problem))
	{
		prepare_inputs(model);
		return true;
	}
	return false;
}
