/*
 * settings.c
 *	  Settings that change results, and the clock.
 *
 * A setting is a row of pulse_internal.setting where it differs from the
 * default below: so the table is dumped without shipped rows, and results do
 * not depend on the session.  Invariant: the cache holds what the table held
 * at "settings_changes".
 */
#include "base/base.h"

#include "access/genam.h"
#include "access/table.h"
#include "access/xact.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/inval.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"

#define MAX_LANES	64

typedef struct SettingDef
{
	const char *name;
	const char *default_value;
	void		(*check) (const char *value);
	const char *meaning;
} SettingDef;

static void check_timezone(const char *value);
static void check_currency(const char *value);
static void check_month_day(const char *value);
static void check_language(const char *value);
static void check_identifier(const char *value);
static void check_interval(const char *value);
static void check_clock(const char *value);
static void check_lanes(const char *value);

static const SettingDef setting_defs[] = {
	{"timezone", "UTC", check_timezone,
	"Business time zone: where a day begins and ends."},
	{"currency", "CNY", check_currency,
	"Default currency, an ISO 4217 code."},
	{"fiscal_year_start", "01-01", check_month_day,
	"First day of the fiscal year, as month and day."},
	{"language", "en", check_language,
	"Language of what people read unless they have their own: en or zh."},
	{"calendar", "weekdays", check_identifier,
	"Calendar of working days where a sentence names none."},
	{"event_schema", "pulse_event", check_identifier,
	"Schema that new event tables are made in."},
	{"max_hold", "5 minutes", check_interval,
	"How long an open writing transaction holds the watermark back."},
	{"rule_time_limit", "1 minute", check_interval,
	"How long one rule may take in one slice before it is suspended."},
	{"lanes", "1", check_lanes,
	"Over how many lanes the rules' work is shared out where there is much."},
	{"job_time_limit", "1 minute", check_interval,
	"How long a job of create_job() may take that says nothing else."},
	{"state_interval", "1 minute", check_interval,
	"How often rules about states look at their relation, at most."},
	{"streak_interval", "1 hour", check_interval,
	"How often rules about streaks look at their relation between the ends of two days, at most."},
	{"member_interval", "1 hour", check_interval,
	"How often rules about members look who they are, at most."},
	{"fallback_role", "sales_operations", check_identifier,
	"Role that a message or task goes to when nobody is found."},
	{"expire_cases", "30 days", check_interval,
	"How long a case whose rule has no more to say stands open for people; then it expires."},
	{"keep_messages", "400 days", check_interval,
	"How long messages that are done are kept, with what became of them."},
	{"keep_cases", "800 days", check_interval,
	"How long closed cases are kept, with their history and tasks."},
	{"keep_firings", "800 days", check_interval,
	"How long firings are kept, with their evidence."},
	{"keep_health_history", "1600 days", check_interval,
	"How long the past of stored health can be asked for."},
	{"clock", "system", check_clock,
	"The system's clock, or a fixed instant for replays and tests."},
};

typedef struct SettingCache
{
	char	   *values[lengthof(setting_defs)];
	pg_tz	   *zone;
	TimestampTz clock;
	bool		clock_is_virtual;
} SettingCache;

static SpWatchedTable setting_table = {.table_name = "setting"};
static MemoryContext settings_context = NULL;
static SettingCache *settings = NULL;
static uint64 settings_changes;

static void
reject_value(const char *value, const char *detail, const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("invalid value for setting: \"%s\"", value),
			 errdetail("%s", detail),
			 errhint("%s", hint)));
}

static void
check_timezone(const char *value)
{
	pg_tz	   *zone = pg_tzset(value);

	if (zone == NULL || !pg_tz_acceptable(zone))
		reject_value(value, "It is not the name of a time zone.",
					 "Type a name such as 'Asia/Shanghai'; see pg_timezone_names.");
}

static void
check_currency(const char *value)
{
	if (strlen(value) != 3 || strspn(value, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != 3)
		reject_value(value, "It is not an ISO 4217 currency code.",
					 "Type three capital letters such as 'CNY'.");
}

static void
check_month_day(const char *value)
{
	int			month;
	int			day;
	char		rest;

	if (strlen(value) != 5 || sscanf(value, "%2d-%2d%c", &month, &day, &rest) != 2 ||
		month < 1 || month > 12 || day < 1 || day > 28)
		reject_value(value, "It is not a month and a day from 1 to 28.",
					 "Type it as '04-01'.");
}

static void
check_language(const char *value)
{
	if (strcmp(value, "en") != 0 && strcmp(value, "zh") != 0)
		reject_value(value, "The languages are English and Chinese.",
					 "Type 'en' or 'zh'.");
}

static void
check_identifier(const char *value)
{
	if (value[0] == '\0' || strlen(value) >= NAMEDATALEN)
		reject_value(value, "It is empty or longer than a name may be.",
					 "Type a name of 1 to 63 bytes.");
}

static void
check_interval(const char *value)
{
	Interval   *span = DatumGetIntervalP(DirectFunctionCall3(interval_in,
															 CStringGetDatum(value),
															 ObjectIdGetDatum(InvalidOid),
															 Int32GetDatum(-1)));

	if (span->month != 0 || span->day < 0 || span->time < 0)
		reject_value(value, "It must be a positive number of days or less.",
					 "Type it as '5 minutes'.");
}

/* The zone must be in the text: a clock does not depend on a session. */
static void
check_clock(const char *value)
{
	if (strcmp(value, "system") == 0)
		return;
	(void) DirectFunctionCall3(timestamptz_in, CStringGetDatum(value),
							   ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1));
}

