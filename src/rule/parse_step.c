/*
 * parse_step.c
 *	  The steps of a ladder, in both tongues: when each comes, and its actions.
 *
 *	  en: actions; 7 days later: actions; another 7 days later: actions;
 *		  every 10 days [AT MOST 5 TIMES]: actions
 *		  7 days later UNLESS ACKNOWLEDGED | UNLESS DONE | WHEN DELIVERED: actions
 *	  zh: 动作；7天后，动作；再过7天，动作；每10天[、最多5次]，动作
 *		  7天后，如未确认 | 如未完成 | 送达后，动作
 *
 *	A step's actions may go TOGETHER PER key [ONCE A DAY [AT 18:00]]; 按对象合并[，每天18:00一次]，动作.
 *
 * Steps come one after the other, so what follows a repeat counts from its last
 * repetition, and a repeat without AT MOST is the last step.
 */
#include "rule/lang_internal.h"

#include <string.h>
#include <strings.h>

/* ---- repeats ---- */

/* every 10 days, every day; not a mistake when none is here */
static bool
accept_repeat(Parser *p, RuleStep *step)
{
	size_t		every;
	size_t		period;

	skip_space(p);
	every = scan_word(p, p->at, W_EVERY);
	period = scan_space(p, p->at + every);
	if (every == 0 || scan_period(p, period, &step->delay) == 0)
		return false;
	step->timing = STEP_EVERY;
	p->at = period;
	return true;
}

/* The rest of a repeat: its period and AT MOST. */
static bool
parse_repeat(Parser *p, RuleStep *step, size_t start)
{
	size_t		separator;

	if (step->delay.count == 0)
		return expect_duration(p, &step->delay);
	p->at += scan_period(p, p->at, &step->delay);
	separator = p->at;
	if (p->tongue == TONGUE_ZH && !take_symbol(p, "、"))
		(void) take_symbol(p, ",");
	if (take_word(p, W_AT_MOST))
	{
		if (!expect_count(p, &step->at_most))
			return false;
		return take_word(p, W_TIMES) || fail_expected(p, "TIMES", "“次”");
	}
	p->at = separator;
	p->endless = start + 1;
	return true;
}

static bool
fail_after_repeat(Parser *p, size_t at)
{
	if (p->endless > 0)
		return fail_at(p, LANG_SYNTAX, at,
					   lang_say(p, "this step would never come", "此步骤永远不会执行"),
					   lang_say(p, "The repeat before it has no last time.", "前面的重复没有次数上限。"),
					   lang_say(p, "Write every 10 days AT MOST 5 TIMES before it.",
								"请在前面写明次数，如：每10天、最多5次。"));
	return fail_at(p, LANG_SYNTAX, at,
				   lang_say(p, "after a repeat a step counts from the last time",
							"重复之后的步骤从最后一次算起"),
				   lang_say(p, "Steps come one after the other.", "步骤按先后顺序执行。"),
				   lang_say(p, "Write another 7 days later.", "请写成：再过7天。"));
}

/* What a step may not be after the ones before it. */
static bool
check_order(Parser *p, const Rule *rule, const RuleStep *step, size_t at)
{
	bool		after_repeat = rule->step_count > 0 &&
	rule->steps[rule->step_count - 1].timing == STEP_EVERY;
	bool		endless = after_repeat && rule->steps[rule->step_count - 1].at_most == 0;

	if (endless || (after_repeat && step->timing == STEP_AFTER_FIRST))
		return fail_after_repeat(p, at);
	return true;
}

/* A repeat ends by count or by an event. */
bool
check_ladder(Parser *p, const Rule *rule)
{
	if (p->endless == 0 || rule->until.event != NULL || rule->absent.event != NULL || rule->form == FORM_STATE)
		return true;
	return fail_at(p, LANG_SYNTAX, p->endless - 1,
				   lang_say(p, "the repeat has no end", "重复没有结束条件"),
				   lang_say(p, "Nothing says how often, or until when, it is repeated.",
							"没有说明重复多少次，或到何时为止。"),
				   lang_say(p, "Write AT MOST 5 TIMES after it, or UNTIL and an event at the end.",
							"请写明次数，如“最多5次”，或在句末写“直到某事为止”。"));
}

/* ---- guards ---- */

/* What the step asks of its case. */
static bool
take_guard(Parser *p, RuleStep *step)
{
	for (StepGuard guard = GUARD_UNLESS_ACKNOWLEDGED; guard <= GUARD_WHEN_DELIVERED; guard++)
		if (take_word(p, word_of_guard(guard)))
		{
			step->guard = guard;
			return true;
		}
	return false;
}

