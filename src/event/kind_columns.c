/*
 * kind_columns.c
 *	  The columns of an event kind, as written: 'customer int, due date'.
 *
 * PostgreSQL's own parser reads them as the columns of a CREATE TABLE.  Types
 * are resolved at once, along the caller's search_path, and written in full
 * from then on.
 */
#include "base/base.h"

#include "event/watch.h"
#include "nodes/parsenodes.h"
#include "parser/parse_type.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

static const char *const header_columns[] = {"event_id", "at", "recorded", "txid"};

bool
sp_is_event_header(const char *column)
{
	for (int i = 0; i < lengthof(header_columns); i++)
		if (strcmp(column, header_columns[i]) == 0)
			return true;
	return false;
}

static void
bad_columns(const char *text, const char *detail, const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_SYNTAX_ERROR),
			 errmsg("invalid columns of an event: \"%s\"", text),
			 errdetail("%s", detail),
			 errhint("%s", hint)));
}

static CreateStmt *
parse_as_table(const char *text)
{
	CreateStmt *create = (CreateStmt *) sp_parse_wrapped("CREATE TABLE e (", text, ")",
														 "columns of an event");

	if (create == NULL || !IsA(create, CreateStmt) || create->inhRelations != NIL ||
		create->partspec != NULL || create->options != NIL || create->tablespacename != NULL)
		bad_columns(text, "It is not a list of names and types.",
					"Write it as 'customer int, due date, amount pulse.amount'.");
	return create;
}

static EventColumn *
read_column(const char *text, ColumnDef *def)
{
	EventColumn *column = palloc0(sizeof(EventColumn));
	ListCell   *cell;

	column->name = def->colname;
	typenameTypeIdAndMod(NULL, def->typeName, &column->type, &column->typmod);
	column->collation = def->collClause != NULL ?
		LookupCollation(NULL, def->collClause->collname, -1) : get_typcollation(column->type);
	foreach(cell, def->constraints)
	{
		ConstrType	kind = lfirst_node(Constraint, cell)->contype;

		if (kind == CONSTR_NOTNULL)
			column->not_null = true;
		else if (kind != CONSTR_NULL)
			bad_columns(text, psprintf("Column \"%s\" has more than a type and NOT NULL.",
									   def->colname),
						"Make the event first, then add it with ALTER TABLE: the table is yours.");
	}
	return column;
}

/* List of EventColumn */
List *
sp_parse_event_columns(const char *text)
{
	CreateStmt *create = parse_as_table(text);
	List	   *columns = NIL;
	ListCell   *cell;

	foreach(cell, create->tableElts)
	{
		if (!IsA(lfirst(cell), ColumnDef))
			bad_columns(text, "It contains more than columns.",
						"Make the event first, then add constraints with ALTER TABLE: the table is yours.");
		columns = lappend(columns, read_column(text, lfirst(cell)));
	}
	sp_check_event_columns(columns);
	return columns;
}

/* Names that are taken by the header, or twice. */
void
sp_check_event_columns(List *columns)
{
	ListCell   *cell;
	ListCell   *other;

	foreach(cell, columns)
	{
		EventColumn *column = lfirst(cell);

		if (sp_is_event_header(column->name) || strcmp(column->name, "dedup_key") == 0)
			ereport(ERROR,
					(errcode(ERRCODE_DUPLICATE_COLUMN),
					 errmsg("column \"%s\" is part of each event", column->name),
					 errdetail("An event has the columns event_id, at, recorded, txid and, with dedup, dedup_key."),
					 errhint("Leave it out, or give it another name.")));
		foreach(other, columns)
			if (lfirst(other) != column &&
				strcmp(((EventColumn *) lfirst(other))->name, column->name) == 0)
			ereport(ERROR,
					(errcode(ERRCODE_DUPLICATE_COLUMN),
					 errmsg("column \"%s\" is given twice", column->name),
					 errdetail("Each column of an event has a name of its own."),
					 errhint("Leave one out.")));
	}
}

/* name type [COLLATE c] [NOT NULL], as CREATE TABLE takes it */
char *
sp_event_column_text(EventColumn *column)
{
	StringInfoData text;

	initStringInfo(&text);
	appendStringInfo(&text, "%s %s", quote_identifier(column->name),
					 format_type_extended(column->type, column->typmod,
										  FORMAT_TYPE_TYPEMOD_GIVEN | FORMAT_TYPE_FORCE_QUALIFY));
	if (OidIsValid(column->collation) && column->collation != get_typcollation(column->type))
		appendStringInfo(&text, " COLLATE %s",
						 DatumGetCString(DirectFunctionCall1(regcollationout,
															 ObjectIdGetDatum(column->collation))));
	if (column->not_null)
		appendStringInfoString(&text, " NOT NULL");
	return text.data;
}
