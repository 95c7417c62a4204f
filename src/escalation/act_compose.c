/*
 * act_compose.c
 *	  The texts of messages: which template, its variables, subject and body.
 *
 * A message is written in the language of its recipient, by the template that its
 * action names, else by that of its channel, else by the builtin one, as it is
 * where the other asks for a column that the event does not have.
 */
#include "escalation/act_pair.h"
#include "escalation/phrase.h"
#include "escalation/template.h"

#include "base/json.h"
#include "catalog/pg_type.h"
#include "rule/live_param.h"
#include "utils/builtins.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"

#define MAX_VARIABLES	20

/* ---- which template ---- */

static const ActTemplate *
find_template(const Act *act, const ActMessage *message)
{
	const ActTemplate *general = NULL;

	for (int i = 0; i < act->template_count; i++)
	{
		const ActTemplate *template = &act->templates[i];

		if (message->action->may_be_template && message->action->title != NULL &&
			strcmp(template->name, message->action->title) == 0)
			return template;
		if (template->channel != NULL && strcmp(template->channel, message->channel) == 0)
			general = template;
	}
	return general;
}

void
sp_act_choose_templates(Act *act)
{
	for (int i = 0; i < act->message_count; i++)
	{
		ActMessage *message = &act->messages[i];
		const ActTemplate *template = find_template(act, message);

		message->template = template;
		for (int j = 0; template != NULL && j < template->asked_count[message->chinese]; j++)
			if (message->problem == NULL && !sp_has_fact(message->firing->trigger, template->asked[message->chinese][j]))
				message->problem = psprintf("template \"%s\": no value for {%s}", template->name,
											template->asked[message->chinese][j]);
	}
}

bool
sp_act_has_template(const ActMessage *message)
{
	return message->template != NULL && message->problem == NULL;
}

/* ---- variables ---- */

typedef struct Variable
{
	const char *name;
	const char *value;			/* NULL: it has none */
	int64		number;			/* of one that is a number */
	bool		is_number;
} Variable;

typedef struct Variables
{
	Variable	items[MAX_VARIABLES];
	int			count;
	Jsonb	   *columns;		/* the trigger's, where they count, or NULL */
} Variables;

static void
set_text(Variables *variables, const char *name, const char *value)
{
	Assert(variables->count < MAX_VARIABLES);
	variables->items[variables->count++] = (Variable)
	{
		name, value
	};
}

static void
set_number(Variables *variables, const char *name, int64 number)
{
	Assert(variables->count < MAX_VARIABLES);
	variables->items[variables->count++] = (Variable)
	{
		name, psprintf(INT64_FORMAT, number), number, true
	};
}

/* When a task given now is to be finished, for all tasks of the action; NULL: it says nothing. */
static const char *
task_due(const Act *act, ActAction *action)
{
	static SPIPlanPtr plan = NULL;
	Oid			types[1] = {TEXTOID};
	Datum		values[1];
	char	   *text;

	if (action->due_in == NULL || action->due != NULL)
		return action->due;
	values[0] = CStringGetTextDatum(action->due_in);
	sp_run_kept(&plan, "SELECT pulse_internal.instant_text(pulse_internal.task_due($1))", 1, types, values);
	text = sp_text_at(0, 1);

	action->due = MemoryContextStrdup(act->context, text !=NULL ? text : "");
	return action->due;
}

const char *
sp_act_task_title(const ActMessage *message)
{
	const char *title = message->action->title;

	if (strcmp(message->action->verb, "assign") != 0 || strcmp(message->found_by, "copy") == 0)
		return NULL;
	if (title == NULL || (message->template != NULL && strcmp(title, message->template->name) == 0))
		return message->firing->rule->name;
	return title;
}

/* Of a message that is for several firings, what they have in common. */
static void
set_subject_of_all(const Act *act, const ActMessage *message, Variables *variables)
{
	const ActFiring *firing = message->firing;
	const ActKey *key = sp_act_key(act, firing->together, firing->together_key);
	const char *name = key != NULL && key->name != NULL ? key->name : firing->together_key;

	set_text(variables, "key_name", firing->together);
	set_text(variables, "key", firing->together_key);
	set_number(variables, "count", message->case_count);
	set_text(variables, "link", key != NULL ? key->link : NULL);
	set_text(variables, "facts", message->list);
	set_text(variables, "key_label", sp_word_for("key", "", firing->together, message->chinese));
	set_text(variables, "about", psprintf("%s (%d)", name, message->case_count));
}

static void
set_subject(const ActMessage *message, Variables *variables)
{
	const ActFiring *firing = message->firing;

	set_text(variables, "key_name", firing->key_name);
	set_text(variables, "key", firing->key);
	set_text(variables, "link", firing->kase->link);
	set_text(variables, "facts", sp_lines_of_facts(firing->trigger, firing->key_name, firing->event, message->chinese));
	set_text(variables, "key_label", sp_word_for("key", "", firing->key_name, message->chinese));
	set_text(variables, "about", firing->kase->label != NULL ? firing->kase->label : firing->key);
}

