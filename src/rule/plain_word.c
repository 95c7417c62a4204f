/*
 * plain_word.c
 *	  What everyday English is read with: a closed set of grammatical words, and
 *	  the labels, found behind articles, after their subject and with an "s".
 *
 * Nothing is guessed: articles and auxiliaries are the ones listed here, a verb or
 * another form of a name is a label like any other, and of two readings neither
 * is taken.  Needs a vocabulary; names alone are never read so.
 */
#include "rule/lang_internal.h"

#include <string.h>

#include "rule/plain.h"
#include "rule/vocabulary.h"

#define TAIL_MAX	160			/* bytes of the sentence that a label may
								 * cover */

bool
reads_plain(const Parser *p)
{
	return p->tongue == TONGUE_EN && p->vocabulary != NULL && p->vocabulary->known != NULL;
}

bool
take_choice(Parser *p, const char *choices)
{
	size_t		size;

	skip_space(p);
	size = scan_choice(p, p->at, choices);
	p->at += size;
	p->worded = p->worded || size > 0;
	return size > 0;
}

/* What is called so by the longest label of some classes. */
static size_t
label_at(const Parser *p, size_t at, unsigned classes)
{
	const char *name;
	const char *other;

	return p->vocabulary->match(p->vocabulary->context, p->tongue, classes, NULL,
								p->folded + at, p->length - at, &name, &other);
}

/* a, an, the, where no label begins with it: its size, with the blank behind it */
size_t
scan_article(const Parser *p, size_t at)
{
	size_t		size = reads_plain(p) ? scan_choice(p, at, "a|an|the") : 0;

	if (size == 0 || (at + size < p->length && p->folded[at + size] != ' ') ||
		label_at(p, at, LABEL_EVENT | LABEL_KEY | LABEL_ROLE | LABEL_MEMBER | LABEL_RELATION) > size)
		return 0;
	return scan_space(p, at + size) - at;
}

bool
take_article(Parser *p)
{
	size_t		size;

	skip_space(p);
	size = scan_article(p, p->at);
	p->at += size;
	p->worded = p->worded || size > 0;
	return size > 0;
}

/* it, they: what the sentence is about */
bool
take_pronoun(Parser *p)
{
	return take_choice(p, "it|they|he|she");
}

/* hold it, its contract price */
bool
take_plain_object(Parser *p)
{
	return reads_plain(p) && take_choice(p, "it|them|its|his|her|their");
}

/* ", once" of a state, which comes once by itself; and is UNTIL next? */
bool
take_plain_end(Parser *p)
{
	if (!reads_plain(p))
		return false;
	if (p->lasting && take_word(p, W_ONCE))
	{
		(void) take_symbol(p, ",");
		return true;
	}
	return next_is(p, W_UNTIL);
}

/* isn't, hasn't been: what follows did not happen */
bool
take_negation(Parser *p)
{
	return take_choice(p, "isn't|is not|aren't|are not|wasn't|was not|weren't|were not|hasn't been|has not been|"
					   "haven't been|have not been|hasn't|has not|haven't|have not|doesn't|does not|don't|do not|didn't|did not");
}

/* is, has been: what follows happened */
bool
take_auxiliary(Parser *p)
{
	return take_choice(p, "is|are|was|were|has been|have been|has|have|gets|get");
}

/* has had no: what follows is the name of what did not happen */
bool
take_lack(Parser *p)
{
	return take_choice(p, "has had no|have had no|had no|has no|have no|hasn't had a|hasn't had an|hasn't had any|has not had a|"
					   "has not had an|has not had any|haven't had a|haven't had an|haven't had any|have not had a|"
					   "have not had an|have not had any|there is no|there's no|there has been no|sees no");
}

/* ---- forms of a label ---- */

/* The label as it stands, or with the "s" of several, or of a verb. */
static size_t
cover_forms(const char *label, bool is_name, const char *text, size_t length)
{
	size_t		size = label_cover(label, is_name, text, length, TONGUE_EN);
	size_t		bare;
	uint32_t	next = 0;

	if (size > 0 || label == NULL || label[0] == '\0')
		return size;
	bare = strlen(label);
	if (bare + 1 > length || (text[bare] != 's' && text[bare] != 'S') ||
		(utf8_decode(text +bare + 1, length - bare - 1, &next) > 0 && utf8_is_letter(next)))
		return 0;
	return label_cover(label, is_name, text, bare, TONGUE_EN) == bare ? bare + 1 : 0;
}

