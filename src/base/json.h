/*
 * json.h
 *	  Pieces of jsonb documents that are put together in C.
 */
#ifndef SP_JSON_H
#define SP_JSON_H

#include "postgres.h"

#include "utils/jsonb.h"

/* A string, which is not copied until the document is done. */
static inline JsonbValue
sp_json_bytes(const char *string, int length)
{
	JsonbValue	value = {.type = jbvString};

	value.val.string.val = unconstify(char *, string);
	value.val.string.len = length;
	return value;
}

static inline JsonbValue
sp_json_text(const char *string)
{
	return sp_json_bytes(string, strlen(string));
}

#endif							/* SP_JSON_H */
