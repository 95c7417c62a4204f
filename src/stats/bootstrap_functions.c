/*
 * bootstrap_functions.c
 *	  pulse.bootstrap_difference, pulse.bootstrap_mean.
 */
#include "base/base.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "funcapi.h"
#include "stats/bootstrap.h"
#include "utils/array.h"

PG_FUNCTION_INFO_V1(sp_bootstrap_difference);
PG_FUNCTION_INFO_V1(sp_bootstrap_mean);

/* the values that there are, in their order */
static double *
read_values(ArrayType *array, int *n)
{
	Datum	   *values;
	bool	   *nulls;
	int			count;
	double	   *kept;

	deconstruct_array(array, FLOAT8OID, sizeof(float8), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE, &values, &nulls, &count);
	kept = palloc(sizeof(double) * (count + 1));
	*n = 0;
	for (int i = 0; i < count; i++)
		if (!nulls[i])
		{
			kept[*n] = DatumGetFloat8(values[i]);
			if (!isfinite(kept[(*n)++]))
				ereport(ERROR,
						(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						 errmsg("a value is not finite"),
						 errdetail("It has no mean with the others."),
						 errhint("Leave it out with array_agg(x) FILTER (WHERE x < 'Infinity').")));
		}
	return kept;
}

static double
read_level(double level)
{
	if (!(level >= 0.5 && level <= 0.999))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("unusable level %g", level),
				 errdetail("An interval holds the truth in a share from 0.5 to 0.999 of all cases."),
				 errhint("Type one such as 0.95.")));
	return level;
}

static Datum
result_row(FunctionCallInfo fcinfo, BootstrapResult result)
{
	TupleDesc	desc;
	Datum		values[3] = {Float8GetDatum(result.difference), Float8GetDatum(result.low), Float8GetDatum(result.high)};
	bool		nulls[3] = {isnan(result.difference), isnan(result.difference), isnan(result.difference)};

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls));
}

/* (before, after, level, seed) */
Datum
sp_bootstrap_difference(PG_FUNCTION_ARGS)
{
	int			n_before;
	int			n_after;
	double	   *before = read_values(PG_GETARG_ARRAYTYPE_P(0), &n_before);
	double	   *after = read_values(PG_GETARG_ARRAYTYPE_P(1), &n_after);
	double		level = read_level(PG_GETARG_FLOAT8(2));
	double	   *scratch = palloc(sizeof(double) * (BOOTSTRAP_RESAMPLES + n_before + n_after));

	return result_row(fcinfo, bootstrap_difference(before, n_before, after, n_after, level, (uint64_t) PG_GETARG_INT64(3),
												   scratch, BOOTSTRAP_RESAMPLES));
}

/* (changes, level, seed) */
Datum
sp_bootstrap_mean(PG_FUNCTION_ARGS)
{
	int			n;
	double	   *changes = read_values(PG_GETARG_ARRAYTYPE_P(0), &n);
	double		level = read_level(PG_GETARG_FLOAT8(1));

	return result_row(fcinfo, bootstrap_mean(changes, n, level, (uint64_t) PG_GETARG_INT64(2),
											 palloc(sizeof(double) * BOOTSTRAP_RESAMPLES), BOOTSTRAP_RESAMPLES));
}