static size_t
cover_entry(const LabelEntry *entry, const char *text, size_t length)
{
	size_t		label = cover_forms(entry->en, false, text, length);
	size_t		name = cover_forms(entry->name, true, text, length);

	return label > name ? label : name;
}

static void
offer_find(PlainFind *best, size_t size, const char *name, const char *scope)
{
	if (size == 0 || size < best->size)
		return;
	if (size > best->size)
	{
		*best = (PlainFind)
		{
			size, name, scope, NULL, NULL
		};
		return;
	}
	if (strcmp(name, best->name) == 0 && (scope == best->scope || (scope != NULL && best->scope != NULL && strcmp(scope, best->scope) == 0)))
		return;
	best->other = name;
	best->other_scope = scope;
}

/* What is called so, in one or in several, of a class other than columns. */
size_t
find_noun(const Parser *p, size_t at, unsigned classes, PlainFind *find)
{
	const LabelSet *known = p->vocabulary->known;

	*find = (PlainFind)
	{
		0
	};
	for (int i = 0; i < known->count; i++)
		if ((known->entries[i].class & classes) != 0)
			offer_find(find, cover_entry(&known->entries[i], p->folded + at, p->length - at),
					   known->entries[i].name, NULL);
	return find->size;
}

/*
 * The columns that a text begins with the label of: of "scope", or of whatever
 * of some classes has "key" for a column, too.
 */
static void
find_column_in(const Parser *p, const char *text, size_t length, const ColumnPlace *place, PlainFind *find)
{
	const LabelSet *known = p->vocabulary->known;

	*find = (PlainFind)
	{
		0
	};
	for (int i = 0; i < known->count; i++)
	{
		const LabelEntry *entry = &known->entries[i];
		size_t		size;

		if (entry->class != LABEL_COLUMN || entry->scope == NULL || (place->truth && entry->use != USE_TRUTH) ||
			(place->except != NULL && strcmp(entry->scope, place->except) == 0))
			continue;
		if (place->scope != NULL ? strcmp(place->scope, entry->scope) != 0 :
			!label_is_named(known, place->classes, entry->scope) ||
			(place->key != NULL && !label_has_column(known, entry->scope, place->key)))
			continue;
		size = cover_entry(entry, text, length);
		if (size >= find->size && size > 0)
			offer_find(find, size, entry->name, entry->scope);
	}
}

size_t
find_column(const Parser *p, size_t at, const ColumnPlace *place, PlainFind *find)
{
	find_column_in(p, p->folded + at, p->length - at, place, find);
	return find->size;
}

/* ---- after the subject ---- */

/* What follows the subject, with it or with its last words before it. */
static const char *
with_subject(const Parser *p, const char *subject, size_t at)
{
	size_t		rest = p->length - at;

	return lang_format(p->arena, "%s %.*s", subject, (int) (rest > TAIL_MAX ? TAIL_MAX : rest), p->folded + at);
}

/* "maintenance contract" is shortened to "contract", and then to nothing */
static const char *
shorten(const char *subject)
{
	const char *blank = strchr(subject, ' ');

	return blank == NULL ? NULL : blank + strspn(blank, " ");
}

/*
 * The event that happens to the subject: "settled" after an invoice is "invoice
 * settled", else the event that is called "settled" by itself.
 */
size_t
find_happening(const Parser *p, size_t at, PlainFind *find)
{
	const Vocabulary *words = p->vocabulary;

	for (const char *subject = p->subject; subject != NULL; subject = shorten(subject))
	{
		const char *text = with_subject(p, subject, at);
		size_t		before = strlen(subject) + 1;

		*find = (PlainFind)
		{
			0
		};
		find->size = words->match(words->context, p->tongue, LABEL_EVENT, NULL, text, strlen(text),
								  &find->name, &find->other);
		if (find->size > before)
		{
			find->size -= before;
			return find->size;
		}
	}
	*find = (PlainFind)
	{
		0
	};
	if (p->subject == NULL || label_cover(p->subject, false, p->folded + at, p->length - at, p->tongue) == 0)
		find->size = scan_name(p, at, LABEL_EVENT, NULL, &find->name, &find->other);
	return find->size;
}

/* The column of the subject's day: "ends" after a contract is its "contract end", "due" a "due date". */
size_t
find_day(const Parser *p, size_t at, const ColumnPlace *place, PlainFind *find)
{
	size_t		word = scan_plain_word(p, at);
	const char *text;

	for (const char *subject = p->subject; subject != NULL; subject = shorten(subject))
	{
		size_t		before = strlen(subject) + 1;

		text = with_subject(p, subject, at);

		find_column_in(p, text, strlen(text), place, find);
		if (find->size > before)
		{
			find->size -= before;
			return find->size;
		}
	}
	if (find_column(p, at, place, find) > 0 || word == 0)
		return find->size;
	text = lang_format(p->arena, "%.*s date", (int) word, p->folded + at);

	find_column_in(p, text, strlen(text), place, find);
	if (find->size != strlen(text))
		find->size = 0;
	else
		find->size = word;
	return find->size;
}

