/*
 * scan.c
 *	  Reading words, symbols and quoted text at a place of the sentence.
 *
 * scan_X() looks at any place and returns how many bytes X takes there, 0 when
 * it does not stand there; take_X() looks at the current place, after blanks,
 * and moves on.  Neither records a mistake.
 */
#include "rule/lang_internal.h"

#include <string.h>
#include <strings.h>

/* Room for one more item: capacities are the powers of two from 4 on. */
void *
lang_grow(Arena *arena, void *items, int count, size_t size)
{
	void	   *bigger;

	if (count != 0 && (count < 4 || (count & (count - 1)) != 0))
		return items;
	bigger = arena_alloc(arena, (count == 0 ? 4 : 2 * (size_t) count) * size);
	if (count > 0)
		memcpy(bigger, items, count * size);
	return bigger;
}

/* Fold the sentence; refuse what is not UTF-8. */
bool
scan_begin(Parser *p, const char *source, size_t length)
{
	char	   *folded = arena_alloc(p->arena, length + 1);
	uint32_t   *origin = arena_alloc(p->arena, (length + 1) * sizeof(uint32_t));
	size_t		used = 0;

	p->source = source;
	p->folded = folded;
	p->origin = origin;
	for (size_t i = 0; i < length;)
	{
		uint32_t	character;
		int			size = utf8_decode(source + i, length - i, &character);
		uint32_t	plain;

		origin[used] = (uint32_t) i;
		if (size == 0)
		{
			p->length = used;
			return fail_at(p, LANG_SYNTAX, used,
						   lang_say(p, "the sentence is not valid UTF-8", "句子不是有效的 UTF-8 文本"),
						   lang_say(p, "A byte here begins no character.", "此处的字节不构成字符。"),
						   lang_say(p, "Set client_encoding to what your program sends.",
									"请把 client_encoding 设为程序实际使用的编码。"));
		}
		plain = utf8_fold(character);
		if (plain < 0x80)
			folded[used++] = (char) plain;
		else
			for (int byte = 0; byte < size; byte++)
			{
				origin[used] = (uint32_t) i;
				folded[used++] = source[i + byte];
			}
		i += size;
	}
	origin[used] = (uint32_t) length;
	p->length = used;
	return true;
}

/* Settle the tongue: by the first English opening, else by any Chinese. */
void
scan_tongue(Parser *p, Tongue tongue)
{
	static const Word openings[] = {W_WHEN, W_EVERY, W_EACH, W_WHILE, W_LATER_CONSTRUCT, W_NONE};
	size_t		at = scan_space(p, 0);
	Word		found;

	p->tongue = tongue;
	if (tongue != TONGUE_AUTO)
		return;
	p->tongue = TONGUE_EN;
	if (scan_longest(p, at, openings, &found) > 0)
		return;
	while (at < p->length)
	{
		uint32_t	character = 0;

		(void) utf8_decode(p->folded + at, p->length - at, &character);
		if (utf8_is_han(character))
		{
			p->tongue = TONGUE_ZH;
			return;
		}
		at += scan_passage(p, at);
	}
}

size_t
scan_space(const Parser *p, size_t at)
{
	while (at < p->length && p->folded[at] == ' ')
		at++;
	return at;
}

void
skip_space(Parser *p)
{
	p->at = scan_space(p, p->at);
}

/* Where in the sentence as given the next thing begins. */
size_t
offset_here(Parser *p)
{
	skip_space(p);
	return p->origin[p->at];
}

bool
at_end(Parser *p)
{
	skip_space(p);
	return p->at == p->length;
}

static bool
letter_at(const Parser *p, size_t at)
{
	uint32_t	character;

	if (utf8_decode(p->folded + at, p->length - at, &character) == 0)
		return false;
	/* in Chinese, only Latin letters run on */
	return utf8_is_letter(character) && (p->tongue == TONGUE_EN || character < 0x80);
}

static bool
is_word_byte(char byte)
{
	return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
		(byte >= '0' && byte <= '9') || byte == '_';
}

/* One spelling; a blank in it stands for any number of blanks. */
static size_t
scan_spelling(const Parser *p, size_t at, const char *spelling, size_t length)
{
	size_t		start = at;

	for (size_t i = 0; i < length; i++)
	{
		if (spelling[i] == ' ')
		{
			size_t		after = scan_space(p, at);

			if (after == at)
				return 0;
			at = after;
			continue;
		}
		if (spelling[i] == '\'' && p->length - at >= strlen("’") &&
			memcmp(p->folded + at, "’", strlen("’")) == 0)
		{
			at += strlen("’");
			continue;
		}
		if (at >= p->length || strncasecmp(p->folded + at, spelling + i, 1) != 0)
			return 0;
		at++;
	}
	if (is_word_byte(spelling[length - 1]) && letter_at(p, at))
		return 0;
	return at - start;
}

