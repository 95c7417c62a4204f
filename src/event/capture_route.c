/*
 * capture_route.c
 *	  Event rows by an ordinary INSERT, for event tables on which a user has put
 *	  triggers, foreign keys or computed defaults.
 *
 * It runs as the owner of the event table, whose triggers fire; the application
 * that made the row has no rights there.  The context is restricted, so that
 * nothing is put off until the owner's rights are over: a trigger or constraint
 * that is deferred is refused.
 */
#include "base/base.h"

#include "event/watch.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/queryenvironment.h"
#include "utils/rel.h"

#define ROUTED_ROWS	"pulse_rows"

static char *
insert_statement(Relation event, Bitmapset *targets)
{
	TupleDesc	desc = RelationGetDescr(event);
	StringInfoData columns;

	initStringInfo(&columns);
	for (int attno = 1; attno <= desc->natts; attno++)
		if (attno <= EVENT_HEADER_ATTS || bms_is_member(attno, targets))
			appendStringInfo(&columns, "%s%s", columns.len > 0 ? ", " : "",
							 quote_identifier(NameStr(TupleDescAttr(desc, attno - 1)->attname)));
	return psprintf("INSERT INTO %s (%s) SELECT %s FROM " ROUTED_ROWS,
					sp_relation_name(RelationGetRelid(event)), columns.data, columns.data);
}

static void
insert_from_store(Relation event, Bitmapset *targets, Tuplestorestate *rows, int count)
{
	EphemeralNamedRelation relation = palloc0(sizeof(EphemeralNamedRelationData));

	relation->md.name = ROUTED_ROWS;
	relation->md.tupdesc = CreateTupleDescCopy(RelationGetDescr(event));
	relation->md.enrtype = ENR_NAMED_TUPLESTORE;
	relation->md.enrtuples = count;
	relation->reldata = rows;
	if (SPI_register_relation(relation) != SPI_OK_REL_REGISTER)
		elog(ERROR, "SPI_register_relation failed");
	sp_spi_text(insert_statement(event, targets), SPI_OK_INSERT);
}

void
sp_route_rows(Relation event, Bitmapset *targets, TupleTableSlot **slots, int count)
{
	Tuplestorestate *rows = tuplestore_begin_heap(false, false, work_mem);
	SpSpiScope	scope;
	Oid			user;
	int			sec_context;

	for (int i = 0; i < count; i++)
		tuplestore_puttupleslot(rows, slots[i]);
	GetUserIdAndSecContext(&user, &sec_context);
	SetUserIdAndSecContext(event->rd_rel->relowner,
						   sec_context | SECURITY_LOCAL_USERID_CHANGE | SECURITY_RESTRICTED_OPERATION);
	sp_spi_begin(&scope);
	sp_work_begin(event->rd_rel->relowner);
	insert_from_store(event, targets, rows, count);
	sp_spi_end(&scope);
	SetUserIdAndSecContext(user, sec_context);
	tuplestore_end(rows);
}
