/*
 * bind_form.c
 *	  Sentences about members and states, bound to what they read.
 *
 * The relation stands in for the first event: its columns are what conditions
 * are about, and the condition functions take its row.
 */
#include "rule/shell.h"

#include "rule/lang_internal.h"
#include "utils/lsyscache.h"

static EventKind *
stand_in(const char *name, Oid relid)
{
	EventKind  *kind = palloc0(sizeof(EventKind));

	kind->kind_id = LOOK_KIND;
	kind->relid = relid;
	strlcpy(kind->name, name, NAMEDATALEN);
	return kind;
}

static bool
bind_member(Arena *arena, const Rule *rule, BoundTree *bound, LangError *error)
{
	char	   *key = sp_from_utf8(rule->trigger.event);
	Oid			relid = sp_member_relation(key, &bound->source);

	if (OidIsValid(relid))
	{
		bound->parts[0].kind = stand_in(key, relid);
		return true;
	}
	return sp_lang_fail(error, LANG_UNKNOWN_NAME, rule->trigger.offset,
						lang_format(arena, in_tongue(rule->tongue, "it is not known where the members of \"%s\" are",
													 "不知道“%s”在哪张表里"),
									sp_shown(rule->tongue, LABEL_KEY, NULL, rule->trigger.event)),
						in_tongue(rule->tongue, "A rule about members reads the relation that describes their key.",
								  "关于对象的规则要读取描述该对象的表。"),
						lang_format(arena, in_tongue(rule->tongue,
													 "Type SELECT pulse.describe_key('%s', 'app.%s', name => 'name', since => 'created_at').",
													 "请执行 SELECT pulse.describe_key('%s', 'app.%s', name => 'name', since => 'created_at')。"),
									rule->trigger.event, rule->trigger.event));
}

static bool
check_days(Arena *arena, const Rule *rule, Oid relid, LangError *error)
{
	if (rule->streak.count == 0 || sp_day_column(relid) != NULL)
		return true;
	return sp_lang_fail(error, LANG_SYNTAX, rule->trigger.offset,
						lang_format(arena, in_tongue(rule->tongue, "relation \"%s\" does not have one column of type date",
													 "数据表“%s”没有唯一的日期字段"),
									rule->trigger.event),
						in_tongue(rule->tongue, "Consecutive days are counted by it.", "连续的日子按它来数。"),
						in_tongue(rule->tongue, "Make a view with the keys, the day, and what is compared.",
								  "请建一个视图，包含对象、日期和要比较的字段。"));
}

static bool
bind_state(Arena *arena, const Rule *rule, BoundTree *bound, LangError *error)
{
	char	   *name = sp_from_utf8(rule->trigger.event);
	Oid			relid = sp_relation_by_name(name);

	if (!OidIsValid(relid))
		return sp_lang_fail(error, LANG_UNKNOWN_NAME, rule->trigger.offset,
							lang_format(arena, in_tongue(rule->tongue, "unknown relation \"%s\"", "没有名为“%s”的数据表"),
										rule->trigger.event),
							in_tongue(rule->tongue, "There is no table or view of that name.", "没有这个名称的表或视图。"),
							in_tongue(rule->tongue, "Name it with its schema: pulse.label('relation', 'app.stock', 'stock').",
									  "请写明模式名：pulse.label('relation', 'app.stock', zh => '库存')。"));
	bound->source = relid;
	bound->parts[0].kind = stand_in(name, relid);
	if (rule->cleared.event != NULL)
		bound->parts[1].kind = bound->parts[0].kind;
	return check_days(arena, rule, relid, error);
}

bool
sp_bind_form(Arena *arena, const Rule *rule, BoundTree *bound, LangError *error)
{
	switch (rule->form)
	{
		case FORM_MEMBER:
			return bind_member(arena, rule, bound, error);
		case FORM_STATE:
			return bind_state(arena, rule, bound, error);
		case FORM_EVENT:
			break;
	}
	return true;
}
