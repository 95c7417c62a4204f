/*
 * bind.c
 *	  A rule's tree bound to the event tables of this database.
 *
 * Checks that the events exist, that the key is a column of all of them, that
 * AFTER names a date of the trigger, and compiles the conditions.  A sentence
 * without a key gets the one column that its events share, if it is one; about
 * the rows of a relation, its primary key.
 */
#include "rule/shell.h"

#include "access/htup_details.h"
#include "access/sysattr.h"
#include "catalog/pg_attribute.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_type.h"
#include "parser/parse_coerce.h"
#include "rule/lang_internal.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

const char *const sp_rule_part_names[RULE_PART_COUNT] = {
	"trigger", "absent", "until", "earlier", "lacking"
};

static AttrNumber
column_number(const EventKind *kind, const char *column)
{
	return get_attnum(kind->relid, sp_from_utf8(column));
}

static const char *
shown_event(const Rule *rule, const char *event)
{
	return sp_shown(rule->tongue, LABEL_EVENT, NULL, event);
}

/* Is it called as a step of a case is? */
static bool
is_step(const char *event)
{
	return strncmp(event, "case_", 5) == 0 || strncmp(event, "task_", 5) == 0 || strncmp(event, "message_", 8) == 0;
}

/* ---- events ---- */

static bool
bind_event(Arena *arena, const Rule *rule, BoundPart *part, LangError *error)
{
	const Vocabulary *vocabulary;
	const char *event = part->event->event;
	const char *nearest;

	if (event == NULL || part->kind != NULL)	/* or a relation stands in */
		return true;
	part->kind = sp_event_kind_by_name(sp_from_utf8(event), true);
	if (part->kind != NULL && get_rel_name(part->kind->relid) != NULL)
		return true;
	vocabulary = sp_vocabulary();
	nearest = vocabulary->nearest(vocabulary->context, rule->tongue, LABEL_EVENT, NULL,
								  event, strlen(event));
	return sp_lang_fail(error, LANG_UNKNOWN_NAME, part->event->offset,
						lang_format(arena, in_tongue(rule->tongue, "unknown event \"%s\"", "没有名为“%s”的事件"), event),
						in_tongue(rule->tongue, "There is no event kind of that name.", "没有这个名称的事件种类。"),
						is_step(event) ?
						in_tongue(rule->tongue, "Steps of cases are events after SELECT pulse.create_case_events();",
								  "先执行 SELECT pulse.create_case_events(); 之后事项的各步骤才是事件。") :
						nearest == NULL ?
						in_tongue(rule->tongue, "See pulse.events for the known events.", "已有的事件见 pulse.events。") :
						lang_format(arena, in_tongue(rule->tongue, "Perhaps you meant \"%s\".", "是否想写“%s”？"), nearest));
}

/* ---- the key ---- */

/* May a column of this type say what an event is about? */
static bool
is_key_type(Oid type)
{
	Oid			base = getBaseType(type);

	return base == INT2OID || base == INT4OID || base == INT8OID || base == UUIDOID ||
		TypeCategory(base) == TYPCATEGORY_STRING;
}

static bool
shared_by_all(const BoundTree *bound, const char *column)
{
	for (int i = 0; i < RULE_PART_COUNT; i++)
		if (bound->parts[i].kind != NULL &&
			get_attnum(bound->parts[i].kind->relid, column) == InvalidAttrNumber)
			return false;
	return true;
}

/* What is put together per customer is about something else. */
static bool
is_put_together(const Rule *rule, const char *column)
{
	for (int i = 0; i < rule->step_count; i++)
		if (rule->steps[i].together != NULL && strcmp(rule->steps[i].together, sp_to_utf8(column)) == 0)
			return true;
	return false;
}

