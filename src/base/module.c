/*
 * module.c
 *	  What makes the shared library loadable.  No preload, no GUC that changes
 *	  results: see settings.c.  (Who is asking, and that we work for
 *	  somebody, are two: see actor.c and trust.c.)
 */
#include "base/base.h"

PG_MODULE_MAGIC;

void		_PG_init(void);

void
_PG_init(void)
{
	sp_define_actor();
	sp_define_trust();
}

PG_FUNCTION_INFO_V1(sp_library_version);

/* Version of the library, which after an upgrade may be ahead of the SQL. */
Datum
sp_library_version(PG_FUNCTION_ARGS)
{
	PG_RETURN_CSTRING(SALESPULSE_VERSION);
}
