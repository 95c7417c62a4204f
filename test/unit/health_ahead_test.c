/*
 * health_ahead_test.c
 *	  The instant at which a band changes, against scoring step by step.
 *
 * sources: src/health/ahead.c src/health/curve.c src/health/curve_power.c src/health/curve_text.c src/health/prepare.c src/health/score.c src/aging/decimal.c
 */
#include "check.h"

#include <stdlib.h>

#include "health/ahead.h"

#define DAY		INT64_C(86400000000)

static int64_t
day_of(int64_t at)
{
	return at >= 0 ? at / DAY : -((DAY - 1 - at) / DAY);
}

static HealthDimension
dimension(const char *name, const char *curve, int weight, MissingPolicy missing)
{
	HealthDimension result = {.name = name,.column = name,
	.given_weight = (int64_t) weight * CURVE_UNIT,.missing = missing};
	const char *problem = "";

	if (!curve_parse(curve, &result.curve, &problem))
		printf("    %s: %s\n", curve, problem);
	return result;
}

static HealthModel
traffic_light(HealthDimension *dimensions, int count)
{
	return (HealthModel)
	{
		.name = "test",.version = 1,.minimum_coverage = 60,.n_bands = 3,
			.bands =
		{
			{
				BAND_RED, 0
			},
			{
				BAND_AMBER, 5000
			},
			{
				BAND_GREEN, 7500
			}
		},
			.n_dimensions = count,.dimensions = dimensions
	};
}

static HealthBand
band_at(const HealthCourse *course, int64_t at)
{
	Measure		measures[MODEL_MAX_INPUTS];
	HealthScore score;

	health_measures_at(course, at, measures);
	health_score(course->model, measures, &score);
	return score.band;
}

/* one dimension on an instant: where does each curve leave its band? */
static void
check_one(const char *curve, int64_t age, double days)
{
	HealthDimension only[] = {dimension("a", curve, 1, MISSING_EXCLUDE)};
	HealthModel model = traffic_light(only, 1);
	Measure		measures[] = {{0, false}};
	Motion		motions[] = {{AGE_INSTANT, -age * DAY}};
	HealthCourse course = {&model, measures, motions, day_of};
	const char *problem;
	int64_t		at = 0;
	bool		found;

	CHECK(health_model_prepare(&model, &problem));
	found = health_next_change(&course, 0, 400 * DAY, &at);
	CHECK_EQ(found, days >= 0);
	if (found && days >= 0)
	{
		CHECK(llabs(at - (int64_t) (days * DAY)) <= DAY / 1000);
		CHECK(band_at(&course, at) != band_at(&course, 0));
		CHECK_EQ(band_at(&course, at - 1), band_at(&course, 0));
	}
}

static void
test_each_curve(void)
{
	/* a score of 74.995 is 75, so green lasts a little longer */
	check_one("linear 0:100 100:0", 0, 25.005);
	check_one("linear 0:100 100:0", 60, -1);
	check_one("linear -100:0 100:100", 0, 49.99);
	check_one("steps 0:100 30:60 90:0", 0, 30);
	check_one("steps 0:100 30:60 90:0", 29, 1);
	check_one("steps 0:100 30:60 90:0", 30, 60);
	check_one("steps 0:100 30:60 90:0", 90, -1);
	check_one("decay half_life 30 days", 0, 12.454);
	check_one("decay half_life 30 days", 13, 17.004);
	check_one("logistic falling middle 45 doubling 10", -20, 20 + 45 - 15.845);
	check_one("linear 0:80 10:80 20:20 30:80", 0, 10.834);
}

