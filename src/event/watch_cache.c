/*
 * watch_cache.c
 *	  The backend's cache of watches, and of what they are bound to.
 *
 * Invariant: "watches" holds what pulse_internal.watch and event_kind held at
 * the change counts beside it.  A pointer handed out is good until the end of
 * the transaction.  A binding is good while the descriptors it was made for
 * are the relations' own: each is pinned, so that the same address means the
 * same descriptor.
 */
#include "base/base.h"

#include "access/genam.h"
#include "access/table.h"
#include "catalog/partition.h"
#include "catalog/pg_inherits.h"
#include "event/event.h"
#include "event/watch.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/hsearch.h"
#include "utils/inval.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/syscache.h"

enum
{
	WATCH_ATT_ID = 1,
	WATCH_ATT_RELATION,
	WATCH_ATT_KIND,
	WATCH_ATT_OPERATIONS,
	WATCH_ATT_LEVEL,
	WATCH_ATT_COLUMNS,
	WATCH_ATT_CONDITION,
	WATCH_ATT_CHANGES,
	WATCH_ATT_FAILURE,
	WATCH_ATT_AUTHOR,
	WATCH_ATT_STATE
};

typedef struct RelationWatches
{
	Oid			relid;			/* hash key */
	bool		is_partition;	/* when it was filled */
	List	   *watches;		/* of WatchDef, bound for this relation */
} RelationWatches;

typedef struct WatchCache
{
	MemoryContext context;
	List	   *all;			/* of WatchDef, not bound */
	HTAB	   *by_relation;
	uint64		changes;
	uint64		kind_changes;
} WatchCache;

static SpWatchedTable watch_table = {.table_name = "watch"};
static WatchCache *cache = NULL;
static uint64 function_changes = 0;

/* ---- reading the table ---- */

static char *
text_attribute(HeapTuple tuple, TupleDesc desc, int attno)
{
	bool		isnull;
	Datum		value = heap_getattr(tuple, attno, desc, &isnull);

	return isnull ? NULL : TextDatumGetCString(value);
}

static List *
text_array_attribute(HeapTuple tuple, TupleDesc desc, int attno)
{
	bool		isnull;
	Datum		value = heap_getattr(tuple, attno, desc, &isnull);

	return isnull ? NIL : sp_text_list(DatumGetArrayTypeP(value));
}

/* CAPTURE_ bit of an operation's name; 0 when it is none */
int
sp_operation_bit(const char *name)
{
	return strcmp(name, "insert") == 0 ? CAPTURE_INSERT :
		strcmp(name, "update") == 0 ? CAPTURE_UPDATE :
		strcmp(name, "delete") == 0 ? CAPTURE_DELETE : 0;
}

static Oid
oid_attribute(HeapTuple tuple, TupleDesc desc, int attno)
{
	bool		isnull;

	return DatumGetObjectId(heap_getattr(tuple, attno, desc, &isnull));
}

static WatchDef *
read_watch_row(HeapTuple tuple, TupleDesc desc)
{
	WatchDef   *watch = palloc0(sizeof(WatchDef));
	char	   *state = text_attribute(tuple, desc, WATCH_ATT_STATE);
	const EventKind *kind;
	ListCell   *cell;

	watch->watch_id = (int32) oid_attribute(tuple, desc, WATCH_ATT_ID);
	watch->relid = oid_attribute(tuple, desc, WATCH_ATT_RELATION);
	watch->kind_id = (int32) oid_attribute(tuple, desc, WATCH_ATT_KIND);
	foreach(cell, text_array_attribute(tuple, desc, WATCH_ATT_OPERATIONS))
		watch->operations |= sp_operation_bit(lfirst(cell));
	watch->row_level = strcmp(text_attribute(tuple, desc, WATCH_ATT_LEVEL), "row") == 0;
	watch->columns = text_attribute(tuple, desc, WATCH_ATT_COLUMNS);
	watch->condition = text_attribute(tuple, desc, WATCH_ATT_CONDITION);
	watch->changes_of = text_array_attribute(tuple, desc, WATCH_ATT_CHANGES);
	watch->raises = strcmp(text_attribute(tuple, desc, WATCH_ATT_FAILURE), "raise") == 0;
	watch->author = oid_attribute(tuple, desc, WATCH_ATT_AUTHOR);
	watch->state = strcmp(state, "ok") == 0 ? WATCH_OK :
		strcmp(state, "paused") == 0 ? WATCH_PAUSED : WATCH_BROKEN;
	kind = sp_event_kind_by_id(watch->kind_id, true);
	watch->event_relid = kind != NULL ? kind->relid : InvalidOid;
	watch->event_name = kind != NULL ? pstrdup(kind->name) : "";
	return watch;
}

static WatchCache *
new_cache(MemoryContext context)
{
	WatchCache *result = MemoryContextAllocZero(context, sizeof(WatchCache));
	HASHCTL		control = {.keysize = sizeof(Oid),.entrysize = sizeof(RelationWatches),
	.hcxt = context};

	result->context = context;
	result->by_relation = hash_create("salespulse watches by relation", 16, &control,
									  HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	return result;
}

static void
load_watches(uint64 kind_changes)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext,
												  "salespulse watches",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	WatchCache *loaded = new_cache(context);
	Relation	rel = table_open(sp_watched_relid(&watch_table), AccessShareLock);
	SysScanDesc scan;
	HeapTuple	tuple;

	loaded->changes = watch_table.changes;	/* after the lock, before the
											 * first row */
	loaded->kind_changes = kind_changes;
	scan = systable_beginscan(rel, InvalidOid, false, NULL, 0, NULL);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
		loaded->all = lappend(loaded->all, read_watch_row(tuple, RelationGetDescr(rel)));
	systable_endscan(scan);
	table_close(rel, AccessShareLock);

	/* from here nothing can fail */
	MemoryContextSwitchTo(caller);
	MemoryContextSetParent(context, CacheMemoryContext);
	if (cache != NULL)
		sp_retire_context(cache->context);
	cache = loaded;
}