/* ---- grouping ---- */

#define DIGEST_AT	(8 * 60)	/* where the sentence does not say */

/* ONCE A DAY [AT 18:00] */
static bool
parse_daily_en(Parser *p, RuleStep *step)
{
	size_t		start;

	if (!take_word(p, W_ONCE_A_DAY))
		return true;
	step->daily = true;
	step->daily_at = DIGEST_AT;
	skip_space(p);
	start = p->at;
	if (scan_plain_word(p, start) != 2 || strncasecmp(p->folded + start, "AT", 2) != 0)
		return true;
	p->at += 2;
	return expect_clock(p, &step->daily_at);
}

/* 每天18:00一次，; 每天一次， */
static bool
parse_daily_zh(Parser *p, RuleStep *step)
{
	size_t		start = p->at;
	Duration	period;
	size_t		every;

	skip_space(p);
	every = scan_word(p, p->at, W_EVERY);
	if (every == 0 || scan_period(p, p->at + every, &period) == 0 || period.unit != UNIT_DAY || period.count != 1)
		return true;
	p->at += every + scan_period(p, p->at + every, &period);
	step->daily_at = DIGEST_AT;
	if (!take_word(p, W_ONCE_END))
	{
		const char *digits;

		skip_space(p);
		if (scan_number(p, p->at, &digits) == 0)
		{
			p->at = start;
			return true;
		}
		if (!expect_clock(p, &step->daily_at))
			return false;
		if (!take_word(p, W_ONCE_END))
			return fail_expected(p, "", "“一次”");
	}
	step->daily = true;
	(void) (take_symbol(p, ",") || take_symbol(p, ":"));
	return true;
}

/* TOGETHER PER customer, 按客户合并; true when none is here, too. */
static bool
parse_together(Parser *p, RuleStep *step)
{
	if (!take_word(p, W_TOGETHER))
		return true;
	step->together_offset = offset_here(p);
	if (!expect_name(p, LABEL_KEY, NULL, &step->together))
		return false;
	if (p->tongue == TONGUE_EN)
		return parse_daily_en(p, step);
	if (!take_word(p, W_TOGETHER_END))
		return fail_expected(p, "", "“合并”");
	(void) (take_symbol(p, ",") || take_symbol(p, ":"));
	return parse_daily_zh(p, step);
}

/* ---- English ---- */

static bool
parse_delay(Parser *p, RuleStep *step)
{
	step->timing = take_word(p, W_ANOTHER) ? STEP_AFTER_PREVIOUS : STEP_AFTER_FIRST;
	skip_space(p);
	if (step->timing == STEP_AFTER_FIRST && scan_duration(p, p->at, &step->delay) == 0)
		return fail_expected(p, "a delay such as \"7 days later:\"", "");
	if (!expect_duration(p, &step->delay))
		return false;
	return take_word(p, W_LATER) || fail_expected(p, "\"later\"", "");
}

/* When the step comes: nothing for the first one, unless it is a repeat. */
static bool
parse_timing(Parser *p, const Rule *rule, RuleStep *step)
{
	size_t		start;

	skip_space(p);
	start = p->at;
	if (plain_remind_ahead(p) && !parse_plain_remind(p, step))
		return false;
	if (accept_repeat(p, step))
	{
		if (!parse_repeat(p, step, start))
			return false;
	}
	else if (rule->step_count == 0)
		return true;
	else if (!parse_delay(p, step))
		return false;
	if (!check_order(p, rule, step, start))
		return false;
	if (step->action_count > 0)
		return true;
	(void) take_guard(p, step);
	if (!take_symbol(p, ":") && !take_symbol(p, ",") && next_is(p, W_LATER_CONSTRUCT))
		return fail_expected(p, "a colon", "");
	return true;
}

bool
parse_steps_en(Parser *p, Rule *rule)
{
	RuleStep   *steps = NULL;

	do
	{
		steps = lang_grow(p->arena, steps, rule->step_count, sizeof(RuleStep));
		rule->steps = steps;
		memset(&steps[rule->step_count], 0, sizeof(RuleStep));
		if (!parse_timing(p, rule, &steps[rule->step_count]) ||
			(steps[rule->step_count].action_count == 0 && !parse_actions_en(p, &steps[rule->step_count])) ||
			!parse_together(p, &steps[rule->step_count]))
			return false;
		rule->step_count++;
	} while (take_symbol(p, ";") && !next_is(p, W_UNTIL) && !next_is(p, W_CLEARED_WHEN) &&
			 !next_is_symbol(p, ".") && !at_end(p) && !plain_grouping_ahead(p));
	return !plain_grouping_ahead(p) || parse_plain_grouping(p, rule, steps);
}

