/*
 * anomaly.c
 *	  Scores of daily series.  Pure C.
 *
 * On a scale on which the spread is even (Anscombe's for counts), a value is
 * the product of the level of its series, the weekday's factor of its series,
 * and what the whole group had that day: weather and holidays are nobody's
 * anomaly.  Each is estimated from the window before the day with medians and
 * trimmed means, which past anomalies hardly move.  The spread of a series is
 * that of its own window, drawn towards what the group has at its level.  The
 * distance in spreads is cut at CLIP and added up over a few days: a drop that
 * no single day proves shows in three or seven.
 *
 * Values that are no counts (a temperature, a balance) are added instead of
 * multiplied, and keep their own spread.
 */
#include "stats/anomaly.h"

#include <math.h>

#define MIN_HISTORY		14
#define MIN_GROUP		5		/* series, for something to be common */
#define TRIM			0.2
#define CLIP			6.0
#define POOL			120.0	/* weight of the group's spread, in steps */
#define DOUBT			1.1		/* variance of a trimmed mean of one */
#define NORMAL_MAD		1.4826
#define WEEKDAY_SPREAD	0.04	/* how much the weekdays of a series differ
								 * from the group's */
#define WEEKDAY_ALONE	0.15	/* ... where there is no group */

typedef struct Series
{
	double		level;			/* NAN: not enough history */
	double		spread;
	double		doubt;			/* variance of what is expected, in spreads */
	double	   *weekday;		/* [season], 0 the weekday of the step */
} Series;

typedef struct Work
{
	const AnomalyGrid *grid;
	double		neutral;		/* 1 when multiplied, 0 when added */
	double	   *scaled;			/* the grid on the even scale */
	Series	   *series;
	double	   *common;			/* [window + 1], the last for the step itself */
	int			common_of;		/* how many series the last is of; 0: it is
								 * neutral */
	double	   *scratch;
	double	   *residual;
	int			from;			/* steps that the window is of */
	int			step;
} Work;

/* ---- order statistics ---- */

static inline void
swap(double *values, int a, int b)
{
	double		kept = values[a];

	values[a] = values[b];
	values[b] = kept;
}

/* The k-th smallest in its place, smaller ones before it, larger behind. */
static double
select_nth(double *values, int count, int k)
{
	int			low = 0;
	int			high = count - 1;

	while (low < high)
	{
		double		pivot = values[(low + high) / 2];
		int			i = low;
		int			j = high;

		while (i <= j)
		{
			while (values[i] < pivot)
				i++;
			while (values[j] > pivot)
				j--;
			if (i <= j)
				swap(values, i++, j--);
		}
		if (k <= j)
			high = j;
		else if (k >= i)
			low = i;
		else
			break;
	}
	return values[k];
}

double
anomaly_median(double *values, int count)
{
	double		upper = select_nth(values, count, count / 2);
	double		lower = -INFINITY;

	if (count % 2 == 1)
		return upper;
	for (int i = 0; i < count / 2; i++)
		lower = fmax(lower, values[i]);
	return (lower + upper) / 2;
}

/* of what is left without the outer fifths */
static double
trimmed_mean(double *values, int count)
{
	int			cut = (int) (count * TRIM);
	double		sum = 0;

	if (cut > 0)
	{
		(void) select_nth(values, count, cut);
		(void) select_nth(values + cut, count - cut, count - 2 * cut - 1);
	}
	for (int i = cut; i < count - cut; i++)
		sum += values[i];
	return sum / (count - 2 * cut);
}

static double
mean_without_extremes(const double *values, int count)
{
	double		sum = values[0];
	double		least = values[0];
	double		most = values[0];

	for (int i = 1; i < count; i++)
	{
		sum += values[i];
		least = fmin(least, values[i]);
		most = fmax(most, values[i]);
	}
	return (sum - least - most) / (count - 2);
}

/* ---- the model ---- */

static inline double
join(const Work *work, double base, double factor)
{
	return work->grid->counts ? base * factor : base + factor;
}

static inline double
strip(const Work *work, double value, double factor)
{
	return work->grid->counts ? value / factor : value - factor;
}

static inline const double *
row_of(const Work *work, int series)
{
	return work->scaled + (size_t) series * work->grid->steps;
}

static inline int
phase_of(const Work *work, int step)
{
	int			season = work->grid->season;

	return (step + season * ANOMALY_WINDOW - work->step) % season;
}

static void
first_levels(Work *work)
{
	for (int s = 0; s < work->grid->series_count; s++)
	{
		const double *row = row_of(work, s);
		int			count = 0;

		for (int i = work->from; i < work->step; i++)
			if (!isnan(row[i]))
				work->scratch[count++] = row[i];
		work->series[s].level = count < MIN_HISTORY ? NAN : anomaly_median(work->scratch, count);
	}
}

