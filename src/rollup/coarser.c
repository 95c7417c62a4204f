/*
 * coarser.c
 *	  A rollup made from a finer one: weeks and months from days, fewer dimensions.
 *
 * It has the source, condition and time zone of the finer one, and nothing of
 * its own on the source: folding the finer one passes on what it folded.  So
 * what it reads is its cells, its deltas, and whatever the finer one has not
 * folded yet.  Invariant: its cells and deltas add up to the cells of the finer
 * rollup, in every snapshot.
 */
#include "base/base.h"
#include "rollup/arguments.h"
#include "rollup/rollup.h"

#include "access/table.h"
#include "access/xact.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

static int
place_of(List *names, const char *name)
{
	ListCell   *lc;

	foreach(lc, names)
		if (strcmp(lfirst(lc), name) == 0)
		return foreach_current_index(lc) + 1;
	return 0;
}

/* Keys and numbers of the coarser rollup, from rows "f" of the finer one. */
/* The sketches f.m<i> of the finer rollup, what they make together or each as v<i>. */
static void
add_sketches(StringInfo sql, RollupDef *def, RollupDef *finer, bool grouped)
{
	int			n = 0;
	ListCell   *lc;
	ListCell   *known;

	foreach(lc, def->figures)
	{
		char	   *sketch = "NULL";

		foreach(known, finer->figures)
			if (sp_same_sketch(lfirst(lc), lfirst(known)))
			sketch = psprintf("f.m%d", foreach_current_index(known) + 1);
		if (grouped)
			appendStringInfo(sql, ", %s", sp_sketch_of_sketches(lfirst(lc), sketch));
		else
			appendStringInfo(sql, ", %s AS v%d", sketch, ++n);
	}
}

static void
add_mapped(StringInfo sql, RollupDef *def, RollupDef *finer, bool currency, bool grouped)
{
	ListCell   *lc;

	if (def->grain == finer->grain)
		appendStringInfoString(sql, "f.period");
	else
		appendStringInfo(sql, "date_trunc('%s', f.period::timestamp)::date", sp_grain_name(def->grain));
	foreach(lc, def->dimensions)
		appendStringInfo(sql, ", f.%s", quote_identifier(lfirst(lc)));
	if (currency)
		appendStringInfoString(sql, ", f.currency");
	appendStringInfoString(sql, grouped ? ", sum(f.row_count)::bigint" : ", f.row_count");
	foreach(lc, def->sums)
	{
		int			i = place_of(finer->sums, lfirst(lc));

		appendStringInfo(sql, grouped ? ", sum(f.n%d)::bigint, sum(f.s%d)" : ", f.n%d, f.s%d", i, i);
	}
}

/* "INSERT INTO table SELECT mapped FROM source AS f GROUP BY keys" */
static char *
mapped_insert(RollupDef *def, RollupDef *finer, Oid into, const char *from)
{
	bool		currency = sp_has_currency(def);
	int			keys = 1 + list_length(def->dimensions) + (currency ? 1 : 0);
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfo(&sql, "INSERT INTO %s SELECT ", sp_qualified_name(into));
	add_mapped(&sql, def, finer, currency, true);
	if (into == def->cells)
		add_sketches(&sql, def, finer, true);
	appendStringInfo(&sql, " FROM %s AS f", from);
	for (int i = 1; i <= keys; i++)
		appendStringInfo(&sql, "%s%d", i == 1 ? " GROUP BY " : ", ", i);
	return sql.data;
}

/*
 * The sketches of the cells in pulse_touched, made anew from those of the finer
 * cells of their periods; marked rows as in sp_refold_figures().
 */
char *
sp_refold_coarser(RollupDef *def)
{
	RollupDef  *finer = sp_find_rollup_by_id(def->finer_id);
	bool		currency = sp_has_currency(def);
	int			count = list_length(def->figures);
	StringInfoData keys;
	StringInfoData sql;

	initStringInfo(&keys);
	initStringInfo(&sql);
	sp_add_keys(&keys, def, currency, "f.");
	appendStringInfo(&sql, "SELECT false AS pulse_touched, p.period%s", keys.data + strlen("f.period"));
	add_sketches(&sql, def, finer, false);
	appendStringInfo(&sql, " FROM (SELECT DISTINCT d.period FROM pulse_touched AS d) AS p JOIN %s AS f"
					 " ON f.period >= p.period AND f.period <= (p.period + interval '1 %s' - interval '1 day')::date UNION ALL SELECT false, %s",
					 sp_qualified_name(finer->cells), sp_grain_name(def->grain), keys.data);
	add_sketches(&sql, def, finer, false);
	appendStringInfo(&sql, " FROM %s AS f WHERE f.period IS NULL AND EXISTS (SELECT FROM pulse_touched AS d WHERE d.period IS NULL)"
					 " UNION ALL SELECT true, %s", sp_qualified_name(finer->cells), keys.data);
	for (int i = 0; i < count; i++)
		appendStringInfoString(&sql, ", NULL");
	appendStringInfoString(&sql, " FROM pulse_touched AS f");
	return sp_upsert_figures(def, sql.data, sp_sketch_of_sketches);
}

