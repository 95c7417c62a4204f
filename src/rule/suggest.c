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
	bool		key;			/* the name of a key must */
	const char *event;			/* some event, or NULL */
} Suggester;

/* ---- does it fit? ---- */

static bool
reads_to_the_end(Suggester *s, const char *sentence)
{
	LangError	error;
	bool		result;

	(void) lang_parse(&s->scratch, sentence, strlen(sentence), s->tongue, &s->vocabulary, &error);
	result = error.code == LANG_OK || error.mendable ||
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
		" CHANGES", " days BEFORE", " 3 days: text x UNTIL ~", " 3 days: text x", " UNTIL ~", " HAS NOT ACKNOWLEDGED WITHIN 1 day",
		NULL
	};
	static const char *const zh[] = {"", "变化", "在1天内", "时，", "~", "未发生~", "内未发生~", "1天内未确认的，", NULL};

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

/* Behind these words stands a key, and nothing else may. */
static bool
ends_in_key_word(const Suggester *s, size_t end)
{
	static const char *const en[] = {"PER ", "TOGETHER BY ", NULL};
	static const char *const zh[] = {"每", "各", "同一", "按", NULL};

	for (const char *const *word = s->tongue == TONGUE_ZH ? zh : en; *word != NULL; word++)
	{
		size_t		size = strlen(*word);

		if (end >= size && strncasecmp(s->text +end - size, *word, size) == 0 &&
			(s->tongue == TONGUE_ZH || end == size || s->text[end - size - 1] == ' '))
			return true;
	}
	return false;
}

/* 每张, too */
static bool
key_is_next(const Suggester *s, size_t start)
{
	Parser		p = {.arena = s->arena,.error = &(LangError) {0},.tongue = TONGUE_ZH};
	size_t		before = start;

	if (s->tongue != TONGUE_ZH || start == 0 || ends_in_key_word(s, start))
		return ends_in_key_word(s, start);
	do
		before--;
	while (before > 0 && ((unsigned char) s->text[before] & 0xC0) == 0x80);
	return scan_begin(&p, s->text +before, start - before) && scan_word(&p, 0, W_MEASURE) == p.length &&
		ends_in_key_word(s, before);
}

static bool
has_key_columns(const LabelSet *set, const char *event)
{
	for (int i = 0; i < set->count; i++)
		if (set->entries[i].class == LABEL_KEY && label_has_column(set, event, set->entries[i].name))
			return true;
	return false;
}

/* Whose column the key is to be: NULL where that is not said yet, or its columns are not known. */
static const char *
event_of_key(Suggester *s, size_t start)
{
	static const char *const en[] = {" THEN text x", "", NULL};
	static const char *const zh[] = {"）时，通知甲", "时，通知甲", "合并，通知甲", NULL};
	const char *any = NULL;

	for (int i = 0; i < s->set->count && any == NULL; i++)
		if (s->set->entries[i].class == LABEL_KEY)
			any = s->set->entries[i].name;
	for (const char *const *end = s->tongue == TONGUE_ZH ? zh : en; any != NULL && *end != NULL; end++)
	{
		const char *sentence = lang_format(s->arena, "%s%s", put_together(s, start, any), *end);
		LangError	error;
		const Rule *rule = lang_parse(s->arena, sentence, strlen(sentence), s->tongue, &s->vocabulary, &error);

		if (rule != NULL && rule->form != FORM_MEMBER && rule->trigger.event != NULL)
			return has_key_columns(s->set, rule->trigger.event) ? rule->trigger.event : NULL;
	}
	return NULL;
}

static void
try_labels(Suggester *s, size_t start)
{
	const char *event = s->key ? event_of_key(s, start) : NULL;

	for (int i = 0; i < s->set->count; i++)
	{
		const LabelEntry *entry = &s->set->entries[i];
		const char *label = s->tongue == TONGUE_ZH ? entry->zh : entry->en;

		if ((s->any_name && entry->class != LABEL_ROLE) || is_header(entry))
			continue;
		if (s->key && ((entry->class & (LABEL_KEY | LABEL_MEMBER)) == 0 ||
					   (event != NULL && !label_has_column(s->set, event, entry->name))))
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
		{"AT 08:00", "8:00", "time"}, {"TO EACH", "每位", "keyword"}, {"SQL (true)", "SQL (true)", "expression"},
		{"isn't", "", "word"}, {"hasn't been", "", "word"}, {"has had no", "", "word"}, {"is followed", "", "word"},
		{"unless", "", "word"}, {"after it is", "", "word"}, {"give", "", "word"}, {"a task", "", "word"}
	};

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (!s->any_name || strcmp(others[i].kind, "sign") == 0 || strcmp(others[i].kind, "text") == 0 || strcmp(others[i].zh, "每位") == 0)
			try_words(s, start, s->tongue == TONGUE_ZH ? others[i].zh : others[i].en, others[i].kind);
}

static void
suggest_at(Suggester *s, size_t start)
{
	s->any_name = reads_to_the_end(s, put_together(s, start, s->tongue == TONGUE_ZH ? "甲乙丙丁" : "qqzzqq"));
	if (s->any_name && s->tongue == TONGUE_ZH && s->count > 0)
		return;					/* the beginning of a role, rather than a role */
	s->key = key_is_next(s, start);
	try_labels(s, start);
	try_keywords(s, start);
	if (!s->any_name)
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
	Suggester	s = {0};
	Parser		p = {.arena = arena,.error = &(LangError) {0}};

	*suggestions = NULL;
	s.arena = arena;
	s.text = text;

	s.length = length;
	s.set = set;
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
