/*
 * watch.h
 *	  What the files of watches and capture share; for this room only.
 *
 * A watch is a row of pulse_internal.watch (WatchDef).  Bound to the columns
 * of one application table and of its event table it is a WatchBinding: an
 * expression for each event column.  Binding happens when the watch is made,
 * and again in each backend that captures.
 */
#ifndef SP_WATCH_H
#define SP_WATCH_H

#include "postgres.h"

#include "event/event.h"
#include "executor/tuptable.h"
#include "nodes/execnodes.h"
#include "utils/array.h"
#include "utils/relcache.h"
#include "utils/resowner.h"
#include "utils/tuplestore.h"

/* ---- kind.c ---- */

extern uint64 sp_event_kind_changes(void);
extern const EventKind *sp_event_kind_by_relid(Oid relid);
extern void sp_retire_context(MemoryContext context);

/* ---- arguments.c ---- */

extern void sp_refuse_null(FunctionCallInfo fcinfo, int arg, const char *name);
extern List *sp_text_list(ArrayType *array);
extern Datum sp_name_array(List *names);

/* ---- kind_columns.c ---- */

typedef struct EventColumn
{
	char	   *name;
	Oid			type;
	int32		typmod;
	Oid			collation;
	bool		not_null;
} EventColumn;

extern List *sp_parse_event_columns(const char *text);
extern void sp_check_event_columns(List *columns);
extern char *sp_event_column_text(EventColumn *column);
extern bool sp_is_event_header(const char *column);

/* ---- kind_ddl.c ---- */

typedef struct EventKindSpec
{
	const char *name;
	List	   *columns;		/* of EventColumn */
	bool		dedup;
	List	   *indexed;		/* of char * */
	Interval   *keep;			/* NULL: for ever */
} EventKindSpec;

extern int32 sp_make_event_kind(EventKindSpec *spec);

/* ---- watch_parse.c ---- */

typedef struct MappedColumn
{
	char	   *name;			/* of the event column */
	Node	   *raw;			/* as the parser read it */
} MappedColumn;

extern Node *sp_parse_wrapped(const char *before, const char *text, const char *after,
							  const char *what);
extern List *sp_parse_mapping(const char *text);
extern Node *sp_parse_condition(const char *text);

/* ---- watch_bind.c ---- */

#define CAPTURE_INSERT		(1 << 0)
#define CAPTURE_UPDATE		(1 << 1)
#define CAPTURE_DELETE		(1 << 2)

typedef struct BoundColumn
{
	char	   *name;
	AttrNumber	target;			/* in the event table; 0 while there is none */
	AttrNumber	plain;			/* the source column when nothing is computed */
	Node	   *expr;			/* coerced to the event column */
} BoundColumn;

typedef struct WatchBinding
{
	List	   *columns;		/* of BoundColumn */
	Node	   *condition;		/* NULL: every row */
	Bitmapset  *changes_of;		/* source columns; empty: all */
	bool		reads_old;		/* an expression looks at the old row */
	AttrNumber	last_source;	/* columns beyond are never looked at by expr */
	bool		guarded;		/* evaluation may fail, or runs code of an
								 * author */
} WatchBinding;

extern WatchBinding *sp_bind_watch(Relation source, Relation event,
								   const char *columns, const char *condition,
								   List *changes_of);
extern void sp_plan_binding(WatchBinding *binding);
extern char *sp_deparse_mapping(WatchBinding *binding, Relation source);
extern char *sp_deparse_condition(WatchBinding *binding, Relation source);

/* ---- watch_cache.c ---- */

typedef enum WatchState
{
	WATCH_OK,
	WATCH_PAUSED,
	WATCH_BROKEN
} WatchState;

typedef struct WatchDef
{
	int32		watch_id;
	Oid			relid;
	int32		kind_id;
	Oid			event_relid;	/* InvalidOid: the kind is gone */
	char	   *event_name;
	int			operations;		/* CAPTURE_ bits */
	bool		row_level;
	bool		raises;
	WatchState	state;
	Oid			author;
	char	   *columns;
	char	   *condition;
	List	   *changes_of;		/* of char * */
	struct BoundPlan *plan;		/* see sp_watch_binding() */
} WatchDef;

/* Watches that a trigger on this relation serves; good until end of transaction. */
extern List *sp_watches_of(Relation rel);
extern List *sp_watches_on(Oid relid);
extern WatchDef *sp_find_watch(Oid relid, const char *event_name);
extern int	sp_operation_bit(const char *name);
extern WatchBinding *sp_known_binding(WatchDef *watch, Relation source, Relation event);
extern WatchBinding *sp_watch_binding(WatchDef *watch, Relation source, Relation event);

/* ---- watch_triggers.c ---- */

extern void sp_refuse_unwatchable(Relation rel);
extern bool sp_filled_by_subscription(Oid relid);
extern void sp_sync_relation(Oid relid);
extern void sp_sync_triggers(Oid relid);

/* ---- watch_spec.c ---- */

