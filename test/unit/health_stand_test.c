/*
 * health_stand_test.c
 *	  Bands that are held: hysteresis, dwell, and when a standing changes,
 *	  against going through time step by step.
 *
 * sources: src/health/ahead.c src/health/curve.c src/health/curve_power.c src/health/curve_text.c src/health/prepare.c src/health/score.c src/health/score_group.c src/aging/decimal.c
 */
#include "check.h"

#include "health_models.h"

static const HealthStanding nothing_held = {.held = -1};

/* a model of one number, which is the score */
static void
plain_model(HealthModel *model, HealthDimension *only, int hysteresis, int dwell_days)
{
	const char *problem = NULL;

	*only = dimension("a", "linear 0:0 100:100", 1, MISSING_EXCLUDE);
	*model = traffic_light(only, 1);
	for (int i = 0; i < 3; i++)
	{
		model->bands[i].hysteresis = i ? hysteresis : 0;
		model->bands[i].dwell = dwell_days * DAY;
	}
	CHECK(health_model_prepare(model, &problem));
}

/* how often a year of days changes the band, each with its own score */
static int
changes_of(const HealthModel *model, const int *scores, int days)
{
	HealthStanding standing = nothing_held;
	int			changes = 0;

	for (int day = 0; day < days; day++)
	{
		Measure		measure = {scores[day] * INT64_C(10000), false};
		Motion		motion = {AGE_NONE, 0};
		HealthCourse course = {model, &measure, &motion, day_of};
		HealthBand	before = standing.band;
		HealthScore score;

		health_stand(&course, day * DAY, &standing, &score);
		changes += day > 0 && standing.band != before;
	}
	return changes;
}

/* three points of noise around a border for ninety days: no flapping */
static void
test_noise(void)
{
	int			most_held = 0;
	int			least_plain = 1000;

	srandom(25);
	for (int round = 0; round < 500; round++)
	{
		int			scores[90];
		HealthModel model;
		HealthDimension only;
		int			changes;

		for (int day = 0; day < 90; day++)
			scores[day] = (round % 2 ? 5000 : 7500) + random() % 601 - 300;
		plain_model(&model, &only, 300, 0);
		changes = changes_of(&model, scores, 90);
		most_held = changes > most_held ? changes : most_held;
		plain_model(&model, &only, 0, 0);
		changes = changes_of(&model, scores, 90);
		least_plain = changes < least_plain ? changes : least_plain;
	}
	CHECK(most_held <= 1);
	CHECK(least_plain > 20);
}

static void
test_borders(void)
{
	HealthModel model;
	HealthDimension only;
	const char *problem = NULL;

	plain_model(&model, &only, 300, 0);
	/* none held: the plain borders */
	CHECK_EQ(health_step(&model, -1, 7499), 1);
	CHECK_EQ(health_step(&model, -1, 7500), 2);
	/* down below 72, up from 78; further where it is further */
	CHECK_EQ(health_step(&model, 2, 7200), 2);
	CHECK_EQ(health_step(&model, 2, 7199), 1);
	CHECK_EQ(health_step(&model, 1, 7799), 1);
	CHECK_EQ(health_step(&model, 1, 7800), 2);
	CHECK_EQ(health_step(&model, 2, 4700), 1);
	CHECK_EQ(health_step(&model, 2, 4699), 0);
	CHECK_EQ(health_step(&model, 0, 7799), 1);
	CHECK_EQ(health_step(&model, 0, 7800), 2);
	/* what cannot be */
	model.bands[0].hysteresis = 1;
	CHECK(!health_model_prepare(&model, &problem));
	model.bands[0].hysteresis = 0;
	model.bands[1].hysteresis = 1251;
	model.bands[2].hysteresis = 1250;
	CHECK(!health_model_prepare(&model, &problem));
	model.bands[1].hysteresis = 1250;
	CHECK(health_model_prepare(&model, &problem));
	model.bands[2].hysteresis = 2500;
	model.bands[1].hysteresis = 0;
	CHECK(!health_model_prepare(&model, &problem));
}

