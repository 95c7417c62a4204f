/*
 * suggest.h
 *	  What may come next in a sentence that is being written.
 */
#ifndef SP_SUGGEST_H
#define SP_SUGGEST_H

#include "rule/vocabulary.h"

#define SUGGEST_MAX_LENGTH	4000	/* bytes; of longer texts nothing is said */

typedef struct Suggestion
{
	const char *words;			/* what may stand there */
	const char *kind;			/* keyword, unit, event, column, key, role,
								 * value, duration, number, text, sign */
	size_t		start;			/* bytes of the text before it; what stands
								 * from there on is its beginning */
	const char *completed;		/* the text with it */
} Suggestion;

/* In the tongue of the sentence; of an empty one, in the given one. */
extern int	lang_suggest(Arena *arena, const char *text, size_t length, Tongue tongue,
						 const LabelSet *set, const Suggestion **suggestions);

#endif							/* SP_SUGGEST_H */
