/*
 * inputs.c
 *	  What a model reads of a row, kept as a JSON object, one key per column:
 *	  so that a score of then can be computed again, explained and compared.
 *
 * Numbers are numbers, to six decimals; booleans are booleans; dates and
 * instants are ISO texts, instants with time and offset; text and enums are
 * texts; NULL, NaN and what is not there are null.  Invariant: scoring what
 * was kept gives the score of the row.
 */
#include "health/health.h"

#include "aging/numeric_value.h"
#include "base/json.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"

static JsonbValue
json_number(Datum numeric)
{
	JsonbValue	value = {.type = jbvNumeric};

	value.val.numeric = DatumGetNumeric(numeric);
	return value;
}

static char *
day_text(int64 day)
{
	char	   *result = palloc(MAXDATELEN + 1);
	struct pg_tm tm = {0};

	if (day == PG_INT64_MIN || day == PG_INT64_MAX)
		return day < 0 ? "-infinity" : "infinity";
	j2date((int) (day + POSTGRES_EPOCH_JDATE), &tm.tm_year, &tm.tm_mon, &tm.tm_mday);
	EncodeDateOnly(&tm, USE_ISO_DATES, result);
	return result;
}

static char *
instant_text(int64 at)
{
	char	   *result = palloc(MAXDATELEN + 1);
	struct pg_tm tm;
	fsec_t		fraction;

	if (TIMESTAMP_NOT_FINITE(at) || timestamp2tm(at, NULL, &tm, &fraction, NULL, NULL) != 0)
		return at < 0 ? "-infinity" : "infinity";
	tm.tm_isdst = 0;			/* its offset is known: zero */
	EncodeDateTime(&tm, fraction, true, 0, NULL, USE_XSD_DATES, result);
	return result;
}

static JsonbValue
json_of_number(const Measure *measure)
{
	if (measure->missing)
		return (JsonbValue)
	{
		.type = jbvNull
	};
	return json_number(health_numeric(measure->value));
}

static JsonbValue
json_of_value(Datum datum, Oid type, const Measure *measure)
{
	JsonbValue	value = {.type = jbvBool};
	int64		origin;
	char	   *text;
	Oid			output;
	bool		is_varlena;

	switch (measure_age(type, datum, &origin))
	{
		case AGE_DAY:
			return sp_json_text(day_text(origin));
		case AGE_INSTANT:
			return sp_json_text(instant_text(origin));
		case AGE_NONE:
			break;
	}
	switch (type)
	{
		case BOOLOID:
			value.val.boolean = DatumGetBool(datum);
			return value;
		case INT2OID:
			return json_number(NumericGetDatum(int64_to_numeric(DatumGetInt16(datum))));
		case INT4OID:
			return json_number(NumericGetDatum(int64_to_numeric(DatumGetInt32(datum))));
		case INT8OID:
			return json_number(NumericGetDatum(int64_to_numeric(DatumGetInt64(datum))));
		case FLOAT4OID:
		case FLOAT8OID:
		case NUMERICOID:
		case INTERVALOID:
			return json_of_number(measure);
	}
	getTypeOutputInfo(type, &output, &is_varlena);
	text = OidOutputFunctionCall(output, datum);

	for (size_t length = strlen(text); type == BPCHAROID && length > 0 && text[length - 1] == ' ';)
		text[	  --length] = '\0';

	return sp_json_text(text);
}

static bool
read_before(const HealthModel *model, int input)
{
	for (int i = 0; i < input; i++)
		if (strcmp(model->inputs[i].column, model->inputs[input].column) == 0)
			return true;
	return false;
}

PG_FUNCTION_INFO_V1(sp_health_inputs);

