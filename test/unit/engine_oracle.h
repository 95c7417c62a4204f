/*
 * engine_oracle.h
 *	  What the engine should have done, found the slow way.
 */
#ifndef SP_ENGINE_ORACLE_H
#define SP_ENGINE_ORACLE_H

#include "rule/engine.h"

#define ORACLE_STEPS	4
#define ORACLE_WAITS	256

typedef struct OracleWait
{
	const EngineEvent *trigger;
	Instant		due[ORACLE_STEPS];
	bool		fired[ORACLE_STEPS];	/* ORACLE_STEPS bound on step_count */
	EndReason	end_reason;
	Instant		ended_at;
	int64_t		end_event;
} OracleWait;

typedef struct Oracle
{
	OracleWait	waits[ORACLE_WAITS];
	int			wait_count;
} Oracle;

extern void oracle_run(Oracle *oracle, const EngineInput *input);
extern void oracle_learn(Oracle *oracle, const EngineInput *input);

#endif							/* SP_ENGINE_ORACLE_H */
