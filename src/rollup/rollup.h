/*
 * rollup.h
 *	  What the files of the rollup room share; for this room only.
 *
 * A rollup is a row of pulse_internal.rollup (RollupDef).  Bound to the columns
 * of its source, or of one of the source's partitions, it is a RollupPlan.
 * Its numbers are in two tables of the same shape, cells and deltas: the keys
 * (period, dimensions, currency where an amount is summed), row_count, and for
 * the i-th sum n<i> (values that are not null) and s<i> (their sum, numeric).
 * What one reads is the sum of both.  Figures are measures that cannot be added
 * up, such as max: cells have a column m<i> for each, which folding computes
 * anew for the cells it touches, and reading for those with deltas.  Where all
 * of them are min and max, deltas have them, too, with a flag pulse_redo that
 * something was taken away: without it, the smaller or larger one is enough.
 * An approximate figure's m<i> is a sketch, from which it is read, and from which
 * that of a coarser cell is made.
 *
 * A coarser rollup is made from a finer one: it has the same source, condition
 * and time zone, no triggers, and gets its deltas when the finer one is folded.
 */
#ifndef SP_ROLLUP_H
#define SP_ROLLUP_H

#include "postgres.h"

#include "catalog/pg_attribute.h"
#include "executor/tuptable.h"
#include "fmgr.h"
#include "lib/stringinfo.h"
#include "nodes/pg_list.h"
#include "pgtime.h"
#include "utils/relcache.h"
#include "utils/tuplestore.h"

typedef enum RollupGrain
{
	GRAIN_DAY,
	GRAIN_WEEK,
	GRAIN_MONTH
} RollupGrain;

typedef enum FigureKind
{
	FIGURE_MIN,
	FIGURE_MAX,
	FIGURE_DISTINCT,
	FIGURE_QUANTILE,
	FIGURE_APPROX_DISTINCT,
	FIGURE_APPROX_QUANTILE
} FigureKind;

typedef struct RollupFigure
{
	FigureKind	kind;
	char	   *column;
	char	   *fraction;		/* of a quantile, as typed */
	bool		amount;			/* of a pulse.amount */
	char	   *hash;			/* of what a sketch counts: a function's name */
} RollupFigure;

typedef struct RollupDef
{
	int32		rollup_id;
	char	   *name;
	Oid			relid;
	char	   *time_column;
	RollupGrain grain;
	List	   *dimensions;		/* of char * */
	List	   *sums;			/* of char * */
	bool		counts;
	char	   *condition;		/* NULL: every row */
	char	   *timezone;
	Oid			readable;
	Oid			cells;
	Oid			deltas;
	List	   *figures;		/* of RollupFigure * */
	int32		finer_id;		/* 0: made from the source itself */
	bool		trimmed;		/* the source has forgotten rows */
} RollupDef;

typedef enum SumKind
{
	SUM_INT2,
	SUM_INT4,
	SUM_INT8,
	SUM_NUMERIC,
	SUM_AMOUNT
} SumKind;

typedef struct RollupSum
{
	AttrNumber	attno;
	SumKind		kind;
} RollupSum;

typedef struct RollupDimension
{
	AttrNumber	attno;
	Oid			type;
	Oid			collation;
	int16		typlen;
	bool		typbyval;
	FmgrInfo   *hash;
	FmgrInfo   *equal;
} RollupDimension;

/* a min or max that is merged */
typedef struct RollupExtreme
{
	AttrNumber	attno;
	Oid			type;			/* of its column in the deltas */
	Oid			collation;
	int16		typlen;
	bool		typbyval;
	bool		largest;
	FmgrInfo   *compare;
} RollupExtreme;

typedef struct RollupPlan
{
	RollupDef  *def;
	AttrNumber	time_attno;
	Oid			time_type;		/* date, timestamp or timestamptz */
	pg_tz	   *zone;
	int			dimension_count;
	RollupDimension *dimensions;
	int			sum_count;
	RollupSum  *sums;
	AttrNumber	amount_attno;	/* whose currency is a key; 0: none */
	int			extreme_count;	/* 0: deltas have none */
	RollupExtreme *extremes;
	Node	   *condition;
} RollupPlan;

/* ---- bind.c ---- */

/* Raises what is wrong with the definition or the columns. */
extern RollupPlan *sp_bind_rollup(RollupDef *def, Relation source);
extern Node *sp_rollup_condition(const char *text, Relation source);

/* Whether deltas are to have the figures: all are min or max of a plain type. */
extern bool sp_can_merge(RollupDef *def, Relation source);
extern bool sp_merges(RollupDef *def);	/* its table of deltas has them */
extern void sp_bind_extreme(RollupExtreme *extreme, const RollupFigure *figure, Form_pg_attribute att);

/* ---- catalog.c ---- */

extern const char *sp_grain_name(RollupGrain grain);
extern RollupGrain sp_grain(const char *name);
extern RollupDef *sp_find_rollup(const char *name); /* SP701 when unknown */
extern RollupDef *sp_find_rollup_by_id(int32 rollup_id);	/* NULL when unknown */
extern RollupDef *sp_find_rollup_read_by(Oid readable); /* NULL: no rollup's
														 * view */
extern List *sp_coarser_rollups(int32 rollup_id);	/* made from that one */

/*
 * Definitions (of RollupDef) that a trigger on this relation serves, and the
 * plan of one of them for it; good until the end of the statement.
 */
extern List *sp_rollups_of(Relation rel);
extern RollupPlan *sp_rollup_plan(RollupDef *def, Relation rel);

/* ---- triggers.c ---- */

extern Oid	sp_relation_owner(Oid relid);	/* the current user when it is
											 * gone */
