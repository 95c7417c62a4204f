/*
 * profile.h
 *	  Aging profiles in memory: figures by days past due.  Pure C.
 *
 * A figure is units / 10^scale, 128 bits.  Figure 0 is not due, figures 1 to
 * count + 1 are the buckets between the edges, the last one holds the credits.
 * Invariant: whatever the rule, the figures together are the sum of everything
 * that was added; a figure that the rule does without is zero.
 */
#ifndef SP_PROFILE_H
#define SP_PROFILE_H

#include <stddef.h>
#include <string.h>

#include "aging/decimal.h"

#define AGING_MAX_EDGES		50
#define AGING_MAX_FIGURES	(AGING_MAX_EDGES + 3)

/* no figure for what is not due: the first bucket begins long before that */
#define AGING_NO_START		INT32_MIN

/*
 * Where buckets end, ascending, so that the bucket of an age is the number of
 * bounds below it.  bound[0] is the end of "not due": 0, or -1 when day 0 is
 * past due already, or AGING_NO_START.
 */
typedef struct AgingEdges
{
	int32_t		count;			/* without bound[0] */
	int32_t		aged_credits;	/* 1: a credit is in the bucket of its own
								 * date */
	int32_t		bound[AGING_MAX_EDGES + 1];
} AgingEdges;

typedef struct Profile
{
	const AgingEdges *edges;
	int32_t		as_of;			/* days, as in a date */
	int16_t		currency;		/* ISO 4217 number; 0: plain numbers */
	uint8_t		scale;			/* of the units */
	uint8_t		shown;			/* digits after the point that were given */
	Wide		figures[];
} Profile;

/* What systems disagree on; all zero is the rule of the design. */
typedef struct AgingRule
{
	bool		exclusive;		/* day 30 begins the second bucket */
	bool		day_0_due;
	bool		not_due_in_first;
	bool		credits_aged;
} AgingRule;

typedef enum ProfileResult
{
	PROFILE_OK,
	PROFILE_OTHER_DATE,
	PROFILE_OTHER_EDGES,
	PROFILE_OTHER_CURRENCY,
	PROFILE_OVERFLOW
} ProfileResult;

/* enough for the text of a profile with the most edges */
#define PROFILE_TEXT_SIZE	(AGING_MAX_FIGURES * (DECIMAL_TEXT_SIZE + 24) + 8)
#define PROFILE_LABEL_SIZE	24

extern const AgingEdges aging_default_edges;

#define PROFILE_CREDITS(edges)	((edges)->count + 2)
#define PROFILE_FIGURES(edges)	((edges)->count + 3)
#define PROFILE_SIZE(edges) \
	(offsetof(Profile, figures) + PROFILE_FIGURES(edges) * sizeof(Wide))

/* Counting bounds has no branch to guess wrong, and the loop is short. */
static inline int
aging_bucket(const AgingEdges *edges, int64_t age)
{
	int			bucket = age > edges->bound[0];

	for (int i = 1; i <= edges->count; i++)
		bucket += age > edges->bound[i];
	return bucket;
}

/* what has no due date, or one that never comes, is the last to be due */
static inline int64_t
aging_age(int32_t as_of, int32_t due)
{
	int64_t		age = (int64_t) as_of - due;

	return age > AGING_NO_START ? age : AGING_NO_START + 1;
}

/* The figure that an open amount belongs to: a credit usually has no age. */
static inline int
aging_figure(const AgingEdges *edges, int64_t age, bool credit)
{
	int			bucket = aging_bucket(edges, age);

	return credit && !edges->aged_credits ? PROFILE_CREDITS(edges) : bucket;
}

/* Whether the profile has the figure at all. */
static inline bool
aging_has_figure(const AgingEdges *edges, int figure)
{
	if (figure == 0)
		return edges->bound[0] != AGING_NO_START;
	return figure != PROFILE_CREDITS(edges) || !edges->aged_credits;
}

extern const char *aging_rule_parse(const char *text, AgingRule *rule);
extern bool aging_edges_make(AgingEdges *edges, const int32_t *bounds, int count,
							 const AgingRule *rule);
extern bool aging_edges_valid(const AgingEdges *edges);
extern int	aging_edges_shape(const AgingEdges *edges);
extern bool aging_edges_take_shape(AgingEdges *edges, int shape);
extern bool aging_edges_equal(const AgingEdges *left, const AgingEdges *right);
extern void aging_profile_init(Profile *profile, const AgingEdges *edges, int32_t as_of,
							   int currency, int scale);
extern bool aging_profile_rescale(Profile *profile, int scale);
extern ProfileResult aging_profile_merge(Profile *into, const Profile *from);
extern bool aging_profile_equal(const Profile *left, const Profile *right);
extern bool aging_profile_negate(Profile *profile);
extern bool aging_profile_scale(Profile *profile, Wide units, int scale);
extern bool aging_profile_sum(const Profile *profile, int first, int last, Wide *sum);
extern void aging_profile_label(const AgingEdges *edges, int figure, char *label);
extern int	aging_profile_print(const Profile *profile, char *text);
extern bool aging_profile_parse(const char *text, Profile *profile, AgingEdges *edges);

#endif							/* SP_PROFILE_H */
