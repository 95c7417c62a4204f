/*
 * aging.h
 *	  Aging profiles in the server: the stored form, states, errors.
 */
#ifndef SP_AGING_H
#define SP_AGING_H

#include "base/base.h"

#include "aging/profile.h"
#include "lib/stringinfo.h"
#include "utils/array.h"

/* ---- packed.c: the stored form ---- */

extern struct varlena *aging_profile_pack(const Profile *profile);
extern Profile *aging_profile_unpack(Datum datum);	/* a copy, in the current
													 * context */
extern void aging_profile_send(StringInfo buffer, const Profile *profile);
extern Profile *aging_profile_receive(StringInfo buffer);	/* anything may be in it */

#define PG_GETARG_PROFILE(n)	aging_profile_unpack(PG_GETARG_DATUM(n))
#define PG_RETURN_PROFILE(p)	PG_RETURN_POINTER(aging_profile_pack(p))

/* ---- check.c: what callers may have got wrong ---- */

extern void check_as_of(int32 as_of);
extern void read_rule(text *words, AgingRule *rule);
extern void read_edges(ArrayType *array, const AgingRule *rule, AgingEdges *edges);
extern void report_mismatch(const Profile *state, int currency, int32 as_of,
							const AgingEdges *edges);
extern void report_total_overflow(void);
extern void merge_profiles(Profile *into, const Profile *from);
extern void negate_profile(Profile *profile);

/* ---- state.c: states of the aggregates ---- */

extern Profile *aging_state_new(FunctionCallInfo fcinfo, const AgingEdges *edges,
								int32 as_of, int currency);

/* ---- transition.c ---- */

extern Wide aging_numeric_units(Profile *state, const struct varlena *datum);

#endif							/* SP_AGING_H */
