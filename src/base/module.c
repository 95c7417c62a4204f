/*
 * module.c
 *	  What makes the shared library loadable.  No preload, no GUC that changes
 *	  results: see settings.c.  (Who is asking is one: see actor.c.)
 */
#include "base/base.h"

PG_MODULE_MAGIC;

void		_PG_init(void);

void
_PG_init(void)
{
	sp_define_actor();
}

PG_FUNCTION_INFO_V1(sp_library_version);

/* Version of the library, which after an upgrade may be ahead of the SQL. */
Datum
sp_library_version(PG_FUNCTION_ARGS)
{
	PG_RETURN_CSTRING(SALESPULSE_VERSION);
}