/* held for its dwell, then what the score says by then */
static void
test_dwell(void)
{
	static const int up_and_down[] = {7000, 8000, 7000, 7000, 7000, 8000, 4000, 4000, 4000, 4000, 4000, 4000, 8000};
	HealthModel model;
	HealthDimension only;
	HealthStanding standing = nothing_held;
	HealthBand	bands[13];

	plain_model(&model, &only, 0, 5);
	for (int day = 0; day < 13; day++)
	{
		Measure		measure = {up_and_down[day] * INT64_C(10000), false};
		Motion		motion = {AGE_NONE, 0};
		HealthCourse course = {&model, &measure, &motion, day_of};
		HealthScore score;
		int64_t		at = 0;

		health_stand(&course, day * DAY, &standing, &score);
		bands[day] = standing.band;
		/* no number moves here: only a dwell that ends can change anything */
		if (health_next_standing(&course, &standing, day * DAY, 1000 * DAY, &at))
			CHECK_EQ(at, standing.since + 5 * DAY);
		else
			CHECK_EQ(health_step(&model, standing.held, up_and_down[day]), standing.held);
	}
	for (int day = 0; day < 13; day++)
		CHECK_EQ(bands[day], day < 5 ? BAND_AMBER : day < 10 ? BAND_GREEN : BAND_RED);
}

/* what a veto or a lack of knowledge hides is held all the same */
static void
test_what_is_hidden(void)
{
	HealthDimension dimensions[] = {dimension("a", "linear 0:100 100:0", 1, MISSING_EXCLUDE), dimension("b", "linear 0:0 100:100", 1, MISSING_EXCLUDE)};
	HealthModel model = traffic_light(dimensions, 2);
	Measure		measures[3] = {{0, false}, {90 * CURVE_UNIT, false}, {0, false}};
	Motion		motions[3] = {{AGE_INSTANT, 0}, {AGE_NONE, 0}, {AGE_DAY, 10}};
	HealthCourse course = {&model, measures, motions, day_of};
	HealthStanding standing = nothing_held;
	HealthScore score;
	const char *problem = NULL;
	int64_t		at = 0;

	model.n_vetoes = 1;
	model.vetoes[0].name = model.vetoes[0].column = "v";
	model.vetoes[0].below = 60 * CURVE_UNIT;
	model.vetoes[0].band = BAND_RED;
	model.bands[1].dwell = 30 * DAY;
	CHECK(health_model_prepare(&model, &problem));
	health_stand(&course, 0, &standing, &score);
	CHECK_EQ(standing.band, BAND_GREEN);
	/* the veto begins on day 10 and hides, from day 40 on, that amber is held */
	CHECK(health_next_standing(&course, &standing, 0, 400 * DAY, &at));
	CHECK_EQ(at, 10 * DAY);
	health_stand(&course, at, &standing, &score);
	CHECK_EQ(standing.band, BAND_RED);
	CHECK_EQ(standing.held, 2);
	CHECK_EQ(standing.since, 0);
	CHECK(health_next_standing(&course, &standing, at, 400 * DAY, &at));
	health_stand(&course, at, &standing, &score);
	CHECK_EQ(at / DAY, 40);
	CHECK_EQ(standing.held, 1);
	CHECK_EQ(standing.band, BAND_RED);
	CHECK_EQ(standing.since, at);
	CHECK(health_next_standing(&course, &standing, at, 400 * DAY, &at));
	CHECK_EQ(at, 70 * DAY);
	health_stand(&course, at, &standing, &score);
	CHECK_EQ(standing.band, BAND_AMBER);
	/* red at 90, if amber were not held for its 30 days, which are over */
	CHECK(health_next_standing(&course, &standing, at, 400 * DAY, &at));
	health_stand(&course, at, &standing, &score);
	CHECK_EQ(at / DAY, 90);
	CHECK_EQ(standing.band, BAND_RED);
	/* grey: nothing is learnt, nothing forgotten */
	measures[1].missing = true;
	health_stand(&course, at + DAY, &standing, &score);
	CHECK_EQ(standing.band, BAND_GREY);
	CHECK_EQ(standing.held, 0);
}

