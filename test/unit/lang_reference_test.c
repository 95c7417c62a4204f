/*
 * lang_reference_test.c
 *	  The language reference, read from the documents, and a list of sentences
 *	  with their trees.
 *
 * A fenced block "rule" of docs/rules.md means what the block at the same place
 * of docs/rules.zh.md means, and each prints as the other; "rule also" is the
 * rule before it in other words; "rule wrong" is refused at the mark; "words" has
 * every word of the language with all its spellings, and nothing else.  Of every
 * sentence: a foreign word anywhere is refused there, a sentence cut off is
 * refused at its end, and each next word is among what is suggested.
 *
 * sources: src/rule/lang.c src/rule/lang_equal.c src/rule/lang_error.c src/rule/name.c src/rule/scan.c src/rule/words.c
 * sources: src/rule/parse_action.c src/rule/parse_clause.c src/rule/plain_word.c src/rule/parse_plain.c src/rule/parse_plain_absence.c src/rule/parse_plain_action.c src/rule/parse_plain_state.c src/rule/parse_condition.c src/rule/parse_effect.c src/rule/parse_en.c src/rule/parse_option.c src/rule/parse_pattern.c
 * sources: src/rule/parse_schedule.c src/rule/parse_step.c src/rule/parse_value.c src/rule/parse_zh.c src/rule/parse_zh_absence.c
 * sources: src/rule/print_condition.c src/rule/print_en.c src/rule/print_extra.c src/rule/print_zh.c src/rule/out.c
 * sources: src/rule/parse_member.c src/rule/parse_state.c src/rule/print_form.c
 * sources: src/rule/utf8.c src/rule/numeral.c src/rule/vocabulary.c src/rule/suggest.c src/base/arena.c
 */
#include "lang_fixture.h"
#include "rule/lang_internal.h"
#include "rule/suggest.h"

#include <strings.h>

#define ROOM	(1 << 20)
#define MARK	"¦"
#define FOREIGN "zzqq"

static Vocabulary vocabulary;

static char *
read_file(const char *name)
{
	char	   *text = calloc(1, ROOM);
	FILE	   *file = fopen(name, "r");

	if (file == NULL || fread(text, 1, ROOM - 1, file) == 0)
		fprintf(stderr, "%s can't be read\n", name);
	CHECK(file != NULL);
	if (file != NULL)
		fclose(file);
	return text;
}

/* The line at *next, which moves behind it; NULL at the end. */
static char *
take_line(char **next)
{
	char	   *line = *next;
	char	   *end = strchr(line, '\n');

	if (*line == '\0')
		return NULL;
	*next = end == NULL ? line + strlen(line) : end + 1;
	if (end != NULL)
		*end = '\0';
	return line;
}

/* ---- one sentence ---- */

/* Blanks and line ends count as one blank. */
static void
squeeze(char *text)
{
	char	   *to = text;

	for (char *from = text; *from != '\0'; from++)
		if (*from != ' ' && *from != '\n')
			*to++ = *from;
		else if (to > text &&to[-1] != ' ')
			*to++ = ' ';
	while (to > text &&to[-1] == ' ')
		to--;
	*to = '\0';
}

/* The rule as it prints in a tongue, on one line. */
static char *
printed(Arena *arena, const Rule *rule, Tongue tongue)
{
	const char *text = lang_print(arena, rule, tongue, &vocabulary);
	char	   *copy = arena_string(arena, text, strlen(text));

	squeeze(copy);
	return copy;
}

static const Rule *
parse(Arena *arena, const char *text, LangError *error)
{
	const Rule *rule = lang_parse(arena, text, strlen(text), TONGUE_AUTO, &vocabulary, error);

	if (rule == NULL)
		fprintf(stderr, "%s\n  at %zu: %s %s\n", text, error->offset, error->message, error->detail);
	return rule;
}

/* A role may have any name, so a foreign word among its words makes another role. */
static bool
names_a_role(const Rule *rule, const char *word)
{
	for (int i = 0; i < rule->step_count; i++)
		for (int j = 0; j < rule->steps[i].action_count; j++)
		{
			const RuleAction *action = &rule->steps[i].actions[j];

			if (action->role != NULL && strstr(action->role, word) != NULL)
				return true;
			for (int k = 0; k < action->copy_count; k++)
				if (strstr(action->copies[k], word) != NULL)
					return true;
		}
	return false;
}

/* Text the language takes as it stands: quoted, or SQL between parentheses. */
static bool
is_opaque(const char *sentence, const char *at)
{
	const char *sql = strstr(sentence, "SQL (");
	bool		quoted = false;
	int			depth = 0;

	for (const char *c = sentence; c < at; c++)
		quoted ^= *c == '"';
	for (const char *c = sql; c != NULL && c < at; c++)
	{
		depth += (*c == '(') - (*c == ')');
		if (depth == 0 && *c == ')')
			return quoted;
	}
	return quoted || depth > 0;
}

