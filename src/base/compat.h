/*
 * compat.h
 *	  The only file that tests PG_VERSION_NUM: newer spellings on older servers.
 *
 * salespulse is written for PostgreSQL 18 and compiled on 15 to 18.  Whatever
 * an older server lacks is supplied here under its newer name.
 */
#ifndef SP_COMPAT_H
#define SP_COMPAT_H

#include "utils/guc.h"

#if PG_VERSION_NUM < 150000
#error "salespulse needs PostgreSQL 15 or later"
#endif

#if PG_VERSION_NUM >= 160000
#include "varatt.h"
#endif

#if PG_VERSION_NUM < 160000
/* 16: soft input errors; before, the same call raises */
#define ereturn(context, dummy_value, ...) \
	do { \
		(void) (context); \
		ereport(ERROR, __VA_ARGS__); \
		return dummy_value; \
	} while (0)
#define SOFT_ERROR_OCCURRED(escontext) ((void) (escontext), false)
/* 16: two more arguments, for partitions, which we visit ourselves */
#define FireTriggerAlways(rel, name, lockmode) \
	EnableDisableTrigger(rel, name, TRIGGER_FIRES_ALWAYS, false, lockmode)
#else
#define FireTriggerAlways(rel, name, lockmode) \
	EnableDisableTrigger(rel, name, InvalidOid, TRIGGER_FIRES_ALWAYS, false, false, lockmode)
#endif

#if PG_VERSION_NUM < 170000
/* 17: core has it */
#define RestrictSearchPath() \
	((void) set_config_option("search_path", "pg_catalog, pg_temp", \
							  PGC_USERSET, PGC_S_SESSION, \
							  GUC_ACTION_SAVE, true, 0, false))
/* 17: MyProc->vxid.lxid */
#define MyLocalTransactionId	(MyProc->lxid)
#else
#define MyLocalTransactionId	(MyProc->vxid.lxid)
#endif

#endif							/* SP_COMPAT_H */
