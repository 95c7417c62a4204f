/*
 * lang_error.c
 *	  Mistakes: what is wrong, at which byte, and what to type instead, in the
 *	  tongue of the sentence.
 *
 * The first mistake stands.  Before anything is called a syntax error, it is
 * looked up among the constructs that the language knows and this version does
 * not read, so that their users are told so.
 */
#include "rule/lang_internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

char *
lang_format(Arena *arena, const char *format,...)
{
	va_list		args;
	int			length;
	char	   *text;

	va_start(args, format);
	length = vsnprintf(NULL, 0, format, args);
	va_end(args);
	text = arena_alloc(arena, length + 1);

	va_start(args, format);
	vsnprintf(text, length + 1, format, args);
	va_end(args);
	return text;
}

const char *
in_tongue(Tongue tongue, const char *en, const char *zh)
{
	return tongue == TONGUE_ZH ? zh : en;
}

const char *
lang_say(const Parser *p, const char *en, const char *zh)
{
	return in_tongue(p->tongue, en, zh);
}

/* Always false, so that a parsing function can return it. */
bool
fail_at(Parser *p, LangErrorCode code, size_t at, const char *message,
		const char *detail, const char *hint)
{
	if (p->error->code != LANG_OK)
		return false;
	p->error->code = code;
	p->error->offset = p->origin[at];
	p->error->message = message;
	p->error->detail = detail;
	p->error->hint = hint;
	return false;
}

static const char *
example(const Parser *p)
{
	return lang_say(p,
					"A rule looks like: WHEN event PER key AND NOT event WITHIN 30 days THEN notify role",
					"规则的写法：当某事（每个客户），且30天内未发生某事时，通知某角色。");
}

/* What stands here, for a message: a quoted text, a word, or a character. */
static size_t
scan_anything(const Parser *p, size_t at)
{
	uint32_t	character;
	size_t		size = scan_string(p, at);
	uint32_t	first = 0;

	utf8_decode(p->folded + at, p->length - at, &first);
	if (size == 0 && !utf8_is_han(first))
		size = scan_plain_word(p, at);
	if (size == 0)
		while (at + size < p->length && p->folded[at + size] >= '0' && p->folded[at + size] <= '9')
			size++;
	if (size == 0)
		size = utf8_decode(p->folded + at, p->length - at, &character);
	return size;
}

/* Here the sentence should go on with something else. */
bool
fail_expected(Parser *p, const char *en, const char *zh)
{
	const char *detail;
	size_t		size;

	skip_space(p);
	size = scan_word(p, p->at, W_LATER_CONSTRUCT);
	if (size > 0)
		return fail_unsupported(p, p->at, size);
	detail = p->tongue == TONGUE_ZH ?
		lang_format(p->arena, "此处应为%s。", zh) :
		lang_format(p->arena, "Expected %s here.", en);
	if (p->at == p->length)
		return fail_at(p, LANG_SYNTAX, p->at,
					   lang_say(p, "the sentence ends too early", "句子不完整"),
					   detail, example(p));
	if (next_is_symbol(p, "\"") || next_is_symbol(p, "“") || next_is_symbol(p, "「"))
	{
		if (scan_string(p, p->at) == 0)
			return fail_at(p, LANG_SYNTAX, p->at,
						   lang_say(p, "quoted text is not closed", "引号没有闭合"),
						   lang_say(p, "The text that begins here has no closing quote.",
									"从这里开始的文字缺少后引号。"),
						   lang_say(p, "Write \"...\", with quotes inside doubled.",
									"请写成“……”，其中的引号要写两个。"));
	}
	size = scan_anything(p, p->at);
	return fail_at(p, LANG_SYNTAX, p->at,
				   p->tongue == TONGUE_ZH ?
				   lang_format(p->arena, "“%.*s”用在这里不对", (int) size, p->folded + p->at) :
				   lang_format(p->arena, "syntax error in rule at \"%.*s\"", (int) size, p->folded + p->at),
				   detail, example(p));
}

bool
fail_unsupported(Parser *p, size_t at, size_t size)
{
	return fail_at(p, LANG_UNSUPPORTED, at,
				   p->tongue == TONGUE_ZH ?
				   lang_format(p->arena, "暂不支持“%.*s”", (int) size, p->folded + at) :
				   lang_format(p->arena, "\"%.*s\" is not supported yet", (int) size, p->folded + at),
				   lang_say(p, "It belongs to the rule language, but this version does not run it.",
							"规则语言中有这种写法，但当前版本还不能执行。"),
				   example(p));
}

