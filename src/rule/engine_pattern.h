/*
 * engine_pattern.h
 *	  Which events are triggers: counts, sequences and absences before.
 *
 * Pure C.  A pattern is a question about one key's past: whether an event
 * triggers follows from it and the events before it, within the pattern's
 * spans, and from nothing else.  So nothing is stored; a driver reads that past
 * again and hands it over.
 *
 * Counts.  An event counts until it is d old: at t, those in (t - d, t].  The
 * count is reached by the event that makes it n from below; with EACH TIME each
 * event triggers at which it is n or more.
 *
 * Sequences.  "a FOLLOWED BY b WITHIN d" triggers at the first b after an a and
 * in [a, a + d); with EACH TIME at each such b.
 *
 * Absence before.  No b in (t - d, t), the event itself aside.
 */
#ifndef SP_ENGINE_PATTERN_H
#define SP_ENGINE_PATTERN_H

#include "rule/engine.h"

typedef struct PatternInput
{
	const Rule *rule;
	const Timekeeper *timekeeper;
	EngineEvent *past;			/* consumed by earlier runs, in order: from
								 * the longest span before the first new event */
	int			past_count;
	const EngineEvent *events;	/* new ones, in order */
	int			event_count;

	/*
	 * Has a past event been a trigger before?  Late events may take that from
	 * it and give it back; it fires once.  Asked only after late events.
	 */
	bool		(*was_trigger) (void *context, int64_t event_id);
	void	   *context;
} PatternInput;

typedef struct PatternResult
{
	EngineEvent *events;		/* what the engine hears: new events, and past
								 * ones that late events made triggers */
	int			event_count;
	EngineWithdrawal *withdrawn;
	int			withdrawn_count;
} PatternResult;

static inline bool
rule_has_pattern(const Rule *rule)
{
	return rule->count != 0 || rule->earlier.event != NULL || rule->lacking.event != NULL;
}

/*
 * Also tells the past which of its events are triggers, by all that is known
 * now.
 */
extern void pattern_run(Arena *arena, const PatternInput *input, PatternResult *result);

#endif							/* SP_ENGINE_PATTERN_H */
