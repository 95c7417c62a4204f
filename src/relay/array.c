/*
 * array.c
 *	  Array literals of PostgreSQL.
 */
#include "array.h"

#include <stddef.h>

void
array_add(Buffer *array, const char *value)
{
	buffer_char(array, array->length == 0 ? '{' : ',');
	if (value == NULL)
	{
		buffer_text(array, "NULL");
		return;
	}
	buffer_char(array, '"');
	for (; *value != '\0'; value++)
	{
		if (*value == '"' || *value == '\\')
			buffer_char(array, '\\');
		buffer_char(array, *value);
	}
	buffer_char(array, '"');
}

const char *
array_end(Buffer *array)
{
	buffer_text(array, array->length == 0 ? "{}" : "}");
	return array->data;
}