static void
random_holding(HealthModel *model)
{
	const char *problem = NULL;

	for (int i = 0; i < 3; i++)
	{
		model->bands[i].hysteresis = i == 0 ? 0 : random() % 1000;
		model->bands[i].dwell = random() % 3 ? random() % 40 * DAY : 0;
	}
	if (random() % 3 == 0)
	{
		model->n_groups = 1;
		model->groups[0].name = "g";
		model->groups[0].given_weight = 3 * CURVE_UNIT;
		for (int i = 0; i < model->n_dimensions; i++)
			model->dimensions[i].group_name = i == 0 || random() % 2 ? "g" : NULL;
	}
	CHECK(health_model_prepare(model, &problem));
}

static bool
same_standing(const HealthStanding *a, const HealthStanding *b)
{
	return a->held == b->held && a->since == b->since && a->band == b->band;
}

/* where all ages are in days, each midnight of 400 days beside the jumps */
static void
test_day_by_day(void)
{
	int			changes = 0;

	srandom(29);
	for (int round = 0; round < 800; round++)
	{
		HealthDimension dimensions[6];
		Measure		measures[MODEL_MAX_INPUTS] = {0};
		Motion		motions[MODEL_MAX_INPUTS];
		HealthModel model;
		HealthCourse course = {&model, measures, motions, day_of};
		HealthStanding walked = nothing_held;
		HealthStanding jumped = nothing_held;
		HealthScore score;
		int64_t		at = 0;
		int			wrong = 0;

		random_model(&model, dimensions);
		random_holding(&model);
		random_measures(&model, AGE_DAY, measures, motions);
		health_stand(&course, 0, &jumped, &score);
		for (int day = 0; day < 400; day++)
		{
			int64_t		next;

			health_stand(&course, day * DAY, &walked, &score);
			while (at < day * DAY && health_next_standing(&course, &jumped, at, day * DAY, &next))
			{
				health_stand(&course, next, &jumped, &score);
				at = next;
				changes++;
			}
			wrong += !same_standing(&walked, &jumped);
		}
		CHECK_EQ(wrong, 0);
	}
	CHECK(changes > 400);
}

/* to the microsecond: nothing changes before what was found, and then something does */
static void
test_random_standings(void)
{
	srandom(31);
	for (int round = 0; round < 800; round++)
	{
		HealthDimension dimensions[6];
		Measure		measures[MODEL_MAX_INPUTS] = {0};
		Motion		motions[MODEL_MAX_INPUTS];
		HealthModel model;
		HealthCourse course = {&model, measures, motions, day_of};
		HealthStanding standing = nothing_held;
		HealthScore score;
		int64_t		from = random() % (30 * DAY);
		int64_t		end = from + 500 * DAY;
		bool		found = true;
		int			wrong = 0;

		random_model(&model, dimensions);
		random_holding(&model);
		random_measures(&model, -1, measures, motions);
		health_stand(&course, from, &standing, &score);
		while (found)
		{
			int64_t		at = end;
			HealthStanding then;

			found = health_next_standing(&course, &standing, from, end, &at);
			for (int i = 0; i < 50; i++)
			{
				then = standing;
				health_stand(&course, from + (at - from - 1) / 50 * i, &then, &score);
				wrong += !same_standing(&then, &standing);
			}
			then = standing;
			health_stand(&course, at - (found ? 1 : 0), &then, &score);
			wrong += !same_standing(&then, &standing);
			if (!found)
				break;
			health_stand(&course, at, &then, &score);
			wrong += then.held == standing.held && then.band == standing.band;
			standing = then;
			from = at;
		}
		CHECK_EQ(wrong, 0);
	}
}

int
main(void)
{
	test_borders();
	test_noise();
	test_dwell();
	test_what_is_hidden();
	test_day_by_day();
	test_random_standings();
	return check_done();
}