/* A watch as it is asked for. */
typedef struct WatchSpec
{
	Oid			relid;
	const char *event;
	int32		kind_id;
	const char *columns;		/* NULL: by name */
	const char *condition;
	Oid			author;			/* whose rights the expressions have */
	bool		columns_written;	/* by the caller, just now */
	bool		condition_written;
	List	   *operations;		/* of char * */
	List	   *changes_of;
	const char *capture_level;	/* NULL: the right one */
	const char *on_failure;
} WatchSpec;

extern void sp_check_may_watch(Oid relid);
extern void sp_read_spec(FunctionCallInfo fcinfo, WatchSpec *spec);
extern void sp_bind_spec(WatchSpec *spec, Relation source);
extern void sp_store_watch(WatchSpec *spec, const char *sql, int expected);
extern void sp_sync_as_caller(Oid relid);
extern void sp_set_lock_timeout(Interval *timeout);

/* ---- watch_ddl.c ---- */

extern WatchDef *sp_known_watch(Oid relid, const char *event);
extern void sp_watch_goes_on(WatchDef *watch);

/* ---- watch_repair.c ---- */

extern int64 sp_backfill(WatchDef *watch);
extern int64 sp_repair(WatchDef *watch);
extern bool sp_event_is_known(Relation event, Bitmapset *targets, TupleTableSlot *row);

/* ---- capture_guard.c ---- */

typedef struct CaptureGuard
{
	MemoryContext context;
	ResourceOwner owner;
	Oid			saved_user;
	int			saved_sec;
	int			guc_nestlevel;
	bool		begun;
	bool		restricted;
} CaptureGuard;

extern void sp_guard_begin(CaptureGuard *guard, Oid author);
extern void sp_guard_end(CaptureGuard *guard);
extern ErrorData *sp_guard_failed(CaptureGuard *guard);
extern ErrorData *sp_guard_roll_back(CaptureGuard *guard);

/* ---- capture_write.c ---- */

#define SP_WRITER_MAX_ROWS	1024	/* in one load: whole blocks of ids */

typedef struct EventWriter EventWriter;
typedef void (*WriteFailed) (void *arg, int row, ErrorData *error);

extern EventWriter *sp_writer_open(Relation event, Bitmapset *targets, int64 expected_rows);
extern bool sp_writer_checks(EventWriter *writer);	/* adding a row may fail */
extern bool sp_writer_may_fail(EventWriter *writer);	/* flushing may */
extern bool sp_writer_full(EventWriter *writer);
extern int	sp_writer_count(EventWriter *writer);
extern void sp_writer_reserve(EventWriter *writer, int64 rows);
extern TupleTableSlot *sp_writer_slot(EventWriter *writer);
extern void sp_writer_add(EventWriter *writer);
extern int64 sp_writer_flush(EventWriter *writer, WriteFailed failed, void *arg);
extern void sp_writer_close(EventWriter *writer);

/* ---- capture_index.c ---- */

extern bool sp_index_may_refuse(Relation heap, Relation index, IndexInfo *info);
extern bool sp_has_summaries_only(ResultRelInfo *target);
extern void sp_insert_summaries(ResultRelInfo *target, TupleTableSlot **slots, int count);

/* ---- capture_fire.c ---- */

typedef struct StatementFire StatementFire;

extern bool sp_needs_insert(Relation rel);	/* has triggers that are not ours */
extern StatementFire *sp_fire_begin(Relation root, Relation leaf);	/* NULL: nothing to fire */
extern void sp_fire_rows(StatementFire *fire, TupleTableSlot **slots, int count);
extern void sp_fire_end(StatementFire *fire);

/* ---- capture_route.c ---- */

extern void sp_route_rows(Relation event, Bitmapset *targets, TupleTableSlot **slots, int count);

/* ---- capture_rows.c ---- */

typedef struct CaptureSource
{
	Relation	relation;
	TupleTableSlot *old_row;	/* NULL when the operation has none */
	TupleTableSlot *new_row;
	int64		count;			/* rows it will give at most */
	bool		only_missing;	/* rows whose event is there are left out */
	void		(*rewind) (struct CaptureSource *source);
	bool		(*next_row) (struct CaptureSource *source);
	void	   *private_state;
} CaptureSource;

/* Writes the events that a watch makes of the source's rows; returns how many. */
extern int64 sp_capture_rows(WatchDef *watch, CaptureSource *source, int operation);

/* ---- capture_source.c ---- */

extern CaptureSource *sp_store_source(Relation rel, Tuplestorestate *old_rows,
									  Tuplestorestate *new_rows);
extern void sp_store_source_end(CaptureSource *source);
extern CaptureSource *sp_row_source(Relation rel, TupleTableSlot *old_row,
									TupleTableSlot *new_row);

/* ---- capture_fail.c ---- */

extern char *sp_row_key(Relation rel, TupleTableSlot *row);
extern void sp_capture_failed(WatchDef *watch, const char *row_key, ErrorData *error);
extern void sp_watch_broken(WatchDef *watch, ErrorData *error);
extern void sp_record_gap(int32 watch_id, bool open, const char *reason);

#endif							/* SP_WATCH_H */
