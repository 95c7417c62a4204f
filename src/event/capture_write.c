/*
 * capture_write.c
 *	  Writes event rows in bulk, without asking for rights.
 *
 * Rows gather in slots, are formed at once (nothing refers to the source's
 * memory afterwards) and go into the leaf of their arrival the way COPY writes:
 * generated columns, constraints, many rows at a time, indexes.  What this
 * cannot do goes through an INSERT instead (see capture_route.c): triggers and
 * foreign keys on the event table, defaults that must be computed.  The
 * extension's own statement triggers are fired (see capture_fire.c).
 *
 * What the owner of the event table has put there (constraints, generated
 * columns, expressions of indexes) runs as that owner, in a restricted context.
 *
 * Invariant: slots[0 .. count) are complete rows in the leaf's layout (the
 * root's when routed), not written yet.
 */
#include "base/base.h"

#include "access/heapam.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/tupconvert.h"
#include "access/xact.h"
#include "event/event.h"
#include "event/watch.h"
#include "executor/executor.h"
#include "executor/nodeModifyTable.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "rewrite/rewriteHandler.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

#define WRITER_MAX_BYTES	(1024 * 1024)
#define WRITER_BULK_ROWS	1000	/* from here on a ring of buffers pays */

struct EventWriter
{
	MemoryContext context;
	Relation	root;
	Relation	leaf;
	Bitmapset  *targets;		/* root columns the source gives */
	TupleConversionMap *to_leaf;	/* NULL: the layouts agree */
	TupleTableSlot *staging;	/* a row of the root, while they do not */
	EState	   *estate;
	ResultRelInfo *target;
	BulkInsertState bulk;
	EventStamp	stamp;
	bool		routed;
	bool		checks;
	bool		may_fail;
	bool		summaries_only; /* no index but the one BRIN, and many rows */
	StatementFire *fire;		/* NULL: no triggers to fire */

	Datum	   *template_values;	/* what a row has before it is filled */
	bool	   *template_nulls;
	int64		ids[SP_WRITER_MAX_ROWS];
	int			id_count;
	int			ids_used;

	TupleTableSlot *slots[SP_WRITER_MAX_ROWS];
	int			slots_made;
	int			count;
	Size		bytes;
};

typedef struct SavedUser
{
	Oid			user;
	int			security;
} SavedUser;

/* ---- what kind of table it is ---- */

/*
 * Fills the template; true when a column that the source does not give has a
 * default that must be computed for each row.
 */
static bool
prepare_template(EventWriter *writer)
{
	TupleDesc	desc = RelationGetDescr(writer->root);
	bool		computed = false;

	writer->template_values = palloc0(sizeof(Datum) * desc->natts);
	writer->template_nulls = palloc(sizeof(bool) * desc->natts);
	memset(writer->template_nulls, true, desc->natts);
	for (int attno = EVENT_HEADER_ATTS + 1; attno <= desc->natts; attno++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, attno - 1);
		Node	   *value;

		if (att->attisdropped || att->attgenerated || bms_is_member(attno, writer->targets) ||
			(!att->atthasdef && !att->attidentity))
			continue;
		value = build_column_default(writer->root, attno);
		if (value != NULL)
			value = (Node *) expression_planner((Expr *) value);
		if (value == NULL)
			continue;
		if (IsA(value, Const))
		{
			writer->template_values[attno - 1] = ((Const *) value)->constvalue;
			writer->template_nulls[attno - 1] = ((Const *) value)->constisnull;
		}
		else
			computed = true;
	}
	return computed;
}

static void
stamp_template(EventWriter *writer)
{
	Datum	   *row = writer->template_values;

	row[EVENT_ATT_AT - 1] = TimestampTzGetDatum(writer->stamp.recorded);
	row[EVENT_ATT_RECORDED - 1] = TimestampTzGetDatum(writer->stamp.recorded);
	row[EVENT_ATT_TXID - 1] = Int64GetDatum(writer->stamp.txid);
	memset(writer->template_nulls, false, EVENT_HEADER_ATTS);
}

