/*
 * anomaly_state.c
 *	  The aggregates over anomaly.c: gathering the rows of a group.
 *
 * Rows come in any order.  Those of one series and step are added up where they
 * are counts, and averaged where not.  A count that has no row is zero from the
 * first row of its series on: a shop that sells nothing reports nothing.
 */
#include "base/base.h"

#include <math.h>
#include "stats/anomaly_state.h"

#include "common/hashfn.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#define FIRST_ROOM		256
#define MAX_CELLS		50000000
/* Monday, 2000-01-03: weeks begin there, so steps of a week do */
#define STEP_ORIGIN		(2 * USECS_PER_DAY)

typedef struct NamedSeries
{
	const char *name;
	int32		number;
	uint32		hash;
	char		status;
} NamedSeries;

static inline bool
same_name(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}

#define SH_PREFIX anomalyname
#define SH_ELEMENT_TYPE NamedSeries
#define SH_KEY_TYPE const char *
#define SH_KEY name
#define SH_HASH_KEY(tb, key) hash_bytes((const unsigned char *) (key), strlen(key))
#define SH_EQUAL(tb, a, b) same_name(a, b)
#define SH_SCOPE static inline
#define SH_STORE_HASH
#define SH_GET_HASH(tb, a) ((a)->hash)
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

enum
{
	ARG_STATE, ARG_SERIES, ARG_AT, ARG_AMOUNT, ARG_SINCE, ARG_UNTIL, ARG_STEP, ARG_SCALE, ARG_THRESHOLD
};

/* ---- options ---- */

static void
reject_option(const char *what, const char *detail, const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("unusable %s of an anomaly score", what),
			 errdetail("%s", detail),
			 errhint("%s", hint)));
}

static int64
step_option(const Interval *step)
{
	int64		length = step->time + step->day * USECS_PER_DAY;

	if (step->month != 0 || length <= 0)
		reject_option("step", "A step is a length of time that is always the same, and not zero.",
					  "Type interval '1 day', '7 days' or '5 minutes'.");
	if (length >= USECS_PER_DAY && length % USECS_PER_DAY != 0)
		reject_option("step", "A step longer than a day is one of whole days.",
					  "Type interval '1 day' or '7 days'.");
	return length;
}

static bool
scale_option(const char *scale)
{
	if (strcmp(scale, "count") != 0 && strcmp(scale, "level") != 0)
		reject_option("scale", psprintf("\"%s\" is neither count nor level.", scale),
					  "Type 'count' for sales, visits and other sums, 'level' for what is measured.");
	return strcmp(scale, "count") == 0;
}

static int32
step_of(const AnomalyOptions *options, Timestamp at)
{
	int64		offset = at - STEP_ORIGIN;
	int64		step = offset / options->step - (offset % options->step < 0 ? 1 : 0);

	if (TIMESTAMP_NOT_FINITE(at) || step < PG_INT32_MIN / 2 || step > PG_INT32_MAX / 2)
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("a time is out of range"),
				 errdetail("Steps are counted from 2000 on."),
				 errhint("Leave such rows out with a condition.")));
	return (int32) step;
}

Timestamp
sp_anomaly_time(const AnomalyOptions *options, int32 step)
{
	return step * options->step + STEP_ORIGIN;
}

void
sp_anomaly_options(AnomalyOptions *options, const Interval *step, text *scale, const double *threshold)
{
	if (step == NULL || scale == NULL)
		reject_option("step or scale", "It is null.", "Type interval '1 day' and 'count'.");
	options->step = step_option(step);
	options->counts = scale_option(text_to_cstring(scale));
	options->threshold = threshold != NULL ? *threshold :
		options->step >= USECS_PER_DAY ? ANOMALY_THRESHOLD : ANOMALY_THRESHOLD_FREQUENT;
	if (!(options->threshold > 0))
		reject_option("threshold", "A score is zero or more, and an alarm is rare.", "Type 3.5, or less to hear more.");
}

