/*
 * type.c
 *	  The type pulse.aging_profile: text and binary form, comparison, arithmetic.
 *
 * Text is the day, then what aging_profile_print() writes:
 *	  2026-06-30 CNY not_due 100.00, 1-30 20.00, ... 91+ 5.00, credits 0.00
 * The day is always written year first, whatever DateStyle says.
 */
#include "aging/aging.h"

#include "aging/numeric_value.h"
#include "common/hashfn.h"
#include "libpq/pqformat.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/numeric.h"

PG_FUNCTION_INFO_V1(sp_aging_profile_in);
PG_FUNCTION_INFO_V1(sp_aging_profile_out);
PG_FUNCTION_INFO_V1(sp_aging_profile_recv);
PG_FUNCTION_INFO_V1(sp_aging_profile_send);
PG_FUNCTION_INFO_V1(sp_aging_profile_eq);
PG_FUNCTION_INFO_V1(sp_aging_profile_ne);
PG_FUNCTION_INFO_V1(sp_aging_profile_hash);
PG_FUNCTION_INFO_V1(sp_aging_profile_add);
PG_FUNCTION_INFO_V1(sp_aging_profile_subtract);
PG_FUNCTION_INFO_V1(sp_aging_profile_negate);
PG_FUNCTION_INFO_V1(sp_aging_profile_scale);

static bool
parse_day(const char *text, int32 *day)
{
	int			year;
	int			month;
	int			mday;
	int			end = 0;

	if (sscanf(text, "%4d-%2d-%2d %n", &year, &month, &mday, &end) != 3 || end != 11 ||
		year < 1 || month < 1 || month > 12 || mday < 1 ||
		mday > day_tab[isleap(year)][month - 1])
		return false;
	*day = date2j(year, month, mday) - POSTGRES_EPOCH_JDATE;
	return true;
}

Datum
sp_aging_profile_in(PG_FUNCTION_ARGS)
{
	char	   *text = PG_GETARG_CSTRING(0);
	AgingEdges	edges;
	Profile    *profile = palloc0(offsetof(Profile, figures) + AGING_MAX_FIGURES * sizeof(Wide));

	if (!parse_day(text, &profile->as_of) || !aging_profile_parse(text +11, profile, &edges))
		ereturn(fcinfo->context, (Datum) 0,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("invalid input syntax for type %s: \"%s\"", "aging_profile", text),
				 errhint("Write it as \"2026-06-30 CNY not_due 100.00, 1-30 20.00, 31+ 5.00, credits 0.00\".")));
	PG_RETURN_PROFILE(profile);
}

Datum
sp_aging_profile_out(PG_FUNCTION_ARGS)
{
	Profile    *profile = PG_GETARG_PROFILE(0);
	char	   *text = palloc(PROFILE_TEXT_SIZE + 12);
	int			year;
	int			month;
	int			mday;

	j2date(profile->as_of + POSTGRES_EPOCH_JDATE, &year, &month, &mday);
	snprintf(text, 12, "%04d-%02d-%02d ", year, month, mday);
	aging_profile_print(profile, text +11);
	PG_RETURN_CSTRING(text);
}

Datum
sp_aging_profile_recv(PG_FUNCTION_ARGS)
{
	Profile    *profile = aging_profile_receive((StringInfo) PG_GETARG_POINTER(0));

	if (profile->shown != profile->scale)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("invalid binary form of an aging profile"),
				 errdetail("It has more digits than it shows."),
				 errhint("Send what aging_profile_send() gave, or use the text form.")));
	PG_RETURN_PROFILE(profile);
}

Datum
sp_aging_profile_send(PG_FUNCTION_ARGS)
{
	StringInfoData buffer;

	pq_begintypsend(&buffer);
	aging_profile_send(&buffer, PG_GETARG_PROFILE(0));
	PG_RETURN_BYTEA_P(pq_endtypsend(&buffer));
}

Datum
sp_aging_profile_eq(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(aging_profile_equal(PG_GETARG_PROFILE(0), PG_GETARG_PROFILE(1)));
}

Datum
sp_aging_profile_ne(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(!aging_profile_equal(PG_GETARG_PROFILE(0), PG_GETARG_PROFILE(1)));
}

/* Of the same things that aging_profile_equal() compares, and no more of the figures than their values. */
Datum
sp_aging_profile_hash(PG_FUNCTION_ARGS)
{
	Profile    *profile = PG_GETARG_PROFILE(0);
	const AgingEdges *edges = profile->edges;
	uint32		hash = hash_combine(murmurhash32(profile->as_of), murmurhash32(profile->currency));

	hash = hash_combine(hash, hash_bytes((const unsigned char *) edges->bound,
										 (edges->count + 1) * sizeof(int32)) + edges->aged_credits);
	for (int i = 0; i < PROFILE_FIGURES(edges); i++)
	{
		Wide		units = profile->figures[i];

		while (units != 0 && units % 10 == 0)
			units /= 10;		/* the scale may differ where the value does
								 * not */
		hash = hash_combine(hash, hash_bytes((const unsigned char *) &units, sizeof(units)));
	}
	PG_RETURN_UINT32(hash);
}

Datum
sp_aging_profile_add(PG_FUNCTION_ARGS)
{
	Profile    *sum = PG_GETARG_PROFILE(0);

	merge_profiles(sum, PG_GETARG_PROFILE(1));
	PG_RETURN_PROFILE(sum);
}

Datum
sp_aging_profile_subtract(PG_FUNCTION_ARGS)
{
	Profile    *difference = PG_GETARG_PROFILE(1);

	negate_profile(difference);
	merge_profiles(difference, PG_GETARG_PROFILE(0));
	PG_RETURN_PROFILE(difference);
}

Datum
sp_aging_profile_negate(PG_FUNCTION_ARGS)
{
	Profile    *opposite = PG_GETARG_PROFILE(0);

	negate_profile(opposite);
	PG_RETURN_PROFILE(opposite);
}

Datum
sp_aging_profile_scale(PG_FUNCTION_ARGS)
{
	Profile    *scaled = PG_GETARG_PROFILE(0);
	Numeric		factor = PG_GETARG_NUMERIC(1);
	Wide		units;
	int			scale;

	if (numeric_is_nan(factor) || numeric_is_inf(factor))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("an aging profile cannot be multiplied by %s", numeric_is_nan(factor) ? "NaN" : "infinity"),
				 errdetail("Every figure of a profile is a number."),
				 errhint("Give a number such as 0.5 or a rate.")));
	if (decimal_parse(DatumGetCString(DirectFunctionCall1(numeric_out, NumericGetDatum(factor))), &units, &scale) == NULL ||
		!aging_profile_scale(scaled, units, scale))
		report_total_overflow();
	PG_RETURN_PROFILE(scaled);
}
