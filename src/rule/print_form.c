/*
 * print_form.c
 *	  The heads of sentences about members and states, in both tongues.
 */
#include "rule/lang_internal.h"

static const Word missing_words[] = {W_NONE, W_MISSING_COUNT, W_MISSING_BREAK, W_MISSING_SKIP};

/* ---- members ---- */

static void
print_member_en(Printer *pr, const Rule *rule)
{
	put_plain(pr, "EACH ");
	put_name(pr, LABEL_MEMBER, NULL, rule->trigger.event);
	if (rule->trigger.condition != NULL)
	{
		put_plain(pr, " WHERE ");
		print_condition(pr, rule->trigger.event, rule->trigger.condition);
	}
	put_plain(pr, " WITHOUT ");
	print_event_en(pr, &rule->absent);
	put_plain(pr, " FOR ");
	put_duration(pr, rule->window);
}

static void
print_member_zh(Printer *pr, const Rule *rule)
{
	put_plain(pr, "凡");
	if (rule->trigger.condition != NULL)
	{
		print_condition(pr, rule->trigger.event, rule->trigger.condition);
		put_plain(pr, "的");
	}
	put_name(pr, LABEL_MEMBER, NULL, rule->trigger.event);
	put_plain(pr, "，连续");
	put_duration(pr, rule->window);
	put_plain(pr, "未发生");
	print_event_zh(pr, &rule->absent);
	put_plain(pr, "的，");
}

/* ---- states ---- */

static void
print_state_en(Printer *pr, const Rule *rule)
{
	put_plain(pr, "WHILE ");
	put_name(pr, LABEL_RELATION, NULL, rule->trigger.event);
	if (rule->trigger.condition != NULL)
	{
		put_plain(pr, " WHERE ");
		print_condition(pr, rule->trigger.event, rule->trigger.condition);
	}
	if (rule->window.count != 0)
	{
		put_plain(pr, " FOR ");
		put_duration(pr, rule->window);
	}
	if (rule->streak.count != 0)
	{
		put_plain(pr, lang_format(pr->out.arena, " ON %lld CONSECUTIVE %sday%s",
								  (long long) rule->streak.count,
								  rule->streak.unit == UNIT_WORKING_DAY ? "working " : "",
								  rule->streak.count == 1 ? "" : "s"));
		if (rule->missing != MISSING_DEFAULT)
		{
			put_plain(pr, " ");
			put_word(pr, missing_words[rule->missing]);
		}
	}
	print_keys_en(pr, rule);
}

static void
print_state_zh(Printer *pr, const Rule *rule)
{
	put_word(pr, W_WHILE);
	put_name(pr, LABEL_RELATION, NULL, rule->trigger.event);
	print_keys_zh(pr, rule);
	if (rule->streak.count != 0)
	{
		put_word(pr, W_CONSECUTIVE);
		put_duration(pr, rule->streak);
	}
	if (rule->trigger.condition != NULL)
	{
		put_plain(pr, "，其");
		print_condition(pr, rule->trigger.event, rule->trigger.condition);
	}
	if (rule->window.count != 0)
	{
		put_plain(pr, "，持续");
		put_duration(pr, rule->window);
	}
	if (rule->missing != MISSING_DEFAULT)
	{
		put_plain(pr, "，");
		put_word(pr, missing_words[rule->missing]);
	}
	put_plain(pr, rule->unless_rule == NULL && rule->calendar == NULL && !rule->fire_past ? "，就" : "，");
}

/* what ends the sentence of a state */
void
print_cleared(Printer *pr, const Rule *rule)
{
	if (rule->cleared.event == NULL)
		return;
	put_plain(pr, pr->tongue == TONGUE_ZH ? "；" : " CLEARED WHEN ");
	print_condition(pr, rule->cleared.event, rule->cleared.condition);
	if (pr->tongue == TONGUE_ZH)
		put_word(pr, W_CLEARED_END);
}

void
print_form_en(Printer *pr, const Rule *rule)
{
	if (rule->form == FORM_MEMBER)
		print_member_en(pr, rule);
	else
		print_state_en(pr, rule);
}

void
print_form_zh(Printer *pr, const Rule *rule)
{
	if (rule->form == FORM_MEMBER)
		print_member_zh(pr, rule);
	else
		print_state_zh(pr, rule);
}
