/*
 * rule_list.h
 *	  A text of several named sentences: rule NAME: sentence. / 规则 名称：句子。
 */
#ifndef SP_RULE_LIST_H
#define SP_RULE_LIST_H

#include "rule/lang.h"

typedef struct NamedSentence
{
	const char *name;
	const char *sentence;
	size_t		name_offset;	/* bytes before it in the whole text */
	size_t		offset;			/* of the sentence */
} NamedSentence;

/* The sentences of a text; NULL and *error when it is no such list. */
extern const NamedSentence *rule_list_split(Arena *arena, const char *list, size_t length,
											int *count, LangError *error);

#endif							/* SP_RULE_LIST_H */
