/*
 * dedup.c
 *	  An event whose dedup_key was seen before is not stored.
 *
 * A unique index on an event table would have to contain "recorded", and so see
 * a repeat within one instant only.  Keys of all leaves therefore stand in
 * pulse_internal.event_dedup; a row trigger on the kinds that ask for it
 * claims the key, however the row arrives.  Two transactions with the same key:
 * the second waits, and is a repeat when the first commits.
 */
#include "base/base.h"

#include "catalog/partition.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "event/event.h"
#include "event/watch.h"
#include "base/kept.h"
#include "utils/builtins.h"
#include "utils/rel.h"

static const EventKind *
kind_of_leaf(Relation rel)
{
	Oid			root = rel->rd_rel->relispartition ?
	llast_oid(get_partition_ancestors(RelationGetRelid(rel))) : RelationGetRelid(rel);

	return sp_event_kind_by_relid(root);
}

static Datum
attribute(TriggerData *trigdata, const char *name, bool *isnull)
{
	TupleDesc	desc = RelationGetDescr(trigdata->tg_relation);
	int			attno = SPI_fnumber(desc, name);

	if (attno <= 0)
	{
		*isnull = true;
		return (Datum) 0;
	}
	return SPI_getbinval(trigdata->tg_trigtuple, desc, attno, isnull);
}

/* The plan is kept: the trigger runs for each row. */
static SPIPlanPtr
claim_plan(void)
{
	static SPIPlanPtr plan = NULL;
	Oid			types[3] = {INT4OID, TEXTOID, TIMESTAMPTZOID};

	return sp_kept_plan(&plan, "INSERT INTO pulse_internal.event_dedup (kind_id, dedup_key, recorded)"
						" VALUES ($1, $2, $3) ON CONFLICT DO NOTHING", 3, types);
}

static bool
claim_key(int32 kind_id, Datum key, Datum recorded)
{
	Datum		values[3] = {Int32GetDatum(kind_id), key, recorded};
	SpSpiScope	scope;
	uint64		rows;

	sp_spi_begin_as(&scope, sp_owner_role());
	if (SPI_execute_plan(claim_plan(), values, NULL, false, 0) != SPI_OK_INSERT)
		elog(ERROR, "a dedup key could not be claimed");
	rows = SPI_processed;
	sp_spi_end(&scope);
	return rows > 0;
}

PG_FUNCTION_INFO_V1(sp_keep_first);

/* BEFORE INSERT ... FOR EACH ROW on an event table */
Datum
sp_keep_first(PG_FUNCTION_ARGS)
{
	TriggerData *trigdata = (TriggerData *) fcinfo->context;
	const EventKind *kind;
	bool		isnull;
	Datum		key;

	if (!CALLED_AS_TRIGGER(fcinfo) || !TRIGGER_FIRED_BEFORE(trigdata->tg_event) ||
		!TRIGGER_FIRED_FOR_ROW(trigdata->tg_event) || !TRIGGER_FIRED_BY_INSERT(trigdata->tg_event))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("pulse_internal.keep_first() was not fired the way it is made for"),
				 errdetail("It is a BEFORE INSERT row trigger of event tables."),
				 errhint("Make the event with pulse.create_event(..., dedup => true).")));
	key = attribute(trigdata, "dedup_key", &isnull);
	kind = kind_of_leaf(trigdata->tg_relation);
	if (!isnull && kind != NULL &&
		!claim_key(kind->kind_id, key, attribute(trigdata, "recorded", &isnull)))
		return PointerGetDatum(NULL);
	return PointerGetDatum(trigdata->tg_trigtuple);
}