static void
read_options(FunctionCallInfo fcinfo, AnomalyOptions *options)
{
	double		threshold = PG_ARGISNULL(ARG_THRESHOLD) ? 0 : PG_GETARG_FLOAT8(ARG_THRESHOLD);

	sp_anomaly_options(options, PG_ARGISNULL(ARG_STEP) ? NULL : PG_GETARG_INTERVAL_P(ARG_STEP),
					   PG_ARGISNULL(ARG_SCALE) ? NULL : PG_GETARG_TEXT_PP(ARG_SCALE),
					   PG_ARGISNULL(ARG_THRESHOLD) ? NULL : &threshold);
	options->since = PG_ARGISNULL(ARG_SINCE) ? PG_INT32_MIN : step_of(options, PG_GETARG_TIMESTAMP(ARG_SINCE));
	/* a step that has only begun by then is not among them */
	options->until = PG_ARGISNULL(ARG_UNTIL) ? PG_INT32_MAX : step_of(options, PG_GETARG_TIMESTAMP(ARG_UNTIL));
}

/* ---- rows ---- */

static AnomalyState *
new_state(FunctionCallInfo fcinfo, MemoryContext context)
{
	AnomalyState *state = MemoryContextAllocZero(context, sizeof(AnomalyState));

	state->context = context;
	read_options(fcinfo, &state->options);
	state->names = anomalyname_create(context, 64, NULL);
	state->row_room = FIRST_ROOM;
	state->rows = MemoryContextAlloc(context, state->row_room * sizeof(AnomalyRow));
	state->whole = true;
	return state;
}

static int32
series_number(AnomalyState *state, const char *name)
{
	bool		found;
	NamedSeries *entry = anomalyname_insert(state->names, name, &found);

	if (!found)
	{
		if (state->series_count % FIRST_ROOM == 0)
		{
			char	  **wider = MemoryContextAlloc(state->context, (state->series_count + FIRST_ROOM) * sizeof(char *));

			if (state->series_count > 0)
				memcpy(wider, state->series, state->series_count * sizeof(char *));
			state->series = wider;
		}
		entry->name = MemoryContextStrdup(state->context, name);
		entry->number = state->series_count;
		state->series[state->series_count++] = (char *) entry->name;
	}
	return entry->number;
}

static void
add_row(AnomalyState *state, const char *name, Timestamp at, double value)
{
	AnomalyRow *row;

	if (state->row_count == state->row_room)
	{
		state->row_room *= 2;
		state->rows = repalloc_huge(state->rows, (Size) state->row_room * sizeof(AnomalyRow));
	}
	row = &state->rows[state->row_count++];
	row->series = series_number(state, name);
	row->step = step_of(&state->options, at);
	row->value = value;
	if (value != rint(value))
		state->whole = false;
}

PG_FUNCTION_INFO_V1(sp_anomaly_add);

/* (state, series, at, amount, since, until, step, scale, threshold) */
Datum
sp_anomaly_add(PG_FUNCTION_ARGS)
{
	MemoryContext context;
	AnomalyState *state = PG_ARGISNULL(ARG_STATE) ? NULL : (AnomalyState *) PG_GETARG_POINTER(ARG_STATE);
	char		room[128];
	const char *name = "";

	if (!AggCheckCallContext(fcinfo, &context))
		elog(ERROR, "anomaly support function called in non-aggregate context");
	if (state == NULL)
		state = new_state(fcinfo, context);
	if (PG_ARGISNULL(ARG_AT) || PG_ARGISNULL(ARG_AMOUNT) || isnan(PG_GETARG_FLOAT8(ARG_AMOUNT)) ||
		isinf(PG_GETARG_FLOAT8(ARG_AMOUNT)))
		PG_RETURN_POINTER(state);
	if (!PG_ARGISNULL(ARG_SERIES))
	{
		text	   *series = PG_GETARG_TEXT_PP(ARG_SERIES);

		if (VARSIZE_ANY_EXHDR(series) < sizeof(room))
		{
			text_to_cstring_buffer(series, room, sizeof(room));
			name = room;
		}
		else
			name = text_to_cstring(series);
	}
	add_row(state, name, PG_GETARG_TIMESTAMP(ARG_AT), PG_GETARG_FLOAT8(ARG_AMOUNT));
	PG_RETURN_POINTER(state);
}

/* ---- the grid ---- */

/* steps that rows are of, and that are asked for; false: none */
static bool
find_span(const AnomalyState *state, int lead, AnomalyScores *scores, int32 *end)
{
	int32		least = PG_INT32_MAX;
	int32		most = PG_INT32_MIN;

	*end = state->options.until;
	for (int i = 0; i < state->row_count; i++)
		if (state->rows[i].step < *end)
		{
			least = Min(least, state->rows[i].step);
			most = Max(most, state->rows[i].step);
		}
	if (most < least)
		return false;
	if (*end == PG_INT32_MAX)
		*end = most + 1;
	scores->origin = least;
	scores->first = Max(least, state->options.since == PG_INT32_MIN ? least : state->options.since);
	scores->first = Max(least, scores->first - lead);
	return scores->first < *end;
}

