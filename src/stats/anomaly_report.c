/*
 * anomaly_report.c
 *	  pulse.anomalies(): episodes over any relation, in words.
 *
 * The expressions are the caller's and run with the caller's rights.
 */
#include "base/base.h"

#include <math.h>

#include "aging/source.h"
#include "calendar/daytime.h"
#include "catalog/pg_type.h"
#include "common/int.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "stats/anomaly_state.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"

#define READ_BEFORE		(ANOMALY_WINDOW + ANOMALY_LEAD)
#define READ_FREQUENT	4032	/* steps: two weeks of five minutes */
#define COMMON_TELLS	0.05	/* a group this far from usual is named */

enum
{
	ARG_RELATION, ARG_AMOUNT, ARG_TIME, ARG_SERIES, ARG_GROUP, ARG_SINCE, ARG_UNTIL, ARG_STEP,
	ARG_SCALE, ARG_THRESHOLD, ARG_CONDITION, ARG_LANG
};

/* columns of an episode after the group's name */
enum
{
	COL_GROUP, COL_SERIES, COL_STARTED, COL_ENDED, COL_PEAK, COL_ACTUAL, COL_EXPECTED, COL_COMMON,
	COL_SCORE, COL_DIRECTION, COL_STEPS, COL_EXPLANATION, COL_COUNT
};

typedef struct AnomalyCall
{
	AgingSource source;
	const char *amount;
	const char *at;				/* as timestamp */
	const char *from;			/* the condition that the rows are new enough */
	const char *series;
	const char *group;
	const char *condition;
	AnomalyOptions options;
	bool		days;			/* steps of a day or more */
	bool		chinese;
	Timestamp	since;
	Timestamp	until;
	Timestamp	read_from;
} AnomalyCall;

/* ---- arguments ---- */

static const char *
argument(FunctionCallInfo fcinfo, int n, bool required)
{
	if (PG_ARGISNULL(n) && required)
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("an argument of anomalies() that it needs is null"),
				 errdetail("Anomalies are looked for in the amounts of a relation over time."),
				 errhint("Type pulse.anomalies('app.daily_sales', amount => 'total', time_column => 'day', series_column => 'store').")));
	return PG_ARGISNULL(n) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(n));
}

static bool
language_is_chinese(FunctionCallInfo fcinfo)
{
	const char *lang = PG_ARGISNULL(ARG_LANG) ? sp_setting("language") : text_to_cstring(PG_GETARG_TEXT_PP(ARG_LANG));

	if (strcmp(lang, "en") != 0 && strcmp(lang, "zh") != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("unknown language \"%s\"", lang),
				 errdetail("Anomalies are explained in English and Chinese."),
				 errhint("Type 'en' or 'zh'.")));
	return strcmp(lang, "zh") == 0;
}

static void
read_amount(AnomalyCall *call, Oid relid, const char *text)
{
	Oid			type;
	const char *sql = aging_source_expression(&call->source, relid, "amount", text, &type);

	switch (type)
	{
		case INT2OID:
		case INT4OID:
		case INT8OID:
		case NUMERICOID:
		case FLOAT4OID:
		case FLOAT8OID:
			call->amount = psprintf("(%s)::pg_catalog.float8", sql);
			return;
	}
	if (type == aging_amount_type())
		call->amount = psprintf("pulse.to_numeric(%s)::pg_catalog.float8", sql);
	else
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("the amount is not a number"),
				 errdetail("\"%s\" is of type %s.", text, format_type_be(type)),
				 errhint("Type a column or expression of a number type or pulse.amount.")));
}

static void
read_time(AnomalyCall *call, Oid relid, const char *text)
{
	Oid			type;
	const char *sql = aging_source_expression(&call->source, relid, "time_column", text, &type);

	if (type == TIMESTAMPTZOID)
	{
		call->at = psprintf("((%s) AT TIME ZONE pulse.setting('timezone'))", sql);
		call->from = psprintf("(%s) OPERATOR(pg_catalog.>=) ($3 AT TIME ZONE pulse.setting('timezone'))", sql);
	}
	else if (type == TIMESTAMPOID || type == DATEOID)
	{
		call->at = psprintf("(%s)::pg_catalog.timestamp", sql);
		call->from = psprintf("(%s) OPERATOR(pg_catalog.>=) $3", sql);
	}
	else
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("time_column is not a time"),
				 errdetail("\"%s\" is of type %s.", text, format_type_be(type)),
				 errhint("Type a column or expression of type date, timestamp or timestamptz.")));
}

