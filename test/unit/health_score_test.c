/*
 * health_score_test.c
 *	  Curves, scores, bounds, bands, contributions; random models.
 *
 * sources: src/health/curve.c src/health/curve_power.c src/health/curve_text.c src/health/prepare.c src/health/score.c src/health/score_group.c src/aging/decimal.c
 */
#include "check.h"

#include <stdlib.h>

#include "health/score.h"

static void
check_curve(const char *text, const char *printed)
{
	Curve		curve;
	const char *problem = NULL;
	char		again[CURVE_TEXT_SIZE];
	bool		good = curve_parse(text, &curve, &problem);

	if (good != (printed != NULL))
		printf("    for \"%s\": %s\n", text, problem ? problem : "");
	CHECK_EQ(good, printed != NULL);
	if (good && printed != NULL)
	{
		again[curve_print(&curve, again)] = '\0';
		CHECK_STR(again, printed);
	}
	else
		CHECK(problem != NULL);
}

static void
test_curve_text(void)
{
	check_curve("linear 0:100 90:0", "linear 0:100 90:0");
	check_curve("  linear  -5.50:0   0.000001:99.9  ", "linear -5.5:0 0.000001:99.9");
	check_curve("linear 7:50", "linear 7:50");
	check_curve("linear", NULL);
	check_curve("linear ", NULL);
	check_curve("lines 0:1 2:3", NULL);
	check_curve("linear0:1", NULL);
	check_curve("linear 0:100 0:0", NULL);
	check_curve("linear 5:100 0:0", NULL);
	check_curve("linear 0:101", NULL);
	check_curve("linear 0:-1", NULL);
	check_curve("linear 0:1,5:2", NULL);
	check_curve("linear 0", NULL);
	check_curve("linear 0:0.0000001", NULL);
	check_curve("linear 9223372036854.775808:0", NULL);
	check_curve("linear x:0", NULL);
	check_curve("", NULL);
	check_curve("steps 0:100  30:60", "steps 0:100 30:60");
	check_curve("decay half_life 30.50 days", "decay half_life 30.5 days");
	check_curve("decay half_life 1", "decay half_life 1");
	check_curve("decay half_life -1", NULL);
	check_curve("decay half_life 1 days more", NULL);
	check_curve("logistic falling middle 45 doubling 10", "logistic falling middle 45 doubling 10");
	check_curve("logistic falling middle 45 doubling 0", NULL);
	check_curve("logistic falling middle 45", NULL);
	check_curve("map red=>0 \"a b\"=>1 else=>50", "map red=>0 \"a b\"=>1 else=>50");
	check_curve("map \"red\"=>0", "map red=>0");
	check_curve("map red=>0 red=>1", NULL);
	check_curve("map else=>0 red=>1", NULL);
	check_curve("map red = 1", NULL);
	check_curve("map \"\"=>1", NULL);
	check_curve("map =>1", NULL);
}

static int64_t
points_of(const char *text, int64_t value)
{
	Curve		curve;
	const char *problem;

	CHECK(curve_parse(text, &curve, &problem));
	return curve_points(&curve, value);
}

static void
test_curve_points(void)
{
	const char *falling = "linear 0:100 90:0";

	CHECK_EQ(points_of(falling, -1), CURVE_MOST);
	CHECK_EQ(points_of(falling, 0), CURVE_MOST);
	CHECK_EQ(points_of(falling, 45 * CURVE_UNIT), CURVE_MOST / 2);
	CHECK_EQ(points_of(falling, 90 * CURVE_UNIT), 0);
	CHECK_EQ(points_of(falling, INT64_MAX), 0);
	CHECK_EQ(points_of(falling, INT64_MIN), CURVE_MOST);
	CHECK_EQ(points_of(falling, 30 * CURVE_UNIT), 66666667);	/* rounded half away */
	CHECK_EQ(points_of("linear 0:0 10:60 20:100", 15 * CURVE_UNIT), 80 * CURVE_UNIT);
	/* a width that needs 128 bits, with the same meaning */
	CHECK_EQ(points_of("linear -9000000000000:0 9000000000000:100", 0), CURVE_MOST / 2);
}

