/*
 * kind.c
 *	  The backend's cache of event kinds.
 *
 * Invariant: "kinds" holds what pulse_internal.event_kind held at
 * "kinds_changes".  A pointer handed out is good until the end of the
 * transaction: a cache that was replaced is freed with it.
 */
#include "base/base.h"

#include "access/genam.h"
#include "access/table.h"
#include "event/event.h"
#include "event/watch.h"
#include "utils/builtins.h"
#include "utils/inval.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#define KIND_ATT_ID			1
#define KIND_ATT_NAME		2
#define KIND_ATT_RELATION	3

static SpWatchedTable kind_table = {.table_name = "event_kind"};
static MemoryContext kinds_context = NULL;
static List *kinds = NIL;
static uint64 kinds_changes;

static EventKind *
read_kind_row(HeapTuple tuple, TupleDesc desc)
{
	EventKind  *kind = palloc0(sizeof(EventKind));
	bool		isnull;

	kind->kind_id = DatumGetInt32(heap_getattr(tuple, KIND_ATT_ID, desc, &isnull));
	kind->relid = DatumGetObjectId(heap_getattr(tuple, KIND_ATT_RELATION, desc, &isnull));
	text_to_cstring_buffer(DatumGetTextPP(heap_getattr(tuple, KIND_ATT_NAME, desc, &isnull)),
						   kind->name, NAMEDATALEN);
	return kind;
}

/* A replaced cache may still be in use further up the stack. */
void
sp_retire_context(MemoryContext context)
{
	if (context != NULL)
		MemoryContextSetParent(context, TopTransactionContext);
}

static void
load_kinds(void)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext,
												  "salespulse event kinds",
												  ALLOCSET_SMALL_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	Relation	rel = table_open(sp_watched_relid(&kind_table), AccessShareLock);
	uint64		changes = kind_table.changes;	/* after the lock, before the
												 * first row */
	SysScanDesc scan = systable_beginscan(rel, InvalidOid, false, NULL, 0, NULL);
	List	   *loaded = NIL;
	HeapTuple	tuple;

	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
		loaded = lappend(loaded, read_kind_row(tuple, RelationGetDescr(rel)));
	systable_endscan(scan);
	table_close(rel, AccessShareLock);

	/* from here nothing can fail */
	MemoryContextSwitchTo(caller);
	MemoryContextSetParent(context, CacheMemoryContext);
	sp_retire_context(kinds_context);
	kinds_context = context;
	kinds = loaded;
	kinds_changes = changes;
}

static List *
current_kinds(void)
{
	AcceptInvalidationMessages();
	if (kinds_context == NULL || kinds_changes != kind_table.changes)
		load_kinds();
	return kinds;
}

/* All kinds, of EventKind; good until the end of the transaction. */
List *
sp_event_kinds(void)
{
	return current_kinds();
}

/* Goes up whenever a kind may have changed: for caches built on kinds. */
uint64
sp_event_kind_changes(void)
{
	(void) current_kinds();
	return kinds_changes;
}

static void
unknown_kind(const char *name)
{
	ereport(ERROR,
			(errcode(ERRCODE_SP_UNKNOWN_EVENT),
			 errmsg("unknown event \"%s\"", name),
			 errdetail("There is no event kind of that name."),
			 errhint("See SELECT name FROM pulse.events, or make it with pulse.create_event(name, columns).")));
}

const EventKind *
sp_event_kind_by_name(const char *name, bool missing_ok)
{
	ListCell   *cell;

	foreach(cell, current_kinds())
	{
		EventKind  *kind = lfirst(cell);

		if (strcmp(kind->name, name) == 0)
			return kind;
	}
	if (!missing_ok)
		unknown_kind(name);
	return NULL;
}

const EventKind *
sp_event_kind_by_id(int32 kind_id, bool missing_ok)
{
	ListCell   *cell;

	foreach(cell, current_kinds())
	{
		EventKind  *kind = lfirst(cell);

		if (kind->kind_id == kind_id)
			return kind;
	}
	if (!missing_ok)
		unknown_kind(psprintf("%d", kind_id));
	return NULL;
}

/* The kind whose table, or a leaf of it, this is; NULL when it is none. */
const EventKind *
sp_event_kind_by_relid(Oid relid)
{
	ListCell   *cell;

	foreach(cell, current_kinds())
	{
		EventKind  *kind = lfirst(cell);

		if (kind->relid == relid)
			return kind;
	}
	return NULL;
}