/* Constraints that a row from outside can violate: all but the header's own. */
static bool
has_checks(Relation leaf)
{
	TupleDesc	desc = RelationGetDescr(leaf);

	if (desc->constr == NULL)
		return false;
	if (desc->constr->num_check > 0 || desc->constr->has_generated_stored)
		return true;
	for (int i = EVENT_HEADER_ATTS; i < desc->natts; i++)
		if (TupleDescAttr(desc, i)->attnotnull)
			return true;
	return false;
}

/* ---- opening and closing ---- */

/*
 * The leaf of the writer's arrival, locked.  It may change until the lock is
 * there: a leaf attached meanwhile takes its month from the default one.  NULL
 * when a user has taken both away.
 */
static Relation
open_leaf(EventWriter *writer)
{
	Oid			root = RelationGetRelid(writer->root);
	Oid			relid = sp_leaf_for(root, writer->stamp.recorded);

	while (OidIsValid(relid))
	{
		Relation	leaf = table_open(relid, RowExclusiveLock);
		Oid			again = sp_leaf_for(root, writer->stamp.recorded);

		if (again == relid)
			return leaf;
		table_close(leaf, RowExclusiveLock);
		relid = again;
	}
	return NULL;
}

static ResultRelInfo *
open_target(EventWriter *writer)
{
	ResultRelInfo *target = makeNode(ResultRelInfo);

	InitResultRelInfo(target, writer->leaf, 0, NULL, 0);
	ExecOpenIndices(target, false);
	return target;
}

static bool
has_refusing_index(EventWriter *writer)
{
	for (int i = 0; i < writer->target->ri_NumIndices; i++)
		if (sp_index_may_refuse(writer->leaf, writer->target->ri_IndexRelationDescs[i],
								writer->target->ri_IndexRelationInfo[i]))
			return true;
	return false;
}

static void
open_direct(EventWriter *writer, int64 expected_rows)
{
	writer->to_leaf = convert_tuples_by_name(RelationGetDescr(writer->root),
											 RelationGetDescr(writer->leaf));
	if (writer->to_leaf != NULL)
		writer->staging = MakeSingleTupleTableSlot(RelationGetDescr(writer->root),
												   &TTSOpsVirtual);
	writer->checks = has_checks(writer->leaf);
	writer->target = open_target(writer);
	writer->may_fail = has_refusing_index(writer);
	if (writer->may_fail)
	{
		/* each attempt opens them anew, see try_rows() */
		ExecCloseIndices(writer->target);
		writer->target->ri_NumIndices = 0;
	}
	else if (expected_rows >= WRITER_BULK_ROWS)
	{
		writer->bulk = GetBulkInsertState();
		writer->summaries_only = sp_has_summaries_only(writer->target);
	}
}

/*
 * For rows whose source gives the root's columns "targets".  The caller has
 * locked the root.  Takes the writer's lock of the transaction.  NULL: there is
 * no leaf to write to.
 */
EventWriter *
sp_writer_open(Relation event, Bitmapset *targets, int64 expected_rows)
{
	EventWriter *writer = palloc0(sizeof(EventWriter));

	writer->context = CurrentMemoryContext;
	writer->root = event;
	writer->targets = targets;
	writer->estate = CreateExecutorState();
	sp_event_begin_write(&writer->stamp);
	writer->routed = prepare_template(writer) || sp_needs_insert(event);
	stamp_template(writer);
	if (!writer->routed)
	{
		writer->leaf = open_leaf(writer);
		if (writer->leaf == NULL)
			return NULL;
		writer->routed = sp_needs_insert(writer->leaf);
	}
	if (writer->routed)
		writer->may_fail = true;
	else
	{
		open_direct(writer, expected_rows);
		writer->fire = sp_fire_begin(event, writer->leaf);
	}
	return writer;
}

