/*
 * vocabulary.c
 *	  Matching labels and names in a sentence, and guessing what was meant.
 *
 * A label may be written in any case and with any blanks; a name also with
 * blanks for its underscores.  Invariant: what label() gives for printing reads
 * back, by match(), as the same name and no other.
 */
#include "rule/vocabulary.h"

#include <string.h>

#include "rule/lang_internal.h"

#define NEAREST_MAX_CHARACTERS	40

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char) (c + 'a' - 'A') : c;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool
ends_inside_word(char last, const char *input, size_t length, Tongue tongue)
{
	uint32_t	character;

	if (!utf8_is_letter((unsigned char) last) || (unsigned char) last >= 0x80)
		return false;
	if (utf8_decode(input, length, &character) == 0)
		return false;
	return utf8_is_letter(character) && (character < 0x80 || tongue == TONGUE_EN);
}

/* How much of the text the label covers from its beginning; 0: it does not. */
size_t
label_cover(const char *label, bool is_name, const char *input, size_t length, Tongue tongue)
{
	size_t		at = 0;

	if (label == NULL || label[0] == '\0')
		return 0;
	for (const char *c = label; *c != '\0'; c++)
	{
		if (is_blank(*c) || (is_name && *c == '_' && at < length && is_blank(input[at])))
		{
			if (at >= length || !is_blank(input[at]))
				return 0;
			while (at < length && is_blank(input[at]))
				at++;
			while (is_blank(*c) && is_blank(c[1]))
				c++;
		}
		else if (at < length && lower(input[at]) == lower(*c))
			at++;
		else
			return 0;
	}
	if (ends_inside_word(label[strlen(label) - 1], input + at, length - at, tongue))
		return 0;
	return at;
}

static const char *
own_label(const LabelEntry *entry, Tongue tongue)
{
	return tongue == TONGUE_ZH ? entry->zh : entry->en;
}

static bool
in_scope(const LabelEntry *entry, unsigned classes, const char *scope)
{
	return (entry->class & classes) != 0 &&
		(scope == NULL || entry->scope == NULL || strcmp(entry->scope, scope) == 0);
}

typedef struct Match
{
	size_t		length;			/* of text, 0: none */
	const char *name;
	const char *other;			/* another name with the same label */
	bool		scoped;			/* its entry is of the very scope asked for */
} Match;

/* The longest wins; of equals, that of the scope. */
static void
offer(Match *best, size_t length, const char *name, bool scoped)
{
	if (length == 0 || length < best->length)
		return;
	if (length > best->length || (scoped && !best->scoped))
	{
		best->length = length;
		best->name = name;
		best->other = NULL;
		best->scoped = scoped;
	}
	else if (scoped == best->scoped && strcmp(name, best->name) != 0)
		best->other = name;
}

static Tongue
other_tongue(Tongue tongue)
{
	return tongue == TONGUE_ZH ? TONGUE_EN : TONGUE_ZH;
}

/* Labels of the sentence's tongue and names; failing these, the other tongue's labels. */
static size_t
set_match(void *context, Tongue tongue, unsigned classes, const char *scope,
		  const char *input, size_t length, const char **name, const char **other)
{
	const LabelSet *set = context;
	Match		best = {0};
	Match		foreign = {0};

	for (int i = 0; i < set->count; i++)
	{
		const LabelEntry *entry = &set->entries[i];
		bool		scoped = scope != NULL && entry->scope != NULL;

		if (!in_scope(entry, classes, scope))
			continue;
		offer(&best, label_cover(own_label(entry, tongue), false, input, length, tongue),
			  entry->name, scoped);
		offer(&best, label_cover(entry->name, true, input, length, tongue), entry->name, scoped);
		offer(&foreign, label_cover(own_label(entry, other_tongue(tongue)), false, input, length, tongue),
			  entry->name, scoped);
	}
	if (best.length == 0)
		best = foreign;
	*name = best.name;
	*other = best.other;
	return best.length;
}

