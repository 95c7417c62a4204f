/*
 * suggest.c
 *	  What may come next in a sentence that is being written.
 *
 * The grammar is asked, not written down again: every word and every label that
 * goes on with the text is put there, and stays when the parser then finds no
 * mistake before its end.  So forms added to the grammar are suggested without
 * a line here.  Invariant: a suggestion never makes a mistake by itself.
 */
#include "rule/suggest.h"

#include <string.h>
#include <strings.h>

#include "rule/lang_internal.h"

#define MAX_SUGGESTIONS	200
#define MAX_STARTS		12		/* how many words (in Chinese, characters) may
								 * be the beginning of one label */

typedef struct Suggester
{
	Arena	   *arena;
	Arena		scratch;		/* of one try */
	const char *text;
	size_t		length;
	Tongue		tongue;
	const LabelSet *set;
	Vocabulary	vocabulary;
	Suggestion *found;
	int			count;
	bool		any_name;		/* a role of any name may begin at "start" */
	const char *event;			/* some event, or NULL */
} Suggester;

/* ---- does it fit? ---- */

static bool
reads_to_the_end(Suggester *s, const char *sentence)
{
	LangError	error;
	bool		result;

	(void) lang_parse(&s->scratch, sentence, strlen(sentence), s->tongue, &s->vocabulary, &error);
	result = error.code == LANG_OK ||
		(error.code != LANG_UNSUPPORTED && error.offset >= strlen(sentence));
	arena_free(&s->scratch);
	return result;
}

static bool
ends_in_blank(const Suggester *s, size_t start)
{
	return start == 0 || s->text[start - 1] == ' ' || s->text[start - 1] == '\n' || s->text[start - 1] == '\t';
}

static char *
put_together(Suggester *s, size_t start, const char *words)
{
	bool		blank = s->tongue == TONGUE_EN && !ends_in_blank(s, start) &&
	strchr(";:,.)", words[0]) == NULL;

	return lang_format(s->arena, "%.*s%s%s", (int) start, s->text, blank ? " " : "", words);
}

/*
 * Some mistakes are seen before the end of a text that is not complete: an
 * absence without its window, a window without its event.  So what would
 * complete it is tried, too; "~" is an event.
 */
static bool
fits(Suggester *s, const char *completed)
{
	static const char *const en[] = {
		"", " ~", " NOT ~", " WITHIN 1 day", " ~ WITHIN 1 day", " NOT ~ WITHIN 1 day", " BEFORE",
		" days BEFORE", " 3 days: text x UNTIL ~", " 3 days: text x", " UNTIL ~", " HAS NOT ACKNOWLEDGED WITHIN 1 day",
		NULL
	};
	static const char *const zh[] = {"", "在1天内", "时，", "~", "未发生~", "内未发生~", "1天内未确认的，", NULL};

	for (const char *const *end = s->tongue == TONGUE_ZH ? zh : en; *end != NULL; end++)
	{
		const char *event = strchr(*end, '~');
		const char *whole = event == NULL ? lang_format(s->arena, "%s%s", completed, *end)
		: lang_format(s->arena, "%s%.*s%s%s", completed, (int) (event - *end), *end, s->event,
					  event + 1);

		if ((event == NULL || s->event != NULL) && reads_to_the_end(s, whole))
			return true;
	}
	return false;
}

static bool
is_found(const Suggester *s, size_t start, const char *words)
{
	for (int i = 0; i < s->count; i++)
		if (s->found[i].start == start && strcmp(s->found[i].words, words) == 0)
			return true;
	return false;
}

/* words: does the text from "start" begin them? */
static bool
goes_on(const Suggester *s, size_t start, const char *words)
{
	size_t		given = s->length - start;

	return given < strlen(words) && strncasecmp(s->text +start, words, given) == 0;
}

static void
try_words(Suggester *s, size_t start, const char *words, const char *kind)
{
	Suggestion *item;
	char	   *completed;

	if (words == NULL || words[0] == '\0' || s->count >= MAX_SUGGESTIONS ||
		!goes_on(s, start, words) || is_found(s, start, words))
		return;
	completed = put_together(s, start, words);
	if (!fits(s, completed))
		return;
	item = &s->found[s->count++];
	item->words = words;
	item->kind = kind;
	item->start = start;
	item->completed = completed;
}

/* ---- what might be put there ---- */

static const char *
kind_of_class(LabelClass class)
{
	switch (class)
	{
		case LABEL_EVENT:
			return "event";
		case LABEL_COLUMN:
			return "column";
		case LABEL_KEY:
			return "key";
		case LABEL_ROLE:
			return "role";
		case LABEL_CHANNEL:
			return "channel";
		case LABEL_TEMPLATE:
			return "template";
		case LABEL_VALUE:
			return "value";
		case LABEL_FUNCTION:
			return "function";
		case LABEL_MEMBER:
			return "key";
		case LABEL_RELATION:
			return "relation";
	}
	return "name";
}

