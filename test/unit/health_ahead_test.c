/*
 * health_ahead_test.c
 *	  The instant at which a band changes, against scoring step by step.
 *
 * sources: src/health/ahead.c src/health/curve.c src/health/curve_power.c src/health/curve_text.c src/health/prepare.c src/health/score.c src/health/score_group.c src/aging/decimal.c
 */
#include "check.h"

#include "health_models.h"

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
		HealthDimension dimensions[6];
		Measure		measures[MODEL_MAX_INPUTS] = {0};
		Motion		motions[MODEL_MAX_INPUTS];
		HealthModel model;
		HealthCourse course = {&model, measures, motions, day_of};
		const char *problem = NULL;

		random_model(&model, dimensions);
		CHECK(health_model_prepare(&model, &problem));
		random_measures(&model, -1, measures, motions);
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
