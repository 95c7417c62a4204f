/*
 * lang_random_test.c
 *	  Random trees of every form, with every clause: each is printed in both
 *	  tongues and by names, and reads back as the same rule, which prints the same.
 *
 * sources: src/rule/lang.c src/rule/lang_equal.c src/rule/lang_error.c src/rule/name.c src/rule/scan.c src/rule/words.c
 * sources: src/rule/parse_action.c src/rule/parse_clause.c src/rule/plain_word.c src/rule/parse_plain.c src/rule/parse_plain_absence.c src/rule/parse_plain_action.c src/rule/parse_plain_state.c src/rule/parse_condition.c src/rule/parse_effect.c src/rule/parse_en.c src/rule/parse_option.c src/rule/parse_pattern.c
 * sources: src/rule/parse_schedule.c src/rule/parse_step.c src/rule/parse_value.c src/rule/parse_zh.c src/rule/parse_zh_absence.c
 * sources: src/rule/print_condition.c src/rule/print_en.c src/rule/print_extra.c src/rule/print_zh.c src/rule/out.c
 * sources: src/rule/parse_member.c src/rule/parse_state.c src/rule/print_form.c
 * sources: src/rule/utf8.c src/rule/numeral.c src/rule/vocabulary.c src/base/arena.c
 */
#include "lang_random.h"

#define ROUNDS		4000
#define STEPS		4

/* ---- steps ---- */

/* emit event lead_returned (...), or call function "app.take_back" (...) */
static RuleAction
effect(const Scope *trigger)
{
	static const char *const columns[] = {"reason", "rep"};
	RuleAction	made = {.verb = one_in(2) ? VERB_EMIT : VERB_CALL};
	RuleArgument *arguments = room(sizeof(RuleArgument) * 3);

	made.target = made.verb == VERB_EMIT ? "lead_returned" : "app.take_back";
	made.argument_count = below(3);
	for (int i = 0; i < made.argument_count; i++)
	{
		arguments[i].column = made.verb == VERB_EMIT ? columns[i] : NULL;
		do
			arguments[i].value = value(trigger == NULL ? &events[0] : trigger);
		while (trigger == NULL && arguments[i].value.kind == VALUE_COLUMN);
	}
	made.arguments = arguments;
	return made;
}

static RuleAction
action(void)
{
	static const RuleVerb verbs[] = {VERB_NOTIFY, VERB_TEXT, VERB_MAIL, VERB_ASSIGN, VERB_SEND};
	RuleAction	made = {.verb = PICK(verbs),.role = PICK(roles)};
	const char **copies = room(sizeof(char *) * 3);

	if (made.verb == VERB_ASSIGN || made.verb == VERB_SEND || one_in(3))
		made.text = PICK(texts);
	if (made.text !=NULL && made.text[0] == '\0')
		made.text = "title";
	if (made.verb == VERB_ASSIGN && one_in(2))
		made.due_in = span(false);
	if (made.verb != VERB_SEND)
		made.copy_count = one_in(3) ? 1 + below(2) : 0;
	for (int i = 0; i < made.copy_count; i++)
		copies[i] = PICK(roles);
	made.copies = copies;
	return made;
}

static const Scope *trigger_scope;	/* whose columns actions may use; NULL:
									 * none */

static void
fill_step(RuleStep *step)
{
	RuleAction *actions = room(sizeof(RuleAction) * 3);

	step->action_count = 1 + (one_in(2) ? below(3) : 0);
	for (int i = 0; i < step->action_count; i++)
		actions[i] = !one_in(6) ? action() : effect(step->timing == STEP_AT_ONCE ? trigger_scope : NULL);
	step->actions = actions;
	if (one_in(5))
		step->together = PICK(keys);
	if (step->together != NULL && one_in(2))
	{
		step->daily = true;
		step->daily_at = one_in(2) ? 0 : below(24 * 60);
	}
}

/* A ladder: what follows a repeat counts from it; one without an end is the last step. */
static void
ladder(Rule *rule)
{
	RuleStep   *steps = room(sizeof(RuleStep) * STEPS);
	bool		repeats = false;

	rule->steps = steps;
	for (int i = 0; i < 1 + below(STEPS); i++)
	{
		RuleStep   *step = &steps[rule->step_count++];

		fill_step(step);
		step->timing = i == 0 ? STEP_AT_ONCE : repeats || one_in(2) ? STEP_AFTER_PREVIOUS : STEP_AFTER_FIRST;
		if (one_in(4))
			step->timing = STEP_EVERY;
		if (step->timing != STEP_AT_ONCE)
			step->delay = span(false);
		if (i > 0)
			step->guard = one_in(3) ? (StepGuard) (1 + below(3)) : GUARD_NONE;
		if (step->timing != STEP_EVERY)
			continue;
		repeats = true;
		if (rule->until.event == NULL || !one_in(3))
			step->at_most = 1 + below(9);
		else
			break;
	}
}

/* ---- rules ---- */

static void
clauses(Rule *rule)
{
	if (one_in(5))
		rule->unless_rule = PICK(rules);
	if (rule->schedule.period == SCHEDULE_NONE)
		rule->fire_past = one_in(5);
	if (lang_counts_working_time(rule) && one_in(2))
		rule->calendar = one_in(2) ? "china" : "上海 \"办公\"";
}

