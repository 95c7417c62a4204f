/*
 * capture_index.c
 *	  What capture knows of the indexes of a leaf: which of them can refuse a
 *	  row, and how little of a load its BRIN index has to see.
 */
#include "base/base.h"

#include "access/genam.h"
#include "catalog/pg_am.h"
#include "event/event.h"
#include "event/leaf.h"
#include "event/watch.h"
#include "executor/executor.h"
#include "nodes/nodeFuncs.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

/* ---- which may refuse ---- */

static bool
is_short(Oid type)
{
	return type < FirstNormalObjectId && get_typlen(type) > 0;
}

/* A cast of a short value: its text is short, too. */
static bool
is_short_text(Node *expr)
{
	if (IsA(expr, CoerceViaIO))
		expr = (Node *) ((CoerceViaIO *) expr)->arg;
	else if (IsA(expr, FuncExpr) && ((FuncExpr *) expr)->funcid < FirstNormalObjectId &&
			 list_length(((FuncExpr *) expr)->args) == 1)
		expr = linitial(((FuncExpr *) expr)->args);
	return IsA(expr, Var) && is_short(exprType(expr));
}

static bool
keys_are_short(Relation heap, IndexInfo *info)
{
	ListCell   *expression = list_head(info->ii_Expressions);

	for (int i = 0; i < info->ii_NumIndexAttrs; i++)
	{
		AttrNumber	attno = info->ii_IndexAttrNumbers[i];

		if (attno == 0)
		{
			if (!is_short_text(lfirst(expression)))
				return false;
			expression = lnext(info->ii_Expressions, expression);
		}
		else if (!is_short(TupleDescAttr(RelationGetDescr(heap), attno - 1)->atttypid))
			return false;
	}
	return true;
}

/*
 * A BRIN index takes every row, and so does a b-tree over short values; any
 * other may find a key too long, a duplicate, or code of the user's that fails.
 */
bool
sp_index_may_refuse(Relation heap, Relation index, IndexInfo *info)
{
	if (info->ii_Unique || info->ii_ExclusionOps != NULL || info->ii_Predicate != NIL)
		return true;
	if (index->rd_rel->relam == BRIN_AM_OID)
		return info->ii_Expressions != NIL;
	return index->rd_rel->relam != BTREE_AM_OID || !keys_are_short(heap, info);
}

/* ---- the BRIN index of a load ---- */

static void
insert_entry(ResultRelInfo *target, TupleTableSlot *slot)
{
	IndexInfo  *info = target->ri_IndexRelationInfo[0];
	Datum		values[INDEX_MAX_KEYS];
	bool		nulls[INDEX_MAX_KEYS];

	for (int i = 0; i < info->ii_NumIndexAttrs; i++)
		values[i] = slot_getattr(slot, info->ii_IndexAttrNumbers[i], &nulls[i]);
	(void) index_insert(target->ri_IndexRelationDescs[0], values, nulls, &slot->tts_tid,
						target->ri_RelationDesc, UNIQUE_CHECK_NO, false, info);
}

static TimestampTz
instant_of(TupleTableSlot *slot)
{
	bool		isnull;

	return DatumGetTimestampTz(slot_getattr(slot, EVENT_ATT_AT, &isnull));
}

/* Rows first .. last lie on one page. */
static void
insert_page(ResultRelInfo *target, TupleTableSlot **slots, int first, int last)
{
	int			earliest = first;
	int			latest = first;

	for (int i = first + 1; i <= last; i++)
	{
		TimestampTz at = instant_of(slots[i]);

		if (at < instant_of(slots[earliest]))
			earliest = i;
		if (at > instant_of(slots[latest]))
			latest = i;
	}
	insert_entry(target, slots[first]);
	if (last != first)
		insert_entry(target, slots[last]);
	if (earliest != first && earliest != last)
		insert_entry(target, slots[earliest]);
	if (latest != first && latest != last)
		insert_entry(target, slots[latest]);
}

/*
 * The summary of a block range is the least and the greatest value of each
 * column.  Within a load event_id rises and txid is one, so of each page the
 * first row, the last, the earliest and the latest say it all.  (The first row
 * of a range also asks for the range before it to be summarised.)
 */
void
sp_insert_summaries(ResultRelInfo *target, TupleTableSlot **slots, int count)
{
	int			first = 0;

	for (int i = 1; i <= count; i++)
	{
		if (i < count && ItemPointerGetBlockNumber(&slots[i]->tts_tid) ==
			ItemPointerGetBlockNumber(&slots[first]->tts_tid))
			continue;
		insert_page(target, slots, first, i - 1);
		first = i;
	}
}

/* Is the BRIN index over (event_id, txid, at) the only one? */
bool
sp_has_summaries_only(ResultRelInfo *target)
{
	return target->ri_NumIndices == 1 &&
		RelationGetRelid(target->ri_IndexRelationDescs[0]) == sp_leaf_brin(target->ri_RelationDesc);
}
