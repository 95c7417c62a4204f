/*
 * catalog.c
 *	  What is known of rollups in this backend.
 *
 * Invariant: the definitions are those of pulse_internal.rollup when
 * "known_changes" was counted; a plan fits the columns its relation had when it
 * was bound, which is compared at each use.  What a reload replaces lives on
 * until the end of the transaction, since a statement may be working with it.
 */
#include "base/base.h"
#include "rollup/rollup.h"

#include "access/genam.h"
#include "access/table.h"
#include "catalog/partition.h"
#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/hsearch.h"
#include "utils/inval.h"
#include "utils/memutils.h"
#include "utils/rel.h"

typedef struct PlanKey
{
	int32		rollup_id;
	Oid			relid;
} PlanKey;

typedef struct BoundRollup
{
	PlanKey		key;
	TupleDesc	desc;
	RollupPlan *plan;
} BoundRollup;

static const char *const grain_names[] = {"day", "week", "month"};

static SpWatchedTable rollup_table = {.table_name = "rollup"};
static MemoryContext known_context = NULL;
static uint64 known_changes;
static List *known_rollups = NIL;
static HTAB *bound_rollups = NULL;

const char *
sp_grain_name(RollupGrain grain)
{
	return grain_names[grain];
}

RollupGrain
sp_grain(const char *name)
{
	for (int i = 0; i < lengthof(grain_names); i++)
		if (strcmp(grain_names[i], name) == 0)
			return (RollupGrain) i;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("unknown grain \"%s\"", name),
			 errdetail("A period is a day, a week that begins on Monday, or a month."),
			 errhint("Type 'day', 'week' or 'month'.")));
	return GRAIN_DAY;
}

static List *
read_names(Datum array)
{
	Datum	   *names;
	int			count;
	List	   *list = NIL;

	deconstruct_array(DatumGetArrayTypeP(array), TEXTOID, -1, false, TYPALIGN_INT,
					  &names, NULL, &count);
	for (int i = 0; i < count; i++)
		list = lappend(list, TextDatumGetCString(names[i]));
	return list;
}

/* columns in the order of schema.sql */
static RollupDef *
read_definition(HeapTuple tuple, TupleDesc desc)
{
	RollupDef  *def = palloc0(sizeof(RollupDef));
	Datum		values[19];
	bool		nulls[19];
	ListCell   *lc;

	for (int i = 0; i < lengthof(values); i++)
		values[i] = heap_getattr(tuple, i + 1, desc, &nulls[i]);
	def->rollup_id = DatumGetInt32(values[0]);
	def->name = TextDatumGetCString(values[1]);
	def->relid = DatumGetObjectId(values[2]);
	def->time_column = TextDatumGetCString(values[3]);
	def->grain = sp_grain(TextDatumGetCString(values[4]));
	def->dimensions = read_names(values[5]);
	def->sums = read_names(values[6]);
	def->counts = DatumGetBool(values[7]);
	def->condition = nulls[8] ? NULL : TextDatumGetCString(values[8]);
	def->timezone = TextDatumGetCString(values[9]);
	def->readable = DatumGetObjectId(values[10]);
	def->cells = DatumGetObjectId(values[11]);
	def->deltas = DatumGetObjectId(values[12]);
	foreach(lc, read_names(values[16]))
		def->figures = lappend(def->figures, sp_read_figure(lfirst(lc)));
	def->finer_id = nulls[17] ? 0 : DatumGetInt32(values[17]);
	def->trimmed = !nulls[18];
	return def;
}