/* What is not in the cells yet, of this rollup and of those it is made from. */
void
sp_pending_query(StringInfo sql, RollupDef *def, bool figures)
{
	RollupDef  *finer = def->finer_id == 0 ? NULL : sp_find_rollup_by_id(def->finer_id);
	bool		currency = sp_has_currency(def);

	appendStringInfoString(sql, "SELECT ");
	sp_add_keys(sql, def, currency, "d.");
	appendStringInfoString(sql, ", ");
	sp_add_numbers(sql, list_length(def->sums));
	if (figures && sp_merges(def))
	{
		for (int i = 1; i <= list_length(def->figures); i++)
			appendStringInfo(sql, ", d.m%d", i);
		appendStringInfoString(sql, ", d.pulse_redo");
	}
	appendStringInfo(sql, " FROM %s AS d", sp_qualified_name(def->deltas));
	if (finer == NULL)
		return;
	appendStringInfoString(sql, " UNION ALL SELECT ");
	add_mapped(sql, def, finer, currency, false);
	appendStringInfoString(sql, " FROM (");
	sp_pending_query(sql, finer, false);
	appendStringInfoString(sql, ") AS f");
}

/* What a fold touched becomes deltas of each coarser rollup. */
void
sp_pass_on(RollupDef *def, Tuplestorestate *touched)
{
	ListCell   *lc;

	foreach(lc, sp_coarser_rollups(def->rollup_id))
	{
		RollupDef  *coarser = lfirst(lc);
		SpSpiScope	scope;

		sp_spi_begin_as(&scope, sp_relation_owner(coarser->deltas));
		sp_show_touched(def, touched);
		sp_spi_text(mapped_insert(coarser, def, coarser->deltas, "pulse_touched"), SPI_OK_INSERT);
		sp_spi_end(&scope);
	}
}

/* From the cells of the finer rollup, whose folding waits.  Returns how many there are. */
int64
sp_build_coarser(RollupDef *def)
{
	RollupDef  *finer = sp_find_rollup_by_id(def->finer_id);
	SpSpiScope	scope;
	int64		cells;

	(void) sp_lock_fold(finer->rollup_id, true);
	(void) sp_lock_fold(def->rollup_id, true);
	sp_spi_begin_as(&scope, sp_relation_owner(def->cells));
	sp_spi_text(psprintf("DELETE FROM %s", sp_qualified_name(def->deltas)), SPI_OK_DELETE);
	sp_spi_text(psprintf("DELETE FROM %s", sp_qualified_name(def->cells)), SPI_OK_DELETE);
	sp_spi_text(mapped_insert(def, finer, def->cells, sp_qualified_name(finer->cells)), SPI_OK_INSERT);
	cells = (int64) SPI_processed;
	sp_spi_end(&scope);
	return cells;
}

/* ---- create_rollup() over a rollup ---- */

static void
refuse(const char *what, const char *detail, const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("a rollup over a rollup cannot have %s", what),
			 errdetail("%s", detail),
			 errhint("%s", hint)));
}

static bool
has_sketch(RollupDef *finer, const RollupFigure *figure)
{
	ListCell   *lc;

	foreach(lc, finer->figures)
		if (sp_same_sketch(figure, lfirst(lc)))
		return true;
	return false;
}

static void
check_shape(RollupDef *def, RollupDef *finer, bool has_condition)
{
	ListCell   *lc;

	if (strcmp(def->time_column, "period") != 0)
		refuse(psprintf("\"%s\" as its time", def->time_column), "What it is made from has periods.", "Type 'period'.");
	if (def->grain != finer->grain && finer->grain != GRAIN_DAY)
		refuse("that grain", psprintf("A %s is not made of whole %ss.", sp_grain_name(def->grain), sp_grain_name(finer->grain)),
			   "Make it from a rollup of days.");
	if (has_condition)
		refuse("a condition of its own", "Its rows are sums already.", "Make it over the table, with the condition.");
	foreach(lc, def->figures)
	{
		if (!sp_is_sketch(lfirst(lc)))
			refuse(psprintf("measure %s", sp_figure_measure(lfirst(lc))), "It does not follow from that of parts.",
				   "Make it over the table; count, sums and sketches of parts make those of the whole.");
		if (!has_sketch(finer, lfirst(lc)))
			refuse(psprintf("measure %s", sp_figure_measure(lfirst(lc))), "The finer rollup keeps no such sketch.",
				   "Create the finer rollup with that measure, too.");
	}
	foreach(lc, def->dimensions)
		if (place_of(finer->dimensions, lfirst(lc)) == 0)
		refuse(psprintf("dimension \"%s\"", (char *) lfirst(lc)), "The finer rollup does not have it.", "Name one of its dimensions.");
	foreach(lc, def->sums)
		if (place_of(finer->sums, lfirst(lc)) == 0)
		refuse(psprintf("sum(%s)", quote_identifier(lfirst(lc))), "The finer rollup does not have it.", "Name a column that the finer rollup sums.");
}

/* The caller owns the finer rollup. */
Datum
sp_create_coarser(FunctionCallInfo fcinfo, RollupDef *finer)
{
	RollupDef  *def = sp_read_rollup_shape(fcinfo);
	char	   *schema = PG_ARGISNULL(7) ? pstrdup(sp_setting("event_schema")) : text_to_cstring(PG_GETARG_TEXT_PP(7));
	Relation	source = table_open(finer->relid, AccessShareLock);
	SpSpiScope	scope;

	sp_require_rollup_owner(finer);
	check_shape(def, finer, !PG_ARGISNULL(6));
	sp_refuse_taken_name(schema, def->name);
	def->relid = finer->relid;
	def->time_column = finer->time_column;
	def->condition = finer->condition;
	def->timezone = finer->timezone;
	def->finer_id = finer->rollup_id;
	sp_refuse_stale_finer(def);
	(void) sp_lock_fold(finer->rollup_id, true);
	sp_spi_begin(&scope);
	sp_make_rollup_tables(sp_bind_rollup(def, source), schema, false);
	sp_record_rollup(def);
	sp_spi_end(&scope);
	table_close(source, NoLock);
	sp_build_coarser(sp_find_rollup(def->name));
	PG_RETURN_OID(def->readable);
}
