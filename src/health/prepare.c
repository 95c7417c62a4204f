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

/*
 * Weights as the smallest whole numbers of equal proportion; the sum of them.
 * 0: *problem says why not.
 */
static int64_t
reduce_weights(const int64_t *given, int64_t *weights, int count, const char **problem)
{
	int64_t		divisor = 0;
	int64_t		total = 0;

	for (int i = 0; i < count; i++)
	{
		if (given[i] < 0)
			*problem = "A weight is negative.";
		divisor = common_divisor(given[i], divisor);
	}
	for (int i = 0; i < count; i++)
	{
		weights[i] = divisor == 0 || *problem != NULL ? 0 : given[i] / divisor;
		if (weights[i] > WEIGHT_LIMIT - total)
		{
			*problem = "The weights are too far apart.";
			return 0;
		}
		total += weights[i];
	}
	return total;
}

/* of the dimensions of a group, or of all where there are none */
static int64_t
weigh_dimensions(HealthModel *model, int group, const char **problem)
{
	int64_t		given[MODEL_MAX_DIMENSIONS] = {0};
	int64_t		weights[MODEL_MAX_DIMENSIONS];
	int			places[MODEL_MAX_DIMENSIONS];
	int			count = 0;
	int64_t		total;

	for (int i = 0; i < model->n_dimensions; i++)
		if (model->dimensions[i].group == group)
		{
			places[count] = i;
			given[count++] = model->dimensions[i].given_weight;
		}
	total = reduce_weights(given, weights, count, problem);
	for (int i = 0; i < count; i++)
		model->dimensions[places[i]].weight = weights[i];
	return total;
}

static int64_t
weigh_groups(HealthModel *model, const char **problem)
{
	int64_t		given[MODEL_MAX_GROUPS + MODEL_MAX_DIMENSIONS] = {0};
	int64_t		weights[MODEL_MAX_GROUPS + MODEL_MAX_DIMENSIONS];
	int64_t		total;

	for (int i = 0; i < model->n_groups; i++)
		given[i] = model->groups[i].given_weight;
	total = reduce_weights(given, weights, model->n_groups, problem);
	for (int i = 0; i < model->n_groups; i++)
		model->groups[i].weight = weights[i];
	return total;
}

/* Each dimension finds its group, or becomes one. */
static void
join_groups(HealthModel *model, const char **problem)
{
	int			named = model->n_groups;

	/* those of a model that was prepared before */
	while (named > 0 && model->groups[named - 1].name == NULL)
		named--;
	model->n_groups = named;
	for (int i = 0; i < model->n_dimensions; i++)
	{
		HealthDimension *dimension = &model->dimensions[i];

		dimension->group = 0;
		if (dimension->group_name != NULL)
		{
			while (dimension->group < named && strcmp(model->groups[dimension->group].name, dimension->group_name) != 0)
				dimension->group++;
			if (dimension->group == named)
				*problem = "A dimension names a group that the model does not have.";
		}
		else if (named > 0)
		{
			dimension->group = model->n_groups++;
			model->groups[dimension->group] = (HealthGroup)
			{
				.given_weight = dimension->given_weight
			};
		}
	}
}

static bool
prepare_weights(HealthModel *model, const char **problem)
{
	*problem = NULL;
	join_groups(model, problem);
	for (int i = 0; i < model->n_dimensions; i++)
		curve_range(&model->dimensions[i].curve, &model->dimensions[i].worst, &model->dimensions[i].best);
	if (*problem == NULL && model->n_groups == 0)
		model->total_weight = weigh_dimensions(model, 0, problem);
	for (int i = 0; *problem == NULL && i < model->n_groups; i++)
	{
		HealthGroup *group = &model->groups[i];

		group->total = weigh_dimensions(model, i, problem);
		if (*problem == NULL && group->given_weight > 0 && group->total == 0)
			*problem = "A group has a weight, but no dimension in it has one.";
	}
	if (*problem == NULL && model->n_groups > 0)
		model->total_weight = weigh_groups(model, problem);
	if (*problem == NULL && model->total_weight == 0)
		*problem = "No dimension has a weight above zero.";
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
		else if (bound->hysteresis < 0 || bound->lower - bound->hysteresis < (i > 0 ? bound[-1].lower + bound[-1].hysteresis : 0) ||
				 bound->lower + bound->hysteresis >= HEALTH_MOST)
			*problem = "The hystereses of two bands overlap, or reach beyond 0 to 100.";
		else if (bound->dwell < 0)
			*problem = "The dwell of a band is negative.";
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
	else if (model->n_groups > MODEL_MAX_GROUPS && model->groups[MODEL_MAX_GROUPS].name != NULL)
		*problem = "A model has at most 32 groups.";
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
