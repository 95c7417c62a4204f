/*
 * capture_fire.c
 *	  The extension's own statement triggers on an event table, such as those of
 *	  rollups, for rows that were written past the executor.
 *
 * They fire as they would after an INSERT: once, with a transition table of all
 * rows.  Other triggers need the INSERT itself (see capture_route.c).  A
 * function of schema pulse_internal is one of ours: nobody else makes any
 * there, and it minds whose rights it runs with.
 *
 * Invariant: between begin and end the level of queries is our own.
 */
#include "base/base.h"

#include "catalog/namespace.h"
#include "catalog/pg_trigger.h"
#include "commands/trigger.h"
#include "event/watch.h"
#include "executor/executor.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

struct StatementFire
{
	EState	   *estate;
	ResultRelInfo *root;
	ResultRelInfo *leaf;		/* whose rows are converted to the root's */
	TransitionCaptureState *rows;
};

static bool
is_ours(const Trigger *trigger)
{
	return TRIGGER_FOR_AFTER(trigger->tgtype) && !TRIGGER_FOR_ROW(trigger->tgtype) && trigger->tgqual == NULL &&
		get_func_namespace(trigger->tgfoid) == get_namespace_oid("pulse_internal", true);
}

bool
sp_needs_insert(Relation rel)
{
	for (int i = 0; rel->trigdesc != NULL && i < rel->trigdesc->numtriggers; i++)
	{
		const Trigger *trigger = &rel->trigdesc->triggers[i];

		if (TRIGGER_FOR_INSERT(trigger->tgtype) && !is_ours(trigger))
			return true;
	}
	return false;
}

StatementFire *
sp_fire_begin(Relation root, Relation leaf)
{
	StatementFire *fire;

	if (root->trigdesc == NULL || !root->trigdesc->trig_insert_after_statement)
		return NULL;
	fire = palloc0(sizeof(StatementFire));
	fire->estate = CreateExecutorState();
	fire->root = makeNode(ResultRelInfo);
	InitResultRelInfo(fire->root, root, 0, NULL, 0);
	fire->leaf = makeNode(ResultRelInfo);
	InitResultRelInfo(fire->leaf, leaf, 0, fire->root, 0);
	AfterTriggerBeginQuery();
	fire->rows = MakeTransitionCaptureState(fire->root->ri_TrigDesc, RelationGetRelid(root), CMD_INSERT);
	return fire;
}

void
sp_fire_rows(StatementFire *fire, TupleTableSlot **slots, int count)
{
	if (fire == NULL || fire->rows == NULL)
		return;
	for (int i = 0; i < count; i++)
		ExecARInsertTriggers(fire->estate, fire->leaf, slots[i], NIL, fire->rows);
}

void
sp_fire_end(StatementFire *fire)
{
	if (fire == NULL)
		return;
	ExecASInsertTriggers(fire->estate, fire->root, fire->rows);
	AfterTriggerEndQuery(fire->estate);
	ExecCloseResultRelations(fire->estate);
	FreeExecutorState(fire->estate);
}