static void
count_function_change(Datum arg, int cache_id, uint32 hash_value)
{
	function_changes++;
}

static WatchCache *
current_cache(void)
{
	static bool callback_set = false;
	uint64		kind_changes = sp_event_kind_changes();

	if (!callback_set)
	{
		CacheRegisterSyscacheCallback(PROCOID, count_function_change, (Datum) 0);
		callback_set = true;
	}
	if (cache == NULL || cache->changes != watch_table.changes ||
		cache->kind_changes != kind_changes)
		load_watches(kind_changes);
	return cache;
}

/* ---- looking up ---- */

static bool
stands_under(Relation rel, Oid ancestor)
{
	Oid			relid = RelationGetRelid(rel);

	if (relid == ancestor)
		return true;
	if (rel->rd_rel->relispartition)
		return list_member_oid(get_partition_ancestors(relid), ancestor);
	return has_superclass(relid) &&
		list_member_oid(find_all_inheritors(ancestor, NoLock, NULL), relid);
}

List *
sp_watches_of(Relation rel)
{
	WatchCache *current = current_cache();
	Oid			relid = RelationGetRelid(rel);
	bool		found;
	RelationWatches *entry = hash_search(current->by_relation, &relid, HASH_FIND, NULL);
	List	   *watches = NIL;
	ListCell   *cell;
	MemoryContext caller;

	if (entry != NULL && entry->is_partition == rel->rd_rel->relispartition)
		return entry->watches;
	caller = MemoryContextSwitchTo(current->context);
	foreach(cell, current->all)
	{
		WatchDef   *watch = lfirst(cell);

		if (stands_under(rel, watch->relid))
		{
			WatchDef   *bound = palloc(sizeof(WatchDef));

			*bound = *watch;
			watches = lappend(watches, bound);
		}
	}
	entry = hash_search(current->by_relation, &relid, HASH_ENTER, &found);
	entry->is_partition = rel->rd_rel->relispartition;
	entry->watches = watches;
	MemoryContextSwitchTo(caller);
	return watches;
}

/* All watches of exactly this relation, on whatever events. */
List *
sp_watches_on(Oid relid)
{
	List	   *result = NIL;
	ListCell   *cell;

	foreach(cell, current_cache()->all)
		if (((WatchDef *) lfirst(cell))->relid == relid)
		result = lappend(result, lfirst(cell));
	return result;
}

WatchDef *
sp_find_watch(Oid relid, const char *event_name)
{
	ListCell   *cell;

	foreach(cell, sp_watches_on(relid))
		if (strcmp(((WatchDef *) lfirst(cell))->event_name, event_name) == 0)
		return lfirst(cell);
	return NULL;
}

/* ---- binding ---- */

typedef struct BoundPlan
{
	MemoryContext context;
	WatchBinding *binding;
	TupleDesc	source_desc;
	TupleDesc	event_desc;
	uint64		function_changes;
} BoundPlan;

static void
unpin(TupleDesc desc)
{
	if (desc != NULL && --desc->tdrefcount == 0)
		FreeTupleDesc(desc);
}

static void
unpin_plan(void *arg)
{
	BoundPlan  *plan = arg;

	unpin(plan->source_desc);
	unpin(plan->event_desc);
}

/* Not through the resource owner: the pin lasts as long as the plan. */
static TupleDesc
pin(Relation rel)
{
	TupleDesc	desc = RelationGetDescr(rel);

	desc->tdrefcount++;
	return desc;
}

static BoundPlan *
bind_plan(WatchDef *watch, Relation source, Relation event)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext,
												  "salespulse watch binding",
												  ALLOCSET_SMALL_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	BoundPlan  *plan = palloc0(sizeof(BoundPlan));
	MemoryContextCallback *callback = palloc0(sizeof(MemoryContextCallback));

	plan->context = context;
	plan->function_changes = function_changes;
	plan->binding = sp_bind_watch(source, event, watch->columns, watch->condition,
								  watch->changes_of);
	sp_plan_binding(plan->binding);
	plan->source_desc = pin(source);
	plan->event_desc = pin(event);
	callback->func = unpin_plan;
	callback->arg = plan;
	MemoryContextRegisterResetCallback(context, callback);
	MemoryContextSwitchTo(caller);
	return plan;
}

/*
 * NULL: not bound yet, or no longer good.  Looks at nothing but addresses, so
 * that a statement pays next to nothing for it.
 */
WatchBinding *
sp_known_binding(WatchDef *watch, Relation source, Relation event)
{
	BoundPlan  *plan = watch->plan;

	if (plan == NULL || plan->source_desc != RelationGetDescr(source) ||
		plan->event_desc != RelationGetDescr(event) ||
		plan->function_changes != function_changes)
		return NULL;
	return plan->binding;
}

/* Binds along the search_path in force; raises what is wrong with the watch. */
WatchBinding *
sp_watch_binding(WatchDef *watch, Relation source, Relation event)
{
	BoundPlan  *plan = bind_plan(watch, source, event);

	MemoryContextSetParent(plan->context, GetMemoryChunkContext(watch));
	if (watch->plan != NULL)
		sp_retire_context(watch->plan->context);
	watch->plan = plan;
	return plan->binding;
}
