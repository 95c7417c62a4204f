/*
 * inval.c
 *	  The one relcache callback of salespulse, and the trigger that feeds it.
 *
 * A backend has room for ten relcache callbacks for all extensions together,
 * so the rooms share this one.  Invariant: the callback only counts; it looks
 * nothing up, allocates nothing and raises nothing, since it may run anywhere.
 */
#include "base/base.h"

#include "catalog/namespace.h"
#include "commands/trigger.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

static SpWatchedTable *watched_tables = NULL;
static uint64 relation_changes = 0;

static void
count_change(Datum arg, Oid relid)
{
	relation_changes++;
	for (SpWatchedTable *table = watched_tables; table != NULL; table = table->next)
	{
		if (!OidIsValid(relid) || !OidIsValid(table->relid) || table->relid == relid)
		{
			table->changes++;
			table->relid = InvalidOid;	/* it may have been replaced */
		}
	}
}

Oid
sp_internal_relid(const char *table_name, bool missing_ok)
{
	Oid			namespace = get_namespace_oid("pulse_internal", true);
	Oid			relid = OidIsValid(namespace) ?
	get_relname_relid(table_name, namespace) : InvalidOid;

	if (!OidIsValid(relid) && !missing_ok)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("salespulse is not installed in this database"),
				 errdetail("Table pulse_internal.%s does not exist.", table_name),
				 errhint("Type CREATE EXTENSION salespulse CASCADE.")));
	return relid;
}

Oid
sp_watched_relid(SpWatchedTable *table)
{
	static bool callback_set = false;

	if (!callback_set)
	{
		CacheRegisterRelcacheCallback(count_change, (Datum) 0);
		callback_set = true;
	}
	if (!table->registered)
	{
		table->next = watched_tables;
		watched_tables = table;
		table->registered = true;
	}
	if (!OidIsValid(table->relid))
		table->relid = sp_internal_relid(table->table_name, false);
	return table->relid;
}

/* Goes up whenever some relation may have changed, once a table is watched. */
uint64
sp_relation_changes(void)
{
	return relation_changes;
}

PG_FUNCTION_INFO_V1(sp_invalidate);

/* AFTER ... FOR EACH STATEMENT on each table that a backend cache is filled from */
Datum
sp_invalidate(PG_FUNCTION_ARGS)
{
	TriggerData *trigdata = (TriggerData *) fcinfo->context;

	if (!CALLED_AS_TRIGGER(fcinfo))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("invalidate() was not called by a trigger"),
				 errdetail("It tells other sessions that a configuration table changed."),
				 errhint("It is attached by the installation; there is no need to call it.")));
	CacheInvalidateRelcache(trigdata->tg_relation);
	return PointerGetDatum(NULL);
}
