/*
 * leaf_make.c
 *	  Makes the leaves of event tables ahead of time.
 *
 * Always as the owner of the table.  A leaf is made beside the table and then
 * attached, under a lock_timeout: CREATE TABLE .. PARTITION OF would block
 * writers.  Rows that arrived before their leaf did lie in the default leaf and
 * move into it.  Invariant: whoever makes leaves holds SHARE UPDATE EXCLUSIVE on
 * the table, so two of them never make the same one.
 */
#include "base/base.h"

#include "access/table.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "commands/defrem.h"
#include "event/event.h"
#include "event/leaf.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "storage/bufmgr.h"
#include "storage/lmgr.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

#define LEAVES_AHEAD	2

/* "2026_03", and the bound as a literal that no session setting changes */
static char *
month_label(TimestampTz month)
{
	struct pg_tm tm;
	fsec_t		fraction;

	(void) timestamp2tm(month, NULL, &tm, &fraction, NULL, NULL);
	return psprintf("%04d_%02d", tm.tm_year, tm.tm_mon);
}

static char *
month_literal(TimestampTz month)
{
	struct pg_tm tm;
	fsec_t		fraction;

	(void) timestamp2tm(month, NULL, &tm, &fraction, NULL, NULL);
	return psprintf("'%04d-%02d-01 00:00:00+00'", tm.tm_year, tm.tm_mon);
}

static char *
qualified_name(Oid relid)
{
	return quote_qualified_identifier(get_namespace_name(get_rel_namespace(relid)),
									  get_rel_name(relid));
}

/* Whatever default privileges say: a leaf grants nothing to others. */
static void
revoke_grants(const char *leaf, Oid relid)
{
	Oid			types[] = {OIDOID};
	Datum		values[] = {ObjectIdGetDatum(relid)};
	SPITupleTable *grants;
	uint64		count;

	if (SPI_execute_with_args(
							  "SELECT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END"
							  " FROM pg_class AS c, aclexplode(c.relacl) AS a"
							  " WHERE c.oid = $1 AND a.grantee <> c.relowner GROUP BY 1",
							  1, types, values, NULL, false, 0) != SPI_OK_SELECT)
		elog(ERROR, "grants of \"%s\" could not be read", leaf);
	grants = SPI_tuptable;
	count = SPI_processed;
	for (uint64 i = 0; i < count; i++)
		sp_spi_text(psprintf("REVOKE ALL ON TABLE %s FROM %s CASCADE", leaf,
							 SPI_getvalue(grants->vals[i], grants->tupdesc, 1)),
					SPI_OK_UTILITY);
}

/* A table like the root, beside it; its name in full. */
static char *
create_like(Oid root, const char *label)
{
	Oid			namespace = get_rel_namespace(root);
	char	   *name = ChooseRelationName(get_rel_name(root), NULL, label, namespace, false);
	char	   *leaf = quote_qualified_identifier(get_namespace_name(namespace), name);

	sp_spi_text(psprintf("CREATE TABLE %s (LIKE %s INCLUDING ALL) USING heap",
						 leaf, qualified_name(root)), SPI_OK_UTILITY);
	revoke_grants(leaf, get_relname_relid(name, namespace));
	return leaf;
}

static bool
has_rows(Oid relid)
{
	Relation	rel = table_open(relid, AccessShareLock);
	bool		result = RelationGetNumberOfBlocks(rel) > 0;

	table_close(rel, AccessShareLock);
	return result;
}

/* Their ids and transactions stay, so no reader sees a row twice or never. */
static void
move_rows(Oid from, const char *leaf, TimestampTz since, TimestampTz until)
{
	LockRelationOid(from, AccessExclusiveLock);
	sp_spi_text(psprintf("WITH moved AS (DELETE FROM %s WHERE recorded >= %s AND recorded < %s RETURNING *)"
						 " INSERT INTO %s SELECT * FROM moved",
						 qualified_name(from), month_literal(since), month_literal(until), leaf),
				SPI_OK_INSERT);
}