static void
more_keys(Rule *rule)
{
	const char **more = room(sizeof(char *) * 2);

	rule->key = PICK(keys);
	rule->more_keys = more;
	if (one_in(4))
		more[rule->more_key_count++] = strcmp(rule->key, "store") == 0 ? "sku" : "store";
}

static void
absence(Rule *rule, const Scope *scope)
{
	rule->absent = event(NULL);
	rule->window = span(false);
	if (scope != NULL && one_in(2))
		rule->date_column = column_of(scope);
}

static void
before_date(Rule *rule, const Scope *scope)
{
	rule->lead = span(true);
	rule->date_column = column_of(scope);
	if (one_in(2))
		rule->absent = event(NULL);
}

static void
pattern(Rule *rule)
{
	if (one_in(2))
	{
		rule->count = 1 + below(30);
		rule->count_within = span(false);
		return;
	}
	rule->earlier = event(NULL);
	rule->earlier_within = span(false);
}

static void
event_rule(Rule *rule)
{
	const Scope *scope;

	rule->trigger = event(&scope);
	trigger_scope = scope;
	if (!one_in(6))
		more_keys(rule);
	rule->rearm = one_in(3) ? (Rearm) (1 + below(2)) : REARM_ONE_OPEN;
	if (one_in(4))
		rule->cooldown = span(false);
	if (scope != NULL && one_in(5))
		before_date(rule, scope);
	else
	{
		if (one_in(4))
			pattern(rule);
		if (one_in(2))
			absence(rule, scope);
		if (one_in(4))
		{
			rule->lacking = event(NULL);
			rule->lacking_within = span(false);
		}
	}
	if (one_in(3))
		rule->until = event(NULL);
}

static void
member_rule(Rule *rule)
{
	rule->form = FORM_MEMBER;
	rule->key = rule->trigger.event = client.name;
	rule->trigger.condition = one_in(2) ? condition(&client, 2) : NULL;
	rule->absent = event(NULL);
	rule->window = span(false);
	if (one_in(2))
		rule->until = event(NULL);
}

static void
state_rule(Rule *rule)
{
	const Scope *relation = &PICK(relations);

	rule->form = FORM_STATE;
	rule->trigger.event = relation->name;
	rule->trigger.condition = one_in(4) ? NULL : condition(relation, 2);
	more_keys(rule);
	if (one_in(3))
	{
		rule->streak = (Duration)
		{
			1 + below(9), one_in(2) ? UNIT_DAY : UNIT_WORKING_DAY
		};
		rule->missing = (MissingDays) below(4);
	}
	else if (one_in(2))
		rule->window = span(false);
	if (rule->streak.count == 0 && one_in(2))
	{
		rule->cleared.event = relation->name;
		rule->cleared.condition = condition(relation, 2);
	}
}

static void
schedule_rule(Rule *rule)
{
	RuleStep   *step = room(sizeof(RuleStep));
	Schedule   *schedule = &rule->schedule;

	schedule->period = (SchedulePeriod) (SCHEDULE_DAY + below(3));
	schedule->minute = below(24 * 60);
	if (schedule->period == SCHEDULE_WEEK)
		schedule->weekdays = 1 + below(127);
	else
		schedule->working = one_in(2);
	if (schedule->period == SCHEDULE_MONTH)
		schedule->day = one_in(3) ? -1 : 1 + below(schedule->working ? 23 : 31);
	fill_step(step);
	step->together = NULL;
	step->daily = false;
	step->daily_at = 0;
	rule->steps = step;
	rule->step_count = 1;
}

/* A gate: it holds and tells, or rejects. */
static void
gate_rule(Rule *rule)
{
	const Scope *scope = &PICK(events);
	RuleStep   *step = room(sizeof(RuleStep));
	RuleAction *actions = room(sizeof(RuleAction) * 2);

	rule->trigger.event = scope->name;
	rule->trigger.condition = condition(scope, 3);
	if (one_in(2))
		rule->key = PICK(keys);
	actions[0].verb = one_in(2) ? VERB_HOLD : VERB_REJECT;
	if (one_in(2))
		actions[0].text = "why";
	step->actions = actions;
	step->action_count = 1;
	rule->steps = step;
	rule->step_count = 1;
	if (actions[0].verb == VERB_HOLD && one_in(2))
		actions[step->action_count++] = action();
}

static void
random_rule(Rule *rule)
{
	int			form = below(8);

	memset(rule, 0, sizeof(Rule));
	rule->tongue = TONGUE_EN;
	trigger_scope = NULL;
	if (form == 6)
		gate_rule(rule);
	else if (form == 7)
		schedule_rule(rule);
	else if (form == 0)
		member_rule(rule);
	else if (form == 1)
		state_rule(rule);
	else
		event_rule(rule);
	if (form >= 6)
		return;
	ladder(rule);
	clauses(rule);
}

int
main(void)
{
	Vocabulary	vocabulary = label_vocabulary(&fixture_set);

	for (int round = 0; round < ROUNDS; round++)
	{
		Rule		rule;

		arena_init_malloc(&arena);
		random_rule(&rule);
		round_trip(&arena, &rule, TONGUE_EN, &vocabulary);
		round_trip(&arena, &rule, TONGUE_ZH, &vocabulary);
		round_trip(&arena, &rule, TONGUE_EN, NULL);
		arena_free(&arena);
	}
	return check_done();
}
