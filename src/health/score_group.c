/*
 * score_group.c
 *	  Scores by a model whose dimensions stand in groups.  Pure C.
 *
 * Within a group the dimensions that are there share the group's weight; a
 * group of which nothing counts is missing, and the other groups share its.
 * So each group divides by a weight of its own.  The quotients are kept to
 * 2^-FRACTION_BITS of a millionth of a point and rounded down; a score at most
 * one such unit per group below the middle of two hundredths counts as the
 * middle.  So the result is that of exact arithmetic but for scores within
 * 10^-10 of a hundredth, and never lower for more points.
 */
#include "health/score.h"

#define FRACTION_BITS	20

typedef struct GroupSums
{
	int64_t		known;			/* points times weights of what is there */
	int64_t		covered;
	int64_t		instead;		/* and of what stands in for what is not */
	int64_t		counted;		/* the weights of both */
	int64_t		worst;
	int64_t		best;
} GroupSums;

static void
add_up(const HealthModel *model, const Measure *measures, const int64_t *points, GroupSums *sums)
{
	for (int i = 0; i < model->n_groups; i++)
		sums[i] = (GroupSums)
	{
		0
	};
	for (int i = 0; i < model->n_dimensions; i++)
	{
		const HealthDimension *dimension = &model->dimensions[i];
		GroupSums  *sum = &sums[dimension->group];
		int64_t		weight = dimension->weight;

		if (measures[i].missing)
		{
			sum->worst += dimension->worst * dimension->weight;
			sum->best += dimension->best * dimension->weight;
			sum->instead += health_counted_points(dimension, &measures[i], &weight) * weight;
		}
		else
		{
			sum->known += points[i] * weight;
			sum->covered += weight;
		}
		sum->counted += weight;
	}
}

/* a group's part, where "of" is the weight that "sum" was made with */
static __int128
group_term(const HealthGroup *group, int64_t sum, int64_t of)
{
	return (((__int128) group->weight * sum) * (1 << FRACTION_BITS)) / of;
}

static int
rounded_terms(const HealthModel *model, __int128 terms, __int128 weight)
{
	__int128	divisor = weight * POINTS_PER_HUNDREDTH * (1 << FRACTION_BITS);
	__int128	most = divisor * HEALTH_MOST;

	terms = terms < 0 ? 0 : terms > most ? most : terms;
	return (int) ((terms + divisor / 2 + model->n_groups) / divisor);
}

void
health_group_score(const HealthModel *model, const Measure *measures, const int64_t *points,
				   HealthScore *score)
{
	GroupSums	sums[MODEL_MAX_GROUPS + MODEL_MAX_DIMENSIONS];
	__int128	counted = 0;
	__int128	low = 0;
	__int128	high = 0;
	__int128	covered = 0;
	int64_t		weight = 0;

	add_up(model, measures, points, sums);
	for (int i = 0; i < model->n_groups; i++)
	{
		const HealthGroup *group = &model->groups[i];
		GroupSums  *sum = &sums[i];

		if (group->weight == 0)
			continue;
		low += group_term(group, sum->known + sum->worst, group->total);
		high += group_term(group, sum->known + sum->best, group->total);
		covered += group_term(group, sum->covered, group->total);
		if (sum->counted == 0)
			continue;
		counted += group_term(group, sum->known + sum->instead, sum->counted);
		weight += group->weight;
	}
	score->score = weight > 0 ? rounded_terms(model, counted, weight) : HEALTH_UNKNOWN;
	score->low = rounded_terms(model, low, model->total_weight);
	score->high = rounded_terms(model, high, model->total_weight);
	score->coverage = (int) ((covered + model->n_groups) * 100 /
							 ((__int128) model->total_weight * (1 << FRACTION_BITS)));
}

/* what each dimension adds, in the unit of group_term() */
void
health_group_parts(const HealthModel *model, const Measure *measures,
				   Contribution *contributions, __int128 *parts, __int128 *counted)
{
	int64_t		weights[MODEL_MAX_DIMENSIONS];
	int64_t		within[MODEL_MAX_GROUPS + MODEL_MAX_DIMENSIONS] = {0};
	int64_t		weight = 0;

	for (int i = 0; i < model->n_dimensions; i++)
	{
		contributions[i].points = health_counted_points(&model->dimensions[i], &measures[i], &weights[i]);
		within[model->dimensions[i].group] += weights[i];
	}
	for (int i = 0; i < model->n_groups; i++)
		weight += within[i] > 0 ? model->groups[i].weight : 0;
	*counted = (__int128) weight * (1 << FRACTION_BITS);
	for (int i = 0; i < model->n_dimensions; i++)
	{
		int			group = model->dimensions[i].group;
		__int128	share;

		parts[i] = contributions[i].share = 0;
		if (within[group] == 0 || weight == 0)
			continue;
		parts[i] = group_term(&model->groups[group], contributions[i].points * weights[i], within[group]);
		share = group_term(&model->groups[group], weights[i], within[group]) * CURVE_UNIT;
		contributions[i].share = (int64_t) ((share + *counted / 2) / *counted);
	}
}
