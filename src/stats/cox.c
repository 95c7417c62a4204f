/*
 * cox.c
 *	  Newton's method on the partial likelihood, and the baseline hazard.
 *
 * Rows are gone through from the longest duration to the shortest, so that
 * those at risk are the ones already seen.  Covariates are scaled to mean 0 and
 * deviation 1 first.  Rows are sorted by all they hold, so that their order
 * changes nothing, not even the last bit.
 */
#include "stats/cox.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MOST_STEPS	60
#define CONVERGED	1e-12
#define ALIASED		1e-9		/* of a pivot, against the diagonal */
#define FAR			12.0		/* a coefficient per deviation */
#define STILL		1e-6		/* a step that is none any more, per deviation */

typedef struct Row
{
	double		duration;
	bool		happened;
	const double *x;			/* scaled */
} Row;

/* sums over rows, each with weight exp(coefficients * x) */
typedef struct Sums
{
	double		weight;
	double		first[COX_MOST];
	double		second[COX_MOST * COX_MOST];	/* lower triangle */
} Sums;

typedef struct Work
{
	int			width;
	size_t		count;
	Row		   *rows;			/* longest first */
	double		deviations[COX_MOST];
	Sums	   *risk;			/* all rows so far */
	Sums	   *tied;			/* those that end together now */
	double		gradient[COX_MOST];
	double		information[COX_MOST * COX_MOST];
} Work;

/* qsort has no argument for it; the core is called by one thread at a time */
static int	compare_width;

static int
compare_rows(const void *left, const void *right)
{
	const Row  *a = left;
	const Row  *b = right;

	if (a->duration != b->duration)
		return a->duration > b->duration ? -1 : 1;
	if (a->happened != b->happened)
		return a->happened ? 1 : -1;
	for (int i = 0; i < compare_width; i++)
		if (a->x[i] != b->x[i])
			return a->x[i] < b->x[i] ? -1 : 1;
	return 0;
}

/* by a sum in sorted order, since sums of floats depend on it */
static int
compare_doubles(const void *left, const void *right)
{
	double		a = *(const double *) left;
	double		b = *(const double *) right;

	return (a > b) - (a < b);
}

static void
scale_column(Work *work, const CoxSample *sample, CoxModel *model, double *scaled, double *sorted, int column)
{
	double		sum = 0;
	double		squares = 0;

	for (size_t i = 0; i < sample->count; i++)
		sorted[i] = sample->covariates[i * sample->width + column];
	qsort(sorted, sample->count, sizeof(double), compare_doubles);
	for (size_t i = 0; i < sample->count; i++)
		sum += sorted[i];
	sum /= sample->count;
	for (size_t i = 0; i < sample->count; i++)
		squares += (sorted[i] - sum) * (sorted[i] - sum) / sample->count;
	model->means[column] = sum;
	/* a constant stays 0, and is found aliased */
	work->deviations[column] = squares > sum * sum * 1e-24 ? sqrt(squares) : 0;
	for (size_t i = 0; i < sample->count; i++)
	{
		double		off = sample->covariates[i * sample->width + column] - sum;

		scaled[i * sample->width + column] = work->deviations[column] > 0 ? off / work->deviations[column] : 0;
	}
}

static void
prepare(Arena *arena, const CoxSample *sample, CoxModel *model, Work *work)
{
	double	   *scaled = arena_alloc(arena, sample->count * sample->width * sizeof(double));
	double	   *sorted = arena_alloc(arena, sample->count * sizeof(double));

	work->width = model->width = sample->width;
	work->count = sample->count;
	work->rows = arena_alloc(arena, sample->count * sizeof(Row));
	work->risk = arena_alloc(arena, sizeof(Sums));
	work->tied = arena_alloc(arena, sizeof(Sums));
	for (int j = 0; j < sample->width; j++)
		scale_column(work, sample, model, scaled, sorted, j);
	for (size_t i = 0; i < sample->count; i++)
	{
		work->rows[i] = (Row)
		{
			sample->durations[i], sample->happened[i], scaled + i * sample->width
		};
		model->happened += sample->happened[i];
	}
	compare_width = sample->width;
	qsort(work->rows, work->count, sizeof(Row), compare_rows);
}

static double
predictor(const Work *work, const Row *row, const double *coefficients)
{
	double		sum = 0;

	for (int i = 0; i < work->width; i++)
		sum += coefficients[i] * row->x[i];
	return sum;
}

