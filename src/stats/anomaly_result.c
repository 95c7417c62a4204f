/*
 * anomaly_result.c
 *	  What the anomaly aggregates return: points, and alarms joined to episodes.
 */
#include "base/base.h"

#include <math.h>
#include "stats/anomaly_state.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"
#include "utils/typcache.h"

#define QUIET_STEPS			3	/* between alarms of one episode */
#define STILL_UNUSUAL		1.0 /* spreads, for a step to prolong an episode */
#define MUTED_SHARE			20	/* a frequent series: a twentieth of it ... */
#define MUTED_MOST			1000	/* ... at most so many steps */

typedef struct RowList
{
	Oid			type;
	TupleDesc	desc;
	Datum	   *rows;
	int			count;
	int			room;
} RowList;

/* first <= last: steps of the scores */
typedef struct Episode
{
	int			first;
	int			last;
	int			peak;
	int			alarm;			/* the last; it may only remember those before */
} Episode;

/* ---- rows ---- */

static void
begin_rows(RowList *list, FunctionCallInfo fcinfo)
{
	list->type = get_element_type(get_func_rettype(fcinfo->flinfo->fn_oid));
	list->desc = lookup_rowtype_tupdesc_copy(list->type, -1);
	list->room = 64;
	list->count = 0;
	list->rows = palloc(list->room * sizeof(Datum));
}

static void
append_row(RowList *list, Datum *values, bool *nulls)
{
	if (list->count == list->room)
	{
		list->room *= 2;
		list->rows = repalloc_huge(list->rows, (Size) list->room * sizeof(Datum));
	}
	list->rows[list->count++] = HeapTupleGetDatum(heap_form_tuple(list->desc, values, nulls));
}

static Datum
rows_array(RowList *list)
{
	return PointerGetDatum(construct_array(list->rows, list->count, list->type, -1, false, TYPALIGN_DOUBLE));
}

static void
put_number(Datum *values, bool *nulls, int n, double number)
{
	nulls[n] = isnan(number);
	values[n] = Float8GetDatum(number);
}

static void
put_direction(Datum *values, bool *nulls, int n, const AnomalyPoint *point)
{
	nulls[n] = isnan(point->score);
	values[n] = CStringGetTextDatum(point->direction < 0 ? "low" : "high");
}

/* ---- points ---- */

static void
append_point(RowList *list, const AnomalyScores *scores, int series, int step)
{
	const AnomalyPoint *point = anomaly_point(scores, series, step);
	Datum		values[9];
	bool		nulls[9] = {false};

	values[0] = CStringGetTextDatum(scores->names[series]);
	values[1] = TimestampGetDatum(sp_anomaly_time(&scores->state->options, scores->first + step));
	put_number(values, nulls, 2, anomaly_value(scores, series, step));
	put_number(values, nulls, 3, point->expected);
	put_number(values, nulls, 4, point->common);
	put_number(values, nulls, 5, point->score);
	put_direction(values, nulls, 6, point);
	nulls[7] = isnan(point->score);
	values[7] = Int32GetDatum(point->length);
	values[8] = BoolGetDatum(anomaly_alarms(scores, point));
	append_row(list, values, nulls);
}

PG_FUNCTION_INFO_V1(sp_anomaly_points);

Datum
sp_anomaly_points(PG_FUNCTION_ARGS)
{
	AnomalyScores scores;
	RowList		list;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	begin_rows(&list, fcinfo);
	if (sp_anomaly_scores((AnomalyState *) PG_GETARG_POINTER(0), 0, &scores))
		for (int s = 0; s < scores.grid.series_count; s++)
			for (int step = 0; step < scores.steps; step++)
				append_point(&list, &scores, s, step);
	PG_RETURN_DATUM(rows_array(&list));
}

/* ---- episodes ---- */

static void
append_episode(RowList *list, const AnomalyScores *scores, int series, const Episode *episode)
{
	const AnomalyOptions *options = &scores->state->options;
	const AnomalyPoint *peak = anomaly_point(scores, series, episode->peak);
	double		sums[3] = {0, 0, 0};
	int			count = 0;
	Datum		values[10];
	bool		nulls[10] = {false};

	for (int step = episode->first; step <= episode->last; step++)
	{
		const AnomalyPoint *point = anomaly_point(scores, series, step);

		if (isnan(point->score))
			continue;
		sums[0] += anomaly_value(scores, series, step);
		sums[1] += point->expected;
		sums[2] += point->common;
		count++;
	}
	values[0] = CStringGetTextDatum(scores->names[series]);
	values[1] = TimestampGetDatum(sp_anomaly_time(options, scores->first + episode->first));
	values[2] = TimestampGetDatum(sp_anomaly_time(options, scores->first + episode->last + 1));
	values[3] = TimestampGetDatum(sp_anomaly_time(options, scores->first + episode->peak));
	put_number(values, nulls, 4, options->counts ? sums[0] : sums[0] / count);
	put_number(values, nulls, 5, options->counts ? sums[1] : sums[1] / count);
	put_number(values, nulls, 6, sums[2] / count);
	put_number(values, nulls, 7, peak->score);
	put_direction(values, nulls, 8, peak);
	values[9] = Int32GetDatum(episode->last - episode->first + 1);
	append_row(list, values, nulls);
}

static int
steps_joined(const AnomalyScores *scores)
{
	if (scores->state->options.step >= USECS_PER_DAY)
		return QUIET_STEPS;
	return Min(scores->grid.steps / MUTED_SHARE, MUTED_MOST);
}

/* A score of days that was reached over some of them: it began with the first. */
static void
append_episodes_of(RowList *list, const AnomalyScores *scores, int series, int from, int joined)
{
	bool		days = scores->state->options.step >= USECS_PER_DAY;
	Episode		episode = {-1, -1, -1, -1};

	for (int step = from; step < scores->steps; step++)
	{
		const AnomalyPoint *point = anomaly_point(scores, series, step);

		if (!anomaly_alarms(scores, point))
			continue;
		if (episode.first >= 0 && step - episode.alarm > joined + 1)
		{
			append_episode(list, scores, series, &episode);
			episode.first = -1;
		}
		if (episode.first < 0)
		{
			episode.first = Max(0, step - (days ? point->length - 1 : 0));
			episode.peak = step;
			episode.last = step;
		}
		else if (point->score > anomaly_point(scores, series, episode.peak)->score)
			episode.peak = step;
		if (point->distance * point->direction >= STILL_UNUSUAL)
			episode.last = step;
		episode.alarm = step;
	}
	if (episode.first >= 0)
		append_episode(list, scores, series, &episode);
}

PG_FUNCTION_INFO_V1(sp_anomaly_episodes);

Datum
sp_anomaly_episodes(PG_FUNCTION_ARGS)
{
	AnomalyState *state;
	AnomalyScores scores;
	RowList		list;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	state = (AnomalyState *) PG_GETARG_POINTER(0);
	begin_rows(&list, fcinfo);
	if (sp_anomaly_scores(state, ANOMALY_LEAD, &scores))
		for (int s = 0; s < scores.grid.series_count; s++)
			append_episodes_of(&list, &scores, s, Max(0, Max(state->options.since, scores.first) - scores.first),
							   steps_joined(&scores));
	PG_RETURN_DATUM(rows_array(&list));
}
