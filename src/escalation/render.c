/*
 * render.c
 *	  The variables of a message (jsonb), and templates over them, for SQL.
 */
#include "base/base.h"

#include "base/json.h"
#include "catalog/pg_type.h"
#include "escalation/phrase.h"
#include "escalation/template.h"
#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/numeric.h"

/* TemplateLookup over a Jsonb object: strings and numbers have a text */
static const char *
lookup_variable(void *context, const char *name, size_t length)
{
	return sp_plain_value(context, name, length);
}

PG_FUNCTION_INFO_V1(sp_render);

/* (template text, variables jsonb object) -> text; of SQL up to 0.2.0, until it is updated */
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

/* ---- the variables ---- */

static void
push_text(JsonbParseState **state, JsonbIteratorToken token, Datum value)
{
	text	   *string = DatumGetTextPP(value);
	JsonbValue	pushed = sp_json_bytes(VARDATA_ANY(string), VARSIZE_ANY_EXHDR(string));

	(void) pushJsonbValue(state, token, &pushed);
}

static void
push_number(JsonbParseState **state, int64 value)
{
	JsonbValue	pushed;

	pushed.type = jbvNumeric;
	pushed.val.numeric = int64_to_numeric(value);
	(void) pushJsonbValue(state, WJB_VALUE, &pushed);
}

PG_FUNCTION_INFO_V1(sp_present_values);

/* (name, value, name, value ...) -> jsonb object of those that are not null */
Datum
sp_present_values(PG_FUNCTION_ARGS)
{
	JsonbParseState *state = NULL;
	Datum	   *values;
	Oid		   *types;
	bool	   *nulls;
	int			count = extract_variadic_args(fcinfo, 0, true, &values, &types, &nulls);

	(void) pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	for (int i = 0; i + 1 < count; i += 2)
	{
		if (nulls[i + 1])
			continue;
		push_text(&state, WJB_KEY, values[i]);
		if (types[i + 1] == INT4OID)
			push_number(&state, DatumGetInt32(values[i + 1]));
		else if (types[i + 1] == INT8OID)
			push_number(&state, DatumGetInt64(values[i + 1]));
		else if (types[i + 1] == TEXTOID)
			push_text(&state, WJB_VALUE, values[i + 1]);
		else
			elog(ERROR, "a variable of type %s", format_type_be(types[i + 1]));
	}
	PG_RETURN_JSONB_P(JsonbValueToJsonb(pushJsonbValue(&state, WJB_END_OBJECT, NULL)));
}