static void
add_row(Sums *sums, const Row *row, double weight, int width)
{
	sums->weight += weight;
	for (int i = 0; i < width; i++)
	{
		double		weighted = weight * row->x[i];

		sums->first[i] += weighted;
		for (int j = 0; j <= i; j++)
			sums->second[i * COX_MOST + j] += weighted * row->x[j];
	}
}

/* Efron: of the tied, a share has already left when the next one ends. */
static double
add_tied(Work *work, double tied_count)
{
	const Sums *risk = work->risk;
	const Sums *tied = work->tied;
	double		value = 0;

	for (int k = 0; k < tied_count; k++)
	{
		double		share = k / tied_count;
		double		weight = risk->weight - share * tied->weight;
		double		mean[COX_MOST];

		value -= log(weight);
		for (int i = 0; i < work->width; i++)
		{
			mean[i] = (risk->first[i] - share * tied->first[i]) / weight;
			work->gradient[i] -= mean[i];
			for (int j = 0; j <= i; j++)
				work->information[i * COX_MOST + j] +=
					(risk->second[i * COX_MOST + j] - share * tied->second[i * COX_MOST + j]) / weight -
					mean[i] * mean[j];
		}
	}
	return value;
}

/*
 * The log partial likelihood, its gradient and information.  Where "hazards"
 * is given it gets the steps of the baseline hazard, longest first.
 */
static double
likelihood(Work *work, const double *coefficients, double *durations, double *hazards)
{
	double		value = 0;
	size_t		steps = 0;

	memset(work->risk, 0, sizeof(Sums));
	memset(work->gradient, 0, sizeof(work->gradient));
	memset(work->information, 0, sizeof(work->information));
	for (size_t i = 0; i < work->count;)
	{
		double		duration = work->rows[i].duration;
		int			tied_count = 0;

		memset(work->tied, 0, sizeof(Sums));
		for (; i < work->count && work->rows[i].duration == duration; i++)
		{
			const Row  *row = &work->rows[i];
			double		linear = predictor(work, row, coefficients);

			add_row(work->risk, row, exp(linear), work->width);
			if (!row->happened)
				continue;
			add_row(work->tied, row, exp(linear), work->width);
			tied_count++;
			value += linear;
			for (int j = 0; j < work->width; j++)
				work->gradient[j] += row->x[j];
		}
		value += add_tied(work, tied_count);
		if (hazards == NULL || tied_count == 0)
			continue;
		durations[steps] = duration;
		hazards[steps] = 0;
		for (int k = 0; k < tied_count; k++)
			hazards[steps] += 1 / (work->risk->weight - work->tied->weight * k / tied_count);
		steps++;
	}
	return value;
}

/*
 * matrix = L L', in place; a column that is a combination of those before it
 * becomes zero, and drops out.  Returns how many did.
 */
static int
decompose(double *matrix, int width)
{
	int			dropped = 0;

	for (int i = 0; i < width; i++)
	{
		double		diagonal = matrix[i * COX_MOST + i];

		for (int j = 0; j <= i; j++)
		{
			double		sum = matrix[i * COX_MOST + j];

			for (int k = 0; k < j; k++)
				sum -= matrix[i * COX_MOST + k] * matrix[j * COX_MOST + k];
			if (j < i)
				matrix[i * COX_MOST + j] = matrix[j * COX_MOST + j] > 0 ? sum / matrix[j * COX_MOST + j] : 0;
			else
				matrix[i * COX_MOST + i] = sum > ALIASED * diagonal && sum > 1e-12 ? sqrt(sum) : 0;
		}
		if (matrix[i * COX_MOST + i] == 0)
		{
			dropped++;
			for (int j = 0; j < i; j++)
				matrix[i * COX_MOST + j] = 0;
		}
	}
	return dropped;
}

/* L L' x = given, x replacing given */
static void
solve(const double *matrix, int width, double *given)
{
	for (int i = 0; i < width; i++)
	{
		for (int k = 0; k < i; k++)
			given[i] -= matrix[i * COX_MOST + k] * given[k];
		given[i] = matrix[i * COX_MOST + i] > 0 ? given[i] / matrix[i * COX_MOST + i] : 0;
	}
	for (int i = width - 1; i >= 0; i--)
	{
		for (int k = i + 1; k < width; k++)
			given[i] -= matrix[k * COX_MOST + i] * given[k];
		given[i] = matrix[i * COX_MOST + i] > 0 ? given[i] / matrix[i * COX_MOST + i] : 0;
	}
}

