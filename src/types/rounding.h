/*
 * rounding.h
 *	  Named rounding modes.  Pure C: no server, no allocation.
 *
 * A mode is named for where the value goes: up and down are towards plus and
 * minus infinity, away and zero go by the size; half_... rounds to the nearest
 * and says so only of what lies just between.  Other systems call half_away
 * "half up"; here each word has one meaning.
 */
#ifndef SP_ROUNDING_H
#define SP_ROUNDING_H

#include "types/money.h"

typedef enum RoundingMode
{
	ROUND_HALF_AWAY,
	ROUND_HALF_EVEN,
	ROUND_HALF_UP,
	ROUND_HALF_DOWN,
	ROUND_HALF_ZERO,
	ROUND_AWAY,
	ROUND_ZERO,
	ROUND_UP,
	ROUND_DOWN,
	ROUND_EXACT					/* there must be nothing to round */
} RoundingMode;

/* where a value lies between the whole number below it and the one above */
typedef enum RoundingRest
{
	REST_NONE,
	REST_BELOW_HALF,
	REST_HALF,
	REST_ABOVE_HALF
} RoundingRest;

typedef struct RoundingName
{
	const char *name;
	RoundingMode mode;
	const char *aliases;		/* with a blank between them, or "" */
	const char *meaning;
} RoundingName;

/* NULL: there is none; positions count from 0 */
extern const RoundingName *rounding_named(const char *name, size_t length);
extern const RoundingName *rounding_at(int position);

/*
 * Whether the whole number above is taken rather than the one below ("lower",
 * odd or not) the value.  Not to be asked for ROUND_EXACT with a rest.
 */
extern bool rounding_takes_upper(RoundingMode mode, RoundingRest rest, bool negative, bool lower_is_odd);

/* units / step in whole steps, as units again; step > 0; false: a rest in ROUND_EXACT */
extern bool rounding_to_step(WideUnits units, int64_t step, RoundingMode mode, WideUnits *rounded);

#endif							/* SP_ROUNDING_H */
