/*
 * steps.h
 *	  Steps of cases as events that rules can hear.
 */
#ifndef SP_STEPS_H
#define SP_STEPS_H

#include "base/base.h"

/* of rows that were written past the triggers: case_opened, case_addressed, case_resolved */
extern void sp_note_step(const char *event, const Datum *ids, int count);

/* held: which of the messages it is true of; told: of which it is told already */
extern void sp_note_outcome(const char *outcome, const Datum *ids, const bool *held,
							const bool *told, int count);

#endif							/* SP_STEPS_H */
