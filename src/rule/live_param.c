/*
 * live_param.c
 *	  Parameters of statements that write many rows at once: one array each.
 */
#include "rule/live_param.h"

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

#define MAX_PARAMS	32

void
sp_param_add(ArrayParam *param, Datum value, bool isnull)
{
	if (param->count >= param->room)
	{
		param->room = param->room < 8 ? 64 : param->room * 2;
		param->values = param->values == NULL ? palloc(sizeof(Datum) * param->room)
			: repalloc_huge(param->values, sizeof(Datum) * param->room);
		param->nulls = param->nulls == NULL ? palloc(sizeof(bool) * param->room)
			: repalloc_huge(param->nulls, sizeof(bool) * param->room);
	}
	param->values[param->count] = value;
	param->nulls[param->count++] = isnull;
}

void
sp_add_int(ArrayParam *param, int32 value)
{
	param->type = INT4OID;
	sp_param_add(param, Int32GetDatum(value), false);
}

void
sp_add_bigint(ArrayParam *param, int64 value)
{
	param->type = INT8OID;
	sp_param_add(param, Int64GetDatum(value), false);
}

void
sp_add_instant(ArrayParam *param, Instant value)
{
	param->type = TIMESTAMPTZOID;
	sp_param_add(param, TimestampTzGetDatum(value), value == INSTANT_NONE);
}

void
sp_add_text(ArrayParam *param, const char *value)
{
	param->type = TEXTOID;
	sp_param_add(param, value == NULL ? (Datum) 0 : CStringGetTextDatum(value), value == NULL);
}

void
sp_add_bool(ArrayParam *param, bool value)
{
	param->type = BOOLOID;
	sp_param_add(param, BoolGetDatum(value), false);
}

Datum
sp_param_array(const ArrayParam *param)
{
	int16		length;
	bool		by_value;
	char		align;
	int			dims[1] = {param->count};
	int			bounds[1] = {1};

	get_typlenbyvalalign(param->type, &length, &by_value, &align);
	return PointerGetDatum(construct_md_array(param->values, param->nulls, 1, dims, bounds,
											  param->type, length, by_value, align));
}

/* A statement over unnest($1, $2, ...); plans are kept, one per call site. */
void
sp_run_write(SPIPlanPtr *plan, const char *sql, int expected, ArrayParam *params, int count)
{
	Datum		values[MAX_PARAMS];
	Oid			types[MAX_PARAMS];
	int			result;

	if (count > MAX_PARAMS)
		elog(ERROR, "a statement has %d parameters", count);
	for (int i = 0; i < count; i++)
	{
		types[i] = get_array_type(params[i].type);
		values[i] = sp_param_array(&params[i]);
	}
	result = SPI_execute_plan(sp_kept_plan(plan, sql, count, types), values, NULL, false, 0);
	if (result != expected)
		elog(ERROR, "SPI_execute_plan returned %d for: %s", result, sql);
}