/* The columns that all events of the rule have, for a hint; *only: the one, if it is one. */
static char *
shared_columns(const Rule *rule, const BoundTree *bound, const char **only, int *count)
{
	Oid			relid = bound->parts[0].kind->relid;
	StringInfoData list;

	initStringInfo(&list);
	*count = 0;
	for (AttrNumber attnum = bound->parts[0].kind->kind_id > 0 ? EVENT_HEADER_ATTS + 1 : 1;; attnum++)
	{
		HeapTuple	tuple = SearchSysCache2(ATTNUM, ObjectIdGetDatum(relid), Int16GetDatum(attnum));
		Form_pg_attribute attribute;

		if (!HeapTupleIsValid(tuple))
			return list.data;
		attribute = (Form_pg_attribute) GETSTRUCT(tuple);
		if (!attribute->attisdropped && strcmp(NameStr(attribute->attname), "dedup_key") != 0 &&
			is_key_type(attribute->atttypid) && shared_by_all(bound, NameStr(attribute->attname)) &&
			!is_put_together(rule, NameStr(attribute->attname)))
		{
			*only = pstrdup(NameStr(attribute->attname));
			appendStringInfo(&list, "%s%s", (*count)++ > 0 ? ", " : "", *only);
		}
		ReleaseSysCache(tuple);
	}
}

/* A row of a relation is about its primary key, but for the day that is counted. */
static bool
infer_primary_key(Arena *arena, Rule *rule, const BoundTree *bound)
{
	Oid			constraint;
	Bitmapset  *columns = get_primary_key_attnos(bound->source, false, &constraint);
	const char **keys = arena_alloc(arena, LANG_MAX_KEYS * sizeof(char *));
	int			count = 0;

	for (int column = -1; (column = bms_next_member(columns, column)) >= 0;)
	{
		AttrNumber	attnum = column + FirstLowInvalidHeapAttributeNumber;
		Oid			type = get_atttype(bound->source, attnum);
		const char *name = sp_to_utf8(get_attname(bound->source, attnum, false));

		if (rule->streak.count > 0 && getBaseType(type) == DATEOID)
			continue;
		if (!is_key_type(type) || count == LANG_MAX_KEYS)
			return false;
		keys[count++] = arena_string(arena, name, strlen(name));
	}
	if (count == 0)
		return false;
	rule->key = keys[0];
	rule->more_keys = keys + 1;
	rule->more_key_count = count - 1;
	return true;
}

static bool
infer_key(Arena *arena, Rule *rule, const BoundTree *bound, LangError *error)
{
	const char *only = NULL;
	int			count;
	char	   *list = shared_columns(rule, bound, &only, &count);

	if (count > 1 && is_step(bound->parts[0].event->event) && shared_by_all(bound, CASE_KEY))
	{
		count = 1;				/* what steps of cases are about */
		only = CASE_KEY;
	}
	if (count == 1)
	{
		only = sp_to_utf8(only);
		rule->key = arena_string(arena, only, strlen(only));
		return true;
	}
	if (rule->form == FORM_STATE && infer_primary_key(arena, rule, bound))
		return true;
	return sp_lang_fail(error, LANG_SYNTAX, rule->trigger.offset,
						in_tongue(rule->tongue, "the sentence does not say what it is about", "句子没有说明针对什么对象"),
						count == 0 ?
						in_tongue(rule->tongue, "Its events have no column in common that could be the key.",
								  "各事件没有可以作为对象的共同字段。") :
						lang_format(arena, in_tongue(rule->tongue, "Its events share the columns %s.", "各事件共有的字段：%s。"),
									sp_to_utf8(list)),
						in_tongue(rule->tongue, "Write PER and a key after the first event: PER customer.",
								  "请在第一个事件后写明对象，如（每个客户）。"));
}

