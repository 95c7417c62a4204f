/*
 * parse_effect.c
 *	  Actions other than a message or a task, in both tongues.
 *
 *	  en: send "report" TO [EACH] role; hold ["reason"]; reject ["reason"];
 *		  emit event lead_returned (reason "late", rep rep);
 *		  call function "app.take_back" (lead, "late")
 *	  zh: 向[每位]角色发送“报表”；把报表发给各角色；向角色发出“文字”；扣住；拒绝；
 *		  产生事件线索退回（原因“超时”）；[执行]收回公海（线索，“超时”）
 *
 * A labelled function is a verb by itself.
 */
#include "rule/lang_internal.h"

#include <string.h>
#include <strings.h>

#define MAX_ARGUMENTS	20

/* ---- reports ---- */

/* no keyword: a role may be an assistant to somebody */
static bool
take_to(Parser *p)
{
	skip_space(p);
	if (scan_plain_word(p, p->at) != 2 || strncasecmp(p->folded + p->at, "TO", 2) != 0)
		return false;
	p->at += 2;
	return true;
}

static bool
expect_quoted(Parser *p, const char **text)
{
	size_t		size;

	skip_space(p);
	size = scan_string(p, p->at);
	if (size == 0)
		return fail_expected(p, "the name of a report in quotes", "引号中的报表名称");
	*text = string_content(p, p->at, size);
	if ((*text)[0] == '\0')
		return fail_expected(p, "the name of a report", "报表名称");
	p->at += size;
	return true;
}

/* In quotes, or all up to punctuation or the word that ends it. */
static bool
expect_loose_text(Parser *p, Word end, const char **text)
{
	size_t		stop;

	skip_space(p);
	if (scan_string(p, p->at) > 0)
		return expect_quoted(p, text);
	for (stop = p->at; stop < p->length;)
	{
		uint32_t	character;
		int			size = utf8_decode(p->folded + stop, p->length - stop, &character);

		if (!utf8_is_letter(character) || (end != W_NONE && scan_word(p, stop, end) > 0))
			break;
		stop += size;
	}
	if (stop == p->at)
		return fail_expected(p, "", "引号中的名称");
	*text = arena_string(p->arena, p->source + p->origin[p->at], p->origin[stop] - p->origin[p->at]);
	p->at = stop;
	return true;
}

static bool
expect_recipient(Parser *p, RuleAction *action)
{
	(void) accept_unless_label(p, W_EACH_OF, LABEL_ROLE, NULL);
	return p->error->code == LANG_OK && expect_name(p, LABEL_ROLE, NULL, &action->role);
}

/* send "report" TO EACH role */
static bool
parse_send_en(Parser *p, RuleAction *action)
{
	if (plain_send_ahead(p))
		return parse_plain_send(p, action);
	return expect_quoted(p, &action->text) &&
		(take_to(p) || fail_expected(p, "TO and a role", "")) && expect_recipient(p, action);
}

/* 发送“晨会看板”给每位区域经理 */
static bool
parse_send_zh(Parser *p, RuleAction *action)
{
	return expect_quoted(p, &action->text) &&
		(take_word(p, W_GIVE) || fail_expected(p, "", "“给”加角色")) && expect_recipient(p, action);
}

/* 向每位区域经理发送“晨会看板”; 向采购部发出补货预警 is a message */
static bool
parse_toward(Parser *p, RuleAction *action)
{
	if (!expect_recipient(p, action))
		return false;
	if (take_word(p, W_ISSUE))
	{
		action->verb = VERB_NOTIFY;
		return expect_loose_text(p, W_NONE, &action->text);
	}
	action->verb = VERB_SEND;
	if (!take_word(p, W_SEND))
		return fail_expected(p, "", "“发送”加报表名称，或“发出”加文字");
	return expect_loose_text(p, W_NONE, &action->text);
}

/* 把晨会看板发给各区域经理 */
static bool
parse_taking(Parser *p, RuleAction *action)
{
	action->verb = VERB_SEND;
	return expect_loose_text(p, W_SEND_TO, &action->text) &&
		(take_word(p, W_SEND_TO) || fail_expected(p, "", "“发给”加角色")) && expect_recipient(p, action);
}