/* ---- what was meant ---- */

static int
decode_all(const char *input, size_t length, uint32_t *characters)
{
	int			count = 0;
	int			size;

	while (count < NEAREST_MAX_CHARACTERS &&
		   (size = utf8_decode(input, length, &characters[count])) > 0)
	{
		if (characters[count] < 0x80)
			characters[count] = characters[count] == '_' ? ' ' : (uint32_t) lower((char) characters[count]);
		input += size;
		length -= size;
		count++;
	}
	return count;
}

static int
least(int a, int b)
{
	return a < b ? a : b;
}

int
label_distance(const char *label, const char *input, size_t length, bool whole)
{
	uint32_t	a[NEAREST_MAX_CHARACTERS];
	uint32_t	b[NEAREST_MAX_CHARACTERS];
	int			rows = decode_all(label, strlen(label), a);
	int			columns = decode_all(input, length, b);
	int			cost[NEAREST_MAX_CHARACTERS + 1] = {0};
	int			best;

	for (int j = 0; j <= columns; j++)
		cost[j] = j;
	for (int i = 1; i <= rows; i++)
	{
		int			diagonal = cost[0];

		cost[0] = i;
		for (int j = 1; j <= columns; j++)
		{
			int			change = diagonal + (a[i - 1] != b[j - 1]);

			diagonal = cost[j];
			cost[j] = least(change, 1 + least(cost[j], cost[j - 1]));
		}
	}
	best = cost[columns];
	for (int j = 0; !whole && j < columns; j++)
		best = least(best, cost[j]);
	return best;
}

static const char *
set_nearest(void *context, Tongue tongue, unsigned classes, const char *scope,
			const char *input, size_t length)
{
	const LabelSet *set = context;
	const char *nearest = NULL;
	int			nearest_distance = 0;

	for (int i = 0; i < set->count; i++)
	{
		const LabelEntry *entry = &set->entries[i];
		const char *candidates[2] = {own_label(entry, tongue), entry->name};

		if (!in_scope(entry, classes, scope))
			continue;
		for (int c = 0; c < 2; c++)
		{
			int			distance;
			size_t		characters;

			if (candidates[c] == NULL)
				continue;
			characters = utf8_count(candidates[c], strlen(candidates[c]));
			distance = label_distance(candidates[c], input, length, tongue == TONGUE_EN);
			if ((size_t) distance > (characters < 4 ? characters / 2 : (characters + 2) / 3))
				continue;
			if (nearest == NULL || distance < nearest_distance)
			{
				nearest = candidates[c];
				nearest_distance = distance;
			}
		}
	}
	return nearest;
}

/* ---- printing ---- */

static const char *
set_label(void *context, Tongue tongue, LabelClass class, const char *scope, const char *name)
{
	const LabelSet *set = context;
	const char *label = NULL;
	bool		own = false;
	const char *read;
	const char *other;

	for (int i = 0; i < set->count; i++)
	{
		const LabelEntry *entry = &set->entries[i];

		if (!in_scope(entry, class, scope) || strcmp(entry->name, name) != 0 ||
			own_label(entry, tongue) == NULL || (label != NULL && (own || entry->scope == NULL)))
			continue;
		label = own_label(entry, tongue);
		own = entry->scope != NULL;
	}
	if (label == NULL ||
		set_match(context, tongue, class, scope, label, strlen(label), &read, &other) != strlen(label) ||
		other != NULL || strcmp(read, name) != 0)
		return NULL;
	return label;
}

/* ---- what there is ---- */

bool
label_is_named(const LabelSet *set, unsigned classes, const char *name)
{
	for (int i = 0; i < set->count; i++)
		if ((set->entries[i].class & classes) != 0 && strcmp(set->entries[i].name, name) == 0)
			return true;
	return false;
}