/* The longest of some spellings, separated by '|'. */
size_t
scan_choice(const Parser *p, size_t at, const char *spelling)
{
	size_t		longest = 0;

	while (*spelling != '\0')
	{
		size_t		length = strcspn(spelling, "|");
		size_t		size = scan_spelling(p, at, spelling, length);

		if (size > longest)
			longest = size;
		spelling += length + (spelling[length] == '|');
	}
	return longest;
}

/* The longest spelling of a word. */
size_t
scan_word(const Parser *p, size_t at, Word word)
{
	return scan_choice(p, at, word_spellings(word, p->tongue));
}

/* The longest of several words (the list ends with W_NONE). */
size_t
scan_longest(const Parser *p, size_t at, const Word *words, Word *found)
{
	size_t		longest = 0;

	*found = W_NONE;
	for (; *words != W_NONE; words++)
	{
		size_t		size = scan_word(p, at, *words);

		if (size > longest)
		{
			longest = size;
			*found = *words;
		}
	}
	return longest;
}

bool
next_is(Parser *p, Word word)
{
	skip_space(p);
	return scan_word(p, p->at, word) > 0;
}

bool
take_word(Parser *p, Word word)
{
	size_t		size;

	skip_space(p);
	size = scan_word(p, p->at, word);
	p->at += size;
	return size > 0;
}

bool
next_is_symbol(Parser *p, const char *symbol)
{
	size_t		length = strlen(symbol);

	skip_space(p);
	return p->length - p->at >= length && memcmp(p->folded + p->at, symbol, length) == 0;
}

bool
take_symbol(Parser *p, const char *symbol)
{
	if (!next_is_symbol(p, symbol))
		return false;
	p->at += strlen(symbol);
	return true;
}

/* Letters, digits and underscores, beginning with no digit. */
size_t
scan_plain_word(const Parser *p, size_t at)
{
	size_t		start = at;

	if (at < p->length && p->folded[at] >= '0' && p->folded[at] <= '9')
		return 0;
	while (at < p->length && letter_at(p, at))
	{
		uint32_t	character;

		at += utf8_decode(p->folded + at, p->length - at, &character);
	}
	return at - start;
}

/* The quote that closes what opens here, or NULL. */
static const char *
closing_quote(const Parser *p, size_t at, size_t *opening)
{
	static const char *const quotes[][2] = {
		{"\"", "\""}, {"“", "”"}, {"「", "」"}, {"『", "』"}, {"”", "”"}
	};

	for (size_t i = 0; i < sizeof(quotes) / sizeof(quotes[0]); i++)
	{
		*opening = strlen(quotes[i][0]);
		if (p->length - at >= *opening && memcmp(p->folded + at, quotes[i][0], *opening) == 0)
			return quotes[i][1];
	}
	return NULL;
}

/* Quoted text with its quotes; a doubled closing quote stands for itself. */
size_t
scan_string(const Parser *p, size_t at)
{
	size_t		opening = 0;
	const char *close = at < p->length ? closing_quote(p, at, &opening) : NULL;
	size_t		width = close == NULL ? 0 : strlen(close);
	size_t		i = at + opening;

	if (close == NULL)
		return 0;
	while (i + width <= p->length)
	{
		if (memcmp(p->folded + i, close, width) != 0)
			i++;
		else if (i + 2 * width <= p->length && memcmp(p->folded + i + width, close, width) == 0)
			i += 2 * width;
		else
			return i + width - at;
	}
	return 0;
}

/* One character, or all that is quoted; a quote that is not closed quotes the rest. */
size_t
scan_passage(const Parser *p, size_t at)
{
	size_t		opening;
	uint32_t	character;

	if (closing_quote(p, at, &opening) == NULL)
		return utf8_decode(p->folded + at, p->length - at, &character);
	opening = scan_string(p, at);
	return opening > 0 ? opening : p->length - at;
}

/* What stands between the quotes, as it was written. */
const char *
string_content(const Parser *p, size_t at, size_t size)
{
	size_t		opening;
	const char *close = closing_quote(p, at, &opening);
	size_t		width = strlen(close);
	size_t		end = at + size - width;
	char	   *content = arena_alloc(p->arena, p->origin[end] - p->origin[at] + 1);
	size_t		used = 0;

	for (size_t i = at + opening; i < end;)
	{
		size_t		next = i + 1;

		if (i + width <= end && memcmp(p->folded + i, close, width) == 0)
		{
			next = i + 2 * width;	/* doubled: take it once */
			memcpy(content + used, p->source + p->origin[i], p->origin[i + width] - p->origin[i]);
			used += p->origin[i + width] - p->origin[i];
			i = next;
			continue;
		}
		while (next < end && p->origin[next] == p->origin[i])
			next++;
		memcpy(content + used, p->source + p->origin[i], p->origin[next] - p->origin[i]);
		used += p->origin[next] - p->origin[i];
		i = next;
	}
	return content;
}
