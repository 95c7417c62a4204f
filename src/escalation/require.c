/*
 * require.c
 *	  Errors of the SQL functions that name a case, a task or somebody.
 */
#include "base/base.h"

#include "utils/builtins.h"

typedef struct Required
{
	const char *what;
	int			code;
	const char *detail;
	const char *hint;
} Required;

static const Required required[] = {
	{"case", ERRCODE_SP_UNKNOWN_CASE, "There is no case of that number.", "Look at SELECT * FROM pulse.cases."},
	{"task", ERRCODE_SP_UNKNOWN_TASK, "There is no task of that number.", "Look at SELECT * FROM pulse.tasks."},
	{"staff", ERRCODE_SP_UNKNOWN_STAFF, "Nobody of the mapped staff has that id.", "Look at SELECT * FROM pulse.staff."},
};

PG_FUNCTION_INFO_V1(sp_require);

/* (found boolean, what text, name text): void, or "unknown what" */
Datum
sp_require(PG_FUNCTION_ARGS)
{
	const char *what = text_to_cstring(PG_GETARG_TEXT_PP(1));
	const char *name = PG_ARGISNULL(2) ? "null" : text_to_cstring(PG_GETARG_TEXT_PP(2));

	if (!PG_ARGISNULL(0) && PG_GETARG_BOOL(0))
		PG_RETURN_VOID();
	for (int i = 0; i < lengthof(required); i++)
		if (strcmp(required[i].what, what) == 0)
			ereport(ERROR,
					(errcode(required[i].code),
					 errmsg("unknown %s: %s", what, name),
					 errdetail("%s", required[i].detail),
					 errhint("%s", required[i].hint)));
	elog(ERROR, "unknown requirement: %s", what);
	PG_RETURN_VOID();
}