void
sp_writer_close(EventWriter *writer)
{
	sp_fire_end(writer->fire);
	for (int i = 0; i < writer->slots_made; i++)
		ExecDropSingleTupleTableSlot(writer->slots[i]);
	if (writer->staging != NULL)
		ExecDropSingleTupleTableSlot(writer->staging);
	if (writer->bulk != NULL)
		FreeBulkInsertState(writer->bulk);
	if (writer->target != NULL && !writer->may_fail)
		ExecCloseIndices(writer->target);
	FreeExecutorState(writer->estate);
	if (writer->leaf != NULL)
		table_close(writer->leaf, NoLock);
}

/* ---- gathering rows ---- */

bool
sp_writer_checks(EventWriter *writer)
{
	return writer->checks;
}

bool
sp_writer_may_fail(EventWriter *writer)
{
	return writer->may_fail;
}

bool
sp_writer_full(EventWriter *writer)
{
	return writer->ids_used == writer->id_count || writer->count == writer->slots_made ||
		writer->bytes >= WRITER_MAX_BYTES;
}

int
sp_writer_count(EventWriter *writer)
{
	return writer->count;
}

static void
make_slots(EventWriter *writer, int wanted)
{
	MemoryContext caller = MemoryContextSwitchTo(writer->context);
	Relation	rel = writer->routed ? writer->root : writer->leaf;

	while (writer->slots_made < wanted)
		writer->slots[writer->slots_made++] =
			MakeSingleTupleTableSlot(RelationGetDescr(rel), &TTSOpsHeapTuple);
	MemoryContextSwitchTo(caller);
}

/* Ids and slots for the next rows, up to a full load; not possible inside a guard. */
void
sp_writer_reserve(EventWriter *writer, int64 rows)
{
	int			wanted = (int) Min(rows, SP_WRITER_MAX_ROWS - writer->count);
	int			left = writer->id_count - writer->ids_used;

	memmove(writer->ids, writer->ids + writer->ids_used, sizeof(int64) * left);
	while (left < wanted)
	{
		int			count = Min(wanted - left, EVENT_ID_BLOCK);
		int64		first = sp_event_next_ids(count);

		for (int i = 0; i < count; i++)
			writer->ids[left++] = first + i;
	}
	writer->id_count = left;
	writer->ids_used = 0;
	make_slots(writer, writer->count + Min(left, wanted));
}

static TupleTableSlot *
next_slot(EventWriter *writer)
{
	return ExecClearTuple(writer->slots[writer->count]);
}

/*
 * A row of the root to fill, with header and constant defaults.  It counts
 * only when it is added.
 */
TupleTableSlot *
sp_writer_slot(EventWriter *writer)
{
	TupleTableSlot *slot = writer->to_leaf != NULL ?
	ExecClearTuple(writer->staging) : next_slot(writer);
	int			natts = RelationGetDescr(writer->root)->natts;

	memcpy(slot->tts_values, writer->template_values, sizeof(Datum) * natts);
	memcpy(slot->tts_isnull, writer->template_nulls, sizeof(bool) * natts);
	slot->tts_values[EVENT_ATT_ID - 1] = Int64GetDatum(writer->ids[writer->ids_used]);
	return slot;
}

/* On error the subtransaction around it sets the user back. */
static void
become_owner(EventWriter *writer, SavedUser *saved)
{
	GetUserIdAndSecContext(&saved->user, &saved->security);
	SetUserIdAndSecContext(writer->leaf->rd_rel->relowner, saved->security |
						   SECURITY_LOCAL_USERID_CHANGE | SECURITY_RESTRICTED_OPERATION);
}

