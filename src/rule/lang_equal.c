/*
 * lang_equal.c
 *	  Are two trees the same rule?  The tongue of the sentence does not count.
 */
#include "rule/lang_internal.h"

#include <string.h>

static bool
same_text(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool
same_duration(Duration a, Duration b)
{
	return a.count == b.count && (a.count == 0 || a.unit == b.unit);
}

static bool
same_value(const RuleValue *a, const RuleValue *b)
{
	return a->kind == b->kind && same_text(a->text, b->text) &&
		(a->kind != VALUE_MONEY || same_text(a->currency, b->currency));
}

static bool
same_expr(const RuleExpr *a, const RuleExpr *b)
{
	if (a == NULL || b == NULL)
		return a == b;
	if (a->kind != b->kind || a->value_count != b->value_count || !same_text(a->sql, b->sql) ||
		!same_text(a->column, b->column) ||
		(a->kind == EXPR_COMPARE && a->comparison != b->comparison))
		return false;
	for (int i = 0; i < a->value_count; i++)
		if (!same_value(&a->values[i], &b->values[i]))
			return false;
	return same_expr(a->left, b->left) && same_expr(a->right, b->right);
}

static bool
same_event(const RuleEvent *a, const RuleEvent *b)
{
	return same_text(a->event, b->event) && same_expr(a->condition, b->condition);
}

static bool
same_action(const RuleAction *a, const RuleAction *b)
{
	if (!same_text(a->target, b->target) || a->argument_count != b->argument_count)
		return false;
	for (int i = 0; i < a->argument_count; i++)
		if (!same_text(a->arguments[i].column, b->arguments[i].column) ||
			!same_value(&a->arguments[i].value, &b->arguments[i].value))
			return false;
	if (a->verb != b->verb || a->copy_count != b->copy_count || !same_text(a->role, b->role) ||
		!same_text(a->text, b->text) || !same_duration(a->due_in, b->due_in))
		return false;
	for (int i = 0; i < a->copy_count; i++)
		if (!same_text(a->copies[i], b->copies[i]))
			return false;
	return true;
}

static bool
same_step(const RuleStep *a, const RuleStep *b)
{
	if (a->timing != b->timing || !same_duration(a->delay, b->delay) || a->at_most != b->at_most ||
		a->guard != b->guard || a->daily != b->daily || a->daily_at != b->daily_at || !same_text(a->together, b->together) ||
		a->action_count != b->action_count)
		return false;
	for (int i = 0; i < a->action_count; i++)
		if (!same_action(&a->actions[i], &b->actions[i]))
			return false;
	return true;
}

static bool
same_schedule(const Schedule *a, const Schedule *b)
{
	return a->period == b->period && a->working == b->working && a->weekdays == b->weekdays &&
		a->day == b->day && a->minute == b->minute;
}

static bool
same_keys(const Rule *a, const Rule *b)
{
	if (!same_text(a->key, b->key) || a->more_key_count != b->more_key_count)
		return false;
	for (int i = 0; i < a->more_key_count; i++)
		if (!same_text(a->more_keys[i], b->more_keys[i]))
			return false;
	return true;
}

bool
lang_rules_equal(const Rule *a, const Rule *b)
{
	if (!same_schedule(&a->schedule, &b->schedule) || !same_keys(a, b) ||
		!same_duration(a->cooldown, b->cooldown) || !same_text(a->unless_rule, b->unless_rule) ||
		!same_text(a->calendar, b->calendar) || a->fire_past != b->fire_past)
		return false;
	if (a->form != b->form || !same_duration(a->streak, b->streak) || a->missing != b->missing ||
		!same_event(&a->cleared, &b->cleared))
		return false;
	if (!same_event(&a->trigger, &b->trigger) || !same_event(&a->absent, &b->absent) ||
		!same_event(&a->earlier, &b->earlier) || !same_event(&a->lacking, &b->lacking) ||
		!same_duration(a->earlier_within, b->earlier_within) || a->count != b->count ||
		!same_duration(a->count_within, b->count_within) ||
		!same_duration(a->lacking_within, b->lacking_within) ||
		!same_event(&a->until, &b->until) ||
		a->rearm != b->rearm || !same_duration(a->window, b->window) ||
		!same_text(a->date_column, b->date_column) || !same_duration(a->lead, b->lead) ||
		a->step_count != b->step_count)
		return false;
	for (int i = 0; i < a->step_count; i++)
		if (!same_step(&a->steps[i], &b->steps[i]))
			return false;
	return true;
}
