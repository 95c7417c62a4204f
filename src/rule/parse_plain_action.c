/*
 * parse_plain_action.c
 *	  Actions in everyday English, beside those of parse_action.c.
 *
 *	  warn purchasing; remind the rep; give the rep a task; finance checks the invoice
 *	  script pack to the store manager; warning to purchasing
 *	  send each regional manager the morning board of his region
 *	  remind every 10 days (a step); several machines of one customer are one task
 *
 * A verb that is not among these is a mistake.  Text without quotes is a report's
 * name or a message, and ends at a sign or before the role it goes to.
 */
#include "rule/lang_internal.h"

#include <string.h>

#include "rule/plain.h"

#define TELL	"remind|warn|tell|inform|alert"

/* A role that has a label, behind an article or each: its size with them. */
static size_t
scan_known_role(const Parser *p, size_t at, const char **role)
{
	const char *other;
	size_t		start = at;
	size_t		size;

	at += scan_article(p, at);
	size = scan_word(p, at, W_EACH_OF) + scan_choice(p, at, "all");
	if (at == start && size > 0)
		at = scan_space(p, at + size);
	size = scan_string(p, at) > 0 ? 0 : scan_name(p, at, LABEL_ROLE, NULL, role, &other);
	return size == 0 ? 0 : at + size - start;
}

/* ---- text without quotes ---- */

/* Up to a sign, an AND before another action, or " to " and a role; *role: where that is, or 0. */
static size_t
scan_loose(const Parser *p, size_t at, size_t *role)
{
	const char *ignored;
	size_t		end = at;

	*role = 0;
	while (end < p->length && strchr(",;:.\"()", p->folded[end]) == NULL)
	{
		size_t		next = scan_space(p, end);
		size_t		to = next > end ? scan_choice(p, next, "to") : 0;

		if (to > 0 && scan_known_role(p, scan_space(p, next + to), &ignored) > 0)
		{
			*role = scan_space(p, next + to);
			break;
		}
		end++;
	}
	while (end > at && p->folded[end - 1] == ' ')
		end--;
	return end - at;
}

static const char *
loose_text(Parser *p, size_t size)
{
	const char *text = arena_string(p->arena, p->source + p->origin[p->at], p->origin[p->at + size] - p->origin[p->at]);

	p->at += size;
	return text;
}

/* Does the text end in this word?  How long it is before it. */
static bool
ends_in(const Parser *p, size_t at, size_t size, const char *words, size_t *before)
{
	for (size_t i = 0; i < size; i++)
		if ((i == 0 || p->folded[at + i - 1] == ' ') && scan_choice(p, at + i, words) == size - i)
		{
			*before = i;
			return true;
		}
	return false;
}

/* script pack to the store manager; warning to purchasing; a mail to finance */
static bool
parse_text_to(Parser *p, RuleAction *action)
{
	size_t		to;
	size_t		size;
	size_t		before = 0;

	(void) take_article(p);
	skip_space(p);
	size = scan_loose(p, p->at, &to);
	action->verb = ends_in(p, p->at, size, "warning|alert|notice|message|reminder", &before) ? VERB_NOTIFY :
		ends_in(p, p->at, size, "mail|e-mail|email", &before) ? VERB_MAIL :
		ends_in(p, p->at, size, "text|sms", &before) ? VERB_TEXT : VERB_SEND;
	if (action->verb == VERB_SEND || before > 0)
		action->text = loose_text(p, size);
	p->at = to;
	(void) (take_article(p) || accept_unless_label(p, W_EACH_OF, LABEL_ROLE, NULL) || take_choice(p, "all"));
	return p->error->code == LANG_OK && expect_name(p, LABEL_ROLE, NULL, &action->role);
}