/* ---- Chinese ---- */

/* 再过7天， or 7天后，; false without a mistake when none is here */
static bool
accept_delay(Parser *p, RuleStep *step)
{
	size_t		start = p->at;

	step->timing = STEP_AFTER_PREVIOUS;
	if (take_word(p, W_ANOTHER))
	{
		if (!expect_duration(p, &step->delay))
			return false;
		(void) take_word(p, W_LATER);
		return true;
	}
	skip_space(p);
	step->timing = STEP_AFTER_FIRST;
	if (scan_duration(p, p->at, &step->delay) == 0 || !expect_duration(p, &step->delay))
		return false;
	if (take_word(p, W_LATER))
		return true;
	p->at = start;
	return false;
}

/* When the step comes; false without a mistake when nothing says so. */
static bool
accept_timing(Parser *p, const Rule *rule, RuleStep *step)
{
	size_t		start;

	skip_space(p);
	start = p->at;
	if (accept_repeat(p, step))
	{
		if (!parse_repeat(p, step, start))
			return false;
	}
	else if (rule->step_count == 0 || !accept_delay(p, step))
	{
		step->timing = STEP_AT_ONCE;
		return false;
	}
	if (!check_order(p, rule, step, start))
		return false;
	(void) (take_symbol(p, ",") || take_symbol(p, ":"));
	if (take_guard(p, step))
		(void) (take_symbol(p, ",") || take_symbol(p, ":"));
	return true;
}

/* A step ends at ；; before 再过, 7天后 and 每10天 a comma will do. */
static bool
next_step(Parser *p, const Rule *rule, RuleStep *step)
{
	size_t		start = p->at;
	bool		ended = take_symbol(p, ";");

	if (!ended && !take_symbol(p, ","))
		return false;
	if (accept_timing(p, rule, step))
		return true;
	if (p->error->code == LANG_OK && ended && !next_is(p, W_UNTIL) && !cleared_ahead_zh(p, rule) &&
		!next_is_symbol(p, ".") && !at_end(p))
		return fail_expected(p, "", "“7天后，”“再过7天，”“每10天，”或“直到”");
	if (p->error->code == LANG_OK)
		p->at = start;
	return false;
}

/* 同一客户有多张发票逾期时，每天只发一条汇总给销售代表; or any first step, put together so */
static bool
parse_summary_zh(Parser *p, Rule *rule, RuleStep *step)
{
	RuleAction *action;
	size_t		start = p->at;
	Duration	period;

	rule->step_count = 1;
	step->together = p->several;
	step->together_offset = p->several_offset;
	skip_space(p);
	if (take_word(p, W_EVERY) && scan_period(p, p->at, &period) > 0 && period.unit == UNIT_DAY && period.count == 1)
		p->at += scan_period(p, p->at, &period);
	if (take_word(p, W_SUMMARY))
	{
		action = lang_grow(p->arena, NULL, 0, sizeof(RuleAction));
		memset(action, 0, sizeof(*action));
		action->offset = offset_here(p);
		step->actions = action;
		step->action_count = 1;
		step->daily = true;
		step->daily_at = DIGEST_AT;
		return expect_name(p, LABEL_ROLE, NULL, &action->role);
	}
	p->at = start;
	return parse_daily_zh(p, step) && parse_actions_zh(p, step);
}

bool
parse_steps_zh(Parser *p, Rule *rule)
{
	RuleStep   *steps = lang_grow(p->arena, NULL, 0, sizeof(RuleStep));

	rule->steps = steps;
	memset(&steps[0], 0, sizeof(RuleStep));
	if (p->several != NULL)
		return parse_summary_zh(p, rule, steps);
	if (!accept_timing(p, rule, &steps[0]) && p->error->code != LANG_OK)
		return false;
	do
	{
		RuleStep   *step = &steps[rule->step_count++];

		if (!parse_together(p, step) || !parse_actions_zh(p, step))
			return false;
		steps = lang_grow(p->arena, steps, rule->step_count, sizeof(RuleStep));
		rule->steps = steps;
		memset(&steps[rule->step_count], 0, sizeof(RuleStep));
	} while (next_step(p, rule, &steps[rule->step_count]));
	return p->error->code == LANG_OK;
}
