/*
 * health_parents_test.c
 *	  When the band of a parent changes, against its children's scores hour by hour.
 *
 * sources: src/health/parents.c src/health/ahead.c src/health/curve.c src/health/curve_power.c src/health/curve_text.c src/health/prepare.c src/health/score.c src/health/score_group.c src/aging/decimal.c
 */
#include "check.h"

#include "health/parents.h"
#include "health_models.h"

#define HOUR			(DAY / 24)
#define MOST_CHILDREN	6

typedef struct Family
{
	HealthModel models[MOST_CHILDREN];
	HealthDimension dimensions[MOST_CHILDREN][6];
	Measure		measures[MOST_CHILDREN][MODEL_MAX_INPUTS];
	Motion		motions[MOST_CHILDREN][MODEL_MAX_INPUTS];
	HealthChild children[MOST_CHILDREN];
	int			count;
}			Family;

static int
percent_rank(const HealthModel *bands, double mean)
{
	return health_band_rank(bands, (int) (mean + 0.5));
}

/* the definition, written down in floating point; weights are whole */
static HealthBand
band_by_hand(const HealthModel *bands, const Family * family, int64_t at)
{
	double		score = 0;
	double		known = 0;
	double		low = 0;
	double		high = 0;
	double		coverage = 0;
	double		weight = 0;

	for (int i = 0; i < family->count; i++)
	{
		const HealthChild *child = &family->children[i];
		double		of = (double) child->weight / CURVE_UNIT;
		Measure		measures[MODEL_MAX_INPUTS];
		HealthScore own;

		health_measures_at(&child->course, at, measures);
		health_score(child->course.model, measures, &own);
		if (child->set_score != HEALTH_UNKNOWN && at < child->set_until)
			own.score = child->set_score;
		if (own.score != HEALTH_UNKNOWN)
		{
			score += of * own.score;
			known += of;
		}
		low += of * own.low;
		high += of * own.high;
		coverage += of * own.coverage;
		weight += of;
	}
	if (known == 0 || (coverage < bands->minimum_coverage * weight &&
					   percent_rank(bands, low / weight) != percent_rank(bands, high / weight)))
		return BAND_GREY;
	return bands->bands[percent_rank(bands, score / known)].band;
}

static void
random_family(Family * family, int kind)
{
	family->count = 1 + random() % MOST_CHILDREN;
	for (int i = 0; i < family->count; i++)
	{
		const char *problem = NULL;

		random_model(&family->models[i], family->dimensions[i]);
		CHECK(health_model_prepare(&family->models[i], &problem));
		random_measures(&family->models[i], kind, family->measures[i], family->motions[i]);
		family->children[i] = (HealthChild)
		{
			{
				&family->models[i], family->measures[i], family->motions[i], day_of
			}, random() % 8 * CURVE_UNIT, HEALTH_UNKNOWN, INT64_MAX
		};
		if (random() % 5 == 0)
		{
			family->children[i].set_score = random() % 10001;
			family->children[i].set_until = random() % 3 ? random() % (60 * DAY) : INT64_MAX;
		}
	}
}

/*
 * Until the instant that was found no whole hour sees another band, and there
 * one begins.  The hours searched are not whole ones of the clock: a band
 * that is another one for less than an hour may be seen by either alone, and
 * is counted.
 */
static void
check_family(const HealthModel *bands, Family * family, int *found, int *brief)
{
	int64_t		from = random() % (30 * DAY);
	int64_t		until = from + 200 * DAY;
	int64_t		at = until;
	HealthBand	band = band_by_hand(bands, family, from);
	bool		changes;

	CHECK_EQ(health_parent_band(bands, family->children, family->count, from), band);
	changes = health_parent_next_change(bands, family->children, family->count, from, until, &at);
	for (int64_t t = from; t < at; t += HOUR)
		if (band_by_hand(bands, family, t) != band)
		{
			CHECK_EQ(band_by_hand(bands, family, t + HOUR), band);
			++*brief;
		}
	if (changes)
	{
		CHECK(at > from && at <= until);
		CHECK(band_by_hand(bands, family, at) != band);
		CHECK_EQ(band_by_hand(bands, family, at - 1), band);
		++*found;
	}
	else
		CHECK_EQ(band_by_hand(bands, family, until), band);
}

int
main(void)
{
	HealthDimension none[1];
	HealthModel bands = traffic_light(none, 0);
	int			found = 0;
	int			brief = 0;

	srandom(31);
	for (int round = 0; round < 900; round++)
	{
		Family		family;

		random_family(&family, round % 4 - 1);
		check_family(&bands, &family, &found, &brief);
	}
	CHECK(found > 300);
	CHECK(brief < 5);
	return check_done();
}
