/*
 * rule_text.c
 *	  The words of an aging rule, such as "exclusive, day_0_due".  Pure C.
 *
 * Each of the four questions has two answers, the first of which is the
 * design's.  Invariant: at most one answer to a question is accepted, so a
 * rule's text never says one thing and then the other.
 */
#include "aging/profile.h"

typedef struct RuleWord
{
	const char *word;
	size_t		question;		/* the member of AgingRule */
	bool		answer;
} RuleWord;

static const RuleWord words[] = {
	{"inclusive", offsetof(AgingRule, exclusive), false},
	{"exclusive", offsetof(AgingRule, exclusive), true},
	{"day_0_not_due", offsetof(AgingRule, day_0_due), false},
	{"day_0_due", offsetof(AgingRule, day_0_due), true},
	{"not_due_apart", offsetof(AgingRule, not_due_in_first), false},
	{"not_due_in_first", offsetof(AgingRule, not_due_in_first), true},
	{"credits_apart", offsetof(AgingRule, credits_aged), false},
	{"credits_aged", offsetof(AgingRule, credits_aged), true},
};

#define SEPARATORS	" ,\t\n\r"

static const RuleWord *
find_word(const char *text, size_t length)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strlen(words[i].word) == length && memcmp(words[i].word, text, length) == 0)
			return &words[i];
	return NULL;
}

/*
 * NULL: understood.  Otherwise the word that is unknown, or answers a question
 * again, in the text.
 */
const char *
aging_rule_parse(const char *text, AgingRule *rule)
{
	bool		answered[sizeof(AgingRule)] = {false};

	memset(rule, 0, sizeof(AgingRule));
	for (text +=strspn(text, SEPARATORS); *text !='\0'; text +=strspn(text, SEPARATORS))
	{
		size_t		length = strcspn(text, SEPARATORS);
		const RuleWord *word = find_word(text, length);

		if (word == NULL || answered[word->question])
			return text;

		answered[word->question] = true;
		((bool *) rule)[word->question] = word->answer;
		text	  +=length;
	}
	return NULL;
}
