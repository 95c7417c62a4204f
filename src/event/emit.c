/*
 * emit.c
 *	  pulse.emit_event(): an event from an application that has no table for it.
 *
 * An INSERT with the rights of the caller, no more.  The id is taken before, so
 * that a caller who may write but not read learns it.
 */
#include "base/base.h"

#include "catalog/pg_type.h"
#include "event/event.h"
#include "event/watch.h"
#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"

static void
bad_emit(const char *event, const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("cannot emit event \"%s\"", event),
			 errdetail("%s", detail),
			 errhint("Type SELECT pulse.emit_event('visit', '{\"customer\": 7}').")));
}

static void
check_emitted_column(const EventKind *kind, const char *name)
{
	if (sp_is_event_header(name))
		bad_emit(kind->name, psprintf("Column \"%s\" is set when the event is written; the instant is a parameter of its own.", name));
	if (get_attnum(kind->relid, name) <= 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("event \"%s\" has no column \"%s\"", kind->name, name),
				 errdetail("Each key of the JSON object must be a column of the event."),
				 errhint("See \\d %s.", get_rel_name(kind->relid))));
}

/* List of char *, checked */
static List *
emitted_columns(const EventKind *kind, Jsonb *object)
{
	JsonbIterator *iterator;
	JsonbValue	value;
	JsonbIteratorToken token;
	List	   *names = NIL;

	if (!JB_ROOT_IS_OBJECT(object))
		bad_emit(kind->name, "The columns are not a JSON object.");
	iterator = JsonbIteratorInit(&object->root);
	while ((token = JsonbIteratorNext(&iterator, &value, true)) != WJB_DONE)
	{
		char	   *name;

		if (token != WJB_KEY)
			continue;
		name = pnstrdup(value.val.string.val, value.val.string.len);
		check_emitted_column(kind, name);
		names = lappend(names, name);
	}
	return names;
}

static char *
emit_statement(const EventKind *kind, List *names, bool with_instant)
{
	char	   *table = sp_relation_name(kind->relid);
	StringInfoData columns;
	ListCell   *cell;

	initStringInfo(&columns);
	foreach(cell, names)
		appendStringInfo(&columns, ", %s", quote_identifier(lfirst(cell)));
	return psprintf("INSERT INTO %s (event_id%s%s) SELECT $1%s%s"
					" FROM pg_catalog.jsonb_populate_record(NULL::%s, $3)",
					table, with_instant ? ", at" : "", columns.data,
					with_instant ? ", $2" : "", columns.data, table);
}

PG_FUNCTION_INFO_V1(sp_emit_event);

/* (event, columns, at) -> event_id; NULL for a repeat of a dedup_key */
Datum
sp_emit_event(PG_FUNCTION_ARGS)
{
	Oid			types[3] = {INT8OID, TIMESTAMPTZOID, JSONBOID};
	Datum		values[3];
	const EventKind *kind;
	List	   *names;
	EventStamp	stamp;
	SpSpiScope	scope;
	uint64		rows;

	sp_refuse_null(fcinfo, 0, "event");
	sp_refuse_null(fcinfo, 1, "columns");
	kind = sp_event_kind_by_name(text_to_cstring(PG_GETARG_TEXT_PP(0)), false);
	names = emitted_columns(kind, PG_GETARG_JSONB_P(1));
	sp_event_begin_write(&stamp);
	values[0] = Int64GetDatum(sp_event_next_ids(1));
	values[1] = PG_ARGISNULL(2) ? (Datum) 0 : PG_GETARG_DATUM(2);
	values[2] = PG_GETARG_DATUM(1);
	sp_spi_begin(&scope);
	if (SPI_execute_with_args(emit_statement(kind, names, !PG_ARGISNULL(2)),
							  3, types, values, NULL, false, 0) != SPI_OK_INSERT)
		elog(ERROR, "an event could not be written");
	rows = SPI_processed;
	sp_spi_end(&scope);
	if (rows == 0)
		PG_RETURN_NULL();
	PG_RETURN_DATUM(values[0]);
}
