/*
 * cells.h
 *	  Cells in memory, as capture and folding share them; for this room only.
 */
#ifndef SP_ROLLUP_CELLS_H
#define SP_ROLLUP_CELLS_H

#include "rollup/rollup.h"

#include "utils/date.h"

typedef struct CellSum
{
	int128		units;			/* integers; minor units of amounts */
	int64		count;			/* of values that are not null */
	Datum		decimal;		/* of numerics; 0: none yet */
} CellSum;

typedef struct Cell
{
	uint32		hash;
	DateADT		period;
	bool		no_period;		/* the time column was null */
	int			currency;		/* 0: null, or none of the keys */
	Datum	   *dimensions;
	bool	   *nulls;
	int64		rows;
	CellSum    *sums;
	Datum	   *extremes;
	bool	   *no_extreme;
	bool		redo;			/* rows were taken away: extremes say nothing */
	struct Cell *next;			/* in the order they were made */
} Cell;

/* ---- cells.c ---- */

extern void sp_fold_delta(CellFold *fold, TupleTableSlot *row);

/* All cells, in an order near that of their index. */
extern Cell **sp_sorted_cells(CellFold *fold);

/* ---- cells_row.c ---- */

/* The cell as a row of deltas or cells; false: nothing in it changed. */
extern bool sp_cell_row(const RollupPlan *plan, const Cell *cell, Datum *values, bool *nulls);

/* A plan by which rows of deltas are folded, whatever became of the source. */
extern RollupPlan *sp_delta_plan(RollupDef *def, Relation deltas);

#endif							/* SP_ROLLUP_CELLS_H */