static bool
check_one_key(Arena *arena, const Rule *rule, const BoundTree *bound, const char *key, LangError *error)
{
	for (int i = 0; i < RULE_PART_COUNT; i++)
	{
		const BoundPart *part = &bound->parts[i];

		if (part->kind == NULL || (i == 0 && rule->form == FORM_MEMBER) ||
			column_number(part->kind, key) != InvalidAttrNumber)
			continue;
		return sp_lang_fail(error, LANG_UNKNOWN_NAME, rule->key_offset,
							lang_format(arena, in_tongue(rule->tongue, "event \"%s\" has no column \"%s\"",
														 "事件“%s”没有字段“%s”"),
										shown_event(rule, part->event->event),
										sp_shown(rule->tongue, LABEL_KEY, NULL, key)),
							in_tongue(rule->tongue, "The key must be a column of every event of the sentence.",
									  "对象必须是句中每个事件都有的字段。"),
							in_tongue(rule->tongue, "Let the watch fill that column, or choose another key.",
									  "请在采集时填写该字段，或换一个对象。"));
	}
	return true;
}

static bool
check_key(Arena *arena, const Rule *rule, const BoundTree *bound, LangError *error)
{
	if (!check_one_key(arena, rule, bound, rule->key, error))
		return false;
	for (int i = 0; i < rule->more_key_count; i++)
		if (!check_one_key(arena, rule, bound, rule->more_keys[i], error))
			return false;
	return true;
}

char *
sp_key_name(const Rule *rule)
{
	StringInfoData name;

	if (rule->schedule.period != SCHEDULE_NONE)
		return pstrdup("day");
	initStringInfo(&name);
	appendStringInfoString(&name, sp_from_utf8(rule->key));
	for (int i = 0; i < rule->more_key_count; i++)
		appendStringInfo(&name, ", %s", sp_from_utf8(rule->more_keys[i]));
	return name.data;
}

/* ---- AFTER column ---- */

static bool
check_after(Arena *arena, const Rule *rule, const BoundTree *bound, LangError *error)
{
	const EventKind *kind = bound->parts[0].kind;
	AttrNumber	attnum;
	Oid			type;

	if (rule->date_column == NULL)
		return true;
	attnum = column_number(kind, rule->date_column);
	if (attnum == InvalidAttrNumber)
		return sp_lang_fail(error, LANG_UNKNOWN_NAME, rule->date_offset,
							lang_format(arena, in_tongue(rule->tongue, "event \"%s\" has no column \"%s\"",
														 "事件“%s”没有字段“%s”"),
										shown_event(rule, rule->trigger.event), rule->date_column),
							in_tongue(rule->tongue, "The window is counted from it.", "时限从它开始计算。"),
							in_tongue(rule->tongue, "Name a date column of that event.", "请写该事件的一个日期字段。"));
	type = getBaseType(get_atttype(kind->relid, attnum));
	if (type == DATEOID || type == TIMESTAMPOID || type == TIMESTAMPTZOID)
		return true;
	return sp_lang_fail(error, LANG_SYNTAX, rule->date_offset,
						lang_format(arena, in_tongue(rule->tongue, "column \"%s\" is not a date", "字段“%s”不是日期"),
									sp_shown(rule->tongue, LABEL_COLUMN, rule->trigger.event, rule->date_column)),
						lang_format(arena, in_tongue(rule->tongue, "Its type is %s.", "它的类型是 %s。"),
									sp_to_utf8(format_type_be(type))),
						in_tongue(rule->tongue, "A window is counted from a date or an instant.",
								  "时限只能从日期或时刻开始计算。"));
}

/* ---- TOGETHER PER key ---- */

