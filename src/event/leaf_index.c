/*
 * leaf_index.c
 *	  The BRIN index of a leaf, and its upkeep.
 *
 * Block ranges that are full are summarised from the newest backwards.  The last
 * one is left alone: while it fills, its summary would be written again and
 * again by those who insert.
 */
#include "base/base.h"

#include "access/brin.h"
#include "access/genam.h"
#include "access/table.h"
#include "catalog/pg_am.h"
#include "event/event.h"
#include "event/leaf.h"
#include "storage/bufmgr.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
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

#define SUMMARISED_ENOUGH	16	/* so many in a row, and older ones are, too */

/* Summarises what is full; the number of block ranges that were not yet. */
int
sp_summarise_leaf(Oid leaf)
{
	Relation	rel = table_open(leaf, AccessShareLock);
	Oid			brin = sp_leaf_brin(rel);
	int64		blocks = RelationGetNumberOfBlocks(rel);
	int			summarised = 0;
	int			seen = 0;
	Relation	index;
	int64		pages;

	table_close(rel, AccessShareLock);
	if (!OidIsValid(brin))
		return 0;
	index = index_open(brin, AccessShareLock);
	pages = BrinGetPagesPerRange(index);
	index_close(index, AccessShareLock);
	for (int64 range = blocks / pages - 1; range >= 0 && seen < SUMMARISED_ENOUGH; range--)
	{
		int			count = DatumGetInt32(DirectFunctionCall2(brin_summarize_range,
															  ObjectIdGetDatum(brin),
															  Int64GetDatum(range * pages)));

		summarised += count;
		seen = count > 0 ? 0 : seen + 1;
	}
	return summarised;
}
