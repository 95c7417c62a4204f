/*
 * ahead.c
 *	  Is there a partition for the events to come?  Asked for pulse.status: the
 *	  bounds of partitions print in the session's time zone, where an
 *	  abbreviation such as CST may read back as another zone's.
 */
#include "base/base.h"

#include "catalog/partition.h"
#include "event/event.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(sp_has_leaf);

/* (relation regclass, instant timestamptz) -> boolean: not only the default one */
Datum
sp_has_leaf(PG_FUNCTION_ARGS)
{
	Oid			relid = PG_GETARG_OID(0);
	Oid			leaf = sp_leaf_for(relid, PG_GETARG_TIMESTAMPTZ(1));

	PG_RETURN_BOOL(leaf != get_default_partition_oid(relid));
}
