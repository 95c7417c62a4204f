/*
 * health_group_test.c
 *	  Scores by models with groups, against the arithmetic of fractions.
 *
 * sources: src/health/curve.c src/health/curve_power.c src/health/curve_text.c src/health/prepare.c src/health/score.c src/health/score_group.c src/aging/decimal.c
 */
#include "check.h"

#include <math.h>

#include "health_models.h"

#define IDENTITY	"linear 0:0 100:100"

static const char *const groups[] = {"money", "contact", "use"};

static void
set_groups(HealthModel *model, int count, const int *weights)
{
	model->n_groups = count;
	for (int i = 0; i < count; i++)
	{
		model->groups[i] = (HealthGroup)
		{
			.name = groups[i]
		};
		model->groups[i].given_weight = (int64_t) weights[i] * CURVE_UNIT;
	}
}

/* money 3 (a 1, b 2), contact 1 (c), and d with 1 beside them */
static void
test_by_hand(void)
{
	HealthDimension dimensions[] = {dimension("a", IDENTITY, 1, MISSING_EXCLUDE), dimension("b", IDENTITY, 2, MISSING_EXCLUDE),
		dimension("c", IDENTITY, 7, MISSING_EXCLUDE), dimension("d", IDENTITY, 1, MISSING_EXCLUDE),
	dimension("e", IDENTITY, 0, MISSING_EXCLUDE)};
	HealthModel model = traffic_light(dimensions, 5);
	Measure		measures[] = {{30 * CURVE_UNIT, false}, {90 * CURVE_UNIT, false}, {50 * CURVE_UNIT, false}, {20 * CURVE_UNIT, false}, {0, false}};
	Contribution parts[5];
	const char *problem = NULL;
	HealthScore score;

	dimensions[0].group_name = dimensions[1].group_name = "money";
	dimensions[2].group_name = dimensions[4].group_name = "contact";
	set_groups(&model, 2, (const int[2]) {3, 1});
	CHECK(health_model_prepare(&model, &problem));
	health_score(&model, measures, &score);
	CHECK_EQ(score.score, (3 * 7000 + 5000 + 2000) / 5);
	CHECK_EQ(score.coverage, 100);
	CHECK_EQ(score.low, score.score);
	health_contributions(&model, measures, score.score, parts);
	CHECK_EQ(parts[0].hundredths, 600);
	CHECK_EQ(parts[1].hundredths, 3600);
	CHECK_EQ(parts[2].hundredths, 1000);
	CHECK_EQ(parts[3].hundredths, 400);
	CHECK_EQ(parts[4].hundredths, 0);
	CHECK_EQ(parts[0].share, 200000);
	CHECK_EQ(parts[1].share, 400000);
	/* b alone weighs what money weighs */
	measures[0].missing = true;
	health_score(&model, measures, &score);
	CHECK_EQ(score.score, (3 * 9000 + 5000 + 2000) / 5);
	CHECK_EQ(score.coverage, 80);
	CHECK_EQ(score.low, (3 * 6000 + 5000 + 2000) / 5);
	/* a group of which nothing is there is missing */
	measures[1].missing = true;
	health_score(&model, measures, &score);
	CHECK_EQ(score.score, 3500);
	CHECK_EQ(score.coverage, 40);
	CHECK_EQ(score.low, 1400);
	CHECK_EQ(score.high, 7400);
	CHECK_EQ(score.band, BAND_GREY);
	/* a group of weight 0 is shown and not counted */
	set_groups(&model, 2, (const int[2]) {0, 1});
	CHECK(health_model_prepare(&model, &problem));
	health_score(&model, measures, &score);
	CHECK_EQ(score.score, 3500);
	CHECK_EQ(score.coverage, 100);
	/* what cannot be */
	set_groups(&model, 2, (const int[2]) {0, 0});
	dimensions[3].given_weight = 0;
	CHECK(!health_model_prepare(&model, &problem));
	CHECK_STR(problem, "No dimension has a weight above zero.");
	set_groups(&model, 2, (const int[2]) {1, 1});
	dimensions[2].given_weight = 0;
	CHECK(!health_model_prepare(&model, &problem));
	CHECK_STR(problem, "A group has a weight, but no dimension in it has one.");
	dimensions[2].group_name = "use";
	CHECK(!health_model_prepare(&model, &problem));
	CHECK_STR(problem, "A dimension names a group that the model does not have.");
}

/* the middle between two hundredths goes up, also where thirds and sevenths make it */
static void
test_ties(void)
{
	HealthDimension dimensions[] = {dimension("a", IDENTITY, 1, MISSING_EXCLUDE), dimension("b", IDENTITY, 2, MISSING_EXCLUDE),
	dimension("c", IDENTITY, 3, MISSING_EXCLUDE), dimension("d", IDENTITY, 4, MISSING_EXCLUDE)};
	HealthModel model = traffic_light(dimensions, 4);
	Measure		measures[] = {{10000, false}, {0, false}, {0, false}, {10000, false}};
	const char *problem = NULL;
	HealthScore score;

	dimensions[0].group_name = dimensions[1].group_name = "money";
	dimensions[2].group_name = dimensions[3].group_name = "contact";
	/* 1/3 and 4/7 of a hundredth, weighing 3 and 7: 5 tenths */
	set_groups(&model, 2, (const int[2]) {3, 7});
	CHECK(health_model_prepare(&model, &problem));
	health_score(&model, measures, &score);
	CHECK_EQ(score.score, 1);
	measures[3].value--;
	health_score(&model, measures, &score);
	CHECK_EQ(score.score, 0);
}

