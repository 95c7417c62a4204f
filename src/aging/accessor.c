/*
 * accessor.c
 *	  What an aging profile says, as numbers, rows and JSON.
 */
#include "aging/aging.h"

#include "aging/numeric_value.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "types/amount.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/fmgrprotos.h"
#include "utils/tuplestore.h"

static Datum
figure_sum(const Profile *profile, int first, int last)
{
	Wide		sum;

	if (!aging_profile_sum(profile, first, last, &sum))
		report_total_overflow();
	return numeric_of_units(sum, profile->scale);
}

PG_FUNCTION_INFO_V1(sp_aging_total);
PG_FUNCTION_INFO_V1(sp_aging_overdue);
PG_FUNCTION_INFO_V1(sp_aging_not_due);
PG_FUNCTION_INFO_V1(sp_aging_credits);
PG_FUNCTION_INFO_V1(sp_aging_bucket);
PG_FUNCTION_INFO_V1(sp_aging_currency);
PG_FUNCTION_INFO_V1(sp_aging_as_of);
PG_FUNCTION_INFO_V1(sp_aging_edges);
PG_FUNCTION_INFO_V1(sp_aging_buckets);
PG_FUNCTION_INFO_V1(sp_aging_to_json);
PG_FUNCTION_INFO_V1(sp_aging_to_jsonb);

Datum
sp_aging_total(PG_FUNCTION_ARGS)
{
	Profile    *profile = PG_GETARG_PROFILE(0);

	return figure_sum(profile, 0, PROFILE_CREDITS(profile->edges));
}

Datum
sp_aging_overdue(PG_FUNCTION_ARGS)
{
	Profile    *profile = PG_GETARG_PROFILE(0);

	if (!aging_has_figure(profile->edges, 0))
		PG_RETURN_NULL();		/* the first bucket holds more than that */
	return figure_sum(profile, 1, profile->edges->count + 1);
}

Datum
sp_aging_not_due(PG_FUNCTION_ARGS)
{
	Profile    *profile = PG_GETARG_PROFILE(0);

	if (!aging_has_figure(profile->edges, 0))
		PG_RETURN_NULL();
	return figure_sum(profile, 0, 0);
}

Datum
sp_aging_credits(PG_FUNCTION_ARGS)
{
	Profile    *profile = PG_GETARG_PROFILE(0);
	int			credits = PROFILE_CREDITS(profile->edges);

	if (!aging_has_figure(profile->edges, credits))
		PG_RETURN_NULL();
	return figure_sum(profile, credits, credits);
}

Datum
sp_aging_bucket(PG_FUNCTION_ARGS)
{
	Profile    *profile = PG_GETARG_PROFILE(0);
	int32		bucket = PG_GETARG_INT32(1);

	if (bucket < 1 || bucket > profile->edges->count + 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("bucket %d does not exist", bucket),
				 errdetail("The profile has buckets 1 to %d.", profile->edges->count + 1),
				 errhint("Look at SELECT * FROM pulse.buckets(profile).")));
	return figure_sum(profile, bucket, bucket);
}

Datum
sp_aging_currency(PG_FUNCTION_ARGS)
{
	const Currency *currency = currency_by_number(PG_GETARG_PROFILE(0)->currency);

	if (currency == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(currency->code));
}

Datum
sp_aging_as_of(PG_FUNCTION_ARGS)
{
	PG_RETURN_DATEADT(PG_GETARG_PROFILE(0)->as_of);
}

Datum
sp_aging_edges(PG_FUNCTION_ARGS)
{
	const AgingEdges *edges = PG_GETARG_PROFILE(0)->edges;
	Datum		bounds[AGING_MAX_EDGES];

	for (int i = 0; i < edges->count; i++)
		bounds[i] = Int32GetDatum(edges->bound[i + 1]);
	PG_RETURN_ARRAYTYPE_P(construct_array(bounds, edges->count, INT4OID,
										  sizeof(int32), true, TYPALIGN_INT));
}

