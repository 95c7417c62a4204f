/*
 * live_evidence.c
 *	  What a firing keeps of why it fired, as jsonb.
 *
 * {"rule": name, "trigger": its row, "anchor": instant} and, where they matter,
 * "calendar", "window": {"since", "until", "event", "found": null} and "told".
 */
#include "rule/live.h"

#include "base/json.h"
#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/json.h"
#include "utils/jsonb.h"

static void
push_key(JsonbParseState **state, const char *name)
{
	JsonbValue	key = sp_json_text(name);

	(void) pushJsonbValue(state, WJB_KEY, &key);
}

static void
push_text(JsonbParseState **state, const char *name, const char *value)
{
	JsonbValue	pushed = {.type = jbvNull};

	push_key(state, name);
	if (value != NULL)
		pushed = sp_json_text(value);
	(void) pushJsonbValue(state, WJB_VALUE, &pushed);
}

static void
push_instant(JsonbParseState **state, const char *name, Instant at)
{
	char	   *text = NULL;

	if (at != INSTANT_NONE)
		text = JsonEncodeDateTime(palloc(MAXDATELEN + 1), TimestampTzGetDatum(at), TIMESTAMPTZOID, NULL);

	push_text(state, name, text);
}

static void
push_row(JsonbParseState **state, const char *name, Jsonb *row)
{
	JsonbValue	value;

	if (row == NULL)
	{
		push_text(state, name, NULL);
		return;
	}
	push_key(state, name);
	JsonbToJsonbValue(row, &value);
	(void) pushJsonbValue(state, WJB_VALUE, &value);
}

Datum
sp_evidence(const LiveWait *wait, Jsonb *told)
{
	const Rule *rule = wait->rule->rule;
	const char *calendar = sp_calendar_of(rule);
	JsonbParseState *state = NULL;

	(void) pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	push_text(&state, "rule", wait->rule->name);
	push_row(&state, "trigger", wait->trigger_row);
	push_instant(&state, "anchor", wait->wait.anchor);
	if (calendar != NULL)
		push_text(&state, "calendar", pstrdup(calendar));
	if (rule->absent.event != NULL)
	{
		push_key(&state, "window");
		(void) pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
		push_instant(&state, "since", rule->form == FORM_MEMBER ? wait->wait.anchor : wait->wait.opened_at);
		push_instant(&state, "until", wait->wait.first_due);
		push_text(&state, "event", rule->absent.event);
		push_text(&state, "found", NULL);
		(void) pushJsonbValue(&state, WJB_END_OBJECT, NULL);
	}
	if (told != NULL)
		push_row(&state, "told", told);
	return JsonbPGetDatum(JsonbValueToJsonb(pushJsonbValue(&state, WJB_END_OBJECT, NULL)));
}

/* A column of a row that SPI read, of type jsonb, as a copy of its own. */
Jsonb *
sp_copy_jsonb(MemoryContext context, HeapTuple row, TupleDesc desc, int column)
{
	bool		isnull;
	Datum		value = SPI_getbinval(row, desc, column, &isnull);
	struct varlena *plain;
	struct varlena *copy;

	if (isnull)
		return NULL;
	plain = PG_DETOAST_DATUM(value);
	copy = MemoryContextAlloc(context, VARSIZE(plain));
	memcpy(copy, plain, VARSIZE(plain));
	return (Jsonb *) copy;
}