/* the report "of his region": what each holder of a role gets is his own anyway */
static bool
take_owner(Parser *p, size_t at, size_t size, size_t *report)
{
	PlainFind	find;

	*report = size;
	for (size_t i = 1; i < size; i++)
	{
		size_t		owner = p->folded[at + i - 1] == ' ' ? scan_choice(p, at + i, "of his|of her|of their|of its|of his or her") : 0;
		size_t		noun = scan_space(p, at + i + owner);

		if (owner == 0)
			continue;
		*report = i;
		while (*report > 0 && p->folded[at + *report - 1] == ' ')
			(*report)--;
		if (find_noun(p, noun, LABEL_KEY, &find) > 0 && noun + find.size == at + size)
			return true;
		p->at = noun;
		return expect_name(p, LABEL_KEY, NULL, &find.name) && fail_expected(p, "the end of the action", "");
	}
	return true;
}

/* send each regional manager the morning board of his region */
static bool
parse_send_role(Parser *p, RuleAction *action)
{
	size_t		to;
	size_t		size;
	size_t		report;
	size_t		start;

	(void) (take_article(p) || take_word(p, W_EACH_OF) || take_choice(p, "all"));
	if (!expect_name(p, LABEL_ROLE, NULL, &action->role))
		return false;
	(void) (take_article(p) || take_choice(p, "his|her|their|its"));
	skip_space(p);
	start = p->at;
	if (scan_string(p, p->at) > 0)
	{
		size = scan_string(p, p->at);
		action->text = string_content(p, p->at, size);
		p->at += size;
		return action->text[0] != '\0' || fail_expected(p, "the name of a report", "");
	}
	size = scan_loose(p, p->at, &to);
	if (to > 0)
		return fail_ambiguous(p, start, size, "the report for the first role", "a report for the second");
	if (size == 0)
		return fail_expected(p, "the name of a report", "");
	if (!take_owner(p, start, size, &report))
		return false;
	p->at = start;
	action->text = loose_text(p, report);
	p->at = start + size;
	return true;
}

/* After "send": each rep the report, the report to each rep. */
bool
plain_send_ahead(Parser *p)
{
	const char *role;
	size_t		to;

	skip_space(p);
	return reads_plain(p) && scan_string(p, p->at) == 0 &&
		(scan_known_role(p, p->at, &role) > 0 ||
		 (scan_article(p, p->at) > 0 && scan_loose(p, p->at, &to) > 0 && to > 0));
}

bool
parse_plain_send(Parser *p, RuleAction *action)
{
	const char *role;

	action->verb = VERB_SEND;
	return scan_known_role(p, p->at, &role) > 0 ? parse_send_role(p, action) : parse_text_to(p, action);
}

/* ---- tasks ---- */

/* give the rep a task; the title is what is waited for, where none is said */
static bool
parse_give(Parser *p, RuleAction *action)
{
	const char *name;
	const char *other;

	action->verb = VERB_ASSIGN;
	(void) take_article(p);
	skip_space(p);
	if (scan_name(p, p->at, LABEL_ROLE, NULL, &name, &other) == 0 && scan_unknown(p, p->at) > 0)
		return fail_unknown(p, LABEL_ROLE, NULL, p->at, scan_plain_word(p, p->at)); /* a new role would take
																					 * in "a task" */
	if (!expect_name(p, LABEL_ROLE, NULL, &action->role))
		return false;
	if (!take_choice(p, "a task|a to-do|the task"))
		return fail_expected(p, "a task", "");
	skip_space(p);
	if (scan_string(p, p->at) == 0)
		action->text = p->task_title;
	return true;
}

/* finance checks the invoice: a task, called "Check the invoice" */
static bool
parse_check(Parser *p, RuleAction *action)
{
	size_t		to;
	size_t		size;

	action->verb = VERB_ASSIGN;
	if (!expect_name(p, LABEL_ROLE, NULL, &action->role) || !take_choice(p, "checks|check"))
		return false;
	skip_space(p);
	size = scan_loose(p, p->at, &to);
	if (scan_string(p, p->at) == 0)
		action->text = size == 0 ? "Check" : lang_format(p->arena, "Check %s", loose_text(p, size));
	return true;
}

static bool
check_ahead(Parser *p)
{
	const char *role;
	size_t		size;

	skip_space(p);
	size = scan_known_role(p, p->at, &role);
	return size > 0 && scan_choice(p, scan_space(p, p->at + size), "checks|check") > 0;
}

/* ---- all of them ---- */

static bool
text_to_ahead(Parser *p)
{
	size_t		to;

	skip_space(p);
	return scan_loose(p, p->at, &to) > 0 && to > 0;
}

