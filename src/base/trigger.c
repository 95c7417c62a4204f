/*
 * trigger.c
 *	  Our triggers on tables of an application.
 *
 * They are made and dropped by statements, so that the event triggers of the
 * database see them.  A statement names the table, and a schema can be renamed
 * although the table is locked, so it is looked at afterwards whether it was the
 * right one; if not, an error undoes it.  Invariant: a trigger is ours when it
 * calls our function, not when it is called as ours are.
 */
#include "base/base.h"

#include "access/table.h"
#include "access/xact.h"
#include "commands/trigger.h"
#include "executor/spi.h"
#include "nodes/value.h"
#include "parser/parse_func.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

/* The one of that name that calls our function, if any.  The table is locked. */
Oid
sp_find_trigger(Oid relid, const char *name, const char *function)
{
	Relation	rel = table_open(relid, NoLock);
	List	   *names = list_make2(makeString("pulse_internal"), makeString(pstrdup(function)));
	Oid			ours = LookupFuncName(names, 0, NULL, false);
	Oid			found = InvalidOid;

	for (int i = 0; rel->trigdesc != NULL && i < rel->trigdesc->numtriggers; i++)
	{
		const Trigger *trigger = &rel->trigdesc->triggers[i];

		if (trigger->tgfoid == ours && strcmp(trigger->tgname, name) == 0)
			found = trigger->tgoid;
	}
	table_close(rel, NoLock);
	return found;
}

/* Where there is none of ours. */
void
sp_refuse_taken_trigger(Oid relid, const char *name)
{
	if (OidIsValid(get_trigger_oid(relid, name, true)))
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_OBJECT),
				 errmsg("trigger \"%s\" of \"%s\" is not one of salespulse's", name, get_rel_name(relid)),
				 errdetail("One of that name is needed there, and this one calls another function."),
				 errhint("Rename it: ALTER TRIGGER %s ON %s RENAME TO ...", name, get_rel_name(relid))));
}

static void
check_where(Oid relid, bool right)
{
	if (!right)
		ereport(ERROR,
				(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
				 errmsg("the schema of \"%s\" was renamed meanwhile", get_rel_name(relid)),
				 errdetail("Its triggers were being changed, and another table had its name."),
				 errhint("Try again.")));
}

/* events: such as "BEFORE INSERT"; manner: from REFERENCING or FOR EACH on.  In an SPI scope. */
void
sp_create_trigger(Oid relid, const char *name, const char *events, const char *manner, const char *function)
{
	sp_refuse_taken_trigger(relid, name);
	sp_spi_text(psprintf("CREATE TRIGGER %s %s ON %s %s EXECUTE FUNCTION pulse_internal.%s()",
						 name, events, sp_relation_name(relid), manner, function), SPI_OK_UTILITY);
	CommandCounterIncrement();
	check_where(relid, OidIsValid(sp_find_trigger(relid, name, function)));
}

/* One of ours.  In an SPI scope. */
void
sp_drop_trigger(Oid relid, const char *name)
{
	sp_spi_text(psprintf("DROP TRIGGER %s ON %s", name, sp_relation_name(relid)), SPI_OK_UTILITY);
	CommandCounterIncrement();
	check_where(relid, !OidIsValid(get_trigger_oid(relid, name, true)));
}
