/*
 * kept.h
 *	  Statements that are planned once a session, and the rows that SPI found.
 */
#ifndef SP_KEPT_H
#define SP_KEPT_H

#include "base/base.h"

#include "executor/spi.h"

/* Plans it at the first call; one variable for each place that asks. */
extern SPIPlanPtr sp_kept_plan(SPIPlanPtr *plan, const char *sql, int nargs, Oid *types);

/* SELECTs: one that only reads, and one that may write, or is to see what this transaction wrote */
extern void sp_run_kept(SPIPlanPtr *plan, const char *sql, int nargs, Oid *types, Datum *values);
extern void sp_call_kept(SPIPlanPtr *plan, const char *sql, int nargs, Oid *types, Datum *values);

/* columns of the rows found */
extern char *sp_text_at(uint64 row, int column);	/* NULL: null */
extern Datum sp_datum_at(uint64 row, int column, bool *isnull);
extern int32 sp_int_at(uint64 row, int column);
extern int64 sp_bigint_at(uint64 row, int column);
extern bool sp_bool_at(uint64 row, int column); /* null: false */

#endif							/* SP_KEPT_H */