/* ---- values ---- */

/* of each event that has the value's column and the key */
static void
offer_value(const LabelSet *known, const LabelEntry *value, size_t size, const char *key, PlainFind *find, const char **event)
{
	for (int i = 0; i < known->count; i++)
	{
		const char *name = known->entries[i].name;

		if (known->entries[i].class != LABEL_EVENT || !label_has_column(known, name, value->scope) ||
			!label_has_column(known, name, key))
			continue;
		if (size == find->size && *event != NULL && strcmp(*event, name) != 0)
		{
			find->other = *event;
			find->other_scope = name;
		}
		if (size > find->size)
			*event = name;
		offer_find(find, size, value->name, value->scope);
	}
}

/* The column whose value is called so, and one event that has it and the key. */
size_t
find_value(const Parser *p, size_t at, const char *key, PlainFind *find, const char **event)
{
	const LabelSet *known = p->vocabulary->known;
	size_t		quoted = scan_string(p, at);
	const char *text = quoted > 0 ? string_content(p, at, quoted) : p->folded + at;
	size_t		length = quoted > 0 ? strlen(text) : p->length - at;

	*event = NULL;
	*find = (PlainFind)
	{
		0
	};
	for (int i = 0; i < known->count; i++)
	{
		const LabelEntry *entry = &known->entries[i];
		size_t		size;

		if (entry->class != LABEL_VALUE || entry->scope == NULL)
			continue;
		size = label_cover(entry->en, false, text, length, TONGUE_EN);
		if (size == 0)
			size = label_cover(entry->name, true, text, length, TONGUE_EN);
		if (size == 0 || (quoted > 0 && size != length))
			continue;
		offer_value(known, entry, size, key, find, event);
	}
	if (find->size > 0 && quoted > 0)
		find->size = quoted;
	return find->size;
}

/* The one column of an event that holds money; several, or none: false. */
bool
find_money(const Parser *p, const char *event, const char **column)
{
	const LabelSet *known = p->vocabulary->known;
	bool		several = false;

	*column = NULL;
	for (int i = 0; i < known->count; i++)
	{
		const LabelEntry *entry = &known->entries[i];

		if (entry->class != LABEL_COLUMN || entry->use != USE_MONEY || entry->scope == NULL || strcmp(entry->scope, event) != 0)
			continue;
		several = several || (*column != NULL && strcmp(*column, entry->name) != 0);
		*column = entry->name;
	}
	return *column != NULL && !several;
}

/* A word that the labels of the column have: the "days" of "days of supply". */
bool
is_word_of(const Parser *p, const char *scope, const char *column, const char *word, size_t length)
{
	const LabelSet *known = p->vocabulary->known;

	for (int i = 0; i < known->count; i++)
	{
		const LabelEntry *entry = &known->entries[i];

		if (entry->class != LABEL_COLUMN || entry->scope == NULL || entry->en == NULL ||
			strcmp(entry->scope, scope) != 0 || strcmp(entry->name, column) != 0)
			continue;
		for (const char *c = entry->en; c != NULL; c = shorten(c))
			if (strcspn(c, " ") == length && label_cover(lang_format(p->arena, "%.*s", (int) length, word), false, c, length, TONGUE_EN) == length)
				return true;
	}
	return false;
}

/* "complaint" as the title of a task */
static const char *
plain_title(const Parser *p, const char *text)
{
	char	   *title = lang_format(p->arena, "%s", text);

	if (title[0] >= 'a' && title[0] <= 'z')
		title[0] = (char) (title[0] - 'a' + 'A');
	return title;
}

/* What a task is called where the sentence does not say: what is waited for, or what happened. */
void
set_plain_title(Parser *p, const Rule *rule)
{
	LabelClass	class = rule->form == FORM_STATE ? LABEL_RELATION : LABEL_EVENT;
	const char *name = rule->absent.event != NULL ? rule->absent.event : rule->trigger.event;

	if (!reads_plain(p))
		return;
	p->lasting = rule->form == FORM_STATE;
	p->task_title = name == NULL ? NULL : plain_title(p, name_shown(p, class, NULL, name));
}
