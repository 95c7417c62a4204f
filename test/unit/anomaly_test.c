/*
 * anomaly_test.c
 *	  Scores of generated series: unusual days are found, others are left alone,
 *	  and no score depends on days to come.
 *
 * sources: src/stats/anomaly.c src/stats/anomaly_frequent.c src/base/arena.c
 */
#include "check.h"

#include <math.h>
#include <stdlib.h>

#include "stats/anomaly.h"

#define GROUPS	4
#define SERIES	30
#define DAYS	240
#define FIRST	60

typedef struct Event
{
	int			series;
	int			first;
	int			last;
} Event;

static double cells[SERIES * DAYS];
static bool unusual[SERIES][DAYS];
static AnomalyPoint points[SERIES * DAYS];
static Event events[SERIES * 4];
static int	event_count;

static double
uniform(void)
{
	return (random() + 0.5) / (RAND_MAX + 1.0);
}

static double
normal(void)
{
	return sqrt(-2 * log(uniform())) * cos(2 * M_PI * uniform());
}

static double
poisson(double mean)
{
	double		left = exp(-fmin(mean, 500));
	double		product = uniform();
	int			n = 0;

	while (product > left)
	{
		product *= uniform();
		n++;
	}
	return n;
}

static void
make_event(int series, int start, double *factor)
{
	int			kind = random() % 3;
	int			length = kind == 0 ? 1 + random() % 3 : kind == 1 ? 3 + random() % 5 : 1;

	for (int day = start; day < start + length; day++)
	{
		unusual[series][day] = true;
		factor[day] = kind == 0 ? 0 : kind == 1 ? 0.4 : 3;
	}
	events[event_count++] = (Event) {series, start, start + length - 1};
}

/* A group of shops: weekdays, weather and a holiday in common, events each for itself. */
static void
make_group(void)
{
	double		weather[DAYS];
	double		drift = 0;

	event_count = 0;
	memset(unusual, 0, sizeof(unusual));
	for (int day = 0; day < DAYS; day++)
	{
		drift = 0.7 * drift + 0.05 * normal();
		weather[day] = exp(drift) * (day >= 150 && day < 156 ? 0.4 : 1);
	}
	for (int s = 0; s < SERIES; s++)
	{
		double		base = exp(3.3 + 0.8 * normal());
		double		weekday[7];
		double		factor[DAYS];

		for (int i = 0; i < 7; i++)
			weekday[i] = 1 + 0.08 * normal() + (i >= 5 ? 0.3 : 0);
		for (int day = 0; day < DAYS; day++)
			factor[day] = 1;
		for (int start = FIRST; start + 60 <= DAYS; start += 60)
			if (random() % 8 == 0)
				make_event(s, start + random() % 45, factor);
		for (int day = 0; day < DAYS; day++)
			cells[s * DAYS + day] = poisson(base * weekday[day % 7] * weather[day] * factor[day]
											* exp(0.15 * normal()));
	}
}

/* As pulse.anomaly_episodes joins alarms: false is an episode in which nothing happened. */
static int
false_alarms(double threshold)
{
	int			count = 0;

	for (int s = 0; s < SERIES; s++)
	{
		int			last = -100;
		bool		justified = true;

		for (int day = FIRST; day < DAYS; day++)
		{
			const AnomalyPoint *point = &points[s * (DAYS - FIRST) + day - FIRST];

			if (!(point->score >= threshold))
				continue;
			if (day - last > 4)
			{
				count += !justified;
				justified = false;
			}
			for (int back = 0; back < point->length; back++)
				justified |= unusual[s][day - back];
			last = day;
		}
		count += !justified;
	}
	return count;
}

static int
found_events(double threshold)
{
	int			count = 0;

	for (int i = 0; i < event_count; i++)
	{
		bool		found = false;

		for (int day = events[i].first; day <= events[i].last; day++)
			found |= points[events[i].series * (DAYS - FIRST) + day - FIRST].score >= threshold;
		count += found;
	}
	return count;
}

static void
test_recall(void)
{
	AnomalyGrid grid = {SERIES, DAYS, 7, true, true, cells};
	int			found = 0;
	int			all = 0;
	int			wrong = 0;
	double		months = GROUPS * SERIES * (DAYS - FIRST) / 30.0;

	srandom(7);
	for (int group = 0; group < GROUPS; group++)
	{
		Arena		arena;

		make_group();
		arena_init_malloc(&arena);
		anomaly_score(&arena, &grid, FIRST, points);
		arena_free(&arena);
		found += found_events(ANOMALY_THRESHOLD);
		wrong += false_alarms(ANOMALY_THRESHOLD);
		all += event_count;
	}
	printf("    %d of %d events, %.3f false alarms in a month of a series\n", found, all, wrong / months);
	CHECK(all >= 30);
	CHECK(found >= 0.6 * all);
	CHECK(wrong <= 0.1 * months);
}