/* each curve of one direction is monotonic in every millionth it is asked for */
static void
test_curves_are_monotonic(void)
{
	srandom(7);
	for (int round = 0; round < 300; round++)
	{
		Curve		curve = {.kind = CURVE_LINEAR,.count = 1 + random() % 5};
		int64_t		value = random() % 1000;
		int64_t		points = 0;
		char text[	CURVE_TEXT_SIZE];
		const char *problem;
		int64_t		previous = -1;

		for (int i = 0; i < curve.count; i++)
		{
			value += 1 + random() % (round % 3 == 0 ? 50 : 50000000);
			points += random() % (CURVE_MOST / 5);
			curve.at[i].value = value;
			curve.at[i].points = points;
		}
		text[		curve_print(&curve, text)] = '\0';

		CHECK(curve_parse(text, &curve, &problem));
		for (int64_t step = 0; step <= 400; step++)
		{
			int64_t		now = curve_points(&curve, value * step / 380);

			if (now < previous || now > CURVE_MOST)
				CHECK(now >= previous && now <= CURVE_MOST);
			previous = now;
		}
		CHECK_EQ(previous, points);
	}
}

/* the quick way gives what the division gives, on curves of any direction and width */
static void
test_quick_points(void)
{
	srandom(13);
	for (int round = 0; round < 20000; round++)
	{
		Curve		curve;
		char text[	CURVE_TEXT_SIZE];
		const char *problem;
		int64_t		value = -(random() % 100000);
		int			length = snprintf(text, sizeof(text), "linear");
		int			differences = 0;

		for (int i = 1 + random() % 6; i > 0; i--)
		{
			value += 1 + random() % (INT64_C(1) << (random() % 30));
			length += snprintf(text +length, sizeof(text) - length, " %" PRId64 ".%06ld:%ld.%06ld",
							   value, random() % 1000000, random() % 100, random() % 1000000);
		}
		CHECK(curve_parse(text, &curve, &problem));
		for (int i = 0; i < 40; i++)
		{
			int64_t		asked = (value - random() % (INT64_C(1) << (random() % 31))) * CURVE_UNIT + random() % CURVE_UNIT;

			differences += curve_points(&curve, asked) != curve_slow_points(&curve, asked);
		}
		CHECK_EQ(differences, 0);
	}
}

/* no curve rises where it should fall, at any millionth; ranges hold what lies between */
static void
test_every_kind(void)
{
	static const char *const falling[] = {
		"linear 0:100 30:60 90:0", "steps 0:100 30:60 90:0", "decay half_life 7.3 days",
		"logistic falling middle 30 doubling 4.1", "decay half_life 0.000001", "steps 3:50"
	};

	srandom(17);
	for (size_t k = 0; k < sizeof(falling) / sizeof(falling[0]); k++)
	{
		Curve		curve;
		const char *problem;
		int			wrong = 0;

		CHECK(curve_parse(falling[k], &curve, &problem));
		for (int i = 0; i < 20000; i++)
		{
			int64_t		low = random() % (140 * CURVE_UNIT) - 20 * CURVE_UNIT;
			int64_t		high = low + random() % (i % 2 ? 3 : 40 * CURVE_UNIT);
			int64_t		worst;
			int64_t		best;

			curve_range_between(&curve, low, high, &worst, &best);
			wrong += curve_points(&curve, low) < curve_points(&curve, high) ||
				worst != curve_points(&curve, high) || best != curve_points(&curve, low);
		}
		CHECK_EQ(wrong, 0);
		CHECK_EQ(points_of(falling[k], INT64_MIN), points_of(falling[k], INT64_C(-1000) * CURVE_UNIT));
	}
	CHECK_EQ(points_of("steps 0:100 30:60", 30 * CURVE_UNIT - 1), CURVE_MOST);
	CHECK_EQ(points_of("steps 0:100 30:60", 30 * CURVE_UNIT), 60 * CURVE_UNIT);
	CHECK_EQ(points_of("decay half_life 30 days", 60 * CURVE_UNIT), 25 * CURVE_UNIT);
	CHECK_EQ(points_of("decay half_life 30 days", INT64_C(3000) * CURVE_UNIT), 0);
	CHECK_EQ(points_of("logistic rising middle 10 doubling 5", 15 * CURVE_UNIT), 66666667);
	CHECK_EQ(points_of("logistic falling middle 10 doubling 5", 15 * CURVE_UNIT), 33333333);
	CHECK_EQ(points_of("logistic rising middle 10 doubling 5", INT64_MAX), CURVE_MOST);
}