static int
compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *) a, *(char *const *) b);
}

/* Sorted, so that sums are added up in one order whatever that of the rows was. */
static int32 *
sort_series(AnomalyState *state, AnomalyScores *scores)
{
	int			count = state->series_count;
	int32	   *rank = palloc(count * sizeof(int32));

	scores->names = palloc(count * sizeof(char *));
	memcpy(scores->names, state->series, count * sizeof(char *));
	qsort(scores->names, count, sizeof(char *), compare_names);
	for (int i = 0; i < count; i++)
		rank[anomalyname_lookup(state->names, scores->names[i])->number] = i;
	return rank;
}

static double *
make_cells(const AnomalyState *state, AnomalyScores *scores)
{
	Size		count = (Size) state->series_count * scores->grid.steps;
	double	   *cells;

	if (count > MAX_CELLS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("too much for one group of series"),
				 errdetail("%d series of %d steps are more than fifty million values.",
						   state->series_count, scores->grid.steps),
				 errhint("Narrow the time, take a longer step, or group the series.")));
	cells = MemoryContextAllocHuge(CurrentMemoryContext, count * sizeof(double));
	for (Size i = 0; i < count; i++)
		cells[i] = NAN;
	return cells;
}

static void
fill_cells(AnomalyState *state, AnomalyScores *scores, double *cells)
{
	int32	   *rank = sort_series(state, scores);
	int			steps = scores->grid.steps;
	int		   *seen = state->options.counts ? NULL :
	MemoryContextAllocExtended(CurrentMemoryContext, (Size) state->series_count * steps * sizeof(int),
							   MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);

	for (int i = 0; i < state->row_count; i++)
	{
		const AnomalyRow *row = &state->rows[i];
		int64		step = (int64) row->step - scores->origin;
		double	   *cell = &cells[(Size) rank[row->series] * steps + step];

		if (step >= steps)
			continue;
		*cell = isnan(*cell) ? row->value : *cell + row->value;
		if (seen != NULL)
			seen[cell - cells]++;
	}
	for (Size i = 0; seen != NULL && i < (Size) state->series_count * steps; i++)
		if (seen[i] > 1)
			cells[i] /= seen[i];
}

/* From the first row of a series on, what has no row is zero. */
static void
fill_zeros(const AnomalyState *state, AnomalyScores *scores, double *cells)
{
	int			steps = scores->grid.steps;

	for (int s = 0; s < state->series_count; s++)
	{
		bool		begun = false;

		for (int i = 0; i < steps; i++)
		{
			double	   *cell = &cells[(Size) s * steps + i];

			if (!isnan(*cell))
				begun = true;
			else if (begun)
				*cell = 0;
		}
	}
}

bool
sp_anomaly_scores(AnomalyState *state, int lead, AnomalyScores *scores)
{
	const AnomalyOptions *options = &state->options;
	Arena		arena;
	double	   *cells;
	int32		end;

	memset(scores, 0, sizeof(AnomalyScores));
	scores->state = state;
	if (!find_span(state, lead, scores, &end))
		return false;
	scores->steps = end - scores->first;
	scores->grid.series_count = state->series_count;
	scores->grid.steps = end - scores->origin;
	scores->grid.season = options->step == USECS_PER_DAY ? 7 : 1;
	scores->grid.counts = options->counts;
	scores->grid.whole = state->whole;
	cells = make_cells(state, scores);
	fill_cells(state, scores, cells);
	if (options->counts)
		fill_zeros(state, scores, cells);
	scores->grid.values = cells;
	scores->points = MemoryContextAllocHuge(CurrentMemoryContext,
											(Size) state->series_count * scores->steps * sizeof(AnomalyPoint));
	sp_arena_init(&arena, CurrentMemoryContext);
	if (options->step >= USECS_PER_DAY)
		anomaly_score(&arena, &scores->grid, scores->first - scores->origin, scores->points);
	else
		anomaly_score_frequent(&arena, &scores->grid,
							   (int) Max(2, 2 * USECS_PER_HOUR / options->step),
							   scores->first - scores->origin, scores->points);
	return true;
}