/* Columns of the engine's own: read, but not what one writes about. */
static bool
is_header(const LabelEntry *entry)
{
	static const char *const names[] = {"event_id", "recorded", "txid", "dedup_key"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (entry->class == LABEL_COLUMN && strcmp(entry->name, names[i]) == 0)
			return true;
	return false;
}

static void
try_labels(Suggester *s, size_t start)
{
	for (int i = 0; i < s->set->count; i++)
	{
		const LabelEntry *entry = &s->set->entries[i];
		const char *label = s->tongue == TONGUE_ZH ? entry->zh : entry->en;

		if ((s->any_name && entry->class != LABEL_ROLE) || is_header(entry))
			continue;
		try_words(s, start, label != NULL ? label : entry->name, kind_of_class(entry->class));
	}
}

/* A new role takes in whatever stands there, but for these. */
static bool
is_swallowed(const Suggester *s, Word word)
{
	return s->any_name && word != W_UNTIL && word != W_CC && word != W_BOTH && word != W_DUE_IN &&
		(s->tongue == TONGUE_ZH || (word != W_AND && word != W_TOGETHER));
}

static void
try_keywords(Suggester *s, size_t start)
{
	for (int word = W_NONE + 1; word < W_LATER_CONSTRUCT; word++)
	{
		size_t		length;
		const char *spelling = word_canonical((Word) word, s->tongue, &length);
		bool		unit = word >= W_MINUTES && word <= W_WORKING_HOURS;

		if (length == 0 || is_swallowed(s, (Word) word))
			continue;
		try_words(s, start, arena_string(s->arena, spelling, length), unit ? "unit" : "keyword");
	}
}

static void
try_currencies(Suggester *s, size_t start)
{
	for (const CurrencyWord *word = currency_words; word->code != NULL; word++)
	{
		const char *zh = word->zh == NULL ? word->code
		: arena_string(s->arena, word->zh, strcspn(word->zh, "|"));

		try_words(s, start, s->tongue == TONGUE_ZH ? zh : word->code, "currency");
	}
}

/* Forms the grammar spells in its own tables, and signs. */
static void
try_others(Suggester *s, size_t start)
{
	static const struct
	{
		const char *en;
		const char *zh;
		const char *kind;
	}			others[] = {
		{"OF", "", "keyword"}, {"ON", "", "keyword"}, {"TO", "", "keyword"}, {"30 days", "30天", "duration"}, {"3", "3", "number"}, {"\"...\"", "“……”", "text"},
		{":", "，", "sign"}, {";", "；", "sign"}, {",", "、", "sign"}, {"(", "（", "sign"}, {")", "）", "sign"},
		{"working day", "工作日", "keyword"}, {"day", "天", "keyword"}, {"Monday", "周一", "keyword"},
		{"Friday", "周五", "keyword"}, {"month", "月", "keyword"}, {"ON last working day", "最后一个工作日", "keyword"},
		{"ON working day 3", "第3个工作日", "keyword"}, {"ON day 1", "1日", "keyword"},
		{"AT 08:00", "8:00", "time"}, {"TO EACH", "每位", "keyword"}, {"SQL (true)", "SQL (true)", "expression"}
	};

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		try_words(s, start, s->tongue == TONGUE_ZH ? others[i].zh : others[i].en, others[i].kind);
}

static void
suggest_at(Suggester *s, size_t start)
{
	s->any_name = reads_to_the_end(s, put_together(s, start, s->tongue == TONGUE_ZH ? "甲乙丙丁" : "qqzzqq"));
	if (s->any_name && s->tongue == TONGUE_ZH && s->count > 0)
		return;					/* the beginning of a role, rather than a role */
	try_labels(s, start);
	try_keywords(s, start);
	try_currencies(s, start);
	try_others(s, start);
}

/* ---- where ---- */

/* The start of the word, or in Chinese the character, before; 0: there is none. */
static size_t
step_back(const Suggester *s, size_t at)
{
	if (s->tongue == TONGUE_ZH)
	{
		at--;
		while (at > 0 && ((unsigned char) s->text[at] & 0xC0) == 0x80)
			at--;
		return at;
	}
	while (at > 0 && s->text[at - 1] == ' ')
		at--;
	while (at > 0 && s->text[at - 1] != ' ')
		at--;
	return at;
}

static void
suggest_everywhere(Suggester *s)
{
	size_t		starts[MAX_STARTS + 1];
	int			count = 0;

	starts[count++] = s->length;
	while (count <= MAX_STARTS && starts[count - 1] > 0)
	{
		starts[count] = step_back(s, starts[count - 1]);
		count++;
	}
	/* the longest beginning first */
	while (count-- > 0)
		suggest_at(s, starts[count]);
}

int
lang_suggest(Arena *arena, const char *text, size_t length, Tongue tongue, const LabelSet *set,
			 const Suggestion **suggestions)
{
	Suggester	s = {.arena = arena,.text = text,
		.length = length,
/**INDENT** Error@298: Statement nesting error */
		.set = set};
		Parser		p = {.arena = arena,.error = &(LangError) {0}};

		*suggestions = NULL;
		s.vocabulary = label_vocabulary(set);
		arena_init(&s.scratch, arena->context, arena->get_block, arena->free_block);
		if (length > SUGGEST_MAX_LENGTH || !scan_begin(&p, text, length))
			return 0;
		scan_tongue(&p, TONGUE_AUTO);
		s.tongue = scan_space(&p, 0) == p.length ? tongue : p.tongue;
		for (int i = 0; i < set->count && s.event == NULL; i++)
			if (set->entries[i].class == LABEL_EVENT)
				s.event = lang_format(arena, "\"%s\"", set->entries[i].name);
		s.found = arena_alloc(arena, sizeof(Suggestion) * MAX_SUGGESTIONS);
		suggest_everywhere(&s);
		*suggestions = s.found;
		return s.count;
	}
/**INDENT** Error@315: Stuff missing from end of file */