static HealthDimension
dimension(const char *name, const char *curve, double weight, MissingPolicy missing)
{
	HealthDimension result = {.name = name,.column = name,
	.given_weight = (int64_t) (weight * CURVE_UNIT),.missing = missing};
	const char *problem;

	CHECK(curve_parse(curve, &result.curve, &problem));
	return result;
}

static const char *identity = "linear 0:0 100:100";

static HealthModel
traffic_light(HealthDimension *dimensions, int count)
{
	HealthModel model = {.name = "test",.version = 1,.minimum_coverage = 60,.n_bands = 3,
		.bands = {{BAND_GREEN, 7500}, {BAND_RED, 0}, {BAND_AMBER, 5050}},
	.n_dimensions = count,.dimensions = dimensions};
	const char *problem = NULL;

	if (!health_model_prepare(&model, &problem))
		printf("    %s\n", problem);
	CHECK(problem == NULL);
	return model;
}

#define VALUE(v)	{(int64_t) ((v) * CURVE_UNIT + ((v) < 0 ? -0.5 : 0.5)), false}
#define MISSING		{0, true}

static void
test_scores(void)
{
	HealthDimension two[] = {dimension("a", identity, 1, MISSING_EXCLUDE), dimension("b", identity, 1, MISSING_EXCLUDE)};
	HealthModel model = traffic_light(two, 2);
	HealthScore score;

	/* rounded once: 75.45, not 74.5 and 76.4 rounded first */
	health_score(&model, (Measure[])
				 {
		VALUE(74.5), VALUE(76.4)
	}, &score);
	CHECK_EQ(score.score, 7545);
	CHECK_EQ(score.band, BAND_GREEN);
	CHECK_EQ(score.low, 7545);
	CHECK_EQ(score.high, 7545);
	CHECK_EQ(score.coverage, 100);

	/* bands are half-open: 50.5 is where amber begins */
	health_score(&model, (Measure[])
				 {
		VALUE(50.5), VALUE(50.5)
	}, &score);
	CHECK_EQ(score.band, BAND_AMBER);
	health_score(&model, (Measure[])
				 {
		VALUE(50.49), VALUE(50.49)
	}, &score);
	CHECK_EQ(score.band, BAND_RED);
	health_score(&model, (Measure[])
				 {
		VALUE(50.495), VALUE(50.495)
	}, &score);
	CHECK_EQ(score.score, 5050);

	/* a missing value: the rest counts, the bounds say what it may hide */
	health_score(&model, (Measure[])
				 {
		VALUE(90), MISSING
	}, &score);
	CHECK_EQ(score.score, 9000);
	CHECK_EQ(score.low, 4500);
	CHECK_EQ(score.high, 9500);
	CHECK_EQ(score.coverage, 50);
	CHECK_EQ(score.band, BAND_GREY);

	/* nothing known */
	health_score(&model, (Measure[])
				 {
		MISSING, MISSING
	}, &score);
	CHECK_EQ(score.score, HEALTH_UNKNOWN);
	CHECK_EQ(score.band, BAND_GREY);
	CHECK_EQ(score.low, 0);
	CHECK_EQ(score.high, 10000);
	CHECK_EQ(score.coverage, 0);
}