static void
set_variables(const Act *act, const ActMessage *message, Variables *variables)
{
	const ActFiring *firing = message->firing;
	ActAction  *action = message->action;
	const ActTemplate *template = message->template;
	const char *due = task_due(act, action);

	memset(variables, 0, sizeof(Variables));
	if (sp_act_has_template(message))
		variables->columns = firing->trigger;
	set_text(variables, "rule", firing->rule->name);
	if (action->title != NULL && (template == NULL || strcmp(template->name, action->title) != 0))
		set_text(variables, "title", action->title);
	set_number(variables, "step", firing->step + 1);
	set_number(variables, "steps", firing->rule->step_count);
	if (firing->repetition != 0)
		set_number(variables, "repetition", firing->repetition);
	set_text(variables, "due", sp_instant_string(firing->due_at));
	if (message->cases != NULL)
		set_subject_of_all(act, message, variables);
	else
		set_subject(message, variables);
	if (message->holder != NULL)
	{
		set_text(variables, "recipient", message->holder->name);
		set_text(variables, "instead_of", message->holder->instead_of);
	}
	set_text(variables, "task", sp_act_task_title(message));
	set_text(variables, "task_due", due != NULL && due[0] != '\0' ? due : NULL);
	if (strcmp(message->found_by, "fallback") == 0)
		set_text(variables, "fallback_for", sp_word_for("role", "", action->role, message->chinese));
}

/* What a relay takes for its own: columns of events do not become these. */
static bool
is_of_relay(const char *name, int length)
{
	static const char *const names[] = {"mail_html", "mail_csv", "mail_csv_name", "sms_template", "sms_parameters"};

	return sp_is_named(names, lengthof(names), name, length);
}

static bool
is_column(const char *name, int length)
{
	return sp_is_fact(name, length) && !is_of_relay(name, length);
}

/* TemplateLookup: strings and numbers have a text */
static const char *
look_up(void *context, const char *name, size_t length)
{
	const Variables *variables = context;

	for (int i = 0; i < variables->count; i++)
		if (variables->items[i].value != NULL && strncmp(variables->items[i].name, name, length) == 0 &&
			variables->items[i].name[length] == '\0')
			return variables->items[i].value;
	return variables->columns != NULL && is_column(name, length) ? sp_plain_value(variables->columns, name, length) : NULL;
}

/* The columns first: what a message has by itself counts for more. */
static void
push_columns(JsonbParseState **state, Jsonb *row, bool with_nulls)
{
	JsonbIterator *iterator = JsonbIteratorInit(&row->root);
	JsonbIteratorToken token;
	JsonbValue	value;
	JsonbValue	key;

	while ((token = JsonbIteratorNext(&iterator, &value, true)) != WJB_DONE)
	{
		if (token == WJB_KEY)
			key = value;
		else if (token == WJB_VALUE && is_column(key.val.string.val, key.val.string.len) &&
				 (with_nulls || value.type != jbvNull))
		{
			(void) pushJsonbValue(state, WJB_KEY, &key);
			(void) pushJsonbValue(state, WJB_VALUE, &value);
		}
	}
}

static Jsonb *
variables_as_json(const Variables *variables, bool with_nulls)
{
	JsonbParseState *state = NULL;

	(void) pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	if (variables->columns != NULL)
		push_columns(&state, variables->columns, with_nulls);
	for (int i = 0; i < variables->count; i++)
	{
		const Variable *item = &variables->items[i];
		JsonbValue	value = sp_json_text(item->name);

		if (item->value == NULL)
			continue;
		(void) pushJsonbValue(&state, WJB_KEY, &value);
		if (item->is_number)
		{
			value.type = jbvNumeric;
			value.val.numeric = int64_to_numeric(item->number);
		}
		else
			value = sp_json_text(item->value);
		(void) pushJsonbValue(&state, WJB_VALUE, &value);
	}
	return JsonbValueToJsonb(pushJsonbValue(&state, WJB_END_OBJECT, NULL));
}

/* ---- texts ---- */

static bool
is_space(char c, bool all)
{
	return all ? (c > 0 && c <= ' ') || c == 0x7f : c == ' ' || c == '\n';
}

/* In place: a header is one line, whatever a name in it holds. */
static char *
on_one_line(char *text)
{
	char	   *to = text;

	for (char *from = text; *from != '\0'; from++)
	{
		if (!is_space(*from, true))
			*to++ = *from;
		else if (to > text &&to[-1] != ' ')
			*to++ = ' ';
	}
	if (to > text &&to[-1] == ' ')
		to--;
	*to = '\0';
	return text;
}

static char *
trimmed(char *text)
{
	size_t		length;

	while (is_space(*text, false))
		text	  ++;

	length = strlen(text);
	while (length > 0 && is_space(text[length - 1], false))
		length--;
	text[		length] = '\0';
	return text;
}

static char *
rendered(const char *template, Variables *variables)
{
	Arena		arena;

	sp_arena_init(&arena, CurrentMemoryContext);
	return template_render(&arena, template, look_up, variables);
}

void
sp_act_compose(const Act *act, const ActMessage *message, ActText *result)
{
	const ActBuiltin *builtin = &act->builtins[message->chinese][message->firing->rule->step_count > 1];
	const char *subject = builtin->subject;
	const char *body = strcmp(message->channel, "sms") == 0 ? builtin->short_body : builtin->body;
	Variables	variables;

	if (sp_act_has_template(message))
	{
		if (message->template->subject[message->chinese] != NULL)
			subject = message->template->subject[message->chinese];
		body = message->template->body[message->chinese];
	}
	set_variables(act, message, &variables);
	result->subject = on_one_line(rendered(subject, &variables));
	result->body = trimmed(rendered(body, &variables));
	result->variables = variables_as_json(&variables, message->cases == NULL);
}
