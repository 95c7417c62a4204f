/*
 * work.c
 *	  Jobs of the users' own: a statement each, run by the tick when it is due,
 *	  as the one who made it, in a restricted context, within its time limit.
 */
#include "base/base.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "parser/parser.h"
#include "rule/live.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/syscache.h"

PG_FUNCTION_INFO_V1(sp_store_job);
PG_FUNCTION_INFO_V1(sp_drop_job);
PG_FUNCTION_INFO_V1(sp_run_job);

/* one statement, which at least reads as SQL */
static void
check_statement(const char *statement)
{
	List	   *parsed = raw_parser(statement, RAW_PARSE_DEFAULT);

	if (list_length(parsed) != 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a job is one statement, not %d", list_length(parsed)),
				 errdetail("It runs as a whole, with your rights, when it is due."),
				 errhint("Put what belongs together into a function, and type 'SELECT app.nightly()'.")));
}

/* name, statement, day_time, every, time_limit */
Datum
sp_store_job(PG_FUNCTION_ARGS)
{
	Oid			types[6] = {TEXTOID, TEXTOID, TIMEOID, INTERVALOID, OIDOID, INTERVALOID};
	Datum		values[6] = {PG_GETARG_DATUM(0), PG_GETARG_DATUM(1), PG_GETARG_DATUM(2), PG_GETARG_DATUM(3),
	ObjectIdGetDatum(GetUserId()), PG_GETARG_DATUM(4)};
	char		nulls[6] = {' ', ' ', PG_ARGISNULL(2) ? 'n' : ' ', PG_ARGISNULL(3) ? 'n' : ' ', ' ', PG_ARGISNULL(4) ? 'n' : ' '};

	check_statement(text_to_cstring(PG_GETARG_TEXT_PP(1)));
	/* looked at here, too, since authors may call this by itself */
	if (sp_execute_as_owner("WITH made AS (INSERT INTO pulse_internal.user_job (name, statement, day_time, every, author, time_limit)"
							" SELECT $1, $2, $3, $4, $5::pg_catalog.regrole, $6 WHERE $1 OPERATOR(pg_catalog.<>) 'tick' AND NOT EXISTS"
							" (SELECT FROM pulse_internal.job_definitions() AS d WHERE d.name OPERATOR(pg_catalog.=) $1) RETURNING name)"
							" INSERT INTO pulse_internal.job AS j (name, next_run_at)"
							" SELECT made.name, pulse_internal.next_run(pulse.clock(), $3, $4) FROM made"
							" ON CONFLICT ON CONSTRAINT job_pkey DO UPDATE SET next_run_at = excluded.next_run_at",
							SPI_OK_INSERT, 6, types, values, nulls) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_OBJECT),
				 errmsg("there is a job \"%s\"", text_to_cstring(PG_GETARG_TEXT_PP(0))),
				 errdetail("It is one of the extension's own."),
				 errhint("Choose another name.")));
	PG_RETURN_VOID();
}

/* is true where there was one that the caller may drop */
Datum
sp_drop_job(PG_FUNCTION_ARGS)
{
	Oid			types[2] = {TEXTOID, OIDOID};
	Datum		values[2] = {PG_GETARG_DATUM(0), ObjectIdGetDatum(GetUserId())};

	PG_RETURN_BOOL(sp_execute_as_owner("WITH gone AS (DELETE FROM pulse_internal.user_job AS u WHERE u.name = $1"
									   " AND (pg_catalog.pg_has_role($2, u.author::pg_catalog.oid, 'MEMBER')"
									   "  OR pg_catalog.pg_has_role($2, 'pulse_admin', 'MEMBER')) RETURNING u.name)"
									   " DELETE FROM pulse_internal.job AS j USING gone WHERE j.name = gone.name",
									   SPI_OK_DELETE, 2, types, values, NULL) > 0);
}

static char *
read_job(Datum name, Oid *author, char **time_limit)
{
	MemoryContext caller = CurrentMemoryContext;
	Oid			types[1] = {TEXTOID};
	char	   *statement;
	bool		is_null;
	SpSpiScope	scope;

	sp_spi_begin(&scope);
	if (SPI_execute_with_args("SELECT u.statement, u.author::pg_catalog.oid,"
							  " coalesce(u.time_limit, pulse.setting('job_time_limit')::pg_catalog.interval)::pg_catalog.text FROM pulse_internal.user_job AS u WHERE u.name = $1",
							  1, types, &name, NULL, true, 1) != SPI_OK_SELECT || SPI_processed != 1)
		elog(ERROR, "no job of that name");
	statement = MemoryContextStrdup(caller, SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1));
	*time_limit = MemoryContextStrdup(caller, SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 3));
	*author = DatumGetObjectId(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 2, &is_null));
	sp_spi_end(&scope);
	return statement;
}

static void
execute_as(Oid author, const char *statement)
{
	SpSpiScope	scope;

	sp_spi_begin_as(&scope, author);
	if (SPI_execute(statement, false, 0) < 0)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("the statement of the job cannot be run by the tick"),
				 errdetail("It is a statement of transactions, or copies to the client."),
				 errhint("Put the work into a function, and type 'SELECT app.nightly()'.")));
	sp_spi_end(&scope);
}

/* A cancel of ours is an error like another: the caller notes it. */
static void
execute_within(Oid author, const char *statement, const char *time_limit)
{
	MemoryContext caller = CurrentMemoryContext;

	PG_TRY();
	{
		sp_limit_begin_after(time_limit);
		execute_as(author, statement);
		(void) sp_limit_end();
	}
	PG_CATCH();
	{
		bool		time_was_up = sp_limit_end();

		MemoryContextSwitchTo(caller);
		if (!time_was_up || geterrcode() != ERRCODE_QUERY_CANCELED)
			PG_RE_THROW();
		FlushErrorState();
		ereport(ERROR,
				(errcode(ERRCODE_SP_JOB_TOO_LONG),
				 errmsg("it took longer than its time limit, %s", time_limit),
				 errdetail("What it had done is undone."),
				 errhint("Let it do less at once, or create it with a time_limit of its own.")));
	}
	PG_END_TRY();
}

Datum
sp_run_job(PG_FUNCTION_ARGS)
{
	Oid			author;
	char	   *time_limit;
	char	   *statement = read_job(PG_GETARG_DATUM(0), &author, &time_limit);

	if (!SearchSysCacheExists1(AUTHOID, ObjectIdGetDatum(author)))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("the author of the job is gone"),
				 errdetail("A job runs with the rights of the role that made it."),
				 errhint("Drop the job with pulse.drop_job() and make it again.")));
	execute_within(author, statement, time_limit);
	PG_RETURN_VOID();
}
