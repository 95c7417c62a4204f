/*
 * parse_action.c
 *	  The actions of a step, in both tongues.
 *
 *	  en: notify role ["text"] [CC role, role] [DUE IN d]   a, b and c
 *	  zh: 通知角色[“text”][，抄送角色、角色][，限d完成]       a，b，同时c
 */
#include "rule/lang_internal.h"

static const Word verbs[] = {W_NOTIFY, W_TEXT, W_MAIL, W_ASSIGN, W_NONE};

static size_t
scan_verb(Parser *p, Word *verb)
{
	const char *name;
	const char *other;
	size_t		size;

	skip_space(p);
	size = scan_longest(p, p->at, verbs, verb);
	if (size > 0 && p->vocabulary != NULL &&
		scan_name(p, p->at, LABEL_ROLE, NULL, &name, &other) > size)
		return 0;
	return size;
}

static RuleVerb
verb_of_word(Word word)
{
	switch (word)
	{
		case W_TEXT:
			return VERB_TEXT;
		case W_MAIL:
			return VERB_MAIL;
		case W_ASSIGN:
			return VERB_ASSIGN;
		default:
			return VERB_NOTIFY;
	}
}

/* role after role; what follows a separator may also be the next action */
static bool
parse_copies(Parser *p, RuleAction *action)
{
	const char **copies = (const char **) action->copies;
	Word		verb;
	size_t		separator;

	do
	{
		copies = lang_grow(p->arena, copies, action->copy_count, sizeof(char *));
		action->copies = copies;
		if (!expect_name(p, LABEL_ROLE, NULL, &copies[action->copy_count]))
			return false;
		action->copy_count++;
		separator = p->at;
		if (p->tongue == TONGUE_ZH ? !take_symbol(p, "、")
			: !take_symbol(p, ",") && !take_word(p, W_AND))
			return true;
		if (p->tongue == TONGUE_EN)
			(void) take_word(p, W_AND);
	} while (scan_verb(p, &verb) == 0 && !effect_ahead(p) && !(p->plain && plain_action_ahead(p)) && !next_is(p, W_UNTIL) &&
			 !next_is(p, W_CC) && !next_is(p, W_DUE_IN));
	p->at = separator;
	return true;
}

static bool
parse_due(Parser *p, RuleAction *action, size_t at)
{
	if (action->verb != VERB_ASSIGN || action->due_in.count != 0)
		return fail_at(p, LANG_SYNTAX, at,
					   lang_say(p, "a time limit belongs to one task", "完成期限只能用于一项任务"),
					   lang_say(p, "Only assign takes one DUE IN.", "只有“指派”可以带一个“限…完成”。"),
					   lang_say(p, "Write assign role \"title\" DUE IN 2 working days.",
								"请写成：指派某角色“标题”，限2个工作日完成。"));
	if (!expect_duration(p, &action->due_in))
		return false;
	if (p->tongue == TONGUE_ZH)
		(void) take_word(p, W_DUE_END);
	return true;
}

/* CC and DUE IN, in any order; a comma may stand before each. */
static bool
parse_options(Parser *p, RuleAction *action)
{
	for (;;)
	{
		size_t		start = p->at;
		size_t		at;

		(void) take_symbol(p, ",");
		skip_space(p);
		at = p->at;
		if (action->copy_count == 0 && take_word(p, W_CC))
		{
			if (!parse_copies(p, action))
				return false;
		}
		else if (take_word(p, W_DUE_IN))
		{
			if (!parse_due(p, action, at))
				return false;
		}
		else
		{
			p->at = start;
			return true;
		}
	}
}

/* 给角色派任务: the verb stands behind */
static bool
parse_giving(Parser *p, RuleAction *action)
{
	static const Word gifts[] = {W_GIVE_TASK, W_GIVE_TEXT, W_GIVE_MAIL, W_NONE};
	Word		gift;
	size_t		size;

	if (!expect_name(p, LABEL_ROLE, NULL, &action->role))
		return false;
	skip_space(p);
	size = scan_longest(p, p->at, gifts, &gift);
	if (size == 0)
		return fail_expected(p, "", "“派任务”“发短信”或“发邮件”");
	p->at += size;
	if (gift == W_GIVE_TASK)
		action->text = p->task_title;
	action->verb = gift == W_GIVE_TASK ? VERB_ASSIGN : gift == W_GIVE_TEXT ? VERB_TEXT : VERB_MAIL;
	return true;
}

