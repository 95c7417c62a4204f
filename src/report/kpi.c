/*
 * kpi.c
 *	  pulse.create_kpi, alter_kpi, drop_kpi: definitions of KPIs.
 *
 * Each change is a version of its own; the row in force is named by
 * pulse_internal.kpi.  The tables belong to pulse_owner and name the author,
 * whom only C knows.
 */
#include "report/kpi.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

PG_FUNCTION_INFO_V1(sp_create_kpi);
PG_FUNCTION_INFO_V1(sp_alter_kpi);
PG_FUNCTION_INFO_V1(sp_drop_kpi);

enum
{
	ARG_NAME, ARG_FAMILY, ARG_UNIT, ARG_DIRECTION, ARG_FUNCTION, ARG_DIGITS, ARG_RELATIVE_DIGITS,
	ARG_GRAIN, ARG_KEEP, ARG_SCOPES, ARG_TITLE_EN, ARG_TITLE_ZH, N_ARGS,
	ARG_AUTHOR = N_ARGS, N_VALUES
};

static Oid	value_types[N_VALUES] = {
	TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, INT4OID, INT4OID,
	TEXTOID, INT4OID, TEXTARRAYOID, TEXTOID, TEXTOID, OIDOID
};

static void
check_word(const char *word, const char *argument, const char *const *words, const char *hint)
{
	if (word == NULL)
		return;
	for (; *words != NULL; words++)
		if (strcmp(word, *words) == 0)
			return;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("unusable %s \"%s\"", argument, word),
			 errdetail("It is none of the words that it may be."),
			 errhint("%s", hint)));
}

static void
check_number(FunctionCallInfo fcinfo, int n, const char *argument, int most)
{
	if (!PG_ARGISNULL(n) && (PG_GETARG_INT32(n) < 0 || PG_GETARG_INT32(n) > most))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("unusable %s: %d", argument, PG_GETARG_INT32(n)),
				 errdetail("It is a number from 0 to %d.", most),
				 errhint("Type one, or leave it out.")));
}

/* The full name of the function, once it is found fit; its owner is the author. */
static char *
check_kpi_function(const char *text, Oid *author)
{
	Oid			types[2];
	Oid			function;
	char	   *name;
	Oid			result;

	kpi_argument_types(types);
	name = report_function_named(text, 2, types, &function);
	if (name == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_FUNCTION),
				 errmsg("function %s(pulse.period, text) does not exist", text),
				 errdetail("The function of a KPI takes a period and a scope, and returns the figure."),
				 errhint("CREATE FUNCTION %s(period pulse.period, scope text) RETURNS numeric LANGUAGE sql STABLE ...", text)));
	report_check_function(function);
	result = get_func_rettype(function);
	if (kpi_result_sql(result) == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("function %s returns %s", name, format_type_be(result)),
				 errdetail("A figure is numeric, an integer, double precision or a pulse.amount."),
				 errhint("Cast what the function returns to numeric.")));
	*author = kpi_function_owner(function);
	return name;
}

static void
check_arguments(FunctionCallInfo fcinfo)
{
	static const char *const directions[] = {"up", "down", "none", NULL};
	static const char *const grains[] = {"day", "week", "month", "quarter", "year", NULL};
	char	   *unit = report_text_argument(fcinfo, ARG_UNIT);

	if (unit != NULL)
		(void) report_unit(unit);
	check_word(report_text_argument(fcinfo, ARG_DIRECTION), "direction", directions,
			   "Type 'up' where more is better, 'down' where less is, or 'none'.");
	check_word(report_text_argument(fcinfo, ARG_GRAIN), "grain", grains,
			   "Type 'day', 'week', 'month', 'quarter' or 'year'.");
	(void) report_digits(fcinfo, ARG_DIGITS);
	(void) report_digits(fcinfo, ARG_RELATIVE_DIGITS);
	check_number(fcinfo, ARG_KEEP, "keep", 1000);
	if (!PG_ARGISNULL(ARG_SCOPES) && array_contains_nulls(PG_GETARG_ARRAYTYPE_P(ARG_SCOPES)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a scope is null"),
				 errdetail("The whole is always kept; scopes name its parts."),
				 errhint("Type scopes => '{company.north,company.south}'.")));
}

static void
pass_arguments(FunctionCallInfo fcinfo, Datum *values, char *nulls)
{
	char	   *function = report_text_argument(fcinfo, ARG_FUNCTION);
	Oid			author = GetUserId();

	for (int i = 0; i < N_ARGS; i++)
	{
		values[i] = PG_GETARG_DATUM(i);
		nulls[i] = PG_ARGISNULL(i) ? 'n' : ' ';
	}
	if (function != NULL)
		values[ARG_FUNCTION] = CStringGetTextDatum(check_kpi_function(function, &author));
	values[ARG_AUTHOR] = ObjectIdGetDatum(author);
	nulls[ARG_AUTHOR] = ' ';
	nulls[N_VALUES] = '\0';
}