static HTAB *
make_plan_table(MemoryContext context)
{
	HASHCTL		control = {0};

	control.keysize = sizeof(PlanKey);
	control.entrysize = sizeof(BoundRollup);
	control.hcxt = context;
	return hash_create("salespulse rollup plans", 16, &control,
					   HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
}

static void
load_rollups(void)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "salespulse rollups",
												  ALLOCSET_SMALL_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	Relation	rel = table_open(sp_watched_relid(&rollup_table), AccessShareLock);
	uint64		changes = rollup_table.changes; /* after the lock, before the
												 * first row */
	SysScanDesc scan = systable_beginscan(rel, InvalidOid, false, NULL, 0, NULL);
	HTAB	   *plans = make_plan_table(context);
	List	   *rollups = NIL;
	HeapTuple	tuple;

	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
		rollups = lappend(rollups, read_definition(tuple, RelationGetDescr(rel)));
	systable_endscan(scan);
	table_close(rel, AccessShareLock);

	/* from here nothing can fail */
	MemoryContextSwitchTo(caller);
	MemoryContextSetParent(context, CacheMemoryContext);
	if (known_context != NULL)
		MemoryContextSetParent(known_context, TopTransactionContext);
	known_context = context;
	known_rollups = rollups;
	bound_rollups = plans;
	known_changes = changes;
}

static List *
current_rollups(void)
{
	AcceptInvalidationMessages();
	if (known_context == NULL || known_changes != rollup_table.changes)
		load_rollups();
	return known_rollups;
}

RollupDef *
sp_find_rollup_by_id(int32 rollup_id)
{
	ListCell   *lc;

	foreach(lc, current_rollups())
	{
		RollupDef  *def = lfirst(lc);

		if (def->rollup_id == rollup_id)
			return def;
	}
	return NULL;
}

RollupDef *
sp_find_rollup_read_by(Oid readable)
{
	ListCell   *lc;

	foreach(lc, current_rollups())
	{
		RollupDef  *def = lfirst(lc);

		if (def->readable == readable)
			return def;
	}
	return NULL;
}

List *
sp_coarser_rollups(int32 rollup_id)
{
	List	   *found = NIL;
	ListCell   *lc;

	foreach(lc, current_rollups())
	{
		RollupDef  *def = lfirst(lc);

		if (def->finer_id == rollup_id)
			found = lappend(found, def);
	}
	return found;
}

RollupDef *
sp_find_rollup(const char *name)
{
	ListCell   *lc;

	foreach(lc, current_rollups())
	{
		RollupDef  *def = lfirst(lc);

		if (strcmp(def->name, name) == 0)
			return def;
	}
	ereport(ERROR,
			(errcode(ERRCODE_SP_UNKNOWN_ROLLUP),
			 errmsg("unknown rollup \"%s\"", name),
			 errdetail("No rollup has that name."),
			 errhint("Look at SELECT name FROM pulse.rollups.")));
	return NULL;
}

List *
sp_rollups_of(Relation rel)
{
	Oid			relid = RelationGetRelid(rel);
	List	   *known = current_rollups();
	List	   *ancestors = NIL;
	List	   *found = NIL;
	ListCell   *lc;

	if (known == NIL)
		return NIL;
	if (rel->rd_rel->relispartition)
		ancestors = get_partition_ancestors(relid);
	foreach(lc, known)
	{
		RollupDef  *def = lfirst(lc);

		if (def->finer_id == 0 && (def->relid == relid || list_member_oid(ancestors, def->relid)))
			found = lappend(found, def);
	}
	return found;
}

RollupPlan *
sp_rollup_plan(RollupDef *def, Relation rel)
{
	PlanKey		key = {def->rollup_id, RelationGetRelid(rel)};
	BoundRollup *bound = hash_search(bound_rollups, &key, HASH_FIND, NULL);
	MemoryContext context;
	MemoryContext caller;
	TupleDesc	desc;
	RollupPlan *plan;

	if (bound != NULL && bound->plan->def == def &&
		equalTupleDescs(bound->desc, RelationGetDescr(rel)))
		return bound->plan;
	context = AllocSetContextCreate(CurrentMemoryContext, "salespulse rollup plan",
									ALLOCSET_SMALL_SIZES);
	caller = MemoryContextSwitchTo(context);
	desc = CreateTupleDescCopy(RelationGetDescr(rel));
	plan = sp_bind_rollup(def, rel);
	MemoryContextSwitchTo(caller);
	bound = hash_search(bound_rollups, &key, HASH_ENTER, NULL);
	bound->desc = desc;
	bound->plan = plan;
	MemoryContextSetParent(context, known_context);
	return plan;
}