/* A foreign word at each blank outside of quotes is refused, and not behind it. */
static void
check_foreign_words(Arena *arena, const char *sentence)
{
	for (const char *at = sentence; *at != '\0'; at++)
	{
		const char *mutated;
		const Rule *rule;
		LangError	error;
		size_t		place = at - sentence + 1;

		if (*at != ' ' || is_opaque(sentence, at) || strncmp(at, " EACH ", 6) == 0)
			continue;			/* a role takes in any word before EACH */
		mutated = lang_format(arena, "%.*s " FOREIGN "%s", (int) (at - sentence), sentence, at);
		rule = lang_parse(arena, mutated, strlen(mutated), TONGUE_AUTO, &vocabulary, &error);
		if (rule != NULL && names_a_role(rule, FOREIGN))
			continue;
		if (error.code == LANG_OK || error.offset > place)
			fprintf(stderr, "%s\n  refused at %zu, not at %zu\n", mutated, error.offset, place);
		CHECK(error.code != LANG_OK && error.offset <= place);
	}
}

/* Cut off at a blank: refused at the end, or complete; and the next word is suggested. */
static void
check_beginnings(Arena *arena, const char *sentence)
{
	for (const char *at = sentence; *at != '\0'; at++)
	{
		const Suggestion *items;
		size_t		next = strcspn(at + 1, " ;:,()");
		bool		found = false;
		int			count;

		if (*at != ' ' || is_opaque(sentence, at) || next == 0 || at[1] == '"' || (at[1] >= '0' && at[1] <= '9'))
			continue;
		count = lang_suggest(arena, sentence, at + 1 - sentence, TONGUE_EN, &fixture_set, &items);
		for (int i = 0; i < count; i++)
			found |= strncasecmp(items[i].completed + (at + 1 - sentence), at + 1, next) == 0;
		if (!found)
			fprintf(stderr, "%.*s: \"%.*s\" is not suggested\n", (int) (at - sentence), sentence,
					(int) next, at + 1);
		CHECK(found);
	}
}

static void
check_sentence(Arena *arena, const Rule *rule)
{
	char	   *english = printed(arena, rule, TONGUE_EN);
	static const Tongue tongues[] = {TONGUE_EN, TONGUE_ZH};
	LangError	error;

	for (int i = 0; i < 2; i++)
	{
		char	   *text = printed(arena, rule, tongues[i]);
		const Rule *again = parse(arena, text, &error);

		CHECK(again != NULL && lang_rules_equal(rule, again));
		if (again != NULL)
			CHECK_STR(printed(arena, again, tongues[i]), text);
	}
	check_foreign_words(arena, english);
	check_beginnings(arena, english);
}

/* ---- the list of sentences ---- */

static int
check_tree(Arena *arena, char **sentences, int count, const char *tree)
{
	LangError	error;
	const Rule *rule = NULL;

	for (int i = 0; i < count; i++)
	{
		static Dump got;

		rule = parse(arena, sentences[i], &error);
		CHECK(rule != NULL);
		if (rule != NULL)
			CHECK_STR(dump_rule(&got, rule), tree);
	}
	if (rule != NULL)
		check_sentence(arena, rule);
	return count;
}

static void
test_sentences(void)
{
	char	   *text = read_file("lang_sentences.txt");
	char	   *next = text;
	char	   *line;
	char	   *sentences[8];
	int			count = 0;
	int			all = 0;

	while ((line = take_line(&next)) != NULL)
	{
		Arena		arena;

		if (strncmp(line, "en: ", 4) == 0 || strncmp(line, "zh: ", 4) == 0)
			sentences[count++] = line + 4;
		if (strncmp(line, "tree: ", 6) != 0)
			continue;
		arena_init_malloc(&arena);
		all += check_tree(&arena, sentences, count, line + 6);
		arena_free(&arena);
		count = 0;
	}
	CHECK(all >= 100);
	free(text);
}

/* ---- the documents ---- */

#define MAX_BLOCKS	500

typedef struct Block
{
	char		kind[20];
	char text[	2000];
} Block;

static int
read_blocks(const char *name, Block *blocks)
{
	char	   *document = read_file(name);
	char	   *next = document;
	char	   *line;
	int			count = 0;
	bool		inside = false;

	while ((line = take_line(&next)) != NULL && count < MAX_BLOCKS)
	{
		Block	   *block = &blocks[count];

		if (!inside && strncmp(line, "```rule", 7) == 0)
		{
			inside = true;
			snprintf(block->kind, sizeof(block->kind), "%s", line + 3);
			block->text[0] = '\0';
		}
		else if (inside && strncmp(line, "```", 3) == 0)
		{
			inside = false;
			squeeze(block->text);
			count++;
		}
		else if (inside)
			snprintf(block->text +strlen(block->text), sizeof(block->text) - strlen(block->text),
					 "%s\n", line);
	}
	CHECK(!inside);
	free(document);
	return count;
}