static void
test_missing_policies(void)
{
	HealthDimension dimensions[] = {
		dimension("a", identity, 1, MISSING_EXCLUDE),
		dimension("neutral", identity, 1, MISSING_NEUTRAL),
		dimension("zero", identity, 1, MISSING_ZERO),
		dimension("worst", "linear 0:20 100:60", 1, MISSING_WORST),
		dimension("shown", identity, 0, MISSING_EXCLUDE)
	};
	HealthModel model = traffic_light(dimensions, 5);
	HealthScore score;

	health_score(&model, (Measure[])
				 {
		VALUE(90), MISSING, MISSING, MISSING, MISSING
	}, &score);
	CHECK_EQ(score.score, (9000 + 5000 + 0 + 2000) / 4);
	CHECK_EQ(score.low, (9000 + 0 + 0 + 2000) / 4);
	CHECK_EQ(score.high, (9000 + 10000 + 10000 + 6000) / 4);
	CHECK_EQ(score.coverage, 25);
	/* weight 0 is shown and not counted, present or missing */
	health_score(&model, (Measure[])
				 {
		VALUE(80), VALUE(80), VALUE(80), VALUE(100), MISSING
	}, &score);
	CHECK_EQ(score.score, (3 * 8000 + 6000) / 4);
	CHECK_EQ(score.coverage, 100);
	CHECK_EQ(score.low, score.score);
}

/* what is old is missing; a veto holds in its range, and only lowers */
static void
test_validity_and_vetoes(void)
{
	HealthDimension dimensions[] = {dimension("a", identity, 1, MISSING_EXCLUDE), dimension("b", identity, 1, MISSING_EXCLUDE)};
	HealthModel model = traffic_light(dimensions, 2);
	const char *problem = NULL;
	HealthScore score;

	dimensions[1].measured_at = "when";
	dimensions[1].valid = 90 * CURVE_UNIT;
	model.n_vetoes = 1;
	model.vetoes[0] = (HealthVeto)
	{
		"late", "days_late", 90 * CURVE_UNIT, 120 * CURVE_UNIT, BAND_AMBER
	};
	CHECK(health_model_prepare(&model, &problem));
	CHECK_EQ(model.n_inputs, 4);
	CHECK_STR(model.inputs[2].column, "days_late");
	CHECK_STR(model.inputs[3].column, "when");
	for (int age = 88; age < 93; age++)
		for (int late = 88; late < 123; late++)
		{
			Measure		measures[] = {VALUE(90), VALUE(80), VALUE(late), VALUE(age)};

			health_expire(&model, measures);
			health_score(&model, measures, &score);
			CHECK_EQ(score.coverage, age > 90 ? 50 : 100);
			CHECK_EQ(score.score, age > 90 ? 9000 : 8500);
			CHECK_EQ(score.band, age > 90 ? BAND_GREY : late >= 90 && late < 120 ? BAND_AMBER : BAND_GREEN);
		}
	/* grey may hide worse than amber; red is red whatever is missing */
	model.vetoes[0].band = BAND_RED;
	CHECK(health_model_prepare(&model, &problem));
	health_score(&model, (Measure[])
				 {
		MISSING, MISSING, VALUE(100), MISSING
	}, &score);
	CHECK_EQ(score.band, BAND_RED);
	CHECK_EQ(score.score, HEALTH_UNKNOWN);
	health_score(&model, (Measure[])
				 {
		MISSING, MISSING, MISSING, MISSING
	}, &score);
	CHECK_EQ(score.band, BAND_GREY);
}

static void
check_model(const char *expected, HealthModel model)
{
	const char *problem = NULL;

	CHECK(!health_model_prepare(&model, &problem));
	CHECK(problem != NULL && strstr(problem, expected) != NULL);
}