static const char *
read_name(AnomalyCall *call, Oid relid, const char *what, const char *text)
{
	Oid			type;

	if (text == NULL)
		return "NULL::pg_catalog.text";
	return psprintf("(%s)::pg_catalog.text", aging_source_expression(&call->source, relid, what, text, &type));
}

static Timestamp
wall_clock(TimestampTz at)
{
	return DatumGetTimestamp(DirectFunctionCall2(timestamptz_zone, CStringGetTextDatum(sp_setting("timezone")),
												 TimestampTzGetDatum(at)));
}

/* Without times: the last whole day, or the last 24 hours. */
static void
read_times(FunctionCallInfo fcinfo, AnomalyCall *call)
{
	Timestamp	now = wall_clock(sp_statement_clock());
	int64		length = call->options.step;
	int64		before;

	call->days = length >= USECS_PER_DAY;
	before = (call->days ? READ_BEFORE : READ_FREQUENT) * length;
	call->until = !PG_ARGISNULL(ARG_UNTIL) ? PG_GETARG_TIMESTAMP(ARG_UNTIL) :
		call->days ? now - now % USECS_PER_DAY - (now < 0 ? USECS_PER_DAY : 0) : now;
	call->since = !PG_ARGISNULL(ARG_SINCE) ? PG_GETARG_TIMESTAMP(ARG_SINCE) :
		call->until - (call->days ? length : USECS_PER_DAY);
	if (TIMESTAMP_NOT_FINITE(call->until) || TIMESTAMP_NOT_FINITE(call->since) || call->since > call->until ||
		pg_sub_s64_overflow(call->since, before, &call->read_from) || !IS_VALID_TIMESTAMP(call->read_from))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("unusable times of anomalies()"),
				 errdetail("Alarms are looked for from since until before until, both finite and in that order."),
				 errhint("Type since => '2026-03-01', until => '2026-04-01'.")));
}

static void
read_options(FunctionCallInfo fcinfo, AnomalyOptions *options)
{
	double		threshold = PG_ARGISNULL(ARG_THRESHOLD) ? 0 : PG_GETARG_FLOAT8(ARG_THRESHOLD);

	sp_anomaly_options(options, PG_ARGISNULL(ARG_STEP) ? NULL : PG_GETARG_INTERVAL_P(ARG_STEP),
					   PG_ARGISNULL(ARG_SCALE) ? NULL : PG_GETARG_TEXT_PP(ARG_SCALE),
					   PG_ARGISNULL(ARG_THRESHOLD) ? NULL : &threshold);
}

static void
read_call(FunctionCallInfo fcinfo, AnomalyCall *call)
{
	Oid			relid;
	const char *condition = argument(fcinfo, ARG_CONDITION, false);

	memset(call, 0, sizeof(AnomalyCall));
	(void) argument(fcinfo, ARG_AMOUNT, true);
	(void) argument(fcinfo, ARG_TIME, true);
	if (PG_ARGISNULL(ARG_RELATION))
		(void) argument(fcinfo, ARG_RELATION, true);
	relid = PG_GETARG_OID(ARG_RELATION);
	call->chinese = language_is_chinese(fcinfo);
	read_options(fcinfo, &call->options);
	read_times(fcinfo, call);
	aging_source_open(&call->source, relid);
	read_amount(call, relid, argument(fcinfo, ARG_AMOUNT, true));
	read_time(call, relid, argument(fcinfo, ARG_TIME, true));
	call->series = read_name(call, relid, "series_column", argument(fcinfo, ARG_SERIES, false));
	call->group = read_name(call, relid, "group_column", argument(fcinfo, ARG_GROUP, false));
	call->condition = condition == NULL ? NULL : aging_source_condition(&call->source, relid, condition);
}

/* ---- the statement ---- */

static char *
call_sql(const AnomalyCall *call)
{
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfo(&sql, "SELECT g.group_name, e.series, e.started, e.ended, e.peak, e.actual, e.expected,"
					 " e.common, e.score, e.direction, e.steps, NULL::pg_catalog.text FROM (SELECT %s AS group_name,"
					 " pulse.anomaly_episodes(%s, %s, %s, $1, $2, $4, $5, $6) AS episodes FROM %s WHERE %s",
					 call->group, call->series, call->at, call->amount, call->source.relation, call->from);
	if (call->condition != NULL)
		appendStringInfo(&sql, " AND (%s)", call->condition);
	appendStringInfoString(&sql, " GROUP BY 1) AS g CROSS JOIN LATERAL pg_catalog.unnest(g.episodes) AS e"
						   " ORDER BY e.score DESC, e.started, g.group_name, e.series");
	return sql.data;
}