const char *
class_noun(const Parser *p, LabelClass class)
{
	switch (class)
	{
		case LABEL_EVENT:
			return lang_say(p, "event", "事件");
		case LABEL_COLUMN:
			return lang_say(p, "column", "字段");
		case LABEL_KEY:
			return lang_say(p, "key", "对象");
		case LABEL_ROLE:
			return lang_say(p, "role", "角色");
		case LABEL_CHANNEL:
			return lang_say(p, "channel", "渠道");
		case LABEL_TEMPLATE:
			return lang_say(p, "template", "模板");
		case LABEL_VALUE:
			return lang_say(p, "value", "取值");
		case LABEL_FUNCTION:
			return lang_say(p, "function", "函数");
		case LABEL_MEMBER:
			return lang_say(p, "key", "对象");
		case LABEL_RELATION:
			return lang_say(p, "relation", "数据表");
	}
	return "";
}

/* How the sentence's reader calls it. */
const char *
name_shown(const Parser *p, LabelClass class, const char *scope, const char *name)
{
	const char *label = p->vocabulary == NULL ? NULL :
	p->vocabulary->label(p->vocabulary->context, p->tongue, class, scope, name);

	return label != NULL ? label : name;
}

static const char *
known_names_hint(Parser *p, LabelClass class, const char *scope)
{
	switch (class)
	{
		case LABEL_EVENT:
			return lang_say(p, "See pulse.events for the known events, and pulse.label() to name them.",
							"已有的事件见 pulse.events；用 pulse.label() 为它们命名。");
		case LABEL_COLUMN:
			if (scope == NULL)
				return lang_say(p, "Use a column of the event, by its name or label.",
								"请使用该事件的字段名或标签。");
			return p->tongue == TONGUE_ZH ?
				lang_format(p->arena, "请使用事件“%s”的字段名或标签。",
							name_shown(p, LABEL_EVENT, NULL, scope)) :
				lang_format(p->arena, "Use a column of event \"%s\", by its name or label.",
							name_shown(p, LABEL_EVENT, NULL, scope));
		case LABEL_MEMBER:
			return lang_say(p, "Say where they are with pulse.describe_key('customer', 'app.customer', name => 'name').",
							"请用 pulse.describe_key('customer', 'app.customer', name => 'name') 说明对象在哪张表。");
		case LABEL_RELATION:
			return lang_say(p, "Name a table or view with pulse.label('relation', 'app.stock', 'stock').",
							"请用 pulse.label('relation', 'app.stock', zh => '库存') 为表或视图命名。");
		default:
			return lang_say(p, "See pulse.labels for the names in use.",
							"可用的名称见 pulse.labels。");
	}
}

/* size: of what looks like the name */
bool
fail_unknown(Parser *p, LabelClass class, const char *scope, size_t at, size_t size)
{
	const char *noun = class_noun(p, class);
	const char *name = p->folded + at;
	const char *nearest = NULL;

	if (p->vocabulary != NULL)
		nearest = p->vocabulary->nearest(p->vocabulary->context, p->tongue, class,
										 scope, name, size);
	return fail_at(p, LANG_UNKNOWN_NAME, at,
				   p->tongue == TONGUE_ZH ?
				   lang_format(p->arena, "没有名为“%.*s”的%s", (int) size, name, noun) :
				   lang_format(p->arena, "unknown %s \"%.*s\"", noun, (int) size, name),
				   p->tongue == TONGUE_ZH ?
				   lang_format(p->arena, "此处应为%s的名称。", noun) :
				   lang_format(p->arena, "The name of %s %s is expected here.",
							   strchr("aeiou", noun[0]) != NULL ? "an" : "a", noun),
				   nearest == NULL ? known_names_hint(p, class, scope) :
				   p->tongue == TONGUE_ZH ?
				   lang_format(p->arena, "是否想写“%s”？", nearest) :
				   lang_format(p->arena, "Perhaps you meant \"%s\".", nearest));
}

/* One text, two readings. */
bool
fail_ambiguous(Parser *p, size_t at, size_t size, const char *first, const char *second)
{
	return fail_at(p, LANG_AMBIGUOUS, at,
				   p->tongue == TONGUE_ZH ?
				   lang_format(p->arena, "“%.*s”有两种含义", (int) size, p->folded + at) :
				   lang_format(p->arena, "\"%.*s\" is ambiguous", (int) size, p->folded + at),
				   p->tongue == TONGUE_ZH ?
				   lang_format(p->arena, "它既可以是%s，也可以是%s。", first, second) :
				   lang_format(p->arena, "It can be read as %s or as %s.", first, second),
				   p->tongue == TONGUE_ZH ?
				   "请把所指的名称写进引号，或修改其中一个标签。" :
				   "Put the name you mean in quotes, or change one of the labels.");
}
