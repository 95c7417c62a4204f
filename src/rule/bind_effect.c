/*
 * bind_effect.c
 *	  What the actions of a rule name beside roles: events, columns, functions.
 *
 * Functions are looked up again when they are called, as the rule's author; what
 * is said here is said where it helps, when the sentence is written.
 */
#include "rule/shell.h"

#include "access/htup_details.h"
#include "catalog/namespace.h"
#include "catalog/pg_proc.h"
#include "miscadmin.h"
#include "nodes/pg_list.h"
#include "rule/lang_internal.h"
#include "utils/builtins.h"
#include "utils/catcache.h"
#include "utils/lsyscache.h"
#include "utils/regproc.h"
#include "utils/syscache.h"

static bool
fail_column(Arena *arena, const Rule *rule, size_t offset, const char *event, const char *column,
			LangError *error)
{
	return sp_lang_fail(error, LANG_UNKNOWN_NAME, offset,
						lang_format(arena, in_tongue(rule->tongue, "event \"%s\" has no column \"%s\"",
													 "事件“%s”没有字段“%s”"),
									sp_shown(rule->tongue, LABEL_EVENT, NULL, event), column),
						in_tongue(rule->tongue, "An action can give only what its event has.",
								  "动作只能使用事件已有的字段。"),
						in_tongue(rule->tongue, "See the columns of the event's table with \\d.",
								  "可用 \\d 查看事件表的字段。"));
}

static bool
has_column(const EventKind *kind, const char *column)
{
	return kind != NULL && get_attnum(kind->relid, sp_from_utf8(column)) > 0;
}

/* The columns that arguments read belong to the trigger. */
static bool
bind_arguments(Arena *arena, const BoundTree *bound, const RuleAction *action, LangError *error)
{
	const Rule *rule = bound->rule;

	for (int i = 0; i < action->argument_count; i++)
	{
		const RuleArgument *argument = &action->arguments[i];

		if (argument->value.kind == VALUE_COLUMN && !has_column(bound->parts[0].kind, argument->value.text))
			return fail_column(arena, rule, argument->value.offset,
							   rule->trigger.event == NULL ? "" : rule->trigger.event, argument->value.text, error);
	}
	return true;
}

static bool
bind_emit(Arena *arena, const BoundTree *bound, const RuleAction *action, LangError *error)
{
	const Rule *rule = bound->rule;
	const EventKind *kind = sp_event_kind_by_name(sp_from_utf8(action->target), true);

	if (kind == NULL)
		return sp_lang_fail(error, LANG_UNKNOWN_NAME, action->offset,
							lang_format(arena, in_tongue(rule->tongue, "unknown event \"%s\"", "没有名为“%s”的事件"),
										action->target),
							in_tongue(rule->tongue, "There is no event kind of that name.", "没有这个名称的事件种类。"),
							in_tongue(rule->tongue, "See pulse.events for the known events.", "已有的事件见 pulse.events。"));
	for (int i = 0; i < action->argument_count; i++)
		if (!has_column(kind, action->arguments[i].column))
			return fail_column(arena, rule, action->arguments[i].value.offset, action->target,
							   action->arguments[i].column, error);
	return true;
}

/*
 * Is there a function of that name that takes so many arguments?  Whoever looks
 * at rules need not have any right to it.
 */
static bool
has_function(const char *name, int arguments)
{
	List	   *names = QualifiedNameList(name);
	Oid			schema = list_length(names) == 2 ? get_namespace_oid(strVal(linitial(names)), true) : InvalidOid;
	CatCList   *functions = SearchSysCacheList1(PROCNAMEARGSNSP, CStringGetDatum(strVal(llast(names))));
	bool		found = false;

	for (int i = 0; i < functions->n_members; i++)
	{
		Form_pg_proc function = (Form_pg_proc) GETSTRUCT(&functions->members[i]->tuple);

		found = found || (function->pronamespace == schema && function->prokind == PROKIND_FUNCTION &&
						  arguments <= function->pronargs &&
						  arguments >= function->pronargs - function->pronargdefaults);
	}
	ReleaseSysCacheList(functions);
	return found;
}

static bool
bind_call(Arena *arena, const BoundTree *bound, const RuleAction *action, LangError *error)
{
	const Rule *rule = bound->rule;
	int			count = action->argument_count > 0 ? action->argument_count : 1 + rule->more_key_count;
	char	   *name = sp_from_utf8(action->target);

	if (rule->schedule.period != SCHEDULE_NONE)
		count = action->argument_count;
	if (strchr(name, '.') != NULL && strchr(name, '(') == NULL && strchr(name, '"') == NULL && has_function(name, count))
		return true;
	return sp_lang_fail(error, LANG_UNKNOWN_NAME, action->offset,
						lang_format(arena, in_tongue(rule->tongue, "unknown function \"%s\"", "没有名为“%s”的函数"),
									action->target),
						lang_format(arena, in_tongue(rule->tongue, "No function of that schema and name takes %d argument(s).",
													 "该模式中没有接受%d个参数的同名函数。"), count),
						in_tongue(rule->tongue, "Write its name with its schema, as app.take_back. Without arguments it is given the key.",
								  "请写出模式和函数名，如 app.take_back；不写参数时传入对象。"));
}

/* The actions of all steps. */
bool
sp_bind_actions(Arena *arena, const BoundTree *bound, LangError *error)
{
	const Rule *rule = bound->rule;

	for (int step = 0; step < rule->step_count; step++)
		for (int i = 0; i < rule->steps[step].action_count; i++)
		{
			const RuleAction *action = &rule->steps[step].actions[i];

			if (!bind_arguments(arena, bound, action, error) ||
				(action->verb == VERB_EMIT && !bind_emit(arena, bound, action, error)) ||
				(action->verb == VERB_CALL && !bind_call(arena, bound, action, error)))
				return false;
		}
	return true;
}

/* ---- whose code the actions run ---- */

static void
check_functions(const char *name)
{
	List	   *names = QualifiedNameList(name);
	FuncCandidateList candidate = FuncnameGetCandidates(names, -1, NIL, false, false, false, true);

	for (; candidate != NULL; candidate = candidate->next)
		sp_check_function(candidate->oid);
}

/* Asked as the author, who will run it; see trust.c. */
void
sp_check_actions(const Rule *rule, Oid author)
{
	SpSpiScope	scope;

	if (!superuser_arg(author))
		return;
	sp_spi_begin_as(&scope, author);
	for (int step = 0; step < rule->step_count; step++)
		for (int i = 0; i < rule->steps[step].action_count; i++)
		{
			const RuleAction *action = &rule->steps[step].actions[i];

			if (action->verb == VERB_EMIT)
				sp_check_target(sp_event_kind_by_name(sp_from_utf8(action->target), false)->relid);
			else if (action->verb == VERB_CALL)
				check_functions(sp_from_utf8(action->target));
		}
	sp_spi_end(&scope);
}