/* 邮件抄送区域总监: a mail to whom the last action addressed, with a copy */
static bool
parse_mail_copy(Parser *p, RuleAction *action)
{
	if (p->last_role == NULL)
		return fail_expected(p, "", "在此之前的收件角色");
	action->verb = VERB_MAIL;
	action->role = p->last_role;
	return parse_copies(p, action);
}

/* The verb and whom it addresses. */
static bool
parse_addressee(Parser *p, RuleAction *action)
{
	Word		verb;
	size_t		size = scan_verb(p, &verb);

	action->offset = offset_here(p);
	if (effect_ahead(p))
		return parse_effect(p, action);
	if (take_word(p, W_MAIL_COPY))
		return parse_mail_copy(p, action);
	if (size == 0 && take_word(p, W_GIVE))
		return parse_giving(p, action);
	if (size == 0 && plain_action_ahead(p))
		return parse_plain_action(p, action);
	if (size == 0)
		return fail_expected(p, "an action: notify, text, mail, assign, send, hold, reject, emit or call",
							 "动作：“通知”“短信通知”“邮件通知”“指派”“向…发送”“扣住”“拒绝”“产生事件”或“执行”");
	p->at += size;
	action->verb = verb_of_word(verb);
	return expect_name(p, LABEL_ROLE, NULL, &action->role);
}

/* May text in quotes follow? */
static bool
takes_text(const RuleAction *action)
{
	return action->text == NULL && (action->verb <= VERB_ASSIGN || action->verb == VERB_HOLD ||
									action->verb == VERB_REJECT);
}

static bool
parse_action(Parser *p, RuleAction *action)
{
	size_t		size;

	if (!parse_addressee(p, action))
		return false;
	if (action->role != NULL)
		p->last_role = action->role;
	if (action->verb == VERB_HOLD || action->verb == VERB_REJECT)
		(void) take_plain_object(p);
	skip_space(p);
	size = takes_text(action) ? scan_string(p, p->at) : 0;
	if (size > 0)
		action->text = string_content(p, p->at, size);
	if (action->verb == VERB_ASSIGN && (action->text == NULL || action->text[0] == '\0'))
		return fail_expected(p, "the task's title in quotes", "引号中的任务标题");
	p->at += size;
	return action->role == NULL || parse_options(p, action);
}

/* Does an action begin here? */
bool
action_ahead(Parser *p)
{
	Word		verb;

	return scan_verb(p, &verb) > 0 || effect_ahead(p) || next_is(p, W_MAIL_COPY) || next_is(p, W_GIVE) ||
		plain_action_ahead(p);
}

static RuleAction *
next_action(Parser *p, RuleStep *step)
{
	RuleAction *actions = lang_grow(p->arena, (void *) step->actions, step->action_count,
									sizeof(RuleAction));

	step->actions = actions;
	return &actions[step->action_count++];
}

bool
parse_actions_en(Parser *p, RuleStep *step)
{
	for (;;)
	{
		bool		comma;

		if (!parse_action(p, next_action(p, step)))
			return false;
		comma = take_symbol(p, ",");
		if (comma && take_plain_end(p))
			return true;
		if (!take_word(p, W_AND) && !comma)
			return true;
	}
}

/* A comma may also begin what follows the actions: 再过7天, 直到. */
bool
parse_actions_zh(Parser *p, RuleStep *step)
{
	for (;;)
	{
		size_t		start;
		bool		comma;
		bool		both;

		if (!parse_action(p, next_action(p, step)))
			return false;
		skip_space(p);
		start = p->at;
		comma = take_symbol(p, ",") || take_symbol(p, "、");
		both = take_word(p, W_BOTH);
		if (both || (comma && action_ahead(p)))
			continue;
		p->at = start;
		return true;
	}
}
