/*
 * capture_source.c
 *	  Where the rows of a capture come from: the transition tables of a
 *	  statement, or the row of a row trigger.
 *
 * OLD and NEW of an UPDATE are paired by position.  When their counts differ (a
 * trigger kept a row from arriving in its new partition) they are paired by
 * primary key instead, and without one NEW stands alone.
 * Invariant: between rewind and end the read pointers are our own; other
 * triggers of the statement read the same stores.
 */
#include "base/base.h"

#include "event/watch.h"
#include "executor/executor.h"
#include "utils/rel.h"

typedef struct KeyedRow
{
	char	   *key;			/* NULL sorts first and is equal to none */
	MinimalTuple tuple;
} KeyedRow;

typedef struct StoreSource
{
	CaptureSource base;
	Tuplestorestate *old_rows;
	Tuplestorestate *new_rows;
	int			old_pointer;
	int			new_pointer;
	KeyedRow   *keyed;			/* OLD rows by key, when counts differ */
	int64		keyed_count;
} StoreSource;

static bool
next_in(Tuplestorestate *store, TupleTableSlot *slot)
{
	return tuplestore_gettupleslot(store, true, false, slot);
}

static bool
next_single(CaptureSource *base)
{
	StoreSource *source = base->private_state;

	return source->new_rows != NULL ?
		next_in(source->new_rows, base->new_row) : next_in(source->old_rows, base->old_row);
}

static bool
next_by_position(CaptureSource *base)
{
	StoreSource *source = base->private_state;

	return next_in(source->new_rows, base->new_row) &&
		next_in(source->old_rows, base->old_row);
}

static int
compare_keys(const void *left, const void *right)
{
	const char *a = ((const KeyedRow *) left)->key;
	const char *b = ((const KeyedRow *) right)->key;

	if (a == NULL || b == NULL)
		return (a != NULL) - (b != NULL);
	return strcmp(a, b);
}

static bool
next_by_key(CaptureSource *base)
{
	StoreSource *source = base->private_state;
	KeyedRow	wanted;
	KeyedRow   *found = NULL;

	if (!next_in(source->new_rows, base->new_row))
		return false;
	wanted.key = sp_row_key(base->relation, base->new_row);
	if (wanted.key != NULL)
		found = bsearch(&wanted, source->keyed, source->keyed_count,
						sizeof(KeyedRow), compare_keys);
	if (found != NULL)
		ExecStoreMinimalTuple(found->tuple, base->old_row, false);
	else
		ExecClearTuple(base->old_row);
	return true;
}

static void
sort_by_key(StoreSource *source)
{
	int64		capacity = tuplestore_tuple_count(source->old_rows);
	TupleTableSlot *slot = source->base.old_row;

	source->keyed = MemoryContextAllocHuge(CurrentMemoryContext,
										   Max(capacity, 1) * sizeof(KeyedRow));
	tuplestore_select_read_pointer(source->old_rows, source->old_pointer);
	tuplestore_rescan(source->old_rows);
	while (source->keyed_count < capacity && next_in(source->old_rows, slot))
	{
		KeyedRow   *row = &source->keyed[source->keyed_count++];

		row->key = sp_row_key(source->base.relation, slot);
		row->tuple = ExecCopySlotMinimalTuple(slot);
	}
	qsort(source->keyed, source->keyed_count, sizeof(KeyedRow), compare_keys);
}

static void
rewind_stores(CaptureSource *base)
{
	StoreSource *source = base->private_state;

	if (source->old_rows != NULL)
	{
		tuplestore_select_read_pointer(source->old_rows, source->old_pointer);
		tuplestore_rescan(source->old_rows);
	}
	if (source->new_rows != NULL)
	{
		tuplestore_select_read_pointer(source->new_rows, source->new_pointer);
		tuplestore_rescan(source->new_rows);
	}
}

static TupleTableSlot *
row_slot(Relation rel)
{
	return MakeSingleTupleTableSlot(RelationGetDescr(rel), &TTSOpsMinimalTuple);
}

/* Either store may be NULL. */
CaptureSource *
sp_store_source(Relation rel, Tuplestorestate *old_rows, Tuplestorestate *new_rows)
{
	StoreSource *source = palloc0(sizeof(StoreSource));

	source->base.relation = rel;
	source->base.private_state = source;
	source->base.rewind = rewind_stores;
	source->base.next_row = next_single;
	source->old_rows = old_rows;
	source->new_rows = new_rows;
	source->base.count = tuplestore_tuple_count(new_rows != NULL ? new_rows : old_rows);
	if (old_rows != NULL)
	{
		source->old_pointer = tuplestore_alloc_read_pointer(old_rows, EXEC_FLAG_REWIND);
		source->base.old_row = row_slot(rel);
	}
	if (new_rows != NULL)
	{
		source->new_pointer = tuplestore_alloc_read_pointer(new_rows, EXEC_FLAG_REWIND);
		source->base.new_row = row_slot(rel);
	}
	if (old_rows != NULL && new_rows != NULL)
	{
		source->base.next_row = next_by_position;
		if (tuplestore_tuple_count(old_rows) != source->base.count)
		{
			sort_by_key(source);
			source->base.next_row = next_by_key;
		}
	}
	return &source->base;
}

void
sp_store_source_end(CaptureSource *base)
{
	StoreSource *source = base->private_state;

	if (source->old_rows != NULL)
	{
		tuplestore_select_read_pointer(source->old_rows, 0);
		ExecDropSingleTupleTableSlot(base->old_row);
	}
	if (source->new_rows != NULL)
	{
		tuplestore_select_read_pointer(source->new_rows, 0);
		ExecDropSingleTupleTableSlot(base->new_row);
	}
}

/* ---- rows at hand ---- */

typedef struct RowSource
{
	CaptureSource base;
	bool		given;
} RowSource;

static bool
next_given(CaptureSource *base)
{
	RowSource  *source = base->private_state;
	bool		first = !source->given;

	source->given = true;
	return first;
}

static void
give_again(CaptureSource *base)
{
	((RowSource *) base->private_state)->given = false;
}

/* The row of a row trigger, in slots of the caller. */
CaptureSource *
sp_row_source(Relation rel, TupleTableSlot *old_row, TupleTableSlot *new_row)
{
	RowSource  *source = palloc0(sizeof(RowSource));

	source->base.relation = rel;
	source->base.old_row = old_row;
	source->base.new_row = new_row;
	source->base.count = 1;
	source->base.rewind = give_again;
	source->base.next_row = next_given;
	source->base.private_state = source;
	return &source->base;
}
