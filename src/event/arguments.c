/*
 * arguments.c
 *	  What the functions of kinds and watches do with their arguments.
 */
#include "base/base.h"

#include "catalog/pg_type.h"
#include "event/watch.h"
#include "utils/array.h"
#include "utils/builtins.h"

/* Functions with optional parts cannot be STRICT; some parts are not optional. */
void
sp_refuse_null(FunctionCallInfo fcinfo, int arg, const char *name)
{
	if (PG_ARGISNULL(arg))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("%s must not be null", name),
				 errdetail("It says what the call is about."),
				 errhint("See \\df+ for what the call takes.")));
}

/* List of char *, without what is NULL */
List *
sp_text_list(ArrayType *array)
{
	List	   *result = NIL;
	Datum	   *elements;
	bool	   *nulls;
	int			count;

	deconstruct_array(array, TEXTOID, -1, false, TYPALIGN_INT, &elements, &nulls, &count);
	for (int i = 0; i < count; i++)
		if (!nulls[i])
			result = lappend(result, TextDatumGetCString(elements[i]));
	return result;
}

Datum
sp_name_array(List *names)
{
	Datum	   *elements = palloc(sizeof(Datum) * Max(list_length(names), 1));
	int			count = 0;
	ListCell   *cell;

	foreach(cell, names)
		elements[count++] = CStringGetTextDatum(lfirst(cell));
	return PointerGetDatum(construct_array(elements, count, TEXTOID, -1, false, TYPALIGN_INT));
}
