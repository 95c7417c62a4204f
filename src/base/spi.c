/*
 * spi.c
 *	  SPI in a scope: pinned search_path, optionally as another user in a
 *	  security-restricted context.  On error the transaction machinery undoes
 *	  the settings and the user, so a scope needs no PG_TRY.  Invariant: whatever
 *	  was SET within a scope ends with it, LOCAL or not, as other people's code
 *	  may have run there.
 */
#include "base/base.h"

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
sp_return_rows(FunctionCallInfo fcinfo)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	TupleDesc	given = SPI_tuptable->tupdesc;
	TupleDesc	promised = result->setDesc;
	bool		same = given->natts == promised->natts;

	for (int i = 0; same && i < given->natts; i++)
		same = TupleDescAttr(given, i)->atttypid == TupleDescAttr(promised, i)->atttypid;
	if (!same)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("the statement of a report gives other columns than it should"),
				 errdetail("Their number or types differ."),
				 errhint("Look at its expressions: each is one value.")));
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
