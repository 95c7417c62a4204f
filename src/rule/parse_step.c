/*
 * parse_step.c
 *	  The steps of a ladder, in both tongues: when each comes, and its actions.
 *
 *	  en: actions; 7 days later: actions; another 7 days later: actions
 *	  zh: 动作；7天后，动作；再过7天，动作
 */
#include "rule/lang_internal.h"

#include <string.h>

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
	if (!take_word(p, W_LATER))
		return fail_expected(p, "\"later\"", "");
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
		if (rule->step_count > 0 && !parse_delay(p, &steps[rule->step_count]))
			return false;
		if (!parse_actions_en(p, &steps[rule->step_count]))
			return false;
		rule->step_count++;
	} while (take_symbol(p, ";") && !next_is(p, W_UNTIL) && !next_is_symbol(p, ".") && !at_end(p));
	return true;
}

/* ---- Chinese ---- */

/* 7天后， or 再过7天，; false without a mistake when none is here */
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
	}
	else
	{
		skip_space(p);
		step->timing = STEP_AFTER_FIRST;
		if (scan_duration(p, p->at, &step->delay) == 0 || !expect_duration(p, &step->delay))
			return false;
		if (!take_word(p, W_LATER))
		{
			p->at = start;
			return false;
		}
	}
	(void) (take_symbol(p, ",") || take_symbol(p, ":"));
	return true;
}

/* A step ends at ；; before 再过 and 7天后 a comma will do. */
static bool
next_step(Parser *p, RuleStep *step)
{
	size_t		start = p->at;
	bool		ended = take_symbol(p, ";");

	if (!ended && !take_symbol(p, ","))
		return false;
	if (accept_delay(p, step))
		return true;
	if (p->error->code == LANG_OK && ended && !next_is(p, W_UNTIL) &&
		!next_is_symbol(p, ".") && !at_end(p))
		return fail_expected(p, "", "“7天后，”“再过7天，”或“直到”");
	if (p->error->code == LANG_OK)
		p->at = start;
	return false;
}

bool
parse_steps_zh(Parser *p, Rule *rule)
{
	RuleStep   *steps = lang_grow(p->arena, NULL, 0, sizeof(RuleStep));

	rule->steps = steps;
	memset(&steps[0], 0, sizeof(RuleStep));
	do
	{
		if (!parse_actions_zh(p, &steps[rule->step_count++]))
			return false;
		steps = lang_grow(p->arena, steps, rule->step_count, sizeof(RuleStep));
		rule->steps = steps;
		memset(&steps[rule->step_count], 0, sizeof(RuleStep));
	} while (next_step(p, &steps[rule->step_count]));
	return p->error->code == LANG_OK;
}
