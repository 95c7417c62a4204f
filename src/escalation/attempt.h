/*
 * attempt.h
 *	  Work that may fail without failing the tick.
 */
#ifndef SP_ATTEMPT_H
#define SP_ATTEMPT_H

/*
 * Does work(argument) in a read-only subtransaction.  NULL, or the message of
 * the error it ended with; a cancel is raised on.
 */
extern char *sp_attempt(void (*work) (void *argument), void *argument);

/* The same, and it may write. */
extern char *sp_attempt_writing(void (*work) (void *argument), void *argument);

/* Within rule_time_limit, whose end is no cancel. */
extern char *sp_attempt_limited(void (*work) (void *argument), void *argument, bool writes);

#endif							/* SP_ATTEMPT_H */
