/*
 * print_extra.c
 *	  Schedules, options and the actions of parse_effect.c in their canonical
 *	  form, in both tongues.
 */
#include "rule/lang_internal.h"

#include <string.h>

static bool
zh(const Printer *pr)
{
	return pr->tongue == TONGUE_ZH;
}

/* ---- schedules ---- */

void
print_clock(Printer *pr, int minute)
{
	put_plain(pr, lang_format(pr->out.arena, zh(pr) ? "%d:%02d" : "%02d:%02d", minute / 60, minute % 60));
}

static void
print_weekdays(Printer *pr, unsigned weekdays)
{
	static const char *const en[] = {
		"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"
	};
	static const char *const days_zh[] = {"一", "二", "三", "四", "五", "六", "日"};
	const char *separator = "";

	for (int day = 0; day < 7; day++)
	{
		if (!(weekdays & (1u << day)))
			continue;
		put_plain(pr, separator);
		if (zh(pr))
			put_plain(pr, "周");
		put_plain(pr, zh(pr) ? days_zh[day] : en[day]);
		separator = zh(pr) ? "、" : ", ";
	}
}

static void
print_month_day(Printer *pr, const Schedule *schedule)
{
	const char *noun = zh(pr) ? (schedule->working ? "个工作日" : "日") : schedule->working ? "working day" : "day";

	put_plain(pr, zh(pr) ? "月" : "month ON ");
	if (schedule->day < 0)
		put_plain(pr, lang_format(pr->out.arena, zh(pr) ? "最后一%s" : "last %s",
								  zh(pr) && !schedule->working ? "天" : noun));
	else if (zh(pr))
		put_plain(pr, lang_format(pr->out.arena, "%s%d%s", schedule->working ? "第" : "", schedule->day, noun));
	else
		put_plain(pr, lang_format(pr->out.arena, "%s %d", noun, schedule->day));
}

/* EVERY working day AT 08:00, 每个工作日8:00 */
void
print_schedule(Printer *pr, const Schedule *schedule)
{
	put_plain(pr, zh(pr) ? "每" : "EVERY ");
	if (schedule->period == SCHEDULE_WEEK)
		print_weekdays(pr, schedule->weekdays);
	else if (schedule->period == SCHEDULE_MONTH)
		print_month_day(pr, schedule);
	else if (zh(pr))
		put_plain(pr, schedule->working ? "个工作日" : "天");
	else
		put_plain(pr, schedule->working ? "working day" : "day");
	/* 每月5日8:00 has its numbers apart, 每天8:00 needs none */
	put_plain(pr, zh(pr) ? "" : " AT ");
	print_clock(pr, schedule->minute);
}

/* ---- options ---- */

void
print_cooldown(Printer *pr, const Rule *rule)
{
	if (rule->cooldown.count == 0)
		return;
	if (!zh(pr))
	{
		put_plain(pr, " ");
		put_word(pr, W_AT_MOST_ONCE);
		put_plain(pr, " ");
	}
	put_duration(pr, rule->cooldown);
	if (zh(pr))
	{
		put_word(pr, W_WITHIN);
		put_word(pr, W_AT_MOST_ONCE);
	}
}

void
print_unless(Printer *pr, const Rule *rule)
{
	if (rule->unless_rule == NULL)
		return;
	if (!zh(pr))
		put_plain(pr, " ");
	put_plain(pr, zh(pr) ? "除非规则" : "UNLESS rule ");
	put_text(pr, rule->unless_rule);
	put_plain(pr, zh(pr) ? "未结，" : " IS OPEN");
}

/* ---- a role that has not acknowledged ---- */

