/*
 * score.h
 *	  Health models and scores.  Pure C: no server, no clock.
 *
 * A score is a weighted mean of the points of its dimensions, in hundredths,
 * rounded once, at the end.  All arithmetic is in integers: equal measures
 * give equal scores on every machine.
 */
#ifndef SP_SCORE_H
#define SP_SCORE_H

#include "health/curve.h"

#define MODEL_MAX_DIMENSIONS	100
#define HEALTH_MOST				10000	/* a score of 100, in hundredths */
#define HEALTH_UNKNOWN			0x3FFF	/* a score of nothing */
#define POINTS_PER_HUNDREDTH	(CURVE_UNIT / 100)	/* points are in
													 * millionths */

/*
 * Bands have the names of colours, in this fixed order, so that a health can
 * be written and read without its model.  A number here is on disk: append
 * only.  Grey is not a band of a model: it says that too little is known.
 */
typedef enum HealthBand
{
	BAND_GREY, BAND_BLACK, BAND_RED, BAND_ORANGE, BAND_AMBER, BAND_YELLOW,
	BAND_GREEN, BAND_BLUE, BAND_PURPLE, BAND_WHITE
} HealthBand;

#define HEALTH_BANDS			(BAND_WHITE + 1)

/* What stands in for a value that is missing. */
typedef enum MissingPolicy
{
	MISSING_EXCLUDE,			/* nothing: the others share its weight */
	MISSING_NEUTRAL,			/* 50 points */
	MISSING_ZERO,				/* 0 points */
	MISSING_WORST				/* the fewest points of the curve */
} MissingPolicy;

#define MISSING_POLICIES		(MISSING_WORST + 1)

#define MODEL_MAX_VETOES		32
#define MODEL_MAX_GROUPS		32
#define MODEL_MAX_INPUTS		(2 * MODEL_MAX_DIMENSIONS + MODEL_MAX_VETOES)

typedef enum HealthLanguage
{
	HEALTH_EN, HEALTH_ZH
} HealthLanguage;

#define HEALTH_LANGUAGES		(HEALTH_ZH + 1)

typedef struct HealthDimension
{
	const char *name;
	const char *labels[HEALTH_LANGUAGES];	/* or NULL: the name says it */
	const char *column;
	Curve		curve;
	const char *measured_at;	/* column that says when; or NULL */
	int64_t		valid;			/* the greatest age at which it counts */
	int			age_input;		/* the input with its age; where measured_at */
	int64_t		given_weight;	/* in millionths */
	int64_t		weight;			/* in the smallest whole numbers of equal
								 * proportion */
	int64_t		worst;
	int64_t		best;
	MissingPolicy missing;
	const char *group_name;		/* or NULL: it stands beside the groups */
	int			group;			/* of a model that has groups */
} HealthDimension;

/*
 * Dimensions that weigh together what their group weighs, whichever of them
 * are there; where none is, the group is missing.  In a model with groups a
 * dimension outside of them is a group of its own, without a name.
 */
typedef struct HealthGroup
{
	const char *name;
	int64_t		given_weight;	/* in millionths */
	int64_t		weight;			/* beside the other groups, as a dimension's */
	int64_t		total;			/* of its dimensions */
} HealthGroup;

/*
 * Lets no score into a better band while a column's value lies in [since,
 * below): so a veto on a date expires by itself.  A missing value is no veto.
 */
typedef struct HealthVeto
{
	const char *name;
	const char *column;
	int64_t		since;
	int64_t		below;
	HealthBand	band;
	int			rank;			/* of the band, from the lowest of the model */
	const char *labels[HEALTH_LANGUAGES];
} HealthVeto;

/* A column that a model reads, and for whom. */
typedef struct HealthInput
{
	const char *column;
	const char *reader;			/* name of a dimension or veto */
	const Curve *curve;			/* of a dimension's value, or NULL */
	bool		is_time;		/* says when something was measured */
} HealthInput;

/*
 * A band that is held is left upwards where the score reaches the lower end
 * of a better one plus that one's hysteresis, downwards where it falls below its
 * own lower end minus its hysteresis, and not before it has been held for its
 * dwell.
 */
typedef struct BandBound
{
	HealthBand	band;
	int			lower;			/* in hundredths: the band begins here */
	int			hysteresis;		/* in hundredths */
	int64_t		dwell;			/* in microseconds */
} BandBound;

typedef struct HealthModel
{
	const char *name;
	int			version;
	int			minimum_coverage;	/* percent of the weight */
	int64_t		total_weight;	/* of the dimensions, or of the groups */
	int			n_bands;
	BandBound	bands[HEALTH_BANDS];	/* ascending; the first begins at 0 */
	int			n_dimensions;
	HealthDimension *dimensions;
	int			n_groups;		/* 0, or with all that stand beside them */
	HealthGroup groups[MODEL_MAX_GROUPS + MODEL_MAX_DIMENSIONS];
	int			n_vetoes;
	HealthVeto	vetoes[MODEL_MAX_VETOES];

	/*
	 * Measures come in this order: one per dimension, one per veto, then the
	 * ages of measurements.
	 */
	int			n_inputs;
	HealthInput inputs[MODEL_MAX_INPUTS];
} HealthModel;

typedef struct Measure
{
	int64_t		value;			/* in millionths */
	bool		missing;
} Measure;

/* in hundredths, but for the band and the coverage (percent) */
typedef struct HealthScore
{
	int			score;			/* or HEALTH_UNKNOWN */
	int			low;			/* if all that is missing were worst */
	int			high;			/* if all that is missing were best */
	int			coverage;
	HealthBand	band;
} HealthScore;

typedef struct Contribution
{
	int64_t		points;			/* in millionths */
	int64_t		share;			/* of the weight that counted, in millionths */
	int			hundredths;		/* of the score */
} Contribution;

extern const char *const health_band_names[HEALTH_BANDS];
extern const char *const missing_policy_names[MISSING_POLICIES];

extern int	health_name_index(const char *const *names, int count, const char *name);
extern bool health_model_prepare(HealthModel *model, const char **problem);
extern int	health_band_rank(const HealthModel *model, int score);
extern int	health_step(const HealthModel *model, int held, int score);
extern bool health_is_grey(const HealthModel *model, int held, int allowed,
						   const HealthScore *score);
extern void health_expire(const HealthModel *model, Measure *measures);
extern int	health_allowed_rank(const HealthModel *model, const Measure *measures);
extern int64_t health_counted_points(const HealthDimension *dimension, const Measure *measure,
									 int64_t *weight);
extern void health_points(const HealthModel *model, const Measure *measures, int64_t *points);
extern void health_score_points(const HealthModel *model, const Measure *measures,
								const int64_t *points, int allowed, HealthScore *score);
extern bool health_veto_holds(const HealthModel *model, const Measure *measures, int veto);
extern void health_score(const HealthModel *model, const Measure *measures, HealthScore *score);
extern void health_contributions(const HealthModel *model, const Measure *measures,
								 int score, Contribution *contributions);

/* ---- score_group.c ---- */

extern void health_group_score(const HealthModel *model, const Measure *measures,
							   const int64_t *points, HealthScore *score);
extern void health_group_parts(const HealthModel *model, const Measure *measures,
							   Contribution *contributions, __int128 *parts, __int128 *counted);

#endif							/* SP_SCORE_H */