/* What all have in common at a step; neutral where too few are there. */
static double
common_at(Work *work, int step)
{
	int			count = 0;

	for (int s = 0; s < work->grid->series_count; s++)
	{
		const Series *series = &work->series[s];
		double		value = row_of(work, s)[step];

		if (!isnan(series->level) && !isnan(value))
			work->scratch[count++] = strip(work, value, step < work->step ? series->level :
										   join(work, series->level, series->weekday[0]));
	}
	work->common_of = count < MIN_GROUP ? 0 : count;
	if (count < MIN_GROUP)
		return work->neutral;
	return trimmed_mean(work->scratch, count);
}

static void
fit_weekdays(Work *work, Series *series, const double *rest, const int *phase, int count)
{
	double		prior = work->common_of > 0 ? WEEKDAY_SPREAD : WEEKDAY_ALONE;
	double		variance = pow(series->spread, 2);

	for (int j = 0; j < work->grid->season; j++)
	{
		int			n = 0;
		double		trust;

		series->weekday[j] = work->neutral;
		if (work->grid->season == 1)
			return;
		for (int i = 0; i < count; i++)
			if (phase[i] == j)
				work->scratch[n++] = rest[i];
		if (n < 3)
			continue;
		trust = work->grid->counts ? prior * prior / (prior * prior + 1.1 * variance / (n - 2)) : n / (n + 4.0);
		if (j == 0)
			series->doubt += trust / (n - 2);
		series->weekday[j] += trust * (mean_without_extremes(work->scratch, n) - work->neutral);
	}
}

static double
spread_around(Work *work, const double *values, int count, double center)
{
	for (int i = 0; i < count; i++)
		work->scratch[i] = fabs(values[i] - center);
	return NORMAL_MAD * anomaly_median(work->scratch, count);
}

static void
fit_series(Work *work, int s)
{
	Series	   *series = &work->series[s];
	const double *row = row_of(work, s);
	double	   *rest = work->residual;
	int			phase[ANOMALY_WINDOW];
	int			count = 0;

	if (isnan(series->level))
		return;
	for (int i = work->from; i < work->step; i++)
		if (!isnan(row[i]))
		{
			phase[count] = phase_of(work, i);
			rest[count++] = strip(work, row[i], work->common[i - work->from]);
		}
	for (int i = 0; i < count; i++)
		work->scratch[i] = rest[i];
	series->level = trimmed_mean(work->scratch, count);
	series->doubt = DOUBT / count;
	for (int i = 0; i < count; i++)
		rest[i] = strip(work, rest[i], series->level);
	series->spread = fmin(spread_around(work, rest, count, work->neutral), work->grid->counts ? 1 : INFINITY);
	fit_weekdays(work, series, rest, phase, count);

	count = 0;
	for (int i = work->from; i < work->step; i++)
		if (!isnan(row[i]))
		{
			rest[count] = row[i] - join(work, join(work, series->level, series->weekday[phase[count]]),
										work->common[i - work->from]);
			count++;
		}
	series->spread = spread_around(work, rest, count, 0);
}

/*
 * Counts spread by chance, evenly on this scale, and by what moves each series
 * by itself, in proportion to its level: variance = even + share * level^2.
 */
static void
pool_spreads(Work *work)
{
	const AnomalyGrid *grid = work->grid;
	double		even = grid->whole ? 1 : 0;
	int			count = 0;
	double		share;

	for (int s = 0; s < grid->series_count; s++)
		if (!isnan(work->series[s].level))
			work->scratch[count++] = (pow(work->series[s].spread, 2) - even) / pow(work->series[s].level, 2);
	if (count == 0)
		return;
	share = count < MIN_GROUP ? 0 : fmax(0, anomaly_median(work->scratch, count));
	for (int s = 0; s < grid->series_count; s++)
	{
		Series	   *series = &work->series[s];
		double		own = pow(series->spread, 2);
		double		pool = even + share * pow(series->level, 2);
		double		weight = count < MIN_GROUP ? 0 : POOL;

		series->spread = sqrt((weight * pool + ANOMALY_WINDOW * fmax(own, weight > 0 ? 0 : even)) /
							  (weight + ANOMALY_WINDOW));
	}
}

