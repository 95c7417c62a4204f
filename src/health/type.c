/*
 * type.c
 *	  The types pulse.health and pulse.curve.
 *
 * Text of a health: score, band, and where something was missing the bounds
 * and the coverage: "75.45 green", "90 grey [45, 95] 50%", "- grey [0, 100] 0%".
 * A curve is stored as its canonical text.
 */
#include "health/health.h"

#include "aging/numeric_value.h"
#include "common/hashfn.h"
#include "lib/stringinfo.h"
#include "libpq/pqformat.h"
#include "utils/builtins.h"

Health
health_pack(const HealthScore *score)
{
	return ((Health) score->score << 50) | ((Health) score->low << 36) |
		((Health) score->high << 22) | ((Health) score->coverage << 15) |
		((Health) score->band << 7);
}

void
health_unpack(Health health, HealthScore *score)
{
	score->score = (health >> 50) & 0x3FFF;
	score->low = (health >> 36) & 0x3FFF;
	score->high = (health >> 22) & 0x3FFF;
	score->coverage = (health >> 15) & 0x7F;
	score->band = (HealthBand) ((health >> 7) & 0xFF);
}

/* the one judge of text and binary input */
static bool
health_valid(const HealthScore *score)
{
	return (score->score <= HEALTH_MOST || score->score == HEALTH_UNKNOWN) &&
		score->low <= score->high && score->high <= HEALTH_MOST &&
		score->coverage <= 100 && (unsigned) score->band < HEALTH_BANDS;
}

Datum
numeric_of_hundredths(int hundredths)
{
	return numeric_of_units(hundredths, 2);
}

/* without the zeros at the end */
static void
append_hundredths(StringInfo text, int hundredths)
{
	appendStringInfo(text, "%d", hundredths / 100);
	if (hundredths % 100 != 0)
		appendStringInfo(text, hundredths % 10 == 0 ? ".%d" : ".%02d",
						 hundredths % 10 == 0 ? hundredths % 100 / 10 : hundredths % 100);
}

static const char *
parse_hundredths(const char *at, int *hundredths)
{
	Wide		units;
	int			scale;

	at = decimal_parse(at, &units, &scale);
	if (at == NULL || scale > 2 || !decimal_shift(&units, 2 - scale) ||
		units < 0 || units > HEALTH_MOST)
		return NULL;
	*hundredths = (int) units;
	return at;
}

/* " [45, 95] 50%" */
static bool
parse_bounds(const char *at, HealthScore *score)
{
	int			end = 0;

	if (strncmp(at, " [", 2) != 0 || (at = parse_hundredths(at + 2, &score->low)) == NULL ||
		strncmp(at, ", ", 2) != 0 || (at = parse_hundredths(at + 2, &score->high)) == NULL)
		return false;
	return sscanf(at, "] %3d%%%n", &score->coverage, &end) == 1 && end > 0 && at[end] == '\0' &&
		score->coverage >= 0;
}

static bool
parse_health(const char *text, HealthScore *score)
{
	char		band[16];
	int			end = 0;

	score->score = HEALTH_UNKNOWN;
	text = *text == '-' ? text +1 : parse_hundredths(text, &score->score);

	if (text == NULL || sscanf(text, " %15[a-z]%n", band, &end) != 1)
		return false;
	score->band = health_name_index(health_band_names, HEALTH_BANDS, band);
	text	  +=end;

	if (*text !='\0')
		return parse_bounds(text, score);
	score->low = score->high = score->score;
	score->coverage = 100;
	return score->score != HEALTH_UNKNOWN;
}

PG_FUNCTION_INFO_V1(sp_health_in);
PG_FUNCTION_INFO_V1(sp_health_out);
PG_FUNCTION_INFO_V1(sp_health_recv);
PG_FUNCTION_INFO_V1(sp_health_send);

Datum
sp_health_in(PG_FUNCTION_ARGS)
{
	char	   *text = PG_GETARG_CSTRING(0);
	HealthScore score;

	if (!parse_health(text, &score))
		ereturn(fcinfo->context, (Datum) 0,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("invalid input syntax for type %s: \"%s\"", "health", text),
				 errhint("Write it as \"75.45 green\", or as \"90 grey [45, 95] 50%%\" with bounds and coverage.")));
	if (!health_valid(&score))
		ereturn(fcinfo->context, (Datum) 0,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("health out of range: \"%s\"", text),
				 errdetail("Scores go from 0 to 100, the low bound is not above the high one, and a band has the name of a colour.")));
	PG_RETURN_HEALTH(health_pack(&score));
}

Datum
sp_health_out(PG_FUNCTION_ARGS)
{
	HealthScore score;
	StringInfoData text;

	health_unpack(PG_GETARG_HEALTH(0), &score);
	initStringInfo(&text);
	if (score.score == HEALTH_UNKNOWN)
		appendStringInfoChar(&text, '-');
	else
		append_hundredths(&text, score.score);
	appendStringInfo(&text, " %s", health_band_names[score.band]);
	if (score.coverage < 100 || score.low != score.score || score.high != score.score)
	{
		appendStringInfoString(&text, " [");
		append_hundredths(&text, score.low);
		appendStringInfoString(&text, ", ");
		append_hundredths(&text, score.high);
		appendStringInfo(&text, "] %d%%", score.coverage);
	}
	PG_RETURN_CSTRING(text.data);
}

