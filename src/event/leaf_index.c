/*
 * leaf_index.c
 *	  The BRIN index of a leaf, and its upkeep.
 */
#include "base/base.h"

#include "access/genam.h"
#include "catalog/pg_am.h"
#include "event/event.h"
#include "event/leaf.h"
#include "utils/rel.h"
#include "utils/relcache.h"

/* Over plain columns, all rows, and the columns are ours: other BRINs are the user's. */
static bool
is_event_brin(Relation rel, Relation index)
{
	static const char *const columns[] = {"event_id", "txid", "at"};
	TupleDesc	desc = RelationGetDescr(rel);

	if (index->rd_rel->relam != BRIN_AM_OID || !index->rd_index->indisvalid ||
		index->rd_index->indnkeyatts != lengthof(columns) ||
		RelationGetIndexPredicate(index) != NIL)
		return false;
	for (int i = 0; i < lengthof(columns); i++)
	{
		AttrNumber	attno = index->rd_index->indkey.values[i];

		if (attno <= 0 ||
			strcmp(NameStr(TupleDescAttr(desc, attno - 1)->attname), columns[i]) != 0)
			return false;
	}
	return true;
}

Oid
sp_leaf_brin(Relation rel)
{
	List	   *indexes = RelationGetIndexList(rel);
	Oid			result = InvalidOid;
	ListCell   *cell;

	foreach(cell, indexes)
	{
		Relation	index = index_open(lfirst_oid(cell), AccessShareLock);

		if (is_event_brin(rel, index))
			result = lfirst_oid(cell);
		index_close(index, AccessShareLock);
		if (OidIsValid(result))
			break;
	}
	list_free(indexes);
	return result;
}
