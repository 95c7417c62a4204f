/*
 * rule_list.c
 *	  Cuts a text into named sentences.
 *
 * A name begins at the start of a line or after a full stop, with "rule" or
 * 规则, and ends at a colon; quoted text is passed over.  What stands between
 * two such headings is the sentence of the first.
 */
#include "rule/rule_list.h"

#include <string.h>

#include "rule/lang_internal.h"

/* Is a heading's word here?  Its size. */
static size_t
scan_heading(const Parser *p, size_t at)
{
	static const char *const words[] = {"rule ", "规则"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
	{
		size_t		length = strlen(words[i]);
		bool		same = p->length - at >= length;

		for (size_t c = 0; same && c < length; c++)
			same = (p->folded[at + c] | (i == 0 ? 0x20 : 0)) == words[i][c] ||
				(p->folded[at + c] == words[i][c]);
		if (same)
			return length;
	}
	return 0;
}

static bool
is_line_break(const Parser *p, size_t at)
{
	char		c = p->source[p->origin[at]];

	return c == '\n' || c == '\r';
}

/* The next heading from a place on that begins a line or follows a full stop. */
static size_t
find_heading(const Parser *p, size_t at)
{
	bool		may_begin = true;

	while (at < p->length)
	{
		size_t		passage = scan_passage(p, at);

		if (may_begin && scan_heading(p, at) > 0)
			return at;
		if (p->folded[at] == ' ')
			may_begin = may_begin || is_line_break(p, at);
		else
			may_begin = p->folded[at] == '.';
		at += passage;
	}
	return at;
}

static const char *
trimmed(const Parser *p, size_t from, size_t until)
{
	while (from < until && p->folded[from] == ' ')
		from++;
	while (until > from && p->folded[until - 1] == ' ')
		until--;
	return arena_string(p->arena, p->source + p->origin[from], p->origin[until] - p->origin[from]);
}

/* One heading and its sentence; returns where the next heading begins. */
static size_t
cut_sentence(Parser *p, size_t at, NamedSentence *item)
{
	size_t		start = scan_space(p, at + scan_heading(p, at));
	size_t		colon = start;
	size_t		next;

	while (colon < p->length && p->folded[colon] != ':' && !is_line_break(p, colon))
		colon++;
	item->name_offset = p->origin[start];
	item->name = trimmed(p, start, colon);
	p->at = colon;
	if (colon == p->length || p->folded[colon] != ':' || item->name[0] == '\0')
	{
		(void) fail_at(p, LANG_SYNTAX, start,
					   lang_say(p, "a rule's name and a colon are expected", "此处应为规则名称和冒号"),
					   lang_say(p, "Each sentence is introduced by its name.", "每条规则以名称开头。"),
					   lang_say(p, "Write: rule NAME: sentence.", "请写成：规则 名称：句子。"));
		return p->length;
	}
	next = find_heading(p, colon + 1);
	item->offset = p->origin[scan_space(p, colon + 1)];
	item->sentence = trimmed(p, colon + 1, next);
	return next;
}

const NamedSentence *
rule_list_split(Arena *arena, const char *list, size_t length, int *count, LangError *error)
{
	Parser		p = {.arena = arena,.error = error};
	NamedSentence *items = lang_grow(arena, NULL, 0, sizeof(NamedSentence));
	size_t		at;

	*count = 0;
	memset(error, 0, sizeof(*error));
	if (!scan_begin(&p, list, length))
		return NULL;
	scan_tongue(&p, TONGUE_AUTO);
	at = scan_space(&p, 0);
	if (at < p.length && scan_heading(&p, at) == 0)
	{
		p.at = at;
		(void) fail_at(&p, LANG_SYNTAX, at,
					   lang_say(&p, "the text does not begin with a named rule", "文本不是以规则名称开头"),
					   lang_say(&p, "Several rules are told apart by their names.", "多条规则以名称区分。"),
					   lang_say(&p, "Write: rule NAME: sentence.", "请写成：规则 名称：句子。"));
		return NULL;
	}
	while (at < p.length && error->code == LANG_OK)
	{
		items = lang_grow(arena, items, *count, sizeof(NamedSentence));
		at = cut_sentence(&p, at, &items[(*count)++]);
	}
	return error->code == LANG_OK ? items : NULL;
}