typedef struct Exact
{
	long double score;			/* in hundredths; below 0: none */
	long double coverage;
} Exact;

static Exact
exact_score(const HealthModel *model, const Measure *measures)
{
	long double sum = 0;
	long double weight = 0;
	long double covered = 0;
	long double all = 0;

	for (int g = 0; g < model->n_groups; g++)
	{
		long double points = 0;
		long double counted = 0;
		long double there = 0;
		long double total = 0;

		for (int i = 0; i < model->n_dimensions; i++)
		{
			const HealthDimension *dimension = &model->dimensions[i];
			int64_t		weight_of;
			int64_t		points_of;

			if (dimension->group != g)
				continue;
			points_of = health_counted_points(dimension, &measures[i], &weight_of);
			points += (long double) points_of * weight_of;
			counted += weight_of;
			total += dimension->weight;
			there += measures[i].missing ? 0 : dimension->weight;
		}
		all += model->groups[g].given_weight;
		covered += total > 0 ? model->groups[g].given_weight * there / total : 0;
		if (counted > 0)
		{
			sum += model->groups[g].given_weight * points / counted;
			weight += model->groups[g].given_weight;
		}
	}
	return (Exact)
	{
		weight > 0 ? sum / weight / 10000 : -1, covered * 100 / all
	};
}

static void
test_random_models(void)
{
	srandom(37);
	for (int round = 0; round < 3000; round++)
	{
		HealthDimension dimensions[6];
		Measure		measures[MODEL_MAX_INPUTS];
		Motion		motions[MODEL_MAX_INPUTS];
		Contribution parts[6];
		HealthModel model;
		HealthScore score;
		HealthScore better;
		Exact		exact;
		const char *problem = NULL;
		int			weights[3];
		int			sum = 0;
		int			risen;

		random_model(&model, dimensions);
		for (int g = 0; g < 3; g++)
			weights[g] = random() % 1000;
		set_groups(&model, 3, weights);
		for (int i = 0; i < model.n_dimensions; i++)
			model.dimensions[i].group_name = random() % 4 ? groups[random() % 3] : NULL;
		for (int g = 0; g < 3; g++)
		{
			bool		used = false;

			for (int i = 0; i < model.n_dimensions; i++)
				used |= model.dimensions[i].group_name == groups[g];
			model.groups[g].given_weight *= used;
		}
		if (!health_model_prepare(&model, &problem))
			continue;
		random_measures(&model, AGE_NONE, measures, motions);
		health_expire(&model, measures);
		health_score(&model, measures, &score);
		exact = exact_score(&model, measures);
		CHECK_EQ(score.score == HEALTH_UNKNOWN, exact.score < 0);
		CHECK(fabsl(score.coverage + 0.5L - exact.coverage) <= 0.5L + 1e-9L);
		CHECK(score.low <= score.high);
		if (score.score == HEALTH_UNKNOWN)
			continue;
		CHECK(fabsl(score.score - exact.score) <= 0.5L + 1e-9L);
		health_contributions(&model, measures, score.score, parts);
		for (int i = 0; i < model.n_dimensions; i++)
		{
			sum += parts[i].hundredths;
			CHECK(parts[i].hundredths >= 0);
		}
		CHECK_EQ(sum, score.score);
		/* more points, never a lower score */
		risen = random() % model.n_dimensions;
		if (measures[risen].missing)
			continue;
		measures[risen].value += random() % 3 ? random() % 1000 : random() % (50 * CURVE_UNIT);
		health_score(&model, measures, &better);
		if (curve_points(&model.dimensions[risen].curve, measures[risen].value) >= parts[risen].points)
			CHECK(better.score >= score.score);
		else
			CHECK(better.score <= score.score);
	}
}

/* each dimension in a group of its own is a model without groups */
static void
test_groups_of_one(void)
{
	srandom(41);
	for (int round = 0; round < 1000; round++)
	{
		HealthDimension dimensions[6];
		HealthDimension copies[6];
		Measure		measures[MODEL_MAX_INPUTS];
		Motion		motions[MODEL_MAX_INPUTS];
		HealthModel model;
		HealthModel grouped;
		HealthScore score;
		HealthScore same;
		const char *problem = NULL;

		random_model(&model, dimensions);
		grouped = model;
		memcpy(copies, dimensions, sizeof(copies));
		grouped.dimensions = copies;
		set_groups(&grouped, 1, (const int[1]) {0});
		grouped.groups[0].given_weight = copies[0].given_weight;
		copies[0].group_name = groups[0];
		CHECK(health_model_prepare(&model, &problem));
		CHECK(health_model_prepare(&grouped, &problem));
		random_measures(&model, AGE_NONE, measures, motions);
		health_score(&model, measures, &score);
		health_score(&grouped, measures, &same);
		CHECK_EQ(same.score, score.score);
		CHECK_EQ(same.low, score.low);
		CHECK_EQ(same.high, score.high);
		CHECK_EQ(same.coverage, score.coverage);
		CHECK_EQ(same.band, score.band);
	}
}

int
main(void)
{
	test_by_hand();
	test_ties();
	test_random_models();
	test_groups_of_one();
	return check_done();
}
