/*
 * print_en.c
 *	  The canonical English sentence, and the name form.
 *
 * A sentence stands on one line where it fits, else the actions begin a line
 * of their own, else every step does.  The name form is always one line.
 */
#include "rule/lang_internal.h"

#include <stdio.h>
#include <string.h>

#define LINE_WIDTH	120

static void
print_event(Printer *pr, const RuleEvent *event)
{
	put_name(pr, LABEL_EVENT, NULL, event->event);
	if (event->condition == NULL)
		return;
	put_plain(pr, " ");
	put_word(pr, W_WHERE);
	put_plain(pr, " ");
	print_condition(pr, event->event, event->condition);
}

/* the span in which it happened so often, or after what it followed */
static void
print_pattern(Printer *pr, const Rule *rule)
{
	if (rule->count != 0)
		put_plain(pr, lang_format(pr->out.arena, " HAPPENS %d %s", rule->count,
								  rule->count == 1 ? "TIME" : "TIMES"));
	if (rule->count == 0 && rule->earlier.event == NULL)
		return;
	put_plain(pr, " WITHIN ");
	put_duration(pr, rule->count != 0 ? rule->count_within : rule->earlier_within);
}

void
print_keys_en(Printer *pr, const Rule *rule)
{
	if (rule->key != NULL)
	{
		put_plain(pr, " PER ");
		put_name(pr, LABEL_KEY, NULL, rule->key);
		for (int i = 0; i < rule->more_key_count; i++)
		{
			put_plain(pr, ", ");
			put_name(pr, LABEL_KEY, NULL, rule->more_keys[i]);
		}
	}
}

static void
print_key(Printer *pr, const Rule *rule)
{
	print_keys_en(pr, rule);
	if (rule->rearm != REARM_ONE_OPEN)
	{
		put_plain(pr, " ");
		put_word(pr, rule->rearm == REARM_ONCE ? W_ONCE : W_EACH_TIME);
	}
	print_cooldown(pr, rule);
}

/* what comes before THEN, but for what is asked when it acts */
static void
print_when(Printer *pr, const Rule *rule)
{
	if (rule->form != FORM_EVENT)
	{
		print_form_en(pr, rule);
		return;
	}
	if (rule->schedule.period != SCHEDULE_NONE)
	{
		print_schedule(pr, &rule->schedule);
		return;
	}
	if (is_unacknowledged(pr, rule))
	{
		print_unacknowledged(pr, rule);
		return;
	}
	put_word(pr, W_WHEN);
	put_plain(pr, " ");
	if (rule->lead.count != 0)
	{
		put_duration(pr, rule->lead);
		put_plain(pr, " BEFORE ");
		put_name(pr, LABEL_COLUMN, rule->trigger.event, rule->date_column);
		put_plain(pr, " OF ");
	}
	if (rule->earlier.event != NULL)
	{
		print_event(pr, &rule->earlier);
		put_plain(pr, " FOLLOWED BY ");
	}
	print_event(pr, &rule->trigger);
	print_pattern(pr, rule);
	print_key(pr, rule);
	if (rule->lacking.event != NULL)
	{
		put_plain(pr, " AND NO ");
		print_event(pr, &rule->lacking);
		put_plain(pr, " IN THE LAST ");
		put_duration(pr, rule->lacking_within);
	}
	if (rule->absent.event == NULL)
		return;
	put_plain(pr, " AND NOT ");
	print_event(pr, &rule->absent);
	if (rule->lead.count != 0)
		return;
	put_plain(pr, " WITHIN ");
	put_duration(pr, rule->window);
	if (rule->date_column != NULL)
	{
		put_plain(pr, " AFTER ");
		put_name(pr, LABEL_COLUMN, rule->trigger.event, rule->date_column);
	}
}