/* (bucket, label, from_days, to_days, amount, currency) */
static void
put_bucket(ReturnSetInfo *result, const Profile *profile, int figure)
{
	const AgingEdges *edges = profile->edges;
	const Currency *currency = currency_by_number(profile->currency);
	char		label[PROFILE_LABEL_SIZE];
	Datum		values[6] = {0};
	bool		nulls[6] = {false};

	aging_profile_label(edges, figure, label);
	values[0] = Int32GetDatum(figure);
	nulls[0] = figure == PROFILE_CREDITS(edges);
	values[1] = CStringGetTextDatum(label);
	nulls[2] = figure == 0 || nulls[0] || edges->bound[figure - 1] == AGING_NO_START;
	if (!nulls[2])
		values[2] = Int32GetDatum(edges->bound[figure - 1] + 1);
	nulls[3] = figure > edges->count;
	if (!nulls[3])
		values[3] = Int32GetDatum(edges->bound[figure]);
	values[4] = numeric_of_units(profile->figures[figure], profile->scale);
	nulls[5] = currency == NULL;
	if (!nulls[5])
		values[5] = CStringGetTextDatum(currency->code);
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

Datum
sp_aging_buckets(PG_FUNCTION_ARGS)
{
	Profile    *profile = PG_GETARG_PROFILE(0);

	InitMaterializedSRF(fcinfo, 0);
	for (int i = 0; i < PROFILE_FIGURES(profile->edges); i++)
		if (aging_has_figure(profile->edges, i))
			put_bucket((ReturnSetInfo *) fcinfo->resultinfo, profile, i);
	return (Datum) 0;
}

static void
append_number(StringInfo json, const char *key, Wide units, int scale)
{
	char text[	DECIMAL_TEXT_SIZE];

	decimal_print(text, units, scale);
	appendStringInfo(json, "\"%s\": %s", key, text);
}

static void
append_figure(StringInfo json, const char *key, const Profile *profile, int figure)
{
	if (aging_has_figure(profile->edges, figure))
		append_number(json, key, profile->figures[figure], profile->scale);
	else
		appendStringInfo(json, "\"%s\": null", key);
}

static void
append_bucket(StringInfo json, const Profile *profile, int figure)
{
	const AgingEdges *edges = profile->edges;
	char		label[PROFILE_LABEL_SIZE];

	aging_profile_label(edges, figure, label);
	appendStringInfo(json, "%s{\"label\": \"%s\", \"from_days\": ", figure > 1 ? ", " : "", label);
	if (edges->bound[figure - 1] == AGING_NO_START)
		appendStringInfoString(json, "null");
	else
		appendStringInfo(json, "%d", edges->bound[figure - 1] + 1);
	appendStringInfoString(json, ", \"to_days\": ");
	if (figure > edges->count)
		appendStringInfoString(json, "null, ");
	else
		appendStringInfo(json, "%d, ", edges->bound[figure]);
	append_number(json, "amount", profile->figures[figure], profile->scale);
	appendStringInfoChar(json, '}');
}

static char *
aging_profile_json(const Profile *profile)
{
	const AgingEdges *edges = profile->edges;
	const Currency *currency = currency_by_number(profile->currency);
	StringInfoData json;
	int			year;
	int			month;
	int			mday;
	Wide		total;

	if (!aging_profile_sum(profile, 0, PROFILE_CREDITS(edges), &total))
		report_total_overflow();
	j2date(profile->as_of + POSTGRES_EPOCH_JDATE, &year, &month, &mday);
	initStringInfo(&json);
	appendStringInfo(&json, "{\"as_of\": \"%04d-%02d-%02d\", \"currency\": ", year, month, mday);
	if (currency != NULL)
		appendStringInfo(&json, "\"%s\", ", currency->code);
	else
		appendStringInfoString(&json, "null, ");
	append_figure(&json, "not_due", profile, 0);
	appendStringInfoString(&json, ", \"buckets\": [");
	for (int i = 1; i <= edges->count + 1; i++)
		append_bucket(&json, profile, i);
	appendStringInfoString(&json, "], ");
	append_figure(&json, "credits", profile, PROFILE_CREDITS(edges));
	appendStringInfoString(&json, ", ");
	append_number(&json, "total", total, profile->scale);
	appendStringInfoChar(&json, '}');
	return json.data;
}

/* also what to_json() and to_jsonb() of the server find for a profile in a row */
Datum
sp_aging_to_json(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(cstring_to_text(aging_profile_json(PG_GETARG_PROFILE(0))));
}

Datum
sp_aging_to_jsonb(PG_FUNCTION_ARGS)
{
	return DirectFunctionCall1(jsonb_in, CStringGetDatum(aging_profile_json(PG_GETARG_PROFILE(0))));
}
