/*
 * health.h
 *	  The type pulse.health, models in the server, rows as measures.
 */
#ifndef SP_HEALTH_H
#define SP_HEALTH_H

#include "base/base.h"

#include "access/htup_details.h"
#include "health/ahead.h"
#include "health/score.h"
#include "health/value.h"

/* ---- type.c: pulse.health, eight bytes by value ---- */

/*
 * From the top: score (14 bits), low (14), high (14), coverage (7), band (8),
 * seven zeros for a later version.  So the order of the unsigned words is the
 * order of the scores; an unknown score comes last.
 */
typedef uint64 Health;

#define DatumGetHealth(datum)	((Health) DatumGetUInt64(datum))
#define HealthGetDatum(health)	UInt64GetDatum(health)
#define PG_GETARG_HEALTH(n)		DatumGetHealth(PG_GETARG_DATUM(n))
#define PG_RETURN_HEALTH(h)		return HealthGetDatum(h)

extern Health health_pack(const HealthScore *score);
extern void health_unpack(Health health, HealthScore *score);
extern Datum numeric_of_hundredths(int hundredths);

/* ---- model.c: a model from its tables ---- */

/* under the statement's snapshot; unknown: NULL where missing_ok, else an error */
extern const HealthModel *health_model_load(const char *name, MemoryContext context,
											bool missing_ok);
extern Oid	health_model_relid(void);
extern uint64 health_model_changes(void);	/* goes up when a model may have
											 * changed */

/* ---- measures.c: a row as measures ---- */

typedef struct MeasureReader MeasureReader;

extern MeasureReader *measure_reader(const HealthModel *model, Oid type, int32 typmod,
									 MemoryContext context);
extern bool measure_reader_fits(const MeasureReader *reader, HeapTupleHeader row);
extern bool measure_reader_moves(const MeasureReader *reader);
extern void read_measures(MeasureReader *reader, HeapTupleHeader row,
						  const HealthInstant *instant, Measure *measures);
extern void read_motions(const MeasureReader *reader, Motion *motions);

#endif							/* SP_HEALTH_H */
