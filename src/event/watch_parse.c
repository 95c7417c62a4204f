/*
 * watch_parse.c
 *	  Mappings and conditions as text: read by PostgreSQL's own parser.
 *
 * "at = created_at, due = due_date" is exactly the SET list of an UPDATE, and
 * a condition is its WHERE; so both are read by wrapping them into one.  The
 * result must be that one statement with nothing else in it, so a text that
 * tries to close the wrapping early is refused.
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
	errcontext("%s of a watch", wrapped->what);
}

static UpdateStmt *
parse_wrapped(const char *before, const char *text, const char *after, const char *what)
{
	WrappedText wrapped = {.text = text,
		.prefix = strlen(before),
/**INDENT** Error@45: Statement nesting error */
		.what = what};
		ErrorContextCallback callback = {
			.callback = unwrap_position,.arg = &wrapped,.previous = error_context_stack
		};
		List	   *statements;
		UpdateStmt *update = NULL;

		error_context_stack = &callback;
		statements = raw_parser(psprintf("%s%s\n%s", before, text, after), RAW_PARSE_DEFAULT);
		error_context_stack = callback.previous;
		if (list_length(statements) == 1)
			update = (UpdateStmt *) linitial_node(RawStmt, statements)->stmt;
		if (update == NULL || !IsA(update, UpdateStmt) || update->fromClause != NIL ||
			update->returningList != NIL || update->withClause != NULL)
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

/* List of MappedColumn */
	List	   *sp_parse_mapping(const char *text)
	{
		UpdateStmt *update = parse_wrapped("UPDATE r SET ", text, "", "mapping");
		List	   *columns = NIL;
		ListCell   *cell;

		if			(update == NULL || update->whereClause != NULL)
			bad_mapping(text, "It is not a list of column = expression.");
					foreach(cell, update->targetList)
		{
			ResTarget  *target = lfirst_node(ResTarget, cell);
			MappedColumn *column = palloc0(sizeof(MappedColumn));
			ListCell   *other;

			if			(target->indirection != NIL || IsA(target->val, MultiAssignRef) ||
						 IsA(target->val, SetToDefault))
							bad_mapping(text, "Each event column needs an expression of its own.");
						foreach(other, columns)
			if			(strcmp(((MappedColumn *) lfirst(other))->name, target->name) == 0)
				bad_mapping(text, psprintf("Column \"%s\" is given twice.", target->name));
						column->name = target->name;
						column->raw = target->val;
						columns = lappend(columns, column);
		}
					return columns;
	}

	Node	   *sp_parse_condition(const char *text)
	{
		UpdateStmt *update = parse_wrapped("UPDATE r SET c = 1 WHERE (", text, ")", "condition");

		if			(update == NULL || update->whereClause == NULL || list_length(update->targetList) != 1)
			ereport(ERROR,
					(errcode(ERRCODE_SYNTAX_ERROR),
					 errmsg("invalid condition of a watch: \"%s\"", text),
					 errdetail("It is not one condition over the columns of the table."),
					 errhint("Write it as in WHERE, such as 'NOT draft'.")));
					return update->whereClause;
	}
/**INDENT** Error@112: Stuff missing from end of file */
