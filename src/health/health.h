/*
 * health.h
 *	  The type pulse.health, models in the server, rows as measures.
 */
#ifndef SP_HEALTH_H
#define SP_HEALTH_H

#include "base/base.h"

#include "access/htup_details.h"
#include "funcapi.h"
#include "health/ahead.h"
#include "health/score.h"
#include "health/value.h"
#include "utils/jsonb.h"

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
extern const HealthModel *health_model_version(const char *name, int version,
											   MemoryContext context, bool missing_ok);
extern Oid	health_model_relid(void);
extern uint64 health_model_changes(void);	/* goes up when a model may have
											 * changed */

/* ---- call.c: what a call remembers ---- */

typedef struct HealthCall
{
	MemoryContext context;		/* of all that follows */
	const HealthModel *model;
	uint64		changes;		/* when the model was read */
	Measure    *measures;
} HealthCall;

/* models that were read, by the version that was asked for; a statement seldom meets more than two */
typedef struct ReadModel
{
	const HealthModel *model;
	int			asked;			/* 0: the one in force */
	struct ReadModel *next;
} ReadModel;

extern const HealthModel *health_read_once(ReadModel **models, const char *name, int version,
										   MemoryContext context);
extern void *health_call_new(FunctionCallInfo fcinfo, const char *name, int version, Size size);
extern int64 health_day_of(int64 at);
extern int64 health_horizon(int64 from);

/* ---- measures.c: a row as measures ---- */

typedef struct MeasureReader MeasureReader;

extern MeasureReader *measure_reader(const HealthModel *model, Oid type, int32 typmod,
									 MemoryContext context);
extern bool measure_reader_fits(const MeasureReader *reader, HeapTupleHeader row);
extern bool measure_reader_moves(const MeasureReader *reader);
extern void read_measures(MeasureReader *reader, HeapTupleHeader row,
						  const HealthInstant *instant, Measure *measures);
extern void read_raw_measures(MeasureReader *reader, HeapTupleHeader row,
							  const HealthInstant *instant, Measure *measures);
extern AgeKind measure_reader_kind(const MeasureReader *reader, int input);
extern Datum measure_reader_value(const MeasureReader *reader, int input, bool *isnull, Oid *type);
extern void read_motions(const MeasureReader *reader, Motion *motions);

/* ---- score_row.c: a row as an argument ---- */

typedef struct HealthRowCall
{
	HealthCall	head;
	bool		name_is_stable;
	MeasureReader *reader;
	bool		moves;			/* some input is a date or instant */
	HealthInstant instant;
} HealthRowCall;

extern HealthRowCall *health_row_call(FunctionCallInfo fcinfo, HeapTupleHeader row);

/* ---- explain.c: rows and sentences ---- */

extern Datum health_numeric(int64 millionths);
extern HealthLanguage health_language(FunctionCallInfo fcinfo, int argument);
extern const char *health_band_word(HealthBand band, HealthLanguage lang);
extern void health_explain(ReturnSetInfo *result, const HealthModel *model, const Measure *measures,
						   const AgeKind *kinds, HealthLanguage lang);

/* ---- inputs.c: what a row says, kept as JSON ---- */

/* beside them, where a row says so: when it is to be read again, without zone in UTC */
#define HEALTH_DUE_INPUT	"pulse due"

extern void health_read_inputs(const HealthModel *model, Jsonb *inputs, int64 at,
							   Measure *measures, Motion *motions);

#endif							/* SP_HEALTH_H */
