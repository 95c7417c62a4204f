/*
 * suggest_functions.c
 *	  pulse.suggest_rule(): what may come next, with the names of this database.
 */
#include "rule/shell.h"

#include "funcapi.h"
#include "miscadmin.h"
#include "rule/lang_internal.h"
#include "rule/suggest.h"
#include "utils/builtins.h"
#include "utils/tuplestore.h"

PG_FUNCTION_INFO_V1(sp_suggest_rule);

/* (text): (suggestion, kind, char_position, completed) */
Datum
sp_suggest_rule(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	const Suggestion *items;
	Arena		arena;
	char	   *given;
	int			count;

	InitMaterializedSRF(fcinfo, 0);
	if (PG_ARGISNULL(0))
		return (Datum) 0;
	given = sp_to_utf8(text_to_cstring(PG_GETARG_TEXT_PP(0)));
	sp_arena_init(&arena, CurrentMemoryContext);
	count = lang_suggest(&arena, given, strlen(given), sp_tongue_of(sp_setting("language")),
						 sp_vocabulary()->context, &items);
	for (int i = 0; i < count; i++)
	{
		Datum		values[4] = {
			CStringGetTextDatum(sp_from_utf8(items[i].words)), CStringGetTextDatum(items[i].kind),
			Int32GetDatum((int) utf8_count(given, items[i].start) + 1),
			CStringGetTextDatum(sp_from_utf8(items[i].completed))
		};
		bool		nulls[4] = {false, false, false, false};

		CHECK_FOR_INTERRUPTS();
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	return (Datum) 0;
}
