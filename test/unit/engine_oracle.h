/*
 * engine_oracle.h
 *	  What the engine should have done, found the slow way.
 */
#ifndef SP_ENGINE_ORACLE_H
#define SP_ENGINE_ORACLE_H

#include "rule/engine.h"

#define ORACLE_STEPS	4
#define ORACLE_DUE		160		/* due times of a wait: steps and repetitions */
#define ORACLE_WAITS	256

typedef struct OracleWait
{
	const EngineEvent *trigger;
	Instant		due[ORACLE_DUE];
	int			step[ORACLE_DUE];
	int			repetition[ORACLE_DUE];
	bool		fired[ORACLE_DUE];
	int			due_count;
	bool		endless;		/* the last ones stand for all to come */
	EndReason	end_reason;
	Instant		ended_at;
	int64_t		end_event;
} OracleWait;

typedef struct Oracle
{
	OracleWait	waits[ORACLE_WAITS];
	int			wait_count;
} Oracle;

extern bool oracle_is_silent(const Rule *rule, Instant active_since, Instant due);
extern void oracle_run(Oracle *oracle, const EngineInput *input);
extern void oracle_triggers(const EngineInput *input, EngineEvent *events);
extern void oracle_learn(Oracle *oracle, const EngineInput *input);

#endif							/* SP_ENGINE_ORACLE_H */