static bool
is_far(const double *coefficients, int width)
{
	for (int i = 0; i < width; i++)
		if (fabs(coefficients[i]) > FAR)
			return true;
	return false;
}

/*
 * A coefficient that has no end, though the likelihood hardly rises any more:
 * the next step would be as long as those before.  So it is where it never
 * happens to the few who have some property.
 */
static bool
is_endless(const Work *work, const double *coefficients)
{
	double		step[COX_MOST];

	memcpy(step, work->gradient, sizeof(step));
	solve(work->information, work->width, step);
	for (int i = 0; i < work->width; i++)
		if (fabs(step[i]) > STILL && fabs(step[i]) > 1e-3 * fabs(coefficients[i]))
			return true;
	return false;
}

/* Newton with halved steps; leaves the information at the maximum decomposed. */
static double
maximise(Work *work, double *coefficients, double *null_value, int *dropped)
{
	double		value = likelihood(work, coefficients, NULL, NULL);

	*null_value = value;
	for (int step = 0; step < MOST_STEPS && !is_far(coefficients, work->width); step++)
	{
		double		direction[COX_MOST];
		double		start[COX_MOST];
		double		higher = value;

		memcpy(direction, work->gradient, sizeof(direction));
		memcpy(start, coefficients, sizeof(start));
		decompose(work->information, work->width);
		solve(work->information, work->width, direction);
		for (double length = 1; length > 1e-6; length /= 2)
		{
			for (int i = 0; i < work->width; i++)
				coefficients[i] = start[i] + length * direction[i];
			higher = likelihood(work, coefficients, NULL, NULL);
			if (higher >= value)
				break;
		}
		if (!(higher >= value))
		{
			memcpy(coefficients, start, sizeof(start));
			value = likelihood(work, coefficients, NULL, NULL);
			break;
		}
		if (higher - value <= CONVERGED * (1 + fabs(value)))
		{
			value = higher;
			break;
		}
		value = higher;
	}
	*dropped = decompose(work->information, work->width);
	return value;
}

static void
standard_errors(const Work *work, CoxModel *model)
{
	for (int i = 0; i < work->width; i++)
	{
		double		unit[COX_MOST] = {0};

		unit[i] = 1;
		solve(work->information, work->width, unit);
		model->errors[i] = work->information[i * COX_MOST + i] > 0 ? sqrt(unit[i]) / work->deviations[i] : NAN;
	}
}

static void
baseline(Arena *arena, Work *work, const double *coefficients, CoxModel *model)
{
	double		sum = 0;

	model->durations = arena_alloc(arena, model->happened * sizeof(double));
	model->hazards = arena_alloc(arena, model->happened * sizeof(double));
	(void) likelihood(work, coefficients, model->durations, model->hazards);
	while (model->steps < model->happened && model->hazards[model->steps] > 0)
		model->steps++;
	for (size_t i = 0; i < model->steps / 2; i++)
	{
		size_t		j = model->steps - 1 - i;
		double		duration = model->durations[i];
		double		hazard = model->hazards[i];

		model->durations[i] = model->durations[j];
		model->hazards[i] = model->hazards[j];
		model->durations[j] = duration;
		model->hazards[j] = hazard;
	}
	for (size_t i = 0; i < model->steps; i++)
		model->hazards[i] = sum += model->hazards[i];
}

/* sample: at least one row, 1 to COX_MOST covariates */
void
cox_fit(Arena *arena, const CoxSample *sample, CoxModel *model)
{
	Work	   *work = arena_alloc(arena, sizeof(Work));
	double		coefficients[COX_MOST] = {0};
	int			dropped;

	memset(model, 0, sizeof(CoxModel));
	prepare(arena, sample, model, work);
	model->status = COX_NOTHING_HAPPENED;
	if (model->happened == 0)
		return;
	model->log_likelihood = maximise(work, coefficients, &model->null_log_likelihood, &dropped);
	model->status = is_far(coefficients, work->width) || is_endless(work, coefficients) ? COX_SEPARABLE :
		dropped > 0 ? COX_COLLINEAR : COX_OK;
	standard_errors(work, model);
	for (int i = 0; i < work->width; i++)
		model->coefficients[i] = work->deviations[i] > 0 ? coefficients[i] / work->deviations[i] : 0;
	baseline(arena, work, coefficients, model);
}
