/*
 * sketch.c
 *	  Approximate figures: distinct values and quantiles as sketches of the
 *	  extensions hll and tdigest, where they are installed.
 *
 * A cell keeps a sketch of its values.  Sketches of finer cells make that of a
 * coarser one without a look at the source; nothing can be taken out of one, so
 * a cell that was touched gets a new one, like every figure.  What equal values
 * hash to is what their type says, so that 1.0 and 1.00 are one value.
 */
#include "base/base.h"
#include "rollup/rollup.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/indexing.h"
#include "catalog/pg_extension.h"
#include "commands/extension.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

/* centroids at most: errors of ranks are well below a hundredth */
#define DIGEST_SIZE	"200"

bool
sp_is_sketch(const RollupFigure *figure)
{
	return figure->kind == FIGURE_APPROX_DISTINCT || figure->kind == FIGURE_APPROX_QUANTILE;
}

/* One digest answers for every fraction. */
bool
sp_same_sketch(const RollupFigure *a, const RollupFigure *b)
{
	return sp_is_sketch(a) && a->kind == b->kind && strcmp(a->column, b->column) == 0;
}

static const char *
extension_name(const RollupFigure *figure)
{
	return figure->kind == FIGURE_APPROX_DISTINCT ? "hll" : "tdigest";
}

static Oid
schema_of_extension(Oid extension)
{
	Relation	rel = table_open(ExtensionRelationId, AccessShareLock);
	Oid			schema = InvalidOid;
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;

	ScanKeyInit(&key, Anum_pg_extension_oid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(extension));
	scan = systable_beginscan(rel, ExtensionOidIndexId, true, NULL, 1, &key);
	if (HeapTupleIsValid(tuple = systable_getnext(scan)))
		schema = ((Form_pg_extension) GETSTRUCT(tuple))->extnamespace;
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return schema;
}

/* "schema.function" of the extension */
static char *
member(const RollupFigure *figure, const char *function)
{
	const char *name = extension_name(figure);
	Oid			extension = get_extension_oid(name, true);

	if (!OidIsValid(extension))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("measure %s needs extension %s", sp_figure_measure(figure), name),
				 errdetail("Its cells keep sketches of that extension, which is not installed in this database."),
				 errhint("Type CREATE EXTENSION %s; Debian has it in package postgresql-15-%s. Measure %s is exact and needs none.",
						 name, name, sp_figure_measure(figure) + strlen("approx_"))));
	return quote_qualified_identifier(get_namespace_name(schema_of_extension(extension)), function);
}

static char *
extended_hash(Form_pg_attribute att)
{
	TypeCacheEntry *type = lookup_type_cache(att->atttypid, TYPECACHE_HASH_EXTENDED_PROC);
	const char *column = NameStr(att->attname);

	if (!OidIsValid(type->hash_extended_proc))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("values of column \"%s\" cannot be counted approximately", column),
				 errdetail("Type %s has no hash function of 64 bits.", format_type_be(att->atttypid)),
				 errhint("Use distinct(%s), or a generated column of another type.", quote_identifier(column))));
	return quote_qualified_identifier(get_namespace_name(get_func_namespace(type->hash_extended_proc)),
									  get_func_name(type->hash_extended_proc));
}

/* Refused without its extension. */
void
sp_bind_sketch(RollupFigure *figure, Form_pg_attribute att)
{
	(void) member(figure, "");
	if (figure->kind == FIGURE_APPROX_DISTINCT)
		figure->hash = extended_hash(att);
}

char *
sp_sketch_of_values(const RollupFigure *figure, const char *value)
{
	if (figure->kind == FIGURE_APPROX_QUANTILE)
		return psprintf("%s((%s)::float8, " DIGEST_SIZE ")", member(figure, "tdigest"), value);
	return psprintf("%s(%s(%s(%s, 0)))", member(figure, "hll_add_agg"), member(figure, "hll_hash_bigint"), figure->hash, value);
}

char *
sp_sketch_of_sketches(const RollupFigure *figure, const char *sketch)
{
	return psprintf("%s(%s)", member(figure, figure->kind == FIGURE_APPROX_QUANTILE ? "tdigest" : "hll_union_agg"), sketch);
}

/* How many there are: a whole number, 0 of none. */
static char *
counted(const RollupFigure *figure, const char *sketch)
{
	return psprintf("coalesce(round(%s(%s)), 0)::bigint", member(figure, "hll_cardinality"), sketch);
}

char *
sp_read_sketches(const RollupFigure *figure, const char *sketch)
{
	if (figure->kind == FIGURE_APPROX_QUANTILE)
		return psprintf("%s(%s, %s)", member(figure, "tdigest_percentile"), sketch, figure->fraction);
	return counted(figure, sp_sketch_of_sketches(figure, sketch));
}

char *
sp_read_sketched(const RollupFigure *figure, const char *value)
{
	if (figure->kind == FIGURE_APPROX_QUANTILE)
		return psprintf("%s((%s)::float8, " DIGEST_SIZE ", %s)", member(figure, "tdigest_percentile"), value, figure->fraction);
	return counted(figure, sp_sketch_of_values(figure, value));
}
