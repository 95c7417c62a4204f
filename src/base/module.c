/*
 * module.c
 *	  What makes the shared library loadable.  No preload, no GUC that changes
 *	  results: see settings.c.
 */
#include "base/base.h"

PG_MODULE_MAGIC;

PG_FUNCTION_INFO_V1(sp_library_version);

/* Version of the library, which after an upgrade may be ahead of the SQL. */
Datum
sp_library_version(PG_FUNCTION_ARGS)
{
	PG_RETURN_CSTRING(SALESPULSE_VERSION);
}