static void
fit(Work *work, int step)
{
	work->step = step;
	work->from = step > ANOMALY_WINDOW ? step - ANOMALY_WINDOW : 0;
	first_levels(work);
	for (int i = work->from; i < step; i++)
		work->common[i - work->from] = common_at(work, i);
	for (int s = 0; s < work->grid->series_count; s++)
		fit_series(work, s);
	work->common[step - work->from] = common_at(work, step);
	if (work->grid->counts)
		pool_spreads(work);
}

/* Distance in spreads of the step fitted for, and what was expected there. */
static double
distance(const Work *work, int s, double *expected)
{
	const Series *series = &work->series[s];
	double		value = row_of(work, s)[work->step];
	double		doubt = series->doubt + (work->common_of > 0 ? DOUBT / work->common_of : 0);
	double		spread = fmax(series->spread, 1e-9 * (1 + fabs(series->level))) * sqrt(1 + doubt);
	double		center;

	*expected = NAN;
	if (isnan(series->level))
		return NAN;
	center = join(work, join(work, series->level, series->weekday[0]), work->common[work->step - work->from]);
	*expected = work->grid->counts ?
		fmax(0, (center * center + series->spread * series->spread) / 4 - 0.375) : center;
	return isnan(value) ? NAN : (value - center) / spread;
}

/* What the group had at the step, of what it has on such a weekday. */
static double
common_share(Work *work)
{
	int			count = 0;
	double		now = work->common[work->step - work->from];
	double		usual;

	if (work->common_of == 0)
		return NAN;
	for (int i = work->from; i < work->step; i++)
		if (phase_of(work, i) == 0)
			work->scratch[count++] = work->common[i - work->from];
	usual = anomaly_median(work->scratch, count);
	return work->grid->counts ? pow(now / usual, 2) : now - usual;
}

/* ---- days added up ---- */

static void
score_step(const double *distances, int step, AnomalyPoint *point)
{
	static const int lengths[] = {1, 3, 7};
	double		sum = 0;
	int			n = 0;

	point->score = NAN;
	point->distance = distances[step];
	if (isnan(distances[step]))
		return;
	for (int i = 0; i < 3; i++)
	{
		for (; n < lengths[i] && n <= step; n++)
			if (!isnan(distances[step - n]))
				sum += fmax(-CLIP, fmin(CLIP, distances[step - n]));
		if (n == lengths[i] && !(fabs(sum) / sqrt(n) <= point->score))
		{
			point->score = fabs(sum) / sqrt(n);
			point->direction = sum < 0 ? -1 : 1;
			point->length = n;
		}
	}
}

static double *
scaled_values(Arena *arena, const AnomalyGrid *grid)
{
	size_t		count = (size_t) grid->series_count * grid->steps;
	double	   *scaled = arena_alloc(arena, count * sizeof(double));

	for (size_t i = 0; i < count; i++)
		scaled[i] = !grid->counts || isnan(grid->values[i]) ? grid->values[i] :
			2 * sqrt(fmax(grid->values[i], 0) + 0.375);
	return scaled;
}

static void
prepare(Arena *arena, const AnomalyGrid *grid, Work *work)
{
	int			most = grid->series_count > ANOMALY_WINDOW ? grid->series_count : ANOMALY_WINDOW;

	work->grid = grid;
	work->neutral = grid->counts ? 1 : 0;
	work->scaled = scaled_values(arena, grid);
	work->series = arena_alloc(arena, grid->series_count * sizeof(Series));
	work->common = arena_alloc(arena, (ANOMALY_WINDOW + 1) * sizeof(double));
	work->scratch = arena_alloc(arena, most * sizeof(double));
	work->residual = arena_alloc(arena, most * sizeof(double));
	for (int s = 0; s < grid->series_count; s++)
		work->series[s].weekday = arena_alloc(arena, grid->season * sizeof(double));
}

void
anomaly_score(Arena *arena, const AnomalyGrid *grid, int first, AnomalyPoint *points)
{
	int			lead = first < ANOMALY_LEAD ? first : ANOMALY_LEAD;
	int			wide = grid->steps - first + lead;
	double	   *distances = arena_alloc(arena, (size_t) grid->series_count * wide * sizeof(double));
	Work		work;

	prepare(arena, grid, &work);
	for (int step = first - lead; step < grid->steps; step++)
	{
		double		common;

		fit(&work, step);
		common = common_share(&work);
		for (int s = 0; s < grid->series_count; s++)
		{
			double		expected;

			distances[(size_t) s * wide + step - first + lead] = distance(&work, s, &expected);
			if (step >= first)
			{
				AnomalyPoint *point = &points[(size_t) s * (grid->steps - first) + step - first];

				point->expected = expected;
				point->common = common;
				score_step(distances + (size_t) s * wide, step - first + lead, point);
			}
		}
	}
}
