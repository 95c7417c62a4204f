/*
 * spi.c
 *	  SPI in a scope: pinned search_path, optionally as another user in a
 *	  security-restricted context.  On error the transaction machinery undoes
 *	  the settings and the user, so a scope needs no PG_TRY.  Invariant: whatever
 *	  was SET within a scope ends with it, LOCAL or not, as other people's code
 *	  may have run there.
 */
#include "base/base.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

void
sp_spi_begin(SpSpiScope *scope)
{
	scope->switched = false;
	scope->guc_nestlevel = NewGUCNestLevel();
	RestrictSearchPath();
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
}

void
sp_spi_begin_as(SpSpiScope *scope, Oid user)
{
	GetUserIdAndSecContext(&scope->saved_user, &scope->saved_context);
	SetUserIdAndSecContext(user, scope->saved_context |
						   SECURITY_LOCAL_USERID_CHANGE | SECURITY_RESTRICTED_OPERATION);
	scope->guc_nestlevel = NewGUCNestLevel();
	RestrictSearchPath();
	sp_work_begin(user);
	scope->switched = true;
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
}

void
sp_spi_end(SpSpiScope *scope)
{
	if (SPI_finish() != SPI_OK_FINISH)
		elog(ERROR, "SPI_finish failed");
	AtEOXact_GUC(false, scope->guc_nestlevel);
	if (scope->switched)
		SetUserIdAndSecContext(scope->saved_user, scope->saved_context);
}

void
sp_spi_text(const char *sql, int expected)
{
	int			result = SPI_execute(sql, false, 0);

	if (result != expected)
		elog(ERROR, "SPI_execute returned %d for: %s", result, sql);
}

/* A statement holds text of its author: what it gives is looked at before it is believed. */
void
sp_check_columns(FunctionCallInfo fcinfo, int more)
{
	TupleDesc	given = SPI_tuptable->tupdesc;
	TupleDesc	promised = ((ReturnSetInfo *) fcinfo->resultinfo)->setDesc;
	bool		same = given->natts == promised->natts + more;

	for (int i = 0; same && i < promised->natts; i++)
		same = TupleDescAttr(given, i)->atttypid == TupleDescAttr(promised, i)->atttypid;
	if (!same)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("the statement of a report gives other columns than it should"),
				 errdetail("Their number or types differ."),
				 errhint("Look at its expressions: each is one value.")));
}

void
sp_return_rows(FunctionCallInfo fcinfo)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;

	sp_check_columns(fcinfo, 0);
	for (uint64 i = 0; i < SPI_processed; i++)
		tuplestore_puttuple(result->setResult, SPI_tuptable->vals[i]);
}

char *
sp_relation_name(Oid relid)
{
	return quote_qualified_identifier(get_namespace_name(get_rel_namespace(relid)), get_rel_name(relid));
}

Oid
sp_owner_role(void)
{
	return get_role_oid("pulse_owner", false);
}

uint64
sp_execute_as_owner(const char *sql, int expected, int nargs,
					Oid *types, Datum *values, const char *nulls)
{
	SpSpiScope	scope;
	uint64		rows;
	int			result;

	sp_spi_begin_as(&scope, sp_owner_role());
	result = SPI_execute_with_args(sql, nargs, types, values, nulls, false, 0);
	if (result != expected)
		elog(ERROR, "SPI_execute_with_args returned %d for: %s", result, sql);
	rows = SPI_processed;
	sp_spi_end(&scope);
	return rows;
}

Datum
sp_hand_on(FunctionCallInfo fcinfo, const char *function)
{
	Oid			types[FUNC_MAX_ARGS];
	Datum		values[FUNC_MAX_ARGS];
	char		nulls[FUNC_MAX_ARGS];
	int			count;
	Oid		   *declared;
	StringInfoData sql;
	SpSpiScope	scope;
	Datum		answer;

	(void) get_func_signature(fcinfo->flinfo->fn_oid, &declared, &count);
	initStringInfo(&sql);
	appendStringInfo(&sql, "SELECT pulse_internal.%s(", function);
	for (int i = 0; i < count; i++)
	{
		types[i] = declared[i];
		values[i] = PG_ARGISNULL(i) ? (Datum) 0 : PG_GETARG_DATUM(i);
		nulls[i] = PG_ARGISNULL(i) ? 'n' : ' ';
		appendStringInfo(&sql, "$%d, ", i + 1);
	}
	types[count] = OIDOID;
	values[count] = ObjectIdGetDatum(GetUserId());
	nulls[count] = ' ';
	appendStringInfo(&sql, "$%d)", count + 1);
	sp_spi_begin_as(&scope, sp_owner_role());
	if (SPI_execute_with_args(sql.data, count + 1, types, values, nulls, false, 0) != SPI_OK_SELECT || SPI_processed != 1)
		elog(ERROR, "no answer from: %s", sql.data);
	answer = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &fcinfo->isnull);
	sp_spi_end(&scope);
	return answer;
}