static bool
check_together(Arena *arena, const Rule *rule, const BoundTree *bound, LangError *error)
{
	for (int i = 0; i < rule->step_count; i++)
	{
		const RuleStep *step = &rule->steps[i];

		if (step->together == NULL ||
			column_number(bound->parts[0].kind, step->together) != InvalidAttrNumber)
			continue;
		return sp_lang_fail(error, LANG_UNKNOWN_NAME, step->together_offset,
							lang_format(arena, in_tongue(rule->tongue, "event \"%s\" has no column \"%s\"",
														 "事件“%s”没有字段“%s”"),
										shown_event(rule, rule->trigger.event),
										sp_shown(rule->tongue, LABEL_KEY, NULL, step->together)),
							in_tongue(rule->tongue, "Messages are put together by a column of the first event.",
									  "消息按第一个事件的字段合并。"),
							in_tongue(rule->tongue, "Let the watch fill that column, or choose another one.",
									  "请在采集时填写该字段，或换一个字段。"));
	}
	return true;
}

/* ---- all of it ---- */

static bool
bind_condition(Arena *arena, const Rule *rule, BoundPart *part, LangError *error)
{
	ConditionBinder binder = {arena, rule->tongue, part->kind, error};
	StringInfoData sql;

	if (part->event->condition == NULL)
		return true;
	initStringInfo(&sql);
	if (!sp_condition_sql(&binder, part->event->condition, &sql))
		return false;
	part->condition = sql.data;
	return true;
}

bool
sp_bind_tree(Arena *arena, const Rule *given, BoundTree *bound, LangError *error)
{
	Rule	   *rule = arena_copy(arena, given, sizeof(Rule));

	memset(error, 0, sizeof(*error));
	memset(bound, 0, sizeof(*bound));
	bound->rule = rule;
	bound->parts[0].event = &rule->trigger;
	bound->parts[1].event = rule->form == FORM_STATE ? &rule->cleared : &rule->absent;
	bound->parts[2].event = &rule->until;
	bound->parts[3].event = &rule->earlier;
	bound->parts[4].event = &rule->lacking;
	if (!sp_bind_form(arena, rule, bound, error) || !sp_bind_calendar(arena, rule, error))
		return false;
	if (rule->schedule.period != SCHEDULE_NONE)
		return sp_bind_actions(arena, bound, error);
	for (int i = 0; i < RULE_PART_COUNT; i++)
		if (!bind_event(arena, rule, &bound->parts[i], error))
			return false;
	if (rule->key == NULL && !infer_key(arena, rule, bound, error))
		return false;
	if (!check_key(arena, rule, bound, error) || !check_after(arena, rule, bound, error) ||
		!check_together(arena, rule, bound, error) || !sp_bind_actions(arena, bound, error))
		return false;
	for (int i = 0; i < RULE_PART_COUNT; i++)
		if (bound->parts[i].kind != NULL && !bind_condition(arena, rule, &bound->parts[i], error))
			return false;
	return true;
}

/* Are these the event kinds it was bound to?  One may have been dropped and made anew. */
bool
sp_is_bound_to(const BoundTree *bound, const int32 *kinds)
{
	for (int i = 0; i < RULE_PART_COUNT; i++)
		if (kinds[i] != (bound->parts[i].kind == NULL ? 0 : bound->parts[i].kind->kind_id))
			return false;
	return true;
}

/* A sentence in UTF-8, in either tongue, by labels or names. */
bool
sp_read_sentence(Arena *arena, const char *sentence, BoundTree *bound, LangError *error)
{
	const Rule *rule = lang_parse(arena, sentence, strlen(sentence), TONGUE_AUTO,
								  sp_vocabulary(), error);

	return rule != NULL && sp_bind_tree(arena, rule, bound, error);
}

/*
 * A stored rule, in the tongue of its sentence.  Its names say what was meant, as
 * labels may mean something else by now.
 */
bool
sp_read_name_form(Arena *arena, const char *name_form, Tongue tongue, BoundTree *bound, LangError *error)
{
	const Rule *rule = lang_parse(arena, name_form, strlen(name_form), TONGUE_EN, NULL, error);
	Rule	   *copy;

	if (rule == NULL)
		return false;
	copy = arena_copy(arena, rule, sizeof(Rule));
	copy->tongue = tongue;
	return sp_bind_tree(arena, copy, bound, error);
}
