/*
 * relay.h
 *	  The loop that claims, delivers and settles.
 */
#ifndef RELAY_RELAY_H
#define RELAY_RELAY_H

#include "config.h"

/* What the program ends with; documented in docs/relay.md. */
typedef enum ExitCode
{
	EXIT_DONE = 0,
	EXIT_TROUBLE = 1,			/* database or statement failed, with --once,
								 * --check, --dry-run */
	EXIT_USAGE = 2,				/* options or configuration */
	EXIT_FOREIGN = 3			/* another database than the configured one */
} ExitCode;

typedef struct RelayOptions
{
	bool		once;
	double		run_every;		/* seconds; 0: never */
} RelayOptions;

extern ExitCode relay_run(const Config *config, const RelayOptions *options);
extern ExitCode relay_check(const Config *config);	/* --check, the database's
													 * part */
extern ExitCode relay_dry_run(const Config *config);
extern void relay_stop(void);	/* from a signal handler */

#endif							/* RELAY_RELAY_H */
