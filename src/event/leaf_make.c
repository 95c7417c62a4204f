/*
 * leaf_make.c
 *	  Makes the leaves of event tables ahead of time.
 *
 * Always as the owner of the table.  A leaf is made beside the table and then
 * attached, under a lock_timeout: CREATE TABLE .. PARTITION OF would block
 * writers.  Rows that arrived before their leaf did lie in the default leaf and
 * move into it, a month at a time.  Invariant: whoever makes leaves holds SHARE UPDATE EXCLUSIVE on
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

/*
 * A table like the root, beside it.  Its indexes are made when it is attached.
 */
static Oid
create_like(Oid root, const char *label)
{
	Oid			namespace = get_rel_namespace(root);
	char	   *name = ChooseRelationName(get_rel_name(root), NULL, label, namespace, false);
	char	   *leaf = quote_qualified_identifier(get_namespace_name(namespace), name);
	Oid			relid;

	sp_spi_text(psprintf("CREATE TABLE %s (LIKE %s INCLUDING ALL EXCLUDING INDEXES) USING heap",
						 leaf, sp_relation_name(root)), SPI_OK_UTILITY);
	relid = get_relname_relid(name, namespace);
	revoke_grants(leaf, relid);
	return relid;
}

static void
make_month_leaf(Oid root, Oid default_leaf, TimestampTz month)
{
	TimestampTz next = sp_leaf_month(month, 1);
	Oid			leaf = create_like(root, month_label(month));

	if (OidIsValid(default_leaf))
		sp_move_rows(default_leaf, leaf, month, next);
	sp_spi_text(psprintf("ALTER TABLE %s ATTACH PARTITION %s FOR VALUES FROM (%s) TO (%s)",
						 sp_relation_name(root), sp_relation_name(leaf),
						 month_literal(month), month_literal(next)),
				SPI_OK_UTILITY);
}

static void
make_default_leaf(Oid root)
{
	sp_spi_text(psprintf("ALTER TABLE %s ATTACH PARTITION %s DEFAULT",
						 sp_relation_name(root), sp_relation_name(create_like(root, "default"))),
				SPI_OK_UTILITY);
}

static void
make_brin(Oid root)
{
	sp_spi_text(psprintf("CREATE INDEX ON %s USING brin (event_id, txid, at)"
						 " WITH (pages_per_range = 32, autosummarize = on)",
						 sp_relation_name(root)), SPI_OK_UTILITY);
}

/* What a table lacks. */
typedef struct MissingLeaves
{
	Oid			default_leaf;	/* the one it has */
	bool		brin;
	int			month_count;
	TimestampTz months[LEAVES_AHEAD + 2];
} MissingLeaves;

/* Unless a leaf has some of it: one that somebody made by other bounds. */
static void
want_month(MissingLeaves *missing, TimestampTz instant, const Leaf *leaves, int count)
{
	TimestampTz month = sp_leaf_month(instant, 0);
	TimestampTz next = sp_leaf_month(instant, 1);

	for (int i = 0; i < count; i++)
		if (!leaves[i].is_default && leaves[i].since < next && leaves[i].until > month)
			return;
	for (int i = 0; i < missing->month_count; i++)
		if (missing->months[i] == month)
			return;
	missing->months[missing->month_count++] = month;
}

/* The months ahead, and the first month of the rows that had no leaf. */
static void
find_missing(Relation root, TimestampTz clock, MissingLeaves *missing)
{
	Leaf	   *leaves;
	int			count = sp_leaves(root, &leaves);

	memset(missing, 0, sizeof(*missing));
	missing->brin = !OidIsValid(sp_leaf_brin(root));
	for (int i = 0; i <= LEAVES_AHEAD; i++)
		want_month(missing, sp_leaf_month(clock, i), leaves, count);
	if (count > 0 && leaves[count - 1].is_default)
	{
		TimestampTz least;

		missing->default_leaf = leaves[count - 1].relid;
		least = sp_leaf_least_recorded(missing->default_leaf);
		if (!TIMESTAMP_NOT_FINITE(least))
			want_month(missing, least, leaves, count);
	}
	pfree(leaves);
}

static bool
is_complete(const MissingLeaves *missing)
{
	return !missing->brin && missing->month_count == 0 && OidIsValid(missing->default_leaf);
}

/* As the owner, with the lock on the root held. */
static void
make_missing(Oid relid, TimestampTz clock)
{
	Relation	root = table_open(relid, NoLock);
	MissingLeaves missing;

	find_missing(root, clock, &missing);
	table_close(root, NoLock);
	if (missing.brin)
		make_brin(relid);
	for (int i = 0; i < missing.month_count; i++)
		make_month_leaf(relid, missing.default_leaf, missing.months[i]);
	if (!OidIsValid(missing.default_leaf))
		make_default_leaf(relid);
}

void
sp_make_leaves(int32 kind_id, Oid relid)
{
	Relation	root = table_open(relid, AccessShareLock);
	Oid			owner = root->rd_rel->relowner;
	TimestampTz clock = sp_clock();
	MissingLeaves missing;
	SpSpiScope	scope;

	find_missing(root, clock, &missing);
	table_close(root, NoLock);
	if (is_complete(&missing))
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
