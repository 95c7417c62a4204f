/*
 * author.c
 *	  Functions that run as whoever wrote them.
 *
 * A KPI is a function of its author.  It is kept by its name, and called as its
 * owner in a restricted context: whoever replaces a function of that name by
 * one of his own has thereby not changed the KPI, but broken it.
 */
#include "report/report.h"

#include "access/htup_details.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "parser/parse_func.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/regproc.h"
#include "utils/syscache.h"

/* The function that a text names, and its full name. */
char *
report_function_named(const char *text, int nargs, const Oid *types, Oid *function)
{
	List	   *names = QualifiedNameList(text);

	*function = LookupFuncName(names, nargs, types, true);
	if (!OidIsValid(*function))
		return NULL;
	return quote_qualified_identifier(get_namespace_name(get_func_namespace(*function)),
									  get_func_name(*function));
}

/* It must be the caller's, and must not write. */
void
report_check_function(Oid function)
{
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
	Form_pg_proc proc;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for function %u", function);
	proc = (Form_pg_proc) GETSTRUCT(tuple);
	if (!has_privs_of_role(GetUserId(), proc->proowner))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("function %s is not yours", format_procedure_qualified(function)),
				 errdetail("It will run with the rights of its owner, so its owner has to say so."),
				 errhint("Make a function of your own that calls it.")));
	if (proc->provolatile == PROVOLATILE_VOLATILE || proc->proretset || proc->prokind != PROKIND_FUNCTION)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("function %s cannot be used", format_procedure_qualified(function)),
				 errdetail("It must be a function that returns one value and is STABLE or IMMUTABLE."),
				 errhint("Type ALTER FUNCTION %s STABLE; if it only reads.", format_procedure_qualified(function))));
	ReleaseSysCache(tuple);
}

/* Who may see what was read with the author's rights. */
void
report_require_reader(Oid author, const char *what, const char *name)
{
	if (sp_sees_as_author(GetUserId(), author))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("permission denied for %s \"%s\"", what, name),
			 errdetail("Its figures are rows that its author may read."),
			 errhint("Ask its author, or a member of pulse_analyst.")));
}

void
report_require_author(Oid author, const char *what, const char *name)
{
	if (!has_privs_of_role(GetUserId(), author))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("%s \"%s\" is not yours", what, name),
				 errdetail("It belongs to %s.", GetUserNameFromId(author, true)),
				 errhint("Let its author change it, or make one of your own.")));
}
