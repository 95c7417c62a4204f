/*
 * live_param.h
 *	  Parameters of statements that write many rows at once.
 */
#ifndef SP_LIVE_PARAM_H
#define SP_LIVE_PARAM_H

#include "rule/live.h"

#include "executor/spi.h"

/* one parameter of a statement: an array, one element per row */
typedef struct ArrayParam
{
	Oid			type;
	Datum	   *values;
	bool	   *nulls;
	int			count;
	int			room;
} ArrayParam;

extern void sp_param_add(ArrayParam *param, Datum value, bool isnull);
extern void sp_add_int(ArrayParam *param, int32 value);
extern void sp_add_bigint(ArrayParam *param, int64 value);
extern void sp_add_instant(ArrayParam *param, Instant value);
extern void sp_add_text(ArrayParam *param, const char *value);
extern void sp_add_bool(ArrayParam *param, bool value);
extern Datum sp_param_array(const ArrayParam *param);
extern void sp_run_write(SPIPlanPtr *plan, const char *sql, int expected, ArrayParam *params,
						 int count);

#endif							/* SP_LIVE_PARAM_H */