static void
print_head(Printer *pr, const Rule *rule)
{
	print_when(pr, rule);
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
		put_plain(pr, " ");
		put_name(pr, LABEL_ROLE, NULL, action->role);
		if (title != NULL)
		{
			put_plain(pr, " ");
			put_text(pr, title);
		}
	}
	for (int i = 0; i < action->copy_count; i++)
	{
		put_plain(pr, i == 0 ? " CC " : ", ");
		put_name(pr, LABEL_ROLE, NULL, action->copies[i]);
	}
	if (action->due_in.count != 0)
	{
		put_plain(pr, " DUE IN ");
		put_duration(pr, action->due_in);
	}
}

static void
print_repeat(Printer *pr, const RuleStep *step)
{
	char		count[32];

	put_word(pr, W_EVERY);
	put_plain(pr, " ");
	put_duration(pr, step->delay);
	if (step->at_most > 0)
	{
		snprintf(count, sizeof(count), " AT MOST %d TIME%s", step->at_most,
				 step->at_most == 1 ? "" : "S");
		put_plain(pr, count);
	}
}

static void
print_guard(Printer *pr, const RuleStep *step)
{
	if (step->guard != GUARD_NONE)
	{
		put_plain(pr, " ");
		put_word(pr, word_of_guard(step->guard));
	}
	put_plain(pr, ": ");
}

static void
print_step(Printer *pr, const RuleStep *step)
{
	if (step->timing == STEP_EVERY)
		print_repeat(pr, step);
	else if (step->timing != STEP_AT_ONCE)
	{
		if (step->timing == STEP_AFTER_PREVIOUS)
			put_plain(pr, "another ");
		put_duration(pr, step->delay);
		put_plain(pr, " later");
	}
	if (step->timing != STEP_AT_ONCE)
		print_guard(pr, step);
	for (int i = 0; i < step->action_count; i++)
	{
		if (i > 0)
			put_plain(pr, i == step->action_count - 1 ? " and " : ", ");
		print_action(pr, &step->actions[i]);
	}
	if (step->together != NULL)
	{
		put_plain(pr, " ");
		put_word(pr, W_TOGETHER);
		put_plain(pr, " ");
		put_name(pr, LABEL_KEY, NULL, step->together);
		if (step->daily)
		{
			put_plain(pr, " ONCE A DAY AT ");
			print_clock(pr, step->daily_at);
		}
	}
}

static void
print_actions(Printer *pr, const Rule *rule, const char *between, const char *before_until)
{
	put_word(pr, W_THEN);
	put_plain(pr, " ");
	for (int i = 0; i < rule->step_count; i++)
	{
		if (i > 0)
			put_plain(pr, between);
		print_step(pr, &rule->steps[i]);
	}
	print_cleared(pr, rule);
	if (rule->until.event == NULL)
		return;
	put_plain(pr, before_until);
	put_word(pr, W_UNTIL);
	put_plain(pr, " ");
	print_event(pr, &rule->until);
}

static bool
fits(const Printer *part, size_t before)
{
	return before + utf8_count(part->out.data, part->out.length) <= LINE_WIDTH;
}

void
print_sentence_en(Printer *pr, const Rule *rule)
{
	Printer		actions = *pr;
	size_t		head;

	print_head(pr, rule);
	actions.event = rule->trigger.event;
	head = utf8_count(pr->out.data, pr->out.length);
	print_actions(&actions, rule, "; ", " ");
	if (pr->vocabulary == NULL || fits(&actions, head + 1))
		put_plain(pr, " ");
	else
	{
		put_plain(pr, "\n");
		if (!fits(&actions, 0) && rule->step_count > 1)
		{
			memset(&actions.out, 0, sizeof(Out));
			actions.out.arena = pr->out.arena;
			print_actions(&actions, rule, ";\n  ", "\n");
		}
	}
	put_bytes(pr, actions.out.data, actions.out.length);
}

/* ---- parts of it, for explanations ---- */

void
print_event_en(Printer *pr, const RuleEvent *event)
{
	print_event(pr, event);
}

/* What a step does, without when. */
void
print_acts_en(Printer *pr, const RuleStep *step)
{
	RuleStep	acts = *step;

	acts.timing = STEP_AT_ONCE;
	print_step(pr, &acts);
}
