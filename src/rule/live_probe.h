/*
 * live_probe.h
 *	  Rows of the engine's tables, found by index without the executor.
 */
#ifndef SP_LIVE_PROBE_H
#define SP_LIVE_PROBE_H

#include "postgres.h"

#include "access/genam.h"
#include "access/skey.h"
#include "executor/tuptable.h"
#include "utils/rel.h"

#define PROBE_COLUMNS	20

/* Columns are asked for by their place in the list of names given here. */
typedef struct LiveProbe
{
	Relation	rel;
	Relation	index;
	TupleTableSlot *slot;		/* the row found */
	IndexScanDesc scan;
	AttrNumber	places[PROBE_COLUMNS];
} LiveProbe;

extern void sp_probe_open(LiveProbe *probe, const char *table, const char *index, int key_count,
						  const char *const *columns, int count);
extern void sp_probe_find(LiveProbe *probe, ScanKey keys, int key_count);
extern void sp_probe_find_bigint(LiveProbe *probe, int64 value);	/* of the first column */
extern bool sp_probe_next(LiveProbe *probe);
extern void sp_probe_close(LiveProbe *probe);

static inline Datum
sp_probe_datum(const LiveProbe *probe, int column)
{
	return probe->slot->tts_values[probe->places[column] - 1];
}

static inline bool
sp_probe_is_null(const LiveProbe *probe, int column)
{
	return probe->slot->tts_isnull[probe->places[column] - 1];
}

#endif							/* SP_LIVE_PROBE_H */
