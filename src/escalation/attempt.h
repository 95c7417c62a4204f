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

#endif							/* SP_ATTEMPT_H */
