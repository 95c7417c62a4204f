/*
 * kpi_value.c
 *	  pulse.kpi_value: a KPI's function, called as its author.
 */
#include "report/kpi.h"

#include "access/htup_details.h"
#include "catalog/namespace.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

PG_FUNCTION_INFO_V1(sp_kpi_value);

static Oid
pulse_type(const char *name)
{
	return GetSysCacheOid2(TYPENAMENSP, Anum_pg_type_oid, CStringGetDatum(name),
						   ObjectIdGetDatum(get_namespace_oid("pulse", false)));
}

void
kpi_argument_types(Oid *types)
{
	types[0] = pulse_type("period");
	types[1] = TEXTOID;
}

/* How a result becomes numeric. */
const char *
kpi_result_sql(Oid type)
{
	switch (getBaseType(type))
	{
		case NUMERICOID:
		case INT2OID:
		case INT4OID:
		case INT8OID:
		case FLOAT4OID:
		case FLOAT8OID:
			return "SELECT %s($1, $2)::pg_catalog.numeric";
	}
	return type == pulse_type("amount") ? "SELECT pulse.to_numeric(%s($1, $2))" : NULL;
}

Oid
kpi_function_owner(Oid function)
{
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
	Oid			owner;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for function %u", function);
	owner = ((Form_pg_proc) GETSTRUCT(tuple))->proowner;
	ReleaseSysCache(tuple);
	return owner;
}

static void
raise_unknown(const char *name, int version)
{
	ereport(ERROR,
			(errcode(ERRCODE_SP_UNKNOWN_KPI),
			 version > 0 ? errmsg("KPI \"%s\" has no version %d", name, version) : errmsg("unknown KPI \"%s\"", name),
			 errdetail("It is not in the catalogue."),
			 errhint("Look at SELECT name, version FROM pulse.kpi_versions.")));
}

void
kpi_load(const char *name, int version, KpiFunction *kpi)
{
	Oid			types[2] = {TEXTOID, INT4OID};
	Datum		values[2] = {CStringGetTextDatum(name), Int32GetDatum(version)};
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext spi;
	SpSpiScope	scope;
	bool		isnull;

	sp_spi_begin_as(&scope, sp_owner_role());
	if (SPI_execute_with_args("SELECT v.version, v.function_name, v.author::oid FROM pulse_internal.kpi AS k"
							  " JOIN pulse_internal.kpi_version AS v ON v.kpi_id = k.kpi_id"
							  " WHERE k.name = $1 AND v.version = CASE WHEN $2 = 0 THEN k.version ELSE $2 END",
							  2, types, values, NULL, false, 1) != SPI_OK_SELECT)
		elog(ERROR, "the KPI could not be read");
	if (SPI_processed == 0)
		raise_unknown(name, version);
	spi = MemoryContextSwitchTo(caller);
	kpi->name = pstrdup(name);
	kpi->version = DatumGetInt32(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull));
	kpi->function = pstrdup(SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 2));
	kpi->author = DatumGetObjectId(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 3, &isnull));
	MemoryContextSwitchTo(spi);
	sp_spi_end(&scope);
}

static void
raise_broken(const KpiFunction *kpi, const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_SP_BROKEN_KPI),
			 errmsg("KPI \"%s\" is broken", kpi->name),
			 errdetail("%s", detail),
			 errhint("SELECT pulse.alter_kpi('%s', function => '...'); names another function.", kpi->name)));
}

/*
 * The statement that calls it, asked for as its author: names are his.  The
 * function must be the one that was registered.
 */
static const char *
call_sql(const KpiFunction *kpi)
{
	Oid			types[2];
	Oid			function;
	const char *sql;

	kpi_argument_types(types);
	if (report_function_named(kpi->function, 2, types, &function) == NULL)
		raise_broken(kpi, psprintf("Function %s(pulse.period, text) does not exist any more.", kpi->function));
	if (kpi_function_owner(function) != kpi->author)
		raise_broken(kpi, psprintf("Function %s belongs to another role now.", kpi->function));
	sql = kpi_result_sql(get_func_rettype(function));
	if (sql == NULL)
		raise_broken(kpi, psprintf("Function %s does not return a number any more.", kpi->function));
	return psprintf(sql, kpi->function);
}

static void
say_which_kpi(void *arg)
{
	errcontext("KPI \"%s\"", (const char *) arg);
}

Datum
kpi_call(const KpiFunction *kpi, Datum period, const char *scope, bool *isnull)
{
	ErrorContextCallback context = {error_context_stack, say_which_kpi, unconstify(char *, kpi->name)};
	Oid			types[2];
	Datum		values[2] = {period, scope != NULL ? CStringGetTextDatum(scope) : (Datum) 0};
	SpSpiScope	spi;
	Datum		value;

	kpi_argument_types(types);
	error_context_stack = &context;
	sp_spi_begin_as(&spi, kpi->author);
	if (SPI_execute_with_args(call_sql(kpi), 2, types, values, scope != NULL ? "  " : " n", true, 1) != SPI_OK_SELECT ||
		SPI_processed != 1)
		elog(ERROR, "the KPI could not be computed");
	value = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, isnull);
	if (!*isnull)
		value = SPI_datumTransfer(value, false, -1);
	sp_spi_end(&spi);
	error_context_stack = context.previous;
	return value;
}

/* for the day of the clock */
Datum
kpi_try(const KpiFunction *kpi)
{
	SpSpiScope	scope;
	Datum		period;
	bool		isnull;

	sp_spi_begin(&scope);
	if (SPI_execute("SELECT pulse.period_of(pulse.day_of(pulse.clock()), 'day')", true, 1) != SPI_OK_SELECT)
		elog(ERROR, "no period of today");
	period = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull);
	sp_spi_end(&scope);
	return kpi_call(kpi, period, NULL, &isnull);
}

Datum
sp_kpi_value(PG_FUNCTION_ARGS)
{
	char	   *name = report_text_argument(fcinfo, 0);
	KpiFunction kpi;
	bool		isnull;
	Datum		value;

	report_require(name, "name", "Look at SELECT name FROM pulse.kpis.");
	if (PG_ARGISNULL(1))
		PG_RETURN_NULL();
	kpi_load(name, PG_ARGISNULL(3) ? 0 : PG_GETARG_INT32(3), &kpi);
	value = kpi_call(&kpi, PG_GETARG_DATUM(1), report_text_argument(fcinfo, 2), &isnull);
	if (isnull)
		PG_RETURN_NULL();
	return value;
}
