/*
 * arguments.h
 *	  Reading and refusing what create_rollup() is given.
 */
#ifndef SP_ROLLUP_ARGUMENTS_H
#define SP_ROLLUP_ARGUMENTS_H

#include "rollup/rollup.h"

#include "executor/spi.h"
#include "fmgr.h"

extern void sp_check_rollup_source(Relation source);
extern RollupDef *sp_read_rollup_shape(FunctionCallInfo fcinfo);
extern RollupDef *sp_read_rollup_arguments(FunctionCallInfo fcinfo, Relation source);

#endif							/* SP_ROLLUP_ARGUMENTS_H */