static void
check_row(EventWriter *writer, TupleTableSlot *slot)
{
	TupleConstr *constr = RelationGetDescr(writer->leaf)->constr;
	SavedUser	saved;

	become_owner(writer, &saved);
	slot->tts_tableOid = RelationGetRelid(writer->leaf);
	if (constr->has_generated_stored)
		ExecComputeStoredGenerated(writer->target, writer->estate, slot, CMD_INSERT);
	ExecConstraints(writer->target, slot, writer->estate);
	SetUserIdAndSecContext(saved.user, saved.security);
	ResetPerTupleExprContext(writer->estate);
}

/* Takes the row that sp_writer_slot() gave; its values are copied now. */
void
sp_writer_add(EventWriter *writer)
{
	TupleTableSlot *slot;

	if (writer->to_leaf != NULL)
	{
		ExecStoreVirtualTuple(writer->staging);
		slot = execute_attr_map_slot(writer->to_leaf->attrMap, writer->staging,
									 next_slot(writer));
	}
	else
		slot = ExecStoreVirtualTuple(writer->slots[writer->count]);
	if (writer->checks)
		check_row(writer, slot);
	ExecMaterializeSlot(slot);
	writer->bytes += ExecFetchSlotHeapTuple(slot, false, NULL)->t_len;
	writer->ids_used++;
	writer->count++;
}

/* ---- writing them ---- */

static void
write_directly(EventWriter *writer, int from, int count)
{
	table_multi_insert(writer->leaf, writer->slots + from, count,
					   GetCurrentCommandId(true), 0, writer->bulk);
	if (writer->summaries_only)
	{
		sp_insert_summaries(writer->target, writer->slots + from, count);
		return;
	}
	if (writer->target->ri_NumIndices == 0)
		return;
	for (int i = from; i < from + count; i++)
	{
		(void) ExecInsertIndexTuples(writer->target, writer->slots[i], writer->estate,
									 false, false, NULL, NIL, false);
		ResetPerTupleExprContext(writer->estate);
	}
}

/* Indexes that may refuse a row may have expressions: those are their owner's. */
static void
write_as_owner(EventWriter *writer, int from, int count)
{
	SavedUser	saved;
	int			guc_nestlevel = NewGUCNestLevel();

	RestrictSearchPath();
	sp_work_begin(writer->leaf->rd_rel->relowner);
	become_owner(writer, &saved);
	writer->target = open_target(writer);
	write_directly(writer, from, count);
	ExecCloseIndices(writer->target);
	SetUserIdAndSecContext(saved.user, saved.security);
	AtEOXact_GUC(false, guc_nestlevel);
}

/* In a subtransaction of its own; what the index code keeps ends with it. */
static ErrorData *
try_rows(EventWriter *writer, int from, int count)
{
	CaptureGuard guard = {0};
	ErrorData  *volatile error = NULL;
	ResultRelInfo *checked = writer->target;

	PG_TRY();
	{
		sp_guard_begin(&guard, InvalidOid);
		if (writer->routed)
			sp_route_rows(writer->root, writer->targets, writer->slots + from, count);
		else
			write_as_owner(writer, from, count);
		sp_guard_end(&guard);
	}
	PG_CATCH();
	{
		error = sp_guard_failed(&guard);
	}
	PG_END_TRY();
	writer->target = checked;
	return error;
}

/* Writes what was added.  Returns how many rows; "failed" hears of the others. */
int64
sp_writer_flush(EventWriter *writer, WriteFailed failed, void *arg)
{
	int			count = writer->count;
	int64		written = count;

	writer->count = 0;
	writer->bytes = 0;
	if (count == 0)
		return 0;
	if (!writer->may_fail)
		write_directly(writer, 0, count);
	if (!writer->may_fail || try_rows(writer, 0, count) == NULL)
	{
		sp_fire_rows(writer->fire, writer->slots, count);
		return count;
	}
	for (int i = 0; i < count; i++)
	{
		ErrorData  *error = try_rows(writer, i, 1);

		if (error != NULL)
		{
			failed(arg, i, error);
			written--;
		}
		else
			sp_fire_rows(writer->fire, writer->slots + i, 1);
	}
	return written;
}