bool
label_has_column(const LabelSet *set, const char *scope, const char *column)
{
	for (int i = 0; i < set->count; i++)
	{
		const LabelEntry *entry = &set->entries[i];

		if (entry->class == LABEL_COLUMN && entry->scope != NULL && strcmp(entry->name, column) == 0 &&
			(scope == NULL || strcmp(entry->scope, scope) == 0))
			return true;
	}
	return false;
}

/* ---- values that stand for a condition ---- */

/* The longest; names alone are too short to be meant, so labels only. */
static size_t
set_adjective(void *context, Tongue tongue, const char *scope, const char *input, size_t length,
			  const char **column, const char **value)
{
	const LabelSet *set = context;
	size_t		longest = 0;

	for (int i = 0; i < set->count; i++)
	{
		const LabelEntry *entry = &set->entries[i];
		size_t		size;

		if (entry->class != LABEL_VALUE || entry->scope == NULL || !label_has_column(set, scope, entry->scope))
			continue;
		size = label_cover(own_label(entry, tongue), false, input, length, tongue);
		if (size <= longest)
			continue;
		longest = size;
		*column = entry->scope;
		*value = entry->name;
	}
	return longest;
}

/* The longest; labels only, too. */
static size_t
set_owned(void *context, Tongue tongue, const char *key, const char *input, size_t length,
		  const char **column, const char **event)
{
	const LabelSet *set = context;
	size_t		longest = 0;
	bool		several = false;

	for (int i = 0; i < set->count; i++)
	{
		const LabelEntry *entry = &set->entries[i];
		size_t		size;

		if (entry->class != LABEL_COLUMN || entry->scope == NULL)
			continue;
		size = label_cover(own_label(entry, tongue), false, input, length, tongue);
		if (size == 0 || size < longest || !label_is_named(set, LABEL_EVENT, entry->scope) || !label_has_column(set, entry->scope, key))
			continue;
		several = size == longest && (several || strcmp(entry->scope, *event) != 0);
		longest = size;
		*column = entry->name;
		*event = entry->scope;
	}
	return several ? 0 : longest;
}

Vocabulary
label_vocabulary(const LabelSet *set)
{
	Vocabulary	vocabulary = {(void *) set, set_match, set_nearest, set_label, set_adjective, set_owned, set};

	return vocabulary;
}

/* ---- labels as they are kept ---- */

const char *
label_fold(Arena *arena, const char *label)
{
	size_t		length = strlen(label);
	char	   *folded = arena_alloc(arena, length + 1);
	size_t		used = 0;
	uint32_t	character;
	int			size;

	for (; (size = utf8_decode(label, length, &character)) > 0; label += size, length -= size)
	{
		uint32_t	plain = utf8_fold(character);

		if (plain == ' ')
		{
			if (used > 0 && folded[used - 1] != ' ')
				folded[used++] = ' ';
		}
		else if (plain < 0x80)
			folded[used++] = (char) plain;
		else
		{
			memcpy(folded + used, label, size);
			used += size;
		}
	}
	while (used > 0 && folded[used - 1] == ' ')
		used--;
	folded[used] = '\0';
	return folded;
}

const char *
label_keyword(Arena *arena, Tongue tongue, const char *label)
{
	/* those that stand where a name may stand */
	static const Word words[] = {
		W_WHEN, W_WHERE, W_PER, W_AND, W_ABSENT, W_IN_TIME, W_THEN, W_ANOTHER, W_UNTIL, W_BOTH,
		W_CC, W_DUE_IN, W_NOT, W_NOTIFY, W_TEXT, W_MAIL, W_ASSIGN, W_SEND, W_HOLD, W_REJECT, W_SQL,
		W_USING_CALENDAR, W_FIRE_PAST,
		W_LATER_CONSTRUCT, W_NONE
	};
	Parser		p = {.arena = arena,.tongue = tongue,.folded = label,.length = strlen(label)};
	Word		found;
	size_t		longest = scan_longest(&p, 0, words, &found);

	return longest == 0 ? NULL : arena_string(arena, label, longest);
}