static void
make_month_leaf(Oid root, Oid default_leaf, TimestampTz month)
{
	TimestampTz next = sp_leaf_month(month, 1);
	char	   *leaf = create_like(root, month_label(month));

	if (OidIsValid(default_leaf) && has_rows(default_leaf))
		move_rows(default_leaf, leaf, month, next);
	sp_spi_text(psprintf("ALTER TABLE %s ATTACH PARTITION %s FOR VALUES FROM (%s) TO (%s)",
						 qualified_name(root), leaf, month_literal(month), month_literal(next)),
				SPI_OK_UTILITY);
}

static void
make_default_leaf(Oid root)
{
	sp_spi_text(psprintf("ALTER TABLE %s ATTACH PARTITION %s DEFAULT",
						 qualified_name(root), create_like(root, "default")), SPI_OK_UTILITY);
}

static void
make_brin(Oid root)
{
	sp_spi_text(psprintf("CREATE INDEX ON %s USING brin (event_id, txid, at)"
						 " WITH (pages_per_range = 32, autosummarize = on)",
						 qualified_name(root)), SPI_OK_UTILITY);
}

/* What is missing, as bits: LEAVES_AHEAD + 1 months, the default leaf, the index. */
#define MISSING_DEFAULT		(1 << (LEAVES_AHEAD + 1))
#define MISSING_BRIN		(1 << (LEAVES_AHEAD + 2))

static int
find_missing(Relation root, TimestampTz clock, Oid *default_leaf)
{
	Leaf	   *leaves;
	int			count = sp_leaves(root, &leaves);
	int			missing = MISSING_DEFAULT;

	*default_leaf = InvalidOid;
	if (!OidIsValid(sp_leaf_brin(root)))
		missing |= MISSING_BRIN;
	if (count > 0 && leaves[count - 1].is_default)
	{
		*default_leaf = leaves[count - 1].relid;
		missing &= ~MISSING_DEFAULT;
	}
	for (int i = 0; i <= LEAVES_AHEAD; i++)
	{
		TimestampTz month = sp_leaf_month(clock, i);
		TimestampTz next = sp_leaf_month(clock, i + 1);
		bool		covered = false;

		for (int j = 0; j < count && !covered; j++)
			covered = !leaves[j].is_default &&
				leaves[j].since < next && leaves[j].until > month;
		if (!covered)
			missing |= 1 << i;
	}
	pfree(leaves);
	return missing;
}

/* As the owner, with the lock on the root held. */
static void
make_missing(Oid relid, TimestampTz clock)
{
	Relation	root = table_open(relid, NoLock);
	Oid			default_leaf;
	int			missing = find_missing(root, clock, &default_leaf);

	table_close(root, NoLock);
	if (missing & MISSING_BRIN)
		make_brin(relid);
	for (int i = 0; i <= LEAVES_AHEAD; i++)
		if (missing & (1 << i))
			make_month_leaf(relid, default_leaf, sp_leaf_month(clock, i));
	if (missing & MISSING_DEFAULT)
		make_default_leaf(relid);
}

void
sp_make_leaves(int32 kind_id, Oid relid)
{
	Relation	root = table_open(relid, AccessShareLock);
	TimestampTz clock = sp_clock();
	Oid			default_leaf;
	int			missing = find_missing(root, clock, &default_leaf);
	Oid			owner = root->rd_rel->relowner;
	SpSpiScope	scope;

	table_close(root, NoLock);
	if (missing == 0)
		return;
	sp_leaf_work_begin(&scope, owner);
	LockRelationOid(relid, ShareUpdateExclusiveLock);
	make_missing(relid, clock);
	sp_spi_end(&scope);
}

PG_FUNCTION_INFO_V1(sp_make_leaves_of);

Datum
sp_make_leaves_of(PG_FUNCTION_ARGS)
{
	sp_make_leaves(PG_GETARG_INT32(0), PG_GETARG_OID(1));
	PG_RETURN_VOID();
}