extern bool sp_has_rollup_triggers(Oid relid);
extern void sp_attach_rollup_triggers(Oid relid);

/* The source and its partitions, with writers kept out. */
extern List *sp_lock_rollup_source(Oid relid);

/* Where no rollup is left, and where the caller may. */
extern void sp_detach_unused_triggers(Oid relid);

/* ---- partition.c ---- */

/* Triggers for new partitions; a gap where rows came or went with a partition. */
extern void sp_follow_partitions(RollupDef *def);
extern void sp_remember_partitions(int32 rollup_id, List *tree);

/* ---- gap.c ---- */

extern void sp_record_rollup_gap(RollupDef *def, const char *reason);

/* ---- fold.c ---- */

extern bool sp_lock_fold(int32 rollup_id, bool wait);
extern int	sp_fold(RollupDef *def, int most);
extern void sp_show_touched(RollupDef *def, Tuplestorestate *touched);	/* in an SPI scope */

/* ---- close.c ---- */

extern bool sp_has_closed_periods(RollupDef *def);
extern void sp_reopen_touched(RollupDef *def, Tuplestorestate *touched);

/* ---- fold_cells.c ---- */

/* touched, where not NULL, gets the cells that changed as rows of deltas; redo: some figure is to be computed anew. */
extern int	sp_fold_cells(RollupDef *def, int most, Tuplestorestate *touched, bool *redo);

/* ---- text.c: the SQL of a rollup ---- */

typedef enum PlainFigures
{
	PLAIN_NONE,					/* the shape of deltas */
	PLAIN_STORED,				/* of cells, with sketches */
	PLAIN_READ					/* as one reads them */
} PlainFigures;

extern void sp_rollup_plain_query(StringInfo sql, RollupPlan *plan, PlainFigures figures);
extern void sp_add_keys(StringInfo sql, RollupDef *def, bool currency, const char *prefix);
extern void sp_add_numbers(StringInfo sql, int sum_count);
extern void sp_add_period(StringInfo sql, RollupPlan *plan);
extern bool sp_has_currency(RollupDef *def);	/* its tables have that key */
extern char *sp_rollup_view_query(RollupPlan *plan, const char *cells, const char *deltas);
extern char *sp_rollup_index_columns(RollupPlan *plan);
extern char *sp_rollup_fold(RollupDef *def);
extern char *sp_qualified_name(Oid relid);

/* ---- text_check.c ---- */

extern char *sp_rollup_check(RollupPlan *plan);

/* ---- figures.c ---- */

extern RollupFigure *sp_read_figure(const char *measure);	/* NULL: none */
extern char *sp_figure_measure(const RollupFigure *figure); /* as it is typed */
extern char *sp_figure_name(const RollupFigure *figure);	/* its column in the
															 * view */

/* of values: what a cell keeps, what one reads; of what cells keep; of what was read */
extern char *sp_figure_expression(const RollupFigure *figure, const char *value);
extern char *sp_figure_read(const RollupFigure *figure, const char *value);
extern char *sp_figure_stored(const RollupFigure *figure, const char *value);
extern char *sp_figure_pick(const RollupFigure *figure, const char *value);
extern const char *sp_figure_compared(const RollupFigure *figure);	/* a cast, or "" */
extern void sp_figure_now(StringInfo sql, RollupPlan *plan, const RollupFigure *figure);
extern char *sp_refold_figures(RollupPlan *plan);
extern char *sp_upsert_figures(RollupDef *def, const char *rows, char *(*made) (const RollupFigure *figure, const char *value));

/* ---- sketch.c: approximate figures, through extensions ---- */

extern bool sp_is_sketch(const RollupFigure *figure);
extern bool sp_same_sketch(const RollupFigure *a, const RollupFigure *b);
extern void sp_bind_sketch(RollupFigure *figure, Form_pg_attribute att);
extern char *sp_sketch_of_values(const RollupFigure *figure, const char *value);
extern char *sp_sketch_of_sketches(const RollupFigure *figure, const char *sketch);
extern char *sp_read_sketches(const RollupFigure *figure, const char *sketch);
extern char *sp_read_sketched(const RollupFigure *figure, const char *value);

/* ---- coarser.c: a rollup from a finer one ---- */

extern Datum sp_create_coarser(FunctionCallInfo fcinfo, RollupDef *finer);
extern void sp_pending_query(StringInfo sql, RollupDef *def, bool figures);
extern void sp_pass_on(RollupDef *def, Tuplestorestate *touched);
extern char *sp_refold_coarser(RollupDef *def);
extern int64 sp_build_coarser(RollupDef *def);

/* ---- create.c ---- */

extern void sp_refuse_taken_name(const char *schema, const char *name);
extern void sp_make_rollup_tables(RollupPlan *plan, const char *schema, bool merges);
extern void sp_record_rollup(RollupDef *def);
extern void sp_refuse_stale_finer(RollupDef *def);
extern void sp_require_rollup_owner(RollupDef *def);
extern void sp_record_rebuilt(RollupDef *def);

/* ---- cells.c: rows of a statement folded in memory ---- */

typedef struct CellFold CellFold;

extern CellFold *sp_fold_begin(RollupPlan *plan);
extern void sp_fold_row(CellFold *fold, TupleTableSlot *row, int sign);
extern int	sp_fold_count(CellFold *fold);
extern bool sp_fold_inexact(CellFold *fold);	/* a NaN or an infinity was
												 * met */

/* Gives each cell that changed to the callback, in no order, and forgets all. */
typedef void (*CellSink) (void *context, Datum *values, bool *nulls);
extern void sp_fold_flush(CellFold *fold, CellSink sink, void *context);
extern int	sp_fold_columns(RollupPlan *plan);

#endif							/* SP_ROLLUP_H */