/* (model, row) -> jsonb */
Datum
sp_health_inputs(PG_FUNCTION_ARGS)
{
	HealthRowCall *call = health_row_call(fcinfo, PG_GETARG_HEAPTUPLEHEADER(1));
	const HealthModel *model = call->head.model;
	JsonbParseState *state = NULL;

	read_raw_measures(call->reader, PG_GETARG_HEAPTUPLEHEADER(1), &call->instant, call->head.measures);
	pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	for (int i = 0; i < model->n_inputs; i++)
	{
		JsonbValue	key = sp_json_text(model->inputs[i].column);
		JsonbValue	value = {.type = jbvNull};
		bool		isnull;
		Oid			type;
		Datum		datum = measure_reader_value(call->reader, i, &isnull, &type);

		if (read_before(model, i))
			continue;
		if (!isnull)
			value = json_of_value(datum, type, &call->head.measures[i]);
		pushJsonbValue(&state, WJB_KEY, &key);
		pushJsonbValue(&state, WJB_VALUE, &value);
	}
	PG_RETURN_JSONB_P(JsonbValueToJsonb(pushJsonbValue(&state, WJB_END_OBJECT, NULL)));
}

static void
read_category(const Curve *curve, const char *name, int length, Measure *measure)
{
	measure->value = curve_category(curve, name, length);
	measure->missing = measure->value < 0;
}

/* what day_text() and instant_text() write, and no category */
static bool
is_time_text(const char *text)
{
	size_t		digits = strspn(text, "0123456789");

	return (digits >= 4 && text[digits] == '-') ||strcmp(text, "infinity") == 0 || strcmp(text, "-infinity") == 0;
}

static void
read_time(const char *name, int64 at, Measure *measure, Motion *motion)
{
	if (strchr(name, ':') == NULL)
	{
		motion->kind = measure_age(DATEOID, DirectFunctionCall1(date_in, CStringGetDatum(name)), &motion->origin);
		measure->value = age_of_day(motion->origin, health_day_of(at));
		return;
	}
	motion->kind = AGE_INSTANT;
	motion->origin = DatumGetTimestampTz(DirectFunctionCall3(timestamptz_in, CStringGetDatum(name),
															 ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1)));
	measure->value = age_of_instant(motion->origin, at);
}

static void
read_input(const HealthInput *input, const JsonbValue *value, int64 at, Measure *measure, Motion *motion)
{
	bool		is_map = input->curve != NULL && input->curve->kind == CURVE_MAP;
	char	   *text;

	measure->missing = false;
	switch (value->type)
	{
		case jbvNumeric:
			text = is_map ? DatumGetCString(DirectFunctionCall1(numeric_out, NumericGetDatum(value->val.numeric))) : NULL;

			if (is_map)
				read_category(input->curve, text, strlen(text), measure);
			else
				read_numeric_measure(NumericGetDatum(value->val.numeric), measure);
			break;
		case jbvBool:
			if (is_map)
				read_category(input->curve, value->val.boolean ? "true" : "false", value->val.boolean ? 4 : 5, measure);
			else
				measure->value = value->val.boolean ? CURVE_UNIT : 0;
			break;
		case jbvString:
			text = pnstrdup(value->val.string.val, value->val.string.len);

			if (is_map)
				read_category(input->curve, text, strlen(text), measure);
			else if (is_time_text(text))
				read_time(text, at, measure, motion);
			else
				measure->missing = true;
			break;
		default:
			measure->missing = true;
	}
}

/*
 * The measures at an instant, nothing expired yet, and how they move.  A model
 * may read what was kept for another one: what is not there is missing.
 */
void
health_read_inputs(const HealthModel *model, Jsonb *inputs, int64 at, Measure *measures, Motion *motions)
{
	for (int i = 0; i < model->n_inputs; i++)
	{
		const HealthInput *input = &model->inputs[i];
		JsonbValue	value;

		measures[i] = (Measure)
		{
			0, true
		};
		motions[i] = (Motion)
		{
			AGE_NONE, 0
		};
		if (getKeyJsonValueFromContainer(&inputs->root, input->column, strlen(input->column), &value) != NULL)
			read_input(input, &value, at, &measures[i], &motions[i]);
	}
}
