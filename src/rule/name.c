/*
 * name.c
 *	  Names in a sentence: of events, columns, keys, roles.
 *
 * A name is written as a label or a name of the vocabulary, in quotes, or,
 * without a vocabulary, as a plain word that is no keyword.  The longest label
 * wins, also over a keyword it begins with; where both readings are possible,
 * the sentence is refused with the choices.  Roles need not be known: people
 * are mapped after rules are written.
 */
#include "rule/lang_internal.h"

#include <string.h>

/* How much of the text at a place looks like one name. */
size_t
scan_unknown(const Parser *p, size_t at)
{
	static const Word ends_zh[] = {
		W_HAPPENS, W_ABSENT, W_AND, W_CLAUSE_END, W_AFTER, W_THEN, W_UNTIL, W_GT, W_LT,
		W_GE, W_LE, W_IS, W_IS_NOT, W_MISSING, W_NONE
	};
	size_t		end = at;
	uint32_t	character;

	if (p->tongue == TONGUE_ZH)
	{
		Word		found;
		int			size;

		while ((size = utf8_decode(p->folded + end, p->length - end, &character)) > 0 &&
			   utf8_is_letter(character) && end - at < 60 &&
			   (end == at || scan_longest(p, end, ends_zh, &found) == 0))
			end += size;
		return end - at;
	}
	for (size_t next = at;;)
	{
		size_t		size = scan_plain_word(p, next);

		if (size == 0 || word_is_english(p->folded + next, size, next > at) || next + size - at > 100)
			return end - at;
		end = next + size;
		next = scan_space(p, end);
	}
}

/* A role nobody has heard of yet: up to punctuation or the next keyword. */
static size_t
scan_new_role(const Parser *p, size_t at, const char **name)
{
	static const Word ends[] = {
		W_CC, W_DUE_IN, W_BOTH, W_UNTIL, W_GIVE_TASK, W_GIVE_TEXT, W_GIVE_MAIL,
		W_SEND, W_ISSUE, W_HOLD, W_REJECT, W_LATER_CONSTRUCT, W_NONE
	};
	size_t		end = at;

	if (p->tongue == TONGUE_EN)
		end = at + scan_unknown(p, at);
	else
	{
		uint32_t	character;
		Word		found;
		int			size;

		while ((size = utf8_decode(p->folded + end, p->length - end, &character)) > 0 &&
			   utf8_is_letter(character) && scan_longest(p, end, ends, &found) == 0)
			end += size;
	}
	if (end > at && p->folded[at] >= '0' && p->folded[at] <= '9')
		return 0;
	if (end > at)
	{
		char	   *copy = arena_string(p->arena, p->folded + at, end - at);

		for (char *c = copy; *c != '\0'; c++)
			if (*c == ' ')
				*c = '_';
		*name = copy;
	}
	return end - at;
}

static size_t
match(const Parser *p, const char *text, size_t length, LabelClass class,
	  const char *scope, const char **name, const char **other)
{
	return p->vocabulary->match(p->vocabulary->context, p->tongue, class, scope,
								text, length, name, other);
}

static size_t
scan_quoted_name(const Parser *p, size_t at, LabelClass class, const char *scope,
				 const char **name, const char **other)
{
	size_t		size = scan_string(p, at);
	const char *content;
	size_t		length;

	if (size == 0)
		return 0;
	content = string_content(p, at, size);
	length = strlen(content);
	if (length == 0)
		return 0;
	*name = content;
	if (p->vocabulary == NULL)
		return size;
	if (match(p, content, length, class, scope, name, other) == length)
		return size;
	*name = content;
	*other = NULL;
	return class == LABEL_ROLE ? size : 0;
}

/* A name of the class at a place: its size, 0 when none is there. */
size_t
scan_name(const Parser *p, size_t at, LabelClass class, const char *scope,
		  const char **name, const char **other)
{
	size_t		size;

	*other = NULL;
	size = scan_quoted_name(p, at, class, scope, name, other);
	if (size > 0)
		return size;
	if (p->vocabulary != NULL)
		return match(p, p->folded + at, p->length - at, class, scope, name, other);
	size = scan_plain_word(p, at);
	if (size == 0 || word_is_english(p->folded + at, size, false))
		return 0;
	*name = arena_string(p->arena, p->folded + at, size);
	return size;
}

static const char *
quoted(const Parser *p, const char *name)
{
	return lang_format(p->arena, p->tongue == TONGUE_ZH ? "“%s”" : "\"%s\"", name);
}

/* the rep; a new role may begin with an article, but for everyday English */
static void
take_role_article(Parser *p)
{
	const char *name;
	const char *other;
	size_t		start = p->at;

	if (take_article(p) && !p->plain && scan_name(p, scan_space(p, p->at), LABEL_ROLE, NULL, &name, &other) == 0)
		p->at = start;
}

bool
expect_name(Parser *p, LabelClass class, const char *scope, const char **name)
{
	const char *other;
	size_t		size;

	if (class == LABEL_ROLE)
		take_role_article(p);
	skip_space(p);
	size = scan_name(p, p->at, class, scope, name, &other);
	if (size > 0 && other != NULL)
		return fail_ambiguous(p, p->at, size, quoted(p, *name), quoted(p, other));
	if (size == 0 && class == LABEL_ROLE && p->vocabulary != NULL)
		size = scan_new_role(p, p->at, name);
	if (size == 0)
	{
		size_t		quote = scan_string(p, p->at);
		const char *noun = class_noun(p, class);

		size = quote > 0 ? quote : scan_unknown(p, p->at);
		if (size == 0 || (scan_word(p, p->at, W_LATER_CONSTRUCT) > 0 && quote == 0))
			return fail_expected(p, lang_format(p->arena, "the name of a%s %s",
												strchr("aeiou", noun[0]) != NULL ? "n" : "", noun),
								 lang_format(p->arena, "%s的名称", noun));
		if (quote > 0)
		{
			size_t		width = p->folded[p->at] == '"' ? 1 : strlen("“");

			return fail_unknown(p, class, scope, p->at + width, quote - 2 * width);
		}
		return fail_unknown(p, class, scope, p->at, size);
	}
	p->at += size;
	return true;
}

/*
 * The keyword, unless a longer label begins here (未成交, 当日达).  Where the
 * rest after the keyword is a label too, both readings stand: refused.
 */
bool
accept_unless_label(Parser *p, Word word, LabelClass class, const char *scope)
{
	const char *whole;
	const char *rest;
	const char *other;
	size_t		keyword;
	size_t		label;

	skip_space(p);
	keyword = scan_word(p, p->at, word);
	if (keyword == 0)
		return false;
	label = p->vocabulary == NULL ? 0 : scan_name(p, p->at, class, scope, &whole, &other);
	if (label <= keyword)
	{
		p->at += keyword;
		return true;
	}
	if (scan_name(p, scan_space(p, p->at + keyword), class, scope, &rest, &other) > 0)
		(void) fail_ambiguous(p, p->at, label, quoted(p, whole),
							  lang_format(p->arena, p->tongue == TONGUE_ZH ? "“%.*s”加“%s”" :
										  "\"%.*s\" before \"%s\"", (int) keyword,
										  p->folded + p->at, rest));
	return false;
}