/* Two words may have the same spellings, as those of before and of later. */
static bool
is_said_before(Word word, Tongue tongue)
{
	for (Word other = W_WHEN; other < word; other++)
		if (strcmp(word_spellings(other, tongue), word_spellings(word, tongue)) == 0)
			return true;
	return false;
}

/* "a|b" as the document has it: a | b; then it is taken out of the block. */
static bool
take_spellings(char *block, const char *code, const char *spellings)
{
	char		line[512] = "\n";
	char	   *found;
	size_t		length;

	if (code != NULL)
		snprintf(line, sizeof(line), "\n%s | ", code);
	for (const char *at = spellings; *at != '\0'; at++)
		snprintf(line + strlen(line), sizeof(line) - strlen(line), *at == '|' ? " | " : "%c", *at);
	length = strlen(line);
	snprintf(line + length, sizeof(line) - length, "\n");
	found = strstr(block, line);
	if (found == NULL)
		fprintf(stderr, "not in the document: %s", line + 1);
	else
		memset(found + 1, '\n', length - 1);
	return found != NULL;
}

/* Words that say the same are those that the document says. */
static void
test_words(const char *name, Tongue tongue)
{
	char	   *document = read_file(name);
	char	   *block = strstr(document, "```words\n");
	char	   *end = block == NULL ? NULL : strstr(block + 3, "\n```");

	CHECK(end != NULL);
	if (end != NULL)
	{
		block += strlen("```words");
		end[1] = '\0';
		for (Word word = W_WHEN; word < W_MEASURE; word++)
			if (strchr(word_spellings(word, tongue), '|') != NULL && !is_said_before(word, tongue))
				CHECK(take_spellings(block, NULL, word_spellings(word, tongue)));
		for (const CurrencyWord *currency = currency_words; tongue == TONGUE_ZH && currency->code != NULL; currency++)
			CHECK(take_spellings(block, currency->code, currency->zh));
		CHECK_EQ(strspn(block, "\n"), strlen(block));
		if (strspn(block, "\n") != strlen(block))
			fprintf(stderr, "not in the language: %s\n", block + strspn(block, "\n"));
	}
	free(document);
}

static void
check_wrong(Arena *arena, const char *text)
{
	const char *mark = strstr(text, MARK);
	LangError	error;
	const char *wrong;

	CHECK(mark != NULL);
	if (mark == NULL)
		return;
	wrong = lang_format(arena, "%.*s%s", (int) (mark - text), text, mark + strlen(MARK));
	CHECK(lang_parse(arena, wrong, strlen(wrong), TONGUE_AUTO, &vocabulary, &error) == NULL);
	if (error.offset != (size_t) (mark - text))
		fprintf(stderr, "%s\n  %s\n", text, error.message);
	CHECK_EQ(error.offset, (size_t) (mark - text));
}

/* Two blocks of one place; the rule they mean, or NULL. */
static const Rule *
check_pair(Arena *arena, const Block *en, const Block *zh, const Rule *before)
{
	bool		also = strcmp(en->kind, "rule also") == 0;
	LangError	error;
	const Rule *rule = parse(arena, en->text, &error);
	const Rule *partner = parse(arena, zh->text, &error);

	CHECK(rule != NULL && partner != NULL);
	if (rule == NULL || partner == NULL)
		return before;
	CHECK(lang_rules_equal(rule, partner));
	if (also)
	{
		CHECK(before != NULL && lang_rules_equal(rule, before));
		return before;
	}
	CHECK_STR(printed(arena, rule, TONGUE_EN), en->text);
	CHECK_STR(printed(arena, rule, TONGUE_ZH), zh->text);
	check_sentence(arena, rule);
	return rule;
}

static void
test_documents(void)
{
	static Block english[MAX_BLOCKS];
	static Block chinese[MAX_BLOCKS];
	int			count = read_blocks("../../docs/rules.md", english);
	const Rule *before = NULL;
	Arena		arena;

	arena_init_malloc(&arena);
	CHECK(count > 30);
	CHECK_EQ(read_blocks("../../docs/rules.zh.md", chinese), count);
	for (int i = 0; i < count; i++)
	{
		CHECK_STR(chinese[i].kind, english[i].kind);
		if (strcmp(english[i].kind, "rule wrong") != 0)
		{
			before = check_pair(&arena, &english[i], &chinese[i], before);
			continue;
		}
		check_wrong(&arena, english[i].text);
		check_wrong(&arena, chinese[i].text);
	}
	arena_free(&arena);
}

int
main(void)
{
	vocabulary = label_vocabulary(&fixture_set);
	test_sentences();
	test_documents();
	test_words("../../docs/rules.md", TONGUE_EN);
	test_words("../../docs/rules.zh.md", TONGUE_ZH);
	return check_done();
}