/* Can the head be said so?  Names are shown only where labels are. */
bool
is_unacknowledged(const Printer *pr, const Rule *rule)
{
	const RuleExpr *role = rule->trigger.condition;

	return pr->vocabulary != NULL && rule->trigger.event != NULL && rule->absent.event != NULL &&
		rule->key != NULL && role != NULL && role->kind == EXPR_COMPARE && role->comparison == COMPARED_EQ &&
		role->values[0].kind == VALUE_TEXT && strcmp(role->column, CASE_ROLE) == 0 &&
		role->values[0].text[0] != '\0' && strcmp(rule->trigger.event, EVENT_CASE_ADDRESSED) == 0 &&
		strcmp(rule->absent.event, EVENT_CASE_ACKNOWLEDGED) == 0 && rule->absent.condition == NULL &&
		strcmp(rule->key, CASE_KEY) == 0 && rule->more_key_count == 0 && rule->rearm == REARM_ONE_OPEN &&
		rule->count == 0 && rule->earlier.event == NULL && rule->lacking.event == NULL &&
		rule->date_column == NULL && rule->cooldown.count == 0;
}

void
print_unacknowledged(Printer *pr, const Rule *rule)
{
	put_word(pr, W_WHEN);
	if (!zh(pr))
		put_plain(pr, " ");
	put_name(pr, LABEL_ROLE, NULL, rule->trigger.condition->values[0].text);
	if (zh(pr))
	{
		/* a name in Latin letters would take in the digits */
		if ((unsigned char) pr->out.data[pr->out.length - 1] < 0x80)
			put_word(pr, W_IN_TIME);
		put_duration(pr, rule->window);
		put_word(pr, W_WITHIN);
		put_word(pr, W_NOT_ACKNOWLEDGED);
		return;
	}
	put_plain(pr, " HAS NOT ACKNOWLEDGED WITHIN ");
	put_duration(pr, rule->window);
}

/* ---- actions ---- */

static void
print_arguments(Printer *pr, const RuleAction *action)
{
	if (action->argument_count == 0)
		return;
	put_plain(pr, zh(pr) ? "（" : " (");
	for (int i = 0; i < action->argument_count; i++)
	{
		const RuleArgument *argument = &action->arguments[i];

		if (i > 0)
			put_plain(pr, zh(pr) ? "、" : ", ");
		if (argument->column != NULL)
		{
			put_name(pr, LABEL_COLUMN, action->target, argument->column);
			put_plain(pr, zh(pr) ? "为" : " ");
		}
		put_value(pr, argument->column, &argument->value);
	}
	put_plain(pr, zh(pr) ? "）" : ")");
}

static void
print_report(Printer *pr, const RuleAction *action)
{
	if (zh(pr))
		put_plain(pr, "向每位");
	else
	{
		put_plain(pr, "send ");
		put_text(pr, action->text);
		put_plain(pr, " TO EACH ");
	}
	put_name(pr, LABEL_ROLE, NULL, action->role);
	if (zh(pr))
	{
		put_plain(pr, "发送");
		put_text(pr, action->text);
	}
}

/* False: it is a message or a task, which others print. */
bool
print_effect(Printer *pr, const RuleAction *action)
{
	switch (action->verb)
	{
		case VERB_SEND:
			print_report(pr, action);
			return true;
		case VERB_HOLD:
		case VERB_REJECT:
			put_word(pr, action->verb == VERB_HOLD ? W_HOLD : W_REJECT);
			if (action->text !=NULL)
			{
				put_plain(pr, zh(pr) ? "" : " ");
				put_text(pr, action->text);
			}
			return true;
		case VERB_EMIT:
			put_plain(pr, zh(pr) ? "产生事件" : "emit event ");
			put_name(pr, LABEL_EVENT, NULL, action->target);
			print_arguments(pr, action);
			return true;
		case VERB_CALL:
			put_plain(pr, zh(pr) ? "执行" : "call function ");
			if (pr->vocabulary != NULL &&
				pr->vocabulary->label(pr->vocabulary->context, pr->tongue, LABEL_FUNCTION, NULL, action->target) != NULL)
				put_name(pr, LABEL_FUNCTION, NULL, action->target);
			else
				put_text(pr, action->target);
			print_arguments(pr, action);
			return true;
		default:
			return false;
	}
}
