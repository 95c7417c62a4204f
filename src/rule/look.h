/*
 * look.h
 *	  How rules that look at a relation are told from rules that hear events.
 */
#ifndef SP_LOOK_H
#define SP_LOOK_H

/* trigger_kind of rules about members and states; 0: it goes by the clock */
#define LOOK_KIND	(-1)

#endif							/* SP_LOOK_H */
