/*
 * live_table.h
 *	  Tables of the engine that a sweep writes without the executor.
 */
#ifndef SP_LIVE_TABLE_H
#define SP_LIVE_TABLE_H

#include "postgres.h"

#include "executor/tuptable.h"
#include "nodes/execnodes.h"
#include "utils/rel.h"

#define LIVE_TABLE_COLUMNS	32

/* Columns are given in the order of their names here, whatever the table's is. */
typedef struct LiveTable
{
	Relation	rel;
	EState	   *estate;
	ResultRelInfo *target;
	AttrNumber	places[LIVE_TABLE_COLUMNS];
	int			column_count;
	TupleTableSlot **rows;		/* to be inserted */
	int			rows_made;
	int			row_count;
} LiveTable;

/* one row; what it points to lives until it is written */
typedef struct LiveRow
{
	Datum		values[LIVE_TABLE_COLUMNS];
	bool		nulls[LIVE_TABLE_COLUMNS];
	int			count;
} LiveRow;

extern void sp_row_datum(LiveRow *row, Datum value, bool isnull);
extern void sp_row_int(LiveRow *row, int32 value);
extern void sp_row_bigint(LiveRow *row, int64 value);
extern void sp_row_instant(LiveRow *row, int64 value);	/* INSTANT_NONE: null */
extern void sp_row_text(LiveRow *row, const char *value);	/* NULL: null */
extern void sp_row_bool(LiveRow *row, bool value);

extern void sp_table_open(LiveTable *table, const char *name, const char *const *columns, int count);
extern bool sp_table_insert(LiveTable *table, const LiveRow *row);	/* true: nothing refers
																	 * to rows any more */
extern void sp_table_update(LiveTable *table, ItemPointer tid, const LiveRow *row);
extern void sp_table_delete(LiveTable *table, ItemPointer tid);

/* false: somebody else has changed the row meanwhile */
extern bool sp_table_try_change(LiveTable *table, TupleTableSlot *old, const LiveRow *row);
extern bool sp_table_try_delete(LiveTable *table, ItemPointer tid);
extern void sp_table_close(LiveTable *table);
extern int64 sp_next_number(Oid sequence);

#endif							/* SP_LIVE_TABLE_H */