static uint64
write_rows(const char *sql, int expected, Datum *values, const char *nulls)
{
	return sp_execute_as_owner(sql, expected, N_VALUES, value_types, values, nulls);
}

/* A figure that cannot be computed now is no KPI. */
static void
try_kpi(const char *name)
{
	KpiFunction kpi;

	kpi_load(name, 0, &kpi);
	(void) kpi_try(&kpi);
}

Datum
sp_create_kpi(PG_FUNCTION_ARGS)
{
	Datum		values[N_VALUES];
	char		nulls[N_VALUES + 1];
	char	   *name = report_text_argument(fcinfo, ARG_NAME);

	report_require(name, "name", "Type one such as 'collection_days'.");
	report_require(report_text_argument(fcinfo, ARG_FAMILY), "family", "Type one such as 'efficiency'.");
	report_require(report_text_argument(fcinfo, ARG_UNIT), "unit", "Type one such as 'days' or 'CNY'.");
	report_require(report_text_argument(fcinfo, ARG_DIRECTION), "direction", "Type 'up', 'down' or 'none'.");
	report_require(report_text_argument(fcinfo, ARG_FUNCTION), "function", "Type the name of a function of (pulse.period, text).");
	check_arguments(fcinfo);
	pass_arguments(fcinfo, values, nulls);
	if (write_rows("INSERT INTO pulse_internal.kpi (name, version) VALUES ($1, 1) ON CONFLICT DO NOTHING",
				   SPI_OK_INSERT, values, nulls) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_OBJECT),
				 errmsg("KPI \"%s\" already exists", name),
				 errdetail("Each KPI is registered once."),
				 errhint("SELECT pulse.alter_kpi(...) makes a new version of it.")));
	(void) write_rows("INSERT INTO pulse_internal.kpi_version"
					  " SELECT k.kpi_id, 1, $2, $3, $4, $5, $6, coalesce($7, 1), coalesce($8, 'month'), coalesce($9, 13),"
					  " coalesce($10, '{}'), $11, $12, $13, pulse.clock() FROM pulse_internal.kpi AS k WHERE k.name = $1",
					  SPI_OK_INSERT, values, nulls);
	try_kpi(name);
	PG_RETURN_VOID();
}

Datum
sp_alter_kpi(PG_FUNCTION_ARGS)
{
	Datum		values[N_VALUES];
	char		nulls[N_VALUES + 1];
	char	   *name = report_text_argument(fcinfo, ARG_NAME);
	KpiFunction kpi;

	report_require(name, "name", "Look at SELECT name FROM pulse.kpis.");
	kpi_load(name, 0, &kpi);
	report_require_author(kpi.author, "KPI", name);
	check_arguments(fcinfo);
	pass_arguments(fcinfo, values, nulls);
	(void) write_rows("UPDATE pulse_internal.kpi SET version = version + 1, state = 'ok', reason = NULL WHERE name = $1",
					  SPI_OK_UPDATE, values, nulls);
	(void) write_rows("INSERT INTO pulse_internal.kpi_version"
					  " SELECT k.kpi_id, k.version, coalesce($2, v.family), coalesce($3, v.unit), coalesce($4, v.direction),"
					  " coalesce($5, v.function_name), coalesce($6, v.digits), coalesce($7, v.relative_digits), coalesce($8, v.grain),"
					  " coalesce($9, v.keep), coalesce($10, v.scopes), coalesce($11, v.title_en), coalesce($12, v.title_zh),"
					  " CASE WHEN $5 IS NULL THEN v.author ELSE $13 END, pulse.clock()"
					  " FROM pulse_internal.kpi AS k JOIN pulse_internal.kpi_version AS v"
					  " ON v.kpi_id = k.kpi_id AND v.version = k.version - 1 WHERE k.name = $1",
					  SPI_OK_INSERT, values, nulls);
	/* what is stored is of another definition */
	(void) write_rows("DELETE FROM pulse_internal.kpi_value AS f USING pulse_internal.kpi AS k"
					  " WHERE k.name = $1 AND f.kpi_id = k.kpi_id", SPI_OK_DELETE, values, nulls);
	try_kpi(name);
	kpi_load(name, 0, &kpi);
	PG_RETURN_INT32(kpi.version);
}

Datum
sp_drop_kpi(PG_FUNCTION_ARGS)
{
	Oid			types[1] = {TEXTOID};
	Datum		values[1] = {PG_GETARG_DATUM(0)};
	char	   *name = report_text_argument(fcinfo, 0);
	KpiFunction kpi;

	kpi_load(name, 0, &kpi);
	report_require_author(kpi.author, "KPI", name);
	(void) sp_execute_as_owner("DELETE FROM pulse_internal.kpi WHERE name = $1", SPI_OK_DELETE, 1, types, values, NULL);
	PG_RETURN_VOID();
}
