/*
 * render.c
 *	  Templates over the variables of a message (jsonb), for SQL.
 */
#include "base/base.h"

#include "escalation/template.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/numeric.h"

/* TemplateLookup over a Jsonb object: strings and numbers have a text */
static const char *
lookup_variable(void *context, const char *name, size_t length)
{
	Jsonb	   *variables = context;
	JsonbValue	value;

	if (getKeyJsonValueFromContainer(&variables->root, name, length, &value) == NULL)
		return NULL;
	switch (value.type)
	{
		case jbvString:
			return pnstrdup(value.val.string.val, value.val.string.len);
		case jbvNumeric:
			return DatumGetCString(DirectFunctionCall1(numeric_out,
													   NumericGetDatum(value.val.numeric)));
		default:
			return NULL;
	}
}

PG_FUNCTION_INFO_V1(sp_render);

/* (template text, variables jsonb object) -> text */
Datum
sp_render(PG_FUNCTION_ARGS)
{
	Jsonb	   *variables = PG_GETARG_JSONB_P(1);
	Arena		arena;

	if (!JB_ROOT_IS_OBJECT(variables))
		elog(ERROR, "the variables of a message must be an object");
	sp_arena_init(&arena, CurrentMemoryContext);
	PG_RETURN_TEXT_P(cstring_to_text(template_render(&arena,
													 text_to_cstring(PG_GETARG_TEXT_PP(0)),
													 lookup_variable, variables)));
}
