/*
 * engine_internal.h
 *	  What the files of the rule engine share: one run over one key.
 */
#ifndef SP_ENGINE_INTERNAL_H
#define SP_ENGINE_INTERNAL_H

#include "rule/engine.h"

#pragma GCC visibility push(hidden)

typedef struct Track
{
	EngineWait	wait;
	bool		given;			/* an earlier run opened it */
	bool		look_back;		/* opened in the past: hears old events, too */
	bool		dropped;		/* opened by this run for nothing */
	int			index;			/* in the result */
} Track;

typedef struct Run
{
	Arena	   *arena;
	const EngineInput *input;
	const Rule *rule;
	Track	   *tracks;
	int			track_count;
	int			track_room;
	int		   *open;
	int			open_count;
	int			open_room;
	EngineFiring *firings;
	int			firing_count;
	int			firing_room;
	Instant		next_due;		/* no open wait is due before */
	Instant		cursor_at;
	int64_t		cursor_event;
	int			next_event;
	bool		used_up;		/* ONCE, and it has been */
	bool		has_fired;		/* AT MOST ONCE IN d: */
	Instant		last_fired;
	bool		replay_triggers;	/* a given wait should have ended in the
									 * past: triggers it hid count after all */
} Run;

/* ---- engine_step.c: the schedule of one wait ---- */

extern void *engine_grow(Arena *arena, void *old, size_t size, int count, int *room);
extern Instant engine_member_due(const Run *run, const EngineWait *wait, Instant anchor);
extern void engine_schedule(Run *run, EngineWait *wait);
extern bool engine_follows_date(const Run *run);
extern void engine_end_wait(EngineWait *wait, EndReason reason, Instant at, int64_t event_id);
extern void engine_fire_step(Run *run, int track);
extern bool engine_is_overtaken(const Run *run, const EngineFiring *firing);

#pragma GCC visibility pop

#endif							/* SP_ENGINE_INTERNAL_H */