bool
plain_action_ahead(Parser *p)
{
	if (!reads_plain(p))
		return false;
	skip_space(p);
	return scan_choice(p, p->at, TELL "|give") > 0 || check_ahead(p) || text_to_ahead(p);
}

/* The verb and whom it addresses; the caller has seen that one is ahead. */
bool
parse_plain_action(Parser *p, RuleAction *action)
{
	if (take_choice(p, TELL))
		return expect_name(p, LABEL_ROLE, NULL, &action->role);
	if (take_choice(p, "give"))
		return parse_give(p, action);
	return check_ahead(p) ? parse_check(p, action) : parse_text_to(p, action);
}

/* ---- steps ---- */

/* remind [the rep] every 10 days: the step's period and its action, whom the last one addressed */
bool
plain_remind_ahead(Parser *p)
{
	Parser		probe = *p;
	Duration	period;
	const char *role;

	if (!reads_plain(p) || !take_choice(&probe, "remind|notify"))
		return false;
	skip_space(&probe);
	probe.at += scan_known_role(&probe, probe.at, &role);
	return take_word(&probe, W_EVERY) && scan_period(&probe, scan_space(&probe, probe.at), &period) > 0;
}

/* Leaves the place before "every"; the action is done. */
bool
parse_plain_remind(Parser *p, RuleStep *step)
{
	RuleAction *action = lang_grow(p->arena, NULL, 0, sizeof(RuleAction));

	memset(action, 0, sizeof(*action));
	action->offset = offset_here(p);
	(void) take_choice(p, "remind|notify");
	step->actions = action;
	step->action_count = 1;
	if (!next_is(p, W_EVERY))
		return expect_name(p, LABEL_ROLE, NULL, &action->role);
	if (p->last_role == NULL)
		return fail_expected(p, "a role", "");
	action->role = p->last_role;
	return true;
}

/* several machines of one customer are one task */
bool
plain_grouping_ahead(Parser *p)
{
	skip_space(p);
	return reads_plain(p) && scan_choice(p, p->at, "several|all") > 0;
}

static bool
take_key(Parser *p, const char **key, size_t *offset)
{
	*offset = offset_here(p);
	return expect_noun(p, LABEL_KEY, key);
}

static bool
has_verb(const RuleStep *step, bool task)
{
	for (int i = 0; i < step->action_count; i++)
		if ((step->actions[i].verb == VERB_ASSIGN) == task)
			return true;
	return false;
}

bool
parse_plain_grouping(Parser *p, Rule *rule, RuleStep *steps)
{
	const char *key;
	const char *together;
	size_t		key_offset;
	size_t		offset;
	size_t		start;
	bool		task;
	bool		found = false;

	(void) take_choice(p, "several|all");
	skip_space(p);
	start = p->at;
	if (!take_key(p, &key, &key_offset))
		return false;
	if (rule->key != NULL && strcmp(rule->key, key) != 0)
	{
		p->at = start;
		return fail_expected(p, lang_format(p->arena, "\"%s\", which the rule is about,", name_shown(p, LABEL_KEY, NULL, rule->key)), "");
	}
	if (!take_choice(p, "of one|of a|of the same"))
		return fail_expected(p, "\"of one\" and a key", "");
	if (!take_key(p, &together, &offset))
		return false;
	if (!take_choice(p, "are one|make one|become one"))
		return fail_expected(p, "\"are one task\" or \"are one message\"", "");
	skip_space(p);
	start = p->at;
	task = take_choice(p, "task");
	if (!task && !take_choice(p, "message|mail|text|notice"))
		return fail_expected(p, "task or message", "");
	for (int i = 0; i < rule->step_count; i++)
		if (steps[i].together == NULL && has_verb(&steps[i], task))
		{
			steps[i].together = together;
			steps[i].together_offset = offset;
			found = true;
		}
	if (rule->key == NULL)
		rule->key_offset = key_offset;
	rule->key = key;
	p->at = found ? p->at : start;
	return found || fail_expected(p, task ? "message, since no step gives a task" : "task, since no step sends a message", "");
}