static void
execute(FunctionCallInfo fcinfo, const AnomalyCall *call)
{
	Oid			types[6] = {TIMESTAMPOID, TIMESTAMPOID, TIMESTAMPOID, INTERVALOID, TEXTOID, FLOAT8OID};
	Datum		values[6];
	char		nulls[7] = "      ";

	values[0] = TimestampGetDatum(call->since);
	values[1] = TimestampGetDatum(call->until);
	values[2] = TimestampGetDatum(call->read_from);
	values[3] = fcinfo->args[ARG_STEP].value;
	nulls[3] = PG_ARGISNULL(ARG_STEP) ? 'n' : ' ';
	values[4] = fcinfo->args[ARG_SCALE].value;
	nulls[4] = PG_ARGISNULL(ARG_SCALE) ? 'n' : ' ';
	values[5] = fcinfo->args[ARG_THRESHOLD].value;
	nulls[5] = PG_ARGISNULL(ARG_THRESHOLD) ? 'n' : ' ';
	if (SPI_execute_with_args(call_sql(call), 6, types, values, nulls, true, 0) != SPI_OK_SELECT)
		elog(ERROR, "the statement of anomalies() failed");
}

/* ---- in words ---- */

static const char *
amount_text(double amount)
{
	return psprintf(fabs(amount) < 10 ? "%.1f" : "%.0f", amount);
}

/* always as ISO 8601 has it, a sentence is no place for the session's style */
static const char *
moment_text(const AnomalyCall *call, Datum at)
{
	struct pg_tm parts;
	fsec_t		fraction;

	if (timestamp2tm(DatumGetTimestamp(at), NULL, &parts, &fraction, NULL, NULL) != 0)
		return "?";
	if (call->days)
		return psprintf("%04d-%02d-%02d", parts.tm_year, parts.tm_mon, parts.tm_mday);
	return psprintf("%04d-%02d-%02d %02d:%02d", parts.tm_year, parts.tm_mon, parts.tm_mday, parts.tm_hour, parts.tm_min);
}

static char *
explanation(const AnomalyCall *call, const Datum *values, const bool *nulls)
{
	double		actual = DatumGetFloat8(values[COL_ACTUAL]);
	double		expected = DatumGetFloat8(values[COL_EXPECTED]);
	double		common = nulls[COL_COMMON] ? 1 : DatumGetFloat8(values[COL_COMMON]);
	int			steps = DatumGetInt32(values[COL_STEPS]);
	bool		whole_days = call->options.step == USECS_PER_DAY;
	const char *started = moment_text(call, values[COL_STARTED]);
	StringInfoData text;

	initStringInfo(&text);
	if (call->chinese)
		appendStringInfo(&text, "自%s起%d%s：%s，预计约%s", started, steps, whole_days ? "天" : "步",
						 amount_text(actual), amount_text(expected));
	else
		appendStringInfo(&text, "%d %s from %s: %s instead of about %s", steps,
						 whole_days ? (steps == 1 ? "day" : "days") : (steps == 1 ? "step" : "steps"),
						 started, amount_text(actual), amount_text(expected));
	if (expected > 0)
		appendStringInfo(&text, call->chinese ? "（%+.0f%%）" : " (%+.0f %%)", 100 * (actual - expected) / expected);
	appendStringInfo(&text, call->chinese ? "，偏离%.1f" : ", score %.1f", DatumGetFloat8(values[COL_SCORE]));
	if (call->options.counts && fabs(common - 1) > COMMON_TELLS)
		appendStringInfo(&text, call->chinese ? "；同组整体为平常的%.0f%%" : "; the whole group had %.0f %% of its usual",
						 100 * common);
	return text.data;
}

static void
return_row(ReturnSetInfo *result, const AnomalyCall *call, uint64 i)
{
	Datum		values[COL_COUNT];
	bool		nulls[COL_COUNT];

	for (int n = 0; n < COL_COUNT; n++)
		values[n] = SPI_getbinval(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, n + 1, &nulls[n]);
	values[COL_EXPLANATION] = CStringGetTextDatum(explanation(call, values, nulls));
	nulls[COL_EXPLANATION] = false;
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

PG_FUNCTION_INFO_V1(sp_anomalies);

Datum
sp_anomalies(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	AnomalyCall call;

	InitMaterializedSRF(fcinfo, 0);
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	read_call(fcinfo, &call);
	execute(fcinfo, &call);
	for (uint64 i = 0; i < SPI_processed; i++)
		return_row(result, &call, i);
	SPI_finish();
	return (Datum) 0;
}
