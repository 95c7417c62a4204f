/*
 * leaf.h
 *	  Inside the event room: the leaves of an event table.
 */
#ifndef SP_LEAF_H
#define SP_LEAF_H

#include "postgres.h"

#include "base/base.h"
#include "datatype/timestamp.h"
#include "utils/relcache.h"

/* Rows recorded from "since" until before "until". */
typedef struct Leaf
{
	Oid			relid;
	TimestampTz since;
	TimestampTz until;
	bool		is_default;		/* whatever has no leaf of its own; no bounds */
} Leaf;

/* ---- leaf.c ---- */

/* Leaves by their bounds, the default one last. */
extern int	sp_leaves(Relation root, Leaf **leaves);

/* First instant of the month (UTC) that is some months from that of "instant". */
extern TimestampTz sp_leaf_month(TimestampTz instant, int months);

/* ---- leaf_keep.c ---- */

/* SPI as the owner, who waits for no lock longer than a moment. */
extern void sp_leaf_work_begin(SpSpiScope *scope, Oid owner);

/* ---- leaf_move.c ---- */

extern void sp_move_rows(Oid from_leaf, Oid to_leaf, TimestampTz since, TimestampTz until);
extern TimestampTz sp_leaf_least_recorded(Oid leaf);

/* ---- leaf_index.c ---- */

/* The BRIN index over (event_id, txid, at), or InvalidOid. */
extern Oid	sp_leaf_brin(Relation rel);
extern int	sp_summarise_leaf(Oid leaf);

#endif							/* SP_LEAF_H */
