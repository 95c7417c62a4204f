/*
 * packed.c
 *	  The stored form of an aging profile.
 *
 * A header with a version, the edges, then the figures in 8 bytes each where
 * all fit, else in 16.  Invariant: what is stored has
 * valid edges and counts its figures at the scale it shows, and a figure that
 * the rule does without is zero; aging_profile_receive() trusts no byte of its
 * input.
 */
#include "aging/aging.h"

#include "lib/stringinfo.h"
#include "libpq/pqformat.h"
#include "types/amount.h"

#define PROFILE_VERSION	1

typedef struct PackedProfile
{
	int32		vl_len_;		/* varlena header (do not touch directly!) */
	uint8		version;
	uint8		width;			/* of a figure, in bytes */
	int16		currency;
	int32		as_of;
	int16		count;			/* edges */
	int8		scale;
	int8		shape;			/* see aging_edges_shape() */
	int32		bounds[FLEXIBLE_ARRAY_MEMBER];	/* the edges; then the figures */
} PackedProfile;

static int
figure_width(const Profile *profile)
{
	for (int i = 0; i < PROFILE_FIGURES(profile->edges); i++)
		if (profile->figures[i] < PG_INT64_MIN || profile->figures[i] > PG_INT64_MAX)
			return sizeof(Wide);
	return sizeof(int64);
}

static Profile *
copy_profile(const Profile *profile)
{
	Profile    *copy = palloc(PROFILE_SIZE(profile->edges));

	memcpy(copy, profile, PROFILE_SIZE(profile->edges));
	return copy;
}

/* Leaves the profile as it is, since it may be the state of an aggregate. */
struct varlena *
aging_profile_pack(const Profile *profile)
{
	Profile    *shown = copy_profile(profile);
	int			n = PROFILE_FIGURES(profile->edges);
	Size		header = offsetof(PackedProfile, bounds) + profile->edges->count * sizeof(int32);
	PackedProfile *packed;
	char	   *at;

	if (!aging_profile_rescale(shown, profile->shown))
		report_total_overflow();
	packed = palloc0(header + n * sizeof(Wide));
	packed->version = PROFILE_VERSION;
	packed->width = figure_width(shown);
	packed->currency = shown->currency;
	packed->as_of = shown->as_of;
	packed->count = shown->edges->count;
	packed->scale = shown->scale;
	packed->shape = aging_edges_shape(shown->edges);
	memcpy(packed->bounds, &shown->edges->bound[1], packed->count * sizeof(int32));
	at = (char *) packed + header;
	for (int i = 0; i < n; i++, at += packed->width)
	{
		int64		narrow = (int64) shown->figures[i];

		memcpy(at, packed->width == sizeof(int64) ? (void *) &narrow : (void *) &shown->figures[i],
			   packed->width);
	}
	SET_VARSIZE(packed, header + n * packed->width);
	pfree(shown);
	return (struct varlena *) packed;
}

static Profile *
new_profile(const int32 *bounds, int count, int shape)
{
	AgingEdges *edges = palloc(sizeof(AgingEdges));
	Profile    *profile;

	edges->count = count;
	(void) aging_edges_take_shape(edges, shape);
	memcpy(&edges->bound[1], bounds, count * sizeof(int32));
	profile = palloc0(PROFILE_SIZE(edges));
	profile->edges = edges;
	return profile;
}

Profile *
aging_profile_unpack(Datum datum)
{
	PackedProfile *packed = (PackedProfile *) PG_DETOAST_DATUM(datum);
	Profile    *profile = new_profile(packed->bounds, packed->count, packed->shape);
	const char *at = (const char *) &packed->bounds[packed->count];

	profile->as_of = packed->as_of;
	profile->currency = packed->currency;
	profile->scale = profile->shown = packed->scale;
	for (int i = 0; i < PROFILE_FIGURES(profile->edges); i++, at += packed->width)
	{
		int64		narrow;

		if (packed->width == sizeof(int64))
		{
			memcpy(&narrow, at, sizeof(narrow));
			profile->figures[i] = narrow;
		}
		else
			memcpy(&profile->figures[i], at, sizeof(Wide));
	}
	return profile;
}

void
aging_profile_send(StringInfo buffer, const Profile *profile)
{
	pq_sendint16(buffer, PROFILE_VERSION);
	pq_sendint16(buffer, profile->currency);
	pq_sendint32(buffer, profile->as_of);
	pq_sendbyte(buffer, profile->scale);
	pq_sendbyte(buffer, profile->shown);
	pq_sendbyte(buffer, aging_edges_shape(profile->edges));
	pq_sendbyte(buffer, profile->edges->count);
	for (int i = 1; i <= profile->edges->count; i++)
		pq_sendint32(buffer, profile->edges->bound[i]);
	for (int i = 0; i < PROFILE_FIGURES(profile->edges); i++)
	{
		pq_sendint64(buffer, (int64) (profile->figures[i] >> 64));
		pq_sendint64(buffer, (int64) profile->figures[i]);
	}
}

static void
reject_binary(const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
			 errmsg("invalid binary form of an aging profile"),
			 errdetail("%s", detail),
			 errhint("Send what aging_profile_send() gave, or use the text form.")));
}

static void
receive_figures(StringInfo buffer, Profile *profile)
{
	for (int i = 0; i < PROFILE_FIGURES(profile->edges); i++)
	{
		uint64		high = (uint64) pq_getmsgint64(buffer);
		uint64		low = (uint64) pq_getmsgint64(buffer);

		profile->figures[i] = (Wide) (((unsigned __int128) high << 64) | low);
		if (profile->figures[i] != 0 && !aging_has_figure(profile->edges, i))
			reject_binary("It has a figure that its rule does without.");
	}
}

/*
 * The binary form of the type, and what parallel workers hand over: a state,
 * whose units may be finer than what it shows.
 */
Profile *
aging_profile_receive(StringInfo buffer)
{
	int			version = pq_getmsgint(buffer, 2);
	int			number = pq_getmsgint(buffer, 2);
	int32		as_of = pq_getmsgint(buffer, 4);
	int			scale = pq_getmsgbyte(buffer);
	int			shown = pq_getmsgbyte(buffer);
	int			shape = pq_getmsgbyte(buffer);
	int			count = pq_getmsgbyte(buffer);
	int32		bounds[AGING_MAX_EDGES];
	AgingEdges	ignored;
	const Currency *currency = number <= PG_INT16_MAX ? currency_by_number(number) : NULL;
	Profile    *profile;

	if (version != PROFILE_VERSION)
		reject_binary("Its version is unknown.");
	if (number != 0 && currency == NULL)
		reject_binary("Its currency is unknown.");
	if (scale > DECIMAL_MAX_SCALE || shown > DECIMAL_MAX_SCALE ||
		(currency != NULL && (scale != currency->digits || shown != scale)))
		reject_binary("Its scale is out of range.");
	if (!aging_edges_take_shape(&ignored, shape))
		reject_binary("Its rule is unknown.");
	if (count > AGING_MAX_EDGES)
		reject_binary("It has too many edges.");
	for (int i = 0; i < count; i++)
		bounds[i] = pq_getmsgint(buffer, 4);
	check_as_of(as_of);
	profile = new_profile(bounds, count, shape);
	if (!aging_edges_valid(profile->edges))
		reject_binary("Its edges do not ascend.");
	profile->as_of = as_of;
	profile->currency = number;
	profile->scale = scale;
	profile->shown = shown;
	receive_figures(buffer, profile);
	return profile;
}
