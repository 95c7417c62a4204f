/*
 * base.h
 *	  What every room with server code may use: settings, the clock, scoped
 *	  SPI, backend caches that hear of changes.  Server side only.
 */
#ifndef SP_BASE_H
#define SP_BASE_H

#include "postgres.h"

#include "base/arena.h"
#include "base/compat.h"
#include "base/errors.h"
#include "datatype/timestamp.h"
#include "fmgr.h"
#include "nodes/nodes.h"
#include "pgtime.h"

/* ---- inval.c: one relcache callback for the whole extension ---- */

/*
 * A table of pulse_internal that a backend cache was filled from.  "changes"
 * goes up whenever the table may have changed; a cache remembers the value it
 * was filled at.  Declare it static, with the table's name.
 */
typedef struct SpWatchedTable
{
	const char *table_name;
	uint64		changes;
	Oid			relid;
	bool		registered;
	struct SpWatchedTable *next;
} SpWatchedTable;

extern Oid	sp_watched_relid(SpWatchedTable *table);	/* raises when missing */
extern uint64 sp_relation_changes(void);	/* of any relation at all */
extern Oid	sp_internal_relid(const char *table_name, bool missing_ok);

/* ---- spi.c: SPI with a pinned search_path, as somebody ---- */

typedef struct SpSpiScope
{
	int			guc_nestlevel;
	Oid			saved_user;
	int			saved_context;
	bool		switched;
} SpSpiScope;

extern void sp_spi_begin(SpSpiScope *scope);
extern void sp_spi_begin_as(SpSpiScope *scope, Oid user);	/* restricted context */
extern void sp_spi_end(SpSpiScope *scope);
extern void sp_spi_text(const char *sql, int expected); /* no parameters */
extern void sp_return_rows(FunctionCallInfo fcinfo);	/* what SPI found is
														 * what a set-returning
														 * function gives */
extern void sp_check_columns(FunctionCallInfo fcinfo, int more);	/* are they those, and
																	 * so many of ours? */
extern Oid	sp_owner_role(void);	/* pulse_owner */
extern char *sp_relation_name(Oid relid);	/* with its schema, quoted */

/*
 * One statement as pulse_owner, for catalog rows that name their author: a
 * SECURITY DEFINER function could not know who called it, C does.  Returns the
 * number of rows.
 */
extern uint64 sp_execute_as_owner(const char *sql, int expected, int nargs,
								  Oid *types, Datum *values, const char *nulls);

/*
 * The caller's arguments and, after them, his role, to a function of
 * pulse_internal as pulse_owner; its answer, which is passed by value, or null.
 * How many arguments there are says the SQL that is installed, which may be that
 * of an earlier release.
 */
extern Datum sp_hand_on(FunctionCallInfo fcinfo, const char *function);

/* ---- reason.c ---- */

/* Who sees what was read with the rights of an author; invalid: of nobody's. */
extern bool sp_sees_as_author(Oid user, Oid author);

/* ---- arena_server.c ---- */

extern void sp_arena_init(Arena *arena, MemoryContext context);

/* ---- settings.c ---- */

extern const char *sp_setting(const char *name);	/* good until the next
													 * call */
extern pg_tz *sp_business_timezone(void);
extern TimestampTz sp_clock(void);	/* the virtual clock, or the system's */
extern TimestampTz sp_statement_clock(void);	/* the same for a whole
												 * statement */

/* ---- trust.c: whose code may run ---- */

extern void sp_define_trust(void);
extern void sp_work_begin(Oid user);	/* for what runs as him; ends with the
										 * nest level of settings */
extern void sp_answer_begin(Oid author, Oid reader);	/* likewise; ends with
														 * the next that begins */
extern bool sp_hides_rows(Oid relid, Oid user); /* by row-level security */

/* refuse what would be refused later to who is the user, while working for him */
extern void sp_check_expression(Node *expression);
extern void sp_check_function(Oid function);
extern void sp_check_target(Oid relid);
extern void sp_try_to_read(Oid relid, Oid author);

/* ---- trigger.c: our triggers on tables of an application ---- */

extern Oid	sp_find_trigger(Oid relid, const char *name, const char *function);
extern void sp_refuse_taken_trigger(Oid relid, const char *name);
extern void sp_create_trigger(Oid relid, const char *name, const char *events,
							  const char *manner, const char *function);
extern void sp_drop_trigger(Oid relid, const char *name);

/* ---- actor.c: who is asking ---- */

extern void sp_define_actor(void);

#endif							/* SP_BASE_H */