static void
check_lanes(const char *value)
{
	if (strspn(value, "0123456789") != strlen(value) || strlen(value) < 1 || strlen(value) > 2 ||
		value[0] == '0' || atoi(value) > MAX_LANES)
		reject_value(value, "It is not a whole number from 1 to 64.",
					 "Type '1' for none, or as many as there are sessions that call pulse.run().");
}

static int
setting_index(const char *name)
{
	for (int i = 0; i < lengthof(setting_defs); i++)
		if (strcmp(setting_defs[i].name, name) == 0)
			return i;
	ereport(ERROR,
			(errcode(ERRCODE_SP_UNKNOWN_SETTING),
			 errmsg("unknown setting \"%s\"", name),
			 errdetail("salespulse has no setting of that name."),
			 errhint("Look at SELECT * FROM pulse.settings.")));
	return -1;
}

static void
read_setting_row(SettingCache *cache, HeapTuple tuple, TupleDesc desc)
{
	bool		isnull;
	char	   *name = TextDatumGetCString(heap_getattr(tuple, 1, desc, &isnull));
	char	   *value = TextDatumGetCString(heap_getattr(tuple, 2, desc, &isnull));

	for (int i = 0; i < lengthof(setting_defs); i++)
		if (strcmp(setting_defs[i].name, name) == 0)
			cache->values[i] = value;
}

static void
derive_settings(SettingCache *cache)
{
	const char *clock = cache->values[setting_index("clock")];

	cache->zone = pg_tzset(cache->values[setting_index("timezone")]);
	cache->clock_is_virtual = strcmp(clock, "system") != 0;
	if (cache->clock_is_virtual)
		cache->clock = DatumGetTimestampTz(DirectFunctionCall3(timestamptz_in,
															   CStringGetDatum(clock),
															   ObjectIdGetDatum(InvalidOid),
															   Int32GetDatum(-1)));
}

static void
load_settings(void)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext,
												  "salespulse settings",
												  ALLOCSET_SMALL_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	SettingCache *cache = palloc0(sizeof(SettingCache));
	Relation	rel = table_open(sp_watched_relid(&setting_table), AccessShareLock);
	uint64		changes = setting_table.changes;	/* after the lock, before
													 * the first row */
	SysScanDesc scan = systable_beginscan(rel, InvalidOid, false, NULL, 0, NULL);
	HeapTuple	tuple;

	for (int i = 0; i < lengthof(setting_defs); i++)
		cache->values[i] = pstrdup(setting_defs[i].default_value);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
		read_setting_row(cache, tuple, RelationGetDescr(rel));
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	derive_settings(cache);

	/* from here nothing can fail */
	MemoryContextSwitchTo(caller);
	MemoryContextSetParent(context, CacheMemoryContext);
	if (settings_context != NULL)
		MemoryContextDelete(settings_context);
	settings_context = context;
	settings = cache;
	settings_changes = changes;
}

static SettingCache *
current_settings(void)
{
	AcceptInvalidationMessages();	/* a statement that takes no lock hears
									 * nothing */
	if (settings == NULL || settings_changes != setting_table.changes)
		load_settings();
	return settings;
}

const char *
sp_setting(const char *name)
{
	return current_settings()->values[setting_index(name)];
}

pg_tz *
sp_business_timezone(void)
{
	return current_settings()->zone;
}

TimestampTz
sp_clock(void)
{
	SettingCache *cache = current_settings();

	return cache->clock_is_virtual ? cache->clock : GetCurrentTimestamp();
}

/* for stable functions: the virtual clock, or when the statement came */
TimestampTz
sp_statement_clock(void)
{
	SettingCache *cache = current_settings();

	return cache->clock_is_virtual ? cache->clock : GetCurrentStatementStartTimestamp();
}

PG_FUNCTION_INFO_V1(sp_setting_value);
PG_FUNCTION_INFO_V1(sp_check_setting);
PG_FUNCTION_INFO_V1(sp_setting_definitions);
PG_FUNCTION_INFO_V1(sp_clock_value);

Datum
sp_setting_value(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(cstring_to_text(sp_setting(text_to_cstring(PG_GETARG_TEXT_PP(0)))));
}

/* (name, value) -> the value, or an error that says what to type */
Datum
sp_check_setting(PG_FUNCTION_ARGS)
{
	int			i = setting_index(text_to_cstring(PG_GETARG_TEXT_PP(0)));

	setting_defs[i].check(text_to_cstring(PG_GETARG_TEXT_PP(1)));
	PG_RETURN_DATUM(PG_GETARG_DATUM(1));
}

Datum
sp_setting_definitions(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result;

	InitMaterializedSRF(fcinfo, 0);
	result = (ReturnSetInfo *) fcinfo->resultinfo;
	for (int i = 0; i < lengthof(setting_defs); i++)
	{
		Datum		values[3] = {
			CStringGetTextDatum(setting_defs[i].name),
			CStringGetTextDatum(setting_defs[i].default_value),
			CStringGetTextDatum(setting_defs[i].meaning)
		};
		bool		nulls[3] = {false, false, false};

		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	return (Datum) 0;
}

Datum
sp_clock_value(PG_FUNCTION_ARGS)
{
	PG_RETURN_TIMESTAMPTZ(sp_clock());
}