static void
test_bad_models(void)
{
	HealthDimension one[] = {dimension("a", identity, 1, MISSING_EXCLUDE), dimension("b", identity, 0, MISSING_EXCLUDE)};
	HealthDimension none[] = {dimension("a", identity, 0, MISSING_EXCLUDE)};
	HealthDimension negative[] = {dimension("a", identity, -1, MISSING_EXCLUDE)};
	HealthDimension apart[] = {dimension("a", identity, 100000, MISSING_EXCLUDE), dimension("b", identity, 0.000001, MISSING_EXCLUDE)};
	HealthDimension twice[] = {dimension("a", identity, 1, MISSING_EXCLUDE), dimension("a", identity, 1, MISSING_EXCLUDE)};
	HealthModel model = {.n_bands = 2,.bands = {{BAND_RED, 0}, {BAND_GREEN, 5000}},.n_dimensions = 1,.dimensions = one};
	HealthModel bad;

	bad = model, bad.n_dimensions = 0;
	check_model("1 to 100 dimensions", bad);
	bad = model, bad.dimensions = none;
	check_model("above zero", bad);
	bad = model, bad.dimensions = negative;
	check_model("negative", bad);
	bad = model, bad.dimensions = apart, bad.n_dimensions = 2;
	check_model("too far apart", bad);
	bad = model, bad.dimensions = twice, bad.n_dimensions = 2;
	check_model("same name", bad);
	bad = model, bad.n_bands = 0;
	check_model("gap", bad);
	bad = model, bad.bands[0].lower = 1;
	check_model("gap", bad);
	bad = model, bad.bands[1].lower = 0;
	check_model("same score", bad);
	bad = model, bad.bands[1].lower = 10000;
	check_model("outside", bad);
	bad = model, bad.bands[1].band = BAND_RED;
	check_model("twice", bad);
	bad = model, bad.bands[1].band = BAND_GREY;
	check_model("Grey", bad);
}

/*
 * Random models: the parts add up to the score, the bounds hold, a better
 * value never lowers the score, and losing a value never narrows the bounds.
 */
static void
test_random_models(void)
{
	srandom(11);
	for (int round = 0; round < 2000; round++)
	{
		int			n = 1 + random() % 12;
		HealthDimension dimensions[12];
		char		names[12][16];
		Measure		measures[12];
		Contribution contributions[12];
		HealthModel model;
		HealthScore score;
		HealthScore better;
		HealthScore lost;
		int			sum = 0;
		int			i = random() % n;

		for (int d = 0; d < n; d++)
		{
			snprintf(names[d], sizeof(names[d]), "d%d", d);
			dimensions[d] = dimension(names[d], d % 2 == 0 ? identity : "linear 10:5 33.3:77.7 90:93",
									  (d == 0) + random() % 1000 / 7.0, random() % 4);
			measures[d].value = random() % (120 * CURVE_UNIT);
			measures[d].missing = random() % 4 == 0;
		}
		model = traffic_light(dimensions, n);
		health_score(&model, measures, &score);
		health_contributions(&model, measures, score.score, contributions);
		for (int d = 0; d < n; d++)
			sum += contributions[d].hundredths;
		CHECK_EQ(sum, score.score == HEALTH_UNKNOWN ? 0 : score.score);
		CHECK(score.low <= score.high && score.high <= HEALTH_MOST);
		measures[i].value += random() % CURVE_UNIT;
		health_score(&model, measures, &better);
		CHECK(better.score >= score.score);
		if (!measures[i].missing)
		{
			measures[i].missing = true;
			health_score(&model, measures, &lost);
			CHECK(lost.low <= better.low && lost.high >= better.high);
			CHECK(lost.coverage <= better.coverage);
		}
	}
}

int
main(void)
{
	test_curve_text();
	test_curve_points();
	test_curves_are_monotonic();
	test_quick_points();
	test_every_kind();
	test_scores();
	test_missing_policies();
	test_validity_and_vetoes();
	test_bad_models();
	test_random_models();
	return check_done();
}
