/*
 * anomaly_frequent.c
 *	  Scores of series with steps of minutes or hours.  Pure C.
 *
 * Such series have bursts, plateaus and rhythms of their own, and no spread
 * that a fixed threshold suits.  Three distances are taken from the median of
 * the steps before: that of the value; that of the range of the last two hours,
 * which sees what grows restless or falls still; and that of the mean of the
 * last ten hours, which sees what drifts.  Each is divided by what it passed in
 * one of a thousand steps before, but by RARE_FLOOR at least: what a series
 * does every day is nothing to be told.  The largest of the three is the score.
 */
#include "stats/anomaly.h"

#include <math.h>
#include <string.h>

#define WATCHERS		3		/* value, range, mean */
#define MEAN_OF			5		/* times two hours */
#define MIN_HISTORY		20
#define RARE_SHARE		0.001
#define RARE_FLOOR		0.5
#define SPREAD_SHARE	0.02	/* of the range of the window: a spread is not
								 * less */
#define NORMAL_MAD		1.4826

/* The last values, in order of arrival and of size. */
typedef struct Window
{
	double	   *arrived;		/* a ring */
	double	   *sorted;
	int			next;
	int			count;
} Window;

/* The largest distances so far, descending: a thousandth of all there will be. */
typedef struct Rare
{
	double	   *largest;
	int			count;
	int			room;
	long		seen;
} Rare;

typedef struct Watcher
{
	Window		window;
	Rare		rare;
	double		center;
} Watcher;

static int
place(const double *sorted, int count, double value)
{
	int			low = 0;
	int			high = count;

	while (low < high)
	{
		int			middle = (low + high) / 2;

		if (sorted[middle] < value)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void
push(Window *window, double value)
{
	int			at;

	if (window->count == ANOMALY_FREQUENT)
	{
		at = place(window->sorted, window->count, window->arrived[window->next]);
		memmove(window->sorted + at, window->sorted + at + 1, (window->count - at - 1) * sizeof(double));
		window->count--;
	}
	at = place(window->sorted, window->count, value);
	memmove(window->sorted + at + 1, window->sorted + at, (window->count - at) * sizeof(double));
	window->sorted[at] = value;
	window->count++;
	window->arrived[window->next] = value;
	window->next = (window->next + 1) % ANOMALY_FREQUENT;
}

/* The median distance from the median, by walking outwards from it. */
static double
spread_of(const Window *window)
{
	const double *sorted = window->sorted;
	int			count = window->count;
	double		center = sorted[count / 2];
	int			low = count / 2 - 1;
	int			high = count / 2;
	double		reached = 0;
	double		range = sorted[(int) (0.99 * (count - 1))] - sorted[(int) (0.01 * (count - 1))];

	for (int i = 0; i <= count / 2; i++)
	{
		if (high >= count || (low >= 0 && center - sorted[low] <= sorted[high] - center))
			reached = center - sorted[low--];
		else
			reached = sorted[high++] - center;
	}
	return fmax(fmax(NORMAL_MAD * reached, SPREAD_SHARE * range), 1e-9 * (1 + fabs(center)));
}

/* what all but a thousandth of the distances before did not pass */
static double
rare_distance(const Rare *rare)
{
	int			beyond = (int) (rare->seen * RARE_SHARE);

	if (rare->count == 0)
		return RARE_FLOOR;
	return fmax(RARE_FLOOR, rare->largest[beyond < rare->count ? beyond : rare->count - 1]);
}

static void
remember(Rare *rare, double distance)
{
	int			at = rare->count;

	rare->seen++;
	while (at > 0 && rare->largest[at - 1] < distance)
		at--;
	if (at >= rare->room)
		return;
	if (rare->count < rare->room)
		rare->count++;
	memmove(rare->largest + at + 1, rare->largest + at, (rare->count - at - 1) * sizeof(double));
	rare->largest[at] = distance;
}

/* NAN: too early to say.  Sets center. */
static double
watch(Watcher *watcher, double value)
{
	double		score = NAN;

	if (watcher->window.count >= MIN_HISTORY)
	{
		double		distance;

		watcher->center = watcher->window.sorted[watcher->window.count / 2];
		distance = fabs(value - watcher->center) / spread_of(&watcher->window);
		score = distance / rare_distance(&watcher->rare);
		remember(&watcher->rare, distance);
	}
	push(&watcher->window, value);
	return score;
}

static void
begin(Watcher *watcher)
{
	watcher->window.count = 0;
	watcher->window.next = 0;
	watcher->rare.count = 0;
	watcher->rare.seen = 0;
}

static void
prepare(Arena *arena, Watcher *watcher, int steps)
{
	watcher->window.arrived = arena_alloc(arena, ANOMALY_FREQUENT * sizeof(double));
	watcher->window.sorted = arena_alloc(arena, (ANOMALY_FREQUENT + 1) * sizeof(double));
	watcher->rare.room = (int) (steps * RARE_SHARE) + 1;
	watcher->rare.largest = arena_alloc(arena, watcher->rare.room * sizeof(double));
}

static double
mean_before(const double *row, int step, int length)
{
	double		sum = 0;
	int			count = 0;

	for (int i = step; i >= 0 && i > step - length; i--)
		if (!isnan(row[i]))
		{
			sum += row[i];
			count++;
		}
	return sum / count;
}

static double
range_before(const double *row, int step, int length)
{
	double		least = INFINITY;
	double		most = -INFINITY;

	for (int i = step; i >= 0 && i > step - length; i--)
		if (!isnan(row[i]))
		{
			least = fmin(least, row[i]);
			most = fmax(most, row[i]);
		}
	return most - least;
}

static void
score_value(Watcher *watchers, const double *row, int step, int two_hours, AnomalyPoint *point)
{
	int			lengths[WATCHERS] = {1, two_hours, MEAN_OF * two_hours};
	double		values[WATCHERS] = {
		row[step],
		range_before(row, step, lengths[1]),
		mean_before(row, step, lengths[2])
	};

	for (int i = 0; i < WATCHERS; i++)
	{
		double		score = watch(&watchers[i], values[i]);

		if (point == NULL || isnan(score) || score <= point->score)
			continue;
		point->expected = watchers[0].center;
		point->score = score;
		point->direction = values[i == 2 ? 2 : 0] < watchers[i == 2 ? 2 : 0].center ? -1 : 1;
		point->distance = point->direction * score;
		point->length = step + 1 < lengths[i] ? step + 1 : lengths[i];
	}
}

void
anomaly_score_frequent(Arena *arena, const AnomalyGrid *grid, int two_hours, int first, AnomalyPoint *points)
{
	Watcher		watchers[WATCHERS];

	for (int i = 0; i < WATCHERS; i++)
		prepare(arena, &watchers[i], grid->steps);
	for (int s = 0; s < grid->series_count; s++)
	{
		const double *row = grid->values + (size_t) s * grid->steps;

		for (int i = 0; i < WATCHERS; i++)
			begin(&watchers[i]);
		for (int step = 0; step < grid->steps; step++)
		{
			AnomalyPoint *point = step < first ? NULL :
			&points[(size_t) s * (grid->steps - first) + step - first];

			if (point != NULL)
				*point = (AnomalyPoint)
			{
				.expected = NAN,.score = NAN,.common = NAN
			};
			if (!isnan(row[step]))
				score_value(watchers, row, step, two_hours, point);
		}
	}
}