/* ---- events and functions ---- */

static bool
parse_argument(Parser *p, RuleAction *action, RuleArgument *argument)
{
	const char *scope = action->verb == VERB_EMIT ? action->target : NULL;

	memset(argument, 0, sizeof(*argument));
	if (scope != NULL && !expect_name(p, LABEL_COLUMN, scope, &argument->column))
		return false;
	if (scope != NULL && p->tongue == TONGUE_ZH)
		(void) take_word(p, W_IS);
	return expect_value(p, argument->column, &argument->value);
}

/* (a, b) or nothing */
static bool
parse_arguments(Parser *p, RuleAction *action)
{
	RuleArgument *arguments = NULL;

	if (!take_symbol(p, "("))
		return true;
	do
	{
		if (action->argument_count >= MAX_ARGUMENTS)
			return fail_expected(p, "a closing parenthesis", "右括号");
		arguments = lang_grow(p->arena, arguments, action->argument_count, sizeof(RuleArgument));
		action->arguments = arguments;
		if (!parse_argument(p, action, &arguments[action->argument_count]))
			return false;
		action->argument_count++;
	} while (take_symbol(p, ",") || take_symbol(p, "、"));
	return take_symbol(p, ")") || fail_expected(p, "a comma or a closing parenthesis", "逗号或右括号");
}

static bool
parse_emit(Parser *p, RuleAction *action)
{
	action->verb = VERB_EMIT;
	return expect_name(p, LABEL_EVENT, NULL, &action->target) && parse_arguments(p, action);
}

/* A function by its label, or by its name in quotes: app.take_back has a point. */
static bool
parse_call(Parser *p, RuleAction *action)
{
	const char *other = NULL;
	size_t		size = 0;

	action->verb = VERB_CALL;
	skip_space(p);
	if (p->vocabulary != NULL)
		size = scan_name(p, p->at, LABEL_FUNCTION, NULL, &action->target, &other);
	if (size == 0)
	{
		size = scan_string(p, p->at);
		if (size == 0 || string_content(p, p->at, size)[0] == '\0')
			return fail_expected(p, "the label of a function, or its name in quotes", "函数的标签，或引号中的函数名");
		action->target = string_content(p, p->at, size);
	}
	p->at += size;
	return parse_arguments(p, action);
}

/* ---- all of them ---- */

static const Word effects[] = {W_SEND, W_HOLD, W_REJECT, W_EMIT, W_CALL, W_TOWARD, W_TAKE, W_NONE};

/* A labelled function at a place, and no verb that is as long. */
static bool
function_ahead(const Parser *p, size_t at, size_t verb)
{
	const char *name;
	const char *other;

	return p->vocabulary != NULL && p->folded[at] != '"' &&
		scan_string(p, at) == 0 && scan_name(p, at, LABEL_FUNCTION, NULL, &name, &other) > verb;
}

bool
effect_ahead(Parser *p)
{
	Word		word;
	size_t		size;

	skip_space(p);
	size = scan_longest(p, p->at, effects, &word);
	return size > 0 || (p->at < p->length && function_ahead(p, p->at, 0));
}

/* The verb and what it is about; the caller has seen that one is ahead. */
bool
parse_effect(Parser *p, RuleAction *action)
{
	Word		word;
	size_t		size;

	skip_space(p);
	size = scan_longest(p, p->at, effects, &word);
	if (function_ahead(p, p->at, size))
		return parse_call(p, action);
	p->at += size;
	switch (word)
	{
		case W_TOWARD:
			return parse_toward(p, action);
		case W_TAKE:
			return parse_taking(p, action);
		case W_EMIT:
			return parse_emit(p, action);
		case W_CALL:
			return parse_call(p, action);
		case W_HOLD:
			action->verb = VERB_HOLD;
			return true;
		case W_REJECT:
			action->verb = VERB_REJECT;
			return true;
		default:
			action->verb = VERB_SEND;
			return p->tongue == TONGUE_ZH ? parse_send_zh(p, action) : parse_send_en(p, action);
	}
}
