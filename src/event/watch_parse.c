/*
 * watch_parse.c
 *	  Mappings, conditions and columns as text: read by PostgreSQL's own parser.
 *
 * "at = created_at, due = due_date" is exactly the SET list of an UPDATE, and
 * a condition is its WHERE; so each is read by wrapping it into a statement.
 * The result must be that one statement with nothing else in it, so a text
 * that tries to close the wrapping early is refused.
 */
#include "base/base.h"

#include "event/watch.h"
#include "nodes/makefuncs.h"
#include "nodes/parsenodes.h"
#include "parser/parser.h"

typedef struct WrappedText
{
	const char *text;			/* what the user wrote */
	int			prefix;			/* bytes before it in what is parsed */
	const char *what;
} WrappedText;

/* Positions in the wrapped statement become positions in the user's text. */
static void
unwrap_position(void *arg)
{
	WrappedText *wrapped = arg;
	int			position = geterrposition();

	if (position > wrapped->prefix)
	{
		errposition(0);
		internalerrposition(Min(position - wrapped->prefix,
								(int) strlen(wrapped->text) + 1));
		internalerrquery(wrapped->text);
	}
	errcontext("%s", wrapped->what);
}

/* The one statement that the wrapped text is; NULL when it is several. */
Node *
sp_parse_wrapped(const char *before, const char *text, const char *after, const char *what)
{
	WrappedText wrapped;
	ErrorContextCallback callback;
	List	   *statements;

	wrapped.text = text;

	wrapped.prefix = strlen(before);
	wrapped.what = what;
	callback.callback = unwrap_position;
	callback.arg = &wrapped;
	callback.previous = error_context_stack;
	error_context_stack = &callback;
	statements = raw_parser(psprintf("%s%s\n%s", before, text, after), RAW_PARSE_DEFAULT);
	error_context_stack = callback.previous;
	return list_length(statements) == 1 ? linitial_node(RawStmt, statements)->stmt : NULL;
}

static UpdateStmt *
parse_update(const char *before, const char *text, const char *after, const char *what)
{
	UpdateStmt *update = (UpdateStmt *) sp_parse_wrapped(before, text, after, what);

	if (update == NULL || !IsA(update, UpdateStmt) || update->fromClause != NIL ||
		UpdateReturns(update) || update->withClause != NULL)
		return NULL;
	return update;
}

static void
bad_mapping(const char *text, const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_SYNTAX_ERROR),
			 errmsg("invalid mapping of a watch: \"%s\"", text),
			 errdetail("%s", detail),
			 errhint("Write it as 'at = created_at, customer = customer_id, amount = total - paid'.")));
}

static MappedColumn *
read_mapped_column(const char *text, ResTarget *target, List *before)
{
	MappedColumn *column = palloc0(sizeof(MappedColumn));
	ListCell   *cell;

	if (target->indirection != NIL || IsA(target->val, MultiAssignRef) ||
		IsA(target->val, SetToDefault))
		bad_mapping(text, "Each event column needs an expression of its own.");
	foreach(cell, before)
		if (strcmp(((MappedColumn *) lfirst(cell))->name, target->name) == 0)
		bad_mapping(text, psprintf("Column \"%s\" is given twice.", target->name));
	column->name = target->name;
	column->raw = target->val;
	return column;
}

/* List of MappedColumn */
List *
sp_parse_mapping(const char *text)
{
	UpdateStmt *update = parse_update("UPDATE r SET ", text, "", "mapping of a watch");
	List	   *columns = NIL;
	ListCell   *cell;

	if (update == NULL || update->whereClause != NULL)
		bad_mapping(text, "It is not a list of column = expression.");
	foreach(cell, update->targetList)
		columns = lappend(columns,
						  read_mapped_column(text, lfirst_node(ResTarget, cell), columns));
	return columns;
}

Node *
sp_parse_condition(const char *text)
{
	UpdateStmt *update = parse_update("UPDATE r SET c = 1 WHERE (", text, ")",
									  "condition of a watch");

	if (update == NULL || update->whereClause == NULL || list_length(update->targetList) != 1)
		ereport(ERROR,
				(errcode(ERRCODE_SYNTAX_ERROR),
				 errmsg("invalid condition of a watch: \"%s\"", text),
				 errdetail("It is not one condition over the columns of the table."),
				 errhint("Write it as in WHERE, such as 'NOT draft'.")));
	return update->whereClause;
}