/* a veto begins and ends; a value expires; a band that comes back is still a change */
static void
test_vetoes_and_validity(void)
{
	HealthDimension dimensions[] = {dimension("a", "linear 0:0 100:100", 1, MISSING_EXCLUDE), dimension("b", "linear 0:0 100:100", 1, MISSING_EXCLUDE)};
	HealthModel model = traffic_light(dimensions, 2);
	Measure		measures[] = {{90 * CURVE_UNIT, false}, {90 * CURVE_UNIT, false}, {0, false}, {0, false}};
	Motion		motions[] = {{AGE_NONE, 0}, {AGE_NONE, 0}, {AGE_DAY, 10}, {AGE_INSTANT, -70 * DAY}};
	HealthCourse course = {&model, measures, motions, day_of};
	const char *problem;
	int64_t		at = DAY / 2;

	dimensions[1].measured_at = "when";
	dimensions[1].valid = 90 * CURVE_UNIT;
	model.n_vetoes = 1;
	model.vetoes[0] = (HealthVeto)
	{
		"complaint", "complained", 0, 5 * CURVE_UNIT, BAND_AMBER
	};
	CHECK(health_model_prepare(&model, &problem));
	CHECK(health_next_change(&course, at, 400 * DAY, &at));
	CHECK_EQ(at, 10 * DAY);
	CHECK_EQ(band_at(&course, at), BAND_AMBER);
	CHECK(health_next_change(&course, at, 400 * DAY, &at));
	CHECK_EQ(at, 15 * DAY);
	CHECK_EQ(band_at(&course, at), BAND_GREEN);
	CHECK(health_next_change(&course, at, 400 * DAY, &at));
	CHECK_EQ(at, 20 * DAY + MICROSECONDS_PER_MILLIONTH);
	CHECK_EQ(band_at(&course, at), BAND_GREY);
	CHECK(!health_next_change(&course, at, 400 * DAY, &at));
}

static const char *const some_curves[] = {
	"linear 0:100 90:0", "linear -60:0 -10:30 200:100", "linear -180:100 -30:40 0:0", "steps -30:90 0:40 30:60 90:0",
	"decay half_life 30 days", "logistic falling middle 45 doubling 10", "logistic rising middle 0 doubling 25", "linear 3:3 4:97"
};

#define SOME_CURVES	((int) (sizeof(some_curves) / sizeof(some_curves[0])))

/* Until the instant that was found no step of three hours sees another band. */
static void
check_course(const HealthCourse *course, int64_t from)
{
	int64_t		until = from + 500 * DAY;
	int64_t		at = until;
	bool		found = health_next_change(course, from, until, &at);
	HealthBand	band = band_at(course, from);
	int			different = 0;

	for (int64_t t = from; t < at; t += DAY / 8)
		different += band_at(course, t) != band;
	CHECK_EQ(different, 0);
	if (found)
	{
		CHECK(at > from && at <= until);
		CHECK(band_at(course, at) != band);
		CHECK_EQ(band_at(course, at - 1), band);
	}
	else
		CHECK_EQ(band_at(course, until), band);
}

static void
test_random_courses(void)
{
	srandom(23);
	for (int round = 0; round < 1500; round++)
	{
		int			n = 1 + random() % 6;
		HealthDimension dimensions[6];
		static const char *const names[] = {"a", "b", "c", "d", "e", "f"};
		Measure		measures[MODEL_MAX_INPUTS] = {0};
		Motion		motions[MODEL_MAX_INPUTS];
		HealthModel model;
		HealthCourse course = {&model, measures, motions, day_of};
		const char *problem = NULL;

		for (int d = 0; d < n; d++)
		{
			dimensions[d] = dimension(names[d], some_curves[random() % SOME_CURVES], 1 + random() % 5, random() % 4);
			if (random() % 3 == 0)
			{
				dimensions[d].measured_at = "when";
				dimensions[d].valid = random() % 200 * CURVE_UNIT;
			}
		}
		model = traffic_light(dimensions, n);
		model.n_vetoes = random() % 3;
		for (int v = 0; v < model.n_vetoes; v++)
			model.vetoes[v] = (HealthVeto)
		{
			v ? "v" : "w", "x", (random() % 200 - 50) * CURVE_UNIT, INT64_MAX, v ? BAND_RED : BAND_AMBER
		};
		if (model.n_vetoes > 0 && random() % 2)
			model.vetoes[0].below = model.vetoes[0].since + (1 + random() % 60) * CURVE_UNIT;
		CHECK(health_model_prepare(&model, &problem));
		for (int i = 0; i < model.n_inputs; i++)
		{
			int64_t		origin = random() % 300 - 150;

			measures[i] = (Measure)
			{
				random() % (100 * CURVE_UNIT), random() % 6 == 0
			};
			motions[i].kind = (AgeKind) (random() % 3);
			motions[i].origin = motions[i].kind == AGE_DAY ? origin : origin * DAY + random() % DAY;
		}
		check_course(&course, random() % (30 * DAY));
	}
}

int
main(void)
{
	test_each_curve();
	test_vetoes_and_validity();
	test_random_courses();
	return check_done();
}