Datum
sp_health_recv(PG_FUNCTION_ARGS)
{
	Health		health = (Health) pq_getmsgint64((StringInfo) PG_GETARG_POINTER(0));
	HealthScore score;

	health_unpack(health, &score);
	if (!health_valid(&score) || health_pack(&score) != health)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("invalid binary form of a health"),
				 errdetail("A score, bound, coverage or band is out of range."),
				 errhint("Send what health_send() gave, or use the text form.")));
	PG_RETURN_HEALTH(health);
}

Datum
sp_health_send(PG_FUNCTION_ARGS)
{
	StringInfoData buffer;

	pq_begintypsend(&buffer);
	pq_sendint64(&buffer, (int64) PG_GETARG_HEALTH(0));
	PG_RETURN_BYTEA_P(pq_endtypsend(&buffer));
}

/* ---- order, which is that of the words ---- */

#define HEALTH_COMPARISON(name, operator) \
PG_FUNCTION_INFO_V1(sp_health_##name); \
Datum \
sp_health_##name(PG_FUNCTION_ARGS) \
{ \
	PG_RETURN_BOOL(PG_GETARG_HEALTH(0) operator PG_GETARG_HEALTH(1)); \
}

HEALTH_COMPARISON(eq, ==)
HEALTH_COMPARISON(ne, !=)
HEALTH_COMPARISON(lt, <)
HEALTH_COMPARISON(le, <=)
HEALTH_COMPARISON(gt, >)
HEALTH_COMPARISON(ge, >=)

PG_FUNCTION_INFO_V1(sp_health_cmp);
PG_FUNCTION_INFO_V1(sp_health_hash);

Datum
sp_health_cmp(PG_FUNCTION_ARGS)
{
	Health		left = PG_GETARG_HEALTH(0);
	Health		right = PG_GETARG_HEALTH(1);

	PG_RETURN_INT32(left < right ? -1 : left > right ? 1 : 0);
}

Datum
sp_health_hash(PG_FUNCTION_ARGS)
{
	Health		health = PG_GETARG_HEALTH(0);

	PG_RETURN_UINT32(hash_combine(murmurhash32((uint32) (health >> 32)),
								  murmurhash32((uint32) health)));
}

/* ---- what a health says ---- */

#define HEALTH_FIGURE(name, field) \
PG_FUNCTION_INFO_V1(sp_health_##name); \
Datum \
sp_health_##name(PG_FUNCTION_ARGS) \
{ \
	HealthScore score; \
\
	health_unpack(PG_GETARG_HEALTH(0), &score); \
	if (score.field == HEALTH_UNKNOWN) \
		PG_RETURN_NULL(); \
	return numeric_of_hundredths(score.field); \
}

HEALTH_FIGURE(score, score)
HEALTH_FIGURE(low, low)
HEALTH_FIGURE(high, high)

PG_FUNCTION_INFO_V1(sp_health_band);
PG_FUNCTION_INFO_V1(sp_health_coverage);

Datum
sp_health_band(PG_FUNCTION_ARGS)
{
	HealthScore score;

	health_unpack(PG_GETARG_HEALTH(0), &score);
	PG_RETURN_TEXT_P(cstring_to_text(health_band_names[score.band]));
}

Datum
sp_health_coverage(PG_FUNCTION_ARGS)
{
	HealthScore score;

	health_unpack(PG_GETARG_HEALTH(0), &score);
	PG_RETURN_INT32(score.coverage);
}

/* ---- pulse.curve ---- */

PG_FUNCTION_INFO_V1(sp_curve_in);
PG_FUNCTION_INFO_V1(sp_curve_out);

Datum
sp_curve_in(PG_FUNCTION_ARGS)
{
	char	   *text = PG_GETARG_CSTRING(0);
	char		canonical[CURVE_TEXT_SIZE];
	Curve		curve;
	const char *problem = NULL;

	if (!curve_parse(text, &curve, &problem))
		ereturn(fcinfo->context, (Datum) 0,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("invalid input syntax for type %s: \"%s\"", "curve", text),
				 errdetail("%s", problem),
				 errhint("Write it as \"linear 0:100 90:0\": 100 points up to 0, none from 90 on, a straight line between. Other kinds: \"steps 0:100 30:60\", \"decay half_life 30 days\", \"logistic falling middle 45 doubling 10\", \"map red=>0 green=>100 else=>50\".")));
	PG_RETURN_TEXT_P(cstring_to_text_with_len(canonical, curve_print(&curve, canonical)));
}

Datum
sp_curve_out(PG_FUNCTION_ARGS)
{
	PG_RETURN_CSTRING(text_to_cstring(PG_GETARG_TEXT_PP(0)));
}