static bool
same_point(const AnomalyPoint *a, const AnomalyPoint *b)
{
	return (isnan(a->score) ? isnan(b->score) : a->score == b->score) &&
		(isnan(a->expected) ? isnan(b->expected) : a->expected == b->expected);
}

/* The score of a day is the same whether later days, or more days, are asked for. */
static void
test_causal(void)
{
	AnomalyGrid grid = {SERIES, DAYS, 7, true, true, cells};
	static AnomalyPoint again[SERIES];
	Arena		arena;
	int			different = 0;

	srandom(3);
	make_group();
	arena_init_malloc(&arena);
	anomaly_score(&arena, &grid, FIRST, points);
	for (int day = FIRST; day < DAYS; day += 17)
	{
		static double cut[SERIES * DAYS];
		AnomalyGrid shorter = {SERIES, day + 1, 7, true, true, cut};

		for (int s = 0; s < SERIES; s++)
			memcpy(cut + s * (day + 1), cells + s * DAYS, (day + 1) * sizeof(double));
		anomaly_score(&arena, &shorter, day, again);
		for (int s = 0; s < SERIES; s++)
			different += !same_point(&points[s * (DAYS - FIRST) + day - FIRST], &again[s]);
	}
	arena_free(&arena);
	CHECK_EQ(different, 0);
}

/* What the whole group has is no anomaly of a shop; alone, it is. */
static void
test_common(void)
{
	AnomalyGrid grid = {SERIES, DAYS, 7, true, true, cells};
	AnomalyGrid alone = {1, DAYS, 7, true, true, cells};
	Arena		arena;
	int			alarms = 0;

	for (int s = 0; s < SERIES; s++)
		for (int day = 0; day < DAYS; day++)
			cells[s * DAYS + day] = day == DAYS - 1 ? 20 : 100 + (s + day) % 5;
	arena_init_malloc(&arena);
	anomaly_score(&arena, &grid, DAYS - 1, points);
	for (int s = 0; s < SERIES; s++)
		alarms += points[s].score >= ANOMALY_THRESHOLD;
	CHECK_EQ(alarms, 0);
	CHECK(points[0].common > 0.15 && points[0].common < 0.25);
	anomaly_score(&arena, &alone, DAYS - 1, points);
	CHECK(points[0].score >= ANOMALY_THRESHOLD);
	CHECK_EQ(points[0].direction, -1);
	CHECK(isnan(points[0].common));
	CHECK(fabs(points[0].expected - 102) < 3);
	arena_free(&arena);
}

static void
test_edges(void)
{
	AnomalyGrid grid = {2, 40, 7, true, true, cells};
	Arena		arena;

	arena_init_malloc(&arena);
	for (int i = 0; i < 80; i++)
		cells[i] = i < 40 ? 0 : NAN;
	anomaly_score(&arena, &grid, 0, points);
	CHECK(isnan(points[0].score));	/* too early */
	CHECK(points[39].score < 1);	/* zero is what was expected */
	CHECK(isnan(points[79].score) && isnan(points[79].expected));
	grid.counts = false;
	for (int i = 0; i < 80; i++)
		cells[i] = i < 40 ? -5 : i;
	cells[39] = -9;
	anomaly_score(&arena, &grid, 39, points);
	CHECK(points[0].score > 4 && points[0].direction == -1);	/* a constant that changed */
	CHECK(fabs(points[0].expected + 5) < 1e-9);
	arena_free(&arena);
}

/* A rhythm is left alone after it was seen, a burst and a silence are told. */
static void
test_frequent(void)
{
	static double row[2000];
	static AnomalyPoint seen[2000];
	AnomalyGrid grid = {1, 2000, 1, false, false, row};
	Arena		arena;
	int			alarms = 0;

	srandom(11);
	for (int i = 0; i < 2000; i++)
		row[i] = 50 + 20 * sin(i * 2 * M_PI / 288) + 2 * normal() + (i % 300 == 299 ? 40 : 0);
	row[1500] += 200;
	arena_init_malloc(&arena);
	anomaly_score_frequent(&arena, &grid, 24, 0, seen);
	CHECK(isnan(seen[5].score));
	for (int i = 400; i < 1500; i++)
		alarms += seen[i].score >= ANOMALY_THRESHOLD_FREQUENT;
	CHECK(alarms <= 2);
	CHECK(seen[1500].score >= ANOMALY_THRESHOLD_FREQUENT);
	CHECK_EQ(seen[1500].direction, 1);
	arena_free(&arena);
}

int
main(void)
{
	double		values[] = {5, 1, 4, 2, 3, 9};

	CHECK(anomaly_median(values, 5) == 3);
	CHECK(anomaly_median(values, 6) == 3.5);
	test_recall();
	test_causal();
	test_common();
	test_edges();
	test_frequent();
	return check_done();
}
