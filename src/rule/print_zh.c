/*
 * print_zh.c
 *	  The canonical Chinese sentence: no blanks, full-width punctuation.
 */
#include "rule/lang_internal.h"

#include <stdio.h>
#include <string.h>

/*
 * Measure words by the end of a key's label; what is not listed takes 个.  Any
 * measure word is read.
 */
static const struct
{
	const char *ends;
	const char *measure;
}			measures[] = {
	{"发票", "张"}, {"订单", "张"}, {"单", "张"}, {"票", "张"}, {"设备", "台"}, {"机器", "台"},
	{"机", "台"}, {"车", "辆"}, {"合同", "份"}, {"协议", "份"}, {"门店", "家"}, {"店", "家"},
	{"公司", "家"}, {"企业", "家"}, {"代表", "位"}, {"员", "位"}, {"经理", "位"}, {"人", "位"},
	{"商品", "种"}, {"药品", "种"}, {"商机", "个"}
};

static void
put_measure(Printer *pr, const char *label)
{
	size_t		best = 0;
	const char *measure = "个";

	for (size_t i = 0; i < sizeof(measures) / sizeof(measures[0]); i++)
	{
		size_t		length = strlen(measures[i].ends);

		if (length > best && strlen(label) >= length &&
			strcmp(label + strlen(label) - length, measures[i].ends) == 0)
		{
			best = length;
			measure = measures[i].measure;
		}
	}
	put_plain(pr, measure);
}

void
print_keys_zh(Printer *pr, const Rule *rule)
{
	const char *separator = "（";
	bool		named = rule->key != NULL && rule->count == 0;	/* 同一客户 came
																 * before */

	if (named)
	{
		Printer		key = *pr;

		memset(&key.out, 0, sizeof(Out));
		key.out.arena = pr->out.arena;
		put_name(&key, LABEL_KEY, NULL, rule->key);
		put_plain(pr, "（每");
		put_measure(pr, out_text(&key));
		put_plain(pr, out_text(&key));
		for (int i = 0; i < rule->more_key_count; i++)
		{
			put_plain(pr, "、");
			put_name(pr, LABEL_KEY, NULL, rule->more_keys[i]);
		}
		separator = "，";
	}
	if (rule->rearm != REARM_ONE_OPEN)
	{
		put_plain(pr, separator);
		put_word(pr, rule->rearm == REARM_ONCE ? W_ONCE : W_EACH_TIME);
		separator = "，";
	}
	if (rule->cooldown.count != 0)
		put_plain(pr, separator);
	print_cooldown(pr, rule);
	if (named || rule->rearm != REARM_ONE_OPEN || rule->cooldown.count != 0)
		put_plain(pr, "）");
}

static void
print_event(Printer *pr, const RuleEvent *event)
{
	put_name(pr, LABEL_EVENT, NULL, event->event);
	if (event->condition == NULL)
		return;
	put_plain(pr, "（其");
	print_condition(pr, event->event, event->condition);
	put_plain(pr, "）");
}

/* 同一客户30天内 */
static void
print_count_head(Printer *pr, const Rule *rule)
{
	if (rule->key != NULL)
	{
		put_plain(pr, "同一");
		put_name(pr, LABEL_KEY, NULL, rule->key);
		for (int i = 0; i < rule->more_key_count; i++)
		{
			put_plain(pr, "、");
			put_name(pr, LABEL_KEY, NULL, rule->more_keys[i]);
		}
		/* a name in Latin letters would take in the digits */
		if ((unsigned char) pr->out.data[pr->out.length - 1] < 0x80)
			put_word(pr, W_IN_TIME);
	}
	put_duration(pr, rule->count_within);
	put_plain(pr, "内");
}

