/*
 * gate.h
 *	  A row that is being written, and the rules that speak against it.
 */
#ifndef SP_GATE_H
#define SP_GATE_H

#include "base/base.h"

#include "access/htup.h"
#include "commands/trigger.h"
#include "executor/tuptable.h"
#include "fmgr.h"

typedef struct GateRule
{
	int32		rule_id;
	int32		kind_id;
	char	   *name;
	char	   *sentence;		/* in the setting's language */
	char	   *key_name;
	char	   *function;		/* of its condition; NULL: always */
	FmgrInfo	condition;
	char	   *text;			/* what the action says, or NULL */
	Oid			author;
	bool		live;			/* else it is in shadow */
	bool		rejects;		/* else it holds */
	bool		conflicts;		/* with the row at hand */
	char	   *key;			/* of the row, once judged */
	char	   *facts;			/* its event as JSON */
} GateRule;

/* what a statement knows of the gate it comes to */
typedef struct Gate
{
	Oid			watched;		/* the table, or what it is a part of */
	char	   *column;			/* shows that a row is held; NULL: none can be */
	char	   *held;
	char	   *amount_column;
	GateRule   *rules;
	int			rule_count;
} Gate;

typedef struct GateRow
{
	Relation	rel;
	Gate	   *gate;
	TupleTableSlot *old_row;	/* NULL: it is new */
	TupleTableSlot *new_row;	/* as it wants to be: a held row is judged as
								 * if it were not */
	HeapTuple	tuple;			/* as the statement has it */
	Datum		row_key;		/* jsonb as text */
	int64		hold_id;		/* open; 0: none */
	char	   *previous_state;
} GateRow;

/* ---- gate_hold.c ---- */

extern void sp_find_hold(GateRow *row);
extern HeapTuple sp_settle_holds(GateRow *row);

#endif							/* SP_GATE_H */