static void
print_head(Printer *pr, const Rule *rule)
{
	if (rule->form != FORM_EVENT)
	{
		print_form_zh(pr, rule);
		print_unless(pr, rule);
		print_clauses(pr, rule);
		return;
	}
	if (rule->schedule.period != SCHEDULE_NONE)
	{
		print_schedule(pr, &rule->schedule);
		put_plain(pr, "，");
		print_clauses(pr, rule);
		return;
	}
	if (is_unacknowledged(pr, rule))
	{
		print_unacknowledged(pr, rule);
		put_plain(pr, "时，");
		print_unless(pr, rule);
		print_clauses(pr, rule);
		return;
	}
	put_word(pr, W_WHEN);
	if (rule->earlier.event != NULL)
	{
		print_event(pr, &rule->earlier);
		put_plain(pr, "之后");
		put_duration(pr, rule->earlier_within);
		put_plain(pr, "内发生");
	}
	if (rule->count != 0)
		print_count_head(pr, rule);
	put_name(pr, LABEL_EVENT, NULL, rule->trigger.event);
	if (rule->count != 0)
		put_plain(pr, lang_format(pr->out.arena, "满%d次", rule->count));
	if (rule->lead.count != 0)
	{
		put_plain(pr, "的");
		put_name(pr, LABEL_COLUMN, rule->trigger.event, rule->date_column);
		put_plain(pr, "前");
		put_duration(pr, rule->lead);
	}
	print_keys_zh(pr, rule);
	if (rule->trigger.condition != NULL)
	{
		put_plain(pr, "，其");
		print_condition(pr, rule->trigger.event, rule->trigger.condition);
	}
	if (rule->lacking.event != NULL)
	{
		put_plain(pr, "，且之前");
		put_duration(pr, rule->lacking_within);
		put_plain(pr, "内未发生");
		print_event(pr, &rule->lacking);
	}
	if (rule->absent.event != NULL)
	{
		put_plain(pr, "，且");
		if (rule->date_column != NULL && rule->lead.count == 0)
		{
			put_name(pr, LABEL_COLUMN, rule->trigger.event, rule->date_column);
			put_plain(pr, "后");
		}
		if (rule->lead.count == 0)
		{
			put_duration(pr, rule->window);
			put_plain(pr, "内");
		}
		put_plain(pr, "未发生");
		print_event(pr, &rule->absent);
	}
	put_plain(pr, "时，");
	print_unless(pr, rule);
	print_clauses(pr, rule);
}

static void
print_action(Printer *pr, const RuleAction *action)
{
	static const Word verbs[] = {W_NOTIFY, W_TEXT, W_MAIL, W_ASSIGN};
	const char *title = action->text;

	if (!print_effect(pr, action))
	{
		put_word(pr, verbs[action->verb]);
		put_name(pr, LABEL_ROLE, NULL, action->role);
		if (title != NULL)
			put_text(pr, title);
	}
	for (int i = 0; i < action->copy_count; i++)
	{
		put_plain(pr, i == 0 ? "，抄送" : "、");
		put_name(pr, LABEL_ROLE, NULL, action->copies[i]);
	}
	if (action->due_in.count != 0)
	{
		put_plain(pr, "，限");
		put_duration(pr, action->due_in);
		put_plain(pr, "完成");
	}
}

static void
print_step(Printer *pr, const RuleStep *step)
{
	if (step->timing == STEP_AFTER_PREVIOUS)
		put_plain(pr, "再过");
	if (step->timing == STEP_EVERY)
		put_word(pr, W_EVERY);
	if (step->timing != STEP_AT_ONCE)
		put_duration(pr, step->delay);
	if (step->timing == STEP_AFTER_FIRST)
		put_plain(pr, "后");
	if (step->at_most > 0)
	{
		char		count[32];

		snprintf(count, sizeof(count), "、最多%d次", step->at_most);
		put_plain(pr, count);
	}
	if (step->timing != STEP_AT_ONCE)
		put_plain(pr, "，");
	if (step->guard != GUARD_NONE)
	{
		put_word(pr, word_of_guard(step->guard));
		put_plain(pr, "，");
	}
	if (step->together != NULL)
	{
		put_word(pr, W_TOGETHER);
		put_name(pr, LABEL_KEY, NULL, step->together);
		put_word(pr, W_TOGETHER_END);
		put_plain(pr, "，");
		if (step->daily)
		{
			put_word(pr, W_EVERY);
			put_plain(pr, "天");
			print_clock(pr, step->daily_at);
			put_word(pr, W_ONCE_END);
			put_plain(pr, "，");
		}
	}
	for (int i = 0; i < step->action_count; i++)
	{
		if (i > 0)
			put_plain(pr, i == step->action_count - 1 ? "，同时" : "，");
		print_action(pr, &step->actions[i]);
	}
}

void
print_sentence_zh(Printer *pr, const Rule *rule)
{
	print_head(pr, rule);
	pr->event = rule->trigger.event;
	for (int i = 0; i < rule->step_count; i++)
	{
		if (i > 0)
			put_plain(pr, "；");
		print_step(pr, &rule->steps[i]);
	}
	print_cleared(pr, rule);
	if (rule->until.event != NULL)
	{
		put_plain(pr, "；直到");
		print_event(pr, &rule->until);
		put_plain(pr, "为止");
	}
	put_plain(pr, "。");
}

/* ---- parts of it, for explanations ---- */

void
print_event_zh(Printer *pr, const RuleEvent *event)
{
	print_event(pr, event);
}

/* What a step does, without when. */
void
print_acts_zh(Printer *pr, const RuleStep *step)
{
	RuleStep	acts = *step;

	acts.timing = STEP_AT_ONCE;
	acts.at_most = 0;
	acts.guard = GUARD_NONE;
	print_step(pr, &acts);
}
